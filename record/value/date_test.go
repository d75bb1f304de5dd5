package value_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	tests := []struct {
		in          string
		first, last string
		precision   value.Precision
		prose       string
	}{
		{"", "", "", value.None, ""},
		{"2022", "2022-01-01", "2022-12-31", value.Year, "2022"},
		{"2024-02", "2024-02-01", "2024-02-29", value.Month, "February 2024"},
		{"2023-02", "2023-02-01", "2023-02-28", value.Month, "February 2023"},
		{"2022-03-23", "2022-03-23", "2022-03-23", value.Day, "23 March 2022"},
		{"1900", "1900-01-01", "1900-12-31", value.Year, "1900"},
		{"2100-12-31", "2100-12-31", "2100-12-31", value.Day, "31 December 2100"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			d, err := value.ParseDate(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if d.String() != tt.in || d.First().String() != tt.first || d.Last().String() != tt.last ||
				d.Precision() != tt.precision || d.Prose() != tt.prose {
				t.Errorf("got %s, %s to %s, precision %d, %q", d, d.First(), d.Last(), d.Precision(), d.Prose())
			}
		})
	}
}

func TestParseDateRefuses(t *testing.T) {
	tests := []struct{ in, why string }{
		{"2017-02-30", "there is no 30 February 2017"},
		{"2023-02-29", "there is no 29 February 2023"},
		{"0000-01-01", "the year is outside 1900 to 2100"},
		{"9999-12-31", "the year is outside 1900 to 2100"},
		{"2017-13-01", "there is no month 13"},
		{"2017-00", "want YYYY"},
		{"2017-01-00", "want YYYY"},
		{"17-01-01", "want YYYY"},
		{"2017-1-1", "want YYYY"},
		{"2017/01/01", "want YYYY"},
		{"01.02.2017", "want YYYY"},
		{"20170101", "want YYYY"},
		{"2017-01-01T00:00:00Z", "want YYYY"},
		{"2017-", "want YYYY"},
		{" 2017", "want YYYY"},
		{"٢٠١٧", "want YYYY"},
		{"+017-01-01", "want YYYY"},
		{strings.Repeat("9", 500), "(500 characters)"},
	}
	for _, tt := range tests {
		d, err := value.ParseDate(tt.in)
		switch {
		case !errors.Is(err, value.ErrDate) || !d.IsZero():
			t.Errorf("%q: got %v, %v, want ErrDate", tt.in, d, err)
		case !strings.Contains(err.Error(), tt.why):
			t.Errorf("%q: %v does not say %q", tt.in, err, tt.why)
		case len(err.Error()) > 150:
			t.Errorf("%q: message of %d bytes", tt.in, len(err.Error()))
		}
	}
	if _, err := value.NewDate(2017, 0, 5); !errors.Is(err, value.ErrDate) {
		t.Errorf("a day without a month: %v", err)
	}
}

func TestDaysUntil(t *testing.T) {
	tests := []struct {
		from, to string
		want     int
		ok       bool
	}{
		{"2016-01-06", "2016-03-02", 56, true},
		{"2016-03-02", "2016-01-06", -56, true},
		{"1900-01-01", "2100-12-31", 73413, true},
		{"2016-01", "2016-03-02", 0, false},
		{"", "2016-03-02", 0, false},
	}
	for _, tt := range tests {
		n, ok := value.MustDate(tt.from).DaysUntil(value.MustDate(tt.to))
		if n != tt.want || ok != tt.ok {
			t.Errorf("%s to %s: got %d, %t, want %d, %t", tt.from, tt.to, n, ok, tt.want, tt.ok)
		}
	}
}

// dates draws dates of every precision, the zero Date among them.
func dates(t *rapid.T, label string) value.Date {
	y := rapid.IntRange(1900, 2100).Draw(t, label+" year")
	m := rapid.IntRange(0, 12).Draw(t, label+" month")
	d := 0
	if m > 0 {
		d = rapid.IntRange(0, time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()).Draw(t, label+" day")
	}
	if rapid.IntRange(0, 20).Draw(t, label+" known") == 0 {
		return value.Date{}
	}
	out, err := value.NewDate(y, m, d)
	if err != nil {
		t.Fatalf("%d-%d-%d: %v", y, m, d, err)
	}
	return out
}

func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := dates(t, "a"), dates(t, "b"), dates(t, "c")
		if back, err := value.ParseDate(a.String()); err != nil || back != a {
			t.Fatalf("%q reads as %v, %v", a, back, err)
		}
		text, _ := json.Marshal(a)
		var back value.Date
		if err := json.Unmarshal(text, &back); err != nil || back != a {
			t.Fatalf("%s reads as %v, %v", text, back, err)
		}
		if a.Compare(b) != -b.Compare(a) || a.Compare(b) == 0 != (a == b) {
			t.Fatalf("%s and %s: compare %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s, %s, %s: order is not transitive", a, b, c)
		}
		if a.Before(b) && (a.Compare(b) >= 0 || b.Before(a)) {
			t.Fatalf("%s before %s, yet compare %d", a, b, a.Compare(b))
		}
		if a.Before(b) && b.Before(c) && !a.Before(c) {
			t.Fatalf("%s, %s, %s: before is not transitive", a, b, c)
		}
		if a.First().Compare(a.Last()) > 0 || a.Before(a) {
			t.Fatalf("%s runs from %s to %s", a, a.First(), a.Last())
		}
	})
}

// TestDateAgreesWithCalendar checks order and distance against package time.
func TestDateAgreesWithCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := dates(t, "a").First(), dates(t, "b").First()
		if a.IsZero() || b.IsZero() {
			return
		}
		x, _ := time.Parse(time.DateOnly, a.String())
		y, _ := time.Parse(time.DateOnly, b.String())
		if a.Compare(b) != x.Compare(y) || a.Before(b) != x.Before(y) {
			t.Fatalf("%s and %s: compare %d, before %t", a, b, a.Compare(b), a.Before(b))
		}
		n, ok := a.DaysUntil(b)
		if !ok || !x.AddDate(0, 0, n).Equal(y) || cmp.Compare(n, 0) != -a.Compare(b) {
			t.Fatalf("%s to %s: %d days, %t", a, b, n, ok)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"", "2017", "2017-02", "2017-02-28", "2017-02-30", "0000-01-01", "9999-12-31", "2017-", "2017-1", "2017-01-01T00", "２０１７"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := value.ParseDate(s)
		if err != nil {
			if !errors.Is(err, value.ErrDate) || !d.IsZero() {
				t.Fatalf("%q: %v, %v", s, d, err)
			}
			return
		}
		if d.String() != s {
			t.Fatalf("%q is kept as %q", s, d)
		}
		if s != "" && d.Year() < 1900 {
			t.Fatalf("%q: year %d", s, d.Year())
		}
	})
}

func ExampleParseDate() {
	d, err := value.ParseDate("2022-03")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Prose(), "is some day from", d.First(), "to", d.Last())
	fmt.Println(d.Before(value.MustDate("2022-03-23")), d.Before(value.MustDate("2022-04")))
	_, err = value.ParseDate("2017-02-30")
	fmt.Println(err)
	// Output:
	// March 2022 is some day from 2022-03-01 to 2022-03-31
	// false true
	// date "2017-02-30": not a date: there is no 30 February 2017
}

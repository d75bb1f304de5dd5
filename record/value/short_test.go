package value

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is read the short way is the same value, bit by bit, as what is read the
// long way; and what has few digits is read the short way.
func TestShortNumbersAreAsLongOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,4})?`), rapid.StringMatching(`[-.0-9e+]{0,8}`)).Draw(t, "s")
		long, err := parseLong(s)
		short, ok := parseShort(s)
		if ok && (err != nil || !reflect.DeepEqual(short, long)) {
			t.Fatalf("%q: %#v the short way, %#v, %v the long one", s, short, long, err)
		}
		if !ok && err == nil && len(s) <= maxShort {
			t.Fatalf("%q is not read the short way", s)
		}
		bytes, same := parseShort([]byte(s))
		if same != ok || !reflect.DeepEqual(bytes, short) {
			t.Fatalf("%q: bytes give %#v, %t", s, bytes, same)
		}
	})
}

func TestShortNumbersMakeNoGarbage(t *testing.T) {
	var d Decimal
	for _, s := range []string{"21500000", "-12.50", "0.001"} {
		text := []byte(s)
		if n := testing.AllocsPerRun(100, func() { _ = d.UnmarshalText(text) }); n != 0 {
			t.Errorf("%s: %v allocations", s, n)
		}
	}
	day, text := Date{}, []byte("2018-05-14")
	if n := testing.AllocsPerRun(100, func() { _ = day.UnmarshalText(text) }); n != 0 {
		t.Errorf("a date: %v allocations", n)
	}
}

// Every day of two centuries is one more than the day before it.
func TestDaysAreCountedOneByOne(t *testing.T) {
	last := MustDate("1900-01-01")
	for day := last.noon(); day.Year() <= maxYear; day = day.AddDate(0, 0, 1) {
		d, err := NewDate(day.Year(), int(day.Month()), day.Day())
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := last.DaysUntil(d); !ok || n > 1 || n == 0 && d != last {
			t.Fatalf("%s to %s: %d days", last, d, n)
		}
		if end := day.AddDate(0, 0, 1); (d.Last() == d && daysIn(d.y, d.m) == d.d) != (end.Day() == 1) {
			t.Fatalf("%s: wrong end of the month", d)
		}
		last = d
	}
}

func (d Date) noon() time.Time { return time.Date(d.y, time.Month(d.m), d.d, 12, 0, 0, 0, time.UTC) }

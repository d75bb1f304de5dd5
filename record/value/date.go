// Package value holds the exact values a record is made of: dates that know how
// precise they are, decimals, and money.
//
// None of them is a float and none is rounded by reading it: what a source said
// is what is stored, compared and printed. Every type reads and writes JSON as a
// plain string, so that a figure survives any program it passes through.
//
//	d, _ := value.ParseDate("2022-03")      // some day in March 2022
//	d.First(), d.Last()                     // 2022-03-01, 2022-03-31
//	m := value.USD("620000000")
//	m.String()                              // "620000000 USD"
package value

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// ErrDate is returned, wrapped with the text concerned and what is wrong with it,
// for a date that is not YYYY, YYYY-MM or YYYY-MM-DD, is not in the calendar, or
// lies outside the years 1900 to 2100.
var ErrDate = errors.New("not a date")

// Precision says how much of a date is known.
type Precision int

// The precisions, from nothing known to a single day.
const (
	None Precision = iota
	Year
	Month
	Day
)

// minYear and maxYear bound what a record of sanctions monitoring can speak of;
// anything outside is a slip of the keyboard or of the parser.
const minYear, maxYear = 1900, 2100

// Date is a calendar date of known precision. The zero Date is "not known".
type Date struct {
	y, m, d int
}

// NewDate makes a date; month and day may be 0 where they are not known.
// It returns ErrDate for a date that does not exist.
func NewDate(year, month, day int) (Date, error) {
	switch {
	case year < minYear || year > maxYear:
		return Date{}, fmt.Errorf("%w: the year is outside %d to %d", ErrDate, minYear, maxYear)
	case month < 0 || month > 12:
		return Date{}, fmt.Errorf("%w: there is no month %d", ErrDate, month)
	case month == 0 && day != 0:
		return Date{}, fmt.Errorf("%w: a day needs a month", ErrDate)
	case day < 0 || day > daysIn(year, month):
		return Date{}, fmt.Errorf("%w: there is no %d %s %d", ErrDate, day, time.Month(month), year)
	}
	return Date{year, month, day}, nil
}

// ParseDate reads YYYY, YYYY-MM or YYYY-MM-DD; the empty string is the zero Date.
func ParseDate(s string) (Date, error) {
	return parseDate(s)
}

// parseDate makes a string of s only for a message, so that dates by the million
// are read from bytes without garbage.
func parseDate[T ~string | ~[]byte](s T) (Date, error) {
	if len(s) == 0 {
		return Date{}, nil
	}
	parts, ok := split(s)
	if !ok {
		return Date{}, fmt.Errorf("date %s: %w (want YYYY, YYYY-MM or YYYY-MM-DD)", clip(string(s)), ErrDate)
	}
	d, err := NewDate(parts[0], parts[1], parts[2])
	if err != nil {
		return Date{}, fmt.Errorf("date %s: %w", clip(string(s)), err)
	}
	return d, nil
}

// split parts YYYY, YYYY-MM or YYYY-MM-DD into numbers. A month or day that is
// written is not 0, which stands for one that is not known.
func split[T ~string | ~[]byte](s T) (parts [3]int, ok bool) {
	at := 0
	for i, width := range [3]int{4, 2, 2} {
		if i > 0 {
			if at == len(s) {
				break
			}
			if s[at] != '-' {
				return parts, false
			}
			at++
		}
		n, ok := digits(s, at, width)
		if !ok || i > 0 && n == 0 {
			return parts, false
		}
		parts[i], at = n, at+width
	}
	return parts, at == len(s)
}

// MustDate is ParseDate for constants in programs and tests; it panics on error.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func digits[T ~string | ~[]byte](s T, at, width int) (int, bool) {
	if at+width > len(s) {
		return 0, false
	}
	n := 0
	for i := at; i < at+width; i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// daysIn is the length of a month; 0 for the unknown month, so that a day
// without a month is refused.
func daysIn(year, month int) int {
	switch {
	case month == 0:
		return 0
	case month == 2 && isLeap(year):
		return 29
	}
	return int(monthDays[month-1])
}

var monthDays = [12]uint8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Precision says how much of the date is known.
func (d Date) Precision() Precision {
	switch {
	case d.d != 0:
		return Day
	case d.m != 0:
		return Month
	case d.y != 0:
		return Year
	}
	return None
}

// IsZero reports whether the date is not known at all.
func (d Date) IsZero() bool { return d == Date{} }

// Year is the calendar year, 0 for the zero Date.
func (d Date) Year() int { return d.y }

// First is the earliest day the date can mean, Last the latest.
func (d Date) First() Date {
	if d.IsZero() {
		return d
	}
	return Date{d.y, max(d.m, 1), max(d.d, 1)}
}

// Last is the latest day the date can mean.
func (d Date) Last() Date {
	if d.IsZero() {
		return d
	}
	m := d.m
	if m == 0 {
		m = 12
	}
	day := d.d
	if day == 0 {
		day = daysIn(d.y, m)
	}
	return Date{d.y, m, day}
}

// Compare orders dates by their first day, then the less precise first, so that
// a list sorts the same way everywhere. It is not "happened before": ask Before.
func (d Date) Compare(e Date) int {
	a, b := d.First(), e.First()
	return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.m, b.m), cmp.Compare(a.d, b.d),
		cmp.Compare(d.Precision(), e.Precision()))
}

// Before reports whether every day d can mean lies before every day e can mean.
func (d Date) Before(e Date) bool {
	return !d.IsZero() && !e.IsZero() && d.Last().Compare(e.First()) < 0
}

// DaysUntil is the number of days from d to e. Both must be known to the day;
// ok is false otherwise.
func (d Date) DaysUntil(e Date) (n int, ok bool) {
	if d.Precision() != Day || e.Precision() != Day {
		return 0, false
	}
	return e.number() - d.number(), true
}

// number counts the days of the Gregorian calendar up to d, so that two of them
// tell how far apart they are. The year is taken to begin with March: its leap
// day is then its last.
func (d Date) number() int {
	y, m := d.y, d.m-3
	if m < 0 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*m+2)/5 + d.d
}

// String is the ISO form at the date's precision, as used in tables.
func (d Date) String() string {
	b, _ := d.AppendText(nil)
	return string(b)
}

// Prose is the United Nations form, "23 March 2022", as used in sentences.
func (d Date) Prose() string {
	switch d.Precision() {
	case Day:
		return fmt.Sprintf("%d %s %d", d.d, time.Month(d.m), d.y)
	case Month:
		return fmt.Sprintf("%s %d", time.Month(d.m), d.y)
	}
	return d.String()
}

// AppendText appends the ISO form.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d.IsZero() {
		return b, nil
	}
	b = append(b, digit(d.y/1000), digit(d.y/100), digit(d.y/10), digit(d.y))
	for _, n := range [2]int{d.m, d.d} {
		if n == 0 {
			break
		}
		b = append(b, '-', digit(n/10), digit(n))
	}
	return b, nil
}

func digit(n int) byte { return byte('0' + n%10) }

// MarshalText writes the ISO form.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads the ISO form.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := parseDate(b)
	if err != nil {
		return err
	}
	*d = v
	return nil
}

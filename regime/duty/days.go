package duty

import (
	"time"

	"github.com/turtlebay/turtlebay/record/value"
)

// Days are counted from this one; dates end with 2100.
var epoch, end = value.MustDate("1900-01-01"), value.MustDate("2100-12-31")

var zero = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

func dayOf(d value.Date) int { n, _ := epoch.DaysUntil(d); return n }

// dateOf is the day so many days after 1900-01-01; a day after the last that a
// date can be is that last one.
func dateOf(n int) value.Date { return asDate(zero.AddDate(0, 0, n)) }

func addMonths(d value.Date, months int) value.Date {
	return asDate(zero.AddDate(0, 0, dayOf(d)).AddDate(0, months, 0))
}

func asDate(t time.Time) value.Date {
	d, err := value.NewDate(t.Year(), int(t.Month()), t.Day())
	if err != nil {
		return end
	}
	return d
}

// span is a range of days, both ends included.
type span struct{ first, last int }

// everyDay is what a date that is not known may mean.
var everyDay = span{0, dayOf(end)}

func spanOf(d value.Date) span {
	if d.IsZero() {
		return everyDay
	}
	return span{dayOf(d.First()), dayOf(d.Last())}
}

// answer is yes, no, or undecided for want of a fact.
type answer int

const (
	no answer = iota
	undecided
	yes
)

// within says whether s lies in w.
func (s span) within(w span) answer {
	switch {
	case s.last < w.first || s.first > w.last:
		return no
	case s.first >= w.first && s.last <= w.last:
		return yes
	}
	return undecided
}

package history

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
)

// Turn says what happened to a measure on a day.
type Turn string

// The turns.
const (
	Began        Turn = "began"        // the first day on which it is in force
	Ended        Turn = "ended"        // the first day on which it no longer is, and nothing took its place
	Superseded   Turn = "superseded"   // the same, where others took its place
	Strengthened Turn = "strengthened" // it stays in force; another, in force from this day, goes further
	GraceEnded   Turn = "grace ended"  // the first day after a time of grace of one of its rules
)

// Turns lists the turns in the order in which they print on one day.
func Turns() []Turn { return []Turn{Ended, Superseded, Began, Strengthened, GraceEnded} }

// Event is one measure on one day.
type Event struct {
	Date    value.Date
	What    Turn
	Measure *regime.Measure
	By      []*regime.Measure // who superseded or strengthened it; what it took the place of, where it began
}

// Between lists what happened after the day a, up to and with the day b, in order of
// time and then of turn and measure: what is in force at the end of b is what was at the
// end of a, with what began and without what ended or was superseded. Both want
// to be days, a not after b; else there is nothing.
func Between(p *regime.Pack, a, b value.Date) []Event {
	if a.Precision() != value.Day || b.Precision() != value.Day {
		return nil
	}
	var out []Event
	for _, m := range p.Measures() {
		for _, e := range turns(p, m) {
			if a.Before(e.Date) && !b.Before(e.Date) {
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Event) int {
		return cmp.Or(x.Date.Compare(y.Date), slices.Index(Turns(), x.What)-slices.Index(Turns(), y.What), Natural(x.Measure.ID, y.Measure.ID))
	})
	return out
}

// turns are all that ever happens to a measure.
func turns(p *regime.Pack, m *regime.Measure) []Event {
	out := []Event{{Date: m.InForce.From, What: Began, Measure: m, By: named(p, m.Supersedes)}}
	by := named(p, m.SupersededBy)
	switch {
	case !m.InForce.Until.IsZero() && len(by) > 0:
		out = append(out, Event{Date: m.InForce.Until, What: Superseded, Measure: m, By: by})
	case !m.InForce.Until.IsZero():
		out = append(out, Event{Date: m.InForce.Until, What: Ended, Measure: m})
	default:
		out = append(out, strengthened(m, by)...)
	}
	for _, r := range m.Rules {
		if day, ok := afterGrace(m, r); ok {
			if !slices.ContainsFunc(out, func(x Event) bool { return x.What == GraceEnded && x.Date == day }) {
				out = append(out, Event{Date: day, What: GraceEnded, Measure: m})
			}
		}
	}
	return out
}

// strengthened makes an event of each day on which successors of a measure that
// stays in force began.
func strengthened(m *regime.Measure, by []*regime.Measure) []Event {
	var out []Event
	for _, next := range by {
		i := slices.IndexFunc(out, func(e Event) bool { return e.Date == next.InForce.From })
		if i < 0 {
			out = append(out, Event{Date: next.InForce.From, What: Strengthened, Measure: m})
			i = len(out) - 1
		}
		out[i].By = append(out[i].By, next)
	}
	return out
}

func named(p *regime.Pack, ids []string) []*regime.Measure {
	var out []*regime.Measure
	for _, id := range ids {
		if m, ok := p.Measure(id); ok {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *regime.Measure) int { return Natural(a.ID, b.ID) })
	return out
}

// afterGrace is the first day after a rule's time of grace.
func afterGrace(m *regime.Measure, r regime.Rule) (value.Date, bool) {
	last, ok := LastOfGrace(m, r)
	if !ok {
		return last, false
	}
	return addDays(last, 1)
}

// LastOfGrace is the last day of a rule's time of grace; ok is false where it has
// none.
func LastOfGrace(m *regime.Measure, r regime.Rule) (last value.Date, ok bool) {
	switch {
	case r.Grace == nil:
		return last, false
	case !r.Grace.Until.IsZero():
		return r.Grace.Until, true
	}
	return addDays(m.InForce.From, r.Grace.Days)
}

// addDays is the day so many days later; ok is false where dates do not reach it.
func addDays(d value.Date, n int) (value.Date, bool) {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return value.Date{}, false
	}
	out, err := value.ParseDate(t.AddDate(0, 0, n).Format(time.DateOnly))
	return out, err == nil
}

// Natural orders ids as people do: kp-2397-8 before kp-2397-25.
func Natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		p, q := leading(x), leading(y)
		n, err1 := strconv.ParseUint(p, 10, 64)
		m, err2 := strconv.ParseUint(q, 10, 64)
		c := cmp.Compare(p, q)
		if err1 == nil && err2 == nil {
			c = cmp.Or(cmp.Compare(n, m), c)
		}
		if c != 0 {
			return c
		}
		x, y = x[len(p):], y[len(q):]
	}
	return cmp.Compare(len(x), len(y))
}

// leading is the digits that a text begins with or, if there are none, what stands
// before the first.
func leading(s string) string {
	isDigit := func(b byte) bool { return '0' <= b && b <= '9' }
	n := 1
	for n < len(s) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return s[:n]
}

package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// limit demands, of each cap, tests one unit below it, at it and one above it, and of
// each notice percentage just below it and at it.
func (l *linter) limit(r *ruleView) {
	if r.r.Limit == nil {
		return
	}
	for _, c := range r.r.Limit.Caps {
		if !c.Withdrawn.IsZero() {
			l.withdrawn(r, c)
			continue
		}
		in := r.in()
		for _, edge := range []struct {
			day  value.Date
			what string
		}{{c.From, "the cap begins"}, {c.Until, "the cap no longer counts"}} {
			if in.From.Before(edge.day) && (in.Until.IsZero() || edge.day.Before(in.Until)) {
				l.days(r, edge.what, edge.day, r.cases)
			}
		}
		l.levels(r, c)
	}
}

// withdrawn demands tests that a cap struck out before its first day counts for who
// does not know that yet, and for nobody else.
func (l *linter) withdrawn(r *ruleView, c regime.Cap) {
	for _, day := range []value.Date{shift(c.Withdrawn, -1), c.Withdrawn} {
		if !slices.ContainsFunc(r.cases, func(x testCase) bool {
			return x.test.AsOf == day || day == c.Withdrawn && x.test.AsOf.IsZero() && regime.Interval{From: c.From, Until: c.Until}.Contains(x.date)
		}) {
			l.warn(r, LimitUntested, "no test has %s as the day of knowledge: the cap of %s %s was struck out on %s", day, c.Amount, c.Unit, c.Withdrawn)
		}
	}
}

// sum is what a case comes to under a cap: whole where the total before it is known.
type sum struct {
	total value.Decimal
	whole bool
}

func (l *linter) levels(r *ruleView, c regime.Cap) {
	var sums []sum
	during := regime.Interval{From: c.From, Until: c.Until}
	for _, x := range r.cases {
		if s, ok := sumOf(x, c); ok && (during.Contains(x.date) || during.From.IsZero() && during.Until.IsZero()) {
			sums = append(sums, s)
		}
	}
	one := value.Int(1)
	level := func(name string, at value.Decimal, above bool) {
		if !slices.ContainsFunc(sums, func(s sum) bool { return s.whole && s.total.Cmp(at) < 0 && s.total.Add(one).Cmp(at) >= 0 }) {
			l.warn(r, LimitUntested, "no test comes to one %s or less below %s (%s)", c.Unit, at, name)
		}
		if !slices.ContainsFunc(sums, func(s sum) bool { return s.whole && s.total.Equal(at) }) {
			l.warn(r, LimitUntested, "no test comes to exactly %s %ss (%s)", at, c.Unit, name)
		}
		if above && !slices.ContainsFunc(sums, func(s sum) bool { return s.total.Cmp(at) > 0 && s.total.Cmp(at.Add(one)) <= 0 }) {
			l.warn(r, LimitUntested, "no test comes to one %s or less above %s (%s)", c.Unit, at, name)
		}
	}
	level("the cap", c.Amount.Decimal, true)
	notices := r.r.Limit.Notices
	if c.Notices != nil {
		notices = c.Notices
	}
	for _, percent := range notices {
		part := c.Amount.Mul(value.Int(percent)).Mul(value.MustDecimal("0.01"))
		level(fmt.Sprintf("%d percent", percent), part, false)
	}
}

// sumOf adds the record's own quantity and the total before it, in the cap's unit.
func sumOf(x testCase, c regime.Cap) (sum, bool) {
	own, ok := amount(x, c.Quantity, c.Unit)
	if !ok {
		return sum{}, false
	}
	before, whole := amount(x, c.Before, c.Unit)
	if whole {
		own = own.Add(before)
	}
	return sum{own, whole}, true
}

func amount(x testCase, fact, unit string) (value.Decimal, bool) {
	d, ok := condition.Decimal(x.obs, fact)
	if ok && unit == "tonne" && strings.HasSuffix(fact, "_kg") {
		d = d.Mul(value.MustDecimal("0.001"))
	}
	return d, ok
}

package regime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// windowOf is the limit's window that the day lies in.
func (l *Limit) windowOf(day value.Date) Interval {
	from := func(year int) value.Date {
		if l.Window == CalendarYear {
			d, _ := value.NewDate(year, 1, 1)
			return d
		}
		// Load refuses a start on 29 February, so the day exists in every year.
		d, _ := value.ParseDate(fmt.Sprintf("%04d%s", year, l.Start.String()[len("2017"):]))
		return d
	}
	y := day.Year()
	if day.First().Compare(from(y)) < 0 {
		y--
	}
	return Interval{from(y), from(y + 1)}
}

// label names a cap's window in a reason; a cap that begins or ends within it
// counts in that part only.
func (l *Limit) label(w Interval, c Cap) string {
	switch part := w.days().meet(Interval{c.From, c.Until}.days()); {
	case part != w.days():
		return fmt.Sprintf("the time from %s to %s", cutFrom(w.From, c.From), dayBefore(cutUntil(w.Until, c.Until)))
	case l.Window == CalendarYear:
		return fmt.Sprintf("calendar year %d", w.From.Year())
	}
	return fmt.Sprintf("the 12 months from %s", w.From)
}

func cutFrom(a, b value.Date) value.Date {
	if a.Before(b) {
		return b
	}
	return a
}

func cutUntil(a, b value.Date) value.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// interval is when the cap counts, as known on the day of knowledge; a cap that
// was withdrawn before it took effect counts only for who does not know that yet.
func (e *evaluation) capInterval(c Cap, in span) span {
	if !c.Withdrawn.IsZero() && e.knows(c.Withdrawn) {
		return span{1, 0}
	}
	return in.meet(Interval{c.From, c.Until}.days())
}

// tally is one delivery under the cap in one unit.
type tally struct {
	Cap
	low     value.Decimal // what is known of the total with this delivery
	whole   bool          // all of it is known
	missing []string
	sum     string // how it came about, for the reason
}

func (t tally) over() bool { return t.low.Cmp(t.Amount.Decimal) > 0 }

// single weighs one delivery with the total before it. A unit in which nothing
// is reported does not decide, unless the limit wants all units.
func (e *evaluation) single(r *rule, in span) []verdict {
	l := r.r.Limit
	w := l.windowOf(e.date)
	if e.date.IsZero() || w != l.windowOf(e.date.Last()) {
		return []verdict{{result: Possible, reason: r.r.Reason + "; the date leaves open which window it counts in", missing: []string{e.dateFact()}}}
	}
	var tallies []tally
	for _, c := range l.Caps {
		if e.capInterval(c, in).truth(e.when) != outside {
			tallies = append(tallies, e.tally(l, c, w))
		}
	}
	if len(tallies) == 0 {
		return nil
	}
	out := e.weigh(r, w, tallies)
	if v, ok := e.stopped(r, w); ok {
		out = append(out, v)
	}
	return out
}

func (e *evaluation) tally(l *Limit, c Cap, w Interval) tally {
	quantity, okQ := e.amount(c.Quantity, c.Unit)
	before, okB := e.amount(c.Before, c.Unit)
	t := tally{Cap: c, whole: okQ && okB}
	if !okQ {
		t.missing = append(t.missing, c.Quantity)
	}
	start := value.Date{}
	if l.WindowStart != "" {
		start = condition.Date(e.rec.Observation, l.WindowStart)
	}
	switch {
	case !okB:
		t.missing = append(t.missing, c.Before)
	case !start.IsZero() && start != w.From:
		// The total belongs to another window: it says nothing of this one.
		okB, t.whole = false, false
		t.missing = append(t.missing, l.WindowStart)
	}
	if okQ {
		t.low = t.low.Add(quantity)
	}
	if okB {
		t.low = t.low.Add(before)
	}
	t.sum = group(t.low)
	if t.whole {
		t.sum = fmt.Sprintf("%s + %s = %s", group(before), group(quantity), group(t.low))
	}
	return t
}

// amount reads a quantity in the cap's unit. Kilograms are tonnes exactly;
// nothing else is converted.
func (e *evaluation) amount(path, unit string) (value.Decimal, bool) {
	if path == "" {
		return value.Decimal{}, true
	}
	d, ok := condition.Decimal(e.rec.Observation, path)
	if ok && unit == "tonne" && strings.HasSuffix(path, "_kg") {
		d = d.Mul(value.MustDecimal("0.001"))
	}
	return d, ok
}

func (e *evaluation) weigh(r *rule, w Interval, tallies []tally) []verdict {
	l := r.r.Limit
	var v verdict
	decided := 0
	for _, t := range tallies {
		if t.whole {
			decided++
		}
		if e.explain {
			v.steps = append(v.steps, fmt.Sprintf("cap of %s in %s: %s", quantityText(t.Amount.Decimal, t.Unit), l.label(w, t.Cap), cmp.Or(t.lacking(), t.sum)))
		}
		if t.over() {
			excess := t.low.Sub(t.Amount.Decimal)
			v.result = CapExceeded
			v.reason = fmt.Sprintf("%s > %s in %s; excess %s", t.sum, quantityText(t.Amount.Decimal, t.Unit), l.label(w, t.Cap), group(excess))
			return []verdict{v}
		}
	}
	out := l.noticed(v, tallies, w)
	if decided == 0 || l.Facts == "all" && decided < len(tallies) {
		v.result = Possible
		v.reason = r.r.Reason + "; the total in " + l.label(w, tallies[0].Cap) + " cannot be worked out"
		v.missing = lacking(tallies)
		out = append(out, v)
	}
	return out
}

// noticed is a verdict for the first of the totals known that has reached a
// notice level.
func (l *Limit) noticed(v verdict, tallies []tally, w Interval) []verdict {
	for _, t := range tallies {
		if reason, ok := l.notice(t.low, t.Cap, w); ok && t.whole {
			v.result, v.reason = CapNotice, t.sum+": "+reason
			return []verdict{v}
		}
	}
	return nil
}

func (t tally) lacking() string {
	if len(t.missing) == 0 {
		return ""
	}
	return NotKnown + ": " + strings.Join(t.missing, ", ")
}

// lacking asks first for what is missing in a unit of which something is known.
func lacking(tallies []tally) []string {
	var partly, all []string
	for _, t := range tallies {
		all = append(all, t.missing...)
		if len(t.missing) == 1 {
			partly = append(partly, t.missing...)
		}
	}
	if len(partly) > 0 {
		return partly
	}
	return all
}

// notice says which notice level the total has reached; at the cap exactly there
// is one even where no percentages are set.
func (l *Limit) notice(total value.Decimal, c Cap, w Interval) (string, bool) {
	of := fmt.Sprintf("the cap of %s in %s", quantityText(c.Amount.Decimal, c.Unit), l.label(w, c))
	if total.Equal(c.Amount.Decimal) {
		return "exactly " + of, true
	}
	notices := l.Notices
	if c.Notices != nil {
		notices = c.Notices
	}
	for _, percent := range slices.Backward(notices) {
		if total.Mul(value.Int(100)).Cmp(c.Amount.Mul(value.Int(percent))) >= 0 {
			return fmt.Sprintf("%d percent or more of %s", percent, of), true
		}
	}
	return "", false
}

// quantityText is "500,000 barrels".
func quantityText(d value.Decimal, unit string) string {
	if unit != strings.ToUpper(unit) {
		unit += "s"
	}
	return group(d) + " " + unit
}

// group prints a number with a comma at every third digit before the point.
func group(d value.Decimal) string {
	s := d.String()
	whole, frac, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if frac != "" {
		whole += "." + frac
	}
	return sign + whole
}

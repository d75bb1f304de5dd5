package regime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Bases of an entry.
const (
	Reported  = "reported"
	Estimated = "estimated"
)

// Ledger holds what is said of one window of a cap: totals reported to the
// Committee and totals that others estimate, apart, each with who claims it.
// They are never added.
type Ledger struct {
	MeasureID string
	Window    Interval
	Label     string // "calendar year 2020"
	Cap       value.Decimal
	Unit      string
	Reported  []Entry
	Estimated []Entry

	// Single deliveries on record, added up by whether they were reported to the
	// Committee. They are never added to the totals above, which speak of all
	// deliveries, known here or not.
	DeliveredReported   Delivered
	DeliveredUnreported Delivered

	cap Cap
}

// Delivered is a sum of single deliveries.
type Delivered struct {
	Sum     value.Decimal
	Records []string // by id
}

func (d *Delivered) add(o Delivered) {
	d.Sum = d.Sum.Add(o.Sum)
	d.Records = append(d.Records, o.Records...)
	slices.Sort(d.Records)
}

// Entry is one total as one claimant gives it.
type Entry struct {
	RecordID  string
	Claimant  string
	On        value.Date // the day it was said
	Amount    value.Decimal
	MoreThan  bool       // the source says "more than"
	From, To  value.Date // first and last day covered
	Certainty claim.Certainty
	Preferred bool

	days span
}

// exceeds reports whether the entry alone is above the amount. "More than" the
// cap is above it.
func (n Entry) exceeds(amount value.Decimal) bool {
	c := n.Amount.Cmp(amount)
	return c > 0 || c == 0 && n.MoreThan
}

// text is "more than 1,600,000 barrels (43 States, 2020-07-24)".
func (n Entry) text(unit string) string {
	s := quantityText(n.Amount, unit)
	if n.MoreThan {
		s = "more than " + s
	}
	return fmt.Sprintf("%s for %s to %s (%s)", s, n.From, n.To, strings.TrimSuffix(n.Claimant+", "+n.On.String(), ", "))
}

// Ledgers lists the windows of caps that the records' totals and single deliveries
// speak of, by measure and window, as they are known on the day of knowledge (zero: everything is).
func (p *Pack) Ledgers(rs []record.Record, asOf value.Date) []Ledger {
	var out []Ledger
	e := &p.Checker(NoTrace).e
	for _, r := range rs {
		if r.Observation == nil {
			continue
		}
		e.reset(r, asOf)
		for _, rule := range p.rulesOf(r.Kind()) {
			if rule.r.Limit == nil || rule.adopted > e.known || !e.hasAll(rule.needs) {
				continue
			}
			var open verdict
			if e.applies(rule, across, &open) == condition.No {
				continue
			}
			ledgers := e.delivered
			if e.ofWindows(rule) {
				ledgers = e.ledgers
			}
			for _, l := range ledgers(rule, e.interval(rule)) {
				out = enter(out, l)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Ledger) int {
		return cmp.Or(cmp.Compare(a.MeasureID, b.MeasureID), a.Window.From.Compare(b.Window.From), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

func enter(ledgers []Ledger, l Ledger) []Ledger {
	i := slices.IndexFunc(ledgers, func(x Ledger) bool {
		return x.MeasureID == l.MeasureID && x.Window == l.Window && x.Unit == l.Unit
	})
	if i < 0 {
		return append(ledgers, l)
	}
	ledgers[i].Reported = append(ledgers[i].Reported, l.Reported...)
	ledgers[i].Estimated = append(ledgers[i].Estimated, l.Estimated...)
	ledgers[i].DeliveredReported.add(l.DeliveredReported)
	ledgers[i].DeliveredUnreported.add(l.DeliveredUnreported)
	return ledgers
}

// delivered enters one delivery under each cap in whose unit it is stated; a date
// that leaves the window open enters it under none.
func (e *evaluation) delivered(r *rule, in span) []Ledger {
	l := r.r.Limit
	w := l.windowOf(e.date)
	if e.date.IsZero() || w != l.windowOf(e.date.Last()) || e.uncounted(r) {
		return nil
	}
	var out []Ledger
	for _, c := range l.Caps {
		amount, ok := e.amount(c.Quantity, c.Unit)
		if !ok || e.capInterval(c, in).truth(e.when) != inside {
			continue
		}
		entry := Ledger{MeasureID: r.m.ID, Window: w, Label: l.label(w, c), Cap: c.Amount.Decimal, Unit: c.Unit, cap: c}
		d := Delivered{amount, []string{e.rec.ID}}
		if said, ok := condition.Print(e.rec.Observation, "reported_to_committee"); ok && said == "true" {
			entry.DeliveredReported = d
		} else {
			entry.DeliveredUnreported = d
		}
		out = append(out, entry)
	}
	return out
}

// ofWindows reports whether the record speaks of whole windows of the rule's limit.
func (e *evaluation) ofWindows(r *rule) bool {
	if r.r.Limit == nil || !r.r.Limit.Totals {
		return false
	}
	p, ok := e.rec.Observation.(*observation.PetroleumDelivery)
	return ok && len(p.Totals) > 0
}

// ledgers makes a ledger per cap and window that the record's totals touch.
func (e *evaluation) ledgers(r *rule, in span) []Ledger {
	p, ok := e.rec.Observation.(*observation.PetroleumDelivery)
	if !ok {
		return nil
	}
	var out []Ledger
	for _, c := range r.r.Limit.Caps {
		counts := e.capInterval(c, in)
		for _, t := range p.Totals {
			n, basis, ok := e.entry(r.r.Limit, c, t)
			if !ok {
				continue
			}
			for w := r.r.Limit.windowOf(n.From); !w.Until.IsZero() && w.days().truth(n.days) != outside; w = r.r.Limit.windowOf(w.Until) {
				if w.days().meet(counts).truth(n.days) == outside {
					continue
				}
				l := Ledger{MeasureID: r.m.ID, Window: w, Label: r.r.Limit.label(w, c), Cap: c.Amount.Decimal, Unit: c.Unit, cap: c}
				if basis == Reported {
					l.Reported = []Entry{n}
				} else {
					l.Estimated = []Entry{n}
				}
				out = enter(out, l)
			}
		}
	}
	return out
}

// entry reads a total in the cap's unit; ok is false where it has none or it is
// not known what time it covers.
func (e *evaluation) entry(l *Limit, c Cap, t claim.Claim[observation.WindowTotal]) (n Entry, basis string, ok bool) {
	amount := t.Value.Barrels
	if c.Unit == "tonne" {
		amount = t.Value.Tonnes
	}
	from, to := e.covered(l, t.Value)
	if amount == nil || from.IsZero() || to.IsZero() || to.Before(from) || !e.knows(t.On.First()) {
		return n, "", false
	}
	return Entry{
		RecordID: e.rec.ID, Claimant: t.Authority, On: t.On, Amount: *amount, MoreThan: t.Value.AtLeast,
		From: from, To: to, Certainty: cmp.Or(t.Certainty, e.rec.Certainty), Preferred: t.Preferred,
		days: span{dayOf(from), dayOf(to)},
	}, t.Value.Basis, true
}

// covered is the time that a total speaks of: its own, else the window that the
// record names, else what the record's date can mean.
func (e *evaluation) covered(l *Limit, t observation.WindowTotal) (from, to value.Date) {
	from, to = e.date.First(), e.date.Last()
	if l.WindowStart != "" {
		if s := condition.Date(e.rec.Observation, l.WindowStart); s.Precision() == value.Day && l.windowOf(s).From == s {
			w := l.windowOf(s)
			from, to = s, dayBefore(w.Until)
		}
	}
	if !t.From.IsZero() {
		from = t.From.First()
	}
	if !t.To.IsZero() {
		to = t.To.Last()
	}
	return from, to
}

func dayBefore(d value.Date) value.Date {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return value.Date{}
	}
	out, _ := value.ParseDate(t.AddDate(0, 0, -1).Format(time.DateOnly))
	return out
}

// totals weighs a record of whole windows. A total reported to the Committee is
// a count: above the cap it is cap-exceeded. An estimate is somebody's: above
// the cap it is possible, with the question whether the estimate is accepted.
// A total of a part of the window is a lower bound of the window's.
func (e *evaluation) totals(r *rule, in span) []verdict {
	ledgers := e.ledgers(r, in)
	if len(ledgers) == 0 && e.date.IsZero() {
		return []verdict{{result: Possible, reason: r.r.Reason, missing: []string{e.dateFact()}}}
	}
	var out []verdict
	for _, l := range ledgers {
		window := l.Window.days().meet(in)
		if v, ok := reportedTotal(r, l, window); ok {
			out = append(out, v)
		}
		if v, ok := estimatedTotal(r, l, window); ok {
			out = append(out, v)
		}
	}
	return out
}

func reportedTotal(r *rule, l Ledger, window span) (verdict, bool) {
	capText := fmt.Sprintf("the cap of %s in %s", quantityText(l.Cap, l.Unit), l.Label)
	var within, beyond []Entry
	for _, n := range l.Reported {
		switch {
		case window.truth(n.days) == inside:
			within = append(within, n)
		case n.exceeds(l.Cap):
			beyond = append(beyond, n)
		}
	}
	for _, n := range within {
		if !n.exceeds(l.Cap) {
			continue
		}
		reason := fmt.Sprintf("reported: %s, above %s; excess %s", n.text(l.Unit), capText, group(n.Amount.Sub(l.Cap)))
		if other, disputed := contradicts(within, n, l.Cap); disputed && !n.Preferred {
			return verdict{
				result: Possible, reason: reason + "; but also reported: " + other.text(l.Unit),
				questions: []string{"Which of the reported totals stands?"},
			}, true
		}
		return verdict{result: CapExceeded, reason: reason}, true
	}
	if len(beyond) > 0 {
		return verdict{
			result: Possible, reason: fmt.Sprintf("reported: %s, above %s, but it covers more than that window", beyond[0].text(l.Unit), capText),
			questions: []string{"How much of it falls in " + l.Label + ", from " + l.Window.From.String() + "?"},
		}, true
	}
	if top, ok := largest(within); ok {
		if reason, ok := r.r.Limit.notice(top.Amount, l.cap, l.Window); ok {
			return verdict{result: CapNotice, reason: fmt.Sprintf("reported: %s: %s", top.text(l.Unit), reason)}, true
		}
	}
	return verdict{}, false
}

// contradicts finds a reported total that covers at least as much time as n and
// stays within the cap.
func contradicts(all []Entry, n Entry, amount value.Decimal) (Entry, bool) {
	i := slices.IndexFunc(all, func(x Entry) bool {
		return !x.exceeds(amount) && !x.MoreThan && x.days.truth(n.days) == inside
	})
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}

func largest(all []Entry) (Entry, bool) {
	if len(all) == 0 {
		return Entry{}, false
	}
	return slices.MaxFunc(all, func(a, b Entry) int { return a.Amount.Cmp(b.Amount) }), true
}

// estimatedTotal names every claimant whose estimate would pass the cap or, if
// none does, a notice level.
func estimatedTotal(r *rule, l Ledger, window span) (verdict, bool) {
	var texts, questions []string
	level := fmt.Sprintf("above the cap of %s in %s", quantityText(l.Cap, l.Unit), l.Label)
	for _, n := range l.Estimated {
		if n.exceeds(l.Cap) {
			texts = append(texts, n.text(l.Unit))
			questions = append(questions, estimateQuestion(r, l, n, window))
		}
	}
	if len(texts) == 0 {
		top, ok := largest(l.Estimated)
		if !ok || window.truth(top.days) != inside {
			return verdict{}, false
		}
		if level, ok = r.r.Limit.notice(top.Amount, l.cap, l.Window); !ok {
			return verdict{}, false
		}
		texts, questions = []string{top.text(l.Unit)}, []string{estimateQuestion(r, l, top, window)}
	}
	slices.Sort(questions)
	reason := fmt.Sprintf("estimated, not reported: %s: %s", strings.Join(texts, "; "), level)
	if top, ok := largest(l.Reported); ok {
		reason += "; reported: " + top.text(l.Unit)
	} else {
		reason += "; no reported total is recorded here"
	}
	return verdict{result: Possible, reason: reason, questions: slices.Compact(questions)}, true
}

func estimateQuestion(r *rule, l Ledger, n Entry, window span) string {
	q := fmt.Sprintf("%s (%s)", r.r.Limit.Estimate, n.Claimant)
	if window.truth(n.days) != inside {
		q += fmt.Sprintf(" And how much of it falls in %s?", l.Label)
	}
	return q
}

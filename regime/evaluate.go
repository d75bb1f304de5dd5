package regime

import (
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// rule is one rule of one measure, compiled for one kind of observation.
type rule struct {
	m         *Measure
	r         *Rule
	pack      *Pack // whose questions it asks
	order     int   // its place among the rules of its kind
	kind      observation.Kind
	name      string   // kp-2397-5, or kp-2397-5/cap
	direction string   // that the record must have; empty: any
	scope     *scope   // the goods it speaks of; nil: whatever they are
	needs     []string // facts without which its condition is no
	when      *condition.Condition
	exempt    []*condition.Condition // one an exemption
	graceWhen *condition.Condition
	graceEnd  int  // last day of grace
	in        span // when it is in force
	open      span // the same before anybody knew that it would end
	adopted   int  // the day from which it is known
	endKnown  int  // the day from which its end is known; 0 where it always was
	citation  string
	facts     []string // what the trace shows
}

// evaluation is one record being checked.
type evaluation struct {
	rec       record.Record
	subject   *condition.Subject
	date      value.Date
	when      span // every day the date can mean
	asOf      value.Date
	known     int        // the day of knowledge, the end of time where everything is known
	decisions *Decisions // nil: none are on record
	explain   bool
}

// reset makes the evaluation one of that record; its options stay.
func (e *evaluation) reset(r record.Record, asOf value.Date) {
	if !r.AsOf.IsZero() {
		asOf = r.AsOf
	}
	e.rec, e.asOf, e.date = r, asOf, r.Observation.When()
	e.when, e.known = spanOf(e.date), noDate.last
	if !asOf.IsZero() {
		e.known = dayOf(asOf.Last())
	}
	e.subject.Reset(r.Observation, asOf)
}

// verdict is what one rule says of the record. missing and questions are what
// would have to be known for it to say more.
type verdict struct {
	result    Result
	reason    string
	missing   []string
	questions []string
	warnings  []string
	steps     []string
	undecided bool // it would be another result if what is missing were known
}

func (v *verdict) lack(facts []string, questions ...string) {
	v.missing = append(v.missing, facts...)
	for _, q := range questions {
		if q != "" {
			v.questions = append(v.questions, q)
		}
	}
}

func (v *verdict) warn(warnings ...string) {
	for _, w := range warnings {
		if !slices.Contains(v.warnings, w) {
			v.warnings = append(v.warnings, w)
		}
	}
}

// run applies the rules, which come measure by measure.
func (e *evaluation) run(rules []*rule) []Finding {
	var out []Finding
	var drafts []draft
	for len(rules) > 0 {
		n := 1
		for n < len(rules) && rules[n].m == rules[0].m {
			n++
		}
		drafts = drafts[:0]
		for _, r := range rules[:n] {
			for _, v := range e.apply(r) {
				drafts = append(drafts, e.draft(r, v))
			}
		}
		for _, d := range settle(drafts) {
			out = append(out, d.print())
		}
		rules = rules[n:]
	}
	return out
}

// knows reports whether what was adopted on that day is known as of the day of knowledge.
func (e *evaluation) knows(day value.Date) bool { return dayOf(day) <= e.known }

// interval is when the rule is in force as it was known on the day of knowledge:
// an end that a later resolution brought is not known before it.
func (e *evaluation) interval(r *rule) span {
	if r.endKnown > e.known {
		return r.open
	}
	return r.in
}

func (e *evaluation) apply(r *rule) []verdict {
	in := e.interval(r)
	where := in.truth(e.when)
	if where == outside || r.adopted > e.known || !e.hasAll(r.needs) {
		return nil
	}
	var open verdict // what is left open, and the steps taken
	applies := e.applies(r, where, &open)
	if applies == condition.No {
		return nil
	}
	if e.explain {
		open.steps = append([]string{fmt.Sprintf("%s is in force %s; the record's date is %s", r.m.Cite, r.m.InForce.Words(), orNotKnown(e.date))}, open.steps...)
	}
	var out []verdict
	for _, v := range e.bite(r, in) {
		if v, ok := e.temper(r, in, applies, open, v); ok {
			out = append(out, v)
		}
	}
	return out
}

// applies combines date, direction and condition.
func (e *evaluation) applies(r *rule, where position, open *verdict) condition.Truth {
	truth := condition.Yes
	if where == across && !e.ofWindows(r) {
		truth = condition.Undecided
		open.lack([]string{e.dateFact()})
	}
	if truth = truth.And(e.goesThere(r, open)); truth == condition.No {
		return condition.No
	}
	if r.scope != nil {
		m := e.goods(r)
		if truth = truth.And(m.truth); truth == condition.No {
			return condition.No
		}
		open.lack(m.missing, m.questions...)
		open.warn(m.warnings...)
		if e.explain {
			open.steps = append(open.steps, m.step)
		}
	}
	return truth.And(e.ask(r.when, "condition", open))
}

// dateFact is the name of the fact that says when it was.
func (e *evaluation) dateFact() string {
	if k := e.rec.Kind(); k == observation.KindTradeStatistic || k == observation.KindWorkerEstimate {
		return "period"
	}
	return "date"
}

// hasAll reports whether the record has every one of the facts.
func (e *evaluation) hasAll(facts []string) bool {
	for _, f := range facts {
		if !condition.Has(e.rec.Observation, f) {
			return false
		}
	}
	return true
}

// goesThere compares the record's direction with the rule's.
func (e *evaluation) goesThere(r *rule, open *verdict) condition.Truth {
	if r.direction == "" {
		return condition.Yes
	}
	d, known := e.direction()
	switch {
	case !known:
		open.lack([]string{factDirection})
		return condition.Undecided
	case d != r.direction:
		return condition.No
	case e.doubted():
		return condition.Undecided
	}
	return condition.Yes
}

const factDirection = "direction"

// direction is the record's own or, of a statistic, what partner and flow come to.
func (e *evaluation) direction() (string, bool) {
	if t, ok := e.rec.Observation.(*observation.TradeStatistic); ok {
		return t.Direction()
	}
	return condition.Print(e.rec.Observation, factDirection)
}

// doubted reports whether a statistic itself names another partner that may have
// been meant.
func (e *evaluation) doubted() bool {
	t, ok := e.rec.Observation.(*observation.TradeStatistic)
	return ok && t.Doubted()
}

// ask answers a condition, yes where there is none, and notes what it lacks.
func (e *evaluation) ask(c *condition.Condition, what string, open *verdict) condition.Truth {
	if c == nil {
		return condition.Yes
	}
	a := e.subject.Ask(c)
	open.lack(a.Missing)
	if e.explain {
		open.steps = append(open.steps, fmt.Sprintf("%s %s: %s", what, c.Text, a.Truth))
	}
	return a.Truth
}

// bite is what the rule says before exemptions and grace are looked at.
func (e *evaluation) bite(r *rule, in span) []verdict {
	switch {
	case r.r.Limit == nil:
		v := verdict{result: r.r.Finds, reason: r.r.Reason}
		v.lack(nil, r.r.Question)
		return []verdict{v}
	case e.ofWindows(r):
		return e.totals(r, in)
	default:
		return e.single(r, in)
	}
}

// temper applies exemptions and grace to what would bite, and lets what is open
// make it possible. ok is false where nothing is left to report: an exemption or
// grace is reported only where the measure would bite for certain.
func (e *evaluation) temper(r *rule, in span, applies condition.Truth, open, v verdict) (_ verdict, ok bool) {
	v.steps = append(slices.Clone(open.steps), v.steps...)
	v.warn(open.warnings...)
	certain := applies == condition.Yes && len(v.missing) == 0
	aside := verdict{}
	if v.result == CapNotice && e.uncounted(r) {
		return v, false
	}
	if v.result != CapNotice {
		switch truth, reason := e.exempted(r, &aside); truth {
		case condition.Yes:
			return v.instead(Exempt, reason, aside), certain
		case condition.Undecided:
			applies = min(applies, condition.Undecided)
		}
		if e.contested(&aside) {
			applies = min(applies, condition.Undecided)
		}
		switch e.grace(r, in, &aside) {
		case condition.Yes:
			return v.instead(GracePeriod, "grace: "+r.r.Grace.Reason, aside), certain
		case condition.Undecided:
			applies = min(applies, condition.Undecided)
		}
	}
	v.steps = append(v.steps, aside.steps...)
	v.missing = append(append(v.missing, open.missing...), aside.missing...)
	v.questions = append(append(v.questions, open.questions...), aside.questions...)
	v.warn(aside.warnings...)
	if applies == condition.Yes {
		return v, true
	}
	v.undecided = v.undecided || v.result != Possible
	v.result = Possible
	return v, true
}

// instead is the verdict as what takes the record out of the measure.
func (v verdict) instead(result Result, reason string, aside verdict) verdict {
	v.steps = append(v.steps, aside.steps...)
	v.result, v.reason, v.questions = result, v.reason+"; "+reason, nil
	return v
}

// uncounted reports whether an exemption takes the record out of the limit's count.
func (e *evaluation) uncounted(r *rule) bool {
	for i, c := range r.exempt {
		if r.r.Exempt[i].Uncounted && e.subject.Ask(c).Truth == condition.Yes {
			return true
		}
	}
	return false
}

// exempted is yes where any exemption, of the rule or on record, holds; what the
// others would have had to know does not matter then.
func (e *evaluation) exempted(r *rule, aside *verdict) (condition.Truth, string) {
	truth := condition.No
	var asked verdict
	for i, c := range r.exempt {
		x := r.r.Exempt[i]
		t := e.ask(c, "exemption "+x.ID, &asked)
		if t == condition.Yes {
			aside.steps = append(aside.steps, asked.steps...)
			return t, fmt.Sprintf("exempt (%s): %s", x.ID, x.Reason)
		}
		truth = max(truth, t)
	}
	t, name := e.approved(r, &asked)
	if t == condition.Yes {
		aside.steps = append(asked.steps, "on record: "+name+" covers it")
		return t, "exempt: " + name
	}
	aside.steps = append(aside.steps, asked.steps...)
	aside.warn(asked.warnings...)
	aside.lack(asked.missing, asked.questions...)
	return max(truth, t), ""
}

func (e *evaluation) grace(r *rule, in span, aside *verdict) condition.Truth {
	if r.r.Grace == nil {
		return condition.No
	}
	var t condition.Truth
	var lacks []string
	switch (span{in.first, r.graceEnd}).truth(e.when.meet(in)) {
	case outside:
		return condition.No
	case across:
		t, lacks = condition.Undecided, []string{e.dateFact()}
	case inside:
		t = condition.Yes
	}
	var asked verdict
	if r.graceWhen == nil && r.r.Grace.Question != "" {
		t = condition.Undecided
		asked.lack(nil, r.r.Grace.Question)
	}
	t = t.And(e.ask(r.graceWhen, "grace", &asked))
	aside.steps = append(aside.steps, asked.steps...)
	if t == condition.Undecided {
		aside.lack(append(lacks, asked.missing...), asked.questions...)
	}
	return t
}

package regime

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// rule is one rule of one measure, compiled for one kind of observation.
type rule struct {
	m         *Measure
	r         *Rule
	kind      observation.Kind
	name      string // kp-2397-5, or kp-2397-5/cap
	direction string // that the record must have; empty: any
	when      *condition.Condition
	exempt    []*condition.Condition // one an exemption
	graceWhen *condition.Condition
	graceEnd  int  // last day of grace
	in        span // when it is in force
	open      span // the same before anybody knew that it would end
	citation  string
	facts     []string // what the trace shows
}

// evaluation is one record being checked.
type evaluation struct {
	pack    *Pack
	rec     record.Record
	subject *condition.Subject
	date    value.Date
	when    span // every day the date can mean
	asOf    value.Date
	explain bool
}

func newEvaluation(p *Pack, r record.Record, asOf value.Date) *evaluation {
	if !r.AsOf.IsZero() {
		asOf = r.AsOf
	}
	date := r.Observation.When()
	return &evaluation{
		pack: p, rec: r, subject: condition.Of(r.Observation, asOf),
		date: date, when: spanOf(date), asOf: asOf, explain: true,
	}
}

// verdict is what one rule says of the record. missing and questions are what
// would have to be known for it to say more.
type verdict struct {
	result    Result
	reason    string
	missing   []string
	questions []string
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
func (e *evaluation) knows(day value.Date) bool {
	return e.asOf.IsZero() || day.Compare(e.asOf.Last()) <= 0
}

// interval is when the rule is in force as it was known on the day of knowledge:
// an end that a later resolution brought is not known before it.
func (e *evaluation) interval(r *rule) span {
	if !r.m.endKnown.IsZero() && !e.knows(r.m.endKnown) {
		return r.open
	}
	return r.in
}

func (e *evaluation) apply(r *rule) []verdict {
	in := e.interval(r)
	where := in.truth(e.when)
	if where == outside || !e.knows(r.m.Adopted) {
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
		open.lack([]string{"date"})
	}
	if r.direction != "" {
		switch d, known := condition.Print(e.rec.Observation, "direction"); {
		case !known:
			truth = condition.Undecided
			open.lack([]string{"direction"})
		case d != r.direction:
			return condition.No
		}
	}
	return truth.And(e.ask(r.when, "condition", open))
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
// make it possible. ok is false where nothing is left to report.
func (e *evaluation) temper(r *rule, in span, applies condition.Truth, open, v verdict) (verdict, bool) {
	bites := v.result != CapNotice
	v.steps = append(slices.Clone(open.steps), v.steps...)
	aside := verdict{}
	if bites {
		for i, c := range r.exempt {
			switch x := r.r.Exempt[i]; e.ask(c, "exemption "+x.ID, &aside) {
			case condition.Yes:
				v.steps = append(v.steps, aside.steps...)
				v.result, v.reason, v.questions = Exempt, fmt.Sprintf("%s; exempt (%s): %s", v.reason, x.ID, x.Reason), nil
				return v, applies == condition.Yes && len(v.missing) == 0
			case condition.Undecided:
				applies = min(applies, condition.Undecided)
			}
		}
		switch e.grace(r, in, &aside) {
		case condition.Yes:
			v.steps = append(v.steps, aside.steps...)
			v.result, v.reason, v.questions = GracePeriod, fmt.Sprintf("%s; grace: %s", v.reason, r.r.Grace.Reason), nil
			return v, applies != condition.No && len(open.missing) == 0 && len(v.missing) == 0
		case condition.Undecided:
			applies = min(applies, condition.Undecided)
		}
	}
	v.steps = append(v.steps, aside.steps...)
	v.missing = append(append(v.missing, open.missing...), aside.missing...)
	v.questions = append(v.questions, aside.questions...)
	if applies == condition.Yes {
		return v, true
	}
	v.undecided = v.undecided || v.result != Possible
	v.result = Possible
	return v, true
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
		t, lacks = condition.Undecided, []string{"date"}
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

// draft is a finding before those of one measure are made to agree.
type draft struct {
	Finding
	missing   []string
	undecided bool
}

func (e *evaluation) draft(r *rule, v verdict) draft {
	d := draft{Finding: Finding{
		RecordID: e.rec.ID, MeasureID: r.m.ID, Citation: r.citation,
		Certainty: r.m.Cite.Certainty, ParagraphChecked: r.m.Cite.ParagraphChecked,
		Result: v.result, Reason: v.reason, Duty: r.m.Duty,
	}}
	if v.result == Possible {
		slices.Sort(v.missing)
		d.missing, d.undecided = slices.Compact(v.missing), v.undecided
		d.Questions = append(e.questions(r, d.missing), v.questions...)
	}
	if e.explain {
		d.Trace = Trace{
			Rule: r.name, Version: r.m.Version, AsOf: e.asOf, Facts: e.facts(r),
			Steps: append(v.steps, "finding: "+string(v.result)),
		}
	}
	return d
}

// print is the finding with what is open said in its reason.
func (d draft) print() Finding {
	f := d.Finding
	if d.undecided {
		f.Reason = "not decided: " + f.Reason
	}
	if f.Result == Possible && len(d.missing) > 0 {
		f.Reason += "; not known: " + strings.Join(d.missing, ", ")
	}
	return f
}

// questions asks for each missing fact by name. For date and direction, which
// the engine itself needs, it has words of its own where the pack has none.
func (e *evaluation) questions(r *rule, missing []string) []string {
	var out []string
	for _, fact := range missing {
		q := e.pack.question(r.m, r.kind, fact)
		switch fact {
		case "date":
			q = fmt.Sprintf("%s The date recorded is %s; %s is in force %s.", cmp.Or(q, "On which day was it?"), orNotKnown(e.date), r.m.Cite, r.m.InForce.Words())
		case "direction":
			q = cmp.Or(q, fmt.Sprintf("Which way did it go? %s concerns %s only.", r.m.Cite, r.direction))
		}
		out = append(out, fact+": "+q)
	}
	return out
}

func (e *evaluation) facts(r *rule) map[string]string {
	out := make(map[string]string, len(r.facts)+1)
	for _, path := range r.facts {
		if s, ok := condition.Print(e.rec.Observation, path); ok {
			out[path] = s
		} else {
			out[path] = NotKnown
		}
	}
	return out
}

func orNotKnown(d value.Date) string {
	if d.IsZero() {
		return NotKnown
	}
	return d.String()
}

// settle makes one measure's findings on one record agree: what two rules find
// alike is one finding, and where the record is above a cap or inconsistent for
// certain, what is merely possible beside it adds its questions only.
func settle(drafts []draft) []draft {
	if len(drafts) < 2 {
		return drafts
	}
	slices.SortStableFunc(drafts, func(a, b draft) int { return a.Result.rank() - b.Result.rank() })
	var out []draft
	for _, d := range drafts {
		if n := len(out); n > 0 && (out[n-1].Result == d.Result || d.Result == Possible && certain(out[0].Result)) {
			out[n-1].merge(d)
			continue
		}
		out = append(out, d)
	}
	return out
}

func certain(r Result) bool { return r == Breach || r == CapExceeded }

func (d *draft) merge(o draft) {
	if d.Result == o.Result {
		if d.Reason != o.Reason {
			d.Reason += "; " + o.Reason
		}
		d.missing = append(d.missing, o.missing...)
		slices.Sort(d.missing)
		d.missing = slices.Compact(d.missing)
		d.undecided = d.undecided || o.undecided
	}
	for _, q := range o.Questions {
		if !slices.Contains(d.Questions, q) {
			d.Questions = append(d.Questions, q)
		}
	}
	if o.Trace.Rule == "" {
		return
	}
	if d.Trace.Rule != o.Trace.Rule {
		d.Trace.Rule += ", " + o.Trace.Rule
	}
	maps.Copy(d.Trace.Facts, o.Trace.Facts)
	d.Trace.Steps = append(d.Trace.Steps, o.Trace.Steps...)
}

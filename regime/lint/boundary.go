package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// intervals demands tests on both sides of the first day and of the end of a
// measure, with any rule that has no later or earlier day of its own, and of each
// rule's own days.
func (l *linter) intervals(m *regime.Measure, rules []*ruleView) {
	in := m.InForce
	var starting, ending []testCase
	starts, ends := false, false
	for _, r := range rules {
		own := r.in()
		if own.From == in.From {
			starts, starting = true, append(starting, r.cases...)
		} else {
			l.days(r, "it begins", own.From, r.cases)
		}
		switch {
		case own.Until == in.Until:
			ends, ending = !own.Until.IsZero(), append(ending, r.cases...)
		default:
			l.days(r, "it is no longer in force", own.Until, r.cases)
		}
	}
	whole := &ruleView{m: m, r: &regime.Rule{}}
	if starts {
		l.days(whole, "it begins", in.From, starting)
	}
	if ends {
		l.days(whole, "it is no longer in force", in.Until, ending)
	}
}

// days demands a test on the day and on the day before it, of a record that has days
// where the rule applies to any.
func (l *linter) days(r *ruleView, what string, day value.Date, cases []testCase) {
	if dated := only(cases, func(c testCase) bool { return dateFact(c.kind) == "date" }); len(dated) > 0 {
		cases = dated
	}
	if before := shift(day, -1); !slices.ContainsFunc(cases, func(c testCase) bool { return c.on(before, day) }) {
		l.warn(r, DayUntested, "no test is dated %s, the day before %s", before, what)
	}
	if !slices.ContainsFunc(cases, func(c testCase) bool { return c.on(day, day) }) {
		l.warn(r, DayUntested, "no test is dated %s, the day on which %s", day, what)
	}
}

// on reports whether the case is of that day. A record of a period, which has no
// days, stands on both sides of a boundary that it reaches across, or ends or
// begins at.
func (c testCase) on(day, boundary value.Date) bool {
	if c.date == day {
		return true
	}
	if dateFact(c.kind) != "period" || c.date.IsZero() {
		return false
	}
	first, last := c.date.First(), c.date.Last()
	return first.Before(boundary) && boundary.Compare(last) <= 0 || first == day || last == day
}

// dateFact is the fact that says when: without it the engine leaves every measure
// open, so that it is no fact of a condition.
func dateFact(k observation.Kind) string {
	if _, ok := condition.Lookup(k, "period"); ok {
		return "period"
	}
	return "date"
}

// knowledge demands a test that nobody knew of the measure on the day before its
// adoption, with an observation that it would otherwise meet.
func (l *linter) knowledge(m *regime.Measure, rules []*ruleView) {
	before := shift(m.Adopted, -1)
	tried := func(c testCase) bool { return c.test.AsOf == before && !c.finds() && m.InForce.Contains(c.date) }
	if !slices.ContainsFunc(rules, func(r *ruleView) bool { return slices.ContainsFunc(r.cases, tried) }) {
		l.warnMeasure(m, KnowledgeUntested, "no test has %s, the day before adoption, as the day of knowledge (as_of) with a date in force", before)
	}
}

// grace demands tests on the last day of grace and on the next.
func (l *linter) grace(r *ruleView) {
	g := r.r.Grace
	if g == nil {
		return
	}
	last := g.Until
	if g.Days > 0 {
		last = shift(r.m.InForce.From, g.Days)
	}
	for _, day := range []value.Date{last, shift(last, 1)} {
		if !slices.ContainsFunc(r.cases, func(c testCase) bool { return c.on(day, shift(last, 1)) }) {
			l.warn(r, GraceUntested, "no test is dated %s: the last day of grace is %s", day, last)
		}
	}
}

// literal is a day that a condition holds a fact against.
var literal = regexp.MustCompile(`\b(?:before|on_or_after)\(\s*obs\.([\w.]+),\s*"(\d{4}-\d\d-\d\d)"\s*\)`)

// conditions looks at each condition of a rule: days that it names, facts that may
// be missing, exemptions that are tried.
func (l *linter) conditions(r *ruleView) {
	for _, text := range expressions(r.r) {
		for _, at := range literal.FindAllStringSubmatch(text, -1) {
			day, err := value.ParseDate(at[2])
			if err != nil {
				continue
			}
			path := strings.Split(at[1], ".")
			for _, want := range []value.Date{shift(day, -1), day} {
				if !slices.ContainsFunc(r.cases, func(c testCase) bool { return get(c.facts, path) == want.String() }) {
					l.warn(r, LiteralUntested, "no test has %s as %s: a condition names %s", want, at[1], day)
				}
			}
		}
	}
	l.factsOfWhen(r)
	for _, x := range r.r.Exempt {
		l.exemption(r, x)
	}
}

func expressions(r *regime.Rule) []string {
	out := []string{r.When.Text}
	for _, x := range r.Exempt {
		out = append(out, x.When.Text)
	}
	if r.Grace != nil {
		out = append(out, r.Grace.When.Text)
	}
	return out
}

func get(facts map[string]any, path []string) any {
	v := facts[path[0]]
	if len(path) == 1 {
		return v
	}
	inner, _ := v.(map[string]any)
	return get(inner, path[1:])
}

// factsOfWhen demands for each fact of the condition a test in which it is missing,
// unless no record may lack it.
func (l *linter) factsOfWhen(r *ruleView) {
	if r.r.When.Text == "" {
		return
	}
	var facts []string
	for _, k := range r.r.AppliesTo {
		if c := l.compiled(r, k, r.r.When); c != nil {
			facts = append(facts, slices.DeleteFunc(slices.Clone(c.Facts), func(f string) bool { return f == dateFact(k) })...)
		}
	}
	slices.Sort(facts)
	for _, fact := range slices.Compact(facts) {
		path := strings.Split(fact, ".")
		missing := func(c testCase) bool { return !holds(c.facts, path) }
		if !slices.ContainsFunc(r.cases, missing) && slices.ContainsFunc(r.cases, func(c testCase) bool { return c.mayLack(path) }) {
			l.warn(r, FactAlwaysThere, "no test leaves %s out, which the condition asks for", fact)
		}
	}
}

// mayLack reports whether the observation is still one without that fact.
func (c testCase) mayLack(path []string) bool {
	o, err := observed(with(c.facts, path, nil))
	if err != nil {
		return false
	}
	whole := true
	observation.Check(o, func(string, string) { whole = false })
	return whole
}

func (l *linter) compiled(r *ruleView, k observation.Kind, e regime.Expr) *condition.Condition {
	c, err := l.env.Compile(k, e.Text)
	if err != nil {
		l.warn(r, ConditionUnread, "for %s: %v", k, err)
		return nil
	}
	return c
}

// exemption demands tests in which the exemption holds, in which it does not and,
// where a fact for want of which it is open can be missing, one in which it is open.
// Only tests on days in force count.
func (l *linter) exemption(r *ruleView, x regime.Exemption) {
	var seen [condition.Yes + 1]bool
	openable := false
	in := r.in()
	for _, k := range r.r.AppliesTo {
		cond := l.compiled(r, k, x.When)
		if cond == nil {
			continue
		}
		for _, c := range r.cases {
			if c.kind != k || !in.Contains(c.date) {
				continue
			}
			seen[ask(c.obs, c.test.AsOf, cond)] = true
			openable = openable || opens(c, cond)
		}
	}
	for _, t := range []condition.Truth{condition.Yes, condition.No, condition.Undecided} {
		if seen[t] || t == condition.Undecided && !openable {
			continue
		}
		l.warn(r, ExemptionUntested, "no test on a day in force gives the exemption %s the answer %s", x.ID, t)
	}
}

func ask(o observation.Observation, asOf value.Date, c *condition.Condition) condition.Truth {
	return condition.Of(o, asOf).Ask(c).Truth
}

// opens reports whether the condition would be open if one of its facts were
// missing from the case.
func opens(c testCase, cond *condition.Condition) bool {
	for _, fact := range cond.Facts {
		path := strings.Split(fact, ".")
		if fact == dateFact(c.kind) || !holds(c.facts, path) {
			continue
		}
		if o, err := observed(with(c.facts, path, nil)); err == nil && ask(o, c.test.AsOf, cond) == condition.Undecided {
			return true
		}
	}
	return false
}

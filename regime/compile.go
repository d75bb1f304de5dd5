package regime

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// compile type-checks a measure's rules for each kind that they apply to.
func (l *loader) compile(m *Measure) {
	m.compiled = nil
	for i := range m.Rules {
		r := &m.Rules[i]
		for _, k := range r.AppliesTo {
			if c, ok := l.compileRule(m, r, k, fmt.Sprintf("rules[%d].", i)); ok {
				m.compiled = append(m.compiled, c)
			}
		}
	}
}

func (l *loader) compileRule(m *Measure, r *Rule, k observation.Kind, at string) (*rule, bool) {
	if !k.Valid() {
		l.fault(m.File, 0, at+"applies_to", "unknown kind of record %q", k)
		return nil, false
	}
	before := len(l.faults)
	c := &rule{m: m, r: r, pack: l.pack, kind: k, name: m.ID, citation: m.Cite.String(), adopted: dayOf(m.Adopted)}
	if !m.endKnown.IsZero() {
		c.endKnown = dayOf(m.endKnown)
	}
	own := Interval{r.From, r.Until}.days()
	c.in, c.open = m.InForce.days().meet(own), Interval{From: m.InForce.From}.days().meet(own)
	if r.Name != "" {
		c.name += "/" + r.Name
	}
	needs := []string{"date"}
	if towards := cmp.Or(r.Direction, m.Direction); hasDirection(k) && (towards == observation.FromDPRK || towards == observation.ToDPRK) {
		c.direction = towards
		needs = append(needs, factsOfDirection(k)...)
	}
	if c.scope = l.scopeOf(m, r, at); c.scope != nil {
		if _, ok := condition.Lookup(k, factHS); !ok {
			l.fault(m.File, 0, at+"goods", "a %s has no goods code", k)
			return nil, false
		}
		needs = append(needs, factHS)
		if c.scope.priced() {
			needs = append(needs, factUnitValue, factValue)
		}
	}
	expr := func(e Expr, field string) *condition.Condition {
		if e.Text == "" {
			return nil
		}
		x, err := l.env.Compile(k, e.Text)
		if err != nil {
			l.fault(m.File, e.Line, at+field, "for %s: %v", k, err)
			return nil
		}
		needs = append(needs, x.Facts...)
		return x
	}
	if c.when = expr(r.When, "when"); c.when != nil {
		c.needs = c.when.Needs
	}
	for i, x := range r.Exempt {
		c.exempt = append(c.exempt, expr(x.When, fmt.Sprintf("exempt[%d].when", i)))
	}
	if r.Grace != nil {
		c.graceWhen = expr(r.Grace.When, "grace.when")
		c.graceEnd = m.graceEnd(r.Grace)
	}
	needs = append(needs, l.limitFacts(m, r, k, at)...)
	slices.Sort(needs)
	c.facts = slices.DeleteFunc(slices.Compact(needs), func(f string) bool {
		_, ok := condition.Lookup(k, f)
		return !ok
	})
	l.checkQuestions(m, k, at, c.facts)
	return c, len(l.faults) == before
}

// limitFacts lists the facts that a limit reads and refuses those that are no
// exact number, or no date for the window's start.
func (l *loader) limitFacts(m *Measure, r *Rule, k observation.Kind, at string) []string {
	if r.Limit == nil {
		return nil
	}
	var out []string
	want := func(field, path, typ string) {
		if path == "" {
			return
		}
		f, ok := condition.Lookup(k, path)
		if !ok || f.Type != typ {
			l.fault(m.File, 0, at+field, "%s has no %s %q", k, typ, path)
			return
		}
		out = append(out, path)
	}
	for i, c := range r.Limit.Caps {
		want(fmt.Sprintf("limit.caps[%d].quantity", i), c.Quantity, condition.Number)
		want(fmt.Sprintf("limit.caps[%d].before", i), c.Before, condition.Number)
	}
	want("limit.window_start", r.Limit.WindowStart, condition.DateOf)
	if r.Limit.Totals && k != observation.KindPetroleumDelivery {
		l.fault(m.File, 0, at+"limit.totals", "%s has no totals of windows", k)
	}
	return out
}

// askedByEngine are facts for which the engine has a question of its own.
var askedByEngine = []string{"date", "type", factDirection, factHS, factUnitValue, factValue, "period", "partner", "partner_alt", "reporter", "flow"}

func hasDirection(k observation.Kind) bool {
	_, ok := condition.Lookup(k, factDirection)
	return ok || k == observation.KindTradeStatistic
}

// factsOfDirection are what the direction of a record is read from.
func factsOfDirection(k observation.Kind) []string {
	if k == observation.KindTradeStatistic {
		return []string{"reporter", "partner", "partner_alt", "flow"}
	}
	return []string{factDirection}
}

// checkQuestions demands a question for every fact that may turn out missing.
func (l *loader) checkQuestions(m *Measure, k observation.Kind, at string, facts []string) {
	for _, f := range facts {
		if x, _ := condition.Lookup(k, f); x.Type == condition.Claims || x.Type == condition.List {
			continue
		}
		if slices.Contains(askedByEngine, f) || l.pack.question(m, k, f) != "" {
			continue
		}
		l.fault(m.File, 0, at+"when", "the rule needs %s of a %s: put the question to ask for it under ask", f, k)
	}
}

// Package lint says what a pack leaves to be desired though it loads: days between a
// measure and its successor, boundaries that no test stands on, goods codes that no
// edition has, questions that are none; and it lists what a lawyer has to check.
//
//	for _, w := range lint.Pack(pack) {
//		fmt.Println(w) // measures/kp-2397-5.yaml:33: rule cap: limit-untested: no test …
//	}
//	for _, item := range lint.ToVerify(pack) {
//		fmt.Println(item.Citation, item.What, item.Note)
//	}
//
// It reads the observations of the tests themselves. A boundary has two sides, the
// day before and the day, the limit and one unit beyond it, and a test has to stand
// on each. Whether the tests there expect what is right is for them to say; whether
// they notice a change is for package mutation.
//
// The order of warnings is by file, line, rule, code and text, always the same.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Code names what a warning is about.
type Code string

// The codes.
const (
	Gap               Code = "gap"                 // days between a measure and its successor
	Overlap           Code = "overlap"             // days on which both are in force although the first ends
	DayUntested       Code = "day-untested"        // a first or last day of a measure, rule, list or cap
	KnowledgeUntested Code = "knowledge-untested"  // the day before adoption as the day of knowledge
	GraceUntested     Code = "grace-untested"      // the last day of grace or the next
	LiteralUntested   Code = "literal-untested"    // a day that a condition names
	LimitUntested     Code = "limit-untested"      // a cap or a notice percentage
	PriceUntested     Code = "price-untested"      // a price test of goods
	CodeUntested      Code = "code-untested"       // a goods code that no test meets
	ExceptUntested    Code = "except-untested"     // a code left out that no test has
	NeighbourUntested Code = "neighbour-untested"  // no test of a code beside it
	ShortCodeUntested Code = "short-code-untested" // no test of a code one level shorter
	CodeUnknown       Code = "code-unknown"        // in no edition held
	CodeMoved         Code = "code-moved"          // not in an edition of the rule's time, without its successor
	ExemptionUntested Code = "exemption-untested"  // an exemption not tested true, false or for want of a fact
	FactAlwaysThere   Code = "fact-always-there"   // no test in which a fact of the condition is missing
	QuestionWithout   Code = "question-without"    // a question that has no question mark
	QuestionUnused    Code = "question-unused"     // a question for a fact that no rule can miss
	SummaryLength     Code = "summary-length"      // too short to say anything, or too long to be one
	SourceMissing     Code = "source-missing"      // something was checked, but nobody says where
	ConditionUnread   Code = "condition-unread"    // a condition that could not be compiled again
	ObservationUnread Code = "observation-unread"  // a test whose observation could not be read again
)

// Warning is one thing to mend. Rule and Line are empty where the file as a whole is
// meant; Measure is empty for a list of goods.
type Warning struct {
	File    string `json:"file"`
	Measure string `json:"measure,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Line    int    `json:"line,omitempty"`
	Code    Code   `json:"code"`
	Text    string `json:"text"`
}

// String is "measures/kp-2397-5.yaml:33: rule cap: limit-untested: text".
func (w Warning) String() string {
	s := w.File
	if w.Line > 0 {
		s += fmt.Sprintf(":%d", w.Line)
	}
	if w.Rule != "" {
		s += ": rule " + w.Rule
	}
	return fmt.Sprintf("%s: %s: %s", s, w.Code, w.Text)
}

// linter looks at one pack.
type linter struct {
	pack *regime.Pack
	env  *condition.Env
	uses map[string][]*ruleView // by id of a list: the rules that use it
	out  []Warning
}

// Pack looks at every measure and list of a pack. The tests of other packs count for
// the lists of goods that they share with it.
func Pack(p *regime.Pack, others ...*regime.Pack) []Warning {
	l := &linter{pack: p, uses: map[string][]*ruleView{}}
	var err error
	if l.env, err = condition.NewEnv(); err != nil {
		return []Warning{{Code: ConditionUnread, Text: err.Error()}}
	}
	for _, m := range p.Measures() {
		l.measure(m)
	}
	for _, other := range others {
		for _, m := range other.Measures() {
			l.use(l.rulesOf(m))
		}
	}
	l.sharedLists()
	slices.SortFunc(l.out, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(l.out)
}

func (l *linter) measure(m *regime.Measure) {
	l.succession(m)
	l.words(m)
	if len(m.Rules) == 0 {
		return
	}
	rules := l.rulesOf(m)
	l.knowledge(m, rules)
	l.intervals(m, rules)
	for _, r := range rules {
		l.grace(r)
		l.conditions(r)
		l.limit(r)
	}
	l.goods(rules)
	l.use(rules)
}

// rulesOf are a measure's rules with the tests of their kinds.
func (l *linter) rulesOf(m *regime.Measure) []*ruleView {
	cases := l.casesOf(m)
	var out []*ruleView
	for i := range m.Rules {
		r := &ruleView{m: m, r: &m.Rules[i]}
		r.cases = only(cases, func(c testCase) bool { return slices.Contains(r.r.AppliesTo, c.kind) })
		out = append(out, r)
	}
	return out
}

// ruleView is a rule with those tests of its measure that are of its kinds.
type ruleView struct {
	m     *regime.Measure
	r     *regime.Rule
	cases []testCase
}

// in is when the rule is in force: what its own days leave of the measure's.
func (r *ruleView) in() regime.Interval {
	in := r.m.InForce
	if in.From.Before(r.r.From) {
		in.From = r.r.From
	}
	if !r.r.Until.IsZero() && (in.Until.IsZero() || r.r.Until.Before(in.Until)) {
		in.Until = r.r.Until
	}
	return in
}

func (l *linter) warn(r *ruleView, code Code, format string, args ...any) {
	w := Warning{File: r.m.File, Measure: r.m.ID, Rule: r.r.Name, Line: r.r.When.Line, Code: code, Text: fmt.Sprintf(format, args...)}
	l.out = append(l.out, w)
}

func (l *linter) warnMeasure(m *regime.Measure, code Code, format string, args ...any) {
	l.out = append(l.out, Warning{File: m.File, Measure: m.ID, Code: code, Text: fmt.Sprintf(format, args...)})
}

// succession names the days between a measure that ends and the first of those that
// take its place. Where no end is stated both stay in force.
func (l *linter) succession(m *regime.Measure) {
	end := m.InForce.Until
	var first *regime.Measure
	for _, id := range m.SupersededBy {
		if next, ok := l.pack.Measure(id); ok && (first == nil || next.InForce.From.Before(first.InForce.From)) {
			first = next
		}
	}
	if end.IsZero() || first == nil {
		return
	}
	switch days, _ := end.DaysUntil(first.InForce.From); {
	case days > 0:
		l.warnMeasure(m, Gap, "neither it nor %s is in force for %s, from %s to %s", first.ID, count(days, "day"), end, shift(first.InForce.From, -1))
	case days < 0:
		l.warnMeasure(m, Overlap, "both it and %s are in force for %s, from %s to %s, although it ends", first.ID, count(-days, "day"), first.InForce.From, shift(end, -1))
	}
}

// The length of a summary, in characters.
const (
	shortestSummary = 30
	longestSummary  = 480
)

// words looks at what is written for people.
func (l *linter) words(m *regime.Measure) {
	if n := len([]rune(strings.TrimSpace(m.Summary))); n < shortestSummary || n > longestSummary {
		l.warnMeasure(m, SummaryLength, "the summary has %s: want %d to %d", count(n, "character"), shortestSummary, longestSummary)
	}
	if m.Cite.Source == "" && (m.Cite.ParagraphChecked || m.Cite.Certainty == claim.Checked) {
		l.warnMeasure(m, SourceMissing, "the paragraph's number or substance was seen, but no source is named")
	}
	ask := func(where, question string) {
		if question != "" && !strings.Contains(question, "?") {
			l.warnMeasure(m, QuestionWithout, "%s asks nothing: %q", where, question)
		}
	}
	for _, fact := range sortedKeys(m.Ask) {
		ask("ask."+fact, m.Ask[fact])
		if !slices.ContainsFunc(m.Rules, func(r regime.Rule) bool { return slices.ContainsFunc(r.AppliesTo, hasFact(fact)) }) {
			l.warnMeasure(m, QuestionUnused, "ask.%s is never asked: no kind of record that a rule applies to has this fact", fact)
		}
	}
	for _, r := range m.Rules {
		ask("question of rule "+r.Name, r.Question)
		if r.Grace != nil {
			ask("grace of rule "+r.Name, r.Grace.Question)
		}
		if r.Limit != nil {
			ask("limit of rule "+r.Name, r.Limit.Estimate)
		}
	}
}

func hasFact(fact string) func(observation.Kind) bool {
	return func(k observation.Kind) bool { _, ok := condition.Lookup(k, fact); return ok }
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// shift is the day so many days later.
func shift(d value.Date, days int) value.Date {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return d
	}
	t = t.AddDate(0, 0, days)
	out, err := value.NewDate(t.Year(), int(t.Month()), t.Day())
	if err != nil {
		return d
	}
	return out
}

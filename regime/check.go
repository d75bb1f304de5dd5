package regime

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// checkMeasure refuses a measure that does not say what it must.
func (l *loader) checkMeasure(m *Measure) {
	fault := func(field, format string, args ...any) { l.fault(m.File, 0, field, format, args...) }
	for _, x := range []struct{ field, text string }{
		{"cite.document", m.Cite.Document},
		{"cite.paragraph", m.Cite.Paragraph},
		{"kind", m.Kind},
		{"summary", m.Summary},
		{"duty", m.Duty},
	} {
		if strings.TrimSpace(x.text) == "" {
			fault(x.field, "is missing")
		}
	}
	if c := m.Cite.Certainty; c != claim.Checked && c != claim.FromMemory {
		fault("cite.certainty", "is %q, want checked or from-memory", c)
	}
	if m.Cite.Certainty == claim.Checked && m.Cite.Source == "" {
		fault("cite.source", "is missing: say where it was checked")
	}
	if !slices.Contains(forces, m.Force) {
		fault("force", "is %q, want one of %v", m.Force, forces)
	}
	if !slices.Contains(directions, m.Direction) {
		fault("direction", "is %q, want one of %s", m.Direction, strings.Join(directions, ", "))
	}
	if m.Adopted.Precision() != value.Day {
		fault("adopted", "want a day")
	}
	checkInterval(fault, "in_force", m.InForce, true)
	if m.InForce.From.Before(m.Adopted) {
		fault("in_force.from", "%s is before the day of adoption %s", m.InForce.From, m.Adopted)
	}
	for i, n := range m.National {
		at := fmt.Sprintf("national[%d]", i)
		if len(n.State) != 2 || n.What == "" || n.Source == "" || n.From.IsZero() {
			fault(at, "needs state, from, what and source")
		}
		checkInterval(fault, at, Interval{n.From, n.Until}, false)
	}
	if len(m.Rules) > 0 && len(m.Tests) == 0 {
		fault("tests", "a measure with rules needs tests")
	}
	for i := range m.Rules {
		l.checkRule(m, &m.Rules[i], fmt.Sprintf("rules[%d].", i))
	}
}

// checkInterval refuses dates that are no days and intervals that hold none.
func checkInterval(fault func(field, format string, args ...any), field string, i Interval, needed bool) {
	for _, d := range []value.Date{i.From, i.Until} {
		if !d.IsZero() && d.Precision() != value.Day {
			fault(field, "%s: want a day", d)
		}
	}
	if needed && i.From.IsZero() {
		fault(field+".from", "is missing")
	}
	if !i.From.IsZero() && !i.Until.IsZero() && i.Until.Compare(i.From) <= 0 {
		fault(field+".until", "%s leaves no day after %s; what never took effect is withdrawn", i.Until, i.From)
	}
}

func (l *loader) checkRule(m *Measure, r *Rule, at string) {
	fault := func(field, format string, args ...any) { l.fault(m.File, r.When.Line, at+field, format, args...) }
	if len(r.AppliesTo) == 0 {
		fault("applies_to", "is missing")
	}
	if len(m.Rules) > 1 && r.Name == "" {
		fault("name", "is missing: a measure with several rules tells them apart")
	}
	if r.Finds == "" && r.Limit == nil {
		r.Finds = Breach
	}
	switch {
	case r.Limit != nil && r.Finds != "":
		fault("finds", "the limit decides what is found")
	case r.Limit == nil && !slices.Contains([]Result{Breach, Possible, ReportingDue}, r.Finds):
		fault("finds", "is %q, want breach, possible or reporting-due", r.Finds)
	}
	if r.Reason == "" {
		fault("reason", "is missing")
	}
	if r.Finds == Possible && r.Question == "" {
		fault("question", "is missing: what is possible needs a question")
	}
	checkInterval(fault, "from", Interval{r.From, r.Until}, false)
	for i := range r.Goods {
		checkGoods(fault, fmt.Sprintf("goods[%d]", i), &r.Goods[i])
	}
	if r.Direction != "" && r.Direction != observation.FromDPRK && r.Direction != observation.ToDPRK {
		fault("direction", "is %q, want from_dprk or to_dprk", r.Direction)
	}
	for i, x := range r.Exempt {
		if x.ID == "" || x.When.Text == "" || x.Reason == "" {
			fault(fmt.Sprintf("exempt[%d]", i), "needs id, when and reason")
		}
	}
	if r.Grace != nil {
		checkGrace(fault, m, r.Grace)
	}
	if r.Limit != nil {
		checkLimit(fault, r.Limit)
	}
}

func checkGrace(fault func(field, format string, args ...any), m *Measure, g *Grace) {
	switch {
	case g.Days == 0 && g.Until.IsZero():
		fault("grace", "needs days or until")
	case g.Days < 0 || g.Days > 3660:
		fault("grace.days", "is %d", g.Days)
	case g.Days > 0 && !g.Until.IsZero() && dayOf(m.InForce.From)+g.Days != dayOf(g.Until):
		fault("grace.until", "%d days from %s do not end on %s", g.Days, m.InForce.From, g.Until)
	case !g.Until.IsZero() && g.Until.Precision() != value.Day:
		fault("grace.until", "want a day")
	case g.Reason == "":
		fault("grace.reason", "is missing")
	}
}

// graceEnd is the last day of grace.
func (m *Measure) graceEnd(g *Grace) int {
	if g.Days > 0 {
		return dayOf(m.InForce.From) + g.Days
	}
	return dayOf(g.Until)
}

func checkLimit(fault func(field, format string, args ...any), l *Limit) {
	switch l.Window {
	case CalendarYear:
		if !l.Start.IsZero() {
			fault("limit.start", "a calendar year has no other start")
		}
	case TwelveMonths:
		if l.Start.Precision() != value.Day || strings.HasSuffix(l.Start.String(), "-02-29") {
			fault("limit.start", "want a first day that every year has")
		}
	default:
		fault("limit.window", "is %q, want %s or %s", l.Window, CalendarYear, TwelveMonths)
	}
	if l.Facts != "" && l.Facts != "any" && l.Facts != "all" {
		fault("limit.facts", "is %q, want any or all", l.Facts)
	}
	if l.Totals && l.Estimate == "" {
		fault("limit.estimate", "is missing: what does an estimated total make one ask?")
	}
	checkNotices(fault, "limit.notices", l.Notices)
	if l.Stop < 0 || l.Stop > 100 {
		fault("limit.stop", "want a percentage")
	}
	if len(l.Caps) == 0 {
		fault("limit.caps", "is missing")
	}
	for i, c := range l.Caps {
		at := fmt.Sprintf("limit.caps[%d]", i)
		for _, other := range l.Caps[:i] {
			if both := (Interval{c.From, c.Until}).days().meet(Interval{other.From, other.Until}.days()); c.Unit == other.Unit && both.first <= both.last {
				fault(at, "another cap counts in the same unit (%s) at the same time", c.Unit)
			}
		}
		if c.Amount.Sign() <= 0 || c.Unit == "" || c.Quantity == "" || c.Before == "" {
			fault(at, "needs amount, unit, quantity and before")
		}
		checkInterval(fault, at, Interval{c.From, c.Until}, false)
		checkNotices(fault, at+".notices", c.Notices)
		if !c.Withdrawn.IsZero() && (c.From.IsZero() || c.Withdrawn.Compare(c.From) > 0) {
			fault(at+".withdrawn", "is for a cap struck out before its first day; end others with until")
		}
	}
}

func checkNotices(fault func(field, format string, args ...any), field string, percents []int) {
	if !slices.IsSorted(percents) || len(percents) > 0 && (percents[0] <= 0 || percents[len(percents)-1] >= 100) {
		fault(field, "want rising percentages between 0 and 100")
	}
}

// checkAsk refuses a default question for a fact that no kind has.
func (l *loader) checkAsk(p packFile) {
	for _, key := range slices.Sorted(maps.Keys(p.Ask)) {
		if strings.TrimSpace(p.Ask[key]) == "" {
			l.fault(packName, 0, "ask."+key, "is empty")
		}
		if !slices.ContainsFunc(observation.Kinds(), func(k observation.Kind) bool { return isFact(k, key) }) {
			l.fault(packName, 0, "ask."+key, "no kind of record has this fact")
		}
	}
}

// isFact reports whether key is a fact of the kind, with or without its name before it.
func isFact(k observation.Kind, key string) bool {
	_, plain := condition.Lookup(k, key)
	_, named := condition.Lookup(k, strings.TrimPrefix(key, string(k)+"."))
	return plain || named
}

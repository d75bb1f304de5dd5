package main

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
)

// ruleText prints one rule of a measure.
func ruleText(s *sheet, p *regime.Pack, m *regime.Measure, r *regime.Rule, verbatim bool) {
	head := "Rule"
	if r.Name != "" {
		head += " “" + r.Name + "”"
	}
	s.line("%s", head)
	s.item("records", kindWords(r))
	s.item("means", r.Reason)
	s.item("counts", ownInterval(r))
	if r.Direction != "" {
		s.item("concerns", directionWords(r.Direction))
	}
	for _, g := range r.Goods {
		s.item("goods", goodsWords(g))
	}
	for _, id := range r.Lists {
		s.item("goods", "those of "+listWords(p, id))
	}
	for _, id := range r.Unless {
		s.item("but not", "the goods of "+listWords(p, id))
	}
	conditionText(s, "where", r.When, verbatim)
	s.item("found", finds(r))
	s.item("question", r.Question)
	for _, x := range r.Exempt {
		s.item("exempt", fmt.Sprintf("%s: %s", x.ID, x.Reason))
		conditionText(s, "", regime.Expr{Text: x.When.Text}, verbatim)
	}
	if r.Grace != nil {
		graceText(s, m, r, verbatim)
	}
	if r.Limit != nil {
		limitText(s, r.Limit)
	}
}

// conditionText prints a condition in words and, where it is wanted, as it is written.
func conditionText(s *sheet, label string, e regime.Expr, verbatim bool) {
	if e.Text == "" {
		return
	}
	words := inWords(e.Text)
	if label == "" {
		words = "where " + words
	}
	s.item(label, words)
	if verbatim {
		s.item("as written", e.Text)
	}
}

func kindWords(r *regime.Rule) string {
	var out []string
	for _, k := range r.AppliesTo {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

// ownInterval is when a rule counts where that is not the measure's time.
func ownInterval(r *regime.Rule) string {
	switch {
	case r.From.IsZero() && r.Until.IsZero():
		return ""
	case r.Until.IsZero():
		return "from " + r.From.Prose()
	case r.From.IsZero():
		return "before " + r.Until.Prose()
	}
	return fmt.Sprintf("from %s, before %s", r.From.Prose(), r.Until.Prose())
}

func finds(r *regime.Rule) string {
	if r.Limit != nil {
		return "cap-exceeded above a cap, cap-notice at a notice level or at the cap exactly, else nothing"
	}
	return fmt.Sprintf("%s: printed “%s”", r.Finds, r.Finds.Words())
}

// basisWords say on whose word a code stands for what a paragraph names.
var basisWords = map[regime.Basis]string{
	regime.ResolutionText:         "the paragraph names the code",
	regime.AnalystMapping:         "the paragraph names the goods, the code is an analyst's mapping",
	regime.NationalImplementation: "one State's customs apply the paragraph to the code",
	regime.NationalList:           "a national list names the code",
	regime.ScreeningHint:          "the code is a hint for screening only",
}

func goodsWords(g regime.Goods) string {
	out := g.What + ": " + strings.Join(g.Codes, ", ")
	if len(g.Except) > 0 {
		out += ", without " + strings.Join(g.Except, ", ")
	}
	if g.AboveUSD != nil {
		out += fmt.Sprintf(", above %s US dollars apiece", derive.Group(g.AboveUSD.String()))
	}
	certainty := "seen in a source"
	if g.Certainty != "checked" {
		certainty = "from memory"
	}
	out += fmt.Sprintf(" (%s; %s)", basisWords[g.Basis], certainty)
	if g.Note != "" {
		out += "; " + g.Note
	}
	return out
}

// listWords name a list of goods, and from when it counts.
func listWords(p *regime.Pack, id string) string {
	for _, g := range p.Lists() {
		if g.ID != id {
			continue
		}
		out := fmt.Sprintf("the list %s (%s; source: %s)", id, g.Name, g.Source)
		if !g.From.IsZero() {
			out += ", from " + g.From.Prose()
		}
		return out
	}
	return "the list " + id
}

func graceText(s *sheet, m *regime.Measure, r *regime.Rule, verbatim bool) {
	last, _ := history.LastOfGrace(m, *r)
	text := fmt.Sprintf("to %s, the last day", last.Prose())
	if r.Grace.Days > 0 {
		text += fmt.Sprintf(" (%d days)", r.Grace.Days)
	}
	s.item("grace", text+": "+r.Grace.Reason)
	conditionText(s, "", r.Grace.When, verbatim)
	s.item("", r.Grace.Question)
}

func limitText(s *sheet, l *regime.Limit) {
	window := "in each calendar year"
	if l.Window == regime.TwelveMonths {
		window = "in each 12 months from " + strings.TrimSuffix(l.Start.Prose(), fmt.Sprintf(" %d", l.Start.Year()))
	}
	for _, c := range l.Caps {
		text := fmt.Sprintf("%s %s %s", derive.Group(c.Amount.String()), unitWords(c.Unit), window)
		if !c.From.IsZero() {
			text += ", from " + c.From.Prose()
		}
		if !c.Until.IsZero() {
			text += ", before " + c.Until.Prose()
		}
		if !c.Withdrawn.IsZero() {
			text += "; struck out on " + c.Withdrawn.Prose() + ", before it took effect"
		}
		if len(c.Notices) > 0 {
			text += "; notices at " + percents(c.Notices)
		}
		s.item("cap", text)
		s.item("", fmt.Sprintf("counted from %s and %s", c.Before, c.Quantity))
	}
	if len(l.Caps) > 1 {
		s.item("", "above it where any of the caps is passed; units are never converted")
	}
	if len(l.Notices) > 0 {
		s.item("notices", "at "+percents(l.Notices))
	}
	if l.Stop > 0 {
		s.item("stop", fmt.Sprintf("what is delivered after a notice of the Committee at %d per cent or more is inconsistent with the measure", l.Stop))
	}
	if l.Totals {
		s.item("totals", "reported and estimated totals of whole windows count too, each apart")
		s.item("", l.Estimate)
	}
}

func percents(ns []int) string {
	var out []string
	for _, n := range ns {
		out = append(out, fmt.Sprint(n))
	}
	return enumerated(out, "and") + " per cent"
}

func unitWords(unit string) string {
	if unit == strings.ToUpper(unit) {
		return unit
	}
	return unit + "s"
}

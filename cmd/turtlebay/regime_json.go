package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
)

// measureHead is a measure in a list, for programs.
type measureHead struct {
	ID               string          `json:"measure_id"`
	Citation         string          `json:"citation"` // bare
	Certainty        claim.Certainty `json:"certainty"`
	ParagraphChecked bool            `json:"paragraph_checked"`
	Adopted          value.Date      `json:"adopted"`
	From             value.Date      `json:"from"`
	Until            value.Date      `json:"until,omitzero"` // the first day on which it is no longer in force
	Kind             string          `json:"kind"`
	Force            regime.Force    `json:"force"`
	Direction        string          `json:"direction"`
	Duty             string          `json:"duty"`
	Summary          string          `json:"summary"`
	Version          string          `json:"version"`
}

func headOf(m *regime.Measure) measureHead {
	return measureHead{
		m.ID, m.Cite.String(), m.Cite.Certainty, m.Cite.ParagraphChecked, m.Adopted, m.InForce.From, m.InForce.Until,
		m.Kind, m.Force, m.Direction, m.Duty, m.Summary, m.Version,
	}
}

// measureView is a whole measure.
type measureView struct {
	measureHead
	InForce      *bool             `json:"in_force,omitempty"` // on the day asked about
	Source       string            `json:"source,omitempty"`
	Note         string            `json:"note,omitempty"`
	Supersedes   []string          `json:"supersedes,omitempty"`
	SupersededBy []string          `json:"superseded_by,omitempty"`
	Questions    map[string]string `json:"questions,omitempty"` // by fact
	Rules        []ruleView        `json:"rules,omitempty"`
	Tests        []testView        `json:"tests,omitempty"`
	File         string            `json:"file"`
	Regime       string            `json:"regime"`
	Digest       string            `json:"digest"` // of the regime
}

type ruleView struct {
	Name      string             `json:"name,omitempty"`
	AppliesTo []observation.Kind `json:"applies_to"`
	Direction string             `json:"direction,omitempty"`
	From      value.Date         `json:"from,omitzero"`
	Until     value.Date         `json:"until,omitzero"`
	Goods     []goodsView        `json:"goods,omitempty"`
	Lists     []string           `json:"lists,omitempty"`
	Unless    []string           `json:"unless,omitempty"`
	When      string             `json:"when,omitempty"`
	Words     string             `json:"words,omitempty"` // the condition
	Finds     regime.Result      `json:"finds,omitempty"` // empty where a limit decides
	Reason    string             `json:"reason"`
	Question  string             `json:"question,omitempty"`
	Exempt    []exemptView       `json:"exempt,omitempty"`
	Grace     *graceView         `json:"grace,omitempty"`
	Limit     *limitView         `json:"limit,omitempty"`
}

type goodsView struct {
	What      string          `json:"what"`
	Codes     []string        `json:"codes"`
	Except    []string        `json:"except,omitempty"`
	AboveUSD  string          `json:"above_usd,omitempty"`
	Basis     regime.Basis    `json:"basis"`
	Certainty claim.Certainty `json:"certainty"`
	Note      string          `json:"note,omitempty"`
}

type exemptView struct {
	ID     string `json:"id"`
	When   string `json:"when"`
	Words  string `json:"words"`
	Reason string `json:"reason"`
}

type graceView struct {
	Last     value.Date `json:"last"` // the last day
	When     string     `json:"when,omitempty"`
	Words    string     `json:"words,omitempty"`
	Question string     `json:"question,omitempty"`
	Reason   string     `json:"reason"`
}

type limitView struct {
	Window   string     `json:"window"`
	Start    value.Date `json:"start,omitzero"`
	Notices  []int      `json:"notices,omitempty"`
	Stop     int        `json:"stop,omitempty"`
	Totals   bool       `json:"totals,omitempty"`
	Estimate string     `json:"estimate,omitempty"`
	Caps     []capView  `json:"caps"`
}

type capView struct {
	Amount    string     `json:"amount"`
	Unit      string     `json:"unit"`
	Quantity  string     `json:"quantity"`
	Before    string     `json:"before"`
	Notices   []int      `json:"notices,omitempty"`
	From      value.Date `json:"from,omitzero"`
	Until     value.Date `json:"until,omitzero"`
	Withdrawn value.Date `json:"withdrawn,omitzero"`
}

// testView is a test by name with what it expects, the gravest first.
type testView struct {
	Name   string   `json:"name"`
	Line   int      `json:"line"`
	Runs   int      `json:"runs"` // how often it runs, once for each of its values
	AsOf   string   `json:"as_of,omitempty"`
	Expect []string `json:"expect"`
}

func measureOf(p *regime.Pack, m *regime.Measure, on value.Date) measureView {
	out := measureView{
		measureHead: headOf(m), Source: m.Cite.Source, Note: m.Cite.Note,
		Supersedes: m.Supersedes, SupersededBy: m.SupersededBy, Questions: m.Ask,
		Tests: testsOf(p, m), File: m.File, Regime: p.ID, Digest: p.Digest(),
	}
	if !on.IsZero() {
		in := m.InForce.Contains(on)
		out.InForce = &in
	}
	for i := range m.Rules {
		out.Rules = append(out.Rules, ruleOf(m, &m.Rules[i]))
	}
	return out
}

func ruleOf(m *regime.Measure, r *regime.Rule) ruleView {
	out := ruleView{
		Name: r.Name, AppliesTo: r.AppliesTo, Direction: r.Direction, From: r.From, Until: r.Until, Lists: r.Lists, Unless: r.Unless,
		When: r.When.Text, Words: exprWords(r.When), Finds: r.Finds, Reason: r.Reason, Question: r.Question,
	}
	for _, g := range r.Goods {
		v := goodsView{What: g.What, Codes: g.Codes, Except: g.Except, Basis: g.Basis, Certainty: g.Certainty, Note: g.Note}
		if g.AboveUSD != nil {
			v.AboveUSD = g.AboveUSD.String()
		}
		out.Goods = append(out.Goods, v)
	}
	for _, x := range r.Exempt {
		out.Exempt = append(out.Exempt, exemptView{x.ID, x.When.Text, exprWords(x.When), x.Reason})
	}
	if r.Grace != nil {
		last, _ := history.LastOfGrace(m, *r)
		out.Grace = &graceView{last, r.Grace.When.Text, exprWords(r.Grace.When), r.Grace.Question, r.Grace.Reason}
	}
	if l := r.Limit; l != nil {
		out.Limit = &limitView{Window: l.Window, Start: l.Start, Notices: l.Notices, Stop: l.Stop, Totals: l.Totals, Estimate: l.Estimate}
		for _, c := range l.Caps {
			out.Limit.Caps = append(out.Limit.Caps, capView{c.Amount.String(), c.Unit, c.Quantity, c.Before, c.Notices, c.From, c.Until, c.Withdrawn})
		}
	}
	return out
}

func exprWords(e regime.Expr) string {
	if e.Text == "" {
		return ""
	}
	return inWords(e.Text)
}

func testsOf(p *regime.Pack, m *regime.Measure) []testView {
	runs := map[int]int{}
	for _, run := range p.RunTests(m) {
		runs[run.Index]++
	}
	var out []testView
	for i, t := range m.Tests {
		v := testView{Name: t.Name, Line: t.Given.Line, Runs: runs[i], AsOf: t.AsOf.String(), Expect: []string{}}
		for _, r := range t.Expect {
			v.Expect = append(v.Expect, string(r))
		}
		out = append(out, v)
	}
	return out
}

// measureList is what show prints without an id.
type measureList struct {
	Regime     string        `json:"regime"`
	Digest     string        `json:"digest"`
	On         value.Date    `json:"on,omitzero"`
	Count      int           `json:"count"`
	ByForce    []named       `json:"by_force"`
	ByDocument []named       `json:"by_resolution"`
	Measures   []measureHead `json:"measures"`
}

// named is a name with a number.
type named struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

func listOf(p *regime.Pack, list []*regime.Measure, on value.Date) measureList {
	n := countsOf(list)
	out := measureList{
		Regime: p.ID, Digest: p.Digest(), On: on, Count: len(list),
		ByForce: n.byForce, ByDocument: n.byDocument, Measures: []measureHead{},
	}
	for _, m := range list {
		out.Measures = append(out.Measures, headOf(m))
	}
	return out
}

// counts are numbers of measures: by force the most first, by document in order.
type counts struct{ byForce, byDocument []named }

func countsOf(list []*regime.Measure) counts {
	out := counts{byForce: []named{}, byDocument: []named{}}
	add := func(to *[]named, name string) {
		i := slices.IndexFunc(*to, func(n named) bool { return n.Name == name })
		if i < 0 {
			*to = append(*to, named{Name: name})
			i = len(*to) - 1
		}
		(*to)[i].Count++
	}
	for _, m := range list {
		add(&out.byForce, string(m.Force))
		add(&out.byDocument, m.Cite.Document)
	}
	slices.SortFunc(out.byForce, func(a, b named) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name))
	})
	slices.SortFunc(out.byDocument, func(a, b named) int { return history.Natural(a.Name, b.Name) })
	return out
}

package regime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/hs"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Basis says on whose word a goods code stands for what a paragraph names.
type Basis string

// The bases, the firmest first. The first two give a finding, the second with a
// warning; the others leave it possible.
const (
	ResolutionText         Basis = "resolution-text"         // the code is in the paragraph
	AnalystMapping         Basis = "analyst-mapping"         // goods are named, the code is an analyst's reading
	NationalImplementation Basis = "national-implementation" // one State's customs apply the paragraph to the code
	NationalList           Basis = "national-list"           // a national list names the code
	ScreeningHint          Basis = "screening-hint"          // worth a look; the paragraph goes by specification
)

var bases = []Basis{ResolutionText, AnalystMapping, NationalImplementation, NationalList, ScreeningHint}

// Goods is a group of goods codes that a rule or a list names, in HS 2017 where
// editions differ.
type Goods struct {
	Codes     []string        `yaml:"codes"`     // 2, 4 or 6 digits; a code stands for all below it
	Except    []string        `yaml:"except"`    // codes below them that are left out
	What      string          `yaml:"what"`      // in our own words
	Basis     Basis           `yaml:"basis"`     //
	Certainty claim.Certainty `yaml:"certainty"` // of the code
	AboveUSD  *Amount         `yaml:"above_usd"` // a price test on one piece: above, not at
	Note      string          `yaml:"note"`
}

// GoodsList is a list of goods that several rules share, such as an annex.
type GoodsList struct {
	ID     string     `yaml:"id"`
	Name   string     `yaml:"name"`
	Source string     `yaml:"source"`
	From   value.Date `yaml:"from"` // the day from which it counts; empty: always
	Goods  []Goods    `yaml:"goods"`

	File string `yaml:"-"`
}

// scope is what the rule's goods and lists come to.
type scope struct {
	entries []scopeEntry
	unless  []scopeEntry
}

type scopeEntry struct {
	*Goods
	list *GoodsList
	from int // first day on which the entry counts
}

func (s *scope) codes(yield func(string) bool) {
	for _, e := range s.entries {
		for _, c := range e.Codes {
			if !yield(c) {
				return
			}
		}
	}
}

// priced reports whether the scope looks at what one piece cost.
func (s *scope) priced() bool {
	return slices.ContainsFunc(s.entries, func(e scopeEntry) bool { return e.AboveUSD != nil })
}

// matching is how the record's goods lie to a scope.
type matching struct {
	truth     condition.Truth
	missing   []string
	questions []string
	warnings  []string
	step      string
}

// The facts that a match reads.
const (
	factHS        = "hs"
	factUnitValue = "unit_value_usd"
	factValue     = "value_usd"
)

// goods matches the record's code with the rule's scope. Of entries that match,
// the firmest gives the answer; of those that leave it open, all questions.
func (e *evaluation) goods(r *rule) matching {
	code, known := e.goodsCode()
	if !known {
		return e.withoutCode()
	}
	if e.leftOut(r.scope, code) {
		return matching{truth: condition.No}
	}
	best := matching{truth: condition.No}
	var firmest *scopeEntry
	for i := range r.scope.entries {
		entry := &r.scope.entries[i]
		m := e.meets(entry, code)
		switch {
		case m.truth == condition.Yes && (best.truth != condition.Yes || slices.Index(bases, entry.Basis) < slices.Index(bases, firmest.Basis)):
			best, firmest = m, entry
		case m.truth == condition.Undecided && best.truth == condition.No:
			best, firmest = m, entry
		case m.truth == condition.Undecided && best.truth == condition.Undecided:
			best.add(m)
		}
	}
	if best.truth != condition.No {
		best.warnings = append(best.warnings, e.editions().warnings(code)...)
		if e.explain {
			best.step = fmt.Sprintf("goods %s: %s (%s, %s): %s", code, firmest.What, firmest.Basis, firmest.Certainty, best.truth)
		}
	}
	return best
}

func (m *matching) add(o matching) {
	for _, f := range o.missing {
		if !slices.Contains(m.missing, f) {
			m.missing = append(m.missing, f)
		}
	}
	for _, q := range o.questions {
		if !slices.Contains(m.questions, q) {
			m.questions = append(m.questions, q)
		}
	}
}

// goodsCode is the code as far as it can be compared: to the heading where no
// edition of its day is held.
func (e *evaluation) goodsCode() (string, bool) {
	code, ok := condition.GoodsCode(e.rec.Observation, factHS)
	if len(code) > 4 && !e.editions().held {
		code = code[:4]
	}
	return code, ok
}

// withoutCode: a statistic without a code is of all goods together and says
// nothing of any; elsewhere the code is missing.
func (e *evaluation) withoutCode() matching {
	if e.rec.Observation.Kind() == observation.KindTradeStatistic {
		return matching{truth: condition.No}
	}
	return matching{truth: condition.Undecided, missing: []string{factHS}}
}

// leftOut reports whether a list that the rule leaves out names the code on every
// day that the record's date can mean.
func (e *evaluation) leftOut(s *scope, code string) bool {
	for i := range s.unless {
		x := &s.unless[i]
		if x.from <= e.when.first && x.from <= e.known && x.covers(code) == hs.Yes {
			return true
		}
	}
	return false
}

func (x *scopeEntry) covers(code string) hs.Match {
	out := hs.No
	for _, c := range x.Codes {
		switch hs.Covers(c, code) {
		case hs.Yes:
			if slices.ContainsFunc(x.Except, func(out string) bool { return hs.Covers(out, code) == hs.Yes }) {
				continue
			}
			return hs.Yes
		case hs.TooShort:
			out = hs.TooShort
		}
	}
	return out
}

func (e *evaluation) meets(x *scopeEntry, code string) matching {
	var m matching
	if x.from > e.known {
		return matching{truth: condition.No}
	}
	switch x.covers(code) {
	case hs.No:
		return matching{truth: condition.No}
	case hs.TooShort:
		m = matching{truth: condition.Undecided, questions: []string{
			fmt.Sprintf("%s: Which code was it in full? %s may or may not be %s (%s).", factHS, code, strings.Join(x.under(code), " or "), x.What),
		}}
	case hs.Yes:
		m = e.firm(x, code)
	}
	if where := (span{x.from, noDate.last}).truth(e.when); where == outside {
		return matching{truth: condition.No}
	} else if where == across {
		m.truth = min(m.truth, condition.Undecided)
		m.missing = append(m.missing, e.dateFact())
	}
	if price := e.price(x); price.truth != condition.Yes {
		m.truth = min(m.truth, price.truth)
		m.missing = append(m.missing, price.missing...)
	}
	return m
}

// under lists the codes of the entry that lie below the code reported.
func (x *scopeEntry) under(code string) []string {
	var out []string
	for _, c := range x.Codes {
		if len(c) > len(code) && strings.HasPrefix(c, code) {
			out = append(out, c)
		}
	}
	return out
}

// firm is a code that falls under the entry's: certain, with a warning, or open,
// as the entry's basis has it.
func (e *evaluation) firm(x *scopeEntry, code string) matching {
	m := matching{truth: condition.Yes}
	switch x.Basis {
	case ResolutionText:
	case AnalystMapping:
		m.warnings = []string{fmt.Sprintf("the code %s for %s is an analyst's mapping (%s): have it read by a lawyer before a finding is published", x.rule(code), x.What, x.words())}
	case NationalImplementation:
		m.ask("%s: Is it %s? One State's customs apply the paragraph to code %s; the paragraph names the goods only.", factHS, x.What, x.rule(code))
	case NationalList:
		m.ask("%s: Is it a good that the paragraph means? %s names code %s (%s).", factHS, x.list.Name, x.rule(code), x.What)
	case ScreeningHint:
		m.ask("%s: Does it meet the specification of a listed item? The code %s is a hint for screening only (%s).", factHS, x.rule(code), x.What)
	}
	return m
}

func (m *matching) ask(format string, args ...any) {
	m.truth = condition.Undecided
	m.questions = append(m.questions, fmt.Sprintf(format, args...))
}

// rule is the code of the entry that the reported one falls under.
func (x *scopeEntry) rule(code string) string {
	i := slices.IndexFunc(x.Codes, func(c string) bool { return strings.HasPrefix(code, c) })
	if i < 0 {
		return code
	}
	return x.Codes[i]
}

func (x *scopeEntry) words() string {
	if x.Certainty == claim.Checked {
		return "seen in a source"
	}
	return "from memory"
}

// price puts the entry's price test to what one piece cost. A whole consignment
// at or below the limit holds no piece above it.
func (e *evaluation) price(x *scopeEntry) matching {
	if x.AboveUSD == nil {
		return matching{truth: condition.Yes}
	}
	o := e.rec.Observation
	if d, ok := condition.Decimal(o, factUnitValue); ok {
		return matching{truth: truthOf(d.Cmp(x.AboveUSD.Decimal) > 0)}
	}
	if d, ok := condition.Decimal(o, factValue); ok && d.Cmp(x.AboveUSD.Decimal) <= 0 {
		return matching{truth: condition.No}
	}
	return matching{truth: condition.Undecided, missing: []string{factUnitValue}}
}

func truthOf(b bool) condition.Truth {
	if b {
		return condition.Yes
	}
	return condition.No
}

// editionsOf are the editions that a record's date can mean.
type editionsOf struct {
	first, last hs.Edition
	held        bool // an edition of every day it can mean is held
	dated       bool
}

func (e *evaluation) editions() editionsOf {
	if e.date.IsZero() {
		return editionsOf{held: true}
	}
	first, ok := hs.EditionAt(e.date.First().Year())
	last, ok2 := hs.EditionAt(e.date.Last().Year())
	return editionsOf{first, last, ok && ok2, true}
}

// warnings say where the code could not be looked up as it should.
func (eds editionsOf) warnings(code string) []string {
	switch {
	case !eds.held:
		return []string{"no edition of the nomenclature of that day is held here: matched by chapter and heading"}
	case !eds.dated || len(code) == 2 || hs.Known(code, eds.first) || hs.Known(code, eds.last):
		return nil
	default:
		return []string{fmt.Sprintf("the code %s is not in %s, the edition of the record's date%s", code, eds.first, elsewhere(code))}
	}
}

func elsewhere(code string) string {
	in := hs.In(code)
	if len(in) == 0 {
		return " nor in any other held"
	}
	return fmt.Sprintf("; it is in %s", in[0])
}

package regime

import (
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"go.yaml.in/yaml/v3"
)

// Measure is one paragraph's obligation, as its file states it. A measure
// without rules is a call, a duty or a definition that no record can meet; it is
// there to be listed. Measures belong to their pack and must not be changed.
type Measure struct {
	ID           string            `yaml:"id"`      // kp-2397-5; the file is named after it
	Cite         Cite              `yaml:"cite"`    //
	Adopted      value.Date        `yaml:"adopted"` // from this day it is known
	Kind         string            `yaml:"kind"`    // petroleum-cap, workers, weapons-programme …
	Force        Force             `yaml:"force"`
	Direction    string            `yaml:"direction"` // from_dprk and to_dprk select records; other words say whom it concerns
	Duty         string            `yaml:"duty"`      // who owes it
	Summary      string            `yaml:"summary"`   // in our own words
	InForce      Interval          `yaml:"in_force"`
	Supersedes   []string          `yaml:"supersedes"`    // ids; it is enough to state the relation on one side
	SupersededBy []string          `yaml:"superseded_by"` // without an end in InForce both stay in force
	National     []National        `yaml:"national"`      // how States put it into their own law, beside the Council's dates
	Rules        []Rule            `yaml:"rules"`
	Ask          map[string]string `yaml:"ask"` // fact → the question to ask where it is missing
	Tests        []Test            `yaml:"tests"`

	File    string `yaml:"-"` // name within the pack
	Version string `yaml:"-"` // SHA-256 of the file, hexadecimal

	endKnown value.Date // before this day of knowledge nobody knew that it would end
	stated   relations  // Supersedes and SupersededBy as the file has them
	compiled []*rule    // in the order of the file, kind by kind
}

// National is a day on which a State began to apply the measure at its border,
// which may differ from the Council's. It changes no finding; a trace shows it.
type National struct {
	State  string     `yaml:"state"` // ISO 3166-1 alpha-2
	From   value.Date `yaml:"from"`
	Until  value.Date `yaml:"until"`
	What   string     `yaml:"what"`
	Source string     `yaml:"source"`
}

// String is "CN from 2017-09-05: what (source)".
func (n National) String() string {
	return fmt.Sprintf("%s %s: %s (%s)", n.State, validity(n.From, n.Until), n.What, n.Source)
}

type relations struct{ supersedes, supersededBy []string }

// Cite says where a measure stands and how certain that is.
type Cite struct {
	Document         string          `yaml:"document"`          // S/RES/2397 (2017)
	Paragraph        string          `yaml:"paragraph"`         // OP5
	Certainty        claim.Certainty `yaml:"certainty"`         // of the substance
	ParagraphChecked bool            `yaml:"paragraph_checked"` // the paragraph's number was seen in a source
	Source           string          `yaml:"source"`            // where the substance was read; empty if from memory
	Note             string          `yaml:"note"`              // what a lawyer should look at
}

// String is the bare citation: "S/RES/2397 (2017) OP5".
func (c Cite) String() string { return c.Document + " " + c.Paragraph }

// ToBeVerified reports whether print must say "to be verified": the substance is
// from memory or the paragraph's number was not seen.
func (c Cite) ToBeVerified() bool { return c.Certainty != claim.Checked || !c.ParagraphChecked }

// Force is the legal nature of a paragraph.
type Force string

// The forces.
const (
	Binding       Force = "binding"
	Call          Force = "call"
	Clarification Force = "clarification"
	ExemptionRule Force = "exemption"
	Concern       Force = "concern"
	Commitment    Force = "commitment"
	Request       Force = "request"
	NoChapterVII  Force = "requires-no-chapter-vii" // "requires", outside Chapter VII of the Charter
)

var forces = []Force{Binding, Call, Clarification, ExemptionRule, Concern, Commitment, Request, NoChapterVII}

var directions = []string{
	observation.FromDPRK, observation.ToDPRK, "both", "dprk_conduct", "finance",
	"persons", "services", "shipping", "committee", "reporting", "any",
}

// Interval is half-open: the first day counts, Until does not. A zero Until is open.
type Interval struct {
	From  value.Date `yaml:"from"`
	Until value.Date `yaml:"until"`
}

// Contains reports whether every day that d can mean lies in the interval.
func (i Interval) Contains(d value.Date) bool {
	return !d.IsZero() && i.days().truth(spanOf(d)) == inside
}

// String is "[2017-10-01, 2018-01-01)", "[2018-01-01, …)" where open.
func (i Interval) String() string {
	if i.Until.IsZero() {
		return fmt.Sprintf("[%s, …)", i.From)
	}
	return fmt.Sprintf("[%s, %s)", i.From, i.Until)
}

// Words is the interval in words, with its last day: "from 2017-10-01 to
// 2017-12-31", "since 2018-01-01".
func (i Interval) Words() string {
	if i.Until.IsZero() {
		return "since " + i.From.String()
	}
	return fmt.Sprintf("from %s to %s", i.From, dayBefore(i.Until))
}

// Rule says how records of some kinds meet the measure.
type Rule struct {
	Name      string             `yaml:"name"`       // told apart in traces; needed where a measure has several
	AppliesTo []observation.Kind `yaml:"applies_to"` //
	Direction string             `yaml:"direction"`  // from_dprk or to_dprk, where it differs from the measure's
	Goods     []Goods            `yaml:"goods"`      // with Lists: the goods it speaks of; none: whatever they are
	Lists     []string           `yaml:"lists"`      // ids of lists of goods
	Unless    []string           `yaml:"unless"`     // ids of lists whose goods are left out
	When      Expr               `yaml:"when"`       // empty: always
	From      value.Date         `yaml:"from"`       // where the rule begins later than the measure
	Until     value.Date         `yaml:"until"`      // or ends earlier
	Finds     Result             `yaml:"finds"`      // breach (the default), possible or reporting-due; with a limit, the limit decides
	Reason    string             `yaml:"reason"`     //
	Question  string             `yaml:"question"`   // for finds: possible: what no fact of the record can answer
	Exempt    []Exemption        `yaml:"exempt"`     //
	Grace     *Grace             `yaml:"grace"`      //
	Limit     *Limit             `yaml:"limit"`      //
}

// Exemption takes a record out of a measure.
type Exemption struct {
	ID        string `yaml:"id"`
	When      Expr   `yaml:"when"`
	Reason    string `yaml:"reason"`
	Uncounted bool   `yaml:"uncounted"` // what it exempts does not count against the limit either
}

// Grace is a time in which the measure does not bite yet; its last day counts.
type Grace struct {
	Days     int        `yaml:"days"`  // after the measure's first day
	Until    value.Date `yaml:"until"` // the last day; with Days both must agree
	When     Expr       `yaml:"when"`  // which records have it; empty: all
	Question string     `yaml:"question"`
	Reason   string     `yaml:"reason"`
}

// Windows of a limit.
const (
	CalendarYear = "calendar-year"
	TwelveMonths = "12-months-from"
)

// Limit is an amount per window of time.
type Limit struct {
	Window      string     `yaml:"window"`       // calendar-year or 12-months-from
	Start       value.Date `yaml:"start"`        // for 12-months-from: a first day
	Notices     []int      `yaml:"notices"`      // percentages at which a notice is due
	Stop        int        `yaml:"stop"`         // percentage whose notice by the Committee stops supply for the window
	Facts       string     `yaml:"facts"`        // any: one unit reported decides (the default); all: every unit must be known
	WindowStart string     `yaml:"window_start"` // the fact that says to which window the earlier total belongs
	Totals      bool       `yaml:"totals"`       // records of whole windows count too
	Estimate    string     `yaml:"estimate"`     // the question that an estimated total raises
	Caps        []Cap      `yaml:"caps"`
}

// Cap is the amount in one unit. Units are never converted, tonnes and kilograms apart.
type Cap struct {
	Amount    Amount     `yaml:"amount"`
	Unit      string     `yaml:"unit"`      // barrel, tonne, USD …
	Quantity  string     `yaml:"quantity"`  // the fact that holds the record's own quantity
	Before    string     `yaml:"before"`    // the fact that holds the window's total before it
	Notices   []int      `yaml:"notices"`   // where they differ from the limit's
	From      value.Date `yaml:"from"`      // where it differs from the measure's interval
	Until     value.Date `yaml:"until"`     //
	Withdrawn value.Date `yaml:"withdrawn"` // struck out on this day, before it took effect
}

// Test is one worked case beside the rule.
type Test struct {
	Name   string              `yaml:"name"`
	Given  yaml.Node           `yaml:"given"` // an observation
	Each   map[string][]string `yaml:"each"`  // a fact → values: the test runs once with each
	AsOf   value.Date          `yaml:"as_of"`
	Expect Expectation         `yaml:"expect"`
	Reason string              `yaml:"reason"` // what the finding's reason must contain
	Beside []yaml.Node         `yaml:"beside"` // observations on record beside it, such as a notice; they name it as "test"
	Asks   []string            `yaml:"asks"`   // facts that the questions must name
	Warns  []string            `yaml:"warns"`  // words that the warnings must contain; an empty list: there are none
}

// Expectation is the results that a test expects of its measure; none is empty.
type Expectation []Result

// UnmarshalYAML reads a result, a list of results or the word none.
func (e *Expectation) UnmarshalYAML(n *yaml.Node) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	*e = Expectation{}
	for _, item := range items {
		r := Result(item.Value)
		switch {
		case r == "none" && len(items) == 1:
		case !r.Valid():
			return fmt.Errorf("line %d: expect %q: want none or one of %v", item.Line, item.Value, Results())
		default:
			*e = append(*e, r)
		}
	}
	slices.SortFunc(*e, func(a, b Result) int { return a.rank() - b.rank() })
	return nil
}

// Expr is the text of a condition and the line it stands on.
type Expr struct {
	Text string
	Line int
}

// UnmarshalYAML reads a plain text.
func (e *Expr) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: a condition must be text", n.Line)
	}
	e.Text, e.Line = n.Value, n.Line
	return nil
}

// Amount is an exact number in YAML.
type Amount struct{ value.Decimal }

// UnmarshalYAML reads a plain decimal.
func (a *Amount) UnmarshalYAML(n *yaml.Node) error {
	d, err := value.ParseDecimal(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	a.Decimal = d
	return nil
}

// span is a range of days, both ends included, counted from 1900-01-01.
type span struct{ first, last int }

var epoch = value.MustDate("1900-01-01")

// noDate is every day there is: what a record without a date may mean.
var noDate = span{0, 1 << 30}

func dayOf(d value.Date) int { n, _ := epoch.DaysUntil(d); return n }

func spanOf(d value.Date) span {
	if d.IsZero() {
		return noDate
	}
	first := dayOf(d.First())
	if d.Precision() == value.Day {
		return span{first, first}
	}
	return span{first, dayOf(d.Last())}
}

// position says how a range of days lies to another.
type position int

const (
	outside position = iota
	across
	inside
)

// days is the interval as a span; an open end is the end of time.
func (i Interval) days() span {
	s := noDate
	if !i.From.IsZero() {
		s.first = dayOf(i.From)
	}
	if !i.Until.IsZero() {
		s.last = dayOf(i.Until) - 1
	}
	return s
}

// truth says whether the range t lies in s.
func (s span) truth(t span) position {
	switch {
	case s.first > s.last || t.last < s.first || t.first > s.last:
		return outside
	case t.first >= s.first && t.last <= s.last:
		return inside
	}
	return across
}

// meet is what two spans share; empty (first after last) where nothing.
func (s span) meet(t span) span { return span{max(s.first, t.first), min(s.last, t.last)} }

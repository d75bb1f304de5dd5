// Package regime runs a sanctions regime as code: a pack of measures, one YAML
// file a paragraph, each with the interval in which it is in force, the
// condition under which a record meets it, its exemptions, grace and limits, and
// its tests beside it. A finding cites the paragraph and shows how it came about.
//
//	pack, err := regime.Load(os.DirFS("my-pack"))   // type-checked, every test run
//	for _, f := range pack.Check(rec, value.Date{}) {
//		fmt.Println(f.Result.Words(), f.Citation, f.Reason)
//	}
//
// The Democratic People's Republic of Korea pack is in package regime/kp; the
// form of a file is described in docs/regime.md.
//
// # How a record is checked
//
// Two clocks choose the measures: valid time (the record's date must lie in the
// measure's interval, first day in, last day out) and knowledge time (what was
// adopted after the day of knowledge is not applied; a record's own AsOf goes
// before the parameter). Then, measure by measure: its condition, its limit, and
// whether an exemption or a time of grace takes the record out; else breach.
//
// Answers have three values. A fact that is missing, or a date too coarse, makes
// a finding "possible" with the question to ask, but only where it decides: if
// the answer is the same either way, that answer is given.
//
// # Contract
//
// Check is a pure function of pack, record and day of knowledge: no clock, no
// network, amounts in exact decimals. A Pack does not change after Load and may
// be used from several goroutines.
package regime

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Pack is a regime that can be run.
type Pack struct {
	ID    string // kp
	Name  string
	About string

	ask      map[string]string // default questions: kind.fact or fact
	measures []*Measure        // by id
	byID     map[string]*Measure
	rules    map[observation.Kind][]*rule // by measure id, then in the order of the file
	digest   string
}

// Measures lists all measures by id.
func (p *Pack) Measures() []*Measure { return slices.Clone(p.measures) }

// Measure returns the measure with that id.
func (p *Pack) Measure(id string) (*Measure, bool) {
	m, ok := p.byID[id]
	return m, ok
}

// InForce lists, by id, the measures that were in force on that day; for a date
// of a month or a year, on every day of it.
func (p *Pack) InForce(on value.Date) []*Measure {
	var out []*Measure
	for _, m := range p.measures {
		if m.InForce.Contains(on) {
			out = append(out, m)
		}
	}
	return out
}

// Digest is the SHA-256 over the pack's files by name, hexadecimal: it changes
// with any byte of a rule and not with the order in which files are read.
func (p *Pack) Digest() string { return p.digest }

// Option changes how Check goes about it.
type Option func(*evaluation)

// NoTrace leaves the traces of findings empty, for streams.
func NoTrace(e *evaluation) { e.explain = false }

// Check finds what the record is under each measure, by measure id and then
// gravest first. A zero asOf means that everything is known; the record's own
// AsOf goes before it.
func (p *Pack) Check(r record.Record, asOf value.Date, opts ...Option) []Finding {
	if r.Observation == nil {
		return nil
	}
	rules := p.rules[r.Kind()]
	if len(rules) == 0 {
		return nil
	}
	e := newEvaluation(p, r, asOf)
	for _, o := range opts {
		o(e)
	}
	return e.run(rules)
}

// CheckAll is Check over many records, by record id and then as Check orders.
func (p *Pack) CheckAll(rs []record.Record, asOf value.Date, opts ...Option) []Finding {
	sorted := slices.Clone(rs)
	slices.SortStableFunc(sorted, func(a, b record.Record) int { return cmp.Compare(a.ID, b.ID) })
	var out []Finding
	for _, r := range sorted {
		out = append(out, p.Check(r, asOf, opts...)...)
	}
	return out
}

// question is what to ask for a fact: the measure's own words, else the pack's
// for the kind, else the pack's for any kind; empty where there are none.
func (p *Pack) question(m *Measure, kind observation.Kind, fact string) string {
	return cmp.Or(m.Ask[fact], p.ask[string(kind)+"."+fact], p.ask[fact])
}

// Result is what a record is found to be under a measure.
type Result string

// The results. A breach is a match between a fact and a paragraph; it says
// nothing of guilt and is printed "inconsistent with".
const (
	Breach       Result = "breach"
	Possible     Result = "possible"      // a fact or a list leaves it open; the finding has questions
	CapExceeded  Result = "cap-exceeded"  // the total is above the cap
	CapNotice    Result = "cap-notice"    // a notice percentage is reached, or the cap exactly, not passed
	ReportingDue Result = "reporting-due" // a report to the Committee is owed
	GracePeriod  Result = "grace"         // it would bite, but for a period of grace
	Exempt       Result = "exempt"        // it would bite, but for an exemption
)

var results = []struct {
	result Result
	words  string
}{
	{Breach, "inconsistent with"},
	{CapExceeded, "above the cap of"},
	{Possible, "possibly inconsistent with"},
	{CapNotice, "at a notice level of the cap of"},
	{ReportingDue, "to be reported under"},
	{GracePeriod, "within the grace period of"},
	{Exempt, "exempt from"},
}

// Results lists the results, gravest first.
func Results() []Result {
	out := make([]Result, len(results))
	for i, r := range results {
		out[i] = r.result
	}
	return out
}

func (r Result) rank() int { return slices.Index(Results(), r) }

// Valid reports whether r is one of the results.
func (r Result) Valid() bool { return r.rank() >= 0 }

// Words is the phrase to print before a citation: "inconsistent with".
func (r Result) Words() string {
	if i := r.rank(); i >= 0 {
		return results[i].words
	}
	return string(r)
}

// Finding is one record under one measure. Its JSON is what `check --json` prints.
type Finding struct {
	RecordID         string          `json:"record_id,omitempty"`
	MeasureID        string          `json:"measure_id"`
	Citation         string          `json:"citation"` // bare: S/RES/2397 (2017) OP8
	Certainty        claim.Certainty `json:"certainty"`
	ParagraphChecked bool            `json:"paragraph_checked"`
	Result           Result          `json:"finding"`
	Reason           string          `json:"reason"`
	Questions        []string        `json:"questions,omitempty"` // "fact: what to ask", or the question alone
	Duty             string          `json:"duty,omitempty"`      // who owes what the measure demands
	Trace            Trace           `json:"trace,omitzero"`
}

// ToBeVerified reports whether print must put "to be verified" beside the citation.
func (f Finding) ToBeVerified() bool {
	return f.Certainty != claim.Checked || !f.ParagraphChecked
}

// Trace shows a lawyer how a finding came about.
type Trace struct {
	Rule    string            `json:"rule"`            // measure and, where it has several, the rule's name
	Version string            `json:"version"`         // SHA-256 of the rule's file
	Facts   map[string]string `json:"facts,omitempty"` // path → value as recorded; "not known" where missing
	AsOf    value.Date        `json:"as_of,omitzero"`  // day of knowledge; missing: everything is known
	Steps   []string          `json:"steps"`           // in the order taken
}

// NotKnown is printed for a fact that the record does not have.
const NotKnown = "not known"

package regime

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

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

// Finding is one record under one measure. `turtlebay check --json` prints the same fields.
type Finding struct {
	RecordID         string          `json:"record_id,omitempty"`
	MeasureID        string          `json:"measure_id"`
	Citation         string          `json:"citation"` // bare: S/RES/2397 (2017) OP8
	Certainty        claim.Certainty `json:"certainty"`
	ParagraphChecked bool            `json:"paragraph_checked"`
	Result           Result          `json:"finding"`
	Reason           string          `json:"reason"`
	Questions        []string        `json:"questions,omitempty"` // "fact: what to ask", or the question alone
	Warnings         []string        `json:"warnings,omitempty"`  // what must be looked at before it is published
	Version          string          `json:"version"`             // SHA-256 of the measure's file, as it was when this was found
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
		Result: v.result, Reason: v.reason, Warnings: v.warnings, Duty: r.m.Duty, Version: r.m.Version,
	}}
	if v.result == Possible {
		slices.Sort(v.missing)
		d.missing, d.undecided = slices.Compact(v.missing), v.undecided
		d.Questions = append(e.questions(r, d.missing), v.questions...)
		if e.rec.Kind() == observation.KindTradeStatistic && r.direction != "" {
			d.Questions = append(d.Questions, koreaQuestion)
		}
		d.Questions = distinct(d.Questions)
	}
	if e.explain {
		d.Trace = Trace{
			Rule: r.name, Version: r.m.Version, AsOf: e.asOf, Facts: e.facts(r),
			Steps: append(append(v.steps, national(r.m)...), "finding: "+string(v.result)),
		}
	}
	return d
}

// national lists, for the trace, the days of States' own law.
func national(m *Measure) []string {
	var out []string
	for _, n := range m.National {
		out = append(out, "national law: "+n.String())
	}
	return out
}

// directionWords say which way goods go.
var directionWords = map[string]string{
	observation.FromDPRK: "from the Democratic People's Republic of Korea",
	observation.ToDPRK:   "to the Democratic People's Republic of Korea",
}

// distinct keeps the first of what is there twice.
func distinct(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// koreaQuestion is what every doubtful line of customs statistics is asked first:
// the two Koreas are mixed up more often than any other pair.
const koreaQuestion = "partner: Was the Republic of Korea meant? Ask the reporter to look the line up; a figure taken from one side's books stays doubtful until then."

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

// questions asks for each missing fact by name. For those that the engine itself
// needs it has words of its own where the pack has none.
func (e *evaluation) questions(r *rule, missing []string) []string {
	var out []string
	for _, fact := range missing {
		q := r.pack.question(r.m, r.kind, fact)
		switch fact {
		case "date", "period":
			q = fmt.Sprintf("%s The date recorded is %s; %s is in force %s.", cmp.Or(q, "On which day was it?"), orNotKnown(e.date), r.m.Cite, r.m.InForce.Words())
		case factDirection:
			q = cmp.Or(q, fmt.Sprintf("Which way did it go? %s concerns goods %s only.", r.m.Cite, directionWords[r.direction]))
		case factHS:
			q = cmp.Or(q, "Which goods were they, by their code in the Harmonized System? The paragraph speaks of some goods only.")
		case factUnitValue:
			q = cmp.Or(q, "What did one piece cost in US dollars? The list names these goods above a price.")
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
	for _, w := range o.Warnings {
		if !slices.Contains(d.Warnings, w) {
			d.Warnings = append(d.Warnings, w)
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

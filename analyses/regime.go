package analyses

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// packParam takes the pack's digest as a parameter with a single allowed value:
// a bundle made with other rules is not silently judged by these.
func packParam(pack *regime.Pack) derive.Param {
	return derive.Param{Name: "pack", About: "digest of the regime's rules", Default: pack.Digest(), Allowed: []string{pack.Digest()}}
}

// paramSince is the first year of what looks back to the beginning.
var paramSince = derive.Param{Name: "from", About: "first year", Default: "2006"}

func regimeFigures() ([]derive.Function, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	of := packParam(pack)
	result := derive.Param{Name: "result", About: "only findings of this result"}
	for _, r := range regime.Results() {
		result.Allowed = append(result.Allowed, string(r))
	}
	measure := derive.Param{Name: "measure", About: "only findings under this measure"}
	for _, m := range pack.Measures() {
		measure.Allowed = append(measure.Allowed, m.ID)
	}
	filter := []derive.Param{
		{Name: "from", About: "first year of the records checked", Default: "2006"},
		paramTo, result,
		{Name: "kind", About: "only findings on this kind of record", Allowed: everyKind()},
		measure,
		of,
	}
	all := everyKind()
	return append([]derive.Function{
		{Name: "regime.findings.count", Version: 1, About: "findings: records that meet a measure in force", Params: filter, Reads: all, Run: countFindings},
		{Name: "regime.records.count", Version: 1, About: "records that meet a measure in force, each once", Params: filter, Reads: all, Run: countFound},
		{Name: "regime.paragraphs.count", Version: 1, About: "paragraphs that some record meets", Params: filter, Reads: all, Run: countParagraphs},
		{Name: "regime.findings.table", Version: 1, About: "findings with citation, reason and question", Params: filter, Reads: all, Run: findingTable},
		{Name: "regime.findings.table", Version: 2, About: "findings, those of a record with the same result in one row", Params: filter, Reads: all, Run: groupedTable},
		{Name: "regime.reasons.table", Version: 1, About: "what the rules say of every record they find, and ask of it", Params: filter, Reads: all, Run: reasonTable},
		{Name: "regime.paragraphs.table", Version: 1, About: "findings by paragraph and result, with the records found", Params: filter, Reads: all, Run: paragraphTable},
		{Name: "regime.resolutions.table", Version: 1, About: "findings by resolution and result", Params: filter, Reads: all, Run: resolutionTable},
	}, measureFigures(pack)...), nil
}

// found is a finding beside the record it is about.
type found struct {
	regime.Finding
	Record record.Record
}

func findings(c derive.Call) ([]found, error) {
	from, to, err := period(c)
	if err != nil {
		return nil, err
	}
	var out []found
	for _, k := range observation.Kinds() {
		if only := c.Params["kind"]; only != "" && only != string(k) {
			continue
		}
		all, err := findingsOn(c, k)
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			if y := f.Record.Observation.When().Year(); (y == 0 || y >= from && y <= to) && wanted(c, f.Finding) {
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// findingsOn checks all records of a kind, whatever their date, once for the same
// rules and decisions.
func findingsOn(c derive.Call, k observation.Kind) ([]found, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	h, err := heldOf(c, k)
	if err != nil {
		return nil, err
	}
	under := pack.Digest()
	for _, d := range decisionKinds {
		under += " " + c.Set(string(d)).Digest()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.checked == under {
		return h.found, nil
	}
	decisions, err := decisions(c)
	if err != nil {
		return nil, err
	}
	checker := pack.Checker(regime.NoTrace, regime.With(decisions))
	h.found, h.checked = nil, under
	for _, r := range h.records {
		for _, f := range checker.Check(r, value.Date{}) {
			h.found = append(h.found, found{f, r})
		}
	}
	return h.found, nil
}

// sorted are the findings by resolution and paragraph, each by date and record.
func sorted(c derive.Call) ([]found, error) {
	fs, err := findings(c)
	if err != nil {
		return nil, err
	}
	rank, err := paragraphs()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(fs, func(a, b found) int {
		return cmp.Or(rank.of[a.MeasureID]-rank.of[b.MeasureID], byRecord(a, b))
	})
	return fs, nil
}

// byRecord orders findings by date and record, those of one record gravest first.
func byRecord(a, b found) int {
	return cmp.Or(a.Record.Observation.When().Compare(b.Record.Observation.When()), cmp.Compare(a.RecordID, b.RecordID),
		slices.Index(regime.Results(), a.Result)-slices.Index(regime.Results(), b.Result))
}

// decisionKinds are the kinds of record that rules see beside the one they check.
var decisionKinds = []observation.Kind{observation.KindCommitteeApproval, observation.KindCommitteeNotice, observation.KindStateReply}

// decisions are what the Committee decided and States answered, whichever kind of
// record is asked for.
func decisions(c derive.Call) (*regime.Decisions, error) {
	var all []record.Record
	for _, k := range decisionKinds {
		rs, err := records(c, k)
		if err != nil {
			return nil, err
		}
		all = append(all, rs...)
	}
	return regime.DecisionsOf(all), nil
}

func wanted(c derive.Call, f regime.Finding) bool {
	return (c.Params["result"] == "" || c.Params["result"] == string(f.Result)) &&
		(c.Params["measure"] == "" || c.Params["measure"] == f.MeasureID)
}

func about(fs []found) []record.Record {
	out := make([]record.Record, len(fs))
	for i, f := range fs {
		out[i] = f.Record
	}
	return out
}

func countFindings(c derive.Call) (derive.Result, error) {
	fs, err := findings(c)
	return unverifiedMeasures(count(len(fs), "findings", about(fs)), fs), err
}

func countFound(c derive.Call) (derive.Result, error) {
	fs, err := findings(c)
	r := count(0, "records", about(fs))
	r.Value = strconv.Itoa(len(r.Records))
	return unverifiedMeasures(r, fs), err
}

func countParagraphs(c derive.Call) (derive.Result, error) {
	fs, err := findings(c)
	met := map[string]bool{}
	for _, f := range fs {
		met[f.Citation] = true
	}
	return unverifiedMeasures(count(len(met), "paragraphs", about(fs)), fs), err
}

// unverifiedMeasures adds the measures found whose substance or paragraph number
// is to be verified to what the result owes its reader.
func unverifiedMeasures(r derive.Result, fs []found) derive.Result {
	for _, f := range fs {
		if f.ToBeVerified() {
			r.Unverified = append(r.Unverified, f.MeasureID)
		}
	}
	slices.Sort(r.Unverified)
	r.Unverified = slices.Compact(r.Unverified)
	return r
}

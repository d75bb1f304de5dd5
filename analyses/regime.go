package analyses

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// regimeFigures takes the pack's digest as a parameter with a single allowed
// value: a bundle made with other rules is not silently judged by these.
func regimeFigures() ([]derive.Function, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	of := derive.Param{Name: "pack", About: "digest of the regime's rules", Default: pack.Digest(), Allowed: []string{pack.Digest()}}
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
	return []derive.Function{
		{Name: "regime.findings.count", Version: 1, About: "findings: records that meet a measure in force", Params: filter, Reads: everyKind(), Run: countFindings},
		{Name: "regime.records.count", Version: 1, About: "records that meet a measure in force, each once", Params: filter, Reads: everyKind(), Run: countFound},
		{Name: "regime.findings.table", Version: 1, About: "findings with citation, reason and question", Params: filter, Reads: everyKind(), Run: findingTable},
		{Name: "regime.resolutions.table", Version: 1, About: "findings by resolution and result", Params: filter, Reads: everyKind(), Run: resolutionTable},
		{Name: "regime.measures.count", Version: 1, About: "measures in the pack", Params: []derive.Param{of}, Run: countMeasures},
		{Name: "regime.measures.unverified", Version: 1, About: "measures whose substance or paragraph number is to be verified", Params: []derive.Param{of}, Run: countUnverifiedMeasures},
		{Name: "regime.verify.table", Version: 1, About: "what a lawyer has to check", Params: []derive.Param{of}, Run: verifyTable},
	}, nil
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
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	rs, err := everyRecord(c)
	if err != nil {
		return nil, err
	}
	var out []found
	for _, r := range rs {
		if y := r.Observation.When().Year(); y != 0 && (y < from || y > to) {
			continue
		}
		for _, f := range pack.Check(r, value.Date{}) {
			if wanted(c, f) {
				out = append(out, found{f, r})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.Citation, b.Citation), a.Record.Observation.When().Compare(b.Record.Observation.When()), cmp.Compare(a.RecordID, b.RecordID))
	})
	return out, nil
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

func findingTable(c derive.Call) (derive.Result, error) {
	fs, err := findings(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "record", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "result", Title: "Finding", Form: derive.Text},
		{Key: "citation", Title: "Paragraph", Form: derive.Code},
		{Key: "reason", Title: "Reason", Form: derive.Text},
		{Key: "question", Title: "Question", Form: derive.Text},
	}
	var rows []derive.Row
	for _, f := range fs {
		r := row(f.Record, f.RecordID, f.Record.Observation.When().String(), f.Result.Words(), f.Citation, f.Reason, strings.Join(f.Questions, "; "))
		r.Record = "" // the sources annex is the record's place
		r.Unverified = r.Unverified || f.ToBeVerified()
		rows = append(rows, r)
	}
	return table(columns, rows, about(fs)), nil
}

func resolutionTable(c derive.Call) (derive.Result, error) {
	fs, err := findings(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{{Key: "resolution", Title: "Resolution", Form: derive.Code}}
	var shown []regime.Result
	for _, r := range regime.Results() {
		if slices.ContainsFunc(fs, func(f found) bool { return f.Result == r }) {
			shown = append(shown, r)
			columns = append(columns, derive.Column{Key: string(r), Title: title(r.Words()), Form: derive.Number})
		}
	}
	columns = append(columns, derive.Column{Key: "all", Title: "All", Form: derive.Number})
	counts := map[string]map[regime.Result]int{}
	var documents []string
	for _, f := range fs {
		doc, _, _ := strings.Cut(f.Citation, " OP")
		if counts[doc] == nil {
			counts[doc] = map[regime.Result]int{}
			documents = append(documents, doc)
		}
		counts[doc][f.Result]++
	}
	slices.SortFunc(documents, func(a, b string) int {
		return cmp.Or(cmp.Compare(resolutionNumber(a), resolutionNumber(b)), cmp.Compare(a, b))
	})
	var rows []derive.Row
	total := map[regime.Result]int{}
	for _, doc := range documents {
		rows = append(rows, resultRow(doc, shown, counts[doc], false))
		for r, n := range counts[doc] {
			total[r] += n
		}
	}
	rows = append(rows, resultRow("Total", shown, total, true))
	return table(columns, rows, about(fs)), nil
}

func resolutionNumber(document string) int {
	digits := strings.TrimPrefix(document, "S/RES/")
	digits, _, _ = strings.Cut(digits, " ")
	n, _ := strconv.Atoi(digits) // a document without a number sorts first
	return n
}

func resultRow(label string, shown []regime.Result, n map[regime.Result]int, total bool) derive.Row {
	cells, sum := []string{label}, 0
	for _, r := range shown {
		cells = append(cells, strconv.Itoa(n[r]))
		sum += n[r]
	}
	return derive.Row{Cells: append(cells, strconv.Itoa(sum)), Total: total}
}

func countMeasures(derive.Call) (derive.Result, error) {
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	return derive.Result{Value: strconv.Itoa(len(pack.Measures())), Unit: "measures"}, nil
}

func toVerify() ([]*regime.Measure, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(pack.Measures(), func(m *regime.Measure) bool { return !m.Cite.ToBeVerified() }), nil
}

func countUnverifiedMeasures(derive.Call) (derive.Result, error) {
	ms, err := toVerify()
	return derive.Result{Value: strconv.Itoa(len(ms)), Unit: "measures"}, err
}

func verifyTable(derive.Call) (derive.Result, error) {
	ms, err := toVerify()
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Measure", Form: derive.Code},
		{Key: "citation", Title: "Paragraph", Form: derive.Code},
		{Key: "summary", Title: "Summary in our words", Form: derive.Text},
		{Key: "why", Title: "To be verified", Form: derive.Text},
	}
	var rows []derive.Row
	for _, m := range ms {
		var why []string
		if m.Cite.Certainty != "checked" {
			why = append(why, "substance")
		}
		if !m.Cite.ParagraphChecked {
			why = append(why, "paragraph number")
		}
		rows = append(rows, derive.Row{Cells: []string{m.ID, m.Cite.String(), m.Summary, strings.Join(why, ", ")}, Unverified: true})
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

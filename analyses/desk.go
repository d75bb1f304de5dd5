package analyses

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// IssuedKind is the kind of input that holds what an earlier report printed. It is
// not an observation: the desk writes it when a report is issued.
const IssuedKind = "issued_report"

// Issued is what a report leaves behind for the next one to compare with.
type Issued struct {
	Symbol  string            `json:"symbol"`
	Date    string            `json:"date"`
	Records map[string]string `json:"records"` // id to digest
}

// everyKind lists all kinds of observation: these figures speak of the whole desk.
func everyKind() []string { return kinds(observation.Kinds()...) }

func deskFigures() ([]derive.Function, error) {
	kind := derive.Param{Name: "kind", About: "one kind of record; empty for all", Allowed: everyKind()}
	changes := append(everyKind(), IssuedKind)
	return []derive.Function{
		{Name: "desk.records.count", Version: 1, About: "records on the desk", Params: []derive.Param{kind}, Reads: everyKind(), Run: countRecords},
		{Name: "desk.records.unverified", Version: 1, About: "records written down in whole or in part from memory, to be verified", Params: []derive.Param{kind}, Reads: everyKind(), Run: countUnverified},
		{Name: "desk.kinds.table", Version: 1, About: "records by kind, with how many are to be verified", Reads: everyKind(), Run: kindTable},
		{Name: "desk.sources.table", Version: 1, About: "every record's sources", Reads: everyKind(), Run: sourceTable},
		{
			Name: "desk.changes.count", Version: 1, About: "what differs from the last report", Reads: changes, Run: countChanges,
			Params: []derive.Param{{Name: "what", About: "kind of change; empty for all", Allowed: []string{"added", "removed", "changed"}}},
		},
		{Name: "desk.changes.last", Version: 1, About: "symbol and date of the last report", Reads: []string{IssuedKind}, Run: lastReport},
		{Name: "desk.changes.table", Version: 1, About: "records added, removed or changed since the last report", Reads: changes, Run: changeTable},
	}, nil
}

func everyRecord(c derive.Call) ([]record.Record, error) {
	var out []record.Record
	for _, k := range observation.Kinds() {
		if only := c.Params["kind"]; only != "" && only != string(k) {
			continue
		}
		rs, err := records(c, k)
		if err != nil {
			return nil, err
		}
		out = append(out, rs...)
	}
	return out, nil
}

func countRecords(c derive.Call) (derive.Result, error) {
	rs, err := everyRecord(c)
	return derive.Result{Value: strconv.Itoa(len(rs)), Unit: "records"}, err
}

func countUnverified(c derive.Call) (derive.Result, error) {
	rs, err := everyRecord(c)
	n := 0
	for _, r := range rs {
		if r.FromMemory() {
			n++
		}
	}
	return derive.Result{Value: strconv.Itoa(n), Unit: "records"}, err
}

func kindTable(c derive.Call) (derive.Result, error) {
	columns := []derive.Column{
		{Key: "kind", Title: "Kind", Form: derive.Code},
		{Key: "about", Title: "What it is", Form: derive.Text},
		{Key: "records", Title: "Records", Form: derive.Number},
		{Key: "single", Title: "Of a single origin", Form: derive.Number},
		{Key: "memory", Title: "To be verified, in whole or part", Form: derive.Number},
	}
	var rows []derive.Row
	var total [3]int
	for _, k := range observation.Kinds() {
		rs, err := records(c, k)
		if err != nil {
			return derive.Result{}, err
		}
		if len(rs) == 0 {
			continue
		}
		n := [3]int{len(rs), 0, 0}
		for _, r := range rs {
			if len(r.Origins()) < 2 {
				n[1]++
			}
			if r.FromMemory() {
				n[2]++
			}
		}
		for i := range n {
			total[i] += n[i]
		}
		rows = append(rows, derive.Row{Cells: []string{string(k), k.About(), strconv.Itoa(n[0]), strconv.Itoa(n[1]), strconv.Itoa(n[2])}})
	}
	rows = append(rows, derive.Row{Total: true, Cells: []string{"Total", "", strconv.Itoa(total[0]), strconv.Itoa(total[1]), strconv.Itoa(total[2])}})
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

func sourceTable(c derive.Call) (derive.Result, error) {
	rs, err := everyRecord(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "origins", Title: "Origins", Form: derive.Number},
		{Key: "source", Title: "Source", Form: derive.Text},
		{Key: "reproduced", Title: "As reproduced by", Form: derive.Text},
		{Key: "certainty", Title: "Certainty", Form: derive.Code},
	}
	var rows []derive.Row
	record.Sort(rs)
	for _, r := range rs {
		for i, s := range r.Sources {
			line := derive.Row{Cells: []string{"", "", s.Title, s.ReproducedBy, string(cmp.Or(s.Certainty, r.Certainty))}}
			if i == 0 {
				line.Record, line.Cells[0], line.Cells[1] = r.ID, r.ID, originCount(r)
			}
			line.Unverified = line.Cells[4] == string(claim.FromMemory)
			rows = append(rows, line)
		}
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// change is one difference from the last report.
type change struct {
	id, what string
}

// changesSince compares the inputs at hand with the last report; ok is false
// where there was none.
func changesSince(c derive.Call) (last Issued, out []change, ok bool, err error) {
	inputs := c.Set(IssuedKind).Inputs()
	if len(inputs) == 0 {
		return last, nil, false, nil
	}
	if err := json.Unmarshal(inputs[len(inputs)-1].Bytes, &last); err != nil {
		return last, nil, false, fmt.Errorf("read the last report: %w", err)
	}
	held := map[string]bool{}
	for _, k := range observation.Kinds() {
		for _, in := range c.Set(string(k)).Inputs() {
			held[in.ID] = true
			switch before, was := last.Records[in.ID]; {
			case !was:
				out = append(out, change{in.ID, "added"})
			case before != in.Digest:
				out = append(out, change{in.ID, "changed"})
			}
		}
	}
	for id := range last.Records {
		if !held[id] {
			out = append(out, change{id, "removed"})
		}
	}
	slices.SortFunc(out, func(a, b change) int { return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.id, b.id)) })
	return last, out, true, nil
}

func countChanges(c derive.Call) (derive.Result, error) {
	last, all, ok, err := changesSince(c)
	if err != nil || !ok {
		return derive.Result{Unit: "records", Note: "no earlier report"}, err
	}
	n := 0
	for _, x := range all {
		if what := c.Params["what"]; what == "" || what == x.what {
			n++
		}
	}
	return derive.Result{Value: strconv.Itoa(n), Unit: "records", Note: "since " + last.Symbol + " of " + last.Date}, nil
}

func lastReport(c derive.Call) (derive.Result, error) {
	last, _, ok, err := changesSince(c)
	if err != nil || !ok {
		return derive.Result{Unit: derive.UnitText, Note: "no earlier report"}, err
	}
	return word(last.Symbol + " of " + last.Date), nil
}

func changeTable(c derive.Call) (derive.Result, error) {
	_, all, _, err := changesSince(c)
	columns := []derive.Column{{Key: "id", Title: "Record", Form: derive.Code}, {Key: "what", Title: "Since the last report", Form: derive.Text}}
	var rows []derive.Row
	for _, x := range all {
		rows = append(rows, derive.Row{Cells: []string{x.id, x.what}})
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, err
}

package report_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
)

// goods are records of the kinds that the public record has none of.
func goods(t testing.TB) []record.Record {
	t.Helper()
	var out []record.Record
	for id, observation := range map[string]string{
		"SHP-1": `{"type":"shipment","date":"2017-03-01","direction":"from_dprk","hs":"270112","origin":"KP","net_kg":"2000000","value_usd":"150000"}`,
		"SHP-2": `{"type":"shipment","date":"2018-05-01","direction":"from_dprk","hs":"0303","origin":"KP"}`,
		"PET-1": `{"type":"petroleum_delivery","date":"2019-06-01","product":"crude","direction":"to_dprk","tonnes":"1000"}`,
		"JV-1":  `{"type":"joint_venture","date":"2019-06-01"}`,
		"ARM-1": `{"type":"arms_transfer","date":"2023-06-01","direction":"from_dprk"}`,
		"STS-1": `{"type":"sts_transfer","date":"2023-06-01"}`,
		"WKP-1": `{"type":"worker_presence","date":"2021-01-01"}`,
	} {
		var r record.Record
		text := `{"id":"` + id + `","sources":[{"key":"s","title":"a source","origin":"somebody"}],"observation":` + observation + `}`
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b record.Record) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Each section says what its records come to under which paragraphs, with a table
// that says the same, and the capped products have their ledgers.
func TestSectionsSayWhatRecordsComeTo(t *testing.T) {
	src, doc := build(t, append(publicRecord(t), goods(t)...), settings(t))
	ids := map[string]bool{}
	for b := range doc.Blocks() {
		switch b := b.(type) {
		case *document.Table:
			ids[b.ID] = true
		case *document.Chart:
			ids[b.ID] = true
		}
	}
	for _, want := range []string{
		"table-under-cyber-incident", "table-under-weapons-event", "table-under-petroleum-delivery", "table-under-bank-relationship",
		"table-under-shipment", "table-under-joint-venture", "table-under-arms-transfer", "table-under-sts-transfer", "table-under-worker-presence", "table-under-worker-estimate",
		"table-petroleum", "chart-petroleum", "table-cap-coal", "table-cap-crude", "chart-inforce", "table-inforce",
		"table-resolutions-inforce", "table-measures", "table-lawyer", "table-codes", "table-reasons", "table-findings",
	} {
		if !ids[want] {
			t.Errorf("the report has no %s", want)
		}
	}
	for _, not := range []string{"chart-cap-coal", "chart-cap-crude"} { // single deliveries are no totals
		if ids[not] {
			t.Errorf("%s draws totals where there are none", not)
		}
	}
	complaints, err := report.Gate(src, doc)
	if err != nil {
		t.Fatal(err)
	}
	warned := false
	for _, c := range complaints {
		if c.Severity == report.Error {
			t.Errorf("%s: %s", c.Place, c.What)
		}
		warned = warned || strings.Contains(c.What, "mapping")
	}
	if !warned {
		t.Errorf("the gate does not warn of goods codes that are a mapping: %v", complaints)
	}
}

// A finding without its paragraph stops the report.
func TestGateWantsCitations(t *testing.T) {
	src, doc := build(t, publicRecord(t), settings(t))
	for i, d := range doc.Derivations {
		if d.Name() != "regime.findings.table" {
			continue
		}
		rows := slices.Clone(d.Result.Table.Rows)
		at := slices.IndexFunc(d.Result.Table.Columns, func(c derive.Column) bool { return c.Key == "citation" })
		rows[3].Cells = slices.Clone(rows[3].Cells)
		rows[3].Cells[at] = ""
		doc.Derivations[i].Result.Table = &derive.Table{Columns: d.Result.Table.Columns, Rows: rows}
	}
	complaints, err := report.Gate(src, doc)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(complaints, func(c report.Complaint) bool {
		return c.Severity == report.Error && strings.Contains(c.What, "row 4 is a finding without citation")
	}) {
		t.Errorf("the gate let it pass: %v", complaints)
	}
}

package publicrecord

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// changed is the embedded tables with one file edited.
func changed(t testing.TB, name string, edit func(string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(embedded, "tables/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		b, err := fs.ReadFile(embedded, n)
		if err != nil {
			t.Fatal(err)
		}
		if n == "tables/"+name {
			b = []byte(edit(string(b)))
		}
		out[n] = &fstest.MapFile{Data: b}
	}
	return out
}

func replace(old, repl string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, repl, 1) }
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, table string
		edit        func(string) string
		want        string
	}{
		{"header", "banks.csv", replace("id,date,name", "id,day,name"), "tables/banks.csv:1: header: want id,date,name,"},
		{"date", "incidents.csv", replace("2016-02-05", "2016-02-30"), `tables/incidents.csv:2: date: date "2016-02-30": not a date`},
		{"answer", "incidents.csv", replace("fiat USD,,no", "fiat USD,,nein"), `tables/incidents.csv:2: crypto_company: is "nein", want yes, no or nothing`},
		{"amount", "amounts.csv", replace(",81000000,", ",81m,"), `tables/amounts.csv:2: amount: number "81m": not a plain decimal number`},
		{"no amount", "amounts.csv", replace(",81000000,", ",,"), "tables/amounts.csv:2: amount: is missing"},
		{"unknown source", "amounts.csv", replace("doj-2021,", "doj-2012,"), `tables/amounts.csv:2: source: "doj-2012" is not in sources.csv`},
		{"two preferred", "amounts.csv", replace("tm-coinbin,,,", "tm-coinbin,,yes,because"), "tables/incidents.csv:4: observation.amounts: 2 claims are flagged preferred, want exactly one"},
		{"status", "attributions.csv", replace(",official,", ",certain,"), "tables/incidents.csv:2: observation.attributions[0].status: want official, panel"},
		{"orphan", "attributions.csv", replace("INC-2016-001", "INC-2016-999"), `tables/attributions.csv:2: incident: no record "INC-2016-999"`},
		{"half a dissent", "attributions.csv", replace(",Bithumb,suspects", ",,suspects"), "dissent_by: is missing"},
		{"twice", "incidents.csv", replace("INC-2017-002", "INC-2016-001"), `tables/incidents.csv:3: id: "INC-2016-001" is used twice`},
		{"id", "banks.csv", replace("BNK-FTB", "FTB"), `tables/banks.csv:2: id: "FTB" does not start with BNK-`},
		{"count", "launch_counts.csv", replace("1984,6", "1984,six"), `tables/launch_counts.csv:2: launches: "six" is not a whole number`},
		{"quantity", "test_estimates.csv", replace(",magnitude,", ",loudness,"), `tables/test_estimates.csv:2: quantity: is "loudness", want magnitude or yield_kt`},
		{"trigger", "council_responses.csv", replace("TST-2006-S1", "TST-2006-S9"), `tables/council_responses.csv:2: triggers: no record "TST-2006-S9"`},
		{"organ", "subordination.csv", replace("GRP-rgb", "GRP-xyz"), `tables/subordination.csv:2: under: no record "GRP-xyz"`},
		{"certainty", "sources.csv", replace(",checked", ",sure"), `tables/sources.csv:3: certainty: is "sure", want checked or from-memory`},
		{"source twice", "sources.csv", func(s string) string { return s + "usgs,x,y,,,checked\n" }, `key: "usgs" is used twice`},
		{"ragged row", "banks.csv", func(s string) string { return s + "BNK-X,2020\n" }, "tables/banks.csv:3: row: wrong number of fields"},
		{"open quote", "banks.csv", func(s string) string { return s + "\"BNK-X\n" }, "tables/banks.csv:3: row: extraneous or missing \" in quoted-field"},
		{"empty file", "banks.csv", func(string) string { return "" }, "tables/banks.csv:1: header: want"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rs, err := load(changed(t, tt.table, tt.edit))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			var fault *Fault
			if !errors.As(err, &fault) || rs != nil {
				t.Errorf("got %d records and %T, want none and a *Fault", len(rs), err)
			}
		})
	}
}

func TestMissingTable(t *testing.T) {
	fsys := changed(t, "", nil).(fstest.MapFS)
	delete(fsys, "tables/banks.csv")
	if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), "tables/banks.csv:0: file: file does not exist") {
		t.Errorf("got %v", err)
	}
}

// FuzzTable feeds any bytes in the place of a table: a load never panics, and
// what it does not like it names by file.
func FuzzTable(f *testing.F) {
	for i, s := range specs {
		b, err := fs.ReadFile(embedded, "tables/"+s.name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), b[:min(len(b), 600)])
	}
	f.Add(uint8(0), []byte("\xef\xbb\xbfid\r\n\x00"))
	f.Fuzz(func(t *testing.T, table uint8, b []byte) {
		name := specs[int(table)%len(specs)].name
		rs, err := load(changed(t, name, func(string) string { return string(b) }))
		if (err == nil) == (rs == nil) {
			t.Fatalf("%d records with error %v", len(rs), err)
		}
		if err != nil && !strings.Contains(err.Error(), "tables/") {
			t.Fatalf("error names no table: %v", err)
		}
	})
}

package analyses_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
)

const (
	refined = `{"type":"petroleum_delivery","product":"refined","direction":"to_dprk",`
	crudeOf = `{"type":"petroleum_delivery","product":"crude","direction":"to_dprk",`
	coalOf  = `{"type":"shipment","direction":"from_dprk","hs":"270112","origin":"KP",`
	claimed = `"anchor":{"source":"s"}`
)

// cells are the named cells of the row whose first cell is the window, "" where
// the table has no such column.
func cells(t *testing.T, table *derive.Table, window, unit string, keys ...string) []string {
	t.Helper()
	for _, r := range table.Rows {
		if u := table.Cell(r, "unit"); table.Cell(r, "window") == window && (unit == "" || u == unit) {
			var out []string
			for _, k := range keys {
				out = append(out, table.Cell(r, k))
			}
			return out
		}
	}
	t.Fatalf("no window %q %s in %v", window, unit, table.Rows)
	return nil
}

// What is reported, what is estimated and what single deliveries sum to stand
// apart; the windows without any are there as gaps.
func TestRefinedPetroleumByYear(t *testing.T) {
	sets := hold(t, of(t,
		`PET-A `+refined+`"date":"2019","totals":[
			{"value":{"barrels":"100000.5","basis":"reported"},"authority":"China","on":"2020-01-10",`+claimed+`},
			{"value":{"barrels":"600000","basis":"estimated","at_least":true},"authority":"a State","on":"2020-02-01",`+claimed+`},
			{"value":{"barrels":"750000","basis":"estimated"},"authority":"a team","on":"2020-03-01",`+claimed+`}]}`,
		`PET-B `+refined+`"date":"2019-03-01","barrels":"2000","reported_to_committee":true}`,
		`PET-C `+refined+`"date":"2019-12-31","barrels":"30.5","reported_to_committee":false}`,
		`PET-D `+refined+`"date":"2019-11-30","barrels":"4"}`,
		`PET-E `+refined+`"date":"2020-01-01","barrels":"7","reported_to_committee":true}`,
		`PET-F `+crudeOf+`"date":"2019-06-01","barrels":"9"}`,
		`NOT-1 {"type":"committee_notice","date":"2019-10-01","measure":"kp-2397-5","percent":95}`,
		`NOT-2 {"type":"committee_notice","date":"2019-10-01","measure":"kp-2397-4","percent":95}`,
	))
	table, result := rows(t, sets, "trade.caps.table", "from=2017 to=2021")
	got := cells(t, table, "2019", "", "cap", "reported", "estimated", "share", "delivered_reported", "delivered_unreported")
	if want := []string{"500000", "100000.5", "750000", "150", "2000", "34.5"}; !slices.Equal(got, want) {
		t.Errorf("2019: %q, want %q", got, want)
	}
	by := cells(t, table, "2019", "", "by", "after")
	for _, want := range []string{"Reported by China (2020-01-10), for 2019-01-01 to 2019-12-31", "Estimated: 600,000 by a State (2020-02-01)", "“more than”", "Estimated: 750,000 by a team"} {
		if !strings.Contains(by[0], want) {
			t.Errorf("2019: %q does not say %q", by[0], want)
		}
	}
	if by[1] != "Notice of the Committee at 95 per cent on 2019-10-01" {
		t.Errorf("2019: notices %q", by[1])
	}
	if got := cells(t, table, "2020", "", "reported", "estimated", "share", "delivered_reported", "delivered_unreported"); !slices.Equal(got, []string{"", "", "", "7", ""}) {
		t.Errorf("2020: %q", got)
	}
	for _, gap := range []string{"2017-10-01 to 2017-12-31", "2018", "2021"} {
		if got := cells(t, table, gap, "", "cap", "reported", "estimated"); !slices.Equal(got, []string{"500000", "", ""}) {
			t.Errorf("%s: %q, want a cap and gaps", gap, got)
		}
	}
	if len(table.Rows) != 5 {
		t.Errorf("%d windows, want the end of 2017 and four years", len(table.Rows))
	}
	if want := []string{"NOT-1", "PET-A", "PET-B", "PET-C", "PET-D", "PET-E"}; !slices.Equal(result.Records, want) {
		t.Errorf("rests on %q, want %q", result.Records, want)
	}
}

// Crude runs from 22 December, and barrels and tonnes are counted each for itself.
func TestCrudeByTwelveMonths(t *testing.T) {
	sets := hold(t, of(t,
		`PET-A `+crudeOf+`"date":"2018-12-21","tonnes":"1000"}`,
		`PET-B `+crudeOf+`"date":"2018-12-22","tonnes":"200.25"}`,
		`PET-C `+crudeOf+`"date":"2019-12-21","barrels":"50"}`,
	))
	table, _ := rows(t, sets, "trade.caps.table", "product=crude from=2018 to=2019")
	for _, tt := range []struct{ window, unit, cap, delivered string }{
		{"2017-12-22 to 2018-12-21", "tonnes", "525000", "1000"},
		{"2017-12-22 to 2018-12-21", "barrels", "4000000", ""},
		{"2018-12-22 to 2019-12-21", "tonnes", "525000", "200.25"},
		{"2018-12-22 to 2019-12-21", "barrels", "4000000", "50"},
	} {
		if got := cells(t, table, tt.window, tt.unit, "cap", "delivered_unreported"); !slices.Equal(got, []string{tt.cap, tt.delivered}) {
			t.Errorf("%s, %s: %q, want %q", tt.window, tt.unit, got, []string{tt.cap, tt.delivered})
		}
	}
	if _, n := rows(t, sets, "trade.caps.windows", "product=crude from=2018 to=2019"); n.Value != "2" {
		t.Errorf("%s windows are spoken of, want 2", n.Value)
	}
}

// Coal had a cap of its own at the end of 2016, another in 2017, and none from 5
// August 2017.
func TestCoalUnderItsCap(t *testing.T) {
	sets := hold(t, of(t,
		`SHP-A `+coalOf+`"date":"2016-12-31","net_kg":"5000000","value_usd":"300000"}`,
		`SHP-B `+coalOf+`"date":"2017-01-01","net_kg":"2500"}`,
		`SHP-C `+coalOf+`"date":"2017-08-04","value_usd":"70"}`,
		`SHP-D `+coalOf+`"date":"2017-08-05","net_kg":"9000","value_usd":"9"}`,
	))
	table, _ := rows(t, sets, "trade.caps.table", "product=coal from=2016 to=2018")
	for _, tt := range []struct{ window, unit, cap, delivered string }{
		{"2016-11-30 to 2016-12-31", "tonnes", "1000866", "5000"},
		{"2016-11-30 to 2016-12-31", "USD", "53495894", "300000"},
		{"2017-01-01 to 2017-08-04", "tonnes", "7500000", "2.5"},
		{"2017-01-01 to 2017-08-04", "USD", "400870018", "70"},
	} {
		if got := cells(t, table, tt.window, tt.unit, "cap", "delivered_unreported"); !slices.Equal(got, []string{tt.cap, tt.delivered}) {
			t.Errorf("%s, %s: %q, want %q", tt.window, tt.unit, got, []string{tt.cap, tt.delivered})
		}
	}
	if len(table.Rows) != 4 {
		t.Errorf("%d rows, want four: the ban has no cap", len(table.Rows))
	}
}

// The ledger and the figures of the text agree on the public record.
func TestLedgerAndFiguresAgree(t *testing.T) {
	sets := publicSets(t)
	table, _ := rows(t, sets, "trade.caps.table", "")
	for _, year := range []string{"2018", "2019", "2020", "2021", "2022", "2023"} {
		for _, basis := range []string{"reported", "estimated"} {
			d, err := registry(t).Derive("trade.petroleum.total", params("year="+year+" basis="+basis), sets)
			if got := cells(t, table, year, "", basis)[0]; err != nil || got != d.Result.Value {
				t.Errorf("%s, %s: the ledger has %q, the figure %q (%v)", year, basis, got, d.Result.Value, err)
			}
		}
	}
}

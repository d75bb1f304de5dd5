package trade_test

import (
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/trade"
)

func dec(s string) *value.Decimal { return new(value.MustDecimal(s)) }

func statistic(id, period, flow, usd string) record.Record {
	o := &observation.TradeStatistic{Type: observation.KindTradeStatistic, Period: value.MustDate(period), Reporter: "CHN", Partner: "PRK", Flow: flow}
	if usd != "" {
		o.ValueUSD = dec(usd)
	}
	return record.Record{ID: id, Observation: o}
}

func statistics() []record.Record {
	oneCode := statistic("TRD-7", "2023", "total", "99")
	oneCode.Observation.(*observation.TradeStatistic).HS = "2701"
	other := statistic("TRD-8", "2023", "total", "99")
	other.Observation.(*observation.TradeStatistic).Partner = "KOR"
	rounded := statistic("TRD-3", "2023", "total", "2300")
	rounded.Observation.(*observation.TradeStatistic).Approximate = true
	return []record.Record{
		statistic("TRD-1", "2022", "total", "1000"), statistic("TRD-2", "2022", "export", "0"), rounded,
		statistic("TRD-4", "2023-05", "total", "99"), statistic("TRD-5", "2019", "total", "99"), statistic("TRD-6", "2020", "import", ""),
		oneCode, other,
	}
}

func TestTotals(t *testing.T) {
	s := trade.Totals(statistics(), "CHN", "PRK", 2020, 2023)
	if len(s) != 4 || s[0].Year != 2020 || s[3].Year != 2023 {
		t.Fatalf("got %+v", s)
	}
	for year, want := range map[int]string{2020: "", 2021: "", 2022: "1000", 2023: "2300"} {
		y, ok := s.At(year)
		if got := y.Flow("total"); !ok || (got == nil) != (want == "") || got != nil && got.String() != want {
			t.Errorf("%d: got %s, want %q", year, got, want)
		}
		if y.Approximate != (year == 2023) {
			t.Errorf("%d: approximate %t", year, y.Approximate)
		}
	}
	if y, _ := s.At(2022); len(y.Records) != 2 || y.Flow("import") != nil || y.Flow("smuggling") != nil {
		t.Errorf("got %+v", y)
	}
	if _, ok := s.At(2019); ok {
		t.Error("a year outside the series is in it")
	}
	if got := trade.Totals(statistics(), "CHN", "PRK", 2023, 2020); len(got) != 0 {
		t.Errorf("years the wrong way round: %+v", got)
	}
}

func TestChange(t *testing.T) {
	s := trade.Totals(statistics(), "CHN", "PRK", 2020, 2023)
	tests := []struct {
		flow         string
		year, base   int
		usd, percent string
		ok           bool
	}{
		{"total", 2023, 2022, "1300", "130", true},
		{"total", 2022, 2023, "-1300", "-56.5", true},
		{"total", 2022, 2022, "0", "0", true},
		{"total", 2022, 2021, "", "", false},  // a gap
		{"total", 2022, 2019, "", "", false},  // outside
		{"export", 2022, 2022, "", "", false}, // nothing to compare with 0
	}
	for _, tt := range tests {
		usd, percent, ok := s.Change(tt.flow, tt.year, tt.base)
		if ok != tt.ok || ok && (usd.String() != tt.usd || percent.String() != tt.percent) {
			t.Errorf("%s %d against %d: got %s, %s, %t", tt.flow, tt.year, tt.base, usd, percent, ok)
		}
	}
}

func window(id, year string, totals ...claim.Claim[observation.WindowTotal]) record.Record {
	return record.Record{ID: id, Observation: &observation.PetroleumDelivery{
		Type: observation.KindPetroleumDelivery, Date: value.MustDate(year), Product: "refined", Totals: totals,
		Replies: []claim.Claim[string]{{Value: "blocked"}},
	}}
}

func total(authority, basis, barrels string) claim.Claim[observation.WindowTotal] {
	c := claim.Claim[observation.WindowTotal]{Authority: authority, Value: observation.WindowTotal{Basis: basis}}
	if barrels != "" {
		c.Value.Barrels = dec(barrels)
	}
	return c
}

func TestWindows(t *testing.T) {
	delivery := window("PET-3", "2020")
	delivery.Observation.(*observation.PetroleumDelivery).Barrels = dec("5")
	ws := trade.Windows([]record.Record{
		window("PET-1", "2018", total("Committee", "reported", "200"), total("USA", "estimated", "700")),
		window("PET-2", "2018", total("Panel", "estimated", "")), delivery,
	}, "refined", 2017, 2020)
	if len(ws) != 4 {
		t.Fatalf("got %+v", ws)
	}
	if w := ws[1]; w.Year != 2018 || !w.Known() || len(w.Reported) != 1 || len(w.Estimated) != 2 || len(w.Replies) != 2 || len(w.Records) != 2 {
		t.Errorf("got %+v", w)
	}
	if ws[0].Known() || ws[3].Known() {
		t.Error("a gap is known")
	}
	if got := trade.Windows(statistics(), "crude", 2018, 2018); got[0].Known() {
		t.Errorf("got %+v", got)
	}
}

func TestLargest(t *testing.T) {
	c, ok := trade.Largest([]claim.Claim[observation.WindowTotal]{total("B", "estimated", "5"), total("C", "estimated", ""), total("A", "estimated", "5"), total("D", "reported", "4")})
	if !ok || c.Authority != "A" {
		t.Errorf("got %+v, %t", c, ok)
	}
	if _, ok := trade.Largest([]claim.Claim[observation.WindowTotal]{total("A", "estimated", "")}); ok {
		t.Error("a claim without barrels is the largest")
	}
}

func TestShare(t *testing.T) {
	if p, ok := trade.Share(value.Int(759793), value.Int(500000)); !ok || p.String() != "152" {
		t.Errorf("got %s, %t", p, ok)
	}
	if _, ok := trade.Share(value.Int(1), value.Int(0)); ok {
		t.Error("a share of nothing")
	}
}

func ExampleSeries_Change() {
	s := trade.Totals(statistics(), "CHN", "PRK", 2022, 2023)
	usd, percent, ok := s.Change("total", 2023, 2022)
	fmt.Println(usd, percent, ok)
	// Output: 1300 130 true
}

package regime_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

// Single deliveries are added up by window and by whether they were reported,
// beside the totals that others give and never with them.
func TestLedgersOfDeliveries(t *testing.T) {
	p := kpPack(t)
	refined := func(id, date, rest string) record.Record {
		return observe(t, id, fmt.Sprintf(`{"type":"petroleum_delivery","direction":"to_dprk","product":"refined","date":%q%s}`, date, rest))
	}
	rs := []record.Record{
		refined("PET-1", "2019-01-01", `,"barrels":100,"reported_to_committee":true`),
		refined("PET-2", "2019-12-31", `,"barrels":"0.5","reported_to_committee":true`),
		refined("PET-3", "2019-05", `,"barrels":30,"reported_to_committee":false`),
		refined("PET-4", "2019-06-01", `,"barrels":7`),
		refined("PET-5", "2020-01-01", `,"barrels":1000,"reported_to_committee":true`),
		refined("PET-6", "2019-06-01", ``),
		refined("PET-7", "", `,"barrels":9`),
		refined("PET-8", "2019", `,"totals":[{"value":{"barrels":"5000","basis":"estimated"},"authority":"a State","anchor":{"source":"s"}}]`),
		observe(t, "SHP-1", `{"type":"shipment","direction":"from_dprk","date":"2017-02-01","hs":"2701","net_kg":2500,"value_usd":300}`),
	}
	var got []string
	for _, l := range p.Ledgers(rs, value.Date{}) {
		got = append(got, fmt.Sprintf("%s %s %s: reported %s %v, not %s %v, estimated %d", l.MeasureID, l.Label, l.Unit,
			l.DeliveredReported.Sum, l.DeliveredReported.Records, l.DeliveredUnreported.Sum, l.DeliveredUnreported.Records, len(l.Estimated)))
	}
	want := []string{
		"kp-2321-26 calendar year 2017 USD: reported 0 [], not 300 [SHP-1], estimated 0",
		"kp-2321-26 calendar year 2017 tonne: reported 0 [], not 2.5 [SHP-1], estimated 0",
		"kp-2397-5 calendar year 2019 barrel: reported 100.5 [PET-1 PET-2], not 37 [PET-3 PET-4], estimated 1",
		"kp-2397-5 calendar year 2020 barrel: reported 1000 [PET-5], not 0 [], estimated 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ledgers (-want +got):\n%s", diff)
	}
}

// Whatever is delivered in whatever order, nothing is lost or counted twice.
func TestLedgersConserve(t *testing.T) {
	p := kpPack(t)
	rapid.Check(t, func(rt *rapid.T) {
		var rs []record.Record
		want := map[int]int{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "deliveries") {
			year, barrels := rapid.IntRange(2018, 2022).Draw(rt, "year"), rapid.IntRange(0, 1000).Draw(rt, "barrels")
			want[year] += barrels
			rs = append(rs, observe(t, fmt.Sprintf("PET-%d", i), fmt.Sprintf(`{"type":"petroleum_delivery","direction":"to_dprk","product":"refined","date":"%d-06-01","barrels":%d,"reported_to_committee":%t}`,
				year, barrels, rapid.Bool().Draw(rt, "reported"))))
		}
		rs = rapid.Permutation(rs).Draw(rt, "order")
		ledgers := p.Ledgers(rs, value.Date{})
		if len(ledgers) != len(want) {
			rt.Fatalf("%d windows, want %d", len(ledgers), len(want))
		}
		for _, l := range ledgers {
			if sum := l.DeliveredReported.Sum.Add(l.DeliveredUnreported.Sum); !sum.Equal(value.Int(want[l.Window.From.Year()])) {
				rt.Fatalf("%s: %s, want %d", l.Label, sum, want[l.Window.From.Year()])
			}
		}
	})
}

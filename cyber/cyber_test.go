package cyber_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/cyber"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

// incident makes a record with the amounts claimed, the first of them preferred.
func incident(id, date string, status claim.Status, crypto bool, amounts ...value.Money) record.Record {
	yes := true
	o := &observation.CyberIncident{
		Type: observation.KindCyberIncident, Date: value.MustDate(date), Victim: "V", CryptoCompany: &crypto, DPRK: &yes,
		Attributions: []claim.Claim[string]{{Value: "G", Authority: "A", Status: status, Anchor: claim.Anchor{Source: "a"}, Preferred: true, Reason: "r"}},
	}
	for i, m := range amounts {
		o.Amounts = append(o.Amounts, claim.Claim[value.Money]{Value: m, Authority: "A", Anchor: claim.Anchor{Source: "a"}, Preferred: i == 0, Reason: "r"})
	}
	return record.Record{ID: id, Sources: []claim.Source{{Key: "a", Title: "A", Origin: "A"}}, Observation: o}
}

func register() []record.Record {
	eur := value.Money{Amount: value.Int(7), Currency: "EUR"}
	return []record.Record{
		incident("INC-5", "2022-03-23", claim.Official, true, value.USD("600"), value.USD("540"), value.USD("620")),
		incident("INC-4", "2022-03", claim.Panel, true, value.USD("100")),
		incident("INC-3", "2022", claim.Suspected, true, value.USD("0")),
		incident("INC-2", "2021-01-01", claim.Official, false, value.USD("10")),
		incident("INC-1", "2021-01-01", claim.Disputed, true),
		incident("INC-6", "2023-01-01", claim.Analyst, true, eur),
		{ID: "SHP-1", Observation: &observation.Shipment{Type: observation.KindShipment}},
	}
}

func TestTotals(t *testing.T) {
	tests := []struct {
		name string
		f    cyber.Filter
		ids  []string
		want cyber.Total
	}{
		{
			"everything",
			cyber.Filter{From: 2021, To: 2023, View: claim.ViewAll},
			[]string{"INC-1", "INC-2", "INC-3", "INC-4", "INC-5", "INC-6"},
			cyber.Total{Incidents: 6, WithAmount: 3, Attempts: 1, NoFigure: 1, USD: value.Int(710), Low: value.Int(650), High: value.Int(730), Other: []string{"INC-6"}},
		},
		{
			"official",
			cyber.Filter{From: 2021, To: 2023, View: claim.ViewOfficial},
			[]string{"INC-2", "INC-5"},
			cyber.Total{Incidents: 2, WithAmount: 2, USD: value.Int(610), Low: value.Int(550), High: value.Int(630)},
		},
		{
			"official and panel, crypto",
			cyber.Filter{From: 2021, To: 2023, View: claim.ViewPanel, Crypto: true},
			[]string{"INC-4", "INC-5"},
			cyber.Total{Incidents: 2, WithAmount: 2, USD: value.Int(700), Low: value.Int(640), High: value.Int(720)},
		},
		{
			"one year",
			cyber.Filter{From: 2021, To: 2021, View: claim.ViewAll},
			[]string{"INC-1", "INC-2"},
			cyber.Total{Incidents: 2, WithAmount: 1, NoFigure: 1, USD: value.Int(10), Low: value.Int(10), High: value.Int(10)},
		},
		{"one status", cyber.Filter{From: 2021, To: 2023, View: claim.ViewAll, Status: claim.Suspected}, []string{"INC-3"}, cyber.Total{Incidents: 1, Attempts: 1}},
		{"a status that the view leaves out", cyber.Filter{From: 2021, To: 2023, View: claim.ViewOfficial, Status: claim.Panel}, nil, cyber.Total{}},
		{"no view", cyber.Filter{From: 2021, To: 2023}, nil, cyber.Total{}},
		{"years the wrong way round", cyber.Filter{From: 2023, To: 2021, View: claim.ViewAll}, nil, cyber.Total{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.f.Of(register())
			if ids := in.IDs(); !slices.Equal(ids, tt.ids) {
				t.Fatalf("got %q, want %q", ids, tt.ids)
			}
			if got := describe(in.Total()); got != describe(tt.want) {
				t.Errorf("got  %s\nwant %s", got, describe(tt.want))
			}
		})
	}
}

func describe(t cyber.Total) string {
	return fmt.Sprintf("%d incidents, %d with amount, %d attempts, %d without figure, %s USD (%s to %s), others %q",
		t.Incidents, t.WithAmount, t.Attempts, t.NoFigure, t.USD, t.Low, t.High, t.Other)
}

func TestLargest(t *testing.T) {
	in := cyber.Filter{From: 2021, To: 2023, View: claim.ViewAll}.Of(register())
	for n, want := range map[int][]string{0: {}, 2: {"INC-5", "INC-4"}, 9: {"INC-5", "INC-4", "INC-2"}} {
		if got := in.Largest(n).IDs(); !slices.Equal(got, want) {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestOrigins(t *testing.T) {
	r := incident("INC-1", "2022", claim.Official, true, value.USD("1"))
	r.Sources = []claim.Source{{Key: "a", Origin: "FBI"}, {Key: "b", Origin: "FBI"}, {Key: "c", Origin: "Panel"}}
	o := r.Observation.(*observation.CyberIncident)
	attribute := func(source string) {
		o.Attributions = append(o.Attributions, claim.Claim[string]{Value: "G", Anchor: claim.Anchor{Source: source}})
	}
	in := cyber.Incidents{{Record: r, Observation: o}}
	attribute("b")
	o.Amounts[0].Anchor.Source = "c" // speaks of the amount only
	if got := in[0].Record.Origins(); !slices.Equal(got, []string{"FBI"}) || len(in.SingleOrigin()) != 1 {
		t.Errorf("got %q", got)
	}
	attribute("c")
	if got := in[0].Record.Origins(); !slices.Equal(got, []string{"FBI", "Panel"}) || len(in.SingleOrigin()) != 0 {
		t.Errorf("got %q", got)
	}
}

func incidents(t *rapid.T) []record.Record {
	n := rapid.IntRange(0, 8).Draw(t, "incidents")
	rs := make([]record.Record, n)
	for i := range rs {
		rs[i] = recordtest.Draw(t, observation.KindCyberIncident)
		rs[i].ID = fmt.Sprintf("INC-%d", i)
	}
	return rs
}

// TestRegisterLaws: a wider view holds what a narrower one does, years and steps
// add up to the total, the bounds enclose it, and the order of records is nothing.
func TestRegisterLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := incidents(t)
		f := cyber.Filter{From: 1900, To: 2100, Crypto: rapid.Bool().Draw(t, "crypto")}
		steps := map[claim.View]value.Decimal{}
		narrower := cyber.Total{}
		for _, f.View = range claim.Views() {
			in := f.Of(rs)
			total := in.Total()
			if other := f.Of(rapid.Permutation(rs).Draw(t, "order")); describe(other.Total()) != describe(total) || !slices.Equal(other.IDs(), in.IDs()) {
				t.Fatalf("in other order %s, not %s", describe(other.Total()), describe(total))
			}
			if total.Incidents != total.WithAmount+total.Attempts+total.NoFigure+len(total.Other) {
				t.Fatalf("%s", describe(total))
			}
			if total.Low.Cmp(total.USD) > 0 || total.USD.Cmp(total.High) > 0 {
				t.Fatalf("%s", describe(total))
			}
			if total.Incidents < narrower.Incidents || total.USD.Cmp(narrower.USD) < 0 {
				t.Fatalf("%s is less than %s", describe(total), describe(narrower))
			}
			narrower, steps[f.View] = total, total.USD

			var years value.Decimal
			n := 0
			for _, y := range f.ByYear(in) {
				years, n = years.Add(y.All.USD), n+y.All.Incidents
				byStatus := 0
				for _, s := range y.ByStatus {
					byStatus += s.Incidents
				}
				if byStatus != y.All.Incidents {
					t.Fatalf("%d: %d by status, %d in all", y.Year, byStatus, y.All.Incidents)
				}
			}
			if !years.Equal(total.USD) || n != total.Incidents {
				t.Fatalf("years add up to %d and %s, not %s", n, years, describe(total))
			}
		}
		curve := f.Of(rs).Cumulative() // f.View is the widest
		for v, want := range steps {
			var last value.Decimal
			if len(curve) > 0 {
				last = curve[len(curve)-1].USD[v]
			}
			if !last.Equal(want) {
				t.Fatalf("%s: the curve ends at %s, the total is %s", v, last, want)
			}
		}
	})
}

func TestByYear(t *testing.T) {
	f := cyber.Filter{From: 2020, To: 2023, View: claim.ViewAll}
	var got []string
	for _, y := range f.ByYear(f.Of(register())) {
		got = append(got, fmt.Sprintf("%d: %d official %s", y.Year, y.All.Incidents, y.ByStatus[claim.Official].USD))
	}
	if want := []string{"2020: 0 official 0", "2021: 2 official 10", "2022: 3 official 600", "2023: 1 official 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func ExampleFilter() {
	f := cyber.Filter{From: 2022, To: 2022, Crypto: true, View: claim.ViewPanel}
	total := f.Of(register()).Total()
	fmt.Println(total.Incidents, total.USD, "between", total.Low, "and", total.High)
	// Output: 2 700 between 640 and 720
}

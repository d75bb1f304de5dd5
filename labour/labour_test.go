package labour_test

import (
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/labour"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

func estimate(period, metric, low, high string) *observation.WorkerEstimate {
	o := &observation.WorkerEstimate{Type: observation.KindWorkerEstimate, Period: value.MustDate(period), Metric: metric}
	if low != "" {
		o.Low = new(value.MustDecimal(low))
	}
	if high != "" {
		o.High = new(value.MustDecimal(high))
	}
	return o
}

func TestEstimates(t *testing.T) {
	late := estimate("", observation.WorkersAbroad, "1", "")
	late.AsPublished, late.Sector = value.MustDate("2024-03"), "IT"
	rs := []record.Record{
		{ID: "WES-4", Observation: late},
		{ID: "WES-3", Observation: estimate("2023", observation.WorkersAbroad, "1", "")},
		{ID: "WES-2", Observation: estimate("2023", observation.WorkersAbroad, "1", "")},
		{ID: "WES-1", Observation: estimate("2023", observation.IncomePerYear, "1", "")},
		{ID: "SHP-1", Observation: &observation.Shipment{Type: observation.KindShipment}},
	}
	for want, f := range map[string]labour.Filter{
		"[WES-1 WES-2 WES-3 WES-4]": {},
		"[WES-2 WES-3 WES-4]":       {Metric: observation.WorkersAbroad},
		"[WES-4]":                   {Sector: "IT"},
		"[]":                        {Metric: observation.IncomePerYear, Sector: "IT"},
	} {
		ids := []string{}
		for _, e := range labour.Estimates(rs, f) {
			ids = append(ids, e.Record.ID)
		}
		if got := fmt.Sprint(ids); got != want {
			t.Errorf("%+v: got %s, want %s", f, got, want)
		}
	}
}

func TestPerWorker(t *testing.T) {
	const abroad, income = observation.WorkersAbroad, observation.IncomePerYear
	tests := []struct {
		name            string
		income, workers *observation.WorkerEstimate
		low, high       string
		ok              bool
	}{
		{"two ranges", estimate("", income, "100", "200"), estimate("", abroad, "10", "20"), "5", "20", true},
		{"one bound each", estimate("", income, "100", ""), estimate("", abroad, "", "30"), "3", "3", true},
		{"no workers", estimate("", income, "100", ""), estimate("", abroad, "0", "30"), "", "", false},
		{"no bound of workers", estimate("", income, "100", ""), estimate("", abroad, "", ""), "", "", false},
		{"no bound of income", estimate("", income, "", ""), estimate("", abroad, "1", ""), "", "", false},
	}
	for _, tt := range tests {
		low, high, ok := labour.PerWorker(tt.income, tt.workers)
		if ok != tt.ok || ok && (low.String() != tt.low || high.String() != tt.high) {
			t.Errorf("%s: got %s to %s, %t", tt.name, low, high, ok)
		}
	}
}

func TestPerWorkerLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		income := recordtest.Draw(t, observation.KindWorkerEstimate).Observation.(*observation.WorkerEstimate)
		workers := recordtest.Draw(t, observation.KindWorkerEstimate).Observation.(*observation.WorkerEstimate)
		low, high, ok := labour.PerWorker(income, workers)
		if ok && low.Cmp(high) > 0 {
			t.Fatalf("%s to %s", low, high)
		}
	})
}

func ExamplePerWorker() {
	income := estimate("2023", observation.IncomePerYear, "250000000", "600000000")
	workers := estimate("2023", observation.WorkersAbroad, "4000", "")
	low, high, ok := labour.PerWorker(income, workers)
	fmt.Println(low, high, ok)
	// Output: 62500 150000 true
}

package cyber

import (
	"slices"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// YearTotal is one year's incidents by attribution status.
type YearTotal struct {
	Year     int
	ByStatus map[claim.Status]Total
	All      Total
}

// ByYear totals the incidents year by year, each year of the filter present: a
// year without incidents is a zero, because the register covers it.
func (f Filter) ByYear(in Incidents) []YearTotal {
	var out []YearTotal
	for y := f.From; y <= f.To; y++ {
		t := YearTotal{Year: y, ByStatus: map[claim.Status]Total{}}
		t.All = in.where(func(i Incident) bool { return i.Observation.Date.Year() == y }).Total()
		for _, s := range claim.Statuses() {
			t.ByStatus[s] = in.where(func(i Incident) bool {
				return i.Observation.Date.Year() == y && i.Observation.Status() == s
			}).Total()
		}
		out = append(out, t)
	}
	return out
}

func (in Incidents) where(keep func(Incident) bool) Incidents {
	var out Incidents
	for _, i := range in {
		if keep(i) {
			out = append(out, i)
		}
	}
	return out
}

// Step is one incident on the cumulative curve, with the running sums of every
// view after it.
type Step struct {
	Incident Incident
	USD      map[claim.View]value.Decimal
}

// Cumulative runs through the incidents in order of the latest day each can have
// happened and sums the preferred amounts by view: by that day the sum is reached.
func (in Incidents) Cumulative() []Step {
	sorted := slices.SortedStableFunc(slices.Values(in), func(a, b Incident) int {
		return a.Observation.Date.Last().Compare(b.Observation.Date.Last())
	})
	running := map[claim.View]value.Decimal{}
	var out []Step
	for _, i := range sorted {
		amount, ok := i.Observation.Amount()
		if !ok || amount.Currency != "USD" || amount.Amount.IsZero() {
			continue
		}
		step := Step{i, map[claim.View]value.Decimal{}}
		for _, v := range claim.Views() {
			if v.Includes(i.Observation.Status()) {
				running[v] = running[v].Add(amount.Amount)
			}
			step.USD[v] = running[v]
		}
		out = append(out, step)
	}
	return out
}

// Package labour sets the published estimates of workers abroad and of their
// income side by side. Estimates overlap and are never added; what can be done is
// to divide one by another and see whether they agree.
//
//	es := labour.Estimates(records, labour.Filter{Metric: observation.WorkersAbroad})
package labour

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Estimate is a published estimate with its record.
type Estimate = record.Typed[*observation.WorkerEstimate]

// Filter chooses estimates; empty fields choose all.
type Filter struct {
	Metric, Sector string
}

// Estimates returns the estimates chosen, by period and id.
func Estimates(rs []record.Record, f Filter) []Estimate {
	var out []Estimate
	for _, e := range record.Of[*observation.WorkerEstimate](rs) {
		o := e.Observation
		if f.Metric != "" && o.Metric != f.Metric || f.Sector != "" && o.Sector != f.Sector {
			continue
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Estimate) int {
		return cmp.Or(a.Observation.When().Compare(b.Observation.When()), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return out
}

// PerWorker divides an income a year by a number of workers, in whole dollars:
// a check of whether two estimates can both be true. The bounds pair the least
// income with the most workers and the other way round; a missing bound is taken
// from the other side of the same estimate. ok is false where an estimate has no
// bound at all or counts no workers.
func PerWorker(income, workers *observation.WorkerEstimate) (low, high value.Decimal, ok bool) {
	incomeLow, incomeHigh, okIncome := bounds(income)
	workersLow, workersHigh, okWorkers := bounds(workers)
	if !okIncome || !okWorkers {
		return low, high, false
	}
	low, okLow := incomeLow.Quo(workersHigh, 0)
	high, okHigh := incomeHigh.Quo(workersLow, 0)
	return low, high, okLow && okHigh
}

func bounds(e *observation.WorkerEstimate) (low, high value.Decimal, ok bool) {
	l, h := cmp.Or(e.Low, e.High), cmp.Or(e.High, e.Low)
	if l == nil {
		return low, high, false
	}
	return *l, *h, true
}

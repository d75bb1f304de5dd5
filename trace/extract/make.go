package extract

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

// About is what a trace is called and valued by.
type About struct {
	ID, Title, Incident string
	Exercise            bool
	Worth               *price.Values
	Marking             json.RawMessage // as records have it; nil: anybody may see it
	Notes               []string
}

// New is the extract of an answer to a question that asked for a record. Of an answer
// without one it is external. Prices and facts of assets are those that valuing the
// answer takes.
func New(a *follow.Answer, q follow.Question, about About) *Extract {
	e := &Extract{
		ID: about.ID, Title: about.Title, Incident: about.Incident, Exercise: about.Exercise, Marking: about.Marking, Notes: about.Notes,
		Ledgers: a.Ledgers, Thefts: q.Thefts, Links: q.Links, Rules: q.Rules, Services: a.Services,
		Wide: a.Work.Wide, Applied: a.Work.Applied, Stopped: a.Stopped,
	}
	if r := a.Record; r != nil {
		e.Ledgers, e.Rows, e.Openings, e.Services = r.Ledgers, r.Rows, r.Openings, r.Services
	} else {
		e.Found = a
		e.cut()
	}
	e.named(q.Services)
	e.value(a, about.Worth)
	return e
}

// named adds who is known to stand between the rows of links: the trace does not end
// there, but a reader wants the name.
func (e *Extract) named(known follow.Services) {
	if known == nil {
		return
	}
	ends := map[follow.Mark]bool{}
	for _, l := range e.Links {
		ends[l.Out], ends[l.In] = true, true
	}
	there := services(e.Services)
	e.Services = slices.Clone(e.Services)
	for i := range e.Rows {
		t := &e.Rows[i].Transfer
		if !ends[follow.Mark{Chain: t.Chain, Tx: t.Tx, Kind: t.Kind, Index: t.Index}] {
			continue
		}
		for _, a := range []ledger.Address{t.From, t.To} {
			s, ok := known.Service(t.Chain, a)
			if _, listed := there[place{t.Chain, a}]; ok && !listed && a != "" {
				there[place{t.Chain, a}] = s
				e.Services = append(e.Services, follow.Met{Chain: t.Chain, Address: a, Service: s})
			}
		}
	}
}

// mostFound is how many arrivals and holdings a head has room for.
const mostFound = 4000

// cut leaves out of an external answer what a head has no room for: the smallest by
// what could be reached.
func (e *Extract) cut() {
	found := *e.Found
	found.Flows, found.Record = nil, nil
	found.Arrivals = slices.Clone(found.Arrivals)
	byReach := func(x, y chain.Amount) int { return y.Cmp(x) }
	if n := len(found.Arrivals) - mostFound; n > 0 {
		slices.SortStableFunc(found.Arrivals, func(x, y follow.Arrival) int { return byReach(x.Taint.Poison, y.Taint.Poison) })
		found.Arrivals = found.Arrivals[:mostFound]
		e.Cut += n
	}
	if n := len(found.Holdings) - mostFound; n > 0 {
		found.Holdings = slices.Clone(found.Holdings)
		slices.SortStableFunc(found.Holdings, func(x, y follow.Holding) int { return byReach(x.Taint.Poison, y.Taint.Poison) })
		found.Holdings = found.Holdings[:mostFound]
		e.Cut += n
	}
	if n := len(found.Short) - mostFound; n > 0 {
		found.Short = found.Short[:mostFound]
		e.Cut += n
	}
	e.services(&found)
	e.Found = &found
}

// services keeps the services of arrivals that were kept.
func (e *Extract) services(found *follow.Answer) {
	index := map[int]int{}
	var kept []follow.Met
	for i := range found.Arrivals {
		s := found.Arrivals[i].Service
		if _, ok := index[s]; !ok {
			index[s] = len(kept)
			kept = append(kept, found.Services[s])
		}
		found.Arrivals[i].Service = index[s]
	}
	found.Services, e.Services = kept, kept
}

// value takes what the answer is valued by: the prices of its assets at the times of
// its rows.
func (e *Extract) value(a *follow.Answer, worth *price.Values) {
	if worth == nil {
		return
	}
	assets, times := map[price.Asset]bool{}, map[int64]bool{}
	for _, s := range a.Sums {
		assets[price.Asset{Chain: s.Chain, Asset: s.Asset}] = true
	}
	for i := range a.Flows {
		times[a.Flows[i].Row.Time] = true
	}
	for i := range a.Arrivals {
		times[a.Arrivals[i].Row.Time] = true
	}
	for i := range a.Holdings {
		times[a.Holdings[i].Since] = true
	}
	for _, m := range e.marked() {
		times[m.Time] = true
	}
	order := slices.SortedFunc(maps.Keys(assets), func(x, y price.Asset) int {
		return cmp.Or(cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.Asset, y.Asset))
	})
	moments := slices.Sorted(maps.Keys(times))
	for _, of := range order {
		if fact, ok := worth.Fact(of); ok && of.Asset != "" {
			e.Assets = append(e.Assets, Asset{of, fact})
		}
		before := int64(-1)
		for _, when := range moments {
			if p, ok := worth.Prices.At(of, when, worth.MaxAge); ok && p.Time != before {
				e.Prices = append(e.Prices, Price{of, p})
				before = p.Time
			}
		}
	}
}

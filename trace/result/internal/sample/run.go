package sample

import (
	"context"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Run answers the question, and the question without its link, the exchange on Tron, or
// its rule for deposit addresses.
func Run(_ context.Context, q follow.Question) (*follow.Answer, error) {
	a := Answer()
	if len(q.Links) == 0 {
		unlink(a, q)
	}
	if _, ok := q.Services.Service(chain.Tron, hanbit); !ok {
		pass(a)
	}
	if !q.Rules.Deposits {
		a.Arrivals = slices.DeleteFunc(a.Arrivals, func(x follow.Arrival) bool { return x.To == deposit })
	}
	return a, nil
}

// unlink ends the second theft at the bridge, if that is known to be one; else what it
// was paid lies there like anybody's.
func unlink(a *follow.Answer, q follow.Question) {
	a.Arrivals = slices.DeleteFunc(a.Arrivals, func(x follow.Arrival) bool { return x.Row.Chain == chain.Tron })
	a.Holdings = slices.DeleteFunc(a.Holdings, func(x follow.Holding) bool { return x.Chain == chain.Tron })
	a.Flows = slices.DeleteFunc(a.Flows, func(x follow.Flow) bool { return x.Row.Chain == chain.Tron })
	a.Sums = slices.DeleteFunc(a.Sums, func(x follow.Sum) bool { return x.Chain == chain.Tron })
	s, between := q.Services.Service(chain.Ethereum, bridge)
	if between {
		a.Services = append(a.Services, follow.Met{Chain: chain.Ethereum, Address: bridge, Service: s})
	}
	for _, theft := range []string{"T2", "any"} {
		t := same(milli(3_900))
		if !between {
			a.Holdings = append(a.Holdings, follow.Holding{Theft: theft, Chain: chain.Ethereum, Address: bridge, Value: milli(3_900), Taint: t, Since: crossed.Time})
			continue
		}
		a.Arrivals = append(a.Arrivals, follow.Arrival{
			Theft: theft, Row: crossed, From: receiver, To: bridge, Value: milli(3_900), Taint: t, Service: len(a.Services) - 1,
		})
	}
}

// pass lets what came to the exchange on Tron lie there.
func pass(a *follow.Answer) {
	a.Arrivals = slices.DeleteFunc(a.Arrivals, func(x follow.Arrival) bool { return x.To == hanbit })
	for _, theft := range []string{"T2", "any"} {
		a.Holdings = append(a.Holdings, follow.Holding{
			Theft: theft, Chain: chain.Tron, Address: hanbit, Asset: usdt, Value: dollars(8_000), Taint: same(dollars(8_000)), Since: cash3.Time,
		})
	}
}

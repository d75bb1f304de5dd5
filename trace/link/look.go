package link

import (
	"maps"
	"slices"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// span is a time, both ends included.
type span struct{ since, until int64 }

// merged are spans in order, those that touch as one.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int {
		switch {
		case a.since < b.since:
			return -1
		case a.since > b.since:
			return 1
		}
		return 0
	})
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.since <= out[n-1].until {
			out[n-1].until = max(out[n-1].until, s.until)
			continue
		}
		out = append(out, s)
	}
	return out
}

// rows streams the rows of addresses within spans, which are merged, until take has
// enough. Past Options.MaxRows reading ends, and Result.Stopped says so.
func (r *run) rows(f ledger.Frontier, d ledger.Direction, spans []span, take func(ledger.Transfer) bool) error {
	if len(spans) == 0 {
		return nil
	}
	// An upper bound of 0 would be none: what ends before 1970 ends at its first second.
	step := ledger.Step{Direction: d, Since: spans[0].since, Until: max(1, spans[len(spans)-1].until)}
	for t, err := range r.q.Snapshot.Expand(r.ctx, f, step) {
		if err != nil {
			return err
		}
		if r.out.Rows++; r.out.Rows > r.o.MaxRows {
			r.out.Stopped = "rows"
			return nil
		}
		i := sort.Search(len(spans), func(i int) bool { return spans[i].until >= t.Time })
		if i < len(spans) && spans[i].since <= t.Time && !take(t) {
			break
		}
	}
	return nil
}

// payouts are the rows that services pay to others within the window of a payment.
func (r *run) payouts(traced []side, payers map[address]bool) ([]side, error) {
	spans := make([]span, len(traced))
	for i := range traced {
		spans[i] = span{traced[i].row.Time, traced[i].row.Time + r.window()}
	}
	spans = merged(spans)
	found := map[follow.Mark]ledger.Transfer{}
	keep := func(t ledger.Transfer) {
		if t.Kind != ledger.Input && t.To != "" && !t.Value.IsZero() && !payers[address{t.Chain, t.To}] {
			found[markOf(&t)] = t
		}
	}
	for _, f := range byChain(payers) {
		c, _ := chain.Lookup(f.Chain)
		txs := map[string]bool{}
		if err := r.rows(f, ledger.Out, spans, func(t ledger.Transfer) bool {
			if c.Model == chain.UTXO {
				txs[t.Tx] = true // who pays is named by the inputs
			} else {
				keep(t)
			}
			return true
		}); err != nil {
			return nil, err
		}
		for _, tx := range slices.Sorted(maps.Keys(txs)) {
			rows, err := r.q.Snapshot.Transaction(r.ctx, f.Chain, tx)
			if err != nil {
				return nil, err
			}
			if r.out.Rows += uint64(len(rows)); r.out.Rows > r.o.MaxRows {
				r.out.Stopped = "rows"
				break
			}
			for _, t := range rows {
				keep(t)
			}
		}
	}
	return r.sides(found, r.known()), nil
}

// deposits are the rows that others pay to services, so far as they can be what a payout
// in the window of a payment was made for.
func (r *run) deposits(traced []side, payers map[address]bool) ([]side, error) {
	spans := make([]span, len(traced))
	services := maps.Clone(payers)
	for i := range traced {
		t := &traced[i].row
		spans[i] = span{t.Time - r.window(), t.Time + r.window()}
		services[address{t.Chain, t.To}] = true
	}
	spans = merged(spans)
	found := map[follow.Mark]ledger.Transfer{}
	for _, f := range byChain(services) {
		if err := r.rows(f, ledger.In, spans, func(t ledger.Transfer) bool {
			if t.Kind != ledger.Input && !t.Value.IsZero() && !payers[address{t.Chain, t.From}] {
				found[markOf(&t)] = t
			}
			return true
		}); err != nil {
			return nil, err
		}
	}
	for i := range traced {
		found[markOf(&traced[i].row)] = traced[i].row
	}
	return r.sides(found, r.known()), nil
}

// byChain are addresses as frontiers, in order.
func byChain(of map[address]bool) []ledger.Frontier {
	all := map[chain.ID][]ledger.Address{}
	for a := range of {
		all[a.chain] = append(all[a.chain], a.of)
	}
	var out []ledger.Frontier
	for _, id := range slices.Sorted(maps.Keys(all)) {
		slices.Sort(all[id])
		out = append(out, ledger.Frontier{Chain: id, Addresses: all[id]})
	}
	return out
}

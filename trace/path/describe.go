package path

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// describer reads what there is to say of a path.
type describer struct {
	s *search
	g *graph
}

// path describes a path by its nodes.
func (d *describer) path(nodes []int) (p Path, err error) {
	hops := d.narrow(nodes)
	for i, pays := range hops {
		if err := d.s.spend(len(pays)); err != nil {
			return p, err
		}
		h, err := d.hop(nodes[i], nodes[i+1], pays)
		if err != nil {
			return p, err
		}
		p.Hops = append(p.Hops, h)
	}
	p.First, p.Last = p.Hops[0].First, p.Hops[len(hops)-1].Last
	if p.Quickest = p.Last - p.First; d.g.inOrder {
		if p.Quickest, err = d.quickest(hops); err != nil {
			return p, err
		}
	} else {
		for _, h := range p.Hops {
			p.First, p.Last = min(p.First, h.First, h.Last), max(p.Last, h.First, h.Last)
		}
		p.Quickest = p.Last - p.First
	}
	p.Least = least(p.Hops)
	return p, nil
}

// narrow is the payments of each hop that are in a choice of one a hop in which each
// follows the one before.
func (d *describer) narrow(nodes []int) [][]pay {
	out := make([][]pay, len(nodes)-1)
	for i := range out {
		links := d.g.links[d.g.first[nodes[i]]:d.g.first[nodes[i]+1]]
		j, _ := slices.BinarySearchFunc(links, nodes[i+1], func(l link, to int) int { return l.to - to })
		out[i] = d.g.pays[links[j].first:links[j].end]
	}
	if !d.g.inOrder {
		return out
	}
	for i := 1; i < len(out); i++ {
		out[i] = out[i][after(out[i], out[i-1][0].at):]
	}
	for i := len(out) - 2; i >= 0; i-- {
		last := out[i+1][len(out[i+1])-1].at
		n, _ := slices.BinarySearchFunc(out[i], last, func(p pay, r ledger.Row) int { return cmp.Compare(p.at, r) })
		out[i] = out[i][:n]
	}
	return out
}

// quickest is the least time between the first and the last payment of a choice. Later
// rows may have earlier times, so that the next payment need not be the quickest.
func (d *describer) quickest(hops [][]pay) (best int64, err error) {
	if len(hops) == 1 {
		return 0, nil
	}
	end := hops[len(hops)-1]
	earliest := make([]int64, len(end)) // time from a payment of the last hop on
	for i := len(end) - 1; i >= 0; i-- {
		p, err := d.s.cells.Place(end[i].row)
		if err != nil {
			return 0, err
		}
		if earliest[i] = p.Time; i < len(end)-1 {
			earliest[i] = min(p.Time, earliest[i+1])
		}
	}
	for i, p := range hops[0] {
		begin, err := d.s.cells.Place(p.row)
		if err != nil {
			return 0, err
		}
		last := p.at
		for _, pays := range hops[1 : len(hops)-1] {
			last = pays[after(pays, last)].at
		}
		if took := earliest[after(end, last)] - begin.Time; i == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

// hop describes a hop.
func (d *describer) hop(from, to int, pays []pay) (h Hop, err error) {
	if h.From, err = d.s.book.Address(d.g.ids[from]); err != nil {
		return h, err
	}
	if h.To, err = d.s.book.Address(d.g.ids[to]); err != nil {
		return h, err
	}
	h.Count = len(pays)
	sums := map[ledger.AssetID]int{}
	for i, p := range pays {
		id, value, spent, err := d.amounts(p)
		if err != nil {
			return h, err
		}
		at, ok := sums[id]
		if !ok {
			at = len(h.Sums)
			sums[id] = at
			asset, err := d.s.book.Asset(id)
			if err != nil {
				return h, err
			}
			h.Sums = append(h.Sums, Sum{Asset: asset})
		}
		sum := &h.Sums[at]
		sum.Count++
		sum.Received.Add(value)
		sum.Spent.Add(spent)
		if i > 0 && i < len(pays)-1 && i >= d.s.q.Rows {
			continue
		}
		row, err := d.row(p)
		if err != nil {
			return h, err
		}
		if h.Last = row.Time; i == 0 {
			h.First = row.Time
		}
		if i < d.s.q.Rows {
			h.Payments = append(h.Payments, Payment{Row: row, Asset: sum.Asset, Value: value, Spent: spent})
		}
	}
	return h, nil
}

// row names the row of a payment.
func (d *describer) row(p pay) (follow.RowID, error) {
	t, err := d.s.book.Row(p.row)
	return follow.RowID{Chain: t.Chain, Block: t.Block, Time: t.Time, Tx: t.Tx, Kind: t.Kind, Index: t.Index}, err
}

// amounts are what a payment moved.
func (d *describer) amounts(p pay) (asset ledger.AssetID, value, spent chain.Amount, err error) {
	if asset, err = d.s.cells.Asset(p.row); err != nil {
		return asset, value, spent, err
	}
	if p.at == p.row {
		value, err = d.s.cells.Value(p.row)
		return asset, value, value, err
	}
	t, err := d.s.book.Row(p.row)
	if err != nil {
		return asset, value, spent, err
	}
	rows, err := d.s.book.Transaction(t.Tx)
	if err != nil {
		return asset, value, spent, err
	}
	if err := d.s.spend(len(rows)); err != nil {
		return asset, value, spent, err
	}
	for _, r := range rows {
		part, from, to, err := d.part(r, asset)
		if err != nil {
			return asset, value, spent, err
		}
		// sums of one transaction are below 2^256, or the chain has made value of nothing
		ok := true
		switch {
		case to == ledger.Nobody && from == d.g.ids[p.from]:
			spent, ok = spent.Add(part)
		case from == ledger.Nobody && to == d.g.ids[p.to]:
			value, ok = value.Add(part)
		}
		if !ok {
			return asset, value, spent, &chain.AmountError{Text: part.String(), Err: chain.ErrTooBig}
		}
	}
	return asset, value, spent, nil
}

// part is what a row of a transaction moves of an asset.
func (d *describer) part(r ledger.Row, of ledger.AssetID) (value chain.Amount, from, to ledger.AccountID, err error) {
	asset, err := d.s.cells.Asset(r)
	if err != nil || asset != of {
		return value, ledger.Nobody, ledger.Nobody, err
	}
	if from, err = d.s.cells.From(r); err != nil {
		return value, from, to, err
	}
	if to, err = d.s.cells.To(r); err != nil {
		return value, from, to, err
	}
	value, err = d.s.cells.Value(r)
	return value, from, to, err
}

// least finds the smallest amount of each asset along a path, in the order in which
// they come.
func least(hops []Hop) (out []Least) {
	at := map[ledger.Asset]int{}
	for i, h := range hops {
		for _, sum := range h.Sums {
			amount := sum.Received
			if compare(sum.Spent, amount) < 0 {
				amount = sum.Spent
			}
			j, ok := at[sum.Asset]
			if !ok {
				at[sum.Asset] = len(out)
				out = append(out, Least{Asset: sum.Asset, Hops: 1, Hop: i, Value: amount})
				continue
			}
			if out[j].Hops++; compare(amount, out[j].Value) < 0 {
				out[j].Hop, out[j].Value = i, amount
			}
		}
	}
	return out
}

// compare is −1, 0 or 1 as a is less than, equal to or more than b; all sums of 2^256
// or more are taken for equal.
func compare(a, b ledger.Sum) int {
	x, inA := a.Amount()
	y, inB := b.Amount()
	switch {
	case inA && inB:
		return x.Cmp(y)
	case inA:
		return -1
	case inB:
		return 1
	}
	return 0
}

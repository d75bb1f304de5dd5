package follow

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// heldEntry is a place of an account lane that holds taint at the end.
type heldEntry struct {
	lane interface {
		describe(*heldEntry) (Holding, error)
	}
	share uint64 // largest part of what was stolen of the asset, of all policies
	since ledger.Row
	theft int32
	at    uint32
	asset ledger.Asset
	value chain.Amount
	taint Taint
}

// lists reports whether an entry of that share is to be listed.
func (c *collector) lists(share uint64) bool { return share >= c.least }

// list takes an entry that may be among the largest. Twice as many as are listed are
// kept before the smaller half goes.
func (c *collector) list(h heldEntry) {
	c.listed = append(c.listed, h)
	if len(c.listed) >= 2*MaxHoldings {
		c.prune()
	}
}

// prune keeps the largest. Which of equal ones are kept follows from the order in which
// they came, which is that of their first taint.
func (c *collector) prune() {
	if len(c.listed) <= MaxHoldings {
		return
	}
	slices.SortStableFunc(c.listed, func(x, y heldEntry) int { return cmp.Compare(y.share, x.share) })
	c.listed = c.listed[:MaxHoldings]
	c.least = c.listed[MaxHoldings-1].share + 1
}

// hold lists what is held.
func (r *run) hold(a *Answer) error {
	r.prune()
	described := make([]Holding, len(r.listed))
	err := inHalves(len(described), func(i int) (err error) {
		described[i], err = r.listed[i].lane.describe(&r.listed[i])
		return err
	})
	if err != nil {
		return err
	}
	if r.holdings == nil {
		r.holdings = described
	} else {
		r.holdings = append(r.holdings, described...)
	}
	rank := map[string]int{}
	for i, id := range r.thefts {
		rank[id] = i
	}
	if err := r.others(rank); err != nil {
		return err
	}
	a.Holdings = r.holdings
	order(a.Holdings, rank)
	if r.stop != nil {
		r.stop.Places = places(a.Holdings)
	}
	return nil
}

// order puts holdings in the order of thefts, chains, addresses, assets and outputs. They
// are large: their numbers are sorted, and each is moved once.
func order(of []Holding, rank map[string]int) {
	type place struct {
		theft int
		at    int
	}
	order := make([]place, len(of))
	for i := range of {
		order[i] = place{rank[of[i].Theft], i}
	}
	slices.SortFunc(order, func(x, y place) int {
		if c := cmp.Compare(x.theft, y.theft); c != 0 {
			return c
		}
		a, b := &of[x.at], &of[y.at]
		return cmp.Or(
			cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Asset, b.Asset), compareOutputs(a.Output, b.Output),
		)
	})
	for i := range order {
		if order[i].at == i {
			continue
		}
		first, to := of[i], i // of a circle of those that take each other's place
		for order[to].at != i {
			from := order[to].at
			of[to] = of[from]
			order[to].at, to = to, from
		}
		of[to] = first
		order[to].at = to
	}
}

// others adds a holding for those of an asset that are not listed each.
func (r *run) others(rank map[string]int) error {
	listed, count := map[sumKey]Taint{}, map[sumKey]uint64{}
	for i := range r.holdings {
		h := &r.holdings[i]
		k := sumKey{rank[h.Theft], h.Chain, h.Asset}
		t := listed[k]
		if err := t.add(&h.Taint); err != nil {
			return err
		}
		listed[k] = t
		count[k]++
	}
	for k, n := range r.places {
		if n == count[k] {
			continue
		}
		t, own := r.sums[k].Held, listed[k]
		t.sub(&own)
		r.holdings = append(r.holdings, Holding{Theft: r.thefts[k.theft], Chain: k.chain, Asset: k.asset, Taint: t, Others: n - count[k]})
	}
	return nil
}

// sub takes off what policies that conserve value found; it is a part.
func (t *Taint) sub(o *Taint) {
	t.Haircut, _ = t.Haircut.Sub(o.Haircut)
	t.FIFO, _ = t.FIFO.Sub(o.FIFO)
	t.LIFO, _ = t.LIFO.Sub(o.LIFO)
	t.TIHO, _ = t.TIHO.Sub(o.TIHO)
}

// places counts where holdings lie, whatever the theft.
func places(holdings []Holding) (n uint64) {
	type place struct {
		account
		asset  ledger.Asset
		output RowID
	}
	seen := map[place]bool{}
	for _, h := range holdings {
		p := place{account: account{h.Chain, h.Address}, asset: h.Asset}
		if h.Output != nil {
			p.output = *h.Output
		}
		if n += h.Others; h.Others == 0 && !seen[p] {
			seen[p] = true
			n++
		}
	}
	return n
}

func compareOutputs(x, y *RowID) int {
	if x == nil || y == nil {
		return 0
	}
	return cmp.Or(cmp.Compare(x.Block, y.Block), cmp.Compare(x.Tx, y.Tx), cmp.Compare(x.Index, y.Index))
}

package path_test

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/path"
)

// naive finds paths by trying every row of addresses and every choice of payments.
type naive struct {
	m *memory
	q path.Question
}

// payment is one of two neighbours, with its place in the order.
type payment struct {
	at    int
	first int // row that pays
	path.Payment
}

// payments are all that one address paid another.
func (n naive) payments(from, to ledger.Address) (out []payment) {
	for i, t := range n.m.rows {
		if t.Kind == ledger.Payment && t.From == from && t.To == to && n.takes(t) {
			out = append(out, payment{i, i, path.Payment{Row: rowID(t), Asset: t.Asset, Value: t.Value, Spent: t.Value}})
		}
		if t.Kind == ledger.Input && t.From == from && (i == 0 || !n.spentBefore(i)) {
			if p, ok := n.through(t.Tx, from, to); ok {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b payment) int { return a.at - b.at })
	return out
}

// spentBefore reports whether the payer of an input spends in an earlier row of it too.
func (n naive) spentBefore(i int) bool {
	return slices.ContainsFunc(n.m.rows[:i], func(t ledger.Transfer) bool {
		return t.Tx == n.m.rows[i].Tx && t.Kind == ledger.Input && t.From == n.m.rows[i].From
	})
}

func (n naive) through(tx string, from, to ledger.Address) (p payment, ok bool) {
	p.at = slices.IndexFunc(n.m.rows, func(t ledger.Transfer) bool { return t.Tx == tx })
	for i, t := range n.m.rows {
		switch {
		case t.Tx != tx:
		case t.Kind == ledger.Input && t.From == from:
			p.Spent, _ = p.Spent.Add(t.Value)
		case t.Kind == ledger.Output && t.To == to:
			if p.Value, _ = p.Value.Add(t.Value); !ok && n.takes(t) {
				ok, p.first, p.Row = true, i, rowID(t)
			}
		}
	}
	return p, ok
}

func rowID(t ledger.Transfer) follow.RowID {
	return follow.RowID{Chain: t.Chain, Block: t.Block, Time: t.Time, Tx: t.Tx, Kind: t.Kind, Index: t.Index}
}

func (n naive) takes(t ledger.Transfer) bool {
	step := ledger.Step{Since: n.q.Since, Until: n.q.Until, Least: n.q.Least}
	return step.Takes(t.Time, t.Value) && (n.q.Asset == nil || *n.q.Asset == t.Asset)
}

// candidate is a path with the first choice of payments that makes one.
type candidate struct {
	path path.Path
	key  [][2]int
}

func (n naive) find() []path.Path {
	var all []candidate
	var extend func(at []ledger.Address)
	extend = func(at []ledger.Address) {
		if at[len(at)-1] == n.q.To {
			if c, ok := n.judge(at); ok {
				all = append(all, c)
			}
			return
		}
		if len(at) > n.q.Hops {
			return
		}
		for _, a := range n.m.accounts[1:] {
			if !slices.Contains(at, a) && (a == n.q.To || !n.hub(a)) {
				extend(append(slices.Clone(at), a))
			}
		}
	}
	extend([]ledger.Address{n.q.From})
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(a.key), len(b.key)), slices.CompareFunc(a.key, b.key, func(x, y [2]int) int {
			return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
		}))
	})
	var out []path.Path
	for _, c := range all {
		out = append(out, c.path)
	}
	return out
}

func (n naive) hub(a ledger.Address) bool {
	d, _ := n.m.Degree(n.m.number(a))
	return n.q.Hub > 0 && max(d.Out, d.In) > n.q.Hub
}

// judge tries all choices of payments along addresses.
func (n naive) judge(at []ledger.Address) (c candidate, ok bool) {
	hops := make([][]payment, len(at)-1)
	used := make([]map[int]bool, len(hops))
	for i := range hops {
		if hops[i] = n.payments(at[i], at[i+1]); len(hops[i]) == 0 {
			return c, false
		}
		used[i] = map[int]bool{}
	}
	var best int64
	var try func(choice []int)
	try = func(choice []int) {
		i := len(choice)
		if i == len(hops) {
			took := hops[i-1][choice[i-1]].Row.Time - hops[0][choice[0]].Row.Time
			if c.key == nil || took < best {
				best = took
			}
			first := c.key == nil
			for j, k := range choice {
				used[j][k] = true
				if first {
					c.key = append(c.key, [2]int{hops[j][k].at, hops[j][k].first})
				}
			}
			return
		}
		for k, p := range hops[i] {
			if n.q.AnyOrder || i == 0 || p.at > hops[i-1][choice[i-1]].at {
				try(append(slices.Clone(choice), k))
			}
		}
	}
	try(nil)
	if c.key == nil {
		return c, false
	}
	p := &c.path
	for i := range hops {
		h := path.Hop{From: at[i], To: at[i+1]}
		for k, x := range hops[i] {
			if used[i][k] {
				h.Payments = append(h.Payments, x.Payment)
			}
		}
		sumUp(&h)
		p.Hops = append(p.Hops, h)
	}
	p.First, p.Last, p.Quickest = p.Hops[0].First, p.Hops[len(hops)-1].Last, best
	if n.q.AnyOrder {
		for _, h := range p.Hops {
			p.First, p.Last = min(p.First, h.First, h.Last), max(p.Last, h.First, h.Last)
		}
		p.Quickest = p.Last - p.First
	}
	p.Least = leastOf(p.Hops)
	return c, true
}

func sumUp(h *path.Hop) {
	h.Count, h.First, h.Last = len(h.Payments), h.Payments[0].Row.Time, h.Payments[len(h.Payments)-1].Row.Time
	for _, x := range h.Payments {
		i := slices.IndexFunc(h.Sums, func(s path.Sum) bool { return s.Asset == x.Asset })
		if i < 0 {
			i = len(h.Sums)
			h.Sums = append(h.Sums, path.Sum{Asset: x.Asset})
		}
		h.Sums[i].Count++
		h.Sums[i].Received.Add(x.Value)
		h.Sums[i].Spent.Add(x.Spent)
	}
}

func leastOf(hops []path.Hop) (out []path.Least) {
	for i, h := range hops {
		for _, s := range h.Sums {
			value := s.Received
			if less(s.Spent, value) {
				value = s.Spent
			}
			k := slices.IndexFunc(out, func(l path.Least) bool { return l.Asset == s.Asset })
			if k < 0 {
				out = append(out, path.Least{Asset: s.Asset, Hops: 1, Hop: i, Value: value})
				continue
			}
			out[k].Hops++
			if less(value, out[k].Value) {
				out[k].Hop, out[k].Value = i, value
			}
		}
	}
	return out
}

func less(a, b ledger.Sum) bool {
	x, _ := a.Amount()
	y, _ := b.Amount()
	return x.Cmp(y) < 0
}

func units(n uint64) chain.Amount { return chain.Units64(n) }

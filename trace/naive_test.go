package trace_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// The second tracer: for fifo and lifo it moves units one by one, for the others it
// applies the formula to everything there is, touched or not. It shares nothing with
// the first but the types of a case.

// pile is value at a place: so many base units, each cut into grain units that are
// stolen or not, and the tainted sum for the policies that have no order.
type pile struct {
	value int64
	units []bool
	taint *big.Rat
}

// naive is the second tracer by one policy for one set of marks.
type naive struct {
	policy accounting.Policy
	grain  int64 // units of a base unit
	marks  map[string]bool
	params trace.Params
	found  map[string]map[string]*big.Rat // part of the result, key, amount
}

func rat(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func (n *naive) ordered() bool { return n.policy == accounting.FIFO || n.policy == accounting.LIFO }

func (n *naive) fill(value int64, stolen bool) pile {
	p := pile{value: value, taint: rat(0)}
	if n.ordered() {
		p.units = slices.Repeat([]bool{stolen}, int(value*n.grain))
	}
	if stolen {
		p.taint = rat(value)
	}
	return p
}

func (n *naive) tainted(p pile) *big.Rat {
	if !n.ordered() {
		return p.taint
	}
	count := int64(0)
	for _, u := range p.units {
		if u {
			count++
		}
	}
	return big.NewRat(count, n.grain)
}

// join lays b on top of a as the newer.
func (n *naive) join(a, b pile) pile {
	out := pile{value: a.value + b.value, units: slices.Concat(a.units, b.units), taint: new(big.Rat).Add(a.taint, b.taint)}
	if n.policy == accounting.Poison && out.taint.Sign() > 0 {
		out.taint = rat(out.value)
	}
	return out
}

// cut serves payments; what stays is last. Taint leaves by order under tiho.
func (n *naive) cut(p pile, payments []int64, order []int) []pile {
	out := make([]pile, len(payments))
	stays := pile{value: p.value, units: slices.Clone(p.units), taint: new(big.Rat).Set(p.taint)}
	for i, v := range payments {
		out[i] = pile{value: v, taint: rat(0)}
		stays.value -= v
		k, l := int(v*n.grain), len(stays.units)
		switch n.policy {
		case accounting.FIFO:
			out[i].units, stays.units = stays.units[:k:k], stays.units[k:]
		case accounting.LIFO:
			out[i].units, stays.units = stays.units[l-k:], stays.units[:l-k:l-k]
		case accounting.Haircut:
			if p.value > 0 {
				out[i].taint = new(big.Rat).Mul(p.taint, big.NewRat(v, p.value))
			}
			stays.taint.Sub(stays.taint, out[i].taint)
		case accounting.Poison:
			if p.taint.Sign() > 0 {
				out[i].taint = rat(v)
			}
		}
	}
	for _, i := range order {
		if n.policy != accounting.TIHO {
			break
		}
		if out[i].taint = rat(payments[i]); stays.taint.Cmp(out[i].taint) < 0 {
			out[i].taint.Set(stays.taint)
		}
		stays.taint.Sub(stays.taint, out[i].taint)
	}
	if n.policy == accounting.Poison && p.taint.Sign() > 0 {
		stays.taint = rat(stays.value)
	}
	return append(out, stays)
}

func (n *naive) add(part, key string, a *big.Rat) {
	if a.Sign() == 0 {
		return
	}
	if n.found[part] == nil {
		n.found[part] = map[string]*big.Rat{}
	}
	if n.found[part][key] == nil {
		n.found[part][key] = new(big.Rat)
	}
	n.found[part][key].Add(n.found[part][key], a)
}

// settle is what arrives, after marks, dust and boundary.
func (n *naive) settle(p pile, mark, place, holder string) pile {
	if n.marks[mark] {
		p = n.fill(p.value, true)
	}
	t := n.tainted(p)
	if d := n.params.Dust; d != nil && t.Sign() > 0 && t.Cmp(rat(small(*d))) < 0 {
		n.add("dropped", mark, t)
		return n.fill(p.value, false)
	}
	n.add("arrived", mark, t)
	if slices.Contains(n.params.Boundary, holder) {
		n.add("boundary", place, t)
		return n.fill(p.value, false)
	}
	return p
}

// small is an amount of the random cases.
func small(a trace.Amount) int64 {
	var v int64
	if _, err := fmt.Sscan(a.String(), &v); err != nil {
		panic(err)
	}
	return v
}

// coins runs a case of transactions.
func (n *naive) coins(c trace.Coins) {
	type output struct {
		pile
		holder string
	}
	unspent := map[string]output{}
	for _, o := range c.Genesis {
		unspent[o.Outpoint] = output{n.fill(small(o.Value), false), o.Address}
	}
	fees := map[int64][]pile{}
	minted := map[int64]bool{}
	for _, tx := range c.Txs {
		minted[tx.Block] = minted[tx.Block] || tx.Coinbase
	}
	for _, tx := range executed(c.Txs) {
		pool := n.fill(small(tx.Subsidy), false)
		for _, name := range tx.Inputs {
			pool = n.join(pool, unspent[name].pile)
			delete(unspent, name)
		}
		if tx.Coinbase {
			for _, fee := range fees[tx.Block] {
				pool = n.join(pool, fee)
			}
		}
		values, left := []int64{}, pool.value
		for _, o := range tx.Outputs {
			values, left = append(values, small(o.Value)), left-small(o.Value)
		}
		parts := n.cut(pool, append(values, left), highest(values))
		for i, o := range tx.Outputs {
			name := fmt.Sprintf("%s:%d", tx.ID, i)
			unspent[name] = output{n.settle(parts[i], name, name, o.Address), o.Address}
		}
		fee := parts[len(values)]
		switch {
		case tx.Coinbase || !minted[tx.Block] || !c.FeesToMiner:
			n.add("fees", tx.ID, n.tainted(fee))
			fees[tx.Block] = append(fees[tx.Block], n.fill(fee.value, false))
		default:
			fees[tx.Block] = append(fees[tx.Block], fee)
		}
	}
	for name, o := range unspent {
		n.add("held", name, n.tainted(o.pile))
	}
}

// executed is transactions in order of execution.
func executed(txs []trace.Tx) []trace.Tx {
	txs = slices.Clone(txs)
	last := func(t trace.Tx) int {
		if t.Coinbase {
			return 1
		}
		return 0
	}
	slices.SortFunc(txs, func(a, b trace.Tx) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(last(a), last(b)), cmp.Compare(a.Pos, b.Pos))
	})
	return txs
}

// highest is the order of outputs under tiho, the fee last.
func highest(values []int64) []int {
	out := []int{}
	for len(out) < len(values) {
		best := -1
		for i, v := range values {
			if !slices.Contains(out, i) && (best < 0 || v > values[best]) {
				best = i
			}
		}
		out = append(out, best)
	}
	return append(out, len(values))
}

// accounts runs a case of events.
func (n *naive) accounts(c trace.Accounts) {
	events := slices.Clone(c.Events)
	slices.SortFunc(events, func(a, b trace.Event) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Pos, b.Pos), cmp.Compare(a.Idx, b.Idx))
	})
	n.grain = 1
	for _, e := range events {
		if in := small(e.Paid.Value); e.Swap && in > 0 {
			n.grain *= in
		}
	}
	places := map[string]pile{}
	at := func(place string) pile {
		if p, ok := places[place]; ok {
			return p
		}
		return n.fill(0, false)
	}
	for _, o := range c.Opening {
		places[o.Account+"/"+o.Asset] = n.join(at(o.Account+"/"+o.Asset), n.fill(small(o.Value), false))
	}
	for _, e := range events {
		value, fee, feeAsset := small(e.Paid.Value), small(e.Fee.Value), cmp.Or(e.Fee.Asset, e.Paid.Asset)
		got, received := e.Paid.Asset, value
		if e.Swap {
			got, received = e.Received.Asset, small(e.Received.Value)
		} else if e.From == e.To {
			value = 0
		}
		need := map[string]int64{}
		need[e.From+"/"+e.Paid.Asset] += value
		need[e.From+"/"+feeAsset] += fee
		for place, v := range need {
			if short := v - at(place).value; short > 0 {
				n.add("unobserved", place, rat(short))
				flagged := at(place).taint.Sign() > 0
				places[place] = n.join(n.fill(short, false), at(place))
				if n.policy == accounting.Poison && !flagged {
					places[place] = n.fill(v, false)
				}
			}
		}
		var part, paid pile
		from := e.From + "/" + e.Paid.Asset
		if feeAsset == e.Paid.Asset {
			parts := n.cut(at(from), []int64{value, fee}, []int{0, 1})
			part, paid, places[from] = parts[0], parts[1], parts[2]
		} else {
			parts := n.cut(at(from), []int64{value}, []int{0})
			part, places[from] = parts[0], parts[1]
			gas := e.From + "/" + feeAsset
			parts = n.cut(at(gas), []int64{fee}, []int{0})
			paid, places[gas] = parts[0], parts[1]
		}
		n.add("fees", e.ID, n.tainted(paid))
		if value == 0 {
			continue
		}
		if e.Swap {
			part = n.swap(part, received)
		}
		to := e.To + "/" + got
		places[to] = n.join(at(to), n.settle(part, e.ID, to, e.To))
	}
	for place, p := range places {
		n.add("held", place, n.tainted(p))
	}
}

// swap makes out of another asset from a pile.
func (n *naive) swap(p pile, out int64) pile {
	s := pile{value: out, taint: new(big.Rat).Mul(p.taint, big.NewRat(out, p.value))}
	for j := range out * n.grain {
		if n.ordered() {
			s.units = append(s.units, p.units[j*p.value/out])
		}
	}
	return s
}

// bounds runs the bounds of a case by their formula.
func bounds(c trace.Coins, marks map[string]bool) map[string]string {
	type interval struct{ value, lo, hi int64 }
	out, found, fees, minted := map[string]string{}, map[string]interval{}, map[int64][]interval{}, map[int64]bool{}
	for _, o := range c.Genesis {
		found[o.Outpoint] = interval{value: small(o.Value)}
	}
	for _, tx := range c.Txs {
		minted[tx.Block] = minted[tx.Block] || tx.Coinbase
	}
	for _, tx := range executed(c.Txs) {
		members := []interval{{value: small(tx.Subsidy)}}
		for _, name := range tx.Inputs {
			members = append(members, found[name])
		}
		if tx.Coinbase {
			members = append(members, fees[tx.Block]...)
		}
		var s, lo, hi int64
		for _, m := range members {
			s, lo, hi = s+m.value, lo+m.lo, hi+m.hi
		}
		pay := func(v int64) interval { return interval{v, max(0, lo-(s-v)), min(v, hi)} }
		left := s
		for i, o := range tx.Outputs {
			name, v := fmt.Sprintf("%s:%d", tx.ID, i), small(o.Value)
			left -= v
			b := pay(v)
			if marks[name] {
				b = interval{v, v, v}
			}
			if b.hi > 0 {
				out[name] = fmt.Sprintf("[%d %d]", b.lo, b.hi)
			}
			if slices.Contains(c.Boundary, o.Address) {
				b = interval{value: v}
			}
			found[name] = b
		}
		fee := interval{value: left}
		if c.FeesToMiner && minted[tx.Block] && !tx.Coinbase {
			fee = pay(left)
		}
		fees[tx.Block] = append(fees[tx.Block], fee)
	}
	return out
}

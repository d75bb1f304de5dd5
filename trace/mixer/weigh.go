package mixer

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// pairing is who deposited and who was paid, at one pool.
type pairing struct {
	pool     place
	from, to ledger.Address
}

// found is the evidence of a pairing: of the two addresses, and of single events.
type found struct {
	of      pairing
	general []Evidence
	single  []pair
}

// pair is a deposit and a withdrawal by their indexes.
type pair struct {
	d, w     int
	evidence []Evidence
}

func evidence(r Reason, format string, args ...any) Evidence {
	return Evidence{r, r.Points(), fmt.Sprintf(format, args...)}
}

// side is the events of one kind of an address at a pool, in order.
type side map[place]map[place][]int // pool → address → events

func (s side) add(pool, who place, i int) {
	if s[pool] == nil {
		s[pool] = map[place][]int{}
	}
	s[pool][who] = append(s[pool][who], i)
}

// weigh looks for every reason.
func (f *finder) weigh() error {
	f.pairs = map[pairing]*found{}
	in, out := side{}, side{}
	f.paidIn, f.paidOut = in, out
	for i := range f.events {
		e := &f.events[i]
		if e.Address == "" {
			continue
		}
		if e.Kind == Deposit {
			in.add(place{e.Chain, e.Pool}, place{e.Chain, e.Address}, i)
		} else {
			out.add(place{e.Chain, e.Pool}, place{e.Chain, e.Address}, i)
		}
	}
	f.reuse(in, out)
	f.counts(in, out)
	f.gas(in)
	f.relayed(in)
	f.inOrder()
	return f.transfers(in, out)
}

func (f *finder) at(k pairing) *found {
	if f.pairs[k] == nil {
		f.pairs[k] = &found{of: k}
	}
	return f.pairs[k]
}

// tracedAt calls one for every traced address that deposited at a pool.
func (f *finder) tracedAt(in side, one func(pool, who place, deposits []int)) {
	for pool, by := range in {
		for who, deposits := range by {
			if f.traced[who] {
				one(pool, who, deposits)
			}
		}
	}
}

func (f *finder) reuse(in, out side) {
	f.tracedAt(in, func(pool, who place, _ []int) {
		if len(out[pool][who]) > 0 {
			p := f.at(pairing{pool, who.of, who.of})
			p.general = append(p.general, evidence(Reuse, "%s deposited and was paid", who.of.Text(who.chain)))
		}
	})
}

// vectors are how often each address appears at which pools, of those that appear at two
// or more; the pools and their counts as a text that can be compared.
func vectors(of side) (map[place]string, map[string][]place) {
	parts := map[place][]string{}
	for pool, by := range of {
		for who, events := range by {
			parts[who] = append(parts[who], fmt.Sprintf("%s %x %d", pool.chain, string(pool.of), len(events)))
		}
	}
	text, who := map[place]string{}, map[string][]place{}
	for a, p := range parts {
		if len(p) < 2 {
			continue
		}
		slices.Sort(p)
		text[a] = strings.Join(p, ",")
		who[text[a]] = append(who[text[a]], a)
	}
	return text, who
}

// counts finds the one recipient who was paid by several pools as often as the one
// depositor paid them, each time after it.
func (f *finder) counts(in, out side) {
	text, depositors := vectors(in)
	_, recipients := vectors(out)
	f.tracedAt(in, func(pool, who place, deposits []int) {
		v := text[who]
		if v == "" || len(depositors[v]) != 1 || len(recipients[v]) != 1 {
			return
		}
		to := recipients[v][0]
		for p, by := range in {
			for i, d := range by[who] {
				if w := out[p][to]; d > w[i] {
					return
				}
			}
		}
		p := f.at(pairing{pool, who.of, to.of})
		p.general = append(p.general, evidence(Counts, "%d deposits here, as many withdrawals, and so at %d pools; of nobody else", len(deposits), strings.Count(v, ",")+1))
	})
}

// round is a gas price that many choose: whole tenths of a gigawei.
var round = chain.Units64(100_000_000)

// gas finds prices that one depositor and one recipient alone paid. What a relayer sends
// has the relayer's price.
func (f *finder) gas(in side) {
	type users struct {
		in, out map[place]bool
		paid    map[place][]int // withdrawals by pool, in order
	}
	by := map[chain.Amount]*users{}
	for i := range f.events {
		e := &f.events[i]
		if !odd(e) || e.Address == "" {
			continue
		}
		u := by[e.GasPrice]
		if u == nil {
			u = &users{map[place]bool{}, map[place]bool{}, map[place][]int{}}
			by[e.GasPrice] = u
		}
		who, pool := place{e.Chain, e.Address}, place{e.Chain, e.Pool}
		if e.Kind == Deposit {
			u.in[who] = true
		} else {
			u.out[who] = true
			u.paid[pool] = append(u.paid[pool], i)
		}
	}
	f.tracedAt(in, func(pool, who place, deposits []int) {
		for _, d := range deposits {
			e := &f.events[d]
			u := by[e.GasPrice]
			if !odd(e) || len(u.in) != 1 || len(u.out) != 1 {
				continue
			}
			for len(u.paid[pool]) > 0 && u.paid[pool][0] < d {
				u.paid[pool] = u.paid[pool][1:]
			}
			if len(u.paid[pool]) == 0 {
				continue
			}
			w := u.paid[pool][0]
			u.paid[pool] = u.paid[pool][1:]
			p := f.at(pairing{pool, who.of, f.events[w].Address})
			p.single = append(p.single, pair{d, w, []Evidence{evidence(GasPrice, "both transactions paid %s wei for gas, and nobody else did", e.GasPrice)}})
		}
	})
}

// odd reports whether the gas price of an event says something: it is known, the actor
// chose it, and few others would.
func odd(e *Event) bool {
	return !e.GasPrice.IsZero() && e.Relayer == "" && new(big.Int).Rem(e.GasPrice.Big(), round.Big()).Sign() != 0
}

// relayed finds withdrawals that the actor's own relayer sent, each with the oldest
// deposit of the address that is not taken.
func (f *finder) relayed(in side) {
	sent := map[place][]int{}
	for i := range f.events {
		if e := &f.events[i]; e.Kind == Withdrawal && e.Relayer != "" && f.relayers[place{e.Chain, e.Relayer}] {
			sent[place{e.Chain, e.Pool}] = append(sent[place{e.Chain, e.Pool}], i)
		}
	}
	f.tracedAt(in, func(pool, who place, deposits []int) {
		next, all := 0, sent[pool]
		from, _ := slices.BinarySearch(all, deposits[0])
		for _, w := range all[from:] {
			if next == len(deposits) {
				return
			}
			if e := &f.events[w]; deposits[next] < w {
				p := f.at(pairing{pool, who.of, e.Address})
				p.single = append(p.single, pair{deposits[next], w, []Evidence{evidence(Relayer, "relayer %s is known as the actor's own", e.Relayer.Text(e.Chain))}})
				next++
			}
		}
	})
}

// inOrder finds withdrawals that are of a traced deposit if the pool pays in order.
func (f *finder) inOrder() {
	for w, d := range f.queue {
		from, to := &f.events[d], &f.events[w]
		if f.traced[place{from.Chain, from.Address}] && from.Address != to.Address {
			p := f.at(pairing{place{from.Chain, from.Pool}, from.Address, to.Address})
			p.single = append(p.single, pair{d, w, []Evidence{evidence(InOrder, "it is the next in line when the deposit is")}})
		}
	}
}

// transfers finds payments between traced depositors and recipients, past the pools.
func (f *finder) transfers(in, out side) error {
	if f.q.Snapshot == nil {
		return nil
	}
	depositors, recipients := map[place]bool{}, map[place]bool{}
	f.tracedAt(in, func(_, who place, _ []int) { depositors[who] = true })
	for _, by := range out {
		for who := range by {
			recipients[who] = true
		}
	}
	type two struct{ from, to place }
	seen := map[two]Evidence{}
	for _, of := range frontiers(depositors) {
		for _, d := range []ledger.Direction{ledger.Out, ledger.In} {
			if err := f.expand(of, ledger.Step{Direction: d, Least: chain.Units64(1), HubLimit: f.o.Hub}, func(t *ledger.Transfer) error {
				a, b := place{t.Chain, t.From}, place{t.Chain, t.To}
				if d == ledger.In {
					a, b = b, a
				}
				_, pool := f.pools[b]
				if _, known := seen[two{a, b}]; !known && a != b && recipients[b] && !pool && !f.routers[b] {
					seen[two{a, b}] = evidence(Transfer, "%s paid %s in transaction 0x%x", t.From.Text(t.Chain), t.To.Text(t.Chain), t.Tx)
				}
				return nil
			}); err != nil {
				return err
			}
		}
	}
	for k, e := range seen {
		for pool := range in {
			if len(in[pool][k.from]) > 0 && len(out[pool][k.to]) > 0 {
				p := f.at(pairing{pool, k.from.of, k.to.of})
				p.general = append(p.general, e)
			}
		}
	}
	return nil
}

func frontiers(of map[place]bool) []ledger.Frontier {
	by := map[chain.ID][]ledger.Address{}
	for a := range of {
		by[a.chain] = append(by[a.chain], a.of)
	}
	var out []ledger.Frontier
	for _, id := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[id])
		out = append(out, ledger.Frontier{Chain: id, Addresses: by[id]})
	}
	return out
}

// matched brings deposits and withdrawals of a pairing together, one to one: those that
// evidence names, the strongest first, and where there is evidence of the two addresses
// the others in their order.
func (p *found) matched(f *finder) []pair {
	slices.SortFunc(p.single, func(a, b pair) int {
		return cmp.Or(b.evidence[0].Points-a.evidence[0].Points, a.w-b.w, a.d-b.d)
	})
	var out []pair
	byD, byW := map[int]int{}, map[int]int{} // index in out, plus 1
	for _, s := range p.single {
		switch i := byD[s.d]; {
		case i == 0 && byW[s.w] == 0:
			out = append(out, pair{d: s.d, w: s.w, evidence: s.evidence})
			byD[s.d], byW[s.w] = len(out), len(out)
		case i != 0 && byW[s.w] == i:
			out[i-1].evidence = append(out[i-1].evidence, s.evidence...)
		}
	}
	if len(p.general) > 0 {
		at := p.of.pool
		withdrawals := slices.DeleteFunc(slices.Clone(f.paidOut[at][place{at.chain, p.of.to}]), func(w int) bool { return byW[w] != 0 })
		for _, d := range f.paidIn[at][place{at.chain, p.of.from}] {
			if byD[d] != 0 {
				continue
			}
			for len(withdrawals) > 0 && withdrawals[0] < d {
				withdrawals = withdrawals[1:]
			}
			if len(withdrawals) == 0 {
				break
			}
			out = append(out, pair{d: d, w: withdrawals[0]})
			withdrawals = withdrawals[1:]
		}
	}
	for i := range out {
		out[i].evidence = append(out[i].evidence, p.general...)
		slices.SortFunc(out[i].evidence, func(a, b Evidence) int { return cmp.Or(b.Points-a.Points, strings.Compare(a.Says, b.Says)) })
	}
	return out
}

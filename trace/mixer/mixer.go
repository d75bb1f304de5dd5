// Package mixer says which withdrawals from a mixer's pools may be of a theft that was
// deposited there, how strong each reason is, and in how large a crowd.
//
// # Contract
//
// Pools are contracts that take and pay one sum alone, as Tornado Cash's ([Tornado] has a
// table; [ReadPools] reads others). [Find] looks at the deposits of addresses that a
// trace reached, and at nothing that does not touch them. A [Link] of a deposit and a
// later withdrawal from the same pool has a list of [Evidence], each with fixed points:
// they order links, they are no probabilities and are never multiplied. Beside it stands
// the [Anonymity] of the withdrawal, which says how many deposits it can be of as far as
// the pool itself shows. A link is evidence to read. It is no [follow.Link], and nothing
// here continues a trace.
//
// What the ledger holds of the pools is read (payments alone say who deposited, also by
// way of a router, who was paid, and by which relayer); a table of events adds gas
// prices and what the ledger lacks. Where both contradict each other the ledger stands,
// and Result.Unclear says so. The same query gives the same result.
//
// # Example
//
//	pools, routers := mixer.Tornado()
//	found, err := mixer.Find(ctx, mixer.Query{Snapshot: snapshot, Pools: pools,
//		Routers: []ledger.Frontier{{Chain: chain.Ethereum, Addresses: routers}}, Traced: mixer.Traced(answer)})
//	if err != nil {
//		return err
//	}
//	for _, l := range found.Links {
//		fmt.Println(l.Points, l.Withdrawal.Address.Text(l.Withdrawal.Chain), "one of", l.Anonymity.Set())
//	}
package mixer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Kind is what happened at a pool.
type Kind string

// The kinds.
const (
	Deposit    Kind = "deposit"
	Withdrawal Kind = "withdrawal"
)

// Event is a deposit or a withdrawal.
type Event struct {
	Chain    chain.ID
	Pool     ledger.Address
	Kind     Kind
	Tx       string // bytes of the id
	Time     int64
	Address  ledger.Address // who deposited, or who was paid; empty: the ledger does not tell
	GasPrice chain.Amount   // of the transaction; 0: not known
	Relayer  ledger.Address // who sent the withdrawal for a fee; empty: nobody
	Fee      chain.Amount
	Place    string // "file:line" of a table; empty: the ledger alone

	block      uint64
	pos, index uint32
}

// compare orders events by time, then as the ledger does.
func compare(a, b *Event) int {
	return cmp.Or(strings.Compare(string(a.Chain), string(b.Chain)), cmp.Compare(a.Time, b.Time), cmp.Compare(a.block, b.block), cmp.Compare(a.pos, b.pos),
		cmp.Compare(a.index, b.index), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Tx, b.Tx), strings.Compare(string(a.Address), string(b.Address)))
}

// Reason is a heuristic.
type Reason string

// The reasons; see [Reason.Points].
const (
	Reuse    Reason = "address reuse"      // who deposited was paid
	Relayer  Reason = "own relayer"        // a relayer known to be the actor's sent the withdrawal
	Transfer Reason = "direct transfer"    // a payment between who deposited and who was paid
	Counts   Reason = "counts over pools"  // as many withdrawals from several pools as deposits, and nobody else's are so
	GasPrice Reason = "unusual gas price"  // one depositor and one recipient alone paid it
	InOrder  Reason = "first in first out" // the pool paid in the order of its deposits
)

// Points is how much a reason counts. The figures are fixed by us: they say which reason
// is stronger than which, and that the weak ones together do not outweigh reuse.
func (r Reason) Points() int {
	return map[Reason]int{Reuse: 100, Relayer: 60, Transfer: 50, Counts: 40, GasPrice: 40, InOrder: 10}[r]
}

// Evidence is a reason for a link.
type Evidence struct {
	Reason Reason
	Points int
	Says   string // what was seen
}

// Anonymity is the crowd that a withdrawal stands in.
type Anonymity struct {
	Before int // deposits into the pool before it
	Linked int // of the others, those that somebody took out again to the same address before it
}

// Set is how many deposits the withdrawal can be of.
func (a Anonymity) Set() int { return a.Before - a.Linked }

// Link is a deposit of a traced address with a later withdrawal from the same pool.
type Link struct {
	Pool       Pool
	Deposit    Event
	Withdrawal Event
	Evidence   []Evidence // the strongest first
	Points     int        // of all evidence together
	Anonymity  Anonymity
	Rivals     int // other links that claim the same withdrawal
}

// Query is what is asked.
type Query struct {
	Snapshot ledger.Snapshot // nil: Events are all that is known
	Pools    []Pool
	Routers  []ledger.Frontier // contracts through which people pay pools
	Events   []Event
	Traced   []ledger.Frontier // addresses that a trace reached
	Relayers []ledger.Frontier // relayers known to be the actor's own
	Options  Options
}

// Traced are the addresses of an answer that paid taint to mixers.
func Traced(a *follow.Answer) []ledger.Frontier {
	of := map[place]bool{}
	for i := range a.Arrivals {
		if x := &a.Arrivals[i]; x.From != "" && a.Services[x.Service].Class == follow.Mixer {
			of[place{x.Row.Chain, x.From}] = true
		}
	}
	return frontiers(of)
}

// Options are bounds. A nought is the default that stands beside it.
type Options struct {
	MaxRows uint64 // rows of the ledger, and events: 5,000,000
	Hub     int    // rows of a traced address; beyond it no direct transfers are looked for: 10,000
}

// Result is what was found.
type Result struct {
	Links    []Link   // by points, then in the order of withdrawals
	Deposits []Event  // of traced addresses, linked or not, in order
	Unclear  []string // what could not be read as a deposit or withdrawal, or contradicts; the first thousand
	Rows     uint64   // of the ledger that were read
}

// ErrRows: there are more rows than Options.MaxRows. Nothing is concluded from a part:
// the crowd would be counted too small.
var ErrRows = errors.New("more rows than the limit")

// ErrPools: pools that contradict each other.
var ErrPools = errors.New("pools not usable")

// Find finds links. Errors are those of the snapshot, of ctx, ErrRows and ErrPools.
func Find(ctx context.Context, q Query) (*Result, error) {
	f := &finder{ctx: ctx, q: &q, o: q.Options, pools: map[place]Pool{}, out: &Result{}}
	if f.o.MaxRows == 0 {
		f.o.MaxRows = 5_000_000
	}
	if f.o.Hub == 0 {
		f.o.Hub = 10_000
	}
	for _, p := range q.Pools {
		at := place{p.Chain, p.Address}
		if old, ok := f.pools[at]; ok && old != p || p.Denomination.IsZero() {
			return nil, fmt.Errorf("find mixer links: %w: %s", ErrPools, p.Address.Text(p.Chain))
		}
		f.pools[at] = p
	}
	f.routers, f.traced, f.relayers = set(q.Routers), set(q.Traced), set(q.Relayers)
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("find mixer links: %w", err)
	}
	f.merge()
	f.crowd()
	if err := f.weigh(); err != nil {
		return nil, fmt.Errorf("find mixer links: %w", err)
	}
	f.link()
	return f.out, nil
}

// finder is one call of Find.
type finder struct {
	ctx   context.Context
	q     *Query
	o     Options
	pools map[place]Pool

	routers, traced, relayers map[place]bool

	events []Event           // of all pools, in order
	anon   map[int]Anonymity // by the index of a withdrawal
	queue  map[int]int       // withdrawal → deposit, first in first out
	back   map[int]int       // deposit → withdrawal to the same address
	pairs  map[pairing]*found
	out    *Result

	paidIn, paidOut side // events with an address
}

func set(of []ledger.Frontier) map[place]bool {
	out := map[place]bool{}
	for _, f := range of {
		for _, a := range f.Addresses {
			out[place{f.Chain, a}] = true
		}
	}
	return out
}

func (f *finder) unclear(format string, args ...any) {
	if len(f.out.Unclear) < 1000 {
		f.out.Unclear = append(f.out.Unclear, fmt.Sprintf(format, args...))
	}
}

// crowd counts, for every withdrawal, the deposits that it can be of, and matches the
// pool's deposits and withdrawals first in first out. What a depositor takes out to the
// same address is taken to be its own.
func (f *finder) crowd() {
	type pool struct {
		count Anonymity
		own   map[ledger.Address][]int
		line  []int // deposits in order
		next  int   // of line: all before are taken
	}
	pools, taken := map[place]*pool{}, map[int]bool{}
	f.anon, f.queue, f.back = map[int]Anonymity{}, map[int]int{}, map[int]int{}
	for i := range f.events {
		e := &f.events[i]
		at := place{e.Chain, e.Pool}
		if pools[at] == nil {
			pools[at] = &pool{own: map[ledger.Address][]int{}}
		}
		p := pools[at]
		if e.Kind == Deposit {
			p.count.Before++
			p.line = append(p.line, i)
			p.own[e.Address] = append(p.own[e.Address], i)
			continue
		}
		f.anon[i] = p.count
		own := p.own[e.Address]
		for len(own) > 0 && taken[own[0]] {
			own = own[1:]
		}
		if e.Address != "" && len(own) > 0 {
			f.queue[i], f.back[own[0]], taken[own[0]] = own[0], i, true
			p.own[e.Address] = own[1:]
			p.count.Linked++
			continue
		}
		for p.next < len(p.line) && taken[p.line[p.next]] {
			p.next++
		}
		if p.next < len(p.line) {
			f.queue[i], taken[p.line[p.next]] = p.line[p.next], true
		}
	}
}

// link makes the links of what was found, and orders them.
func (f *finder) link() {
	claims := map[int]int{}
	type ranked struct {
		w int
		l Link
	}
	var all []ranked
	for key, found := range f.pairs {
		for _, p := range found.matched(f) {
			w := f.events[p.w]
			l := Link{Pool: f.pools[key.pool], Deposit: f.events[p.d], Withdrawal: w, Evidence: p.evidence, Anonymity: f.anon[p.w]}
			if back, ok := f.back[p.d]; ok && back < p.w {
				l.Anonymity.Linked-- // the deposit at hand is one of those that it can be of
			}
			for _, e := range l.Evidence {
				l.Points += e.Points
			}
			claims[p.w]++
			all = append(all, ranked{p.w, l})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(b.l.Points-a.l.Points, a.w-b.w, compare(&a.l.Deposit, &b.l.Deposit))
	})
	for _, r := range all {
		r.l.Rivals = claims[r.w] - 1
		f.out.Links = append(f.out.Links, r.l)
	}
}

package follow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Errors of Run and Replay, for errors.Is.
var (
	// ErrQuestion: what is asked cannot be.
	ErrQuestion = errors.New("cannot be traced")
	// ErrNoRow: the ledger does not hold a row that a theft or a link names.
	ErrNoRow = errors.New("no such row in the ledger")
	// ErrAmount: a sum does not fit an amount of a chain: it is 2^256 or more.
	ErrAmount = errors.New("a sum is 2^256 or more")
	// ErrBalance: a sum of the answer does not close. This program is wrong, and nothing
	// that it found of this question is to be believed.
	ErrBalance = errors.New("what came is not what went: a fault of this program")
)

// errWide ends a run whose numbers need more than 128 bits: it begins again with more.
var errWide = errors.New("more than 128 bits")

// Run answers a question from a snapshot. It reads the chains that marks and links
// name, and gives the same answer for the same rows, however it reads them.
func Run(ctx context.Context, snapshot ledger.Snapshot, q Question) (*Answer, error) {
	var ledgers []Ledger
	for _, e := range snapshot.Chains() {
		ledgers = append(ledgers, Ledger{Chain: e.Chain, Snapshot: snapshot.ID(), Rows: e.Rows})
	}
	return answer(ctx, &source{books: snapshot.Book, ledgers: ledgers, reading: q.Reading}, q)
}

// source is where rows come from: a snapshot, or the record of a run.
type source struct {
	books    func(chain.ID) (ledger.Book, bool)
	ledgers  []Ledger
	reading  Reading
	recorded *Record             // nil: a snapshot
	services map[account]Service // of the record
	openings map[Opening]Opening // of the record, by openings without rows and values
}

// answer runs, and runs again with wide numbers where narrow ones do not do.
func answer(ctx context.Context, from *source, q Question) (*Answer, error) {
	a, err := attempt(ctx, from, &q, false)
	if errors.Is(err, errWide) {
		a, err = attempt(ctx, from, &q, true)
	}
	if err != nil {
		return nil, fmt.Errorf("trace over ledger: %w", err)
	}
	return a, nil
}

func attempt(ctx context.Context, from *source, q *Question, wide bool) (*Answer, error) {
	r, err := newRun(ctx, from, q, wide)
	if err != nil {
		return nil, err
	}
	defer r.leave()
	if err := r.merge(); err != nil {
		return nil, err
	}
	return r.finish()
}

// run is one attempt at an answer.
type run struct {
	ctx      context.Context
	q        *Question
	from     *source
	wide     bool
	policies policies
	thefts   []string // ids, then trace.All where there are several
	linked   map[account]Service
	links    []inTransit // by the index of Question.Links
	lanes    []lane
	grounds  []*ground // of the lanes
	*collector
}

// account is an address on a chain.
type account struct {
	chain   chain.ID
	address ledger.Address
}

// inTransit is what became of a link.
type inTransit struct {
	out, in ledger.Row
	from    *parcel // nil before Out stood
	left    bool    // Out stood, or is too late
	early   bool    // Out stands after In, in the same transaction
	value   chain.Amount
}

// policies says which books are kept.
type policies struct{ poison, haircut, fifo, lifo, tiho, bounds bool }

// moment is a row's place in the order of a run. Within a chain that is the order of
// its rows alone: times of blocks may go back, and then what a row spends would stand
// after it. So time is the latest that the lane has stood at, not the row's own.
type moment struct {
	time  int64
	chain int // index of the chain among those of the run, by name
	row   ledger.Row
	waits bool // a link brings the row something, and has not taken it yet
}

func (m moment) compare(n moment) int {
	return cmp.Or(cmp.Compare(m.time, n.time), cmp.Compare(m.chain, n.chain), cmp.Compare(m.row, n.row))
}

// lane is one chain of a run. It stands before the next row that it may have to apply.
type lane interface {
	// peek says when that row stands; ok is false at the end.
	peek() (next moment, ok bool, err error)
	// advance applies that row, and as many after it as stand before the moment, where
	// one is given, and do not wait. A transaction of outputs is one row here: that of
	// its first.
	advance(before *moment) error
	// finish books what is held.
	finish() error
	// leave ends what the lane has under way; nothing is asked of it afterwards.
	leave()
}

// ground is what a lane stands on.
type ground struct {
	run   *run
	id    chain.ID
	chain int // as in moment
	book  ledger.Book
	marks map[ledger.Row][]int // thefts, as indexes of run.thefts, that mark what a row brings
	outs  map[ledger.Row]int   // links, as indexes of Question.Links
	ins   map[ledger.Row]int
}

// merge advances the lanes in the order of their moments. One that waits for a link
// stands until another has come to what the link takes.
func (r *run) merge() error {
	for r.stop == nil {
		var first, second, waits *moment
		next := -1
		for i, l := range r.lanes {
			m, ok, err := l.peek()
			switch {
			case err != nil:
				return err
			case !ok:
			case m.waits:
				waits = &m
			case first == nil || m.compare(*first) < 0:
				first, second, next = &m, first, i
			case second == nil || m.compare(*second) < 0:
				second = &m
			}
		}
		switch {
		case next < 0 && waits != nil:
			return fmt.Errorf("%w: %w: links bring each other what they take", ErrQuestion, errOrder)
		case next < 0:
			return nil
		case waits != nil:
			second = first // one row, and look again
		}
		if err := r.lanes[next].advance(second); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) leave() {
	for _, l := range r.lanes {
		l.leave()
	}
}

// newRun resolves what the question names.
func newRun(ctx context.Context, from *source, q *Question, wide bool) (*run, error) {
	r := &run{ctx: ctx, q: q, from: from, wide: wide, linked: map[account]Service{}, links: make([]inTransit, len(q.Links))}
	if err := r.settle(); err != nil {
		return nil, err
	}
	r.collector = newCollector(r)
	for _, id := range r.chains() {
		book, ok := from.books(id)
		if !ok {
			return nil, fmt.Errorf("chain %s: %w", id, ErrNoRow)
		}
		r.grounds = append(r.grounds, &ground{
			run: r, id: id, chain: len(r.grounds), book: book,
			marks: map[ledger.Row][]int{}, outs: map[ledger.Row]int{}, ins: map[ledger.Row]int{},
		})
	}
	if err := r.place(); err != nil {
		return nil, err
	}
	for _, g := range r.grounds {
		l, err := newLane(g)
		if err != nil {
			r.leave()
			return nil, err
		}
		r.lanes = append(r.lanes, l)
	}
	return r, nil
}

// newLane is a lane by the model of the chain.
func newLane(g *ground) (lane, error) {
	c, ok := chain.Lookup(g.id)
	switch {
	case ok && c.Model == chain.UTXO:
		return newCoinLane(g)
	case ok && c.Model == chain.Account && g.run.wide:
		return newWideAccountLane(g)
	case ok && c.Model == chain.Account:
		return newAccountLane(g)
	}
	return nil, fmt.Errorf("chain %s: %w: its rows do not say who paid whom", g.id, ErrQuestion)
}

// settle checks the question by itself, and names the thefts.
func (r *run) settle() error {
	asked := r.q.Rules.Policies
	if len(asked) == 0 {
		asked = accounting.Policies()
	}
	for _, p := range asked {
		if !slices.Contains(accounting.Policies(), p) {
			return fmt.Errorf("policy %q: %w", p, accounting.ErrPolicy)
		}
	}
	has := func(p accounting.Policy) bool { return slices.Contains(asked, p) }
	r.policies = policies{
		has(accounting.Poison), has(accounting.Haircut), has(accounting.FIFO), has(accounting.LIFO), has(accounting.TIHO), r.q.Rules.Bounds,
	}
	return r.nameThefts()
}

// list is the policies in the order in which they are printed.
func (p policies) list() (out []accounting.Policy) {
	for i, on := range []bool{p.poison, p.haircut, p.fifo, p.lifo, p.tiho} {
		if on {
			out = append(out, accounting.Policies()[i])
		}
	}
	return out
}

// chains are those that marks and links name, by name.
func (r *run) chains() []chain.ID {
	var out []chain.ID
	for _, t := range r.q.Thefts {
		for _, m := range t.Marks {
			out = append(out, m.Chain)
		}
	}
	for _, l := range r.q.Links {
		out = append(out, l.Out.Chain, l.In.Chain)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

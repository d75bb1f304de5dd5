package follow

import (
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// depositRows is how many payments of an account are looked at to tell a deposit
// address: one that makes more is none.
const depositRows = 1000

// services tells who is behind accounts of a chain. Each is looked at once.
type services struct {
	*ground
	asked bool // anybody can be a service
	named bool // and that can follow from an address
	known map[ledger.AccountID]Service
	plain accountSet // looked at, and nobody
}

func newServices(g *ground) services {
	r := g.run
	named := r.q.Services != nil || len(r.linked) > 0 || r.from.recorded != nil
	return services{
		ground: g, known: map[ledger.AccountID]Service{}, plain: newAccountSet(g.book.Accounts()),
		asked: named || r.q.Rules.Hub > 0 || r.q.Rules.Deposits, named: named,
	}
}

// facts are what the ledger says of an account.
type facts struct {
	degree  ledger.Degree
	address ledger.Address // where somebody can be a service by it
	hub     bool           // it has too many counterparties
}

// look finds what the ledger says of an account. It is safe for concurrent use.
func (s *services) look(id ledger.AccountID, degree ledger.Degree) (f facts, err error) {
	f.degree = degree
	if !s.asked {
		return f, nil
	}
	if s.named {
		f.address, err = s.book.Address(id)
	}
	if err == nil && s.run.q.Rules.Hub > 0 && s.run.from.recorded == nil {
		f.hub, err = s.isHub(id, degree)
	}
	return f, err
}

// of is the service that an account is, if it is one; look says what the ledger says
// of it, where that is known.
func (s *services) of(id ledger.AccountID, look func() *facts) (Service, bool, error) {
	if !s.asked || s.plain.has(id) {
		return Service{}, false, nil
	}
	if at, ok := s.known[id]; ok {
		return at, true, nil
	}
	at, ok, err := s.find(id, look())
	switch {
	case err != nil:
	case ok:
		s.known[id] = at
	default:
		s.plain.add(id)
	}
	return at, ok, err
}

// find tells who an account is.
func (s *services) find(id ledger.AccountID, f *facts) (Service, bool, error) {
	if f == nil {
		degree, err := s.book.Degree(id)
		if err != nil {
			return Service{}, false, err
		}
		seen, err := s.look(id, degree)
		if err != nil {
			return Service{}, false, err
		}
		f = &seen
	}
	a := f.address
	if s.run.from.recorded != nil {
		at, ok := s.run.from.services[account{s.id, a}]
		if !ok { // a link taken away makes its ends services that the run did not end at
			at, ok = s.run.service(s.id, a)
		}
		return at, ok, nil
	}
	if at, ok := s.run.service(s.id, a); ok {
		return at, true, nil
	}
	if s.run.q.Rules.Deposits {
		if at, ok, err := s.deposit(id, f.degree); ok || err != nil {
			return at, ok, err
		}
	}
	if f.hub {
		return Service{Class: Hub, Confidence: Heuristic, Note: fmt.Sprintf("%d counterparties or more, and nobody tagged it", s.run.q.Rules.Hub)}, true, nil
	}
	return Service{}, false, nil
}

// deposit tells an address that pays one exchange alone.
func (s *services) deposit(id ledger.AccountID, degree ledger.Degree) (none Service, ok bool, err error) {
	if degree.Out == 0 || degree.Out > depositRows {
		return none, false, nil
	}
	cells := s.book.Cells()
	var one Service
	seen := map[ledger.AccountID]bool{ledger.Nobody: true}
	for row, err := range s.book.Walk(s.run.ctx, id, ledger.Out, 0) {
		if err != nil {
			return none, false, err
		}
		to, err := cells.To(row)
		if err != nil {
			return none, false, err
		}
		if seen[to] {
			continue
		}
		seen[to] = true
		a, err := s.book.Address(to)
		if err != nil {
			return none, false, err
		}
		at, ok := s.run.service(s.id, a)
		if !ok || at.Class != Exchange || one.Name != "" && one.Name != at.Name {
			return none, false, nil
		}
		one = at
	}
	if len(seen) == 1 {
		return none, false, nil
	}
	one.Class, one.Confidence = Deposit, Heuristic
	one.Note = fmt.Sprintf("its %d payments go to this exchange alone", degree.Out)
	return one, true, nil
}

// isHub tells an account with many counterparties.
func (s *services) isHub(id ledger.AccountID, degree ledger.Degree) (bool, error) {
	least := s.run.q.Rules.Hub
	if degree.Out+degree.In < least {
		return false, nil
	}
	others := counterpartiesPool.Get().(*counterparties)
	defer others.end()
	others.of, others.found = id, 0
	sides := []ledger.Direction{ledger.Out, ledger.In}
	if degree.In < degree.Out {
		slices.Reverse(sides) // the shorter list may do
	}
	cells := ledger.ManyOf(s.book)
	for _, d := range sides {
		other := cells.ToMany
		if d == ledger.In {
			other = cells.FromMany
		}
		if err := others.look(s.book.Walk(s.run.ctx, id, d, 0), other, least); err != nil {
			return false, err
		}
		if others.found >= least {
			return true, nil
		}
	}
	return false, nil
}

// counterparties counts who is at the other side of rows of an account.
type counterparties struct {
	of    ledger.AccountID
	index bulk.Index
	found int
	rows  [walkAtOnce]ledger.Row
	other [walkAtOnce]ledger.AccountID
}

// counterpartiesPool keeps the memory of counts.
var counterpartiesPool = sync.Pool{New: func() any { return &counterparties{} }}

// keptIndex is how many bytes of an index are kept for the next count.
const keptIndex = 1 << 20

func (c *counterparties) end() {
	if c.index.Bytes() > keptIndex {
		c.index.Free()
		return
	}
	c.index.Clear()
	counterpartiesPool.Put(c)
}

// walkAtOnce is how many rows are looked at before the count is.
const walkAtOnce = 256

// look goes through rows until there are enough.
func (c *counterparties) look(rows iter.Seq2[ledger.Row, error], other func([]ledger.Row, []ledger.AccountID) error, enough int) error {
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		c.rows[n] = row
		if n++; n == walkAtOnce {
			if err := c.add(n, other); err != nil || c.found >= enough {
				return err
			}
			n = 0
		}
	}
	return c.add(n, other)
}

// add counts those of the rows at hand.
func (c *counterparties) add(n int, other func([]ledger.Row, []ledger.AccountID) error) error {
	if err := other(c.rows[:n], c.other[:]); err != nil {
		return err
	}
	for _, id := range c.other[:n] {
		if id != ledger.Nobody && id != c.of {
			c.found = max(c.found, int(c.index.Place(uint64(id)+1)))
		}
	}
	return nil
}

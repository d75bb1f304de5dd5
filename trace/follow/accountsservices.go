package follow

import (
	"fmt"
	"iter"
	"slices"

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
	known map[ledger.AccountID]Service
	plain ledger.Bits // looked at, and nobody
}

func newServices(g *ground) services {
	r := g.run
	return services{
		ground: g, known: map[ledger.AccountID]Service{}, plain: ledger.NewBits(g.book.Accounts()),
		asked: r.q.Services != nil || len(r.linked) > 0 || r.q.Rules.Hub > 0 || r.q.Rules.Deposits || r.from.recorded != nil,
	}
}

// of is the service that an account is, if it is one.
func (s *services) of(id ledger.AccountID) (Service, bool, error) {
	if !s.asked || s.plain.Has(id) {
		return Service{}, false, nil
	}
	if at, ok := s.known[id]; ok {
		return at, true, nil
	}
	at, ok, err := s.find(id)
	switch {
	case err != nil:
	case ok:
		s.known[id] = at
	default:
		s.plain.Add(id)
	}
	return at, ok, err
}

func (s *services) find(id ledger.AccountID) (Service, bool, error) {
	a, err := s.book.Address(id)
	if err != nil {
		return Service{}, false, err
	}
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
		if at, ok, err := s.deposit(id); ok || err != nil {
			return at, ok, err
		}
	}
	if s.run.q.Rules.Hub > 0 {
		return s.hub(id)
	}
	return Service{}, false, nil
}

// deposit tells an address that pays one exchange alone.
func (s *services) deposit(id ledger.AccountID) (none Service, ok bool, err error) {
	degree, err := s.book.Degree(id)
	if err != nil || degree.Out == 0 || degree.Out > depositRows {
		return none, false, err
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

// hub tells an account with many counterparties.
func (s *services) hub(id ledger.AccountID) (none Service, ok bool, err error) {
	least := s.run.q.Rules.Hub
	degree, err := s.book.Degree(id)
	if err != nil || degree.Out+degree.In < least {
		return none, false, err
	}
	others := counterparties{of: id}
	defer others.index.Free()
	sides := []ledger.Direction{ledger.Out, ledger.In}
	if degree.In < degree.Out {
		slices.Reverse(sides) // the shorter list may do
	}
	cells := manyOf(s.book.Cells())
	for _, d := range sides {
		other := cells.Tos
		if d == ledger.In {
			other = cells.Froms
		}
		if err := others.look(s.book.Walk(s.run.ctx, id, d, 0), other, least); err != nil {
			return none, false, err
		}
		if others.found >= least {
			return Service{Class: Hub, Confidence: Heuristic, Note: fmt.Sprintf("%d counterparties or more, and nobody tagged it", least)}, true, nil
		}
	}
	return none, false, nil
}

// counterparties counts who is at the other side of rows of an account.
type counterparties struct {
	of    ledger.AccountID
	index bulk.Index
	found int
	rows  [walkAtOnce]ledger.Row
	other [walkAtOnce]ledger.AccountID
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

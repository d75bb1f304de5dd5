package follow

import (
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
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
	cells := s.book.Cells()
	others := map[ledger.AccountID]bool{}
	sides := []ledger.Direction{ledger.Out, ledger.In}
	if degree.In < degree.Out {
		slices.Reverse(sides) // the shorter list may do
	}
	for _, d := range sides {
		other := cells.To
		if d == ledger.In {
			other = cells.From
		}
		for row, err := range s.book.Walk(s.run.ctx, id, d, 0) {
			if err != nil {
				return none, false, err
			}
			o, err := other(row)
			if err != nil {
				return none, false, err
			}
			if o != ledger.Nobody && o != id {
				others[o] = true
			}
			if len(others) >= least {
				return Service{Class: Hub, Confidence: Heuristic, Note: fmt.Sprintf("%d counterparties or more, and nobody tagged it", least)}, true, nil
			}
		}
	}
	return none, false, nil
}

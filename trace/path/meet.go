package path

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
)

// side is the search from one end.
type side struct {
	// away is one more than the distance of each account from the end, with isHub set
	// where it was found to be a hub; 0: not reached.
	away    []uint8
	reached []ledger.AccountID // all, in the order of their distance
	last    []ledger.AccountID // those at the distance of depth
	depth   int                // hops that were followed: all accounts so near are reached
	ready   bool               // last has no hub and no end any more, and rows is known
	rows    uint64             // of the next hop
}

const isHub = 0x80

// at is the distance of an account; −1: not reached.
func (e *side) at(id ledger.AccountID) int { return int(e.away[id]&^isHub) - 1 }

func newSide(accounts int, end ledger.AccountID) side {
	e := side{away: make([]uint8, accounts), last: []ledger.AccountID{end}, reached: []ledger.AccountID{end}}
	e.away[end] = 1
	return e
}

// meet follows hops from both ends until together they are as many as a path may have.
// A hop is followed as a whole or not at all, so that a search that was stopped is
// complete up to the sum of both depths.
func (s *search) meet() error {
	for d := range s.sides {
		s.sides[d] = newSide(s.book.Accounts(), s.ends[d])
		if err := s.prepare(ledger.Direction(d)); err != nil {
			return err
		}
	}
	for s.sides[0].depth+s.sides[1].depth < s.hops {
		d, err := s.cheaper()
		if err != nil {
			return err
		}
		e := &s.sides[d]
		far := uint8(e.depth + 2)
		var found []ledger.AccountID
		err = s.hop(e.last, d, func(id ledger.AccountID) {
			if e.away[id] == 0 {
				e.away[id] = far
				found = append(found, id)
			}
		})
		if err != nil {
			for _, id := range found {
				e.away[id] = 0
			}
			return err
		}
		e.depth++
		e.last, e.reached, e.ready = found, append(e.reached, found...), false
	}
	return nil
}

// cheaper is the side whose next hop is to be followed: the one with the smaller
// frontier, as long as the budget has room for its rows.
func (s *search) cheaper() (ledger.Direction, error) {
	weight := func(d ledger.Direction) uint64 {
		if e := &s.sides[d]; !e.ready {
			return uint64(len(e.last))
		}
		return s.sides[d].rows
	}
	first := ledger.Out
	if weight(ledger.In) < weight(ledger.Out) {
		first = ledger.In
	}
	for _, d := range []ledger.Direction{first, 1 - first} {
		if err := s.prepare(d); err != nil {
			return d, err
		}
		if err := s.afford(s.sides[d].rows); err != stopped("rows") {
			return d, err
		}
	}
	return first, stopped("rows")
}

// prepare takes hubs and the ends out of a frontier, but for its own end where it
// begins, and counts the rows of its next hop.
func (s *search) prepare(d ledger.Direction) (err error) {
	e := &s.sides[d]
	if e.ready {
		return nil
	}
	e.last, e.rows, err = s.withoutHubs(e.last, d, e.depth == 0)
	e.ready = err == nil
	return err
}

// withoutHubs are the accounts of a frontier that are gone through, and the number of
// their rows.
func (s *search) withoutHubs(of []ledger.AccountID, d ledger.Direction, begin bool) (kept []ledger.AccountID, rows uint64, err error) {
	e := &s.sides[d]
	kept = of[:0:0]
	for i, id := range of {
		if i%4096 == 4095 {
			if err := s.pause(); err != nil {
				return nil, 0, err
			}
		}
		if e.away[id]&isHub != 0 || s.isEnd(id) && !begin {
			continue
		}
		n, err := s.book.Degree(id)
		if err != nil {
			return nil, 0, err
		}
		if s.isHub(n) && !s.isEnd(id) {
			e.away[id] |= isHub
			s.hubs[id] = n
			continue
		}
		kept = append(kept, id)
		if d == ledger.Out {
			rows += uint64(n.Out)
		} else {
			rows += uint64(n.In)
		}
	}
	return kept, rows, nil
}

// hop visits who is at the other side of the rows of a frontier, each once or more.
func (s *search) hop(of []ledger.AccountID, d ledger.Direction, visit func(ledger.AccountID)) error {
	if s.outputs {
		for _, id := range of {
			err := s.rowsAt(id, d, func(other ledger.AccountID, _, _ ledger.Row) { visit(other) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	const portion = 1 << 16
	var to []ledger.AccountID
	for len(of) > 0 {
		n := min(portion, len(of))
		var err error
		if to, err = s.book.Hop(s.ctx, of[:n], s.step(d), to[:0], nil); err != nil {
			return err
		}
		if err := s.spend(len(to)); err != nil {
			return err
		}
		for _, id := range to {
			if id != ledger.Nobody {
				visit(id)
			}
		}
		of = of[n:]
	}
	return nil
}

// between are the accounts that lie on a path as far as their distances tell, sorted.
// Where the sides meet, each is led on through what the other reached, so that both
// distances of an account are known if it is on a path.
func (s *search) between() ([]ledger.AccountID, error) {
	for _, d := range []ledger.Direction{ledger.In, ledger.Out} {
		if err := s.leadOn(d); err != nil {
			return nil, err
		}
	}
	out, in := &s.sides[ledger.Out], &s.sides[ledger.In]
	var all []ledger.AccountID
	for _, e := range []*side{out, in} {
		for _, id := range e.reached {
			if out.at(id) >= 0 && in.at(id) >= 0 && out.at(id)+in.at(id) <= s.hops {
				all = append(all, id)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	kept, _, err := s.withoutHubs(all, ledger.Out, true)
	s.shortest = 0
	for _, id := range kept {
		if n := out.at(id) + in.at(id); s.shortest == 0 || n < s.shortest {
			s.shortest = n
		}
	}
	return kept, err
}

// leadOn follows hops of a side beyond its depth, from where it met the other and
// through accounts that the other reached.
func (s *search) leadOn(d ledger.Direction) error {
	e, other := &s.sides[d], &s.sides[1-d]
	near := func(id ledger.AccountID, far int) bool { return other.at(id) >= 0 && other.at(id)+far <= s.hops }
	var of []ledger.AccountID
	for _, id := range e.last {
		if near(id, e.depth) {
			of = append(of, id)
		}
	}
	for far := e.depth; far < s.hops && len(of) > 0; far++ {
		var rows uint64
		var err error
		if of, rows, err = s.withoutHubs(of, d, far == 0); err == nil {
			err = s.afford(rows)
		}
		if err != nil {
			return err
		}
		var found []ledger.AccountID
		err = s.hop(of, d, func(id ledger.AccountID) {
			if e.away[id] == 0 && near(id, far+1) {
				e.away[id] = uint8(far + 2)
				found = append(found, id)
			}
		})
		s.marked[d] = append(s.marked[d], found...)
		if err != nil {
			return err
		}
		of = found
	}
	return nil
}

// unmark forgets what leadOn reached, so that it can begin again with fewer hops.
func (s *search) unmark() {
	for d, ids := range s.marked {
		for _, id := range ids {
			s.sides[d].away[id] = 0
		}
		s.marked[d] = nil
	}
}

// nameHubs lists the hubs that were met.
func (s *search) nameHubs(a *Answer) error {
	type met struct {
		id   ledger.AccountID
		away [2]int
	}
	var all []met
	for id := range s.hubs {
		all = append(all, met{id, [2]int{s.sides[0].at(id), s.sides[1].at(id)}})
	}
	far := func(m met) int { // a path through it has at least so many hops
		if m.away[0] < 0 || m.away[1] < 0 {
			return 1 << 10
		}
		return m.away[0] + m.away[1]
	}
	slices.SortFunc(all, func(x, y met) int {
		n, m := s.hubs[x.id], s.hubs[y.id]
		return cmp.Or(cmp.Compare(far(x), far(y)), cmp.Compare(m.Out+m.In, n.Out+n.In), cmp.Compare(x.id, y.id))
	})
	a.MoreHubs = max(0, len(all)-MaxHubs)
	for _, m := range all[:len(all)-a.MoreHubs] {
		address, err := s.book.Address(m.id)
		if err != nil {
			return err
		}
		a.Hubs = append(a.Hubs, Hub{Address: address, Rows: s.hubs[m.id], FromHere: m.away[0], ToThere: m.away[1]})
	}
	return nil
}

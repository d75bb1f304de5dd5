package trace

import (
	"context"
	"maps"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// trace advances every policy and every theft over the rows.
func (t *transfers) trace(ctx context.Context, p Params, stolen thefts) (*Result, error) {
	m := p.meter()
	var states []*accountState
	add := func(b *books) {
		s := &accountState{books: b, places: map[int]lots{}}
		if p.Unseen && b.trace.Policy == accounting.Poison {
			s.reached = map[int]bool{}
		}
		states = append(states, s)
	}
	if err := stolen.every(p, m, add); err != nil {
		return nil, err
	}
	err := pass(ctx, len(t.rows), m, func(row int) {
		for _, s := range states {
			s.advance(t, &t.rows[row])
		}
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Thefts: stolen.ids}
	for _, s := range states {
		for i, l := range s.places {
			s.hold(t.places[i].name, t.places[i].asset, l.Tainted())
		}
		if !m.Spend(workKept * int64(len(t.unobserved))) {
			return nil, ErrLimit
		}
		s.trace.Unobserved = maps.Clone(t.unobserved)
		result.Traces = append(result.Traces, s.close())
	}
	return result, nil
}

// accountState is one trace over accounts. It lists the places where taint lies; any
// other is one clean lot, whose size the row knows.
type accountState struct {
	*books
	places map[int]lots
	// reached are places of which all that is known was spent, and more: poison stays
	// there. Nil where it does not.
	reached map[int]bool
}

func (s *accountState) advance(t *transfers, m *move) {
	if !s.meter.Spend(workRow) {
		return
	}
	s.older(m.from, m.short)
	s.older(m.feeFrom, m.feeShort)
	value, fee := s.leave(m)
	s.keep(m.from, m.short)
	s.keep(m.feeFrom, m.feeShort)
	s.forget(m.from)
	s.forget(m.feeFrom)
	if fee != nil {
		s.fee(m.id, t.places[m.feeFrom].asset, fee.Tainted())
	}
	if m.paid.IsZero() {
		return
	}
	to := &t.places[m.to]
	there := s.places[m.to]
	if value == nil && there == nil && !s.marks[m.id] && !s.reached[m.to] {
		return
	}
	if m.swap && value != nil {
		out, in := s.sum(t.places[m.from].asset), s.sum(to.asset)
		s.count(&out.Away, value.Tainted())
		value.Scale(m.received, m.paid)
		s.count(&in.Swapped, value.Tainted())
	}
	if value == nil {
		value = s.clean(m.received)
	}
	s.arrive(arrival{mark: m.id, place: to.name, asset: to.asset, boundary: to.boundary}, value)
	switch {
	case there != nil:
		there.Append(value)
	case !value.Tainted().IsZero() || s.reached[m.to]:
		there = s.clean(m.there)
		there.Append(value)
		s.places[m.to] = there
	}
	if s.reached[m.to] && !m.received.IsZero() { // else there is nothing yet that is marked
		there.Mark()
		delete(s.reached, m.to)
	}
}

// older adds unobserved value where taint lies.
func (s *accountState) older(at int, value Amount) {
	if value.IsZero() {
		return
	}
	l := s.places[at]
	if l == nil && s.reached[at] {
		l = s.clean(Amount{})
		s.places[at] = l
	}
	if l != nil {
		l.Older(value)
	}
	if s.reached[at] {
		l.Mark()
		delete(s.reached, at)
	}
}

// keep lets poison stay at a place that paid more than was seen to lie there.
func (s *accountState) keep(at int, short Amount) {
	if l := s.places[at]; s.reached != nil && l != nil && !short.IsZero() && l.Value().IsZero() {
		s.reached[at] = true
	}
}

// leave takes the value and the fee of an event out; nil is clean.
func (s *accountState) leave(m *move) (value, fee lots) {
	from, feeFrom := s.places[m.from], s.places[m.feeFrom]
	switch {
	case m.from == m.feeFrom && from != nil:
		paid := from.Pay(accounting.InOrder(m.paid, m.fee))
		value, fee = paid[0], paid[1]
	case m.from != m.feeFrom:
		if from != nil {
			value = from.Pay(accounting.InOrder(m.paid))[0]
		}
		if feeFrom != nil {
			fee = feeFrom.Pay(accounting.InOrder(m.fee))[0]
		}
	}
	return value, fee
}

// forget drops a place that holds no taint: it is one clean lot again.
func (s *accountState) forget(at int) {
	if l := s.places[at]; l != nil && l.Tainted().IsZero() {
		delete(s.places, at)
	}
}

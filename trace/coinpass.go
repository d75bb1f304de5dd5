package trace

import (
	"context"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// trace advances every policy, every theft and the bounds over the rows.
func (f *flow) trace(ctx context.Context, p Params, stolen thefts) (*Result, error) {
	m := p.meter()
	var states []*coinState
	add := func(b *books) {
		states = append(states, &coinState{books: b, coins: map[int]lots{}, fees: map[int]lots{}})
	}
	if err := stolen.every(p, m, add); err != nil {
		return nil, err
	}
	var reaches []*coinReach
	for _, id := range stolen.ids {
		if p.Dust == nil {
			reaches = append(reaches, newCoinReach(stolen.marks[id], m))
		}
	}
	err := pass(ctx, len(f.rows), m, func(row int) {
		for _, s := range states {
			s.advance(f, row)
		}
		for _, r := range reaches {
			r.advance(f, row)
		}
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Thefts: stolen.ids}
	for _, s := range states {
		for i, l := range s.coins {
			s.hold(f.coins[i].outpoint, "", l.Tainted())
		}
		result.Traces = append(result.Traces, s.close())
	}
	if p.Dust == nil {
		result.Reach = map[string]map[string]accounting.Bounds[Amount]{}
	}
	for i, r := range reaches {
		result.Reach[stolen.ids[i]] = r.found
	}
	if m.Spent() {
		return nil, ErrLimit
	}
	return result, nil
}

// coinState is one trace over coins. What it does not list is clean.
type coinState struct {
	*books
	coins map[int]lots // unspent
	fees  map[int]lots // on their way to a coinbase, by the row that paid
}

// advance executes a transaction, unless it neither spends taint nor is marked.
func (s *coinState) advance(f *flow, n int) {
	row := &f.rows[n]
	if !s.concerned(f, row) || s.meter.Spent() {
		return
	}
	pool := s.clean(Amount{})
	for _, m := range row.members {
		pool.Append(s.take(m))
	}
	parts := pool.Pay(row.pay)
	for k, i := range row.outputs {
		c := &f.coins[i]
		s.arrive(arrival{mark: c.outpoint, place: c.outpoint, boundary: c.boundary}, parts[k])
		if !parts[k].Tainted().IsZero() {
			s.coins[i] = parts[k]
		}
	}
	fee := parts[len(row.outputs)]
	switch {
	case fee.Tainted().IsZero():
	case row.joins:
		s.fees[n] = fee
	default:
		s.fee(row.id, "", fee.Tainted())
	}
}

// concerned reports whether a transaction spends taint or has a marked output.
func (s *coinState) concerned(f *flow, row *spend) bool {
	s.meter.Spend(workRow * int64(1+len(row.members)+len(row.outputs)))
	for _, m := range row.members {
		if s.coins[m.coin] != nil || s.fees[m.fee] != nil {
			return true
		}
	}
	return f.marked(row, s.marks)
}

func (f *flow) marked(row *spend, marks map[string]bool) bool {
	for _, i := range row.outputs {
		if marks[f.coins[i].outpoint] {
			return true
		}
	}
	return false
}

// take moves a member out of where it was.
func (s *coinState) take(m member) lots {
	if l := s.coins[m.coin]; l != nil {
		delete(s.coins, m.coin)
		return l
	}
	if l := s.fees[m.fee]; l != nil {
		delete(s.fees, m.fee)
		return l
	}
	return s.clean(m.value)
}

// coinReach is the bounds of one theft over coins.
type coinReach struct {
	marks       map[string]bool
	coins, fees map[int]accounting.Bounds[Amount]
	found       map[string]accounting.Bounds[Amount]
	meter       *accounting.Meter
}

func newCoinReach(marks map[string]bool, m *accounting.Meter) *coinReach {
	return &coinReach{
		marks: marks, meter: m, coins: map[int]accounting.Bounds[Amount]{},
		fees: map[int]accounting.Bounds[Amount]{}, found: map[string]accounting.Bounds[Amount]{},
	}
}

func (r *coinReach) advance(f *flow, n int) {
	row := &f.rows[n]
	if !r.meter.Spend(workRow * int64(1+len(row.members)+len(row.outputs))) {
		return
	}
	var pool accounting.BoundPool[Amount]
	for _, m := range row.members {
		b := r.coins[m.coin]
		if m.fee >= 0 {
			b = r.fees[m.fee]
		}
		pool.Add(m.value, b)
	}
	if !pool.Reachable() && !f.marked(row, r.marks) {
		return
	}
	for _, i := range row.outputs {
		c := &f.coins[i]
		b := pool.Pay(c.value)
		if r.marks[c.outpoint] {
			b = accounting.Certain(c.value)
		}
		if !b.Reachable() {
			continue
		}
		r.meter.Spend(2 * workKept)
		r.found[c.outpoint] = b
		if !c.boundary {
			r.coins[i] = b
		}
	}
	if row.joins {
		r.fees[n] = pool.Pay(row.fee)
	}
}

package pattern

import (
	"context"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// search is one run of Peels.
type search struct {
	from    Source
	id      chain.ID
	rules   Rules
	steps   map[string]*step // by transaction; nil: it cannot stand in a peel chain
	settled map[string]bool  // transactions whose chain was found
	found   Found
}

// step is a transaction that can stand in a peel chain. Each has at most one before it,
// that which made its only input, and one after it: steps are in one path at most.
type step struct {
	tx     Tx
	input  accounting.Units
	keeps  []int // the outputs that can be the change: two where they are equal
	next   *step // after looked
	looked bool
}

// settle finds the chain that a transaction is in.
func (s *search) settle(ctx context.Context, tx string) error {
	if s.settled[tx] {
		return nil
	}
	at, err := s.step(ctx, tx)
	if err != nil || at == nil {
		return err
	}
	root, err := s.root(ctx, at)
	if err != nil || root == nil {
		return err
	}
	var path []*step
	for at := root; at != nil; {
		path = append(path, at)
		if at, err = s.next(ctx, at); err != nil {
			return err
		}
	}
	if s.found.Stopped {
		return nil
	}
	for _, p := range path {
		s.settled[p.tx.ID] = true
	}
	if len(path) >= s.rules.Least {
		s.found.Chains = append(s.found.Chains, s.peel(path))
	}
	return nil
}

// root goes back to the first step of the path; nil if there is none: rows that no real
// chain has can lead in a circle.
func (s *search) root(ctx context.Context, at *step) (*step, error) {
	for start := at; ; {
		maker, err := s.step(ctx, at.tx.Inputs[0].Spends.Tx)
		if err != nil || maker == nil {
			return at, err
		}
		next, err := s.next(ctx, maker)
		if err != nil || next != at {
			return at, err
		}
		if at = maker; at == start {
			return nil, nil
		}
	}
}

// next is the step that spends the change of another; nil if none does.
func (s *search) next(ctx context.Context, at *step) (*step, error) {
	if at.looked {
		return at.next, nil
	}
	of := make([]ledger.Outpoint, len(at.keeps))
	for i, k := range at.keeps {
		of[i] = ledger.Outpoint{Tx: at.tx.ID, Index: at.tx.Outputs[k].Index}
	}
	spenders, err := s.from.Spenders(ctx, s.id, of)
	if err != nil {
		return nil, err
	}
	for i, by := range spenders {
		if by.Tx == "" || by.Time-at.tx.Time > s.rules.Gap {
			continue
		}
		next, err := s.step(ctx, by.Tx)
		if err != nil {
			return nil, err
		}
		kept := at.tx.Outputs[at.keeps[i]].Value
		if next != nil && next.input == accounting.UnitsOf(kept) {
			at.next, at.keeps = next, at.keeps[i:i+1]
			break
		}
	}
	at.keeps, at.looked = at.keeps[:1], true
	return at.next, nil
}

// step is the transaction, if it can stand in a peel chain; nil if it cannot.
func (s *search) step(ctx context.Context, id string) (*step, error) {
	if st, known := s.steps[id]; known {
		return st, nil
	}
	if s.found.Looked >= s.rules.Most {
		s.found.Stopped = true
		return nil, nil
	}
	s.found.Looked++
	rows, err := s.from.Transaction(ctx, s.id, id)
	if err != nil {
		return nil, err
	}
	st, err := s.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	s.steps[id] = st
	return st, nil
}

// judge looks at a transaction by itself.
func (s *search) judge(ctx context.Context, rows []ledger.Transfer) (*step, error) {
	tx, err := TxOf(rows)
	if err != nil || len(tx.Inputs) != 1 || len(tx.Outputs) != 2 {
		return nil, nil // payments between accounts, or a transaction that is not held
	}
	a, b := tx.Outputs[0], tx.Outputs[1]
	if asset := tx.Inputs[0].Asset; a.Asset != asset || b.Asset != asset {
		return nil, nil
	}
	input, err := s.input(ctx, &tx.Inputs[0])
	if err != nil {
		return nil, err
	}
	st := &step{tx: tx, input: input, keeps: []int{0, 1}}
	switch c := a.Value.Cmp(b.Value); {
	case c > 0:
		st.keeps = []int{0}
	case c < 0:
		st.keeps = []int{1}
	}
	first, second := accounting.UnitsOf(a.Value), accounting.UnitsOf(b.Value)
	change := first
	if st.keeps[0] == 1 {
		change = second
	}
	one := accounting.Units64(1)
	share := change.MulDiv(accounting.Units64(1000), one).Cmp(input.MulDiv(accounting.Units64(uint64(s.rules.Share)), one))
	if input.IsZero() || share < 0 || first.Add(second).Cmp(input) > 0 {
		return nil, nil
	}
	return st, nil
}

// input is the value of an input. Where the source did not know it the row has nought,
// and the output that it spends may be held by now.
func (s *search) input(ctx context.Context, in *ledger.Transfer) (accounting.Units, error) {
	if !in.Value.IsZero() {
		return accounting.UnitsOf(in.Value), nil
	}
	rows, err := s.from.Transaction(ctx, s.id, in.Spends.Tx)
	if err != nil {
		return accounting.Units{}, err
	}
	for _, r := range rows {
		if r.Kind == ledger.Output && r.Index == in.Spends.Index && r.Asset == in.Asset {
			return accounting.UnitsOf(r.Value), nil
		}
	}
	return accounting.Units{}, nil
}

// peel is the chain that the steps are.
func (s *search) peel(path []*step) Peel {
	first, last := path[0], path[len(path)-1]
	p := Peel{
		Chain: s.id, First: first.tx.Time, Last: last.tx.Time, From: first.tx.Inputs[0].From,
		Change: s.payee(&last.tx.Outputs[last.keeps[0]]),
	}
	var peeled, fees accounting.Units
	for _, st := range path {
		paid := &st.tx.Outputs[1-st.keeps[0]]
		p.Txs, p.Payees = append(p.Txs, st.tx.ID), append(p.Payees, s.payee(paid))
		peeled = peeled.Add(accounting.UnitsOf(paid.Value))
		kept := accounting.UnitsOf(st.tx.Outputs[st.keeps[0]].Value)
		fees = fees.Add(st.input.Sub(kept).Sub(accounting.UnitsOf(paid.Value)))
	}
	// Each step spends no more than the one before kept: the sums are below the input.
	p.Input, _ = first.input.Amount()
	p.Peeled, _ = peeled.Amount()
	p.Fees, _ = fees.Amount()
	return p
}

func (s *search) payee(row *ledger.Transfer) Payee {
	p := Payee{
		Output:  follow.RowID{Chain: s.id, Block: row.Block, Time: row.Time, Tx: row.Tx, Kind: row.Kind, Index: row.Index},
		Address: row.To, Value: row.Value,
	}
	if s.rules.Services != nil {
		if service, ok := s.rules.Services.Service(s.id, row.To); ok {
			p.Service = &service
		}
	}
	return p
}

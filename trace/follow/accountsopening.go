package follow

import (
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// open opens the place of a payee.
func (l *accountLane[N]) open(e *event[N], value N) bulk.Ref {
	at := l.index.Place(key(e.to, e.slot))
	l.books.Reach(at)
	l.books.Open(at, value)
	return at
}

// rowLists is the rows of an account in both directions.
type rowLists struct{ out, in []ledger.Row }

// rowsOf reads the rows of an account before one.
func (l *accountLane[N]) rowsOf(id ledger.AccountID, end ledger.Row, rows *rowLists) (err error) {
	if rows.out, err = l.list(id, ledger.Out, end, rows.out[:0]); err == nil {
		rows.in, err = l.list(id, ledger.In, end, rows.in[:0])
	}
	return err
}

func (l *accountLane[N]) list(id ledger.AccountID, d ledger.Direction, end ledger.Row, to []ledger.Row) ([]ledger.Row, error) {
	for row, err := range l.book.Walk(l.run.ctx, id, d, 0) {
		if err != nil {
			return nil, err
		}
		if row >= end {
			break
		}
		to = append(to, row)
	}
	return to, nil
}

// balance is what the payee of an event held before it: all that it received and paid
// before, where a payment of more than it held leaves nothing. It says how many rows
// it looked at.
func (l *accountLane[N]) balance(e *event[N], rows *rowLists) (held N, looked int, err error) {
	earlierOut, earlierIn := before(rows.out, e.row), before(rows.in, e.row)
	looked = len(earlierOut) + len(earlierIn)
	r, asset := &l.reads, l.assets[e.slot].id
	if r.out, err = r.of(l.run.ctx, asset, earlierOut, r.out[:0]); err != nil {
		return held, looked, err
	}
	if r.in, err = r.of(l.run.ctx, asset, earlierIn, r.in[:0]); err != nil {
		return held, looked, err
	}
	out, in := r.out, r.in
	for len(out)+len(in) > 0 && err == nil {
		switch {
		case len(in) == 0 || len(out) > 0 && out[0].row < in[0].row:
			held, err = settle(held, out[0].value, false)
			out = out[1:]
		case len(out) == 0 || in[0].row < out[0].row:
			held, err = settle(held, in[0].value, true)
			in = in[1:]
		default: // to itself
			out, in = out[1:], in[1:]
		}
	}
	return held, looked, err
}

// before are the rows before one.
func before(rows []ledger.Row, row ledger.Row) []ledger.Row {
	i, _ := slices.BinarySearch(rows, row)
	return rows[:i]
}

// settle moves a balance.
func settle[N bulk.Number[N]](held N, value chain.Amount, got bool) (N, error) {
	var nought N
	n, ok := held.Of(value)
	switch {
	case got && ok:
		if held, ok = held.Add(n); !ok {
			return held, errWide
		}
		return held, nil
	case got:
		return held, errWide
	case !ok || held.Cmp(n) <= 0:
		return nought, nil
	}
	return held.Sub(n), nil
}

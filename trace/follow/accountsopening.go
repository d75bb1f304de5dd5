package follow

import (
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

// rowsOf reads the rows of an account.
func (l *accountLane[N]) rowsOf(id ledger.AccountID, rows *rowLists) (err error) {
	if rows.out, err = l.list(id, ledger.Out, rows.out[:0]); err == nil {
		rows.in, err = l.list(id, ledger.In, rows.in[:0])
	}
	return err
}

func (l *accountLane[N]) list(id ledger.AccountID, d ledger.Direction, to []ledger.Row) ([]ledger.Row, error) {
	for row, err := range l.book.Walk(l.run.ctx, id, d, 0) {
		if err != nil {
			return nil, err
		}
		to = append(to, row)
	}
	return to, nil
}

// balance is what the payee of an event held before it: all that it received and paid
// before, where a payment of more than it held leaves nothing. It says how many rows
// it looked at.
func (l *accountLane[N]) balance(e *event[N], rows *rowLists) (held N, looked int, err error) {
	asset := l.assets[e.slot].id
	out, in := rows.out, rows.in
	for {
		row := e.row
		if len(out) > 0 {
			row = min(row, out[0])
		}
		if len(in) > 0 {
			row = min(row, in[0])
		}
		if row == e.row {
			return held, looked, nil
		}
		paid, got := len(out) > 0 && out[0] == row, len(in) > 0 && in[0] == row
		if paid {
			out = out[1:]
		}
		if got {
			in = in[1:]
		}
		if looked++; looked%clockEvery == 0 && l.run.ctx.Err() != nil {
			return held, looked, l.run.ctx.Err()
		}
		id, err := l.cells.Asset(row)
		if err != nil {
			return held, looked, err
		}
		if id != asset || paid && got {
			continue
		}
		value, err := l.cells.Value(row)
		if err == nil {
			held, err = settle(held, value, got)
		}
		if err != nil {
			return held, looked, err
		}
	}
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

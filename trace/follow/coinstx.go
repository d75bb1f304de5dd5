package follow

import (
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// coinTx is a transaction of outputs.
type coinTx struct {
	id              string
	block           uint64
	time            int64
	rows            []ledger.Row
	inputs, outputs []coinPart // by index
}

// mixed reports whether rows of other transactions stand between those of this one.
func (t *coinTx) mixed() bool {
	n := len(t.rows)
	return t.rows[n-1]-t.rows[0] != ledger.Row(n-1)
}

// coinPart is an input or an output.
type coinPart struct {
	row     ledger.Row
	index   uint32
	account ledger.AccountID // whose it was, or is
	asset   ledger.AssetID
	value   accounting.Units
}

// read loads a transaction for the run, and records it.
func (l *coinLane) read(row ledger.Row) (*coinTx, error) {
	t, err := l.load(row)
	if err != nil {
		return nil, err
	}
	for _, row := range t.rows {
		if err := l.run.keep(l.ground, row); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// load is the transaction that a row is of.
func (l *coinLane) load(row ledger.Row) (*coinTx, error) {
	whole, err := l.book.Row(row)
	if err != nil {
		return nil, err
	}
	t := &coinTx{id: whole.Tx, block: whole.Block, time: whole.Time}
	if t.rows, err = l.book.Transaction(whole.Tx); err != nil {
		return nil, err
	}
	if t.rows, err = l.within(t.rows, t.block); err != nil {
		return nil, err
	}
	parts := make([]coinPart, len(t.rows))
	for i, r := range t.rows {
		kind, err := l.part(r, &parts[i])
		switch {
		case err != nil:
			return nil, err
		case kind == ledger.Payment:
			return nil, fmt.Errorf("transaction %x on %s: %w: it pays from account to account on a chain of outputs", t.id, l.id, ErrRows)
		case kind == ledger.Input:
			t.inputs = parts[:i+1]
		default:
			t.outputs = parts[len(t.inputs) : i+1]
		}
	}
	return t, nil
}

// within are the rows of one block: two old transactions have the id of another one.
func (l *coinLane) within(rows []ledger.Row, block uint64) (out []ledger.Row, err error) {
	for i, r := range rows {
		p, err := l.cells.Place(r)
		switch {
		case err != nil:
			return nil, err
		case p.Block == block && i == 0 && len(rows) > 1:
			if p, err = l.cells.Place(rows[len(rows)-1]); err != nil || p.Block == block {
				return rows, err
			}
			out = append(out, r)
		case p.Block == block:
			out = append(out, r)
		}
	}
	return out, nil
}

func (l *coinLane) part(r ledger.Row, p *coinPart) (ledger.Kind, error) {
	place, err := l.cells.Place(r)
	if err != nil {
		return 0, err
	}
	who := l.cells.To
	if place.Kind == ledger.Input {
		who = l.cells.From
	}
	account, err1 := who(r)
	asset, err2 := l.cells.Asset(r)
	value, err3 := l.cells.Value(r)
	*p = coinPart{r, place.Index, account, asset, accounting.UnitsOf(value)}
	return place.Kind, errors.Join(err1, err2, err3)
}

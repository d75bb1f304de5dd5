package follow

import (
	"context"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// manyCells are cells that can be read of many rows at once.
type manyCells interface {
	Froms(rows []ledger.Row, to []ledger.AccountID) error
	Tos(rows []ledger.Row, to []ledger.AccountID) error
	Assets(rows []ledger.Row, to []ledger.AssetID) error
	Values(rows []ledger.Row, to []chain.Amount) error
}

// oneByOne makes them of cells that cannot.
type oneByOne struct{ ledger.Cells }

func (c oneByOne) Froms(rows []ledger.Row, to []ledger.AccountID) error {
	return each(rows, to, c.From)
}

func (c oneByOne) Tos(rows []ledger.Row, to []ledger.AccountID) error {
	return each(rows, to, c.To)
}

func (c oneByOne) Assets(rows []ledger.Row, to []ledger.AssetID) error {
	return each(rows, to, c.Asset)
}

func (c oneByOne) Values(rows []ledger.Row, to []chain.Amount) error {
	return each(rows, to, c.Value)
}

func each[T any](rows []ledger.Row, to []T, read func(ledger.Row) (T, error)) (err error) {
	for i, row := range rows {
		if to[i], err = read(row); err != nil {
			return err
		}
	}
	return nil
}

func manyOf(cells ledger.Cells) manyCells {
	if m, ok := cells.(manyCells); ok {
		return m
	}
	return oneByOne{cells}
}

// readRows is how many rows are read at once.
const readRows = 512

// reads reads rows of an asset.
type reads struct {
	cells  manyCells
	assets [readRows]ledger.AssetID
	rows   [readRows]ledger.Row
	values [readRows]chain.Amount
	out    []moved // of the last balance
	in     []moved
	second *reads // of the second goroutine, where lists are long
}

// moved is a row and what it moves.
type moved struct {
	row   ledger.Row
	value chain.Amount
}

// longList is from how many rows on a list is worth a second goroutine.
const longList = 1 << 12

// of appends those of rows that move an asset.
func (r *reads) of(ctx context.Context, asset ledger.AssetID, rows []ledger.Row, to []moved) ([]moved, error) {
	if len(rows) < longList {
		return r.some(ctx, asset, rows, to)
	}
	if r.second == nil {
		r.second = &reads{cells: r.cells}
	}
	half := len(rows) / 2
	done := make(chan error, 1)
	go func() {
		var err error
		r.second.out, err = r.second.some(ctx, asset, rows[half:], r.second.out[:0])
		done <- err
	}()
	to, err := r.some(ctx, asset, rows[:half], to)
	if failed := <-done; err == nil {
		err = failed
	}
	return append(to, r.second.out...), err
}

func (r *reads) some(ctx context.Context, asset ledger.AssetID, rows []ledger.Row, to []moved) ([]moved, error) {
	for len(rows) > 0 {
		part := rows[:min(readRows, len(rows))]
		rows = rows[len(part):]
		if ctx.Err() != nil {
			return to, ctx.Err()
		}
		if err := r.cells.Assets(part, r.assets[:]); err != nil {
			return to, err
		}
		found := r.rows[:0]
		for i, row := range part {
			if r.assets[i] == asset {
				found = append(found, row)
			}
		}
		if err := r.cells.Values(found, r.values[:]); err != nil {
			return to, err
		}
		for i, row := range found {
			to = append(to, moved{row, r.values[i]})
		}
	}
	return to, nil
}

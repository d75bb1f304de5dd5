package follow

import (
	"cmp"
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

// manyLists are degrees and lists of rows that can be read of many accounts at once.
type manyLists interface {
	Degrees(of []ledger.AccountID, to []ledger.Degree) error
	// Lists appends the rows before one of each account, and says where each list ends.
	Lists(ctx context.Context, of []ledger.AccountID, d ledger.Direction, before ledger.Row, rows []ledger.Row, ends []int) ([]ledger.Row, error)
}

// oneByOne makes them of a book that cannot.
type oneByOne struct {
	ledger.Cells
	book ledger.Book
}

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

func (c oneByOne) Degrees(of []ledger.AccountID, to []ledger.Degree) error {
	return each(of, to, c.book.Degree)
}

func (c oneByOne) Lists(ctx context.Context, of []ledger.AccountID, d ledger.Direction, before ledger.Row, rows []ledger.Row, ends []int) ([]ledger.Row, error) {
	for i, id := range of {
		for row, err := range c.book.Walk(ctx, id, d, 0) {
			if err != nil {
				return rows, err
			}
			if row >= before {
				break
			}
			rows = append(rows, row)
		}
		ends[i] = len(rows)
	}
	return rows, nil
}

func each[K, T any](of []K, to []T, read func(K) (T, error)) (err error) {
	for i, k := range of {
		if to[i], err = read(k); err != nil {
			return err
		}
	}
	return nil
}

func manyOf(b ledger.Book) manyCells {
	if m, ok := b.Cells().(manyCells); ok {
		return m
	}
	return oneByOne{b.Cells(), b}
}

func listsOf(b ledger.Book) manyLists {
	if m, ok := b.(manyLists); ok {
		return m
	}
	return oneByOne{b.Cells(), b}
}

// readRows is how many rows are read at once.
const readRows = 512

// longList is from how many rows on what is read is worth a second goroutine.
const longList = 1 << 12

// inParts reads cells of rows.
func inParts[T any](ctx context.Context, rows []ledger.Row, to []T, read func([]ledger.Row, []T) error) error {
	if len(rows) < longList {
		return part(ctx, rows, to, read)
	}
	half := len(rows) / 2
	second := make(chan error, 1)
	go func() { second <- part(ctx, rows[half:], to[half:], read) }()
	first := part(ctx, rows[:half], to[:half], read)
	return cmp.Or(<-second, first)
}

func part[T any](ctx context.Context, rows []ledger.Row, to []T, read func([]ledger.Row, []T) error) error {
	for len(rows) > 0 {
		n := min(readRows, len(rows))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := read(rows[:n], to[:n]); err != nil {
			return err
		}
		rows, to = rows[n:], to[n:]
	}
	return nil
}

// room is a slice of so many; what it held is not kept.
func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}

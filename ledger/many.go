package ledger

import (
	"context"

	"github.com/turtlebay/turtlebay/chain"
)

// Many is what a book may offer beside: the same cells and lists, of many rows or
// accounts in one call. Rows of an account lie far apart, and a store that is asked for
// several at once need not wait for one before it looks at the next. It is safe for
// concurrent use. Slices that are written to are at least as long as what is asked for.
type Many interface {
	FromMany(rows []Row, to []AccountID) error
	ToMany(rows []Row, to []AccountID) error
	AssetMany(rows []Row, to []AssetID) error
	ValueMany(rows []Row, to []chain.Amount) error
	DegreeMany(of []AccountID, to []Degree) error
	// Lists appends the rows of accounts in a direction that stand before one: those of
	// an account after those of the one before it, each in order. ends[i] is where the
	// list of account i ends in what is returned.
	Lists(ctx context.Context, of []AccountID, d Direction, before Row, rows []Row, ends []int) ([]Row, error)
}

// ManyOf is what a book offers, or the same one by one.
func ManyOf(b Book) Many {
	if m, ok := b.(Many); ok {
		return m
	}
	return oneByOne{b.Cells(), b}
}

// oneByOne asks for one after the other.
type oneByOne struct {
	Cells
	book Book
}

func (o oneByOne) FromMany(rows []Row, to []AccountID) error     { return each(rows, to, o.From) }
func (o oneByOne) ToMany(rows []Row, to []AccountID) error       { return each(rows, to, o.To) }
func (o oneByOne) AssetMany(rows []Row, to []AssetID) error      { return each(rows, to, o.Asset) }
func (o oneByOne) ValueMany(rows []Row, to []chain.Amount) error { return each(rows, to, o.Value) }
func (o oneByOne) DegreeMany(of []AccountID, to []Degree) error  { return each(of, to, o.book.Degree) }

func each[K, T any](of []K, to []T, read func(K) (T, error)) (err error) {
	for i, k := range of {
		if to[i], err = read(k); err != nil {
			return err
		}
	}
	return nil
}

func (o oneByOne) Lists(ctx context.Context, of []AccountID, d Direction, before Row, rows []Row, ends []int) ([]Row, error) {
	for i, id := range of {
		for row, err := range o.book.Walk(ctx, id, d, 0) {
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

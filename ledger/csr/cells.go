package csr

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

func (b *book) Cells() ledger.Cells { return cells{b} }

// cells reads single cells, and cells of many rows at once: then what is read for one
// row does not wait for what is read for another.
type cells struct{ b *book }

func (c cells) From(r ledger.Row) (_ ledger.AccountID, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	return s.From(row), nil
}

func (c cells) To(r ledger.Row) (_ ledger.AccountID, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	return s.To(row), nil
}

func (c cells) Asset(r ledger.Row) (_ ledger.AssetID, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	return s.Asset(row), nil
}

func (c cells) Value(r ledger.Row) (_ chain.Amount, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	return s.Value(row), nil
}

func (c cells) Place(r ledger.Row) (_ ledger.Place, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	return s.Place(row), nil
}

// Time is when the block of a row was made.
func (c cells) Time(r ledger.Row) (_ int64, err error) {
	defer sections.Catch(&err)
	s, row := c.b.at(r)
	_, time := s.BlockAt(s.Block(row))
	return time, nil
}

// Froms are From of rows, one after the other.
func (c cells) Froms(rows []ledger.Row, to []ledger.AccountID) error {
	return many(c.b, rows, to, (*segment.Segment).From)
}

// Tos are To of rows.
func (c cells) Tos(rows []ledger.Row, to []ledger.AccountID) error {
	return many(c.b, rows, to, (*segment.Segment).To)
}

// Assets are Asset of rows.
func (c cells) Assets(rows []ledger.Row, to []ledger.AssetID) error {
	return many(c.b, rows, to, (*segment.Segment).Asset)
}

// Values are Value of rows.
func (c cells) Values(rows []ledger.Row, to []chain.Amount) error {
	return many(c.b, rows, to, (*segment.Segment).Value)
}

func many[T any](b *book, rows []ledger.Row, to []T, cell func(*segment.Segment, int) T) (err error) {
	defer fail("rows of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	to = to[:len(rows)]
	var p part // whose rows are at hand
	end := ledger.Row(0)
	for i, r := range rows {
		if r < p.base || r >= end {
			s, row := b.at(r)
			p = part{s, r - ledger.Row(row)}
			end = p.base + ledger.Row(s.Rows())
		}
		to[i] = cell(p.s, int(r-p.base))
	}
	return nil
}

package csr

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

func (b *book) Cells() ledger.Cells { return cells{b} }

// cells reads single cells.
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

package csr

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// book is one chain of a snapshot. Methods with a small letter throw what package
// sections throws; the others return it.
type book struct {
	id        chain.ID
	hash      names.Hash
	addresses *dictionary.Dictionary
	assets    *dictionary.Dictionary
	parts     []part
	rows      ledger.Row
}

var _ ledger.Book = (*book)(nil)

// part is a segment and the number of its first row.
type part struct {
	s    *segment.Segment
	base ledger.Row
}

func (b *book) add(s *segment.Segment) {
	b.parts = append(b.parts, part{s, b.rows})
	b.rows += ledger.Row(s.Rows())
}

func (b *book) close() (err error) {
	for _, p := range b.parts {
		err = errors.Join(err, p.s.Close())
	}
	for _, d := range []*dictionary.Dictionary{b.addresses, b.assets} {
		if d != nil {
			err = errors.Join(err, d.Close())
		}
	}
	return err
}

func (b *book) Chain() chain.ID  { return b.id }
func (b *book) Rows() ledger.Row { return b.rows }
func (b *book) Accounts() int    { return b.addresses.Len() + 1 }

func (b *book) Lookup(ctx context.Context, of []ledger.Address) (out []ledger.AccountID, err error) {
	defer fail("look up addresses", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	out = make([]ledger.AccountID, len(of))
	for i, a := range of {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = ledger.NoAccount
		if id, ok := b.addresses.Find(string(a), b.hash.Tag(string(a))); ok {
			out[i] = ledger.AccountID(id)
		}
	}
	return out, nil
}

func (b *book) Address(id ledger.AccountID) (_ ledger.Address, err error) {
	defer fail("look up account", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	return b.address(id), nil
}

func (b *book) address(id ledger.AccountID) ledger.Address {
	return ledger.Address(b.addresses.Get(uint32(id)))
}

func (b *book) Asset(id ledger.AssetID) (_ ledger.Asset, err error) {
	defer fail("look up asset", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	return ledger.Asset(b.assets.Get(uint32(id))), nil
}

func (b *book) AssetID(a ledger.Asset) (id ledger.AssetID, ok bool, err error) {
	defer fail("look up asset", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	no, ok := b.assets.Find(string(a), b.hash.Tag(string(a)))
	return ledger.AssetID(no), ok, nil
}

func (b *book) Assets() int { return b.assets.Len() + 1 }

// at is the segment of a row and the row's number in it.
func (b *book) at(r ledger.Row) (*segment.Segment, int) {
	p := &b.parts[0]
	if len(b.parts) > 1 {
		p = &b.parts[sort.Search(len(b.parts), func(i int) bool { return b.parts[i].base > r })-1]
	}
	if r >= b.rows {
		panic(&sections.Fault{Why: fmt.Sprintf("chain %s has no row %d", b.id, r)})
	}
	return p.s, int(r - p.base)
}

func (b *book) Row(r ledger.Row) (_ ledger.Transfer, err error) {
	defer fail("row of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	s, row := b.at(r)
	return b.transfer(s, row), nil
}

// transfer is a whole row. What it holds is a copy.
func (b *book) transfer(s *segment.Segment, row int) ledger.Transfer {
	p := s.Place(row)
	t := ledger.Transfer{
		Chain: b.id, Kind: p.Kind, Block: p.Block, Pos: p.Pos, Index: p.Index, Time: p.Time,
		Tx: string(s.TxID(s.Tx(row))), From: b.address(s.From(row)), To: b.address(s.To(row)),
		Asset: ledger.Asset(b.assets.Get(uint32(s.Asset(row)))), Value: s.Value(row),
	}
	if p.Kind == ledger.Input {
		t.Spends = b.spends(s, row)
	}
	return t
}

func (b *book) spends(s *segment.Segment, row int) ledger.Outpoint {
	tx, index, ok := s.Spends(row)
	if !ok {
		return ledger.Outpoint{}
	}
	return ledger.Outpoint{Tx: string(s.TxID(tx)), Index: index}
}

func (b *book) Spends(r ledger.Row) (_ ledger.Outpoint, err error) {
	defer fail("row of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	s, row := b.at(r)
	return b.spends(s, row), nil
}

func (b *book) Spender(of ledger.Outpoint) (_ ledger.Row, ok bool, err error) {
	defer fail("spender in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	tag := segment.OutpointTag(b.hash, of)
	for _, p := range b.parts {
		if row, ok := p.s.Spender(of, tag); ok {
			return p.base + ledger.Row(row), true, nil
		}
	}
	return 0, false, nil
}

func (b *book) Transaction(tx string) (out []ledger.Row, err error) {
	defer fail("transaction in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	tag := b.hash.Tag(tx)
	for _, p := range b.parts {
		no, first, ok := p.s.FindTx(tx, tag)
		if !ok {
			continue
		}
		_, end := p.s.BlockRows(p.s.Block(first))
		for row := first; row < end; row++ {
			if p.s.Tx(row) == no {
				out = append(out, p.base+ledger.Row(row))
			}
		}
	}
	return out, nil
}

func (b *book) First(block uint64) (r ledger.Row, err error) {
	defer fail("row of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	for _, p := range b.parts {
		if row := p.s.FirstRow(block); row < p.s.Rows() {
			return p.base + ledger.Row(row), nil
		}
	}
	return b.rows, nil
}

func (b *book) Degree(id ledger.AccountID) (_ ledger.Degree, err error) {
	defer fail("degree in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	return b.degree(id), nil
}

func (b *book) degree(id ledger.AccountID) (d ledger.Degree) {
	if id == ledger.Nobody || id == ledger.NoAccount {
		return d
	}
	for _, p := range b.parts {
		d.Out += p.s.Degree(ledger.Out, id)
		d.In += p.s.Degree(ledger.In, id)
	}
	return d
}

// walkRows is how many rows of a list are read at once: whoever walks may stop early.
const walkRows = 256

func (b *book) Walk(ctx context.Context, id ledger.AccountID, d ledger.Direction, from ledger.Row) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		var rows []uint32
		for _, p := range b.parts {
			if p.base+ledger.Row(p.s.Rows()) <= from {
				continue
			}
			first := int(max(from, p.base) - p.base)
			list, err := b.walk(p.s, d, id)
			for err == nil && list.Left() > 0 {
				if rows, err = b.next(&list, first, rows[:0]); err == nil {
					err = ctx.Err()
				}
				for i := 0; i < len(rows) && err == nil; i++ {
					if !yield(p.base+ledger.Row(rows[i]), nil) {
						return
					}
				}
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(0, err)
				return
			}
		}
	}
}

// walk begins a list of an account in a segment.
func (b *book) walk(s *segment.Segment, d ledger.Direction, id ledger.AccountID) (_ segment.Walk, err error) {
	defer fail("walk in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	return s.Walk(d, id), nil
}

// next is the next rows of a list.
func (b *book) next(w *segment.Walk, from int, rows []uint32) (_ []uint32, err error) {
	defer fail("walk in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	return w.Next(walkRows, from, rows), nil
}

func (b *book) Balance(ctx context.Context, id ledger.AccountID, asset ledger.AssetID, before ledger.Row) (received, paid ledger.Sum, err error) {
	defer fail("balance in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	var rows []uint32
	for _, p := range b.parts {
		for d, sum := range []*ledger.Sum{ledger.Out: &paid, ledger.In: &received} {
			rows = p.s.List(ledger.Direction(d), id, rows[:0])
			for i, row := range rows {
				if p.base+ledger.Row(row) >= before {
					break
				}
				if i%(1<<16) == 0 && ctx.Err() != nil {
					return received, paid, ctx.Err()
				}
				if p.s.Asset(int(row)) == asset {
					sum.Add(p.s.Value(int(row)))
				}
			}
		}
	}
	return received, paid, nil
}

package csr

import (
	"context"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

var _ ledger.Many = (*book)(nil)

// FromMany are From of rows, one after the other.
func (b *book) FromMany(rows []ledger.Row, to []ledger.AccountID) error {
	return many(b, rows, to, segment.FromCell, (*segment.Segment).From)
}

// ToMany are To of rows.
func (b *book) ToMany(rows []ledger.Row, to []ledger.AccountID) error {
	return many(b, rows, to, segment.ToCell, (*segment.Segment).To)
}

// AssetMany are Asset of rows.
func (b *book) AssetMany(rows []ledger.Row, to []ledger.AssetID) error {
	return many(b, rows, to, segment.AssetCell, (*segment.Segment).Asset)
}

// ValueMany are Value of rows.
func (b *book) ValueMany(rows []ledger.Row, to []chain.Amount) error {
	return many(b, rows, to, segment.ValueCell, (*segment.Segment).Value)
}

func many[T any](b *book, rows []ledger.Row, to []T, kind segment.Cell, cell func(*segment.Segment, int) T) (err error) {
	defer fail("rows of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	to = to[:len(rows)]
	for _, p := range b.parts {
		p.s.Glance(kind, rows, p.base)
	}
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

// DegreeMany are Degree of accounts, one after the other.
func (b *book) DegreeMany(of []ledger.AccountID, to []ledger.Degree) (err error) {
	defer fail("degrees in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	clear(to[:len(of)])
	for _, p := range b.parts {
		p.s.Walks(ledger.Out, of, func(i int, w segment.Walk) { to[i].Out += w.Left() })
		p.s.Walks(ledger.In, of, func(i int, w segment.Walk) { to[i].In += w.Left() })
	}
	return nil
}

// Lists appends the rows of accounts in a direction that stand before one: those of one
// account after those of the other, each up to its end.
func (b *book) Lists(ctx context.Context, of []ledger.AccountID, d ledger.Direction, before ledger.Row, rows []ledger.Row, ends []int) (_ []ledger.Row, err error) {
	defer fail("lists in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	if len(b.parts) > 1 { // the lists of an account lie in several
		for i, id := range of {
			for _, p := range b.parts {
				if rows, err = p.list(ctx, p.s.Walk(d, id), before, rows); err != nil {
					return rows, err
				}
			}
			ends[i] = len(rows)
		}
		return rows, nil
	}
	for _, p := range b.parts {
		p.s.Walks(d, of, func(i int, w segment.Walk) {
			if err == nil {
				rows, err = p.list(ctx, w, before, rows)
			}
			ends[i] = len(rows)
		})
	}
	return rows, err
}

// list appends the rows of a list before one.
func (p *part) list(ctx context.Context, w segment.Walk, before ledger.Row, rows []ledger.Row) ([]ledger.Row, error) {
	var found [walkRows]uint32
	for w.Left() > 0 {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		for _, row := range w.Next(walkRows, 0, found[:0]) {
			if p.base+ledger.Row(row) >= before {
				return rows, nil
			}
			rows = append(rows, p.base+ledger.Row(row))
		}
	}
	return rows, nil
}

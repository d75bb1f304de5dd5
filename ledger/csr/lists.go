package csr

import (
	"context"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// Degrees are Degree of accounts, one after the other.
func (b *book) Degrees(of []ledger.AccountID, to []ledger.Degree) (err error) {
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

package csr

import (
	"context"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Degrees are Degree of accounts, one after the other.
func (b *book) Degrees(of []ledger.AccountID, to []ledger.Degree) (err error) {
	defer fail("degrees in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	b.warm(of)
	for i, id := range of {
		to[i] = b.degree(id)
	}
	return nil
}

// Lists appends the rows of accounts in a direction that stand before one: those of one
// account after those of the other, each up to its end.
func (b *book) Lists(ctx context.Context, of []ledger.AccountID, d ledger.Direction, before ledger.Row, rows []ledger.Row, ends []int) (_ []ledger.Row, err error) {
	defer fail("lists in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	b.warm(of)
	var found [walkRows]uint32
	for i, id := range of {
		for _, p := range b.parts {
			list := p.s.Walk(d, id)
			for last := p.base; list.Left() > 0 && last < before; {
				if err := ctx.Err(); err != nil {
					return rows, err
				}
				for _, row := range list.Next(walkRows, 0, found[:0]) {
					if last = p.base + ledger.Row(row); last >= before {
						break
					}
					rows = append(rows, last)
				}
			}
		}
		ends[i] = len(rows)
	}
	return rows, nil
}

// warm looks at where the lists of accounts begin: what is read for one does not wait
// for what is read for another.
func (b *book) warm(of []ledger.AccountID) {
	if len(of) < 2 {
		return
	}
	for _, p := range b.parts {
		p.s.Warm(ledger.Out, of)
		p.s.Warm(ledger.In, of)
	}
}

package segment

import (
	"context"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Check holds the parts of a segment against each other: rows stand in order, name
// accounts, assets and transactions that there are, and are found by account, by
// transaction and by what they spend. Its error is the first fault, or one of ctx.
func (s *Segment) Check(ctx context.Context, h names.Hash, accounts, assets int) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	if err := s.names.Check(h, s.file.Name()); err != nil {
		return err
	}
	if err := s.checkRows(ctx, accounts, assets); err != nil {
		return err
	}
	if err := s.checkSpends(h); err != nil {
		return err
	}
	for _, d := range []Direction{ledger.Out, ledger.In} {
		if err := s.checkLists(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *Segment) fault(format string, args ...any) error {
	return &sections.Fault{File: s.file.Name(), Why: fmt.Sprintf(format, args...)}
}

// checkRows goes over the rows.
func (s *Segment) checkRows(ctx context.Context, accounts, assets int) error {
	first := make([]uint32, s.meta.Txs)
	for i := range first {
		first[i] = noRow
	}
	c, last := &cursor{src: s, size: s.Size(), chunk: NewChunk()}, &cursor{src: s, chunk: NewChunk()}
	wides, inputs := 0, 0
	for from := 0; from < s.Rows(); from += c.chunk.N {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.Load(from, c.chunk)
		for i := range c.chunk.N {
			row := from + i
			if i > 0 && !less(c, i-1, c, i) || i == 0 && from > 0 && !less(last, last.chunk.N-1, c, 0) {
				return s.fault("row %d does not come after the one before", row)
			}
			if int(max(c.chunk.From[i], c.chunk.To[i])) > accounts || int(c.chunk.Asset[i]) > assets {
				return s.fault("row %d names an account or asset that has no name", row)
			}
			if k := c.chunk.Kind[i]; k < ledger.Input || k > ledger.Payment {
				return s.fault("row %d is of kind %d", row, k)
			}
			if tx := c.chunk.Tx[i]; first[tx] == noRow {
				first[tx] = uint32(row)
			}
		}
		wides += len(c.chunk.Wide)
		inputs += len(c.chunk.SpendTx)
		c.chunk, last.chunk = last.chunk, c.chunk
		c.chunk.N = last.chunk.N
	}
	for tx, row := range first {
		if s.txRow.U32(tx) != row {
			return s.fault("transaction %d begins with row %d, not %d", tx, row, s.txRow.U32(tx))
		}
	}
	if wides != s.wide128.len()+s.wide256.len() || inputs != int(s.meta.Spends) {
		return s.fault("there are cells that belong to no row")
	}
	return nil
}

// checkSpends sees that every input is found by what it spends.
func (s *Segment) checkSpends(h names.Hash) error {
	for i := range int(s.meta.Spends) {
		row := int(s.spendRow.U32(i))
		of := ledger.Outpoint{Tx: string(s.TxID(s.spendTxOf(i))), Index: s.spendIndex.U32(i)}
		if at, ok := s.Spender(of, OutpointTag(h, of)); !ok || at != row {
			return s.fault("row %d is not found by what it spends", row)
		}
	}
	return nil
}

// checkLists sees that the lists of a direction hold each row once, at its account.
func (s *Segment) checkLists(ctx context.Context, d Direction) error {
	column := s.from
	if d == ledger.In {
		column = s.to
	}
	l := &s.lists[d]
	want := 0
	for row := range s.Rows() {
		want += int(flag(column.U32(row) != uint32(ledger.Nobody)))
	}
	var rows []uint32
	var last uint32
	for i := range l.n {
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		id := uint32(i)
		if l.ids.Len() > 0 {
			if id = l.ids.U32(i); i > 0 && id <= last {
				return s.fault("lists are not in the order of accounts")
			}
			last = id
		}
		rows = s.List(d, ledger.AccountID(id), rows[:0])
		if !slices.IsSorted(rows) || id == uint32(ledger.Nobody) && len(rows) > 0 {
			return s.fault("the list of account %d is not sound", id)
		}
		for _, row := range rows {
			if column.U32(int(row)) != id {
				return s.fault("the list of account %d (%s) has row %d, which is not its own", id, d, row)
			}
		}
		want -= len(rows)
	}
	if want != 0 {
		return s.fault("rows are missing in the lists (%s): %d", d, want)
	}
	return nil
}

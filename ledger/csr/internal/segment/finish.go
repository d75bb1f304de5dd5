package segment

import (
	"context"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// putMeta writes what the segment says of itself.
func (w *writer) putMeta(c *sections.Column) {
	for _, v := range []uint64{
		version, uint64(w.row), uint64(len(w.blocks.height)), uint64(w.names.txs), uint64(w.names.stride), uint64(len(w.spendTags)),
		uint64(w.total.Accounts), flag(w.o.Lists), flag(w.total.Kinds),
	} {
		c.U64(v)
	}
}

// append64 writes a section of n numbers.
func (w *writer) append64(id, n int, at func(int) uint64) error {
	c, err := w.out.Append(id)
	if err != nil {
		return err
	}
	for i := range n {
		c.U64(at(i))
	}
	return c.Err()
}

// append32 writes a section of numbers.
func (w *writer) append32(id int, all []uint32) error {
	c, err := w.out.Append(id)
	if err != nil {
		return err
	}
	c.U32s(all)
	return c.Err()
}

// finishTables writes what is known only after the rows.
func (w *writer) finishTables() error {
	w.putMeta(w.meta)
	if err := w.finishBlocks(); err != nil {
		return err
	}
	if err := w.append32(secTxRow, w.firstRow); err != nil {
		return err
	}
	tags := names.Sort(w.spendTags, make([]uint64, len(w.spendTags)))
	return w.append64(secSpendTags, len(tags), func(i int) uint64 { return tags[i] })
}

// finishBlocks writes the blocks.
func (w *writer) finishBlocks() error {
	b := w.blocks
	if err := w.append64(secBlock, len(b.height), func(i int) uint64 { return b.height[i] }); err != nil {
		return err
	}
	if err := w.append64(secBlockTime, len(b.time), func(i int) uint64 { return uint64(b.time[i]) }); err != nil {
		return err
	}
	return w.append32(secBlockRow, b.row)
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// writeLists makes the lists of both directions, at the same time, and writes them.
func (w *writer) writeLists() error {
	deal := func(d ledger.Direction, column *sections.Column) func(context.Context) error {
		return func(ctx context.Context) error { return w.lists[d].deal(ctx, column, w.total.Accounts) }
	}
	if err := both(w.ctx, deal(ledger.Out, w.from), deal(ledger.In, w.to)); err != nil {
		return err
	}
	for d, base := range []int{ledger.Out: secOut, ledger.In: secIn} {
		if err := w.lists[d].write(w.out, base); err != nil {
			return err
		}
		w.lists[d].free()
	}
	return nil
}

package segment

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/memory"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Options of [Write].
type Options struct {
	Hash names.Hash
	// Lists makes rows findable by account; without, the segment is only good to be
	// merged.
	Lists bool
	// Disjoint says that no transaction is in two sources, which saves a pass.
	Disjoint bool
	// Sync forces the file to the disk.
	Sync bool
}

// Write merges sources into a segment at path. Errors: of the system, of ctx,
// *sections.Fault of a source.
func Write(ctx context.Context, path string, sources []Source, o Options) (err error) {
	w := &writer{o: o, ctx: ctx}
	defer w.free()
	for _, s := range sources {
		size := s.Size()
		w.cursors = append(w.cursors, &cursor{src: s, size: size})
		w.total.add(size)
	}
	if w.total.Rows > MaxRows {
		return fmt.Errorf("write segment: %d rows, at most %d", w.total.Rows, MaxRows)
	}
	if w.out, err = sections.Create(path); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	if err := w.write(); err != nil {
		w.out.Discard()
		return fmt.Errorf("write segment: %w", err)
	}
	return nil
}

// add is the size of two sources together.
func (s *Size) add(o Size) {
	switch {
	case s.Txs == 0:
		s.TxStride = o.TxStride
	case o.Txs > 0 && o.TxStride != s.TxStride:
		s.TxStride = 0
	}
	s.Rows += o.Rows
	s.Txs += o.Txs
	s.Spends += o.Spends
	s.TxBytes += o.TxBytes
	s.Accounts = max(s.Accounts, o.Accounts)
	s.WideAsset += o.WideAsset
	s.WidePos += o.WidePos
	s.WideIndex += o.WideIndex
	s.W128 += o.W128
	s.W256 += o.W256
	s.Kinds = s.Kinds || o.Kinds
}

// writer writes one segment.
type writer struct {
	ctx     context.Context
	o       Options
	out     *sections.Writer
	cursors []*cursor
	total   Size

	meta                        *sections.Column
	from, to, asset, value      *sections.Column
	tx, pos, index, kind        *sections.Column
	wideAsset, widePos, wideIdx wideWriter
	wide128, wide256            wideWriter
	spendRow                    *sections.Column
	spendTx, spendIndex         *sections.Column
	spendTags                   []uint64
	blocks                      blockList
	firstRow                    []uint32 // of each transaction from firstTx on
	firstTx                     uint32
	lists                       [2]listWriter
	row                         uint32
	cells                       []byte
	txs                         []uint32
	names                       nameMerge
}

// wideWriter writes cells too wide for their column.
type wideWriter struct{ rows, cells *sections.Column }

// blockList are the blocks so far.
type blockList struct {
	height []uint64
	time   []int64
	row    []uint32
}

func (w *writer) write() error {
	if err := w.number(); err != nil {
		return err
	}
	w.reserve()
	if err := both(w.ctx, w.names.write, w.rows); err != nil {
		return err
	}
	if err := w.finishTables(); err != nil {
		return err
	}
	if w.o.Lists {
		if err := w.writeLists(); err != nil {
			return err
		}
	}
	return w.out.Finish(w.o.Sync)
}

// number gives the transactions of all sources their numbers in the segment.
func (w *writer) number() (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	w.names = nameMerge{cursors: w.cursors, hash: w.o.Hash, total: w.total}
	return w.names.number(w.ctx, w.o.Disjoint || len(w.cursors) == 1)
}

// reserve lays out what has a known length.
func (w *writer) reserve() {
	n := int64(w.total.Rows)
	column := func(id int, width, n int64) *sections.Column { return w.out.Reserve(id, width*n) }
	w.meta = column(secMeta, 1, metaLen)
	w.from, w.to, w.tx = column(secFrom, 4, n), column(secTo, 4, n), column(secTx, 4, n)
	w.asset, w.pos, w.index = column(secAsset, 2, n), column(secPos, 2, n), column(secIndex, 2, n)
	w.value = column(secValue, 8, n)
	if w.total.Kinds {
		w.kind = column(secKind, 1, n)
	}
	wides := func(id int, width int64, n int) wideWriter {
		return wideWriter{column(id, 4, int64(n)), column(id+1, width, int64(n))}
	}
	w.wideAsset, w.widePos = wides(secWideAssetRow, 4, w.total.WideAsset), wides(secWidePosRow, 4, w.total.WidePos)
	w.wideIdx = wides(secWideIndexRow, 4, w.total.WideIndex)
	w.wide128, w.wide256 = wides(secWide128Row, 16, w.total.W128), wides(secWide256Row, 32, w.total.W256)
	spends := int64(w.total.Spends)
	w.spendRow, w.spendTx, w.spendIndex = column(secSpendRow, 4, spends), column(secSpendTx, 4, spends), column(secSpendIndex, 4, spends)
	w.names.reserve(w.out)
	w.beginTxs(0, w.names.txs)
}

// beginTxs makes room for the first rows of n transactions from one on.
func (w *writer) beginTxs(first uint32, n int) {
	if cap(w.firstRow) < n {
		memory.Free(w.firstRow)
		w.firstRow = memory.Make[uint32](n)
	}
	w.firstRow, w.firstTx = w.firstRow[:n], first
	for i := range w.firstRow {
		w.firstRow[i] = noRow
	}
}

// free gives memory back.
func (w *writer) free() {
	memory.Free(w.firstRow)
	w.firstRow = nil
	for d := range w.lists {
		w.lists[d].free()
	}
}

// rows writes the columns.
func (w *writer) rows(ctx context.Context) error {
	for _, c := range w.cursors {
		c.chunk = NewChunk()
		c.src.Load(0, c.chunk)
	}
	var failed error
	merge(w.cursors, func(c *cursor, n int) {
		if failed == nil {
			if failed = ctx.Err(); failed == nil {
				w.take(c, n)
			}
		}
	})
	if failed != nil {
		return failed
	}
	if int(w.row) != w.total.Rows {
		return fmt.Errorf("%d rows written of %d", w.row, w.total.Rows)
	}
	return nil
}

// take writes n rows from where the cursor is.
func (w *writer) take(c *cursor, n int) {
	ch, from, to := c.chunk, c.at, c.at+n
	w.from.U32s(ch.From[from:to])
	w.to.U32s(ch.To[from:to])
	w.value.U64s(ch.Value[from:to])
	if cap(w.txs) < n {
		w.txs = make([]uint32, chunkLen)
	}
	txs := w.txs[:n]
	for i := range txs {
		row, tx := w.row+uint32(i), c.tx(ch.Tx[from+i])
		txs[i] = tx
		if first := &w.firstRow[tx-w.firstTx]; *first == noRow {
			*first = row
		}
		if ch.Value[from+i] == ledger.WideValue {
			w.wide(ch.Wide[ch.wideAt], row)
			ch.wideAt++
		}
	}
	w.tx.U32s(txs)
	w.put16s(w.asset, &w.wideAsset, ch.Asset[from:to])
	w.put16s(w.pos, &w.widePos, ch.Pos[from:to])
	w.put16s(w.index, &w.wideIdx, ch.Index[from:to])
	w.takeKinds(c, from, to)
	w.takeBlocks(ch, from, to)
	w.row += uint32(n)
}

// put16s writes cells of rows from the next on into a column of two bytes.
func (w *writer) put16s(c *sections.Column, wide *wideWriter, cells []uint32) {
	var narrow [512]uint16
	for at := 0; at < len(cells); at += len(narrow) {
		part := cells[at:min(at+len(narrow), len(cells))]
		for i, v := range part {
			if narrow[i] = uint16(v); v >= uint32(Narrow) {
				narrow[i] = Narrow
				wide.rows.U32(w.row + uint32(at+i))
				wide.cells.U32(v)
			}
		}
		c.U16s(narrow[:len(part)])
	}
}

func (w *writer) wide(a chain.Amount, row uint32) {
	to, width := &w.wide256, 32
	if IsWide128(a) {
		to, width = &w.wide128, 16
	}
	to.rows.U32(row)
	w.cells = appendAmount(w.cells[:0], a, width)
	to.cells.Bytes(w.cells)
}

// takeKinds writes kinds, and what inputs spend.
func (w *writer) takeKinds(c *cursor, from, to int) {
	if !w.total.Kinds {
		return
	}
	for i := from; i < to; i++ {
		w.kind.U8(uint8(c.chunk.Kind[i]))
		if c.chunk.Kind[i] != ledger.Input {
			continue
		}
		old, index := c.chunk.SpendTx[c.chunk.spendAt], c.chunk.SpendIndex[c.chunk.spendAt]
		c.chunk.spendAt++
		tag := OutpointTag(w.o.Hash, ledger.Outpoint{Tx: string(c.src.TxID(int(old))), Index: index})
		w.spendTags = append(w.spendTags, tag|uint64(len(w.spendTags)))
		w.spendRow.U32(w.row + uint32(i-from))
		w.spendTx.U32(c.tx(old))
		w.spendIndex.U32(index)
	}
}

func (w *writer) takeBlocks(ch *Chunk, from, to int) {
	b := &w.blocks
	for i := from; i < to; i++ {
		if n := len(b.height); n == 0 || b.height[n-1] != ch.Block[i] {
			b.height, b.time = append(b.height, ch.Block[i]), append(b.time, ch.Time[i])
			b.row = append(b.row, w.row+uint32(i-from))
		}
	}
}

// both runs two functions at the same time and returns the first error; the other
// function's context ends with it.
func both(ctx context.Context, f, g func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run := func(f func(context.Context) error) (err error) {
		defer sections.Guard()()
		defer sections.Catch(&err)
		return f(ctx)
	}
	done := make(chan error, 1)
	go func() {
		err := run(f)
		if err != nil {
			cancel(err)
		}
		done <- err
	}()
	err := run(g)
	if err != nil {
		cancel(err)
	}
	if other := <-done; other != nil || err != nil {
		return context.Cause(ctx)
	}
	return nil
}

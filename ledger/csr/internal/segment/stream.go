package segment

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Stream is a segment that is written while its rows come: source after source, each
// after the rows of the one before, of payments alone, with ids of one length that none
// of the earlier sources has. What keeps to that is written once; [Write] brings other
// sources together. A stream is for one goroutine.
type Stream struct {
	w     *writer
	ids   *sections.Column
	txRow *sections.Column
	index indexLevels
	chunk *Chunk
	last  rowKey
}

// rowKey is what orders a row.
type rowKey struct {
	block      uint64
	pos, index uint32
	kind       ledger.Kind
	tx         string
}

// Begin begins a stream; path has the folder and the name until it is finished.
func Begin(path string, h names.Hash) (*Stream, error) {
	out, err := sections.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write segment: %w", err)
	}
	s := &Stream{w: &writer{o: Options{Hash: h}, out: out}, chunk: NewChunk()}
	if err := s.columns(); err != nil {
		return nil, fmt.Errorf("write segment: %w", joinDiscard(err, out))
	}
	return s, nil
}

// columns begins the sections that grow with the rows: the longest in its place, the
// others in files of their own.
func (s *Stream) columns() (err error) {
	w := s.w
	if s.ids, err = w.out.Append(secNames); err != nil {
		return err
	}
	for _, c := range []struct {
		to **sections.Column
		id int
	}{
		{&w.from, secFrom},
		{&w.to, secTo},
		{&w.asset, secAsset},
		{&w.value, secValue},
		{&w.tx, secTx},
		{&w.pos, secPos},
		{&w.index, secIndex},
		{&s.txRow, secTxRow},
		{&w.wideAsset.rows, secWideAssetRow},
		{&w.wideAsset.cells, secWideAsset},
		{&w.widePos.rows, secWidePosRow},
		{&w.widePos.cells, secWidePos},
		{&w.wideIdx.rows, secWideIndexRow},
		{&w.wideIdx.cells, secWideIndex},
		{&w.wide128.rows, secWide128Row},
		{&w.wide128.cells, secWide128},
		{&w.wide256.rows, secWide256Row},
		{&w.wide256.cells, secWide256},
	} {
		*c.to = w.out.Spool(c.id)
	}
	return nil
}

// Rows is the number of rows.
func (s *Stream) Rows() int { return int(s.w.row) }

// Blocks are the first block and the last, with its time. There must be rows.
func (s *Stream) Blocks() (first, last uint64, time int64) {
	b := &s.w.blocks
	n := len(b.height) - 1
	return b.height[0], b.height[n], b.time[n]
}

// Shares reports whether one of the transactions with these ids, whose index is sorted,
// is in the stream.
func (s *Stream) Shares(entries []uint64, id func(no int) []byte) (shares bool, err error) {
	stride := s.w.total.TxStride
	there := make([]byte, stride)
	s.index.join(entries, func(here, no uint32) bool {
		if err = s.ids.ReadAt(there, int64(no)*int64(stride)); err == nil {
			shares = string(there) == string(id(int(here)))
		}
		return err == nil && !shares
	})
	if err != nil {
		return false, fmt.Errorf("write segment: %w", err)
	}
	return shares, nil
}

// Takes reports whether a source keeps to the contract as far as its size and its first
// row say.
func (s *Stream) Takes(src Source) (takes bool, err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	size := src.Size()
	switch {
	case size.Kinds || size.TxStride == 0 || size.Rows == 0 || size.Rows+s.Rows() > MaxRows:
		return false, nil
	case s.Rows() == 0:
		return true, nil
	case size.TxStride != s.w.total.TxStride:
		return false, nil
	}
	src.Load(0, s.chunk)
	return s.last.before(keyAt(src, s.chunk, 0)), nil
}

// Add takes the rows of a source for which Takes is true and Shares false.
func (s *Stream) Add(ctx context.Context, src Source) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	w, size := s.w, src.Size()
	c := &cursor{src: src, size: size, chunk: s.chunk, base: uint32(w.names.txs)}
	w.beginTxs(c.base, size.Txs)
	src.Load(0, c.chunk)
	for !c.done() {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := c.chunk.N
		w.take(c, n)
		if c.from+n == size.Rows {
			s.last = keyAt(src, c.chunk, n-1)
		}
		c.skip(n)
	}
	if err := copyIDs(ctx, src, size, s.ids); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	s.txRow.U32s(w.firstRow)
	s.index.add(src, size.Txs, c.base)
	w.names.txs += size.Txs
	w.total.add(size)
	w.names.stride = w.total.TxStride
	return s.err()
}

// err is the first error of writing.
func (s *Stream) err() error {
	if err := s.w.out.Err(); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	return nil
}

// Finish makes the stream a segment at a path in the same folder. It ends its use.
func (s *Stream) Finish(ctx context.Context, path string, o Options) error {
	s.w.ctx, s.w.o.Lists = ctx, o.Lists
	s.w.out.Rename(path)
	defer s.w.free()
	err := s.finish()
	if err == nil {
		err = s.w.out.Finish(o.Sync)
	}
	if err != nil {
		return fmt.Errorf("write segment: %w", joinDiscard(err, s.w.out))
	}
	return nil
}

func (s *Stream) finish() error {
	meta, err := s.w.out.Append(secMeta)
	if err != nil {
		return err
	}
	s.w.putMeta(meta)
	if err := s.w.finishBlocks(); err != nil {
		return err
	}
	index, err := s.w.out.Append(secNames + names.IndexSection)
	if err != nil {
		return err
	}
	if err := s.index.write(s.w.ctx, index); err != nil {
		return err
	}
	s.index.free()
	if !s.w.o.Lists {
		return nil
	}
	return s.w.writeLists()
}

// Discard removes what was written. After Finish it does nothing.
func (s *Stream) Discard() {
	s.index.free()
	s.w.free()
	_ = s.w.out.Discard() // what is left is removed by the next Append
}

// joinDiscard is an error after which a file is not wanted.
func joinDiscard(err error, w *sections.Writer) error {
	_ = w.Discard() // the first error is the one that matters
	return err
}

// keyAt is the key of a row of a chunk of a source.
func keyAt(src Source, c *Chunk, i int) rowKey {
	return rowKey{c.Block[i], c.Pos[i], c.Index[i], c.Kind[i], string(src.TxID(int(c.Tx[i])))}
}

func (k rowKey) before(o rowKey) bool {
	switch {
	case k.block != o.block:
		return k.block < o.block
	case k.pos != o.pos:
		return k.pos < o.pos
	case k.kind != o.kind:
		return k.kind < o.kind
	case k.index != o.index:
		return k.index < o.index
	}
	return k.tx < o.tx
}

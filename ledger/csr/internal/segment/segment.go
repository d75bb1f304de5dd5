// Package segment is a run of rows of one chain, in order, in a file that never
// changes: columns, the ids of its transactions, and for each account the numbers of
// its rows in both directions.
//
// # Contract
//
// [Open] checks the frame and the lengths of columns against each other; every cell is
// held against its checksum when it is first read (package sections). Methods throw
// what package sections throws. [Write] merges sources (segments, or rows in memory)
// that hold no row twice into one segment; rows keep the order of the contract of
// package ledger. Numbers of accounts and assets are those of the ledger; row and
// transaction numbers are the segment's own.
//
//	s, err := segment.Open(path)
//	for _, row := range s.List(segment.Out, account, nil) {
//		fmt.Println(s.To(row), s.Value(row))
//	}
package segment

import (
	"errors"
	"fmt"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// MaxRows is the most rows of a segment.
const MaxRows = 1 << 29

// Sections of a segment.
const (
	secMeta = iota + 1
	secFrom
	secTo
	secAsset // two bytes; Narrow: see wide
	secValue // eight bytes; likewise
	secTx
	secPos   // two bytes; likewise
	secIndex // two bytes; likewise
	secKind  // absent where all rows are payments
	secBlock
	secBlockTime
	secBlockRow
	secWideAssetRow
	secWideAsset
	secWidePosRow
	secWidePos
	secWideIndexRow
	secWideIndex
	secWide128Row
	secWide128
	secWide256Row
	secWide256
	secTxRow
	secSpendRow
	secSpendTx
	secSpendIndex
	secSpendTags
	secNames // names.Sections sections
	_
	_
	secOut // three sections
	_
	_
	secIn
	_
	_
)

// Meta is what a segment says of itself: numbers of eight bytes, in this order.
type meta struct {
	Version    uint64
	Rows       uint64
	Blocks     uint64
	Txs        uint64 // ids of transactions, those included that only spent outputs name
	TxStride   uint64 // bytes of each; 0: they differ
	Spends     uint64
	Accounts   uint64 // one more than the highest number of an account
	Adjacency  uint64 // 1: it has lists of rows by account
	KindColumn uint64 // 1: it has the column of kinds
}

const (
	version = 1
	metaLen = 9 * 8
)

// Direction is which side of a row is looked at.
type Direction = ledger.Direction

// Segment is an open segment. It is safe for concurrent use.
type Segment struct {
	file *sections.File
	meta meta

	from, to, asset, value, tx, pos, index, kind *sections.Section
	block, blockTime, blockRow                   *sections.Section
	txRow, spendRow, spendTx, spendIndex         *sections.Section
	spendTags                                    *sections.Section
	wideAsset, widePos, wideIndex                wide
	wide128, wide256                             wide
	names                                        *names.Table
	lists                                        [2]lists
}

// Open opens a segment. Errors: of the system, or *sections.Fault.
func Open(path string) (*Segment, error) {
	f, err := sections.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := Of(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

// OpenNamed opens a segment that a catalogue names.
func OpenNamed(dir string, named catalog.Segment) (*Segment, error) {
	f, err := named.Open(dir)
	if err != nil {
		return nil, err
	}
	s, err := Of(f)
	if err == nil && uint64(s.Rows()) != named.Rows {
		err = &sections.Fault{File: named.Name, Why: "has not the rows that the catalogue says"}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// Decode is Open for bytes in memory.
func Decode(name string, b []byte) (*Segment, error) {
	f, err := sections.Decode(name, b)
	if err != nil {
		return nil, err
	}
	return Of(f)
}

// Of is the segment in an open file, which it takes over unless there is an error.
func Of(f *sections.File) (s *Segment, err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	s = &Segment{file: f}
	s.readMeta()
	m := s.meta
	column := func(id, width int, n uint64) *sections.Section {
		c := f.Section(id)
		if n > MaxRows*2 || c.Len() != width*int(n) {
			c.Throw(0, fmt.Sprintf("the section has %d bytes, want %d numbers of %d", c.Len(), n, width))
		}
		return c
	}
	s.from, s.to, s.tx = column(secFrom, 4, m.Rows), column(secTo, 4, m.Rows), column(secTx, 4, m.Rows)
	s.asset, s.pos, s.index = column(secAsset, 2, m.Rows), column(secPos, 2, m.Rows), column(secIndex, 2, m.Rows)
	s.value, s.kind = column(secValue, 8, m.Rows), column(secKind, 1, m.Rows*m.KindColumn)
	s.block, s.blockTime, s.blockRow = column(secBlock, 8, m.Blocks), column(secBlockTime, 8, m.Blocks), column(secBlockRow, 4, m.Blocks)
	s.txRow = column(secTxRow, 4, m.Txs)
	s.spendRow, s.spendTx, s.spendIndex = column(secSpendRow, 4, m.Spends), column(secSpendTx, 4, m.Spends), column(secSpendIndex, 4, m.Spends)
	s.spendTags = column(secSpendTags, 8, m.Spends)
	s.names = names.OpenTable(f, secNames, int(m.Txs), int(m.TxStride))
	s.openWides()
	if m.Adjacency == 1 {
		s.lists[ledger.Out], s.lists[ledger.In] = openLists(f, secOut), openLists(f, secIn)
	}
	return s, nil
}

func (s *Segment) readMeta() {
	c := s.file.Section(secMeta)
	if c.Len() != metaLen {
		c.Throw(0, "the head of the segment has another length")
	}
	m := &s.meta
	for i, to := range []*uint64{&m.Version, &m.Rows, &m.Blocks, &m.Txs, &m.TxStride, &m.Spends, &m.Accounts, &m.Adjacency, &m.KindColumn} {
		*to = c.U64(i)
	}
	switch {
	case m.Version != version:
		c.Throw(0, fmt.Sprintf("version %d of the format, want %d", m.Version, version))
	case m.Rows > MaxRows || m.Blocks > m.Rows || m.Spends > m.Rows || m.Txs > 2*m.Rows || m.TxStride > ledger.MaxTx ||
		m.Accounts > 1<<32 || m.Adjacency > 1 || m.KindColumn > 1 || (m.Rows > 0) != (m.Blocks > 0):
		c.Throw(0, "the head of the segment is not sound")
	}
}

// Close gives back the file.
func (s *Segment) Close() error { return s.file.Close() }

// File is the file it lies in.
func (s *Segment) File() *sections.File { return s.file }

// Rows is the number of rows.
func (s *Segment) Rows() int { return int(s.meta.Rows) }

// Accounts is one more than the highest number of an account.
func (s *Segment) Accounts() int { return int(s.meta.Accounts) }

// HasLists reports whether rows can be found by account.
func (s *Segment) HasLists() bool { return s.meta.Adjacency == 1 }

// Columns are who pays, who is paid, the asset and the value, as they are written.
func (s *Segment) Columns() (from, to, asset, value *sections.Section) {
	return s.from, s.to, s.asset, s.value
}

// Cell is a column that cells of many rows are read of.
type Cell int

// Columns.
const (
	FromCell Cell = iota
	ToCell
	AssetCell
	ValueCell
)

// Glance looks at cells of rows, of those numbers from a base on that it has, before they
// are read one after the other.
func (s *Segment) Glance(c Cell, rows []ledger.Row, base ledger.Row) {
	switch c {
	case FromCell:
		sections.Glance(s.from, rows, base, 4)
	case ToCell:
		sections.Glance(s.to, rows, base, 4)
	case AssetCell:
		sections.Glance(s.asset, rows, base, 2)
	case ValueCell:
		sections.Glance(s.value, rows, base, 8)
	}
}

// From is who pays in a row.
func (s *Segment) From(row int) ledger.AccountID { return ledger.AccountID(s.from.U32(row)) }

// To is who is paid.
func (s *Segment) To(row int) ledger.AccountID { return ledger.AccountID(s.to.U32(row)) }

// Asset is what moves.
func (s *Segment) Asset(row int) ledger.AssetID {
	if a := s.asset.U16(row); a != ledger.WideAsset {
		return ledger.AssetID(a)
	}
	return ledger.AssetID(s.wideAsset.u32(row))
}

// Value is the amount.
func (s *Segment) Value(row int) chain.Amount {
	if v := s.value.U64(row); v != ledger.WideValue {
		return chain.Units64(v)
	}
	return s.wideValue(row)
}

// Kind is what the row is.
func (s *Segment) Kind(row int) ledger.Kind {
	if s.meta.KindColumn == 0 {
		return ledger.Payment
	}
	return ledger.Kind(s.kind.Bytes(row, 1)[0])
}

// Pos is the position in the block.
func (s *Segment) Pos(row int) uint32 {
	if p := s.pos.U16(row); p != Narrow {
		return uint32(p)
	}
	return s.widePos.u32(row)
}

// Index is the index in the transaction.
func (s *Segment) Index(row int) uint32 {
	if p := s.index.U16(row); p != Narrow {
		return uint32(p)
	}
	return s.wideIndex.u32(row)
}

// Tx is the number of the transaction.
func (s *Segment) Tx(row int) int {
	tx := int(s.tx.U32(row))
	if tx >= int(s.meta.Txs) {
		s.tx.Throw(4*row, "no transaction has that number")
	}
	return tx
}

// TxBytes is what the ids of transactions, their index and the number of the first row
// of each take in the file.
func (s *Segment) TxBytes() int64 { return s.names.Size() + int64(s.txRow.Len()) }

// TxID is the id of a transaction by number.
func (s *Segment) TxID(tx int) []byte { return s.names.Get(tx) }

// FindTx is the number of a transaction that has rows here, and its first row.
func (s *Segment) FindTx(id string, tag uint64) (tx, row int, ok bool) {
	tx, ok = s.names.Find(id, tag)
	if !ok {
		return 0, 0, false
	}
	row, ok = s.TxRow(tx)
	return tx, row, ok
}

// TxRow is the first row of a transaction; ok is false if spent outputs alone name it.
func (s *Segment) TxRow(tx int) (row int, ok bool) {
	first := s.txRow.U32(tx)
	if first != noRow && first >= uint32(s.meta.Rows) {
		s.txRow.Throw(4*tx, "no row has that number")
	}
	return int(first), first != noRow
}

// noRow stands for the first row of a transaction that has none.
const noRow = ^uint32(0)

// Block is the number, in the segment, of the block that a row is in: the last that
// begins with it or before. Blocks have about as many rows, so the search begins where
// an even spread would have it.
func (s *Segment) Block(row int) int {
	n := int(s.meta.Blocks)
	if n == 0 {
		return -1
	}
	guess := int(uint64(row) * uint64(n) / s.meta.Rows)
	return searchNear(n, guess, func(i int) bool { return int(s.blockRow.U32(i)) <= row }) - 1
}

// Blocks is how many blocks have rows.
func (s *Segment) Blocks() int { return int(s.meta.Blocks) }

// BlockAt is height and time of a block by its number in the segment.
func (s *Segment) BlockAt(i int) (height uint64, time int64) {
	if i < 0 {
		s.blockRow.Throw(0, "the first block does not begin with the first row")
	}
	return s.block.U64(i), int64(s.blockTime.U64(i))
}

// BlockRows are the rows of a block: from the first to before the end.
func (s *Segment) BlockRows(i int) (from, end int) {
	from, end = int(s.blockRow.U32(i)), s.Rows()
	if i+1 < s.Blocks() {
		end = int(s.blockRow.U32(i + 1))
	}
	if from >= end || end > s.Rows() {
		s.blockRow.Throw(4*i, "the rows of a block are not sound")
	}
	return from, end
}

// Times are the earliest and the latest time of a block.
func (s *Segment) Times() (since, until int64) {
	for i := range s.Blocks() {
		_, t := s.BlockAt(i)
		if i == 0 {
			since, until = t, t
		}
		since, until = min(since, t), max(until, t)
	}
	return since, until
}

// FindBlock is the first block at a height or above it.
func (s *Segment) FindBlock(height uint64) int {
	return sort.Search(s.Blocks(), func(i int) bool { return s.block.U64(i) >= height })
}

// FirstRow is the first row of a block at a height or above it; Rows() if none is.
func (s *Segment) FirstRow(height uint64) int {
	i := s.FindBlock(height)
	if i == s.Blocks() {
		return s.Rows()
	}
	return int(s.blockRow.U32(i))
}

// Place is where a row stands.
func (s *Segment) Place(row int) ledger.Place {
	height, time := s.BlockAt(s.Block(row))
	return ledger.Place{Block: height, Pos: s.Pos(row), Index: s.Index(row), Kind: s.Kind(row), Time: time}
}

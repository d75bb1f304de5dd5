package segment

import (
	"encoding/binary"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Source is rows of one chain, in order, none twice. Its methods throw what package
// sections throws.
type Source interface {
	Size() Size
	// Load fills the chunk with rows from a number on, as many as it takes.
	Load(from int, c *Chunk)
	// TxID is the id of a transaction by the source's number.
	TxID(tx int) []byte
	// TxIDs are the ids of some transactions from one on, at least its own, where all
	// ids have one length. They are valid until the next call.
	TxIDs(tx int) []byte
	// Entries copies entries of the sorted index of ids from the i-th on.
	Entries(i int, to []uint64) int
	// Forget gives back memory of what was read and will not be soon.
	Forget()
}

// Size is what a source will take in a segment.
type Size struct {
	Rows, Txs, Spends                         int
	TxBytes                                   int64 // of all ids
	TxStride                                  int   // bytes of each id; 0: they differ or there are none
	Accounts                                  int   // one more than the highest number of an account
	WideAsset, WidePos, WideIndex, W128, W256 int
	Kinds                                     bool // some row is no payment
}

// chunkLen is how many rows a chunk has.
const chunkLen = 1 << 13

// Chunk is a portion of a source by columns.
type Chunk struct {
	N                   int
	Block               []uint64
	Time                []int64
	Pos, Index          []uint32
	Kind                []ledger.Kind
	Tx, From, To, Asset []uint32
	Value               []uint64 // ledger.WideValue: the next of Wide
	Wide                []chain.Amount
	SpendTx, SpendIndex []uint32 // of the inputs, in their order
	wideAt, spendAt     int      // how many of Wide and of spends were used up
}

// NewChunk is an empty chunk.
func NewChunk() *Chunk {
	u := func() []uint32 { return make([]uint32, chunkLen) }
	return &Chunk{
		Block: make([]uint64, chunkLen), Time: make([]int64, chunkLen), Kind: make([]ledger.Kind, chunkLen),
		Pos: u(), Index: u(), Tx: u(), From: u(), To: u(), Asset: u(), Value: make([]uint64, chunkLen),
	}
}

// Reset empties the chunk for n rows, or as many as it takes.
func (c *Chunk) Reset(n int) int {
	c.N = min(n, chunkLen)
	c.Wide, c.SpendTx, c.SpendIndex = c.Wide[:0], c.SpendTx[:0], c.SpendIndex[:0]
	c.wideAt, c.spendAt = 0, 0
	return c.N
}

// Size is what the segment takes.
func (s *Segment) Size() Size {
	m := &s.meta
	return Size{
		Rows: int(m.Rows), Txs: int(m.Txs), Spends: int(m.Spends), TxBytes: s.names.Bytes(), TxStride: int(m.TxStride),
		Accounts: int(m.Accounts), WideAsset: s.wideAsset.len(), WidePos: s.widePos.len(), WideIndex: s.wideIndex.len(),
		W128: s.wide128.len(), W256: s.wide256.len(), Kinds: m.KindColumn == 1,
	}
}

// TxIDs are the ids of transactions from one on.
func (s *Segment) TxIDs(tx int) []byte { return s.names.GetMany(tx) }

// Entries copies entries of the index of transactions.
func (s *Segment) Entries(i int, to []uint64) int { return s.names.Entries(i, to) }

// Join finds entries of the index that have the tag of one of sorted entries, and
// hands on both numbers.
func (s *Segment) Join(entries []uint64, take func(here, there uint32)) {
	n := int(s.meta.Txs)
	if n/(1+len(entries)) > 64 { // few are sought among many
		for _, e := range entries {
			s.joinFrom(e, s.names.Seek(names.Tag(e)), take)
		}
		return
	}
	buf := make([]uint64, 1<<12)
	i := 0
	for from := 0; from < n && i < len(entries); from += len(buf) {
		buf = buf[:s.names.Entries(from, buf[:cap(buf)])]
		// Which side is behind is as good as drawn by lot: both move by what the
		// comparison gives, without a jump that would be guessed wrong half the time.
		for at := 0; i < len(entries) && at < len(buf); {
			here, there := names.Tag(entries[i]), names.Tag(buf[at])
			if here == there {
				s.joinFrom(entries[i], from+at, take)
				i++
				continue
			}
			var less, more int
			if here < there {
				less = 1
			}
			if there < here {
				more = 1
			}
			i += less
			at += more
		}
	}
}

// joinFrom hands on the entries from one on that have the tag of an entry.
func (s *Segment) joinFrom(e uint64, at int, take func(here, there uint32)) {
	for n := int(s.meta.Txs); at < n; at++ {
		there := s.names.Entry(at)
		if names.Tag(there) != names.Tag(e) {
			return
		}
		take(names.No(e), names.No(there))
	}
}

// Forget lets the system take back the memory of what was read.
func (s *Segment) Forget() { s.file.Forget() }

// Load fills a chunk.
func (s *Segment) Load(from int, c *Chunk) {
	n := c.Reset(s.Rows() - from)
	load32(s.from, from, c.From[:n])
	load32(s.to, from, c.To[:n])
	load32(s.tx, from, c.Tx[:n])
	load16(s.asset, s.wideAsset, from, c.Asset[:n])
	load16(s.pos, s.widePos, from, c.Pos[:n])
	load16(s.index, s.wideIndex, from, c.Index[:n])
	names.Load64(s.value, from, c.Value[:n])
	for i, v := range c.Value[:n] {
		if v == ledger.WideValue {
			c.Wide = append(c.Wide, s.wideValue(from+i))
		}
		if c.Tx[i] >= uint32(s.meta.Txs) || uint64(max(c.From[i], c.To[i])) >= s.meta.Accounts {
			s.tx.Throw(4*(from+i), "a number is out of range")
		}
	}
	s.loadKinds(from, c)
	s.loadBlocks(from, c)
}

func (s *Segment) loadKinds(from int, c *Chunk) {
	for i := range c.N {
		c.Kind[i] = ledger.Payment
	}
	if s.meta.KindColumn == 0 {
		return
	}
	for i, k := range s.kind.Bytes(from, c.N) {
		if c.Kind[i] = ledger.Kind(k); c.Kind[i] == ledger.Input {
			tx, index, ok := s.Spends(from + i)
			if !ok {
				s.spendRow.Throw(0, "an input spends nothing")
			}
			c.SpendTx, c.SpendIndex = append(c.SpendTx, uint32(tx)), append(c.SpendIndex, index)
		}
	}
}

func (s *Segment) loadBlocks(from int, c *Chunk) {
	b := s.Block(from)
	for i := 0; i < c.N; b++ {
		height, time := s.BlockAt(b)
		_, end := s.BlockRows(b)
		for ; i < c.N && from+i < end; i++ {
			c.Block[i], c.Time[i] = height, time
		}
	}
}

func load32(s *sections.Section, from int, to []uint32) {
	b := s.Bytes(4*from, 4*len(to))
	for i := range to {
		to[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
}

func load16(s *sections.Section, w wide, from int, to []uint32) {
	b := s.Bytes(2*from, 2*len(to))
	for i := range to {
		v := binary.LittleEndian.Uint16(b[2*i:])
		if to[i] = uint32(v); v == Narrow {
			to[i] = w.u32(from + i)
		}
	}
}

// forgetRows is after how many rows, or ids, a source is told to forget.
const forgetRows = 1 << 19

// cursor goes over a source.
type cursor struct {
	src   Source
	size  Size
	from  int // number of the chunk's first row
	at    int // in the chunk
	chunk *Chunk
	txs   []uint32 // number in the segment of each transaction; nil: its own and base
	base  uint32
}

func (c *cursor) done() bool { return c.at == c.chunk.N }

// tx is the number in the segment of a transaction of the source.
func (c *cursor) tx(no uint32) uint32 {
	if c.txs == nil {
		return c.base + no
	}
	return c.txs[no]
}

// skip moves on, and loads the next chunk where this one ends.
func (c *cursor) skip(n int) {
	if c.at += n; c.at < c.chunk.N {
		return
	}
	if c.from/forgetRows != (c.from+c.chunk.N)/forgetRows {
		c.src.Forget()
	}
	if c.from += c.chunk.N; c.from < c.size.Rows {
		c.at = 0
		c.src.Load(c.from, c.chunk)
	}
}

// less orders two rows.
func less(a *cursor, i int, b *cursor, j int) bool {
	x, y := a.chunk, b.chunk
	switch {
	case x.Block[i] != y.Block[j]:
		return x.Block[i] < y.Block[j]
	case x.Pos[i] != y.Pos[j]:
		return x.Pos[i] < y.Pos[j]
	case x.Kind[i] != y.Kind[j]:
		return x.Kind[i] < y.Kind[j]
	case x.Index[i] != y.Index[j]:
		return x.Index[i] < y.Index[j]
	}
	return string(a.src.TxID(int(x.Tx[i]))) < string(b.src.TxID(int(y.Tx[j])))
}

// run is how many rows of this cursor's chunk come before the row that another is at.
func (c *cursor) run(other *cursor) int {
	n := c.chunk.N
	if other == nil || less(c, n-1, other, other.at) {
		return n - c.at
	}
	i := c.at + 1
	for i < n && less(c, i, other, other.at) {
		i++
	}
	return i - c.at
}

// merge hands the rows of all cursors on, in order, in runs of one cursor's chunk.
func merge(cursors []*cursor, take func(c *cursor, n int)) {
	live := cursors[:0:0]
	for _, c := range cursors {
		if !c.done() {
			live = append(live, c)
		}
	}
	for len(live) > 0 {
		first, second := 0, -1
		for i := 1; i < len(live); i++ {
			switch {
			case less(live[i], live[i].at, live[first], live[first].at):
				first, second = i, first
			case second < 0 || less(live[i], live[i].at, live[second], live[second].at):
				second = i
			}
		}
		c := live[first]
		var other *cursor
		if second >= 0 {
			other = live[second]
		}
		n := c.run(other)
		take(c, n)
		if c.skip(n); c.done() {
			live = append(live[:first], live[first+1:]...)
		}
	}
}

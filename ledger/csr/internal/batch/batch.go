// Package batch holds the rows that a ledger takes in before they are a segment: it
// finds those that are held already, those that contradict what is held, and brings
// the others in order.
//
//	b := batch.New(hash, 1<<20)
//	b.Add(&transfer, from, to, asset)
//	err := b.Settle(ctx, earlier, func(row int, reason string) { … })
//	err = segment.Write(ctx, path, []segment.Source{b}, options)
package batch

import (
	"slices"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// Batch is rows of one chain by columns, in the order in which they came.
type Batch struct {
	hash names.Hash
	most int // rows that it will have at most

	from, to, asset, tx, pos, index, mark []uint32
	kind                                  []ledger.Kind
	value                                 []uint64
	wideRow                               []uint32 // rows whose value is ledger.WideValue
	wide                                  []chain.Amount
	spendRow, spendTx, spendIndex         []uint32 // of the inputs

	height []uint64 // of each mark: the block of rows that follow each other
	time   []int64

	txs     names.List
	entries []uint64 // index of txs
	spare   []uint64 // what entries are sorted by way of
	again   []bool   // by transaction: it may stand twice under a key; see Settle
	some    bool     // some is
	sorted  bool     // rows came in order
	indexed bool     // entries are sorted, and no id has two

	// Of Settle:
	order   []uint32 // rows that stay, in order; nil: all, as they came
	renamed []uint32 // number of each transaction that stays; nil: its own
	kept    []uint32 // and back
	size    segment.Size
}

// New is an empty batch, for about so many rows.
func New(h names.Hash, most int) *Batch { return &Batch{hash: h, most: most, sorted: true} }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	for _, c := range []*[]uint32{
		&b.from, &b.to, &b.asset, &b.tx, &b.pos, &b.index, &b.mark,
		&b.wideRow, &b.spendRow, &b.spendTx, &b.spendIndex,
	} {
		*c = (*c)[:0]
	}
	b.kind, b.value, b.wide, b.height, b.time = b.kind[:0], b.value[:0], b.wide[:0], b.height[:0], b.time[:0]
	b.entries, b.again = b.entries[:0], b.again[:0]
	b.txs.Reset()
	b.some, b.sorted, b.indexed = false, true, false
	b.order, b.renamed, b.kept, b.size = nil, nil, nil, segment.Size{}
}

// Free gives the memory back. The batch is empty then.
func (b *Batch) Free() {
	b.txs.Free()
	*b = *New(b.hash, b.most)
}

// Len is the number of rows that were added.
func (b *Batch) Len() int { return len(b.from) }

// large is from how many rows on a batch is given all the memory that it will need,
// because columns that grow leave as much behind again.
const large = 1 << 16

// reserve makes room for so many rows.
func (b *Batch) reserve(rows int) {
	for _, c := range []*[]uint32{&b.from, &b.to, &b.asset, &b.tx, &b.pos, &b.index, &b.mark} {
		*c = slices.Grow(*c, rows-len(*c))
	}
	b.kind, b.value = slices.Grow(b.kind, rows-len(b.kind)), slices.Grow(b.value, rows-len(b.value))
	b.entries, b.again = slices.Grow(b.entries, rows-len(b.entries)), slices.Grow(b.again, rows-len(b.again))
}

// Add takes a row, whose addresses and asset have these numbers.
func (b *Batch) Add(t *ledger.Transfer, from, to, asset uint32) {
	row := len(b.from)
	if row == large && b.most > large {
		b.reserve(b.most)
	}
	m := len(b.height) - 1
	if m < 0 || b.height[m] != t.Block || b.time[m] != t.Time {
		b.height, b.time = append(b.height, t.Block), append(b.time, t.Time)
		m++
	}
	tx := b.addTx(t.Tx)
	b.from, b.to, b.asset = append(b.from, from), append(b.to, to), append(b.asset, asset)
	b.tx, b.mark, b.kind = append(b.tx, tx), append(b.mark, uint32(m)), append(b.kind, t.Kind)
	b.pos, b.index = append(b.pos, t.Pos), append(b.index, t.Index)
	v, fits := t.Value.Uint64()
	if !fits || v == ledger.WideValue {
		v = ledger.WideValue
		b.wideRow, b.wide = append(b.wideRow, uint32(row)), append(b.wide, t.Value)
	}
	b.value = append(b.value, v)
	if row > 0 {
		b.follow(row)
	}
	if t.Kind == ledger.Input {
		spends := b.addSpent(t.Spends.Tx)
		b.spendRow, b.spendTx, b.spendIndex = append(b.spendRow, uint32(row)), append(b.spendTx, spends), append(b.spendIndex, t.Spends.Index)
	}
}

// addTx numbers the transaction of a row: that of the row before, or a new number,
// whether or not it came before. Settle finds out.
func (b *Batch) addTx(id string) uint32 {
	if n := len(b.tx); n > 0 && string(b.txs.Get(int(b.tx[n-1]))) == id {
		return b.tx[n-1]
	}
	return b.addName(id)
}

// LastTx is the id of the last row's transaction. There must be rows.
func (b *Batch) LastTx() []byte { return b.txs.Get(int(b.tx[len(b.tx)-1])) }

// addSpent numbers a transaction that an input names.
func (b *Batch) addSpent(id string) uint32 {
	if n := len(b.spendTx); n > 0 && string(b.txs.Get(int(b.spendTx[n-1]))) == id {
		return b.spendTx[n-1]
	}
	return b.addName(id)
}

func (b *Batch) addName(id string) uint32 {
	no := uint32(b.txs.Len())
	b.txs.Add(id)
	b.entries = append(b.entries, b.hash.Tag(id)|uint64(no))
	b.again = append(b.again, false)
	return no
}

// follow looks at a row and the one before it: whether the order is kept, and whether
// a transaction may have a key twice.
func (b *Batch) follow(row int) {
	if b.sorted && b.compare(row-1, row) > 0 {
		b.sorted = false
	}
	if b.tx[row] != b.tx[row-1] {
		return
	}
	after := b.kind[row] > b.kind[row-1] || b.kind[row] == b.kind[row-1] && b.index[row] > b.index[row-1]
	if !after || b.mark[row] != b.mark[row-1] {
		b.again[b.tx[row]], b.some = true, true
	}
}

// compare orders two rows.
func (b *Batch) compare(i, j int) int {
	x, y := b.height[b.mark[i]], b.height[b.mark[j]]
	switch {
	case x != y:
		return sign(x < y)
	case b.pos[i] != b.pos[j]:
		return sign(b.pos[i] < b.pos[j])
	case b.kind[i] != b.kind[j]:
		return sign(b.kind[i] < b.kind[j])
	case b.index[i] != b.index[j]:
		return sign(b.index[i] < b.index[j])
	case b.tx[i] == b.tx[j]:
		return 0
	}
	return slices.Compare(b.txs.Get(int(b.tx[i])), b.txs.Get(int(b.tx[j])))
}

func sign(less bool) int {
	if less {
		return -1
	}
	return 1
}

// Value is the amount of a row as it came.
func (b *Batch) Value(row int) chain.Amount {
	if v := b.value[row]; v != ledger.WideValue {
		return chain.Units64(v)
	}
	i := sort.Search(len(b.wideRow), func(i int) bool { return int(b.wideRow[i]) >= row })
	return b.wide[i]
}

// spent is the outpoint that an input spends, by the number of its transaction.
func (b *Batch) spent(row int) (tx, index uint32) {
	i := sort.Search(len(b.spendRow), func(i int) bool { return int(b.spendRow[i]) >= row })
	return b.spendTx[i], b.spendIndex[i]
}

// outpoint is what an input spends.
func (b *Batch) outpoint(row int) ledger.Outpoint {
	tx, index := b.spent(row)
	return ledger.Outpoint{Tx: string(b.txs.Get(int(tx))), Index: index}
}

// Row is a row as it came, and the numbers of its addresses and its asset.
func (b *Batch) Row(row int) (t ledger.Transfer, from, to, asset uint32) {
	m := b.mark[row]
	t = ledger.Transfer{
		Kind: b.kind[row], Block: b.height[m], Time: b.time[m], Pos: b.pos[row], Index: b.index[row],
		Tx: string(b.txs.Get(int(b.tx[row]))), Value: b.Value(row),
	}
	if t.Kind == ledger.Input {
		t.Spends = b.outpoint(row)
	}
	return t, b.from[row], b.to[row], b.asset[row]
}

// Size is what the rows that stay will take.
func (b *Batch) Size() segment.Size { return b.size }

// at is the row at a place of the order.
func (b *Batch) at(i int) int {
	if b.order == nil {
		return i
	}
	return int(b.order[i])
}

// Load fills a chunk with rows that stay.
func (b *Batch) Load(from int, c *segment.Chunk) {
	for i := range c.Reset(b.size.Rows - from) {
		r := b.at(from + i)
		m := b.mark[r]
		c.Block[i], c.Time[i], c.Pos[i], c.Index[i], c.Kind[i] = b.height[m], b.time[m], b.pos[r], b.index[r], b.kind[r]
		c.From[i], c.To[i], c.Asset[i], c.Value[i], c.Tx[i] = b.from[r], b.to[r], b.asset[r], b.value[r], b.renumber(b.tx[r])
		if b.value[r] == ledger.WideValue {
			c.Wide = append(c.Wide, b.Value(r))
		}
		if b.kind[r] == ledger.Input {
			tx, index := b.spent(r)
			c.SpendTx, c.SpendIndex = append(c.SpendTx, b.renumber(tx)), append(c.SpendIndex, index)
		}
	}
}

func (b *Batch) renumber(tx uint32) uint32 {
	if b.renamed == nil {
		return tx
	}
	return b.renamed[tx]
}

// TxID is the id of a transaction that stays.
func (b *Batch) TxID(tx int) []byte {
	if b.kept != nil {
		tx = int(b.kept[tx])
	}
	return b.txs.Get(tx)
}

// TxIDs are the ids of transactions that stay, from one on.
func (b *Batch) TxIDs(tx int) []byte {
	if b.kept != nil {
		return b.txs.Get(int(b.kept[tx]))
	}
	return b.txs.GetMany(tx)
}

// Entries copies entries of the index of the transactions that stay.
func (b *Batch) Entries(i int, to []uint64) int { return copy(to, b.entries[i:]) }

// Forget does nothing: the rows stay in memory.
func (b *Batch) Forget() {}

// Blocks are the lowest and the highest block of the rows that stay.
func (b *Batch) Blocks() (first, last uint64) {
	return b.height[b.mark[b.at(0)]], b.height[b.mark[b.at(b.size.Rows-1)]]
}

package ledger

import (
	"context"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
)

// Row is the number of a row of a chain in a snapshot, from 0, in order.
type Row uint64

// AccountID is the number of an address of a chain. It is the same in every later
// snapshot of the same store.
type AccountID uint32

// Nobody is the number of the empty address: it has rows in no direction.
const Nobody AccountID = 0

// NoAccount stands for an address that the snapshot does not hold.
const NoAccount = ^AccountID(0)

// AssetID is the number of an asset of a chain; 0 is the chain's own coin.
type AssetID uint32

// Place is where a row stands on its chain.
type Place struct {
	Block uint64
	Pos   uint32
	Index uint32
	Kind  Kind
	Time  int64
}

// Book is one chain of a snapshot by numbers. It is safe for concurrent use, and
// usable until the snapshot is closed. One that can read many rows at once is a Many, too.
type Book interface {
	Chain() chain.ID
	// Rows is the number of rows: Row is below it.
	Rows() Row
	// Accounts is one more than the highest AccountID.
	Accounts() int
	// Lookup numbers addresses: NoAccount for one that is not held.
	Lookup(ctx context.Context, of []Address) ([]AccountID, error)
	// Address is the address with that number.
	Address(id AccountID) (Address, error)
	// Assets is one more than the highest AssetID.
	Assets() int
	// Asset is the asset with that number.
	Asset(id AssetID) (Asset, error)
	// AssetID is the number of an asset; ok is false if it is not held.
	AssetID(a Asset) (id AssetID, ok bool, err error)
	// Row is a whole row.
	Row(r Row) (Transfer, error)
	// Cells reads cells of single rows.
	Cells() Cells
	// First is the first row of a block or of a later one; Rows() if there is none.
	First(block uint64) (Row, error)
	// Degree is that of an account.
	Degree(id AccountID) (Degree, error)
	// Walk streams the rows of an account in a direction, in order, from a row on.
	Walk(ctx context.Context, id AccountID, d Direction, from Row) iter.Seq2[Row, error]
	// Hop lists who is at the other side of the rows of these accounts that the step
	// takes, each row once for each account and in no order; hub tells of an account
	// that was left out. This is the inner loop of a search that needs no rows.
	Hop(ctx context.Context, of []AccountID, step Step, to []AccountID, hub func(AccountID, int)) ([]AccountID, error)
	// Sweep streams all rows from a row on, in portions that are valid until the next
	// is asked for.
	Sweep(ctx context.Context, from Row) iter.Seq2[*Batch, error]
	// Balance is what an account received and paid of an asset in rows before a row.
	Balance(ctx context.Context, id AccountID, asset AssetID, before Row) (received, paid Sum, err error)
	// Transaction is the rows of a transaction, in order.
	Transaction(tx string) ([]Row, error)
	// Spender is the input that spends an outpoint; ok is false if none is held.
	Spender(of Outpoint) (r Row, ok bool, err error)
	// Spends is the outpoint that an input spends.
	Spends(r Row) (Outpoint, error)
}

// Cells are the cells of rows by number.
type Cells interface {
	From(r Row) (AccountID, error)
	To(r Row) (AccountID, error)
	Asset(r Row) (AssetID, error)
	Value(r Row) (chain.Amount, error)
	Place(r Row) (Place, error)
	// Time is that of the row's block.
	Time(r Row) (int64, error)
}

// Batch is a portion of a sweep.
type Batch struct {
	First    Row // number of the row at index 0
	From, To []AccountID
	Asset    []uint16 // nil before Load; WideAsset: see AssetOf
	Value    []uint64 // nil before Load; WideValue: see ValueOf

	Load func() error                               // reads Asset and Value
	Wide func(i int) (AssetID, chain.Amount, error) // reads what the columns cannot hold
	At   func(i int) (Place, error)                 // reads where a row stands
}

// Cells of a batch that the columns cannot hold.
const (
	WideAsset = ^uint16(0)
	WideValue = ^uint64(0)
)

// Len is the number of rows.
func (b *Batch) Len() int { return len(b.From) }

// AssetOf is the asset of row i of the batch.
func (b *Batch) AssetOf(i int) (AssetID, error) {
	if b.Asset == nil {
		if err := b.Load(); err != nil {
			return 0, err
		}
	}
	if a := b.Asset[i]; a != WideAsset {
		return AssetID(a), nil
	}
	id, _, err := b.Wide(i)
	return id, err
}

// ValueOf is the value of row i of the batch.
func (b *Batch) ValueOf(i int) (chain.Amount, error) {
	if b.Value == nil {
		if err := b.Load(); err != nil {
			return chain.Amount{}, err
		}
	}
	if v := b.Value[i]; v != WideValue {
		return chain.Units64(v), nil
	}
	_, value, err := b.Wide(i)
	return value, err
}

// Next is the index of the first row from i on that pays or is paid by an account of
// the set, or Len. The set is read as it is now, so that whoever adds to it between
// two calls misses nothing.
func (b *Batch) Next(i int, set Bits) int {
	from := b.From
	to := b.To[:len(from)]
	for ; i < len(from); i++ {
		if (set.word(from[i])>>(from[i]%64)|set.word(to[i])>>(to[i]%64))&1 != 0 {
			return i
		}
	}
	return i
}

// NextFrom is Next for rows that an account of the set pays.
func (b *Batch) NextFrom(i int, set Bits) int {
	for ; i < len(b.From); i++ {
		if f := b.From[i]; set.word(f)>>(f%64)&1 != 0 {
			return i
		}
	}
	return i
}

// Bits is a set of accounts.
type Bits []uint64

// NewBits is the empty set of so many accounts.
func NewBits(accounts int) Bits { return make(Bits, (accounts+63)/64) }

func (b Bits) word(id AccountID) uint64 { return b[id/64] }

// Add puts an account into the set and reports whether it is new there.
func (b Bits) Add(id AccountID) bool {
	word, bit := &b[id/64], uint64(1)<<(id%64)
	was := *word
	*word = was | bit
	return was&bit == 0
}

// Remove takes an account out of the set.
func (b Bits) Remove(id AccountID) { b[id/64] &^= 1 << (id % 64) }

// Has reports whether an account is in the set.
func (b Bits) Has(id AccountID) bool { return b[id/64]>>(id%64)&1 != 0 }

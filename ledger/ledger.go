// Package ledger keeps transfers: who paid what to whom, when, on which chain. It
// declares what a store of them must do; engines are folders below it, and
// ledger/ledgertest holds every one to this contract.
//
// # Contract
//
// A [Transfer] is one row of a chain. Its key is chain, transaction, kind and index:
// appending it again changes nothing, and appending another row under its key is
// refused. Rows of a chain have one order, by block, position, kind, index, and
// transaction where all of these are equal; whatever streams rows streams them so.
// All rows of a block have one time, all rows of a transaction one block.
//
// A [Store] takes rows ([Store.Append], all of them or none) and gives a [Snapshot],
// which never changes, whatever is appended later. A snapshot answers for a whole
// [Frontier] at once; engines that can number accounts and rows offer a [Book] of
// each chain as well, which is what bulk tracing reads. A part of a store that cannot
// be read is an error wrapping [ErrDamaged] or [ErrUnreachable], never a gap.
//
// On a chain of outputs a transaction is several rows: an [Input] for every output it
// spends, paid by the address of that output to nobody, and an [Output] for every one
// it makes, paid by nobody. Inputs come first. A row of the input names the outpoint.
//
// # Example
//
//	receipt, err := store.Append(ctx, rows) // rows is an iter.Seq2[ledger.Transfer, error]
//	if err != nil {
//		return err // nothing was kept
//	}
//	fmt.Println(receipt) // read 1000 = kept 990 + duplicate 10 + refused 0
//	snapshot, err := store.Snapshot(ctx)
//	if err != nil {
//		return err
//	}
//	defer snapshot.Close()
//	next := ledger.Frontier{Chain: chain.Ethereum, Addresses: []ledger.Address{thief}}
//	for t, err := range snapshot.Expand(ctx, next, ledger.Step{Direction: ledger.Out}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(t.From.Text(t.Chain), t.To.Text(t.Chain), t.Value)
//	}
package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
)

// Errors, for errors.Is.
var (
	// ErrInvalid: a transfer that cannot be one; see Transfer.Check.
	ErrInvalid = errors.New("not a transfer")
	// ErrHub: an address of a frontier has more rows than Step.HubLimit and was not
	// expanded. It arrives as a *HubError, and the stream goes on after it.
	ErrHub = errors.New("more rows than the hub limit")
	// ErrDamaged: what the store holds is not what was written.
	ErrDamaged = errors.New("the ledger is damaged")
	// ErrUnreachable: a part of the store does not answer.
	ErrUnreachable = errors.New("a part of the ledger does not answer")
	// ErrBusy: another process is appending.
	ErrBusy = errors.New("the ledger is in use by another process")
	// ErrNewer: the ledger was written by a later version.
	ErrNewer = errors.New("the ledger was written by a newer version of turtlebay")
	// ErrNone: there is no ledger at that place.
	ErrNone = errors.New("no ledger here")
	// ErrFull: there is no room on the disk.
	ErrFull = errors.New("no space left on the disk")
	// ErrClosed: the store or snapshot was closed.
	ErrClosed = errors.New("already closed")
)

// Limits of what a row may hold, in bytes.
const (
	MaxAddress = 64 // of an Address or an Asset
	MaxTx      = 64 // of a transaction's id
)

// Kind is what a row of a chain is.
type Kind uint8

// The kinds, in the order in which rows of one transaction stand.
const (
	Input   Kind = 1 // an output that a transaction spends; To is nobody
	Output  Kind = 2 // an output that it makes; From is nobody, Index that of the outpoint
	Payment Kind = 3 // from one account to another
)

// String is the word for people.
func (k Kind) String() string {
	switch k {
	case Input:
		return "input"
	case Output:
		return "output"
	case Payment:
		return "payment"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Outpoint is an output of a transaction.
type Outpoint struct {
	Tx    string // bytes of the transaction's id
	Index uint32
}

// Transfer is one row. It can be compared with ==.
type Transfer struct {
	Chain chain.ID
	Kind  Kind
	Block uint64 // height, or what else orders the chain's rows; below 2^63
	Pos   uint32 // of the transaction in its block; 0 where the source does not say
	Index uint32 // of the row in its transaction, among those of its kind
	Time  int64  // of the block: seconds since 1970-01-01 UTC
	Tx    string // bytes of the transaction's id, 1 to MaxTx, as explorers write them (no reversal)

	From, To Address // empty: nobody (newly made, destroyed, or a transaction of outputs)
	Asset    Asset
	Value    chain.Amount // base units
	Spends   Outpoint     // of an Input; zero for others
}

// Check reports what makes the row none: an error wrapping ErrInvalid that names the
// field.
func (t *Transfer) Check() error {
	if reason := t.Fault(); reason != "" {
		return fmt.Errorf("%w: %s", ErrInvalid, reason)
	}
	return nil
}

// Fault says what makes the row none, beginning with the field; "" if it is one.
func (t *Transfer) Fault() string {
	switch {
	case !isChainName(t.Chain):
		return "chain: not the short name of a chain"
	case t.Kind < Input || t.Kind > Payment:
		return "kind: none of input, output, payment"
	case t.Block >= 1<<63:
		return "block: 2^63 or more"
	case t.Tx == "" || len(t.Tx) > MaxTx:
		return "tx: want 1 to 64 bytes"
	case len(t.From) > MaxAddress:
		return "from: more than 64 bytes"
	case len(t.To) > MaxAddress:
		return "to: more than 64 bytes"
	case len(t.Asset) > MaxAddress:
		return "asset: more than 64 bytes"
	case t.Kind == Input && (t.Spends.Tx == "" || len(t.Spends.Tx) > MaxTx):
		return "spends: an input names the output it spends"
	case t.Kind != Input && t.Spends != Outpoint{}:
		return "spends: only an input spends an output"
	case t.Kind == Input && t.To != "":
		return "to: an input pays nobody"
	case t.Kind == Output && t.From != "":
		return "from: an output is paid by nobody"
	}
	return ""
}

// isChainName: 1 to 32 small letters, digits and hyphens, a letter first. A chain need
// not be one that package chain knows.
func isChainName(id chain.ID) bool {
	for i := range len(id) {
		c := id[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '-' && (c < '0' || c > '9')) {
			return false
		}
	}
	return id != "" && len(id) <= 32
}

// Direction is which side of a row is looked at.
type Direction uint8

// The directions.
const (
	Out Direction = iota // rows that an address pays
	In                   // rows that pay it
)

// String is the word for people.
func (d Direction) String() string {
	if d == In {
		return "in"
	}
	return "out"
}

// Frontier is a set of addresses on one chain. Order and repetition mean nothing.
type Frontier struct {
	Chain     chain.ID
	Addresses []Address
}

// Step says which rows of a frontier are wanted. Bounds are inclusive.
type Step struct {
	Direction Direction
	Since     int64        // earliest time
	Until     int64        // latest time; 0: no bound
	Least     chain.Amount // lowest value
	Most      chain.Amount // highest value; 0: no bound
	// HubLimit leaves out an address that has more rows in the direction, whatever
	// their time and value, and says so with a *HubError. 0: no limit.
	HubLimit int
}

// Takes reports whether a row of that time and value is within the bounds.
func (s *Step) Takes(time int64, value chain.Amount) bool {
	return time >= s.Since && (s.Until == 0 || time <= s.Until) &&
		value.Cmp(s.Least) >= 0 && (s.Most.IsZero() || value.Cmp(s.Most) <= 0)
}

// HubError is an address that was left out. It wraps ErrHub.
type HubError struct {
	Chain   chain.ID
	Address Address
	Rows    int // in the direction of the step
	Limit   int
}

func (e *HubError) Error() string {
	return fmt.Sprintf("%s address %s: %d rows: %v of %d", e.Chain, e.Address.Text(e.Chain), e.Rows, ErrHub, e.Limit)
}

func (e *HubError) Unwrap() error { return ErrHub }

// Degree is how many rows an address has on each side. A row from an address to
// itself counts on both.
type Degree struct{ Out, In int }

// SnapshotID names a snapshot in its store.
type SnapshotID string

// Store keeps transfers. It is safe for concurrent use; one Append runs at a time.
type Store interface {
	// Append keeps the rows that are new, all of them or none, and says what became
	// of each. An error of rows that wraps *intake.Refusal is a row that could not
	// be read: it is counted and the rest is taken. Any other error, one of ctx
	// included, ends the call, and nothing is kept.
	Append(ctx context.Context, rows iter.Seq2[Transfer, error]) (Receipt, error)
	// Snapshot pins what the store holds now.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Close gives back what the store holds open. Snapshots stay usable.
	Close() error
}

// Snapshot is what a store held at one moment. It is safe for concurrent use.
type Snapshot interface {
	ID() SnapshotID
	// Count is the number of rows.
	Count() uint64
	// Chains says what is held of each chain, by its name.
	Chains() []Extent
	// Digest is that of all rows, as [Digest] makes it: equal for equal rows, whatever
	// the engine and in whatever portions they came. It reads all of them the first time.
	Digest(ctx context.Context) (string, error)
	// Rows streams the rows of a chain in order, from the row with that number on.
	Rows(ctx context.Context, id chain.ID, from Row) iter.Seq2[Transfer, error]
	// Degrees are those of the addresses, in their order.
	Degrees(ctx context.Context, of Frontier) ([]Degree, error)
	// Expand streams the rows of the frontier that the step takes, each once and in
	// order. Addresses left out as hubs come first, as a *HubError each; any other
	// error is the last thing yielded.
	Expand(ctx context.Context, of Frontier, step Step) iter.Seq2[Transfer, error]
	// Transaction is the rows of a transaction, in order; none if it is not held.
	Transaction(ctx context.Context, id chain.ID, tx string) ([]Transfer, error)
	// Spenders are the inputs that spend the outpoints: zero transfers where none
	// does. What is held of an outpoint itself is a row of its transaction.
	Spenders(ctx context.Context, id chain.ID, of []Outpoint) ([]Transfer, error)
	// Book is a chain by numbers; ok is false where the engine has none or the
	// snapshot no row of the chain.
	Book(id chain.ID) (book Book, ok bool)
	Close() error
}

// Extent is what a snapshot holds of a chain.
type Extent struct {
	Chain chain.ID `json:"chain"`
	Rows  uint64   `json:"rows"`
	First uint64   `json:"first_block"`
	Last  uint64   `json:"last_block"`
	Since int64    `json:"since"` // earliest and latest time of a block
	Until int64    `json:"until"`
}

// Package store is the contract between a desk and whatever keeps its records: what
// is kept, in which transactions, and who sees it. Package desk gives everything
// here its own name; engines are folders beside this one, and package desktest holds
// them to the contract.
//
//	tx, err := s.Begin(ctx)
//	number, err := tx.Open(store.Batch{Kind: "shipment"})
//	err = tx.Put(versions...)
//	err = tx.Commit()
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/turtlebay/turtlebay/intake"
)

// Errors of a store, for errors.Is.
var (
	// ErrNewer is returned when a desk was written by a later version.
	ErrNewer = errors.New("the desk was written by a newer version of turtlebay")
	// ErrDamaged is returned for a desk whose content is not what was written.
	ErrDamaged = errors.New("the desk is damaged")
	// ErrBusy is returned while another process is writing to the desk.
	ErrBusy = errors.New("the desk is in use by another process")
	// ErrReadOnly is returned for writing to a desk that can only be read here.
	ErrReadOnly = errors.New("the desk can only be read here: the file or its folder cannot be written")
	// ErrFull is returned where there is no room to write, or, with what an interrupted
	// process left, to read.
	ErrFull = errors.New("no space left on the disk")
)

// Held is a version of a record as the store keeps it: its canonical bytes under
// their digest, and which batch brought it.
type Held struct {
	ID, Kind string
	Digest   string // lower-case hexadecimal SHA-256 of Bytes
	Bytes    []byte
	Batch    int64 // number of the batch; 0 for a note
	Place    int64 // in the batch, from 0: the record's index in the batch's tree
}

// State is how far a batch has come.
type State string

// The states. Readers see the records of complete batches alone.
const (
	Staged   State = "staged"   // rows are being settled, or were when it was interrupted
	Sealed   State = "sealed"   // all rows are settled and the root is known: only the leaf is missing
	Complete State = "complete" // it has its leaf in the custody log
)

// Batch is one act of adding: what was added, from where, and how far it came.
type Batch struct {
	Number int64 // people say ID()
	State  State

	Item   string // the file the rows came from: SHA-256, "" for what a program made
	Object string // and its name in the vault, such as EV-000001
	Kind   string // of all its records; "" where they are of several
	Source string // who supplied the file, in words
	Tool   string // what made records of the rows, name@version
	Params string // how, as canonical JSON

	Base      int64 // how many batches were complete when it began
	Completed int64 // how many are with it: the order in which batches became complete; 0 until then

	Actor string // who added it, as the custody log names them

	Settled int64          // rows of the file that are kept or refused
	Records int64          // versions it holds
	Receipt intake.Receipt // of the rows settled so far
	Columns []string       // of a CSV file, for its quarantine
	Owes    bool           // refused rows wait for the quarantine; the store fills it in

	Key  []byte // salts the leaves of its record tree; private
	Root string // of the record tree, once it is sealed: hexadecimal
	Leaf int64  // index in the custody log, once it is complete; -1 where there is none
}

// ID is how people say the batch: RB-000012.
func (b Batch) ID() string { return BatchID(b.Number) }

// BatchID is how people say the number of a batch: RB-000012.
func BatchID(number int64) string { return fmt.Sprintf("RB-%06d", number) }

// Refused is a refused row that waits in the store until its batch is complete
// and the quarantine has it.
type Refused struct {
	Row     int64 // which row of the file, from 0
	Refusal *intake.Refusal
}

// Store keeps what a desk holds. Only cmd knows implementations by name.
//
// Records are kept as versions, each brought by a batch, and nothing but a batch
// that is given up is ever removed. A reader sees, of each kind and id, the
// version of the complete batch with the highest number. Notes are what the desk
// writes about itself; they are replaced, and a batch has nothing to do with
// them.
//
// Several processes may have a store open and read what was committed last; one
// at a time may have a transaction open. A Store is not safe for concurrent use
// by goroutines, but may be read while it has a transaction open.
//
// Methods return ErrDamaged, wrapped, where the content cannot be read back.
type Store interface {
	// Schema tells the version of the content's form, 0 where there is none yet,
	// and the one that this program reads and writes. While they differ, no other
	// method but Upgrade and Close may be called.
	Schema() (has, wants int)
	// Upgrade brings the content into the form that this program reads.
	Upgrade(ctx context.Context) error
	// Begin opens a transaction. Nothing of it is visible before Commit, and after
	// a crash either all of it is held or none. While another is open, Begin waits
	// a little and returns ErrBusy. Once ctx is cancelled the transaction can only
	// be rolled back.
	Begin(ctx context.Context) (Tx, error)
	// Records gives the records of a kind as a reader sees them, sorted by id.
	Records(ctx context.Context, kind string) iter.Seq2[Held, error]
	// Versions gives every version that a batch brought, whatever its state, by
	// place; without content Bytes is nil.
	Versions(ctx context.Context, batch int64, content bool) iter.Seq2[Held, error]
	// Version is the version of a record that a reader sees, and whether there is
	// one. The content may be left out as in Versions.
	Version(ctx context.Context, kind, id string, content bool) (Held, bool, error)
	// Notes gives the notes of a kind, sorted by id.
	Notes(ctx context.Context, kind string) ([]Held, error)
	// Kinds lists the kinds of which a reader sees records, with their number,
	// sorted by kind.
	Kinds(ctx context.Context) ([]KindCount, error)
	// Batches lists all batches by number.
	Batches(ctx context.Context) ([]Batch, error)
	// Receipts lists the receipts of complete batches in the order they were kept.
	Receipts(ctx context.Context) ([]intake.Receipt, error)
	// Refused gives the refused rows that wait for the quarantine, by row.
	Refused(ctx context.Context, batch int64) iter.Seq2[Refused, error]
	// Settle brings what was committed into the store's own file, so that no byte
	// of it changes before the next transaction. It reports false where a reader
	// stands in the way: then the content is as safe, and the bytes may move.
	Settle(ctx context.Context) (settled bool, err error)
	// Snapshot copies what a reader of the whole store sees into a file of its own,
	// which an Opener opens; others may write meanwhile.
	Snapshot(ctx context.Context, path string) error
	// Check reads the store's own structure from end to end; what the content says
	// is for the desk to check. It returns ErrDamaged, wrapped.
	Check(ctx context.Context) error
	// Close releases the store.
	Close() error
}

// Tx is a transaction.
type Tx interface {
	// Open adds a batch, staged, under the next number, which it returns.
	Open(Batch) (number int64, err error)
	// Update replaces what is held of a batch. One that becomes complete has its
	// receipt kept, if it has any row.
	Update(Batch) error
	// Drop removes a batch that is not complete, with its versions and refusals.
	Drop(batch int64) error
	// Newest finds, of these ids of a kind, the versions that the batch holds
	// itself, else those that a reader sees, by id.
	Newest(batch int64, kind string, ids []string) (map[string]Held, error)
	// Put holds versions where their Batch and Place say, in place of what was
	// there.
	Put(...Held) error
	// Refuse keeps refused rows of a batch.
	Refuse(batch int64, rows []Refused) error
	// Quarantined forgets the refused rows of a batch.
	Quarantined(batch int64) error
	// Note holds a note in place of what was held under that kind and id.
	Note(Held) error
	// Commit makes the transaction durable.
	Commit() error
	// Rollback drops it; after Commit it does nothing.
	Rollback() error
}

// KindCount is a kind and how many records of it are held.
type KindCount struct {
	Kind    string `json:"kind"`
	Records int    `json:"records"`
}

package desk

import (
	"context"
	"errors"

	"github.com/turtlebay/turtlebay/intake"
)

// Errors of a store, for errors.Is.
var (
	// ErrNewer is returned when a desk was written by a later version.
	ErrNewer = errors.New("the desk was written by a newer version of turtlebay")
	// ErrConflict is returned by Add for an id that is held with other content.
	ErrConflict = errors.New("already held with other content")
	// ErrDamaged is returned for a desk whose content is not what was written.
	ErrDamaged = errors.New("the desk is damaged")
	// ErrBusy is returned by Begin while another process is writing to the desk.
	ErrBusy = errors.New("the desk is in use by another process")
)

// Held is a record as the store keeps it: its canonical bytes under their digest.
type Held struct {
	ID, Kind string
	Digest   string // lower-case hexadecimal SHA-256 of Bytes
	Bytes    []byte
}

// Store keeps what a desk holds. Implementations are folders of this one; only
// cmd knows them by name, and package desktest holds them to this.
//
// Several processes may have a store open and read what was committed last; one
// at a time may have a batch open. A Store is not safe for concurrent use by
// goroutines, but may be read while it has a batch open.
//
// Methods return ErrDamaged, wrapped, where the content cannot be read back.
type Store interface {
	// Begin opens a batch. Nothing of it is visible before Commit, and after a
	// crash either all of it is held or none. While another batch is open, Begin
	// waits a little and returns ErrBusy. Once ctx is cancelled the batch can only
	// be rolled back.
	Begin(ctx context.Context) (Batch, error)
	// Records returns everything held of a kind, sorted by id.
	Records(ctx context.Context, kind string) ([]Held, error)
	// Kinds lists the kinds held with their number of records, sorted by kind.
	Kinds(ctx context.Context) ([]KindCount, error)
	// Receipts lists all receipts in the order they were kept.
	Receipts(ctx context.Context) ([]intake.Receipt, error)
	// Close releases the store.
	Close() error
}

// Batch is one act of adding.
type Batch interface {
	// Add holds a record. It reports false if the very same was held already and
	// returns ErrConflict if its id is held with other content.
	Add(Held) (added bool, err error)
	// Replace holds a record whether or not its id is held; only what the desk
	// writes about itself may be replaced.
	Replace(Held) error
	// Receipt keeps a receipt beside the records it accounts for.
	Receipt(intake.Receipt) error
	// Commit makes the batch durable.
	Commit() error
	// Rollback drops it; after Commit it does nothing.
	Rollback() error
}

// KindCount is a kind and how many records of it are held.
type KindCount struct {
	Kind    string `json:"kind"`
	Records int    `json:"records"`
}

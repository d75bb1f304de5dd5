// Package csr is the ledger that comes with the program: a folder of immutable files,
// for one machine. It meets the contract of package ledger and offers books.
//
// # Contract
//
// Rows of a chain lie in segments, each a file of columns with the rows of every
// account in both directions; addresses and assets are numbered by dictionaries;
// ledger.json names the files that make up the ledger. Append writes new files, forces
// them to the disk and then replaces ledger.json: whatever interrupts it, the ledger is
// as before or as after. Files that nobody names are removed by the next Append. A
// snapshot keeps its files open, so that removing them does not take them from it.
//
// Every cell is held against a checksum when it is first read; what is not as written
// is an error that wraps ledger.ErrDamaged and names file and byte. [Check] reads all.
// One process appends at a time; readers need no lock. docs/ledger-format.md has the
// format.
//
// # Example
//
//	store, err := csr.Open("ledger", csr.Options{Create: true})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	receipt, err := store.Append(ctx, rows)
package csr

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/ingest"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Options of Open.
type Options struct {
	// Create makes an empty ledger where there is none.
	Create bool
	// BatchRows is how many rows Append keeps in memory, twice, before it writes
	// them; about 80 bytes each. Default 4 Mi.
	BatchRows int
}

// Store is an open ledger.
type Store struct {
	dir  string
	opts Options

	mu     sync.Mutex // one Append at a time
	closed bool
}

var _ ledger.Store = (*Store)(nil)

const (
	lockName         = "ledger.lock"
	defaultBatchRows = 4 << 20
	mostBatchRows    = 1 << 27
)

// Open opens the ledger in a folder. Errors: ledger.ErrNone, ledger.ErrNewer,
// ledger.ErrDamaged, of the system.
func Open(dir string, opts Options) (*Store, error) {
	if opts.BatchRows <= 0 {
		opts.BatchRows = defaultBatchRows
	}
	opts.BatchRows = min(opts.BatchRows, mostBatchRows)
	s := &Store{dir: dir, opts: opts}
	_, err := catalog.Read(dir)
	if errors.Is(err, ledger.ErrNone) && opts.Create {
		err = s.create()
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", wrap(err))
	}
	return s, nil
}

// create makes an empty ledger, in an empty folder or a new one.
func (s *Store) create() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != lockName && !sections.IsTemp(e.Name()) {
			return fmt.Errorf("%s holds other files, such as %s: a new ledger wants an empty folder", strconv.QuoteToGraphic(s.dir), strconv.QuoteToGraphic(e.Name()))
		}
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(s.dir, catalog.Name)); err == nil {
		return nil // another process was faster
	}
	var key [8]byte
	rand.Read(key[:])
	return catalog.New(binary.LittleEndian.Uint64(key[:])).Write(s.dir)
}

// lock takes the lock of whoever appends.
func (s *Store) lock() (unlock func(), err error) {
	l := flock.New(filepath.Join(s.dir, lockName))
	ok, err := l.TryLock()
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, ledger.ErrBusy
	}
	return func() { l.Unlock() }, nil
}

// Append takes rows in: see ledger.Store.
func (s *Store) Append(ctx context.Context, rows iter.Seq2[ledger.Transfer, error]) (_ ledger.Receipt, err error) {
	defer fail("append to ledger", &err)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ledger.Receipt{}, ledger.ErrClosed
	}
	unlock, err := s.lock()
	if err != nil {
		return ledger.Receipt{}, err
	}
	defer unlock()
	return ingest.Append(ctx, s.dir, rows, ingest.Options{BatchRows: s.opts.BatchRows})
}

// Snapshot pins what the ledger holds now.
func (s *Store) Snapshot(ctx context.Context) (ledger.Snapshot, error) {
	if s.isClosed() {
		return nil, fmt.Errorf("snapshot of ledger: %w", ledger.ErrClosed)
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := catalog.Read(s.dir)
		if err != nil {
			return nil, fmt.Errorf("snapshot of ledger: %w", wrap(err))
		}
		snap, err := openSnapshot(s.dir, c)
		if err == nil {
			return snap, nil
		}
		// The files of an older state go when a newer one is there.
		if now, again := catalog.Read(s.dir); errors.Is(err, fs.ErrNotExist) && again == nil && now.Generation != c.Generation {
			continue
		}
		return nil, fmt.Errorf("snapshot of ledger: %w", wrap(err))
	}
}

// Close ends the use of the store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Store) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// wrap says of an error which one of the contract it is.
func wrap(err error) error {
	var fault *sections.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return fmt.Errorf("%w: %w", ledger.ErrDamaged, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ledger.ErrFull, err)
	}
	return err
}

// fail makes the error of an operation of what was caught in it.
func fail(what string, err *error) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", what, wrap(*err))
	}
}

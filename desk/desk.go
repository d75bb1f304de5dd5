// Package desk is the case file: a folder that holds what was received, what was
// found and what was reported.
//
//	desk.json       what this folder is and which version wrote it
//	desk.sqlite     records, receipts, reports issued (the store)
//	desk.lock       who writes at the moment
//	desk.seal       what every file was when the last writer left
//	vault/          the evidence and the custody log
//	keys/           the keys of bundles, log and vault
//	quarantine/     refused rows, one file per receipt
//	regime/         versions of a regime that were kept, by hash
//	out/            reports and bundles
//
// A Desk answers a registry's questions for inputs (it is a derive.Sets), so a
// figure is derived from a desk the same way it is verified from a bundle.
//
//	d, err := desk.Open(dir, sqlite.Open, desk.As("A. Expert", "add"))
//	defer d.Close()
//	added, err := d.AddFile(ctx, "rows.csv", desk.Intake{Kind: observation.KindShipment, Source: "Customs of …"})
//
// Several processes may read a desk; one at a time writes, and another that wants
// to is told ErrBusy and who it is. A desk that cannot be written can be read.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk/store"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/vault"
)

// Errors of opening a desk, for errors.Is.
var (
	// ErrNoDesk is returned where the folder is no desk.
	ErrNoDesk = errors.New("no desk here")
	// ErrNotEmpty is returned by Create for a folder that holds something else.
	ErrNotEmpty = errors.New("the folder is not empty and is no desk")
)

// What lies in the folder.
const (
	markerFile    = "desk.json"
	storeFile     = "desk.sqlite"
	lockFile      = "desk.lock"
	sealFile      = "desk.seal"
	vaultDir      = "vault"
	vaultMarker   = "vault.json" // is written last when a vault is made
	keyDir        = "keys"
	outDir        = "out"
	quarantineDir = "quarantine"
)

const (
	format  = "turtlebay-desk"
	version = 2 // 1 had no vault, no lock and no seal
)

type marker struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// What a store keeps and how; package store describes it.
type (
	Store     = store.Store
	Tx        = store.Tx
	Held      = store.Held
	Batch     = store.Batch
	State     = store.State
	Refused   = store.Refused
	KindCount = store.KindCount
)

// The states of a batch.
const (
	Staged   = store.Staged
	Sealed   = store.Sealed
	Complete = store.Complete
)

// Errors of a store, for errors.Is.
var (
	ErrNewer    = store.ErrNewer
	ErrDamaged  = store.ErrDamaged
	ErrBusy     = store.ErrBusy
	ErrReadOnly = store.ErrReadOnly
	ErrFull     = store.ErrFull
)

// BatchID is how people say the number of a batch: RB-000012.
func BatchID(number int64) string { return store.BatchID(number) }

// Opener opens a store in a file, which it makes where there is none; cmd chooses
// the engine.
type Opener func(path string) (Store, error)

// Desk is an open desk. It sees each kind of record as it was when it was first
// asked for, with what it added itself since. It is not safe for concurrent use
// by goroutines; its Vault is.
type Desk struct {
	dir   string
	store Store
	sets  map[string]*derive.Set
	salt  []byte // of commitments, once it was asked for
	o     options

	mu      sync.Mutex // guards session
	session *session   // nil while this Desk is not writing

	vault  *vault.Vault
	hidden map[string]map[string]bool // by reader: evidence with rows they may not see, see holds
	reader *vault.Vault               // the vault opened to be read, where it was asked for

	saying sync.Mutex // guards said
	said   []string   // what was mended, to be printed
}

type options struct {
	actor, verb string
	now         func() time.Time
}

// Option is a choice for opening a desk.
type Option func(*options)

// As says who works on the desk, as the custody log names them, and by which verb,
// as another process that wants to write is told.
func As(actor, verb string) Option {
	return func(o *options) { o.actor, o.verb = actor, verb }
}

// Clock gives the time for the custody log and the lock. The default is the clock
// of the machine.
func Clock(now func() time.Time) Option { return func(o *options) { o.now = now } }

func newDesk(dir string, store Store, given []Option) *Desk {
	o := options{actor: "unnamed", verb: "turtlebay", now: time.Now}
	for _, set := range given {
		set(&o)
	}
	return &Desk{dir: dir, store: store, sets: map[string]*derive.Set{}, o: o}
}

// Create makes a desk in dir, which must not exist, be empty, or be a desk
// already: then it is opened. Its folder is open to nobody else. The marker comes last, so that what a crash left
// unfinished is not taken for a desk that lost its records.
func Create(dir string, open Opener, choose ...Option) (*Desk, error) {
	if _, err := os.Stat(filepath.Join(dir, markerFile)); err == nil {
		return Open(dir, open, choose...)
	}
	if err := makeRoom(dir); err != nil {
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	}
	d := newDesk(dir, nil, choose)
	if err := os.Chmod(dir, 0o700); err != nil { // it may have been there, and be open to all
		d.say("the folder of the desk may be open to others: %v", err)
	}
	if err := d.create(open); err != nil {
		if d.store != nil {
			err = errors.Join(err, d.store.Close())
		}
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	}
	return d, nil
}

func (d *Desk) create(open Opener) (err error) {
	ctx := context.Background()
	leave, err := d.enter(ctx, "init")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	if d.store, err = open(d.Path(storeFile)); err != nil {
		return err
	}
	if err := d.store.Upgrade(ctx); err != nil {
		return err
	}
	return d.mark()
}

// mark writes the marker.
func (d *Desk) mark() error {
	b, err := json.Marshal(marker{format, version})
	if err != nil {
		return err
	}
	return whole.Write(d.Path(markerFile), append(b, '\n'), 0o644)
}

// makeRoom makes the folder, or finds nothing in it but a desk that was not
// finished.
func makeRoom(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		unfinished := strings.HasPrefix(e.Name(), storeFile) || whole.Unfinished(e.Name()) || e.Name() == lockFile
		if !unfinished {
			return ErrNotEmpty
		}
	}
	return nil
}

// Open opens the desk in dir. It returns ErrNoDesk where there is none, ErrNewer
// where a later version wrote it and ErrDamaged where its parts are not what was
// written. A desk of an earlier version is brought up to date.
func Open(dir string, open Opener, choose ...Option) (*Desk, error) {
	d := newDesk(dir, nil, choose)
	if err := d.open(open); err != nil {
		if d.store != nil {
			err = errors.Join(err, d.store.Close())
		}
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	return d, nil
}

func (d *Desk) open(open Opener) error {
	written, err := readMarker(d.Path(markerFile))
	if err != nil {
		return err
	}
	switch info, err := os.Stat(d.Path(storeFile)); {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
		return fmt.Errorf("%s is missing or empty: %w", storeFile, ErrDamaged)
	case err != nil:
		return err
	}
	if d.store, err = open(d.Path(storeFile)); err != nil {
		return err
	}
	has, wants := d.store.Schema()
	switch {
	case has == 0:
		return fmt.Errorf("%s holds nothing at all: %w", storeFile, ErrDamaged)
	case has < wants || written < version:
		return d.upgrade()
	}
	return nil
}

// upgrade brings a desk of an earlier version up to date.
func (d *Desk) upgrade() (err error) {
	ctx := context.Background()
	leave, err := d.enter(ctx, "upgrade")
	if err != nil {
		return fmt.Errorf("an earlier version wrote it, and it must be brought up to date: %w", err)
	}
	defer func() { err = errors.Join(err, leave()) }()
	if err := d.store.Upgrade(ctx); err != nil {
		return err
	}
	d.say("the desk was brought up to date: format %d", version)
	return d.mark()
}

// readMarker returns the version that wrote the desk.
func readMarker(path string) (int, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, ErrNoDesk
	} else if err != nil {
		return 0, err
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil || m.Format != format || m.Version < 1 {
		return 0, fmt.Errorf("%s is not what a desk has: %w", markerFile, ErrDamaged)
	}
	if m.Version > version {
		return 0, fmt.Errorf("format %d, this program knows %d: %w", m.Version, version, ErrNewer)
	}
	return m.Version, nil
}

// Dir is the desk's folder.
func (d *Desk) Dir() string { return d.dir }

// Path is a path inside the desk's folder.
func (d *Desk) Path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// Close releases the store and the vault.
func (d *Desk) Close() error {
	err := d.store.Close()
	for _, v := range []*vault.Vault{d.vault, d.reader} {
		if v != nil {
			err = errors.Join(err, v.Close())
		}
	}
	d.vault, d.reader = nil, nil
	return err
}

// say notes what was mended or is to be known.
func (d *Desk) say(format string, args ...any) {
	d.saying.Lock()
	defer d.saying.Unlock()
	d.said = append(d.said, fmt.Sprintf(format, args...))
}

// Reconciled returns what was finished or undone because a process had been
// interrupted, and what else is to be said, each sentence once.
func (d *Desk) Reconciled() []string {
	d.saying.Lock()
	defer d.saying.Unlock()
	out := d.said
	if d.vault != nil {
		out = append(out, d.vault.Mended()...)
	}
	d.said = nil
	return out
}

// WriteFile writes a file so that it is there whole or not at all.
func WriteFile(path string, b []byte, mode fs.FileMode) error { return whole.Write(path, b, mode) }

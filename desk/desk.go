// Package desk is the case file: a folder that holds what was received, what was
// found and what was reported.
//
//	desk.json       what this folder is and which version wrote it
//	desk.sqlite     records, receipts, reports issued (the store)
//	quarantine/     refused rows, one file per receipt
//	keys/           the key that signs bundles
//	out/            reports and bundles
//
// A Desk answers a registry's questions for inputs (it is a derive.Sets), so a
// figure is derived from a desk the same way it is verified from a bundle.
//
//	d, err := desk.Open(dir, sqlite.Open)
//	defer d.Close()
//	receipt, err := d.AddFile(ctx, "rows.csv", desk.Intake{Kind: observation.KindShipment, Source: "Customs of …"})
//
// Several processes may read a desk; one at a time writes, and another that wants
// to is told ErrBusy.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Errors of opening a desk, for errors.Is.
var (
	// ErrNoDesk is returned where the folder is no desk.
	ErrNoDesk = errors.New("no desk here")
	// ErrNotEmpty is returned by Create for a folder that holds something else.
	ErrNotEmpty = errors.New("the folder is not empty and is no desk")
)

const (
	markerFile = "desk.json"
	storeFile  = "desk.sqlite"
	format     = "turtlebay-desk"
	version    = 1

	unfinished = ".writing-" // begins the name of a file that WriteFile has not finished
)

type marker struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// Opener opens a store in a file, which it makes where there is none; cmd chooses
// the engine.
type Opener func(path string) (Store, error)

// Desk is an open desk. It sees each kind of record as it was when it was first
// asked for, with what it added itself since.
type Desk struct {
	dir   string
	store Store
	sets  map[string]*derive.Set
	salt  []byte // see secret
}

// Create makes a desk in dir, which must not exist, be empty, or be a desk
// already: then it is opened. The marker comes last, so that what a crash left
// unfinished is not taken for a desk that lost its records.
func Create(dir string, open Opener) (*Desk, error) {
	path := filepath.Join(dir, markerFile)
	if _, err := os.Stat(path); err == nil {
		return Open(dir, open)
	}
	if err := makeRoom(dir); err != nil {
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	}
	store, err := open(filepath.Join(dir, storeFile))
	if err != nil {
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	}
	b, err := json.Marshal(marker{format, version})
	if err == nil {
		err = WriteFile(path, append(b, '\n'), 0o644)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make desk %s: %w", dir, err), store.Close())
	}
	return newDesk(dir, store), nil
}

// makeRoom makes the folder, or finds nothing in it but a desk that was not
// finished.
func makeRoom(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), storeFile) && !strings.HasPrefix(e.Name(), unfinished) {
			return ErrNotEmpty
		}
	}
	return nil
}

// Open opens the desk in dir. It returns ErrNoDesk where there is none, ErrNewer
// where a later version wrote it and ErrDamaged where its parts are not what was
// written.
func Open(dir string, open Opener) (*Desk, error) {
	if err := checkMarker(filepath.Join(dir, markerFile)); err != nil {
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	path := filepath.Join(dir, storeFile)
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
		return nil, fmt.Errorf("open desk %s: %s is missing or empty: %w", dir, storeFile, ErrDamaged)
	case err != nil:
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	store, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	return newDesk(dir, store), nil
}

func checkMarker(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoDesk
	} else if err != nil {
		return err
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil || m.Format != format || m.Version < 1 {
		return fmt.Errorf("%s is not what a desk has: %w", markerFile, ErrDamaged)
	}
	if m.Version > version {
		return fmt.Errorf("format %d, this program knows %d: %w", m.Version, version, ErrNewer)
	}
	return nil
}

func newDesk(dir string, store Store) *Desk {
	return &Desk{dir: dir, store: store, sets: map[string]*derive.Set{}}
}

// Dir is the desk's folder.
func (d *Desk) Dir() string { return d.dir }

// Path is a path inside the desk's folder.
func (d *Desk) Path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// Close releases the store.
func (d *Desk) Close() error { return d.store.Close() }

// Set returns all inputs of a kind, each checked against its digest; it makes a
// Desk a derive.Sets. A kind that nothing is held of is an empty set.
func (d *Desk) Set(kind string) (*derive.Set, error) {
	if s, ok := d.sets[kind]; ok {
		return s, nil
	}
	held, err := d.store.Records(context.Background(), kind)
	if err != nil {
		return nil, fmt.Errorf("read records of kind %s: %w", kind, err)
	}
	inputs := make([]derive.Input, len(held))
	for i, h := range held {
		if record.Digest(h.Bytes) != h.Digest {
			return nil, fmt.Errorf("record %s: digest differs: %w", h.ID, ErrDamaged)
		}
		inputs[i] = derive.Input{ID: h.ID, Digest: h.Digest, Bytes: h.Bytes}
	}
	s := derive.NewSet(kind, inputs)
	d.sets[kind] = s
	return s, nil
}

// Records returns the records of a kind, or all where the kind is empty, sorted
// by id.
func (d *Desk) Records(kind observation.Kind) ([]record.Record, error) {
	want := []observation.Kind{kind}
	if kind == "" {
		want = observation.Kinds()
	}
	var out []record.Record
	for _, k := range want {
		s, err := d.Set(string(k))
		if err != nil {
			return nil, err
		}
		for _, in := range s.Inputs() {
			r, err := record.Decode(in.Bytes)
			if err != nil {
				return nil, fmt.Errorf("record %s: %w: %w", in.ID, ErrDamaged, err)
			}
			out = append(out, r)
		}
	}
	record.Sort(out)
	return out, nil
}

// Kinds lists the kinds held with their number of records.
func (d *Desk) Kinds(ctx context.Context) ([]KindCount, error) {
	ks, err := d.store.Kinds(ctx)
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	return slices.DeleteFunc(ks, func(k KindCount) bool { return !observation.Kind(k.Kind).Valid() }), nil
}

// WriteFile writes a file so that it is there whole or not at all.
func WriteFile(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

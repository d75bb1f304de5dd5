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
//	receipt, err := d.Add(ctx, "rows.csv", observation.KindShipment, "Customs of …", nil)
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

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Errors of opening a desk, for errors.Is.
var (
	// ErrNoDesk is returned where the folder is no desk.
	ErrNoDesk = errors.New("no desk here")
	// ErrNotEmpty is returned by Create for a folder that holds something else.
	ErrNotEmpty = errors.New("the folder is not empty and no desk")
)

const (
	markerFile = "desk.json"
	storeFile  = "desk.sqlite"
	format     = "turtlebay-desk"
	version    = 1
)

type marker struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// Opener opens a store in a file; cmd chooses the engine.
type Opener func(path string) (Store, error)

// Desk is an open desk.
type Desk struct {
	dir   string
	store Store
	sets  map[string]*derive.Set
}

// Create makes a desk in dir, which must not exist, be empty, or be a desk
// already: then it is opened.
func Create(dir string, open Opener) (*Desk, error) {
	if _, err := os.Stat(filepath.Join(dir, markerFile)); err == nil {
		return Open(dir, open)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("make desk %s: %w", dir, err)
		}
	case err != nil:
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	case len(entries) > 0:
		return nil, fmt.Errorf("make desk %s: %w", dir, ErrNotEmpty)
	}
	b, err := json.Marshal(marker{format, version})
	if err != nil {
		return nil, fmt.Errorf("make desk %s: %w", dir, err)
	}
	if err := WriteFile(filepath.Join(dir, markerFile), append(b, '\n'), 0o644); err != nil {
		return nil, err
	}
	return Open(dir, open)
}

// Open opens the desk in dir. It returns ErrNoDesk where there is none and
// ErrNewer where a later version wrote it.
func Open(dir string, open Opener) (*Desk, error) {
	b, err := os.ReadFile(filepath.Join(dir, markerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open desk %s: %w", dir, ErrNoDesk)
	} else if err != nil {
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil || m.Format != format {
		return nil, fmt.Errorf("open desk %s: %s: %w", dir, markerFile, ErrDamaged)
	}
	if m.Version > version {
		return nil, fmt.Errorf("open desk %s: format %d, this program knows %d: %w", dir, m.Version, version, ErrNewer)
	}
	store, err := open(filepath.Join(dir, storeFile))
	if err != nil {
		return nil, fmt.Errorf("open desk %s: %w", dir, err)
	}
	return &Desk{dir: dir, store: store, sets: map[string]*derive.Set{}}, nil
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
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
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

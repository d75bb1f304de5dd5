// Package catalog is the one file of a ledger that is ever replaced: which other files
// make it up. Whoever replaces it has forced those to the disk before; so the ledger
// is as it was before, or as it is after.
//
//	c, err := catalog.Read(dir)
//	c.Generation++
//	err = c.Write(dir)
package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Name is the catalogue's file name.
const Name = "ledger.json"

// version of the format.
const version = 1

// Catalog is what a ledger is made of.
type Catalog struct {
	Version    int     `json:"version"`
	Hash       string  `json:"hash"`       // key of the indexes, in hexadecimal
	Generation uint64  `json:"generation"` // one more with every change
	Chains     []Chain `json:"chains"`     // by name
}

// Chain is the part of a ledger that is of one chain.
type Chain struct {
	Name      chain.ID  `json:"name"`
	Addresses []File    `json:"addresses"`
	Assets    []File    `json:"assets"`
	Segments  []Segment `json:"segments"` // in order; no block is in two
}

// File is a file with its length and the checksum of its footer.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Sum  string `json:"sum"`
}

// Segment is a file of rows.
type Segment struct {
	File
	Rows  uint64 `json:"rows"`
	First uint64 `json:"first"` // block
	Last  uint64 `json:"last"`
	Since int64  `json:"since"` // earliest and latest time of a block
	Until int64  `json:"until"`
}

// FileOf describes an open file.
func FileOf(f *sections.File) File {
	return File{f.Name(), f.Size(), fmt.Sprintf("%08x", f.Sum())}
}

// Describe describes the file at a path.
func Describe(path string) (File, error) {
	f, err := sections.Open(path)
	if err != nil {
		return File{}, err
	}
	return FileOf(f), f.Close()
}

// Open opens the file in a folder and sees that it is the one meant.
func (f File) Open(dir string) (*sections.File, error) {
	out, err := sections.Open(filepath.Join(dir, f.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", &sections.Fault{File: f.Name, Why: "is missing"}, err)
	} else if err != nil {
		return nil, err
	}
	if FileOf(out) != f {
		return nil, errors.Join(&sections.Fault{File: f.Name, Why: "is not the file that the catalogue names"}, out.Close())
	}
	return out, nil
}

// Key is the key of the indexes.
func (c *Catalog) Key() names.Hash {
	key, _ := strconv.ParseUint(c.Hash, 16, 64)
	return names.Hash(key)
}

// New is the catalogue of an empty ledger.
func New(key uint64) *Catalog { return &Catalog{Version: version, Hash: fmt.Sprintf("%016x", key)} }

// Chain is the part of one chain, a new one if there is none.
func (c *Catalog) Chain(id chain.ID) Chain {
	for _, ch := range c.Chains {
		if ch.Name == id {
			return ch
		}
	}
	return Chain{Name: id}
}

// ID names the state: the first half of the SHA-256 of the catalogue.
func (c *Catalog) ID() ledger.SnapshotID {
	sum := sha256.Sum256(c.bytes())
	return ledger.SnapshotID(hex.EncodeToString(sum[:16]))
}

func (c *Catalog) bytes() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return b
}

// Read reads the catalogue of a folder. Errors: ledger.ErrNone, ledger.ErrNewer, of
// the system, *sections.Fault.
func Read(dir string) (*Catalog, error) {
	c := &Catalog{}
	switch err := ReadJSON(filepath.Join(dir, Name), c); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s has no %s", ledger.ErrNone, strconv.QuoteToGraphic(dir), Name)
	case err != nil:
		return nil, err
	case c.Version > version:
		return nil, fmt.Errorf("%s: %w", Name, ledger.ErrNewer)
	}
	return c, c.check()
}

// check refuses names that are no names of files in the folder.
func (c *Catalog) check() error {
	for _, ch := range c.Chains {
		for _, f := range ch.Files() {
			if !IsPart(f.Name) {
				return &sections.Fault{File: Name, Why: "names a file that can be none of a ledger"}
			}
		}
	}
	return nil
}

// Files are the files of a chain.
func (c Chain) Files() []File {
	out := append(append([]File(nil), c.Addresses...), c.Assets...)
	for _, s := range c.Segments {
		out = append(out, s.File)
	}
	return out
}

// partSuffix ends the names of parts.
const partSuffix = ".part"

// PartName is the name of the n-th part that a generation writes.
func PartName(generation uint64, what string, n int) string {
	return fmt.Sprintf("%06d-%s-%03d%s", generation, what, n, partSuffix)
}

// IsPart reports whether a file name is one that PartName makes.
func IsPart(name string) bool {
	return strings.HasSuffix(name, partSuffix) && name == filepath.Base(name) && !sections.IsTemp(name)
}

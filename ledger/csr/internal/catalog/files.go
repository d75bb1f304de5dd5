package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// digestPrefix begins the name of the file that keeps a state's digest, so that it has
// to be reckoned once only.
const digestPrefix = "digest-"

// DigestName is the name of that file.
func DigestName(id ledger.SnapshotID) string { return digestPrefix + string(id) + ".json" }

// IsDigest reports whether a file name is one that DigestName makes.
func IsDigest(name string) bool {
	return strings.HasPrefix(name, digestPrefix) && strings.HasSuffix(name, ".json")
}

// RemoveUnnamed removes parts that were never named, or are named no more.
func (c *Catalog) RemoveUnnamed(dir string) error {
	named := map[string]bool{}
	for _, ch := range c.Chains {
		for _, f := range ch.Files() {
			named[f.Name] = true
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		old := IsDigest(name) && name != DigestName(c.ID())
		if sections.IsTemp(name) || old || IsPart(name) && !named[name] {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// Write replaces the catalogue of a folder.
func (c *Catalog) Write(dir string) error { return WriteJSON(filepath.Join(dir, Name), c) }

// ReadJSON reads what WriteJSON wrote. Errors: of the system, *sections.Fault.
func ReadJSON(path string, to any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fault := func(why string) error { return &sections.Fault{File: filepath.Base(path), Why: why} }
	text, sum, ok := bytes.Cut(b, []byte("\n"))
	if digest := sha256.Sum256(text); !ok || string(sum) != hex.EncodeToString(digest[:])+"\n" {
		return fault("the digest in its last line is another")
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fault("cannot be read: " + err.Error())
	}
	return nil
}

// WriteJSON writes one line of JSON and one with its SHA-256, to a temporary name
// that becomes the path once it is on the disk.
func WriteJSON(path string, from any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	text = append(append(append(text, '\n'), hex.EncodeToString(sum[:])...), '\n')
	dir, name := filepath.Split(path)
	f, err := os.CreateTemp(dir, ".tmp-"+name+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Clean(dir))
}

// SyncDir forces the names in a folder to the disk.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

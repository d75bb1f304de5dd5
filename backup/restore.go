package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Fault is something in a backup that is not what was written.
type Fault struct {
	File string `json:"file"` // in the backup's folder
	Why  string `json:"why"`
}

// Restore lays a snapshot down in dir, which must not exist or be empty. Every byte
// is held against its digest; the folder gets its name once all of it is there.
func (s *Store) Restore(ctx context.Context, n int, dir string) (Snapshot, error) {
	snap, err := s.Snapshot(n)
	if err != nil {
		return snap, err
	}
	if err := vacant(dir); err != nil {
		return snap, fmt.Errorf("restore to %s: %w", dir, err)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	temp, err := os.MkdirTemp(parent, unfinished+"*")
	if err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	defer os.RemoveAll(temp)
	for _, f := range snap.Files {
		if err := ctx.Err(); err != nil {
			return snap, err
		}
		if f.Forgotten {
			continue
		}
		if err := s.restoreFile(f, filepath.Join(temp, filepath.FromSlash(f.Path))); err != nil {
			return snap, fmt.Errorf("restore %s: %w", f.Path, err)
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return snap, fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	return snap, syncDir(parent)
}

// vacant reports an error for a folder that holds something.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return ErrNotEmpty
	}
	return nil
}

func (s *Store) restoreFile(f File, path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	return s.read(f, out)
}

// read writes a file of a snapshot to w and holds it against its digests.
func (s *Store) read(f File, w io.Writer) error {
	whole := sha256.New()
	var size int64
	for _, sum := range f.Chunks {
		b, err := s.chunk(sum)
		if err != nil {
			return err
		}
		whole.Write(b)
		size += int64(len(b))
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	if size != f.Size || hex.EncodeToString(whole.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("its chunks do not make the file: %w", ErrDamaged)
	}
	return nil
}

func (s *Store) chunk(sum string) ([]byte, error) {
	r, err := os.Open(s.chunkPath(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("chunk %s is missing: %w", sum[:12], ErrDamaged)
	} else if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, chunkSize+1))
	if err != nil {
		return nil, err
	}
	if digest(b) != sum {
		return nil, fmt.Errorf("chunk %s is not what was written: %w", sum[:12], ErrDamaged)
	}
	return b, nil
}

// Check reads every byte of the backup and names what is not as it was written.
// progress, if given, hears of the snapshots done and their number.
func (s *Store) Check(ctx context.Context, progress func(done, total int)) ([]Fault, error) {
	ns, err := s.numbers()
	if err != nil {
		return nil, err
	}
	c := &check{store: s, seen: map[string]bool{}}
	for i, n := range ns {
		if err := ctx.Err(); err != nil {
			return c.faults, err
		}
		c.snapshot(n)
		if progress != nil {
			progress(i+1, len(ns))
		}
	}
	return c.faults, nil
}

type check struct {
	store  *Store
	seen   map[string]bool // chunks that were read
	faults []Fault
}

func (c *check) fault(path string, err error) {
	name, relErr := filepath.Rel(c.store.dir, path)
	if relErr != nil {
		name = path
	}
	c.faults = append(c.faults, Fault{filepath.ToSlash(name), strings.TrimSuffix(err.Error(), ": "+ErrDamaged.Error())})
}

func (c *check) snapshot(n int) {
	snap, err := c.store.Snapshot(n)
	if err != nil {
		c.fault(c.store.snapshotPath(n), err)
		return
	}
	for _, f := range snap.Files {
		var size int64
		for _, sum := range f.Chunks {
			info, err := os.Stat(c.store.chunkPath(sum))
			if err == nil {
				size += info.Size()
			}
			if c.seen[sum] {
				continue
			}
			c.seen[sum] = true
			if _, err := c.store.chunk(sum); err != nil {
				c.fault(c.store.chunkPath(sum), fmt.Errorf("of %s: %w", f.Path, err))
			}
		}
		if size != f.Size && !f.Forgotten {
			c.fault(c.store.snapshotPath(n), fmt.Errorf("the chunks of %s are %d bytes, not %d", f.Path, size, f.Size))
		}
	}
}

package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Source is a file to take: its path in the folder and how to read it.
type Source struct {
	Path string // slashes, relative
	Mode fs.FileMode
	Open func() (io.ReadCloser, error)
}

// Stats says what a snapshot cost.
type Stats struct {
	Files   int   `json:"files"`
	Bytes   int64 `json:"bytes"`   // of all files
	Written int64 `json:"written"` // that no earlier snapshot had
}

// Take makes a snapshot of the sources. It is there once all its chunks are on the
// disk; after a crash or an error there is none. Confirm, if given, is asked when
// everything was read: an error of it, such as that the folder changed meanwhile,
// leaves no snapshot, and what was written speeds up the next one. What an earlier
// process left in a Scratch folder is removed first.
func (s *Store) Take(ctx context.Context, sources []Source, about About, confirm func() error) (Snapshot, Stats, error) {
	var stats Stats
	if err := s.clear(); err != nil {
		return Snapshot{}, stats, err
	}
	ns, err := s.numbers()
	if err != nil {
		return Snapshot{}, stats, err
	}
	snap := Snapshot{Number: 1, About: about}
	if len(ns) > 0 {
		snap.Number = ns[len(ns)-1] + 1
	}
	for _, src := range sources {
		if !plainPath(src.Path) {
			return Snapshot{}, stats, fmt.Errorf("back up %q: the path leaves the folder", src.Path)
		}
		f, written, err := s.takeFile(ctx, src)
		if err != nil {
			return Snapshot{}, stats, fmt.Errorf("back up %s: %w", src.Path, err)
		}
		snap.Files = append(snap.Files, f)
		stats.Files++
		stats.Bytes += f.Size
		stats.Written += written
	}
	if confirm != nil {
		if err := confirm(); err != nil {
			return Snapshot{}, stats, fmt.Errorf("back up: %w", err)
		}
	}
	slices.SortFunc(snap.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	b, err := encodeSnapshot(snap)
	if err != nil {
		return Snapshot{}, stats, err
	}
	if _, err := decodeSnapshot(b); err != nil {
		return Snapshot{}, stats, fmt.Errorf("back up: %w", err)
	}
	return snap, stats, writeFile(s.snapshotPath(snap.Number), b, 0o600)
}

func (s *Store) takeFile(ctx context.Context, src Source) (File, int64, error) {
	f := File{Path: src.Path, Mode: src.Mode.Perm()}
	r, err := src.Open()
	if err != nil {
		return f, 0, err
	}
	defer r.Close()
	var written int64
	f.Size, f.SHA256, err = split(r, func(sum string, b []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.Chunks = append(f.Chunks, sum)
		fresh, err := s.writeChunk(sum, b)
		if fresh {
			written += int64(len(b))
		}
		return err
	})
	return f, written, err
}

// writeChunk reports whether the chunk was not there. One of the right length is
// taken for whole: Check reads every byte.
func (s *Store) writeChunk(sum string, b []byte) (fresh bool, err error) {
	path := s.chunkPath(sum)
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(b)) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, err
	}
	return true, writeFile(path, b, 0o600)
}

// Forget takes the files that want names out of every snapshot, with the chunks
// that nothing else has: they cannot be restored any more. It returns how many
// entries were forgotten.
func (s *Store) Forget(ctx context.Context, want func(path string) bool) (int, error) {
	snaps, err := s.Snapshots()
	if err != nil {
		return 0, err
	}
	forgotten := 0
	for _, snap := range snaps {
		n := 0
		for i := range snap.Files {
			if f := &snap.Files[i]; want(f.Path) && !f.Forgotten {
				f.Chunks, f.Forgotten = nil, true
				n++
			}
		}
		if n == 0 {
			continue
		}
		b, err := encodeSnapshot(snap)
		if err != nil {
			return forgotten, err
		}
		if err := writeFile(s.snapshotPath(snap.Number), b, 0o600); err != nil {
			return forgotten, err
		}
		forgotten += n
	}
	return forgotten, s.prune(ctx)
}

// prune removes what no snapshot names: chunks of what was forgotten or of a
// snapshot that was not finished.
func (s *Store) prune(ctx context.Context) error {
	snaps, err := s.Snapshots()
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, snap := range snaps {
		for _, f := range snap.Files {
			for _, c := range f.Chunks {
				named[c] = true
			}
		}
	}
	return filepath.WalkDir(filepath.Join(s.dir, chunkDir), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("prune backup: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() || named[d.Name()]:
			return nil
		}
		return os.Remove(path)
	})
}

// writeFile writes a file so that it is there whole or not at all.
func writeFile(path string, b []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", filepath.Base(path), err)
		}
	}()
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

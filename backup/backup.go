// Package backup keeps snapshots of a folder by content: what did not change since
// the last snapshot is not written again, every snapshot can be brought back whole,
// and each byte is checked on its way out.
//
//	backup.json             format and version
//	chunks/ab/SHA256        pieces of files, at most a mebibyte each, under their SHA-256
//	snapshots/000001.json   what a snapshot holds: files, their digests and their chunks
//
//	s, err := backup.Open("/media/backup")
//	snap, stats, err := s.Take(ctx, files, backup.About{At: now, Checkpoint: note}, nil)
//	faults, err := s.Check(ctx, nil)
//	snap, err = s.Restore(ctx, backup.Latest, "desk")
//
// A snapshot is there whole or not at all: its chunks are on the disk before its
// file gets its name. What must not come back, such as the key of evidence that was
// destroyed, is taken out of older snapshots with Forget.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Errors of the package, for errors.Is.
var (
	// ErrNotBackup is returned for a folder that holds something else.
	ErrNotBackup = errors.New("not a backup")
	// ErrNewer is returned for a backup that a later version wrote.
	ErrNewer = errors.New("the backup was written by a newer version of turtlebay")
	// ErrDamaged is returned where what is read is not what was written.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrNoSnapshot is returned for a snapshot that is not there.
	ErrNoSnapshot = errors.New("no such snapshot")
	// ErrNotEmpty is returned by Restore for a folder that holds something.
	ErrNotEmpty = errors.New("the folder is not empty")
)

// Latest stands for the newest snapshot.
const Latest = 0

const (
	markerFile  = "backup.json"
	chunkDir    = "chunks"
	snapshotDir = "snapshots"
	format      = "turtlebay-backup"
	version     = 1
	unfinished  = ".writing-"
	chunkSize   = 1 << 20
)

type marker struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// About is what is noted beside the files of a snapshot.
type About struct {
	At         time.Time `json:"at"`
	Checkpoint string    `json:"checkpoint,omitempty"` // signed note of the custody log at that moment
}

// Snapshot is one state of the folder.
type Snapshot struct {
	Number int `json:"number"`
	About
	Files []File `json:"files"` // sorted by path
}

// File is a file of a snapshot. Forgotten ones keep their name and digest only.
type File struct {
	Path      string      `json:"path"` // slashes, relative
	Mode      fs.FileMode `json:"mode"`
	Size      int64       `json:"size"`
	SHA256    string      `json:"sha256"`
	Chunks    []string    `json:"chunks,omitempty"`
	Forgotten bool        `json:"forgotten,omitempty"`
}

// Store is a folder of snapshots. One process at a time may take or forget, and one
// goroutine of it.
type Store struct {
	dir  string
	live map[string]bool // names of the scratch folders in use
}

// Open opens the backup in dir, which it makes where there is nothing.
func Open(dir string) (*Store, error) {
	b, err := os.ReadFile(filepath.Join(dir, markerFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return create(dir)
	case err != nil:
		return nil, fmt.Errorf("open backup: %w", err)
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil || m.Format != format || m.Version < 1 {
		return nil, fmt.Errorf("open backup %s: %s: %w", dir, markerFile, ErrDamaged)
	}
	if m.Version > version {
		return nil, fmt.Errorf("open backup %s: %s is of format %d, this program knows %d: %w", dir, markerFile, m.Version, version, ErrNewer)
	}
	if want, err := json.Marshal(marker{format, version}); err != nil || string(b) != string(want)+"\n" {
		return nil, fmt.Errorf("open backup %s: %s is not as it was written: %w", dir, markerFile, ErrDamaged)
	}
	return &Store{dir: dir}, nil
}

// Find opens the backup in dir. Where there is none it is ErrNotBackup, and none is
// made.
func Find(dir string) (*Store, error) {
	_, err := os.Lstat(filepath.Join(dir, markerFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("open backup %s: %w", dir, ErrNotBackup)
	}
	return Open(dir)
}

func create(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make backup: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("make backup: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("make backup in %s: %w: it holds something else", dir, ErrNotBackup)
	}
	s := &Store{dir: dir}
	for _, d := range []string{chunkDir, snapshotDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("make backup: %w", err)
		}
	}
	b, err := json.Marshal(marker{format, version})
	if err != nil {
		return nil, fmt.Errorf("make backup: %w", err)
	}
	return s, writeFile(filepath.Join(dir, markerFile), append(b, '\n'), 0o600)
}

// Scratch makes a folder in the backup for what is prepared for a snapshot, so that
// it is kept nowhere that is guarded less. Remove it in the end; what a process that
// died left of one is removed here and by the next Take.
func (s *Store) Scratch() (dir string, remove func() error, err error) {
	if err := s.clear(); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(s.dir, unfinished+"*"); err != nil {
		return "", nil, fmt.Errorf("make room in backup: %w", err)
	}
	if s.live == nil {
		s.live = map[string]bool{}
	}
	s.live[filepath.Base(dir)] = true
	return dir, func() error {
		delete(s.live, filepath.Base(dir))
		return os.RemoveAll(dir)
	}, nil
}

// clear removes what was never finished.
func (s *Store) clear() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("clear backup: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), unfinished) || s.live[e.Name()] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
			return fmt.Errorf("clear backup: %w", err)
		}
	}
	return nil
}

// Dir is the backup's folder.
func (s *Store) Dir() string { return s.dir }

var snapshotName = regexp.MustCompile(`^(\d{6,})\.json$`)

// numbers lists the snapshots, oldest first.
func (s *Store) numbers() ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, snapshotDir))
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var out []int
	for _, e := range entries {
		if m := snapshotName.FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return nil, fmt.Errorf("list snapshots: %s: %w", e.Name(), ErrDamaged)
			}
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Snapshots lists the snapshots, oldest first.
func (s *Store) Snapshots() ([]Snapshot, error) {
	ns, err := s.numbers()
	if err != nil {
		return nil, err
	}
	out := make([]Snapshot, 0, len(ns))
	for _, n := range ns {
		snap, err := s.Snapshot(n)
		if err != nil {
			return out, err
		}
		out = append(out, snap)
	}
	return out, nil
}

// Snapshot reads one snapshot, or the newest for Latest.
func (s *Store) Snapshot(n int) (Snapshot, error) {
	if n == Latest {
		ns, err := s.numbers()
		if err != nil {
			return Snapshot{}, err
		}
		if len(ns) == 0 {
			return Snapshot{}, fmt.Errorf("read backup %s: %w", s.dir, ErrNoSnapshot)
		}
		n = ns[len(ns)-1]
	}
	b, err := os.ReadFile(s.snapshotPath(n))
	if errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, fmt.Errorf("read snapshot %d: %w", n, ErrNoSnapshot)
	} else if err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot %d: %w", n, err)
	}
	snap, err := decodeSnapshot(b)
	if err == nil && snap.Number != n {
		err = errors.New("is of another number")
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("read snapshot %d: %w: %w", n, ErrDamaged, err)
	}
	return snap, nil
}

func (s *Store) snapshotPath(n int) string {
	return filepath.Join(s.dir, snapshotDir, fmt.Sprintf("%06d.json", n))
}

func (s *Store) chunkPath(sum string) string {
	return filepath.Join(s.dir, chunkDir, sum[:2], sum)
}

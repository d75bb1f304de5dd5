package witness

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The names in a witness's folder.
const (
	keyFile        = "witness.key"
	publicFile     = "witness.pub"
	introducedFile = "introduced"
	lockFile       = "witness.lock"
	logsDir        = "logs"
	forksDir       = "forks"
	suffix         = ".note"
	unfinished     = ".unfinished-"
)

const (
	// maxFile is more than any file of the folder: a checkpoint of a request and
	// one line, or some thousand introduced keys.
	maxFile = 4 * MaxRequest
	// maxForks bounds what one log that has gone mad can make a witness keep.
	maxForks = 64
)

// Seen is the last checkpoint that a witness cosigned of a log.
type Seen struct {
	Origin     string
	Size       int64
	Root       tlog.Hash
	At         time.Time // of the cosignature, UTC
	Checkpoint []byte    // signed note with the log's signatures and the cosignature
}

// Last returns what was last cosigned of a log, false if nothing was.
func (w *Witness) Last(origin string) (Seen, bool, error) {
	s, ok, err := w.load(origin)
	if err != nil {
		return Seen{}, false, fmt.Errorf("read last of %q: %w", clip(origin), err)
	}
	return s, ok, nil
}

// Seen returns what was last cosigned of every log, by origin.
func (w *Witness) Seen() ([]Seen, error) {
	var out []Seen
	err := eachNote(filepath.Join(w.dir, logsDir), func(name string, b []byte) error {
		s, err := w.readSeen(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name != stateName(s.Origin) {
			return fmt.Errorf("%s: holds a checkpoint of %q: %w", name, clip(s.Origin), ErrState)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read witness state: %w", err)
	}
	slices.SortFunc(out, func(a, b Seen) int { return cmp.Compare(a.Origin, b.Origin) })
	return out, nil
}

// Forks returns the signed checkpoints that prove that a log shows two histories:
// for each origin and size at least two with different roots, in the order of
// their file names. At most 64 of an origin are kept.
func (w *Witness) Forks() ([][]byte, error) {
	var out [][]byte
	err := eachNote(filepath.Join(w.dir, forksDir), func(_ string, b []byte) error {
		out = append(out, b)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read forks: %w", err)
	}
	return out, nil
}

// eachNote reads the notes of a folder in the order of their names.
func eachNote(dir string, do func(name string, b []byte) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue // a file that a crash left unfinished
		}
		b, err := readFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if err := do(e.Name(), b); err != nil {
			return err
		}
	}
	return nil
}

// keepFork keeps both checkpoints of one size and different roots.
func (w *Witness) keepFork(cp checkpoint, signed *note.Note, seen Seen) error {
	dir := filepath.Join(w.dir, forksDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	of := stateName(cp.origin)[:16]
	if n := len(slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), of) })); n >= maxForks {
		return nil
	}
	b, err := note.Sign(signed)
	if err != nil {
		return err
	}
	name := func(root tlog.Hash) string {
		return filepath.Join(dir, fmt.Sprintf("%s-%d-%x%s", of, cp.size, root[:8], suffix))
	}
	if err := writeFile(name(seen.Root), seen.Checkpoint, 0o600); err != nil {
		return err
	}
	return writeFile(name(cp.root), b, 0o600)
}

// stateName makes a file name of any origin.
func stateName(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:]) + suffix
}

func (w *Witness) load(origin string) (Seen, bool, error) {
	name := filepath.Join(w.dir, logsDir, stateName(origin))
	b, err := readFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		// a folder that is gone is not a log that was never seen
		_, err := os.Stat(filepath.Dir(name))
		return Seen{Origin: origin}, false, err
	}
	if err != nil {
		return Seen{}, false, err
	}
	s, err := w.readSeen(b)
	if err == nil && s.Origin != origin {
		err = fmt.Errorf("holds a checkpoint of %q: %w", clip(s.Origin), ErrState)
	}
	if err != nil {
		return Seen{}, false, fmt.Errorf("%s: %w", name, err)
	}
	return s, true, nil
}

// readSeen reads a checkpoint that the witness cosigned; its own signature shows
// whether it is as it was written.
func (w *Witness) readSeen(b []byte) (Seen, error) {
	cs, err := Cosignatures(b, w.own)
	if err != nil {
		return Seen{}, fmt.Errorf("%w: %w", ErrState, err)
	}
	if len(cs) == 0 {
		return Seen{}, fmt.Errorf("%w: not cosigned by this witness", ErrState)
	}
	cp, err := parseCheckpoint(b)
	if err != nil {
		return Seen{}, fmt.Errorf("%w: %w", ErrState, err)
	}
	return Seen{Origin: cp.origin, Size: cp.size, Root: cp.root, At: cs[0].At, Checkpoint: b}, nil
}

// save remembers a cosigned checkpoint.
func (w *Witness) save(origin string, cosigned []byte) error {
	return writeFile(filepath.Join(w.dir, logsDir, stateName(origin)), cosigned, 0o600)
}

// introduced are the keys taken on first use, in their order.
func (w *Witness) introduced() ([]string, error) {
	b, err := readFile(filepath.Join(w.dir, introducedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := ParseLogs(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", introducedFile, ErrState, err)
	}
	return keys, nil
}

// keepKey adds a key to those introduced.
func (w *Witness) keepKey(vkey string) error {
	keys, err := w.introduced()
	if err != nil {
		return err
	}
	text := strings.Join(append(keys, vkey), "\n") + "\n"
	if len(text) > maxFile {
		return fmt.Errorf("%s: more than %d bytes", introducedFile, maxFile)
	}
	return writeFile(filepath.Join(w.dir, introducedFile), []byte(text), 0o600)
}

// tidy removes what a crash left unfinished, unless another process is at work.
func (w *Witness) tidy() error {
	f := flock.New(filepath.Join(w.dir, lockFile), flock.SetPermissions(0o600))
	free, err := f.TryLock()
	if err != nil || !free {
		return err
	}
	defer f.Close()
	for _, sub := range []string{"", logsDir, forksDir} {
		entries, err := os.ReadDir(filepath.Join(w.dir, sub))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), unfinished) {
				continue
			}
			if err := os.Remove(filepath.Join(w.dir, sub, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// lock waits for this process's turn, then for other processes.
func (w *Witness) lock(ctx context.Context) (release func(), err error) {
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the witness: %w", ctx.Err())
	}
	f := flock.New(filepath.Join(w.dir, lockFile), flock.SetPermissions(0o600))
	if _, err := f.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		<-w.turn
		return nil, fmt.Errorf("wait for the witness: %w", err)
	}
	return func() {
		f.Close() // gives the lock up; nothing was written to the file
		<-w.turn
	}, nil
}

// readFile reads a file of bounded size.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("read %s: more than %d bytes: %w", name, maxFile, ErrState)
	}
	return b, err
}

// writeFile writes a file so that it is on the disk whole or not at all.
func writeFile(name string, b []byte, mode fs.FileMode) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

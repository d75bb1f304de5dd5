package timestamp

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
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Errors of a queue.
var (
	ErrFull    = errors.New("the queue is full")
	ErrDamaged = errors.New("a waiting file is damaged and was put aside")
)

const (
	// MaxWaiting is how many wait in a queue unless OpenQueue says otherwise.
	MaxWaiting = 1000
	// MaxData is the most bytes of what waits; a checkpoint's text has some hundred.
	MaxData = 64 << 10

	addLock    = "queue.lock"
	drainLock  = "drain.lock"
	suffix     = ".waiting"
	aside      = ".damaged"
	unfinished = ".unfinished-"
	numberLen  = 12
	maxNumber  = 999_999_999_999
)

// Queue is a folder of what waits for a time-stamp, oldest first: one file each,
// named by its number and the SHA-256 of its bytes. Several processes may use one.
// Whoever asks two authorities keeps two queues.
type Queue struct {
	dir string
	max int
}

// Waiting is something that waits.
type Waiting struct {
	Number int64
	Data   []byte
	sum    string
}

// Result is what keep is given: what waited, its token and what that says.
type Result struct {
	Data  []byte
	Token []byte // DER
	Stamp Stamp
}

// OpenQueue opens a folder, which it makes if there is none. At most max wait, 0
// for MaxWaiting.
func OpenQueue(dir string, most int) (*Queue, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open time-stamp queue: %w", err)
	}
	return &Queue{dir: dir, max: cmp.Or(most, MaxWaiting)}, nil
}

// Add puts data at the end; what waits already is not added again. When Add
// returns, the data is on the disk. ErrFull: nothing is dropped for it.
func (q *Queue) Add(ctx context.Context, data []byte) (added bool, err error) {
	added, err = q.add(ctx, data)
	if err != nil {
		return false, fmt.Errorf("queue for a time-stamp: %w", err)
	}
	return added, nil
}

func (q *Queue) add(ctx context.Context, data []byte) (bool, error) {
	if len(data) > MaxData {
		return false, fmt.Errorf("%d bytes, more than %d", len(data), MaxData)
	}
	unlock, err := q.lock(ctx, addLock)
	if err != nil {
		return false, err
	}
	defer unlock()
	if err := q.tidy(); err != nil {
		return false, err
	}
	ws, err := q.waiting()
	if err != nil {
		return false, err
	}
	w := Waiting{Number: 1, sum: sumOf(data)}
	if slices.ContainsFunc(ws, func(o Waiting) bool { return o.sum == w.sum }) {
		return false, nil
	}
	if len(ws) >= q.max {
		return false, fmt.Errorf("%w: %d wait", ErrFull, len(ws))
	}
	if len(ws) > 0 {
		w.Number = ws[len(ws)-1].Number + 1
	}
	if w.Number > maxNumber {
		return false, fmt.Errorf("%w: the last number is taken", ErrFull)
	}
	return true, writeFile(q.path(w), data)
}

// Len is how many wait.
func (q *Queue) Len() (int, error) {
	ws, err := q.waiting()
	if err != nil {
		return 0, fmt.Errorf("read time-stamp queue: %w", err)
	}
	return len(ws), nil
}

// List is what waits, oldest first. A damaged file is ErrDamaged beside the others.
func (q *Queue) List() ([]Waiting, error) {
	ws, err := q.waiting()
	if err != nil {
		return nil, fmt.Errorf("read time-stamp queue: %w", err)
	}
	var out []Waiting
	var damaged error
	for _, w := range ws {
		switch w.Data, err = q.read(w); {
		case errors.Is(err, fs.ErrNotExist): // stamped meanwhile
		case err != nil:
			damaged = errors.Join(damaged, err)
		default:
			out = append(out, w)
		}
	}
	return out, damaged
}

// Drain has what waits stamped, oldest first, and gives each token to keep. What
// was kept leaves the queue; at the first error it stops and the rest waits on. It
// returns how many were kept. A crash between keep and the end can make the same
// data come again, so keep must bear being called twice. A damaged file is put
// aside under another name and reported as ErrDamaged; the others go on.
func (q *Queue) Drain(ctx context.Context, stamp func(context.Context, []byte) ([]byte, Stamp, error), keep func(Result) error) (int, error) {
	unlock, err := q.lock(ctx, drainLock)
	if err != nil {
		return 0, fmt.Errorf("drain time-stamp queue: %w", err)
	}
	defer unlock()
	ws, err := q.waiting()
	if err != nil {
		return 0, fmt.Errorf("drain time-stamp queue: %w", err)
	}
	n := 0
	var damaged error
	for _, w := range ws {
		err := q.drain(ctx, w, stamp, keep)
		switch {
		case errors.Is(err, ErrDamaged):
			damaged = errors.Join(damaged, err)
		case err != nil:
			return n, errors.Join(damaged, fmt.Errorf("drain time-stamp queue: number %d: %w", w.Number, err))
		default:
			n++
		}
	}
	return n, damaged
}

func (q *Queue) drain(ctx context.Context, w Waiting, stamp func(context.Context, []byte) ([]byte, Stamp, error), keep func(Result) error) error {
	data, err := q.read(w)
	if errors.Is(err, ErrDamaged) {
		return errors.Join(err, os.Rename(q.path(w), q.path(w)+aside))
	}
	if err != nil {
		return err
	}
	token, s, err := stamp(ctx, data)
	if err != nil {
		return err
	}
	if err := keep(Result{Data: data, Token: token, Stamp: s}); err != nil {
		return err
	}
	if err := os.Remove(q.path(w)); err != nil {
		return err
	}
	return syncDir(q.dir)
}

func (q *Queue) path(w Waiting) string {
	return filepath.Join(q.dir, fmt.Sprintf("%0*d-%s%s", numberLen, w.Number, w.sum, suffix))
}

func (q *Queue) read(w Waiting) ([]byte, error) {
	f, err := os.Open(q.path(w))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxData+1))
	if err != nil {
		return nil, err
	}
	if sumOf(b) != w.sum {
		return nil, fmt.Errorf("%s: %w", f.Name(), ErrDamaged)
	}
	return b, nil
}

// waiting lists the files by number, without their bytes. Files of other names are
// none of the queue's.
func (q *Queue) waiting() ([]Waiting, error) {
	entries, err := os.ReadDir(q.dir)
	if err != nil {
		return nil, err
	}
	var out []Waiting
	for _, e := range entries {
		if w, ok := parseName(e.Name()); ok {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b Waiting) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.sum, b.sum)) })
	return out, nil
}

// parseName reads a name that path wrote.
func parseName(name string) (Waiting, bool) {
	name, ok := strings.CutSuffix(name, suffix)
	number, sum, cut := strings.Cut(name, "-")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || !cut || err != nil || n < 1 || len(number) != numberLen {
		return Waiting{}, false
	}
	b, err := hex.DecodeString(sum)
	return Waiting{Number: n, sum: sum}, err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == sum
}

// tidy removes what a crash left half written; the caller holds the lock of Add.
func (q *Queue) tidy() error {
	entries, err := os.ReadDir(q.dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			err = errors.Join(err, os.Remove(filepath.Join(q.dir, e.Name())))
		}
	}
	return err
}

// lock waits for whoever holds the lock, in this process or another.
func (q *Queue) lock(ctx context.Context, name string) (unlock func(), err error) {
	f := flock.New(filepath.Join(q.dir, name), flock.SetPermissions(0o600))
	if _, err := f.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for the queue: %w", err)
	}
	return func() { f.Close() }, nil
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// writeFile writes a file so that it is on the disk whole or not at all.
func writeFile(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

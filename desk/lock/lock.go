// Package lock lets one process write in a folder and tells the others who does.
//
//	l, err := lock.Take(ctx, "desk/desk.lock", lock.Holder{PID: os.Getpid(), Verb: "add"})
//	var held *lock.HeldError
//	if errors.As(err, &held) { … held.By.Verb, held.By.PID … }
//	defer l.Release()
//
// The lock is the operating system's (flock on Linux), which it takes back when a
// process dies; the file tells about the holder in JSON. It is emptied on release:
// a file that is not empty and not locked was left by a process that died.
package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// patience is how long Take waits for a holder that is nearly done.
const patience = 500 * time.Millisecond

// Holder is who holds a lock.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Verb  string    `json:"verb"` // what it does
	Since time.Time `json:"since"`
	// Unsealed is when the first of the sessions before this one began that did not
	// end, by the clock of the file system; zero for none. Take fills it in.
	Unsealed time.Time `json:"unsealed,omitzero"`
}

// String is "add (process 4711 on desk-1, since 2026-11-23T01:02:03Z)".
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("%s (process %d on %s, since %s)", printable(h.Verb), h.PID, printable(h.Host), h.Since.UTC().Format(time.RFC3339))
}

// printable shows text of a file that anybody may have written.
func printable(s string) string {
	const most = 100
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	q := strconv.QuoteToGraphic(s)
	return q[1 : len(q)-1]
}

// HeldError is the error of Take while another process holds the lock.
type HeldError struct {
	By Holder // the zero Holder where the file does not say
}

// Error names the holder.
func (e *HeldError) Error() string { return "held by " + e.By.String() }

// Lock is a lock that is held.
type Lock struct {
	flock *flock.Flock
	path  string
	begun time.Time
	left  *Left
}

// Left is a session that did not end: its process died with the lock.
type Left struct {
	Holder Holder
	Begun  time.Time // when it, or the first of several in a row, took the lock, by the clock of the file system
}

// Take takes the lock, for which it makes the file. It waits half a second at most and
// returns *HeldError. Errors of the file itself are those of package os.
func Take(ctx context.Context, path string, me Holder) (*Lock, error) {
	l := &Lock{flock: flock.New(path, flock.SetPermissions(0o644)), path: path}
	if err := l.take(ctx, l.flock.TryLockContext); err != nil {
		return nil, err
	}
	left, err := ReadLeft(path)
	if err == nil {
		if l.left = left; left != nil {
			me.Unsealed = left.Begun
		}
		err = l.sign(me)
	}
	if err != nil {
		return nil, errors.Join(err, l.flock.Close())
	}
	return l, nil
}

func (l *Lock) take(ctx context.Context, try func(context.Context, time.Duration) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ok, err := try(ctx, 10*time.Millisecond)
	if ok {
		return nil
	}
	closed := l.flock.Close()
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		err = &HeldError{By: holder(l.path)}
	}
	return errors.Join(err, closed)
}

// sign writes who holds the lock, and that lasts: after a crash it is how the next
// process knows.
func (l *Lock) sign(me Holder) error {
	b, err := json.Marshal(me)
	if err != nil {
		return err
	}
	if err := rewrite(l.path, append(b, '\n'), true); err != nil {
		return err
	}
	info, err := os.Stat(l.path)
	if err == nil {
		l.begun = info.ModTime()
	}
	return err
}

// rewrite writes in place: a file that was put there by a rename would not be the
// one that is locked. At no moment is the file empty that is not to be empty.
func rewrite(path string, b []byte, last bool) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err == nil && last {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Begun is when the lock was taken, by the clock of the file system, which gives
// files their times.
func (l *Lock) Begun() time.Time { return l.begun }

// Left is the session before, if it did not end; nil if it did.
func (l *Lock) Left() *Left { return l.left }

// Release empties the file and gives the lock back.
func (l *Lock) Release() error {
	// a power cut that loses this makes the session look as if it had not ended,
	// and nothing worse
	return errors.Join(rewrite(l.path, nil, false), l.flock.Close())
}

// Abandon gives the lock back and leaves the file as that of a process that died:
// what the session did could not be brought to its end.
func (l *Lock) Abandon() error { return l.flock.Close() }

// Look keeps writers out without writing anything: what is looked at meanwhile
// does not change. Several may look at once. Errors are those of Take; left is the
// session that did not end.
func Look(ctx context.Context, path string) (release func() error, left *Left, err error) {
	l := &Lock{flock: flock.New(path, flock.SetPermissions(0o644)), path: path}
	if err := l.take(ctx, l.flock.TryRLockContext); err != nil {
		return nil, nil, err
	}
	if left, err = ReadLeft(path); err != nil {
		return nil, nil, errors.Join(err, l.flock.Close())
	}
	return l.flock.Close, left, nil
}

// ReadLeft tells of the session that did not end, for a lock that nobody holds;
// nil where there is none.
func ReadLeft(path string) (*Left, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return nil, nil
	}
	left := &Left{holder(path), info.ModTime()}
	if !left.Holder.Unsealed.IsZero() {
		left.Begun = left.Holder.Unsealed
	}
	return left, nil
}

// maxFile bounds what is read of the file.
const maxFile = 4096

// holder reads who holds the lock, as far as the file says so. Behind it may stand
// the end of what stood there before.
func holder(path string) Holder {
	f, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	var h Holder
	if json.NewDecoder(io.LimitReader(f, maxFile)).Decode(&h) != nil {
		return Holder{}
	}
	return h
}

package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/turtlebay/turtlebay/desk/lock"
	"github.com/turtlebay/turtlebay/desk/seal"
	"github.com/turtlebay/turtlebay/desk/whole"
)

// session is the time in which this Desk holds the lock.
type session struct {
	lock       *lock.Lock
	seal       seal.Seal
	was        seal.Session
	depth      int // how many are in it
	reconciled bool
	finished   []int64 // batches that became complete by being put right
}

// Hold keeps other processes from writing until release is called, which seals
// what was written. What an interrupted process left is put right first; see
// Reconciled. Every method that writes holds the desk for itself; a verb that does
// several things, or writes files of its own into the desk's folder, holds it
// around all of them. It returns ErrBusy, with who holds it, or ErrReadOnly.
func (d *Desk) Hold(ctx context.Context) (release func() error, err error) {
	leave, err := d.enter(ctx, d.o.verb)
	if err != nil {
		return nil, err
	}
	if err := d.reconcile(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("put right what was interrupted: %w", err), leave())
	}
	return leave, nil
}

// enter takes the lock, or another part in it.
func (d *Desk) enter(ctx context.Context, verb string) (leave func() error, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session == nil {
		if d.session, err = d.begin(ctx, verb); err != nil {
			return nil, err
		}
	}
	d.session.depth++
	return sync.OnceValue(d.leave), nil
}

func (d *Desk) leave() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.depth--; d.session.depth > 0 {
		return nil
	}
	s := d.session
	d.session = nil
	if err := d.end(s); err != nil {
		return errors.Join(err, s.lock.Abandon())
	}
	return s.lock.Release()
}

func (d *Desk) begin(ctx context.Context, verb string) (*session, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	l, err := lock.Take(ctx, d.Path(lockFile), lock.Holder{PID: os.Getpid(), Host: host, Verb: verb, Since: d.o.now().UTC()})
	if err != nil {
		return nil, lockError(err)
	}
	s := &session{lock: l, was: seal.Session{Skip: unsealed, Begun: l.Begun(), Free: []string{outDir}}}
	left := l.Left()
	if left != nil {
		s.was.Begun = left.Begun
		d.say("%s did not come to its end", left.Holder)
	}
	err = d.readSeal(s)
	if err == nil {
		err = d.continues(s.seal)
	}
	if err != nil && left != nil {
		return nil, errors.Join(err, l.Abandon()) // it did not come to its end yet
	} else if err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return s, nil
}

// readSeal reads what the files were. A seal that was altered stands in the way of
// writing, which would hide what else was altered; one that is gone is made anew.
func (d *Desk) readSeal(s *session) (err error) {
	s.seal, err = seal.Read(d.Path(sealFile))
	switch {
	case errors.Is(err, seal.ErrBroken):
		return fmt.Errorf("%s: %w: %w (check the desk; once you know what happened, remove the file and the desk is sealed anew)", sealFile, ErrDamaged, err)
	case errors.Is(err, fs.ErrNotExist):
		s.was.Anew = true
		if d.store != nil {
			d.say("there was no seal: the desk is sealed as it is now")
		}
	case err != nil:
		return err
	}
	if _, sealed := s.seal.Log(logDir); !sealed {
		s.was.Free = append(s.was.Free, keptDir) // the seal knows nothing of it yet
	}
	s.was.Before, err = seal.List(d.dir, unsealed)
	return err
}

// lockError says in the words of the desk why it is not held.
func lockError(err error) error {
	var held *lock.HeldError
	switch {
	case errors.As(err, &held):
		return fmt.Errorf("%w: %s", ErrBusy, held.By)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// end seals what was written.
func (d *Desk) end(s *session) error {
	if d.store == nil {
		return nil // it could not be made
	}
	settled, err := d.store.Settle(context.Background())
	if err != nil {
		return fmt.Errorf("close the desk: %w", err)
	}
	if !settled {
		s.was.Loose = []string{storeFile}
	}
	next, err := s.seal.Renew(d.dir, s.was)
	if err == nil {
		err = d.sealLog(s.seal, next)
	}
	if err == nil {
		err = whole.Write(d.Path(sealFile), next.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("seal the desk: %w", err)
	}
	return nil
}

// unsealed reports what has no place in the seal: the seal itself, the lock, what
// is not finished, the store's log, and what is in the vault, each file of which
// has its digest in the custody log. That there is a vault is sealed, and which
// checkpoints of its log were kept.
func unsealed(name string) bool {
	switch name {
	case sealFile, lockFile, storeFile + "-wal", storeFile + "-shm", storeFile + "-journal":
		return true
	}
	base := path.Base(name)
	if whole.Unfinished(base) || strings.HasPrefix(base, ".unfinished-") {
		return true
	}
	switch path.Dir(name) {
	case vaultDir:
		return base != vaultMarker && name != logDir
	case logDir:
		return name != keptDir
	}
	return false
}

// reconcile puts right what an interrupted process left, once in a session: first
// the vault, then what the desk has to add to it.
func (d *Desk) reconcile(ctx context.Context) error {
	d.mu.Lock()
	todo := !d.session.reconciled
	d.session.reconciled = true
	d.mu.Unlock()
	if !todo {
		return nil
	}
	if err := d.clear(); err != nil {
		return err
	}
	if d.hasVault() {
		if _, err := d.openVault(ctx); err != nil {
			return err
		}
	}
	batches, err := d.store.Batches(ctx)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := d.putRight(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", b.ID(), err)
		}
	}
	return nil
}

// putRight finishes a batch that lacks its leaf alone, and gives the quarantine
// what it is owed.
func (d *Desk) putRight(ctx context.Context, b Batch) error {
	switch {
	case b.State == Sealed:
		if err := d.complete(ctx, &b); err != nil {
			return err
		}
		d.say("%s lacked its leaf in the custody log alone: it is complete now, leaf %d", b.ID(), b.Leaf)
		d.finished(b.Number)
	case b.State == Complete && b.Leaf < 0:
		if err := d.adopt(ctx, &b); err != nil {
			return err
		}
		d.say("%s, records held before there was a custody log, is logged now, leaf %d", b.ID(), b.Leaf)
	}
	if b.State == Complete && b.Owes {
		return d.quarantine(ctx, b)
	}
	return nil
}

// finished notes a batch that became complete by being put right.
func (d *Desk) finished(batch int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session.finished = append(d.session.finished, batch)
}

// writes notes that the store is written to in this session, so that it is sealed
// anew.
func (d *Desk) writes() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session.was.Wrote = []string{storeFile}
}

// transact does something in one transaction; the lock is held.
func (d *Desk) transact(ctx context.Context, do func(Tx) error) error {
	d.writes()
	tx, err := d.store.Begin(ctx)
	if err != nil {
		return err
	}
	if err = do(tx); err == nil {
		err = tx.Commit()
	}
	return errors.Join(err, tx.Rollback())
}

// clear removes files that were never finished.
func (d *Desk) clear() error {
	for _, dir := range []string{d.dir, d.Path(keyDir), d.Path(quarantineDir), d.Path(outDir)} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if whole.Unfinished(e.Name()) || strings.HasPrefix(e.Name(), ".unfinished-") {
				d.say("removed %s, which was never finished", filepath.Join(filepath.Base(dir), e.Name()))
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

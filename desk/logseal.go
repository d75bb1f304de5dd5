package desk

import (
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/desk/seal"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// The custody log, which a copy of an earlier day fits as well as the log itself: the
// seal says how far it had come, and which of its checkpoints were kept.
const (
	logDir  = vaultDir + "/log"
	keptDir = logDir + "/checkpoints"
)

// logFault says what is wrong with the custody log of the desk in dir, held against
// the seal, "" for nothing. It may have more leaves than were sealed: those of a process
// that did not come to its end.
func logFault(dir string, s seal.Seal) (why string, err error) {
	sealed, ok := s.Log(logDir)
	if !ok {
		return "", nil // there was no log, or an earlier version sealed the desk
	}
	path := inDesk(dir, logDir)
	root, err := custody.RootAt(path, sealed.Leaves)
	switch {
	case errors.Is(err, custody.ErrNoLog):
		return "it is gone", nil
	case errors.Is(err, custody.ErrNoLeaf):
		now, err := custody.StandsAt(path)
		return fmt.Sprintf("it has %d leaves, sealed were %d", now, sealed.Leaves), err
	case errors.Is(err, custody.ErrDamaged):
		return err.Error(), nil
	case err != nil:
		return "", err
	case root.String() != sealed.Root:
		return fmt.Sprintf("its first %d leaves are not those that were sealed", sealed.Leaves), nil
	}
	return "", nil
}

// continues returns ErrDamaged for a custody log that does not continue the one that
// was sealed: what is written onto it would hide that.
func (d *Desk) continues(s seal.Seal) error {
	why, err := logFault(d.dir, s)
	if err != nil {
		return fmt.Errorf("%s: %w", logDir, err)
	}
	if why != "" {
		return fmt.Errorf("%s: %w: %s: it does not continue the log that was sealed (put the later one back; or, once you know what happened, remove %s and the desk is sealed anew)",
			logDir, ErrDamaged, why, sealFile)
	}
	return nil
}

// sealLog puts into the seal how far the custody log has come. One that is at fault
// stays as it was sealed, so that the fault stays to be found.
func (d *Desk) sealLog(before, next seal.Seal) error {
	path := inDesk(d.dir, logDir)
	if why, err := logFault(d.dir, before); err != nil || why != "" {
		return err
	}
	n, err := custody.StandsAt(path)
	if errors.Is(err, custody.ErrNoLog) || errors.Is(err, custody.ErrDamaged) {
		return nil // opening it names the fault
	} else if err != nil {
		return err
	}
	root, err := custody.RootAt(path, n)
	if errors.Is(err, custody.ErrDamaged) {
		return nil
	} else if err != nil {
		return err
	}
	next[logDir] = seal.Entry{File: logDir, Leaves: n, Root: root.String()}
	return nil
}

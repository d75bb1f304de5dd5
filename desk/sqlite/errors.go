package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/turtlebay/turtlebay/desk"
	driver "modernc.org/sqlite" // pure Go
	codes "modernc.org/sqlite/lib"
)

// code is the primary code of an error of SQLite; the rest is detail.
func code(err error) int { return detailed(err) & 0xff }

func detailed(err error) int {
	var e *driver.Error
	if !errors.As(err, &e) {
		return codes.SQLITE_OK
	}
	return e.Code()
}

// full reports whether there was no room. SQLite says so of the store and its log; of
// their index and of quotas it knows no more than that a file could not grow.
func full(err error) bool {
	switch detailed(err) {
	case codes.SQLITE_IOERR_WRITE, codes.SQLITE_IOERR_SHMSIZE, codes.SQLITE_IOERR_SHMOPEN, codes.SQLITE_IOERR_SHMMAP, codes.SQLITE_IOERR_TRUNCATE:
		return true
	}
	return code(err) == codes.SQLITE_FULL || errors.Is(err, syscall.ENOSPC)
}

// known says an error of SQLite in the words of desk, where it has one for it.
func known(err error) error {
	if full(err) {
		return fmt.Errorf("%w: %w", desk.ErrFull, err)
	}
	switch code(err) {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", desk.ErrBusy, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", desk.ErrDamaged, err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %w", desk.ErrReadOnly, err)
	}
	return err
}

// rolledBack reports whether SQLite rolled back for itself, as it does where the
// disk is full.
func rolledBack(err error) bool {
	return code(err) == codes.SQLITE_ERROR && strings.Contains(err.Error(), "no transaction is active")
}

// cannotWrite reports whether a file could not be opened because it, or a file
// beside it, cannot be written.
func cannotWrite(err error) bool {
	c := code(err)
	return c == codes.SQLITE_READONLY || c == codes.SQLITE_CANTOPEN
}

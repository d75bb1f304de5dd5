package sqlite

import (
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/desk"
	driver "modernc.org/sqlite" // pure Go
	codes "modernc.org/sqlite/lib"
)

// known says an error of SQLite in the words of desk, where it has one for it.
func known(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the primary code; the rest is detail
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", desk.ErrBusy, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", desk.ErrDamaged, err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN:
		return fmt.Errorf("the file or its folder cannot be written: %w", err)
	}
	return err
}

package sqlite

import (
	"context"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
)

// copier is what the driver's connections can do beside what database/sql knows.
type copier interface {
	NewBackup(to string) (*driver.Backup, error)
}

// Snapshot implements desk.Store with SQLite's online backup: page for page, so that
// what did not change has the same bytes in the next one.
func (s *Store) Snapshot(ctx context.Context, path string) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("copy the store: %w", known(err))
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		from, ok := c.(copier)
		if !ok {
			return errors.New("the driver cannot copy")
		}
		b, err := from.NewBackup(path)
		if err != nil {
			return err
		}
		more := true
		for err == nil && more {
			if err = ctx.Err(); err == nil {
				more, err = b.Step(-1) // in one go: a pause would let a writer begin it anew
			}
		}
		return errors.Join(err, b.Finish())
	})
	if err != nil {
		return fmt.Errorf("copy the store: %w", known(err))
	}
	return nil
}

// Package sqlite keeps a desk in one SQLite file. It implements desk.Store.
//
//	store, err := sqlite.Open("desk.sqlite")
//	defer store.Close()
//
// The schema is a list of migrations; a file that a later version migrated
// further is refused with desk.ErrNewer and left as it is. A file that cannot be
// written, or not for want of room, is opened to be read.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/turtlebay/turtlebay/desk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// pragmas: what was committed survives a power cut; a second process that wants
// to write waits briefly and is then told that the desk is in use. 32 MB of pages
// hold the index of a million records, or nearly.
const pragmas = "_pragma=busy_timeout(500)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-32000)&_pragma=wal_autocheckpoint(16000)&_txlock=immediate"

// Store is a desk.Store in a SQLite file.
type Store struct {
	db          *sql.DB
	path        string
	has, wants  int64
	readOnly    error  // why it is only read, nil if it is not
	immutableAs *state // of a file that is read without locks: how it was then
}

// state is what shows that a file was written to.
type state struct {
	size int64
	at   time.Time
}

// Open opens or makes the file. It is a desk.Opener.
func Open(path string) (desk.Store, error) {
	s := &Store{path: path}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open() error {
	there, err := checkHeader(s.path)
	if err != nil {
		return err
	}
	if s.wants, err = latest(); err != nil {
		return err
	}
	if !there {
		s.make()
	}
	err = s.connect(pragmas)
	switch {
	case there && full(err):
		s.readOnly = desk.ErrFull
	case there && cannotWrite(err):
		s.readOnly = desk.ErrReadOnly
	}
	if s.readOnly != nil {
		if e := s.connect(s.readingOptions()); e == nil || s.readOnly == desk.ErrReadOnly {
			err = e
		}
	}
	if err != nil {
		return err
	}
	if s.has > s.wants {
		return errors.Join(fmt.Errorf("schema %d, this program knows %d: %w", s.has, s.wants, desk.ErrNewer), s.db.Close())
	}
	return nil
}

// make makes the file for its owner alone; SQLite gives its log and index the same
// mode. Where that fails, SQLite says why.
func (s *Store) make() {
	if f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close()
	}
}

// connect opens the file with options of its URI and reads its version.
func (s *Store) connect(options string) error {
	db, err := sql.Open("sqlite", dataSource(s.path, options))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(4) // a transaction, and readers beside it
	s.db = db
	if s.has, err = s.version(); err != nil {
		return errors.Join(fmt.Errorf("read the schema's version: %w", known(err)), db.Close())
	}
	return nil
}

// readingOptions are for a file that cannot be written. Without a log beside it
// nothing is missing from the file itself, and it is read without locks, for
// which files would have to be made.
func (s *Store) readingOptions() string {
	if info, err := os.Stat(s.path + "-wal"); err == nil && info.Size() > 0 {
		return "mode=ro&_pragma=busy_timeout(500)"
	}
	if info, err := os.Stat(s.path); err == nil {
		s.immutableAs = &state{info.Size(), info.ModTime()}
	}
	return "mode=ro&immutable=1"
}

// steady is the error of a file that was written to while it was read without
// locks; what was read may not belong together then.
func (s *Store) steady() error {
	if s.immutableAs == nil {
		return nil
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if info.Size() != s.immutableAs.size || !info.ModTime().Equal(s.immutableAs.at) {
		return fmt.Errorf("%w: the store was written to while it was read", desk.ErrBusy)
	}
	return nil
}

// header begins every SQLite file.
const header = "SQLite format 3\x00"

// checkHeader refuses a file that is something else: SQLite would take one of a
// few bytes for an empty store and write over it.
func checkHeader(path string) (there bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // it is made
	} else if err != nil {
		return false, err
	}
	defer f.Close()
	got := make([]byte, len(header))
	switch n, err := io.ReadFull(f, got); {
	case n == 0 && errors.Is(err, io.EOF):
		return true, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, err
	case string(got) != header:
		return false, fmt.Errorf("not an SQLite file: %w", desk.ErrDamaged)
	}
	return true, nil
}

// dataSource is the URI of the file: SQLite takes escapes back, so that a path may
// hold ?, # and %.
func dataSource(path, options string) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: options}).String()
}

// version reads which migrations were applied, and writes nothing, unlike goose.
func (s *Store) version() (int64, error) {
	var tables, versions int
	err := s.db.QueryRow("SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_master WHERE type = 'table'").Scan(&tables, &versions)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case versions == 0:
		return 0, fmt.Errorf("tables of something else: %w", desk.ErrDamaged)
	}
	var v sql.NullInt64
	err = s.db.QueryRow("SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&v)
	return v.Int64, err
}

// latest is the version of the last migration: its file's name begins with it.
func latest() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("migrations: %w", err)
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(names[len(names)-1], "migrations/"), "_")
	return strconv.ParseInt(number, 10, 64)
}

// Schema implements desk.Store.
func (s *Store) Schema() (has, wants int) { return int(s.has), int(s.wants) }

// Upgrade implements desk.Store.
func (s *Store) Upgrade(ctx context.Context) error {
	if s.readOnly != nil {
		return fmt.Errorf("bring the schema up to date: %w", s.readOnly)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.db, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", known(err))
	}
	s.has, err = s.version()
	return known(err)
}

// Settle implements desk.Store.
func (s *Store) Settle(ctx context.Context) (bool, error) {
	var busy, inLog, moved int
	if err := s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inLog, &moved); err != nil {
		return false, fmt.Errorf("settle: %w", known(err))
	}
	return busy == 0, nil
}

// Check implements desk.Store.
func (s *Store) Check(ctx context.Context) error {
	var found string
	if err := s.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check: %w", known(err))
	}
	if found != "ok" {
		return fmt.Errorf("check: %w: %s", desk.ErrDamaged, found)
	}
	return s.steady()
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Package sqlite keeps a desk in one SQLite file. It implements desk.Store.
//
//	store, err := sqlite.Open("desk.sqlite")
//	defer store.Close()
//
// The schema is a list of migrations; a file that a later version migrated
// further is refused with desk.ErrNewer and left as it is.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	"github.com/pressly/goose/v3"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
)

//go:embed migrations/*.sql
var migrations embed.FS

// pragmas: a committed batch survives a power cut; a second process that wants to
// write waits briefly and is then told that the desk is in use.
const pragmas = "_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=busy_timeout(2000)&_pragma=foreign_keys(1)&_txlock=immediate"

// Store is a desk.Store in a SQLite file.
type Store struct {
	db *sql.DB
}

// Open opens or makes the file and brings its schema up to date. It is a
// desk.Opener.
func Open(path string) (desk.Store, error) {
	if err := checkHeader(path); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db.SetMaxOpenConns(2) // a batch and a reader beside it
	if err := migrate(db); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, known(err)), db.Close())
	}
	return &Store{db}, nil
}

// header begins every SQLite file.
const header = "SQLite format 3\x00"

// checkHeader refuses a file that is something else: SQLite would take one of a
// few bytes for an empty store and write over it.
func checkHeader(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is made
	} else if err != nil {
		return err
	}
	defer f.Close()
	got := make([]byte, len(header))
	switch n, err := io.ReadFull(f, got); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(got) != header:
		return fmt.Errorf("not an SQLite file: %w", desk.ErrDamaged)
	}
	return nil
}

// dataSource is the URI of the file: SQLite takes escapes back, so that a path may
// hold ?, # and %.
func dataSource(path string) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: pragmas}).String()
}

func migrate(db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	ctx := context.Background()
	version, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	sources := p.ListSources()
	if latest := sources[len(sources)-1].Version; version > latest {
		return fmt.Errorf("schema %d, this program knows %d: %w", version, latest, desk.ErrNewer)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Records implements desk.Store.
func (s *Store) Records(ctx context.Context, kind string) ([]desk.Held, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, kind, digest, content FROM records WHERE kind = ? ORDER BY id", kind)
	if err != nil {
		return nil, fmt.Errorf("query records: %w", known(err))
	}
	defer rows.Close()
	var out []desk.Held
	for rows.Next() {
		var h desk.Held
		if err := rows.Scan(&h.ID, &h.Kind, &h.Digest, &h.Bytes); err != nil {
			return nil, fmt.Errorf("read record: %w", known(err))
		}
		out = append(out, h)
	}
	return out, known(rows.Err())
}

// Kinds implements desk.Store.
func (s *Store) Kinds(ctx context.Context) ([]desk.KindCount, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT kind, count(*) FROM records GROUP BY kind ORDER BY kind")
	if err != nil {
		return nil, fmt.Errorf("count records: %w", known(err))
	}
	defer rows.Close()
	var out []desk.KindCount
	for rows.Next() {
		var k desk.KindCount
		if err := rows.Scan(&k.Kind, &k.Records); err != nil {
			return nil, fmt.Errorf("count records: %w", known(err))
		}
		out = append(out, k)
	}
	return out, known(rows.Err())
}

// Receipts implements desk.Store.
func (s *Store) Receipts(ctx context.Context) ([]intake.Receipt, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT content FROM receipts ORDER BY number")
	if err != nil {
		return nil, fmt.Errorf("query receipts: %w", known(err))
	}
	defer rows.Close()
	var out []intake.Receipt
	for rows.Next() {
		var b []byte
		var r intake.Receipt
		if err := rows.Scan(&b); err != nil {
			return nil, fmt.Errorf("read receipt: %w", known(err))
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return nil, fmt.Errorf("read receipt: %w: %w", desk.ErrDamaged, err)
		}
		out = append(out, r)
	}
	return out, known(rows.Err())
}

// Begin implements desk.Store.
func (s *Store) Begin(ctx context.Context) (desk.Batch, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", known(err))
	}
	b := &batch{ctx: ctx, tx: tx}
	if b.find, err = tx.PrepareContext(ctx, "SELECT digest FROM records WHERE kind = ? AND id = ?"); err == nil {
		b.insert, err = tx.PrepareContext(ctx, "INSERT OR REPLACE INTO records (kind, id, digest, content) VALUES (?, ?, ?, ?)")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin: %w", known(err)), tx.Rollback())
	}
	return b, nil
}

type batch struct {
	ctx          context.Context
	tx           *sql.Tx
	find, insert *sql.Stmt
}

// Add implements desk.Batch.
func (b *batch) Add(h desk.Held) (bool, error) {
	var digest string
	err := b.find.QueryRowContext(b.ctx, h.Kind, h.ID).Scan(&digest)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return true, b.Replace(h)
	case err != nil:
		return false, fmt.Errorf("look up %s: %w", h.ID, known(err))
	case digest != h.Digest:
		return false, desk.ErrConflict
	}
	return false, nil
}

// Replace implements desk.Batch.
func (b *batch) Replace(h desk.Held) error {
	if _, err := b.insert.ExecContext(b.ctx, h.Kind, h.ID, h.Digest, h.Bytes); err != nil {
		return fmt.Errorf("hold %s: %w", h.ID, known(err))
	}
	return nil
}

// Receipt implements desk.Batch.
func (b *batch) Receipt(r intake.Receipt) error {
	content, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode receipt: %w", err)
	}
	if _, err := b.tx.ExecContext(b.ctx, "INSERT INTO receipts (content) VALUES (?)", content); err != nil {
		return fmt.Errorf("keep receipt: %w", known(err))
	}
	return nil
}

// Commit implements desk.Batch.
func (b *batch) Commit() error {
	if err := b.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", known(err))
	}
	return nil
}

// Rollback implements desk.Batch.
func (b *batch) Rollback() error {
	if err := b.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", known(err))
	}
	return nil
}

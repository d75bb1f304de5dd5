package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/desk"
)

// tx is a desk.Tx.
type tx struct {
	ctx  context.Context
	tx   *sql.Tx
	find *sql.Stmt
	put  *sql.Stmt
}

const (
	// the ids come as one JSON array, so that a thousand of them are one query
	findQuery = "SELECT " + columns + " FROM json_each(?) j CROSS JOIN versions v CROSS JOIN batches b" +
		" ON v.kind = ? AND v.id = j.value AND b.number = v.number >> 32 AND (b.state = 'complete' OR b.number = ?) ORDER BY j.key, v.number"
	putQuery = "INSERT OR REPLACE INTO versions (number, kind, id, digest, content) VALUES (?, ?, ?, ?, ?)"
)

// Begin implements desk.Store.
func (s *Store) Begin(ctx context.Context) (desk.Tx, error) {
	if s.readOnly != nil {
		return nil, fmt.Errorf("begin: %w", s.readOnly)
	}
	inner, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", known(err))
	}
	t := &tx{ctx: ctx, tx: inner}
	if t.find, err = inner.PrepareContext(ctx, findQuery); err == nil {
		t.put, err = inner.PrepareContext(ctx, putQuery)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin: %w", known(err)), inner.Rollback())
	}
	return t, nil
}

func (t *tx) exec(what, query string, args ...any) error {
	if _, err := t.tx.ExecContext(t.ctx, query, args...); err != nil {
		return fmt.Errorf("%s: %w", what, known(err))
	}
	return nil
}

// values are the fields of a batch in the order of batchColumns.
func values(b desk.Batch) ([]any, error) {
	receipt, err := json.Marshal(b.Receipt)
	if err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	columns, err := json.Marshal(append([]string{}, b.Columns...))
	if err != nil {
		return nil, fmt.Errorf("encode columns: %w", err)
	}
	return []any{
		b.Number, string(b.State), b.Item, b.Object, b.Kind, b.Source, b.Tool, b.Params, b.Actor,
		b.Base, b.Completed, b.Settled, b.Records, receipt, string(columns), append([]byte{}, b.Key...), b.Root, b.Leaf,
	}, nil
}

// Open implements desk.Tx.
func (t *tx) Open(b desk.Batch) (int64, error) {
	if err := t.tx.QueryRowContext(t.ctx, "SELECT coalesce(max(number), 0) + 1 FROM batches").Scan(&b.Number); err != nil {
		return 0, fmt.Errorf("open batch: %w", known(err))
	}
	b.State = desk.Staged
	return b.Number, t.Update(b)
}

// Update implements desk.Tx.
func (t *tx) Update(b desk.Batch) error {
	args, err := values(b)
	if err != nil {
		return err
	}
	what := "batch " + desk.BatchID(b.Number)
	if err := t.exec(what, "INSERT OR REPLACE INTO batches ("+batchColumns+") VALUES ("+strings.Repeat("?, ", len(args)-1)+"?)", args...); err != nil {
		return err
	}
	if b.State != desk.Complete || b.Receipt.File == "" {
		return nil
	}
	return t.exec(what+": receipt", "INSERT OR IGNORE INTO receipts (content, batch) SELECT receipt, number FROM batches WHERE number = ?", b.Number)
}

// Drop implements desk.Tx.
func (t *tx) Drop(batch int64) error {
	what := "drop " + desk.BatchID(batch)
	result, err := t.tx.ExecContext(t.ctx, "DELETE FROM batches WHERE number = ? AND state <> 'complete'", batch)
	if err != nil {
		return fmt.Errorf("%s: %w", what, known(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("%s: it is complete, or there is none", what)
	}
	if err := t.exec(what, "DELETE FROM versions WHERE number >= ? AND number < ?", number(batch, 0), number(batch+1, 0)); err != nil {
		return err
	}
	return t.Quarantined(batch)
}

// idsAtOnce bounds how many ids one query asks for.
const idsAtOnce = 1000

// Newest implements desk.Tx.
func (t *tx) Newest(batch int64, kind string, ids []string) (map[string]desk.Held, error) {
	out := map[string]desk.Held{}
	for from := 0; from < len(ids); from += idsAtOnce {
		if err := t.newest(out, batch, kind, ids[from:min(from+idsAtOnce, len(ids))]); err != nil {
			return nil, fmt.Errorf("look up records: %w", known(err))
		}
	}
	return out, nil
}

func (t *tx) newest(into map[string]desk.Held, batch int64, kind string, ids []string) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := t.find.QueryContext(t.ctx, string(list), kind, batch)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		h, err := scanHeld(rows)
		if err != nil {
			return err
		}
		if was, ok := into[h.ID]; !ok || was.Batch != batch {
			into[h.ID] = h
		}
	}
	return rows.Err()
}

// Put implements desk.Tx.
func (t *tx) Put(versions ...desk.Held) error {
	for _, h := range versions {
		digest, err := hex.DecodeString(h.Digest)
		if err != nil {
			return fmt.Errorf("hold %s: digest: %w", h.ID, err)
		}
		if _, err := t.put.ExecContext(t.ctx, number(h.Batch, h.Place), h.Kind, h.ID, digest, h.Bytes); err != nil {
			return fmt.Errorf("hold %s: %w", h.ID, known(err))
		}
	}
	return nil
}

// Refuse implements desk.Tx.
func (t *tx) Refuse(batch int64, rows []desk.Refused) error {
	for _, r := range rows {
		content, err := json.Marshal(r.Refusal)
		if err != nil {
			return fmt.Errorf("encode refused row %d: %w", r.Row, err)
		}
		if err := t.exec("keep refused row", "INSERT OR REPLACE INTO refused (batch, row, content) VALUES (?, ?, ?)", batch, r.Row, content); err != nil {
			return err
		}
	}
	return nil
}

// Quarantined implements desk.Tx.
func (t *tx) Quarantined(batch int64) error {
	return t.exec("clear refused rows", "DELETE FROM refused WHERE batch = ?", batch)
}

// Note implements desk.Tx.
func (t *tx) Note(h desk.Held) error {
	digest, err := hex.DecodeString(h.Digest)
	if err != nil {
		return fmt.Errorf("hold %s: digest: %w", h.ID, err)
	}
	return t.exec("hold "+h.ID, "INSERT OR REPLACE INTO notes (kind, id, digest, content) VALUES (?, ?, ?, ?)", h.Kind, h.ID, digest, h.Bytes)
}

// Commit implements desk.Tx.
func (t *tx) Commit() error {
	if err := t.tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", known(err))
	}
	return nil
}

// Rollback implements desk.Tx.
func (t *tx) Rollback() error {
	err := t.tx.Rollback()
	if err == nil || errors.Is(err, sql.ErrTxDone) || rolledBack(err) {
		return nil
	}
	return fmt.Errorf("roll back: %w", known(err))
}

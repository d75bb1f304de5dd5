package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
)

// numbers of versions are their batch times placesInBatch, plus their place in it:
// a batch's versions lie together and in order.
const placesInBatch = 1 << 32

func number(batch, place int64) int64 { return batch*placesInBatch + place }

// columns are what a version is read from; without content the last is empty.
const (
	columns  = "v.number, v.kind, v.id, v.digest, v.content"
	bareOnly = "v.number, v.kind, v.id, v.digest, NULL"
)

func wanted(content bool) string {
	if content {
		return columns
	}
	return bareOnly
}

// seen joins the batches whose versions a reader sees.
const seen = " CROSS JOIN batches b ON b.number = v.number >> 32 AND b.state = 'complete' "

type scanner interface{ Scan(...any) error }

func scanHeld(row scanner) (desk.Held, error) {
	var h desk.Held
	var n int64
	var digest []byte
	if err := row.Scan(&n, &h.Kind, &h.ID, &digest, &h.Bytes); err != nil {
		return h, err
	}
	h.Digest, h.Batch, h.Place = hex.EncodeToString(digest), n/placesInBatch, n%placesInBatch
	return h, nil
}

// each runs a query and scans its rows one after the other.
func each[T any](ctx context.Context, s *Store, what string, scan func(scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(none, fmt.Errorf("query %s: %w", what, known(err)))
			return
		}
		defer rows.Close()
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				yield(none, fmt.Errorf("read %s: %w", what, known(err)))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		err = known(rows.Err())
		if err == nil {
			err = s.steady()
		}
		if err != nil {
			yield(none, fmt.Errorf("read %s: %w", what, err))
		}
	}
}

func all[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Records implements desk.Store.
func (s *Store) Records(ctx context.Context, kind string) iter.Seq2[desk.Held, error] {
	versions := each(ctx, s, "records", scanHeld,
		"SELECT "+columns+" FROM versions v"+seen+"WHERE v.kind = ? ORDER BY v.id, v.number", kind)
	return func(yield func(desk.Held, error) bool) {
		var last *desk.Held // the newest version so far of its id
		for h, err := range versions {
			if err != nil {
				yield(desk.Held{}, err)
				return
			}
			if last != nil && last.ID != h.ID && !yield(*last, nil) {
				return
			}
			last = &h
		}
		if last != nil {
			yield(*last, nil)
		}
	}
}

// Versions implements desk.Store.
func (s *Store) Versions(ctx context.Context, batch int64, content bool) iter.Seq2[desk.Held, error] {
	return each(ctx, s, "versions of a batch", scanHeld,
		"SELECT "+wanted(content)+" FROM versions v WHERE v.number >= ? AND v.number < ? ORDER BY v.number", number(batch, 0), number(batch+1, 0))
}

// Version implements desk.Store.
func (s *Store) Version(ctx context.Context, kind, id string, content bool) (desk.Held, bool, error) {
	row := s.db.QueryRowContext(ctx, "SELECT "+wanted(content)+" FROM versions v"+seen+
		"WHERE v.kind = ? AND v.id = ? ORDER BY v.number DESC LIMIT 1", kind, id)
	h, err := scanHeld(row)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return desk.Held{}, false, s.steady()
	case err != nil:
		return desk.Held{}, false, fmt.Errorf("look up %s: %w", id, known(err))
	}
	return h, true, s.steady()
}

// Notes implements desk.Store.
func (s *Store) Notes(ctx context.Context, kind string) ([]desk.Held, error) {
	return all(each(ctx, s, "notes", scanHeld, "SELECT 0, kind, id, digest, content FROM notes WHERE kind = ? ORDER BY id", kind))
}

// Kinds implements desk.Store.
func (s *Store) Kinds(ctx context.Context) ([]desk.KindCount, error) {
	return all(each(ctx, s, "number of records", func(row scanner) (k desk.KindCount, err error) {
		return k, row.Scan(&k.Kind, &k.Records)
	}, "SELECT v.kind, count(DISTINCT v.id) FROM versions v"+seen+"GROUP BY v.kind ORDER BY v.kind"))
}

const batchColumns = "number, state, item, object, kind, source, tool, params, actor, base, completed, settled, records, receipt, columns, key, root, leaf"

// Batches implements desk.Store.
func (s *Store) Batches(ctx context.Context) ([]desk.Batch, error) {
	return all(each(ctx, s, "batches", scanBatch,
		"SELECT "+batchColumns+", EXISTS (SELECT 1 FROM refused WHERE batch = number) FROM batches ORDER BY number"))
}

func scanBatch(row scanner) (b desk.Batch, err error) {
	var receipt, columns []byte
	if err := row.Scan(&b.Number, &b.State, &b.Item, &b.Object, &b.Kind, &b.Source, &b.Tool, &b.Params, &b.Actor,
		&b.Base, &b.Completed, &b.Settled, &b.Records, &receipt, &columns, &b.Key, &b.Root, &b.Leaf, &b.Owes); err != nil {
		return b, err
	}
	if err := json.Unmarshal(columns, &b.Columns); err != nil {
		return b, fmt.Errorf("columns: %w: %w", desk.ErrDamaged, err)
	}
	b.Receipt, err = decodeReceipt(receipt)
	return b, err
}

func decodeReceipt(b []byte) (r intake.Receipt, err error) {
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("receipt: %w: %w", desk.ErrDamaged, err)
	}
	return r, nil
}

// Receipts implements desk.Store.
func (s *Store) Receipts(ctx context.Context) ([]intake.Receipt, error) {
	return all(each(ctx, s, "receipts", func(row scanner) (r intake.Receipt, err error) {
		var b []byte
		if err := row.Scan(&b); err != nil {
			return r, err
		}
		return decodeReceipt(b)
	}, "SELECT content FROM receipts ORDER BY number"))
}

// Refused implements desk.Store.
func (s *Store) Refused(ctx context.Context, batch int64) iter.Seq2[desk.Refused, error] {
	return each(ctx, s, "refused rows", func(row scanner) (r desk.Refused, err error) {
		var b []byte
		if err := row.Scan(&r.Row, &b); err != nil {
			return r, err
		}
		if err := json.Unmarshal(b, &r.Refusal); err != nil {
			return r, fmt.Errorf("refused row %d: %w: %w", r.Row, desk.ErrDamaged, err)
		}
		return r, nil
	}, "SELECT row, content FROM refused WHERE batch = ? ORDER BY row", batch)
}

package desktest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
)

// Memory returns an opener of stores that live as long as it does: opening a path
// again gives the same store. The file at the path only marks the place.
func Memory() desk.Opener {
	var mu sync.Mutex
	held := map[string]*memory{}
	keep := func(path string, c content) error {
		mu.Lock()
		defer mu.Unlock()
		if held[path] != nil {
			return fmt.Errorf("copy store: %s: %w", path, os.ErrExist)
		}
		held[path] = &memory{content: c, keep: held[""].keep}
		return os.WriteFile(path, []byte("held in memory\n"), 0o600)
	}
	held[""] = &memory{keep: keep}
	return func(path string) (desk.Store, error) {
		mu.Lock()
		defer mu.Unlock()
		if held[path] == nil {
			if err := os.WriteFile(path, []byte("held in memory\n"), 0o600); err != nil {
				return nil, fmt.Errorf("open store: %w", err)
			}
			held[path] = &memory{keep: keep, content: content{
				batches: map[int64]desk.Batch{}, versions: map[place]desk.Held{},
				notes: map[name]desk.Held{}, refused: map[int64]map[int64]*intake.Refusal{},
			}}
		}
		return held[path], nil
	}
}

type (
	place struct{ batch, place int64 }
	name  struct{ kind, id string }
)

// content is what a store holds: the maps of one that was committed never change.
type content struct {
	batches  map[int64]desk.Batch
	versions map[place]desk.Held
	notes    map[name]desk.Held
	refused  map[int64]map[int64]*intake.Refusal // by batch and row
	receipts []intake.Receipt
}

func (c content) clone() content {
	out := content{maps.Clone(c.batches), maps.Clone(c.versions), maps.Clone(c.notes), map[int64]map[int64]*intake.Refusal{}, slices.Clone(c.receipts)}
	for batch, rows := range c.refused {
		out.refused[batch] = maps.Clone(rows)
	}
	return out
}

// newest is, by id, the version of the batch itself, else of the complete batch
// with the highest number.
func (c content) newest(kind string, batch int64) map[string]desk.Held {
	out := map[string]desk.Held{}
	for at, h := range c.versions {
		if h.Kind != kind || at.batch != batch && c.batches[at.batch].State != desk.Complete {
			continue
		}
		if was, ok := out[h.ID]; !ok || was.Batch != batch && (at.batch == batch || at.batch > was.Batch) {
			out[h.ID] = h
		}
	}
	return out
}

// memory is one store.
type memory struct {
	mu      sync.Mutex
	content content
	writing sync.Mutex // held while a transaction is open
	keep    func(path string, c content) error
}

func (m *memory) now() content {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.content
}

func (m *memory) Schema() (has, wants int) { return 1, 1 }

func (m *memory) Upgrade(context.Context) error { return nil }

func (m *memory) Settle(context.Context) (bool, error) { return true, nil }

func (m *memory) Snapshot(_ context.Context, path string) error { return m.keep(path, m.now().clone()) }

func (m *memory) Check(context.Context) error { return nil }

func (m *memory) Close() error { return nil }

// deliver gives copies of what is held.
func deliver(held []desk.Held, content bool, order func(a, b desk.Held) int) iter.Seq2[desk.Held, error] {
	slices.SortFunc(held, order)
	return func(yield func(desk.Held, error) bool) {
		for _, h := range held {
			h.Bytes = bytes.Clone(h.Bytes)
			if !content {
				h.Bytes = nil
			}
			if !yield(h, nil) {
				return
			}
		}
	}
}

func byID(a, b desk.Held) int { return cmp.Compare(a.ID, b.ID) }

func byPlace(a, b desk.Held) int { return cmp.Compare(a.Place, b.Place) }

func (m *memory) Records(_ context.Context, kind string) iter.Seq2[desk.Held, error] {
	return deliver(slices.Collect(maps.Values(m.now().newest(kind, 0))), true, byID)
}

func (m *memory) Versions(_ context.Context, batch int64, content bool) iter.Seq2[desk.Held, error] {
	var of []desk.Held
	for at, h := range m.now().versions {
		if at.batch == batch {
			of = append(of, h)
		}
	}
	return deliver(of, content, byPlace)
}

func (m *memory) Version(_ context.Context, kind, id string, content bool) (desk.Held, bool, error) {
	h, ok := m.now().newest(kind, 0)[id]
	for h := range deliver([]desk.Held{h}, content, byID) {
		return h, ok, nil
	}
	return h, ok, nil
}

func (m *memory) Notes(_ context.Context, kind string) ([]desk.Held, error) {
	var of, out []desk.Held
	for _, h := range m.now().notes {
		if h.Kind == kind {
			of = append(of, h)
		}
	}
	for h := range deliver(of, true, byID) {
		out = append(out, h)
	}
	return out, nil
}

func (m *memory) Kinds(context.Context) ([]desk.KindCount, error) {
	c, kinds := m.now(), map[string]bool{}
	for _, h := range c.versions {
		kinds[h.Kind] = true
	}
	var out []desk.KindCount
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		if n := len(c.newest(k, 0)); n > 0 {
			out = append(out, desk.KindCount{Kind: k, Records: n})
		}
	}
	return out, nil
}

func (m *memory) Batches(context.Context) ([]desk.Batch, error) {
	c := m.now()
	out := slices.SortedFunc(maps.Values(c.batches), func(a, b desk.Batch) int { return cmp.Compare(a.Number, b.Number) })
	for i := range out {
		out[i].Owes = len(c.refused[out[i].Number]) > 0
	}
	return out, nil
}

func (m *memory) Receipts(context.Context) ([]intake.Receipt, error) { return m.now().receipts, nil }

func (m *memory) Refused(_ context.Context, batch int64) iter.Seq2[desk.Refused, error] {
	rows := m.now().refused[batch]
	return func(yield func(desk.Refused, error) bool) {
		for _, row := range slices.Sorted(maps.Keys(rows)) {
			if !yield(desk.Refused{Row: row, Refusal: rows[row]}, nil) {
				return
			}
		}
	}
}

func (m *memory) Begin(ctx context.Context) (desk.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	if !m.writing.TryLock() {
		return nil, fmt.Errorf("begin: %w", desk.ErrBusy)
	}
	return &tx{ctx: ctx, to: m, content: m.now().clone()}, nil
}

type tx struct {
	ctx     context.Context
	to      *memory
	content content
	done    bool
}

func (t *tx) Open(b desk.Batch) (int64, error) {
	b.Number, b.State = 1, desk.Staged
	for n := range t.content.batches {
		b.Number = max(b.Number, n+1)
	}
	return b.Number, t.Update(b)
}

func (t *tx) Update(b desk.Batch) error {
	was := t.content.batches[b.Number].State
	if b.State == desk.Complete && was != desk.Complete && b.Receipt.File != "" {
		t.content.receipts = append(t.content.receipts, b.Receipt)
	}
	b.Key = bytes.Clone(b.Key)
	t.content.batches[b.Number] = b
	return nil
}

func (t *tx) Drop(batch int64) error {
	if b, ok := t.content.batches[batch]; !ok || b.State == desk.Complete {
		return fmt.Errorf("drop %s: it is complete, or there is none", desk.BatchID(batch))
	}
	delete(t.content.batches, batch)
	delete(t.content.refused, batch)
	maps.DeleteFunc(t.content.versions, func(at place, _ desk.Held) bool { return at.batch == batch })
	return nil
}

func (t *tx) Newest(batch int64, kind string, ids []string) (map[string]desk.Held, error) {
	all, out := t.content.newest(kind, batch), map[string]desk.Held{}
	for _, id := range ids {
		if h, ok := all[id]; ok {
			out[id] = h
		}
	}
	return out, nil
}

func (t *tx) Put(versions ...desk.Held) error {
	for _, h := range versions {
		h.Bytes = bytes.Clone(h.Bytes)
		t.content.versions[place{h.Batch, h.Place}] = h
	}
	return nil
}

func (t *tx) Refuse(batch int64, rows []desk.Refused) error {
	if t.content.refused[batch] == nil {
		t.content.refused[batch] = map[int64]*intake.Refusal{}
	}
	for _, r := range rows {
		t.content.refused[batch][r.Row] = r.Refusal
	}
	return nil
}

func (t *tx) Quarantined(batch int64) error {
	delete(t.content.refused, batch)
	return nil
}

func (t *tx) Note(h desk.Held) error {
	h.Bytes = bytes.Clone(h.Bytes)
	t.content.notes[name{h.Kind, h.ID}] = h
	return nil
}

func (t *tx) Commit() error {
	if t.done {
		return errors.New("commit: the transaction has ended")
	}
	if err := t.ctx.Err(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	t.to.mu.Lock()
	t.to.content = t.content
	t.to.mu.Unlock()
	return t.Rollback()
}

func (t *tx) Rollback() error {
	if !t.done {
		t.done = true
		t.to.writing.Unlock()
	}
	return nil
}

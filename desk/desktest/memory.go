package desktest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
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
	return func(path string) (desk.Store, error) {
		mu.Lock()
		defer mu.Unlock()
		if held[path] == nil {
			if err := os.WriteFile(path, []byte("held in memory\n"), 0o600); err != nil {
				return nil, fmt.Errorf("open store: %w", err)
			}
			held[path] = &memory{content: content{records: map[key]desk.Held{}}}
		}
		return held[path], nil
	}
}

type key struct{ kind, id string }

type content struct {
	records  map[key]desk.Held
	receipts []intake.Receipt
}

// memory is one store; content is replaced at commit and never changed.
type memory struct {
	mu      sync.Mutex
	content content
	writing sync.Mutex // held while a batch is open
}

func (m *memory) now() content {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.content
}

func (m *memory) Records(_ context.Context, kind string) ([]desk.Held, error) {
	var out []desk.Held
	for k, h := range m.now().records {
		if k.kind == kind {
			h.Bytes = bytes.Clone(h.Bytes)
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b desk.Held) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

func (m *memory) Kinds(context.Context) ([]desk.KindCount, error) {
	count := map[string]int{}
	for k := range m.now().records {
		count[k.kind]++
	}
	var out []desk.KindCount
	for _, k := range slices.Sorted(maps.Keys(count)) {
		out = append(out, desk.KindCount{Kind: k, Records: count[k]})
	}
	return out, nil
}

func (m *memory) Receipts(context.Context) ([]intake.Receipt, error) { return m.now().receipts, nil }

func (m *memory) Close() error { return nil }

func (m *memory) Begin(ctx context.Context) (desk.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	if !m.writing.TryLock() {
		return nil, fmt.Errorf("begin: %w", desk.ErrBusy)
	}
	c := m.now()
	return &batch{ctx: ctx, to: m, content: content{maps.Clone(c.records), slices.Clone(c.receipts)}}, nil
}

type batch struct {
	ctx     context.Context
	to      *memory
	content content
	done    bool
}

func (b *batch) Add(h desk.Held) (bool, error) {
	was, ok := b.content.records[key{h.Kind, h.ID}]
	switch {
	case !ok:
		return true, b.Replace(h)
	case was.Digest != h.Digest:
		return false, desk.ErrConflict
	}
	return false, nil
}

func (b *batch) Replace(h desk.Held) error {
	h.Bytes = bytes.Clone(h.Bytes)
	b.content.records[key{h.Kind, h.ID}] = h
	return nil
}

func (b *batch) Receipt(r intake.Receipt) error {
	b.content.receipts = append(b.content.receipts, r)
	return nil
}

func (b *batch) Commit() error {
	if b.done {
		return errors.New("commit: the batch has ended")
	}
	if err := b.ctx.Err(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	b.to.mu.Lock()
	b.to.content = b.content
	b.to.mu.Unlock()
	return b.Rollback()
}

func (b *batch) Rollback() error {
	if !b.done {
		b.done = true
		b.to.writing.Unlock()
	}
	return nil
}

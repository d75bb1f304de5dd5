package csr

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// snapshot is a pinned state.
type snapshot struct {
	dir     string
	catalog *catalog.Catalog
	books   []*book // by name of chain

	mu     sync.Mutex
	digest string
}

var _ ledger.Snapshot = (*snapshot)(nil)

func openSnapshot(dir string, c *catalog.Catalog) (_ *snapshot, err error) {
	s := &snapshot{dir: dir, catalog: c}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, ch := range c.Chains {
		b := &book{id: ch.Name, hash: c.Key()}
		s.books = append(s.books, b)
		if b.addresses, err = dictionary.Open(dir, ch.Addresses); err != nil {
			return nil, err
		}
		if b.assets, err = dictionary.Open(dir, ch.Assets); err != nil {
			return nil, err
		}
		for _, f := range ch.Segments {
			open, err := segment.OpenNamed(dir, f)
			if err != nil {
				return nil, err
			}
			b.add(open)
		}
		if err := b.check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *snapshot) ID() ledger.SnapshotID { return s.catalog.ID() }

func (s *snapshot) Count() (n uint64) {
	for _, b := range s.books {
		n += uint64(b.Rows())
	}
	return n
}

func (s *snapshot) Chains() []ledger.Extent {
	var out []ledger.Extent
	for _, c := range s.catalog.Chains {
		e := ledger.Extent{Chain: c.Name, First: c.Segments[0].First, Since: c.Segments[0].Since, Until: c.Segments[0].Until}
		for _, f := range c.Segments {
			e.Rows += f.Rows
			e.Last, e.Since, e.Until = f.Last, min(e.Since, f.Since), max(e.Until, f.Until)
		}
		out = append(out, e)
	}
	return out
}

// book is the book of a chain, nil if there is none.
func (s *snapshot) book(id chain.ID) *book {
	i, ok := slices.BinarySearchFunc(s.books, id, func(b *book, id chain.ID) int { return strings.Compare(string(b.id), string(id)) })
	if !ok {
		return nil
	}
	return s.books[i]
}

func (s *snapshot) Book(id chain.ID) (ledger.Book, bool) {
	if b := s.book(id); b != nil {
		return b, true
	}
	return nil, false
}

func (s *snapshot) Close() (err error) {
	for _, b := range s.books {
		err = errors.Join(err, b.close())
	}
	return err
}

func (s *snapshot) Rows(ctx context.Context, id chain.ID, from ledger.Row) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		b := s.book(id)
		if b == nil {
			return
		}
		b.stream(ctx, from, yield)
	}
}

// keptDigest is what such a file says.
type keptDigest struct {
	Digest string `json:"digest"`
}

func (s *snapshot) Digest(ctx context.Context) (_ string, err error) {
	defer fail("digest of ledger", &err)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.digest != "" {
		return s.digest, nil
	}
	path := filepath.Join(s.dir, catalog.DigestName(s.ID()))
	var kept keptDigest
	if err := catalog.ReadJSON(path, &kept); err == nil && kept.Digest != "" {
		s.digest = kept.Digest
		return s.digest, nil
	}
	if kept.Digest, err = s.reckon(ctx); err != nil {
		return "", err
	}
	s.digest = kept.Digest
	if now, err := catalog.Read(s.dir); err == nil && now.ID() == s.ID() {
		_ = catalog.WriteJSON(path, kept) // a ledger that can only be read is reckoned again
	}
	return s.digest, nil
}

// reckon makes the digest of the rows.
func (s *snapshot) reckon(ctx context.Context) (string, error) {
	d := ledger.NewDigest()
	for _, b := range s.books {
		for t, err := range s.Rows(ctx, b.id, 0) {
			if err != nil {
				return "", err
			}
			d.Add(&t)
		}
	}
	return d.String(), nil
}

func (s *snapshot) Degrees(ctx context.Context, of ledger.Frontier) (_ []ledger.Degree, err error) {
	defer fail("degrees in ledger", &err)
	out := make([]ledger.Degree, len(of.Addresses))
	b := s.book(of.Chain)
	if b == nil {
		return out, ctx.Err()
	}
	ids, err := b.Lookup(ctx, of.Addresses)
	if err != nil {
		return nil, err
	}
	defer sections.Guard()()
	defer sections.Catch(&err)
	for i, id := range ids {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = b.degree(id)
	}
	return out, nil
}

func (s *snapshot) Expand(ctx context.Context, of ledger.Frontier, step ledger.Step) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		b := s.book(of.Chain)
		if b == nil {
			if err := ctx.Err(); err != nil {
				yield(ledger.Transfer{}, err)
			}
			return
		}
		b.expand(ctx, of.Addresses, step, yield)
	}
}

func (s *snapshot) Transaction(ctx context.Context, id chain.ID, tx string) (out []ledger.Transfer, err error) {
	defer fail("transaction in ledger", &err)
	b := s.book(id)
	if b == nil {
		return nil, ctx.Err()
	}
	rows, err := b.Transaction(tx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		t, err := b.Row(r)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, ctx.Err()
}

func (s *snapshot) Spenders(ctx context.Context, id chain.ID, of []ledger.Outpoint) (_ []ledger.Transfer, err error) {
	defer fail("spenders in ledger", &err)
	out := make([]ledger.Transfer, len(of))
	b := s.book(id)
	if b == nil {
		return out, ctx.Err()
	}
	for i, o := range of {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r, ok, err := b.Spender(o)
		if err == nil && ok {
			out[i], err = b.Row(r)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// check sees that the parts of a chain fit together.
func (b *book) check() error {
	for _, p := range b.parts {
		if p.s.Accounts() > b.addresses.Len()+1 {
			return &sections.Fault{File: p.s.File().Name(), Why: fmt.Sprintf("names account %d of %d", p.s.Accounts()-1, b.addresses.Len())}
		}
		if !p.s.HasLists() {
			return &sections.Fault{File: p.s.File().Name(), Why: "is no finished segment"}
		}
	}
	if len(b.parts) == 0 {
		return &sections.Fault{File: catalog.Name, Why: "names a chain without rows"}
	}
	return nil
}

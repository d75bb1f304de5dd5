// Package desktest holds stores to the contract of desk.Store. A store's whole
// test is one call:
//
//	func TestStore(t *testing.T) { desktest.Run(t, sqlite.Open) }
//
// It also has a store in memory, for tests of rooms that need a desk and no
// engine:
//
//	d, err := desk.Create(t.TempDir(), desktest.Memory())
package desktest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
)

// Run runs the suite. Opening the same path again must give the same store.
func Run(t *testing.T, open desk.Opener) {
	for name, test := range map[string]func(*testing.T, *suite){
		"a new store is empty":                testEmpty,
		"a batch is seen after its commit":    testCommit,
		"a batch rolled back leaves nothing":  testRollback,
		"a batch cancelled leaves nothing":    testCancel,
		"adding the same again is known":      testKnown,
		"adding other content is a conflict":  testConflict,
		"replace replaces":                    testReplace,
		"records come sorted by id":           testSorted,
		"kinds do not share ids":              testKinds,
		"content is kept byte for byte":       testBytes,
		"receipts keep their order and words": testReceipts,
		"a reopened store still holds":        testReopen,
		"one writes at a time":                testBusy,
		"any history is held as a map would":  testHistory,
	} {
		t.Run(name, func(t *testing.T) { test(t, newSuite(t, open)) })
	}
}

// suite is a store under test, in a file of its own.
type suite struct {
	t     *testing.T
	path  string
	open  desk.Opener
	store desk.Store
}

func newSuite(t *testing.T, open desk.Opener) *suite {
	s := &suite{t: t, path: filepath.Join(t.TempDir(), "store"), open: open}
	s.store = s.another()
	return s
}

// another opens the store's file once more.
func (s *suite) another() desk.Store {
	s.t.Helper()
	store, err := s.open(s.path)
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	s.t.Cleanup(func() { store.Close() })
	return store
}

func (s *suite) begin(store desk.Store) desk.Batch {
	s.t.Helper()
	b, err := store.Begin(context.Background())
	if err != nil {
		s.t.Fatalf("begin: %v", err)
	}
	s.t.Cleanup(func() { b.Rollback() })
	return b
}

func (s *suite) add(b desk.Batch, h desk.Held) bool {
	s.t.Helper()
	added, err := b.Add(h)
	if err != nil {
		s.t.Fatalf("add %s: %v", h.ID, err)
	}
	return added
}

func (s *suite) commit(b desk.Batch) {
	s.t.Helper()
	if err := b.Commit(); err != nil {
		s.t.Fatalf("commit: %v", err)
	}
}

// hold adds records in a batch of their own.
func (s *suite) hold(hs ...desk.Held) {
	s.t.Helper()
	b := s.begin(s.store)
	for _, h := range hs {
		s.add(b, h)
	}
	s.commit(b)
}

// holds fails unless the store holds exactly these of a kind.
func (s *suite) holds(store desk.Store, kind string, want ...desk.Held) {
	s.t.Helper()
	got, err := store.Records(context.Background(), kind)
	if err != nil {
		s.t.Fatalf("records of kind %s: %v", kind, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("records of kind %s (-want +got):\n%s", kind, diff)
	}
}

func (s *suite) receipts(store desk.Store) []intake.Receipt {
	s.t.Helper()
	got, err := store.Receipts(context.Background())
	if err != nil {
		s.t.Fatalf("receipts: %v", err)
	}
	return got
}

func (s *suite) kinds(store desk.Store) []desk.KindCount {
	s.t.Helper()
	got, err := store.Kinds(context.Background())
	if err != nil {
		s.t.Fatalf("kinds: %v", err)
	}
	return got
}

// held is a record with that content.
func held(kind, id, content string) desk.Held {
	return desk.Held{ID: id, Kind: kind, Digest: record.Digest([]byte(content)), Bytes: []byte(content)}
}

func (s *suite) wants(err, want error) {
	s.t.Helper()
	if !errors.Is(err, want) {
		s.t.Errorf("error %v, want %v", err, want)
	}
}

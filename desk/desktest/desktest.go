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
	"bytes"
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
		"a new store is empty":                        testEmpty,
		"a transaction is seen after its commit":      testCommit,
		"a transaction rolled back leaves nothing":    testRollback,
		"a transaction cancelled leaves nothing":      testCancel,
		"staged records are seen by nobody":           testStaged,
		"the newest complete version is seen":         testNewest,
		"a batch finds its own versions first":        testOwn,
		"a version is put in the place of another":    testPlace,
		"many ids are looked up at once":              testMany,
		"batches are numbered and kept whole":         testBatches,
		"a batch that is not complete is dropped":     testDrop,
		"refused rows wait for the quarantine":        testRefused,
		"a note replaces a note":                      testNotes,
		"records come sorted by id":                   testSorted,
		"kinds do not share ids":                      testKinds,
		"content is kept byte for byte":               testBytes,
		"receipts keep their order and words":         testReceipts,
		"a reopened store still holds":                testReopen,
		"one writes at a time":                        testBusy,
		"a snapshot is a store of its own":            testSnapshot,
		"a store that was settled still holds":        testSettle,
		"any history is held as a list of maps would": testHistory,
	} {
		t.Run(name, func(t *testing.T) { test(t, newSuite(t, open)) })
	}
}

// bytewise compares content as a whole: a megabyte would take seconds otherwise.
var bytewise = cmp.Comparer(bytes.Equal)

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
	if has, wants := store.Schema(); has < wants {
		s.must("upgrade", store.Upgrade(context.Background()))
	}
	if has, wants := store.Schema(); has != wants {
		s.t.Fatalf("schema %d after an upgrade, want %d", has, wants)
	}
	return store
}

func (s *suite) must(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// do does something in a transaction of its own.
func (s *suite) do(f func(tx desk.Tx)) {
	s.t.Helper()
	tx := s.begin(s.store)
	f(tx)
	s.must("commit", tx.Commit())
}

func (s *suite) begin(store desk.Store) desk.Tx {
	s.t.Helper()
	tx, err := store.Begin(context.Background())
	s.must("begin", err)
	s.t.Cleanup(func() { tx.Rollback() })
	return tx
}

// stage opens a batch and puts records of it.
func (s *suite) stage(tx desk.Tx, hs ...desk.Held) desk.Batch {
	s.t.Helper()
	b := desk.Batch{Leaf: -1, Records: int64(len(hs))}
	var err error
	b.Number, err = tx.Open(b)
	s.must("open batch", err)
	b.State = desk.Staged
	s.must("put", tx.Put(at(b.Number, hs...)...))
	return b
}

// complete makes a batch complete.
func (s *suite) complete(tx desk.Tx, b desk.Batch) {
	s.t.Helper()
	b.State = desk.Complete
	s.must("update", tx.Update(b))
}

// hold adds records in a complete batch of their own and returns them as they are
// held.
func (s *suite) hold(hs ...desk.Held) []desk.Held {
	s.t.Helper()
	var b desk.Batch
	s.do(func(tx desk.Tx) {
		b = s.stage(tx, hs...)
		s.complete(tx, b)
	})
	return at(b.Number, hs...)
}

// at gives records their places in a batch.
func at(batch int64, hs ...desk.Held) []desk.Held {
	out := make([]desk.Held, len(hs))
	for i, h := range hs {
		h.Batch, h.Place = batch, int64(i)
		out[i] = h
	}
	return out
}

// holds fails unless a reader sees exactly these of a kind.
func (s *suite) holds(store desk.Store, kind string, want ...desk.Held) {
	s.t.Helper()
	var got []desk.Held
	for h, err := range store.Records(context.Background(), kind) {
		s.must("records", err)
		got = append(got, h)
	}
	if diff := cmp.Diff(want, got, bytewise); diff != "" {
		s.t.Errorf("records of kind %s (-want +got):\n%s", kind, diff)
	}
	for _, h := range want {
		one, ok, err := store.Version(context.Background(), kind, h.ID, true)
		if diff := cmp.Diff(h, one, bytewise); diff != "" || !ok || err != nil {
			s.t.Errorf("version of %s: %v, %v\n%s", h.ID, ok, err, diff)
		}
	}
}

// brought fails unless a batch brought exactly these.
func (s *suite) brought(batch int64, want ...desk.Held) {
	s.t.Helper()
	for _, content := range []bool{true, false} {
		i := 0
		for h, err := range s.store.Versions(context.Background(), batch, content) {
			s.must("versions", err)
			w := want[i]
			if !content {
				w.Bytes = nil
			}
			if diff := cmp.Diff(w, h); diff != "" {
				s.t.Errorf("version %d (-want +got):\n%s", i, diff)
			}
			i++
		}
		if i != len(want) {
			s.t.Errorf("%d versions, want %d", i, len(want))
		}
	}
}

func (s *suite) receipts(store desk.Store) []intake.Receipt {
	s.t.Helper()
	got, err := store.Receipts(context.Background())
	s.must("receipts", err)
	return got
}

func (s *suite) kinds(store desk.Store) []desk.KindCount {
	s.t.Helper()
	got, err := store.Kinds(context.Background())
	s.must("kinds", err)
	return got
}

func (s *suite) batches() []desk.Batch {
	s.t.Helper()
	got, err := s.store.Batches(context.Background())
	s.must("batches", err)
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

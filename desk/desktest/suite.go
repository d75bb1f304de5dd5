package desktest

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"pgregory.net/rapid"
)

func testEmpty(t *testing.T, s *suite) {
	s.holds(s.store, "shipment")
	if k, r := s.kinds(s.store), s.receipts(s.store); len(k)+len(r) > 0 {
		t.Errorf("kinds %v, receipts %v", k, r)
	}
}

func testCommit(_ *testing.T, s *suite) {
	one, two := held("a", "A-1", "one"), held("a", "A-2", "two")
	s.hold(one)
	b := s.begin(s.store)
	s.add(b, two)
	s.holds(s.store, "a", one)
	s.holds(s.another(), "a", one)
	s.commit(b)
	s.holds(s.store, "a", one, two)
	s.holds(s.another(), "a", one, two)
	if err := b.Rollback(); err != nil {
		s.t.Errorf("rollback after commit: %v", err)
	}
	s.holds(s.store, "a", one, two)
}

func testRollback(t *testing.T, s *suite) {
	one := held("a", "A-1", "one")
	s.hold(one)
	b := s.begin(s.store)
	s.add(b, held("a", "A-2", "two"))
	if err := b.Replace(held("a", "A-1", "other")); err != nil {
		t.Fatal(err)
	}
	if err := b.Receipt(intake.Receipt{File: "f"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.Rollback(); err != nil {
			t.Errorf("rollback: %v", err)
		}
	}
	if err := b.Commit(); err == nil {
		t.Error("a batch was committed after it was rolled back")
	}
	s.holds(s.store, "a", one)
	if r := s.receipts(s.store); len(r) > 0 {
		t.Errorf("receipts %v", r)
	}
	s.hold(held("a", "A-2", "not what was rolled back"))
}

func testCancel(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(context.Background())
	b, err := s.store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Rollback()
	s.add(b, held("a", "A-1", "one"))
	cancel()
	if err := b.Commit(); err == nil {
		t.Error("a batch was committed after its context was cancelled")
	}
	if err := b.Rollback(); err != nil {
		t.Errorf("rollback: %v", err)
	}
	if _, err := s.store.Begin(ctx); err == nil {
		t.Error("a batch began with a cancelled context")
	}
	s.holds(s.store, "a")
	s.hold(held("a", "A-1", "one"))
}

func testKnown(t *testing.T, s *suite) {
	one := held("a", "A-1", "one")
	b := s.begin(s.store)
	if !s.add(b, one) {
		t.Error("a new record was not added")
	}
	if s.add(b, one) {
		t.Error("added twice in one batch")
	}
	s.commit(b)
	b = s.begin(s.store)
	if s.add(b, one) {
		t.Error("added twice in two batches")
	}
	s.commit(b)
	s.holds(s.store, "a", one)
}

func testConflict(t *testing.T, s *suite) {
	one, two := held("a", "A-1", "one"), held("a", "A-2", "two")
	s.hold(one)
	b := s.begin(s.store)
	added, err := b.Add(held("a", "A-1", "other"))
	s.wants(err, desk.ErrConflict)
	if added {
		t.Error("reported as added")
	}
	s.add(b, two) // the batch goes on
	s.commit(b)
	s.holds(s.store, "a", one, two)
}

func testReplace(t *testing.T, s *suite) {
	one, two, other := held("a", "A-1", "one"), held("a", "A-2", "two"), held("a", "A-1", "other")
	s.hold(one)
	b := s.begin(s.store)
	for _, h := range []desk.Held{other, two} {
		if err := b.Replace(h); err != nil {
			t.Fatal(err)
		}
	}
	s.commit(b)
	s.holds(s.store, "a", other, two)
}

func testSorted(_ *testing.T, s *suite) {
	want := []desk.Held{held("a", "A-1", "1"), held("a", "A-10", "2"), held("a", "A-2", "3"), held("a", "B", "4"), held("a", "a", "5"), held("a", "Ä", "6")}
	for _, i := range []int{3, 0, 5, 2, 4, 1} {
		s.hold(want[i])
	}
	s.holds(s.store, "a", want...)
}

func testKinds(t *testing.T, s *suite) {
	s.hold(held("b", "X-1", "one"), held("a", "X-1", "other"), held("b", "X-2", "two"))
	s.holds(s.store, "a", held("a", "X-1", "other"))
	if diff := cmp.Diff([]desk.KindCount{{Kind: "a", Records: 1}, {Kind: "b", Records: 2}}, s.kinds(s.store)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func testBytes(_ *testing.T, s *suite) {
	want := []desk.Held{
		held("a", "1", "\x00\xff\n'\""),
		held("a", "2", `{"name":"조선광업"}`),
		held("a", "3", string(make([]byte, 1<<20))),
	}
	s.hold(want...)
	s.holds(s.store, "a", want...)
}

func testReceipts(t *testing.T, s *suite) {
	want := []intake.Receipt{
		{File: "z.csv", SHA256: "ff", Bytes: 1 << 40, Kind: "shipment", Source: "Customs of …", Read: 3, New: 1, Known: 1, Refused: 1, ByReason: map[string]int{"id: is missing": 1}},
		{File: "a.jsonl", Format: intake.Format{Form: "csv"}, Stopped: "unexpected end"},
		{File: "z.csv", Read: 3, Known: 3},
	}
	for _, r := range want {
		b := s.begin(s.store)
		if err := b.Receipt(r); err != nil {
			t.Fatal(err)
		}
		s.commit(b)
	}
	for _, store := range []desk.Store{s.store, s.another()} {
		if diff := cmp.Diff(want, s.receipts(store)); diff != "" {
			t.Errorf("receipts (-want +got):\n%s", diff)
		}
	}
}

func testReopen(t *testing.T, s *suite) {
	one := held("a", "A-1", "one")
	s.hold(one)
	dropped := s.begin(s.store)
	s.add(dropped, held("a", "A-2", "never committed"))
	if err := dropped.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s.store = s.another()
	s.holds(s.store, "a", one)
	s.hold(held("a", "A-2", "two"))
}

func testBusy(_ *testing.T, s *suite) {
	second := s.another()
	b := s.begin(s.store)
	s.add(b, held("a", "A-1", "one"))
	_, err := second.Begin(context.Background())
	s.wants(err, desk.ErrBusy)
	s.holds(second, "a")
	s.commit(b)
	b = s.begin(second)
	if s.add(b, held("a", "A-1", "one")) {
		s.t.Error("the second writer does not see what the first committed")
	}
	s.commit(b)
}

// testHistory compares any sequence of batches with a map.
func testHistory(t *testing.T, s *suite) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		at := &suite{t: t, path: filepath.Join(filepath.Dir(s.path), strconv.Itoa(n)), open: s.open}
		var err error
		if at.store, err = s.open(at.path); err != nil {
			rt.Fatal(err)
		}
		defer func() { at.store.Close() }()
		want := map[string]desk.Held{}
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			want = history(rt, at, want)
			got, err := at.store.Records(context.Background(), "a")
			if err != nil {
				rt.Fatal(err)
			}
			sorted := []desk.Held(nil)
			for _, id := range slices.Sorted(maps.Keys(want)) {
				sorted = append(sorted, want[id])
			}
			if diff := cmp.Diff(sorted, got); diff != "" {
				rt.Fatalf("(-want +got):\n%s", diff)
			}
		}
	})
}

// history runs one batch against the store and a copy of the map, and returns
// what should be held after it.
func history(rt *rapid.T, s *suite, before map[string]desk.Held) map[string]desk.Held {
	b, err := s.store.Begin(context.Background())
	if err != nil {
		rt.Fatal(err)
	}
	defer b.Rollback()
	after := maps.Clone(before)
	for range rapid.IntRange(0, 6).Draw(rt, "acts") {
		h := held("a", rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "id"), rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "content"))
		if rapid.Bool().Draw(rt, "replace") {
			if err := b.Replace(h); err != nil {
				rt.Fatal(err)
			}
			after[h.ID] = h
			continue
		}
		was, there := after[h.ID]
		added, err := b.Add(h)
		if added == there || (err != nil) != (there && was.Digest != h.Digest) {
			rt.Fatalf("add %s: added %v, error %v; it held %v", h.ID, added, err, was)
		}
		if added {
			after[h.ID] = h
		}
	}
	if !rapid.Bool().Draw(rt, "commit") {
		return before
	}
	if err := b.Commit(); err != nil {
		rt.Fatal(err)
	}
	return after
}

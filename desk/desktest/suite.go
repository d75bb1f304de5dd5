package desktest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
)

func testEmpty(t *testing.T, s *suite) {
	s.holds(s.store, "shipment")
	if k, r, b := s.kinds(s.store), s.receipts(s.store), s.batches(); len(k)+len(r)+len(b) > 0 {
		t.Errorf("kinds %v, receipts %v, batches %v", k, r, b)
	}
	if _, ok, err := s.store.Version(context.Background(), "shipment", "SHP-1", true); ok || err != nil {
		t.Errorf("a version of nothing: %v, %v", ok, err)
	}
	s.must("check", s.store.Check(context.Background()))
}

func testCommit(_ *testing.T, s *suite) {
	one := s.hold(held("a", "A-1", "one"))
	tx := s.begin(s.store)
	b := s.stage(tx, held("a", "A-2", "two"))
	s.complete(tx, b)
	s.holds(s.store, "a", one...)
	s.holds(s.another(), "a", one...)
	s.must("commit", tx.Commit())
	both := append(one, at(b.Number, held("a", "A-2", "two"))...)
	s.holds(s.store, "a", both...)
	s.holds(s.another(), "a", both...)
	s.must("rollback after commit", tx.Rollback())
	s.holds(s.store, "a", both...)
}

func testRollback(t *testing.T, s *suite) {
	one := s.hold(held("a", "A-1", "one"))
	tx := s.begin(s.store)
	b := s.stage(tx, held("a", "A-1", "other"))
	b.Receipt = intake.Receipt{File: "f"}
	s.must("refuse", tx.Refuse(b.Number, []desk.Refused{{Row: 1, Refusal: &intake.Refusal{Reason: "x"}}}))
	s.must("note", tx.Note(held("n", "N-1", "note")))
	s.complete(tx, b)
	for range 2 {
		s.must("rollback", tx.Rollback())
	}
	if err := tx.Commit(); err == nil {
		t.Error("a transaction was committed after it was rolled back")
	}
	s.holds(s.store, "a", one...)
	notes, err := s.store.Notes(context.Background(), "n")
	if r := s.receipts(s.store); len(r)+len(notes) > 0 || err != nil || len(s.batches()) != 1 {
		t.Errorf("receipts %v, notes %v, %v, batches %v", r, notes, err, s.batches())
	}
}

func testCancel(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(context.Background())
	tx, err := s.store.Begin(ctx)
	s.must("begin", err)
	defer tx.Rollback()
	s.complete(tx, s.stage(tx, held("a", "A-1", "one")))
	cancel()
	if err := tx.Commit(); err == nil {
		t.Error("a transaction was committed after its context was cancelled")
	}
	s.must("rollback", tx.Rollback())
	if _, err := s.store.Begin(ctx); err == nil {
		t.Error("a transaction began with a cancelled context")
	}
	s.holds(s.store, "a")
	s.hold(held("a", "A-1", "one"))
}

func testStaged(t *testing.T, s *suite) {
	want := s.hold(held("a", "A-1", "one"))
	var b desk.Batch
	s.do(func(tx desk.Tx) { b = s.stage(tx, held("a", "A-1", "other"), held("b", "B-1", "two")) })
	for _, state := range []desk.State{desk.Staged, desk.Sealed} {
		b.State = state
		s.do(func(tx desk.Tx) { s.must("update", tx.Update(b)) })
		for _, store := range []desk.Store{s.store, s.another()} {
			s.holds(store, "a", want...)
			s.holds(store, "b")
			if diff := cmp.Diff([]desk.KindCount{{Kind: "a", Records: 1}}, s.kinds(store)); diff != "" {
				t.Errorf("%s: kinds (-want +got):\n%s", state, diff)
			}
		}
		s.brought(b.Number, at(b.Number, held("a", "A-1", "other"), held("b", "B-1", "two"))...)
	}
	s.do(func(tx desk.Tx) { s.complete(tx, b) })
	s.holds(s.store, "a", at(b.Number, held("a", "A-1", "other"))...)
}

func testNewest(t *testing.T, s *suite) {
	s.hold(held("a", "A-1", "one"), held("a", "A-2", "two"))
	second := s.hold(held("a", "A-2", "two, again"))
	third := s.hold(held("a", "A-1", "one, again"))
	s.holds(s.store, "a", third[0], second[0])
	if k := s.kinds(s.store); len(k) != 1 || k[0].Records != 2 {
		t.Errorf("kinds %v", k)
	}
	s.brought(1, at(1, held("a", "A-1", "one"), held("a", "A-2", "two"))...)
}

func testOwn(t *testing.T, s *suite) {
	first := s.hold(held("a", "A-1", "one"), held("a", "A-2", "two"), held("b", "A-3", "of another kind"))
	tx := s.begin(s.store)
	b := s.stage(tx, held("a", "A-1", "mine"))
	got, err := tx.Newest(b.Number, "a", []string{"A-1", "A-2", "A-3", "A-4"})
	want := map[string]desk.Held{"A-1": at(b.Number, held("a", "A-1", "mine"))[0], "A-2": first[1]}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	s.must("commit", tx.Commit())
	tx = s.begin(s.store)
	other := s.stage(tx)
	got, err = tx.Newest(other.Number, "a", []string{"A-1"})
	if diff := cmp.Diff(map[string]desk.Held{"A-1": first[0]}, got); diff != "" || err != nil {
		t.Errorf("what is staged was seen by another batch: %v (-want +got):\n%s", err, diff)
	}
}

func testPlace(_ *testing.T, s *suite) {
	one := s.hold(held("a", "A-1", "one"), held("a", "A-2", "two"))
	one[0].Bytes, one[0].Digest = []byte("changed"), held("a", "A-1", "changed").Digest
	s.do(func(tx desk.Tx) { s.must("put", tx.Put(one[0])) })
	s.holds(s.store, "a", one...)
	s.brought(1, one...)
}

func testMany(t *testing.T, s *suite) {
	var hs []desk.Held
	var ids []string
	for i := range 2500 {
		id := fmt.Sprintf(`A-%d "<&>`, i)
		ids = append(ids, id, id+"-missing")
		hs = append(hs, held("a", id, strconv.Itoa(i)))
	}
	s.hold(hs...)
	tx := s.begin(s.store)
	got, err := tx.Newest(0, "a", ids)
	if len(got) != len(hs) || err != nil || got[hs[2400].ID].Digest != hs[2400].Digest {
		t.Errorf("found %d of %d: %v", len(got), len(hs), err)
	}
}

func testBatches(t *testing.T, s *suite) {
	var want []desk.Batch
	for i := range 3 {
		b := desk.Batch{
			State: desk.Staged, Item: "ff", Object: "EV-000001", Kind: "a", Source: "Customs of …", Tool: "rows@1", Params: "{}", Actor: "A. Expert",
			Base: int64(i), Settled: 3, Records: 2, Receipt: intake.Receipt{File: "f", Read: 3, ByReason: map[string]int{"x": 1}},
			Columns: []string{"id", `"`}, Key: []byte{0, 1}, Root: "aa", Leaf: -1,
		}
		s.do(func(tx desk.Tx) {
			var err error
			b.Number, err = tx.Open(b)
			s.must("open", err)
		})
		if b.Number != int64(i+1) {
			t.Errorf("batch %d has number %d", i+1, b.Number)
		}
		want = append(want, b)
	}
	want[1].State, want[1].Completed, want[1].Leaf, want[1].Settled = desk.Complete, 1, 12, 4
	s.do(func(tx desk.Tx) { s.must("update", tx.Update(want[1])) })
	if diff := cmp.Diff(want, s.batches()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func testDrop(t *testing.T, s *suite) {
	one := s.hold(held("a", "A-1", "one"))
	s.do(func(tx desk.Tx) {
		b := s.stage(tx, held("a", "A-1", "other"), held("a", "A-2", "two"))
		s.must("refuse", tx.Refuse(b.Number, []desk.Refused{{Row: 1, Refusal: &intake.Refusal{Reason: "x"}}}))
	})
	s.do(func(tx desk.Tx) { s.must("drop", tx.Drop(2)) })
	s.holds(s.store, "a", one...)
	s.brought(2)
	if b := s.batches(); len(b) != 1 {
		t.Errorf("batches %v", b)
	}
	for r := range s.store.Refused(context.Background(), 2) {
		t.Errorf("left behind: %v", r)
	}
	for _, number := range []int64{1, 2} {
		tx := s.begin(s.store)
		if err := tx.Drop(number); err == nil {
			t.Errorf("batch %d, complete or not there, was dropped", number)
		}
		s.must("rollback", tx.Rollback())
	}
}

func testRefused(t *testing.T, s *suite) {
	var want []desk.Refused
	for i := range 5 {
		want = append(want, desk.Refused{Row: int64(100 * i), Refusal: &intake.Refusal{
			File: "f", Line: i, Field: "hs", Reason: "is wrong", Detail: `"1"`, Original: []byte("a\x00\xff"), Size: 3, Place: "lines=1-1",
		}})
	}
	var b desk.Batch
	s.do(func(tx desk.Tx) {
		b = s.stage(tx)
		s.must("refuse", tx.Refuse(b.Number, want[3:]))
		s.must("refuse", tx.Refuse(b.Number, want[:3]))
	})
	var got []desk.Refused
	for r, err := range s.store.Refused(context.Background(), b.Number) {
		s.must("refused", err)
		got = append(got, r)
	}
	if diff := cmp.Diff(want, got); diff != "" || !s.batches()[0].Owes {
		t.Errorf("owes %v (-want +got):\n%s", s.batches()[0].Owes, diff)
	}
	s.do(func(tx desk.Tx) { s.must("quarantined", tx.Quarantined(b.Number)) })
	for r := range s.store.Refused(context.Background(), b.Number) {
		t.Errorf("still waiting: %v", r)
	}
	if s.batches()[0].Owes {
		t.Error("nothing waits any more")
	}
}

func testNotes(t *testing.T, s *suite) {
	for _, content := range []string{"one", "two"} {
		s.do(func(tx desk.Tx) {
			s.must("note", tx.Note(held("a", "A-1", content)))
			s.must("note", tx.Note(held("a", "A-0", content)))
			s.must("note", tx.Note(held("b", "A-1", "another kind")))
		})
		got, err := s.store.Notes(context.Background(), "a")
		if diff := cmp.Diff([]desk.Held{held("a", "A-0", content), held("a", "A-1", content)}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	s.holds(s.store, "a")
	if k := s.kinds(s.store); len(k) > 0 {
		t.Errorf("notes count as records: %v", k)
	}
}

func testSorted(_ *testing.T, s *suite) {
	ids := []string{"A-1", "A-10", "A-2", "B", "a", "Ä"}
	want := make([]desk.Held, len(ids))
	for _, i := range []int{3, 0, 5, 2, 4, 1} {
		want[i] = s.hold(held("a", ids[i], strconv.Itoa(i)))[0]
	}
	s.holds(s.store, "a", want...)
}

func testKinds(t *testing.T, s *suite) {
	got := s.hold(held("b", "X-1", "one"), held("a", "X-1", "other"), held("b", "X-2", "two"))
	s.holds(s.store, "a", got[1])
	s.holds(s.store, "b", got[0], got[2])
	if diff := cmp.Diff([]desk.KindCount{{Kind: "a", Records: 1}, {Kind: "b", Records: 2}}, s.kinds(s.store)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func testBytes(_ *testing.T, s *suite) {
	s.holds(s.store, "a", s.hold(
		held("a", "1", "\x00\xff\n'\""),
		held("a", "2", `{"name":"조선광업"}`),
		held("a", "3", string(make([]byte, 1<<20))),
	)...)
}

func testReceipts(t *testing.T, s *suite) {
	want := []intake.Receipt{
		{File: "z.csv", SHA256: "ff", Bytes: 1 << 40, Kind: "shipment", Source: "Customs of …", Read: 3, New: 1, Known: 1, Refused: 1, ByReason: map[string]int{"id: is missing": 1}},
		{File: "a.jsonl", Format: intake.Format{Form: "csv"}, Stopped: "unexpected end"},
		{File: "z.csv", Read: 3, Known: 3, Corroborated: 1, Contradicted: 2},
	}
	for _, r := range want {
		s.do(func(tx desk.Tx) {
			b := s.stage(tx)
			b.Receipt = r
			s.must("update", tx.Update(b))
			if got := s.receipts(s.store); slices.ContainsFunc(got, func(g intake.Receipt) bool { return cmp.Equal(g, r) }) {
				t.Error("the receipt of a batch that is not complete is listed")
			}
			s.complete(tx, b)
			s.complete(tx, b) // once is enough
		})
	}
	for _, store := range []desk.Store{s.store, s.another()} {
		if diff := cmp.Diff(want, s.receipts(store)); diff != "" {
			t.Errorf("receipts (-want +got):\n%s", diff)
		}
	}
}

func testReopen(_ *testing.T, s *suite) {
	one := s.hold(held("a", "A-1", "one"))
	dropped := s.begin(s.store)
	s.stage(dropped, held("a", "A-2", "never committed"))
	s.must("rollback", dropped.Rollback())
	s.must("close", s.store.Close())
	s.store = s.another()
	s.holds(s.store, "a", one...)
	s.hold(held("a", "A-2", "two"))
}

func testBusy(_ *testing.T, s *suite) {
	second := s.another()
	tx := s.begin(s.store)
	b := s.stage(tx, held("a", "A-1", "one"))
	s.complete(tx, b)
	_, err := second.Begin(context.Background())
	s.wants(err, desk.ErrBusy)
	s.holds(second, "a")
	s.must("commit", tx.Commit())
	tx = s.begin(second)
	got, err := tx.Newest(0, "a", []string{"A-1"})
	if err != nil || len(got) != 1 {
		s.t.Errorf("the second writer does not see what the first committed: %v, %v", got, err)
	}
}

func testSnapshot(_ *testing.T, s *suite) {
	want := s.hold(held("a", "A-1", "one"))
	copied := s.path + "-copy"
	tx := s.begin(s.store) // somebody is writing
	s.must("snapshot", s.store.Snapshot(context.Background(), copied))
	s.must("roll back", tx.Rollback())
	s.hold(held("a", "A-2", "later"))
	other, err := s.open(copied)
	s.must("open the copy", err)
	s.t.Cleanup(func() { other.Close() })
	s.holds(other, "a", want...)
	s.must("check the copy", other.Check(context.Background()))
}

func testSettle(t *testing.T, s *suite) {
	var want []desk.Held
	for i := range 3 {
		want = append(want, s.hold(held("a", "A-"+strconv.Itoa(i), "x"))...)
		if settled, err := s.store.Settle(context.Background()); !settled || err != nil {
			t.Errorf("settled: %v, %v", settled, err)
		}
		s.holds(s.store, "a", want...)
		s.must("check", s.store.Check(context.Background()))
	}
}

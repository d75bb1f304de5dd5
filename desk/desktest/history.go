package desktest

import (
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"pgregory.net/rapid"
)

// testHistory compares any sequence of batches with maps: one of what is seen, one
// of what each batch holds itself.
func testHistory(t *testing.T, s *suite) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		kind := strconv.Itoa(n) // nothing is held of it
		seen := map[string]desk.Held{}
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			own := history(rt, s, kind, seen)
			maps.Copy(seen, own)
			sorted := []desk.Held(nil)
			for _, id := range slices.Sorted(maps.Keys(seen)) {
				sorted = append(sorted, seen[id])
			}
			s.holds(s.store, kind, sorted...)
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// history puts some versions in several transactions of one batch and returns what
// it adds to what is seen: all of it, or nothing.
func history(rt *rapid.T, s *suite, kind string, seen map[string]desk.Held) map[string]desk.Held {
	own := map[string]desk.Held{}
	b := desk.Batch{Leaf: -1}
	for i := range rapid.IntRange(1, 3).Draw(rt, "transactions") {
		tx := s.begin(s.store)
		if i == 0 {
			var err error
			b.Number, err = tx.Open(b)
			s.must("open", err)
		}
		tried := maps.Clone(own)
		for range rapid.IntRange(0, 4).Draw(rt, "acts") {
			h := held(kind, rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "id"), rapid.SampledFrom([]string{"x", "y"}).Draw(rt, "content"))
			h.Batch, h.Place = b.Number, int64(len(tried))
			got, err := tx.Newest(b.Number, kind, []string{h.ID})
			s.must("newest", err)
			want, ok := tried[h.ID]
			if ok {
				h.Place = want.Place
			} else {
				want = seen[h.ID]
			}
			if diff := cmp.Diff(want, got[h.ID]); diff != "" {
				rt.Fatalf("newest of %s (-want +got):\n%s", h.ID, diff)
			}
			s.must("put", tx.Put(h))
			tried[h.ID] = h
		}
		if i > 0 && rapid.Bool().Draw(rt, "roll back") {
			s.must("rollback", tx.Rollback())
			continue
		}
		s.must("commit", tx.Commit())
		own = tried
	}
	complete := rapid.Bool().Draw(rt, "complete")
	tx := s.begin(s.store)
	if !complete {
		b.State = desk.Staged
		s.must("drop", tx.Drop(b.Number))
		own = nil
	} else {
		s.complete(tx, b)
	}
	s.must("commit", tx.Commit())
	return own
}

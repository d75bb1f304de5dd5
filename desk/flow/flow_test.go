package flow_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/desk/store"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
	"pgregory.net/rapid"
)

// tester is what the helpers need of a test or a property.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// decoder reads rows as shipments; the description "stop" ends the flow.
func decoder(t tester) func() func(intake.Row) (record.Record, error) {
	return func() func(intake.Row) (record.Record, error) {
		reader, err := rows.NewReader(observation.KindShipment, "Customs")
		must(t, err)
		return func(row intake.Row) (record.Record, error) {
			if what, _ := row.Get("description"); what == "stop" {
				return record.Record{}, errStop
			}
			return reader.Record(row)
		}
	}
}

var errStop = errors.New("the decoder stops")

// newFlow is a flow of a staged batch into the store.
func newFlow(t tester, s store.Store, b *store.Batch) *flow.Flow {
	t.Helper()
	if b.Number == 0 {
		*b = store.Batch{Kind: "shipment", Leaf: -1}
		tx, err := s.Begin(context.Background())
		must(t, err)
		b.Number, err = tx.Open(*b)
		must(t, err)
		must(t, tx.Commit())
	}
	return &flow.Flow{
		Store: s, Batch: b, Decode: decoder(t), Chunk: 100,
		Read: func() int64 { return 0 }, Seen: func(flow.Line) {}, Kept: func([]store.Held) {},
	}
}

func source(t tester, text string) *intake.Source {
	t.Helper()
	src, err := intake.NewSource("rows.csv", strings.NewReader(text), intake.Options{})
	must(t, err)
	return src
}

func csv(ids, what []int) string {
	var b strings.Builder
	b.WriteString("id,date,hs,description\n")
	for i, id := range ids {
		hs := "8703"
		if what[i] == 9 {
			hs = "wrong"
		}
		fmt.Fprintf(&b, "SHP-%d,2023-01-02,%s,lot %d\n", id, hs, what[i])
	}
	return b.String()
}

// oneByOne is what the rows come to if each is merged with what came before.
func oneByOne(t tester, text string, before map[string]store.Held) (map[string]string, intake.Receipt) {
	t.Helper()
	held, decode := map[string]store.Held{}, decoder(t)()
	for id, h := range before {
		held[id] = h
	}
	var r intake.Receipt
	for row, err := range source(t, text).Rows() {
		must(t, err)
		r.Read++
		var refusal *intake.Refusal
		rec, err := decode(row)
		if errors.As(err, &refusal) {
			r.Refuse(refusal)
			continue
		}
		must(t, err)
		h, err := flow.Hold(rec)
		must(t, err)
		was, ok := held[h.ID]
		outcome := intake.New
		if ok {
			h, outcome, err = flow.Merge(was, h)
			must(t, err)
		}
		held[h.ID] = h
		r.Keep(outcome)
	}
	out := map[string]string{}
	for id, h := range held {
		out[id] = h.Digest
	}
	return out, r
}

// seen is what a reader sees, by id.
func seen(t tester, s store.Store) map[string]store.Held {
	t.Helper()
	out := map[string]store.Held{}
	for h, err := range s.Records(context.Background(), "shipment") {
		must(t, err)
		out[h.ID] = h
	}
	return out
}

func complete(t tester, s store.Store, b store.Batch) {
	t.Helper()
	tx, err := s.Begin(context.Background())
	must(t, err)
	b.State = store.Complete
	must(t, tx.Update(b))
	must(t, tx.Commit())
}

// TestAFlowIsOneRowAfterTheOther: whatever the chunks and wherever it is
// interrupted, what is held and counted is what merging row by row gives, and the
// versions of the batch have the places from 0 on.
func TestAFlowIsOneRowAfterTheOther(t *testing.T) {
	open, n := desktest.Memory(), 0
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n++
		s, err := open(filepath.Join(dir, strconv.Itoa(n)))
		must(t, err)
		for range rapid.IntRange(1, 3).Draw(t, "files") {
			rows := rapid.IntRange(0, 60).Draw(t, "rows")
			ids := rapid.SliceOfN(rapid.IntRange(0, 20), rows, rows).Draw(t, "ids")
			what := rapid.SliceOfN(rapid.IntRange(0, 9), rows, rows).Draw(t, "what")
			text := csv(ids, what)
			want, receipt := oneByOne(t, text, seen(t, s))
			var b store.Batch
			for b.Settled < int64(rows) || b.Number == 0 {
				f := newFlow(t, s, &b)
				f.Chunk = rapid.IntRange(1, 20).Draw(t, "chunk")
				ctx, cancel := context.WithCancel(context.Background())
				left := rapid.IntRange(1, 40).Draw(t, "rows until it is interrupted")
				f.Seen = func(flow.Line) {
					if left--; left == 0 {
						cancel()
					}
				}
				stopped, err := f.Run(ctx, source(t, text))
				if stopped != nil || err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(stopped, err)
				}
				cancel()
			}
			complete(t, s, b)
			got := map[string]string{}
			for id, h := range seen(t, s) {
				got[id] = h.Digest
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("held (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(receipt, b.Receipt); diff != "" || !b.Receipt.Reconciles() {
				t.Fatalf("receipt (-want +got):\n%s", diff)
			}
			places, refused := int64(0), int64(0)
			for h, err := range s.Versions(context.Background(), b.Number, false) {
				must(t, err)
				if h.Place != places {
					t.Fatalf("place %d, want %d", h.Place, places)
				}
				places++
			}
			for r, err := range s.Refused(context.Background(), b.Number) {
				must(t, err)
				if want := int(r.Row) + 2; r.Refusal.Line != want {
					t.Fatalf("row %d is line %d, want %d", r.Row, r.Refusal.Line, want)
				}
				refused++
			}
			if places != b.Records || refused != int64(b.Receipt.Refused) {
				t.Fatalf("%d versions of %d, %d refused of %d", places, b.Records, refused, b.Receipt.Refused)
			}
		}
	})
}

// TestWhatDecodingCannotDo ends the flow; what was settled before stays.
func TestWhatDecodingCannotDo(t *testing.T) {
	s, err := desktest.Memory()(filepath.Join(t.TempDir(), "store"))
	must(t, err)
	var b store.Batch
	text := csv(make([]int, 250), make([]int, 250)) + "SHP-1,2023-01-02,8703,stop\nSHP-2,2023-01-02,8703,never\n"
	if _, err := newFlow(t, s, &b).Run(context.Background(), source(t, text)); !errors.Is(err, errStop) {
		t.Errorf("error %v", err)
	}
	if b.Settled != 200 || b.Receipt.Read != 200 {
		t.Errorf("settled %d, receipt:\n%s", b.Settled, b.Receipt)
	}
}

// A record that can hold no more accounts refuses further rows, and the rest goes on.
func TestARecordThatIsFull(t *testing.T) {
	s, err := desktest.Memory()(filepath.Join(t.TempDir(), "store"))
	must(t, err)
	var text strings.Builder
	text.WriteString("id,date,hs,description\n")
	for i := range 130 {
		fmt.Fprintf(&text, "SHP-1,2023-01-02,8703,lot %d\n", i)
	}
	text.WriteString("SHP-2,2023-01-02,8703,another\n")
	var b store.Batch
	if _, err := newFlow(t, s, &b).Run(context.Background(), source(t, text.String())); err != nil {
		t.Fatal(err)
	}
	r := b.Receipt
	if r.New != 2 || r.Contradicted != 99 || r.Refused != 30 || r.ByReason["id: "+record.ErrFull.Error()] != 30 || !r.Reconciles() {
		t.Errorf("receipt:\n%s", r)
	}
}

// A held version that cannot be read is an error, and nothing is written over it.
func TestADamagedVersion(t *testing.T) {
	s, err := desktest.Memory()(filepath.Join(t.TempDir(), "store"))
	must(t, err)
	var old store.Batch
	newFlow(t, s, &old)
	tx, err := s.Begin(context.Background())
	must(t, err)
	bad := store.Held{ID: "SHP-1", Kind: "shipment", Digest: "00", Bytes: []byte("{"), Batch: old.Number}
	must(t, tx.Put(bad))
	old.State, old.Records = store.Complete, 1
	must(t, tx.Update(old))
	must(t, tx.Commit())
	var b store.Batch
	_, err = newFlow(t, s, &b).Run(context.Background(), source(t, csv([]int{1}, []int{1})))
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "SHP-1") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(bad, seen(t, s)["SHP-1"]); diff != "" {
		t.Error(diff)
	}
}

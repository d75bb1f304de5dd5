package desk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
)

// manyRows is a file of shipments: every tenth row is refused, every seventh has
// the id of the one before and contradicts it, every fifth repeats the one before.
func manyRows(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,date,direction,hs,description\n")
	for i := range n {
		id, hs, what := i, "8703", fmt.Sprint("lot ", i)
		switch {
		case i%10 == 9:
			hs = "wrong"
		case i%7 == 6:
			id = i - 1
		case i%5 == 4:
			id, what = i-1, fmt.Sprint("lot ", i-1)
		}
		fmt.Fprintf(&b, "SHP-%05d,2023-01-02,to_dprk,%s,%s\n", id, hs, what)
	}
	return write(t, filepath.Join(t.TempDir(), "rows.csv"), b.String())
}

// interrupt adds the file and cancels that after so many rows.
func interrupt(t *testing.T, d *desk.Desk, path string, in desk.Intake, after int64) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in.Progress = func(p desk.Progress) {
		if p.Phase == desk.Reading && p.Rows >= after {
			cancel()
		}
	}
	_, err := d.AddFile(ctx, path, in)
	return err
}

// state is all that a reader sees of a desk, and its quarantine.
type state struct {
	Digests    map[string]string
	Receipts   []intake.Receipt
	Kinds      []desk.KindCount
	Quarantine map[string]string
}

func stateOf(t *testing.T, d *desk.Desk) state {
	t.Helper()
	s := state{Digests: digests(t, d), Quarantine: map[string]string{}}
	var err error
	if s.Receipts, err = d.Receipts(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.Kinds, err = d.Kinds(context.Background()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(d.Path("quarantine"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(d.Path("quarantine", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		s.Quarantine[e.Name()] = string(b)
	}
	return s
}

// sound fails unless the desk's check finds nothing.
func sound(t *testing.T, d *desk.Desk, open desk.Opener) {
	t.Helper()
	c, err := desk.Check(context.Background(), d.Dir(), open, nil)
	if err != nil || !c.OK() {
		t.Errorf("check: %v, %+v", err, c.Faults)
	}
}

const rowsOfTest = 3000

func small(chunk int) desk.Intake {
	in := shipments
	in.Chunk = chunk
	return in
}

func TestAnInterruptedAddGoesOn(t *testing.T) {
	path := manyRows(t, rowsOfTest)
	whole := newDesk(t)
	if _, err := whole.AddFile(context.Background(), path, small(500)); err != nil {
		t.Fatal(err)
	}
	want := stateOf(t, whole)
	if r := want.Receipts[0]; r.Refused != rowsOfTest/10 || r.Contradicted == 0 || r.Known <= r.Contradicted || !r.Reconciles() {
		t.Fatalf("the test's rows are not what it needs:\n%s", r)
	}
	for _, after := range []int64{1, 700, 2999} {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			open := desktest.Memory()
			d, err := desk.Create(t.TempDir(), open)
			if err != nil {
				t.Fatal(err)
			}
			if err := interrupt(t, d, path, small(500), after); !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v, want %v", err, context.Canceled)
			} else if after > 1 && !strings.Contains(err.Error(), "goes on from there") {
				t.Errorf("%v does not say how to go on", err)
			}
			if got := stateOf(t, d); len(got.Digests)+len(got.Receipts)+len(got.Kinds)+len(got.Quarantine) > 0 {
				t.Errorf("something is seen of it: %+v", got)
			}
			sound(t, d, open)
			var last desk.Progress
			in := small(500)
			in.Progress = func(p desk.Progress) { last = p }
			added, err := d.AddFile(context.Background(), path, in)
			if err != nil || added.Resumed < after-1 || added.Resumed > after+3000 || !added.Known {
				t.Errorf("it went on from row %d: %+v, %v", added.Resumed, added, err)
			}
			if last.Rows != rowsOfTest || last.Done != last.Total {
				t.Errorf("the last that was told: %+v", last)
			}
			if diff := cmp.Diff(want, stateOf(t, d)); diff != "" {
				t.Errorf("not what one add in one go gives:\n%s", diff)
			}
			sound(t, d, open)
		})
	}
}

func TestAnInterruptedAddIsOvertaken(t *testing.T) {
	path := manyRows(t, rowsOfTest)
	for name, tc := range map[string]struct {
		between func(t *testing.T, d *desk.Desk)
		resumed bool
	}{
		"by nothing":              {func(*testing.T, *desk.Desk) {}, true},
		"by a record of the kind": {func(t *testing.T, d *desk.Desk) { add(t, d, shipment(t, "00000", "something else", "")) }, false},
		"by another file": {func(t *testing.T, d *desk.Desk) {
			addFile(t, d, write(t, filepath.Join(t.TempDir(), "x.csv"), goodCSV))
		}, false},
		"by another interruption": {func(t *testing.T, d *desk.Desk) { interrupt(t, d, manyRows(t, 2500), small(100), 1000) }, true},
		"by what is no record": {func(t *testing.T, d *desk.Desk) {
			_ = d.Replace(context.Background(), "issued_report", "x", []byte("y"))
		}, true},
		"by the same as other kind": {func(t *testing.T, d *desk.Desk) {
			in := small(9)
			in.Kind = "arms_transfer"
			d.AddFile(context.Background(), path, in)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if err := interrupt(t, d, path, small(500), 1500); err == nil {
				t.Fatal("it was not interrupted")
			}
			tc.between(t, d)
			d.Reconciled()
			added, err := d.AddFile(context.Background(), path, small(500))
			if err != nil || (added.Resumed > 0) != tc.resumed {
				t.Errorf("resumed %d: %v", added.Resumed, err)
			}
			if said := strings.Join(d.Reconciled(), "\n"); strings.Contains(said, "begun anew") == tc.resumed {
				t.Errorf("it says %q", said)
			}
			rs, err := d.Records("shipment")
			if err != nil || len(rs) < 1500 {
				t.Fatalf("%d records: %v", len(rs), err)
			}
			if name == "by a record of the kind" && (rs[0].ID != "SHP-00000" || len(rs[0].Also) != 1) {
				t.Errorf("what came in between is gone: %v", rs[0])
			}
			if r := added.Receipt; r.Read != rowsOfTest || !r.Reconciles() {
				t.Errorf("receipt:\n%s", r)
			}
		})
	}
}

// Another source is another act of adding.
func TestAnInterruptedAddOfAnotherSource(t *testing.T) {
	d, path := newDesk(t), manyRows(t, rowsOfTest)
	if err := interrupt(t, d, path, small(500), 1500); err == nil {
		t.Fatal("it was not interrupted")
	}
	in := small(500)
	in.Source = "Customs of Elsewhere"
	added, err := d.AddFile(context.Background(), path, in)
	if err != nil || added.Resumed != 0 || added.Receipt.Read != rowsOfTest {
		t.Errorf("%+v, %v", added, err)
	}
}

// A file that was given a stricter caveat since is read anew: the rows that were
// settled have the marking of before.
func TestAnInterruptedAddUnderAStricterCaveat(t *testing.T) {
	d, path := newDesk(t), manyRows(t, rowsOfTest)
	in := small(500)
	in.Marking = marking.Marking{Caveats: []string{"releasable-to:Utopia"}}
	if err := interrupt(t, d, path, in, 1500); err == nil {
		t.Fatal("it was not interrupted")
	}
	in.Marking = marking.Marking{Caveats: []string{"source-protected"}}
	added, err := d.AddFile(context.Background(), path, in)
	if err != nil || added.Resumed != 0 || added.Receipt.Read != rowsOfTest {
		t.Errorf("%+v, %v", added, err)
	}
	rs, err := d.Records("shipment")
	if err != nil || len(rs) < 1500 {
		t.Fatalf("%d records, %v", len(rs), err)
	}
	for _, r := range rs {
		if got := r.Marking.String(); got != "tlp:clear; releasable-to:Utopia; source-protected" {
			t.Fatalf("%s is marked %s", r.ID, got)
		}
	}
}

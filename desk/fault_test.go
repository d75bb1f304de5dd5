package desk_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/record"
)

var errDisk = errors.New("no space left on the disk")

// faults makes a store fail once, at the step that comes when left is used up.
// With done, only commits fail, and were made nevertheless, as when the process
// dies just after one.
type faults struct {
	left int
	done bool
}

func (f *faults) step(commit bool) error {
	if f.done && !commit {
		return nil
	}
	if f.left--; f.left == 0 {
		return errDisk
	}
	return nil
}

func (f *faults) opener(open desk.Opener) desk.Opener {
	return func(path string) (desk.Store, error) {
		s, err := open(path)
		return &faultyStore{s, f}, err
	}
}

type faultyStore struct {
	desk.Store
	faults *faults
}

func (s *faultyStore) Begin(ctx context.Context) (desk.Tx, error) {
	if err := s.faults.step(false); err != nil {
		return nil, err
	}
	tx, err := s.Store.Begin(ctx)
	return &faultyTx{tx, s.faults}, err
}

func (s *faultyStore) Settle(ctx context.Context) (bool, error) {
	if err := s.faults.step(false); err != nil {
		return false, err
	}
	return s.Store.Settle(ctx)
}

type faultyTx struct {
	desk.Tx
	faults *faults
}

func (t *faultyTx) Update(b desk.Batch) error {
	return errors.Join(t.faults.step(false), t.Tx.Update(b))
}

func (t *faultyTx) Put(hs ...desk.Held) error {
	return errors.Join(t.faults.step(false), t.Tx.Put(hs...))
}

func (t *faultyTx) Commit() error {
	err := t.faults.step(true)
	if err == nil || t.faults.done {
		err = errors.Join(err, t.Tx.Commit())
	}
	return err
}

// anyStep runs act on desks whose store fails at the first step, the second …, until
// none fails; after each it calls then with a desk whose store is in order again.
func anyStep(t *testing.T, act func(*desk.Desk) error, then func(t *testing.T, d *desk.Desk, open desk.Opener)) {
	for _, done := range []bool{false, true} {
		for n := 1; ; n++ {
			if n > 200 {
				t.Fatal("it never succeeds")
			}
			open, dir := desktest.Memory(), t.TempDir()
			made, err := desk.Create(dir, open)
			if err != nil {
				t.Fatal(err)
			}
			made.Close()
			f := &faults{left: n, done: done}
			d, err := desk.Open(dir, f.opener(open))
			if err != nil {
				t.Fatal(err)
			}
			err = act(d)
			d.Close()
			if err == nil && f.left > 0 {
				t.Logf("%d steps, done %v", n-1, done)
				break
			}
			if err == nil {
				t.Fatalf("step %d failed and nobody says so", n)
			}
			t.Run(fmt.Sprintf("step %d %v", n, done), func(t *testing.T) {
				if !errors.Is(err, errDisk) {
					t.Errorf("error %v, want %v", err, errDisk)
				}
				d, err := desk.Open(dir, open)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				then(t, d, open)
			})
		}
	}
}

func TestAddFileWhenTheStoreFails(t *testing.T) {
	path := manyRows(t, 700)
	whole := newDesk(t)
	if _, err := whole.AddFile(context.Background(), path, small(300)); err != nil {
		t.Fatal(err)
	}
	want := stateOf(t, whole)
	add := func(d *desk.Desk) error {
		_, err := d.AddFile(context.Background(), path, small(300))
		return err
	}
	anyStep(t, add, func(t *testing.T, d *desk.Desk, open desk.Opener) {
		got := stateOf(t, d)
		isNew := len(got.Receipts) > 0
		if !isNew && len(got.Digests)+len(got.Kinds) > 0 || isNew && !cmp.Equal(got.Digests, want.Digests) {
			t.Errorf("neither old nor new: %d records, %d receipts", len(got.Digests), len(got.Receipts))
		}
		if err := add(d); err != nil {
			t.Fatal(err)
		}
		got = stateOf(t, d)
		if isNew {
			got.Receipts = got.Receipts[:1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after it was added again:\n%s", diff)
		}
		sound(t, d, open)
	})
}

func TestAddRecordsWhenTheStoreFails(t *testing.T) {
	rs := []record.Record{shipment(t, "1", "a car", ""), shipment(t, "2", "a lorry", "")}
	add := func(d *desk.Desk) error {
		_, err := d.AddRecords(context.Background(), rs)
		return err
	}
	anyStep(t, add, func(t *testing.T, d *desk.Desk, open desk.Opener) {
		if n := len(digests(t, d)); n != 0 && n != len(rs) {
			t.Errorf("%d records of %d", n, len(rs))
		}
		if err := add(d); err != nil {
			t.Fatal(err)
		}
		if n := len(digests(t, d)); n != len(rs) {
			t.Errorf("%d records of %d", n, len(rs))
		}
		bs, err := d.Batches(context.Background())
		if err != nil || len(bs) != 1 || bs[0].Leaf < 0 {
			t.Errorf("batches %v, %v", bs, err)
		}
		sound(t, d, open)
	})
}

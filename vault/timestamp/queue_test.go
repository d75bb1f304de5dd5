package timestamp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
)

func queue(t testing.TB, most int) (*timestamp.Queue, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pending")
	q, err := timestamp.OpenQueue(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	return q, dir
}

func add(t testing.TB, q *timestamp.Queue, data ...string) {
	t.Helper()
	for _, d := range data {
		if added, err := q.Add(t.Context(), []byte(d)); err != nil || !added {
			t.Fatalf("add %q: %v, %v", d, added, err)
		}
	}
}

// keeper remembers what it was given; it fails at the text it is told to.
type keeper struct {
	kept []string
	fail string
}

var errKeep = errors.New("the disk is full")

func (k *keeper) keep(r timestamp.Result) error {
	if k.fail == string(r.Data) {
		return errKeep
	}
	k.kept = append(k.kept, string(r.Data))
	return nil
}

// What could not be stamped while the authority was away is stamped later, in
// order, with tokens that verify, also after another start.
func TestQueueIsDrainedLater(t *testing.T) {
	q, dir := queue(t, 0)
	add(t, q, "first", "second", "third")
	away := authority(t, tsatest.Down)
	c := &timestamp.Client{URL: serve(t, away)}
	var k keeper
	if n, err := q.Drain(t.Context(), c.Stamp, k.keep); n != 0 || !errors.Is(err, timestamp.ErrUnreachable) {
		t.Fatalf("while it is away: %d, %v", n, err)
	}
	q, err := timestamp.OpenQueue(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	add(t, q, "fourth")
	tsa := authority(t)
	c = &timestamp.Client{URL: serve(t, tsa), Roots: tsa.Roots()}
	n, err := q.Drain(t.Context(), c.Stamp, func(r timestamp.Result) error {
		s, err := timestamp.Verify(r.Token, r.Data, tsa.Roots())
		if err != nil || s != r.Stamp {
			t.Errorf("%s: %+v, %v", r.Data, s, err)
		}
		return k.keep(r)
	})
	if want := []string{"first", "second", "third", "fourth"}; n != 4 || err != nil || !slices.Equal(k.kept, want) {
		t.Errorf("drained %d: %q, %v", n, k.kept, err)
	}
	if n, err := q.Len(); n != 0 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

// What was kept leaves; the rest waits, whether stamping or keeping failed.
func TestDrainStopsAtTheFirstError(t *testing.T) {
	q, _ := queue(t, 0)
	add(t, q, "first", "second", "third")
	fine := func(context.Context, []byte) ([]byte, timestamp.Stamp, error) {
		return []byte("token"), timestamp.Stamp{}, nil
	}
	k := keeper{fail: "second"}
	if n, err := q.Drain(t.Context(), fine, k.keep); n != 1 || !errors.Is(err, errKeep) || !strings.Contains(err.Error(), "number 2") {
		t.Fatalf("%d, %v", n, err)
	}
	ws, err := q.List()
	if err != nil || len(ws) != 2 || ws[0].Number != 2 || string(ws[0].Data) != "second" || string(ws[1].Data) != "third" {
		t.Errorf("wait: %+v, %v", ws, err)
	}
	k.fail = ""
	if n, err := q.Drain(t.Context(), fine, k.keep); n != 2 || err != nil || !slices.Equal(k.kept, []string{"first", "second", "third"}) {
		t.Errorf("%d, %q, %v", n, k.kept, err)
	}
}

func TestQueueIsBounded(t *testing.T) {
	q, _ := queue(t, 2)
	add(t, q, "first", "second")
	if added, err := q.Add(t.Context(), []byte("third")); added || !errors.Is(err, timestamp.ErrFull) {
		t.Errorf("a third: %v, %v", added, err)
	}
	if added, err := q.Add(t.Context(), []byte("first")); added || err != nil {
		t.Errorf("what waits already: %v, %v", added, err)
	}
	if _, err := q.Add(t.Context(), make([]byte, timestamp.MaxData+1)); err == nil {
		t.Error("took data that is too long")
	}
	if n, err := q.Len(); n != 2 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

// A damaged file is named, put aside and does not hold up the others. Files that
// are none of the queue's stay where they are.
func TestDamagedWaiting(t *testing.T) {
	q, dir := queue(t, 0)
	add(t, q, "first", "second", "third")
	names, err := filepath.Glob(filepath.Join(dir, "*.waiting"))
	if err != nil || len(names) != 3 {
		t.Fatalf("%v, %v", names, err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(names[1], "secund")
	foreign := filepath.Join(dir, "000000000001-notes.waiting")
	put(foreign, "notes")
	half := filepath.Join(dir, ".unfinished-1")
	put(half, "ha")
	if ws, err := q.List(); len(ws) != 2 || !errors.Is(err, timestamp.ErrDamaged) {
		t.Errorf("list: %+v, %v", ws, err)
	}
	var k keeper
	tsa := authority(t)
	n, err := q.Drain(t.Context(), (&timestamp.Client{URL: serve(t, tsa)}).Stamp, k.keep)
	if n != 2 || !errors.Is(err, timestamp.ErrDamaged) || !strings.Contains(err.Error(), filepath.Base(names[1])) || !slices.Equal(k.kept, []string{"first", "third"}) {
		t.Errorf("%d, %q, %v", n, k.kept, err)
	}
	if _, err := os.Stat(names[1] + ".damaged"); err != nil {
		t.Error(err)
	}
	if n, err := q.Drain(t.Context(), (&timestamp.Client{}).Stamp, k.keep); n != 0 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
	add(t, q, "fourth")
	if _, err := os.Stat(half); err == nil {
		t.Error("what a crash left half written stays")
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
}

// A number that is used up is an error and not a file that nobody finds again.
func TestQueueOfTheLastNumber(t *testing.T) {
	q, dir := queue(t, 0)
	add(t, q, "first")
	names, err := filepath.Glob(filepath.Join(dir, "*.waiting"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	if err := os.Rename(names[0], strings.Replace(names[0], "000000000001-", "999999999999-", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Add(t.Context(), []byte("second")); !errors.Is(err, timestamp.ErrFull) {
		t.Errorf("%v", err)
	}
}

func TestQueueErrors(t *testing.T) {
	q, dir := queue(t, 0)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Add(t.Context(), []byte("x")); err == nil {
		t.Error("added to a folder that is gone")
	}
	if _, err := q.Len(); err == nil {
		t.Error("counted a folder that is gone")
	}
	if _, err := q.List(); err == nil {
		t.Error("listed a folder that is gone")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := timestamp.OpenQueue(file, 0); err == nil {
		t.Error("opened a file as a queue")
	}
}

// Two drain while others add: each is stamped once, and those that one goroutine
// added come in its order.
func TestQueueAtOnce(t *testing.T) {
	_, dir := queue(t, 0)
	var mu sync.Mutex
	var kept []string
	stamp := func(context.Context, []byte) ([]byte, timestamp.Stamp, error) { return nil, timestamp.Stamp{}, nil }
	keep := func(r timestamp.Result) error {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, string(r.Data))
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var adders, drainers sync.WaitGroup
	done := make(chan struct{})
	for i := range 2 {
		q, err := timestamp.OpenQueue(dir, 0)
		if err != nil {
			t.Fatal(err)
		}
		adders.Go(func() {
			for j := range 15 {
				if _, err := q.Add(ctx, fmt.Appendf(nil, "%d-%02d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
		drainers.Go(func() {
			for last := false; !last; {
				select {
				case <-done:
					last = true
				default:
				}
				if _, err := q.Drain(ctx, stamp, keep); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adders.Wait()
	close(done)
	drainers.Wait()
	if len(kept) != 30 {
		t.Fatalf("%d kept: %q", len(kept), kept)
	}
	for i := range 2 {
		of := slices.DeleteFunc(slices.Clone(kept), func(s string) bool { return !strings.HasPrefix(s, fmt.Sprint(i)) })
		if !slices.IsSorted(of) || len(slices.Compact(slices.Clone(of))) != 15 {
			t.Errorf("kept %q", of)
		}
	}
}

func TestWaitingForTheQueueEnds(t *testing.T) {
	q, _ := queue(t, 0)
	add(t, q, "first")
	inside, leave := make(chan struct{}), make(chan struct{})
	finished := make(chan error, 1)
	go func() {
		_, err := q.Drain(context.Background(), func(context.Context, []byte) ([]byte, timestamp.Stamp, error) {
			close(inside)
			<-leave
			return nil, timestamp.Stamp{}, nil
		}, func(timestamp.Result) error { return nil })
		finished <- err
	}()
	<-inside
	add(t, q, "second") // nobody waits for the network to add
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := q.Drain(ctx, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second drain: %v", err)
	}
	close(leave)
	if err := <-finished; err != nil {
		t.Error(err)
	}
	if n, err := q.Len(); n != 1 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

// Whatever is added and however often stamping fails, what is kept is what was
// added, once each, in its order; the rest waits.
func TestQueueLaw(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		q, err := timestamp.OpenQueue(filepath.Join(base, fmt.Sprint(n)), 0)
		if err != nil {
			rt.Fatal(err)
		}
		var waits, added []string
		var k keeper
		for range rapid.IntRange(1, 10).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "add") {
				d := rapid.StringMatching(`[a-c]{0,2}`).Draw(rt, "data")
				fresh, err := q.Add(rt.Context(), []byte(d))
				if err != nil || fresh == slices.Contains(waits, d) {
					rt.Fatalf("add %q to %q: %v, %v", d, waits, fresh, err)
				}
				if fresh {
					waits, added = append(waits, d), append(added, d)
				}
				continue
			}
			left := rapid.IntRange(0, 3).Draw(rt, "stamps")
			m, err := q.Drain(rt.Context(), func(context.Context, []byte) ([]byte, timestamp.Stamp, error) {
				if left--; left < 0 {
					return nil, timestamp.Stamp{}, timestamp.ErrUnreachable
				}
				return nil, timestamp.Stamp{}, nil
			}, k.keep)
			if (err != nil) != (m < len(waits)) {
				rt.Fatalf("kept %d of %d: %v", m, len(waits), err)
			}
			waits = waits[m:]
		}
		if all := slices.Concat(k.kept, waits); !slices.Equal(all, added) {
			rt.Fatalf("added %q, kept %q, wait %q", added, k.kept, waits)
		}
		if ws, err := q.List(); err != nil || len(ws) != len(waits) {
			rt.Fatalf("wait %+v, %v", ws, err)
		}
	})
}

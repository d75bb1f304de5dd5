package witness

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestCosignGrowth(t *testing.T) {
	l := newLog(t, "log.example").grow(300, "")
	w := newWitness(t, l.key)
	v := verifierFor(t, w.Key())
	old := int64(0)
	for _, size := range []int64{0, 0, 1, 1, 2, 7, 8, 255, 256, 300, 300} {
		c, err := w.Cosign(t.Context(), l.request(old, size))
		if err != nil {
			t.Fatalf("from %d to %d: %v", old, size, err)
		}
		cs, err := Cosignatures(append(l.checkpoint(size), c.Line...), v)
		if err != nil || len(cs) != 1 || cs[0] != c || !c.At.Equal(dawn) {
			t.Fatalf("from %d to %d: cosignature %+v, %v", old, size, cs, err)
		}
		old = size
	}
	seen, ok, err := openWitness(t, w.dir, l.key).Last("log.example")
	if err != nil || !ok || seen.Size != 300 || seen.Root != l.root(300) || !seen.At.Equal(dawn) {
		t.Errorf("another start remembers %+v, %v, %v", seen, ok, err)
	}
}

func TestCosignRefuses(t *testing.T) {
	l := newLog(t, "log.example").grow(20, "")
	other := l.fork(5, 20)
	stranger, impostor := newLog(t, "stranger.example").grow(20, ""), newLog(t, "log.example").grow(20, "")
	with := func(r Request, change func(*Request)) Request { change(&r); return r }
	for _, tt := range []struct {
		name  string
		r     Request
		want  error
		known int64
	}{
		{"a smaller size", l.request(5, 7), ErrConflict, 9},
		{"a smaller size from the known one", with(l.request(7, 7), func(r *Request) { r.Old = 9 }), ErrMalformed, 0},
		{"from nothing again", l.request(0, 20), ErrConflict, 9},
		{"from a size it never saw", l.request(11, 20), ErrConflict, 9},
		{"another root at the known size", other.request(9, 9), ErrFork, 9},
		{"another root at the known size, with a proof from before", other.request(7, 9), ErrFork, 9},
		{"proof of another history", other.request(9, 20), ErrInconsistent, 0},
		{"proof of another size", with(l.request(9, 20), func(r *Request) { r.Proof = l.request(8, 20).Proof }), ErrInconsistent, 0},
		{"no proof", with(l.request(9, 20), func(r *Request) { r.Proof = nil }), ErrInconsistent, 0},
		{"a hash too many", with(l.request(9, 20), func(r *Request) { r.Proof = append(r.Proof, tlog.Hash{}) }), ErrInconsistent, 0},
		{"a changed hash", with(l.request(9, 20), func(r *Request) { r.Proof[1][3] ^= 1 }), ErrInconsistent, 0},
		{"a proof where none belongs", with(l.request(9, 9), func(r *Request) { r.Proof = make([]tlog.Hash, 1) }), ErrInconsistent, 0},
		{"64 hashes", with(l.request(9, 20), func(r *Request) { r.Proof = make([]tlog.Hash, 64) }), ErrMalformed, 0},
		{"a negative size", with(l.request(9, 20), func(r *Request) { r.Old = -1 }), ErrMalformed, 0},
		{"an unknown log", stranger.request(0, 20), ErrUnknownLog, 0},
		{"another key of that name", impostor.request(9, 20), ErrSignature, 0},
		{"a changed text", with(l.request(9, 20), func(r *Request) {
			r.Checkpoint = bytes.Replace(r.Checkpoint, []byte("\n20\n"), []byte("\n21\n"), 1)
		}), ErrSignature, 0},
		{"no checkpoint", Request{Old: 9, Checkpoint: []byte("log.example\n")}, ErrMalformed, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWitness(t, l.key)
			if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(stateOf(w, "log.example"))
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.Cosign(t.Context(), tt.r)
			if !errors.Is(err, tt.want) || c != (Cosignature{}) {
				t.Fatalf("got %+v, %v; want %v", c, err, tt.want)
			}
			var conflict *ConflictError
			if errors.As(err, &conflict) != (tt.known > 0) || conflict != nil && conflict.Known != tt.known {
				t.Errorf("names the known size %+v, want %d", conflict, tt.known)
			}
			if after, err := os.ReadFile(stateOf(w, "log.example")); err != nil || !bytes.Equal(before, after) {
				t.Errorf("what it remembers has changed: %v", err)
			}
			if _, err := w.Cosign(t.Context(), l.request(9, 20)); err != nil {
				t.Errorf("afterwards the true log is refused: %v", err)
			}
		})
	}
}

// A proof that joins nothing is refused for a first checkpoint, too, and a log may
// begin anywhere.
func TestFirstCheckpoint(t *testing.T) {
	l := newLog(t, "log.example").grow(20, "")
	w := newWitness(t, l.key)
	r := l.request(0, 20)
	r.Proof = make([]tlog.Hash, 2)
	if _, err := w.Cosign(t.Context(), r); !errors.Is(err, ErrInconsistent) {
		t.Errorf("hashes from nothing: %v", err)
	}
	if _, err := w.Cosign(t.Context(), l.request(20, 20)); !errors.Is(err, ErrConflict) {
		t.Errorf("from a size that was never cosigned: %v", err)
	}
	if _, err := w.Cosign(t.Context(), l.request(0, 20)); err != nil {
		t.Error(err)
	}
}

// Anybody can add lines to a signed checkpoint; none may lodge in the state.
func TestForeignLinesDoNotStay(t *testing.T) {
	l := newLog(t, "log.example").grow(20, "")
	w := newWitness(t, l.key)
	first, err := w.Cosign(t.Context(), l.request(0, 9))
	if err != nil {
		t.Fatal(err)
	}
	r := l.request(9, 20)
	r.Checkpoint = append(r.Checkpoint, first.Line+ // was good once, of another text
		strings.Repeat("— other.example AAAAAAAA\n", 3)...)
	if _, err := w.Cosign(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	seen, ok, err := w.Last("log.example")
	if err != nil || !ok || seen.Size != 20 {
		t.Fatalf("remembers %+v, %v, %v", seen, ok, err)
	}
	if n := strings.Count(string(seen.Checkpoint), "\n— "); n != 2 {
		t.Errorf("%d signatures in the state, want those of the log and the witness:\n%s", n, seen.Checkpoint)
	}
	if _, err := w.Cosign(t.Context(), l.request(20, 20)); err != nil {
		t.Error(err)
	}
}

// A log that changes its key is served while both are listed, whichever signed.
func TestTwoKeysOfOneLog(t *testing.T) {
	l, next := newLog(t, "log.example").grow(20, ""), newLog(t, "log.example").grow(20, "")
	w := newWitness(t, l.key, next.key)
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cosign(t.Context(), next.request(9, 15)); err != nil {
		t.Fatal(err)
	}
	stale := l.checkpoint(9)
	r := next.request(15, 20)
	r.Checkpoint = append(r.Checkpoint, stale[bytes.LastIndex(stale, []byte("—")):]...)
	if _, err := w.Cosign(t.Context(), r); err != nil {
		t.Errorf("a stale signature beside a good one: %v", err)
	}
}

func TestIntroduce(t *testing.T) {
	l, impostor := newLog(t, "log.example").grow(20, ""), newLog(t, "log.example").grow(20, "")
	listed := newLog(t, "listed.example")
	w := newWitness(t, listed.key)
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); !errors.Is(err, ErrUnknownLog) {
		t.Fatalf("before it is introduced: %v", err)
	}
	for i, want := range []bool{true, false} {
		if fresh, err := w.Introduce(t.Context(), l.key); err != nil || fresh != want {
			t.Fatalf("time %d: %v, %v", i, fresh, err)
		}
	}
	w = openWitness(t, w.dir, listed.key)
	if _, err := w.Introduce(t.Context(), impostor.key); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	if _, err := w.Introduce(t.Context(), newLog(t, "listed.example").key); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another key of a listed log: %v", err)
	}
	if _, err := w.Introduce(t.Context(), "x"); err == nil {
		t.Error("took a key that is none")
	}
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
		t.Error(err)
	}
	if _, err := w.Cosign(t.Context(), impostor.request(9, 20)); !errors.Is(err, ErrSignature) {
		t.Errorf("the impostor's checkpoint: %v", err)
	}
	write(t, filepath.Join(w.dir, introducedFile), []byte("x\n"))
	if _, err := w.Cosign(t.Context(), l.request(9, 20)); !errors.Is(err, ErrState) {
		t.Errorf("damaged list: %v", err)
	}
}

func TestClockThatWentBack(t *testing.T) {
	l := newLog(t, "log.example").grow(20, "")
	c := &clock{dawn}
	dir := newWitness(t).dir
	w, err := Open(dir, Options{Logs: []string{l.key}, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
		t.Fatal(err)
	}
	c.at = dawn.Add(-time.Second)
	if _, err := w.Cosign(t.Context(), l.request(9, 20)); !errors.Is(err, ErrClock) {
		t.Errorf("a second back: %v", err)
	}
	c.at = dawn
	if _, err := w.Cosign(t.Context(), l.request(9, 20)); err != nil {
		t.Error(err)
	}
}

// Many ask at once, through two openings of the folder as two processes have them.
// Each size is a step taken by one request alone.
func TestConcurrentRequests(t *testing.T) {
	const sizes = 24
	l := newLog(t, "log.example").grow(sizes, "")
	w := newWitness(t, l.key)
	ws := []*Witness{w, openWitness(t, w.dir, l.key)}
	var mu sync.Mutex
	steps := map[int64]int64{} // from the old size to the new
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			known := int64(0)
			for known < sizes {
				to := min(known+1+int64(i%3), sizes)
				_, err := ws[i%2].Cosign(t.Context(), l.request(known, to))
				var conflict *ConflictError
				switch {
				case errors.As(err, &conflict):
					known = conflict.Known
				case err != nil:
					t.Error(err)
					return
				default:
					mu.Lock()
					if was, taken := steps[known]; taken {
						t.Errorf("cosigned %d to %d and %d to %d", known, was, known, to)
					}
					steps[known] = to
					mu.Unlock()
					known = to
				}
			}
		})
	}
	wg.Wait()
	at, n := int64(0), 0
	for ; at < sizes; n++ {
		to, ok := steps[at]
		if !ok {
			t.Fatalf("no step leads on from %d: %v", at, steps)
		}
		at = to
	}
	if n != len(steps) {
		t.Errorf("%d steps, of which %d follow each other", len(steps), n)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	l := newLog(t, "log.example").grow(9, "")
	w := newWitness(t, l.key)
	for _, holder := range []*Witness{w, openWitness(t, w.dir)} {
		release, err := holder.lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := w.Cosign(ctx, l.request(0, 9)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while another is at work: %v", err)
		}
		cancel()
		release()
	}
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
		t.Error(err)
	}
}

// Whatever two histories of one log ask for, in any order, what was cosigned is one
// history.
func TestOneHistoryLaw(t *testing.T) {
	l := newLog(t, "log.example").grow(24, "")
	histories := []*testLog{l, l.fork(3, 24), l.fork(11, 24)}
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		at := filepath.Join(dir, string(rune('a'+n%26)), time.Duration(n).String())
		if _, err := Create(at, "w.example", rand.Reader); err != nil {
			rt.Fatal(err)
		}
		w, err := Open(at, Options{Logs: []string{l.key}, Now: (&clock{dawn}).now})
		if err != nil {
			rt.Fatal(err)
		}
		var size int64
		var root tlog.Hash
		for range rapid.IntRange(1, 12).Draw(rt, "requests") {
			h := rapid.SampledFrom(histories).Draw(rt, "history")
			to := rapid.Int64Range(0, 24).Draw(rt, "to")
			from := rapid.SampledFrom([]int64{size, rapid.Int64Range(0, 24).Draw(rt, "any")}).Draw(rt, "from")
			r := h.request(min(from, to), to)
			r.Old = from
			continues := size == 0 || h.root(size) == root
			_, err := w.Cosign(rt.Context(), r)
			if granted := from == size && to >= size && continues; granted != (err == nil) {
				rt.Fatalf("from %d to %d, knowing %d of this history: %v: %v", from, to, size, continues, err)
			}
			if err == nil {
				size, root = to, h.root(to)
			}
		}
	})
}

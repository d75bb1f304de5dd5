package witness

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func TestCreateAndOpen(t *testing.T) {
	w := newWitness(t)
	if _, err := Create(w.dir, "again.example", rand.Reader); !errors.Is(err, ErrExists) {
		t.Errorf("a second key: %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(w.dir, publicFile)); err != nil || strings.TrimSpace(string(b)) != w.Key() {
		t.Errorf("%s, %v", b, err)
	}
	if i, err := os.Stat(filepath.Join(w.dir, keyFile)); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", i, err)
	}
	now := (&clock{dawn}).now
	if _, err := Open(t.TempDir(), Options{Now: now}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Open(w.dir, Options{}); err == nil {
		t.Error("opened without a clock")
	}
	if _, err := Open(w.dir, Options{Logs: []string{"x"}, Now: now}); err == nil {
		t.Error("took a log's key that is none")
	}
	for _, sub := range []string{"", logsDir, forksDir} {
		write(t, filepath.Join(w.dir, sub, unfinished+"1"), []byte("half"))
	}
	openWitness(t, w.dir)
	if left, err := filepath.Glob(filepath.Join(w.dir, "*", unfinished+"*")); err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	write(t, filepath.Join(w.dir, keyFile), []byte("x"))
	if _, err := Open(w.dir, Options{Now: now}); !errors.Is(err, ErrState) {
		t.Errorf("a damaged key: %v", err)
	}
}

// State that is not as it was written is never taken for a fresh start.
func TestDamagedState(t *testing.T) {
	l, other := newLog(t, "log.example").grow(20, ""), newLog(t, "other.example").grow(20, "")
	w := newWitness(t, l.key, other.key)
	for _, r := range []Request{l.request(0, 9), other.request(0, 9)} {
		if _, err := w.Cosign(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	name := stateOf(w, "log.example")
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Index(good, []byte("\n\n"))
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		write(t, name, b)
		_, err := w.Cosign(t.Context(), l.request(0, 20))
		if err == nil {
			t.Fatalf("byte %d changed: cosigned from nothing", i)
		}
		if i < text && !errors.Is(err, ErrState) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	foreign, err := os.ReadFile(stateOf(w, "other.example"))
	if err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{"empty": {}, "half": good[:len(good)/2], "another log's": foreign, "huge": make([]byte, maxFile+1)} {
		write(t, name, b)
		if _, err := w.Cosign(t.Context(), l.request(0, 20)); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := w.Seen(); !errors.Is(err, ErrState) {
			t.Errorf("%s: Seen: %v", what, err)
		}
	}
	if err := os.RemoveAll(filepath.Join(w.dir, logsDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cosign(t.Context(), l.request(0, 20)); err == nil {
		t.Error("without the folder of the logs it starts afresh")
	}
}

func TestSeen(t *testing.T) {
	a, b := newLog(t, "a.example").grow(9, ""), newLog(t, "b.example").grow(9, "")
	w := newWitness(t, b.key, a.key)
	if seen, err := w.Seen(); err != nil || len(seen) != 0 {
		t.Fatalf("%v, %v", seen, err)
	}
	for _, r := range []Request{b.request(0, 4), a.request(0, 9)} {
		if _, err := w.Cosign(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := w.Seen()
	if err != nil || len(seen) != 2 || seen[0].Origin != "a.example" || seen[0].Size != 9 || seen[1].Size != 4 {
		t.Errorf("%+v, %v", seen, err)
	}
	if _, ok, err := w.Last("c.example"); ok || err != nil {
		t.Errorf("of a log never seen: %v, %v", ok, err)
	}
}

// Both checkpoints of a fork are kept as evidence, once, and in bounds.
func TestForksAreKept(t *testing.T) {
	l := newLog(t, "log.example").grow(9, "")
	w := newWitness(t, l.key)
	if _, err := w.Cosign(t.Context(), l.request(0, 9)); err != nil {
		t.Fatal(err)
	}
	other := l.fork(5, 9)
	for range 3 {
		if _, err := w.Cosign(t.Context(), other.request(9, 9)); !errors.Is(err, ErrFork) || !errors.Is(err, ErrConflict) {
			t.Fatal(err)
		}
	}
	forks, err := w.Forks()
	if err != nil || len(forks) != 2 {
		t.Fatalf("%d kept, %v", len(forks), err)
	}
	v, err := note.NewVerifier(l.key)
	if err != nil {
		t.Fatal(err)
	}
	roots := map[tlog.Hash]bool{}
	for _, b := range forks {
		if _, err := note.Open(b, note.VerifierList(v)); err != nil {
			t.Errorf("not signed by the log: %v", err)
		}
		cp, err := parseCheckpoint(b)
		if err != nil || cp.size != 9 {
			t.Fatalf("%+v, %v", cp, err)
		}
		roots[cp.root] = true
	}
	if !roots[l.root(9)] || !roots[other.root(9)] {
		t.Errorf("kept roots %v", roots)
	}
	for i := range 70 {
		mad := &testLog{t: t, key: l.key, signer: l.signer}
		if _, err := w.Cosign(t.Context(), mad.grow(9, string(rune('A'+i))).request(9, 9)); !errors.Is(err, ErrFork) {
			t.Fatal(err)
		}
	}
	if forks, err := w.Forks(); err != nil || len(forks) > maxForks+1 {
		t.Errorf("%d kept, %v", len(forks), err)
	}
}

package custody

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestRootAt(t *testing.T) {
	dir := t.TempDir()
	if _, err := StandsAt(dir); !errors.Is(err, ErrNoLog) {
		t.Errorf("no log: error %v", err)
	}
	l := mustOpen(t, dir, options())
	defer l.Close()
	roots := []tlog.Hash{l.head.Root}
	for range 9 {
		mustAppend(t, l, some(1)...)
		roots = append(roots, l.head.Root)
	}
	for size, want := range roots {
		if got, err := RootAt(dir, int64(size)); err != nil || got != want {
			t.Errorf("of %d leaves: %v, %v, want %v", size, got, err, want)
		}
	}
	for _, size := range []int64{-1, 10} {
		if _, err := RootAt(dir, size); !errors.Is(err, ErrNoLeaf) {
			t.Errorf("of %d leaves: error %v", size, err)
		}
	}
	if n, err := StandsAt(dir); err != nil || n != 9 {
		t.Errorf("%d leaves, %v", n, err)
	}
	if err := os.Truncate(filepath.Join(dir, hashesFile), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := RootAt(dir, 9); !errors.Is(err, ErrDamaged) {
		t.Errorf("hashes cut: error %v", err)
	}
	for _, bad := range []string{"", "\n\n", "a\n-1\nx\n\n"} {
		put(t, dir, checkpointFile, bad)
		if _, err := StandsAt(dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("checkpoint %q: error %v", bad, err)
		}
	}
}

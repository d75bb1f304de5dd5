package backup_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/backup"
	"pgregory.net/rapid"
)

var ctx = context.Background()

var about = backup.About{At: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), Checkpoint: "a note\n"}

// sources are files held in memory.
func sources(files map[string]string) []backup.Source {
	var out []backup.Source
	for _, path := range slices.Sorted(maps.Keys(files)) {
		out = append(out, backup.Source{Path: path, Mode: 0o640, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(files[path])), nil
		}})
	}
	return out
}

// folder reads every file under dir.
func folder(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func open(t testing.TB, dir string) *backup.Store {
	t.Helper()
	s, err := backup.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func take(t testing.TB, s *backup.Store, files map[string]string) backup.Stats {
	t.Helper()
	_, stats, err := s.Take(ctx, sources(files), about, nil)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// noise is n bytes that do not repeat.
func noise(seed uint64, n int) string {
	b := make([]byte, n)
	if _, err := rand.NewChaCha8([32]byte{byte(seed)}).Read(b); err != nil {
		panic(err)
	}
	return string(b)
}

func TestEverySnapshotComesBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "backup"))
	first := map[string]string{"desk.json": "{}", "vault/items/ab/cd": noise(1, 3<<20), "empty": ""}
	second := maps.Clone(first)
	second["desk.json"], second["desk.sqlite"] = `{"v":2}`, noise(2, 100)
	if stats := take(t, s, first); stats.Written != stats.Bytes || stats.Files != 3 {
		t.Errorf("first: %+v", stats)
	}
	if stats := take(t, s, second); stats.Written != 107 {
		t.Errorf("second wrote %d bytes, want the 107 that changed", stats.Written)
	}
	for n, want := range map[int]map[string]string{1: first, 2: second, backup.Latest: second} {
		to := filepath.Join(dir, fmt.Sprint("desk", n))
		snap, err := s.Restore(ctx, n, to)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, folder(t, to)); diff != "" {
			t.Errorf("snapshot %d (-want +got):\n%.400s", n, diff)
		}
		if diff := cmp.Diff(about, snap.About); diff != "" {
			t.Errorf("about (-want +got):\n%s", diff)
		}
		if info, err := os.Stat(filepath.Join(to, "desk.json")); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
	if faults, err := s.Check(ctx, nil); err != nil || len(faults) > 0 {
		t.Errorf("check: %v, %v", faults, err)
	}
}

// What is looked for is not made.
func TestFind(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backup")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, file} {
		if _, err := backup.Find(path); !errors.Is(err, backup.ErrNotBackup) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	take(t, open(t, dir), map[string]string{"a": "1"})
	s, err := backup.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if snaps, err := s.Snapshots(); err != nil || len(snaps) != 1 {
		t.Errorf("%v, %v", snaps, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "backup"))
	if _, err := s.Restore(ctx, backup.Latest, filepath.Join(dir, "x")); !errors.Is(err, backup.ErrNoSnapshot) {
		t.Errorf("empty backup: %v", err)
	}
	take(t, s, map[string]string{"a": "one"})
	if _, err := s.Restore(ctx, 7, filepath.Join(dir, "x")); !errors.Is(err, backup.ErrNoSnapshot) {
		t.Errorf("snapshot 7: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(ctx, 1, dir); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("a folder in use: %v", err)
	}
	if _, err := backup.Open(dir); !errors.Is(err, backup.ErrNotBackup) {
		t.Errorf("a folder that is no backup: %v", err)
	}
}

// One flipped bit anywhere is named, and is never restored as if it were right.
func TestFlippedBitsAreNamed(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "backup")
	s := open(t, home)
	take(t, s, map[string]string{"a": "one", "b/c": "two"})
	for name, content := range folder(t, home) {
		if name == "backup.json" {
			continue // Open reads it
		}
		for at := range len(content) {
			b := []byte(content)
			b[at] ^= 1
			path := filepath.Join(home, filepath.FromSlash(name))
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			faults, err := s.Check(ctx, nil)
			if err != nil || !slices.ContainsFunc(faults, func(f backup.Fault) bool { return f.File == name }) {
				t.Errorf("byte %d of %s: %v, %v", at, name, faults, err)
			}
			if _, err := s.Restore(ctx, 1, filepath.Join(dir, "desk")); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("byte %d of %s was restored: %v", at, name, err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "desk")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder was left behind")
	}
}

func TestFlippedMarker(t *testing.T) {
	home := filepath.Join(t.TempDir(), "backup")
	open(t, home)
	path := filepath.Join(home, "backup.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[at] ^= 1 << bit
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Open(home); !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrNewer) {
				t.Errorf("bit %d of byte %d: %v", bit, at, err)
			} else if !strings.Contains(err.Error(), "backup.json") {
				t.Errorf("bit %d of byte %d: %v does not name the file", bit, at, err)
			}
		}
	}
}

func TestForgotten(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "backup")
	s := open(t, home)
	take(t, s, map[string]string{"vault/keys/EV-000001.age": "the key", "desk.json": "{}"})
	take(t, s, map[string]string{"vault/keys/EV-000001.age": "the key", "desk.json": "{}"})
	n, err := s.Forget(ctx, func(path string) bool { return path == "vault/keys/EV-000001.age" })
	if err != nil || n != 2 {
		t.Fatalf("forgotten %d, %v", n, err)
	}
	for name, content := range folder(t, home) {
		if strings.Contains(content, "the key") {
			t.Errorf("%s still holds the key", name)
		}
	}
	if _, err := s.Restore(ctx, 1, filepath.Join(dir, "desk")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"desk.json": "{}"}, folder(t, filepath.Join(dir, "desk"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if faults, err := s.Check(ctx, nil); err != nil || len(faults) > 0 {
		t.Errorf("check: %v, %v", faults, err)
	}
}

// A source that fails leaves no snapshot.
func TestTakeIsWholeOrNothing(t *testing.T) {
	s := open(t, t.TempDir())
	broken := append(sources(map[string]string{"a": "one"}), backup.Source{Path: "b", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 2<<20)), failing{})), nil
	}})
	if _, _, err := s.Take(ctx, broken, about, nil); !errors.Is(err, errRead) {
		t.Fatalf("error %v", err)
	}
	if snaps, err := s.Snapshots(); err != nil || len(snaps) != 0 {
		t.Errorf("%v, %v", snaps, err)
	}
	for _, path := range []string{"../a", "/a", "a/../b", "", ".", `a\b`} {
		if _, _, err := s.Take(ctx, sources(map[string]string{path: "x"}), about, nil); err == nil {
			t.Errorf("path %q was taken", path)
		}
	}
}

var errRead = errors.New("the disk does not answer")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errRead }

func TestAnyFolderComesBack(t *testing.T) {
	if err := flag.Set("rapid.checks", "20"); err != nil { // each waits for the disk a few dozen times
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "backup-*")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s, err := backup.Open(filepath.Join(dir, "b"))
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for n := range 3 {
			path := rapid.SampledFrom([]string{"a", "b/c", "b/d", "e/f/g"}).Draw(t, "path")
			files[path] = noise(rapid.Uint64Range(0, 3).Draw(t, "seed"), rapid.SampledFrom([]int{0, 1, 1 << 20, 1<<20 + 1}).Draw(t, "size"))
			if _, _, err := s.Take(ctx, sources(files), about, nil); err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(dir, fmt.Sprint(n))
			if _, err := s.Restore(ctx, n+1, to); err != nil {
				t.Fatal(err)
			}
			for path, want := range files {
				if got, err := os.ReadFile(filepath.Join(to, path)); err != nil || string(got) != want {
					t.Fatalf("%s came back with %d bytes of %d: %v", path, len(got), len(want), err)
				}
			}
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	home := f.TempDir()
	store := open(f, home)
	take(f, store, map[string]string{"a": "one", "b/c": "two"})
	path := filepath.Join(home, "snapshots", "000001.json")
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"number":1,"files":[{"path":"../x"}]}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Snapshot(1); err != nil && !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("error %v", err)
		}
	})
}

// What changed while it was read is no snapshot.
func TestUnconfirmed(t *testing.T) {
	s := open(t, t.TempDir())
	changed := errors.New("the folder changed")
	if _, _, err := s.Take(ctx, sources(map[string]string{"a": "one"}), about, func() error { return changed }); !errors.Is(err, changed) {
		t.Errorf("error %v", err)
	}
	if snaps, err := s.Snapshots(); err != nil || len(snaps) != 0 {
		t.Errorf("%v, %v", snaps, err)
	}
	if stats := take(t, s, map[string]string{"a": "one"}); stats.Written != 0 {
		t.Errorf("%d bytes were written again", stats.Written)
	}
}

// What lies in a scratch folder can be taken, and what a process that died left of
// one is gone with the next snapshot.
func TestScratch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backup")
	left, _, err := open(t, dir).Scratch() // and then it died
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(left) != dir || !strings.HasPrefix(filepath.Base(left), ".writing-") {
		t.Errorf("scratch folder %s", left)
	}
	if err := os.WriteFile(filepath.Join(left, "desk.sqlite"), []byte("records"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	scratch, remove, err := s.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(scratch); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	for range 2 {
		take(t, s, map[string]string{"a": "1"})
		if _, err := os.Stat(scratch); err != nil {
			t.Errorf("in use and removed: %v", err)
		}
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	again, _, err := s.Scratch()
	if err != nil {
		t.Fatal(err)
	}
	take(t, open(t, dir), map[string]string{"a": "1"})
	for _, gone := range []string{left, scratch, again} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s: %v", filepath.Base(gone), err)
		}
	}
	if faults, err := s.Check(ctx, nil); len(faults) > 0 || err != nil {
		t.Errorf("%v, %v", faults, err)
	}
}

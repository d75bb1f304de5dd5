package whole_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk/whole"
)

// state reads the two files of a set; what waits is none of it.
func state(t *testing.T, dir string) [2]string {
	t.Helper()
	var out [2]string
	for i, name := range []string{"a", "b"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		out[i] = string(b)
	}
	return out
}

func write(t *testing.T, dir string, a, b string) {
	t.Helper()
	end, err := whole.WriteSet(dir, map[string][]byte{"a": []byte(a), "b": []byte(b)}, 0o644)
	if err == nil {
		err = end()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteSet(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1", "1")
	write(t, dir, "2", "2")
	if diff := cmp.Diff([2]string{"2", "2"}, state(t, dir)); diff != "" {
		t.Error(diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if _, err := whole.WriteSet(dir, map[string][]byte{"../x": nil}, 0o644); err == nil {
		t.Error("a name that leaves the folder was taken")
	}
}

// Until the set is ended, it counts as carried through.
func TestUnendedSet(t *testing.T) {
	dir := t.TempDir()
	if _, err := whole.WriteSet(dir, map[string][]byte{"a": []byte("new"), "b": []byte("new")}, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		if finished, err := whole.FinishSet(dir); err != nil || finished != want {
			t.Errorf("finished %v, %v; want %v", finished, err, want)
		}
	}
	if diff := cmp.Diff([2]string{"new", "new"}, state(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// However far an interrupted set had come, what is there afterwards is all old or
// all new.
func TestInterruptedSet(t *testing.T) {
	for name, tc := range map[string]struct {
		wait map[string]string // what lies in .set
		want [2]string
	}{
		"nothing staged":           {map[string]string{}, [2]string{"old", "old"}},
		"one staged":               {map[string]string{"a": "new"}, [2]string{"old", "old"}},
		"all staged, no list":      {map[string]string{"a": "new", "b": "new"}, [2]string{"old", "old"}},
		"all staged, with list":    {map[string]string{"a": "new", "b": "new", "list.json": `["a","b"]`}, [2]string{"new", "new"}},
		"one took its place":       {map[string]string{"b": "new", "list.json": `["a","b"]`}, [2]string{"old", "new"}}, // where a is the new one already
		"a file of the list wrote": {map[string]string{"a": "new", ".writing-1": "ne"}, [2]string{"old", "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "old", "old")
			wait := filepath.Join(dir, ".set")
			if err := os.Mkdir(wait, 0o700); err != nil {
				t.Fatal(err)
			}
			for file, content := range tc.wait {
				if err := os.WriteFile(filepath.Join(wait, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, listed := tc.wait["list.json"]
			finished, err := whole.FinishSet(dir)
			if err != nil || finished != listed {
				t.Errorf("finished %v, %v", finished, err)
			}
			if diff := cmp.Diff(tc.want, state(t, dir)); diff != "" {
				t.Error(diff)
			}
			if _, err := os.Stat(wait); !os.IsNotExist(err) {
				t.Error("the folder was left behind")
			}
		})
	}
}

// staged lies in wait as WriteSet leaves it when it is interrupted before any file
// of it took its place.
func staged(t *testing.T, dir string, extra map[string]string) {
	t.Helper()
	old := filepath.Join(dir, ".set", ".old")
	if err := os.MkdirAll(old, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if err := os.Link(filepath.Join(dir, name), filepath.Join(old, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	for name, content := range extra {
		if err := os.WriteFile(filepath.Join(dir, ".set", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A folder in the place of a file is found before anything is written.
func TestSetOverAFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "old", "old")
	if err := os.Mkdir(filepath.Join(dir, "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := whole.WriteSet(dir, map[string][]byte{"a": []byte("new"), "b": []byte("new"), "c": []byte("new")}, 0o644)
	if err == nil || !strings.Contains(err.Error(), `"c" is a folder`) {
		t.Errorf("error %v", err)
	}
	unchanged(t, dir)
}

// unchanged reports whatever is not as it was before the set.
func unchanged(t *testing.T, dir string) {
	t.Helper()
	if diff := cmp.Diff([2]string{"old", "old"}, state(t, dir)); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".set")); !os.IsNotExist(err) {
		t.Errorf("the set was left behind: %v", err)
	}
}

// What cannot take its place brings the old files back: here a folder stands, since
// the set was staged, where its last file goes.
func TestSetThatCannotBeFinished(t *testing.T) {
	for name, undone := range map[string][]string{"at once": nil, "undoing was noted": {}, "a was put back": {"a"}, "both were": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "old", "old")
			if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
				t.Fatal(err)
			}
			staged(t, dir, map[string]string{"a": "new", "b": "new", "c": "new", "d": "new", "list.json": `["a","b","c","d"]`})
			if undone != nil { // it was interrupted while it undid
				for _, name := range []string{"a", "b", "c"} {
					if err := os.Rename(filepath.Join(dir, ".set", name), filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
				}
				for _, name := range undone {
					if err := os.Rename(filepath.Join(dir, ".set", ".old", name), filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(filepath.Join(dir, ".set", ".undo.json"), []byte(`["+a","+b","-c","-d"]`), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if finished, err := whole.FinishSet(dir); finished || err != nil {
				t.Errorf("finished %v, %v", finished, err)
			}
			unchanged(t, dir)
			if _, err := os.Lstat(filepath.Join(dir, "c")); !os.IsNotExist(err) {
				t.Errorf("c, which was not there before, is: %v", err)
			}
			write(t, dir, "3", "3") // and the next set is written
			if diff := cmp.Diff([2]string{"3", "3"}, state(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

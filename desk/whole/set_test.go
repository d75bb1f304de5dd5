package whole_test

import (
	"os"
	"path/filepath"
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

package whole_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/desk/whole"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := whole.Write(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if b, _ := os.ReadFile(path); err != nil || string(b) != content || info.Mode().Perm() != 0o640 {
			t.Errorf("wrote %q with %v, %v", b, info.Mode(), err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "taken"), filepath.Join(dir, "missing", "f")} {
		if err := whole.Write(path, []byte("x"), 0o644); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("error %v does not name %s", err, path)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestUnfinished(t *testing.T) {
	for name, want := range map[string]bool{".writing-1": true, "a/b/.writing-": true, "writing-1": false, ".writing": false, "a": false} {
		if got := whole.Unfinished(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

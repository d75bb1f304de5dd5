package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
)

const nobody = 65534

func TestReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store")
	open(t, path).Close()
	for _, p := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(p, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(dir), 0o755); _ = os.Chmod(dir, 0o755) })
	asNobody(t, func() {
		for _, path := range []string{path, filepath.Join(dir, "new")} {
			err := readAll(path)
			if err == nil || errors.Is(err, desk.ErrDamaged) || errors.Is(err, desk.ErrBusy) || !strings.Contains(err.Error(), "cannot be written") {
				t.Errorf("%s: error %v", filepath.Base(path), err)
			}
		}
		if _, err := desk.Create(filepath.Join(dir, "desk"), sqlite.Open); !errors.Is(err, os.ErrPermission) {
			t.Errorf("error %v, want %v", err, os.ErrPermission)
		}
	})
}

// asNobody runs f without root's right to ignore permissions.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setfsuid(0) }()
	f()
}

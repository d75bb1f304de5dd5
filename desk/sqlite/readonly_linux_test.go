package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/vault"
)

const nobody = 65534

// readOnly takes away the right to write anywhere in the folder, and gives anybody
// the right to read.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	change := func(folder, file os.FileMode) error {
		return filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() {
				return os.Chmod(path, folder)
			}
			return os.Chmod(path, file)
		})
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := change(0o555, 0o444); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = change(0o755, 0o644) })
}

func TestADeskThatCannotBeWritten(t *testing.T) {
	dir, ctx := fullDesk(t), context.Background()
	readOnly(t, dir)
	asNobody(t, func() {
		d, err := desk.Open(dir, sqlite.Open)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		rs, err := d.Records("shipment")
		if err != nil || len(rs) != 196 {
			t.Fatalf("%d records, %v", len(rs), err)
		}
		if ks, err := d.Kinds(ctx); err != nil || len(ks) != 1 {
			t.Errorf("kinds %v, %v", ks, err)
		}
		if r, err := d.Receipts(ctx); err != nil || len(r) != 1 {
			t.Errorf("receipts %v, %v", r, err)
		}
		if _, err := d.Proof(ctx, rs[0].ID); err != nil {
			t.Error(err)
		}
		v, err := d.ReadVault(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if v.Log().Size() != 2 {
			t.Errorf("the log has %d leaves", v.Log().Size())
		}
		for name, err := range map[string]error{
			"replace": d.Replace(ctx, "a", "x", []byte("y")),
			"vault":   second(d.Vault(ctx)),
		} {
			if !errors.Is(err, desk.ErrReadOnly) {
				t.Errorf("%s: error %v, want %v", name, err, desk.ErrReadOnly)
			}
		}
		c, err := desk.Check(ctx, dir, sqlite.Open, nil)
		if err != nil || !c.OK() || c.Records != 196 {
			t.Errorf("check: %v, %+v", err, c)
		}
		if _, err := desk.Create(filepath.Join(dir, "desk"), sqlite.Open); !errors.Is(err, os.ErrPermission) {
			t.Errorf("error %v, want %v", err, os.ErrPermission)
		}
	})
	sound(t, dir)
}

func second(_ *vault.Vault, err error) error { return err }

// What is written to while it is read without locks is not believed.
func TestAStoreThatChangesWhileItIsRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store")
	s := open(t, path)
	hold(t, s, held("A-1", "one"), held("A-2", "two"))
	s.Close()
	readOnly(t, dir)
	var reader desk.Store
	asNobody(t, func() {
		var err error
		if reader, err = sqlite.Open(path); err != nil {
			t.Fatal(err)
		}
	})
	defer reader.Close()
	if err := readRecords(reader); err != nil {
		t.Errorf("before: %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s = open(t, path) // root may write
	hold(t, s, held("A-3", "three"))
	s.Close()
	if err := readRecords(reader); !errors.Is(err, desk.ErrBusy) {
		t.Errorf("error %v, want %v", err, desk.ErrBusy)
	}
}

func readRecords(s desk.Store) error {
	for _, err := range s.Records(context.Background(), "a") {
		if err != nil {
			return err
		}
	}
	return nil
}

// An old desk cannot be brought up to date where it cannot be written.
func TestAnOldDeskThatCannotBeWritten(t *testing.T) {
	dir := oldDesk(t, 2)
	readOnly(t, dir)
	asNobody(t, func() {
		if _, err := desk.Open(dir, sqlite.Open); !errors.Is(err, desk.ErrReadOnly) {
			t.Errorf("error %v, want %v", err, desk.ErrReadOnly)
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

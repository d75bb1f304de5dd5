package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
)

// smallDisk is a disk of a megabyte or two.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("a disk of its own is needed:", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves no room on a disk.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() { remove(t, path) }
}

func TestADeskOnAFullDisk(t *testing.T) {
	disk, whole := smallDisk(t), fullDesk(t)
	dir := filepath.Join(disk, "desk")
	if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	empty := fill(t, disk)
	d := openDesk(t, dir)
	rs, err := d.Records("shipment")
	if err != nil || len(rs) != 196 {
		t.Errorf("%d records, %v", len(rs), err)
	}
	s, err := sqlite.Open(filepath.Join(dir, "desk.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Begin(context.Background()); !errors.Is(err, desk.ErrFull) {
		t.Errorf("error %v, want %v", err, desk.ErrFull)
	}
	empty()
	sound(t, dir)
}

// A store that becomes full while it is written to, and one whose log was left by a
// process that died.
func TestAStoreThatHasNoRoom(t *testing.T) {
	disk := smallDisk(t)
	s := open(t, filepath.Join(disk, "store"))
	hold(t, s, held("A-1", "one"))
	empty := fill(t, disk)
	tx, err := s.Begin(context.Background())
	if err == nil {
		hs := make([]desk.Held, 100)
		for i := range hs {
			hs[i] = held(string(rune('A'+i)), string(make([]byte, 4096)))
			hs[i].Batch, hs[i].Place = 1, int64(i+1)
		}
		err = tx.Put(hs...)
		if e := tx.Commit(); err == nil {
			err = e
		}
		_ = tx.Rollback()
	}
	if !errors.Is(err, desk.ErrFull) {
		t.Errorf("error %v, want %v", err, desk.ErrFull)
	}
	empty()
	if err := readRecords(s); err != nil {
		t.Error(err)
	}
	left := filepath.Join(disk, "left")
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(disk, "store") + end)
		if err != nil || len(b) == 0 {
			t.Fatal(len(b), err)
		}
		if err := os.WriteFile(left+end, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, disk)
	switch again, err := sqlite.Open(left); {
	case err == nil:
		defer again.Close()
		if err := readRecords(again); err != nil {
			t.Error(err)
		}
	case !errors.Is(err, desk.ErrFull):
		t.Errorf("error %v, want %v", err, desk.ErrFull)
	}
}

// TestADeskIsItsOwnersAlone: the records in it are not encrypted.
func TestADeskIsItsOwnersAlone(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"made":      func(string) error { return nil },
		"was there": func(dir string) error { return os.Mkdir(dir, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "desk")
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			d, err := desk.Create(dir, sqlite.Open)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			release, err := d.Hold(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Replace(context.Background(), "a", "x", []byte("y")); err != nil {
				t.Fatal(err)
			}
			want := map[string]fs.FileMode{"": 0o700, "desk.sqlite": 0o600, "desk.sqlite-wal": 0o600, "desk.sqlite-shm": 0o600}
			for file, mode := range want {
				info, err := os.Stat(filepath.Join(dir, file))
				if err != nil || info.Mode().Perm() != mode {
					t.Errorf("%q: mode %v, %v; want %v", file, info.Mode().Perm(), err, mode)
				}
			}
			if err := release(); err != nil {
				t.Error(err)
			}
		})
	}
	// one that was made open to others stays as its owner has it, and goes on
	dir := fullDesk(t)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "desk.sqlite"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := openDesk(t, dir).Replace(context.Background(), "a", "x", []byte("y")); err != nil {
		t.Error(err)
	}
	sound(t, dir)
}

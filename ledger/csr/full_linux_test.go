package csr_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
)

// limitFiles bounds the size of the files that this process writes; "" does not.
func limitFiles(size string) {
	n, err := strconv.ParseUint(size, 10, 64)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		panic(err)
	}
}

// TestFullDisk appends on a disk that fills up: an error that says so, and the ledger
// is as it was. It needs the right to mount.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no small disk to be had: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	s, err := csr.Open(dir+"/ledger", csr.Options{Create: true, BatchRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var held uint64
	for n := uint64(500); ; n += 500 {
		_, err = s.Append(context.Background(), generated(held, n))
		if err != nil {
			break
		}
		held = n
	}
	if !errors.Is(err, ledger.ErrFull) {
		t.Errorf("a full disk: %v", err)
	}
	if held == 0 || readAll(t, dir+"/ledger") != digestOf(held) {
		t.Errorf("the %d rows before are others", held)
	}
	if found := check(t, dir+"/ledger"); len(found.Faults) > 0 || found.Rows != held {
		t.Errorf("%+v, want %d rows", found, held)
	}
}

// TestWriteFails lets writing end at any size of file.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{0, 1, 100, 1000, 30_000, 70_000, 140_000, 300_000, 600_000} {
		dir := t.TempDir() + "/ledger"
		if s, err := csr.Open(dir, csr.Options{Create: true}); err != nil {
			t.Fatal(err)
		} else {
			s.Close()
		}
		c := exec.Command(exe)
		c.Env = append(os.Environ(), appendsTo+"="+dir, "TURTLEBAY_TEST_FILE_LIMIT="+strconv.Itoa(limit))
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "file too large") {
			t.Errorf("limit %d: %v: %s", limit, err, out)
		}
		found := check(t, dir)
		if len(found.Faults) > 0 || found.Rows%killRows != 0 || readAll(t, dir) != digestOf(found.Rows) {
			t.Errorf("limit %d: %+v", limit, found)
		}
	}
}

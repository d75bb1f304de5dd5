package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/intake"
)

// The tests of this file start themselves again as a second process, which these
// variables tell what to do.
const (
	childJob  = "TURTLEBAY_TEST_CHILD" // "hold" a batch open, or "write" batches
	childDesk = "TURTLEBAY_TEST_DESK"
)

// batchSize is how many records the child writes in one batch.
const batchSize = 60

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		if err := child(job, os.Getenv(childDesk)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child opens the desk's store and says a line after each thing done.
func child(job, dir string) error {
	d, err := desk.Create(dir, sqlite.Open)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(d.Path("desk.sqlite"))
	if err != nil {
		return err
	}
	before, err := store.Receipts(context.Background())
	if err != nil {
		return err
	}
	for number := len(before); ; number++ {
		b, err := store.Begin(context.Background())
		if err != nil {
			return err
		}
		for i := range batchSize {
			if _, err := b.Add(held(fmt.Sprintf("A-%05d-%03d", number, i), strings.Repeat("x", 200))); err != nil {
				return err
			}
		}
		if err := b.Receipt(intake.Receipt{File: fmt.Sprint(number), Read: batchSize, New: batchSize}); err != nil {
			return err
		}
		fmt.Println("batch open")
		if job == "hold" {
			time.Sleep(time.Minute) // until killed
		}
		if err := b.Commit(); err != nil {
			return err
		}
	}
}

// launch starts the child; kill ends it at once and waits for its end.
func launch(t *testing.T, job, dir string) (out io.Reader, kill func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.run=^$")
	c.Env = append(os.Environ(), childJob+"="+job, childDesk+"="+dir)
	if out, err = c.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return out, func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}

// start runs the child until it has a batch open.
func start(t *testing.T, job, dir string) (kill func()) {
	t.Helper()
	out, kill := launch(t, job, dir)
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err != nil || line != "batch open\n" {
		kill()
		t.Fatalf("the child says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // never let it wait for a reader
	return kill
}

func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	kill := start(t, "hold", dir)
	defer kill()
	d, err := desk.Open(dir, sqlite.Open)
	if err != nil {
		t.Fatalf("a desk in use cannot be read: %v", err)
	}
	defer d.Close()
	if ks, err := d.Kinds(context.Background()); err != nil || len(ks) > 0 {
		t.Errorf("a batch that is not committed is seen: %v, %v", ks, err)
	}
	err = d.Replace(context.Background(), "a", "x", []byte("y"))
	if !errors.Is(err, desk.ErrBusy) || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("error %v, want %v", err, desk.ErrBusy)
	}
	kill() // and what a dead process held is free
	if err := d.Replace(context.Background(), "a", "x", []byte("y")); err != nil {
		t.Errorf("after the other process died: %v", err)
	}
}

func TestKilledInABatch(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	dir, seen := t.TempDir(), 0
	for round := range rounds {
		kill := start(t, "write", dir)
		time.Sleep(time.Duration(rand.IntN(6000)) * time.Microsecond)
		kill()
		n := wholeBatches(t, dir)
		if n < seen {
			t.Fatalf("round %d: %d batches held, %d before", round, n, seen)
		}
		seen = n
	}
	if seen == 0 {
		t.Error("no batch was ever committed: nothing was tested")
	}
	t.Logf("%d batches committed in %d rounds", seen, rounds)
}

func TestKilledWhileItIsMade(t *testing.T) {
	made := 0
	for range 12 {
		dir := t.TempDir()
		_, kill := launch(t, "hold", dir)
		time.Sleep(time.Duration(5+rand.IntN(40)) * time.Millisecond)
		kill()
		if _, err := os.Stat(filepath.Join(dir, "desk.json")); err == nil {
			made++
		}
		d, err := desk.Create(dir, sqlite.Open)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Replace(context.Background(), "a", "x", []byte("y")); err != nil {
			t.Error(err)
		}
		d.Close()
	}
	t.Logf("%d of 12 were made before the end", made)
}

// wholeBatches counts the batches held and fails unless each is held as a whole.
func wholeBatches(t *testing.T, dir string) int {
	t.Helper()
	d, err := desk.Open(dir, sqlite.Open)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	receipts, err := d.Receipts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	set, err := d.Set("a") // holds each record against its digest
	if err != nil {
		t.Fatal(err)
	}
	if set.Len() != batchSize*len(receipts) {
		t.Fatalf("%d receipts and %d records: a batch is held in part", len(receipts), set.Len())
	}
	for i, r := range receipts {
		first, last := set.Inputs()[i*batchSize].ID, set.Inputs()[(i+1)*batchSize-1].ID
		if r.File != fmt.Sprint(i) || first != fmt.Sprintf("A-%05d-000", i) || last != fmt.Sprintf("A-%05d-%03d", i, batchSize-1) {
			t.Fatalf("batch %d: receipt %s, records %s to %s", i, r.File, first, last)
		}
	}
	return len(receipts)
}

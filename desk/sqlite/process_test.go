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
	"github.com/turtlebay/turtlebay/record/observation"
)

// The tests of this file start themselves again as a second process, which these
// variables tell what to do.
const (
	childJob  = "TURTLEBAY_TEST_CHILD" // "hold" the desk, "add" the file once, or "add more"
	childDesk = "TURTLEBAY_TEST_DESK"
	childFile = "TURTLEBAY_TEST_FILE"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		if err := child(job, os.Getenv(childDesk), os.Getenv(childFile)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	// in memory, where the system has a folder for that: a desk waits for the disk
	// at every step, and here are hundreds
	shm, err := os.MkdirTemp("/dev/shm", "sqlite-test-")
	if err == nil {
		os.Setenv("TMPDIR", shm)
		os.Chmod(shm, 0o755) // some tests look at it as another user
	}
	code := m.Run()
	if err == nil {
		os.RemoveAll(shm)
	}
	os.Exit(code)
}

// child says a line once it has begun.
func child(job, dir, file string) error {
	d, err := desk.Create(dir, sqlite.Open, desk.As("A. Child", job))
	if err != nil {
		return err
	}
	if job == "hold" {
		if _, err := d.Hold(context.Background()); err != nil {
			return err
		}
		fmt.Println("begun")
		time.Sleep(time.Minute) // until killed
	}
	fmt.Println("begun")
	_, err = d.AddFile(context.Background(), file, intakeOf("Customs"))
	return errors.Join(err, d.Close())
}

func intakeOf(source string) desk.Intake {
	return desk.Intake{Kind: observation.KindShipment, Source: source, Chunk: 300}
}

// launch starts the child; kill ends it at once and waits for its end.
func launch(t *testing.T, job, dir, file string) (out io.Reader, kill func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "-test.run=^$")
	c.Env = append(os.Environ(), childJob+"="+job, childDesk+"="+dir, childFile+"="+file)
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

// start runs the child until it has begun.
func start(t *testing.T, job, dir, file string) (kill func()) {
	t.Helper()
	out, kill := launch(t, job, dir, file)
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err != nil || line != "begun\n" {
		kill()
		t.Fatalf("the child says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // never let it wait for a reader
	return kill
}

func openDesk(t *testing.T, dir string) *desk.Desk {
	t.Helper()
	d, err := desk.Open(dir, sqlite.Open)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// sound fails unless the desk's check finds nothing.
func sound(t *testing.T, dir string) desk.Checked {
	t.Helper()
	c, err := desk.Check(context.Background(), dir, sqlite.Open, nil)
	if err != nil || !c.OK() {
		t.Errorf("check: %v, %+v", err, c.Faults)
	}
	return c
}

func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	kill := start(t, "hold", dir, "")
	defer kill()
	d := openDesk(t, dir) // a desk in use can be read
	if ks, err := d.Kinds(context.Background()); err != nil || len(ks) > 0 {
		t.Errorf("kinds %v, %v", ks, err)
	}
	host, _ := os.Hostname()
	for name, write := range map[string]func() error{
		"replace": func() error { return d.Replace(context.Background(), "a", "x", []byte("y")) },
		"vault":   func() error { _, err := d.Vault(context.Background()); return err },
		"key":     func() error { _, _, err := d.Signer(); return err },
		"check":   func() error { _, err := desk.Check(context.Background(), dir, sqlite.Open, nil); return err },
	} {
		err := write()
		if !errors.Is(err, desk.ErrBusy) || !strings.Contains(err.Error(), "hold (process") || !strings.Contains(err.Error(), host) || !strings.Contains(err.Error(), "since 20") {
			t.Errorf("%s: error %v, want %v with who holds it", name, err, desk.ErrBusy)
		}
	}
	kill() // and what a dead process held is free
	if err := d.Replace(context.Background(), "a", "x", []byte("y")); err != nil {
		t.Errorf("after the other process died: %v", err)
	}
	if said := strings.Join(d.Reconciled(), "\n"); !strings.Contains(said, "hold (process") || !strings.Contains(said, "did not come to its end") {
		t.Errorf("it says %q of the process that died", said)
	}
	sound(t, dir)
}

// rowsFile is a file of shipments, some of which are refused.
func rowsFile(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("date,direction,hs,description\n")
	for i := range n {
		hs := "8703"
		if i%50 == 7 {
			hs = "wrong"
		}
		fmt.Fprintf(&b, "2023-01-02,to_dprk,%s,lot %d\n", hs, i)
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKilledInAnAdd kills a process that adds a file, at random points, again and
// again until the file is added. Each time the desk must be as before or as after,
// and nothing on it may be at fault.
func TestKilledInAnAdd(t *testing.T) {
	const rows, refused = 4000, 80
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	dir, file := t.TempDir(), rowsFile(t, rows)
	start(t, "hold", dir, "")()
	resumed, finished := 0, 0
	for range rounds {
		kill := start(t, "add", dir, file)
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond)
		kill()
		checkAdded(t, dir, rows, refused)
		d := openDesk(t, dir)
		bs, err := d.Batches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bs {
			if b.State != desk.Complete && b.Settled > 0 {
				resumed++
			}
		}
		if n := len(bs); n > 0 && bs[n-1].State == desk.Complete {
			finished++
			dir = t.TempDir()
			start(t, "hold", dir, "")()
		}
		d.Close()
	}
	d := openDesk(t, dir)
	added, err := d.AddFile(context.Background(), file, intakeOf("Customs"))
	if err != nil || added.Receipt.Kept() != rows-refused {
		t.Errorf("the desk cannot go on: %v\n%s", err, added.Receipt)
	}
	checkAdded(t, dir, rows, refused)
	t.Logf("%d rounds: %d left rows to go on from, %d added the file", rounds, resumed, finished)
}

// checkAdded fails unless the file is on the desk as a whole or not at all.
func checkAdded(t *testing.T, dir string, rows, refused int) {
	t.Helper()
	c := sound(t, dir)
	d := openDesk(t, dir)
	defer d.Close()
	receipts, err := d.Receipts(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	set, err := d.Set("shipment") // holds each record against its digest
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case len(receipts) == 0 && set.Len() == 0:
	case len(receipts) > 0 && set.Len() == rows-refused && receipts[0].New == set.Len() && receipts[0].Reconciles():
		if c.Vault.Items != 1 {
			t.Errorf("records without their evidence: %+v", c.Vault)
		}
		if p, err := d.Proof(context.Background(), set.Inputs()[17].ID); err != nil || p.Batch != "RB-000001" {
			t.Errorf("proof %+v, %v", p, err)
		}
	default:
		t.Errorf("neither old nor new: %d receipts, %d records", len(receipts), set.Len())
	}
}

func TestKilledWhileItIsMade(t *testing.T) {
	made := 0
	for range 10 {
		dir := t.TempDir()
		_, kill := launch(t, "hold", dir, "")
		time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond)
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
		sound(t, dir)
	}
	t.Logf("%d of 10 were made before the end", made)
}

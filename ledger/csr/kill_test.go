package csr_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
)

// kills is enough for go test; .ci/ledgerfaults does hundreds.
var kills = flag.Int("ledger.kills", 24, "how often TestKilled kills an append")

// appendsTo says to the test binary that it is a process that appends rows.
const appendsTo = "TURTLEBAY_TEST_APPENDS_TO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(appendsTo); dir != "" {
		if err := appendInChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// killRows is how many rows each append of the child brings.
const killRows = 3000

// appendInChild appends portions for ever and says of each that it is there.
func appendInChild(dir string) error {
	limitFiles(os.Getenv("TURTLEBAY_TEST_FILE_LIMIT"))
	s, err := csr.Open(dir, csr.Options{Create: true, BatchRows: 1000})
	if err != nil {
		return err
	}
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		return err
	}
	for n := snap.Count(); ; n += killRows {
		if _, err := s.Append(context.Background(), generated(n, n+killRows)); err != nil {
			return err
		}
		fmt.Println(n + killRows)
	}
}

// TestKilled kills a process that appends, at any moment: the ledger is whole, and holds
// what was said to be there, or one portion more.
func TestKilled(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() + "/ledger"
	unfinished := 0
	for range *kills {
		said := killOne(t, exe, dir, time.Duration(rand.Int64N(int64(120*time.Millisecond))))
		if _, err := os.Stat(dir + "/ledger.json"); errors.Is(err, os.ErrNotExist) && said == 0 {
			continue
		}
		found, err := csr.Check(t.Context(), dir)
		if err != nil || len(found.Faults) > 0 {
			t.Fatalf("after a kill: %v, %v", found.Faults, err)
		}
		if found.Rows%killRows != 0 || said > 0 && found.Rows != said && found.Rows != said+killRows {
			t.Fatalf("%d rows, and %d were said to be there", found.Rows, said)
		}
		if len(found.Notes) > 0 {
			unfinished++
		}
		if found.Rows > 60_000 {
			if found.Rows > 0 && readAll(t, dir) != digestOf(found.Rows) {
				t.Fatal("the rows are others")
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	if unfinished < *kills/8 {
		t.Errorf("%d of %d kills came in the middle of an append", unfinished, *kills)
	}
}

// digestOf is the digest of so many generated rows.
func digestOf(n uint64) string {
	d := ledger.NewDigest()
	for i := range n {
		row := ledgers.Row(i)
		d.Add(&row)
	}
	return d.String()
}

// killOne lets a child append and kills it after a while. It returns how many rows the
// child said that there are.
func killOne(t *testing.T, exe, dir string, after time.Duration) (said uint64) {
	t.Helper()
	c := exec.Command(exe)
	c.Env = append(os.Environ(), appendsTo+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(after, func() { c.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if said, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() == 1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return said
}

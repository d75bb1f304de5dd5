package witness

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

const crashDir = "WITNESS_CRASH_DIR"

// TestCrashChild is the process that TestCrash kills: it cosigns one size after the
// other and says which.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("runs as a child of TestCrash")
	}
	l := newLog(t, "log.example").grow(5000, "")
	w := openWitness(t, dir, l.key)
	if _, err := w.Introduce(t.Context(), newLog(t, "other.example").key); err != nil {
		t.Fatal(err)
	}
	for size := int64(1); size <= 5000; size++ {
		if _, err := w.Cosign(context.Background(), l.request(size-1, size)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("cosigned", size)
	}
}

// A witness that is killed remembers every cosignature that it gave.
func TestCrash(t *testing.T) {
	for round := range 3 {
		w := newWitness(t)
		child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
		child.Env = append(os.Environ(), crashDir+"="+w.dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := int64(0)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var size int64
			if _, err := fmt.Sscanf(lines.Text(), "cosigned %d", &size); err != nil {
				t.Errorf("the child says %s", strconv.Quote(lines.Text()))
				continue
			}
			if said = size; said == int64(40+31*round) {
				time.AfterFunc(time.Duration(round)*700*time.Microsecond, func() { _ = child.Process.Kill() })
			}
		}
		if err := child.Wait(); err == nil {
			t.Fatal("the child was not killed")
		}
		seen, ok, err := openWitness(t, w.dir).Last("log.example")
		if err != nil || !ok || seen.Size < said || seen.Size > said+1 {
			t.Errorf("it gave %d and remembers %+v, %v, %v", said, seen.Size, ok, err)
		}
	}
}

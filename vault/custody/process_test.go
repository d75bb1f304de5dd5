package custody

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// childDir, in the environment, makes the test binary a process that appends to the
// log in that folder, three events at a time, and prints the first leaf of each once
// Append returned.
const childDir = "CUSTODY_TEST_APPEND"

func TestMain(m *testing.M) {
	// a process that is killed leaves what it wrote to the kernel; what a disk may lose
	// beyond that, TestCrashAtEveryByte plays through
	fsync = func(*os.File) error { return nil }
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := appendForever(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func appendForever(dir string) error {
	o := options()
	o.Rand = nil
	o.Now = time.Now
	l, _, err := Open(dir, o)
	if err != nil {
		return err
	}
	defer l.Close()
	for {
		first, err := l.Append(context.Background(), child(os.Getpid())...)
		if err != nil {
			return err
		}
		if _, err := fmt.Println(first); err != nil {
			return err
		}
	}
}

// child are the events that a process appends at a time.
func child(pid int) []Event {
	out := some(3)
	for i := range out {
		out[i].Actor, out[i].Reason = fmt.Sprint("process ", pid), fmt.Sprint(i)
	}
	return out
}

// start runs a process that appends. It gives a channel of the leaves that it was
// told are there, which is closed when the process is gone.
func start(t *testing.T, dir string) (*exec.Cmd, <-chan int64) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childDir+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	first := make(chan int64, 1<<16)
	go func() {
		defer close(first)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			n, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil {
				return // half a line
			}
			first <- n
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	return c, first
}

// TestKilledProcess kills a process that appends, again and again, at any moment.
// What it was told is there is there; of what it was not told, all or nothing is.
func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var told []int64
	pid := map[int64]int{}
	for range 12 {
		c, first := start(t, dir)
		n, open := <-first
		if !open {
			t.Fatal("the process appended nothing")
		}
		told = append(told, n)
		pid[n] = c.Process.Pid
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for n := range first {
			told = append(told, n)
			pid[n] = c.Process.Pid
		}
		_ = c.Wait()
	}
	o := options()
	o.Now = time.Now
	l, did, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Logf("%d appends told, %d leaves, at last %+v", len(told), l.Size(), did)
	if l.Size()%3 != 0 {
		t.Errorf("%d leaves: part of an append is there", l.Size())
	}
	for _, n := range told {
		for i, want := range child(pid[n]) {
			e, err := l.Event(n + int64(i))
			if err != nil || e.Actor != want.Actor || e.Reason != want.Reason {
				t.Fatalf("leaf %d was told to be there: %+v, %v", n+int64(i), e, err)
			}
		}
	}
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != l.Size() {
		t.Errorf("%+v", v)
	}
}

// TestTwoProcesses reads, and appends too, while another process appends.
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.Now = time.Now
	mine := mustOpen(t, dir, o)
	defer mine.Close()
	r := mustOpen(t, dir, readOnly())
	defer r.Close()
	c, first := start(t, dir)
	last, err := ParseCheckpoint(r.Checkpoint(), testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	for r.Size() < 240 {
		if err := r.Refresh(); err != nil {
			t.Fatal(err)
		}
		now, err := ParseCheckpoint(r.Checkpoint(), testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := r.Consistency(last.Size, now.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckConsistency(last, now, proof); err != nil {
			t.Fatal(err)
		}
		if now.Size > 0 {
			opening, err := r.ProveAt(now.Size, now.Size-1, "actor")
			if err != nil || CheckOpening(opening, now) != nil {
				t.Fatalf("leaf %d: %v", now.Size-1, err)
			}
		}
		v := mustVerify(t, dir)
		if !v.OK() || v.Unfinished != nil || v.Leaves < now.Size {
			t.Fatalf("beside a process that appends: %+v", v)
		}
		if reads++; reads%3 == 0 {
			at := mustAppend(t, mine, some(2)...)
			if e, err := mine.Event(at); err != nil || e.Actor != "A. Expert" {
				t.Fatalf("leaf %d: %+v, %v", at, e, err)
			}
		}
		last = now
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	told := 0
	for range first {
		told++
	}
	_ = c.Wait()
	mustAppend(t, mine, some(1)...)
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != mine.Size() {
		t.Errorf("%+v", v)
	}
	t.Logf("%d reads beside %d appends of another process, %d leaves", reads, told, mine.Size())
}

// TestGoroutines uses one log from several goroutines.
func TestGoroutines(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(1)...)
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for range 4 {
		wg.Go(func() {
			for range 10 {
				_, err := l.Append(context.Background(), some(2)...)
				errs <- err
			}
		})
		wg.Go(func() {
			for range 10 {
				n := l.Size()
				o, err := l.ProveAt(n, n-1, "act")
				for e, err := range l.Events() {
					errs <- err
					if e.Index > 2 {
						break
					}
				}
				_, kept := l.Keep()
				_, history := l.History()
				_, open := o.Value("act")
				if !open {
					err = errors.Join(err, errors.New("act is not open"))
				}
				errs <- errors.Join(err, kept, history)
			}
		})
	}
	go func() { wg.Wait(); close(errs) }()
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != 81 {
		t.Errorf("%+v", v)
	}
}

// TestBusy: who holds the lock makes the others wait, and then give up.
func TestBusy(t *testing.T) {
	dir := t.TempDir()
	if err := mustOpen(t, dir, options()).Close(); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := lockFolder(ctx, dir); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "another process") {
		t.Errorf("lock: %v", err)
	}
	if _, err := Verify(ctx, dir, testVerifier); !errors.Is(err, ErrBusy) {
		t.Errorf("verify: %v", err)
	}
}

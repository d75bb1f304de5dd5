package lock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk/lock"
)

var me = lock.Holder{PID: 4711, Host: "desk-1", Verb: "add", Since: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)}

// childPath tells a second process of these tests which lock to take.
const childPath = "TURTLEBAY_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		_, err := lock.Take(context.Background(), path, lock.Holder{PID: os.Getpid(), Host: "child", Verb: "hold", Since: time.Now()})
		fmt.Println("taken", err)
		time.Sleep(time.Minute) // until killed
	}
	os.Exit(m.Run())
}

// die has a process take the lock and die with it.
func die(t *testing.T, path string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program)
	c.Env = append(os.Environ(), childPath+"="+path)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "taken <nil>\n" {
		t.Errorf("the child says %q, %v", line, err)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
}

func take(t *testing.T, path string) *lock.Lock {
	t.Helper()
	l, err := lock.Take(context.Background(), path, me)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOneHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l := take(t, path)
	if l.Left() != nil || time.Since(l.Begun()).Abs() > time.Hour {
		t.Errorf("left %v, begun %v", l.Left(), l.Begun())
	}
	for name, try := range map[string]func() error{
		"take": func() error { _, err := lock.Take(context.Background(), path, lock.Holder{PID: 2}); return err },
		"look": func() error { _, _, err := lock.Look(context.Background(), path); return err },
	} {
		var held *lock.HeldError
		if err := try(); !errors.As(err, &held) || held.By != me || err.Error() != "held by add (process 4711 on desk-1, since 2026-11-23T01:02:03Z)" {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || len(b) > 0 {
		t.Errorf("released, and the file says %q, %v", b, err)
	}
	if err := take(t, path).Release(); err != nil {
		t.Error(err)
	}
}

func TestSeveralLook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var releases []func() error
	for range 2 {
		release, left, err := lock.Look(context.Background(), path)
		if err != nil || left != nil {
			t.Fatal(left, err)
		}
		releases = append(releases, release)
	}
	if _, err := lock.Take(context.Background(), path, me); !errors.As(err, new(*lock.HeldError)) {
		t.Errorf("taken while somebody looks: %v", err)
	}
	for _, release := range releases {
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	take(t, path).Release()
}

// TestLeft: a lock of dead processes is free, and since when nobody ended properly
// is known through all of them.
func TestLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	die(t, path)
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	die(t, path)
	_, left, err := lock.Look(context.Background(), path)
	if err != nil || left == nil || left.Holder.Verb != "hold" || !left.Begun.Equal(first.ModTime()) {
		t.Errorf("left %+v, %v; it began %v", left, err, first.ModTime())
	}
	path2 := filepath.Join(t.TempDir(), "lock")
	die(t, path2)
	l := take(t, path2)
	if left := l.Left(); left == nil || left.Holder.Host != "child" || left.Begun.After(l.Begun()) {
		t.Errorf("left %+v, begun %v", left, l.Begun())
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if left, err := lock.ReadLeft(path2); left != nil || err != nil {
		t.Errorf("after a session that ended: %v, %v", left, err)
	}
}

func TestCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	defer take(t, path).Release()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := lock.Take(ctx, path, me); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := lock.Take(context.Background(), filepath.Join(t.TempDir(), "missing", "lock"), me); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func FuzzHolder(f *testing.F) {
	for _, seed := range []string{
		"", "{", `{"pid":1,"host":"h","verb":"add","since":"2026-11-23T01:02:03Z"}`, `{"pid":1,"verb":"\u202e\u0007"}` + "tail",
		`{"pid":1,"unsealed":"2026-11-23T01:02:03.5Z"}`, strings.Repeat("x", 1<<13), `{"verb":"` + strings.Repeat("x", 1000) + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "lock")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		left, err := lock.ReadLeft(path)
		if err != nil || (left == nil) != (len(b) == 0) {
			t.Fatalf("%v, %v", left, err)
		}
		if left == nil {
			return
		}
		text := left.Holder.String()
		if len(text) > 3000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e }) {
			t.Errorf("it is shown as %q", text)
		}
	})
}

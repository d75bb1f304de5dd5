package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// output runs a shell script as the child and returns what it printed.
func output(t *testing.T, c Command, script string) (string, Report, error) {
	t.Helper()
	c.Program, c.Args = "sh", []string{"-c", script}
	var out bytes.Buffer
	report, err := Run(t.Context(), c, func(r io.Reader) error {
		_, err := io.Copy(&out, r)
		return err
	})
	return out.String(), report, err
}

func TestRunPassesBytesThrough(t *testing.T) {
	in := strings.Repeat("evidence\n", 100_000)
	out, report, err := output(t, Command{Stdin: strings.NewReader(in)}, "cat")
	if err != nil || out != in {
		t.Fatalf("%d bytes of %d, %v, %+v", len(out), len(in), err, report)
	}
	if out, _, err := output(t, Command{}, "cat; echo end"); err != nil || out != "end\n" {
		t.Errorf("without input: %q, %v", out, err)
	}
	// A program that does not want its input is no fault.
	if out, _, err := output(t, Command{Stdin: strings.NewReader(in)}, "echo enough"); err != nil || out != "enough\n" {
		t.Errorf("input left: %q, %v", out, err)
	}
}

func TestTheChildHasNothingToLookAt(t *testing.T) {
	t.Setenv("DESK_SECRET", "hunter2")
	out, report, err := output(t, Command{}, `echo "[$DESK_SECRET]"; pwd; id -u; cat /proc/net/dev`)
	if err != nil {
		t.Fatal(err, report.Stderr)
	}
	lines := strings.Split(out, "\n")
	if lines[0] != "[]" || lines[1] != "/" || lines[2] == "0" {
		t.Errorf("environment, folder, user: %q", lines[:3])
	}
	if runtime.GOOS != "linux" {
		t.Skip("no namespaces here")
	}
	if len(report.Notes) > 0 {
		t.Skipf("the kernel does not allow it: %q", report.Notes)
	}
	for _, line := range lines[3:] {
		if name, _, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) != "lo" {
			t.Errorf("the child sees the network device %q", name)
		}
	}
}

func TestWithoutNamespacesTheReportSaysSo(t *testing.T) {
	was := confineFully
	t.Cleanup(func() { confineFully = was })
	confineFully = func(*exec.Cmd) error { return errors.New("operation not permitted") }
	out, report, err := output(t, Command{}, "echo ran")
	if err != nil || out != "ran\n" {
		t.Fatal(out, err)
	}
	if want := "the network was not closed to sh: operation not permitted"; !slices.Contains(report.Notes, want) {
		t.Errorf("notes %q, want %q", report.Notes, want)
	}
	if _, _, err := output(t, Command{Wall: 200 * time.Millisecond}, "sleep 60 & wait"); !errors.Is(err, ErrLimit) {
		t.Errorf("limit on the clock: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		command Command
		script  string
		want    error
		says    string
	}{
		"clock":           {Command{Wall: 200 * time.Millisecond}, "sleep 60", ErrLimit, "more than 200ms"},
		"clock, forked":   {Command{Wall: 200 * time.Millisecond}, "sleep 60 & sleep 60 & wait", ErrLimit, "more than 200ms"},
		"processor":       {Command{Wall: 20 * time.Second, CPU: time.Second}, "while :; do :; done", ErrLimit, "processor time"},
		"output":          {Command{Output: 1000}, "while :; do echo too much; done", ErrLimit, "more than 1000 bytes of output"},
		"input":           {Command{Input: 1000, Stdin: endless{}}, "cat", ErrLimit, "more than 1000 bytes of input"},
		"input unwanted":  {Command{Stdin: endless{}}, "exit 0", nil, ""},
		"memory":          {Command{Memory: 64 << 20}, "x=0123456789; while :; do x=$x$x; done", ErrFailed, "ut of "},
		"no file":         {Command{}, "echo x > /tmp/child-wrote-" + strconv.Itoa(os.Getpid()), ErrFailed, ""},
		"fails":           {Command{}, "echo no such page >&2; exit 3", ErrFailed, "exit status 3: no such page"},
		"hostile message": {Command{}, `printf '\033[2J\342\200\256gone' >&2; exit 3`, ErrFailed, `\x1b[2J\u202egone`},
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			_, report, err := output(t, c.command, c.script)
			if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v with %q; %+v", err, c.want, c.says, report)
			}
			if took := time.Since(before); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	if left, _ := filepath.Glob("/tmp/child-wrote-*"); len(left) > 0 {
		if info, err := os.Stat(left[0]); err == nil && info.Size() > 0 {
			t.Errorf("the child wrote %s", left[0])
		}
		os.Remove(left[0])
	}
}

// endless is an input without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReaderThatGivesUp(t *testing.T) {
	enough := errors.New("seen enough")
	_, err := Run(t.Context(), Command{Program: "yes"}, func(r io.Reader) error {
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			return err
		}
		return enough
	})
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}

func TestInputThatBreaks(t *testing.T) {
	broken := errors.New("disk on fire")
	_, _, err := output(t, Command{Stdin: io.MultiReader(strings.NewReader("some"), failing{broken})}, "cat")
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	before := time.Now()
	_, err := Run(ctx, Command{Program: "sleep", Args: []string{"60"}}, func(r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	if !errors.Is(err, context.Canceled) || time.Since(before) > 5*time.Second {
		t.Error(err, time.Since(before))
	}
}

func TestMissingProgram(t *testing.T) {
	_, err := Run(t.Context(), Command{Program: "no-such-program"}, nil)
	if !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
}

// TestNothingIsLeftRunning looks for the grandchildren of a child that was ended.
func TestNothingIsLeftRunning(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks at /proc")
	}
	mark := fmt.Sprintf("6%d", 1000000+os.Getpid())
	_, _, err := output(t, Command{Wall: 300 * time.Millisecond}, "setsid sleep "+mark+" & sleep "+mark+" & wait")
	if !errors.Is(err, ErrLimit) {
		t.Fatal(err)
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if line, _ := os.ReadFile(path); bytes.Contains(line, []byte(mark)) {
			t.Errorf("%s still runs: %q", path, line)
		}
	}
}

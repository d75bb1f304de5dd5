// Package child runs another program on bytes that may be hostile: with limits on
// time, memory, files and output, without environment, without a network where the
// kernel allows, and ended together with whatever it started.
//
//	report, err := child.Run(ctx, child.Command{
//		Program: "pdftotext", Args: []string{"-enc", "UTF-8", "-", "-"}, Stdin: content,
//	}, func(out io.Reader) error {
//		text, err = io.ReadAll(out)
//		return err
//	})
//
// Contract: when Run has returned, the process is gone and Stdin is no longer read.
// What could not be closed to the process stands in Report.Notes; the other limits
// hold, or the program is not run. What stays open to it are the files that its
// user may read: the caller's own, or nobody's when an administrator calls. No file
// can grow under its hands.
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
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/turtlebay/turtlebay/vault/internal/bounded"
	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// Errors of Run. They arrive wrapped with the program's name and what happened.
var (
	// ErrMissing: the program is not installed.
	ErrMissing = errors.New("program not found")
	// ErrLimit: the program was ended at a limit, or gave or was given more than
	// allowed.
	ErrLimit = errors.New("limit passed")
	// ErrFailed: the program ended by itself with an error.
	ErrFailed = errors.New("program failed")
)

// Command is what to run. The zero value of a limit means its default.
type Command struct {
	Program string    // found in PATH
	Args    []string  // its arguments
	Stdin   io.Reader // nil: nothing

	Wall   time.Duration // time by the clock; default 30 s
	CPU    time.Duration // processor time, in whole seconds; default Wall
	Memory int64         // bytes of address space; default 1 GiB
	Input  int64         // bytes of Stdin; default 512 MiB
	Output int64         // bytes of standard output; default 64 MiB
}

func (c Command) withDefaults() Command {
	set := func(n *int64, def int64) {
		if *n <= 0 {
			*n = def
		}
	}
	if c.Wall <= 0 {
		c.Wall = 30 * time.Second
	}
	if c.CPU <= 0 {
		c.CPU = c.Wall
	}
	set(&c.Memory, 1<<30)
	set(&c.Input, 512<<20)
	set(&c.Output, 64<<20)
	return c
}

// Report is what there is to say about a run that went well or not.
type Report struct {
	Notes  []string // protections that could not be had, and why
	Exit   int      // exit status; -1 when the process was ended by a signal
	Stderr string   // the beginning of what it complained about, escaped
}

// Run runs the command and hands its standard output to read while it runs; when
// read returns early, the rest is dropped and the process ended. The error is that of read,
// ErrMissing, ErrLimit, ErrFailed, or the context's.
func Run(ctx context.Context, c Command, read func(io.Reader) error) (Report, error) {
	c = c.withDefaults()
	path, err := exec.LookPath(c.Program)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return Report{}, fmt.Errorf("run %s: %w", c.Program, ErrMissing)
	}
	report, err := run(ctx, c, path, read)
	if err != nil {
		return report, fmt.Errorf("run %s: %w", c.Program, err)
	}
	return report, nil
}

func run(ctx context.Context, c Command, path string, read func(io.Reader) error) (Report, error) {
	// The kernel ends the child when the thread that made it ends: keep the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	timed, cancel := context.WithTimeoutCause(ctx, c.Wall, fmt.Errorf("%w: more than %s", ErrLimit, c.Wall))
	defer cancel()
	p, err := start(c, path)
	if err != nil {
		return Report{}, err
	}
	stop := context.AfterFunc(timed, p.kill)
	fed := make(chan error, 1)
	go func() { fed <- p.feed(timed, c.Stdin, c.Input) }()
	out := &bounded.Reader{R: p.stdout, Left: c.Output, Over: fmt.Errorf("%w: more than %d bytes of output", ErrLimit, c.Output)}
	readErr := read(out)
	if readErr != nil || out.Passed() {
		p.kill()
	} else if _, err := io.Copy(io.Discard, out); err != nil && out.Passed() {
		p.kill()
	}
	waitErr := p.wait()
	stop()
	p.stdout.Close()
	report := Report{Notes: p.notes, Exit: p.cmd.ProcessState.ExitCode(), Stderr: p.stderr.text()}
	return report, verdict(timed, p, report, <-fed, out, readErr, waitErr)
}

// verdict names the first cause among the errors that one failure brings about.
func verdict(ctx context.Context, p *process, report Report, fedErr error, out *bounded.Reader, readErr, waitErr error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case out.Passed():
		return out.Over
	case fedErr != nil:
		return fedErr
	case waitErr != nil && outOfMemory(report.Stderr):
		return fmt.Errorf("%w: more memory than allowed", ErrLimit)
	case !p.killed && p.killedBySystem():
		return fmt.Errorf("%w: ended by the system, for its processor time or memory", ErrLimit)
	case readErr != nil && (report.Exit <= 0 || waitErr == nil):
		return readErr
	case report.Exit == exitUnlimited:
		return fmt.Errorf("limits cannot be set: %s", report.Stderr)
	case waitErr != nil:
		return fmt.Errorf("%w: %w: %s", ErrFailed, waitErr, report.Stderr)
	}
	return nil
}

func outOfMemory(stderr string) bool {
	return strings.Contains(stderr, "bad_alloc") || strings.Contains(stderr, "ut of memory")
}

// exitUnlimited is the status with which the shell gives up before the program runs.
const exitUnlimited = 125

// script sets the limits, each of which must hold, and becomes the program.
func script(c Command) string {
	limits := []string{"-c 0", "-f 0", "-n 64", "-t " + strconv.FormatInt(max(1, int64(c.CPU/time.Second)), 10)}
	if memoryCanBeLimited {
		limits = append(limits, "-v "+strconv.FormatInt(c.Memory>>10, 10))
	}
	return "ulimit " + strings.Join(limits, " && ulimit ") + " || exit " + strconv.Itoa(exitUnlimited) + "\n" + `exec "$@"`
}

// process is a child that runs.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *os.File
	stderr *head
	notes  []string

	mu     sync.Mutex
	killed bool // by us
	gone   bool // its number may be another's from here on
}

// start starts the program as closed in as the kernel allows.
func start(c Command, path string) (*process, error) {
	var why error
	for _, confined := range []bool{true, false} {
		p, err := startOnce(c, path, confined)
		if err == nil {
			if why != nil {
				p.notes = append(p.notes, "the network was not closed to "+c.Program+": "+why.Error())
			}
			if !memoryCanBeLimited {
				p.notes = append(p.notes, "the memory of "+c.Program+" was not limited: this system cannot")
			}
			return p, nil
		}
		if why == nil {
			why = cause(err)
		}
	}
	return nil, why
}

// confineFully is a variable for the test of a kernel that refuses.
var confineFully = closeNetwork

// cause leaves out the path of the shell, which is not what failed.
func cause(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

func startOnce(c Command, path string, confined bool) (*process, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	p := &process{stdout: r, stderr: &head{}}
	p.cmd = exec.Command("/bin/sh", append([]string{"-c", script(c), "sh", path}, c.Args...)...)
	p.cmd.Env = []string{}
	p.cmd.Dir = "/"
	p.cmd.Stdout = w
	p.cmd.Stderr = p.stderr
	p.cmd.WaitDelay = time.Second // a grandchild may hold standard error
	p.stdin, err = p.cmd.StdinPipe()
	if err == nil {
		if confined {
			err = confineFully(p.cmd)
		} else {
			confine(p.cmd)
		}
		if err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return p, nil
}

// feed writes the input and closes it. That the program does not want all of it is
// its own affair.
func (p *process) feed(ctx context.Context, in io.Reader, limit int64) error {
	defer p.stdin.Close()
	if in == nil {
		return nil
	}
	bound := &bounded.Reader{R: in, Left: limit, Over: fmt.Errorf("%w: more than %d bytes of input", ErrLimit, limit)}
	source := &remembering{r: bound}
	_, _ = io.Copy(struct{ io.Writer }{p.stdin}, source)
	if source.err == nil || ctx.Err() != nil {
		return nil
	}
	p.kill()
	if bound.Passed() {
		return bound.Over
	}
	return fmt.Errorf("read its input: %w", source.err)
}

// kill ends the process and its group, and wakes whoever reads its output.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	p.killed = true
	killGroup(p.cmd)
	_ = p.stdout.SetReadDeadline(time.Unix(1, 0))
}

// remembering keeps the error of reading apart from that of writing.
type remembering struct {
	r   io.Reader
	err error
}

func (m *remembering) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if err != nil && err != io.EOF {
		m.err = err
	}
	return n, err
}

// head keeps the beginning of what is written to it.
type head struct{ kept bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := 400 - h.kept.Len(); room > 0 {
		h.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) text() string {
	return escape.Text(strings.Join(strings.Fields(h.kept.String()), " "))
}

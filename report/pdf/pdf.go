// Package pdf makes the PDF of a report from its HTML by running WeasyPrint, a
// separate program that knows what paper needs: footnotes at the page foot,
// running heads, page numbers in the contents, landscape pages.
//
// Contract. Write hands the page to WeasyPrint on standard input and puts the
// PDF in place only when it is complete; a failed run leaves what was there. The
// run has a time limit, no base address to resolve anything against, and proxies
// that lead nowhere, so that it fetches nothing. The date in the PDF is the
// report's, not the day's: the same page, WeasyPrint and fonts give the same
// bytes. Where WeasyPrint is missing the error wraps ErrMissing and says how to
// install it.
//
//	if err := pdf.Write(ctx, "out/report.pdf", page); errors.Is(err, pdf.ErrMissing) {
//		fmt.Fprintln(os.Stderr, err) // the other formats are there already
//	}
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ErrMissing is returned when WeasyPrint is not installed.
var ErrMissing = errors.New("WeasyPrint is not installed (Debian, Ubuntu: apt-get install weasyprint; elsewhere: pip install weasyprint)")

// Limit is the longest a run may take. Most of a run goes into cutting Chinese
// and Korean fonts down to the characters used: seconds, not minutes.
const Limit = 5 * time.Minute

// program is the name of the executable looked for on the PATH.
const program = "weasyprint"

// Available finds WeasyPrint on the PATH.
func Available() (path string, ok bool) {
	path, err := exec.LookPath(program)
	return path, err == nil
}

// Write renders the page, as package html writes it, to the file out. It returns
// ErrMissing where WeasyPrint is not installed and ctx's error when ctx ends
// first.
func Write(ctx context.Context, out string, html []byte) error {
	path, ok := Available()
	if !ok {
		return fmt.Errorf("write %s: %w", out, ErrMissing)
	}
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	tmp, err := os.CreateTemp(filepath.Dir(out), ".pdf-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	defer os.Remove(tmp.Name())
	err = run(ctx, path, tmp, html)
	if errClose := tmp.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), out)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	return nil
}

// run renders html into w.
func run(ctx context.Context, path string, w io.Writer, html []byte) error {
	cmd := exec.CommandContext(ctx, path, "--quiet", "--encoding", "utf-8", "--base-url", "about:blank", "-", "-")
	cmd.Env = environment(os.Environ(), html)
	cmd.Stdin = bytes.NewReader(html)
	head := &counted{w: w}
	cmd.Stdout = head
	var complaint tail
	cmd.Stderr = &complaint
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("run WeasyPrint: %w", ctx.Err())
		}
		return fmt.Errorf("run WeasyPrint: %w: %s", err, complaint.last())
	}
	if head.n == 0 {
		return errors.New("run WeasyPrint: it wrote nothing")
	}
	return nil
}

// environment is the environment of the run: the caller's, but the date is the
// report's and every address is behind a proxy that does not exist.
func environment(base []string, html []byte) []string {
	const nowhere = "http://127.0.0.1:9"
	set := map[string]string{
		"http_proxy": nowhere, "https_proxy": nowhere, "ftp_proxy": nowhere, "all_proxy": nowhere, "no_proxy": "",
		"LC_ALL": "C.UTF-8",
	}
	if epoch := Epoch(html); epoch > 0 {
		set["SOURCE_DATE_EPOCH"] = strconv.FormatInt(epoch, 10)
	}
	var env []string
	for _, kv := range base {
		name, _, _ := strings.Cut(kv, "=")
		if _, ours := set[name]; !ours {
			if _, ours = set[strings.ToLower(name)]; !ours {
				env = append(env, kv)
			}
		}
	}
	for _, name := range []string{"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "LC_ALL", "SOURCE_DATE_EPOCH"} {
		if v, ok := set[name]; ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

var created = regexp.MustCompile(`<meta name="dcterms\.created" content="(\d{4}(?:-\d{2}(?:-\d{2})?)?)">`)

// Epoch is the report's date, as the page's head names it, in seconds since
// 1970; 0 where it names none or an earlier one.
func Epoch(html []byte) int64 {
	m := created.FindSubmatch(html)
	if m == nil {
		return 0
	}
	day, err := time.Parse("2006-01-02", (string(m[1]) + "-01-01")[:10])
	if err != nil || day.Unix() < 0 {
		return 0
	}
	return day.Unix()
}

// counted counts what is written through it.
type counted struct {
	w io.Writer
	n int
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// tail keeps the end of what a program complains of.
type tail struct{ b []byte }

const maxTail = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if over := len(t.b) - maxTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// last is the last line: in Python that is the error itself.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	return lines[len(lines)-1]
}

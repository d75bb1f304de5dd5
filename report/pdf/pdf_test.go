package pdf_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/report/pdf"
)

const page = `<!DOCTYPE html><html lang="en"><head><title>T</title><meta name="dcterms.created" content="2024-03-07">
<style>@page{size:A4}.f{float:footnote}</style></head><body><p>Text<span class="f">Note</span></p></body></html>`

// fake puts a script in WeasyPrint's place on the PATH.
func fake(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "weasyprint"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	if script == "" {
		t.Setenv("PATH", dir)
	}
}

func TestMissing(t *testing.T) {
	fake(t, "")
	if path, ok := pdf.Available(); ok {
		t.Errorf("Available() = %q, true on an empty PATH", path)
	}
	out := filepath.Join(t.TempDir(), "r.pdf")
	err := pdf.Write(t.Context(), out, []byte(page))
	if !errors.Is(err, pdf.ErrMissing) || !strings.Contains(err.Error(), "apt-get install weasyprint") {
		t.Errorf("error %v: want ErrMissing with the way to install", err)
	}
}

// TestRun checks what the program is given and what becomes of its output.
func TestRun(t *testing.T) {
	fake(t, `cat >/dev/null; echo "$*|$SOURCE_DATE_EPOCH|$https_proxy|$HTTPS_PROXY"`)
	t.Setenv("HTTPS_PROXY", "http://proxy.example")
	dir := t.TempDir()
	out := filepath.Join(dir, "r.pdf")
	if err := pdf.Write(t.Context(), out, []byte(page)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(b)), "|")
	want := []string{"--quiet --encoding utf-8 --base-url about:blank - -", "1709769600", "http://127.0.0.1:9", ""}
	if !slices.Equal(got, want) {
		t.Errorf("run with %q, want %q", got, want)
	}
	only(t, dir, "r.pdf")
}

func TestFailureLeavesWhatWasThere(t *testing.T) {
	for name, script := range map[string]string{
		"fails":  "echo half; echo 'Traceback' >&2; echo 'ValueError: no' >&2; exit 1",
		"silent": "cat >/dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, script)
			dir := t.TempDir()
			out := filepath.Join(dir, "r.pdf")
			if err := os.WriteFile(out, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := pdf.Write(t.Context(), out, []byte(page))
			if err == nil || name == "fails" && !strings.HasSuffix(err.Error(), "ValueError: no") {
				t.Errorf("error %v: want the program's last line", err)
			}
			if b, _ := os.ReadFile(out); string(b) != "before" {
				t.Errorf("file is %q after a failed run", b)
			}
			only(t, dir, "r.pdf")
		})
	}
}

func TestCancelled(t *testing.T) {
	fake(t, "exec sleep 30")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := pdf.Write(ctx, filepath.Join(t.TempDir(), "r.pdf"), []byte(page))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
}

func only(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("folder holds %v, want only %s", entries, name)
	}
}

func TestEpoch(t *testing.T) {
	for content, want := range map[string]int64{"2024-03-07": 1709769600, "2024-03": 1709251200, "2024": 1704067200, "": 0, "2024-13": 0, "1950-01-01": 0} {
		if got := pdf.Epoch([]byte(`<meta name="dcterms.created" content="` + content + `">`)); got != want {
			t.Errorf("Epoch of %q = %d, want %d", content, got, want)
		}
	}
}

// TestWeasyPrint makes a PDF, twice, where the program is installed.
func TestWeasyPrint(t *testing.T) {
	if _, ok := pdf.Available(); !ok {
		t.Skip("WeasyPrint is not installed")
	}
	dir := t.TempDir()
	var files [2][]byte
	for i := range files {
		out := filepath.Join(dir, "r.pdf")
		if err := pdf.Write(t.Context(), out, []byte(page)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = b
	}
	if !bytes.HasPrefix(files[0], []byte("%PDF-")) {
		t.Errorf("file begins %q", files[0][:min(len(files[0]), 8)])
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs give different bytes")
	}
}

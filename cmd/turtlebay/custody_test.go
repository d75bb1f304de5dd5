package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk/lock"
)

// newSession makes an empty desk in a folder of its own and goes there.
func newSession(t *testing.T) session {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TURTLEBAY_DESK", "")
	t.Setenv("TURTLEBAY_BY", "A. Expert")
	s := session{t}
	s.want(0, "init")
	return s
}

func (s session) file(name string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestStatuses checks what a script relies on: 0 done, 1 no, 2 wrong usage, 3 unread.
func TestStatuses(t *testing.T) {
	s := newSession(t)
	s.file("letter.txt", []byte("a\nletter\n"))
	s.file("rows.csv", []byte("id,date,direction,hs\nSHP-1,2023-05-01,from_dprk,030743\nSHP-2,never,from_dprk,030743\n"))
	s.want(0, "evidence", "add", "letter.txt", "--source", "x", "--marking", "tlp:amber")
	s.want(0, "add", "rows.csv", "--as", "shipment", "--source", "x")
	hidden := []string{"--reader", "Ruritania", "--cleared", "green"}
	for _, tt := range []struct {
		status int
		args   []string
	}{
		{0, []string{"evidence", "show", "EV-000001"}},
		{0, []string{"evidence", "show", "SHP-1"}},
		{1, []string{"evidence", "show", "EV-000009"}},
		{1, append([]string{"evidence", "show", "EV-000001"}, hidden...)},
		{1, append([]string{"evidence", "show", "EV-000001", "--anchor", "lines=1"}, hidden...)},
		{1, append([]string{"evidence", "show", "EV-000001", "--out", "x"}, hidden...)},
		{1, append([]string{"evidence", "show", "EV-000001", "--members"}, hidden...)},
		{1, []string{"evidence", "show", "SHP-9"}},
		{1, []string{"evidence", "show", "EV-000001", "--anchor", "lines=7"}},
		{1, []string{"evidence", "show", "EV-000001", "--anchor", "page=1"}},
		{1, []string{"evidence", "show", "EV-000001", "--members"}},
		{1, []string{"evidence", "extract", "EV-000001", "--member", "x"}},
		{1, []string{"evidence", "redact", "EV-000001", "--at", "lines=7"}},
		{1, []string{"evidence", "mark", "EV-000001", "tlp:clear"}},
		{1, []string{"evidence", "mark", "EV-000001", "tlp:clear", "--confirm"}},
		{1, []string{"evidence", "export", "EV-000001", "--reader", "Ruritania", "--out", "out"}},
		{1, []string{"evidence", "destroy", "EV-000009", "--reason", "x", "--yes"}},
		{1, []string{"log", "prove", "EV-000009"}},
		{1, []string{"quarantine", "show", "zzz"}},
		{1, []string{"quarantine", "mend", "1", "3", "date=x", "--reason", "x"}},
		{2, []string{"evidence", "show"}},
		{2, []string{"evidence", "show", "EV-000001", "--anchor", "chapter=1"}},
		{2, []string{"evidence", "show", "EV-000001", "--out", "letter.txt"}},
		{2, []string{"evidence", "add", "letter.txt"}},
		{2, []string{"evidence", "add", "letter.txt", "--source", "x", "--marking", "tlp:mauve"}},
		{2, []string{"evidence", "list", "--cleared", "purple"}},
		{2, []string{"evidence", "export", "EV-000001", "--out", "out"}},
		{2, []string{"evidence", "destroy", "EV-000001"}},
		{2, []string{"log", "cosign"}},
		{2, []string{"log", "witness"}},
		{2, []string{"log", "frobnicate"}},
		{2, []string{"quarantine", "mend", "1", "3"}},
		{2, []string{"restore", "nowhere", "elsewhere"}},
		{2, []string{"backup", "nowhere", "--check"}},
		{3, []string{"evidence", "add", "nowhere", "--source", "x"}},
		{3, []string{"evidence", "add", ".", "--source", "x"}},
		{3, []string{"log", "verify", "--checkpoint", "nowhere"}},
		{3, []string{"log", "verify", "--checkpoint", "letter.txt"}},
		{3, []string{"vault", "check", "--desk", "nowhere"}},
		{3, []string{"verify", "letter.txt"}},
		{3, []string{"verify", "."}},
	} {
		status, stdout, stderr := s.do(tt.args...)
		if status != tt.status {
			t.Errorf("turtlebay %s: status %d, want %d\n%s%s", strings.Join(tt.args, " "), status, tt.status, stdout, stderr)
		}
		if status != 0 && stderr == "" {
			t.Errorf("turtlebay %s: says nothing", strings.Join(tt.args, " "))
		}
	}
	s.want(0, "vault", "check")
}

// TestJSON checks that whatever a verb prints for programs is JSON, one value after
// another, and nothing but printable characters.
func TestJSON(t *testing.T) {
	s := newSession(t)
	hostile := "evil\n\u202egpj\x1b[31m.txt"
	s.file(hostile, []byte("a\nletter\n"))
	s.file("rows.csv", []byte("id,date,direction,hs\nSHP-1,2023-05-01,from_dprk,030743\nSHP-2,never,from_dprk,030743\n"))
	s.want(0, "log", "witness", "--name", "witness.example")
	for _, args := range [][]string{
		{"evidence", "list"},
		{"log"},
		{"evidence", "add", hostile, "--source", "a \u202e source"},
		{"add", "rows.csv", "--as", "shipment", "--source", "Customs"},
		{"evidence", "list"},
		{"evidence", "show", "EV-000001"},
		{"evidence", "show", "EV-000001", "--anchor", "lines=2"},
		{"evidence", "show", "EV-000001", "--out", "copy.txt"},
		{"evidence", "show", "SHP-1"},
		{"evidence", "copy", "EV-000001"},
		{"evidence", "extract", "EV-000001", "--anchor", "lines=2"},
		{"evidence", "redact", "EV-000001", "--at", "lines=2"},
		{"evidence", "mark", "EV-000001", "tlp:green"},
		{"evidence", "export", "EV-000001", "--reader", "Utopia", "--cleared", "green", "--out", "out"},
		{"evidence", "destroy", "EV-000003", "--reason", "x", "--yes"},
		{"log"},
		{"log", "--object", "EV-000001", "--last", "2"},
		{"log", "verify"},
		{"log", "prove", "SHP-1"},
		{"log", "cosign", "--request", "request.txt"},
		{"log", "witness", "--introduce", "desk/keys/log.pub"},
		{"log", "witness", "request.txt"},
		{"vault", "check"},
		{"quarantine", "list"},
		{"quarantine", "show", "ID"},
		{"quarantine", "mend", "ID", "3", "date=2023-05-02", "--reason", "x"},
		{"quarantine", "retry", "ID"},
		{"backup", "backup"},
		{"backup", "backup", "--list"},
		{"backup", "backup", "--check"},
		{"restore", "backup", "back"},
		{"records", "--kind", "shipment"},
	} {
		for i, word := range args {
			if word == "ID" {
				args[i] = s.quarantineID()
			}
		}
		if strings.Join(args[:min(2, len(args))], " ") != "log prove" { // which is JSON in any case
			args = append(args, "--json")
		}
		stdout, _ := s.want(0, args...)
		d := json.NewDecoder(strings.NewReader(stdout))
		for {
			var v any
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("turtlebay %s: %v\n%s", strings.Join(args, " "), err, stdout)
				break
			}
		}
		if strings.ContainsAny(stdout, "\u202e\x1b") {
			t.Errorf("turtlebay %s prints control characters: %q", strings.Join(args, " "), stdout)
		}
	}
}

func (s session) quarantineID() string {
	s.t.Helper()
	stdout, _ := s.want(0, "quarantine", "list")
	id, _, _ := strings.Cut(stdout, " ")
	return id
}

// TestHostileNames checks that what is called by a name from outside cannot write on
// the terminal, nor stand for more than it is.
func TestHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("names of this kind cannot be made here")
	}
	s := newSession(t)
	evil := "evil\nEV-000099  forged.txt\u202e\x1b[2J"
	s.file(evil, []byte("x"))
	stdout, _ := s.want(0, "evidence", "add", evil, "--source", "a\x1b[2J\nsource")
	_, messages := s.want(3, "evidence", "add", evil+"absent", "--source", "x")
	list, _ := s.want(0, "evidence", "list")
	shown, _ := s.want(0, "evidence", "show", "EV-000001")
	s.want(0, "evidence", "add", evil, "--source", "x", "--by", "a\x1b[2J\nperson", "--reason", "b\x1b[2J\nreason")
	log, _ := s.want(0, "log")
	for of, text := range map[string]string{"add": stdout, "an error": messages, "list": list, "show": shown, "log": log} {
		if strings.ContainsAny(text, "\u202e\x1b") {
			t.Errorf("%s prints %q", of, text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "EV-000099") {
				t.Errorf("%s: a name made a line of its own: %q", of, line)
			}
		}
	}
}

// TestNoWaiting checks that what is no file is named and not waited for.
func TestNoWaiting(t *testing.T) {
	s := newSession(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Skip(err)
	}
	s.file("letter.txt", []byte("x"))
	done := make(chan struct{})
	go func() {
		defer close(done)
		stdout, stderr := s.want(3, "evidence", "add", "pipe", "letter.txt", "--source", "x")
		if !strings.Contains(stdout, "EV-000001") || !strings.Contains(stderr, "pipe: not a regular file") {
			t.Errorf("%s%s", stdout, stderr)
		}
		s.want(3, "verify", "pipe")
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for a pipe")
	}
}

// TestArchives lists and extracts members of hostile archives: nothing is written by
// a name from inside, and what is too large is refused.
func TestArchives(t *testing.T) {
	s := newSession(t)
	s.file("a.zip", zipped(t, [][2]string{
		{"annex/letter.txt", "one"}, {"../../outside.txt", "two"}, {"e\u202evil\n.txt", "three"}, {"annex/letter.txt", "four"},
	}))
	s.file("a.tar.gz", tarred(t))
	s.file("bomb.zip", zipped(t, [][2]string{{"zeros", strings.Repeat("\x00", 65<<20)}}))
	s.want(0, "evidence", "add", "a.zip", "a.tar.gz", "bomb.zip", "--source", "Courier")

	members, _ := s.want(0, "evidence", "show", "EV-000001", "--members")
	for _, want := range []string{
		"0  annex/letter.txt   file  3 B\n", "1  ../../outside.txt  file  3 B  refused: its name leads out of the folder\n",
		`2  e\u202evil\n.txt   file  5 B  refused: a control character in its name`, "3  annex/letter.txt   file  4 B  the same name as member 0\n",
	} {
		if !strings.Contains(members, want) {
			t.Errorf("members lack %q:\n%s", want, members)
		}
	}
	if _, stderr := s.want(1, "evidence", "extract", "EV-000001", "--member", "annex/letter.txt"); !strings.Contains(stderr, "--number 0 or 3") {
		t.Error(stderr)
	}
	s.want(0, "evidence", "extract", "EV-000001", "--member", "annex/letter.txt", "--number", "3")
	s.want(0, "evidence", "extract", "EV-000001", "--member", "../../outside.txt")
	s.want(0, "evidence", "extract", "EV-000001", "--number", "2")
	for id, want := range map[string]string{"EV-000004": "four", "EV-000005": "two", "EV-000006": "three"} {
		s.want(0, "evidence", "show", id, "--out", id)
		if b, err := os.ReadFile(id); err != nil || string(b) != want {
			t.Errorf("%s is %q, %v", id, b, err)
		}
	}
	if _, err := os.Lstat(filepath.Join("..", "outside.txt")); err == nil {
		t.Error("a member was written by its name")
	}

	// one level at a time; links and devices are listed and not opened
	s.want(0, "evidence", "extract", "EV-000002", "--number", "0")
	members, _ = s.want(0, "evidence", "show", "EV-000007", "--members")
	if !strings.Contains(members, "leads to /etc/passwd; refused: a link is not opened") {
		t.Error(members)
	}
	s.want(1, "evidence", "extract", "EV-000007", "--member", "link")
	s.want(0, "evidence", "extract", "EV-000007", "--member", "doc/one.txt")

	_, stderr := s.want(1, "evidence", "extract", "EV-000003", "--member", "zeros")
	if !strings.Contains(stderr, "more than 400 times its packed size") {
		t.Error(stderr)
	}
	s.want(0, "vault", "check")
}

func zipped(t *testing.T, members [][2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.Create(m[0])
		if err == nil {
			_, err = io.WriteString(w, m[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	err := w.WriteHeader(&tar.Header{Name: "doc/one.txt", Size: 3, Mode: 0o600})
	if err == nil {
		_, err = w.Write([]byte("one"))
	}
	link := w.WriteHeader(&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"})
	if err = errors.Join(err, link, w.Close(), g.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWhileAnotherWrites checks that a desk can be read, and says who writes, while
// another process holds it.
func TestWhileAnotherWrites(t *testing.T) {
	s := newSession(t)
	s.file("letter.txt", []byte("a letter\n"))
	s.want(0, "evidence", "add", "letter.txt", "--source", "x")
	held, err := lock.Take(t.Context(), "desk/desk.lock", lock.Holder{PID: os.Getpid(), Host: "here", Verb: "test", Since: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"evidence", "list"},
		{"evidence", "show", "EV-000001"},
		{"log"},
		{"log", "verify"},
		{"quarantine", "list"},
	} {
		if _, stderr := s.want(0, args...); stderr != "" {
			t.Errorf("%v says %s", args, stderr)
		}
	}
	for _, args := range [][]string{{"log", "checkpoint"}, {"log", "prove", "EV-000001"}} {
		if _, stderr := s.want(0, args...); !strings.Contains(stderr, "does not note that this checkpoint left it (another process writes)") {
			t.Errorf("%v says %q", args, stderr)
		}
	}
	for _, args := range [][]string{
		{"evidence", "show", "EV-000001", "--anchor", "lines=1"},
		{"evidence", "add", "letter.txt", "--source", "x"},
		{"evidence", "destroy", "EV-000001", "--reason", "x", "--yes"},
	} {
		if _, stderr := s.want(3, args...); !strings.Contains(stderr, "in use by another process: test (process ") {
			t.Errorf("%v says %q", args, stderr)
		}
	}
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	s.want(0, "evidence", "show", "EV-000001", "--anchor", "lines=1")
}

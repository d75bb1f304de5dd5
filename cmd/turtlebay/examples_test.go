package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// session runs verbs as a person would, one after the other in one folder.
type session struct{ t *testing.T }

// do runs a verb and returns its exit status and what it printed.
func (s session) do(args ...string) (status int, stdout, stderr string) {
	s.t.Helper()
	var out, messages bytes.Buffer
	status = run(s.t.Context(), args, &out, &messages)
	return status, out.String(), messages.String()
}

// want runs a verb that has to end with the status, and returns what it printed.
func (s session) want(status int, args ...string) (stdout, stderr string) {
	s.t.Helper()
	got, stdout, stderr := s.do(args...)
	if got != status {
		s.t.Fatalf("turtlebay %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, status, stdout, stderr)
	}
	return stdout, stderr
}

// line runs a line as it stands in a help text: with quoted words, a comment at its
// end, and perhaps “> FILE”.
func (s session) line(line string) (status int, stderr string) {
	s.t.Helper()
	words, into := words(strings.TrimPrefix(line, "turtlebay "))
	status, stdout, stderr := s.do(words...)
	if into != "" {
		if err := os.WriteFile(into, []byte(stdout), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	return status, stderr
}

func words(line string) (out []string, into string) {
	word, quoted, begun := "", false, false
	end := func() {
		if begun {
			out = append(out, word)
		}
		word, begun = "", false
	}
	for _, r := range line {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case quoted:
			word += string(r)
		case r == '#' && !begun:
			return out, ""
		case r == ' ':
			end()
		default:
			word, begun = word+string(r), true
		}
	}
	end()
	if n := len(out); n > 2 && out[n-2] == ">" {
		return out[:n-2], out[n-1]
	}
	return out, ""
}

// preludes are what has to be done before the examples of a verb make sense.
var preludes = map[string][]string{
	"turtlebay quarantine show":  {`turtlebay add examples/shipments.csv --as shipment --source "Customs"`},
	"turtlebay quarantine mend":  {`turtlebay add examples/shipments.csv --as shipment --source "Customs"`},
	"turtlebay quarantine retry": {`turtlebay add examples/shipments.csv --as shipment --source "Customs"`, `turtlebay quarantine mend 129f0d5adf7b 4 date=2023-02-28 --reason "a slip"`},
	"turtlebay restore":          {`turtlebay backup desk-backup`},
	"turtlebay log cosign": {
		`turtlebay log witness --name witness.example/geneva --introduce turtlebay-demo/keys/log.pub`,
		`turtlebay log cosign --request to-witness.txt`, `turtlebay log witness to-witness.txt > from-witness.txt`,
	},
	"turtlebay log witness":   {`turtlebay log cosign --request to-witness.txt`},
	"turtlebay access list":   {`turtlebay access grant Utopia --cleared amber`},
	"turtlebay access why":    {`turtlebay access grant Utopia --cleared amber`},
	"turtlebay access revoke": {`turtlebay access grant Utopia --cleared amber`},
}

// elsewhere reports whether an example needs what a test has not: a network, a key
// that the text does not give, an authority.
func elsewhere(line string) bool {
	for _, part := range []string{"http://", "…", "--listen", "tsa.pem", "# those that were remembered"} {
		if strings.Contains(line, part) {
			return true
		}
	}
	_, err := exec.LookPath("pdftotext")
	return err != nil && strings.HasSuffix(line, "# of a PDF")
}

// TestExamples runs every example of the help texts about custody and quarantine on a
// copy of the demo's desk.
func TestExamples(t *testing.T) {
	base := t.TempDir()
	t.Chdir(base)
	t.Setenv("TURTLEBAY_DESK", "")
	t.Setenv("TURTLEBAY_BY", "A. Clerk")
	s := session{t}
	s.want(0, "demo", "--no-pdf")
	furnish(t, base)
	s.want(0, "evidence", "add", "letter.pdf", "annex.zip", "--source", "Utopia, letter of 3 May")
	ran := 0
	for _, c := range verbs(newRoot()) {
		var lines []string
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); !elsewhere(line) {
				lines = append(lines, line)
			}
		}
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		t.Run(strings.ReplaceAll(c.CommandPath(), " ", "_"), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
				t.Fatal(err)
			}
			t.Chdir(dir)
			s := session{t}
			for _, line := range append(preludes[c.CommandPath()], lines...) {
				if status, stderr := s.line(line); status != 0 {
					t.Errorf("%s: status %d: %s", line, status, stderr)
				}
				ran++
			}
		})
	}
	if ran < 50 {
		t.Errorf("%d examples", ran)
	}
}

// verbs are the verbs about custody and quarantine, with those below them.
func verbs(root *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		out = append(out, c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	for _, c := range root.Commands() {
		if c.GroupID == "custody" || c.Name() == "quarantine" {
			walk(c)
		}
	}
	return out
}

// furnish lays the files that the examples speak of into a folder.
func furnish(t *testing.T, dir string) {
	t.Helper()
	var annex bytes.Buffer
	z := zip.NewWriter(&annex)
	w, err := z.Create("annex/letter.txt")
	if err == nil {
		_, err = w.Write([]byte("annex"))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"letter.pdf": twoPages(), "scan.png": []byte("\x89PNG\r\n\x1a\n"), "press.html": []byte("<p>news"), "annex.zip": annex.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "examples"), examples(t)); err != nil {
		t.Fatal(err)
	}
}

// examples is the repository's folder of examples, wherever the test stands now.
func examples(t *testing.T) fs.FS {
	t.Helper()
	return os.DirFS(filepath.Join(source, "..", "..", "examples"))
}

// source is the folder of this package: tests change theirs.
var source = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

// twoPages is a PDF of two pages with a line of text each.
func twoPages() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n" +
		"2 0 obj\n<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>\nendobj\n" +
		"7 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n")
	for i, text := range []string{"The source is Mr. Kim", "The vessel was seen at 38 N"} {
		page, content := 3+2*i, 4+2*i
		stream := "BT /F1 18 Tf 72 730 Td (" + text + ") Tj ET"
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 7 0 R >> >> >>\nendobj\n", page, content)
		fmt.Fprintf(&b, "%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n", content, len(stream), stream)
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\n%%EOF\n")
	return b.Bytes()
}

// TestWords checks how a help text's line is taken apart.
func TestWords(t *testing.T) {
	got, into := words(`log prove EV-1 --reason "a b"   # why`)
	if strings.Join(got, "|") != "log|prove|EV-1|--reason|a b" || into != "" {
		t.Errorf("%q, %q", got, into)
	}
	if got, into = words("log checkpoint > march.checkpoint"); strings.Join(got, "|") != "log|checkpoint" || into != "march.checkpoint" {
		t.Errorf("%q, %q", got, into)
	}
}

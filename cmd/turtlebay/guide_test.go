package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guide runs docs/regime-guide.md as its reader would: files are written and changed
// as the comments before their blocks say, commands run, and what they print is what
// stands below them.
type guide struct {
	session
	out     strings.Builder
	ran     int
	comment string
}

var (
	wholeFile = regexp.MustCompile(`^<!-- file (\S+) -->$`)
	atTheEnd  = regexp.MustCompile(`^<!-- at the end of (\S+) -->$`)
	after     = regexp.MustCompile(`^<!-- in (\S+) after the line “(.*)” -->$`)
	insteadOf = regexp.MustCompile(`^<!-- in (\S+) instead of “(.*)” -->$`)
	without   = regexp.MustCompile(`^<!-- in (\S+) without the tests (.*) -->$`)
	hexes     = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)
)

// TestGuide runs the guide; with TURTLEBAY_GUIDE=write it writes what was printed into it.
func TestGuide(t *testing.T) {
	page := filepath.Join(source, "..", "..", "docs", "regime-guide.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	g := &guide{session: session{t}}
	lines := strings.SplitAfter(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSuffix(lines[i], "\n")
		g.out.WriteString(lines[i])
		switch {
		case strings.HasPrefix(line, "<!-- "):
			g.comment = line
			if m := without.FindStringSubmatch(line); m != nil {
				g.comment = ""
				g.dropTests(m[1], m[2])
			}
		case strings.HasPrefix(line, "```") && len(line) > 3:
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(lines[end], "```") {
				end++
			}
			block := strings.Join(lines[i+1:end], "")
			if line == "```console" {
				g.console(block)
			} else {
				g.change(block)
				g.out.WriteString(block)
			}
			i = end
			g.out.WriteString(lines[i])
		}
	}
	if g.ran < 12 {
		t.Errorf("%d commands", g.ran)
	}
	if got := g.out.String(); os.Getenv("TURTLEBAY_GUIDE") == "write" {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if a, b := hexes.ReplaceAllString(got, "…"), hexes.ReplaceAllString(string(text), "…"); a != b {
		t.Errorf("the guide shows other output:\n%s", firstDifference(b, a))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nguide   %s\nprinted %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, printed %d", len(w), len(g))
}

// console runs the commands of a block.
func (g *guide) console(block string) {
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		if !ok {
			continue
		}
		words, into := words(strings.TrimPrefix(command, "turtlebay "))
		_, stdout, stderr := g.do(words...)
		if into != "" {
			g.write(into, stdout)
			stdout = ""
		}
		g.out.WriteString(line + stdout + stderr)
		g.ran++
	}
}

// change does to a file what the comment before its block says.
func (g *guide) change(block string) {
	g.t.Helper()
	comment := g.comment
	g.comment = ""
	if m := wholeFile.FindStringSubmatch(comment); m != nil {
		g.write(m[1], block)
	} else if m := atTheEnd.FindStringSubmatch(comment); m != nil {
		g.write(m[1], g.read(m[1])+block)
	} else if m := after.FindStringSubmatch(comment); m != nil {
		g.replace(m[1], m[2]+"\n", m[2]+"\n"+block)
	} else if m := insteadOf.FindStringSubmatch(comment); m != nil {
		g.replace(m[1], m[2]+"\n", block)
	} else if comment != "" {
		g.t.Errorf("what is meant by %s", comment)
	}
}

func (g *guide) replace(path, old, block string) {
	g.t.Helper()
	text := g.read(path)
	if !strings.Contains(text, old) {
		g.t.Fatalf("%s has no %q", path, old)
	}
	g.write(path, strings.Replace(text, old, block, 1))
}

// dropTests leaves tests out by name.
func (g *guide) dropTests(path, list string) {
	g.t.Helper()
	text := g.read(path)
	for part := range strings.SplitSeq(list, ", “") {
		name := strings.Trim(part, "“”")
		start := strings.Index(text, "  - name: "+name+"\n")
		if start < 0 {
			g.t.Fatalf("%s has no test %q", path, name)
		}
		end := len(text)
		if next := strings.Index(text[start+1:], "  - name: "); next >= 0 {
			end = start + 1 + next
		}
		text = text[:start] + text[end:]
	}
	g.write(path, text)
}

func (g *guide) read(path string) string {
	g.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

func (g *guide) write(path, text string) {
	g.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		g.t.Fatal(err)
	}
}

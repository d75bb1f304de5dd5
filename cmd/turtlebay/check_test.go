package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/internal/gen"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/regime"
	"pgregory.net/rapid"
)

// Every example of the verb's help works.
func TestCheckExamples(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), examples(t)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	s := session{t}
	for line := range strings.Lines(checkCommand().Example) {
		want := 0
		if status, stderr := s.line(strings.TrimSpace(line)); status != want {
			t.Errorf("%s: status %d: %s", line, status, stderr)
		}
	}
}

// generated is n generated shipments, one a line.
func generated(t testing.TB, from, n int) [][]byte {
	t.Helper()
	var out [][]byte
	for i := from; i < from+n; i++ {
		out = append(out, bytes.TrimSpace(gen.Shipment(nil, i)))
	}
	return out
}

// checkLines runs the verb on lines of standard input.
func checkLines(t interface{ Fatalf(string, ...any) }, lines [][]byte, args ...string) []string {
	root := newRoot()
	var out, messages bytes.Buffer
	root.SetArgs(append([]string{"check", "--in", "-", "--json"}, args...))
	root.SetIn(bytes.NewReader(append(bytes.Join(lines, []byte("\n")), '\n')))
	root.SetOut(&out)
	root.SetErr(&messages)
	if err := root.Execute(); err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// One generated shipment in ten has a finding, as the figure for speed assumes.
func TestOneGeneratedShipmentInTenHasAFinding(t *testing.T) {
	const n = 20_000
	found := len(checkLines(t, generated(t, 0, n), "--findings-only"))
	if found < n*9/100 || found > n*11/100 {
		t.Errorf("%d of %d shipments have findings", found, n)
	}
}

// Cases do not speak to one another: checked one by one they have the answers that
// they have in a stream, and in another order the same in that order.
func TestOrderDoesNotMatter(t *testing.T) {
	lines := generated(t, 0, 3000)
	answers := checkLines(t, lines)
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d cases", len(answers), len(lines))
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "case")
		if one := checkLines(t, lines[i:i+1]); len(one) != 1 || one[0] != answers[i] {
			t.Fatalf("alone %s, in the stream %s", one, answers[i])
		}
		order := rapid.Permutation(rapid.SliceOfN(rapid.IntRange(0, len(lines)-1), 1, 600).Draw(t, "some")).Draw(t, "order")
		var some [][]byte
		for _, i := range order {
			some = append(some, lines[i])
		}
		for n, answer := range checkLines(t, some) {
			if answer != answers[order[n]] {
				t.Fatalf("got %s, want %s", answer, answers[order[n]])
			}
		}
	})
}

// The number of processors changes nothing.
func TestProcessorsDoNotMatter(t *testing.T) {
	lines := generated(t, 0, 30_000)
	many := checkLines(t, lines)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := checkLines(t, lines); !reflect.DeepEqual(one, many) {
		t.Error("one processor gives other answers than several")
	}
}

// What is written by hand reads as what encoding/json would have written.
func TestAnswersAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"\u202e", "\U000e0041", "\"\\\n\t", "é漢", "\x00"}))
		f := regime.Finding{
			MeasureID: text.Draw(t, "measure"), Citation: text.Draw(t, "citation"), Certainty: claim.Checked, ParagraphChecked: rapid.Bool().Draw(t, "checked"),
			Result: regime.Breach, Reason: text.Draw(t, "reason"), Questions: rapid.SliceOfN(text, 0, 3).Draw(t, "questions"),
			Warnings: rapid.SliceOfN(text, 0, 3).Draw(t, "warnings"), Version: "v", Duty: text.Draw(t, "duty"),
			Trace: regime.Trace{Rule: text.Draw(t, "rule"), Steps: []string{text.Draw(t, "step")}},
		}
		id := text.Draw(t, "id")
		b := (&checking{checkFlags: checkFlags{explain: true}}).appendAnswer(nil, id, []regime.Finding{f, f})
		var got struct {
			ID       string           `json:"id"`
			Findings []regime.Finding `json:"findings"`
		}
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if got.ID != id || len(got.Findings) != 2 || !reflect.DeepEqual(got.Findings[1], f) {
			t.Fatalf("got %+v, want %+v", got, f)
		}
		for _, r := range string(b) {
			if r < ' ' || r == '\u202e' {
				t.Fatalf("%q holds %U", b, r)
			}
		}
	})
}

func TestWrapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lead, text := rapid.StringMatching(`[ ?!]{0,8}`).Draw(t, "lead"), strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-zé]{1,100} ?`), 0, 30).Draw(t, "words"), " ")
		got := string(appendWrapped(nil, lead, text))
		if strings.Join(strings.Fields(strings.TrimPrefix(got, lead)), " ") != strings.Join(strings.Fields(text), " ") {
			t.Fatalf("%q became %q", text, got)
		}
		for line := range strings.Lines(got) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > answerWidth && strings.Contains(strings.TrimSpace(strings.TrimPrefix(line, lead)), " ") {
				t.Fatalf("%d characters: %q", n, line)
			}
		}
	})
}

// A reader that goes away ends the work.
func TestOutputThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(path, bytes.Join(generated(t, 0, 50_000), []byte("\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--json"}, {}, {"--summary"}} {
		if status := run(t.Context(), append([]string{"check", "--in", path}, args...), gone{}, io.Discard); status != exitUnread {
			t.Errorf("%v: status %d", args, status)
		}
	}
}

type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// The verb on generated shipments, decoding and printing included.
func BenchmarkCheck(b *testing.B) {
	const n = 100_000
	path := filepath.Join(b.TempDir(), "shipments.jsonl")
	if err := os.WriteFile(path, bytes.Join(generated(b, 0, n), []byte("\n")), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if status := run(b.Context(), []string{"check", "--in", path, "--json"}, io.Discard, io.Discard); status != 0 {
			b.Fatal(fmt.Sprint("status ", status))
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}

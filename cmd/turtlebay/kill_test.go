package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runsVerb says to the test binary that it is the program: TestMain obeys.
const runsVerb = "TURTLEBAY_TEST_RUNS_VERB"

// killRounds is enough for go test; .ci/faults does hundreds, on more verbs.
const killRounds = 20

// A process that is killed at any moment of a verb leaves the desk in its old state
// or its new one, and the verb done again ends in the new one.
func TestKilledVerbs(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{t: t, exe: exe, desk: filepath.Join(t.TempDir(), "desk")}
	k.must("demo", "--no-pdf", "--desk", k.desk)
	for n := range killRounds {
		switch n % 4 {
		case 0:
			k.add(n)
		case 1:
			k.receive(n)
		case 2:
			k.mark(n)
		case 3:
			k.report(n)
		}
		k.must("vault", "check", "--desk", k.desk) // the log as well
	}
	if k.hits < killRounds/4 {
		t.Errorf("%d of %d kills came in the middle of the work", k.hits, killRounds)
	}
}

type killer struct {
	t         *testing.T
	exe, desk string
	hits      int
}

func (k *killer) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(context.Background(), k.exe, args...)
	c.Env = append(os.Environ(), runsVerb+"=1", "TURTLEBAY_BY=A. Expert")
	return c
}

func (k *killer) must(args ...string) string {
	k.t.Helper()
	var stderr strings.Builder
	c := k.command(args...)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		k.t.Fatalf("turtlebay %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// kill runs a verb and ends it within the time that such a verb takes.
func (k *killer) kill(within time.Duration, args ...string) {
	k.t.Helper()
	c := k.command(args...)
	c.Stdout, c.Stderr = io.Discard, io.Discard
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	time.Sleep(time.Duration(rand.Int64N(int64(within))))
	_ = c.Process.Kill() // it may have ended
	if err := c.Wait(); err != nil {
		k.hits++
	}
}

// count is how many records of a kind the desk shows.
func (k *killer) count(kind string) int {
	k.t.Helper()
	for line := range strings.Lines(k.must("records", "--desk", k.desk)) {
		var name string
		var n int
		if _, err := fmt.Sscan(line, &name, &n); err == nil && name == kind {
			return n
		}
	}
	return 0
}

func (k *killer) add(n int) {
	const rows = 2000
	var b strings.Builder
	b.WriteString("id,date,direction,hs,description,origin,destination\n")
	for i := range rows {
		fmt.Fprintf(&b, "SHP-K%d-%d,2018-05-14,from_dprk,270112,lot %d,KP,XA\n", n, i, i)
	}
	path := k.file(n, b.String())
	before := k.count("shipment")
	args := []string{"add", path, "--as", "shipment", "--source", "Customs", "--desk", k.desk}
	k.kill(250*time.Millisecond, args...)
	if got := k.count("shipment"); got != before && got != before+rows {
		k.t.Errorf("round %d: %d shipments became %d of a file of %d", n, before, got, rows)
	}
	k.must(args...)
	if got := k.count("shipment"); got != before+rows {
		k.t.Errorf("round %d: %d shipments in the end, want %d", n, got, before+rows)
	}
}

func (k *killer) file(n int, content string) string {
	k.t.Helper()
	path := filepath.Join(k.t.TempDir(), fmt.Sprintf("%d.csv", n))
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		k.t.Fatal(err)
	}
	return path
}

// items lists the marking of each item by id.
func (k *killer) items() map[string]string {
	k.t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(k.must("evidence", "list", "--json", "--desk", k.desk)) {
		var it struct {
			ID      string
			Marking struct{ TLP string }
		}
		if err := json.Unmarshal([]byte(line), &it); err != nil {
			k.t.Fatal(err)
		}
		out[it.ID] = it.Marking.TLP
	}
	return out
}

func (k *killer) receive(n int) {
	path := k.file(n, strings.Repeat(fmt.Sprintf("letter %d\n", n), 100_000))
	before := len(k.items())
	args := []string{"evidence", "add", path, "--source", "A letter", "--desk", k.desk}
	k.kill(80*time.Millisecond, args...)
	if got := len(k.items()); got != before && got != before+1 {
		k.t.Errorf("round %d: %d items became %d", n, before, got)
	}
	k.must(args...)
	if got := len(k.items()); got != before+1 {
		k.t.Errorf("round %d: %d items in the end, want %d", n, got, before+1)
	}
}

func (k *killer) mark(n int) {
	id := strings.Fields(k.must("evidence", "add", k.file(n, fmt.Sprint("to be marked ", n)), "--source", "A letter", "--desk", k.desk))[0]
	args := []string{"evidence", "mark", id, "tlp:red", "--desk", k.desk}
	k.kill(60*time.Millisecond, args...)
	if got := k.items()[id]; got != "" && got != "red" {
		k.t.Errorf("round %d: marked %q", n, got)
	}
	k.must(args...)
	if got := k.items()[id]; got != "red" {
		k.t.Errorf("round %d: marked %q in the end", n, got)
	}
}

// report is killed while it writes; the files that are there verify, before and
// after.
func (k *killer) report(int) {
	args := []string{"report", "--format", "html,docx", "--desk", k.desk}
	k.kill(500*time.Millisecond, args...)
	k.must("verify", filepath.Join(k.desk, "out", "report.tbz"))
	k.must(args...)
	k.must("verify", filepath.Join(k.desk, "out", "report.tbz"))
}

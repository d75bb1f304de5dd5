package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// TestRegimeExamples runs every example of the help texts about the regime, with the
// examples of the repository and the demo's desk at hand.
func TestRegimeExamples(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TURTLEBAY_DESK", "")
	s := session{t}
	if err := os.CopyFS("examples", examples(t)); err != nil {
		t.Fatal(err)
	}
	s.want(0, "demo", "--no-pdf")
	ran := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			if status, stderr := s.line(strings.TrimSpace(line)); status != 0 {
				t.Errorf("%s: status %d: %s", strings.TrimSpace(line), status, stderr)
			}
			ran++
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(regimeCommand())
	walk(dutiesCommand())
	if ran < 25 {
		t.Errorf("%d examples", ran)
	}
}

func TestInWords(t *testing.T) {
	for _, test := range []struct{ written, want string }{
		{`obs.worker_nationality == "KP" && obs.earning_income`, "worker_nationality is KP and earning_income is true"},
		{`!obs.a`, "a is false"},
		{`!has(obs.a)`, "a is not recorded"},
		{`has(obs.a) && obs.a`, "a is recorded and a is true"},
		{`obs.a == "x" || obs.b && obs.c`, "a is x or (b is true and c is true)"},
		{`!(obs.a == "x" || obs.b)`, "a is not x and b is false"},
		{`!(obs.a && obs.b) || obs.c`, "a is false or b is false or c is true"},
		{`before(obs.contract_date, "2017-09-11")`, "contract_date is before 11 September 2017"},
		{`!before(obs.contract_date, as_of)`, "contract_date is not before the day of knowledge"},
		{`on_or_after(obs.date, "2016-11")`, "date is on or after November 2016"},
		{`days(obs.a, obs.b) > 5`, "the number of days from a to b is more than 5"},
		{`above(obs.net_kg, "2000")`, "net_kg is above 2000"},
		{`hs(obs.hs, ["2701", "72"])`, "hs falls under 2701 or 72"},
		{`!hs(obs.hs, ["89"])`, "hs does not fall under 89"},
		{`obs.e in ["a", "b", "c"]`, "e is one of a, b or c"},
		{`!(obs.e in ["a"])`, "e is none of a"},
		{`named(obs.bank.name, ["A", "B"])`, "bank.name is named A or B"},
		{`obs.d.matches("(?i)crew|seafar")`, "d has in it “crew” or “seafar”"},
		{`!obs.d.matches("(?i)crew|seafar")`, "d has in it neither “crew” nor “seafar”"},
		{`!obs.d.matches("(?i)crude")`, "d has not in it “crude”"},
		{`obs.d.matches("^a+$")`, "d matches “^a+$”"},
		{`obs.a == (obs.b == "x" && obs.c)`, "a is true exactly where (b is x and c is true)"},
		{`obs.a ? obs.b : !obs.c`, "if a is true then b is true else c is false"},
		{`([obs.n] + obs.m).exists(x, named(x, ["A"]))`, "one of n and m is named A"},
		{`obs.count >= 1 && obs.count < 3`, "count is at least 1 and count is less than 3"},
		{"obs.a.size() >\n 3", "obs.a.size() > 3"},
		{`obs.a &&`, `obs.a &&`},
	} {
		if got := inWords(test.written); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.written, got, test.want)
		}
	}
}

// TestMeasuresInWords: no measure of the pack has a condition without words, and no
// line is wider than a page.
func TestMeasuresInWords(t *testing.T) {
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range p.Measures() {
		for line := range strings.Lines(measureText(p, m, value.Date{}, false)) {
			if strings.Contains(line, "obs.") || strings.Contains(line, "&&") {
				t.Errorf("%s: %s", m.ID, line)
			}
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > pageWidth {
				t.Errorf("%s: %d characters: %s", m.ID, n, line)
			}
		}
	}
}

// blanks are the fillings of a skeleton: what stands before a mark, and what goes there.
var blanks = []struct{ at, with string }{
	{"document:", "S/RES/2375 (2017)"},
	{"paragraph:", "OP16"},
	{"adopted:", "2017-09-11"},
	{"kind:", "test"},
	{"duty:", "every State"},
	{"summary:", "What it demands."},
	{"from:", "2017-09-11"},
	{"- codes:", `["62"]`},
	{"what:", "apparel"},
	{"reason:", "what the record shows"},
	{"as_of:", "2017-09-10"},
}

var emptyCode = regexp.MustCompile(`hs: ""`)

// TestSkeletons fills in the skeleton of every kind, and it is a measure.
func TestSkeletons(t *testing.T) {
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range skeletonKinds {
		for _, direction := range []string{observation.FromDPRK, observation.ToDPRK, "persons"} {
			for _, day := range []string{"", "2017-09-11", "2018-01-01"} {
				adopted, err := value.ParseDate(day)
				if err != nil {
					t.Fatal(err)
				}
				text, err := skeleton("own-1", string(k), direction, adopted)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Try("measures/own-1.yaml", []byte(text)); err == nil {
					t.Errorf("%s, %s, %s: loads before it is filled", k, direction, day)
				}
				filled := fill(text)
				if strings.Contains(filled, "___") && !strings.HasPrefix(filled, "# A measure") {
					t.Errorf("%s: blanks are left:\n%s", k, filled)
				}
				if _, err := p.Try("measures/own-1.yaml", []byte(filled)); err != nil {
					t.Errorf("%s, %s, %s: %v\n%s", k, direction, day, err, filled)
				}
			}
		}
	}
}

// fill does what a person does with a skeleton.
func fill(text string) string {
	var out strings.Builder
	dates := map[string]string{"the day before the first day": "2017-09-10", "the first day": "2017-09-11", "the year of the first day": "2017"}
	for line := range strings.Lines(text) {
		head, mark, marked := strings.Cut(line, "# ___")
		trimmed := strings.TrimSpace(head)
		switch {
		case !marked || strings.HasPrefix(trimmed, "#") || trimmed == "":
			out.WriteString(line)
			continue
		case strings.HasPrefix(trimmed, "given:"):
			for about, date := range dates {
				if strings.Contains(mark, ": "+about+"\n") || strings.Contains(mark, ": "+about+";") {
					head = strings.NewReplacer("date: ,", "date: "+date+",", "date: }", "date: "+date+"}", "period: ,", "period: "+date+",", "period: }", "period: "+date+"}").Replace(head)
				}
			}
			code := `hs: "620311"`
			if strings.Contains(mark, "neighbouring") {
				code = `hs: "64"`
			}
			head = emptyCode.ReplaceAllString(head, code)
			if strings.Contains(mark, "so that it is not met") {
				head = strings.NewReplacer("date: 2017-09-11", "date: 2000-01-01", "date: 2018-01-01", "date: 2000-01-01",
					"period: 2017-09-11", "period: 2000-01-01", "period: 2018-01-01", "period: 2000-01-01").Replace(head)
			}
		case trimmed == "when:":
		default:
			for _, b := range blanks {
				if strings.HasPrefix(trimmed, b.at) {
					head = head[:strings.Index(head, b.at)+len(b.at)] + " " + b.with
				}
			}
		}
		out.WriteString(strings.TrimRight(head, " ") + "\n")
	}
	return out.String()
}

// TestManyTestsFail: more tests fail than an error of loading names, and all are named.
func TestManyTestsFail(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "measures"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("pack.yaml", "id: t\nname: a test\n")
	const measures, tests = 20, 7
	for i := range measures {
		id := fmt.Sprintf("t-%d", i)
		var b bytes.Buffer
		fmt.Fprintf(&b, "id: %s\ncite: {document: D, paragraph: P, certainty: from-memory}\nadopted: 2000-01-01\nkind: x\nforce: binding\n"+
			"direction: any\nduty: every State\nsummary: s\nin_force: {from: 2000-01-01}\nrules: [{applies_to: [weapons_event], reason: r}]\ntests:\n", id)
		for range tests {
			b.WriteString("  - {name: n, given: {type: weapons_event, date: 1999-01-01}, expect: breach}\n")
		}
		write("measures/"+id+".yaml", b.String())
	}
	r := &testReport{}
	if err := r.run(dir); err != nil {
		t.Fatal(err)
	}
	if len(r.measures) != measures || r.failed() != measures*tests {
		t.Errorf("%d measures, %d tests failed", len(r.measures), r.failed())
	}
}

// TestPacksFromFolders: a folder that is no pack, or holds what cannot be read, is
// refused and nothing outside it is looked at.
func TestPacksFromFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := openPacks(dir); err == nil || !strings.Contains(err.Error(), "has no pack.yaml") {
		t.Errorf("an empty folder: %v", err)
	}
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte("a secret: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pack.yaml"), []byte("id: t\nname: a test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openPacks(dir); err == nil || !strings.Contains(err.Error(), "the pack has no measures") {
		t.Errorf("a pack without measures: %v", err)
	}
	dir = filepath.Join(t.TempDir(), "own")
	whole, err := fs.Sub(examples(t), "regime")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, whole); err != nil {
		t.Fatal(err)
	}
	if p, err := openPacks(dir); err != nil || len(p.Measures()) == 0 {
		t.Fatalf("%v, %v", p, err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.yaml")); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := openPacks(dir); err == nil || strings.Contains(err.Error(), "secret: true") {
		t.Errorf("a link out of the folder: %v", err)
	}
	for _, spec := range []string{"", ",", "kp,", "kp,kp", "kp,nowhere", outside} {
		if _, err := openPacks(spec); err == nil {
			t.Errorf("%q is taken for a regime", spec)
		}
	}
}

// TestReplayOfKeptVersion: a version that is kept with the desk is found by the first
// characters of its hash, and one that was altered there is not taken for it.
func TestReplayOfKeptVersion(t *testing.T) {
	t.Chdir(t.TempDir())
	s := session{t}
	if err := os.CopyFS("examples", examples(t)); err != nil {
		t.Fatal(err)
	}
	const rule, cases = "examples/regime/measures/own-2375-16.yaml", `[{"id":"a","observation":{"type":"shipment","date":"2018-02-01","direction":"from_dprk","hs":"620520"}}]`
	if err := os.WriteFile("cases.json", []byte(cases), 0o600); err != nil {
		t.Fatal(err)
	}
	s.want(0, "init", "d")
	t.Setenv("TURTLEBAY_DESK", "d")
	var kept struct{ Folder, Digest string }
	stdout, _ := s.want(0, "regime", "export", "--keep", "--regime", "examples/regime", "--json")
	if err := json.Unmarshal([]byte(stdout), &kept); err != nil || filepath.Base(kept.Folder) != kept.Digest {
		t.Fatalf("%s, %v", stdout, err)
	}
	text, err := os.ReadFile(rule)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte("    reason: textiles from"), []byte("    reason: clothes from"), 1)
	if err := os.WriteFile(rule, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	replay := []string{"regime", "replay", "--old", kept.Digest[:8], "--regime", "examples/regime", "--in", "cases.json"}
	if stdout, _ = s.want(0, replay...); !strings.Contains(stdout, "a  own-2375-16  another reason") {
		t.Errorf("replay: %s", stdout)
	}
	if err := os.WriteFile(filepath.Join(kept.Folder, "measures", filepath.Base(rule)), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr := s.want(3, replay...); !strings.Contains(stderr, "it was altered") {
		t.Errorf("an altered version: %s", stderr)
	}
}

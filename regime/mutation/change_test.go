package mutation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lists"
	"pgregory.net/rapid"
)

func TestVariants(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{`obs.a == "KP"`, []string{`obs.a != "KP"`, `obs.a == "KP~"`}},
		{`obs.a`, []string{`!(obs.a)`}},
		{`!obs.a`, []string{`obs.a`}},
		{`has(obs.a) && obs.a`, []string{
			`has(obs.a) || obs.a`, `true && obs.a`, `!(has(obs.a)) && obs.a`, `has(obs.a) && true`, `has(obs.a) && !(obs.a)`,
		}},
		{`a || b && !c`, []string{
			`a && b && !c`, `a || b || !c`, `a || b && c`,
			`false || b && !c`, `!(a) || b && !c`, `a || false`, `a || true && !c`, `a || !(b) && !c`, `a || b && true`,
		}},
		{`(a || b) && c`, []string{
			`(a && b) && c`, `(a || b) || c`,
			`true && c`, `(false || b) && c`, `(!(a) || b) && c`, `(a || false) && c`, `(a || !(b)) && c`, `!((a || b)) && c`, `(a || b) && true`, `(a || b) && !(c)`,
		}},
		{`before(obs.d, "2017-08-31")`, []string{
			`on_or_after(obs.d, "2017-08-31")`, `before(obs.d, "2017-08-30")`, `before(obs.d, "2017-09-01")`, `!(before(obs.d, "2017-08-31"))`,
		}},
		{`above(obs.n, "2000")`, []string{`below(obs.n, "2000")`, `above(obs.n, "1999")`, `above(obs.n, "2001")`, `!(above(obs.n, "2000"))`}},
		{`obs.a == 'K'`, []string{`obs.a != 'K'`, `obs.a == "K~"`}},
		{`obs.n > 0`, []string{`obs.n >= 0`, `obs.n < 0`, `obs.n > -1`, `obs.n > 1`}},
		{`obs.a in ["x", "y"]`, []string{`obs.a in ["y"]`, `obs.a in ["x"]`, `!(obs.a in ["x", "y"])`}},
		{`obs.a in ["x"]`, []string{`obs.a in ["x~"]`, `!(obs.a in ["x"])`}},
		{`hs(obs.hs, ["2701", "72"])`, []string{
			`hs(obs.hs, ["72"])`, `hs(obs.hs, ["2701"])`,
			`hs(obs.hs, ["2702", "72"])`, `hs(obs.hs, ["270101", "72"])`, `hs(obs.hs, ["27", "72"])`,
			`hs(obs.hs, ["2701", "73"])`, `hs(obs.hs, ["2701", "7201"])`,
			`!(hs(obs.hs, ["2701", "72"]))`,
		}},
		{`obs.a.matches("(?i)x|y")`, []string{`obs.a.matches("(?i)y")`, `obs.a.matches("(?i)x")`, `!(obs.a.matches("(?i)x|y"))`}},
		{`obs.a.matches("(?i)x")`, []string{`obs.a.matches("(?i)~x")`, `!(obs.a.matches("(?i)x"))`}},
	} {
		var got []string
		for _, v := range variants(test.text) {
			got = append(got, v.text)
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

// Every variant is another text under a name of its own, and whatever stands
// there, in however broken a form, nothing panics.
func TestVariantsAreOthers(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"obs.a", "!", "(", ")", "[", "]", "&&", "||", "==", "?", ":", ",", `"KP"`, `"2701"`, `"2017-08-05"`, `"5"`, "7", ">", "has", "before", `"`, "in", " ",
		`obs.x.matches("(?i)a|b")`, "true", "é",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
		names := map[string]bool{}
		for _, v := range variants(text) {
			if v.text == text {
				t.Fatalf("%q is no change of %q", v.what, text)
			}
			if names[v.what] {
				t.Fatalf("%q is the name of two", v.what)
			}
			names[v.what] = true
		}
	})
}

// In the packs, few variants are refused by the compiler: they are conditions, too.
func TestVariantsCompile(t *testing.T) {
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	env, err := condition.NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	all, bad := 0, 0
	for _, m := range p.Measures() {
		for _, r := range m.Rules {
			for _, v := range variants(r.When.Text) {
				all++
				if _, err := env.Compile(r.AppliesTo[0], v.text); err != nil {
					bad++
					t.Logf("%s: %s: %v", m.ID, v.what, err)
				}
			}
		}
	}
	if all < 300 || bad*50 > all {
		t.Errorf("%d of %d variants do not compile", bad, all)
	}
}

const tiny = `id: t-cap
cite: {document: D/1, paragraph: P1, certainty: checked, paragraph_checked: true, source: a book}
adopted: 2017-01-01
kind: test
force: binding
direction: to_dprk
duty: every State
summary: a measure for tests
in_force: {from: 2017-01-01}
rules:
  - name: cap
    applies_to: [shipment]
    goods: &goods
      - {codes: ["7204", "26"], except: ["260112"], what: scrap and ores, basis: analyst-mapping, certainty: checked, above_usd: 2.5}
    reason: capped goods
    exempt: [&never {id: never, when: obs.value_usd != obs.value_usd, reason: never}]
  - name: other
    applies_to: [trade_statistic]
    goods: *goods
    reason: other
    exempt: [*never]
tests:
`

// Each change is one change, and taking it back leaves the file as it was.
func TestChangesAreTakenBack(t *testing.T) {
	for name, text := range map[string]string{"tiny": tiny, "kp-2321-26": file(t, "measures/kp-2321-26.yaml"), "kp-2397-4": file(t, "measures/kp-2397-4.yaml")} {
		doc, err := parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s := &subject{root: doc}
		c := &changer{root: doc}
		c.ofMeasure(doc.Content[0])
		before := string(s.text())
		seen := map[string]bool{}
		for _, x := range c.out {
			undo := x.do()
			changed := string(s.text())
			undo()
			if changed == before {
				t.Errorf("%s: %s changes nothing", name, x.what)
			}
			if after := string(s.text()); after != before {
				t.Fatalf("%s: %s is not taken back:\n%s", name, x.what, cmp.Diff(before, after))
			}
			if x.line == 0 || seen[x.what] && !strings.Contains(x.what, "codes: without") {
				t.Errorf("%s: %s has no line, or a name that another has", name, x.what)
			}
			seen[x.what] = true
		}
		if len(c.out) < 20 {
			t.Errorf("%s: only %d changes", name, len(c.out))
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	f, err := kp.Files().Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files, err := read(kp.Files())
	if err != nil {
		t.Fatal(err)
	}
	return string(files[name])
}

// Where a rule that others refer to is taken out, they keep what they refer to.
func TestAliasesOutliveTheirAnchor(t *testing.T) {
	doc, err := parse("tiny", []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	c := &changer{root: doc}
	c.ofMeasure(doc.Content[0])
	i := slices.IndexFunc(c.out, func(x change) bool { return x.what == "rules[cap]: without the rule" })
	undo := c.out[i].do()
	defer undo()
	changed := string((&subject{root: doc}).text())
	for _, want := range []string{"&goods", "&never", "260112"} {
		if !strings.Contains(changed, want) {
			t.Errorf("%s is gone:\n%s", want, changed)
		}
	}
	if strings.Contains(changed, "*goods") || strings.Contains(changed, "*never") {
		t.Errorf("an alias is left over:\n%s", changed)
	}
}

// A pack with tests that try little has survivors, and they are named.
func TestWeakTestsAreFound(t *testing.T) {
	rules, _, _ := strings.Cut(tiny, "    exempt: [&never")
	text := rules + `tests:
  - {name: one, given: {type: shipment, date: 2017-01-01, direction: to_dprk, hs: "7204", unit_value_usd: 9}, expect: breach}
`
	pack := fstest.MapFS{"pack.yaml": {Data: []byte("id: t\nname: t\n")}, "t-cap.yaml": {Data: []byte(text)}}
	r, err := Run(fstest.MapFS{}, Every, pack)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range r.Survivors {
		got = append(got, m.What)
	}
	for _, want := range []string{
		"adopted: 2017-01-01 → 2016-12-31", "in_force.from: 2017-01-01 → 2016-12-31", "direction: to_dprk → both",
		"rules[cap].goods[0].codes: 7204 → 72", "rules[cap].goods[0].except: without 260112",
		"rules[cap].goods[0].basis: analyst-mapping → resolution-text", "rules[cap].goods[0].above_usd: 2.5 → 1.5", "rules[cap].goods[0].above_usd: removed",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s does not survive", want)
		}
	}
	for _, never := range []string{"in_force.from: 2017-01-01 → 2017-01-02", "rules[cap].goods[0].codes: without 7204", "direction: to_dprk → from_dprk"} {
		if slices.Contains(got, never) {
			t.Errorf("%s survives", never)
		}
	}
	if total := r.Total(); total.Killed == 0 || total.Refused == 0 || total.Survivors != len(got) || total.Rate() >= 950 {
		t.Errorf("counts %+v with %d survivors", total, len(got))
	}
}

// A refusal that no test spoke counts for nothing.
func TestOutcomes(t *testing.T) {
	test := &regime.FileError{File: "f", Field: `tests[0] "one"`, Reason: "found none"}
	load := &regime.FileError{File: "f", Field: "in_force", Reason: "leaves no day"}
	for _, c := range []struct {
		err  error
		want outcome
	}{
		{nil, survived},
		{load, refused},
		{errors.Join(load, load), refused},
		{test, killed},
		{fmt.Errorf("load pack: %w", errors.Join(load, test)), killed},
	} {
		if got := outcomeOf(c.err); got != c.want {
			t.Errorf("%v: outcome %d, want %d", c.err, got, c.want)
		}
	}
}

// A sample is part of all changes and always the same.
func TestSampleIsStable(t *testing.T) {
	run := func() Report {
		r, err := Run(lists.Files(), 60, kp.Files())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := run(), run()
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two samples:\n%s", diff)
	}
	if total := a.Total(); total.Killed+total.Refused+total.Survivors > 60 || total.Killed < 30 {
		t.Errorf("a sample of 60 has %+v", total)
	}
}

func TestExplained(t *testing.T) {
	es, err := parseExplained("# a remark\n\nkp-1 rules[a].when: *\nkp-2 x: 1 → 2\n  because\n  of this\n\nkp-* y*z\n  and that\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []Explanation{
		{"kp-1", "rules[a].when: *", "because of this", 3},
		{"kp-2", "x: 1 → 2", "because of this", 4},
		{"kp-*", "y*z", "and that", 8},
	}
	if diff := cmp.Diff(want, es); diff != "" {
		t.Fatalf("explanations (-want +got):\n%s", diff)
	}
	r := Report{Survivors: []Mutant{{Measure: "kp-1", What: "rules[a].when: never"}, {Measure: "kp-1", What: "rules[b].when: never"}, {Measure: "kp-9", What: "y one z"}}}
	left, unused := r.Unexplained(es)
	if len(left) != 1 || left[0].What != "rules[b].when: never" || len(unused) != 1 || unused[0].Measure != "kp-2" {
		t.Errorf("left %v, unused %v", left, unused)
	}
	for _, bad := range []string{"  a reason\n", "kp-1 x\n", "kp-1\n  r\n"} {
		if _, err := parseExplained(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if _, err := Explained(); err != nil {
		t.Error(err)
	}
}

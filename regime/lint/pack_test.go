package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/eu20171509"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lint"
	"pgregory.net/rapid"
)

func TestToVerify(t *testing.T) {
	p := load(t,
		"t-cap.yaml", "certainty: checked, paragraph_checked: true, source: a book", "certainty: from-memory, paragraph_checked: false, note: look it up",
		"t-ban.yaml", "source: a book}", "source: a book, note: a remark}")
	ban := lint.Item{Measure: "t-ban", Citation: "D/1 P1", File: "t-ban.yaml", Note: "a remark", Source: "a book"}
	limit := lint.Item{Measure: "t-cap", Citation: "D/2 P2", File: "t-cap.yaml", Note: "look it up"}
	item := func(of lint.Item, what, detail string) lint.Item { of.What, of.Detail = what, detail; return of }
	want := []lint.Item{
		item(ban, lint.GoodsCode, "2701, 720410 for coal and scrap (analyst-mapping, checked), but not 270119"),
		item(limit, lint.Substance, ""),
		item(limit, lint.ParagraphNumber, "P2"),
		item(limit, lint.CapAmount, "1000 barrel"),
	}
	if diff := cmp.Diff(want, lint.ToVerify(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the packs carry as unconfirmed is all there.
func TestToVerifyOfThePack(t *testing.T) {
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	items := lint.ToVerify(p)
	for _, m := range p.Measures() {
		has := func(what string) bool {
			return slices.ContainsFunc(items, func(i lint.Item) bool { return i.Measure == m.ID && i.What == what })
		}
		if has(lint.ParagraphNumber) == m.Cite.ParagraphChecked || (has(lint.Substance) || has(lint.ParagraphNumber)) != m.Cite.ToBeVerified() {
			t.Errorf("%s: certainty %s, paragraph checked %v, and the list says otherwise", m.ID, m.Cite.Certainty, m.Cite.ParagraphChecked)
		}
	}
	number := func(what string) (n int) {
		for _, i := range items {
			if i.What == what {
				n++
			}
		}
		return n
	}
	if number(lint.Substance) != 16 || number(lint.ParagraphNumber) != 83 || number(lint.GoodsCode) < 50 {
		t.Errorf("%d substances, %d paragraph numbers, %d groups of codes", number(lint.Substance), number(lint.ParagraphNumber), number(lint.GoodsCode))
	}
}

// The order is always the same, and a joined pack has the warnings of both.
func TestPacks(t *testing.T) {
	council, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	union, err := eu20171509.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*regime.Pack{council, union} {
		a, b := lint.Pack(p, council, union), lint.Pack(p, council, union)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: two runs, two lists:\n%s", p.ID, diff)
		}
		for _, w := range a {
			t.Errorf("%s: %s", p.ID, w)
		}
	}
}

// Fewer tests never mean fewer warnings.
func TestTestsOnlyHelp(t *testing.T) {
	whole := load(t)
	m, _ := whole.Measure("t-ban")
	tests := m.Tests
	defer func() { m.Tests = tests }()
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.IntRange(0, len(tests)-1), 1, len(tests), rapid.ID[int]).Draw(rt, "tests")
		less := some[:rapid.IntRange(0, len(some)-1).Draw(rt, "less")]
		pick := func(at []int) []string {
			m.Tests = nil
			for _, i := range at {
				m.Tests = append(m.Tests, tests[i])
			}
			return lines(lint.Pack(whole))
		}
		with, without := pick(some), pick(less)
		for _, w := range with {
			// A group of codes is one warning, which names those that are missing, and
			// whether a fact can be missing is known from observations alone.
			if !slices.Contains(without, w) && !strings.Contains(w, "code-untested") && !strings.Contains(w, "answer undecided") && !strings.Contains(w, "fact-always-there") {
				rt.Fatalf("%s, but not with fewer tests:\n%s", w, fmt.Sprint(without))
			}
		}
	})
}

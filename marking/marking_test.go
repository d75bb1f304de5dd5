package marking_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/marking"
	"pgregory.net/rapid"
)

func Example() {
	m, _ := marking.Parse("un:confidential; tlp:amber; embargo-until:2027-01-31")
	reader := marking.Reader{Name: "Utopia", UN: "confidential", TLP: "amber", On: "2026-11-22"}
	fmt.Println(marking.Decide(m, reader).Why)
	reader.On = "2027-01-31"
	fmt.Println(marking.Decide(m, reader).OK)
	// Output:
	// under embargo until 2027-01-31
	// true
}

func TestDecide(t *testing.T) {
	utopia := marking.Reader{Name: "Utopia", UN: "confidential", TLP: "amber", As: []string{"Team"}, On: "2026-11-22"}
	for _, tc := range []struct {
		marking string
		reader  marking.Reader
		ok      bool
	}{
		{"clear", marking.Reader{}, true},
		{"green", marking.Reader{}, false},
		{"amber", utopia, true},
		{"amber+strict", utopia, false},
		{"confidential", marking.Reader{TLP: "red"}, false},
		{"strictly confidential", utopia, false},
		{"releasable-to:Utopia", utopia, true},
		{"releasable-to:Ruritania", utopia, false},
		{"releasable-to:Ruritania; releasable-to:Team", utopia, true},
		{"releasable-to:Utopia; source-protected", utopia, false},
		{"originator-control:Utopia", utopia, true},
		{"originator-control:Ruritania", utopia, false},
		{"embargo-until:2026-11-22", utopia, true},
		{"embargo-until:2026-11-23", utopia, false},
		{"embargo-until:2020-01-01", marking.Reader{}, false},
		{"eyes only", utopia, false},
		{"red; source-protected; eyes only", marking.Custodian(), true},
	} {
		m, err := marking.Parse(tc.marking)
		if err != nil {
			t.Fatalf("%s: %v", tc.marking, err)
		}
		d := marking.Decide(m, tc.reader)
		if d.OK != tc.ok || d.OK == (d.Why != "") {
			t.Errorf("%s for %q: %+v, want %v with a reason where it is no", tc.marking, tc.reader.Name, d, tc.ok)
		}
	}
	if d := marking.Decide(marking.Marking{TLP: "purple"}, marking.Reader{TLP: "red", UN: "strictly confidential"}); d.OK {
		t.Error("an unknown level was opened")
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]marking.Marking{
		"":                                {},
		"TLP:AMBER+STRICT":                {TLP: "amber+strict"},
		" red ":                           {TLP: "red"},
		"UN:Strictly Confidential; green": {UN: "strictly confidential", TLP: "green"},
		"releasable-to:B;releasable-to:A;releasable-to:A": {Caveats: []string{"releasable-to:A", "releasable-to:B"}},
	} {
		got, err := marking.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"tlp:purple", "un:secret", "red; amber", "embargo-until:soon", "embargo-until:2027-13-01", "releasable-to:", "originator-control:",
		"releasable-to:Uto\u200bpia", "releasable-to:\u202eaipotU", "eyes\x1b[2Jonly", "eyes\tonly", "eyes\nonly", "eyes \xff", "a\ufeffb", "a\u2028b",
	} {
		if m, err := marking.Parse(text); err == nil {
			t.Errorf("%q was taken as %v", text, m)
		}
	}
}

var caveats = []string{"releasable-to:A", "releasable-to:B", "originator-control:A", "source-protected", "embargo-until:2026-01-01", "embargo-until:2027-01-01", "eyes only"}

func anyMarking(t *rapid.T) marking.Marking {
	return marking.Marking{
		UN:      rapid.SampledFrom([]string{"", "unclassified", "confidential", "strictly confidential"}).Draw(t, "un"),
		TLP:     rapid.SampledFrom([]string{"", "clear", "green", "amber", "amber+strict", "red"}).Draw(t, "tlp"),
		Caveats: rapid.SliceOfNDistinct(rapid.SampledFrom(caveats), 0, 3, rapid.ID).Draw(t, "caveats"),
	}
}

func anyReader(t *rapid.T) marking.Reader {
	return marking.Reader{
		Name: rapid.SampledFrom([]string{"", "A", "B", "C"}).Draw(t, "name"),
		As:   rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B"}), 0, 2).Draw(t, "as"),
		UN:   rapid.SampledFrom([]string{"", "confidential", "strictly confidential"}).Draw(t, "un"),
		TLP:  rapid.SampledFrom([]string{"", "green", "amber", "red"}).Draw(t, "tlp"),
		On:   rapid.SampledFrom([]string{"", "2026-06-01", "2027-01-01"}).Draw(t, "on"),
	}
}

// What is derived may be seen by nobody who may not see each input.
func TestJoinIsSeenByNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, r := anyMarking(t), anyMarking(t), anyReader(t)
		joined := marking.Decide(marking.Join(a, b), r).OK
		if joined && !(marking.Decide(a, r).OK && marking.Decide(b, r).OK) {
			t.Fatalf("%v sees the join of %v and %v", r, a, b)
		}
	})
}

func TestJoinLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyMarking(t), anyMarking(t), anyMarking(t)
		if diff := cmp.Diff(marking.Join(a, b).String(), marking.Join(b, a).String()); diff != "" {
			t.Fatalf("order matters: %s", diff)
		}
		if diff := cmp.Diff(marking.Join(a, marking.Join(b, c)).String(), marking.Join(marking.Join(a, b), c).String()); diff != "" {
			t.Fatalf("grouping matters: %s", diff)
		}
		if marking.Lowers(a, marking.Join(a, b)) {
			t.Fatalf("adding %v to %v lowers it", b, a)
		}
	})
}

// A change that does not lower shows the thing to nobody new.
func TestLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, r := anyMarking(t), anyMarking(t), anyReader(t)
		if !marking.Lowers(a, b) && marking.Decide(b, r).OK && !marking.Decide(a, r).OK {
			t.Fatalf("%v sees %v but not %v, and yet it is no lowering", r, b, a)
		}
	})
}

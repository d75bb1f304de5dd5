package document_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/report/document"
)

func TestBannerAndPortion(t *testing.T) {
	for _, tt := range []struct{ document, part, banner, portion string }{
		{"", "", "", ""},
		{"clear", "clear", "", ""},
		{"unclassified; clear", "", "", ""},
		{"amber", "amber", "TLP:AMBER", "(TLP:AMBER)"},
		{"amber+strict", "", "TLP:AMBER+STRICT", "(TLP:CLEAR)"},
		{"confidential", "", "CONFIDENTIAL", "(UNCLASSIFIED)"},
		{"strictly confidential; red; releasable-to:A", "green", "STRICTLY CONFIDENTIAL // TLP:RED // releasable-to:A", "(UNCLASSIFIED // TLP:GREEN)"},
		{"confidential; amber", "confidential; releasable-to:A", "CONFIDENTIAL // TLP:AMBER", "(CONFIDENTIAL // TLP:CLEAR // releasable-to:A)"},
		{"releasable-to:A", "", "TLP:CLEAR // releasable-to:A", "(TLP:CLEAR)"},
	} {
		whole, err := marking.Parse(tt.document)
		if err != nil {
			t.Fatal(err)
		}
		part, err := marking.Parse(tt.part)
		if err != nil {
			t.Fatal(err)
		}
		m := document.Masthead{Marking: whole}
		if got := document.Banner(whole); got != tt.banner {
			t.Errorf("%q on every page: %q, want %q", tt.document, got, tt.banner)
		}
		if got := m.Portion(part); got != tt.portion {
			t.Errorf("%q in a document of %q: %q, want %q", tt.part, tt.document, got, tt.portion)
		}
	}
}

func TestOverall(t *testing.T) {
	doc := &document.Document{
		Summary:  []*document.Paragraph{{Marking: marking.Marking{TLP: "green"}}},
		Sections: []*document.Section{document.NewSection("a", "A", &document.Paragraph{}, &document.Chart{Marking: marking.Marking{UN: "confidential"}})},
		Annexes: []*document.Section{document.NewSection("b", "B", &document.Table{
			Rows: []document.Row{{}}, Marking: marking.Marking{TLP: "amber", Caveats: []string{"releasable-to:A"}},
		})},
	}
	if got := doc.Overall().String(); got != "un:confidential; tlp:amber; releasable-to:A" {
		t.Errorf("got %s", got)
	}
	if got := (&document.Document{}).Overall(); !got.IsZero() {
		t.Errorf("a document of nothing is marked %s", got)
	}
}

func TestMissing(t *testing.T) {
	if got := (document.Masthead{}).Missing(); got != "" {
		t.Errorf("got %q", got)
	}
	if got := (document.Masthead{Withheld: "1 (tlp:amber)"}).Missing(); got != "Records withheld from this copy, per marking: 1 (tlp:amber)" {
		t.Errorf("got %q", got)
	}
}

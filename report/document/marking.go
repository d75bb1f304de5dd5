package document

import (
	"cmp"
	"strings"

	"github.com/turtlebay/turtlebay/marking"
)

// Cover is printed in place of what a recipient may not see.
const Cover = "[withheld]"

// Banner is a marking as it stands on every page, "CONFIDENTIAL // TLP:AMBER";
// it is empty for what is public.
func Banner(m marking.Marking) string { return printed(m, m) }

// Portion is the mark set before a paragraph or caption of that marking. Where the
// document is public it is empty; in one that is marked every part says its own
// level in each scale that the document is marked in.
func (m Masthead) Portion(of marking.Marking) string {
	text := printed(of, m.Marking)
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// Missing says what is withheld from this copy; it is empty where nothing is.
func (m Masthead) Missing() string {
	if m.Withheld == "" {
		return ""
	}
	return "Records withheld from this copy, per marking: " + m.Withheld
}

// printed is the marking in the scales that the document uses.
func printed(m, document marking.Marking) string {
	var parts []string
	inUN := !(marking.Marking{UN: document.UN}).IsZero()
	if inUN {
		parts = append(parts, strings.ToUpper(cmp.Or(m.UN, "unclassified")))
	}
	if !(marking.Marking{TLP: document.TLP}).IsZero() || !inUN && len(document.Caveats) > 0 {
		parts = append(parts, "TLP:"+strings.ToUpper(cmp.Or(m.TLP, "clear")))
	}
	return strings.Join(append(parts, m.Caveats...), " // ")
}

// Overall is the marking of the whole document: of its paragraphs, tables and
// charts, joined.
func (d *Document) Overall() marking.Marking {
	distinct := map[string]bool{}
	var all []marking.Marking
	add := func(m marking.Marking) {
		if text := m.String(); !distinct[text] {
			distinct[text] = true
			all = append(all, m)
		}
	}
	for p := range d.Paragraphs() {
		add(p.Marking)
	}
	for b := range d.Blocks() {
		switch b := b.(type) {
		case *Table:
			add(b.Marking)
		case *Chart:
			add(b.Marking)
		}
	}
	return marking.Join(all...)
}

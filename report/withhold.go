package report

import (
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// Cover is printed in place of what a recipient may not see.
const Cover = "[withheld]"

// Withhold covers, in a finished document, everything that would show one of the
// withheld records to the reader: rows, quotations, footnotes, the charts drawn
// from their rows, and the tables and ids inside derivations. Totals stay; they
// rest on what was withheld and cannot be derived again by the recipient.
func Withhold(doc *document.Document, withheld map[string]string) {
	if len(withheld) == 0 {
		return
	}
	covers := cover{withheld}
	for p := range doc.Paragraphs() {
		for i, s := range p.Spans {
			if s.Kind == document.Quote && covers.has(s.Record) {
				p.Spans[i].Text = Cover
			}
			if s.Footnote != nil && covers.any(s.Footnote.Records) {
				s.Footnote.Text = Cover
			}
		}
	}
	touched := map[string]bool{}
	for i, d := range doc.Derivations {
		if covers.derivation(&doc.Derivations[i]) {
			touched[d.ID] = true
		}
	}
	for _, list := range [][]*document.Section{doc.Sections, doc.Annexes} {
		for _, s := range list {
			covers.section(s, touched)
		}
	}
}

type cover struct{ ids map[string]string }

func (c cover) has(id string) bool { _, ok := c.ids[id]; return ok }

func (c cover) any(ids []string) bool {
	for _, id := range ids {
		if c.has(id) {
			return true
		}
	}
	return false
}

// shows reports whether a row shows a withheld record: it is the row's record or
// one of its cells names it.
func (c cover) shows(record string, cells []string) bool {
	return c.has(record) || c.any(cells)
}

// shown are the ids that are not withheld.
func (c cover) shown(ids []string) []string {
	var out []string
	for _, id := range ids {
		if !c.has(id) {
			out = append(out, id)
		}
	}
	return out
}

func covered(n int) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = Cover
	}
	return cells
}

// derivation covers what a derivation tells beside its value and reports whether
// any row of it was covered.
func (c cover) derivation(d *derive.Derivation) bool {
	records := c.shown(d.Result.Records)
	changed := len(records) != len(d.Result.Records)
	d.Result.Records, d.Result.Unverified = records, c.shown(d.Result.Unverified)
	if d.Result.Table == nil {
		return changed
	}
	t := *d.Result.Table
	t.Rows = append([]derive.Row{}, t.Rows...)
	hidden := false
	for i, r := range t.Rows {
		hidden = c.shows(r.Record, r.Cells) || hidden && r.Record == "" && r.Cells[0] == ""
		if hidden {
			t.Rows[i] = derive.Row{Cells: covered(len(r.Cells))}
			changed = true
		}
	}
	d.Result.Table = &t
	return changed
}

func (c cover) section(s *document.Section, touched map[string]bool) {
	blocks := s.Blocks[:0:0]
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *document.Table:
			hidden := false
			for i, r := range b.Rows {
				// a row without a record and first cell continues the row above
				hidden = c.shows(r.Record, r.Values) || hidden && r.Record == "" && r.Values[0] == ""
				if hidden {
					b.Rows[i] = document.Row{Cells: covered(len(r.Cells)), Values: covered(len(r.Values))}
				}
			}
		case *document.Chart:
			if touched[b.Derivation] {
				blocks = append(blocks, &document.Paragraph{ID: b.ID, Spans: []document.Span{{
					Kind: document.Text, Text: b.Label + " " + strings.TrimSpace(Cover),
				}}})
				continue
			}
		}
		blocks = append(blocks, b)
	}
	s.Blocks = blocks
	for _, sub := range s.Sections {
		c.section(sub, touched)
	}
}

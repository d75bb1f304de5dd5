package report

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// placed yields every paragraph with the id of the section it stands in.
func placed(doc *document.Document) iter.Seq2[string, *document.Paragraph] {
	return func(yield func(string, *document.Paragraph) bool) {
		for _, p := range doc.Summary {
			if !yield("", p) {
				return
			}
		}
		for _, list := range [][]*document.Section{doc.Sections, doc.Annexes} {
			for _, s := range list {
				if !placedIn(s, yield) {
					return
				}
			}
		}
	}
}

func placedIn(s *document.Section, yield func(string, *document.Paragraph) bool) bool {
	for _, b := range s.Blocks {
		if p, ok := b.(*document.Paragraph); ok && !yield(s.ID, p) {
			return false
		}
	}
	for _, sub := range s.Sections {
		if !placedIn(sub, yield) {
			return false
		}
	}
	return true
}

// wording is what a paragraph says apart from its figures and quotations: its text,
// and what is asked and quoted in it. Notes cite what is quoted and rested on.
func (c *cover) wording(p *document.Paragraph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%t %q", p.Recommendation, p.Definition)
	for _, s := range p.Spans {
		switch s.Kind {
		case document.Note:
		case document.Figure:
			fmt.Fprintf(&b, " %d %q %q", s.Kind, c.asks[s.Derivation], s.Style)
		case document.Quote:
			fmt.Fprintf(&b, " %d %q %q", s.Kind, s.Record, s.Field)
		case document.Reference:
			fmt.Fprintf(&b, " %d %q", s.Kind, s.Target)
		default:
			text := s.Text
			if c.withheld(s.Chosen) {
				text = s.Instead
			}
			fmt.Fprintf(&b, " %d %q", s.Kind, text)
		}
	}
	return b.String()
}

// rowPlan says which rows of a table stand. The zero plan lets none stand.
type rowPlan struct {
	listing bool   // every row but totals is of a record that the recipient may see
	stands  []bool // by row, of a listing
	more    bool   // everything would give rows beyond these
}

// plan compares the rows of a table with those that everything gives. Where a row
// that is not a record's would be another, or a row of a record that the recipient
// sees in full, the table is no listing: which of its rows are covered would tell
// the day, the place or the kind of the record withheld.
func (c *cover) plan(seen, whole *derive.Table) rowPlan {
	if !slices.Equal(seen.Columns, whole.Columns) {
		return rowPlan{}
	}
	left := map[string]int{}
	for _, r := range whole.Rows {
		left[key(r)]++
	}
	out := rowPlan{listing: true, stands: make([]bool, len(seen.Rows))}
	for i, r := range seen.Rows {
		if left[key(r)] > 0 {
			left[key(r)]--
			out.stands[i] = true
		}
	}
	for i, record := range c.recordsOf(seen.Rows) {
		if !seen.Rows[i].Total && (record == "" || !out.stands[i] && !c.partly[record]) {
			return rowPlan{}
		}
	}
	for i, record := range c.recordsOf(whole.Rows) {
		r := whole.Rows[i]
		if left[key(r)] > 0 && !r.Total && !c.partly[record] { // of a record seen in part, its own row is covered
			out.more = true
		}
	}
	return out
}

func key(r derive.Row) string { return fmt.Sprintf("%t %q", r.Total, r.Cells) }

// recordsOf says which record each row is about: the one it names or one that a
// cell does; a row without a first cell continues the row above. It is empty where
// there is none that the recipient may see.
func (c *cover) recordsOf(rows []derive.Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		if i > 0 && r.Cells[0] == "" {
			out[i] = out[i-1]
		}
		for _, id := range append([]string{r.Record}, r.Cells...) {
			if _, ok := c.records[id]; ok {
				out[i] = id
				break
			}
		}
	}
	return out
}

// rows calls stand for the rows that stand and hide for each that is covered: one
// for all rows that everything would add, before the totals.
func (p rowPlan) rows(totals []bool, stand func(i int), hide func(total bool)) {
	if !p.listing {
		hide(false)
		return
	}
	more := p.more
	for i, total := range totals {
		if total && more {
			hide(false)
			more = false
		}
		if p.stands[i] {
			stand(i)
		} else {
			hide(total)
		}
	}
	if more {
		hide(false)
	}
}

// derived is the derivation's table with its covered rows.
func (p rowPlan) derived(t *derive.Table) *derive.Table {
	out := &derive.Table{Columns: t.Columns}
	totals := make([]bool, len(t.Rows))
	for i, r := range t.Rows {
		totals[i] = r.Total
	}
	p.rows(totals, func(i int) { out.Rows = append(out.Rows, t.Rows[i]) }, func(total bool) {
		out.Rows = append(out.Rows, derive.Row{Cells: covered(len(t.Columns)), Total: total})
	})
	return out
}

// printed is the same of a table in print, whose rows are the derivation's.
func (p rowPlan) printed(t *document.Table) []document.Row {
	var out []document.Row
	totals := make([]bool, len(t.Rows))
	for i, r := range t.Rows {
		totals[i] = r.Total
	}
	p.rows(totals, func(i int) { out = append(out, t.Rows[i]) }, func(total bool) {
		out = append(out, document.Row{Cells: covered(len(t.Columns)), Values: covered(len(t.Columns)), Total: total})
	})
	return out
}

func covered(n int) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = Cover
	}
	return cells
}

package report

import (
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// Cover is printed in place of what a recipient may not see.
const Cover = "[withheld]"

// Withhold covers, in a finished document, what would show one of the withheld
// records to the reader: rows, quotations, footnotes, figures that rest on nothing
// else, the cells of tables and the charts that may be one record's, and the ids
// inside derivations. Sums stay; they cannot be derived again by the recipient,
// who can compute by subtraction what all withheld records of a kind sum to.
func Withhold(doc *document.Document, withheld map[string]string) {
	if len(withheld) == 0 {
		return
	}
	covers := cover{withheld, map[string]bool{}, map[string]bool{}}
	covers.derivations(doc)
	for p := range doc.Paragraphs() {
		for i := range p.Spans {
			covers.span(&p.Spans[i])
		}
	}
	for _, list := range [][]*document.Section{doc.Sections, doc.Annexes} {
		for _, s := range list {
			covers.section(s)
		}
	}
}

// cover knows what is withheld, and the derivations that would tell it.
type cover struct {
	ids     map[string]string
	telling map[string]bool // derivations that rest on nothing but withheld records, or name one
	touched map[string]bool // tables that rest on withheld records among others
}

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

// derivations covers what derivations tell beside a sum. A result that rests on
// nothing but withheld records, or whose parameters name one, is left out
// altogether.
func (c cover) derivations(doc *document.Document) {
	keep := doc.Derivations[:0:0]
	for _, d := range doc.Derivations {
		for _, v := range d.Params {
			c.telling[d.ID] = c.telling[d.ID] || c.has(v)
		}
		shown := c.shown(d.Result.Records)
		if len(d.Result.Records) > 0 && len(shown) == 0 {
			c.telling[d.ID] = true
		}
		if c.telling[d.ID] {
			continue
		}
		c.touched[d.ID] = len(shown) < len(d.Result.Records)
		d.Result.Records, d.Result.Unverified = shown, c.shown(d.Result.Unverified)
		if t := d.Result.Table; t != nil {
			d.Result.Table = &derive.Table{Columns: t.Columns, Rows: c.rows(t.Rows, c.touched[d.ID])}
		}
		keep = append(keep, d)
	}
	doc.Derivations = keep
}

// rows covers the rows that show a withheld record. Where rows show no records,
// as in a table by year, any cell may be one record's: all but totals are covered.
func (c cover) rows(rows []derive.Row, touched bool) []derive.Row {
	out := make([]derive.Row, len(rows))
	byRecord, hidden := false, false
	for _, r := range rows {
		byRecord = byRecord || r.Record != "" || c.any(r.Cells)
	}
	for i, r := range rows {
		// a row without a record and first cell continues the row above
		hidden = c.shows(r.Record, r.Cells) || hidden && r.Record == "" && r.Cells[0] == "" || touched && !byRecord && !r.Total
		out[i] = r
		if hidden {
			out[i] = derive.Row{Cells: covered(len(r.Cells))}
		}
	}
	return out
}

func (c cover) span(s *document.Span) {
	switch {
	case s.Kind == document.Quote && c.has(s.Record), s.Kind == document.Figure && c.telling[s.Derivation]:
		*s = document.Span{Kind: document.Text, Text: Cover}
	case s.Footnote != nil && c.any(s.Footnote.Records):
		s.Footnote.Text = Cover
		s.Footnote.Records = c.shown(s.Footnote.Records)
	}
}

func (c cover) section(s *document.Section) {
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *document.Table:
			c.table(b)
		case *document.Chart:
			if c.touched[b.Derivation] || c.telling[b.Derivation] {
				b.Drawing, b.Note = covering{}, Cover
			}
			if c.telling[b.Derivation] {
				b.Derivation = ""
			}
		}
	}
	for _, sub := range s.Sections {
		c.section(sub)
	}
}

func (c cover) table(t *document.Table) {
	rows := make([]derive.Row, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = derive.Row{Cells: r.Values, Record: r.Record, Total: r.Total}
	}
	for i, r := range c.rows(rows, c.touched[t.Derivation]) {
		id, listed := strings.CutPrefix(t.Rows[i].Record, "d-")
		if c.telling[t.Derivation] || listed && c.telling[id] || r.Cells[0] == Cover {
			n := len(t.Rows[i].Cells)
			t.Rows[i] = document.Row{Cells: covered(n), Values: covered(n)}
		}
	}
	if c.telling[t.Derivation] {
		t.Derivation = ""
	}
}

// covering is drawn in place of a chart that would show a withheld record.
type covering struct{}

// SVG is a small drawing that says so.
func (covering) SVG(string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 40" width="720" height="40" role="img"><title>` + Cover +
		`</title><text x="0" y="26" font-size="14" fill="#5a6069">` + Cover + `</text></svg>`)
}

// EMF is nothing: the text alternative is printed.
func (covering) EMF() []byte { return nil }

// Alt is the cover.
func (covering) Alt() string { return Cover }

// Size is that of the drawing.
func (covering) Size() (width, height int) { return 720, 40 }

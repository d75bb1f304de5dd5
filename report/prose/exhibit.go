package prose

import (
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// None is printed for a fact that is not known.
const None = "–"

// Exhibit describes a table or chart to be shown.
type Exhibit struct {
	ID      string         // stable anchor
	Caption string         // may hold references
	Figure  string         // function that gives the rows
	Params  derive.Params  // beside the report's own
	Note    string         // below it; may hold references
	Wide    bool           // needs a landscape page
	Weights map[string]int // share of the width by column key; all alike where empty
}

// Show writes a table of the derivation's rows.
func (w *Writer) Show(x Exhibit) *document.Table {
	d, t := w.table(x.Figure, x.Params)
	out := &document.Table{
		ID: x.ID, Caption: w.plain(x.Caption), Derivation: d.ID, Note: w.plain(x.Note), Wide: x.Wide,
	}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, document.Column{
			Title: c.Title, Unit: c.Unit, Form: c.Form, Numeric: c.Numeric(), Weight: x.Weights[c.Key],
		})
	}
	for _, r := range t.Rows {
		row := document.Row{Record: r.Record, Total: r.Total, Unverified: r.Unverified, Values: r.Cells}
		for i, c := range t.Columns {
			row.Cells = append(row.Cells, cell(c, r.Cells[i]))
		}
		out.Rows = append(out.Rows, row)
	}
	out.Marking, out.Chosen, _ = w.finish()
	return out
}

// cell prints a value in its column's form.
func cell(c derive.Column, v string) string {
	switch {
	case v == "":
		return None
	case c.Numeric():
		return derive.Group(v)
	}
	return v
}

// plain is text with its references printed, for captions and notes.
func (w *Writer) plain(text string) string {
	var b strings.Builder
	for _, s := range w.spans(text) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Plain prints text with references, for the titles of charts.
func (w *Writer) Plain(text string) string { return w.plain(text) }

// Draw writes a chart of the derivation's rows. draw gets the table and returns
// the drawing; a nil drawing leaves the chart out, as where there is no data.
func (w *Writer) Draw(x Exhibit, draw func(*derive.Table) (document.Drawing, error)) *document.Chart {
	d, t := w.table(x.Figure, x.Params)
	drawing, err := draw(t)
	if err != nil {
		w.fail("chart %s: %w", x.ID, err)
	}
	out := &document.Chart{ID: x.ID, Caption: w.plain(x.Caption), Derivation: d.ID, Drawing: drawing, Note: w.plain(x.Note)}
	out.Marking, out.Chosen, _ = w.finish()
	if drawing == nil || err != nil {
		return nil
	}
	return out
}

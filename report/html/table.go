package html

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// table is a table for print.
type table struct {
	ID, Label, Caption, Derivation, Note string
	Portion                              string // its marking, in a document that has one
	Columns                              []column
	Rows                                 []row
	Wide, Fixed, Narrow, Unverified      bool
}

type column struct {
	Title, Unit string
	Numeric     bool
	Share       int // per cent of the width; 0 for as much as it needs
}

type row struct {
	ID         string
	Class      string
	Cells      []cell
	Unverified bool // marked at the first cell
}

type cell struct {
	Text  []string // with a possible line break between any two
	Href  string   // to the row of the record the cell names
	Class string   // "num" for numbers, "code" for what is kept on one line
}

// chart is a drawing for print with its data one click away.
type chart struct {
	ID, Label, Caption, Derivation, Note string
	Portion                              string // its marking, in a document that has one
	SVG                                  template.HTML
	Shown                                *link  // the table in the document that has the data
	Data                                 *table // the data, where no table of the document has it
}

func (b *builder) table(t *document.Table) (*table, error) {
	if err := b.exhibit(t.ID, t.Label, t.Derivation); err != nil {
		return nil, err
	}
	out := &table{ID: t.ID, Label: t.Label, Caption: clean(t.Caption), Derivation: t.Derivation, Note: clean(t.Note), Wide: t.Wide}
	out.Portion = clean(b.masthead.Portion(t.Marking))
	weights := 0
	for _, c := range t.Columns {
		weights += max(c.Weight, 1)
		out.Fixed = out.Fixed || c.Weight > 0
	}
	out.Narrow = !out.Fixed && !t.Wide && len(t.Columns) <= fewColumns
	for _, c := range t.Columns {
		col := column{Title: clean(c.Title), Unit: clean(c.Unit), Numeric: c.Numeric}
		if out.Fixed {
			col.Share = max(1, 100*max(c.Weight, 1)/weights)
		}
		out.Columns = append(out.Columns, col)
	}
	for i := range t.Rows {
		r := b.row(t, &t.Rows[i])
		out.Unverified = out.Unverified || r.Unverified
		out.Rows = append(out.Rows, r)
	}
	return out, nil
}

// fewColumns is how many columns would look lost over the whole width.
const fewColumns = 3

// exhibit takes the id of a table or chart and notes its use of a derivation,
// which it need not have.
func (b *builder) exhibit(id, label, derivation string) error {
	if err := b.take(id); err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	if derivation == "" {
		return nil
	}
	if _, ok := b.derivations[derivation]; !ok {
		return fmt.Errorf("%s, derivation %q: %w", label, derivation, ErrDerivation)
	}
	if id != "" {
		b.use(derivation, link{id, lower(label)})
	}
	return nil
}

// lower writes "Table 3" as it stands within a sentence.
func lower(label string) string {
	if label != "" && label[0] >= 'A' && label[0] <= 'Z' {
		return string(label[0]+'a'-'A') + label[1:]
	}
	return label
}

func (b *builder) row(t *document.Table, r *document.Row) row {
	out := row{Unverified: r.Unverified}
	if r.Record != "" && b.owner[r.Record] == r {
		out.ID = recordAnchor(r.Record)
	}
	if r.Total {
		out.Class = "total"
	}
	for i, s := range r.Cells {
		c := cell{Text: []string{clean(s)}}
		if i < len(t.Columns) {
			c.Class = classOf(t.Columns[i], s)
		}
		if c.Class != "num" || len(s) > maxNumber {
			c.Text = breakable(c.Text[0])
		}
		if owner := b.owner[s]; owner != nil && owner != r {
			c.Href = recordAnchor(s)
		}
		out.Cells = append(out.Cells, c)
	}
	return out
}

func classOf(c document.Column, text string) string {
	switch {
	case c.Numeric:
		return "num"
	case (c.Form == derive.Date || c.Form == derive.Code) && len(text) <= longWord:
		return "code"
	case len(text) <= shortWord && !strings.Contains(text, " "): // "0.5–1", "Punggye-ri"
		return "code"
	}
	return ""
}

// longWord is the length beyond which a word (a hash, an address, a file path)
// may be broken to fit its column.
const longWord = 24

// shortWord is the length up to which a single word stays on one line, hyphen or
// not.
const shortWord = 14

// maxNumber is the length beyond which even a number may be broken.
const maxNumber = 36

// breakable cuts text where a line may break inside a long word.
func breakable(s string) []string {
	var out []string
	start, run := 0, 0
	for i, r := range s {
		if r == ' ' || r == '\n' || r >= 0x2e80 { // beyond, lines break anywhere
			run = 0
			continue
		}
		if run++; run > longWord {
			out = append(out, s[start:i])
			start, run = i, 1
		}
	}
	return append(out, s[start:])
}

func (b *builder) chart(c *document.Chart) (*chart, error) {
	if err := b.exhibit(c.ID, c.Label, c.Derivation); err != nil {
		return nil, err
	}
	out := &chart{ID: c.ID, Label: c.Label, Caption: clean(c.Caption), Derivation: c.Derivation, Note: clean(c.Note)}
	out.Portion = clean(b.masthead.Portion(c.Marking))
	if c.Drawing != nil {
		id := "svg-" + strconv.Itoa(len(b.ids))
		if err := b.take(id); err != nil {
			return nil, err
		}
		// The chart room escapes what it writes; that is its contract.
		out.SVG = template.HTML(c.Drawing.SVG(id))
	}
	if t := b.tableOf[c.Derivation]; t != nil {
		out.Shown = &link{t.ID, lower(t.Label)}
	} else if d, ok := b.derivations[c.Derivation]; ok && d.Result.Table != nil {
		data, err := b.plain(d.Result.Table)
		if err != nil {
			return nil, fmt.Errorf("%s: data: %w", c.Label, err)
		}
		out.Data = data
	}
	return out, nil
}

// plain prints a derivation's own table, for a chart whose data no table of the
// document shows.
func (b *builder) plain(d *derive.Table) (*table, error) {
	t := &document.Table{}
	for _, c := range d.Columns {
		numeric := c.Form == derive.Number || c.Form == derive.Money || c.Form == derive.Percent
		t.Columns = append(t.Columns, document.Column{Title: c.Title, Unit: c.Unit, Numeric: numeric, Form: c.Form})
	}
	for _, r := range d.Rows {
		cells := make([]string, len(r.Cells))
		for i, v := range r.Cells {
			switch {
			case v == "":
				v = "–"
			case i < len(t.Columns) && t.Columns[i].Numeric:
				v = derive.Group(v)
			}
			cells[i] = v
		}
		t.Rows = append(t.Rows, document.Row{Cells: cells, Total: r.Total, Unverified: r.Unverified})
	}
	return b.table(t)
}

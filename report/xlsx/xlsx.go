// Package xlsx writes the tables of a report as a workbook: a sheet of contents
// and one sheet a table, with typed cells to sort, filter and sum.
//
// Contract. A column's derive form decides the type of its cells: numbers, money
// and per cents are numeric where a spreadsheet holds them exactly (up to fifteen
// significant digits) and text beyond; dates are dates where the day is known and
// text otherwise; codes and all else are text, never formulas. A value that is
// not known leaves the cell empty, "n/a" stays. The first row is the caption, the
// second the header with units; rows follow as in the report; the note and the
// command that derives the table again stand below. The same document gives the
// same bytes.
//
//	err := xlsx.Write(w, doc)
package xlsx

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// Write writes the workbook of the numbered document. Nothing is written to w if
// it fails.
func Write(w io.Writer, doc *document.Document) error {
	f := excelize.NewFile()
	defer f.Close()
	book := &workbook{f: f, styles: map[style]int{}, commands: map[string]string{}}
	for _, d := range doc.Derivations {
		if d.Withheld == "" {
			book.commands[d.ID] = d.Command()
		}
	}
	if err := book.write(doc); err != nil {
		return fmt.Errorf("write %s as XLSX: %w", doc.Masthead.Symbol, err)
	}
	b, err := f.WriteToBuffer()
	if err == nil {
		_, err = b.WriteTo(w)
	}
	if err != nil {
		return fmt.Errorf("write %s as XLSX: %w", doc.Masthead.Symbol, err)
	}
	return nil
}

// workbook is a file in the making.
type workbook struct {
	f        *excelize.File
	styles   map[style]int
	commands map[string]string // by derivation id
}

// entry is a table with its sheet's name.
type entry struct {
	sheet string
	table *document.Table
}

const contents = "Contents"

func (b *workbook) write(doc *document.Document) error {
	var list []entry
	names := newNames(contents)
	for blk := range doc.Blocks() {
		if t, ok := blk.(*document.Table); ok {
			list = append(list, entry{names.take(t.Label, t.Caption), t})
		}
	}
	if err := b.properties(doc.Masthead); err != nil {
		return err
	}
	if err := b.f.SetSheetName("Sheet1", contents); err != nil {
		return err
	}
	if err := b.contents(doc.Masthead, list); err != nil {
		return err
	}
	if err := b.banner(contents, doc.Masthead); err != nil {
		return err
	}
	for _, e := range list {
		if _, err := b.f.NewSheet(e.sheet); err != nil {
			return fmt.Errorf("%s: %w", e.table.Label, err)
		}
		if err := b.table(e.sheet, e.table, doc.Masthead.Portion(e.table.Marking)); err != nil {
			return fmt.Errorf("%s: %w", e.table.Label, err)
		}
		if err := b.banner(e.sheet, doc.Masthead); err != nil {
			return fmt.Errorf("%s: %w", e.table.Label, err)
		}
	}
	b.f.SetActiveSheet(0)
	return nil
}

// properties sets the author and the report's own date: nothing reads the clock.
func (b *workbook) properties(m document.Masthead) error {
	day := m.Date.First().String()
	if day == "" {
		day = "1970-01-01"
	}
	at := day + "T00:00:00Z"
	return b.f.SetDocProps(&excelize.DocProperties{
		Title: safe(m.Title), Subject: safe(m.Symbol), Creator: safe(m.Body), LastModifiedBy: "Turtle Bay",
		Created: at, Modified: at, Language: "en",
	})
}

// contents fills the first sheet: what the report is, and where its tables are.
func (b *workbook) contents(m document.Masthead, list []entry) error {
	s := &sheet{workbook: b, name: contents}
	s.text(1, s.at(), m.Title, style{bold: true, size: 14})
	s.row++
	head := [][2]string{
		{"Symbol", m.Symbol},
		{"Filed by", m.Body},
		{"Date", m.Date.String()},
		{"Period", m.Period},
		{"View", m.View},
		{"View rule", m.ViewRule},
		{"Distribution", m.Distribution},
		{"Confidentiality", m.Confidentiality},
		{"Copy", m.Copy},
		{"Marking", document.Banner(m.Marking)},
		{"Withheld", m.Missing()},
	}
	for _, kv := range head {
		if kv[1] != "" {
			s.text(1, s.at(), kv[0], style{muted: true})
			s.text(2, s.row, kv[1], style{})
		}
	}
	s.row++
	s.text(1, s.at(), "Table", style{header: true})
	s.text(2, s.row, "Caption", style{header: true})
	s.text(3, s.row, "Rows", style{header: true, right: true})
	for _, e := range list {
		s.text(1, s.at(), e.table.Label, style{link: true})
		s.link(1, s.row, e.sheet)
		s.text(2, s.row, e.table.Caption, style{})
		s.raw(3, s.row, fmt.Sprint(len(e.table.Rows)), style{format: "#,##0"})
	}
	s.width(1, 16)
	s.width(2, 80)
	s.width(3, 10)
	s.extent(3)
	return s.err
}

// banner sets the document's marking at the head and foot of a sheet's pages.
func (b *workbook) banner(name string, m document.Masthead) error {
	text := document.Banner(m.Marking)
	if text == "" {
		return nil
	}
	const most = 200 // of the 255 characters that a margin holds, with its codes
	text = "&C&\"-,Bold\"" + strings.ReplaceAll(cut(safe(text), most), "&", "&&")
	return b.f.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: text, OddFooter: text})
}

// table fills the sheet of one table; portion is its marking in a document that
// has one.
func (b *workbook) table(name string, t *document.Table, portion string) error {
	s := &sheet{workbook: b, name: name}
	s.text(1, s.at(), strings.TrimLeft(portion+" "+t.Label+". "+t.Caption, " "), style{bold: true, size: 12})
	widths := make([]int, len(t.Columns))
	header := s.at()
	for i, c := range t.Columns {
		s.text(i+1, header, heading(c), style{header: true, right: c.Numeric})
		widths[i] = len([]rune(heading(c))) + 3 // room for the filter's button
	}
	last := header // of the rows a filter may sort: totals at the end stay there
	for _, r := range t.Rows {
		at := s.at()
		if !r.Total {
			last = at
		}
		for i, c := range t.Columns {
			v, plain := valueOf(r, i)
			s.cell(i+1, at, c, v, plain, r.Total)
			widths[i] = max(widths[i], len([]rune(shown(r, i)))+2)
		}
	}
	s.row++
	for _, line := range []string{unverified(t), t.Note, b.how(t.Derivation)} {
		if line != "" {
			s.text(1, s.at(), line, style{muted: true})
		}
	}
	for i, w := range widths {
		s.width(i+1, min(max(w, 8), maxWidth))
	}
	s.freeze(header)
	s.extent(len(t.Columns))
	if len(t.Columns) > 0 {
		s.filter(header, last, len(t.Columns))
	}
	return s.err
}

func heading(c document.Column) string {
	if c.Unit == "" {
		return c.Title
	}
	return c.Title + " (" + c.Unit + ")"
}

// unverified names the rows that rest on records still to be verified: what the
// report marks by a dagger, a cell that is a number cannot carry.
func unverified(t *document.Table) string {
	out := ""
	for i, r := range t.Rows {
		if !r.Unverified {
			continue
		}
		name := strings.TrimPrefix(r.Record, "d-") // a derivation is printed without the anchor's prefix
		if name == "" && len(r.Values) > 0 {
			name = r.Values[0]
		}
		if name == "" {
			name = fmt.Sprintf("row %d", i+1)
		}
		if out != "" {
			out += ", "
		}
		out += name
	}
	if out == "" {
		return ""
	}
	return "To be verified: " + out
}

func (b *workbook) how(derivation string) string {
	if b.commands[derivation] == "" {
		return ""
	}
	return "Derive again: " + b.commands[derivation]
}

// numeric reports whether cells of the form hold numbers.
func numeric(form string) bool {
	return form == derive.Number || form == derive.Money || form == derive.Percent
}

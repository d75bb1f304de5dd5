package docx

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/report/document"
)

// Measures of a table, in twips.
const (
	cellSide  = 90 // space at either side of a cell's text
	charWidth = 94 // a wide digit or letter of the table face at its size
	maxWord   = 18 // longer words may break inside
	maxNumber = 34 // the same for numbers
	shortRows = 12 // a table of so few rows is kept on one page
)

// maxColumns is the most that Word opens.
const maxColumns = 63

// grid is a table of fixed layout with the given column widths; borders may be
// nil.
func grid(widths []int, borders *node, rows ...*node) *node {
	total := 0
	columns := el("w:tblGrid")
	for _, w := range widths {
		total += w
		columns.add(el("w:gridCol").with("w:w", strconv.Itoa(w)))
	}
	dxa := func(name string, n int) *node { return el(name).with("w:w", strconv.Itoa(n), "w:type", "dxa") }
	return el("w:tbl", el("w:tblPr",
		dxa("w:tblW", total), dxa("w:tblInd", 0), borders, el("w:tblLayout").with("w:type", "fixed"),
		el("w:tblCellMar", dxa("w:left", cellSide), dxa("w:right", cellSide)),
	), columns).add(rows...)
}

// table writes caption, rows and note.
func (b *body) table(t *document.Table, wide bool) error {
	if n := len(t.Columns); n == 0 || n > maxColumns {
		return fmt.Errorf("table %s: %d columns, can be 1 to %d: %w", t.ID, n, maxColumns, ErrTable)
	}
	for i, r := range t.Rows {
		if len(r.Cells) != len(t.Columns) {
			return fmt.Errorf("table %s: row %d: %d cells for %d columns: %w", t.ID, i+1, len(r.Cells), len(t.Columns), ErrTable)
		}
	}
	widths := columnWidths(t, textWidth(wide))
	rows := []*node{headRow(t.Columns, widths)}
	doubt := false
	for i := range t.Rows {
		last := i == len(t.Rows)-1
		keep := !last && (i == 0 || len(t.Rows) <= shortRows || t.Rows[i+1].Total)
		rows = append(rows, b.row(t, &t.Rows[i], widths, keep))
		doubt = doubt || t.Rows[i].Unverified
	}
	rule := func(side, size, colour string) *node {
		return el("w:"+side).with("w:val", "single", "w:sz", size, "w:space", "0", "w:color", colour)
	}
	borders := el("w:tblBorders", rule("top", "8", "000000"), rule("bottom", "8", "000000"), rule("insideH", "2", "BFBFBF"))
	b.put(b.caption(t, t.Label, t.Caption, t.Marking))
	b.content = append(b.content, grid(widths, borders, rows...))
	note := t.Note
	if doubt {
		note = strings.TrimSpace(note + " † To be verified.")
	}
	b.put(paragraph("TableNote", nil, format{}.runs(note)...))
	return nil
}

// caption is the line above a table or chart; it carries the bookmark.
func (b *body) caption(owner document.Block, label, text string, of marking.Marking) *node {
	content := append(b.portion(of), append(format{bold: true}.runs(label+"."), format{}.runs(" "+text)...)...)
	return paragraph("Caption", nil, b.marks.around(owner, content)...)
}

func headRow(columns []document.Column, widths []int) *node {
	row := el("w:tr", el("w:trPr", el("w:cantSplit"), el("w:tblHeader")))
	for i, c := range columns {
		var align []*node
		if c.Numeric {
			align = []*node{val("w:jc", "right")}
		}
		under := el("w:tcBorders", el("w:bottom").with("w:val", "single", "w:sz", "6", "w:space", "0", "w:color", "000000"))
		row.add(cell(widths[i], under, "bottom", paragraph("TableHead", align, format{}.runs(heading(c))...)))
	}
	return row
}

// heading is a column's title with its unit.
func heading(c document.Column) string {
	if c.Unit == "" {
		return c.Title
	}
	return strings.TrimSpace(c.Title + " (" + c.Unit + ")")
}

func (b *body) row(t *document.Table, r *document.Row, widths []int, keepNext bool) *node {
	row := el("w:tr", el("w:trPr", el("w:cantSplit")))
	var rule *node
	if r.Total {
		rule = el("w:tcBorders", el("w:top").with("w:val", "single", "w:sz", "6", "w:space", "0", "w:color", "000000"))
	}
	var keep []*node
	if keepNext {
		keep = []*node{el("w:keepNext")}
	}
	for i, c := range t.Columns {
		style := "TableText"
		if c.Numeric {
			style = "TableNumber"
		}
		text := r.Cells[i]
		if text == "" {
			text = "–"
		}
		content := format{bold: r.Total}.runs(text)
		if i == 0 {
			if r.Unverified {
				content = append(content, format{style: doubtStyle}.runs("†")...)
			}
			content = b.marks.around(r, content)
		}
		row.add(cell(widths[i], rule, "top", paragraph(style, keep, content...)))
	}
	return row
}

func cell(width int, borders *node, align string, p *node) *node {
	return el("w:tc", el("w:tcPr",
		el("w:tcW").with("w:w", strconv.Itoa(width), "w:type", "dxa"), borders, val("w:vAlign", align)), p)
}

// columnWidths shares the width out, then takes from columns that have more than
// their longest word needs and gives to those that have less, so that no date or
// amount breaks in the middle. Where the page is too narrow for all the words,
// the columns share it by their needs.
func columnWidths(t *document.Table, width int) []int {
	weights, needs := shares(t), wordNeeds(t)
	if sum(needs) > width {
		weights = needs
	}
	all := sum(weights)
	widths, spare, short := make([]int, len(weights)), 0, 0
	for i, w := range weights {
		widths[i] = width * w / all
		spare += max(widths[i]-needs[i], 0)
		short += max(needs[i]-widths[i], 0)
	}
	if short > 0 && spare >= short {
		for i, w := range widths {
			if w > needs[i] {
				widths[i] -= (w - needs[i]) * short / spare
			} else {
				widths[i] = needs[i]
			}
		}
	}
	widths[0] += width - sum(widths) // what the divisions left over, or took too little
	return widths
}

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}

// shares are the columns' weights; where no column has one, columns weigh as
// much as they hold, within bounds.
func shares(t *document.Table) []int {
	const least, most = 6, 60 // characters
	weights, given := make([]int, len(t.Columns)), false
	for i, c := range t.Columns {
		weights[i] = min(max(c.Weight, 1), 1000)
		given = given || c.Weight > 0
	}
	if given || len(t.Rows) == 0 {
		return weights
	}
	for i, c := range t.Columns {
		held := 0
		for _, r := range t.Rows {
			held += min(utf8.RuneCountInString(r.Cells[i]), 2*most)
		}
		head := min(utf8.RuneCountInString(heading(c)), most/3)
		weights[i] = min(max(held/len(t.Rows), head, least), most)
	}
	return weights
}

// wordNeeds is the width each column's longest word asks for, or that of the
// longest that must not break.
func wordNeeds(t *document.Table) []int {
	needs := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		longest := 0
		for _, r := range t.Rows {
			word := longestWord(r.Cells[i])
			if i == 0 && r.Unverified {
				word++ // the dagger
			}
			longest = max(longest, word)
		}
		most := maxWord
		if c.Numeric {
			most = maxNumber
		}
		head := min(longestWord(heading(c)), most) * charWidth * 6 / 5 // bold is wider
		needs[i] = max(head, min(longest, most)*charWidth) + charWidth + 2*cellSide
	}
	return needs
}

func longestWord(s string) int {
	n := 0
	for w := range strings.FieldsSeq(s) {
		n = max(n, utf8.RuneCountInString(w))
	}
	return n
}

package xlsx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
)

// sheet writes the cells of one sheet downwards. The first error sticks and is
// looked at once, at the end.
type sheet struct {
	*workbook
	name string
	row  int
	err  error
}

// style is a cell's look; each is registered with the file once.
type style struct {
	bold, header, muted, link, right, total, wrap bool
	size                                          float64
	format                                        string
}

// at moves to the next row and gives its number.
func (s *sheet) at() int {
	s.row++
	return s.row
}

// do runs one step of the file's library at a cell.
func (s *sheet) do(col, row int, step func(cell string) error) {
	if s.err != nil {
		return
	}
	cell, err := excelize.CoordinatesToCellName(col, row)
	if err == nil {
		err = step(cell)
	}
	if err != nil {
		s.err = fmt.Errorf("sheet %q, row %d, column %d: %w", s.name, row, col, err)
	}
}

// text writes a string: it is never read as a formula, whatever it begins with.
func (s *sheet) text(col, row int, v string, st style) {
	s.do(col, row, func(cell string) error { return s.f.SetCellStr(s.name, cell, fit(safe(v))) })
	s.look(col, row, st)
}

// raw writes a plain decimal as a number, digit by digit as it stands.
func (s *sheet) raw(col, row int, v string, st style) {
	s.do(col, row, func(cell string) error { return s.f.SetCellDefault(s.name, cell, v) })
	s.look(col, row, st)
}

func (s *sheet) look(col, row int, st style) {
	s.do(col, row, func(cell string) error {
		id, ok := s.styles[st]
		if !ok {
			var err error
			if id, err = s.f.NewStyle(st.definition()); err != nil {
				return err
			}
			s.styles[st] = id
		}
		return s.f.SetCellStyle(s.name, cell, cell, id)
	})
}

func (s *sheet) link(col, row int, sheet string) {
	s.do(col, row, func(cell string) error {
		target := "'" + strings.ReplaceAll(sheet, "'", "''") + "'!A1"
		return s.f.SetCellHyperLink(s.name, cell, target, "Location")
	})
}

func (s *sheet) width(col, chars int) {
	s.do(col, 1, func(cell string) error {
		name := strings.TrimRight(cell, "0123456789")
		return s.f.SetColWidth(s.name, name, name, float64(chars))
	})
}

// freeze keeps the rows down to the header in sight.
func (s *sheet) freeze(header int) {
	s.do(1, header+1, func(cell string) error {
		return s.f.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: header, TopLeftCell: cell, ActivePane: "bottomLeft"})
	})
}

// extent records how far the sheet goes, for readers that trust it.
func (s *sheet) extent(columns int) {
	s.do(max(columns, 1), max(s.row, 1), func(end string) error { return s.f.SetSheetDimension(s.name, "A1:"+end) })
}

func (s *sheet) filter(header, last, columns int) {
	s.do(columns, last, func(end string) error {
		return s.f.AutoFilter(s.name, fmt.Sprintf("A%d:%s", header, end), nil)
	})
}

// cell writes a table's cell in the type its column's form asks for. plain is
// false where only the printed text is known.
func (s *sheet) cell(col, row int, c document.Column, v string, plain, total bool) {
	st := style{bold: total, total: total, right: c.Numeric}
	switch {
	case v == "":
		s.look(col, row, st)
	case plain && numeric(c.Form) && exact(v):
		st.format = format(v)
		s.raw(col, row, v, st)
	case plain && c.Form == derive.Date && serial(v) > 0:
		st.format = "yyyy-mm-dd"
		s.raw(col, row, fmt.Sprint(serial(v)), st)
	default:
		st.wrap = utf8.RuneCountInString(v) > maxWidth
		s.text(col, row, v, st)
	}
}

// maxWidth is the widest a column gets, in characters; longer text wraps.
const maxWidth = 60

// valueOf is the cell's plain value, or the printed text where there is none.
func valueOf(r document.Row, i int) (v string, plain bool) {
	if i < len(r.Values) {
		return r.Values[i], true
	}
	return shown(r, i), false
}

func shown(r document.Row, i int) string {
	if i < len(r.Cells) {
		return r.Cells[i]
	}
	return ""
}

// maxExact is how many significant digits a spreadsheet's number holds.
const maxExact = 15

// exact reports whether v is a plain decimal that a spreadsheet holds exactly.
func exact(v string) bool {
	if _, err := value.ParseDecimal(v); err != nil {
		return false
	}
	digits := strings.TrimLeft(strings.Replace(strings.TrimPrefix(v, "-"), ".", "", 1), "0")
	return len(digits) <= maxExact
}

// format groups thousands and shows the places that the value has.
func format(v string) string {
	_, places, point := strings.Cut(v, ".")
	if !point {
		return "#,##0"
	}
	return "#,##0." + strings.Repeat("0", len(places))
}

// serial is the spreadsheet's number of a day; 0 for a date not known to the day
// and for days before March 1900, which spreadsheets count wrongly.
func serial(v string) int {
	d, err := value.ParseDate(v)
	if err != nil || d.Precision() != value.Day {
		return 0
	}
	n, _ := value.MustDate("1900-03-01").DaysUntil(d)
	if n < 0 {
		return 0
	}
	return n + 61
}

// safe replaces what XML cannot hold.
func safe(s string) string {
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff {
			return utf8.RuneError
		}
		return r
	}, s), "\ufffd")
}

// fit cuts text that is longer than a cell holds and says so in the cell.
func fit(s string) string {
	const most = 32000
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return fmt.Sprintf("%s … [cut: %d characters in all; the report has the whole text]", string(runes[:most]), len(runes))
}

package xlsx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/reporttest"
	"github.com/turtlebay/turtlebay/report/xlsx"
)

func write(t *testing.T, doc *document.Document) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := xlsx.Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func tables(doc *document.Document) []*document.Table {
	var out []*document.Table
	for b := range doc.Blocks() {
		if t, ok := b.(*document.Table); ok {
			out = append(out, t)
		}
	}
	return out
}

// TestValues reopens the workbook and compares every cell with the document.
func TestValues(t *testing.T) {
	doc := reporttest.Document()
	f := write(t, doc)
	sheets := f.GetSheetList()
	all := tables(doc)
	if len(sheets) != len(all)+1 || sheets[0] != "Contents" {
		t.Fatalf("sheets %q for %d tables", sheets, len(all))
	}
	for i, table := range all {
		name := sheets[i+1]
		for y, r := range table.Rows {
			for x, v := range r.Values {
				cell, _ := excelize.CoordinatesToCellName(x+1, y+3)
				got, err := f.GetCellValue(name, cell, excelize.Options{RawCellValue: true})
				if err != nil {
					t.Fatal(err)
				}
				if table.Columns[x].Form == derive.Date && len(v) == len("2022-03-23") {
					got, _ = f.GetCellValue(name, cell)
				}
				if want := strings.ReplaceAll(v, "\u0000", "\ufffd"); got != want {
					t.Errorf("%s %s = %q, want %q", name, cell, got, want)
				}
				if formula, _ := f.GetCellFormula(name, cell); formula != "" {
					t.Errorf("%s %s is the formula %q", name, cell, formula)
				}
			}
		}
	}
}

// one is a document of one table with the given column and values.
func one(form string, values ...string) *document.Document {
	table := &document.Table{ID: "t", Caption: "Caption", Columns: []document.Column{{Title: "Column", Form: form}}}
	for _, v := range values {
		table.Rows = append(table.Rows, document.Row{Cells: []string{v}, Values: []string{v}})
	}
	doc := &document.Document{Annexes: []*document.Section{{ID: "a", Blocks: []document.Block{table}}}}
	if err := doc.Number(); err != nil {
		panic(err)
	}
	return doc
}

func TestTypes(t *testing.T) {
	const text, number = excelize.CellTypeSharedString, excelize.CellTypeUnset
	tests := []struct {
		form, value string
		kind        excelize.CellType
		shown       string
	}{
		{derive.Number, "1344792000", number, "1,344,792,000"},
		{derive.Money, "-12.50", number, "-12.50"},
		{derive.Money, "999999999999999", number, "999,999,999,999,999"},
		{derive.Money, "1000000000000001", text, "1000000000000001"},
		{derive.Percent, "12.5", number, "12.5"},
		{derive.Number, "1e3", text, "1e3"},
		{derive.Number, "n/a", text, "n/a"},
		{derive.Date, "2022-03-23", number, "2022-03-23"},
		{derive.Date, "1900-03-01", number, "1900-03-01"},
		{derive.Date, "1900-01-05", text, "1900-01-05"},
		{derive.Date, "2022-03", text, "2022-03"},
		{derive.Code, "0123", text, "0123"},
		{derive.Code, "2022", text, "2022"},
		{derive.Text, "=SUM(A1:A9)", text, "=SUM(A1:A9)"},
		{derive.Text, "@cmd", text, "@cmd"},
		{derive.Number, "=1+1", text, "=1+1"},
		{"", "+1", text, "+1"},
	}
	for _, test := range tests {
		t.Run(test.form+" "+test.value, func(t *testing.T) {
			f := write(t, one(test.form, test.value))
			sheet := f.GetSheetList()[1]
			kind, err := f.GetCellType(sheet, "A3")
			if err != nil || kind != test.kind {
				t.Errorf("type %v, %v; want %v", kind, err, test.kind)
			}
			if got, _ := f.GetCellValue(sheet, "A3"); got != test.shown {
				t.Errorf("shown as %q, want %q", got, test.shown)
			}
		})
	}
}

func TestEmptyCells(t *testing.T) {
	f := write(t, one(derive.Number, "", "7"))
	if kind, _ := f.GetCellType(f.GetSheetList()[1], "A3"); kind != excelize.CellTypeUnset {
		t.Errorf("an unknown value has type %v", kind)
	}
	if got, _ := f.GetCellValue(f.GetSheetList()[1], "A3"); got != "" {
		t.Errorf("an unknown value shows %q", got)
	}
}

func TestLongTextSaysItIsCut(t *testing.T) {
	f := write(t, one(derive.Text, strings.Repeat("x", 40000)))
	got, _ := f.GetCellValue(f.GetSheetList()[1], "A3")
	if !strings.Contains(got, "[cut: 40000 characters in all") {
		t.Errorf("a long text ends %q", got[max(0, len(got)-80):])
	}
}

func TestLayout(t *testing.T) {
	doc := reporttest.Document()
	f := write(t, doc)
	name := f.GetSheetList()[1]
	for cell, want := range map[string]string{
		"A1": "Table 1. Incidents and losses by year", "C2": "Losses (US dollars)", "A10": "Total",
		"A12": "To be verified: 2021", "A13": "Source: public record; view official+panel.",
		"A14": "Derive again: turtlebay figure example.years view=official+panel",
	} {
		if got, _ := f.GetCellValue(name, cell); got != want {
			t.Errorf("%s = %q, want %q", cell, got, want)
		}
	}
	panes, err := f.GetPanes(name)
	if err != nil || !panes.Freeze || panes.YSplit != 2 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	for cell, bold := range map[string]bool{"A2": true, "A3": false, "A10": true} {
		id, _ := f.GetCellStyle(name, cell)
		st, err := f.GetStyle(id)
		if err != nil || st.Font == nil || st.Font.Bold != bold {
			t.Errorf("%s: style %+v, %v; want bold %v", cell, st, err, bold)
		}
	}
	link, target, err := f.GetCellHyperLink("Contents", "A14")
	if err != nil || !link || !strings.HasPrefix(target, "'Table 1") {
		t.Errorf("contents link %v %q %v", link, target, err)
	}
}

func TestSameBytes(t *testing.T) {
	var first []byte
	for range 4 {
		var b bytes.Buffer
		if err := xlsx.Write(&b, reporttest.Document()); err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, b.Bytes()) {
			t.Fatal("two runs give different bytes")
		}
		first = b.Bytes()
	}
}

// TestSheetNames gives tables any captions: every sheet gets a valid name of its
// own.
func TestSheetNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := &document.Document{Sections: []*document.Section{{ID: "s"}}}
		n := rapid.IntRange(1, 5).Draw(t, "tables")
		for i := range n {
			caption := rapid.OneOf(rapid.String(), rapid.Just(""), rapid.Just("a / very: long [caption] that * repeats itself"), rapid.Just("'😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀'")).Draw(t, "caption")
			doc.Sections[0].Blocks = append(doc.Sections[0].Blocks, &document.Table{
				ID: fmt.Sprint(i), Label: "History", Caption: caption, Columns: []document.Column{{Title: caption}},
			})
		}
		var b bytes.Buffer
		if err := xlsx.Write(&b, doc); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		seen := map[string]bool{}
		for _, s := range f.GetSheetList() {
			if low := strings.ToLower(s); seen[low] || len(utf16.Encode([]rune(s))) > 31 || strings.ContainsAny(s, `[]:*?/\`) || low == "history" {
				t.Errorf("sheet name %q", s)
			}
			seen[strings.ToLower(s)] = true
		}
		if len(seen) != n+1 {
			t.Errorf("%d sheets for %d tables", len(seen), n)
		}
	})
}

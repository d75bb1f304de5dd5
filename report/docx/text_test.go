package docx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/report/document"
)

// opened and closed frame the text looked for; both are characters for private use.
const opened, closed = "\ue000", "\ue001"

// Any text gives well-formed parts, and what can be printed is printed.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("a<>&\"'\x00\x0b\x1f\u202e\u2066\t\r\n\ufffe한شم  "))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(r, "text")
		doc := fixture(t)
		doc.Masthead.Title, doc.Masthead.Symbol = s, s
		doc.Sections[0].Title, doc.Sections[0].ID = s, s
		p := doc.Sections[0].Blocks[1].(*document.Paragraph)
		p.ID, p.Spans = s, []document.Span{words(opened), {Kind: document.Quote, Text: s}, words(closed), noted(s)}
		doc.Sections[1].Sections[0].Blocks[1].(*document.Table).Rows[0].Cells[1] = s
		if err := doc.Number(); err != nil {
			r.Fatal(err)
		}
		b, err := newBody(doc)
		if err != nil {
			r.Fatal(err)
		}
		file, err := b.pack()
		if err != nil {
			r.Fatal(err)
		}
		for _, q := range file.parts {
			if bad, err := misplaced(q.data); q.contentType != "" && (err != nil || len(bad) > 0) {
				r.Fatalf("%s: %v %v", q.name, bad, err)
			}
		}
		_, text, _ := strings.Cut(printed(t, file.parts[0].data), opened)
		if got, _, _ := strings.Cut(text, closed); !strings.ContainsAny(s, opened+closed) && got != plain(s) {
			r.Fatalf("printed %q for %q", got, s)
		}
	})
}

// printed is the text of a part, with line ends and tabs.
func printed(t testing.TB, data []byte) string {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(data))
	inText := false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			inText = tok.Name.Local == "t"
			switch tok.Name.Local {
			case "br":
				b.WriteByte('\n')
			case "tab":
				b.WriteByte('\t')
			}
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				b.Write(tok)
			}
		}
	}
}

// plain is what should be printed for s, said in another way than the writer
// says it.
func plain(s string) string {
	s = string([]rune(strings.ReplaceAll(s, "\r\n", "\n"))) // invalid bytes become U+FFFD
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r == '\r':
			return ' '
		case strings.ContainsRune("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", r):
			return -1
		case r < ' ' || r == 0xfffe || r == 0xffff:
			return 0xfffd
		}
		return r
	}, s)
}

func TestDirection(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string // right-to-left stretches in braces
	}{
		{"plain", []string{"plain"}},
		{"a شركة المثال, b", []string{"a ", "{شركة المثال}", ", b"}},
		{"שלום 12", []string{"{שלום}", " 12"}},
	} {
		var got []string
		for rest := test.text; rest != ""; {
			n, rtl := direction(rest)
			piece := rest[:n]
			if rtl {
				piece = "{" + piece + "}"
			}
			got, rest = append(got, piece), rest[n:]
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q", test.text, got)
		}
	}
}

// However a table is weighted and whatever it holds, its columns fill the page
// exactly and none vanishes.
func TestColumnWidths(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, maxColumns).Draw(r, "columns")
		table := &document.Table{Columns: make([]document.Column, n)}
		cells := make([]string, n)
		for i := range n {
			table.Columns[i] = document.Column{Numeric: rapid.Bool().Draw(r, "numeric"), Weight: rapid.IntRange(-1, 1<<40).Draw(r, "weight")}
			cells[i] = strings.Repeat("x", rapid.IntRange(0, 80).Draw(r, "length"))
		}
		table.Rows = []document.Row{{Cells: cells}}
		total := 0
		for i, w := range columnWidths(table, textShort) {
			if total += w; w <= 0 {
				r.Fatalf("column %d is %d wide", i, w)
			}
		}
		if total != textShort {
			r.Fatalf("columns are %d wide, page %d", total, textShort)
		}
	})
	dates := &document.Table{
		Columns: []document.Column{{Title: "Date", Weight: 1}, {Title: "Text", Weight: 40}},
		Rows:    []document.Row{{Cells: []string{"2022-03-23", strings.Repeat("word ", 50)}}},
	}
	if w := columnWidths(dates, textShort)[0]; w < 10*charWidth+2*cellSide {
		t.Errorf("a date has %d to stand in", w)
	}
}

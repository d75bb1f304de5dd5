package docx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files")

// broken puts elements that begin something on lines of their own, so that a
// change in a golden file can be read.
var broken = strings.NewReplacer("<w:p>", "\n<w:p>", "<w:tbl>", "\n<w:tbl>", "<w:tr>", "\n<w:tr>", "<w:sectPr>", "\n<w:sectPr>",
	"<w:footnote ", "\n<w:footnote ", "<Relationship ", "\n<Relationship ", "<Override ", "\n<Override ", "<w:drawing>", "\n<w:drawing>")

func TestGolden(t *testing.T) {
	parts, _ := written(t, fixture(t))
	for _, name := range []string{
		"word/document.xml", "word/footnotes.xml", "word/header2.xml", "word/footer1.xml",
		"word/_rels/document.xml.rels", "docProps/core.xml", "docProps/app.xml", "[Content_Types].xml",
	} {
		got := broken.Replace(string(parts[name])) + "\n"
		file := filepath.Join("testdata", strings.NewReplacer("[", "", "]", "").Replace(path.Base(name))+".golden")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; run with -update and look at the difference", name, file)
		}
	}
}

func TestSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(Write(&a, fixture(t)), Write(&b, fixture(t))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs gave different bytes")
	}
}

// elements calls f for every element of a part.
func elements(t testing.TB, data []byte, f func(e xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			f(e)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestPackage(t *testing.T) {
	for name, doc := range map[string]*document.Document{"fixture": fixture(t), "shared": reporttest.Document()} {
		t.Run(name, func(t *testing.T) {
			parts, names := written(t, doc)
			if names[0] != "[Content_Types].xml" {
				t.Errorf("first member is %s", names[0])
			}
			covered := map[string]bool{}
			elements(t, parts["[Content_Types].xml"], func(e xml.StartElement) {
				covered[attr(e, "Extension")] = true
				covered[attr(e, "PartName")] = true
				if p := attr(e, "PartName"); p != "" && parts[p[1:]] == nil {
					t.Errorf("content type for %s, which is not there", p)
				}
			})
			for _, n := range names {
				ext := strings.TrimPrefix(path.Ext(n), ".")
				if !covered["/"+n] && (ext == "xml" && n != "[Content_Types].xml" || !covered[ext]) {
					t.Errorf("no content type for %s", n)
				}
				if ext != "emf" {
					elements(t, parts[n], func(xml.StartElement) {})
				}
			}
			checkRelationships(t, parts)
		})
	}
}

// checkRelationships looks for relationships that lead nowhere and for uses of
// relationships that are not declared.
func checkRelationships(t *testing.T, parts map[string][]byte) {
	declared := map[string]bool{}
	for from, base := range map[string]string{"_rels/.rels": "", "word/_rels/document.xml.rels": "word"} {
		elements(t, parts[from], func(e xml.StartElement) {
			if e.Name.Local != "Relationship" {
				return
			}
			if declared[attr(e, "Id")] {
				t.Errorf("relationship %s twice", attr(e, "Id"))
			}
			declared[attr(e, "Id")] = true
			if parts[path.Join(base, attr(e, "Target"))] == nil {
				t.Errorf("%s: target %s is not there", from, attr(e, "Target"))
			}
		})
	}
	elements(t, parts["word/document.xml"], func(e xml.StartElement) {
		for _, a := range e.Attr {
			if strings.HasSuffix(a.Name.Space, "/officeDocument/2006/relationships") && !declared[a.Value] {
				t.Errorf("%s uses undeclared %s", e.Name.Local, a.Value)
			}
		}
	})
}

func TestLinks(t *testing.T) {
	for name, doc := range map[string]*document.Document{"fixture": fixture(t), "shared": reporttest.Document()} {
		parts, _ := written(t, doc)
		names, ids, called, noted := map[string]bool{}, map[string]bool{}, []string{}, []string{}
		var anchors, styles []string
		elements(t, parts["word/document.xml"], func(e xml.StartElement) {
			switch e.Name.Local {
			case "bookmarkStart":
				n := strings.ToLower(attr(e, "name"))
				if names[n] || ids[attr(e, "id")] || len(n) > 40 {
					t.Errorf("%s: bookmark %s %s is not unique or too long", name, n, attr(e, "id"))
				}
				names[n], ids[attr(e, "id")] = true, true
			case "hyperlink":
				anchors = append(anchors, attr(e, "anchor"))
			case "footnoteReference":
				called = append(called, attr(e, "id"))
			case "pStyle", "rStyle":
				styles = append(styles, attr(e, "val"))
			}
		})
		for _, a := range anchors {
			if !names[strings.ToLower(a)] {
				t.Errorf("%s: link to %s leads nowhere", name, a)
			}
		}
		elements(t, parts["word/footnotes.xml"], func(e xml.StartElement) {
			if e.Name.Local == "footnote" && attr(e, "type") == "" {
				noted = append(noted, attr(e, "id"))
			}
		})
		if len(called) == 0 || !slices.Equal(called, noted) {
			t.Errorf("%s: footnotes called %v, written %v", name, called, noted)
		}
		defined := map[string]bool{}
		elements(t, parts["word/styles.xml"], func(e xml.StartElement) { defined[attr(e, "styleId")] = true })
		for _, s := range styles {
			if !defined[s] {
				t.Errorf("%s: style %s is not defined", name, s)
			}
		}
	}
}

// The figure of the summary leads to the row of its derivation, the row of a
// record shown twice has one bookmark.
func TestFigureLink(t *testing.T) {
	parts, _ := written(t, fixture(t))
	text := string(parts["word/document.xml"])
	if !strings.Contains(text, `<w:hyperlink w:anchor="b_d_abc" w:history="1"><w:r><w:rPr><w:rStyle w:val="InternalLink"/></w:rPr><w:t xml:space="preserve">46<`) {
		t.Error("figure does not link to its derivation")
	}
	if strings.Contains(text, "d_none") {
		t.Error("figure without a row has a link")
	}
	if n := strings.Count(text, "b_r_INC_2021_001"); n != 1 {
		t.Errorf("record has %d bookmarks", n)
	}
}

func TestSections(t *testing.T) {
	parts, _ := written(t, fixture(t))
	var widths []string
	heads := 0
	elements(t, parts["word/document.xml"], func(e xml.StartElement) {
		switch e.Name.Local {
		case "pgSz":
			widths = append(widths, attr(e, "w")+attr(e, "orient"))
		case "headerReference":
			heads++
		}
	})
	// Annex 2, its paragraph and its wide table share the landscape pages.
	if want := []string{"11906", "16838landscape", "11906"}; !slices.Equal(widths, want) {
		t.Errorf("page sections %v, want %v", widths, want)
	}
	if heads != 4 {
		t.Errorf("%d header references, want one a section and one for the first page", heads)
	}
	items, err := flow(fixture(t))
	if err != nil {
		t.Fatal(err)
	}
	var wide []string
	for _, it := range items {
		if it.wide {
			wide = append(wide, fmt.Sprintf("%s %T", it.section.ID, it.block))
		}
	}
	if want := []string{"a-register <nil>", "a-register *document.Paragraph", "a-register *document.Table"}; !slices.Equal(wide, want) {
		t.Errorf("landscape: %v", wide)
	}
}

// A stamp stands at the head of every page of its annex, upright and landscape, and
// of no other page.
func TestStamp(t *testing.T) {
	doc := fixture(t)
	doc.Annexes[1].Stamp = "EXERCISE"
	parts, _ := written(t, doc)
	stamped := map[string]bool{}
	for name, b := range parts {
		if strings.HasPrefix(name, "word/header") && strings.Contains(string(b), "EXERCISE") {
			stamped[strings.TrimSuffix(strings.TrimPrefix(name, "word/"), ".xml")] = true
		}
	}
	var with []bool // by page section
	elements(t, parts["word/document.xml"], func(e xml.StartElement) {
		if e.Name.Local == "headerReference" && attr(e, "type") == "default" {
			with = append(with, stamped[strings.TrimPrefix(attr(e, "id"), "r")])
		}
	})
	if want := []bool{false, true, false}; !slices.Equal(with, want) {
		t.Errorf("stamped page sections %v, want %v", with, want)
	}
}

func TestRefused(t *testing.T) {
	table := func(d *document.Document) *document.Table {
		return d.Sections[1].Sections[0].Blocks[1].(*document.Table)
	}
	for _, test := range []struct {
		name   string
		spoil  func(d *document.Document)
		want   error
		detail string
	}{
		{"not numbered", func(d *document.Document) { d.Sections[0].Blocks[0].(*document.Paragraph).Number = 0 }, ErrNumbers, "paragraph 1 has number 0"},
		{"note out of order", func(d *document.Document) { d.Summary[0].Spans[5].Footnote.Number = 9 }, ErrNumbers, "footnote 1 has number 9"},
		{"note without text", func(d *document.Document) { d.Summary[0].Spans[5].Footnote = nil }, ErrMissing, "paragraph summary"},
		{"nil in summary", func(d *document.Document) { d.Summary[0] = nil }, ErrMissing, "summary: paragraph 1"},
		{"nil section", func(d *document.Document) { d.Annexes[0] = nil }, ErrMissing, "section"},
		{"nil block", func(d *document.Document) { d.Sections[0].Blocks[1] = nil }, ErrMissing, "section introduction: block 2"},
		{"nil paragraph", func(d *document.Document) { d.Sections[0].Blocks[1] = (*document.Paragraph)(nil) }, ErrMissing, "section introduction: block 2"},
		{"no drawing", func(d *document.Document) { d.Sections[0].Blocks[1] = &document.Chart{} }, ErrMissing, "section introduction: block 2"},
		{"short row", func(d *document.Document) { table(d).Rows[1].Cells = []string{"x"} }, ErrTable, "table t-years: row 2: 1 cells for 2 columns"},
		{"no columns", func(d *document.Document) { table(d).Columns = nil }, ErrTable, "table t-years"},
		{"too many columns", func(d *document.Document) { table(d).Columns = make([]document.Column, 64) }, ErrTable, "table t-years: 64 columns"},
	} {
		doc := fixture(t)
		test.spoil(doc)
		err := Write(io.Discard, doc)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.detail) {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
	if err := Write(io.Discard, nil); !errors.Is(err, ErrMissing) {
		t.Errorf("nil document: %v", err)
	}
	if err := Write(io.Discard, &document.Document{}); err != nil {
		t.Errorf("empty document: %v", err)
	}
}

func TestDrawing(t *testing.T) {
	parts, _ := written(t, fixture(t))
	svg := string(parts["word/media/chart1.svg"])
	if !strings.HasPrefix(svg, "<svg") || strings.Contains(svg, "<style") {
		t.Errorf("svg: %s", svg)
	}
	if !bytes.Equal(parts["word/media/chart1.emf"], bars{}.EMF()) || parts["word/media/chart2.emf"] != nil {
		t.Error("metafiles are not those of the drawings")
	}
	for _, test := range []struct {
		w, h   int
		cx, cy string
	}{
		{100, 50, "952500", "476250"},    // natural size
		{720, 300, "5760000", "2400000"}, // as wide as the text
		{100, 5000, "147600", "7380000"}, // as high as the page
		{0, -1, "9525", "9525"},
	} {
		if cx, cy := extent(test.w, test.h); cx != test.cx || cy != test.cy {
			t.Errorf("%d × %d: %s × %s", test.w, test.h, cx, cy)
		}
	}
}

// A table that stands in two places has its bookmarks once.
func TestSharedBlock(t *testing.T) {
	doc := fixture(t)
	again := doc.Annexes[2].Blocks[0]
	doc.Annexes[2].Blocks = append(doc.Annexes[2].Blocks, again)
	parts, _ := written(t, doc)
	if n := strings.Count(string(parts["word/document.xml"]), `w:name="b_d_abc"`); n != 1 {
		t.Errorf("bookmark of a row is there %d times", n)
	}
}

func TestSameSymbolEverywhere(t *testing.T) {
	parts, _ := written(t, fixture(t))
	for _, name := range []string{"word/document.xml", "word/header2.xml", "word/header3.xml"} {
		if !bytes.Contains(parts[name], []byte("S/2024/1")) {
			t.Errorf("%s is without the symbol", name)
		}
	}
	if !bytes.Contains(parts["word/footer1.xml"], []byte("Strictly confidential")) {
		t.Error("footer is without the confidentiality line")
	}
	if !bytes.Contains(parts["docProps/core.xml"], []byte(`<dcterms:created xsi:type="dcterms:W3CDTF">2024-03-07T00:00:00Z<`)) {
		t.Error("created date is not the masthead's")
	}
}

package docx

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
)

// bars is a drawing with the smallest metafile that is one: header and end.
type bars struct{}

func (bars) SVG(prefix string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" id="` + prefix + `" viewBox="0 0 720 300"><style>@media screen{#` + prefix +
		`{color:red}}</style><rect width="9" height="9" fill="#1f3a5f"/></svg>`)
}

func (bars) EMF() []byte {
	var b bytes.Buffer
	for _, v := range []uint32{
		1, 88, 0, 0, 720, 300, 0, 0, 16000, 6667, // header: bounds and frame
		0x464d4520, 0x10000, 88 + 20, 2, 1, 0, 0, 0, 1920, 1080, 508, 286, // signature, size, records, device
		14, 20, 0, 16, 20, // end
	} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return b.Bytes()
}

func (bars) Alt() string      { return `Losses by year: 2021 "399", 2022 "1,344"` }
func (bars) Size() (int, int) { return 720, 300 }

// bare is a drawing that has no metafile.
type bare struct{ bars }

func (bare) EMF() []byte { return nil }

func words(s string) document.Span { return document.Span{Text: s} }

func refer(id string) document.Span {
	return document.Span{Kind: document.Reference, Target: id}
}

func noted(s string) document.Span {
	return document.Span{Kind: document.Note, Footnote: &document.Footnote{Text: s}}
}

func para(spans ...document.Span) *document.Paragraph { return &document.Paragraph{Spans: spans} }

// fixture is a report with one of everything, numbered. The facts are invented.
func fixture(t testing.TB) *document.Document {
	t.Helper()
	doc := &document.Document{
		Masthead: document.Masthead{
			Body: "Panel of Experts", Organ: "Security Council", Symbol: "S/2024/1", Distribution: "General", Language: "English",
			Title: "Report of the Panel", Subtitle: "Example & test", Addressee: "Letter dated 7 March 2024", Confidentiality: "Strictly confidential",
			Date: value.MustDate("2024-03-07"), Period: "2017–2023", View: "official", ViewRule: "official claims only", Copy: "Copy 3: State A",
		},
		Summary: []*document.Paragraph{
			{ID: "summary-1", Spans: []document.Span{
				words("There were "), {Kind: document.Figure, Text: "46", Derivation: "abc"}, words(" incidents (see "), refer("cyber"), words(")."), noted("Member State information."),
			}},
		},
		Sections: []*document.Section{introduction(), cyber()},
		Annexes:  []*document.Section{methodology(), register(), figures()},
	}
	if err := doc.Number(); err != nil {
		t.Fatal(err)
	}
	return doc
}

func introduction() *document.Section {
	return &document.Section{ID: "introduction", Title: "Introduction", Blocks: []document.Block{
		para(words("Submitted under "), document.Span{Kind: document.Citation, Text: "resolution 2680 (2023)"}, words("."), noted("Resolution 2680 (2023), para. 2.")),
		para(words("Names: 정찰총국 (偵察總局), شركة المثال end.\nA second line\twith a tab.")),
	}}
}

func cyber() *document.Section {
	doubtful := para(words("In 2021 there were "), document.Span{Kind: document.Figure, Text: "7", Derivation: "none", Unverified: true}, words("."))
	doubtful.Unverified, doubtful.Single = true, true
	return &document.Section{ID: "cyber", Title: "Cyber incidents", Sections: []*document.Section{
		{ID: "by-year", Title: "By year", Blocks: []document.Block{
			para(words("See "), refer("t-years"), words(" and "), refer("c-years"), words(".")), years(),
			doubtful, &document.Chart{ID: "c-years", Caption: "Losses", Drawing: bars{}, Note: "Source: public record."},
		}, Sections: []*document.Section{
			{ID: "proceeds", Title: "Proceeds", Blocks: []document.Block{para(words("Text."))}, Sections: []*document.Section{
				{ID: "deep", Title: "Deep", Blocks: []document.Block{para(words("Deeper."))}},
			}},
		}},
		{ID: "rec", Title: "Recommendations", Blocks: []document.Block{
			&document.Paragraph{ID: "rec-1", Recommendation: true, Spans: []document.Span{words("The Panel recommends action on "), refer("a-register"), words("."), noted("See above.")}},
		}},
	}}
}

func years() *document.Table {
	return &document.Table{
		ID: "t-years", Caption: "Incidents by year", Note: "Source: public record.",
		Columns: []document.Column{{Title: "Year"}, {Title: "Losses", Unit: "USD", Numeric: true}},
		Rows: []document.Row{
			{Cells: []string{"2021", "399"}, Unverified: true},
			{Cells: []string{"2022", ""}},
			{Cells: []string{"Total", "399"}, Total: true},
		},
	}
}

func methodology() *document.Section {
	return &document.Section{ID: "a-method", Title: "Methodology", Blocks: []document.Block{
		&document.Paragraph{ID: "term-1", Definition: "Official", Spans: []document.Span{words("attributed by a court.")}},
	}, Sections: []*document.Section{
		{ID: "ladder", Title: "Ladder", Blocks: []document.Block{para(words("Words."))}, Sections: []*document.Section{{ID: "rung", Title: "Rung"}}},
	}}
}

func register() *document.Section {
	return &document.Section{ID: "a-register", Title: "Register", Blocks: []document.Block{
		para(words("Every claim.")),
		&document.Table{
			ID: "t-register", Caption: "Register", Wide: true,
			Columns: []document.Column{{Title: "Record", Weight: 1}, {Title: "Basis", Weight: 4}},
			Rows:    []document.Row{{Cells: []string{"INC-2021-001", "Statement."}, Record: "INC-2021-001"}},
		},
	}}
}

func figures() *document.Section {
	return &document.Section{ID: "a-figures", Title: "Figures", Blocks: []document.Block{
		&document.Table{
			ID: "t-figures", Caption: "Derivations",
			Columns: []document.Column{{Title: "Figure"}, {Title: "Value", Numeric: true}},
			Rows: []document.Row{
				{Cells: []string{"cyber.incidents.count@1", "46"}, Record: "d-abc"},
				{Cells: []string{"INC-2021-001", "n/a"}, Record: "INC-2021-001"},
			},
		},
		&document.Chart{ID: "c-bare", Caption: "Not drawn", Drawing: bare{}},
	}}
}

// written writes doc and returns its parts by name and their names in order.
func written(t testing.TB, doc *document.Document) (parts map[string][]byte, names []string) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := parts[f.Name]; twice {
			t.Errorf("%s is in the file twice", f.Name)
		}
		parts[f.Name] = data
		names = append(names, f.Name)
	}
	return parts, names
}

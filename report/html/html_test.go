package html_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	parser "golang.org/x/net/html"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/html"
	"github.com/turtlebay/turtlebay/report/reporttest"
)

var update = flag.Bool("update", false, "write golden files")

// maxPage is the size a report's page may have.
const maxPage = 1_500_000

func write(t testing.TB, doc *document.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// page is a parsed page.
type page struct {
	source   string
	ids      map[string]*parser.Node
	elements []*parser.Node
}

func parse(t testing.TB, source []byte) page {
	t.Helper()
	root, err := parser.Parse(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	p := page{source: string(source), ids: map[string]*parser.Node{}}
	for n := range root.Descendants() {
		if n.Type != parser.ElementNode {
			continue
		}
		p.elements = append(p.elements, n)
		if id, ok := attr(n, "id"); ok {
			if p.ids[id] != nil {
				t.Errorf("id %q is used twice", id)
			}
			p.ids[id] = n
		}
	}
	return p
}

func attr(n *parser.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (p page) find(tag, class string) []*parser.Node {
	var out []*parser.Node
	for _, n := range p.elements {
		c, _ := attr(n, "class")
		if n.Data == tag && (class == "" || strings.Contains(" "+c+" ", " "+class+" ")) {
			out = append(out, n)
		}
	}
	return out
}

func text(n *parser.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == parser.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	got := write(t, reporttest.Document())
	got = regexp.MustCompile(`(?s)<style>:root.*?</style>|<style>/\*.*?</style>|<script>.*?</script>`).ReplaceAll(got, nil)
	file := filepath.Join("testdata", "report.html")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the page differs from %s; look at the difference and run with -update", file)
	}
}

func TestSameBytes(t *testing.T) {
	first := write(t, reporttest.Document())
	for range 3 {
		if !bytes.Equal(first, write(t, reporttest.Document())) {
			t.Fatal("two runs give different bytes")
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	p := parse(t, write(t, reporttest.Document()))
	links := 0
	for _, n := range p.elements {
		href, ok := attr(n, "href")
		if !ok {
			continue
		}
		links++
		if id, internal := strings.CutPrefix(href, "#"); !internal || p.ids[id] == nil {
			t.Errorf("link to %q leads nowhere", href)
		}
	}
	if links < 100 {
		t.Errorf("only %d links", links)
	}
}

func TestFetchesNothing(t *testing.T) {
	p := parse(t, write(t, reporttest.Document()))
	for _, n := range p.elements {
		switch n.Data {
		case "link", "img", "iframe", "object", "embed", "base", "form":
			t.Errorf("element <%s>", n.Data)
		}
		if _, ok := attr(n, "src"); ok {
			t.Errorf("<%s> has src", n.Data)
		}
	}
	for _, bad := range []string{"@import", "url(", "http-equiv", "fetch(", "XMLHttpRequest", "import("} {
		if strings.Contains(p.source, bad) {
			t.Errorf("page contains %q", bad)
		}
	}
	for _, address := range regexp.MustCompile(`https?://[^"'\s<]+`).FindAllString(p.source, -1) {
		if address != "http://www.w3.org/2000/svg" {
			t.Errorf("page names %s", address)
		}
	}
}

// TestFigures compares every figure of the document with its link in the page,
// in the very form that a verifier looks for.
func TestFigures(t *testing.T) {
	doc := reporttest.Document()
	source := string(write(t, doc))
	p := parse(t, []byte(source))
	links := p.find("a", "fig")
	i := 0
	for para := range doc.Paragraphs() {
		for _, s := range para.Spans {
			if s.Kind != document.Figure {
				continue
			}
			if i == len(links) {
				t.Fatalf("only %d figures in the page", i)
			}
			if got := text(links[i]); got != s.Text {
				t.Errorf("figure %d prints %q, want %q", i+1, got, s.Text)
			}
			form := fmt.Sprintf(`<a class="fig" href="#d-%s" data-derivation="%[1]s" data-style="%s">%s</a>`, s.Derivation, s.Style, s.Text)
			if !strings.Contains(source, form) {
				t.Errorf("page lacks %s", form)
			}
			i++
		}
	}
	if i != len(links) || i < 7 {
		t.Errorf("%d figures in the document, %d in the page", i, len(links))
	}
}

func TestCards(t *testing.T) {
	doc := reporttest.Document()
	p := parse(t, write(t, doc))
	cards := p.find("details", "card")
	if len(cards) != len(doc.Derivations) {
		t.Errorf("%d cards for %d derivations", len(cards), len(doc.Derivations))
	}
	for _, d := range doc.Derivations {
		card := p.ids["d-"+d.ID]
		if card == nil {
			t.Errorf("derivation %s has no card", d.ID)
			continue
		}
		got := text(card)
		for _, want := range []string{d.Function, d.Params.String(), d.Command(), d.Inputs[0].Digest[:12]} {
			if !strings.Contains(got, want) {
				t.Errorf("card %s lacks %q", d.ID, want)
			}
		}
	}
}

func TestDoubtIsMarked(t *testing.T) {
	p := parse(t, write(t, reporttest.Document()))
	found := false
	for _, n := range p.find("sup", "mark") {
		title, _ := attr(n, "title")
		found = found || title == "to be verified: rests on INC-2021-029, INC-2021-030"
	}
	if !found {
		t.Error("no figure says which records it rests on")
	}
	tags := map[string]int{}
	for _, n := range p.find("span", "tag") {
		tags[text(n)]++
	}
	if tags["to be verified"] != 2 || tags["one independent origin"] != 1 {
		t.Errorf("tags %v", tags)
	}
}

func TestHostileText(t *testing.T) {
	doc := reporttest.Document()
	doc.Masthead.Title = reporttest.Hostile
	doc.Masthead.Symbol = reporttest.Hostile
	doc.Masthead.Confidentiality = `"} body { display: none } </style><script>1</script> \`
	doc.Sections[0].Title = reporttest.Hostile
	p := parse(t, write(t, doc))
	if n := len(p.find("script", "")); n != 1 {
		t.Errorf("%d script elements, want one", n)
	}
	if n := len(p.find("style", "")); n != 3 { // the page's two and the chart's
		t.Errorf("%d style elements, want three", n)
	}
	if strings.ContainsAny(p.source, "\u202e\u0000") {
		t.Error("page carries a control character of the text")
	}
	want := strings.NewReplacer("\u202e", "[U+202E]", "\u0000", "\ufffd").Replace(reporttest.Hostile)
	if h := p.find("h1", ""); len(h) != 1 || text(h[0]) != want {
		t.Errorf("title is %q, want %q", text(h[0]), want)
	}
}

// A stamp stands over its annex on the page, and at the head of its printed pages.
func TestStamp(t *testing.T) {
	doc := reporttest.Document()
	s := doc.Annexes[0]
	s.Stamp = `A "word" </style>`
	page := string(write(t, doc))
	rule := "@page stamped-" + s.Number + " {"
	for _, want := range []string{rule, "@page stamped-wide-" + s.Number + " { size: A4 landscape", "#" + s.ID + " { page: stamped-" + s.Number, `<p class="stamp">A &#34;word&#34; &lt;/style&gt;</p>`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(page, "@page stamped-wide"); n != 1 {
		t.Errorf("%d annexes are stamped, want 1", n)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*document.Document)
		want   error
	}{
		{"id twice", func(d *document.Document) { d.Sections[1].ID = "introduction" }, html.ErrAnchor},
		{"id of a card", func(d *document.Document) { d.Sections[1].ID = "d-" + d.Derivations[0].ID }, html.ErrAnchor},
		{"id with blanks", func(d *document.Document) { d.Summary[0].ID = "a b" }, html.ErrAnchor},
		{"dangling reference", func(d *document.Document) {
			d.Summary[0].Spans = append(d.Summary[0].Spans, document.Span{Kind: document.Reference, Target: "nowhere", Text: "x"})
		}, html.ErrTarget},
		{"figure without derivation", func(d *document.Document) { d.Derivations = nil }, html.ErrDerivation},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := reporttest.Document()
			test.change(doc)
			var b bytes.Buffer
			err := html.Write(&b, doc)
			if err == nil || !strings.Contains(err.Error(), test.want.Error()) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes written with an error", b.Len())
			}
		})
	}
}

// TestChartData opens the data of a chart that no table of the document shows.
func TestChartData(t *testing.T) {
	doc := reporttest.Document()
	var chart *document.Chart
	for b := range doc.Blocks() {
		switch b := b.(type) {
		case *document.Chart:
			chart = b
		case *document.Table:
			b.Derivation = ""
		}
	}
	p := parse(t, write(t, doc))
	figure := p.ids[chart.ID]
	if figure == nil {
		t.Fatal("chart without its id")
	}
	if got := text(figure); !strings.Contains(got, "38,929,601,211") {
		t.Errorf("chart does not carry its data: %s", got)
	}
}

// TestSize writes a report as large as one gets: many figures, all resting on
// the whole register.
func TestSize(t *testing.T) {
	doc := reporttest.Document()
	records := doc.Derivations[0].Result.Records
	for _, d := range doc.Derivations {
		if len(d.Result.Records) > len(records) {
			records = d.Result.Records
		}
	}
	section := doc.Sections[0]
	for i := range 800 {
		d := derive.Derivation{
			ID: fmt.Sprintf("%016x", i), Function: fmt.Sprintf("example.many%d@1", i), Params: derive.Params{"from": "2017", "to": "2023", "view": "official+panel"},
			Inputs: []derive.InputSet{{Kind: "cyber_incident", Count: 65, Digest: strings.Repeat("0123456789abcdef", 4)}},
			Result: derive.Result{Value: fmt.Sprint(1_344_792_000 + i), Unit: derive.UnitUSD, Records: records, Note: "Preferred claims."},
		}
		doc.Derivations = append(doc.Derivations, d)
		section.Blocks = append(section.Blocks, &document.Paragraph{ID: fmt.Sprintf("many-%d", i), Spans: []document.Span{
			{Kind: document.Figure, Text: d.Result.Print(""), Derivation: d.ID},
		}})
	}
	if n := len(write(t, doc)); n > maxPage {
		t.Errorf("page of %d bytes, want at most %d", n, maxPage)
	}
}

// FuzzText writes any text in every place that text can have.
func FuzzText(f *testing.F) {
	f.Add(reporttest.Hostile)
	f.Add("<!--</title></textarea>{{.}}\u2066\xff")
	f.Fuzz(func(t *testing.T, s string) {
		doc := reporttest.Document()
		doc.Masthead.Symbol, doc.Masthead.Copy, doc.Masthead.Title = s, s, s
		doc.Sections[0].Title = s
		doc.Summary[0].Spans = append(doc.Summary[0].Spans, document.Span{Text: s},
			document.Span{Kind: document.Quote, Text: s, Record: s, Field: s},
			document.Span{Kind: document.Note, Footnote: &document.Footnote{Number: 900, Text: s}})
		for b := range doc.Blocks() {
			if table, ok := b.(*document.Table); ok {
				table.Caption, table.Note = s, s
				table.Rows[0].Cells[0], table.Rows[0].Record = s, s
			}
		}
		p := parse(t, write(t, doc))
		if n := len(p.find("script", "")); n != 1 {
			t.Errorf("%d script elements", n)
		}
		for _, n := range p.elements {
			if href, ok := attr(n, "href"); ok && p.ids[strings.TrimPrefix(href, "#")] == nil {
				t.Errorf("link to %q leads nowhere", href)
			}
		}
	})
}

package docx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/report/document"
)

// The page in twips (twentieths of a point): A4 with margins of 25 mm.
const (
	pageShort = 11906
	pageLong  = 16838
	margin    = 1417
	textShort = pageShort - 2*margin // width of the text on an upright page
	textLong  = pageLong - 2*margin  // the same on a landscape page
)

// textWidth is the width between the margins.
func textWidth(wide bool) int {
	if wide {
		return textLong
	}
	return textShort
}

// masthead is the head of the first page: organ and symbol, distribution, date
// and language, then the title.
func (b *body) masthead() {
	m := b.doc.Masthead
	cell := func(width int, below *node, ps ...*node) *node {
		return el("w:tc", el("w:tcPr", el("w:tcW").with("w:w", strconv.Itoa(width), "w:type", "dxa"),
			el("w:tcBorders", below))).add(ps...)
	}
	line := func(style, text string) *node { return paragraph(style, nil, format{}.runs(text)...) }
	rule := func(size string) *node {
		return el("w:bottom").with("w:val", "single", "w:sz", size, "w:space", "0", "w:color", "000000")
	}
	var details []*node
	for _, d := range mastheadDetails(m) {
		details = append(details, line("MastheadDetail", d))
	}
	organ := m.Organ
	if organ == "" {
		organ = m.Body
	}
	above := m.Body
	if organ == above {
		above = ""
	}
	const right = 3000
	const left = textShort - right
	b.content = append(b.content, grid([]int{left, right}, nil,
		el("w:tr", cell(left, rule("6"), line("MastheadBody", above)), cell(right, rule("6"), line("MastheadSymbol", m.Symbol))),
		el("w:tr", cell(left, rule("18"), line("MastheadOrgan", organ)), cell(right, rule("18"), details...)),
	))
	for _, p := range []struct{ style, text string }{
		{"Addressee", m.Addressee}, {"Title", m.Title}, {"Subtitle", m.Subtitle}, {"MastheadNote", totals(m)}, {"MastheadNote", m.Copy}, {"MastheadNote", m.Missing()},
	} {
		if p.text != "" {
			b.put(line(p.style, p.text))
		}
	}
	if b.last == nil {
		b.put(line("MastheadNote", "")) // a table needs a paragraph after it
	}
}

// mastheadDetails are the lines at the right; never none, for a cell needs one.
func mastheadDetails(m document.Masthead) []string {
	var out []string
	if m.Distribution != "" {
		out = append(out, "Distr.: "+m.Distribution)
	}
	out = append(out, m.Date.Prose())
	if m.Language != "" {
		out = append(out, "Original: "+m.Language)
	}
	return out
}

// totals says what period and which view the report's sums follow.
func totals(m document.Masthead) string {
	var out []string
	if m.Period != "" {
		out = append(out, "Period: "+m.Period+".")
	}
	if m.View != "" {
		view := "Totals follow the view “" + m.View + "”"
		if m.ViewRule != "" {
			view += ": " + strings.TrimSuffix(m.ViewRule, ".")
		}
		out = append(out, view+".")
	}
	return strings.Join(out, " ")
}

// summary is the boxed, unnumbered summary.
func (b *body) summary() error {
	if len(b.doc.Summary) == 0 {
		return nil
	}
	b.put(paragraph("SummaryHeading", nil, format{}.runs("Summary")...))
	for i, p := range b.doc.Summary {
		if p == nil {
			return fmt.Errorf("summary: paragraph %d: %w", i+1, ErrMissing)
		}
		content, err := b.spans(p)
		if err != nil {
			return err
		}
		b.put(paragraph("Summary", nil, b.marks.around(p, content)...))
	}
	return nil
}

// wordOnly shows content to Word and hides it from LibreOffice, which would take
// the page numbers inside the field as they stand instead of computing them.
func wordOnly(content ...*node) *node {
	return el("w:r", el("mc:AlternateContent", el("mc:Choice", content...).with("Requires", "w15")))
}

// contents is the table-of-contents field with its entries filled in: number,
// heading and a page reference, each entry a link.
func (b *body) contents() {
	mark := func(kind string) *node { return wordOnly(el("w:fldChar").with("w:fldCharType", kind)) }
	var entries []*node
	var walk func(list []*document.Section, depth int, annex bool)
	walk = func(list []*document.Section, depth int, annex bool) {
		for _, s := range list {
			entries = append(entries, b.entry(s, depth, annex))
			if depth < 3 {
				walk(s.Sections, depth+1, annex)
			}
		}
	}
	walk(b.doc.Sections, 1, false)
	walk(b.doc.Annexes, 1, true)
	if len(entries) == 0 {
		return
	}
	first, last := entries[0], entries[len(entries)-1]
	instruction := el("w:instrText", chars(` TOC \o "1-3" \h \z \u `)).with("xml:space", "preserve")
	start := []*node{first.kids[0], mark("begin"), wordOnly(instruction), mark("separate")}
	first.kids = append(start, first.kids[1:]...)
	last.add(mark("end"))
	b.put(paragraph("ContentsHeading", nil, format{}.runs("Contents")...))
	for _, e := range entries {
		b.put(e)
	}
}

func (b *body) entry(s *document.Section, depth int, annex bool) *node {
	number := s.Number
	switch {
	case annex && depth == 1:
		number = "Annex " + number
	case !annex:
		number += "."
	}
	bookmark := b.marks.owners[s]
	content := format{}.runs(number + "\t" + s.Title + "\t")
	content = append(content, format{}.field("PAGEREF "+bookmark+` \h`, "–")...)
	return paragraph("TOC"+strconv.Itoa(depth), nil, link(bookmark, content))
}

// breakSection ends the page section that runs up to here: what follows has
// pages of another kind.
func (b *body) breakSection(on sheet) {
	b.last.add(b.sectionProperties(on))
}

// sectionProperties describes the pages since the last break. Each section names
// its header and footer itself, so that none depends on what stands before it.
func (b *body) sectionProperties(on sheet) *node {
	b.sections++
	reference := func(kind, use, id string) *node {
		return el("w:"+kind+"Reference").with("w:type", use, "r:id", relID(id))
	}
	width, height, header := pageShort, pageLong, headerShort
	size := el("w:pgSz")
	if on.wide {
		width, height, header = pageLong, pageShort, headerLong
		size.with("w:orient", "landscape")
	}
	size.with("w:w", strconv.Itoa(width), "w:h", strconv.Itoa(height))
	if on.stamp != "" {
		header = b.stamped(on)
	}
	side := strconv.Itoa(margin)
	p := el("w:sectPr", reference("header", "default", header), reference("footer", "default", footerAll))
	if b.sections == 1 {
		p.add(reference("header", "first", headerFirst), reference("footer", "first", footerAll))
	}
	p.add(val("w:type", "nextPage"), size,
		el("w:pgMar").with("w:top", side, "w:right", side, "w:bottom", side, "w:left", side,
			"w:header", "709", "w:footer", "709", "w:gutter", "0"),
		el("w:cols").with("w:space", "708"))
	if b.sections == 1 {
		p.add(el("w:titlePg"))
	}
	return p
}

// Headers and footers by part name.
const (
	headerFirst = "header1" // empty: the masthead says it
	headerShort = "header2"
	headerLong  = "header3"
	footerAll   = "footer1"
)

// stamped is the header of pages with a stamp: there are two for each, upright and
// landscape, after those of all documents.
func (b *body) stamped(on sheet) string {
	if !slices.Contains(b.stamps, on.stamp) {
		b.stamps = append(b.stamps, on.stamp)
	}
	n := 4 + 2*slices.Index(b.stamps, on.stamp)
	if on.wide {
		n++
	}
	return "header" + strconv.Itoa(n)
}

// marginal is a header or footer.
type marginal struct {
	id, kind string
	content  *node
}

func (b *body) marginals() []marginal {
	m := b.doc.Masthead
	namespaces := func(n *node) *node {
		return n.with("xmlns:w", "http://schemas.openxmlformats.org/wordprocessingml/2006/main")
	}
	header := func(width int, stamp string) *node {
		tabs := el("w:tabs", el("w:tab").with("w:val", "right", "w:pos", strconv.Itoa(width)))
		content := append(format{bold: true}.runs(m.Symbol), format{}.runs("\t")...)
		content = append(content, format{}.field("PAGE", "1")...)
		content = append(content, format{}.runs("/")...)
		content = append(content, format{}.field("NUMPAGES", "1")...)
		return namespaces(el("w:hdr", paragraph("Header", []*node{tabs}, content...)).add(centred(stamp, "Header")...).add(banner(m, "Header")...))
	}
	footer := el("w:ftr", paragraph("Footer", nil, format{bold: true}.runs(m.Confidentiality)...))
	if m.Copy != "" {
		footer.add(paragraph("Footer", nil, format{}.runs(m.Copy)...))
	}
	footer.add(banner(m, "Footer")...)
	first := el("w:hdr", paragraph("Normal", nil)).add(banner(m, "Header")...)
	out := []marginal{
		{headerFirst, "header", namespaces(first)},
		{headerShort, "header", header(textShort, "")},
		{headerLong, "header", header(textLong, "")},
		{footerAll, "footer", namespaces(footer)},
	}
	for _, stamp := range b.stamps {
		out = append(out,
			marginal{b.stamped(sheet{stamp: stamp}), "header", header(textShort, stamp)},
			marginal{b.stamped(sheet{stamp: stamp, wide: true}), "header", header(textLong, stamp)})
	}
	return out
}

// banner is the document's marking for the head or foot of every page; none where
// the document is public.
func banner(m document.Masthead, style string) []*node {
	return centred(document.Banner(m.Marking), style)
}

// centred is a line in the middle of the head or foot of a page, nothing for no text.
func centred(text, style string) []*node {
	if text == "" {
		return nil
	}
	return []*node{paragraph(style, []*node{val("w:jc", "center")}, format{bold: true}.runs(text)...)}
}

// portion is the marking of a part, for print before it.
func (b *body) portion(of marking.Marking) []*node {
	text := b.doc.Masthead.Portion(of)
	if text == "" {
		return nil
	}
	return format{}.runs(text + " ")
}

package docx

import (
	"fmt"
	"strconv"

	"github.com/turtlebay/turtlebay/report/document"
)

// Numbering lists of parts/numbering.xml that paragraphs name themselves;
// headings get theirs by their styles.
const paragraphList = "1"

// Character styles.
const (
	linkStyle  = "InternalLink"
	doubtStyle = "Doubt"
	noteStyle  = "FootnoteReference"
)

// body is a document on its way into the main part.
type body struct {
	doc      *document.Document
	marks    marks
	content  []*node // what stands in w:body
	last     *node   // pPr of the last paragraph, for the section break after it
	notes    []*node // footnotes in order
	pictures []picture
	stamps   []string // words at the head of pages, in order of their first
	sections int      // page sections closed so far
	count    int      // numbered paragraphs so far
}

// newBody writes the whole document into content.
func newBody(doc *document.Document) (*body, error) {
	if doc == nil {
		return nil, fmt.Errorf("document: %w", ErrMissing)
	}
	items, err := flow(doc)
	if err != nil {
		return nil, err
	}
	b := &body{doc: doc, marks: newMarks(doc)}
	b.masthead()
	if err := b.summary(); err != nil {
		return nil, err
	}
	b.contents()
	on := sheet{}
	for i, it := range items {
		if it.sheet != on {
			b.breakSection(on)
			on = it.sheet
		}
		start := len(b.content)
		if err := b.item(it); err != nil {
			return nil, err
		}
		if i == 0 && !on.wide && !it.annex {
			b.content[start].kids[0].add(el("w:pageBreakBefore")) // the body begins on a page of its own
		}
	}
	b.content = append(b.content, b.sectionProperties(on))
	return b, nil
}

func (b *body) document() *node {
	return el("w:document", el("w:body", b.content...)).with(
		"xmlns:w", "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
		"xmlns:r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
		"xmlns:wp", "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
		"xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main",
		"xmlns:pic", "http://schemas.openxmlformats.org/drawingml/2006/picture",
		"xmlns:mc", "http://schemas.openxmlformats.org/markup-compatibility/2006",
		"xmlns:w15", "http://schemas.microsoft.com/office/word/2012/wordml",
		"mc:Ignorable", "w15")
}

// paragraph makes a paragraph in a style with further properties, which must be
// in the schema's order after pStyle.
func paragraph(style string, properties []*node, content ...*node) *node {
	return el("w:p", el("w:pPr", val("w:pStyle", style)).add(properties...)).add(content...)
}

// put adds a paragraph to the body and remembers it as the last.
func (b *body) put(p *node) {
	b.content = append(b.content, p)
	b.last = p.kids[0]
}

func (b *body) item(it item) error {
	switch v := it.block.(type) {
	case nil:
		b.heading(it)
		return nil
	case *document.Paragraph:
		return b.textParagraph(v, it.annex)
	case *document.Table:
		return b.table(v, it.wide)
	case *document.Chart:
		return b.chart(v)
	}
	return fmt.Errorf("section %s: block of type %T: %w", it.section.ID, it.block, ErrMissing)
}

// heading writes a section's heading. Its number comes from the list of its
// style; below the third level, where there is no list, it is written out.
func (b *body) heading(it item) {
	style := "Heading"
	if it.annex {
		style = "AnnexHeading"
	}
	title := format{}.runs(it.section.Title)
	if it.depth > 3 {
		style, title = "Heading4", format{}.runs(it.section.Number+".\t"+it.section.Title)
	} else {
		style += strconv.Itoa(it.depth)
	}
	b.put(paragraph(style, nil, b.marks.around(it.section, title)...))
}

// textParagraph writes a paragraph of the body or of an annex.
func (b *body) textParagraph(p *document.Paragraph, annex bool) error {
	style := "BodyText"
	var properties []*node
	if !annex {
		style = "NumberedParagraph"
		if b.count++; p.Number != b.count {
			return fmt.Errorf("paragraph %d has number %d: %w", b.count, p.Number, ErrNumbers)
		}
		properties = []*node{el("w:numPr", val("w:ilvl", "0"), val("w:numId", paragraphList))}
	}
	if p.Recommendation {
		style = "Recommendation"
	}
	content, err := b.spans(p)
	if err != nil {
		return err
	}
	b.put(paragraph(style, properties, b.marks.around(p, content)...))
	return nil
}

// spans prints a paragraph's text with its links, notes and doubts.
func (b *body) spans(p *document.Paragraph) ([]*node, error) {
	out := b.portion(p.Marking)
	if p.Definition != "" {
		out = append(out, format{bold: true}.runs(p.Definition+":")...)
		out = append(out, format{}.runs(" ")...)
	}
	for _, s := range p.Spans {
		if s.Kind == document.Note {
			ref, err := b.note(s.Footnote)
			if err != nil {
				return nil, fmt.Errorf("paragraph %s: %w", p.Label(), err)
			}
			out = append(out, ref)
			continue
		}
		out = append(out, b.span(s)...)
		if s.Unverified {
			out = append(out, format{style: doubtStyle}.runs("†")...)
		}
	}
	if p.Single {
		out = append(out, format{italic: true}.runs(" [one independent origin]")...)
	}
	if p.Unverified {
		out = append(out, format{italic: true}.runs(" [to be verified]")...)
	}
	return out, nil
}

// span prints a span's text, as a link where the document has what it names.
func (b *body) span(s document.Span) []*node {
	target := ""
	switch s.Kind {
	case document.Figure:
		target = b.marks.names["d-"+s.Derivation]
	case document.Reference:
		target = b.marks.names[s.Target]
	}
	if target == "" {
		return format{}.runs(s.Text)
	}
	return []*node{link(target, format{style: linkStyle}.runs(s.Text))}
}

// link makes content lead to a bookmark.
func link(bookmark string, content []*node) *node {
	return el("w:hyperlink", content...).with("w:anchor", bookmark, "w:history", "1")
}

// note keeps a footnote and returns the run that calls it.
func (b *body) note(f *document.Footnote) (*node, error) {
	if f == nil {
		return nil, fmt.Errorf("footnote: %w", ErrMissing)
	}
	id := len(b.notes) + 1
	if f.Number != id {
		return nil, fmt.Errorf("footnote %d has number %d: %w", id, f.Number, ErrNumbers)
	}
	called := format{style: noteStyle}
	text := paragraph("FootnoteText", nil, called.run(el("w:footnoteRef")), format{}.run(el("w:tab"))).
		add(format{}.runs(f.Text)...)
	b.notes = append(b.notes, el("w:footnote", text).with("w:id", strconv.Itoa(id)))
	return called.run(el("w:footnoteReference").with("w:id", strconv.Itoa(id))), nil
}

// footnotes is the part that holds the notes, after the two rules that part them
// from the text.
func (b *body) footnotes() *node {
	rule := func(id, kind, mark string) *node {
		spacing := el("w:spacing").with("w:before", "0", "w:after", "60", "w:line", "240", "w:lineRule", "auto")
		return el("w:footnote", el("w:p", el("w:pPr", spacing), el("w:r", el(mark)))).with("w:type", kind, "w:id", id)
	}
	return el("w:footnotes",
		rule("-1", "separator", "w:separator"),
		rule("0", "continuationSeparator", "w:continuationSeparator"),
	).add(b.notes...).with("xmlns:w", "http://schemas.openxmlformats.org/wordprocessingml/2006/main")
}

// Package docx writes a report as an Office Open XML word processing document,
// the form in which it is filed and quoted.
//
// Contract. [Write] takes a numbered document and gives the same bytes for the
// same document: parts in a fixed order, with a fixed time, and a creation date
// taken from the masthead. What a reader of the file relies on is native to the
// format: paragraph and heading numbers are lists, footnotes are footnotes, the
// contents are a field, headings carry heading styles, pictures carry a text
// alternative. Numbers given by [document.Document.Number] and numbers counted
// by the word processor are the same; a document whose numbers do not follow
// reading order is refused with [ErrNumbers].
//
//	if err := doc.Number(); err != nil {
//		return err
//	}
//	err := docx.Write(file, doc)
//
// Figures link to the row or paragraph that shows their derivation where the
// document has one, that is, where a paragraph's ID or a row's Record is "d-"
// and the derivation's id.
//
// Page numbers in the contents are fields. LibreOffice computes them when it
// lays the file out; Word shows a dash for them until the reader updates the
// contents, for the only way to have Word do it unasked greets every reader with
// a question.
//
// The static parts (styles, lists, settings, fonts) are the files under parts/.
// Elements stand in the order of the schema (ECMA-376, transitional), on which
// Word insists.
package docx

import (
	"archive/zip"
	"embed"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/turtlebay/turtlebay/report/document"
)

// Errors of Write, wrapped with the place in the document.
var (
	// ErrNumbers: the document was not numbered, or changed since.
	ErrNumbers = errors.New("numbers do not follow reading order (call Number after the last change)")
	// ErrTable: a table without columns, with more than Word opens, or with a row
	// that has more or fewer cells than there are columns.
	ErrTable = errors.New("not a table that can be printed")
	// ErrMissing: a block, a drawing or a footnote is nil.
	ErrMissing = errors.New("nothing to write")
)

//go:embed parts/*.xml
var static embed.FS

// epoch is the time of every member: the first that a zip file can name.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// Content types of the parts.
const (
	wordType    = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	packageType = "application/vnd.openxmlformats-package."
	officeType  = "application/vnd.openxmlformats-officedocument."
)

// Kinds of relationship.
const (
	officeRel  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	packageRel = "http://schemas.openxmlformats.org/package/2006/relationships/"
)

// Write writes doc as a DOCX file. The document must have been numbered.
func Write(w io.Writer, doc *document.Document) error {
	b, err := newBody(doc)
	if err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	p, err := b.pack()
	if err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	return nil
}

// pack puts the written body and everything it needs into a package.
func (b *body) pack() (*pkg, error) {
	p := &pkg{}
	p.add("word/document.xml", wordType+"document.main+xml", b.document().part())
	for _, q := range []struct{ name, contentType string }{
		{"styles", wordType + "styles+xml"},
		{"numbering", wordType + "numbering+xml"},
		{"settings", wordType + "settings+xml"},
		{"fontTable", wordType + "fontTable+xml"},
		{"theme", officeType + "theme+xml"},
	} {
		data, err := static.ReadFile("parts/" + q.name + ".xml")
		if err != nil {
			return nil, err
		}
		p.add("word/"+q.name+".xml", q.contentType, data)
		p.relate(relID(q.name), officeRel+q.name, q.name+".xml")
	}
	p.add("word/footnotes.xml", wordType+"footnotes+xml", b.footnotes().part())
	p.relate(relID("footnotes"), officeRel+"footnotes", "footnotes.xml")
	for _, h := range b.marginals() {
		p.add("word/"+h.id+".xml", wordType+h.kind+"+xml", h.content.part())
		p.relate(relID(h.id), officeRel+h.kind, h.id+".xml")
	}
	for _, pic := range b.pictures {
		for _, f := range []struct{ ext, data string }{{"emf", pic.emf}, {"svg", pic.svg}} {
			if f.data != "" {
				p.add("word/media/"+pic.name+"."+f.ext, "", []byte(f.data))
				p.relate(relID(pic.name+f.ext), officeRel+"image", "media/"+pic.name+"."+f.ext)
			}
		}
	}
	p.add("docProps/core.xml", packageType+"core-properties+xml", core(b.doc.Masthead).part())
	p.add("docProps/app.xml", officeType+"extended-properties+xml", app(b.doc.Masthead).part())
	return p, nil
}

// part is one file of the package; contentType is empty where the extension
// says it.
type part struct {
	name, contentType string
	data              []byte
}

// pkg is the package: its parts and what the main part refers to.
type pkg struct {
	parts []part
	rels  []*node
}

func (p *pkg) add(name, contentType string, data []byte) {
	p.parts = append(p.parts, part{name, contentType, data})
}

func (p *pkg) relate(id, kind, target string) {
	p.rels = append(p.rels, relationship(id, kind, target))
}

// relID names the relationship to a part.
func relID(part string) string { return "r" + part }

func relationship(id, kind, target string) *node {
	return el("Relationship").with("Id", id, "Type", kind, "Target", target)
}

func relationships(rels ...*node) []byte {
	return el("Relationships", rels...).with("xmlns", "http://schemas.openxmlformats.org/package/2006/relationships").part()
}

// contentTypes lists every part; readers look for it first.
func (p *pkg) contentTypes() []byte {
	types := el("Types").with("xmlns", "http://schemas.openxmlformats.org/package/2006/content-types")
	for _, d := range [][2]string{
		{"rels", packageType + "relationships+xml"},
		{"xml", "application/xml"},
		{"emf", "image/x-emf"},
		{"svg", "image/svg+xml"},
	} {
		types.add(el("Default").with("Extension", d[0], "ContentType", d[1]))
	}
	for _, q := range p.parts {
		if q.contentType != "" {
			types.add(el("Override").with("PartName", "/"+q.name, "ContentType", q.contentType))
		}
	}
	return types.part()
}

func (p *pkg) write(w io.Writer) error {
	front := []part{
		{"[Content_Types].xml", "", p.contentTypes()},
		{"_rels/.rels", "", relationships(
			relationship(relID("document"), officeRel+"officeDocument", "word/document.xml"),
			relationship(relID("core"), packageRel+"metadata/core-properties", "docProps/core.xml"),
			relationship(relID("app"), officeRel+"extended-properties", "docProps/app.xml"),
		)},
		{"word/_rels/document.xml.rels", "", relationships(p.rels...)},
	}
	z := zip.NewWriter(w)
	for _, q := range append(front, p.parts...) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: q.name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		if _, err := f.Write(q.data); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return z.Close()
}

// core are the properties that file managers and libraries show. The creator is
// the body that files the report; nothing in them tells of a person or machine.
func core(m document.Masthead) *node {
	c := el("cp:coreProperties",
		el("dc:title", chars(m.Title)),
		el("dc:subject", chars(m.Symbol)),
		el("dc:creator", chars(m.Body)),
	).with("xmlns:cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
		"xmlns:dc", "http://purl.org/dc/elements/1.1/", "xmlns:dcterms", "http://purl.org/dc/terms/",
		"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
	if !m.Date.IsZero() {
		// Word wants a full time where the format would do with a year.
		day := chars(m.Date.First().String() + "T00:00:00Z")
		c.add(el("dcterms:created", day).with("xsi:type", "dcterms:W3CDTF"))
		c.add(el("dcterms:modified", day).with("xsi:type", "dcterms:W3CDTF"))
	}
	return c.add(el("dc:language", chars("en-GB")))
}

func app(m document.Masthead) *node {
	return el("Properties",
		el("Application", chars("Turtle Bay")),
		el("Company", chars(m.Body)),
	).with("xmlns", "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties")
}

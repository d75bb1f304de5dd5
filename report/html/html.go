// Package html writes a report as one self-contained page: text, tables, charts
// and the derivation of every figure, with its style and a little script inside.
// The page fetches nothing, reads well without script, follows the reader's
// light or dark preference and prints as the PDF does (WeasyPrint makes the PDF
// from it).
//
// Contract. Every span of kind Figure is written as
//
//	<a class="fig" href="#d-ID" data-derivation="ID" data-style="STYLE">TEXT</a>
//
// with TEXT exactly as the document has it, so that a program can compare what
// is printed with what the derivation yields. Every derivation has a card with
// id "d-ID"; sections, paragraphs, tables and charts keep their own ids; the row
// that shows a record has id "r-" and the record's id; where several tables show
// it, the one in the annexes is meant. All ids are unique and every link leads
// somewhere, or Write refuses. The same document gives the same bytes.
//
//	doc, err := report.Compose(source, period) // numbered, with derivations
//	err = html.Write(w, doc)
package html

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"

	"github.com/turtlebay/turtlebay/report/document"
)

// Errors of Write, wrapped with the id concerned.
var (
	// ErrAnchor is returned for an id that is used twice or cannot be an anchor:
	// anchors are Latin letters, digits, ".", "_" and "-".
	ErrAnchor = errors.New("cannot be an anchor")
	// ErrTarget is returned for a reference to an id that nothing has.
	ErrTarget = errors.New("reference leads nowhere")
	// ErrDerivation is returned for a figure, table or chart whose derivation the
	// document does not carry.
	ErrDerivation = errors.New("no such derivation in the document")
)

var (
	//go:embed page.tmpl
	pageText string
	//go:embed style.css
	style string
	//go:embed script.js
	script string

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// Write writes the numbered document as one HTML page. Nothing is written to w
// if the document is refused.
func Write(w io.Writer, doc *document.Document) error {
	p, err := newPage(doc)
	if err != nil {
		return fmt.Errorf("write %s as HTML: %w", doc.Masthead.Symbol, err)
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("write %s as HTML: %w", doc.Masthead.Symbol, err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write %s as HTML: %w", doc.Masthead.Symbol, err)
	}
	return nil
}

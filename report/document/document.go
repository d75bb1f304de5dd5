// Package document is the report as a tree: what every output (DOCX, HTML, PDF,
// XLSX) is written from, so that they cannot disagree. It knows what is printed
// and where each number comes from; it does not know how a page looks.
//
//	Document
//	├── Masthead            symbol, date, body, addressee, confidentiality
//	├── Summary             boxed, unnumbered
//	├── Sections            I., A., paragraphs numbered straight through
//	├── Annexes             1., 2. …
//	└── Derivations         how every figure, table and chart came about
//
// Numbers inside a paragraph are spans of kind Figure that name a derivation;
// tables and charts name theirs. Paragraphs, tables and charts carry the marking of
// what they were made of, the masthead that of the whole. Paragraph, table, chart and footnote numbers are
// given by Number, once, in reading order.
package document

import (
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/value"
)

// Document is a whole report.
type Document struct {
	Masthead    Masthead
	Summary     []*Paragraph
	Sections    []*Section
	Annexes     []*Section
	Derivations []derive.Derivation // sorted by id, each once

	// Asked are the derivations printed and those that chose words. No output
	// prints them; what they differ in decides what is covered for a recipient.
	Asked []derive.Derivation
}

// Masthead is what stands at the head of the report and on every page.
type Masthead struct {
	Body            string // who files it
	Organ           string // "Security Council" where the body reports to one
	Symbol          string // document symbol, running head
	Distribution    string // "General", "Restricted"
	Language        string // "English"
	Title           string
	Subtitle        string
	Addressee       string     // "Letter dated … addressed to …" or empty
	Confidentiality string     // printed on every page; empty for none
	Date            value.Date // the date on the report
	Period          string     // "2017–2023"
	View            string     // name of the view that totals follow
	ViewRule        string     // the view's rule in words
	Copy            string     // copy number and recipient, empty for none

	Marking  marking.Marking // of all that is printed, joined; see Banner
	Withheld string          // "2 (tlp:amber), 1 (tlp:red)": records withheld from this copy, per marking; empty for none
}

// Section is a numbered part with a heading. Blocks come before subsections.
type Section struct {
	ID       string // stable anchor: "cyber", "annex-register"
	Number   string // "I", "A", "1"; given by Number
	Title    string
	Blocks   []Block
	Sections []*Section
	// Stamp is a word at the head of every page of the section and of those in it,
	// such as “EXERCISE” over what is invented. Annexes alone have one.
	Stamp string
}

// NewSection starts a section.
func NewSection(id, title string, blocks ...Block) *Section {
	s := &Section{ID: id, Title: title}
	s.Add(blocks...)
	return s
}

// Add appends blocks, leaving out tables without rows and charts of nothing.
func (s *Section) Add(blocks ...Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case *Table:
			if len(b.Rows) == 0 {
				continue
			}
		case *Chart:
			if b == nil {
				continue
			}
		}
		s.Blocks = append(s.Blocks, b)
	}
}

// Block is a *Paragraph, *Table or *Chart.
type Block interface{ block() }

// Paragraph is one paragraph of running text.
type Paragraph struct {
	ID             string // stable anchor; "p-12" once numbered, unless given
	Number         int    // 0 in summary and annexes
	Place          string // "summary", "annex 4"; empty for numbered paragraphs; given by Number
	Spans          []Span
	Recommendation bool   // printed in bold, names its measure
	Unverified     bool   // some figure in it rests on a row written from memory
	Single         bool   // an allegation that has one independent origin only
	Definition     string // the term set before the text, in annexes that list terms
	Marking        marking.Marking
	Chosen         []string // ids of the derivations that chose its words
}

// Table is a table whose cells are a derivation's rows, ready to print.
type Table struct {
	ID         string
	Label      string // "Table 3"; given by Number
	Caption    string
	Derivation string // id
	Columns    []Column
	Rows       []Row
	Note       string // source and view, below the table
	Wide       bool   // needs a landscape page
	Marking    marking.Marking
	Chosen     []string // ids of the derivations asked for caption and note, its own among them
}

// Column heads a printed column.
type Column struct {
	Title   string
	Unit    string // printed in the header
	Numeric bool   // right-aligned, tabular figures
	Form    string // the derive form, for typed cells
	Weight  int    // share of the width; 0 is one share
}

// Row is a printed row; Values are the plain values for typed cells.
type Row struct {
	Cells      []string
	Values     []string
	Record     string // id of the record shown; its anchor is "r-" + id
	Total      bool   // bold above a rule
	Unverified bool
}

// Chart is a drawn figure.
type Chart struct {
	ID         string
	Label      string // "Figure II"; given by Number
	Caption    string
	Derivation string // id of the table it draws
	Drawing    Drawing
	Note       string
	Marking    marking.Marking
	Chosen     []string // ids of the derivations asked for its drawing and words
}

// Drawing is what the chart room hands over: one drawing for page and report.
type Drawing interface {
	SVG(idPrefix string) []byte // a self-contained <svg> element, light and dark
	EMF() []byte                // the same as an Enhanced Metafile, in light colours
	Alt() string                // text alternative
	Size() (width, height int)  // in px at 96 per inch
}

func (*Paragraph) block() {}
func (*Table) block()     {}
func (*Chart) block()     {}

// Kind says where a span's text comes from.
type Kind int

// The kinds of span. Only these may carry digits or number words, and Text never.
const (
	Text      Kind = iota
	Figure         // a derivation's value
	Date           // a date, or a year of the period
	Citation       // a resolution's paragraph or a document symbol
	Quote          // words taken from a record, with its anchor
	Reference      // to a table, chart, paragraph or annex of this document
	Note           // a footnote; its text is in Footnote
)

// Span is a run of text of one origin.
type Span struct {
	Kind       Kind
	Text       string // as printed
	Derivation string // Figure: id
	Style      string // Figure: print style
	Record     string // Quote: record id
	Field      string // Quote: which field of it
	Target     string // Reference: id of the block or section
	Unverified bool   // "to be verified"
	Chosen     string // Text: id of the derivation whose value chose between the words
	Instead    string // Text: the words where that value is withheld
	Footnote   *Footnote
}

// Footnote is one footnote, citing sources.
type Footnote struct {
	Number  int // given by Number, straight through
	Text    string
	Records []string // ids of the records whose sources it cites
	Opens   []string // of them, those that name the rows of evidence they rest on
}

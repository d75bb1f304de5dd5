package html

import (
	"fmt"
	"html/template"
	"iter"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// page is what the template prints: the document with its anchors settled.
type page struct {
	Style   template.CSS
	Margins template.CSS // what the document prints in the page margins
	Script  template.JS

	document.Masthead
	Banner         string // the marking as it stands on every page
	Missing        string // what is withheld
	Series, Serial string // the symbol in its two parts: "S", "/2024/999"

	Summary  []*block
	Notes    []*document.Footnote // of the summary
	Sections []*section
	Annexes  []*section
	Cards    []*card
	Lists    []*recordList
}

// section is a part with a heading of its level; Notes are set for a top part.
type section struct {
	ID, Number, Title string
	Level             int
	Annex             bool
	Landscape         bool // an annex that is little but a wide table
	Stamp             string
	Blocks            []*block
	Sections          []*section
	Notes             []*document.Footnote
}

// block is one of its three.
type block struct {
	Paragraph *paragraph
	Table     *table
	Chart     *chart
}

// builder settles anchors and collects what a page needs in several places.
type builder struct {
	masthead    document.Masthead
	derivations map[string]derive.Derivation
	ids         map[string]bool
	targets     []string                   // ids that references name
	owner       map[string]*document.Row   // by record id: the row with its anchor
	tableOf     map[string]*document.Table // by derivation id: the table that prints it
	uses        map[string][]link          // by derivation id: where it is printed
	place       string                     // "summary", "annex 2": for paragraphs without a number
	notes       []*document.Footnote       // of the top part at hand
}

func newPage(doc *document.Document) (*page, error) {
	b := &builder{
		masthead:    cleanMasthead(doc.Masthead),
		derivations: map[string]derive.Derivation{}, ids: map[string]bool{},
		owner: map[string]*document.Row{}, tableOf: map[string]*document.Table{}, uses: map[string][]link{},
	}
	if err := b.survey(doc); err != nil {
		return nil, err
	}
	p := &page{Style: template.CSS(style), Script: template.JS(script), Masthead: b.masthead}
	p.Margins, p.Banner, p.Missing = margins(p.Masthead), clean(document.Banner(p.Marking)), p.Masthead.Missing()
	p.Series, p.Serial, _ = strings.Cut(p.Symbol, "/")
	if p.Serial != "" {
		p.Serial = "/" + p.Serial
	}
	var err error
	b.place = "summary"
	for _, para := range doc.Summary {
		blk, err := b.paragraph(para)
		if err != nil {
			return nil, fmt.Errorf("summary: %w", err)
		}
		p.Summary = append(p.Summary, &block{Paragraph: blk})
	}
	p.Notes = b.takeNotes()
	if p.Sections, err = b.parts(doc.Sections, false); err != nil {
		return nil, err
	}
	if p.Annexes, err = b.parts(doc.Annexes, true); err != nil {
		return nil, err
	}
	p.Margins += stamps(p.Annexes, p.Banner)
	if p.Cards, p.Lists, err = b.cards(doc.Derivations); err != nil {
		return nil, err
	}
	for _, id := range b.targets {
		if !b.ids[id] {
			return nil, fmt.Errorf("reference to %q: %w", id, ErrTarget)
		}
	}
	return p, nil
}

// pageIDs are the anchors of the page's own parts.
var pageIDs = []string{"top", "contents", "summary", "derivations", "card"}

// survey takes the ids of the page and its cards and decides which row carries
// a record's anchor: a register in the annexes before a table in the text.
func (b *builder) survey(doc *document.Document) error {
	for _, id := range pageIDs {
		b.ids[id] = true
	}
	for _, d := range doc.Derivations {
		if err := b.take("d-" + d.ID); err != nil {
			return err
		}
		b.derivations[d.ID] = d
	}
	annexes := &document.Document{Sections: doc.Annexes}
	for _, part := range []*document.Document{annexes, doc} {
		for t := range tables(part) {
			if err := b.surveyRows(t); err != nil {
				return err
			}
		}
	}
	for t := range tables(doc) {
		if t.Derivation != "" && t.ID != "" && b.tableOf[t.Derivation] == nil {
			b.tableOf[t.Derivation] = t
		}
	}
	return nil
}

func tables(doc *document.Document) iter.Seq[*document.Table] {
	return func(yield func(*document.Table) bool) {
		for blk := range doc.Blocks() {
			if t, ok := blk.(*document.Table); ok && !yield(t) {
				return
			}
		}
	}
}

func (b *builder) surveyRows(t *document.Table) error {
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Record == "" || b.owner[r.Record] != nil {
			continue
		}
		b.owner[r.Record] = r
		if err := b.take(recordAnchor(r.Record)); err != nil {
			return err
		}
	}
	return nil
}

// take claims an anchor; the empty one is none.
func (b *builder) take(id string) error {
	switch {
	case id == "":
		return nil
	case !isAnchor(id):
		return fmt.Errorf("id %q: %w", id, ErrAnchor)
	case b.ids[id]:
		return fmt.Errorf("id %q, used twice: %w", id, ErrAnchor)
	}
	b.ids[id] = true
	return nil
}

func (b *builder) takeNotes() []*document.Footnote {
	notes := b.notes
	b.notes = nil
	return notes
}

func (b *builder) parts(list []*document.Section, annex bool) ([]*section, error) {
	var out []*section
	for _, s := range list {
		b.place = "section " + s.Number
		if annex {
			b.place = "annex " + s.Number
		}
		part, err := b.section(s, 2, annex)
		if err != nil {
			return nil, err
		}
		part.Notes = b.takeNotes()
		part.Landscape = annex && wideFirst(s)
		part.Stamp = clean(s.Stamp)
		out = append(out, part)
	}
	return out, nil
}

func (b *builder) section(s *document.Section, level int, annex bool) (*section, error) {
	out := &section{ID: s.ID, Number: s.Number, Title: clean(s.Title), Level: min(level, 6), Annex: annex && level == 2}
	if out.ID == "" { // contents must lead somewhere
		out.ID = fmt.Sprintf("section-%d", len(b.ids))
	}
	if err := b.take(out.ID); err != nil {
		return nil, fmt.Errorf("section %s: %w", s.Number, err)
	}
	for _, blk := range s.Blocks {
		v, err := b.block(blk)
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", s.Number, err)
		}
		out.Blocks = append(out.Blocks, v)
	}
	for _, sub := range s.Sections {
		v, err := b.section(sub, level+1, annex)
		if err != nil {
			return nil, err
		}
		out.Sections = append(out.Sections, v)
	}
	return out, nil
}

// wideFirst reports whether a wide table comes after no more than a few
// paragraphs: then the heading goes on the table's landscape page rather than
// alone on one before it.
func wideFirst(s *document.Section) bool {
	const few = 3
	seen := 0
	for blk := range (&document.Document{Sections: []*document.Section{s}}).Blocks() {
		switch blk := blk.(type) {
		case *document.Table:
			return blk.Wide
		case *document.Paragraph:
			seen++
		}
		if _, drawn := blk.(*document.Chart); drawn || seen > few {
			return false
		}
	}
	return false
}

func (b *builder) block(blk document.Block) (out *block, err error) {
	out = &block{}
	switch v := blk.(type) {
	case *document.Paragraph:
		out.Paragraph, err = b.paragraph(v)
	case *document.Table:
		out.Table, err = b.table(v)
	case *document.Chart:
		out.Chart, err = b.chart(v)
	}
	return out, err
}

// margins is the rule for what every printed page carries beside its number. It
// is written here because html/template takes a string with a colon, in a style
// sheet, for an address.
func margins(m document.Masthead) template.CSS {
	css := "@page { @top-left { content: " + cssString(m.Symbol) + " } @bottom-left { content: " +
		cssString(m.Confidentiality) + " } @bottom-right { content: " + cssString(m.Copy) + " } }\n@page :first { @top-left { content: none } }"
	if banner := clean(document.Banner(m.Marking)); banner != "" {
		content := "content: " + cssString(banner) + "; width: 40%; text-align: center; font: 8.5pt \"Source Sans 3\", Inter, \"Liberation Sans\", sans-serif; font-weight: bold; "
		css += "\n@page { @top-left { width: 30% } @top-right { width: 30% } @bottom-left { width: 30% } @bottom-right { width: 30% }\n" +
			"@top-center { " + content + "vertical-align: bottom; padding-bottom: 2mm; margin-bottom: 7mm; border-bottom: 0.5pt solid #1b1f24 }\n" +
			"@bottom-center { " + content + "vertical-align: top; padding-top: 6mm } }\n@page :first { @top-center { border: 0 } }\n" + markStyle
	}
	return template.CSS(css)
}

// stamps is the rules for the pages of annexes with a stamp: it stands at the head of
// each, above the marking of a document that has one.
func stamps(annexes []*section, banner string) template.CSS {
	var css strings.Builder
	for _, s := range annexes {
		if s.Stamp == "" {
			continue
		}
		text := s.Stamp
		if banner != "" {
			text += " · " + banner
		}
		for _, page := range []struct{ name, of, size string }{
			{"stamped-" + s.Number, "#" + s.ID, ""},
			{"stamped-wide-" + s.Number, "#" + s.ID + " .wide", "size: A4 landscape; "},
		} {
			fmt.Fprintf(&css, "\n@page %s { %s@top-left { width: 30%% } @top-right { width: 30%% } @top-center { content: %s; width: 40%%; text-align: center; "+
				"font: 9pt \"Source Sans 3\", Inter, \"Liberation Sans\", sans-serif; font-weight: bold; letter-spacing: 0.12em; "+
				"vertical-align: bottom; padding-bottom: 2mm; margin-bottom: 7mm; border-bottom: 0.5pt solid #1b1f24 } }\n@media print { %s { page: %s } }",
				page.name, page.size, cssString(text), page.of, page.name)
		}
	}
	return template.CSS(css.String())
}

// markStyle is how markings look in a document that has one; on paper they stand
// in the margins of every page.
const markStyle = `.marking { font-family: var(--sans); font-weight: 700; text-align: center; padding: 0.5rem 0 }
.portion { font-family: var(--sans); font-size: 0.78em }
@media print { .marking { display: none } }`

// cssString quotes text for a style sheet; what could end the string or the
// style element is written by its code.
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if strings.ContainsRune("\"\\<>&\n\r\f", r) {
			fmt.Fprintf(&b, "\\%06x", r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func cleanMasthead(m document.Masthead) document.Masthead {
	for _, s := range []*string{
		&m.Body, &m.Organ, &m.Symbol, &m.Distribution, &m.Language, &m.Title, &m.Subtitle, &m.Addressee,
		&m.Confidentiality, &m.Period, &m.View, &m.ViewRule, &m.Copy, &m.Withheld,
	} {
		*s = clean(*s)
	}
	return m
}

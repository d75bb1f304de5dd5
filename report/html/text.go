package html

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/report/document"
)

// paragraph is a paragraph for print.
type paragraph struct {
	ID         string
	Number     int
	Class      string
	Portion    string // its marking, in a document that has one
	Definition string
	Spans      []span
	Unverified bool
	Single     bool
}

// span is a run of text; Kind names the template that prints it.
type span struct {
	Kind   string
	Text   string
	ID     string            // figure: the derivation
	Style  template.HTMLAttr // figure: data-style
	Href   string            // reference, quote: the anchor, empty for none
	Title  string
	Number int    // note
	Mark   string // figure: why it is to be verified, empty if it is not
	Short  bool   // figure: kept on one line
}

// link is a place to go.
type link struct{ Href, Text string }

func (b *builder) paragraph(p *document.Paragraph) (*paragraph, error) {
	if err := b.take(p.ID); err != nil {
		return nil, err
	}
	out := &paragraph{ID: p.ID, Number: p.Number, Definition: clean(p.Definition), Unverified: p.Unverified, Single: p.Single}
	out.Portion = clean(b.masthead.Portion(p.Marking))
	out.Class = "para"
	if p.Number > 0 {
		out.Class += " numbered"
	}
	if p.Recommendation {
		out.Class += " recommendation"
	}
	for _, s := range p.Spans {
		v, err := b.span(p, s)
		if err != nil {
			return nil, fmt.Errorf("paragraph %s: %w", p.Label(), err)
		}
		out.Spans = append(out.Spans, v)
	}
	return out, nil
}

func (b *builder) span(p *document.Paragraph, s document.Span) (span, error) {
	out := span{Kind: "text", Text: clean(s.Text)}
	switch s.Kind {
	case document.Figure:
		return b.figure(p, s)
	case document.Reference:
		out.Kind, out.Href = "reference", s.Target
		b.targets = append(b.targets, s.Target)
	case document.Quote:
		out.Kind, out.Title = "quote", clean(strings.Trim(s.Record+", "+s.Field, ", "))
		if b.owner[s.Record] != nil {
			out.Href = recordAnchor(s.Record)
		}
	case document.Note:
		if s.Footnote == nil {
			break
		}
		out.Kind, out.Text, out.Number = "note", clean(s.Footnote.Text), s.Footnote.Number
		note := &document.Footnote{Number: s.Footnote.Number, Text: out.Text}
		if len(s.Footnote.Opens) <= maxOpened { // a command that fits a line
			note.Opens = s.Footnote.Opens
		}
		b.notes = append(b.notes, note)
		for _, id := range []string{fmt.Sprintf("fn-%d", out.Number), fmt.Sprintf("fnref-%d", out.Number)} {
			if err := b.take(id); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func (b *builder) figure(p *document.Paragraph, s document.Span) (span, error) {
	d, ok := b.derivations[s.Derivation]
	if !ok {
		return span{}, fmt.Errorf("figure %q, derivation %q: %w", s.Text, s.Derivation, ErrDerivation)
	}
	switch {
	case p.Number > 0:
		b.use(d.ID, link{p.ID, fmt.Sprintf("para. %d", p.Number)})
	case p.ID != "":
		b.use(d.ID, link{p.ID, b.place})
	}
	// html/template takes data-style for a style sheet; it is a word.
	attr := template.HTMLAttr(`data-style="` + html.EscapeString(s.Style) + `"`)
	out := span{Kind: "figure", Text: s.Text, ID: d.ID, Style: attr, Short: utf8.RuneCountInString(s.Text) <= longWord}
	if s.Unverified {
		out.Mark = restsOn(d.Result.Unverified)
	}
	return out, nil
}

// use notes where a derivation is printed, each place once.
func (b *builder) use(id string, at link) {
	for _, u := range b.uses[id] {
		if u.Text == at.Text {
			return
		}
	}
	b.uses[id] = append(b.uses[id], at)
}

// maxNamed is how many records a tooltip names before it only counts.
const maxNamed = 6

func restsOn(records []string) string {
	const what = "to be verified"
	switch n := len(records) - maxNamed; {
	case len(records) == 0:
		return what
	case n > 0:
		return fmt.Sprintf("%s: rests on %s and %d more", what, clean(strings.Join(records[:maxNamed], ", ")), n)
	}
	return what + ": rests on " + clean(strings.Join(records, ", "))
}

// clean makes text from records harmless in a page: what XML cannot hold and
// control characters become U+FFFD, and controls that reorder the text around
// them (of which a name has no need) are printed by their code.
func clean(s string) string {
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff:
			return '\ufffd'
		}
		return r
	}, bidi.Replace(s)), "\ufffd")
}

var bidi = func() *strings.Replacer {
	var pairs []string
	for _, r := range "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		pairs = append(pairs, string(r), fmt.Sprintf("[%U]", r))
	}
	return strings.NewReplacer(pairs...)
}()

// isAnchor reports whether the id is an anchor that needs no escaping anywhere.
func isAnchor(id string) bool {
	return id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// recordAnchor is "r-" and the record's id, in which "_" and any byte that an
// anchor cannot have is written as "_" and two hexadecimal digits.
func recordAnchor(id string) string {
	var b strings.Builder
	b.WriteString("r-")
	for _, c := range []byte(id) {
		if c != '_' && isAnchor(string(rune(c))) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// maxOpened is how many records a footnote says how to open the evidence of.
const maxOpened = 3

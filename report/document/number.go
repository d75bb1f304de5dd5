package document

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Number gives every section, paragraph, table, chart and footnote its number in
// reading order and resolves references. The error names the first reference
// that leads nowhere.
func (d *Document) Number() error {
	n := numbering{labels: map[string]string{}}
	for _, p := range d.Summary {
		p.Place = "summary"
		n.notesOf(p)
	}
	for i, s := range d.Sections {
		n.section(s, Roman(i+1), "section ", true, 1)
	}
	for i, s := range d.Annexes {
		n.section(s, strconv.Itoa(i+1), "annex ", false, 1)
	}
	for p := range d.Paragraphs() {
		for i, s := range p.Spans {
			if s.Kind != Reference {
				continue
			}
			label, ok := n.labels[s.Target]
			if !ok {
				return fmt.Errorf("paragraph %s: reference to %q leads nowhere", p.Label(), s.Target)
			}
			if startsSentence(p.Spans[:i]) {
				label = strings.ToUpper(label[:1]) + label[1:]
			}
			p.Spans[i].Text = label
		}
	}
	return nil
}

// startsSentence reports whether what follows the spans begins a sentence.
func startsSentence(before []Span) bool {
	for i := len(before) - 1; i >= 0; i-- {
		text := strings.TrimSpace(before[i].Text)
		if before[i].Kind != Note && text != "" {
			return strings.HasSuffix(text, ".")
		}
	}
	return true
}

type numbering struct {
	paragraph, table, chart, note int
	labels                        map[string]string
}

// section numbers a section and what is in it; path is the label of the section
// it lies in.
func (n *numbering) section(s *Section, number, path string, body bool, level int) {
	s.Number = number
	label := path + number
	n.labels[s.ID] = label
	if body {
		path = label + "."
	}
	for _, b := range s.Blocks {
		n.block(b, label, body)
	}
	for i, sub := range s.Sections {
		next := string(rune('A' + i))
		if !body {
			next = fmt.Sprintf("%s.%d", number, i+1)
		} else if level == 2 {
			next = strconv.Itoa(i + 1)
		}
		n.section(sub, next, path, body, level+1)
	}
}

func (n *numbering) block(b Block, section string, body bool) {
	switch b := b.(type) {
	case *Paragraph:
		if body {
			n.paragraph++
			b.Number = n.paragraph
		} else {
			b.Place = section
		}
		if b.ID == "" && b.Number > 0 {
			b.ID = fmt.Sprintf("p-%d", b.Number)
		}
		if b.Number > 0 {
			n.labels[b.ID] = fmt.Sprintf("para. %d", b.Number)
		}
		n.notesOf(b)
	case *Table:
		n.table++
		b.Label = fmt.Sprintf("Table %d", n.table)
		n.labels[b.ID] = fmt.Sprintf("table %d", n.table)
	case *Chart:
		n.chart++
		b.Label = "Figure " + Roman(n.chart)
		n.labels[b.ID] = "figure " + Roman(n.chart)
	}
}

func (n *numbering) notesOf(p *Paragraph) {
	for _, s := range p.Spans {
		if s.Kind == Note {
			n.note++
			s.Footnote.Number = n.note
		}
	}
}

// Label says where the paragraph stands: "12", or "summary" and "annex 4".
func (p *Paragraph) Label() string {
	if p.Number > 0 {
		return strconv.Itoa(p.Number)
	}
	return p.Place
}

// Plain is the paragraph's text without footnotes.
func (p *Paragraph) Plain() string {
	var b strings.Builder
	for _, s := range p.Spans {
		if s.Kind != Note {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// Paragraphs yields every paragraph in reading order: summary, body, annexes.
func (d *Document) Paragraphs() iter.Seq[*Paragraph] {
	return func(yield func(*Paragraph) bool) {
		for _, p := range d.Summary {
			if !yield(p) {
				return
			}
		}
		for b := range d.Blocks() {
			if p, ok := b.(*Paragraph); ok && !yield(p) {
				return
			}
		}
	}
}

// Blocks yields every block of body and annexes in reading order.
func (d *Document) Blocks() iter.Seq[Block] {
	return func(yield func(Block) bool) {
		for _, list := range [][]*Section{d.Sections, d.Annexes} {
			for _, s := range list {
				if !s.blocks(yield) {
					return
				}
			}
		}
	}
}

func (s *Section) blocks(yield func(Block) bool) bool {
	for _, b := range s.Blocks {
		if !yield(b) {
			return false
		}
	}
	for _, sub := range s.Sections {
		if !sub.blocks(yield) {
			return false
		}
	}
	return true
}

var romans = []struct {
	value int
	text  string
}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}

// Roman writes a positive number in Roman numerals.
func Roman(n int) string {
	var b strings.Builder
	for _, r := range romans {
		for ; n >= r.value; n -= r.value {
			b.WriteString(r.text)
		}
	}
	return b.String()
}

package docx

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/report/document"
)

// item is a heading (block nil) or a block in print order, with the page it
// needs.
type item struct {
	section *document.Section
	depth   int
	annex   bool
	block   document.Block
	sheet
}

// sheet is a kind of page.
type sheet struct {
	wide  bool   // landscape
	stamp string // a word at its head
}

// maxLead is how many paragraphs go along with a wide table rather than stand
// alone on a page before it.
const maxLead = 4

// flow lays the sections out in print order and decides which pages are
// landscape: those of wide tables, and with them the headings and few paragraphs
// that would otherwise have a page to themselves.
func flow(doc *document.Document) ([]item, error) {
	var items []item
	for _, list := range []struct {
		sections []*document.Section
		annex    bool
	}{{doc.Sections, false}, {doc.Annexes, true}} {
		for _, s := range list.sections {
			var err error
			if items, err = flatten(items, s, 1, list.annex, ""); err != nil {
				return nil, err
			}
		}
	}
	for i := range items {
		if t, ok := items[i].block.(*document.Table); ok && t.Wide {
			items[i].wide = true
			widenLead(items[:i])
		}
	}
	return items, nil
}

func flatten(items []item, s *document.Section, depth int, annex bool, stamp string) ([]item, error) {
	if s == nil {
		return nil, fmt.Errorf("section: %w", ErrMissing)
	}
	on := sheet{stamp: cmp.Or(s.Stamp, stamp)}
	items = append(items, item{section: s, depth: depth, annex: annex, sheet: on})
	for i, b := range s.Blocks {
		if missing(b) {
			return nil, fmt.Errorf("section %s: block %d: %w", s.ID, i+1, ErrMissing)
		}
		items = append(items, item{section: s, annex: annex, block: b, sheet: on})
	}
	for _, sub := range s.Sections {
		var err error
		if items, err = flatten(items, sub, depth+1, annex, on.stamp); err != nil {
			return nil, err
		}
	}
	return items, nil
}

func missing(b document.Block) bool {
	switch v := b.(type) {
	case *document.Paragraph:
		return v == nil
	case *document.Table:
		return v == nil
	case *document.Chart:
		return v == nil || v.Drawing == nil
	}
	return true
}

// widenLead turns what leads up to a wide table: always its own heading, and
// the paragraphs between where a page begins with them.
func widenLead(before []item) {
	paragraphs, start, starts := 0, len(before), false
	for start > 0 && !starts {
		it := before[start-1]
		_, isParagraph := it.block.(*document.Paragraph)
		if it.wide || it.block != nil && !isParagraph {
			starts = it.wide
			break
		}
		if isParagraph {
			paragraphs++
		}
		start--
		starts = start == 0 || it.block == nil && it.annex && it.depth == 1
	}
	if !starts || paragraphs > maxLead {
		start = len(before)
		for start > 0 && before[start-1].block == nil {
			start--
		}
	}
	for i := start; i < len(before); i++ {
		before[i].wide = true
	}
}

// marks are the document's bookmarks: which anchor is called what, and what
// carries it.
type marks struct {
	names  map[string]string // anchor → bookmark
	owners map[any]string    // section, block or row → bookmark
	used   map[string]int    // by name in lower case: Word does not tell case apart
	placed int
}

// newMarks names a bookmark for every heading and for everything that has an
// anchor. A record shown more than once is found in the annex, where the
// register is.
func newMarks(doc *document.Document) marks {
	m := marks{names: map[string]string{}, owners: map[any]string{}, used: map[string]int{}}
	for _, list := range [][]*document.Section{doc.Annexes, doc.Sections} {
		for _, s := range list {
			m.section(s)
		}
	}
	for _, p := range doc.Summary {
		if p != nil {
			m.own(p, p.ID)
		}
	}
	return m
}

func (m *marks) section(s *document.Section) {
	m.own(s, s.ID)
	if m.owners[s] == "" {
		m.owners[s] = m.name("heading")
	}
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *document.Paragraph:
			m.own(b, b.ID)
		case *document.Table:
			m.own(b, b.ID)
			for i := range b.Rows {
				m.row(&b.Rows[i])
			}
		case *document.Chart:
			m.own(b, b.ID)
		}
	}
	for _, sub := range s.Sections {
		m.section(sub)
	}
}

// row gives a row the anchor of its record; a derivation's row has that of the
// derivation.
func (m *marks) row(r *document.Row) {
	switch {
	case strings.HasPrefix(r.Record, "d-"):
		m.own(r, r.Record)
	case r.Record != "":
		m.own(r, "r-"+r.Record)
	}
}

// own gives an anchor to the first that claims it.
func (m *marks) own(owner any, anchor string) {
	if anchor == "" || m.names[anchor] != "" {
		return
	}
	m.names[anchor] = m.name(anchor)
	m.owners[owner] = m.names[anchor]
}

// name makes a new bookmark name as Word allows it: a letter, then letters,
// digits and underscores, at most 40 in all, each name once.
func (m *marks) name(anchor string) string {
	base := "b_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, anchor)
	base = base[:min(len(base), 32)]
	name, key := base, strings.ToLower(base)
	for m.used[strings.ToLower(name)] > 0 {
		m.used[key]++
		name = base + "_" + strconv.Itoa(m.used[key])
	}
	m.used[strings.ToLower(name)]++
	return name
}

// around sets the owner's bookmark, if it has one, around content.
func (m *marks) around(owner any, content []*node) []*node {
	name := m.owners[owner]
	if name == "" {
		return content
	}
	delete(m.owners, owner) // once, though a block stand in two places
	m.placed++
	id := strconv.Itoa(m.placed)
	out := append([]*node{el("w:bookmarkStart").with("w:id", id, "w:name", name)}, content...)
	return append(out, el("w:bookmarkEnd").with("w:id", id))
}

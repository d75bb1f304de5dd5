package report

import (
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/annex"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Cover is printed in place of what a recipient may not see.
const Cover = document.Cover

// Whole is what a report for one recipient is held against: everything there is,
// and the same report written from it. None of it is printed.
type Whole struct {
	Document *document.Document
	Source   Source
	Registry *derive.Registry
}

// Withhold covers, in a document written from what the recipient may see, all that
// would be another if everything had gone into it: figures that differ, paragraphs
// that would be worded otherwise, tables and charts. What is printed is therefore
// made of nothing but what the recipient may see, and whether a thing is covered
// is all that the rest decides: two reports, or a report and its records, cannot
// be set against each other to compute what is withheld.
//
// A figure that is covered inherits the highest marking of its inputs; its
// derivation keeps that marking's label and loses its result. Of a table in which
// every row is a record's, the rows that stand unchanged are printed; any other
// table that would differ is covered as a whole, because the pattern of its covered
// cells would place the record, and so is every such chart.
func Withhold(doc *document.Document, seen Source, whole Whole) error {
	c := &cover{
		registry: whole.Registry, whole: whole.Source, records: map[string]string{}, partly: map[string]bool{},
		asks: map[string]string{}, differs: map[string]string{}, tables: map[string]rowPlan{},
	}
	if err := c.survey(seen); err != nil {
		return err
	}
	if err := c.derivations(doc, whole.Document); err != nil {
		return err
	}
	c.wordings(doc, whole.Document)
	c.exhibits(doc, whole.Document)
	doc.Derivations, doc.Asked = used(doc, doc.Derivations), nil
	for b := range doc.Blocks() {
		if t, ok := b.(*document.Table); ok && t.ID == annex.FiguresID {
			t.Rows = figureRows(doc)
		}
	}
	return finish(doc)
}

// cover is a document being covered.
type cover struct {
	registry *derive.Registry
	whole    Source
	marks    prose.Marks        // of everything
	records  map[string]string  // id to digest of what the recipient may see
	partly   map[string]bool    // ids of records of which the recipient sees a part
	asks     map[string]string  // what a derivation asks, function and parameters, by id
	differs  map[string]string  // what has another result over everything, to the label of its marking
	tables   map[string]rowPlan // by what they answer
}

// withheld reports whether the derivation has another result over everything.
func (c *cover) withheld(id string) bool {
	_, ok := c.differs[c.asks[id]]
	return ok
}

// any reports whether one of the derivations is withheld.
func (c *cover) any(ids []string) bool { return slices.ContainsFunc(ids, c.withheld) }

// survey learns what the recipient may see and what of it is a part only.
func (c *cover) survey(seen Source) error {
	all, err := c.whole.Records("")
	if err != nil {
		return fmt.Errorf("cover report: %w", err)
	}
	if c.marks, err = prose.MarksOf(c.registry, c.whole); err != nil {
		return fmt.Errorf("cover report: %w", err)
	}
	kinds := map[string]bool{}
	for _, r := range all {
		kinds[string(r.Kind())] = true
	}
	for k := range kinds {
		mine, err := seen.Set(k)
		if err != nil {
			return fmt.Errorf("cover report: %w", err)
		}
		for _, in := range mine.Inputs() {
			c.records[in.ID] = in.Digest
		}
		every, err := c.whole.Set(k)
		if err != nil {
			return fmt.Errorf("cover report: %w", err)
		}
		for _, in := range every.Inputs() {
			if digest, ok := c.records[in.ID]; ok && digest != in.Digest {
				c.partly[in.ID] = true
			}
		}
	}
	return nil
}

// derivations derives every result again over everything, and takes away what
// comes out otherwise.
func (c *cover) derivations(doc, whole *document.Document) error {
	for _, d := range whole.Asked {
		c.asks[d.ID] = ask(d)
	}
	for _, d := range doc.Asked {
		c.asks[d.ID] = ask(d)
		full, err := c.again(d)
		if err != nil {
			return fmt.Errorf("cover report: %w", err)
		}
		if full.Result.Equal(d.Result) {
			continue
		}
		c.differs[ask(d)] = c.label(full)
		if d.Result.Table != nil && full.Result.Table != nil {
			c.tables[ask(d)] = c.plan(d.Result.Table, full.Result.Table)
		}
	}
	for i, d := range doc.Derivations {
		if !c.withheld(d.ID) {
			continue
		}
		doc.Derivations[i] = d.Withhold(c.differs[ask(d)])
		if plan := c.tables[ask(d)]; plan.listing {
			doc.Derivations[i].Result.Table = plan.derived(d.Result.Table)
		}
	}
	return nil
}

// again derives over everything; where nothing that the derivation read is withheld
// it is the same.
func (c *cover) again(d derive.Derivation) (derive.Derivation, error) {
	for _, in := range d.Inputs {
		s, err := c.whole.Set(in.Kind)
		if err != nil {
			return d, err
		}
		if s.Digest() != in.Digest {
			return c.registry.Derive(d.Function, d.Params, c.whole)
		}
	}
	return d, nil
}

// ask is the question that a derivation answers.
func ask(d derive.Derivation) string { return d.Function + " " + d.Params.String() }

// label is of the marking that a result over everything inherits: of the records it
// rests on, or of all it read where these are public.
func (c *cover) label(d derive.Derivation) string {
	m := c.marks.Of(d)
	if m.IsZero() {
		d.Result.Records = nil
		m = c.marks.Of(d)
	}
	return m.Label()
}

// wordings covers the figures that differ, and the paragraphs whose words they
// chose or that would not stand in their section in these words.
func (c *cover) wordings(doc, whole *document.Document) {
	said := map[string]bool{}
	for at, p := range placed(whole) {
		said[at+"\n"+c.wording(p)] = true
	}
	for at, p := range placed(doc) {
		if c.any(p.Chosen) || !said[at+"\n"+c.wording(p)] {
			*p = document.Paragraph{ID: p.ID, Definition: p.Definition, Spans: []document.Span{{Kind: document.Text, Text: Cover}}}
			continue
		}
		p.Unverified = false
		for i := range p.Spans {
			c.span(&p.Spans[i])
			p.Unverified = p.Unverified || p.Spans[i].Unverified
		}
	}
}

func (c *cover) span(s *document.Span) {
	switch {
	case s.Kind == document.Figure && c.withheld(s.Derivation):
		s.Text, s.Unverified = Cover, false
	case s.Kind == document.Text && c.withheld(s.Chosen):
		s.Text = s.Instead
	}
	s.Chosen, s.Instead = "", ""
}

// exhibits covers tables and charts.
func (c *cover) exhibits(doc, whole *document.Document) {
	tables, charts := map[string]*document.Table{}, map[string]*document.Chart{}
	for b := range whole.Blocks() {
		switch b := b.(type) {
		case *document.Table:
			tables[b.ID] = b
		case *document.Chart:
			charts[b.ID] = b
		}
	}
	for b := range doc.Blocks() {
		switch b := b.(type) {
		case *document.Table:
			if b.ID != annex.FiguresID {
				c.table(b, tables[b.ID])
			}
		case *document.Chart:
			c.chart(b, charts[b.ID])
		}
	}
}

func (c *cover) table(t, whole *document.Table) {
	if whole == nil {
		whole = &document.Table{}
	}
	own := c.withheld(t.Derivation)
	t.Chosen = slices.DeleteFunc(t.Chosen, func(id string) bool { return id == t.Derivation })
	if c.any(t.Chosen) || t.Caption != whole.Caption || t.Note != whole.Note {
		t.Caption, t.Note = Cover, Cover
	}
	if own {
		t.Rows = c.tables[c.asks[t.Derivation]].printed(t)
	}
	t.Chosen = nil
}

func (c *cover) chart(v, whole *document.Chart) {
	same := whole != nil && !c.withheld(v.Derivation) && !c.any(v.Chosen) && v.Caption == whole.Caption && v.Note == whole.Note &&
		string(v.Drawing.SVG("")) == string(whole.Drawing.SVG("")) && v.Drawing.Alt() == whole.Drawing.Alt()
	if !same {
		*v = document.Chart{ID: v.ID, Label: v.Label, Caption: Cover, Derivation: v.Derivation, Drawing: covering{}, Note: Cover}
	}
	v.Chosen = nil
}

// covering is drawn in place of a chart.
type covering struct{}

// SVG is a small drawing that says so.
func (covering) SVG(string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 40" width="720" height="40" role="img"><title>` + Cover +
		`</title><text x="0" y="26" font-size="14" fill="#57606a">` + Cover + `</text></svg>`)
}

// EMF is nothing: the text alternative is printed.
func (covering) EMF() []byte { return nil }

// Alt is the cover.
func (covering) Alt() string { return Cover }

// Size is that of the drawing.
func (covering) Size() (width, height int) { return 720, 40 }

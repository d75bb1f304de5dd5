package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/report/annex"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/outline"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Source is what a report is written from; a desk is one.
type Source = prose.Source

// Build writes the report: same records, same settings, same document.
func Build(src Source, reg *derive.Registry, s Settings) (*document.Document, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	w, err := prose.NewWriter(reg, src, derive.Params{
		"from": strconv.Itoa(s.From), "to": strconv.Itoa(s.To), "view": string(s.View), "scope": "crypto",
	})
	if err != nil {
		return nil, err
	}
	period := strconv.Itoa(s.From)
	if s.To != s.From {
		period += "–" + strconv.Itoa(s.To)
	}
	w.Settings["period"], w.Settings["view"], w.Settings["symbol"] = period, string(s.View), s.Symbol
	if err := verifyCitations(w); err != nil {
		return nil, err
	}
	c := outline.Context{
		Body: s.Body, From: s.From, To: s.To, View: s.View,
		Committee: s.Committee, States: s.States, Sections: s.Sections,
	}
	if len(c.Sections) == 0 {
		c.Sections = outline.Names()
	}
	doc := &document.Document{Masthead: masthead(s, period)}
	doc.Summary = outline.Summary(w, c)
	if doc.Sections, err = outline.Body(w, c); err != nil {
		return nil, err
	}
	doc.Annexes = annex.Write(w, slices.Contains(c.Sections, "cyber"))
	figures := annex.Figures(w, nil)
	doc.Annexes = append(doc.Annexes, figures)
	if err := w.Err(); err != nil {
		return nil, err
	}
	if err := doc.Number(); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	doc.Asked = w.Derivations()
	doc.Derivations = used(doc, doc.Asked)
	*figures = *annex.Figures(w, figureRows(doc))
	if err := finish(doc); err != nil {
		return nil, err
	}
	return doc, w.Err()
}

// finish numbers the document and marks it as a whole.
func finish(doc *document.Document) error {
	if err := doc.Number(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for b := range doc.Blocks() {
		if t, ok := b.(*document.Table); ok && t.ID == annex.FiguresID {
			t.Marking = ofText(doc)
		}
	}
	doc.Masthead.Marking = doc.Overall()
	return nil
}

// ofText is the marking of the paragraphs, whose figures an annex lists again.
func ofText(doc *document.Document) marking.Marking {
	var all []marking.Marking
	for p := range doc.Paragraphs() {
		all = append(all, p.Marking)
	}
	return marking.Join(all...)
}

// verifyCitations tells the writer which paragraphs a lawyer has to check.
func verifyCitations(w *prose.Writer) error {
	_, t := w.Table("regime.verify.table", nil)
	var citations []string
	for _, r := range t.Rows {
		citations = append(citations, t.Cell(r, "citation"))
	}
	w.VerifyCitations(citations)
	return w.Err()
}

func masthead(s Settings, period string) document.Masthead {
	return document.Masthead{
		Body: prose.Sentence(s.Body), Organ: s.Organ, Symbol: s.Symbol, Distribution: s.Distribution, Language: s.Language, Title: s.Title, Subtitle: s.Subtitle,
		Addressee: s.Addressee, Confidentiality: s.Confidentiality, Copy: s.Copy, Date: s.Date,
		Period: period, View: string(s.View), ViewRule: s.View.Describe(),
	}
}

// used keeps the derivations that something printed in the document names; the
// outline also asks questions whose answers only choose a sentence.
func used(doc *document.Document, all []derive.Derivation) []derive.Derivation {
	named := map[string]bool{}
	for p := range doc.Paragraphs() {
		for _, s := range p.Spans {
			named[s.Derivation] = true
		}
	}
	for b := range doc.Blocks() {
		switch b := b.(type) {
		case *document.Table:
			named[b.Derivation] = true
		case *document.Chart:
			named[b.Derivation] = true
		}
	}
	var out []derive.Derivation
	for _, d := range all {
		if named[d.ID] {
			out = append(out, d)
		}
	}
	return out
}

// figureRows lists the figures printed in the text with the paragraphs they
// stand in, in order of function and parameters.
func figureRows(doc *document.Document) []document.Row {
	places := map[string][]string{}
	for p := range doc.Paragraphs() {
		label := p.Label()
		for _, s := range p.Spans {
			if at := places[s.Derivation]; s.Derivation != "" && (len(at) == 0 || at[len(at)-1] != label) {
				places[s.Derivation] = append(at, label)
			}
		}
	}
	var out []document.Row
	for _, d := range sortedByFunction(doc.Derivations) {
		at, ok := places[d.ID]
		if !ok {
			continue
		}
		cells := []string{d.ID, d.Function, d.Params.String(), d.Print(derive.Plain, document.Cover), d.Result.Unit, strings.Join(at, ", ")}
		out = append(out, document.Row{Cells: cells, Values: cells, Record: "d-" + d.ID, Unverified: len(d.Result.Unverified) > 0})
	}
	return out
}

func sortedByFunction(ds []derive.Derivation) []derive.Derivation {
	return slices.SortedFunc(slices.Values(ds), func(a, b derive.Derivation) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Params.String(), b.Params.String()))
	})
}

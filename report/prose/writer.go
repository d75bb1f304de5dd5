// Package prose writes the paragraphs, tables and charts of a report so that no
// number can get in but through a derivation. Text is written with references in
// braces; a Writer turns each into a span that knows where it comes from.
//
//	w.Para("The register holds {cyber.incidents.count} incidents worth " +
//		"{cyber.losses.usd}{source INC-2022-040}.")
//
// References:
//
//	{name key=value … |style}  a figure; from, to, view default to the report's
//	{date 2022-03-23}          a date, {date 2022-03-23|iso} as in tables
//	{cite S/RES/2397 (2017) OP8}   a paragraph or document symbol
//	{quote INC-2022-040 victim}    a field of a record, word for word
//	{ref table-views}          a table, chart, paragraph, section or annex
//	{source ID}                a footnote citing the record's sources
//	{basis name key=value …}   a footnote citing the sources a figure rests on
//	{plural name key=value …|word|words}   words chosen by whether the figure is one
//	{count name key=value …|word|words}    the figure and then its noun
//	{period}, {view}, {symbol} settings of the report
//
// The first mistake is kept and returned by Err; the Writer goes on, so that one
// run finds it without a cascade.
package prose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
)

// Source is what a report is written from; a desk is one.
type Source interface {
	derive.Sets
	// Records returns the records of a kind sorted by id, all for the empty kind.
	Records(observation.Kind) ([]record.Record, error)
}

// Writer makes the parts of one report.
type Writer struct {
	Params   derive.Params     // from, to, view, scope of the report
	Settings map[string]string // what {period}, {view}, {symbol} print

	registry    *derive.Registry
	source      Source
	records     map[string]record.Record
	derivations map[string]derive.Derivation
	toVerify    map[string]bool // citations
	marks       Marks
	consulted   marking.Marking // of what was looked at since the last paragraph, table or chart
	asked       []string        // ids of the derivations made since then
	chose       []string        // those among them that the caller looked at, to choose words by
	err         error
}

// VerifyCitations names the paragraphs whose substance or number is to be
// verified: wherever the text cites them, it says so.
func (w *Writer) VerifyCitations(citations []string) {
	w.toVerify = map[string]bool{}
	for _, c := range citations {
		w.toVerify[c] = true
	}
}

// NewWriter returns a writer over the source's records.
func NewWriter(reg *derive.Registry, src Source, params derive.Params) (*Writer, error) {
	all, err := src.Records("")
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	marks, err := MarksOf(reg, src)
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	w := &Writer{
		Params: params, Settings: map[string]string{}, registry: reg, source: src,
		records: map[string]record.Record{}, derivations: map[string]derive.Derivation{}, marks: marks,
	}
	for _, r := range all {
		w.records[r.ID] = r
	}
	return w, nil
}

// Err is the first mistake, nil if there was none.
func (w *Writer) Err() error { return w.err }

func (w *Writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("write report: "+format, args...)
	}
}

// Derivations lists every derivation used, sorted by id.
func (w *Writer) Derivations() []derive.Derivation {
	return slices.SortedFunc(maps.Values(w.derivations), func(a, b derive.Derivation) int { return cmp.Compare(a.ID, b.ID) })
}

// consult notes that the next paragraph, table or chart is made of something of
// this marking, be it that its wording was chosen by it.
func (w *Writer) consult(m marking.Marking) {
	if !m.IsZero() {
		w.consulted = marking.Join(w.consulted, m)
	}
}

// finish is the marking of the paragraph, table or chart that is finished now,
// with the derivations asked and those that chose its words.
func (w *Writer) finish() (m marking.Marking, asked, chose []string) {
	m, asked, chose = w.consulted, w.asked, w.chose
	w.consulted, w.asked, w.chose = marking.Marking{}, nil, nil
	return m, asked, chose
}

// Figure derives a figure for the use of the caller, who chooses words by it: the
// next paragraph, table or chart depends on it.
func (w *Writer) Figure(name string, p derive.Params) derive.Derivation {
	d := w.derive(name, p)
	w.chose = append(w.chose, d.ID)
	return d
}

// derive derives a figure and keeps the derivation. Parameters that the function
// takes and the call does not name come from the report's.
func (w *Writer) derive(name string, p derive.Params) derive.Derivation {
	f, err := w.registry.Lookup(name)
	if err != nil {
		w.fail("%w", err)
		return derive.Derivation{}
	}
	full := maps.Clone(p)
	if full == nil {
		full = derive.Params{}
	}
	for _, d := range f.Params {
		if v, ok := w.Params[d.Name]; ok {
			if _, named := full[d.Name]; !named {
				full[d.Name] = v
			}
		}
	}
	d, err := w.registry.Derive(name, full, w.source)
	if err != nil {
		w.fail("%w", err)
		return derive.Derivation{}
	}
	if m := w.marks.Of(d); !m.IsZero() {
		d.Marking = m.String()
		w.consult(m)
	}
	w.derivations[d.ID] = d
	w.asked = append(w.asked, d.ID)
	return d
}

// Table derives a table for the use of the caller, who chooses words by it.
func (w *Writer) Table(name string, p derive.Params) (derive.Derivation, *derive.Table) {
	d, t := w.table(name, p)
	w.chose = append(w.chose, d.ID)
	return d, t
}

func (w *Writer) table(name string, p derive.Params) (derive.Derivation, *derive.Table) {
	d := w.derive(name, p)
	if d.Result.Table == nil {
		if w.err == nil {
			w.fail("figure %s is not a table", name)
		}
		return d, &derive.Table{}
	}
	return d, d.Result.Table
}

// Held reports whether the desk holds any record of the kinds.
func (w *Writer) Held(kinds ...observation.Kind) bool {
	for _, r := range w.records {
		if slices.Contains(kinds, r.Kind()) {
			return true
		}
	}
	return false
}

// Records returns the records of a kind, sorted by id.
func (w *Writer) Records(k observation.Kind) []record.Record {
	rs, err := w.source.Records(k)
	if err != nil {
		w.fail("%w", err)
	}
	return rs
}

// Record returns a record by id.
func (w *Writer) Record(id string) (record.Record, bool) {
	r, ok := w.records[id]
	w.consult(w.marks.OfRecords(id))
	return r, ok
}

// Para writes a paragraph. It carries the highest marking of what it was made of.
func (w *Writer) Para(text string) *document.Paragraph {
	p := &document.Paragraph{Spans: w.spans(text)}
	p.Marking, _, p.Chosen = w.finish()
	for _, s := range p.Spans {
		p.Unverified = p.Unverified || s.Unverified
	}
	p.Single = w.RestsOnSingleOrigin(p)
	return p
}

// documents are the kinds that are records of what a body itself did: its own
// paper is no allegation and needs no second origin.
var documents = []observation.Kind{
	observation.KindCouncilResponse, observation.KindPanelMandate, observation.KindStateReply, observation.KindStateReport,
	observation.KindCommitteeNotice, observation.KindCommitteeApproval,
}

// RestsOnSingleOrigin reports whether some figure or quotation in the paragraph
// rests on records whose allegations all come from one origin. The paragraph says so
// in print.
func (w *Writer) RestsOnSingleOrigin(p *document.Paragraph) bool {
	for _, s := range p.Spans {
		rests := w.derivations[s.Derivation].Result.Records
		if s.Kind == document.Quote {
			rests = []string{s.Record}
		}
		if w.singleOrigin(rests) {
			return true
		}
	}
	return false
}

func (w *Writer) singleOrigin(ids []string) bool {
	var all []string
	for _, id := range ids {
		r, ok := w.records[id]
		if !ok || slices.Contains(documents, r.Kind()) {
			return false
		}
		all = append(all, r.Origins()...)
	}
	slices.Sort(all)
	return len(slices.Compact(all)) == 1
}

// Recommend writes a recommendation; it is printed in bold and must cite the
// measure it rests on.
func (w *Writer) Recommend(id, text string) *document.Paragraph {
	p := w.Para(text)
	p.ID, p.Recommendation = id, true
	return p
}

// Term writes a paragraph that explains a term, for lists in annexes.
func (w *Writer) Term(term, text string) *document.Paragraph {
	p := w.Para(text)
	p.Definition = term
	return p
}

package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/docx"
	"github.com/turtlebay/turtlebay/report/html"
	"github.com/turtlebay/turtlebay/report/xlsx"
)

// copyFor is a report for a recipient who does not see the hidden records.
type copyFor struct {
	doc         *document.Document // covered
	plain       *document.Document // the same before it was covered
	seen, whole *memory
	reg         *derive.Registry
}

func withholding(t testing.TB, all []record.Record, hidden func(record.Record) bool) copyFor {
	t.Helper()
	return withheldFrom(t, all, slices.DeleteFunc(slices.Clone(all), hidden))
}

func withheldFrom(t testing.TB, all, seen []record.Record) copyFor {
	t.Helper()
	reg, err := analyses.Registry()
	if err != nil {
		t.Fatal(err)
	}
	whole, everything := build(t, all, settings(t))
	part, doc := build(t, seen, settings(t))
	_, plain := build(t, seen, settings(t))
	if err := report.Withhold(doc, part, report.Whole{Document: everything, Source: whole, Registry: reg}); err != nil {
		t.Fatal(err)
	}
	return copyFor{doc, plain, part, whole, reg}
}

func named(ids ...string) func(record.Record) bool {
	return func(r record.Record) bool { return slices.Contains(ids, r.ID) }
}

// check holds the covered report against the one it was made of and against
// everything.
func (c copyFor) check(t *testing.T) {
	t.Helper()
	c.checkDerivations(t)
	before := slices.Collect(c.plain.Paragraphs())
	i := 0
	for p := range c.doc.Paragraphs() {
		if text := p.Plain(); text != report.Cover && len(p.Spans) != len(before[i].Spans) {
			t.Errorf("paragraph %s is another: %s", p.Label(), text)
		}
		for k, s := range p.Spans {
			if s.Kind == document.Figure {
				c.figure(t, p, s)
			} else if p.Plain() != report.Cover && s.Kind != document.Text && s.Kind != document.Note && s.Text != before[i].Spans[k].Text {
				t.Errorf("paragraph %s prints %q, not %q", p.Label(), s.Text, before[i].Spans[k].Text)
			}
		}
		i++
	}
	if i != len(before) {
		t.Errorf("%d paragraphs, of %d", i, len(before))
	}
	for b := range c.doc.Blocks() {
		if x, ok := b.(*document.Table); ok && x.Derivation != "" {
			c.rows(t, x)
		}
	}
}

// checkDerivations wants each result to be what everything gives, or to be gone,
// and its inputs to be what is seen.
func (c copyFor) checkDerivations(t *testing.T) {
	t.Helper()
	for _, d := range c.doc.Derivations {
		mine, err := c.reg.Rerun(d, c.seen)
		if d.Withheld == "" && (err != nil || !mine.Equal(d.Result)) {
			t.Errorf("%s %s does not come out again for its recipient: %v", d.Function, d.Params, err)
		}
		if r := d.Result; d.Withheld != "" && (r.Value+r.Low+r.High+r.Note != "" || len(r.Records)+len(r.Unverified) > 0) {
			t.Errorf("%s %s is withheld and says %+v", d.Function, d.Params, r)
		}
		full, err := c.reg.Derive(d.Function, d.Params, c.whole)
		if err != nil {
			t.Fatal(err)
		}
		if mine, err = c.reg.Rerun(d, c.seen); mine.Equal(full.Result) != (d.Withheld == "") {
			t.Errorf("%s %s: withheld %q, and the results are %v and %v (%v)", d.Function, d.Params, d.Withheld, mine, full.Result, err)
		}
	}
}

func (c copyFor) derivation(id string) derive.Derivation {
	i := slices.IndexFunc(c.doc.Derivations, func(d derive.Derivation) bool { return d.ID == id })
	if i < 0 {
		return derive.Derivation{}
	}
	return c.doc.Derivations[i]
}

func (c copyFor) figure(t *testing.T, p *document.Paragraph, s document.Span) {
	t.Helper()
	d := c.derivation(s.Derivation)
	if d.ID == "" || s.Text != d.Print(s.Style, report.Cover) {
		t.Errorf("paragraph %s prints %q for %s %s", p.Label(), s.Text, d.Function, d.Params)
	}
}

// rows wants every row of a table in print to be the derivation's, and to stand in
// the table that everything gives.
func (c copyFor) rows(t *testing.T, x *document.Table) {
	t.Helper()
	d := c.derivation(x.Derivation)
	full, err := c.reg.Derive(d.Function, d.Params, c.whole)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range x.Rows {
		if r.Cells[0] == report.Cover {
			if slices.ContainsFunc(r.Cells, func(s string) bool { return s != report.Cover }) {
				t.Errorf("%s row %d is covered in part: %q", x.Label, i, r.Cells)
			}
			continue
		}
		if !slices.ContainsFunc(full.Result.Table.Rows, func(w derive.Row) bool { return slices.Equal(w.Cells, r.Values) }) {
			t.Errorf("%s prints a row that everything does not give: %q", x.Label, r.Values)
		}
		if d.Result.Table == nil || !slices.Equal(d.Result.Table.Rows[i].Cells, r.Values) {
			t.Errorf("%s prints a row that its derivation does not have: %q", x.Label, r.Values)
		}
	}
}

// outputs are the texts of every output, with the derivations that travel.
func outputs(t testing.TB, doc *document.Document) map[string]string {
	t.Helper()
	b, err := json.Marshal(doc.Derivations)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{"derivations": string(b)}
	for name, write := range map[string]func(io.Writer, *document.Document) error{"docx": docx.Write, "html": html.Write, "xlsx": xlsx.Write} {
		var b bytes.Buffer
		if err := write(&b, doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "html" {
			out[name] = b.String()
			continue
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			out[name+" "+f.Name] = string(content)
		}
	}
	return out
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/docx"
	"github.com/turtlebay/turtlebay/report/html"
	"github.com/turtlebay/turtlebay/report/pdf"
	"github.com/turtlebay/turtlebay/report/xlsx"
)

// formats are the report formats in the order they are written; PDF is made from
// the HTML and last.
var formats = []string{"docx", "html", "xlsx", "pdf"}

// publication is a report on its way out of the desk.
type publication struct {
	desk     *desk.Desk
	registry *derive.Registry
	released *desk.Released
	settings report.Settings
	to       record.Recipient
	doc      *document.Document
	files    map[string][]byte // name to content, "report.html"
	bundle   []byte
}

// newPublication writes the document for a recipient.
func newPublication(d *desk.Desk, s report.Settings, to record.Recipient) (*publication, error) {
	reg, err := analyses.Registry()
	if err != nil {
		return nil, err
	}
	released, err := d.Release(to)
	if err != nil {
		return nil, unread(err)
	}
	if len(released.Withheld) == 0 {
		last, err := lastIssued(d, s)
		if err != nil {
			return nil, err
		}
		released.Include(last)
	}
	doc, err := report.Build(released, reg, s)
	if errors.Is(err, report.ErrSettings) {
		return nil, usage(err)
	} else if err != nil {
		return nil, err
	}
	return &publication{desk: d, registry: reg, released: released, settings: s, to: to, doc: doc, files: map[string][]byte{}}, nil
}

// lastIssued is the latest report issued before this one; a report that is
// written again compares itself with the same one as the first time.
func lastIssued(d *desk.Desk, s report.Settings) (*derive.Set, error) {
	all, err := d.Set(analyses.IssuedKind)
	if err != nil {
		return nil, unread(err)
	}
	var before []derive.Input
	for _, in := range all.Inputs() {
		if in.ID < issuedID(s.Date.String(), s.Symbol) {
			before = []derive.Input{in}
		}
	}
	return derive.NewSet(analyses.IssuedKind, before), nil
}

// issuedID sorts issued reports by date.
func issuedID(date, symbol string) string { return date + " " + symbol }

// gate prints what the gate finds and reports whether the report may pass.
func (p *publication) gate(w io.Writer) (open bool, err error) {
	complaints, err := report.Gate(p.released, p.doc)
	if err != nil {
		return false, unread(err)
	}
	open = true
	for _, c := range complaints {
		fmt.Fprintf(w, "%s: %s: %s\n", c.Severity, c.Place, c.What)
		open = open && c.Severity != report.Error
	}
	return open, nil
}

// render writes the document in the formats wanted; what a recipient may not see
// is covered first. A missing WeasyPrint leaves the PDF out and says so.
func (p *publication) render(ctx context.Context, want []string, log io.Writer) error {
	report.Withhold(p.doc, p.released.Withheld)
	writers := map[string]func(io.Writer, *document.Document) error{"docx": docx.Write, "html": html.Write, "xlsx": xlsx.Write}
	for _, f := range formats {
		write := writers[f]
		if write == nil || !contains(want, f) && !(f == "html" && contains(want, "pdf")) {
			continue
		}
		var b bytes.Buffer
		if err := write(&b, p.doc); err != nil {
			return fmt.Errorf("write report as %s: %w", f, err)
		}
		p.files["report."+f] = b.Bytes()
	}
	if contains(want, "pdf") {
		if err := p.renderPDF(ctx, log); err != nil {
			return err
		}
	}
	if !contains(want, "html") {
		delete(p.files, "report.html")
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (p *publication) renderPDF(ctx context.Context, log io.Writer) error {
	dir, err := os.MkdirTemp("", "turtlebay-pdf-")
	if err != nil {
		return fmt.Errorf("write report as pdf: %w", err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "report.pdf")
	err = pdf.Write(ctx, out, p.files["report.html"])
	if errors.Is(err, pdf.ErrMissing) {
		fmt.Fprintln(log, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("write report as pdf: %w", err)
	}
	if p.files["report.pdf"], err = os.ReadFile(out); err != nil {
		return fmt.Errorf("write report as pdf: %w", err)
	}
	return nil
}

// seal makes the bundle of the rendered files.
func (p *publication) seal() error {
	signer, key, err := p.desk.Signer()
	if err != nil {
		return unread(err)
	}
	m := p.doc.Masthead
	c := bundle.Contents{
		About:       bundle.About{Title: m.Title, Symbol: m.Symbol, Body: m.Body, Date: m.Date.String(), Period: m.Period, View: m.View},
		Recipient:   p.to.Name,
		Report:      p.files,
		Sets:        p.released.Travelling(),
		Derivations: p.doc.Derivations,
		Places:      places(p.doc),
	}
	if len(p.released.Withheld) > 0 {
		c.Withheld, c.Cover = p.released.CountByMarking(), report.Cover
	}
	var b bytes.Buffer
	if err := bundle.Write(&b, c, signer, key); err != nil {
		return err
	}
	p.bundle = b.Bytes()
	return nil
}

// places maps every paragraph, table and chart to the derivations it prints.
func places(doc *document.Document) []bundle.Place {
	var out []bundle.Place
	for p := range doc.Paragraphs() {
		place := bundle.Place{Label: p.Label(), Number: p.Number}
		if place.Label == "" {
			place.Label = "summary"
		}
		for _, s := range p.Spans {
			if s.Kind == document.Figure {
				place.Figures = append(place.Figures, bundle.Printed{Derivation: s.Derivation, Style: s.Style, Text: s.Text})
			}
		}
		if len(place.Figures) > 0 {
			out = append(out, place)
		}
	}
	for b := range doc.Blocks() {
		label, derivation := "", ""
		switch b := b.(type) {
		case *document.Table:
			label, derivation = b.Label, b.Derivation
		case *document.Chart:
			label, derivation = b.Label, b.Derivation
		}
		if derivation != "" {
			out = append(out, bundle.Place{Label: label, Figures: []bundle.Printed{{Derivation: derivation}}})
		}
	}
	return out
}

// save writes the files and the bundle into a folder, each whole or not at all,
// and returns the paths written.
func (p *publication) save(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	var paths []string
	put := func(name string, b []byte) error {
		path := filepath.Join(dir, name)
		paths = append(paths, path)
		return desk.WriteFile(path, b, 0o644)
	}
	for _, f := range formats {
		if b, ok := p.files["report."+f]; ok {
			if err := put("report."+f, b); err != nil {
				return nil, err
			}
		}
	}
	if p.bundle != nil {
		if err := put("report.tbz", p.bundle); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// issue leaves on the desk what the next report compares itself with.
func (p *publication) issue(ctx context.Context) error {
	m := p.doc.Masthead
	last := analyses.Issued{Symbol: m.Symbol, Date: m.Date.String(), Records: map[string]string{}}
	if last.Symbol == "" {
		last.Symbol = m.Title
	}
	for _, s := range p.released.Travelling() {
		for _, in := range s.Inputs() {
			if s.Kind() != analyses.IssuedKind {
				last.Records[in.ID] = in.Digest
			}
		}
	}
	b, err := derive.Canonical(last)
	if err != nil {
		return err
	}
	return p.desk.Replace(ctx, analyses.IssuedKind, issuedID(m.Date.String(), m.Symbol), b)
}

// verify checks the bundle as its recipient would, without a trusted key.
func (p *publication) verify() (bundle.Verification, error) {
	return bundle.Verify(bytes.NewReader(p.bundle), int64(len(p.bundle)), p.registry, nil)
}

// parseFormats reads --format.
func parseFormats(list string) ([]string, error) {
	var out []string
	for f := range strings.SplitSeq(list, ",") {
		f = strings.TrimSpace(f)
		if !contains(formats, f) {
			return nil, usage(fmt.Errorf("--format %q: want some of %s", f, strings.Join(formats, ",")))
		}
		out = append(out, f)
	}
	return out, nil
}

// Package publish takes a report from the desk to its recipient: it writes the
// document of what the recipient may have, lets the gate look at it, covers what
// is withheld, renders the files, seals them in a bundle with records and
// derivations, saves them, and remembers what was issued.
//
//	r, err := publish.New(desk, settings, marking.Reader{})
//	complaints, err := r.Gate()               // errors stop the report
//	err = r.Render(ctx, publish.Formats())    // docx, html, xlsx, pdf
//	err = r.Seal(ctx)
//	paths, err := r.Save(ctx, "out")
//
// The steps are taken in that order.
package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/docx"
	"github.com/turtlebay/turtlebay/report/html"
	"github.com/turtlebay/turtlebay/report/pdf"
	"github.com/turtlebay/turtlebay/report/xlsx"
	"github.com/turtlebay/turtlebay/vault/dossier"
	"golang.org/x/mod/sumdb/note"
)

// ErrWithheld is returned by Issue for a report that withholds records: the next
// report could not be compared with it.
var ErrWithheld = errors.New("records are withheld from this report")

// ErrNoPDF is returned by Render where the PDF could not be made because
// WeasyPrint is missing; the other formats are rendered.
var ErrNoPDF = pdf.ErrMissing

// writers make the formats other than PDF, which is made from the HTML.
var writers = map[string]func(io.Writer, *document.Document) error{"docx": docx.Write, "html": html.Write, "xlsx": xlsx.Write}

// Formats lists the formats in the order they are written.
func Formats() []string { return []string{"docx", "html", "xlsx", "pdf"} }

// Report is a report on its way from a desk to a recipient.
type Report struct {
	Document *document.Document
	Registry *derive.Registry
	Released *desk.Released

	desk   *desk.Desk
	to     marking.Reader
	whole  *document.Document // written from everything, to be held against; nil where nothing is withheld
	files  map[string][]byte  // name to content: "report.html"
	bundle []byte

	signer   note.Signer
	exhibits []desk.Exhibit
	parcel   *bundle.Parcel
}

// New writes the document of what the recipient may have. The error wraps
// report.ErrSettings where the settings make no report.
func New(d *desk.Desk, s report.Settings, to marking.Reader) (*Report, error) {
	reg, err := analyses.Registry()
	if err != nil {
		return nil, err
	}
	released, err := d.Release(to, analyses.TraceKind)
	if err != nil {
		return nil, err
	}
	if len(released.Withheld) == 0 {
		last, err := lastIssued(d, s)
		if err != nil {
			return nil, err
		}
		released.Include(last)
	}
	doc, err := report.Build(released, reg, s)
	if err != nil {
		return nil, err
	}
	r := &Report{Document: doc, Registry: reg, Released: released, desk: d, to: to, files: map[string][]byte{}}
	if len(released.Withheld) > 0 {
		if r.whole, err = report.Build(released.Whole, reg, s); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Gate checks the document against the records it was written from: those that the
// recipient may see.
func (r *Report) Gate() (report.Complaints, error) { return report.Gate(r.Released, r.Document) }

// Render covers what would be otherwise with what the recipient may not see, and
// writes the formats wanted. It returns ErrNoPDF, with everything else rendered,
// where WeasyPrint is missing.
func (r *Report) Render(ctx context.Context, want []string) error {
	if err := r.cover(); err != nil {
		return err
	}
	for _, f := range Formats() {
		if !slices.Contains(want, f) || writers[f] == nil {
			continue
		}
		b, err := r.write(f)
		if err != nil {
			return err
		}
		r.files["report."+f] = b
	}
	if !slices.Contains(want, "pdf") {
		return nil
	}
	page, err := r.write("html")
	if err != nil {
		return err
	}
	r.files["report.pdf"], err = makePDF(ctx, page)
	if err != nil {
		delete(r.files, "report.pdf")
		return fmt.Errorf("write report as pdf: %w", err)
	}
	return nil
}

// cover covers the document, once.
func (r *Report) cover() error {
	if r.whole == nil {
		return nil
	}
	whole := report.Whole{Document: r.whole, Source: r.Released.Whole, Registry: r.Registry}
	if err := report.Withhold(r.Document, r.Released, whole); err != nil {
		return err
	}
	r.whole = nil
	r.Document.Masthead.Withheld = withheldText(r.Released.CountByMarking())
	return nil
}

// withheldText says how many records are withheld, per marking.
func withheldText(counts map[string]int) string {
	var parts []string
	for _, label := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d (%s)", counts[label], label))
	}
	return strings.Join(parts, ", ")
}

func (r *Report) write(format string) ([]byte, error) {
	if b, done := r.files["report."+format]; done {
		return b, nil
	}
	var b bytes.Buffer
	if err := writers[format](&b, r.Document); err != nil {
		return nil, fmt.Errorf("write report as %s: %w", format, err)
	}
	return b.Bytes(), nil
}

func makePDF(ctx context.Context, page []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "turtlebay-pdf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "report.pdf")
	if err := pdf.Write(ctx, out, page); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
}

// Seal packs the rendered files with the records and the evidence they cite.
func (r *Report) Seal(ctx context.Context) error {
	signer, key, err := r.desk.Signer()
	if err != nil {
		return err
	}
	r.signer = signer
	sets := r.Released.Travelling()
	if r.exhibits, err = r.desk.Exhibits(ctx, sets, r.to); err != nil {
		return err
	}
	m := r.Document.Masthead
	c := bundle.Contents{
		About:       bundle.About{Title: m.Title, Symbol: m.Symbol, Body: m.Body, Date: m.Date.String(), Period: m.Period, View: m.View},
		Commitments: r.Released.Commitments(),
		Recipient:   r.to.Name,
		Report:      r.files,
		Sets:        sets,
		Derivations: r.Document.Derivations,
		Places:      places(r.Document),
	}
	for _, e := range r.exhibits {
		if e.Bytes != nil {
			c.Items = append(c.Items, e.Bytes)
		}
	}
	if !m.Marking.IsZero() {
		c.About.Marking = m.Marking.String()
	}
	if len(r.Released.Withheld) > 0 {
		c.Withheld, c.Cover = r.Released.CountByMarking(), report.Cover
	}
	r.parcel, err = bundle.Pack(c, key)
	return err
}

// places maps every paragraph, table and chart to the derivations it prints.
func places(doc *document.Document) []bundle.Place {
	var out []bundle.Place
	for p := range doc.Paragraphs() {
		place := bundle.Place{Label: p.Label(), Number: p.Number}
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

// Save writes the files and the bundle into a folder, all of them or none, and
// returns the paths written. That is an act: its leaf in the custody log vouches for
// everything handed over, and the bundle carries the proof.
func (r *Report) Save(ctx context.Context, dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	act := desk.Handover{
		To: r.to.Name, Digest: dossier.Handed(r.parcel.Sums()), Dir: dir,
		Sets: r.Released.Travelling(), Exhibits: r.exhibits,
	}
	err := r.desk.HandOver(ctx, act, func(key string, d dossier.Dossier) (map[string][]byte, error) {
		var b bytes.Buffer
		if err := r.parcel.Seal(&b, r.signer, &bundle.Custody{Key: key, Dossier: d}); err != nil {
			return nil, err
		}
		r.bundle = b.Bytes()
		files := maps.Clone(r.files)
		files[bundleFile] = r.bundle
		return files, nil
	})
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	var paths []string
	for _, f := range Formats() {
		if _, ok := r.files["report."+f]; ok {
			paths = append(paths, filepath.Join(dir, "report."+f))
		}
	}
	return append(paths, filepath.Join(dir, bundleFile)), nil
}

// bundleFile is the name of the bundle beside the report's files.
const bundleFile = "report.tbz"

// Verify checks the bundle as its recipient would who brings no key.
func (r *Report) Verify() (bundle.Verification, error) {
	return bundle.Verify(bytes.NewReader(r.bundle), int64(len(r.bundle)), r.Registry, bundle.Trust{})
}

package redaction

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/internal/poppler"
)

const pdfTool = "redact-pdf@1"

func redactPDF(ctx context.Context, w io.Writer, read func() io.Reader, req Request) (Result, error) {
	if err := req.only("a PDF", anchor.Page); err != nil {
		return Result{}, err
	}
	version, err := poppler.Version(ctx, "pdftoppm")
	if err != nil {
		return Result{}, err
	}
	pages, notes, err := poppler.Sizes(ctx, read())
	if err != nil {
		return Result{}, err
	}
	boxes, err := boxesOf(req.Places, pages)
	if err != nil {
		return Result{}, err
	}
	doc := newDocument(w)
	drawn, err := poppler.Draw(ctx, read(), pages, req.DPI, func(page int, r poppler.Raster) error {
		for _, b := range boxes[page] {
			burn(r, b, req.DPI)
		}
		return doc.page(r, pages[page-1], req.DPI)
	})
	if err != nil {
		return Result{}, err
	}
	if err := doc.end(); err != nil {
		return Result{}, err
	}
	for _, n := range drawn {
		if !slices.Contains(notes, n) {
			notes = append(notes, n)
		}
	}
	return req.result("application/pdf", pdfTool, params{DPI: req.DPI, Pdftoppm: version}, notes...)
}

// boxesOf are the boxes of each page. A place that no page has is an error: nobody is
// to believe it gone.
func boxesOf(places []anchor.Place, pages []poppler.Size) (map[int][]anchor.Box, error) {
	out := map[int][]anchor.Box{}
	for _, p := range places {
		if p.Page > len(pages) {
			return nil, fmt.Errorf("%s: %w: the document has %d pages", p, anchor.ErrAbsent, len(pages))
		}
		size, b := pages[p.Page-1], p.Box
		if b == (anchor.Box{}) {
			b = anchor.Box{Right: int(size.Width/poppler.Point) + 1, Bottom: int(size.Height/poppler.Point) + 1}
		}
		if int64(b.Left)*poppler.Point >= size.Width || int64(b.Top)*poppler.Point >= size.Height {
			return nil, fmt.Errorf("%s: %w: the page has %s by %s points", p, anchor.ErrAbsent, decimal(size.Width), decimal(size.Height))
		}
		out[p.Page] = append(out[p.Page], b)
	}
	return out, nil
}

// burn makes the dots of the box black, and those around it that it touches.
func burn(r poppler.Raster, b anchor.Box, dpi int) {
	left, top := max(0, b.Left*dpi/72-1), max(0, b.Top*dpi/72-1)
	right, bottom := min(r.Width, b.Right*dpi/72+2), min(r.Height, b.Bottom*dpi/72+2)
	for y := top; y < bottom; y++ {
		row := r.Pix[3*y*r.Width:]
		clear(row[3*left : max(3*left, 3*right)])
	}
}

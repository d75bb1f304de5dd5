// Package redaction makes a copy of an item with parts of it gone for good.
//
//	box, err := anchor.Parse("page=3&box=72,100,300,140")
//	result, err := redaction.Redact(ctx, out, file, size, redaction.Request{Places: []anchor.Place{box}})
//	// result.Tool, result.Params: how the copy came about, for its entry in the log
//
// Contract: nothing of what stood at the places is in the copy, in any form. All else
// stays as it is seen, page for page and line for line:
//
//   - Text (UTF-8): characters become blocks, one each, or every piece of a line
//     becomes a word. Line ends stay, so that lines keep their numbers.
//   - Pictures (PNG, JPEG): boxes are burned black into the dots; the copy is a PNG.
//   - PDF: every page is drawn, boxes are burned black into the drawing, and the
//     copy is a PDF of these drawings, with as many pages of the same size. It holds
//     no text, no attachment, no layer, nothing that was under a box.
//
// What a picture or a PDF carries beside what is seen (who made it, where and when) is
// not in the copy. The same item and request give the same bytes with the same version
// of this tool and of Poppler. PDFs are read by a child process with limits and
// without a network. What is written before an error is no redaction: throw it away.
package redaction

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gowebpki/jcs"

	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/internal/bounded"
	"github.com/turtlebay/turtlebay/vault/internal/child"
	"github.com/turtlebay/turtlebay/vault/internal/picture"
	"github.com/turtlebay/turtlebay/vault/internal/poppler"
)

// Errors, for errors.Is; those of package anchor mean the same here. A request is
// carried out whole or not at all.
var (
	// ErrRequest: the request names no place, or what it asks for cannot be.
	ErrRequest = errors.New("not a redaction")
)

// MaxPlaces is how many places a request may name.
const MaxPlaces = 10_000

// Request says what is to go.
type Request struct {
	Places []anchor.Place // text: bytes or lines; pictures and PDF: pages, with or without a box
	Word   string         // text: stands for each cut, such as "[name]"; empty: █ for each character, which tells its length
	DPI    int            // PDF: dots to the inch of the drawings, 72 to 400; default 150
}

// Result says how a copy came about.
type Result struct {
	Media  string          // media type of the copy
	Tool   string          // name@version
	Params json.RawMessage // canonical JSON (RFC 8785): places in order, and what else decides about the bytes
	Notes  []string        // what whoever releases the copy should know
}

// params are the parameters of a redaction.
type params struct {
	DPI      int      `json:"dpi,omitempty"`
	Places   []string `json:"places"`
	Pdftoppm string   `json:"pdftoppm,omitempty"`
	Word     string   `json:"word,omitempty"`
}

// Redact writes the redacted copy of the content to w. What the item is shows in its
// bytes. The error is ErrRequest, anchor.ErrKind (a kind of item or place that cannot
// be redacted), anchor.ErrAbsent (a place that the item does not have, so that nobody
// believes it gone), anchor.ErrLimit, anchor.ErrDamaged, anchor.ErrProgram, the
// context's, or that of reading or writing.
func Redact(ctx context.Context, w io.Writer, content io.ReaderAt, size int64, req Request) (Result, error) {
	result, err := redact(ctx, w, content, size, req)
	if err != nil {
		return Result{}, fmt.Errorf("redact: %w", named(err))
	}
	return result, nil
}

func redact(ctx context.Context, w io.Writer, content io.ReaderAt, size int64, req Request) (Result, error) {
	req, err := req.check()
	if err != nil {
		return Result{}, err
	}
	read := func() io.Reader { return bounded.Until(ctx, io.NewSectionReader(content, 0, size)) }
	in := bufio.NewReaderSize(read(), 4096)
	start, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return Result{}, err
	}
	switch {
	case picture.Is(start):
		return redactPicture(w, in, req)
	case poppler.IsPDF(in):
		return redactPDF(ctx, w, read, req)
	}
	return redactText(w, in, size, req)
}

// check puts the places in order, fills in what is left open and refuses the rest.
func (r Request) check() (Request, error) {
	switch {
	case len(r.Places) == 0:
		return r, fmt.Errorf("%w: no place named", ErrRequest)
	case len(r.Places) > MaxPlaces:
		return r, fmt.Errorf("%w: more than %d places", ErrRequest, MaxPlaces)
	case r.DPI != 0 && (r.DPI < 72 || r.DPI > 400):
		return r, fmt.Errorf("%w: %d dots to the inch, want 72 to 400", ErrRequest, r.DPI)
	}
	if r.DPI == 0 {
		r.DPI = 150
	}
	for _, p := range r.Places {
		if _, err := p.MarshalText(); err != nil {
			return r, fmt.Errorf("%w: place %d: %w", ErrRequest, slices.Index(r.Places, p)+1, err)
		}
	}
	r.Places = slices.Clone(r.Places)
	slices.SortFunc(r.Places, func(a, b anchor.Place) int {
		return slices.Compare(order(a), order(b))
	})
	r.Places = slices.Compact(r.Places)
	return r, checkWord(r.Word)
}

// order is what places are sorted by.
func order(p anchor.Place) []int64 {
	kind := int64(slices.Index([]anchor.Kind{anchor.Page, anchor.Lines, anchor.Bytes, anchor.Time}, p.Kind))
	b := p.Box
	return []int64{kind, int64(p.Page), p.From, p.To, int64(b.Top), int64(b.Left), int64(b.Bottom), int64(b.Right)}
}

// only refuses places of another kind than the item has.
func (r Request) only(what string, kinds ...anchor.Kind) error {
	for _, p := range r.Places {
		if !slices.Contains(kinds, p.Kind) {
			return fmt.Errorf("%w: %s in %s", anchor.ErrKind, p, what)
		}
	}
	return nil
}

// result says how the copy was made.
func (r Request) result(media, tool string, p params, notes ...string) (Result, error) {
	for _, place := range r.Places {
		p.Places = append(p.Places, place.String())
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return Result{}, err
	}
	canonical, err := jcs.Transform(plain)
	return Result{Media: media, Tool: tool, Params: canonical, Notes: notes}, err
}

// named gives the errors of the packages below the names of package anchor.
func named(err error) error {
	switch {
	case errors.Is(err, child.ErrLimit), errors.Is(err, picture.ErrLimit):
		return fmt.Errorf("%w: %w", anchor.ErrLimit, err)
	case errors.Is(err, child.ErrFailed), errors.Is(err, picture.ErrDamaged):
		return fmt.Errorf("%w: %w", anchor.ErrDamaged, err)
	case errors.Is(err, picture.ErrFormat):
		return fmt.Errorf("%w: %w", anchor.ErrKind, err)
	}
	return err
}

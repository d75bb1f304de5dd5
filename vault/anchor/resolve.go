package anchor

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/turtlebay/turtlebay/vault/internal/bounded"
	"github.com/turtlebay/turtlebay/vault/internal/child"
	"github.com/turtlebay/turtlebay/vault/internal/picture"
	"github.com/turtlebay/turtlebay/vault/internal/poppler"
)

const textMedia = "text/plain; charset=utf-8"

// packed bounds what may come out of a gzipped item, as intake does.
var packed = bounded.Limits{Bytes: 4 << 30, Ratio: 400, Floor: 256 << 20}

// Resolve reads the item from its beginning and returns what stands at the place.
// What the item is shows in its bytes; of the media type only a charset is used, for
// text without a byte order mark. The content may be left unread in part. The error
// is ErrPlace, ErrKind, ErrAbsent, ErrLimit, ErrDamaged, ErrProgram, the context's or
// that of reading the content.
func Resolve(ctx context.Context, content io.Reader, media string, at Place) (Quote, error) {
	quote, err := resolve(ctx, content, media, at)
	if err != nil {
		return Quote{}, fmt.Errorf("anchor %s: %w", at, named(err))
	}
	return quote, nil
}

func resolve(ctx context.Context, content io.Reader, media string, at Place) (Quote, error) {
	if err := at.check(); err != nil {
		return Quote{}, err
	}
	in := bufio.NewReaderSize(bounded.Until(ctx, content), 64<<10)
	if at.Kind == Page {
		return page(ctx, in, at)
	}
	in, err := unpacked(in)
	if err != nil {
		return Quote{}, err
	}
	switch at.Kind {
	case Lines:
		return lines(in, media, at)
	case Time:
		return during(in, media, at)
	default:
		return byteRange(in, media, at)
	}
}

// named gives the errors of the packages below their names here.
func named(err error) error {
	passed, corrupt := (*bounded.Passed)(nil), flate.CorruptInputError(0)
	switch {
	case errors.Is(err, poppler.ErrNoPage):
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	case errors.Is(err, child.ErrLimit), errors.Is(err, picture.ErrLimit), errors.As(err, &passed):
		return fmt.Errorf("%w: %w", ErrLimit, err)
	case errors.Is(err, child.ErrFailed), errors.Is(err, picture.ErrDamaged),
		errors.As(err, &corrupt), errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, picture.ErrFormat):
		return fmt.Errorf("%w: %w", ErrKind, err)
	}
	return err
}

// unpacked is the content, or what is packed in it.
func unpacked(in *bufio.Reader) (*bufio.Reader, error) {
	if start, _ := in.Peek(2); string(start) != "\x1f\x8b" {
		return in, nil
	}
	counted := &bounded.Counter{R: in}
	gz, err := gzip.NewReader(counted)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(bounded.Unpacked(gz, counted, packed), 64<<10), nil
}

// page quotes a page of a PDF or a picture, or a box of it.
func page(ctx context.Context, in *bufio.Reader, at Place) (Quote, error) {
	start, err := in.Peek(8)
	if err != nil && err != io.EOF {
		return Quote{}, err
	}
	switch {
	case picture.Is(start):
		return dots(in, at)
	case poppler.IsPDF(in):
		return pdfText(ctx, in, at)
	}
	return Quote{}, fmt.Errorf("%w: pages are those of a PDF, a PNG or a JPEG", ErrKind)
}

func dots(in io.Reader, at Place) (Quote, error) {
	if at.Page > 1 {
		return Quote{}, fmt.Errorf("%w: a picture is one page", ErrAbsent)
	}
	p, err := picture.Decode(in)
	if err != nil {
		return Quote{}, err
	}
	box := p.Bounds()
	if b := at.Box; b != (Box{}) {
		box = box.Intersect(image.Rect(b.Left, b.Top, b.Right, b.Bottom))
	}
	switch {
	case box.Empty():
		return Quote{}, fmt.Errorf("%w: the picture has %d by %d dots", ErrAbsent, p.Bounds().Dx(), p.Bounds().Dy())
	case box.Dx() > MaxQuote/3/box.Dy():
		return Quote{}, fmt.Errorf("%w: %d by %d dots", ErrLimit, box.Dx(), box.Dy())
	}
	return of("image/x-portable-pixmap", "", p.Pixmap(box)), nil
}

// pdfText quotes the words of a page in the order of pdftotext: the digest is that
// of the words with single spaces between them.
func pdfText(ctx context.Context, in io.Reader, at Place) (Quote, error) {
	version, err := poppler.Version(ctx, "pdftotext")
	if err != nil {
		return Quote{}, err
	}
	found, notes, err := poppler.Text(ctx, in, at.Page)
	if err != nil {
		return Quote{}, err
	}
	var shown, all []string
	for _, line := range found {
		var kept []string
		for _, w := range line {
			if at.Box == (Box{}) || at.Box.holds(w) {
				kept = append(kept, strings.Fields(w.Text)...)
			}
		}
		if len(kept) > 0 {
			shown = append(shown, strings.Join(kept, " "))
			all = append(all, kept...)
		}
	}
	if len(all) == 0 {
		return Quote{}, fmt.Errorf("%w: no words; a scanned page has none", ErrAbsent)
	}
	quote := of(textMedia, strings.Join(shown, "\n"), []byte(strings.Join(all, " ")))
	quote.Tool, quote.Notes = "pdftotext@"+version, notes
	return quote, nil
}

// holds reports whether the middle of the word lies in the box.
func (b Box) holds(w poppler.Word) bool {
	x, y := w.Left+w.Right, w.Top+w.Bottom // twice the middle
	edge := func(points int) int64 { return 2 * poppler.Point * int64(points) }
	return x >= edge(b.Left) && x < edge(b.Right) && y >= edge(b.Top) && y < edge(b.Bottom)
}

func byteRange(in io.Reader, media string, at Place) (Quote, error) {
	skipped, err := io.CopyN(io.Discard, in, at.From)
	if err == io.EOF {
		return Quote{}, fmt.Errorf("%w: the item has %d bytes", ErrAbsent, skipped)
	}
	if err != nil {
		return Quote{}, err
	}
	want := at.To - at.From + 1
	if want > MaxQuote {
		return Quote{}, fmt.Errorf("%w: %d bytes, at most %d are quoted", ErrLimit, want, MaxQuote)
	}
	data, err := io.ReadAll(io.LimitReader(in, want))
	switch {
	case err != nil:
		return Quote{}, err
	case int64(len(data)) < want:
		return Quote{}, fmt.Errorf("%w: the item has %d bytes", ErrAbsent, skipped+int64(len(data)))
	}
	return of("application/octet-stream", readable(data, media), data), nil
}

// readable is the data as text if it is text, decoded from the media type's charset.
func readable(data []byte, media string) string {
	if name := charset(media); name != "" && name != "utf-8" && name != "us-ascii" {
		if enc, err := htmlindex.Get(name); err == nil {
			if text, err := enc.NewDecoder().Bytes(data); err == nil {
				return string(text)
			}
		}
	}
	if !utf8.Valid(data) || strings.ContainsRune(string(data), 0) {
		return ""
	}
	return string(data)
}

// charset is the charset that a media type names, in lower case.
func charset(media string) string {
	_, params, err := mime.ParseMediaType(media)
	if err != nil {
		return ""
	}
	return strings.ToLower(params["charset"])
}

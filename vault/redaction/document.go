package redaction

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"

	"github.com/turtlebay/turtlebay/vault/internal/poppler"
)

// document writes a PDF (ISO 32000-1) of pages that are one picture each, page by
// page as they come. It holds a catalogue, the pages, their pictures, and nothing
// that says who, when or with what.
type document struct {
	w       *bufio.Writer
	at      int64
	offsets []int64 // of object i+1
	pages   []int   // the objects that are pages
	err     error
}

// The first two objects; the second lists the pages and is written last.
const (
	catalogue = 1
	pageTree  = 2
)

func newDocument(w io.Writer) *document {
	d := &document{w: bufio.NewWriterSize(w, 64<<10), offsets: make([]int64, pageTree)}
	d.write("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	return d
}

func (d *document) write(text string) {
	if d.err == nil {
		var n int
		n, d.err = d.w.WriteString(text)
		d.at += int64(n)
	}
}

// object writes an object and returns its number; a number of zero is the next one.
func (d *document) object(number int, body string) int {
	if number == 0 {
		d.offsets = append(d.offsets, 0)
		number = len(d.offsets)
	}
	d.offsets[number-1] = d.at
	d.write(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", number, body))
	return number
}

func stream(dict string, data []byte) string {
	return fmt.Sprintf("<< %s/Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

// page adds a page of the size with the drawing on it, whose top left is the page's.
func (d *document) page(r poppler.Raster, size poppler.Size, dpi int) error {
	colours, dots := "/DeviceRGB", r.Pix
	if grey := greys(r.Pix); grey != nil {
		colours, dots = "/DeviceGray", grey
	}
	packed, err := deflate(dots)
	if err != nil {
		return err
	}
	picture := d.object(0, stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /FlateDecode ",
		r.Width, r.Height, colours), packed))
	// The drawing is whole dots, the page need not be: what is over hangs out right
	// and below. Its edges lie a hundredth of a dot inside those dots, so that a
	// renderer that rounds outwards does not stretch it over one more.
	length := func(dots int) int64 { return int64(dots) * 72 * poppler.Point / int64(dpi) }
	hair := 72 * poppler.Point / (100 * int64(dpi))
	wide, high, low := length(r.Width)-2*hair, length(r.Height)-2*hair, size.Height-length(r.Height)+hair
	content := d.object(0, stream("", fmt.Appendf(nil, "q %s 0 0 %s %s %s cm /P Do Q", decimal(wide), decimal(high), decimal(hair), decimal(low))))
	d.pages = append(d.pages, d.object(0, fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources << /XObject << /P %d 0 R >> >> >>",
		pageTree, decimal(size.Width), decimal(size.Height), content, picture)))
	return d.err
}

// end writes what comes after the pages.
func (d *document) end() error {
	kids := make([]string, len(d.pages))
	for i, p := range d.pages {
		kids[i] = fmt.Sprintf("%d 0 R", p)
	}
	d.object(catalogue, fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R >>", pageTree))
	d.object(pageTree, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(kids), strings.Join(kids, " ")))
	table := d.at
	d.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1))
	for _, o := range d.offsets {
		d.write(fmt.Sprintf("%010d 00000 n \n", o))
	}
	d.write(fmt.Sprintf("trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(d.offsets)+1, catalogue, table))
	if d.err == nil {
		d.err = d.w.Flush()
	}
	return d.err
}

// greys are the dots in one byte each if they have no colour, else nil.
func greys(pix []byte) []byte {
	out := make([]byte, 0, len(pix)/3)
	for i := 0; i+2 < len(pix); i += 3 {
		if pix[i] != pix[i+1] || pix[i] != pix[i+2] {
			return nil
		}
		out = append(out, pix[i])
	}
	return out
}

func deflate(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// decimal writes a length in points, as exactly as it is known.
func decimal(length int64) string {
	sign := ""
	if length < 0 {
		sign, length = "-", -length
	}
	whole := fmt.Sprintf("%s%d", sign, length/poppler.Point)
	if rest := length % poppler.Point; rest != 0 {
		return whole + "." + strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	}
	return whole
}

// Package specimen makes files for tests: small honest PDFs, PDFs that lie about their
// lengths, unpack without end or nest without bottom, and zeros packed by the
// gigabyte.
//
//	doc := specimen.Document(specimen.Page{Text: []specimen.Text{{X: 72, Y: 100, Size: 12, Words: "The vessel"}}})
//
// Contract: the same call gives the same bytes. Places are points from the top left
// of a page of 612 by 792 points, unless Attributes say otherwise.
package specimen

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// Text is a line of Helvetica whose baseline starts at X, Y.
type Text struct {
	X, Y, Size int
	Words      string
}

// Page is a page. Attributes are further entries of its dictionary, such as
// "/Rotate 90"; Height is what Y is taken from, 792 when zero.
type Page struct {
	Text       []Text
	Attributes string
	Height     int
}

func (p Page) content() string {
	var b strings.Builder
	if p.Height == 0 {
		p.Height = 792
	}
	for _, t := range p.Text {
		words := strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`).Replace(t.Words)
		fmt.Fprintf(&b, "BT /F1 %d Tf %d %d Td (%s) Tj ET\n", t.Size, t.X, p.Height-t.Y, words)
	}
	return b.String()
}

// Document is a PDF of these pages.
func Document(pages ...Page) []byte {
	f := newFile()
	f.add("<< /Type /Catalog /Pages 2 0 R >>")
	kids := make([]string, len(pages))
	for i := range pages {
		kids[i] = fmt.Sprintf("%d 0 R", 4+2*i)
	}
	f.add(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 612 792] >>", len(pages), strings.Join(kids, " ")))
	f.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, p := range pages {
		f.add(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> %s >>", 5+2*i, p.Attributes))
		f.add(stream("", []byte(p.content())))
	}
	return f.end()
}

// FlateBomb is a page whose content of so many zero bytes is packed twice over.
func FlateBomb(unpacked int) []byte {
	return one(stream("/Filter [/FlateDecode /FlateDecode]", deflate(deflate(make([]byte, unpacked)))))
}

// ImageBomb is a page that draws an image of side by side dots of one colour.
func ImageBomb(side int) []byte {
	f := newFile()
	f.add("<< /Type /Catalog /Pages 2 0 R >>")
	f.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>")
	f.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>")
	f.add(stream("", []byte("q 600 0 0 700 0 0 cm /I Do Q")))
	dict := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode", side, side)
	f.add(stream(dict, deflate(make([]byte, 1<<20))))
	return f.end()
}

// Recursion is a page that draws a form that draws itself twice.
func Recursion() []byte {
	f := newFile()
	f.add("<< /Type /Catalog /Pages 2 0 R >>")
	f.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>")
	f.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /XObject << /A 5 0 R >> >> >>")
	f.add(stream("", []byte("/A Do")))
	f.add(stream("/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /A 5 0 R >> >>", []byte("/A Do /A Do")))
	return f.end()
}

// Tower is a page under a page tree that doubles at each of so many levels: every
// node names the next one twice.
func Tower(levels int) []byte {
	f := newFile()
	f.add("<< /Type /Catalog /Pages 2 0 R >>")
	for i := range levels {
		f.add(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%d 0 R %d 0 R] /MediaBox [0 0 612 792] >>", 1<<min(levels-i, 30), i+3, i+3))
	}
	f.add("<< /Type /Page /Parent 2 0 R >>")
	return f.end()
}

// HugeCount is a PDF of one page that claims to have count pages.
func HugeCount(count int) []byte {
	return bytes.Replace(Document(Page{}), []byte("/Count 1 "), fmt.Appendf(nil, "/Count %d ", count), 1)
}

// LyingLength is a document whose content streams claim to be length bytes long.
func LyingLength(length int, pages ...Page) []byte {
	doc := Document(pages...)
	for _, p := range pages {
		was := fmt.Appendf(nil, "/Length %d ", len(p.content()))
		doc = bytes.ReplaceAll(doc, was, fmt.Appendf(nil, "/Length %d ", length))
	}
	return doc
}

// Deep is a document whose catalogue nests so many arrays.
func Deep(levels int) []byte {
	nest := strings.Repeat("[", levels) + strings.Repeat("]", levels)
	return bytes.Replace(Document(Page{}), []byte("/Type /Catalog"), []byte("/Type /Catalog /Deep "+nest), 1)
}

func one(content string) []byte {
	f := newFile()
	f.add("<< /Type /Catalog /Pages 2 0 R >>")
	f.add("<< /Type /Pages /Count 1 /Kids [3 0 R] >>")
	f.add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>")
	f.add(content)
	return f.end()
}

func stream(dict string, data []byte) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// file is a PDF being written.
type file struct {
	out     bytes.Buffer
	offsets []int
}

func newFile() *file {
	f := &file{}
	f.out.WriteString("%PDF-1.4\n")
	return f
}

func (f *file) add(object string) {
	f.offsets = append(f.offsets, f.out.Len())
	fmt.Fprintf(&f.out, "%d 0 obj\n%s\nendobj\n", len(f.offsets), object)
}

func (f *file) end() []byte {
	at := f.out.Len()
	fmt.Fprintf(&f.out, "xref\n0 %d\n0000000000 65535 f \n", len(f.offsets)+1)
	for _, o := range f.offsets {
		fmt.Fprintf(&f.out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&f.out, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(f.offsets)+1, at)
	return f.out.Bytes()
}

// Need skips the test when a program of Poppler is not installed.
func Need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed", p)
		}
	}
}

package redaction

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/internal/poppler"
	"github.com/turtlebay/turtlebay/vault/internal/specimen"
)

const secretName = "KOWALCZYK"

// letter has four pages that name a person: plain, turned, cropped, and of an odd
// size; and the name in places that are not seen.
func letter() []byte {
	text := []specimen.Text{
		{X: 72, Y: 100, Size: 14, Words: "The informant " + secretName + " met us at noon."},
		{X: 72, Y: 130, Size: 14, Words: "The vessel had left before."},
	}
	doc := specimen.Document(
		specimen.Page{Text: text},
		specimen.Page{Text: text, Attributes: "/Rotate 90"},
		specimen.Page{Text: text, Attributes: "/CropBox [50 500 450 750]"},
		specimen.Page{Text: text, Attributes: "/MediaBox [0 0 595.276 841.89]", Height: 842},
	)
	hidden := fmt.Sprintf("/Type /Catalog /Lang (%s) /Names << /EmbeddedFiles << >> >>", secretName)
	return bytes.Replace(doc, []byte("/Type /Catalog"), []byte(hidden), 1)
}

// around finds the box of the name on each page, in whole points.
func around(t *testing.T, doc []byte) (out []anchor.Place) {
	t.Helper()
	for page := 1; page <= 4; page++ {
		lines, _, err := poppler.Text(t.Context(), bytes.NewReader(doc), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			for _, w := range l {
				if w.Text == secretName {
					out = append(out, anchor.Place{Kind: anchor.Page, Page: page, Box: anchor.Box{
						Left: int(w.Left / poppler.Point), Top: int(w.Top / poppler.Point),
						Right: int(w.Right/poppler.Point) + 1, Bottom: int(w.Bottom/poppler.Point) + 1,
					}})
				}
			}
		}
	}
	if len(out) != 4 {
		t.Fatalf("the name stands at %v", out)
	}
	return out
}

// drawn is every page as dots.
func drawn(t *testing.T, doc []byte, dpi int) (pages []poppler.Size, out []poppler.Raster) {
	t.Helper()
	pages, _, err := poppler.Sizes(t.Context(), bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	_, err = poppler.Draw(t.Context(), bytes.NewReader(doc), pages, dpi, func(_ int, r poppler.Raster) error {
		r.Pix = bytes.Clone(r.Pix)
		out = append(out, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages, out
}

func TestPDF(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	doc := letter()
	at := around(t, doc)
	out, result, err := redactBytes(t, doc, Request{Places: at})
	if err != nil {
		t.Fatal(err)
	}
	wantParams := regexp.MustCompile(`^\{"dpi":150,"pdftoppm":"\d+\.[0-9.]+","places":\["page=1&box=\d+,\d+,\d+,\d+",.*\]\}$`)
	if result.Tool != "redact-pdf@1" || result.Media != "application/pdf" || !wantParams.Match(result.Params) {
		t.Errorf("%+v %s", result, result.Params)
	}
	beforePages, before := drawn(t, doc, 150)
	afterPages, after := drawn(t, out, 150)
	if diff := cmp.Diff(beforePages, afterPages); diff != "" {
		t.Fatalf("pages (-before +after):\n%s", diff)
	}
	for i := range before {
		compare(t, i+1, before[i], after[i], at[i].Box)
	}
	again, _, err := redactBytes(t, doc, Request{Places: append(at[2:], at...)})
	if err != nil || !bytes.Equal(out, again) {
		t.Errorf("the same request, otherwise ordered, gave other bytes: %v", err)
	}
}

// compare wants the box black and all else as it was.
func compare(t *testing.T, page int, before, after poppler.Raster, box anchor.Box) {
	t.Helper()
	if before.Width != after.Width || before.Height != after.Height {
		t.Fatalf("page %d: %d by %d dots, was %d by %d", page, after.Width, after.Height, before.Width, before.Height)
	}
	// The box in dots, rounded in, and with what may be burned around it.
	const margin = 3
	dots := func(points int) int { return points * 150 / 72 }
	left, right := 3*(dots(box.Left)+1), 3*dots(box.Right)
	farLeft, farRight := 3*max(0, dots(box.Left)-margin), 3*min(before.Width, dots(box.Right)+margin)
	ink := 0
	for y := range before.Height {
		row := 3 * before.Width
		was, is := before.Pix[y*row:][:row], after.Pix[y*row:][:row]
		if y > dots(box.Top) && y < dots(box.Bottom) && bytes.Count(is[left:right], []byte{0}) != right-left {
			t.Fatalf("page %d: not black in the box, row %d", page, y)
		}
		l, r := farLeft, farRight
		if y < dots(box.Top)-margin || y >= dots(box.Bottom)+margin {
			l, r = row, row
		}
		if !bytes.Equal(was[:l], is[:l]) || !bytes.Equal(was[r:], is[r:]) {
			t.Fatalf("page %d: row %d is not as it was", page, y)
		}
		ink += bytes.Count(is[:l], []byte{0}) + bytes.Count(is[r:], []byte{0})
	}
	if ink < 100 {
		t.Fatalf("page %d has %d dots of ink beside the box: nothing was compared", page, ink)
	}
}

// contents are all bytes of a PDF in which something could stand: the file, and each
// of its streams unpacked.
func contents(t *testing.T, doc []byte) [][]byte {
	t.Helper()
	out := [][]byte{doc}
	rest := doc
	for {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			return out
		}
		body, next, _ := bytes.Cut(after, []byte("\nendstream"))
		if r, err := zlib.NewReader(bytes.NewReader(body)); err == nil {
			if body, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		out, rest = append(out, body), next
	}
}

func TestNothingIsLeftInTheFile(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	doc := letter()
	if n := bytes.Count(doc, []byte(secretName)); n != 5 {
		t.Fatalf("the name stands %d times in the specimen", n)
	}
	out, _, err := redactBytes(t, doc, Request{Places: around(t, doc)})
	if err != nil {
		t.Fatal(err)
	}
	parts := contents(t, out)
	if len(parts) != 1+2*4 {
		t.Errorf("%d streams for four pages", len(parts)-1)
	}
	words := []string{secretName, secretName[:4], "informant", "vessel", "Helvetica", "/Font", "/Lang", "/Names", "/Info", "/Annots"}
	for i, part := range parts {
		part = bytes.ToLower(part)
		for _, w := range words {
			if bytes.Contains(part, []byte(strings.ToLower(w))) {
				t.Errorf("part %d holds %q", i, w)
			}
		}
	}
	for page := 1; page <= 4; page++ {
		if lines, _, err := poppler.Text(t.Context(), bytes.NewReader(out), page); err != nil || len(lines) > 0 {
			t.Errorf("page %d has text: %v %v", page, lines, err)
		}
	}
	// Another reader of PDFs agrees that the file is sound, where there is one.
	if path, err := exec.LookPath("qpdf"); err == nil {
		cmd := exec.Command(path, "--check", "-")
		cmd.Stdin = bytes.NewReader(out)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("qpdf: %s", text)
		}
	}
}

func TestWholePage(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	out, _, err := redactBytes(t, letter(), Request{Places: places(t, "page=2", "page=4&box=0,0,100000,100000"), DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	_, after := drawn(t, out, 72)
	for i, r := range after {
		black := bytes.Count(r.Pix, []byte{0}) == len(r.Pix)
		if want := i == 1 || i == 3; black != want {
			t.Errorf("page %d is all black: %t", i+1, black)
		}
	}
}

func TestPlacesThatAPDFDoesNotHave(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	for place, want := range map[string]error{
		"page=5":                     anchor.ErrAbsent,
		"page=1&box=612,0,700,100":   anchor.ErrAbsent,
		"page=2&box=0,612,100,700":   anchor.ErrAbsent,
		"page=3&box=0,250,100,260":   anchor.ErrAbsent,
		"lines=1":                    anchor.ErrKind,
		"page=1000000&box=0,0,10,10": anchor.ErrAbsent,
	} {
		if out, _, err := redactBytes(t, letter(), Request{Places: places(t, "page=1", place)}); !errors.Is(err, want) || len(out) > 0 {
			t.Errorf("%s: %d bytes, %v", place, len(out), err)
		}
	}
}

func TestHostilePDF(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	for name, doc := range map[string][]byte{
		"giant page": specimen.Document(specimen.Page{Attributes: "/MediaBox [0 0 14400 14400]"}),
		"count":      specimen.HugeCount(1 << 30),
		"tower":      specimen.Tower(60),
		"truncated":  letter()[:500],
		"a mark":     []byte("%PDF-1.7\n"),
	} {
		_, _, err := redactBytes(t, doc, Request{Places: places(t, "page=1")})
		if !errors.Is(err, anchor.ErrDamaged) && !errors.Is(err, anchor.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that can be drawn is redacted, whatever it claims of its lengths.
	text := []specimen.Text{{X: 72, Y: 100, Size: 12, Words: secretName}}
	out, _, err := redactBytes(t, specimen.LyingLength(5, specimen.Page{Text: text}), Request{Places: places(t, "page=1&box=60,80,300,120")})
	if err != nil || bytes.Contains(out, []byte(secretName)) {
		t.Errorf("a length that lies: %v", err)
	}
}

func TestDecimal(t *testing.T) {
	for length, want := range map[int64]string{0: "0", 612_000_000: "612", 595_276_000: "595.276", 1: "0.000001", -280_000: "-0.28", -3_500_000: "-3.5"} {
		if got := decimal(length); got != want {
			t.Errorf("%d: %s, want %s", length, got, want)
		}
	}
}

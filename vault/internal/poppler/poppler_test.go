package poppler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/vault/internal/child"
	"github.com/turtlebay/turtlebay/vault/internal/specimen"
)

// letter holds the same two lines on a plain page, a turned one, a cropped one and
// one that is both.
func letter() []byte {
	text := []specimen.Text{{X: 72, Y: 100, Size: 12, Words: "The vessel sailed"}, {X: 100, Y: 120, Size: 12, Words: "at dawn"}}
	var pages []specimen.Page
	for _, attributes := range []string{"", "/Rotate 90", "/CropBox [50 50 450 750]", "/CropBox [50 50 450 750] /Rotate 90"} {
		pages = append(pages, specimen.Page{Text: text, Attributes: attributes})
	}
	return specimen.Document(pages...)
}

func TestSizesAreThoseDisplayed(t *testing.T) {
	specimen.Need(t, "pdfinfo")
	got, notes, err := Sizes(t.Context(), bytes.NewReader(letter()))
	want := []Size{{612 * Point, 792 * Point}, {792 * Point, 612 * Point}, {400 * Point, 700 * Point}, {700 * Point, 400 * Point}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %v (-want +got):\n%s", err, notes, diff)
	}
}

// TestATitleThatLooksLikePages puts lines of pdfinfo into the document's title.
func TestATitleThatLooksLikePages(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftoppm")
	title := `Pages:          1\nPage    1 size:  10 x 10 pts\nPage    1 rot:   90\nPages: 9999`
	doc := bytes.Replace(letter(), []byte("/Root 1 0 R"), []byte("/Root 1 0 R /Info << /Title (x\\n"+title+") >>"), 1)
	got, _, err := Sizes(t.Context(), bytes.NewReader(doc))
	if err != nil || len(got) != 4 || got[0] != (Size{612 * Point, 792 * Point}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestTextIsPlacedAsDisplayed(t *testing.T) {
	specimen.Need(t, "pdftotext")
	// The left and top of "sailed", rounded to points, on each page.
	for page, want := range map[int][2]int64{1: {132, 91}, 2: {689, 132}, 3: {82, 49}, 4: {639, 82}} {
		lines, notes, err := Text(t.Context(), bytes.NewReader(letter()), page)
		if err != nil || len(notes) > 0 || len(lines) != 2 || len(lines[0]) != 3 || len(lines[1]) != 2 {
			t.Fatalf("page %d: %v %v %v", page, lines, notes, err)
		}
		w := lines[0][2]
		if got := [2]int64{w.Left / Point, w.Top / Point}; w.Text != "sailed" || !close(got, want) {
			t.Errorf("page %d: %q at %v, want %v", page, w.Text, got, want)
		}
	}
	if _, _, err := Text(t.Context(), bytes.NewReader(letter()), 5); !errors.Is(err, ErrNoPage) {
		t.Errorf("page 5: %v", err)
	}
}

func close(a, b [2]int64) bool {
	return max(a[0]-b[0], b[0]-a[0], a[1]-b[1], b[1]-a[1]) <= 3
}

func TestDrawGivesEveryPage(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftoppm")
	pages, _, err := Sizes(t.Context(), bytes.NewReader(letter()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	notes, err := Draw(t.Context(), bytes.NewReader(letter()), pages, 72, func(page int, r Raster) error {
		got = append(got, fmt.Sprintf("%d: %dx%d ink %t", page, r.Width, r.Height, bytes.IndexByte(r.Pix, 0) >= 0))
		return nil
	})
	want := []string{"1: 612x792 ink true", "2: 792x612 ink true", "3: 400x700 ink true", "4: 700x400 ink true"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %v (-want +got):\n%s", err, notes, diff)
	}
	enough := errors.New("enough")
	_, err = Draw(t.Context(), bytes.NewReader(letter()), pages, 72, func(int, Raster) error { return enough })
	if !errors.Is(err, enough) {
		t.Error(err)
	}
	if _, err = Draw(t.Context(), bytes.NewReader(letter()), pages[:3], 72, func(int, Raster) error { return nil }); !errors.Is(err, child.ErrFailed) && !errors.Is(err, child.ErrLimit) {
		t.Errorf("a page too many: %v", err)
	}
	if _, err = Draw(t.Context(), bytes.NewReader(letter()), append(pages, pages[0]), 72, func(int, Raster) error { return nil }); !errors.Is(err, child.ErrFailed) {
		t.Errorf("a page too few: %v", err)
	}
}

// TestHostileDocuments wants each to end soon, either with an answer or a named error.
func TestHostileDocuments(t *testing.T) {
	specimen.Need(t, "pdfinfo", "pdftotext", "pdftoppm")
	good := specimen.Page{Text: []specimen.Text{{X: 72, Y: 100, Size: 12, Words: "still here"}}}
	for name, doc := range map[string][]byte{
		"flate bomb":     specimen.FlateBomb(30 << 20),
		"image bomb":     specimen.ImageBomb(16_000),
		"recursion":      specimen.Recursion(),
		"tower":          specimen.Tower(200),
		"count":          specimen.HugeCount(2_000_000_000),
		"length long":    specimen.LyingLength(999_999_999, good),
		"length short":   specimen.LyingLength(3, good),
		"deep":           specimen.Deep(50_000),
		"giant page":     specimen.Document(specimen.Page{Attributes: "/MediaBox [0 0 99999999 99999999]"}),
		"empty page":     specimen.Document(specimen.Page{Attributes: "/MediaBox [0 0 0 0]"}),
		"negative page":  specimen.Document(specimen.Page{Attributes: "/MediaBox [100 100 -5 -5]"}),
		"no pages":       specimen.Document(),
		"truncated":      letter()[:400],
		"nothing":        nil,
		"zeros":          make([]byte, 1<<20),
		"mark and noise": append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("1 0 obj<<"), 10_000)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := time.Now()
			_, _, errText := Text(t.Context(), bytes.NewReader(doc), 1)
			pages, _, errDraw := Sizes(t.Context(), bytes.NewReader(doc))
			if errDraw == nil {
				_, errDraw = Draw(t.Context(), bytes.NewReader(doc), pages, 72, func(int, Raster) error { return nil })
			}
			for _, err := range []error{errText, errDraw} {
				if err != nil && !errors.Is(err, child.ErrFailed) && !errors.Is(err, child.ErrLimit) && !errors.Is(err, ErrNoPage) {
					t.Errorf("unnamed error %v", err)
				}
			}
			took := time.Since(before)
			if took > 20*time.Second {
				t.Errorf("took %s", took)
			}
			t.Logf("%s, text: %v, draw: %v", took.Round(time.Millisecond), errText, errDraw)
		})
	}
}

func TestTooManyPages(t *testing.T) {
	text := fmt.Sprintf("Pages: %d\nPage 1 size: 612 x 792 pts\n", MaxPages+1)
	if _, err := sizes([]byte(text)); !errors.Is(err, child.ErrLimit) {
		t.Error(err)
	}
	if _, err := sizes([]byte("Pages: 2\nPage 1 size: 612 x 792 pts\n")); !errors.Is(err, child.ErrFailed) {
		t.Errorf("a page is missing: %v", err)
	}
}

func TestVersion(t *testing.T) {
	specimen.Need(t, "pdftotext")
	got, err := Version(t.Context(), "pdftotext")
	if err != nil || !regexp.MustCompile(`^\d+\.\d+`).MatchString(got) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := Version(t.Context(), "true"); !errors.Is(err, child.ErrFailed) {
		t.Error(err)
	}
}

func TestLength(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "595.276": 595_276_000, "12.3456789": 12_345_678, "-3.5": -3_500_000} {
		if got, ok := length(in); !ok || got != want {
			t.Errorf("%s: %d %t, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", ".5", "1e+06", "nan", "inf", "1234567890", "1.2.3", "--1", "+1"} {
		if got, ok := length(in); ok {
			t.Errorf("%s: %d", in, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte(`<html><head><title>x</title><meta name="Author" content="y"></head><body><doc><page width="1" height="1"><line><word xMin="1.5" yMin="2" xMax="3" yMax="4">a&lt;b</word></line></page></doc></body></html>`))
	f.Add([]byte("<page><word xMin='1'>\x01\x02</word></page>"))
	f.Add([]byte("<page><page/><word>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := words(data)
		if err != nil && !errors.Is(err, child.ErrFailed) {
			t.Fatal(err)
		}
		for _, l := range lines {
			for _, w := range l {
				if strings.ContainsRune(w.Text, 1) {
					t.Fatalf("control character in %q", w.Text)
				}
			}
		}
	})
}

func FuzzRasters(f *testing.F) {
	f.Add([]byte("P6\n2 1\n255\nabcdef"))
	f.Add([]byte("P6\n99999999999 1\n255\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		seen := 0
		err := rasters(bytes.NewReader(data), []Size{{Width: 2 * Point, Height: Point}}, 72, func(_ int, r Raster) error {
			seen++
			if len(r.Pix) != 3*r.Width*r.Height || r.Width > 3 || r.Height > 2 {
				t.Fatalf("%d by %d with %d bytes", r.Width, r.Height, len(r.Pix))
			}
			return nil
		})
		if err == nil && seen != 1 {
			t.Fatalf("%d pages", seen)
		}
	})
}

func FuzzSizes(f *testing.F) {
	f.Add([]byte("Pages:          1\nPage    1 size:  612 x 792 pts (letter)\nPage    1 rot:   90\n"))
	f.Add([]byte("Pages: 2\nPage 1 size: 1e9 x 2 pts\n"))
	f.Add([]byte("Page 0 rot: 90\nPages: 1\nPage 0 rot: 90\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pages, err := sizes(data)
		if err == nil && (len(pages) < 1 || pages[0].Width <= 0 || pages[0].Height <= 0) {
			t.Fatalf("%v", pages)
		}
	})
}

func TestIsPDF(t *testing.T) {
	for text, want := range map[string]bool{"%PDF-1.7": true, "mail\r\n\r\n%PDF-1.4": true, "": false, strings.Repeat("x", 1100) + "%PDF-": false} {
		if got := IsPDF(bufio.NewReaderSize(io.NopCloser(strings.NewReader(text)), 4096)); got != want {
			t.Errorf("%.20q: %t", text, got)
		}
	}
}

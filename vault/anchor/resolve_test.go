package anchor

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/vault/internal/specimen"
)

func digest(data string) string {
	sum := sha256.Sum256([]byte(data))
	return hex.EncodeToString(sum[:])
}

func gzipped(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(text string, big bool) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

// report has three pages: two lines in two columns, a turned page, an empty page.
func report() string {
	return string(specimen.Document(
		specimen.Page{Text: []specimen.Text{
			{X: 72, Y: 100, Size: 12, Words: "The vessel sailed at dawn"},
			{X: 72, Y: 120, Size: 12, Words: "without a flag"},
			{X: 400, Y: 100, Size: 12, Words: "Another column"},
		}},
		specimen.Page{Attributes: "/Rotate 90", Text: []specimen.Text{{X: 72, Y: 100, Size: 12, Words: "turned aside"}}},
		specimen.Page{},
	))
}

func resolveText(t *testing.T, content, media, place string) (Quote, error) {
	t.Helper()
	at, err := Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	return Resolve(t.Context(), strings.NewReader(content), media, at)
}

func TestBytesAndLines(t *testing.T) {
	csv := "\ufeffid,name\r\nSHP-1,\"two\r\nlines\"\r\nSHP-2,Ёж\r\n"
	le, be := "\xff\xfe"+encoded("첫째\r\n둘째\r\n", false), encoded("첫째\n둘째", true)
	for _, c := range []struct{ content, media, place, text, bytes string }{
		{"abcdef", "", "bytes=1-3", "bcd", "bcd"},
		{"abcdef", "", "bytes=0", "a", "a"},
		{"abcdef", "", "bytes=5-5", "f", "f"},
		{"a\x00b\xff", "", "bytes=1-3", "", "\x00b\xff"},
		{gzipped(t, "abcdef"), "application/gzip", "bytes=1-3", "bcd", "bcd"},
		{csv, "text/csv", "lines=1", "id,name", "id,name"},
		{csv, "text/csv", "lines=2-3", "SHP-1,\"two\r\nlines\"", "SHP-1,\"two\r\nlines\""},
		{csv, "text/csv", "lines=4", "SHP-2,Ёж", "SHP-2,Ёж"},
		{gzipped(t, csv), "", "lines=4", "SHP-2,Ёж", "SHP-2,Ёж"},
		{"a\n\nb", "", "lines=2", "", ""},
		{"a\n\nb", "", "lines=2-3", "\nb", "\nb"},
		{"a\nb\r", "", "lines=2", "b", "b"},
		{"caf\xe9\n", "text/plain; charset=iso-8859-1", "lines=1", "café", "caf\xe9"},
		{"caf\xe9\n", "text/plain", "lines=1", "caf\ufffd", "caf\xe9"},
		{"\xb4\xeb\xc7\xd1\n", "text/plain; charset=euc-kr", "lines=1", "대한", "\xb4\xeb\xc7\xd1"},
		{le, "", "lines=2", "둘째", encoded("둘째", false)},
		{le, "", "lines=1-2", "첫째\r\n둘째", encoded("첫째\r\n둘째", false)},
		{be, "text/plain; charset=utf-16be", "lines=1", "첫째", encoded("첫째", true)},
		{gzipped(t, le), "application/gzip", "lines=1", "첫째", encoded("첫째", false)},
		{encoded("\u0a00\u000a\u0a0a\nx", false), "text/plain; charset=utf-16le", "lines=3", "x", encoded("x", false)},
		{strings.Repeat("x", 300_000) + "\nlast", "", "lines=2", "last", "last"},
	} {
		got, err := resolveText(t, c.content, c.media, c.place)
		if err != nil || got.Text != c.text || string(got.Bytes) != c.bytes || got.SHA256 != digest(c.bytes) || got.Media == "" {
			t.Errorf("%.20q %s: %+v %v, want %q", c.content, c.place, got, err, c.text)
		}
	}
}

// TestEveryLineIsQuoted compares with lines cut by the standard library.
func TestEveryLineIsQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.SampledFrom([]string{"\n", "\r\n"})
		content, want := "", []string{}
		for i := range rapid.IntRange(1, 8).Draw(t, "lines") {
			line := fmt.Sprintf("%d %s", i, rapid.StringMatching(`[a-zé한, "]{0,12}`).Draw(t, "line"))
			want = append(want, line)
			content += line + ends.Draw(t, "end")
		}
		n := rapid.IntRange(1, len(want)+2).Draw(t, "number")
		got, err := Resolve(t.Context(), iotest.OneByteReader(strings.NewReader(content)), "", Place{Kind: Lines, From: int64(n), To: int64(n)})
		if n > len(want) {
			if !errors.Is(err, ErrAbsent) {
				t.Fatalf("line %d of %d: %v", n, len(want), err)
			}
			return
		}
		if err != nil || string(got.Bytes) != want[n-1] {
			t.Fatalf("line %d: %q %v, want %q", n, got.Bytes, err, want[n-1])
		}
	})
}

func TestPagesOfAPDF(t *testing.T) {
	specimen.Need(t, "pdftotext")
	for place, want := range map[string]string{
		"page=1":                         "The vessel sailed at dawn\nwithout a flag\nAnother column",
		"page=1&box=60,80,350,110":       "The vessel sailed at dawn",
		"page=1&box=60,80,350,130":       "The vessel sailed at dawn\nwithout a flag",
		"page=1&box=100,105,160,130":     "a flag",
		"page=1&box=390,0,612,792":       "Another column",
		"page=2":                         "turned aside",
		"page=2&box=680,60,710,110":      "turned",
		"page=1&box=0,0,1000000,1000000": "The vessel sailed at dawn\nwithout a flag\nAnother column",
	} {
		got, err := resolveText(t, report(), "application/pdf", place)
		if err != nil || got.Text != want || string(got.Bytes) != strings.Join(strings.Fields(want), " ") || got.SHA256 != digest(string(got.Bytes)) {
			t.Errorf("%s: %+v %v, want %q", place, got, err, want)
		}
		if !strings.HasPrefix(got.Tool, "pdftotext@") {
			t.Errorf("%s: read by %q", place, got.Tool)
		}
	}
	for place, want := range map[string]error{"page=3": ErrAbsent, "page=4": ErrAbsent, "page=1&box=1,1,20,20": ErrAbsent} {
		if got, err := resolveText(t, report(), "application/pdf", place); !errors.Is(err, want) {
			t.Errorf("%s: %+v %v", place, got, err)
		}
	}
	if _, err := resolveText(t, report()[:300], "application/pdf", "page=1"); !errors.Is(err, ErrDamaged) {
		t.Errorf("half a PDF: %v", err)
	}
}

func TestWithoutPopplerTheErrorSaysSo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := resolveText(t, report(), "application/pdf", "page=1"); !errors.Is(err, ErrProgram) {
		t.Error(err)
	}
}

func TestPicture(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 3))
	img.SetNRGBA(2, 1, color.NRGBA{R: 9, G: 8, B: 7, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	got, err := resolveText(t, b.String(), "image/png", "page=1&box=2,1,3,2")
	if want := "P6\n1 1\n255\n\x09\x08\x07"; err != nil || string(got.Bytes) != want || got.SHA256 != digest(want) || got.Media != "image/x-portable-pixmap" {
		t.Errorf("%+v %v", got, err)
	}
	if got, err = resolveText(t, b.String(), "image/png", "page=1"); err != nil || !bytes.HasPrefix(got.Bytes, []byte("P6\n4 3\n")) {
		t.Errorf("%+v %v", got, err)
	}
	for place, want := range map[string]error{"page=2": ErrAbsent, "page=1&box=4,0,9,9": ErrAbsent} {
		if _, err := resolveText(t, b.String(), "image/png", place); !errors.Is(err, want) {
			t.Errorf("%s: %v", place, err)
		}
	}
	if _, err := resolveText(t, b.String()[:60], "image/png", "page=1"); !errors.Is(err, ErrDamaged) {
		t.Errorf("half a picture: %v", err)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	truncated := gzipped(t, strings.Repeat("line of text\n", 10_000))
	for name, c := range map[string]struct {
		content, place string
		want           error
	}{
		"bytes after the end":   {"abc", "bytes=3", ErrAbsent},
		"bytes over the end":    {"abc", "bytes=2-3", ErrAbsent},
		"bytes of nothing":      {"", "bytes=0", ErrAbsent},
		"lines after the end":   {"a\nb\n", "lines=3", ErrAbsent},
		"lines over the end":    {"a\nb\n", "lines=2-3", ErrAbsent},
		"line of nothing":       {"", "lines=1", ErrAbsent},
		"page of a text":        {"plain text", "page=1", ErrKind},
		"page of a gif":         {"GIF89a\x00\x00\x00\x00", "page=1", ErrKind},
		"moment of a text":      {"plain text", "time=00:00:00-00:00:01", ErrKind},
		"moment of zeros":       {strings.Repeat("\x00", 1<<20), "time=00:00:00-00:00:01", ErrKind},
		"too many bytes":        {"abc", "bytes=0-99999999999", ErrLimit},
		"lines broken off":      {truncated[:len(truncated)-30], "lines=10000", ErrDamaged},
		"gzip of noise":         {"\x1f\x8b\x08\x00garbage that is no deflate", "lines=1", ErrDamaged},
		"bytes behind broken":   {truncated[:len(truncated)-4], "bytes=9999999", ErrDamaged},
		"lines of a half gzip":  {"\x1f\x8b", "lines=1", ErrDamaged},
		"page of a half png":    {"\x89PNG\r\n\x1a\n", "page=1", ErrDamaged},
		"place that is nothing": {"", "page=1", ErrKind},
	} {
		_, err := resolveText(t, c.content, "", c.place)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestTenGigabytesOfZeros wants a bomb to be recognised for what it is, soon.
func TestTenGigabytesOfZeros(t *testing.T) {
	file, size := specimen.Zeros(10 << 30)
	before := time.Now()
	for _, place := range []string{"lines=2", "time=00:00:01-00:00:02"} {
		at, err := Parse(place)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Resolve(t.Context(), io.NewSectionReader(file, 0, size), "", at)
		if !errors.Is(err, ErrLimit) && !errors.Is(err, ErrKind) {
			t.Errorf("%s: %v", place, err)
		}
	}
	if took := time.Since(before); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestABombOfAPDF(t *testing.T) {
	specimen.Need(t, "pdftotext")
	for name, doc := range map[string][]byte{
		"recursion": specimen.Recursion(), "tower": specimen.Tower(100), "count": specimen.HugeCount(1 << 31), "flate": specimen.FlateBomb(10 << 20),
	} {
		_, err := Resolve(t.Context(), bytes.NewReader(doc), "application/pdf", Place{Kind: Page, Page: 1})
		if !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Resolve(ctx, strings.NewReader("abc"), "", Place{Kind: Bytes}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	content := "first\nsecond\nthird\n"
	good := Anchor{Item: digest(content), At: Place{Kind: Lines, From: 2, To: 2}, Quote: digest("second")}
	other := func(change func(*Anchor)) Anchor {
		a := good
		change(&a)
		return a
	}
	for name, c := range map[string]struct {
		anchor  Anchor
		content string
		want    error
	}{
		"good":        {good, content, nil},
		"other place": {other(func(a *Anchor) { a.At.From, a.At.To = 1, 1 }), content, ErrQuote},
		"other quote": {other(func(a *Anchor) { a.Quote = digest("Second") }), content, ErrQuote},
		"other item":  {other(func(a *Anchor) { a.Item = digest("") }), content, ErrItem},
		"other bytes": {good, "first\nsecond\nTHIRD\n", ErrItem},
		"cut off":     {good, "first\n", ErrItem},
		"beyond":      {other(func(a *Anchor) { a.At.From, a.At.To = 9, 9 }), content, ErrAbsent},
	} {
		quote, err := Check(t.Context(), strings.NewReader(c.content), "", c.anchor)
		if !errors.Is(err, c.want) || c.want == nil && quote.Text != "second" {
			t.Errorf("%s: %+v %v, want %v", name, quote, err, c.want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Check(t.Context(), io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)), "", good); !errors.Is(err, broken) {
		t.Errorf("unreadable: %v", err)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add([]byte("a\nb\n"), "", "lines=2")
	f.Add([]byte("\xff\xfea\x00\n\x00b"), "text/plain; charset=utf-16le", "lines=1-2")
	f.Add([]byte("1\n00:00:01,000 --> 00:00:02,000\nhello\n"), "", "time=00:00:01-00:00:02")
	f.Add(sound(8000, 2, 10), "", "time=00:00:00-00:00:00.001")
	f.Add([]byte(gzipped(f, "packed")), "", "bytes=1-2")
	f.Fuzz(func(t *testing.T, content []byte, media, place string) {
		at, err := Parse(place)
		if err != nil || at.Kind == Page {
			return
		}
		quote, err := Resolve(t.Context(), bytes.NewReader(content), media, at)
		if err == nil && (quote.SHA256 != digest(string(quote.Bytes)) || quote.Media == "") {
			t.Fatalf("%+v", quote)
		}
	})
}

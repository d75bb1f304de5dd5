package redaction

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/vault/anchor"
)

func places(t testing.TB, texts ...string) (out []anchor.Place) {
	t.Helper()
	for _, text := range texts {
		p, err := anchor.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func redactBytes(t testing.TB, content []byte, req Request) ([]byte, Result, error) {
	t.Helper()
	var out bytes.Buffer
	result, err := Redact(t.Context(), &out, bytes.NewReader(content), int64(len(content)), req)
	return out.Bytes(), result, err
}

const minutes = "\ufeffPresent: Ms Kowalczyk\r\nsource: 김철수, Utopia\r\n\r\nKowalczyk left at noon"

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		places []string
		word   string
		want   string
		params string
	}{
		"bytes":         {[]string{"bytes=15-23"}, "", "\ufeffPresent: Ms █████████\r\nsource: 김철수, Utopia\r\n\r\nKowalczyk left at noon", `{"places":["bytes=15-23"]}`},
		"word":          {[]string{"bytes=15-23"}, "[name]", "\ufeffPresent: Ms [name]\r\nsource: 김철수, Utopia\r\n\r\nKowalczyk left at noon", `{"places":["bytes=15-23"],"word":"[name]"}`},
		"half a letter": {[]string{"bytes=35-40"}, "", "\ufeffPresent: Ms Kowalczyk\r\nsource: ███, Utopia\r\n\r\nKowalczyk left at noon", `{"places":["bytes=35-40"]}`},
		"lines":         {[]string{"lines=1-3"}, "", "\ufeff█████████████████████\r\n███████████████████\r\n\r\nKowalczyk left at noon", `{"places":["lines=1-3"]}`},
		"lines, word":   {[]string{"lines=4", "lines=2-3"}, "…", "\ufeffPresent: Ms Kowalczyk\r\n…\r\n\r\n…", `{"places":["lines=2-3","lines=4-4"],"word":"…"}`},
		"overlap":       {[]string{"bytes=15-20", "bytes=18-23", "bytes=15-20"}, "", "\ufeffPresent: Ms █████████\r\nsource: 김철수, Utopia\r\n\r\nKowalczyk left at noon", `{"places":["bytes=15-20","bytes=18-23"]}`},
		"over the end":  {[]string{"bytes=10-32"}, "[x]", "\ufeffPresent[x]\r\n[x] 김철수, Utopia\r\n\r\nKowalczyk left at noon", `{"places":["bytes=10-32"],"word":"[x]"}`},
	} {
		out, result, err := redactBytes(t, []byte(minutes), Request{Places: places(t, c.places...), Word: c.word})
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q %v, want %q", name, out, err, c.want)
		}
		if result.Tool != "redact-text@1" || string(result.Params) != c.params || result.Media != "text/plain; charset=utf-8" {
			t.Errorf("%s: %+v %s", name, result, result.Params)
		}
	}
	_, result, err := redactBytes(t, []byte(minutes), Request{Places: places(t, "bytes=15-23")})
	if want := "what was cut within bytes=15-23 still stands elsewhere, 1 times"; err != nil || len(result.Notes) != 1 || result.Notes[0] != want {
		t.Errorf("notes %q, want %q", result.Notes, want)
	}
}

// TestTextIsGoneAndTheRestIsNot cuts secrets of letters that stand nowhere else.
func TestTextIsGoneAndTheRestIsNot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kept := rapid.StringMatching(`[a-mé한\n ,"]{0,10}`)
		secret := rapid.StringMatching(`[n-zЖ丹]{1,6}(\r?\n[n-zЖ丹]{1,6})?`)
		text := "\ufeff"[:3*rapid.IntRange(0, 1).Draw(rt, "mark")]
		var pieces, secrets []string
		var at []anchor.Place
		for range rapid.IntRange(1, 5).Draw(rt, "secrets") {
			k, s := kept.Draw(rt, "kept"), secret.Draw(rt, "secret")
			pieces, secrets = append(pieces, text+k), append(secrets, s)
			offset := int64(len(strings.Join(pieces, "")) + len(strings.Join(secrets, "")) - len(s))
			at = append(at, anchor.Place{Kind: anchor.Bytes, From: offset, To: offset + int64(len(s)) - 1})
			text = ""
		}
		var content strings.Builder
		for i := range pieces {
			content.WriteString(pieces[i] + secrets[i])
		}
		word := rapid.SampledFrom([]string{"", "[…]"}).Draw(rt, "word")
		out, _, err := redactBytes(t, []byte(content.String()), Request{Places: at, Word: word})
		if err != nil {
			rt.Fatal(err)
		}
		if strings.ContainsAny(string(out), "nopqrstuvwxyzЖ丹") || !utf8.Valid(out) {
			rt.Fatalf("%q is left of %q", out, content.String())
		}
		if strings.Count(string(out), "\n") != strings.Count(content.String(), "\n") {
			rt.Fatalf("lines of %q, of %q", out, content.String())
		}
		if word == "" && utf8.RuneCount(out) != utf8.RuneCountInString(content.String()) {
			rt.Fatalf("%d characters, %d before", utf8.RuneCount(out), utf8.RuneCountInString(content.String()))
		}
		rest := string(out)
		for _, p := range pieces {
			_, after, ok := strings.Cut(rest, p)
			if !ok {
				rt.Fatalf("%q is gone from %q", p, out)
			}
			rest = after
		}
	})
}

// photo is a picture with a gradient, in which every dot differs from black.
func photo(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(60 + x), uint8(60 + y), 90, 255})
		}
	}
	return img
}

func TestPictures(t *testing.T) {
	img := photo(100, 80)
	for name, c := range map[string]struct {
		encode func(io.Writer) error
		black  image.Rectangle
		notes  int
	}{
		"png":  {func(w io.Writer) error { return png.Encode(w, img) }, image.Rect(30, 20, 60, 40), 1},
		"jpeg": {func(w io.Writer) error { return jpeg.Encode(w, img, nil) }, image.Rect(14, 4, 76, 56), 2},
	} {
		var in bytes.Buffer
		if err := c.encode(&in); err != nil {
			t.Fatal(err)
		}
		before, _, err := image.Decode(bytes.NewReader(in.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		out, result, err := redactBytes(t, in.Bytes(), Request{Places: places(t, "page=1&box=30,20,60,40")})
		if err != nil || result.Tool != "redact-picture@1" || string(result.Params) != `{"places":["page=1&box=30,20,60,40"]}` || result.Media != "image/png" || len(result.Notes) != c.notes {
			t.Fatalf("%s: %+v %s %v", name, result, result.Params, err)
		}
		after, err := png.Decode(bytes.NewReader(out))
		if err != nil || after.Bounds().Size() != img.Bounds().Size() {
			t.Fatalf("%s: %v", name, err)
		}
		for y := range 80 {
			for x := range 100 {
				want := color.NRGBAModel.Convert(before.At(x, y))
				if image.Pt(x, y).In(c.black) {
					want = color.NRGBA{A: 255}
				}
				if got := color.NRGBAModel.Convert(after.At(x, y)); got != want {
					t.Fatalf("%s: at %d,%d %v, want %v", name, x, y, got, want)
				}
			}
		}
	}
}

// TestNothingBesideTheDotsIsKept hides words in every part of a picture that is not dots.
func TestNothingBesideTheDotsIsKept(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, photo(40, 40), nil); err != nil {
		t.Fatal(err)
	}
	secret := "taken at 39.0N 125.7E"
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(secret) + 2)}, secret...)
	data := append(append(bytes.Clone(b.Bytes()[:2]), comment...), b.Bytes()[2:]...)
	data = append(data, secret...)
	out, _, err := redactBytes(t, data, Request{Places: places(t, "page=1&box=0,0,1,1")})
	if err != nil || bytes.Contains(out, []byte(secret)) || bytes.Contains(out, []byte("39.0N")) {
		t.Errorf("%v: the copy still says where", err)
	}
}

func TestRefusals(t *testing.T) {
	var pic bytes.Buffer
	if err := png.Encode(&pic, photo(10, 10)); err != nil {
		t.Fatal(err)
	}
	text := []byte("one\ntwo\n")
	many := Request{Places: make([]anchor.Place, MaxPlaces+1)}
	for name, c := range map[string]struct {
		content []byte
		req     Request
		want    error
	}{
		"no place":             {text, Request{}, ErrRequest},
		"too many":             {text, many, ErrRequest},
		"no such place":        {text, Request{Places: []anchor.Place{{Kind: "chapter"}}}, ErrRequest},
		"line of a word":       {text, Request{Places: places(t, "lines=1"), Word: "two\nlines"}, ErrRequest},
		"word turns":           {text, Request{Places: places(t, "lines=1"), Word: "\u202e"}, ErrRequest},
		"word of nothing":      {text, Request{Places: places(t, "lines=1"), Word: " "}, ErrRequest},
		"coarse":               {text, Request{Places: places(t, "lines=1"), DPI: 10}, ErrRequest},
		"bytes not there":      {text, Request{Places: places(t, "bytes=7-8")}, anchor.ErrAbsent},
		"lines not there":      {text, Request{Places: places(t, "lines=2-3")}, anchor.ErrAbsent},
		"line of nothing":      {nil, Request{Places: places(t, "lines=1")}, anchor.ErrAbsent},
		"page of a text":       {text, Request{Places: places(t, "page=1")}, anchor.ErrKind},
		"time of a text":       {text, Request{Places: places(t, "time=00:00:00-00:00:01")}, anchor.ErrKind},
		"line of a picture":    {pic.Bytes(), Request{Places: places(t, "lines=1")}, anchor.ErrKind},
		"second page":          {pic.Bytes(), Request{Places: places(t, "page=2")}, anchor.ErrAbsent},
		"box outside":          {pic.Bytes(), Request{Places: places(t, "page=1&box=10,0,20,20")}, anchor.ErrAbsent},
		"half a picture":       {pic.Bytes()[:40], Request{Places: places(t, "page=1")}, anchor.ErrDamaged},
		"not UTF-8":            {[]byte("caf\xe9"), Request{Places: places(t, "bytes=0")}, anchor.ErrKind},
		"UTF-16":               {[]byte("a\x00b\x00"), Request{Places: places(t, "bytes=0")}, anchor.ErrKind},
		"office":               {[]byte("PK\x03\x04\x00\x00\xff"), Request{Places: places(t, "bytes=0")}, anchor.ErrKind},
		"one good and one bad": {text, Request{Places: places(t, "lines=1", "lines=9")}, anchor.ErrAbsent},
	} {
		out, result, err := redactBytes(t, c.content, c.req)
		if !errors.Is(err, c.want) || len(out) > 0 || result.Tool != "" {
			t.Errorf("%s: %q %+v %v, want %v", name, out, result, err, c.want)
		}
	}
	if _, err := Redact(t.Context(), io.Discard, bytes.NewReader(nil), maxText+1, Request{Places: places(t, "lines=1")}); !errors.Is(err, anchor.ErrLimit) {
		t.Errorf("too long: %v", err)
	}
	full := errors.New("disk full")
	if _, err := Redact(t.Context(), fullDisk{full}, bytes.NewReader(text), 8, Request{Places: places(t, "lines=1")}); !errors.Is(err, full) {
		t.Errorf("disk full: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Redact(ctx, io.Discard, bytes.NewReader(text), 8, Request{Places: places(t, "lines=1")}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }

func FuzzText(f *testing.F) {
	f.Add([]byte(minutes), int64(3), int64(40), "")
	f.Add([]byte("a\r\r\n\n\u2028b"), int64(0), int64(3), "[x]")
	f.Add([]byte("\ufeff\n"), int64(1), int64(1), "")
	f.Fuzz(func(t *testing.T, content []byte, from, to int64, word string) {
		for _, kind := range []anchor.Kind{anchor.Bytes, anchor.Lines} {
			out, _, err := redactBytes(t, content, Request{Places: []anchor.Place{{Kind: kind, From: from, To: to}}, Word: word})
			if err != nil {
				continue
			}
			if !utf8.Valid(out) || bytes.Count(out, []byte("\n")) != bytes.Count(content, []byte("\n")) {
				t.Fatalf("%q became %q", content, out)
			}
			if kind == anchor.Bytes && (!bytes.HasPrefix(out, content[:max(0, from-3)]) || !bytes.HasSuffix(out, content[min(int64(len(content)), to+4):])) {
				t.Fatalf("%q became %q: more than bytes %d to %d", content, out, from, to)
			}
		}
	})
}

package stream

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"pgregory.net/rapid"
)

// lines draws text with line ends, delimiters and digits between words of any
// script.
func lines(t *rapid.T) string {
	word := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool {
		return textual(r) && r != '\n' && r != '\ufeff' && !unicode.Is(unicode.Co, r)
	}))
	var b strings.Builder
	for range rapid.IntRange(1, 20).Draw(t, "rows") {
		b.WriteString(rapid.SampledFrom([]string{"1,", "2;3;", "\t"}).Draw(t, "cells") + word.Draw(t, "word") + "\n")
	}
	return b.String()
}

// TestDetectUTF16: UTF-16 of rows is recognised with its byte order where every
// so many characters are ASCII, and text without zero bytes is never taken for it.
func TestDetectUTF16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := lines(t)
		c := rapid.SampledFrom([]Codec{UTF16LE, UTF16BE}).Draw(t, "codec")
		wide, err := c.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		ascii := 0
		for _, r := range text {
			if r < 0x100 {
				ascii++
			}
		}
		got, found, sound := DetectUTF16([]byte(wide))
		if want := ascii > 1 && ascii*asciiShare >= len(wide)/2; want && (!found || !sound || got.Name != c.Name) {
			t.Fatalf("%q in %s: found %t, sound %t, %s", text, c.Name, found, sound, got.Name)
		}
		if _, found, _ := DetectUTF16([]byte(text)); found && !strings.Contains(text, "\x00") {
			t.Fatalf("%q is taken for UTF-16", text)
		}
		for _, l := range legacy {
			if b, err := l.Encode(text); err == nil {
				if _, found, _ := DetectUTF16([]byte(b)); found {
					t.Fatalf("%q in %s is taken for UTF-16", text, l.Name)
				}
				if !slices.Contains(CouldBe([]byte(b)), l.Name) {
					t.Fatalf("%q could not be %s", text, l.Name)
				}
			}
		}
	})
}

func TestDetectUTF16Not(t *testing.T) {
	for _, in := range []string{"", "a", "\x00", "a\x00", "a,b\n1,\x002\n3,4\n", "\x00\x00\x00\x00\n\x00", strings.Repeat("x", 100) + "\n\x00" + strings.Repeat("y", 100)} {
		if c, found, sound := DetectUTF16([]byte(in)); found && sound {
			t.Errorf("%q is taken for %s", in, c.Name)
		}
	}
	half := "a\x00,\x00\n\x00\x3d\xd8" // a pair cut off with the sample
	if c, found, sound := DetectUTF16([]byte(half)); !found || !sound || c.Name != "utf-16le" {
		t.Errorf("cut in a pair: %s, %t, %t", c.Name, found, sound)
	}
}

func TestNamed(t *testing.T) {
	for name, want := range map[string]string{
		"UTF8": "utf-8", "utf-16LE": "utf-16le", "CP949": "euc-kr", "gbk": "gb18030", "sjis": "shift_jis", "Big5": "big5",
		"cp1251": "windows-1251", "windows-1252": "windows-1252", "latin1": "", "": "",
	} {
		if c, ok := Named(name); c.Name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t", name, c.Name, ok)
		}
	}
}

// TestTake: whatever the pieces that text is taken in, the bytes behind them are
// the bytes of the file.
func TestTake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := lines(t)
		c := rapid.SampledFrom(append([]Codec{UTF8, UTF16LE, UTF16BE}, legacy[1])).Draw(t, "codec")
		data, err := c.Encode(text)
		if err != nil {
			t.Skip()
		}
		s := New(iotest.HalfReader(strings.NewReader(data)), c)
		var back, raw bytes.Buffer
		for len(s.Window()) > 0 || s.Fill() {
			n, _ := s.LineEnd(0, 1<<20)
			a, b := s.Take(n)
			if !s.Valid(a, b) {
				t.Fatalf("%q is not valid", b)
			}
			back.Write(a)
			raw.Write(b)
			if s.Taken != int64(raw.Len()) {
				t.Fatalf("taken %d of %d", s.Taken, raw.Len())
			}
		}
		if back.String() != text || raw.String() != data {
			t.Fatalf("%q became %q, its bytes %q became %q", text, back.String(), data, raw.String())
		}
	})
}

package bounded

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestReaderPassesOnWhatFits(t *testing.T) {
	over := errors.New("over")
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "data")
		left := rapid.IntRange(0, 60).Draw(t, "left")
		b := &Reader{R: iotest.OneByteReader(bytes.NewReader(data)), Left: int64(left), Over: over}
		got, err := io.ReadAll(b)
		if len(data) <= left {
			if err != nil || b.Passed() || !bytes.Equal(got, data) {
				t.Fatalf("%q %v", got, err)
			}
			return
		}
		if !errors.Is(err, over) || !b.Passed() || !bytes.Equal(got, data[:left]) {
			t.Fatalf("%q %v of %q", got, err, data)
		}
		if n, err := b.Read(make([]byte, 9)); n != 0 || !errors.Is(err, over) {
			t.Fatalf("asked again: %d %v", n, err)
		}
	})
}

func gzipped(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpacked(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for name, c := range map[string]struct {
		limits Limits
		says   string
	}{
		"fits":          {Limits{Bytes: 1 << 20, Ratio: 2000, Floor: 0}, ""},
		"small":         {Limits{Bytes: 1 << 20, Ratio: 2, Floor: 1 << 20}, ""},
		"too many":      {Limits{Bytes: 1<<20 - 1, Ratio: 2000}, "more than 1048575 bytes"},
		"too well done": {Limits{Bytes: 1 << 20, Ratio: 100, Floor: 1000}, "more than 100 times its packed size"},
	} {
		in := &Counter{R: bytes.NewReader(gzipped(t, zeros))}
		gz, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		r := Unpacked(gz, in, c.limits)
		got, err := io.ReadAll(r)
		passed := (*Passed)(nil)
		switch {
		case c.says == "" && (err != nil || len(got) != len(zeros)):
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		case c.says != "" && (!errors.As(err, &passed) || err.Error() != c.says):
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if n, again := r.Read(make([]byte, 1)); n != 0 || c.says != "" && again != err {
			t.Errorf("%s: asked again: %d %v", name, n, again)
		}
	}
}

func TestUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := Until(ctx, strings.NewReader("abcdef"))
	if n, err := r.Read(make([]byte, 3)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	cancel()
	if n, err := r.Read(make([]byte, 3)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Fatal(n, err)
	}
}

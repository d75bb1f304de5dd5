package feed_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
)

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bzipped is "from,to\n1,2\n" as bzip2 writes it.
func bzipped(t *testing.T) []byte {
	t.Helper()
	b, err := hex.DecodeString(bzip)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const text = "from,to\n1,2\n"

func TestCompression(t *testing.T) {
	for _, c := range []struct {
		name, form string
		content    []byte
	}{
		{"plain", "", []byte(text)},
		{"gzip", "gzip", gzipped(t, []byte(text))},
		{"bzip2", "bzip2", bzipped(t)},
	} {
		f, err := feed.Bytes(c.name, c.content)
		if err != nil {
			t.Fatal(err)
		}
		head, err := f.Peek(4)
		if err != nil || string(head) != text[:4] {
			t.Errorf("%s: begins with %q, %v", c.name, head, err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != text || f.Form != c.form {
			t.Errorf("%s: got %q, %v, form %q", c.name, got, err, f.Form)
		}
		if sum, n, err := f.Digest(); err != nil || n != int64(len(c.content)) || len(sum) != 64 {
			t.Errorf("%s: digest %s of %d bytes, %v", c.name, sum, n, err)
		}
	}
}

func TestBroken(t *testing.T) {
	noise := make([]byte, 4000)
	for i := range noise {
		noise[i] = byte(rand.N(256))
	}
	whole := gzipped(t, noise)
	for name, content := range map[string][]byte{
		"cut":      whole[:len(whole)-200],
		"checksum": append(bytes.Clone(whole[:len(whole)-8]), 1, 2, 3, 4, 5, 6, 7, 8),
	} {
		f, err := feed.Bytes(name, content)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(f); err == nil {
			t.Errorf("%s: read to its end", name)
		}
	}
	if _, err := feed.Bytes("header", []byte("\x1f\x8b\x00")); !errors.Is(err, intake.ErrBroken) {
		t.Errorf("a gzip header that is cut: %v", err)
	}
}

func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("inflates 300 MB")
	}
	zeros, err := hex.DecodeString(bzippedZeros)
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.Bytes("bomb", bytes.Repeat(zeros, 7))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, f); !errors.Is(err, feed.ErrTooLarge) || n < 250<<20 || n > 300<<20 {
		t.Errorf("read %d bytes, %v; want that it is too large past 256 MB", n, err)
	}
}

func TestOpen(t *testing.T) {
	if _, err := feed.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := feed.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	path := filepath.Join(t.TempDir(), "a\u202eb.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := feed.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if strings.Contains(f.Name, "\u202e") {
		t.Errorf("the name %q turns the reader's text around", f.Name)
	}
	again, err := f.Again()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, err := io.ReadAll(again); err != nil || string(got) != text {
		t.Errorf("again: %q, %v", got, err)
	}
	if _, size, err := f.ReaderAt(); err != nil || size != int64(len(text)) {
		t.Errorf("size %d, %v", size, err)
	}
}

// Every row is accounted for, refused ones by their reason, and the receipt says so.
func TestReceipt(t *testing.T) {
	f, err := feed.Bytes("file.csv", []byte("a,b\n1,2\n3\n4,5\n6,7\n8,9\n"))
	if err != nil {
		t.Fatal(err)
	}
	files := []*feed.File{f}
	tally := feed.NewTally(files, "csv")
	n := 0
	for row, err := range feed.EachRow(context.Background(), files, tally, false) {
		if err != nil {
			var refusal *intake.Refusal
			if !errors.As(err, &refusal) || refusal.Line != 3 {
				t.Fatal(err)
			}
			continue
		}
		switch n++; n {
		case 1:
			tally.Gave(row.File)
			tally.Transfer()
		case 2:
			tally.Still(row.File)
		case 3:
			tally.Context(row.File)
		case 4:
			tally.Refuse(row.File, row.Refuse("a", "wrong", "8"))
			tally.Note("something")
		}
	}
	got := tally.Receipt()
	if !got.Reconciles() || got.Refused() != 2 || got.Files[0].Read != 5 || got.Transfers != 1 {
		t.Errorf("the receipt is\n%s", got)
	}
	for _, want := range []string{
		"read 5 = gave 1 + moved nothing 1 + about others 1 + refused 2", "refused 1: a: wrong", "note 1: something", "22 bytes",
	} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("the receipt does not say %q:\n%s", want, got)
		}
	}
	got.Files[0].Read++
	if got.Reconciles() {
		t.Error("a row too many reconciles")
	}
}

func TestReasonsAreBounded(t *testing.T) {
	tally := feed.NewTally([]*feed.File{{Name: "f"}}, "csv")
	for i := range 1000 {
		tally.Read(0)
		tally.RefuseAt(0, 1, "", strings.Repeat("x", i), "")
	}
	if r := tally.Receipt(); len(r.ByReason) > 101 || !r.Reconciles() {
		t.Errorf("%d reasons", len(r.ByReason))
	}
}

func TestEmpty(t *testing.T) {
	for _, content := range []string{"", "\n\n"} {
		for _, mayBe := range []bool{true, false} {
			f, err := feed.Bytes("empty", []byte(content))
			if err != nil {
				t.Fatal(err)
			}
			tally := feed.NewTally([]*feed.File{f}, "csv")
			var got error
			for _, err := range feed.EachRow(context.Background(), []*feed.File{f}, tally, mayBe) {
				got = errors.Join(got, err)
			}
			if errors.Is(got, intake.ErrEmpty) == mayBe || mayBe && tally.Receipt().Notes[feed.NoteEmpty] != 1 {
				t.Errorf("%q, may be empty %v: %v", content, mayBe, got)
			}
		}
	}
}

func TestFields(t *testing.T) {
	const row = `{"n": 7, "big": 115792089237316195423570985008687907853269984665640564039457584007913129639935,
		"text": "9", "null": null, "minus": -1, "float": 1.5, "exp": 1e3, "hash": "0x` + hash + `", "short": "0xab", "list": [1],
		"address": "0x098b716b8aaf21512996dc57eb0615e2383e2f96", "bad": "0x098B716b8aaf21512996dc57eb0615e2383e2f96"}`
	read := func() *feed.Fields {
		src, err := intake.NewSource("f", strings.NewReader(strings.ReplaceAll(row, "\n", " ")), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range src.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			return feed.NewFields(row, chain.Ethereum)
		}
		return nil
	}
	sound := read()
	if n, ok := sound.Number("n", 8); n != 7 || !ok {
		t.Error("n")
	}
	if a, ok := sound.Amount("big"); a.Big().BitLen() != 256 || !ok {
		t.Error("big")
	}
	if _, ok := sound.Number("null", 8); ok {
		t.Error("null is a number")
	}
	if sound.Hash("hash") == "" || sound.Address("address") == "" || sound.Need("text", 8) != 9 || sound.Address("none") != "" {
		t.Error("hash, address, text or none")
	}
	if sound.Refusal() != nil {
		t.Error(sound.Refusal())
	}
	for want, fail := range map[string]func(*feed.Fields){
		"f:1: none: missing":                                   func(f *feed.Fields) { f.Need("none", 8) },
		"f:1: null: missing":                                   func(f *feed.Fields) { f.NeedAmount("null") },
		`f:1: minus: not a whole number in range: "-1"`:        func(f *feed.Fields) { f.Number("minus", 8) },
		`f:1: minus: is negative: "-1"`:                        func(f *feed.Fields) { f.Amount("minus") },
		`f:1: float: has more decimals than the asset: "1.5"`:  func(f *feed.Fields) { f.Amount("float") },
		`f:1: exp: not a plain decimal number: "1e3"`:          func(f *feed.Fields) { f.Amount("exp") },
		`f:1: short: not hexadecimal of the right length: "0x`: func(f *feed.Fields) { f.Hash("short") },
		`f:1: bad: bad checksum: "0x098B`:                      func(f *feed.Fields) { f.Address("bad") },
		`f:1: list: not a plain decimal number: "[1]"`:         func(f *feed.Fields) { f.Amount("list") },
		"f:1: null: missing ":                                  func(f *feed.Fields) { f.NeedAddress("null") },
		"f:1: none: missing ":                                  func(f *feed.Fields) { f.NeedHash("none") },
	} {
		f := read()
		fail(f)
		f.Fault("later", "a second fault", "")
		if f.Refusal() == nil || !strings.HasPrefix(f.Refusal().Error(), strings.TrimSpace(want)) {
			t.Errorf("got %v, want %s", f.Refusal(), want)
		}
	}
}

const hash = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

const bzip = "425a683931415926535938e2fc13000003598000100004300001029400200031064c410d189a32594149178bb9229c28481c717e0980"

// bzippedZeros are 45,000,000 zeros.
const bzippedZeros = "425a6839314159265359c901b6c80158ab4020c00010000008200030cc0529a65248526c5492149e2ee48a70a12192036d90"

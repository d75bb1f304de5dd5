package form_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/form"
)

func Example() {
	fmt.Println(form.Tx(chain.Ethereum, "\x01\x02"))
	fmt.Println(form.Protect("=1+1"))
	fmt.Println(form.Grouped("1234567.5", 8))
	// Output:
	// 0x0102
	// '=1+1
	// 1,234,567.5
}

func TestTx(t *testing.T) {
	id := string(bytes.Repeat([]byte{0xab}, 32))
	digits := strings.Repeat("ab", 32)
	for of, want := range map[chain.ID]string{
		chain.Ethereum: "0x" + digits, chain.BSC: "0x" + digits, chain.Harmony: "0x" + digits, "vechain": "0x" + digits,
		chain.Bitcoin: digits, chain.Tron: digits, chain.Dogecoin: digits, chain.Stellar: digits, "unheard-of": digits,
		chain.XRP: strings.ToUpper(digits), chain.Cosmos: strings.ToUpper(digits),
		chain.Algorand: "VOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5LVOV2XK5LVOVQ",
	} {
		if got := form.Tx(of, id); got != want {
			t.Errorf("%s: %s, want %s", of, got, want)
		}
	}
	// The example of base58's specification, draft-msporny-base58.
	b, err := hex.DecodeString("0000287fb4cd")
	if err != nil {
		t.Fatal(err)
	}
	if got := form.Tx(chain.Solana, string(b)); got != "11233QC4" {
		t.Error(got)
	}
}

func TestRowAndTime(t *testing.T) {
	if got := form.Row(follow.RowID{Kind: ledger.Output, Index: 1 << 31}); got != "output 2147483648" {
		t.Error(got)
	}
	if got := form.Time(1_648_042_149); got != "2022-03-23T13:29:09Z" {
		t.Error(got)
	}
}

func TestGrouped(t *testing.T) {
	for _, c := range []struct {
		number   string
		decimals int
		want     string
	}{
		{"0", 8, "0"}, {"999", 8, "999"}, {"1000", 8, "1,000"}, {"1234567", 0, "1,234,567"}, {"1.123456789", 8, "1.12345678…"}, {"0.5", 0, "0…"}, {"12345.67", 2, "12,345.67"},
	} {
		if got := form.Grouped(c.number, c.decimals); got != c.want {
			t.Errorf("%s: %s, want %s", c.number, got, c.want)
		}
	}
}

// TestGroupedAddsNothing: but for commas and what is cut off it is the number.
func TestGroupedAddsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "n")).String()
		got := form.Grouped(n, 3)
		if strings.ReplaceAll(got, ",", "") != n {
			t.Fatal(got)
		}
		for i, part := range strings.Split(got, ",") {
			if len(part) > 3 || i > 0 && len(part) != 3 {
				t.Fatal(got)
			}
		}
	})
}

// TestCellsAreNoFormulas: and whoever knows the mark gets the text back.
func TestCellsAreNoFormulas(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+\-@'\t\r＝a]{0,4}`))
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		cell := form.Protect(text)
		if form.Plain(cell) != text {
			t.Fatalf("%q became %q and then %q", text, cell, form.Plain(cell))
		}
		if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
			t.Fatalf("%q", cell)
		}
	})
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	rows := [][]string{{"a,b", "=1", "x\"y"}, {"한국", "\u202e\n", ""}}
	if err := form.CSV(&b, []string{"p", "q", "r"}, len(rows), func(i int) []string { return rows[i] }); err != nil {
		t.Fatal(err)
	}
	const want = "p,q,r\r\n\"a,b\",'=1,\"x\"\"y\"\r\n한국,\\u202e\\n,\r\n"
	if b.String() != want {
		t.Errorf("%q", b.String())
	}
	back, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(back) != 3 || form.Plain(back[1][1]) != "=1" {
		t.Errorf("%q, %v", back, err)
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestNoRoom(t *testing.T) {
	row := func(int) []string { return []string{strings.Repeat("x", 5000)} }
	for _, room := range []int{0, 6000} {
		if err := form.CSV(&full{room}, []string{"h"}, 3, row); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	}
	o := form.NewObject(&full{})
	o.Member("a", strings.Repeat("x", 10_000))
	if err := o.Close(); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	o = form.NewObject(io.Discard)
	o.Member("a", func() {})
	if err := o.Close(); err == nil {
		t.Error("a function is no JSON")
	}
}

// TestObjectSaysWhatItWasGiven: whatever characters, and none of them hidden.
func TestObjectSaysWhatItWasGiven(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune{'\u202e', '\U000e0001', 'a', '"', '\\', '한', '\x7f', '\u0085'})))
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(texts).Draw(t, "list")
		name := texts.Draw(t, "name")
		var b bytes.Buffer
		o := form.NewObject(&b)
		form.List(o, "list", list, func(s *string) any { return *s })
		o.Member("n"+name, name)
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err, b.String())
		}
		if got["n"+name] != name {
			t.Fatalf("%q became %q", name, got["n"+name])
		}
		for i, s := range list {
			if got["list"].([]any)[i] != s {
				t.Fatalf("%q became %q", s, got["list"].([]any)[i])
			}
		}
		if strings.ContainsAny(b.String(), "\u202e\U000e0001\x7f\u0085") {
			t.Fatalf("%q", b.String())
		}
	})
}

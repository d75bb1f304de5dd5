package columns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/columns"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"pgregory.net/rapid"
)

func read(content []byte) (rows []ledger.Transfer, refusals []string, receipt feed.Receipt, err error) {
	f, err := feed.Bytes("f", content)
	if err != nil {
		return nil, nil, receipt, err
	}
	tally := feed.NewTally([]*feed.File{f}, "parquet")
	for row, wrong := range columns.Read(context.Background(), []*feed.File{f}, feed.Options{}, tally) {
		var refusal *intake.Refusal
		switch {
		case errors.As(wrong, &refusal):
			refusals = append(refusals, refusal.Error())
		case wrong != nil:
			err = errors.Join(err, wrong)
		default:
			rows = append(rows, row)
		}
	}
	return rows, refusals, tally.Receipt(), err
}

func stream(rows []ledger.Transfer) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func written(rows []ledger.Transfer) ([]byte, error) {
	var out bytes.Buffer
	n, err := columns.Write(&out, stream(rows))
	if err == nil && int(n) != len(rows) {
		err = fmt.Errorf("wrote %d rows of %d", n, len(rows))
	}
	return out.Bytes(), err
}

// transfers draws rows that a ledger may hold.
func transfers() *rapid.Generator[ledger.Transfer] {
	text := func(least, most int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(rapid.Byte(), least, most), func(b []byte) string { return string(b) })
	}
	return rapid.Custom(func(t *rapid.T) ledger.Transfer {
		kind := ledger.Kind(rapid.IntRange(1, 3).Draw(t, "kind"))
		who := rapid.OneOf(text(0, 0), text(20, 20), text(0, 64), rapid.Map(text(20, 20), func(s string) string { return "\x02" + s }))
		r := ledger.Transfer{
			Chain: rapid.SampledFrom([]chain.ID{chain.Ethereum, chain.Bitcoin, chain.Tron, chain.XRP, chain.Solana, chain.Harmony, "other"}).Draw(t, "chain"),
			Kind:  kind, Block: rapid.Uint64Range(0, 1<<63-1).Draw(t, "block"), Pos: rapid.Uint32().Draw(t, "pos"), Index: rapid.Uint32().Draw(t, "index"),
			Time: rapid.Int64().Draw(t, "time"), Tx: text(1, 64).Draw(t, "tx"),
			Asset: ledger.Asset(rapid.OneOf(text(0, 64), rapid.SampledFrom([]string{"", "USD", "raw:00", "name:x", strings.Repeat("a", 20)})).Draw(t, "asset")),
			Value: chain.FromBytes([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "value"))),
		}
		if kind != ledger.Output {
			r.From = ledger.Address(who.Draw(t, "from"))
		}
		if kind != ledger.Input {
			r.To = ledger.Address(who.Draw(t, "to"))
		} else {
			r.Spends = ledger.Outpoint{Tx: text(1, 64).Draw(t, "spends"), Index: rapid.Uint32().Draw(t, "output")}
		}
		return r
	})
}

func TestRoundTripLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(transfers(), 0, 600).Draw(t, "rows")
		content, err := written(want)
		if err != nil {
			t.Fatal(err)
		}
		again, err := written(want)
		if err != nil || !bytes.Equal(content, again) {
			t.Fatal("the same rows make other bytes", err)
		}
		got, refusals, receipt, err := read(content)
		if err != nil || len(refusals) > 0 || !receipt.Reconciles() || int(receipt.Transfers) != len(want) {
			t.Fatal(err, refusals, receipt)
		}
		want = slices.Clone(want)
		slices.SortStableFunc(want, func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
		if !slices.Equal(want, got) {
			t.Fatalf("%v comes back as %v", want, got)
		}
	})
}

// others is a file as others may write it: nullable, in another order, with a column
// more and some fewer.
type others struct {
	Value *string `parquet:"value,optional"`
	Note  string  `parquet:"note"`
	To    *string `parquet:"to,optional"`
	From  *string `parquet:"from,optional"`
	Tx    *string `parquet:"tx,optional"`
	Time  *int64  `parquet:"time,optional"`
	Block *int64  `parquet:"block,optional"`
	Chain *string `parquet:"chain,optional"`
}

func fileOf[T any](t *testing.T, rows ...T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOthers(t *testing.T) {
	text := func(s string) *string { return &s }
	number := func(n int64) *int64 { return &n }
	const address = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
	sound := func() others {
		return others{text("115792089237316195423570985008687907853269984665640564039457584007913129639935"), "n", nil, text(address), text("0xab"), number(9), number(7), text("ethereum")}
	}
	bad := func(change func(*others)) others {
		o := sound()
		change(&o)
		return o
	}
	rows, refusals, receipt, err := read(fileOf(t, sound(),
		bad(func(o *others) { o.Value = text("1.5") }),
		bad(func(o *others) { o.Value = nil }),
		bad(func(o *others) { o.From = text("0x12") }),
		bad(func(o *others) { o.Tx = text("") }),
		bad(func(o *others) { o.Tx = text("xyz") }),
		bad(func(o *others) { o.Block = number(-1) }),
		bad(func(o *others) { o.Chain = text("Ethereum") }),
		bad(func(o *others) { o.To = text("raw:0") }),
		bad(func(o *others) { o.To = text("raw:" + strings.Repeat("00", 65)) }),
	))
	if err != nil || len(rows) != 1 || !receipt.Reconciles() {
		t.Fatal(rows, refusals, receipt, err)
	}
	got := rows[0]
	if got.Kind != ledger.Payment || got.Block != 7 || got.Time != 9 || got.Tx != "\xab" || got.To != "" || len(got.From) != 20 || got.Value.Big().BitLen() != 256 {
		t.Errorf("row %+v", got)
	}
	want := []string{
		`f:2: value: has more decimals than the asset: "1.5"`, `f:3: value: not a plain decimal number: ""`, `f:4: from: wrong length: "0x12"`,
		"f:5: tx: want 1 to 64 bytes", `f:6: tx: not hexadecimal of the right length: "xyz"`, "f:7: block: 2^63 or more",
		`f:8: from: chain not known: "0x098`, `f:9: to: not in a form of this chain: "raw:0"`, "f:10: to: more than 64 bytes",
	}
	if len(refusals) != len(want) {
		t.Fatalf("refused:\n%s", strings.Join(refusals, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(refusals[i], want[i]) {
			t.Errorf("refusal %s, want %s", refusals[i], want[i])
		}
	}
}

func TestSchema(t *testing.T) {
	type few struct {
		Chain string `parquet:"chain"`
	}
	type other struct {
		Chain string  `parquet:"chain"`
		Block float64 `parquet:"block"`
		Time  int64   `parquet:"time"`
		Tx    string  `parquet:"tx"`
		From  string  `parquet:"from"`
		To    string  `parquet:"to"`
		Value string  `parquet:"value"`
	}
	for _, c := range []struct {
		want    string
		content []byte
	}{
		{"f: not a Parquet file of transfers: no column block", fileOf(t, few{"x"})},
		{"f: not a Parquet file of transfers: column block: want INT64", fileOf(t, other{})},
		{"f: the file broke off", []byte("PAR1 and no more")},
		{"f: it has to be read anywhere, and is compressed with gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x00\x00\x00\xff\xff")},
	} {
		want, content := c.want, c.content
		_, _, _, err := read(content)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, _, _, err := read(fileOf(t, few{"x"})); !errors.Is(err, columns.ErrSchema) {
		t.Errorf("got %v", err)
	}
}

// A page that says it is huge is not begun.
func TestPages(t *testing.T) {
	type wide struct {
		Chain string `parquet:"chain,uncompressed"`
		Block int64  `parquet:"block"`
		Time  int64  `parquet:"time"`
		Tx    string `parquet:"tx"`
		From  string `parquet:"from"`
		To    string `parquet:"to"`
		Value string `parquet:"value"`
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[wide](&out, parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(200<<20))
	rows := slices.Repeat([]wide{{Chain: "ethereum", Tx: strings.Repeat("ab", 500)}}, 70_000)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := read(out.Bytes()); !errors.Is(err, columns.ErrPage) {
		t.Errorf("got %v, want %v", err, columns.ErrPage)
	}
}

// A file that is cut or altered anywhere is an error or gives the same rows.
func TestDamaged(t *testing.T) {
	rows := make([]ledger.Transfer, 60)
	for i := range rows {
		rows[i] = ledger.Transfer{Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(i), Tx: fmt.Sprint(i), Value: chain.Units64(uint64(i))}
	}
	content, err := written(rows)
	if err != nil {
		t.Fatal(err)
	}
	for n := range content {
		if _, _, _, err := read(content[:n]); err == nil {
			t.Errorf("cut to %d bytes of %d it is whole", n, len(content))
		}
		altered := bytes.Clone(content)
		altered[n] ^= 0x55
		if got, _, _, err := read(altered); err == nil && !slices.Equal(got, rows) {
			t.Errorf("with byte %d altered other rows come out", n)
		}
	}
}

func TestWriteStops(t *testing.T) {
	broken := errors.New("broken")
	n, err := columns.Write(&bytes.Buffer{}, func(yield func(ledger.Transfer, error) bool) {
		_ = yield(ledger.Transfer{Kind: ledger.Payment}, nil) && yield(ledger.Transfer{}, broken)
	})
	if n != 1 || !errors.Is(err, broken) {
		t.Errorf("wrote %d, %v", n, err)
	}
	if diff := cmp.Diff("write Parquet: row 2: broken", err.Error()); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	content, err := written([]ledger.Transfer{{Chain: chain.Ethereum, Kind: ledger.Payment, Tx: "t", Value: chain.Units64(7)}, {Chain: chain.Bitcoin, Kind: ledger.Output, Tx: "u", To: "x"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Fuzz(func(t *testing.T, b []byte) {
		if !columns.IsParquet(b) {
			return
		}
		rows, _, receipt, err := read(b)
		for i := range rows {
			if rows[i].Check() != nil {
				t.Error(rows[i].Check())
			}
		}
		if err == nil && !receipt.Reconciles() {
			t.Error(receipt)
		}
	})
}

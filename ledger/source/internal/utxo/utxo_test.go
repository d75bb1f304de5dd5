package utxo_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
	"github.com/turtlebay/turtlebay/ledger/source/internal/utxo"
)

type fataler interface {
	Helper()
	Fatal(...any)
}

// read reads contents as blocks or, with etl, as rows of bitcoin-etl.
func read(t fataler, id chain.ID, etl bool, spent script.Spent, contents ...[]byte) (rows []ledger.Transfer, refusals []string, receipt feed.Receipt) {
	t.Helper()
	var files []*feed.File
	for i, content := range contents {
		f, err := feed.Bytes(fmt.Sprintf("f%d", i), content)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	tally := feed.NewTally(files, "blocks")
	of := utxo.ReadBlocks
	if etl {
		of = utxo.ReadETL
	}
	for row, err := range of(context.Background(), files, feed.Options{Chain: id}, spent, tally) {
		var refusal *intake.Refusal
		switch {
		case errors.As(err, &refusal):
			refusals = append(refusals, refusal.Error())
		case err != nil:
			t.Fatal(err)
		case row.Check() != nil:
			t.Fatal(row.Check())
		case len(rows) > 0 && ledger.Compare(&rows[len(rows)-1], &row) > 0:
			t.Fatal("out of order")
		default:
			rows = append(rows, row)
		}
	}
	receipt = tally.Receipt()
	if !receipt.Reconciles() || int(receipt.Transfers) != len(rows) || int(receipt.Refused()) != len(refusals) {
		t.Fatal("the receipt does not fit", len(rows), "rows and", len(refusals), "refusals:", receipt)
	}
	return rows, refusals, receipt
}

// text writes rows as "block.pos in|out.index from>to value".
func text(rows []ledger.Transfer) (out []string) {
	for _, t := range rows {
		word := t.Kind.String()[:2]
		out = append(out, fmt.Sprintf("%d.%d %s.%d %s>%s %s", t.Block, t.Pos, word, t.Index, owner(t.From), owner(t.To), t.Value))
	}
	return out
}

func owner(a ledger.Address) string {
	switch {
	case a == "":
		return "-"
	case a == utxo.Shielded:
		return "shielded"
	case len(a) > 2 && strings.Count(string(a[2:]), string(a[2:3])) == len(a)-2:
		return fmt.Sprintf("k%d", a[2])
	}
	return "?"
}

// made are parts of blocks.
type (
	txIn struct {
		tx    [32]byte
		index uint32
	}
	txOut struct {
		value uint64
		key   byte
	}
	tx struct {
		in      []txIn
		out     []txOut
		script  []byte // of the first input
		witness bool
	}
)

func size(n int) []byte {
	if n < 0xfd {
		return []byte{byte(n)}
	}
	return binary.LittleEndian.AppendUint16([]byte{0xfd}, uint16(n))
}

func (t tx) bytes(witness bool) []byte {
	b := []byte{2, 0, 0, 0}
	if witness {
		b = append(b, 0, 1)
	}
	b = append(b, size(len(t.in))...)
	for i, in := range t.in {
		b = append(b, in.tx[:]...)
		b = binary.LittleEndian.AppendUint32(b, in.index)
		var s []byte
		if i == 0 {
			s = t.script
		}
		b = append(append(append(b, size(len(s))...), s...), 0xff, 0xff, 0xff, 0xff)
	}
	b = append(b, size(len(t.out))...)
	for _, out := range t.out {
		s := slices.Concat([]byte{0x76, 0xa9, 20}, bytes.Repeat([]byte{out.key}, 20), []byte{0x88, 0xac})
		b = binary.LittleEndian.AppendUint64(b, out.value)
		b = append(append(b, size(len(s))...), s...)
	}
	if witness {
		for range t.in {
			b = append(b, 2, 1, 0xaa, 0)
		}
	}
	return append(b, 0, 0, 0, 0)
}

func (t tx) hash() [32]byte { return twice(t.bytes(false)) }

func twice(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

func coinbase(script []byte, out ...txOut) tx {
	return tx{in: []txIn{{index: 1<<32 - 1}}, out: out, script: script}
}

// block makes a block and its hash. The root of up to three transactions is computed.
func block(version uint32, prev [32]byte, txs ...tx) ([]byte, [32]byte) {
	b := binary.LittleEndian.AppendUint32(nil, version)
	b = append(b, prev[:]...)
	var row [][32]byte
	for _, t := range txs {
		row = append(row, t.hash())
	}
	for len(row) > 1 {
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		var up [][32]byte
		for pair := range slices.Chunk(row, 2) {
			up = append(up, twice(slices.Concat(pair[0][:], pair[1][:])))
		}
		row = up
	}
	b = append(b, row[0][:]...)
	b = binary.LittleEndian.AppendUint32(b, 1_300_000_000)
	b = append(b, 0xff, 0xff, 0x00, 0x1d, 0, 0, 0, 0)
	hash := twice(b)
	b = append(b, size(len(txs))...)
	for _, t := range txs {
		b = append(b, t.bytes(t.witness)...)
	}
	return b, hash
}

func framed(blocks ...[]byte) (out []byte) {
	for _, b := range blocks {
		out = append(out, utxo.Magic...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	return out
}

// genesis is Bitcoin's first block.
var genesis, _ = hex.DecodeString("0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c" +
	"0101000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff" +
	"0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000")

func TestFirstBlock(t *testing.T) {
	for name, content := range map[string][]byte{"bare": genesis, "framed": framed(genesis)} {
		rows, refusals, _ := read(t, chain.Bitcoin, false, nil, content)
		if len(rows) != 1 || len(refusals) != 0 {
			t.Fatalf("%s: %v, %v", name, rows, refusals)
		}
		got := rows[0]
		if hex.EncodeToString([]byte(got.Tx)) != "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b" ||
			got.To.Text(chain.Bitcoin) != "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" || got.Value != chain.Units64(50e8) ||
			got.Time != 1231006505 || got.Block != 0 || got.Kind != ledger.Output {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// story is four blocks: a coinbase, a payment of it within the next block, and a
// payment of an output that nobody knows, with witness.
func story() (blocks [][]byte, hashes [][32]byte, strange [32]byte) {
	cb := coinbase([]byte{1, 1}, txOut{50, 'a'})
	b0, h0 := block(1, [32]byte{}, cb)
	pay := tx{in: []txIn{{cb.hash(), 0}}, out: []txOut{{30, 'b'}, {15, 'a'}}, witness: true}
	on := tx{in: []txIn{{pay.hash(), 0}}, out: []txOut{{29, 'c'}}}
	b1, h1 := block(1, h0, coinbase([]byte{1, 2}, txOut{56, 'm'}), pay, on)
	strange = [32]byte{7}
	foreign := tx{in: []txIn{{strange, 3}, {pay.hash(), 1}}, out: []txOut{{20, 'd'}}, witness: true}
	b2, h2 := block(1, h1, coinbase([]byte{1, 3}, txOut{50, 'm'}), foreign)
	return [][]byte{b0, b1, b2}, [][32]byte{h0, h1, h2}, strange
}

var storyRows = []string{
	"0.0 ou.0 ->k97 50",
	"1.0 ou.0 ->k109 56",
	"1.1 in.0 k97>- 50", "1.1 ou.0 ->k98 30", "1.1 ou.1 ->k97 15",
	"1.2 in.0 k98>- 30", "1.2 ou.0 ->k99 29",
	"2.0 ou.0 ->k109 50",
	"2.1 in.0 ->- 0", "2.1 in.1 k97>- 15", "2.1 ou.0 ->k100 20",
}

func TestBlocks(t *testing.T) {
	b, _, strange := story()
	// The files are in no order, with unused room, and a block stands in them twice.
	rows, refusals, receipt := read(t, chain.Bitcoin, false, nil, framed(b[2], b[0]), slices.Concat(make([]byte, 99), framed(b[1]), make([]byte, 70_000), framed(b[0]), make([]byte, 5)))
	if diff := cmp.Diff(storyRows, text(rows)); diff != "" || len(refusals) != 0 {
		t.Errorf("refused %v, rows (-want +got):\n%s", refusals, diff)
	}
	if receipt.Notes[utxo.NoteUnknown] != 1 || receipt.Files[1].Still != 1 {
		t.Errorf("the receipt is\n%s", receipt)
	}
	slices.Reverse(strange[:])
	spent := func(of ledger.Outpoint) (ledger.Address, chain.Amount, bool, error) {
		known := of == ledger.Outpoint{Tx: string(strange[:]), Index: 3}
		return ledger.Address("\x02" + strings.Repeat("z", 20)), chain.Units64(6), known, nil
	}
	rows, _, receipt = read(t, chain.Bitcoin, false, spent, framed(b...))
	want := slices.Clone(storyRows)
	want[8] = "2.1 in.0 k122>- 6"
	if diff := cmp.Diff(want, text(rows)); diff != "" || len(receipt.Notes) != 0 {
		t.Errorf("notes %v, rows (-want +got):\n%s", receipt.Notes, diff)
	}
	failing := errors.New("the ledger does not answer")
	f, err := feed.Bytes("f", framed(b...))
	if err != nil {
		t.Fatal(err)
	}
	bad := func(ledger.Outpoint) (ledger.Address, chain.Amount, bool, error) {
		return "", chain.Amount{}, false, failing
	}
	var got error
	for _, err := range utxo.ReadBlocks(context.Background(), []*feed.File{f}, feed.Options{Chain: chain.Bitcoin}, bad, feed.NewTally([]*feed.File{f}, "")) {
		got = errors.Join(got, err)
	}
	if !errors.Is(got, failing) {
		t.Errorf("got %v, want that the look-up failed", got)
	}
}

// Of two blocks upon the same one, that with more work behind it stands on the chain.
func TestFork(t *testing.T) {
	b, h, _ := story()
	other1, o1 := block(1, h[0], coinbase([]byte{1, 9}, txOut{51, 'x'}))
	other2, o2 := block(1, o1, coinbase([]byte{1, 8}, txOut{52, 'x'}))
	other3, _ := block(1, o2, coinbase([]byte{1, 7}, txOut{53, 'x'}))
	rows, _, receipt := read(t, chain.Bitcoin, false, nil, framed(b[0], b[1], other1, b[2], other2, other3))
	want := []string{"0.0 ou.0 ->k97 50", "1.0 ou.0 ->k120 51", "2.0 ou.0 ->k120 52", "3.0 ou.0 ->k120 53"}
	if diff := cmp.Diff(want, text(rows)); diff != "" || receipt.Files[0].Still != 2 {
		t.Errorf("rows (-want +got):\n%s%s", diff, receipt)
	}
	rows, _, _ = read(t, chain.Bitcoin, false, nil, framed(b[0], other1, b[1]))
	if len(rows) != 2 || rows[1].Value != chain.Units64(51) {
		t.Errorf("of equal work the first does not stand: %v", text(rows))
	}
}

func height(n int) []byte {
	return append([]byte{3}, byte(n), byte(n>>8), byte(n>>16))
}

func TestHeights(t *testing.T) {
	far := [32]byte{9}
	b0, h0 := block(2, far, coinbase(height(300_000), txOut{1, 'a'}))
	b1, h1 := block(2, h0, coinbase(height(300_001), txOut{2, 'a'}))
	wrong, _ := block(2, h1, coinbase(height(300_009), txOut{3, 'a'}))
	old, _ := block(1, far, coinbase(height(300_000), txOut{1, 'b'}))
	early, _ := block(2, far, coinbase(height(1000), txOut{1, 'c'}))
	rival, _ := block(2, [32]byte{8}, coinbase(height(300_001), txOut{1, 'd'}))
	for name, c := range map[string]struct {
		content []byte
		rows    []string
		refused string
	}{
		"said":          {framed(b1, b0), []string{"300000.0 ou.0 ->k97 1", "300001.0 ou.0 ->k97 2"}, ""},
		"contradicted":  {framed(b0, b1, wrong), nil, "f0:1: height: its height is not known"},
		"not said":      {framed(old), nil, "f0:1: height: its height is not known"},
		"before it was": {framed(early), nil, "f0:1: height: its height is not known"},
		"taken":         {framed(b0, b1, rival), []string{"300000.0 ou.0 ->k97 1", "300001.0 ou.0 ->k97 2"}, "f0:3: height: another block stands at its height"},
	} {
		rows, refusals, _ := read(t, chain.Bitcoin, false, nil, c.content)
		if diff := cmp.Diff(c.rows, text(rows)); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", name, diff)
		}
		if c.refused == "" && len(refusals) > 0 || c.refused != "" && (len(refusals) == 0 || !strings.HasPrefix(refusals[0], c.refused)) {
			t.Errorf("%s: refused %v, want %s", name, refusals, c.refused)
		}
	}
}

func TestBadBlocks(t *testing.T) {
	b, h, _ := story()
	next, _ := block(1, h[0], coinbase([]byte{1, 5}, txOut{5, 'n'}))
	cut := func(n int) []byte { return framed(b[1])[:len(b[1])+8-n] }
	swap := func(at int, to byte) []byte {
		out := bytes.Clone(next)
		out[at] ^= to
		return out
	}
	one, two := tx{in: []txIn{{h[0], 0}}}, tx{in: []txIn{{h[0], 1}}}
	twins, _ := block(1, h[0], coinbase([]byte{1, 1}, txOut{1, 'a'}), one, two)
	twins[80]++ // the last one a second time, which the root does not show
	twins = append(twins, two.bytes(false)...)
	second, _ := block(1, h[0], coinbase([]byte{1, 1}), coinbase([]byte{1, 1}))
	first, _ := block(1, h[0], tx{in: []txIn{{h[0], 0}}, out: []txOut{{1, 'a'}}})
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"root":      {framed(b[0], swap(len(next)-20, 1), next), "f0:2: not a block: the transactions are not those of the header"},
		"count":     {framed(b[0], swap(80, 0x40), next), "f0:2: not a block: a count exceeds what is there"},
		"left over": {framed(b[0], append(bytes.Clone(next), 0), next), "f0:2: not a block: bytes are left over"},
		"noise":     {slices.Concat(framed(b[0]), []byte("noise"), framed(next)), "f0:2: not a block: bytes that are no block"},
		"length":    {slices.Concat(framed(b[0]), []byte(utxo.Magic), []byte{5, 0, 0, 0}, framed(next)), "f0:2: not a block: no block has 5 bytes"},
		"huge":      {slices.Concat(framed(b[0]), framed(next), []byte(utxo.Magic), []byte{0xff, 0xff, 0xff, 0x7f}), "f0:3: not a block: no block has 2147483647 bytes"},
		"cut":       {slices.Concat(framed(b[0], next), cut(9)), "f0:3: not a block: it ends too early"},
		"cut magic": {slices.Concat(framed(b[0], next), []byte(utxo.Magic), []byte{1}), "f0:3: not a block: it ends too early"},
		"tail":      {slices.Concat(framed(b[0], next), []byte("tail")), "f0:3: not a block: bytes that are no block"},
		"twins":     {framed(b[0], twins, next), "f0:2: not a block: the transactions are not those of the header"},
		"second":    {framed(b[0], second, next), "f0:2: not a block: tx 1: the first transaction is no coinbase, or another is one"},
		"first":     {framed(b[0], first, next), "f0:2: not a block: tx 0: the first transaction is no coinbase, or another is one"},
		"value":     {framed(b[0], swap(len(next)-31, 0x80), next), "f0:2: not a block: tx 0: an amount is negative"},
	} {
		rows, refusals, _ := read(t, chain.Bitcoin, false, nil, c.content)
		if got := text(rows); !slices.Equal(got, []string{"0.0 ou.0 ->k97 50", "1.0 ou.0 ->k110 5"}) {
			t.Errorf("%s: the rest is %q", name, got)
		}
		if len(refusals) == 0 || !strings.HasPrefix(refusals[0], c.want) {
			t.Errorf("%s: refused %q, want %s", name, refusals, c.want)
		}
	}
}

// A coinbase whose id was used again has an id of its own.
func TestOverwritten(t *testing.T) {
	const row = `{"hash":"%s","block_number":%d,"block_timestamp":5,"is_coinbase":true,"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"51","value":50}]}` + "\n"
	const id = "e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468"
	rows, _, _ := read(t, chain.Bitcoin, true, nil, []byte(fmt.Sprintf(row, id, 91722)+fmt.Sprintf(row, id, 91880)))
	if len(rows) != 2 || len(rows[0].Tx) != 36 || len(rows[1].Tx) != 32 || !strings.HasPrefix(rows[0].Tx, rows[1].Tx) {
		t.Errorf("ids %x", rows)
	}
}

func FuzzBlocks(f *testing.F) {
	b, _, _ := story()
	f.Add(framed(b...))
	f.Add(genesis)
	f.Add(slices.Concat(framed(b[0])[:60], []byte("noise"), framed(b[1])))
	f.Fuzz(func(t *testing.T, content []byte) {
		if bytes.HasPrefix(content, []byte("BZh")) || bytes.HasPrefix(content, []byte("\x1f\x8b")) {
			return
		}
		read(t, chain.Bitcoin, false, nil, content)
	})
}

package thefts

import (
	"compress/gzip"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
	"github.com/turtlebay/turtlebay/trace/internal/memory"
)

// pay is a payment in a block of its own time.
func pay(at int64, tx string, index uint32, from, to ledger.Address, asset ledger.Asset, value uint64) ledger.Transfer {
	return ledger.Transfer{Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(at), Time: at, Tx: tx, Index: index, From: from, To: to, Asset: asset, Value: chain.Units64(value)}
}

// told is what was resolved, in short.
func told(r *Resolved) (out []string) {
	for _, t := range r.Thefts {
		s := t.ID + ":"
		for _, m := range t.Marks {
			s += " " + m.Tx + "/" + string('0'+rune(m.Index))
		}
		out = append(out, s)
	}
	for _, f := range r.Refused {
		out = append(out, f.Error())
	}
	return out
}

func resolve(t *testing.T, text string, l Limits, rows ...ledger.Transfer) *Resolved {
	t.Helper()
	got, err := read(t, text, Options{Chain: chain.Ethereum}).Resolve(t.Context(), memory.New(rows...), l)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var accounts = []ledger.Transfer{
	pay(30, "late", 0, who(1), who(9), "", 5), pay(10, "early", 0, who(1), who(9), "", 5), pay(20, "a", 0, who(1), who(9), "", 5),
	pay(20, "a", 1, who(1), "", "", 1), pay(20, "a", 2, who(1), who(2), "", 5), pay(20, "a", 3, who(1), who(1), "", 5), pay(20, "a", 4, who(2), who(8), "usd", 5),
	pay(20, "a", 5, who(2), who(8), "usd", 0), pay(21, "b", 0, who(7), who(1), "", 5),
}

func TestResolveAccounts(t *testing.T) {
	from := "from:\n- '" + one + "'\n- '" + two + "'\n- '" + one + "'\n"
	for text, want := range map[string][]string{
		"id: T\n" + from:                           {"T: early/0 a/0 a/4 late/0"},
		"id: T\nsince: 20\nuntil: 29\n" + from:     {"T: a/0 a/4"},
		"id: T\nsince: 20\nasset: native\n" + from: {"T: a/0 late/0", "q.yaml:6: from[1]: nothing that is asked for leaves 0x0000000000000000000000000000000000000002 in the ledger"},
		"id: T\nasset: name:usd\nmarks: [{tx: '62'}, {tx: '62', index: 4}, {tx: ff}, {tx: '61', index: 1}, {tx: '61', index: 5}, {tx: '62'}]\n": {
			"T: b/0", "q.yaml:3: marks[1]: the transaction has no payment with index 4", "q.yaml:3: marks[2]: the ledger does not hold the transaction",
			"q.yaml:3: marks[3]: the row brings nothing to anybody", "q.yaml:3: marks[4]: the row brings nothing to anybody",
		},
		"thefts:\n- {id: T, marks: [{tx: ff}]}\n- {id: U, marks: [{tx: '62'}]}\n":   {"U: b/0", "q.yaml:2: thefts[0].marks[0]: the ledger does not hold the transaction", `q.yaml:2: thefts[0]: the ledger holds no row of theft "T"`},
		"thefts:\n- {id: T, marks: [{tx: '62'}]}\n- {id: U, marks: [{tx: '62'}]}\n": {"T: b/0", "U: b/0"},
	} {
		if diff := cmp.Diff(want, told(resolve(t, text, Limits{}, accounts...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	got := resolve(t, one+"\n"+two+"\n", Limits{Hub: 3}, accounts...)
	if diff := cmp.Diff([]string{"T1: a/4", "q.yaml:1: from: 0x0000000000000000000000000000000000000001 has 6 payments, more than 3: it is no source but a hub"}, told(got)); diff != "" {
		t.Error(diff)
	}
	f := read(t, "thefts:\n- {id: T, from: ['"+one+"']}\n- {id: U, from: ['"+two+"']}\n", Options{Chain: chain.Ethereum})
	if _, err := f.Resolve(t.Context(), memory.New(accounts...), Limits{Marks: 4}); !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), `theft "U"`) {
		t.Error(err)
	}
}

// A theft on two chains has its marks chain by chain.
func TestResolveChains(t *testing.T) {
	on := pay(5, "b", 0, who(1), who(2), "", 5)
	on.Chain = chain.Arbitrum
	got := resolve(t, "id: T\nmarks: [{tx: '62'}, {tx: '62', chain: arbitrum}]\n", Limits{}, append([]ledger.Transfer{on}, accounts...)...)
	if m := got.Thefts[0].Marks; len(m) != 2 || m[0].Chain != chain.Arbitrum || m[1].Chain != chain.Ethereum {
		t.Error(m)
	}
}

func TestResolveOutputs(t *testing.T) {
	input := func(tx string, i uint32, from byte) ledger.Transfer {
		return ledger.Transfer{Chain: chain.Bitcoin, Kind: ledger.Input, Block: uint64(tx[0]), Time: int64(tx[0]), Tx: tx, Index: i, From: who(from), Value: chain.Units64(9), Spends: ledger.Outpoint{Tx: "before" + tx, Index: i}}
	}
	output := func(tx string, i uint32, to byte) ledger.Transfer {
		return ledger.Transfer{Chain: chain.Bitcoin, Kind: ledger.Output, Block: uint64(tx[0]), Time: int64(tx[0]), Tx: tx, Index: i, To: who(to), Value: chain.Units64(4)}
	}
	text := "id: T\nchain: bitcoin\nuntil: 100\nfrom: [raw:" + strings.Repeat("00", 19) + "01, raw:" + strings.Repeat("00", 19) + "02]\n"
	got := resolve(t, text, Limits{},
		input("a", 0, 1), input("a", 1, 2), output("a", 0, 9), output("a", 1, 1), output("a", 2, 8),
		input("b", 0, 1), input("b", 1, 7), output("b", 0, 9),
		input("c", 0, 3), output("c", 0, 9), input("e", 0, 1), output("e", 0, 9))
	want := []string{"T: a/0 a/2", "q.yaml:1: transaction 62 spends outputs of others beside those of the sources: mark what it stole by hand"}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Error(diff)
	}
}

// What leaves the published sources of Atomic is the sum that the case is known by.
func TestSharedAtomic(t *testing.T) {
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	dir := filepath.Join(root, "data", "chain", "mftracer-ground-truth", "Atomic")
	r, err := source.Open([]string{filepath.Join(dir, "Atomic.csv.gz")}, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []ledger.Transfer
	for row, err := range r.Transfers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	f, err := os.Open(filepath.Join(dir, "source_addresses.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	file, err := Read("source_addresses.csv", z, Options{Chain: chain.Ethereum})
	if err != nil || len(file.Thefts[0].From) != 17 {
		t.Fatal(file, err)
	}
	got, err := file.Resolve(t.Context(), memory.New(rows...), Limits{})
	if err != nil || len(got.Refused) > 0 {
		t.Fatal(got, err)
	}
	type mark struct {
		tx    string
		index uint32
	}
	marked := map[mark]bool{}
	for _, m := range got.Thefts[0].Marks {
		marked[mark{m.Tx, m.Index}] = true
	}
	sum := new(big.Int)
	for i := range rows {
		if marked[mark{rows[i].Tx, rows[i].Index}] {
			sum.Add(sum, rows[i].Value.Big())
		}
	}
	if got := new(big.Rat).SetFrac(sum, big.NewInt(1e6)).FloatString(2); got != "10737048.44" {
		t.Errorf("%s USD leave the sources, want 10737048.44", got)
	}
}

// What reaches the addresses from others between two times: not what they pay each other,
// not what was minted, and on chains of outputs no change.
func TestResolveTo(t *testing.T) {
	to := "id: T\nsince: 20\nuntil: 29\nto:\n- '" + one + "'\n- '" + two + "'\n"
	rows := append([]ledger.Transfer{pay(22, "c", 0, "", who(1), "", 5)}, accounts...)
	if diff := cmp.Diff([]string{"T: b/0", "q.yaml:6: to[1]: nothing that is asked for reaches 0x0000000000000000000000000000000000000002 in the ledger"}, told(resolve(t, to, Limits{}, rows...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Read("q.yaml", strings.NewReader("id: T\nchain: ethereum\nto: ['"+one+"']\n"), Options{}); err == nil || !strings.Contains(err.Error(), "needs since and until") {
		t.Errorf("without a time: %v", err)
	}
}

package truth_test

import (
	"compress/gzip"
	"context"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
)

// verified is a case that was followed by hand: only payments that carry its coins, in
// millionths of a dollar, whatever moved.
type verified struct {
	name      string
	rows      []ledger.Transfer
	sources   map[ledger.Address]bool
	terminals map[ledger.Address]bool
}

// shared is a path below the folder of real files. Where SHARED is set, a file that is
// missing is a failure.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	return filepath.Join(append([]string{root, "data", "chain", "mftracer-ground-truth"}, parts...)...)
}

func open(t testing.TB, name string) verified {
	t.Helper()
	return verified{
		name:      name,
		rows:      edges(t, shared(t, name, name+".csv.gz")),
		sources:   addresses(t, shared(t, name, "source_addresses.csv.gz")),
		terminals: addresses(t, shared(t, name, "terminal_addresses.csv.gz")),
	}
}

func edges(t testing.TB, path string) (rows []ledger.Transfer) {
	t.Helper()
	r, err := source.Open([]string{path}, source.Options{Format: source.MFTracer})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := range r.Transfers(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// addresses reads a list with an address a line. One of them has its capital letters,
// the others and the rows do not: the package for addresses knows that it is the same.
func addresses(t testing.TB, path string) map[ledger.Address]bool {
	t.Helper()
	out := map[ledger.Address]bool{}
	for line := range strings.FieldsSeq(strings.TrimPrefix(content(t, path), "\ufeff")) {
		a, err := chain.Parse(chain.Ethereum, line)
		if err != nil {
			t.Fatal(err)
		}
		out[ledger.AddressOf(a)] = true
	}
	return out
}

// content is a file as it is once decompressed.
func content(t testing.TB, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// occurring are the addresses that some row names.
func (v verified) occurring(of map[ledger.Address]bool) int {
	found := map[ledger.Address]bool{}
	for i := range v.rows {
		for _, a := range []ledger.Address{v.rows[i].From, v.rows[i].To} {
			if of[a] {
				found[a] = true
			}
		}
	}
	return len(found)
}

// total adds up the rows that are wanted.
func (v verified) total(wanted func(*ledger.Transfer) bool) *big.Int {
	sum := new(big.Int)
	for i := range v.rows {
		if wanted(&v.rows[i]) {
			sum.Add(sum, v.rows[i].Value.Big())
		}
	}
	return sum
}

// leaving are rows that pay from sources, arriving those that pay terminals, and passedOn
// those of the latter that a terminal pays itself.
func (v verified) leaving(r *ledger.Transfer) bool  { return v.sources[r.From] }
func (v verified) arriving(r *ledger.Transfer) bool { return v.terminals[r.To] }
func (v verified) passedOn(r *ledger.Transfer) bool { return v.terminals[r.From] && v.terminals[r.To] }

// opened is the case with what its accounts must have held before: the published edges
// are those that carry its coins, and say nothing of the rest. Every account gets clean
// value from nobody, in the block before the first, that its payments need and what it
// is seen to receive before them does not cover.
func (v verified) opened() (opened verified, unobserved *big.Int) {
	balance, lowest := map[ledger.Address]*big.Int{}, map[ledger.Address]*big.Int{}
	var order []ledger.Address
	for i := range v.rows {
		r := &v.rows[i]
		for _, a := range []ledger.Address{r.From, r.To} {
			if balance[a] == nil {
				balance[a], lowest[a] = new(big.Int), new(big.Int)
				order = append(order, a)
			}
		}
		if from := balance[r.From]; from.Sub(from, r.Value.Big()).Cmp(lowest[r.From]) < 0 {
			lowest[r.From].Set(from)
		}
		balance[r.To].Add(balance[r.To], r.Value.Big())
	}
	first := v.rows[0]
	opening := ledger.Transfer{
		Chain: first.Chain, Kind: ledger.Payment, Block: first.Block - 1, Time: first.Time - 12, Tx: "what there was before", Asset: first.Asset,
	}
	unobserved = new(big.Int)
	opened = v
	opened.rows = nil
	for _, a := range order {
		if lowest[a].Sign() == 0 {
			continue
		}
		row := opening
		row.Index, row.To = uint32(len(opened.rows)), a
		row.Value, _ = chain.FromBig(new(big.Int).Neg(lowest[a]))
		unobserved.Sub(unobserved, lowest[a])
		opened.rows = append(opened.rows, row)
	}
	opened.rows = append(opened.rows, v.rows...)
	return opened, unobserved
}

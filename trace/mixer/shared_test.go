package mixer

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/internal/memory"
)

// These tests hold the heuristics against pairs that others published. The deposits and
// withdrawals behind them are not among the files, so that pairs can be checked and not
// computed again: the tests put each pair into pools of their own and ask for it.

func open(t *testing.T, name string) io.Reader {
	t.Helper()
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	f, err := os.Open(filepath.Join(root, "data", "chain", "tornado", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// below is the rows of a file below its header.
func below(t *testing.T, name string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(open(t, name)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func account(t *testing.T, text string) ledger.Address {
	t.Helper()
	a, err := chain.Parse(chain.Ethereum, text)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.AddressOf(a)
}

func addresses(t *testing.T, name string) map[ledger.Address]bool {
	t.Helper()
	out := map[ledger.Address]bool{}
	for _, r := range below(t, name) {
		out[account(t, r[0])] = true
	}
	return out
}

func TestSharedPools(t *testing.T) {
	var said map[string]string
	if err := json.NewDecoder(open(t, "tornado_pools.json.gz")).Decode(&said); err != nil {
		t.Fatal(err)
	}
	pools, _ := Tornado()
	if len(said) != len(pools) {
		t.Errorf("%d pools, want %d", len(pools), len(said))
	}
	for _, p := range pools {
		if name := said[strings.ToLower(p.Address.Text(p.Chain))]; p.Name != "Tornado Cash "+name {
			t.Errorf("%s: %s, want %s", p.Address.Text(p.Chain), p.Name, name)
		}
	}
}

// Every published pair of addresses is of one that deposited and one that was paid, which
// is all that reuse, transfers and counts need; given a payment between the two, each is
// found, and nothing else is but the order of the pool.
func TestSharedAddressPairs(t *testing.T) {
	deposits, withdrawals := addresses(t, "deposit_addresses.csv.gz"), addresses(t, "withdraw_addresses.csv.gz")
	both := 0
	for a := range deposits {
		if withdrawals[a] {
			both++
		}
	}
	if len(deposits) != 23504 || len(withdrawals) != 32528 || both != 5866 {
		t.Errorf("%d deposited, %d were paid, %d did both", len(deposits), len(withdrawals), both)
	}
	type two struct{ from, to ledger.Address }
	var pairs []two
	same := 0
	for _, name := range []string{"third_heruristic_linked_addresses.csv.gz", "fourth_heuristic_linked_addresses.csv.gz"} {
		for _, r := range below(t, name) {
			to, from := account(t, r[0]), account(t, r[1])
			if !deposits[from] || !withdrawals[to] {
				if from, to = to, from; !deposits[from] || !withdrawals[to] {
					t.Errorf("%s: %v: not one that deposited and one that was paid", name, r)
				}
			}
			pairs = append(pairs, two{from, to})
			if from == to {
				same++
			}
		}
	}
	if len(pairs) != 1727+300 || same != 670+23 {
		t.Errorf("%d pairs, %d of one address", len(pairs), same)
	}
	var lines []ledger.Transfer
	row := func(at int, from, to ledger.Address, value uint64) {
		lines = append(lines, ledger.Transfer{Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(at), Time: int64(at), Tx: fmt.Sprintf("tx-%06d", len(lines)), From: from, To: to, Value: chain.Units64(value)})
	}
	traced := ledger.Frontier{Chain: chain.Ethereum}
	for i, p := range pairs {
		row(i, p.from, who(50), 100)
		row(10_000+i, who(50), p.to, 100)
		if p.from != p.to {
			row(20_000+i, p.from, p.to, 7)
		}
		traced.Addresses = append(traced.Addresses, p.from)
	}
	got, err := Find(t.Context(), Query{Pools: twoPools, Snapshot: memory.New(lines...), Traced: []ledger.Frontier{traced}, Options: Options{Hub: 1 << 30}})
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[two]map[Reason]bool{}
	for _, l := range got.Links {
		k := two{l.Deposit.Address, l.Withdrawal.Address}
		if reasons[k] == nil {
			reasons[k] = map[Reason]bool{}
		}
		for _, e := range l.Evidence {
			reasons[k][e.Reason] = true
		}
	}
	known := map[two]bool{}
	for _, p := range pairs {
		known[p] = true
		if want := map[bool]Reason{true: Reuse, false: Transfer}[p.from == p.to]; !reasons[p][want] {
			t.Errorf("%s and %s: %v", p.from.Text(chain.Ethereum), p.to.Text(chain.Ethereum), reasons[p])
		}
	}
	for p, why := range reasons {
		if why[Transfer] && !known[p] && !known[two{p.to, p.from}] || why[Reuse] && p.from != p.to {
			t.Errorf("%v is no pair: %v", p, why)
		}
	}
}

// The published pairs of equal gas prices have several withdrawals for most deposits.
// Here a price has to be that of one depositor and one recipient: given that the
// recipients are different, just the pairs with one withdrawal are found.
func TestSharedGasPrices(t *testing.T) {
	rows := below(t, "linked_transactions_same_gas_price_heuristic.csv.gz")
	byDeposit := map[string][]string{}
	seen := map[string]bool{}
	for _, r := range rows {
		if len(r[0]) != 66 || len(r[1]) != 66 || seen[r[1]] {
			t.Fatalf("%v", r)
		}
		seen[r[1]] = true
		byDeposit[r[0]] = append(byDeposit[r[0]], r[1])
	}
	if len(rows) != 1125 || len(byDeposit) != 193 {
		t.Errorf("%d pairs of %d deposits", len(rows), len(byDeposit))
	}
	if n := len(below(t, "linked_transactions_same_gas_price_heuristic_by_pool.csv.gz")); n != 172 {
		t.Errorf("%d pairs by pool", n)
	}
	var text strings.Builder
	text.WriteString("pool,kind,tx,time,address,gas_price\n")
	traced := ledger.Frontier{Chain: chain.Ethereum}
	n, single := 0, 0
	pool := who(50).Text(chain.Ethereum)
	for i, r := range rows {
		if ws := byDeposit[r[0]]; ws != nil {
			price := 1_000_000_001 + 1_000_000*i
			from := who(1000 + i)
			traced.Addresses = append(traced.Addresses, from)
			fmt.Fprintf(&text, "%s,deposit,%s,%d,%s,%d\n", pool, r[0], i, from.Text(chain.Ethereum), price)
			for k, w := range ws {
				n++
				fmt.Fprintf(&text, "%s,withdrawal,%s,%d,%s,%d\n", pool, w, 10_000+i, who(100_000+100*i+k).Text(chain.Ethereum), price)
			}
			if len(ws) == 1 {
				single++
			}
			delete(byDeposit, r[0])
		}
	}
	events, receipt, err := ReadEvents("pairs.csv", strings.NewReader(text.String()))
	if err != nil || receipt.Refused > 0 || len(events) != 193+1125 || n != 1125 {
		t.Fatal(receipt, err)
	}
	got, err := Find(t.Context(), Query{Pools: twoPools, Events: events, Traced: []ledger.Frontier{traced}})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, l := range got.Links {
		for _, e := range l.Evidence {
			if e.Reason == GasPrice {
				found++
				if l.Deposit.GasPrice != l.Withdrawal.GasPrice {
					t.Errorf("%+v", l)
				}
			}
		}
	}
	if found != single || single == 0 {
		t.Errorf("%d pairs found, %d deposits have one withdrawal", found, single)
	}
	t.Logf("%d of %d deposits have one withdrawal of their gas price", single, 193)
}

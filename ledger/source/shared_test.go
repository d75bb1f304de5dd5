package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
)

// These tests read real files below the folder that SHARED names. Where it is set, a
// file that is missing is a failure.

func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	return filepath.Join(append([]string{root, "data", "chain"}, parts...)...)
}

// content is a file as it is once decompressed.
func content(t *testing.T, path string) []byte {
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
	return b
}

// table is a CSV file as maps of its cells, read by another reader than ours.
func table(t *testing.T, path string) (out []map[string]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content(t, path), []byte("\ufeff"))))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(rows); i++ {
		row := map[string]string{}
		for k, name := range rows[0] {
			row[name] = rows[i][k]
		}
		out = append(out, row)
	}
	return out
}

// objects is a file of JSON lines.
func objects[T any](t *testing.T, path string) (out []T) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(content(t, path)))
	d.UseNumber()
	for {
		var one T
		switch err := d.Decode(&one); {
		case err == io.EOF:
			return out
		case err != nil:
			t.Fatal(err)
		}
		out = append(out, one)
	}
}

func load(t *testing.T, o source.Options, paths ...string) (rows []ledger.Transfer, refusals []string, receipt source.Receipt) {
	t.Helper()
	r, err := source.Open(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for row, err := range r.Transfers(context.Background()) {
		if refusal := source.Refused(err); refusal != nil {
			refusals = append(refusals, refusal.Error())
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := row.Check(); err != nil {
			t.Fatal(err)
		}
		if len(rows) > 0 && ledger.Compare(&rows[len(rows)-1], &row) > 0 {
			t.Fatal("out of order")
		}
		rows = append(rows, row)
	}
	receipt = r.Receipt()
	if !receipt.Reconciles() || int(receipt.Transfers) != len(rows) {
		t.Fatal(receipt)
	}
	return rows, refusals, receipt
}

func hexOf(s string) string { return "0x" + hex.EncodeToString([]byte(s)) }

// line is a payment as the exports write its parts.
func line(t *ledger.Transfer) string {
	address := func(s string) string {
		if s == "" {
			return ""
		}
		return hexOf(s)
	}
	return fmt.Sprintf("%d %s %s>%s %s %s", t.Block, hexOf(t.Tx), address(string(t.From)), address(string(t.To)), address(string(t.Asset)), t.Value)
}

func lines(rows []ledger.Transfer, keep func(*ledger.Transfer) bool) (out []string) {
	for i := range rows {
		if keep(&rows[i]) {
			out = append(out, line(&rows[i]))
		}
	}
	slices.Sort(out)
	return out
}

func all(*ledger.Transfer) bool { return true }

const logIndex = 1 << 24 // from which on indices are those of token transfers

func TestSharedEthereumTransactions(t *testing.T) {
	total := 0
	for _, name := range []string{"block_with_logs", "blocks_with_transactions", "blocks_with_transactions_and_withdrawals", "block_without_transactions"} {
		dir := shared(t, "etl-fixtures", "ethereum-etl", "test_export_blocks_job", name)
		path := filepath.Join(dir, "expected_transactions.csv.gz")
		rows, refusals, receipt := load(t, source.Options{Format: source.EthereumETL}, path, filepath.Join(dir, "expected_blocks.csv.gz"))
		var want []string
		if len(content(t, path)) > 0 {
			for _, r := range table(t, path) {
				if r["value"] != "0" {
					want = append(want, fmt.Sprintf("%s %s %s>%s  %s", r["block_number"], r["hash"], r["from_address"], r["to_address"], r["value"]))
				}
			}
		}
		slices.Sort(want)
		got := lines(rows, func(t *ledger.Transfer) bool { return len(t.Tx) == 32 })
		if diff := cmp.Diff(want, got); diff != "" || len(refusals) > 0 {
			t.Errorf("%s: refused %v, rows (-want +got):\n%s", name, refusals, diff)
		}
		total += len(rows)
		t.Logf("%s: %d rows of %d", name, len(rows), receipt.Files[0].Read)
	}
	if total != 135+2+4+32 {
		t.Errorf("%d rows in all", total)
	}
}

// One stream of blocks, transactions with receipts, and token transfers: what is paid,
// fees, tokens and withdrawals all come out as the export says.
func TestSharedEthereumStream(t *testing.T) {
	type object map[string]any
	for _, name := range []string{"blocks_17173049_17173050", "blocks_1755634_1755635"} {
		dir := shared(t, "etl-fixtures", "ethereum-etl", "test_stream", name)
		file := func(what string) string { return filepath.Join(dir, "expected_"+what+".json.gz") }
		rows, refusals, _ := load(t, source.Options{}, file("token_transfers"), file("transactions"), file("blocks"))
		var paid, tokens, out []string
		fees := new(big.Int)
		pos := map[string]string{}
		for _, r := range objects[object](t, file("transactions")) {
			number := func(name string) *big.Int {
				n, _ := new(big.Int).SetString(fmt.Sprint(r[name]), 10)
				return n
			}
			pos[fmt.Sprint(r["hash"])] = fmt.Sprint(r["transaction_index"])
			fees.Add(fees, new(big.Int).Mul(number("receipt_gas_used"), number("receipt_effective_gas_price")))
			if number("value").Sign() > 0 && fmt.Sprint(r["receipt_status"]) != "0" {
				paid = append(paid, fmt.Sprintf("%v %v %v>%v  %v", r["block_number"], r["hash"], r["from_address"], r["to_address"], r["value"]))
			}
		}
		for _, r := range objects[object](t, file("token_transfers")) {
			text := fmt.Sprintf("%v %v %v>%v %v %v", r["block_number"], r["transaction_hash"], r["from_address"], r["to_address"], r["token_address"], r["value"])
			zero := "0x" + strings.Repeat("0", 40)
			text = strings.ReplaceAll(strings.ReplaceAll(text, " "+zero+">", " >"), ">"+zero, ">")
			tokens = append(tokens, text)
		}
		for _, r := range objects[object](t, file("blocks")) {
			list, _ := r["withdrawals"].([]any)
			for _, w := range list {
				of := w.(map[string]any)
				out = append(out, fmt.Sprintf("%v000000000", of["amount"]))
			}
		}
		slices.Sort(paid)
		slices.Sort(tokens)
		slices.Sort(out)
		gotFees := new(big.Int)
		var gotOut []string
		for _, r := range rows {
			if at, ok := pos[hexOf(r.Tx)]; ok && at != fmt.Sprint(r.Pos) {
				t.Errorf("%s stands at %d, want %s", hexOf(r.Tx), r.Pos, at)
			}
			switch {
			case len(r.Tx) != 32:
				gotOut = append(gotOut, r.Value.String())
			case r.Index == 1:
				gotFees.Add(gotFees, r.Value.Big())
			}
		}
		slices.Sort(gotOut)
		for what, diff := range map[string]string{
			"paid":        cmp.Diff(paid, lines(rows, func(t *ledger.Transfer) bool { return t.Index == 0 && len(t.Tx) == 32 })),
			"tokens":      cmp.Diff(tokens, lines(rows, func(t *ledger.Transfer) bool { return t.Index >= logIndex })),
			"withdrawals": cmp.Diff(out, gotOut),
			"fees":        cmp.Diff(fees.String(), gotFees.String()),
		} {
			if diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", name, what, diff)
			}
		}
		if len(refusals) > 0 {
			t.Errorf("%s: refused %v", name, refusals)
		}
		t.Logf("%s: %d rows, fees %s", name, len(rows), fees)
	}
}

// withTimes are files with the blocks of them beside, because traces say no time.
func withTimes(t *testing.T, numbers []string, paths ...string) []string {
	t.Helper()
	text := "number,miner,timestamp,transaction_count\n"
	for _, n := range numbers {
		text += n + "," + someone + ",1450000000,1\n"
	}
	return append(paths, files(t, text)...)
}

func TestSharedEthereumTraces(t *testing.T) {
	dir := shared(t, "etl-fixtures", "ethereum-etl")
	moved := map[string]int{"block_with_create": 2, "block_with_error": 2, "block_with_suicide": 2, "block_with_subtraces": 3}
	for _, name := range slices.Sorted(maps.Keys(moved)) {
		path := filepath.Join(dir, "test_export_traces_job", name, "expected_traces.csv.gz")
		var want []string
		numbers := map[string]bool{}
		byPos := "transaction_hash,transaction_index,block_number,cumulative_gas_used,gas_used\n"
		seen := map[string]bool{}
		for _, r := range table(t, path) {
			numbers[r["block_number"]] = true
			if h := r["transaction_hash"]; h != "" && !seen[h] {
				seen[h] = true
				byPos += fmt.Sprintf("%s,%s,%s,0,\n", h, r["transaction_index"], r["block_number"])
			}
			if r["value"] == "0" || r["value"] == "" || r["status"] != "1" || r["call_type"] == "callcode" || r["call_type"] == "delegatecall" {
				continue
			}
			hash := r["transaction_hash"]
			if r["trace_type"] == "reward" {
				hash = "reward"
			}
			want = append(want, fmt.Sprintf("%s %s %s>%s  %s", r["block_number"], hash, r["from_address"], r["to_address"], r["value"]))
		}
		slices.Sort(want)
		blocks := slices.Collect(maps.Keys(numbers))
		rows, refusals, _ := load(t, source.Options{}, withTimes(t, blocks, path)...)
		got := lines(rows, all)
		for i := range got {
			if parts := strings.Fields(got[i]); strings.HasPrefix(parts[1], hexOf("reward")) {
				got[i] = strings.Replace(got[i], parts[1], "reward", 1)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(refusals) > 0 || len(rows) != moved[name] {
			t.Errorf("%s: refused %v, rows (-want +got):\n%s", name, refusals, diff)
		}
		// Geth's tracer says neither hashes nor rewards, nor what a contract leaves behind
		// at its end; the rest is the same.
		geth := filepath.Join(dir, "test_extract_geth_traces_job", name, "expected_traces.csv.gz")
		gethRows, gethRefusals, _ := load(t, source.Options{}, withTimes(t, blocks, append(files(t, byPos), geth)...)...)
		same := func(t *ledger.Transfer) bool {
			return len(t.Tx) == 32 && (name != "block_with_suicide" || t.Index == 0)
		}
		if diff := cmp.Diff(lines(rows, same), lines(gethRows, all)); diff != "" || len(gethRefusals) != map[string]int{"block_with_suicide": 1}[name] {
			t.Errorf("geth, %s: refused %v, rows (-parity +geth):\n%s", name, gethRefusals, diff)
		}
	}
}

func TestSharedTokenTransfers(t *testing.T) {
	dir := shared(t, "etl-fixtures", "ethereum-etl")
	n := 0
	for _, path := range []string{"test_export_token_transfers_job/block_with_transfers", "test_extract_token_transfers_job/logs"} {
		path = filepath.Join(dir, path, "expected_token_transfers.csv.gz")
		var want, numbers []string
		for _, r := range table(t, path) {
			numbers = append(numbers, r["block_number"])
			want = append(want, fmt.Sprintf("%s %s %s>%s %s %s", r["block_number"], r["transaction_hash"], r["from_address"], r["to_address"], r["token_address"], r["value"]))
		}
		rows, refusals, _ := load(t, source.Options{}, withTimes(t, numbers[:1], path)...)
		slices.Sort(want)
		if diff := cmp.Diff(want, lines(rows, all)); diff != "" || len(refusals) > 0 {
			t.Errorf("refused %v, rows (-want +got):\n%s", refusals, diff)
		}
		n += len(rows)
	}
	if n < 4 {
		t.Errorf("%d rows in all", n)
	}
}

func TestSharedMFTracer(t *testing.T) {
	for name, count := range map[string]int{"54m": 292, "Atomic": 1080, "HB": 3887, "LIFI": 135, "XScam": 1307} {
		path := shared(t, "mftracer-ground-truth", name, name+".csv.gz")
		rows, refusals, receipt := load(t, source.Options{}, path)
		if len(rows) != count || len(refusals) > 0 || receipt.Files[0].Read != uint64(count) {
			t.Fatalf("%s: %d rows, refused %v", name, len(rows), refusals)
		}
		sum, exact := new(big.Rat), new(big.Rat)
		want, got := map[string][]string{}, map[string][]string{}
		for _, r := range table(t, path) {
			value, ok := new(big.Rat).SetString(r["Value_in_USD"])
			if !ok {
				t.Fatal(r)
			}
			exact.Add(exact, value)
			want[r["Block"]] = append(want[r["Block"]], r["Tx_hash"]+r["From"]+r["To"])
		}
		for _, r := range rows {
			sum.Add(sum, new(big.Rat).SetFrac(r.Value.Big(), big.NewInt(1e6)))
			block := fmt.Sprint(r.Block)
			got[block] = append(got[block], hexOf(r.Tx)+hexOf(string(r.From))+hexOf(string(r.To)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: by block, in order (-want +got):\n%s", name, diff)
		}
		// Each row is off by half a millionth at most.
		off := new(big.Rat).Sub(sum, exact)
		if off.Abs(off).Cmp(big.NewRat(int64(count), 2e6)) > 0 {
			t.Errorf("%s: %s USD, want %s", name, sum.FloatString(6), exact.FloatString(6))
		}
		t.Logf("%s: %d rows, %s USD, exactly %s", name, len(rows), sum.FloatString(6), exact.FloatString(10))
	}
}

// What was read goes out to Parquet and comes back as the same rows.
func TestSharedParquet(t *testing.T) {
	dir := shared(t, "bitcoin-blocks")
	stream := func(name string) string {
		return shared(t, "etl-fixtures", "ethereum-etl", "test_stream", "blocks_17173049_17173050", name)
	}
	for _, paths := range [][]string{
		{filepath.Join(dir, "277647.dat.bz2")},
		{shared(t, "mftracer-ground-truth", "HB", "HB.csv.gz")},
		{stream("expected_transactions.json.gz"), stream("expected_token_transfers.json.gz"), stream("expected_blocks.json.gz")},
	} {
		rows, _, _ := load(t, source.Options{}, paths...)
		var out bytes.Buffer
		if _, err := source.WriteParquet(&out, func(yield func(ledger.Transfer, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		back, refusals, _ := load(t, source.Options{}, files(t, out.String())...)
		if !slices.Equal(rows, back) || len(refusals) > 0 {
			t.Errorf("%s: %d rows come back as %d, refused %v", paths[0], len(rows), len(back), refusals)
		}
		t.Logf("%s: %d rows in %d bytes", filepath.Base(paths[0]), len(rows), out.Len())
	}
}

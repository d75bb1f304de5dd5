package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
)

const (
	txHeader  = "hash,nonce,block_number,transaction_index,from_address,to_address,value,gas_price,block_timestamp\n"
	someone   = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
	groundRow = "Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD\n2023-06-02 21:49:23,9,0x"
)

var txRow = "0x" + strings.Repeat("ab", 32) + ",1,5,0," + someone + "," + someone + ",70,2,1000\n"

// files writes contents to files and names them.
func files(t testing.TB, contents ...string) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, content := range contents {
		path := filepath.Join(dir, fmt.Sprintf("f%d", i))
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestRecognised(t *testing.T) {
	const key = `"hash":"x","inputs":[],"outputs":[]`
	for name, c := range map[string]struct {
		contents []string
		options  source.Options
		format   source.Format
		chain    chain.ID
	}{
		"transactions":   {[]string{txHeader + txRow}, source.Options{}, source.EthereumETL, chain.Ethereum},
		"with empty":     {[]string{"", txHeader, "\n"}, source.Options{Chain: chain.Base}, source.EthereumETL, chain.Base},
		"tokens":         {[]string{"token_address,log_index,value\n"}, source.Options{}, source.EthereumETL, chain.Ethereum},
		"traces, JSON":   {[]string{`{"type":"trace","trace_type":"call"}`}, source.Options{}, source.EthereumETL, chain.Ethereum},
		"receipts":       {[]string{"transaction_hash,cumulative_gas_used\n"}, source.Options{}, source.EthereumETL, chain.Ethereum},
		"blocks":         {[]string{"number,hash,miner,timestamp\n"}, source.Options{}, source.EthereumETL, chain.Ethereum},
		"bitcoin-etl":    {[]string{"{" + key + "}"}, source.Options{}, source.BitcoinETL, chain.Bitcoin},
		"a long row":     {[]string{"{" + key + `,"more":"` + strings.Repeat("x", 100_000) + `"}`}, source.Options{Chain: chain.Zcash}, source.BitcoinETL, chain.Zcash},
		"its blocks":     {[]string{`{"type":"block","hash":"x","number":1,"merkle_root":"y"}`}, source.Options{}, source.BitcoinETL, chain.Bitcoin},
		"block file":     {[]string{"\xf9\xbe\xb4\xd9\x00"}, source.Options{}, source.BitcoinBlocks, chain.Bitcoin},
		"mftracer":       {[]string{"\ufeff" + groundRow}, source.Options{}, source.MFTracer, chain.Ethereum},
		"mftracer, tabs": {[]string{strings.ReplaceAll(groundRow, ",", "\t")}, source.Options{}, source.MFTracer, chain.Ethereum},
		"map":            {[]string{"a,b\n1,2\n"}, source.Options{Map: source.Map{Tx: "a"}, Chain: chain.Tron}, source.CSV, chain.Tron},
		"told":           {[]string{"a,b\n1,2\n"}, source.Options{Format: source.EthereumETL}, source.EthereumETL, chain.Ethereum},
	} {
		r, err := source.Open(files(t, c.contents...), c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Format() != c.format || r.Chain() != c.chain {
			t.Errorf("%s: %s on %s, want %s on %s", name, r.Format(), r.Chain(), c.format, c.chain)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNotRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		contents []string
		options  source.Options
		want     error
	}{
		"no file":        {nil, source.Options{}, source.ErrFormat},
		"only empty":     {[]string{"", " \n"}, source.Options{}, source.ErrFormat},
		"byte order":     {[]string{"\ufeff"}, source.Options{}, source.ErrFormat},
		"other table":    {[]string{"a,b\n1,2\n"}, source.Options{}, source.ErrFormat},
		"logs":           {[]string{"log_index,transaction_hash,address,data,topics\n"}, source.Options{}, source.ErrFormat},
		"noise":          {[]string{"\x00\x01\x02"}, source.Options{}, source.ErrFormat},
		"two formats":    {[]string{txHeader, groundRow}, source.Options{}, source.ErrFormat},
		"no such format": {[]string{txHeader}, source.Options{Format: "xml"}, source.ErrFormat},
		"no map":         {[]string{txHeader}, source.Options{Format: source.CSV}, source.ErrMap},
		"chain":          {[]string{txHeader}, source.Options{Chain: "atlantis"}, chain.ErrUnknown},
		"model":          {[]string{txHeader}, source.Options{Chain: chain.Bitcoin}, source.ErrChain},
		"not EVM":        {[]string{txHeader}, source.Options{Chain: chain.Solana}, source.ErrChain},
		"other blocks":   {[]string{"\xf9\xbe\xb4\xd9"}, source.Options{Chain: chain.Zcash}, source.ErrChain},
		"cut gzip":       {[]string{"\x1f\x8b\x08"}, source.Options{}, intake.ErrBroken},
		"spent":          {[]string{"\xf9\xbe\xb4\xd9"}, source.Options{SpentFile: files(t, "abc")[0]}, source.ErrStore},
		"no spent":       {[]string{"\xf9\xbe\xb4\xd9"}, source.Options{SpentFile: "/nowhere"}, os.ErrNotExist},
	} {
		if r, err := source.Open(files(t, c.contents...), c.options); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, %v, want %v", name, r, err, c.want)
		}
	}
	if _, err := source.Open([]string{"/nowhere"}, source.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Every error that is not of a row ends the stream.
func TestBrokenOff(t *testing.T) {
	path := files(t, txHeader+txRow+strings.Repeat("x", 80<<20))[0]
	r, err := source.Open([]string{path}, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, refused := 0, 0
	for _, err := range r.Transfers(context.Background()) {
		if source.Refused(err) != nil {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 || refused != 1 || !r.Receipt().Reconciles() {
		t.Errorf("%d rows, %d refused\n%s", n, refused, r.Receipt())
	}
	for _, err := range r.Transfers(context.Background()) {
		if err == nil || source.Refused(err) != nil {
			t.Error("read a second time")
		}
	}
}

// Whoever wants no more rows is not given any, and files are not read further.
func TestStop(t *testing.T) {
	for format, content := range map[source.Format]string{
		source.EthereumETL: txHeader + txRow + strings.ReplaceAll(txRow, ",5,0,", ",6,0,"),
		source.MFTracer:    groundRow + strings.Repeat("ab", 32) + "," + someone + ",," + someone + ",,1\n",
	} {
		r, err := source.Open(files(t, content), source.Options{})
		if err != nil || r.Format() != format {
			t.Fatal(err, r.Format())
		}
		for range r.Transfers(context.Background()) {
			break
		}
		r.Close()
		if r, err = source.Open(files(t, content), source.Options{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var last error
		for _, err := range r.Transfers(ctx) {
			last = err
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("%s: got %v, want that it was cancelled", format, last)
		}
		r.Close()
	}
}

// Out to Parquet and in again.
func TestParquet(t *testing.T) {
	r, err := source.Open(files(t, txHeader+txRow), source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	if n, err := source.WriteParquet(&out, r.Transfers(context.Background())); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	back, err := source.Open(files(t, out.String()), source.Options{})
	if err != nil || back.Format() != source.Parquet {
		t.Fatal(err)
	}
	defer back.Close()
	var rows []ledger.Transfer
	for row, err := range back.Transfers(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != 1 || rows[0].Value != chain.Units64(70) || rows[0].Chain != chain.Ethereum || rows[0].From.Text(chain.Ethereum) != "0x098B716B8Aaf21512996dC57EB0615e2383E2f96" {
		t.Errorf("rows %v", rows)
	}
}

// A map reads the columns of any table; the receipt accounts for all of it.
func ExampleOpen() {
	m, err := source.ParseMap("tx=Txhash,block=Blockno,time=DateTime,from=From,to=To,value=ETH,decimals=18")
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(os.TempDir(), "turtlebay-example.csv")
	rows := "Txhash,Blockno,DateTime,From,To,ETH\n" +
		"0x01,14442835,2022-03-23 13:29:09,0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2,0x098b716b8aaf21512996dc57eb0615e2383e2f96,173600\n" +
		"0x02,14442836,2022-03-23 13:29:30,0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2,0x098b716b8aaf,1\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(path)
	r, err := source.Open([]string{path}, source.Options{Map: m})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for t, err := range r.Transfers(context.Background()) {
		if refusal := source.Refused(err); refusal != nil {
			fmt.Printf("line %d: %s: %s\n", refusal.Line, refusal.Field, refusal.Reason)
			continue
		}
		fmt.Println(t.Block, t.From.Text(t.Chain), t.To.Text(t.Chain), t.Value.Units(18))
	}
	got := r.Receipt()
	fmt.Println(got.Files[0].Read, "=", got.Files[0].Gave, "+", got.Files[0].Refused)
	// Output:
	// line 3: To: wrong length
	// 14442835 0x1A2a1c938CE3eC39b6D47113c7955bAa9DD454F2 0x098B716B8Aaf21512996dC57EB0615e2383E2f96 173600
	// 2 = 1 + 1
}

func TestFormats(t *testing.T) {
	all := source.Formats()
	if len(all) != 6 || !slices.Contains(all, source.Parquet) {
		t.Errorf("formats %v", all)
	}
}

package ethereum_test

import (
	"context"
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
	"github.com/turtlebay/turtlebay/ledger/source/internal/ethereum"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"pgregory.net/rapid"
)

// fill writes names for addresses and hashes: @a is an address, #t a hash.
func fill(text string) string {
	for _, c := range "abcdefgmnrstuvw" {
		text = strings.ReplaceAll(text, "@"+string(c), "0x"+strings.Repeat(fmt.Sprintf("%02x", c), 20))
		text = strings.ReplaceAll(text, "#"+string(c), "0x"+strings.Repeat(fmt.Sprintf("%02x", c), 32))
	}
	return text
}

// short writes bytes the other way round.
func short(b string) string {
	switch {
	case b == "":
		return "-"
	case strings.Count(b, b[:1]) == len(b):
		return b[:1]
	case len(b) == 20:
		return "0x" + hex.EncodeToString([]byte(b))
	}
	name := strings.TrimRight(b[:len(b)-8], "\x00")
	return fmt.Sprintf("%s %d", name, b[len(b)-1])
}

func line(t ledger.Transfer) string {
	pos := fmt.Sprint(t.Pos)
	if t.Pos == 1<<32-1 {
		pos = "end"
	}
	index := fmt.Sprint(t.Index)
	if t.Index >= 1<<24 {
		index = fmt.Sprintf("log%d", t.Index-1<<24)
	}
	return fmt.Sprintf("%d.%s.%s %s: %s>%s %s %s @%d", t.Block, pos, index, short(t.Tx), short(string(t.From)), short(string(t.To)), short(string(t.Asset)), t.Value, t.Time)
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func read(t fataler, o feed.Options, contents ...string) (rows, refusals []string, receipt feed.Receipt) {
	t.Helper()
	var files []*feed.File
	for i, content := range contents {
		f, err := feed.Bytes(fmt.Sprintf("f%d", i), []byte(fill(content)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	tally := feed.NewTally(files, "ethereum-etl")
	var last *ledger.Transfer
	for row, err := range ethereum.Read(context.Background(), files, o, tally) {
		var refusal *intake.Refusal
		switch {
		case errors.As(err, &refusal):
			refusals = append(refusals, refusal.Error())
			continue
		case err != nil:
			t.Fatal(err)
		case row.Check() != nil:
			t.Fatal(row.Check())
		case last != nil && ledger.Compare(last, &row) > 0:
			t.Fatal("out of order:", line(*last), line(row))
		}
		last = &row
		rows = append(rows, line(row))
	}
	receipt = tally.Receipt()
	if !receipt.Reconciles() || int(receipt.Transfers) != len(rows) || int(receipt.Refused()) != len(refusals) {
		t.Fatal("the receipt does not fit", len(rows), "rows and", len(refusals), "refusals:", receipt)
	}
	return rows, refusals, receipt
}

var onEthereum = feed.Options{Chain: chain.Ethereum}

const (
	blocks       = "number,miner,timestamp,transaction_count,withdrawals\n"
	transactions = "hash,nonce,block_number,transaction_index,from_address,to_address,value,gas_price,block_timestamp\n"
	withReceipts = "hash,nonce,block_number,transaction_index,from_address,to_address,value,gas_price,block_timestamp,receipt_gas_used,receipt_status,receipt_contract_address,receipt_effective_gas_price,receipt_l1_fee,receipt_blob_gas_used,receipt_blob_gas_price\n"
	receipts     = "transaction_hash,transaction_index,block_number,cumulative_gas_used,gas_used,contract_address,status,effective_gas_price\n"
	tokens       = "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"
	traces       = "block_number,transaction_hash,transaction_index,from_address,to_address,value,trace_type,call_type,reward_type,trace_address,error,status\n"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name     string
		files    []string
		rows     []string
		refusals []string
		notes    []string
	}{
		{
			name:  "a payment without receipts is taken as done",
			files: []string{transactions + "#t,1,5,0,@a,@b,70,2,1000\n#u,1,5,1,@a,@b,0,2,1000\n"},
			rows:  []string{"5.0.0 t: a>b - 70 @1000"},
			notes: []string{
				"the fee is not said: none was booked", "whether the transaction succeeded is not said: taken as done",
			},
		},
		{
			name: "the fee is gas at its price, and what a failed transaction costs",
			files: []string{withReceipts +
				"#t,1,5,0,@a,@b,70,9,1000,21,1,,2,,,\n" +
				"#u,1,5,1,@a,@b,70,3,1000,100,0,,,,,\n" +
				"#v,1,5,2,@c,@b,0,3,1000,10,1,,4,5,6,7\n"},
			rows: []string{
				"5.0.0 t: a>b - 70 @1000", "5.0.1 t: a>- - 42 @1000",
				"5.1.1 u: a>- - 300 @1000",
				"5.2.1 v: c>- - 87 @1000",
			},
		},
		{
			name: "receipts of their own file",
			files: []string{
				transactions + "#t,1,5,0,@a,@b,70,9,1000\n#u,1,5,1,@a,@b,8,9,1000\n",
				receipts + "#u,1,5,42,10,,0,3\n#t,0,5,21,21,,1,2\n",
			},
			rows: []string{"5.0.0 t: a>b - 70 @1000", "5.0.1 t: a>- - 42 @1000", "5.1.1 u: a>- - 30 @1000"},
		},
		{
			name: "a contract's address: said, of the trace, or made of payer and nonce",
			files: []string{
				withReceipts + "#t,0,5,0,@a,,7,1,1000,0,1,@c,1,,,\n#u,0,5,1,@a,,7,1,1000,0,1,,1,,,\n" +
					"#v,1,5,2,0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0,,7,1,1000,0,1,,1,,,\n",
				traces + "5,#u,1,@a,@d,7,create,,,,,1\n",
			},
			rows: []string{
				"5.0.0 t: a>c - 7 @1000", "5.1.0 u: a>d - 7 @1000",
				"5.2.0 v: 0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0>0x343c43a37d37dff08ae8c4a11544c718abb4fcf8 - 7 @1000",
			},
		},
		{
			name: "traces: only calls that pay, without the outer one, none below a failed one",
			files: []string{
				transactions + "#t,1,5,0,@a,@b,70,2,1000\n",
				traces +
					"5,#t,0,@a,@b,70,call,call,,,,1\n" +
					"5,#t,0,@b,@c,1,call,call,,0,,1\n" +
					"5,#t,0,@b,@c,2,call,delegatecall,,1,,1\n" +
					"5,#t,0,@b,@c,3,call,callcode,,2,,1\n" +
					"5,#t,0,@b,@c,4,call,staticcall,,3,,1\n" +
					"5,#t,0,@b,@c,5,call,call,,4,Reverted,0\n" +
					"5,#t,0,@c,@d,6,call,call,,\"4,0\",,1\n" +
					"5,#t,0,@b,@c,0,call,call,,5,,1\n" +
					"5,#t,0,@b,@e,7,create,,,6,,1\n" +
					"5,#t,0,@e,@f,8,suicide,,,\"6,0\",,1\n" +
					"5,#t,0,@b,@c,9,call,call,,10,,1\n" +
					"5,#t,0,@b,@c,10,call,call,,9,,1\n",
			},
			rows: []string{
				"5.0.0 t: a>b - 70 @1000", "5.0.3 t: b>c - 1 @1000",
				"5.0.10 t: b>e - 7 @1000", "5.0.11 t: e>f - 8 @1000", "5.0.12 t: b>c - 10 @1000", "5.0.13 t: b>c - 9 @1000",
			},
			notes: []string{"the fee is not said: none was booked"},
		},
		{
			name: "traces alone: the outer call is the payment; rewards, genesis and the fork's moves come last",
			files: []string{
				blocks + "5,@m,1000,1,\n0,@m,0,0,\n",
				traces +
					"5,#t,0,@a,@b,70,call,call,,,,1\n5,#u,1,@a,@b,8,call,call,,,Out of gas,0\n" +
					"5,,,,@m,5,reward,,block,,,1\n5,,,,@n,4,reward,,uncle,,,1\n" +
					"0,,,,@a,9,genesis,,,,,1\n0,,,,@b,8,genesis,,,,,1\n5,,,@d,@e,3,daofork,,,,,1\n",
			},
			rows: []string{
				"0.end.0 genesis 0: ->a - 9 @0", "0.end.1 genesis 0: ->b - 8 @0",
				"5.0.0 t: a>b - 70 @1000", "5.end.0 fork 5: d>e - 3 @1000",
				"5.end.0 reward 5: ->m - 5 @1000", "5.end.1 reward 5: ->n - 4 @1000",
			},
		},
		{
			name: "before the fork of Byzantium the trace says whether it failed",
			files: []string{
				transactions + "#t,1,5,0,@a,@b,70,2,1000\n",
				traces + "5,#t,0,@a,@b,70,call,call,,,Out of gas,0\n5,#t,0,@b,@c,1,call,call,,0,,1\n",
			},
			notes: []string{"the fee is not said: none was booked"},
		},
		{
			name: "tokens: position and time of the transaction, made and destroyed, zero kept",
			files: []string{
				transactions + "#t,1,5,3,@a,@b,0,2,1000\n",
				tokens + "@w,@a,@b,5,#t,9,5\n@w,0x0000000000000000000000000000000000000000,@b,6,#t,10,5\n" +
					"@w,@b,0x0000000000000000000000000000000000000000,7,#t,11,5\n@v,@b,@c,0,#t,2,5\n",
			},
			rows: []string{
				"5.3.log2 t: b>c v 0 @1000", "5.3.log9 t: a>b w 5 @1000", "5.3.log10 t: ->b w 6 @1000", "5.3.log11 t: b>- w 7 @1000",
			},
			notes: []string{
				"the fee is not said: none was booked", "whether the transaction succeeded is not said: taken as done",
			},
		},
		{
			name:  "tokens with blocks alone: order by log",
			files: []string{blocks + "5,@m,1000,1,\n", tokens + "@w,@a,@b,5,#t,9,5\n@w,@a,@b,6,#u,3,5\n"},
			rows:  []string{"5.0.log3 u: a>b w 6 @1000", "5.0.log9 t: a>b w 5 @1000"},
			notes: []string{"where the transaction stands in its block is not said: order by log index"},
		},
		{
			name:  "withdrawals",
			files: []string{blocks + `5,@m,1000,0,"{""index"":8,""validator_index"":1,""address"":""@a"",""amount"":12},{""index"":9,""validator_index"":1,""address"":""@b"",""amount"":1}"` + "\n"},
			rows:  []string{"5.end.0 withdrawal 8: ->a - 12000000000 @1000", "5.end.0 withdrawal 9: ->b - 1000000000 @1000"},
		},
		{
			name: "what geth's tracer leaves out is found by the position",
			files: []string{
				transactions + "#t,1,5,0,@a,@b,70,2,1000\n",
				traces + "5,,0,@a,@b,70,call,call,,,,\n5,,0,@b,@c,3,call,call,,0,,\n5,,1,@b,@c,4,call,call,,0,,\n5,,0,,,,suicide,,,1,,\n",
			},
			rows:     []string{"5.0.0 t: a>b - 70 @1000", "5.0.3 t: b>c - 3 @1000"},
			refusals: []string{"f1:5: value: missing", "f1:4: transaction_hash: no such transaction among those that are read"},
			notes:    []string{"the fee is not said: none was booked"},
		},
		{
			name: "JSON lines, with what they hold beside",
			files: []string{`{"type":"transaction","hash":"#t","nonce":1,"block_number":5,"transaction_index":0,"from_address":"@a","to_address":"@b","value":150188698577042438264952193024,"gas_price":2,"block_timestamp":1000,"receipt_gas_used":21,"receipt_status":1,"receipt_effective_gas_price":2}
{"type":"log","log_index":0}
{"type":"trace","transaction_hash":"#t","block_number":5,"block_timestamp":1000,"transaction_index":0,"from_address":"@b","to_address":"@c","value":3,"trace_type":"call","call_type":"call","trace_address":[0, 1],"error":null,"status":1}
`},
			rows:  []string{"5.0.0 t: a>b - 150188698577042438264952193024 @1000", "5.0.1 t: a>- - 42 @1000", "5.0.2 t: b>c - 3 @1000"},
			notes: []string{"rows of a sort that moves nothing"},
		},
		{
			name:  "the same file twice gives the same rows twice",
			files: []string{blocks + "5,@m,1000,1,\n", traces + "5,,,,@m,5,reward,,block,,,1\n5,#t,0,@a,@b,1,call,call,,0,,1\n", traces + "5,,,,@m,5,reward,,block,,,1\n5,#t,0,@a,@b,1,call,call,,0,,1\n"},
			rows: []string{
				"5.0.2 t: a>b - 1 @1000", "5.0.2 t: a>b - 1 @1000",
				"5.end.0 reward 5: ->m - 5 @1000", "5.end.0 reward 5: ->m - 5 @1000",
			},
		},
		{
			name: "bad rows are named and the rest is kept",
			files: []string{
				transactions +
					"#t,1,5,0,@a,@b,70,2,1000\n" +
					"#u,1,5,1,@a,@b,-1,2,1000\n" +
					"#u,1,5,1,@a,@b,115792089237316195423570985008687907853269984665640564039457584007913129639936,2,1000\n" +
					"#u,1,5,1,@a,@b,1e18,2,1000\n" +
					"#u,1,5,1,@a,0xAbababababababababababababababababababab,1,2,1000\n" +
					"0x12,1,5,1,@a,@b,1,2,1000\n" +
					"#u,1,5,1,@a,@b,1,2,1001\n" +
					"#v,1,99999999999999999999,1,@a,@b,1,2,1000\n" +
					"#v,1,5\n",
				tokens + "@w,@a,@b,5,#g,9,5\n@w,@a,@b,5,#t,99999999,5\n,@a,@b,5,#t,9,5\n@w,@a,@b,5,#t,9,77\n",
				traces + "5,#t,0,@a,@b,1,call,jump,,0,,1\n5,#t,0,@a,@b,1,swap,,,0,,1\n5,#t,0,@a,@b,1,call,call,,x,,1\n5,#t,0,@a,@b,1,call,call,,0,,7\n",
			},
			rows: []string{"5.0.0 t: a>b - 70 @1000"},
			refusals: []string{
				`f0:3: value: is negative: "-1"`, `f0:4: value: is 2^256 or more: `, `f0:5: value: not a plain decimal number: "1e18"`,
				`f0:6: to_address: bad checksum: "0xAbab`, `f0:7: hash: not hexadecimal of the right length: "0x12"`,
				`f0:9: block_number: not a whole number in range: `, "f0:10: wrong number of fields: 3, the header has 9",
				"f1:3: log_index: not a whole number in range", "f1:4: token_address: missing",
				`f2:2: call_type: not known: "jump"`, `f2:3: trace_type: not known: "swap"`, `f2:4: trace_address: not a list of numbers: "x"`,
				`f2:5: status: not a whole number in range: "7"`,
				"f0:8: block_timestamp: its block has another time: 1000",
				"f1:2: transaction_hash: no such transaction among those that are read",
				"f1:5: block_timestamp: no time for its block",
			},
			notes: []string{"the fee is not said: none was booked", "whether the transaction succeeded is not said: taken as done"},
		},
		{
			name: "a log of a transaction that failed",
			files: []string{
				withReceipts + "#t,1,5,0,@a,@b,0,2,1000,21,0,,2,,,\n", tokens + "@w,@a,@b,5,#t,9,5\n",
			},
			rows:     []string{"5.0.1 t: a>- - 42 @1000"},
			refusals: []string{"f1:2: transaction_hash: its transaction failed"},
		},
		{
			name:     "a fee that no one can have paid",
			files:    []string{withReceipts + "#t,1,5,0,@a,@b,70,2,1000,340282366920938463463374607431768211456,1,,340282366920938463463374607431768211456,,,\n"},
			refusals: []string{"f0:2: gas_price: is 2^256 or more"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, refusals, receipt := read(t, onEthereum, c.files...)
			if diff := cmp.Diff(c.rows, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if len(refusals) != len(c.refusals) {
				t.Errorf("refused %d rows, want %d:\n%s", len(refusals), len(c.refusals), strings.Join(refusals, "\n"))
			}
			for i := range min(len(refusals), len(c.refusals)) {
				if !strings.HasPrefix(refusals[i], fill(c.refusals[i])) {
					t.Errorf("refusal %s, want %s", refusals[i], c.refusals[i])
				}
			}
			var notes []string
			for note := range receipt.Notes {
				notes = append(notes, note)
			}
			slices.Sort(notes)
			if diff := cmp.Diff(c.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// zkSync has another rule for the addresses of contracts: none is computed.
func TestContractOfAnotherRule(t *testing.T) {
	rows, refusals, _ := read(t, feed.Options{Chain: "zksync"}, transactions+"#t,1,5,0,@a,,70,2,1000\n")
	if len(rows) != 0 || len(refusals) != 1 {
		t.Errorf("rows %q, refused %q", rows, refusals)
	}
}

// Neither the order of files and rows nor the memory changes what comes out.
func TestOrderLaw(t *testing.T) {
	var all [3][]string
	for i := range 60 {
		block, pos := 5+i/20, i%20
		tx := fmt.Sprintf("0x%064x", i+1)
		all[0] = append(all[0], fmt.Sprintf("%s,%d,%d,%d,@a,@b,%d,2,%d\n", tx, i, block, pos, i%3, 1000+block))
		for k := range i % 4 {
			all[1] = append(all[1], fmt.Sprintf("@w,@a,@b,%d,%s,%d,%d\n", k, tx, 100*i+k, block))
			all[2] = append(all[2], fmt.Sprintf("%d,%s,%d,@a,@b,%d,call,call,,%d,,1\n", block, tx, pos, k, k))
		}
	}
	headers := [3]string{transactions, tokens, traces}
	var want []string
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation([]int{0, 1, 2}).Draw(t, "files")
		var files []string
		for _, i := range order {
			files = append(files, headers[i]+strings.Join(rapid.Permutation(all[i]).Draw(t, "rows"), ""))
		}
		o := onEthereum
		o.Memory = rapid.SampledFrom([]int{0, 1, 5000}).Draw(t, "memory")
		got, refusals, _ := read(t, o, files...)
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(refusals) > 0 || len(got) < 100 {
			t.Fatalf("%d rows, refused %q, other than before:\n%s", len(got), refusals, diff)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(fill(transactions+"#t,1,5,0,@a,@b,70,2,1000\n"), fill(traces+"5,#t,0,@a,@b,70,call,call,,,,1\n5,,,,@m,5,reward,,block,,,1\n"))
	f.Add(fill(withReceipts+"#t,1,5,0,@a,,70,2,1000,21,1,,2,1,2,3\n"), fill(tokens+"@w,@a,@b,5,#t,9,5\n"))
	f.Add(fill(blocks+`5,@m,1000,0,"{""index"":8,""address"":""@a"",""amount"":12}"`+"\n"), fill(receipts+"#u,1,5,42,10,,0,3\n"))
	f.Add(fill(`{"type":"trace","transaction_hash":"#t","block_number":5,"block_timestamp":1000,"transaction_index":0,"from_address":"@b","to_address":"@c","value":3,"trace_type":"call","call_type":"call","trace_address":[0],"status":1}`), "")
	f.Fuzz(func(t *testing.T, a, b string) {
		var files []*feed.File
		for i, content := range []string{a, b} {
			file, err := feed.Bytes(fmt.Sprintf("f%d", i), []byte(content))
			if err != nil {
				return
			}
			files = append(files, file)
		}
		tally := feed.NewTally(files, "ethereum-etl")
		whole := true
		var last *ledger.Transfer
		for row, err := range ethereum.Read(context.Background(), files, onEthereum, tally) {
			switch {
			case err != nil:
				whole = errors.As(err, new(*intake.Refusal))
				continue
			case row.Check() != nil:
				t.Fatal(row.Check())
			case last != nil && ledger.Compare(last, &row) > 0:
				t.Fatalf("out of order: %s, %s", line(*last), line(row))
			}
			last = &row
		}
		if r := tally.Receipt(); whole && !r.Reconciles() {
			t.Fatal(r)
		}
	})
}

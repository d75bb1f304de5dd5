package table_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/table"
	"pgregory.net/rapid"
)

func TestParseMap(t *testing.T) {
	m, err := table.ParseMap(" tx = Txhash,block=Blockno,time=UnixTimestamp,from=From,to=To,value=Value_IN(ETH),decimals=18,asset=Contract,pos=P,index=I")
	want := table.Map{
		Tx: "Txhash", From: "From", To: "To", Value: "Value_IN(ETH)", Block: "Blockno", Time: "UnixTimestamp",
		Pos: "P", Index: "I", Asset: "Contract", Decimals: 18,
	}
	if err != nil || m != want {
		t.Errorf("got %+v, %v", m, err)
	}
	for text, want := range map[string]string{
		"":                                       `column map: "": want NAME=COLUMN`,
		"tx":                                     `column map: "tx": want NAME=COLUMN`,
		"tx=":                                    `column map: "tx=": want NAME=COLUMN`,
		"tx=a,tx=b":                              "column map: tx stands there twice",
		"colour=a":                               `column map: no field "colour" (there are tx, from,`,
		"decimals=78":                            `column map: decimals "78": want 0 to 77`,
		"decimals=x":                             `column map: decimals "x": want 0 to 77`,
		"tx=a,from=b,to=c,value=d":               "column map: time is needed",
		"tx=a,from=b,to=c,time=d":                "column map: value is needed",
		"tx=a\u202e,from=b,to=c,value=d,time=e,": `column map: "": want NAME=COLUMN`,
	} {
		if _, err := table.ParseMap(text); !errors.Is(err, table.ErrMap) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

type fataler interface {
	Helper()
	Fatal(...any)
}

// read reads tables by a map, or without one as ground truth.
func read(t fataler, m table.Map, contents ...string) (rows []ledger.Transfer, refusals []string, receipt feed.Receipt) {
	t.Helper()
	var files []*feed.File
	for i, content := range contents {
		f, err := feed.Bytes(fmt.Sprintf("f%d", i), []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	tally := feed.NewTally(files, "csv")
	o := feed.Options{Chain: chain.Ethereum}
	stream := table.Read(context.Background(), files, m, o, tally)
	if m == (table.Map{}) {
		stream = table.ReadGround(context.Background(), files, o, tally)
	}
	for row, err := range stream {
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

func address(c byte) string { return "0x" + strings.Repeat(fmt.Sprintf("%02x", c), 20) }

// text writes rows as "block.pos.index tx: from>to asset value @time".
func text(rows []ledger.Transfer) (out []string) {
	name := func(s string) string {
		if len(s) == 20 {
			return s[:1]
		}
		return s
	}
	for _, t := range rows {
		out = append(out, fmt.Sprintf("%d.%d.%d %s: %s>%s %s %s @%d", t.Block, t.Pos, t.Index, t.Tx, name(string(t.From)), name(string(t.To)), name(string(t.Asset)), t.Value, t.Time))
	}
	return out
}

var (
	a, b    = address('a'), address('b')
	plain   = table.Map{Tx: "tx", From: "from", To: "to", Value: "value", Time: "time", Block: "block"}
	header  = "tx,block,time,from,to,value,asset,pos,index\n"
	numbers = table.Map{Tx: "tx", From: "from", To: "to", Value: "value", Time: "time", Block: "block", Asset: "asset", Pos: "pos", Index: "index", Decimals: 2}
)

func line(tx string, block int, value string) string {
	return fmt.Sprintf("%s,%d,1000,%s,%s,%s,,,\n", tx, block, a, b, value)
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		name     string
		m        table.Map
		files    []string
		rows     []string
		refusals []string
	}{
		{
			name: "rows are numbered in their transaction, over the files",
			m:    plain,
			files: []string{
				header + line("t1", 7, "1") + line("t2", 6, "2") + line("t1", 7, "1"),
				header + line("t1", 7, "3"),
			},
			rows: []string{"6.0.0 t2: a>b  2 @1000", "7.0.0 t1: a>b  1 @1000", "7.0.1 t1: a>b  1 @1000", "7.0.2 t1: a>b  3 @1000"},
		},
		{
			name: "position, index, asset and decimals; ids in hexadecimal; times in words",
			m:    numbers,
			files: []string{header +
				"0x6162,7,2024-02-29 13:59:59," + a + "," + b + ",1.5," + b + ",3,9\n" +
				"6163,7,2024-02-29T13:59:59Z," + a + ",,0.01,,2,1\n" +
				"abc,8,1709215199,," + b + ",7,,2,1\n"},
			rows: []string{"7.2.1 ac: a>  1 @1709215199", "7.3.9 ab: a>b b 150 @1709215199", "8.2.1 abc: >b  700 @1709215199"},
		},
		{
			name:  "without a height the time orders",
			m:     table.Map{Tx: "tx", From: "from", To: "to", Value: "value", Time: "time"},
			files: []string{"tx;time;from;to;value\nt;1970-01-01 00:00:09;" + a + ";" + b + ";5\n"},
			rows:  []string{"9.0.0 t: a>b  5 @9"},
		},
		{
			name:  "JSON lines",
			m:     plain,
			files: []string{`{"tx":"t","block":7,"time":1000,"from":"` + a + `","to":null,"value":"5"}` + "\n"},
			rows:  []string{"7.0.0 t: a>  5 @1000"},
		},
		{
			name: "bad rows are named and the rest is kept",
			m:    numbers,
			files: []string{header +
				"t,7,1000," + a + "," + b + ",1.5,,0,0\n" +
				",7,1000," + a + "," + b + ",1.5,,0,0\n" +
				strings.Repeat("z", 65) + ",7,1000," + a + "," + b + ",1.5,,0,0\n" +
				"t,x,1000," + a + "," + b + ",1.5,,0,0\n" +
				"t,7,yesterday," + a + "," + b + ",1.5,,0,0\n" +
				"t,7,1000,0x12," + b + ",1.5,,0,0\n" +
				"t,7,1000," + a + "," + b + ",1.555,,0,0\n" +
				"t,7,1000," + a + "," + b + ",1.5,USD,0,0\n" +
				"t,7,1000," + a + "," + b + ",1.5,,-1,0\n" +
				"t,7,1000," + a + "," + b + ",1.5,,0,\n" +
				"t,7,1000," + a + "," + b + ",\"1,5\",,0,0\n"},
			rows: []string{"7.0.0 t: a>b  150 @1000"},
			refusals: []string{
				"f0:3: tx: missing", `f0:4: tx: longer than 64 bytes: "zzz`, `f0:5: block: not a whole number in range: "x"`,
				`f0:6: time: neither seconds since 1970 nor a time as in 2024-02-29 13:59:59: "yesterday"`, `f0:7: from: wrong length: "0x12"`,
				`f0:8: value: has more decimals than the asset: "1.555"`, `f0:9: asset: not in a form of this chain: "USD"`,
				`f0:10: pos: not a whole number in range: "-1"`, "f0:11: index: missing", `f0:12: value: not a plain decimal number: "1,5"`,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, refusals, _ := read(t, c.m, c.files...)
			if diff := cmp.Diff(c.rows, text(rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if len(refusals) != len(c.refusals) {
				t.Fatalf("refused:\n%s", strings.Join(refusals, "\n"))
			}
			for i, want := range c.refusals {
				if !strings.HasPrefix(refusals[i], want) {
					t.Errorf("refusal %s, want %s", refusals[i], want)
				}
			}
		})
	}
}

func TestMissingColumns(t *testing.T) {
	f, err := feed.Bytes("f", []byte("tx,from,to\nt,a,b\n"))
	if err != nil {
		t.Fatal(err)
	}
	files := []*feed.File{f}
	var got error
	for _, err := range table.Read(context.Background(), files, plain, feed.Options{Chain: chain.Ethereum}, feed.NewTally(files, "csv")) {
		got = err
	}
	if !errors.Is(got, table.ErrMap) || !strings.Contains(got.Error(), "block, time, value") {
		t.Errorf("got %v, want the columns that are missing", got)
	}
}

const groundHeader = "\ufeffTimestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD\n"

func ground(block int, tx byte, value string) string {
	return fmt.Sprintf("2023-06-02 21:49:23,%d,0x%s,%s,x,%s,\"y, z\",%s\n", block, strings.Repeat(fmt.Sprintf("%02x", tx), 32), a, b, value)
}

// The rows of a block keep the order of the file, whatever their transactions, and two
// equal rows are two.
func TestGround(t *testing.T) {
	rows, refusals, receipt := read(t, table.Map{}, groundHeader+
		ground(9, 'z', "3")+ground(8, 'b', "1.5")+ground(9, 'a', "2.0000005")+ground(9, 'z', "3")+ground(9, 'z', "3")+
		ground(7, 'c', "0.00000049999")+ground(7, 'd', "1e-7")+ground(7, 'd', "-1")+ground(7, 'd', "1.0000000x")+
		ground(7, 'd', strings.Repeat("9", 73)+".9999999")+"2023-06-02,9,0x12,,,,,\n")
	want := []string{
		"7.0.0 c 0", "8.0.0 b 1500000", "9.0.0 z 3000000", "9.0.1 a 2000001", "9.0.2 z 3000000", "9.0.3 z 3000000",
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d.%d.%d %s %s", r.Block, r.Pos, r.Index, r.Tx[:1], r.Value))
		if r.Asset != table.USD || r.Time != 1685742563 || len(r.Tx) != 32 {
			t.Errorf("row %+v", r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(refusals) != 5 || !strings.Contains(refusals[0], `Value_in_USD: not a plain decimal number: "1e-7"`) ||
		!strings.Contains(refusals[1], "is negative") || !strings.Contains(refusals[2], "not a plain") ||
		!strings.Contains(refusals[3], "is 2^256 or more") || !strings.Contains(refusals[4], "Tx_hash: not hexadecimal") {
		t.Errorf("refused:\n%s", strings.Join(refusals, "\n"))
	}
	if receipt.Notes["a value was rounded to millionths of a dollar"] != 2 {
		t.Errorf("notes %v", receipt.Notes)
	}
}

// Numbering depends on the order of rows of one transaction alone.
func TestNumberingLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "rows")
		var all []string
		var tx []int
		for i := range n {
			tx = append(tx, rapid.IntRange(0, 5).Draw(t, "tx"))
			all = append(all, line(fmt.Sprintf("t%d", tx[i]), 5, fmt.Sprint(i)))
		}
		want, _, _ := read(t, plain, header+strings.Join(all, ""))
		var apart string
		for k := range 6 {
			for i := range all {
				if tx[i] == k {
					apart += all[i]
				}
			}
		}
		got, _, _ := read(t, plain, header+apart)
		if diff := cmp.Diff(text(want), text(got)); diff != "" || len(got) != n {
			t.Fatal(diff)
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add(header+line("t1", 7, "1")+line("t2", 6, "2"), true)
	f.Add(header+"0x6162,7,2024-02-29 13:59:59,"+a+","+b+",1.5,"+b+",3,9\n", true)
	f.Add(groundHeader+ground(9, 'z', "3.1234567")+ground(8, 'b', "1.5"), false)
	f.Fuzz(func(t *testing.T, content string, mapped bool) {
		m := numbers
		if !mapped {
			m = table.Map{}
		}
		if strings.HasPrefix(content, "BZh") || strings.HasPrefix(content, "\x1f\x8b") {
			return
		}
		read(&tolerant{t}, m, content)
	})
}

// tolerant takes it that a file as a whole cannot be read; other faults it reports.
type tolerant struct{ *testing.T }

func (t *tolerant) Fatal(args ...any) {
	if err, ofFile := args[0].(error); ofFile && !errors.Is(err, ledger.ErrInvalid) {
		t.SkipNow()
	}
	t.T.Fatal(args...)
}

func FuzzParseMap(f *testing.F) {
	f.Add("tx=a,from=b,to=c,value=d,time=e,decimals=18")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := table.ParseMap(text); err != nil && !errors.Is(err, table.ErrMap) {
			t.Error(err)
		}
	})
}

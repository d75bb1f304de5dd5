package link

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

func TestReadEvents(t *testing.T) {
	const header = "id,chain_out,tx_out,index_out,chain_in,tx_in,index_in,protocol,source\n"
	events, receipt, err := ReadEvents("e.csv", strings.NewReader("\ufeff"+header+
		"7,ethereum,0x6161,2,bitcoin,6262,1,hop,\"me, by hand\"\n"+
		"8,ether,0x6161,2,bitcoin,6262,1,hop,me\n"+
		"9,ethereum,,2,bitcoin,6262,1,hop,me\n"+
		"10,ethereum,0x61,x,bitcoin,6262,1,hop,me\n"+
		"11,ethereum,0x61\n"+
		"12,ethereum,0x61,1,ethereum,61,1,hop,\u202eme\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{{ID: "7", Protocol: "hop", Source: "me, by hand", Place: "e.csv:2", Out: at(chain.Ethereum, "aa", 2), In: follow.Mark{Chain: chain.Bitcoin, Tx: "bb", Kind: ledger.Output, Index: 1}}}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, f := range receipt.Named {
		said = append(said, f.Error())
	}
	if diff := cmp.Diff([]string{
		`e.csv:3: chain_out: "ether" is no chain`, `e.csv:4: tx_out: is missing`, `e.csv:5: index_out: "x" is no whole number below 2^32`,
		`e.csv:6: 3 fields, the header has 9`, `e.csv:7: tx_in: the payout is the payment`,
	}, said); diff != "" || receipt.Read != 6 || receipt.Kept != 1 || receipt.Refused != 5 {
		t.Errorf("%+v %s", receipt, diff)
	}
	for _, text := range []string{
		`{"id":"7","chain_out":"ethereum","tx_out":"0x6161","index_out":2,"chain_in":"bitcoin","tx_in":"6262","index_in":1,"protocol":"hop","source":"me, by hand"}`,
		"- {id: 7, chain_out: ethereum, tx_out: '0x6161', index_out: 2, chain_in: bitcoin, tx_in: '6262', index_in: 1, protocol: hop, source: 'me, by hand'}\n",
	} {
		again, _, err := ReadEvents("e.csv", strings.NewReader("# a comment\n"+text))
		if diff := cmp.Diff(want, again); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for text, want := range map[string]error{
		"": ErrEmpty, " \n": ErrEmpty, "id,chain_out\n": ErrColumn, header[:len(header)-1] + ",colour\n": ErrColumn, "\xff": ErrFormat, "[1": ErrFormat, "- [": ErrFormat, "[]\n---\n[]": ErrFormat,
		header[:len(header)-1] + ",id\n": ErrColumn,
	} {
		if _, _, err := ReadEvents("e.csv", strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func TestReadMemos(t *testing.T) {
	memos, receipt, err := ReadMemos("m.jsonl", strings.NewReader(
		`{"chain":"ethereum","tx":"0x61","to_chain":"bitcoin","to":"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq","protocol":"THORChain","source":"me"}`+"\n"+
			`{"chain":"ethereum","tx":"0x61","to_chain":"bitcoin","to":"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx","source":"me"}`+"\n"+
			`{"chain":"ethereum","tx":"0x61","tx":"0x62"}`+"\n"+`{"colour":1}`+"\n"+`{"chain":{}}`+"\n[]\n"))
	if err != nil || len(memos) != 1 || receipt.Refused != 5 {
		t.Fatal(memos, receipt, err)
	}
	if got := memos[0].To.Text(chain.Bitcoin); got != "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq" || memos[0].Place != "m.jsonl:1" {
		t.Error(memos[0])
	}
	for i, want := range []string{"m.jsonl:2: to: ", "m.jsonl:3: tx: is there twice", "m.jsonl:4: colour: no such column", "m.jsonl:5: chain: is no plain value", "m.jsonl:6: not a JSON object"} {
		if got := receipt.Named[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"id,chain_out,tx_out,chain_in,tx_in,protocol,source\n1,ethereum,aa,tron,bb,p,s\n", "chain,tx,to_chain,to,source\nbitcoin,aa,ethereum,0x098b716b8aaf21512996dc57eb0615e2383e2f96,s\n",
		`{"id":1}` + "\n{", "- a: &x 1\n- *x\n", "[[[[", "-\n- -", "id,\"x\ny", "---\n- {}\n", "\ufeff#\n", "{\"a\":1}\n{\"a\":\"\\ud800\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		events, receipt, err := ReadEvents("f", strings.NewReader(text))
		if receipt.Read != receipt.Kept+receipt.Refused && err == nil || len(events) != receipt.Kept {
			t.Fatal(receipt)
		}
		memos, receipt, err := ReadMemos("f", strings.NewReader(text))
		if receipt.Read != receipt.Kept+receipt.Refused && err == nil || len(memos) != receipt.Kept {
			t.Fatal(receipt)
		}
		for _, m := range memos {
			if m.To == "" || m.Tx == "" || m.Chain == "" || m.Source == "" {
				t.Fatal(m)
			}
		}
	})
}

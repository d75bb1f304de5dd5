package mixer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
)

func TestTornado(t *testing.T) {
	pools, routers := Tornado()
	seen := map[place]bool{}
	for _, p := range pools {
		at := place{p.Chain, p.Address}
		if seen[at] || p.Denomination.IsZero() || p.Source == "" || len(p.Address) != 20 || strings.HasSuffix(p.Name, "ETH") != (p.Asset == "") {
			t.Errorf("%+v", p)
		}
		seen[at] = true
	}
	if len(pools) != 19 || len(routers) != 3 {
		t.Error(len(pools), len(routers))
	}
	if got := pools[3].Denomination.Units(18) + " " + pools[17].Denomination.String(); got != "100 50000000000000" {
		t.Error(got)
	}
}

const (
	pool  = "0xA160cdAB225685dA1d56aa342Ad8841c3b53f291"
	thief = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
)

func TestReadPools(t *testing.T) {
	pools, receipt, err := ReadPools("p.csv", strings.NewReader("chain,address,asset,denomination,name,source\n"+
		"ethereum,"+pool+",,100,n,s\nethereum,"+pool+",,10,n,s\nbsc,"+pool+","+thief+",0,n,s\nbsc,"+pool+",x,1,n,s\n"))
	if err != nil || len(pools) != 1 || pools[0].Denomination != chain.Units64(100) {
		t.Fatal(pools, err)
	}
	for i, want := range []string{"p.csv:3: address: the pool is there twice", "p.csv:4: denomination: is nought", "p.csv:5: asset: "} {
		if got := receipt.Named[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestReadEvents(t *testing.T) {
	events, receipt, err := ReadEvents("e.csv", strings.NewReader("pool,kind,tx,time,address,gas_price,relayer,fee\n"+
		pool+",deposit,0x6161,2022-02-04T00:00:00Z,"+thief+",12345678901,,\n"+
		pool+",withdrawal,0x6162,1643932801,"+thief+",,0x0000000000000000000000000000000000000000,0\n"+
		pool+",transfer,0x6162,5,"+thief+",,,\n"+pool+",deposit,0x6162,noon,"+thief+",,,\n"+pool+",deposit,0x6162,5,"+thief+",1.5,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	at := own(thief)
	want := []Event{
		{Chain: chain.Ethereum, Pool: own(pool), Kind: Deposit, Tx: "aa", Time: 1643932800, Address: at, GasPrice: chain.Units64(12345678901), Place: "e.csv:2"},
		{Chain: chain.Ethereum, Pool: own(pool), Kind: Withdrawal, Tx: "ab", Time: 1643932801, Address: at, Place: "e.csv:3"},
	}
	if diff := cmp.Diff(want, events, cmp.AllowUnexported(Event{}, chain.Amount{})); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{`e.csv:4: kind: "transfer" is neither "deposit" nor "withdrawal"`, `e.csv:5: time: "noon" is no time: `, "e.csv:6: gas_price: "} {
		if got := receipt.Named[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, _, err := ReadEvents("e.csv", strings.NewReader("pool,kind\n")); !errors.Is(err, ErrColumn) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("pool,kind,tx,time,address,gas_price,relayer,fee\n" + pool + ",deposit,0x6161,5," + thief + ",1,,\n")
	f.Add("chain,address,denomination,name,source\nethereum," + pool + ",100,n,s\n")
	f.Add(`{"pool":"raw:00","kind":"withdrawal","tx":"aa","time":"-9223372036854775808","address":"raw:01","chain":"bitcoin"}`)
	f.Fuzz(func(t *testing.T, text string) {
		events, receipt, err := ReadEvents("f", strings.NewReader(text))
		if err == nil && receipt.Read != receipt.Kept+receipt.Refused || len(events) != receipt.Kept {
			t.Fatal(receipt)
		}
		pools, receipt, err := ReadPools("f", strings.NewReader(text))
		if err == nil && receipt.Read != receipt.Kept+receipt.Refused || len(pools) != receipt.Kept {
			t.Fatal(receipt)
		}
		if _, err := Find(t.Context(), Query{Pools: pools, Events: events}); err != nil {
			t.Fatal(err)
		}
	})
}

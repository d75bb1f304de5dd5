package link

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/memory"
	"pgregory.net/rapid"
)

// rows are written "CHAIN TIME TX INDEX FROM TO ASSET VALUE"; the block is the time, and
// "-" is nobody or the chain's own coin. Accounts are numbers.
func rows(t *testing.T, lines ...string) (out []ledger.Transfer) {
	t.Helper()
	for _, line := range lines {
		var id, tx, from, to, asset string
		var at, value uint64
		var index uint32
		if _, err := fmt.Sscan(line, &id, &at, &tx, &index, &from, &to, &asset, &value); err != nil {
			t.Fatal(line, err)
		}
		r := ledger.Transfer{Chain: chain.ID(id), Kind: ledger.Payment, Block: at, Time: int64(at), Tx: tx, Index: index, From: who(from), To: who(to), Value: chain.Units64(value)}
		if asset != "-" {
			r.Asset = ledger.Asset(asset)
		}
		if c, _ := chain.Lookup(r.Chain); c.Model == chain.UTXO {
			r.Kind = ledger.Output
			if r.To == "" {
				r.Kind, r.Spends = ledger.Input, ledger.Outpoint{Tx: "before " + tx, Index: index}
			}
		}
		out = append(out, r)
	}
	return out
}

func who(n string) ledger.Address {
	if n == "-" {
		return ""
	}
	return ledger.Address(strings.Repeat("0", 20-len(n)) + n)
}

func at(id chain.ID, tx string, index uint32) follow.Mark {
	return follow.Mark{Chain: id, Tx: tx, Kind: ledger.Payment, Index: index}
}

// told is a result in short: links as "OUT>IN method grade", rejections as "OUT method:
// reason (fit)", and notes.
func told(r *Result) (out []string) {
	for _, p := range r.Proposals {
		s := fmt.Sprintf("%s>%s %s, %s, %s", p.Link.Out.Tx, p.Link.In.Tx, p.Link.Method, p.Link.Kind, p.Link.Confidence)
		if p.Note != "" {
			s += ": " + p.Note
		}
		out = append(out, s)
	}
	for _, x := range r.Rejected {
		out = append(out, strings.TrimPrefix(fmt.Sprintf("%s %s: %s (%d)", x.Paid.Tx, x.Method, x.Reason, x.Fit), " "))
	}
	return out
}

func ask(t *testing.T, q Query, lines ...string) *Result {
	t.Helper()
	q.Snapshot = memory.New(rows(t, lines...)...)
	found, err := Propose(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func want(t *testing.T, r *Result, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, told(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPaid(t *testing.T) {
	arrival := func(tx string, service int) follow.Arrival {
		return follow.Arrival{Row: follow.RowID{Chain: chain.Ethereum, Tx: tx, Kind: ledger.Payment}, Service: service}
	}
	a := &follow.Answer{Services: make([]follow.Met, 3), Arrivals: []follow.Arrival{arrival("a", 0), arrival("b", 1), arrival("c", 2), arrival("a", 0)}}
	a.Services[0].Class, a.Services[1].Class, a.Services[2].Class = follow.Swap, follow.Exchange, follow.Bridge
	if diff := cmp.Diff([]follow.Mark{at(chain.Ethereum, "a", 0), at(chain.Ethereum, "c", 0)}, Paid(a)); diff != "" {
		t.Error(diff)
	}
}

func TestEvents(t *testing.T) {
	ledgerRows := []string{
		"ethereum 10 a 0 1 50 - 100", "ethereum 11 b 0 2 50 - 100", "ethereum 12 c 0 3 50 - 100", "ethereum 13 d 0 3 50 - 100", "ethereum 14 e 0 3 50 - 100",
		"tron 20 x 0 60 5 - 90", "tron 21 y 0 60 6 - 90", "tron 5 early 0 60 6 - 90",
	}
	event := func(id, out, in string) Event {
		return Event{ID: id, Protocol: "p", Out: at(chain.Ethereum, out, 0), In: at(chain.Tron, in, 0), Source: "test", Place: "e.csv:2"}
	}
	paid := []follow.Mark{at(chain.Ethereum, "e", 0), at(chain.Ethereum, "d", 0), at(chain.Ethereum, "c", 0), at(chain.Ethereum, "b", 0), at(chain.Ethereum, "a", 0), at(chain.Ethereum, "none", 0), at(chain.Ethereum, "a", 0)}
	got := ask(t, Query{Paid: paid, Events: []Event{
		event("1", "a", "x"), event("1", "a", "x"), event("2", "b", "y"), event("3", "c", "y"), event("4", "d", "early"), event("5", "e", "gone"), event("6", "other", "x2"),
	}}, ledgerRows...)
	want(t, got,
		"a>x event id, bridge, decoded protocol",
		"none : the ledger does not hold the row (0)",
		"b event id: several events name the payout (1)",
		"c event id: several events name the payout (1)",
		"d event id: "+ReasonOrder+" (1)",
		"e event id: the ledger does not hold the payout (1)",
	)
	if id := got.Proposals[0].Link.ID; id != "p:1" || len(got.Open) != 4 {
		t.Errorf("id %s, open %v", id, got.Open)
	}
	got = ask(t, Query{Paid: paid[3:5], Events: []Event{event("1", "a", "x"), event("2", "a", "y"), event("3", "b", "x2"), event("3", "b2", "y")}}, ledgerRows...)
	want(t, got, "a event id: several events name the row paid (1)", "b event id: several events have the id (1)")
}

func TestSameTransaction(t *testing.T) {
	for _, x := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"router and pool", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 1 1 - - 3", "ethereum 10 a 3 50 51 - 100", "ethereum 10 a 20 50 52 weth 100", "ethereum 10 a 21 52 1 usd 200"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"one counterparty", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 1 usd 200"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"nothing leads there", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 52 1 usd 200"}, []string{"a same transaction: no payment of the transaction leads from whoever was paid to whoever pays (1)"}},
		{"by way of oneself alone", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 19 50 1 usd 1", "ethereum 10 a 20 52 1 eur 200"}, []string{"a same transaction: the account receives several times in the transaction (2)"}},
		{"change comes back", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 3 50 1 - 9", "ethereum 10 a 20 50 1 usd 200"}, []string{"a same transaction: a part of what was paid comes back in the transaction (2)"}},
		{"two payments", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 19 1 50 eur 7", "ethereum 10 a 20 50 1 usd 200"}, []string{"a same transaction: the account pays several times in the transaction (1)"}},
		{"a trace before the log", []string{"ethereum 10 a 20 1 50 usd 100", "ethereum 10 a 3 50 1 - 7"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"others receive as well", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 1 usd 200", "ethereum 10 a 21 50 5 usd 100000"}, []string{"a same transaction: " + ReasonPayees + " (1)"}},
		{"new tokens for others", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 1 usd 200", "ethereum 10 a 21 - 5 usd 1"}, []string{"a same transaction: " + ReasonPayees + " (1)"}},
		{"the router keeps a part", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 3 50 51 - 100", "ethereum 10 a 20 51 50 usd 201", "ethereum 10 a 21 50 1 usd 200"}, []string{"a same transaction: " + ReasonPayees + " (1)"}},
		{"others pay as well", []string{"ethereum 10 a 0 1 50 - 10", "ethereum 10 a 2 4 50 - 40", "ethereum 10 a 20 50 1 usd 777"}, []string{"a same transaction: " + ReasonPayers + " (1)"}},
		{"others burn it", []string{"ethereum 10 a 20 1 50 usd 10", "ethereum 10 a 21 4 - usd 40", "ethereum 10 a 22 50 1 eur 7"}, []string{"a same transaction: " + ReasonPayers + " (1)"}},
		{"the service adds its own", []string{"ethereum 10 a 0 1 50 - 10", "ethereum 10 a 2 50 51 - 40", "ethereum 10 a 20 51 1 usd 777"}, []string{"a same transaction: " + ReasonPayers + " (1)"}},
		{"a fee of what is paid", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 1 4 - - 3", "ethereum 10 a 2 50 9 - 1", "ethereum 10 a 3 50 51 - 99", "ethereum 10 a 20 51 1 usd 777"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"passed on by others", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 51 usd 200", "ethereum 10 a 21 51 1 usd 200"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"made of nothing", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 - 50 usd 200", "ethereum 10 a 21 50 1 usd 200"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"nothing received", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 2 usd 200"}, nil},
		{"spam of value nought", []string{"ethereum 10 a 0 1 50 - 100", "ethereum 10 a 20 50 1 usd 200", "ethereum 10 a 21 9 1 spam 0"}, []string{"a>a same transaction, swap, decoded protocol"}},
		{"outputs", []string{"bitcoin 10 a 0 1 - - 100", "bitcoin 10 a 0 - 50 - 100"}, nil},
	} {
		m := at(chain.Ethereum, "a", 0)
		if strings.Contains(x.name, "trace") || strings.Contains(x.name, "burn") {
			m.Index = 20
		}
		if strings.Contains(x.name, "outputs") {
			m.Chain, m.Kind = chain.Bitcoin, ledger.Output
		}
		t.Run(x.name, func(t *testing.T) { want(t, ask(t, Query{Paid: []follow.Mark{m}}, x.lines...), x.want...) })
	}
}

const coin = "000000000000000000" // eighteen decimals

func TestMemo(t *testing.T) {
	memo := Memo{Chain: chain.Ethereum, Tx: "a", ToChain: chain.Arbitrum, To: who("9"), Protocol: "p", Source: "test", Place: "m.csv:2"}
	one := []follow.Mark{at(chain.Ethereum, "a", 0)}
	got := ask(t, Query{Paid: one, Memos: []Memo{memo, memo}},
		"ethereum 1000 a 0 1 50 - 1"+coin, "arbitrum 900 old 0 60 9 - 1"+coin, "arbitrum 1100 dust 0 61 9 - 1", "arbitrum 1150 nought 0 61 9 - 0",
		"arbitrum 1200 x 0 60 9 - 990000000000000000", "arbitrum 1300 y 0 60 9 - 995000000000000000")
	want(t, got, "a>x memo, bridge, heuristic: 1 earlier payments to the address were passed over, because of their amounts")
	if got.Proposals[0].Link.Error != MemoError || got.Proposals[0].Rests[0] != "m.csv:2: memo of p, read by test" {
		t.Errorf("%+v", got.Proposals[0])
	}
	// Tokens without a price cannot be compared, and the first is taken.
	want(t, ask(t, Query{Paid: one, Memos: []Memo{memo}}, "ethereum 1000 a 0 1 50 usd 5", "arbitrum 1100 x 0 60 9 eur 1"),
		"a>x memo, bridge, heuristic: the amounts of both sides could not be compared")
	want(t, ask(t, Query{Paid: one, Memos: []Memo{memo}}, "ethereum 1000 a 0 1 50 - 5", "arbitrum 8201 x 0 60 9 - 5"),
		"a memo: nothing that fits reaches the address in time (0)")
	other := memo
	other.To = who("8")
	want(t, ask(t, Query{Paid: one, Memos: []Memo{memo, other}}, "ethereum 1000 a 0 1 50 - 5", "arbitrum 1201 x 0 60 9 - 5"),
		"a memo: the transaction has several memos or payments (0)")
	second := memo
	second.Tx = "b"
	const names = ": other memos name the same address"
	want(t, ask(t, Query{Paid: append(one, at(chain.Ethereum, "b", 0)), Memos: []Memo{second, memo}},
		"ethereum 1000 a 0 1 50 - 5000", "ethereum 1001 b 0 1 50 - 5000", "arbitrum 1201 x 0 60 9 - 5000", "arbitrum 1202 y 0 60 9 - 5000"),
		"a>x memo, bridge, heuristic"+names, "b>y memo, bridge, heuristic"+names)
	// On a chain of outputs the address has outputs.
	toBitcoin := memo
	toBitcoin.ToChain = chain.Bitcoin
	want(t, ask(t, Query{Paid: one, Memos: []Memo{toBitcoin}}, "ethereum 1000 a 0 1 50 - 5", "bitcoin 1201 x 0 60 - - 9", "bitcoin 1201 x 0 - 9 - 9"),
		"a>x memo, bridge, heuristic: the amounts of both sides could not be compared")
}

// prices gives ether 2,000 dollars, bitcoins 40,000 and nothing else.
func prices(id chain.ID, a ledger.Asset, value chain.Amount, _ int64) (chain.Amount, bool) {
	n, ok := value.Uint64()
	switch {
	case !ok || a != "":
		return chain.Amount{}, false
	case id == chain.Bitcoin:
		return chain.Units64(n * 400), true
	}
	return chain.Units64(n / 1e18 * 2000 * 1e6), true
}

func TestAmounts(t *testing.T) {
	one := []follow.Mark{at(chain.Ethereum, "a", 0)}
	payers := []ledger.Frontier{{Chain: chain.Arbitrum, Addresses: []ledger.Address{who("60")}}, {Chain: chain.Bitcoin, Addresses: []ledger.Address{who("60")}}}
	const paid = "ethereum 1000 a 0 1 50 - 10000"
	for _, x := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"a fee of two per cent", []string{paid, "arbitrum 1500 x 0 60 9 - 9800", "arbitrum 1500 internal 0 60 60 - 9900"}, "a>x amount and time, bridge, heuristic"},
		{"more than that", []string{paid, "arbitrum 1500 x 0 60 9 - 9799"}, "a amount and time: no payout fits (0)"},
		{"more than was paid", []string{paid, "arbitrum 1500 x 0 60 9 - 10001"}, "a amount and time: no payout fits (0)"},
		{"the last second", []string{paid, "arbitrum 2800 x 0 60 9 - 9900"}, "a>x amount and time, bridge, heuristic"},
		{"too late", []string{paid, "arbitrum 2801 x 0 60 9 - 9900"}, "a amount and time: no payout fits (0)"},
		{"too early", []string{paid, "arbitrum 999 x 0 60 9 - 9900"}, "a amount and time: no payout fits (0)"},
		{"somebody else pays", []string{paid, "arbitrum 1500 x 0 61 9 - 9900"}, "a amount and time: no payout fits (0)"},
		{"another token", []string{paid, "arbitrum 1500 x 0 60 9 usd 9900"}, "a amount and time: no payout fits (0)"},
		{"two payouts", []string{paid, "arbitrum 1500 x 0 60 9 - 9900", "arbitrum 1501 y 0 60 8 - 9950"}, "a amount and time: several payouts fit (2)"},
		{"another's payment", []string{paid, "ethereum 1100 b 0 2 50 - 10001", "arbitrum 1500 x 0 60 9 - 9900"}, "a amount and time: the payout fits several payments (2)"},
		{"another's, too early", []string{paid, "ethereum 100 b 0 2 50 - 10001", "arbitrum 1950 x 0 60 9 - 9900"}, "a>x amount and time, bridge, heuristic"},
	} {
		t.Run(x.name, func(t *testing.T) { want(t, ask(t, Query{Paid: one, Payers: payers}, x.lines...), x.want) })
	}
	// What events pair is no candidate, traced or not.
	events := []Event{{ID: "1", Protocol: "p", Out: at(chain.Ethereum, "b", 0), In: at(chain.Arbitrum, "y", 0)}}
	want(t, ask(t, Query{Paid: one, Payers: payers, Events: events}, paid, "ethereum 1001 b 0 2 50 - 10000", "arbitrum 1500 x 0 60 9 - 9900", "arbitrum 1501 y 0 60 8 - 9950"),
		"a>x amount and time, bridge, heuristic")
	// By price, across models: 20 ether are a bitcoin.
	got := ask(t, Query{Paid: one, Payers: payers, USD: prices}, "ethereum 1000 a 0 1 50 - 2000000000000000000", "bitcoin 1500 x 0 60 - - 20000000", "bitcoin 1500 x 0 - 9 - 9900000", "bitcoin 1500 x 1 - 60 - 10000000")
	want(t, got, "a>x amount and time, bridge, heuristic")
	if p := got.Proposals[0]; p.Rests[0] != "amounts in dollars at the time of each row" || p.Link.In.Kind != ledger.Output {
		t.Errorf("%+v", p)
	}
	// A certain link is flagged where the dollars differ.
	got = ask(t, Query{Paid: one, USD: prices, Events: []Event{{ID: "1", Protocol: "p", Out: one[0], In: follow.Mark{Chain: chain.Bitcoin, Tx: "x", Kind: ledger.Output}}}},
		"ethereum 1000 a 0 1 50 - 2000000000000000000", "bitcoin 1500 x 0 - 9 - 9400000")
	want(t, got, "a>x event id, bridge, decoded protocol: flagged: 4000 USD went in and 3760 USD came out, more than 50 per mille apart")
	for _, o := range []Options{{MaxRows: 2}, {MaxCompared: 1}} {
		got := ask(t, Query{Paid: one, Payers: payers, Options: o}, paid, "arbitrum 1500 x 0 60 9 - 9900", "arbitrum 1501 y 0 60 8 - 9950")
		if got.Stopped == "" || len(got.Proposals) > 0 || !strings.Contains(got.Rejected[0].Reason, got.Stopped) {
			t.Errorf("%+v: %v", o, got)
		}
	}
	if _, err := Propose(t.Context(), Query{Snapshot: memory.New(), Options: Options{Window: -time.Second}}); err == nil {
		t.Error("a negative window")
	}
}

// named are services by the number of their account.
type named map[string]follow.Service

func (n named) Service(_ chain.ID, a ledger.Address) (follow.Service, bool) {
	s, ok := n[strings.TrimLeft(string(a), "0")]
	return s, ok
}

func TestServices(t *testing.T) {
	q := Query{
		Paid:     []follow.Mark{at(chain.Ethereum, "a", 0)},
		Payers:   []ledger.Frontier{{Chain: chain.Arbitrum, Addresses: []ledger.Address{who("60")}}},
		Services: named{"50": {Class: follow.Swap, Name: "One"}, "60": {Class: follow.Bridge, Name: "Two"}},
	}
	want(t, ask(t, q, "ethereum 1000 a 0 1 50 - 10000", "arbitrum 1500 x 0 60 9 - 9900"), `a>x amount and time, swap, heuristic: paid to "One", paid out by "Two"`)
	// Tokens are the same where the query says so, whatever their decimals.
	q.Services = nil
	q.Tokens = func(id chain.ID, _ ledger.Asset) (Token, bool) {
		return Token{"USDX", map[chain.ID]uint8{chain.Ethereum: 6, chain.Arbitrum: 8}[id]}, true
	}
	want(t, ask(t, q, "ethereum 1000 a 0 1 50 x 10000", "arbitrum 1500 x 0 60 9 y 990000"), "a>x amount and time, bridge, heuristic")
	want(t, ask(t, q, "ethereum 1000 a 0 1 50 x 10000", "arbitrum 1500 x 0 60 9 y 9900"), "a amount and time: no payout fits (0)")
}

// Whatever the rows and in whatever order the question names them: no row is part of two
// proposals, every row paid is matched or open, and what is proposed stands in order.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var lines []ledger.Transfer
		n := rapid.IntRange(1, 25).Draw(rt, "rows")
		for i := range n {
			id := rapid.SampledFrom([]chain.ID{chain.Ethereum, chain.Arbitrum}).Draw(rt, "chain")
			at := rapid.Int64Range(1000, 1010).Draw(rt, "time")
			a := func(name string) ledger.Address { return addr(rapid.IntRange(1, 4).Draw(rt, name)) }
			lines = append(lines, ledger.Transfer{
				Chain: id, Kind: ledger.Payment, Block: uint64(at), Time: at, Tx: fmt.Sprint(at, "-", rapid.IntRange(0, 1).Draw(rt, "tx")), Index: uint32(i),
				From: a("from"), To: a("to"), Asset: rapid.SampledFrom([]ledger.Asset{"", "t"}).Draw(rt, "asset"), Value: chain.Units64(rapid.Uint64Range(0, 3).Draw(rt, "value")),
			})
		}
		q := Query{Snapshot: memory.New(lines...), Payers: []ledger.Frontier{{Chain: chain.Arbitrum, Addresses: []ledger.Address{addr(1)}}, {Chain: chain.Ethereum, Addresses: []ledger.Address{addr(1)}}}}
		paid := map[follow.Mark]bool{}
		for i := range lines {
			m := markOf(&lines[i])
			other := markOf(&lines[rapid.IntRange(0, n-1).Draw(rt, "other")])
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				q.Events = append(q.Events, Event{ID: fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "id")), Out: m, In: other})
			case 1:
				q.Memos = append(q.Memos, Memo{Chain: m.Chain, Tx: m.Tx, ToChain: other.Chain, To: addr(2)})
			}
			q.Paid = append(q.Paid, m)
			if lines[i].To != "" && !lines[i].Value.IsZero() {
				paid[m] = true
			}
		}
		found, err := Propose(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		used := map[follow.Mark]bool{}
		for _, p := range found.Proposals {
			for _, m := range []follow.Mark{p.Link.Out, p.Link.In} {
				if used[m] {
					rt.Fatalf("%v is part of two proposals", m)
				}
				used[m] = true
			}
			if !before(&p.Out, &p.In) || p.Link.Confidence == follow.Heuristic && p.Link.Error == "" {
				rt.Fatalf("%+v", p)
			}
		}
		if len(found.Proposals)+len(found.Open) != len(paid) {
			rt.Fatalf("%d and %d of %d", len(found.Proposals), len(found.Open), len(paid))
		}
		slices.Reverse(q.Paid)
		slices.Reverse(q.Memos)
		again, err := Propose(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(told(found)[:len(found.Proposals)], told(again)[:len(again.Proposals)]); diff != "" {
			rt.Fatal(diff)
		}
	})
}

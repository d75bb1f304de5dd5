package mixer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/memory"
	"pgregory.net/rapid"
)

// who is the account with that number: 1 to 49 people, 50 and 51 pools of 100 and of 10,
// 60 a router, 70 and 71 relayers.
func who(n int) ledger.Address { return ledger.Address(fmt.Sprintf("%020d", n)) }

func at(n ...int) ledger.Frontier {
	f := ledger.Frontier{Chain: chain.Ethereum}
	for _, x := range n {
		f.Addresses = append(f.Addresses, who(x))
	}
	return f
}

var twoPools = []Pool{
	{Chain: chain.Ethereum, Address: who(50), Denomination: chain.Units64(100), Name: "pool of 100"},
	{Chain: chain.Ethereum, Address: who(51), Denomination: chain.Units64(10), Name: "pool of 10"},
}

// rows are written "TIME TX INDEX FROM TO VALUE".
func rows(t testing.TB, lines ...string) *memory.Snapshot {
	t.Helper()
	var out []ledger.Transfer
	for _, line := range lines {
		var tx string
		var at, value uint64
		var index uint32
		var from, to int
		if _, err := fmt.Sscan(line, &at, &tx, &index, &from, &to, &value); err != nil {
			t.Fatal(line, err)
		}
		out = append(out, ledger.Transfer{Chain: chain.Ethereum, Kind: ledger.Payment, Block: at, Time: int64(at), Tx: tx, Index: index, From: who(from), To: who(to), Value: chain.Units64(value)})
	}
	return memory.New(out...)
}

// number is which account an address is.
func number(a ledger.Address) string { return strings.TrimLeft(string(a), "0") }

// told is what was found: "DEPOSIT>WITHDRAWAL FROM>TO points: reasons, set".
func told(r *Result) (out []string) {
	for _, l := range r.Links {
		var why []string
		for _, e := range l.Evidence {
			why = append(why, string(e.Reason))
		}
		out = append(out, fmt.Sprintf("%s>%s %s>%s %d: %s; one of %d−%d; %d rivals", l.Deposit.Tx, l.Withdrawal.Tx, number(l.Deposit.Address), number(l.Withdrawal.Address),
			l.Points, strings.Join(why, ", "), l.Anonymity.Before, l.Anonymity.Linked, l.Rivals))
	}
	return append(out, r.Unclear...)
}

func find(t *testing.T, q Query) *Result {
	t.Helper()
	if q.Pools == nil {
		q.Pools = twoPools
	}
	if q.Traced == nil {
		q.Traced = []ledger.Frontier{at(1)}
	}
	got, err := Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func want(t *testing.T, r *Result, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, told(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTraced(t *testing.T) {
	a := &follow.Answer{Services: make([]follow.Met, 2)}
	a.Services[0].Class, a.Services[1].Class = follow.Mixer, follow.Exchange
	for i, from := range []ledger.Address{who(2), who(1), who(2), who(3), ""} {
		a.Arrivals = append(a.Arrivals, follow.Arrival{Row: follow.RowID{Chain: chain.Ethereum}, From: from, Service: i / 3 % 2})
	}
	if diff := cmp.Diff([]ledger.Frontier{at(1, 2)}, Traced(a)); diff != "" {
		t.Error(diff)
	}
}

func TestReuseAndCrowd(t *testing.T) {
	got := find(t, Query{Snapshot: rows(t,
		"1 a 0 2 50 100", "2 b 0 1 50 100", "3 c 0 3 50 100", "4 d 0 50 3 100", // 3 takes its own out
		"5 e 0 1 51 10", "6 f 0 50 1 100", "7 g 0 50 9 95", "7 g 1 50 70 5", "8 h 0 1 50 100")})
	// g is of the deposit that is left. The crowd of f is three deposits, less that of 3.
	want(t, got, "b>f 1>1 100: address reuse; one of 3−1; 0 rivals")
	var deposits []string
	for _, d := range got.Deposits {
		deposits = append(deposits, d.Tx)
	}
	if !slices.Equal(deposits, []string{"b", "e", "h"}) || got.Links[0].Anonymity.Set() != 2 {
		t.Error(deposits, got.Links)
	}
}

func TestInOrder(t *testing.T) {
	want(t, find(t, Query{Snapshot: rows(t, "1 a 0 2 50 100", "2 b 0 1 50 100", "3 c 0 50 8 100", "4 d 0 50 9 95", "4 d 1 50 70 5", "5 e 0 50 7 100")}),
		"b>d 1>9 10: first in first out; one of 2−0; 0 rivals")
	// Nobody traced deposits: there is nothing to say.
	want(t, find(t, Query{Traced: []ledger.Frontier{at(4)}, Snapshot: rows(t, "1 a 0 2 50 100", "3 c 0 50 2 100")}))
}

func TestTransferAndRelayer(t *testing.T) {
	lines := []string{"1 a 0 2 50 100", "2 b 0 1 50 100", "3 c 0 50 8 95", "3 c 1 50 70 5", "4 d 0 50 9 95", "4 d 1 50 71 5"}
	want(t, find(t, Query{Snapshot: rows(t, append(lines, "9 x 0 8 1 1", "9 x 1 1 70 1", "9 x 2 9 1 0")...)}),
		"b>c 1>8 50: direct transfer; one of 2−0; 0 rivals", "b>d 1>9 10: first in first out; one of 2−0; 0 rivals")
	want(t, find(t, Query{Snapshot: rows(t, lines...), Relayers: []ledger.Frontier{at(71)}}),
		"b>d 1>9 70: own relayer, first in first out; one of 2−0; 0 rivals")
	want(t, find(t, Query{Snapshot: rows(t, append(lines, "9 x 0 8 1 1", "9 x 1 8 1 1")...), Options: Options{Hub: 1}}),
		"b>d 1>9 10: first in first out; one of 2−0; 0 rivals",
		fmt.Sprintf("%s has 2 rows, more than 1: no direct transfers were looked for", who(1).Text(chain.Ethereum)))
	// Two traced depositors claim one withdrawal.
	want(t, find(t, Query{Snapshot: rows(t, append(lines, "9 x 0 8 1 1", "9 x 1 8 2 1")...), Traced: []ledger.Frontier{at(1, 2)}}),
		"a>c 2>8 60: direct transfer, first in first out; one of 2−0; 1 rivals", "b>c 1>8 50: direct transfer; one of 2−0; 1 rivals", "b>d 1>9 10: first in first out; one of 2−0; 0 rivals")
}

func TestCounts(t *testing.T) {
	lines := []string{"1 a 0 1 50 100", "2 b 0 1 50 100", "3 c 0 1 51 10", "4 d 0 2 50 100", "5 e 0 50 9 100", "6 f 0 50 9 100", "7 g 0 51 9 10", "8 h 0 50 8 100"}
	want(t, find(t, Query{Snapshot: rows(t, lines...)}),
		"a>e 1>9 50: counts over pools, first in first out; one of 3−0; 0 rivals", "b>f 1>9 50: counts over pools, first in first out; one of 3−0; 0 rivals", "c>g 1>9 50: counts over pools, first in first out; one of 1−0; 0 rivals")
	// Another recipient with the same counts, or a withdrawal before the deposit: nothing.
	for _, more := range [][]string{{"9 i 0 50 7 100", "9 j 0 50 7 100", "9 k 0 51 7 10"}, nil} {
		all := append(slices.Clone(lines), more...)
		if more == nil {
			all[2] = "8 c 0 1 51 10"
		}
		for _, line := range told(find(t, Query{Snapshot: rows(t, all...)})) {
			if strings.Contains(line, "counts") {
				t.Error(line)
			}
		}
	}
}

func TestGasPrice(t *testing.T) {
	event := func(k Kind, tx string, at int64, n int, price uint64, relayer int) Event {
		e := Event{Chain: chain.Ethereum, Pool: who(50), Kind: k, Tx: tx, Time: at, Address: who(n), GasPrice: chain.Units64(price), Place: "e.csv:2"}
		if relayer != 0 {
			e.Relayer = who(relayer)
		}
		return e
	}
	const odd = 12_345_678_901
	base := []Event{event(Deposit, "a", 1, 2, 7, 0), event(Deposit, "b", 2, 1, odd, 0), event(Withdrawal, "c", 3, 8, 5, 0)}
	for name, x := range map[string]struct {
		more []Event
		want bool
	}{
		"the same":            {[]Event{event(Withdrawal, "d", 4, 9, odd, 0)}, true},
		"by a relayer":        {[]Event{event(Withdrawal, "d", 4, 9, odd, 70)}, false},
		"another price":       {[]Event{event(Withdrawal, "d", 4, 9, odd+1, 0)}, false},
		"of two recipients":   {[]Event{event(Withdrawal, "d", 4, 9, odd, 0), event(Withdrawal, "e", 5, 7, odd, 0)}, false},
		"of two depositors":   {[]Event{event(Withdrawal, "d", 4, 9, odd, 0), event(Deposit, "e", 5, 7, odd, 0)}, false},
		"before the deposit":  {[]Event{event(Withdrawal, "d", 1, 9, odd, 0)}, false},
		"another's as well":   {[]Event{event(Withdrawal, "d", 4, 9, odd, 0), event(Deposit, "e", 5, 7, odd, 70)}, true},
		"and twice by itself": {[]Event{event(Withdrawal, "d", 4, 9, odd, 0), event(Withdrawal, "e", 5, 9, odd, 0)}, true},
	} {
		got := strings.Contains(strings.Join(told(find(t, Query{Events: append(slices.Clone(base), x.more...)})), "\n"), "b>d 1>9 50: unusual gas price, first in first out; one of 2−0")
		if got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	// A price that many choose says nothing.
	round := []Event{event(Deposit, "b", 2, 1, 50_000_000_000, 0), event(Deposit, "a", 1, 2, 7, 0), event(Withdrawal, "c", 3, 8, 50_000_000_000, 0)}
	want(t, find(t, Query{Events: round}))
}

func TestRowsOfThePools(t *testing.T) {
	got := find(t, Query{
		Routers: []ledger.Frontier{at(60)},
		Snapshot: rows(t,
			"1 a 0 1 60 100", "1 a 2 60 50 100", // by way of a router
			"2 b 2 60 50 100", "3 c 0 1 60 100", "3 c 1 2 60 100", "3 c 2 60 50 100", "4 d 0 1 50 99",
			"5 e 0 50 9 100", "5 e 1 50 8 90", "5 e 2 50 70 10", // two withdrawals at once
			"6 f 0 50 9 3", "6 f 1 50 9 100", "7 g 0 50 1 7"),
		Events: []Event{
			{Chain: chain.Ethereum, Pool: who(50), Kind: Deposit, Tx: "b", Address: who(4), Place: "e.csv:2"},
			{Chain: chain.Ethereum, Pool: who(50), Kind: Deposit, Tx: "a", Address: who(3), Place: "e.csv:3"},
			{Chain: chain.Ethereum, Pool: who(59), Kind: Deposit, Tx: "a", Address: who(3), Place: "e.csv:4"},
			{Chain: chain.Ethereum, Pool: who(50), Kind: Withdrawal, Tx: "e", Address: who(3), Place: "e.csv:5"},
		},
		Traced: []ledger.Frontier{at(1, 4)},
	})
	want(t, got,
		"a>e 1>9 10: first in first out; one of 3−0; 0 rivals", "b>e 4>8 10: first in first out; one of 3−0; 0 rivals",
		"nobody is seen to pay the router of transaction 0x62", "several accounts pay the router of transaction 0x63", "99 of transaction 0x64 is not the sum of pool of 100",
		"3 of transaction 0x66 is not what pool of 100 pays", "7 of transaction 0x67 is not what pool of 100 pays",
		fmt.Sprintf("e.csv:4: %s is no pool of the table", who(59).Text(chain.Ethereum)),
		"e.csv:3: the ledger names another address or relayer", "e.csv:5: the table has 1 events of the transaction, the ledger 2")
	if l := got.Links[1]; l.Withdrawal.Relayer != who(70) || l.Withdrawal.Fee != chain.Units64(10) {
		t.Errorf("%+v", l.Withdrawal)
	}
}

func TestBounds(t *testing.T) {
	q := Query{Pools: twoPools, Snapshot: rows(t, "1 a 0 1 50 100", "2 b 0 1 50 100"), Options: Options{MaxRows: 1}}
	if _, err := Find(t.Context(), q); !errors.Is(err, ErrRows) {
		t.Error(err)
	}
	q = Query{Pools: append(slices.Clone(twoPools), Pool{Chain: chain.Ethereum, Address: who(50), Denomination: chain.Units64(1)})}
	if _, err := Find(t.Context(), q); !errors.Is(err, ErrPools) {
		t.Error(err)
	}
}

// Whatever happens at the pools: a withdrawal comes after its deposit and from the same
// pool, a pairing takes each at most once, only traced deposits are linked, the crowd is
// that of counting, and tables say the same as the ledger.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var lines []string
		var events []Event
		for i := range rapid.IntRange(1, 30).Draw(rt, "events") {
			n, pool := rapid.IntRange(1, 4).Draw(rt, "who"), rapid.IntRange(50, 51).Draw(rt, "pool")
			sum := []int{100, 10}[pool-50]
			tx := string(rune('a'+i%26)) + string(rune('a'+i/26))
			e := Event{Chain: chain.Ethereum, Pool: who(pool), Kind: Deposit, Tx: tx, Time: int64(i + 1), Address: who(n)}
			if rapid.Bool().Draw(rt, "in") {
				lines = append(lines, fmt.Sprint(i+1, " ", tx, " 0 ", n, pool, sum))
			} else {
				e.Kind = Withdrawal
				lines = append(lines, fmt.Sprint(i+1, " ", tx, " 0 ", pool, n, sum))
			}
			events = append(events, e)
		}
		q := Query{Pools: twoPools, Traced: []ledger.Frontier{at(1, 2)}, Snapshot: rows(t, lines...)}
		got, err := Find(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		type one struct{ from, to, tx string }
		used := map[one]bool{}
		for _, l := range got.Links {
			points := 0
			for _, e := range l.Evidence {
				points += e.Reason.Points()
			}
			from, to := string(l.Deposit.Address), string(l.Withdrawal.Address)
			d, w := one{from, to, l.Deposit.Tx}, one{from, to, l.Withdrawal.Tx}
			if l.Deposit.Time >= l.Withdrawal.Time || l.Deposit.Pool != l.Withdrawal.Pool || points != l.Points || points == 0 || used[d] || used[w] || from > string(who(2)) {
				rt.Fatalf("%+v", l)
			}
			used[d], used[w] = true, true
			before := 0
			for _, e := range events {
				if e.Kind == Deposit && e.Pool == l.Withdrawal.Pool && e.Time < l.Withdrawal.Time {
					before++
				}
			}
			if l.Anonymity.Before != before || l.Anonymity.Set() <= 0 || l.Anonymity.Linked < 0 {
				rt.Fatalf("%+v, counted %d", l.Anonymity, before)
			}
		}
		q.Snapshot, q.Events = nil, events
		slices.Reverse(q.Events)
		table, err := Find(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(told(got), told(table)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

package ledgertest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

func order(t *testing.T, open Opener) {
	s := open(t)
	same := func(index uint32, tx int) ledger.Transfer {
		row := pay(7, 0, 1, 2, 5)
		row.Index, row.Tx = index, Tx(tx)
		return row
	}
	rows := []ledger.Transfer{
		pay(3, 0, 1, 2, 1), pay(3, 1, 2, 1, 1), pay(3, 70000, 1, 3, 1), // positions past two bytes
		same(0, 40), same(0, 41), same(1, 40), same(1, 41), same(65535, 40), same(65536, 40), same(1<<32-1, 40),
		pay(8, 0, 1, 2, 1), pay(1<<62, 3, 2, 2, 1),
	}
	shuffled := slices.Clone(rows)
	slices.Reverse(shuffled)
	shuffled[2], shuffled[7] = shuffled[7], shuffled[2]
	wantReceipt(t, appendAll(t, s, shuffled), uint64(len(rows)), 0, 0)
	snap := snapshot(t, s)
	got, _ := collect(t, snap.Rows(t.Context(), chain.Ethereum, 0))
	wantRows(t, "rows", got, rows)
	var paid []ledger.Transfer
	for _, r := range rows {
		if r.From == Addr(1) {
			paid = append(paid, r)
		}
	}
	wantRows(t, "expand", expand(t, snap, ledger.Step{}, Addr(1), Addr(1), Addr(77)), paid)
	tx, err := snap.Transaction(t.Context(), chain.Ethereum, Tx(40))
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, "transaction", tx, []ledger.Transfer{same(0, 40), same(1, 40), same(65535, 40), same(65536, 40), same(1<<32-1, 40)})
}

func directions(t *testing.T, open Opener) {
	s := open(t)
	made := pay(4, 0, 0, 2, 9)
	made.From = ""
	burnt := pay(5, 0, 2, 0, 9)
	burnt.To = ""
	rows := []ledger.Transfer{pay(1, 0, 1, 2, 5), pay(2, 0, 2, 2, 6), pay(3, 0, 2, 1, 7), made, burnt}
	appendAll(t, s, rows)
	snap := snapshot(t, s)
	wantRows(t, "out", expand(t, snap, ledger.Step{Direction: ledger.Out}, Addr(2)), []ledger.Transfer{rows[1], rows[2], burnt})
	wantRows(t, "in", expand(t, snap, ledger.Step{Direction: ledger.In}, Addr(2)), []ledger.Transfer{rows[0], rows[1], made})
	wantRows(t, "both", expand(t, snap, ledger.Step{}, Addr(1), Addr(2)), []ledger.Transfer{rows[0], rows[1], rows[2], burnt})
	wantRows(t, "nobody", expand(t, snap, ledger.Step{}, ""), nil)
	d, err := snap.Degrees(t.Context(), ledger.Frontier{Chain: chain.Ethereum, Addresses: []ledger.Address{Addr(2), Addr(9), Addr(1), Addr(2), ""}})
	want := []ledger.Degree{{Out: 3, In: 3}, {}, {Out: 1, In: 1}, {Out: 3, In: 3}, {}}
	if err != nil || !slices.Equal(d, want) {
		t.Errorf("degrees %v, %v, want %v", d, err, want)
	}
}

func bounds(t *testing.T, open Opener) {
	s := open(t)
	var rows []ledger.Transfer
	for i := range 10 {
		rows = append(rows, pay(uint64(i+1), 0, 1, 2, uint64(100*(i+1)))) // at 10, 20 … 100
	}
	appendAll(t, s, rows)
	snap := snapshot(t, s)
	for _, c := range []struct {
		name     string
		step     ledger.Step
		from, to int
	}{
		{"none", ledger.Step{}, 0, 10},
		{"since", ledger.Step{Since: 30}, 2, 10},
		{"since between", ledger.Step{Since: 31}, 3, 10},
		{"until", ledger.Step{Until: 30}, 0, 3},
		{"until between", ledger.Step{Until: 29}, 0, 2},
		{"one moment", ledger.Step{Since: 50, Until: 50}, 4, 5},
		{"least", ledger.Step{Least: chain.Units64(300)}, 2, 10},
		{"most", ledger.Step{Most: chain.Units64(300)}, 0, 3},
		{"all", ledger.Step{Since: 20, Until: 90, Least: chain.Units64(301), Most: chain.Units64(700)}, 3, 7},
		{"nothing", ledger.Step{Since: 1000}, 0, 0},
	} {
		wantRows(t, c.name, expand(t, snap, c.step, Addr(1)), rows[c.from:c.to])
		c.step.Direction = ledger.In
		wantRows(t, c.name+", in", expand(t, snap, c.step, Addr(2)), rows[c.from:c.to])
	}
}

func hubLimit(t *testing.T, open Opener) {
	s := open(t)
	var rows []ledger.Transfer
	for i := range 20 {
		rows = append(rows, pay(uint64(i+1), 0, 1, 100+i, 5))
	}
	rows = append(rows, pay(50, 0, 2, 1, 5), pay(51, 0, 2, 1, 5))
	appendAll(t, s, rows[:12])
	appendAll(t, s, rows[12:])
	snap := snapshot(t, s)
	of := ledger.Frontier{Chain: chain.Ethereum, Addresses: []ledger.Address{Addr(2), Addr(1)}}
	got, hubs := collect(t, snap.Expand(t.Context(), of, ledger.Step{HubLimit: 20}))
	wantRows(t, "at the limit", got, rows)
	if len(hubs) != 0 {
		t.Errorf("hubs %v", hubs)
	}
	first := true
	var hub *ledger.HubError
	got = nil
	for r, err := range snap.Expand(t.Context(), of, ledger.Step{HubLimit: 19, Since: 500}) {
		if err == nil {
			got = append(got, r)
		} else if !errors.As(err, &hub) || !first {
			t.Fatalf("error %v, first %v", err, first)
		}
		first = false
	}
	wantRows(t, "over the limit", got, rows[20:])
	if hub == nil || hub.Address != Addr(1) || hub.Rows != 20 || hub.Limit != 19 || !errors.Is(hub, ledger.ErrHub) {
		t.Errorf("hub %+v", hub)
	}
}

func emptyFrontier(t *testing.T, open Opener) {
	s := open(t)
	appendAll(t, s, walkOf(30))
	snap := snapshot(t, s)
	wantRows(t, "empty", expand(t, snap, ledger.Step{}), nil)
	wantRows(t, "unknown", expand(t, snap, ledger.Step{}, Addr(1<<40), "x"), nil)
	other, _ := collect(t, snap.Expand(t.Context(), ledger.Frontier{Chain: "tron", Addresses: []ledger.Address{Addr(1)}}, ledger.Step{}))
	wantRows(t, "another chain", other, nil)
	if d, err := snap.Degrees(t.Context(), ledger.Frontier{Chain: chain.Ethereum}); err != nil || len(d) != 0 {
		t.Errorf("degrees of nobody: %v, %v", d, err)
	}
}

func largeFrontier(t *testing.T, open Opener) {
	const size = 100_000
	s := open(t)
	rows := make([]ledger.Transfer, size)
	var all ledger.Frontier
	all.Chain = chain.Ethereum
	for i := range rows {
		rows[i] = pay(uint64(i/10+1), uint32(i%10), i, size-i, uint64(i))
		all.Addresses = append(all.Addresses, Addr(size-1-i))
	}
	appendAll(t, s, rows)
	got, _ := collect(t, snapshot(t, s).Expand(t.Context(), all, ledger.Step{}))
	if !slices.Equal(got, rows) {
		t.Errorf("%d rows, want %d, all in order", len(got), len(rows))
	}
}

func cancelled(t *testing.T, open Opener) {
	s := open(t)
	rows := walkOf(3000)
	appendAll(t, s, rows[:2000])
	snap := snapshot(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range snap.Rows(ctx, chain.Ethereum, 0) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			n = -1
			break
		}
		if n++; n == 1 {
			cancel()
		}
	}
	if n >= 0 {
		t.Errorf("rows went on to the end, %d, in a cancelled context", n)
	}
	of := ledger.Frontier{Chain: chain.Ethereum, Addresses: []ledger.Address{Addr(1), Addr(2)}}
	var last error
	for _, last = range snap.Expand(ctx, of, ledger.Step{}) {
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("expand in a cancelled context: %v", last)
	}
	if _, err := snap.Degrees(ctx, of); !errors.Is(err, context.Canceled) {
		t.Errorf("degrees in a cancelled context: %v", err)
	}
	if _, err := snap.Digest(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("digest in a cancelled context: %v", err)
	}
	if _, err := s.Append(ctx, each(rows)); !errors.Is(err, context.Canceled) {
		t.Errorf("append in a cancelled context: %v", err)
	}
	if now := snapshot(t, s); now.Count() != 2000 {
		t.Errorf("a cancelled append left %d rows", now.Count())
	}
}

func stable(t *testing.T, open Opener) {
	s := open(t)
	rows := walkOf(900)
	appendAll(t, s, rows[300:600])
	snap := snapshot(t, s)
	digest, err := snap.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, paid := snap.ID(), expand(t, snap, ledger.Step{}, Addr(7))
	for i := 0; i < 300; i += 100 {
		appendAll(t, s, rows[i:i+100])
		appendAll(t, s, rows[600+i:700+i])
	}
	if again, err := snap.Digest(t.Context()); err != nil || again != digest || snap.ID() != id || snap.Count() != 300 {
		t.Errorf("a snapshot changed: %d rows, %s, %v", snap.Count(), again, err)
	}
	wantRows(t, "expand", expand(t, snap, ledger.Step{}, Addr(7)), paid)
	got, _ := collect(t, snap.Rows(t.Context(), chain.Ethereum, 0))
	wantRows(t, "rows", got, rows[300:600])
	now := snapshot(t, s)
	got, _ = collect(t, now.Rows(t.Context(), chain.Ethereum, 0))
	wantRows(t, "rows now", got, rows)
	if now.ID() == id {
		t.Error("two states have one id")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "expand after the store was closed", expand(t, snap, ledger.Step{}, Addr(7)), paid)
	if _, err := s.Append(t.Context(), each(rows)); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("append to a closed store: %v", err)
	}
}

// sizes are amounts at the edges of every width.
func sizes(t testing.TB) []chain.Amount {
	var out []chain.Amount
	for _, text := range []string{
		"0", "1", "4294967296", "18446744073709551614", "18446744073709551615", "18446744073709551616",
		"340282366920938463463374607431768211455", "340282366920938463463374607431768211456",
		"115792089237316195423570985008687907853269984665640564039457584007913129639935",
	} {
		a, err := chain.ParseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func amounts(t *testing.T, open Opener) {
	s := open(t)
	var rows []ledger.Transfer
	for i, a := range sizes(t) {
		row := pay(uint64(i+1), 0, 1, 2, 0)
		row.Value = a
		row.Asset = ledger.Asset(Addr(i % 3))
		rows = append(rows, row)
	}
	appendAll(t, s, rows[5:])
	appendAll(t, s, rows[:5])
	got := expand(t, snapshot(t, s), ledger.Step{}, Addr(1))
	wantRows(t, "rows", got, rows)
	for i, a := range sizes(t) {
		if i > 0 {
			wantRows(t, a.String(), expand(t, snapshot(t, s), ledger.Step{Least: a, Most: a}, Addr(1)), rows[i:i+1])
		}
	}
}

func outputs(t *testing.T, open Opener) {
	s := open(t)
	row := func(k ledger.Kind, block uint64, tx int, index uint32, who ledger.Address, value uint64) ledger.Transfer {
		r := ledger.Transfer{Chain: chain.Bitcoin, Kind: k, Block: block, Time: int64(block), Pos: uint32(tx), Index: index, Tx: Tx(tx), Value: chain.Units64(value)}
		if k == ledger.Output {
			r.To = who
		} else {
			r.From = who
		}
		return r
	}
	spend := func(r ledger.Transfer, tx int, index uint32) ledger.Transfer {
		r.Spends = ledger.Outpoint{Tx: Tx(tx), Index: index}
		return r
	}
	script := ledger.Address("a script that pays no address at all")
	rows := []ledger.Transfer{
		row(ledger.Output, 1, 1, 0, "\x02alice", 50), row(ledger.Output, 1, 1, 1, script, 0),
		spend(row(ledger.Input, 2, 2, 0, "\x02alice", 50), 1, 0),
		spend(row(ledger.Input, 2, 2, 1, "", 7), 99, 4), // of a transaction that is not held
		row(ledger.Output, 2, 2, 0, "\x02bob", 30), row(ledger.Output, 2, 2, 1, "\x02alice", 26),
		spend(row(ledger.Input, 3, 3, 0, "\x02alice", 26), 2, 1),
		row(ledger.Output, 3, 3, 0, "\x02carol", 26),
	}
	appendAll(t, s, rows[2:6])
	appendAll(t, s, slices.Concat(rows[6:], rows[:2]))
	wantReceipt(t, appendAll(t, s, rows), 0, 8, 0)
	double := spend(row(ledger.Input, 4, 4, 0, "\x02alice", 50), 1, 0)
	other := spend(row(ledger.Input, 4, 4, 1, "\x02x", 1), 55, 0)
	twice := spend(row(ledger.Input, 4, 5, 0, "\x02x", 1), 55, 0)
	if r := appendAll(t, s, []ledger.Transfer{double, other, twice}); r.ByReason[ledger.ReasonSpent] != 2 {
		t.Errorf("outputs that are spent twice: %s", r)
	}
	rows = append(rows, other)
	snap := snapshot(t, s)
	got, _ := collect(t, snap.Rows(t.Context(), chain.Bitcoin, 0))
	wantRows(t, "rows", got, rows)
	spenders, err := snap.Spenders(t.Context(), chain.Bitcoin, []ledger.Outpoint{{Tx: Tx(2), Index: 1}, {Tx: Tx(2)}, {Tx: Tx(1)}, {Tx: Tx(99), Index: 4}, {Tx: "no"}})
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, "spenders", spenders, []ledger.Transfer{rows[6], {}, rows[2], rows[3], {}})
	tx, err := snap.Transaction(t.Context(), chain.Bitcoin, Tx(2))
	if err != nil {
		t.Fatal(err)
	}
	wantRows(t, "transaction", tx, rows[2:6])
	if tx, err = snap.Transaction(t.Context(), chain.Bitcoin, Tx(99)); err != nil || len(tx) != 0 {
		t.Errorf("a transaction that is only named: %v, %v", tx, err)
	}
	in, _ := collect(t, snap.Expand(t.Context(), ledger.Frontier{Chain: chain.Bitcoin, Addresses: []ledger.Address{"\x02alice"}}, ledger.Step{Direction: ledger.In}))
	wantRows(t, "what alice got", in, []ledger.Transfer{rows[0], rows[5]})
}

func chains(t *testing.T, open Opener) {
	s := open(t)
	var rows []ledger.Transfer
	for i := range 40 {
		row := pay(uint64(1+i/2), 0, 1, 2, uint64(i))
		if i%2 == 1 {
			row.Chain = "bsc"
		}
		rows = append(rows, row)
	}
	appendAll(t, s, rows)
	snap := snapshot(t, s)
	ext := snap.Chains()
	if len(ext) != 2 || ext[0].Chain != "bsc" || ext[1].Chain != chain.Ethereum || ext[0].Rows != 20 ||
		ext[0].First != 1 || ext[0].Last != 20 || ext[1].Since != 10 || ext[1].Until != 200 {
		t.Errorf("chains %+v", ext)
	}
	for _, r := range expand(t, snap, ledger.Step{}, Addr(1)) {
		if r.Chain != chain.Ethereum {
			t.Errorf("a row of %s", r.Chain)
		}
	}
}

// Package ledgertest holds an engine to the contract of package ledger.
//
//	func TestContract(t *testing.T) {
//		ledgertest.Run(t, func(t testing.TB) ledger.Store { return open(t, t.TempDir()) })
//	}
//
// [Model] is the contract in a few maps: random rows go to it and to the engine, and
// both must answer alike. An engine that can lose a part of what it holds shows with
// [RunBroken] that this is an error and never a gap.
package ledgertest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
)

// Opener opens an empty store, and closes it when the test ends.
type Opener func(t testing.TB) ledger.Store

// Run runs the whole suite but for what RunModel and RunBroken do.
func Run(t *testing.T, open Opener) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"empty store", emptyStore},
		{"append is idempotent", idempotent},
		{"append is all or nothing", allOrNothing},
		{"rows that could not be read", unreadRows},
		{"rows that contradict", contradictions},
		{"rows that are none", invalidRows},
		{"order and ties", order},
		{"directions and self-transfers", directions},
		{"bounds are inclusive", bounds},
		{"hub limit", hubLimit},
		{"empty and unknown frontier", emptyFrontier},
		{"large frontier", largeFrontier},
		{"cancelled context", cancelled},
		{"snapshot is stable", stable},
		{"amounts of every size", amounts},
		{"outputs", outputs},
		{"chains are apart", chains},
		{"digest whatever the portions", portions},
		{"book", book},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// RunModel compares an engine with the model, by random rows and random questions.
func RunModel(t *testing.T, open Opener) { likeModel(t, open) }

// RunBroken opens a store, fills it, lets hurt take a part of it away and demands that
// whatever reads all rows ends with an error.
func RunBroken(t *testing.T, open Opener, hurt func(t testing.TB, s ledger.Store)) {
	s := open(t)
	rows := walkOf(3000)
	appendAll(t, s, rows)
	hurt(t, s)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		wantBroken(t, err)
		return
	}
	defer snap.Close()
	n := 0
	for _, err = range snap.Rows(t.Context(), chain.Ethereum, 0) {
		if err != nil {
			break
		}
		n++
	}
	if err == nil {
		t.Fatalf("a part is missing, and %d of %d rows come without an error", n, len(rows))
	}
	wantBroken(t, err)
	if _, err := snap.Digest(t.Context()); err == nil {
		t.Error("a part is missing, and there is a digest")
	}
	var all ledger.Frontier
	all.Chain = chain.Ethereum
	for i := range rows {
		all.Addresses = append(all.Addresses, rows[i].From)
	}
	err = nil
	for _, err = range snap.Expand(t.Context(), all, ledger.Step{}) {
		if err != nil {
			break
		}
	}
	if err == nil {
		t.Error("a part is missing, and the frontier expands without an error")
	}
}

func wantBroken(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ledger.ErrDamaged) && !errors.Is(err, ledger.ErrUnreachable) {
		t.Errorf("error %v is neither ErrDamaged nor ErrUnreachable", err)
	}
}

// Addr is the n-th address of tests: twenty bytes.
func Addr(n int) ledger.Address {
	var b [20]byte
	binary.BigEndian.PutUint64(b[12:], uint64(n))
	b[0] = 0xa0
	return ledger.Address(b[:])
}

// Tx is the n-th transaction of tests: thirty-two bytes.
func Tx(n int) string {
	var b [32]byte
	binary.BigEndian.PutUint64(b[24:], uint64(n))
	return string(b[:])
}

// pay is a payment in a transaction of its own, at second 10 for block 1, and so on.
func pay(block uint64, pos uint32, from, to int, value uint64) ledger.Transfer {
	return ledger.Transfer{
		Chain: chain.Ethereum, Kind: ledger.Payment, Block: block, Pos: pos, Time: int64(block) * 10,
		Tx: Tx(int(block)*1000 + int(pos)), From: Addr(from), To: Addr(to), Value: chain.Units64(value),
	}
}

// walkOf is n payments, three in a block, over about n/4 addresses.
func walkOf(n int) []ledger.Transfer {
	out := make([]ledger.Transfer, n)
	for i := range out {
		out[i] = pay(uint64(1+i/3), uint32(i%3), (i*7)%(1+n/4), (i*13+5)%(1+n/4), uint64(1+i%97))
	}
	return out
}

// each makes a sequence of rows.
func each(rows []ledger.Transfer) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for _, t := range rows {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func appendAll(t testing.TB, s ledger.Store, rows []ledger.Transfer) ledger.Receipt {
	t.Helper()
	r, err := s.Append(context.Background(), each(rows))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Reconciles() || r.Read != uint64(len(rows)) {
		t.Fatalf("receipt of %d rows: %+v", len(rows), r)
	}
	return r
}

func snapshot(t testing.TB, s ledger.Store) ledger.Snapshot {
	t.Helper()
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

// collect gathers a stream; hubs are apart, and any other error fails the test.
func collect(t testing.TB, rows iter.Seq2[ledger.Transfer, error]) (out []ledger.Transfer, hubs []*ledger.HubError) {
	t.Helper()
	for row, err := range rows {
		var hub *ledger.HubError
		switch {
		case errors.As(err, &hub):
			hubs = append(hubs, hub)
		case err != nil:
			t.Fatal(err)
		default:
			out = append(out, row)
		}
	}
	return out, hubs
}

func expand(t testing.TB, snap ledger.Snapshot, step ledger.Step, of ...ledger.Address) []ledger.Transfer {
	t.Helper()
	rows, hubs := collect(t, snap.Expand(t.Context(), ledger.Frontier{Chain: chain.Ethereum, Addresses: of}, step))
	if len(hubs) > 0 {
		t.Fatalf("hubs without a limit: %v", hubs)
	}
	return rows
}

func wantRows(t testing.TB, what string, got, want []ledger.Transfer) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	same := cmp.Comparer(func(a, b chain.Amount) bool { return a == b })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Errorf("%s: (-want +got)\n%s", what, d)
	}
}

func wantReceipt(t testing.TB, got ledger.Receipt, kept, duplicate, refused uint64) {
	t.Helper()
	if got.Kept != kept || got.Duplicate != duplicate || got.Refused != refused || !got.Reconciles() {
		t.Errorf("receipt %swant kept %d, duplicate %d, refused %d", got, kept, duplicate, refused)
	}
}

func emptyStore(t *testing.T, open Opener) {
	s := open(t)
	wantReceipt(t, appendAll(t, s, nil), 0, 0, 0)
	snap := snapshot(t, s)
	if snap.Count() != 0 || len(snap.Chains()) != 0 || snap.ID() == "" {
		t.Errorf("an empty store holds %d rows of %v", snap.Count(), snap.Chains())
	}
	rows, _ := collect(t, snap.Rows(t.Context(), chain.Ethereum, 0))
	wantRows(t, "rows", append(rows, expand(t, snap, ledger.Step{}, Addr(1))...), nil)
	d, err := snap.Degrees(t.Context(), ledger.Frontier{Chain: chain.Ethereum, Addresses: []ledger.Address{Addr(1)}})
	if err != nil || len(d) != 1 || d[0] != (ledger.Degree{}) {
		t.Errorf("degrees %v, %v", d, err)
	}
	const none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got, err := snap.Digest(t.Context()); err != nil || got != none {
		t.Errorf("digest of no rows %s, %v", got, err)
	}
	if tx, err := snap.Transaction(t.Context(), chain.Ethereum, Tx(1)); err != nil || len(tx) > 0 {
		t.Errorf("transaction %v, %v", tx, err)
	}
}

func idempotent(t *testing.T, open Opener) {
	s := open(t)
	rows := walkOf(500)
	wantReceipt(t, appendAll(t, s, slices.Concat(rows[:200], rows[:100])), 200, 100, 0)
	before := snapshot(t, s)
	wantReceipt(t, appendAll(t, s, rows[:200]), 0, 200, 0)
	if now := snapshot(t, s); now.ID() != before.ID() || now.Count() != 200 {
		t.Errorf("rows that are held made another snapshot: %s, %s", before.ID(), now.ID())
	}
	wantReceipt(t, appendAll(t, s, rows), 300, 200, 0)
	got, _ := collect(t, snapshot(t, s).Rows(t.Context(), chain.Ethereum, 0))
	wantRows(t, "rows", got, rows)
	got, _ = collect(t, snapshot(t, s).Rows(t.Context(), chain.Ethereum, 450))
	wantRows(t, "rows from one on", got, rows[450:])
}

func allOrNothing(t *testing.T, open Opener) {
	s := open(t)
	rows := walkOf(100)
	appendAll(t, s, rows[:10])
	before := snapshot(t, s).ID()
	broken := errors.New("the file broke off")
	_, err := s.Append(t.Context(), func(yield func(ledger.Transfer, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
		yield(ledger.Transfer{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("append of rows that end with an error: %v", err)
	}
	if now := snapshot(t, s); now.ID() != before || now.Count() != 10 {
		t.Errorf("a failed append left %d rows", now.Count())
	}
	wantReceipt(t, appendAll(t, s, rows), 90, 10, 0)
}

func unreadRows(t *testing.T, open Opener) {
	s := open(t)
	r, err := s.Append(t.Context(), func(yield func(ledger.Transfer, error) bool) {
		refusal := &intake.Refusal{File: "f.csv", Line: 2, Field: "value", Reason: "not a number"}
		_ = yield(pay(1, 0, 1, 2, 3), nil) && yield(ledger.Transfer{}, fmt.Errorf("row: %w", refusal)) && yield(pay(2, 0, 1, 2, 3), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantReceipt(t, r, 2, 0, 1)
	if r.ByReason["value: not a number"] != 1 {
		t.Errorf("reasons %v", r.ByReason)
	}
}

func contradictions(t *testing.T, open Opener) {
	first := pay(5, 1, 1, 2, 100)
	change := func(f func(*ledger.Transfer)) ledger.Transfer {
		c := first
		f(&c)
		return c
	}
	for _, c := range []struct {
		name, reason string
		row          ledger.Transfer
	}{
		{"value", ledger.ReasonOther, change(func(t *ledger.Transfer) { t.Value = chain.Units64(101) })},
		{"payer", ledger.ReasonOther, change(func(t *ledger.Transfer) { t.From = Addr(9) })},
		{"payee", ledger.ReasonOther, change(func(t *ledger.Transfer) { t.To = Addr(9) })},
		{"asset", ledger.ReasonOther, change(func(t *ledger.Transfer) { t.Asset = "USD" })},
		{"position", ledger.ReasonOther, change(func(t *ledger.Transfer) { t.Pos = 2 })},
		{"block", ledger.ReasonBlock, change(func(t *ledger.Transfer) { t.Block, t.Time = 6, 60 })},
		{"time", ledger.ReasonTime, change(func(t *ledger.Transfer) { t.Time = 51 })},
		{"time of another row", ledger.ReasonTime, change(func(t *ledger.Transfer) { t.Time, t.Tx = 51, Tx(7) })},
		{"block of another row", ledger.ReasonBlock, change(func(t *ledger.Transfer) { t.Block, t.Time, t.Index = 6, 60, 1 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, together := range []bool{true, false} {
				s := open(t)
				var r ledger.Receipt
				if together {
					r = appendAll(t, s, []ledger.Transfer{first, c.row, first})
					wantReceipt(t, r, 1, 1, 1)
				} else {
					appendAll(t, s, []ledger.Transfer{first})
					r = appendAll(t, s, []ledger.Transfer{c.row, first})
					wantReceipt(t, r, 0, 1, 1)
				}
				if r.ByReason[c.reason] != 1 || len(r.Rows) != 1 {
					t.Fatalf("reasons %v of rows %v, want %q", r.ByReason, r.Rows, c.reason)
				}
				wantRows(t, "refused", []ledger.Transfer{r.Rows[0].Transfer}, []ledger.Transfer{c.row})
				got, _ := collect(t, snapshot(t, s).Rows(t.Context(), chain.Ethereum, 0))
				wantRows(t, "rows", got, []ledger.Transfer{first})
			}
		})
	}
}

func invalidRows(t *testing.T, open Opener) {
	s := open(t)
	bad := []func(*ledger.Transfer){
		func(t *ledger.Transfer) { t.Chain = "" },
		func(t *ledger.Transfer) { t.Chain = "Bit coin/.." },
		func(t *ledger.Transfer) { t.Kind = 0 },
		func(t *ledger.Transfer) { t.Kind = 9 },
		func(t *ledger.Transfer) { t.Block = 1 << 63 },
		func(t *ledger.Transfer) { t.Tx = "" },
		func(t *ledger.Transfer) { t.Tx = string(make([]byte, 65)) },
		func(t *ledger.Transfer) { t.From = ledger.Address(make([]byte, 65)) },
		func(t *ledger.Transfer) { t.To = ledger.Address(make([]byte, 65)) },
		func(t *ledger.Transfer) { t.Asset = ledger.Asset(make([]byte, 65)) },
		func(t *ledger.Transfer) { t.Kind, t.To = ledger.Input, "" },
		func(t *ledger.Transfer) { t.Kind = ledger.Output },
		func(t *ledger.Transfer) { t.Spends = ledger.Outpoint{Tx: "x"} },
	}
	var rows []ledger.Transfer
	for i, spoil := range bad {
		row := pay(uint64(i+1), 0, 1, 2, 3)
		spoil(&row)
		rows = append(rows, row)
	}
	rows = append(rows, pay(99, 0, 1, 2, 3))
	wantReceipt(t, appendAll(t, s, rows), 1, 0, uint64(len(bad)))
}

package csr_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
)

// What is enough for go test; .ci/ledgerfaults does more.
var (
	shuffles = flag.Int("ledger.shuffles", 20, "how often TestShuffled shuffles")
	hubRows  = flag.Int("ledger.hubrows", 20_000, "rows of the account of TestHub")
)

// appended is a ledger of rows, in portions of at most so many and batches of so many.
func appended(t *testing.T, rows []ledger.Transfer, portion, batch int) (dir string, r ledger.Receipt) {
	t.Helper()
	dir = t.TempDir()
	s, err := csr.Open(dir, csr.Options{Create: true, BatchRows: batch})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for part := range slices.Chunk(rows, portion) {
		one, err := s.Append(t.Context(), rowsOf(part))
		if err != nil {
			t.Fatal(err)
		}
		r.Read, r.Kept, r.Duplicate, r.Refused = r.Read+one.Read, r.Kept+one.Kept, r.Duplicate+one.Duplicate, r.Refused+one.Refused
	}
	return dir, r
}

func bookOf(t *testing.T, dir string) ledger.Book {
	t.Helper()
	s, err := csr.Open(dir, csr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	b, ok := snap.Book(chain.Ethereum)
	if !ok {
		t.Fatal("no book")
	}
	return b
}

// TestShuffled: rows in any order, some of them several times, in any portions and
// batches, are the same ledger.
func TestShuffled(t *testing.T) {
	t.Parallel()
	const n = 1200
	var whole []ledger.Transfer
	for i := range uint64(n) {
		whole = append(whole, ledgers.Row(i))
	}
	want := digestOf(n)
	for range *shuffles {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		rows := slices.Clone(whole)
		for range r.IntN(3) * 100 {
			rows = slices.Insert(rows, r.IntN(len(rows)), whole[r.IntN(n)])
		}
		again := len(rows) - n
		switch r.IntN(4) {
		case 0:
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		case 1: // pieces that are in order
			at := r.IntN(len(rows))
			rows = append(rows[at:], rows[:at]...)
		case 2:
			slices.Reverse(rows)
		}
		dir, got := appended(t, rows, 1+r.IntN(2*len(rows)), 1+r.IntN(len(rows)))
		if got.Kept != n || got.Duplicate != uint64(again) || got.Refused != 0 {
			t.Fatalf("seed %d: %+v, want %d kept and %d duplicates", seed, got, n, again)
		}
		if found := check(t, dir); len(found.Faults) > 0 || found.Rows != n || readAll(t, dir) != want {
			t.Fatalf("seed %d: %+v, or the rows are others", seed, found)
		}
	}
}

// payment is the n-th row of a made-up chain of events, one to a block.
func payment(n int, from, to ledger.Address, value chain.Amount) ledger.Transfer {
	return ledger.Transfer{
		Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(n), Time: int64(n), Tx: string(binary.BigEndian.AppendUint64(nil, uint64(n))),
		From: from, To: to, Value: value,
	}
}

// TestHub: an account with very many rows, in portions over several segments, is whole in
// both directions, left out where that is asked for, and its sum passes 2^256.
func TestHub(t *testing.T) {
	t.Parallel()
	most, err := chain.ParseAmount("115792089237316195423570985008687907853269984665640564039457584007913129639935")
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]ledger.Transfer, *hubRows)
	for i := range rows {
		rows[i] = payment(i, "hub", ledger.Address(binary.BigEndian.AppendUint32([]byte("payee"), uint32(i%1000))), most)
	}
	dir, got := appended(t, rows, *hubRows/3+1, *hubRows/10)
	if got.Kept != uint64(*hubRows) {
		t.Fatalf("%+v", got)
	}
	b := bookOf(t, dir)
	ids, err := b.Lookup(t.Context(), []ledger.Address{"hub"})
	if err != nil {
		t.Fatal(err)
	}
	degree, err := b.Degree(ids[0])
	if err != nil || degree.Out != *hubRows || degree.In != 0 {
		t.Errorf("degree %+v, %v", degree, err)
	}
	next := ledger.Row(0)
	for r, err := range b.Walk(t.Context(), ids[0], ledger.Out, 0) {
		if err != nil || r != next {
			t.Fatalf("row %d, want %d: %v", r, next, err)
		}
		next++
	}
	to, err := b.Hop(t.Context(), ids, ledger.Step{}, nil, nil)
	if err != nil || len(to) != *hubRows || int(next) != *hubRows {
		t.Errorf("%d rows walked, %d hopped over: %v", next, len(to), err)
	}
	left := 0
	to, err = b.Hop(t.Context(), ids, ledger.Step{HubLimit: *hubRows - 1}, nil, func(_ ledger.AccountID, n int) { left = n })
	if err != nil || len(to) != 0 || left != *hubRows {
		t.Errorf("%d rows of a hub that is left out, %d said: %v", len(to), left, err)
	}
	received, paid, err := b.Balance(t.Context(), ids[0], 0, b.Rows())
	var want ledger.Sum
	for range *hubRows {
		want.Add(most)
	}
	if err != nil || received != (ledger.Sum{}) || paid != want {
		t.Errorf("paid %v of %v: %v", paid, want, err)
	}
	if _, fits := paid.Amount(); fits {
		t.Error("a sum of more than 2^256 is an amount")
	}
}

// TestCycles: payments in a ring, back and forth and to oneself come out as they went in.
func TestCycles(t *testing.T) {
	t.Parallel()
	const ring, turns = 5, 40
	var rows []ledger.Transfer
	names := []ledger.Address{"a", "b", "c", "d", "e"}
	for i := range ring * turns {
		rows = append(rows, payment(3*i, names[i%ring], names[(i+1)%ring], chain.Units64(uint64(i))))
		rows = append(rows, payment(3*i+1, names[(i+1)%ring], names[i%ring], chain.Units64(uint64(i))))
		rows = append(rows, payment(3*i+2, names[i%ring], names[i%ring], chain.Units64(1)))
	}
	dir, _ := appended(t, rows, 77, 20)
	b := bookOf(t, dir)
	ids, err := b.Lookup(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if d, err := b.Degree(id); err != nil || d != (ledger.Degree{Out: 3 * turns, In: 3 * turns}) {
			t.Errorf("degree %+v, %v", d, err)
		}
	}
	frontier := ids[:1]
	for hop := range 6 { // each hop goes on, back, and stays
		if frontier, err = b.Hop(t.Context(), frontier, ledger.Step{}, nil, nil); err != nil {
			t.Fatal(err)
		}
		if slices.Sort(frontier); len(frontier) < 3*turns {
			t.Errorf("hop %d: %d rows", hop, len(frontier))
		}
		frontier = slices.Compact(frontier)
	}
	if len(frontier) != ring {
		t.Errorf("%d accounts reached of %d", len(frontier), ring)
	}
	if found := check(t, dir); len(found.Faults) > 0 {
		t.Errorf("%v", found.Faults)
	}
}

// TestManyAssets: more assets than a column of two bytes can number, none of which
// anybody knows, and one that is not held.
func TestManyAssets(t *testing.T) {
	t.Parallel()
	const n = 66_000
	rows := make([]ledger.Transfer, n)
	asset := func(i int) ledger.Asset {
		return ledger.Asset(binary.BigEndian.AppendUint32([]byte("asset"), uint32(i)))
	}
	for i := range rows {
		rows[i] = payment(i, "a", "b", chain.Units64(uint64(i)))
		rows[i].Asset = asset(i)
	}
	dir, _ := appended(t, rows, n, n/5)
	b := bookOf(t, dir)
	for _, i := range []int{0, 1, 65_533, 65_534, 65_535, 65_536, n - 1} {
		row, err := b.Row(ledger.Row(i))
		if err != nil || row != rows[i] {
			t.Errorf("row %d is %+v: %v", i, row, err)
		}
		id, ok, err := b.AssetID(asset(i))
		if name, _ := b.Asset(id); err != nil || !ok || name != asset(i) {
			t.Errorf("asset %d is not found: %v", i, err)
		}
	}
	if _, ok, err := b.AssetID("nobody's"); ok || err != nil {
		t.Errorf("an asset that is not held: %v, %v", ok, err)
	}
}

// TestStops: an append that ends in the middle, by its rows or by its context, leaves the
// ledger as it was, whatever goroutine is at work.
func TestStops(t *testing.T) {
	t.Parallel()
	dir, _ := appended(t, []ledger.Transfer{ledgers.Row(0)}, 1, 1)
	s, err := csr.Open(dir, csr.Options{BatchRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken := errors.New("the file broke off")
	for _, after := range []int{0, 1, 99, 100, 101, 2500, 9999} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := func(end func() error) func(func(ledger.Transfer, error) bool) {
			return func(yield func(ledger.Transfer, error) bool) {
				for i := range 10_000 {
					if i == after {
						if err := end(); err != nil {
							yield(ledger.Transfer{}, err)
							return
						}
					}
					if !yield(ledgers.Row(uint64(i)), nil) {
						return
					}
				}
			}
		}
		if _, err := s.Append(ctx, stop(func() error { return broken })); !errors.Is(err, broken) {
			t.Errorf("rows end with row %d: %v", after, err)
		}
		if _, err := s.Append(ctx, stop(func() error { cancel(); return nil })); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at row %d: %v", after, err)
		}
		cancel()
		if found := check(t, dir); found.Rows != 1 || len(found.Faults)+len(found.Notes) > 0 {
			t.Errorf("stopped at row %d: %+v", after, found)
		}
	}
}

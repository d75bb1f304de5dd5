package ledgertest

import (
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// book holds the book of an engine that has one against its rows.
func book(t *testing.T, open Opener) {
	s := open(t)
	rows := walkOf(40_000)
	for i := range rows {
		rows[i].Value = sizes(t)[i%9]
		if i%4 == 0 {
			rows[i].Asset = ledger.Asset(Addr(i % 70_000))
		}
	}
	for i := 0; i < len(rows); i += 10_000 {
		appendAll(t, s, rows[i:i+10_000])
	}
	snap := snapshot(t, s)
	b, ok := snap.Book(chain.Ethereum)
	if !ok {
		t.Skip("the engine has no books")
	}
	if b.Chain() != chain.Ethereum || int(b.Rows()) != len(rows) {
		t.Fatalf("book of %s with %d rows", b.Chain(), b.Rows())
	}
	checkCells(t, b, rows)
	checkSweep(t, b, rows)
	checkWalk(t, b, rows)
	checkMany(t, b)
	if r, err := b.First(100); err != nil || r != 297 {
		t.Errorf("first row of block 100: %d, %v", r, err)
	}
	if r, err := b.First(1 << 60); err != nil || r != b.Rows() {
		t.Errorf("first row after all blocks: %d, %v", r, err)
	}
	if _, err := b.Row(b.Rows()); err == nil {
		t.Error("a row past the last")
	}
	if _, ok := snap.Book("tron"); ok {
		t.Error("a book of a chain without rows")
	}
}

func checkCells(t *testing.T, b ledger.Book, rows []ledger.Transfer) {
	t.Helper()
	cells := b.Cells()
	for i := 0; i < len(rows); i += 997 {
		r, want := ledger.Row(i), rows[i]
		got, err := b.Row(r)
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, "row", []ledger.Transfer{got}, []ledger.Transfer{want})
		ids, err := b.Lookup(t.Context(), []ledger.Address{want.From, want.To, "nobody known"})
		from, err1 := cells.From(r)
		to, err2 := cells.To(r)
		asset, err3 := cells.Asset(r)
		value, err4 := cells.Value(r)
		place, err5 := cells.Place(r)
		time, err6 := cells.Time(r)
		for _, e := range []error{err, err1, err2, err3, err4, err5, err6} {
			if e != nil {
				t.Fatal(e)
			}
		}
		if !slices.Equal(ids, []ledger.AccountID{from, to, ledger.NoAccount}) || value != want.Value {
			t.Errorf("row %d: cells %v, %d, %d, %s", i, ids, from, to, value)
		}
		if time != want.Time {
			t.Errorf("row %d: of %d, want %d", i, time, want.Time)
		}
		if place != (ledger.Place{Block: want.Block, Pos: want.Pos, Index: want.Index, Kind: want.Kind, Time: want.Time}) {
			t.Errorf("row %d: %+v", i, place)
		}
		if a, err := b.Asset(asset); err != nil || a != want.Asset {
			t.Errorf("row %d: asset %q, %v", i, a, err)
		}
		if a, err := b.Address(from); err != nil || a != want.From || int(from) >= b.Accounts() {
			t.Errorf("row %d: address %x, %v", i, a, err)
		}
	}
}

// checkSweep finds every row of a few accounts by a sweep, from the first row and from
// one in the middle.
func checkSweep(t *testing.T, b ledger.Book, rows []ledger.Transfer) {
	t.Helper()
	touched := []ledger.Address{Addr(3), Addr(11), Addr(5000)}
	ids, err := b.Lookup(t.Context(), touched)
	if err != nil {
		t.Fatal(err)
	}
	set := ledger.NewBits(b.Accounts())
	for _, id := range ids {
		if !set.Add(id) || set.Add(id) || !set.Has(id) {
			t.Error("a set that forgets")
		}
	}
	for _, from := range []int{0, 1, 12_345, 32_768, 39_999, 40_000} {
		var got, want []ledger.Row
		for i := from; i < len(rows); i++ {
			if slices.Contains(touched, rows[i].From) || slices.Contains(touched, rows[i].To) {
				want = append(want, ledger.Row(i))
			}
		}
		seen := ledger.Row(from)
		for batch, err := range b.Sweep(t.Context(), ledger.Row(from)) {
			if err != nil {
				t.Fatal(err)
			}
			if batch.First != seen {
				t.Fatalf("a portion from row %d, want %d", batch.First, seen)
			}
			seen += ledger.Row(batch.Len())
			for i := batch.Next(0, set); i < batch.Len(); i = batch.Next(i+1, set) {
				r := batch.First + ledger.Row(i)
				got = append(got, r)
				checkBatch(t, b, batch, i, rows[r])
			}
		}
		if int(seen) != len(rows) || !slices.Equal(got, want) {
			t.Errorf("sweep from %d: to %d, %d rows, want %d", from, seen, len(got), len(want))
		}
	}
}

func checkBatch(t *testing.T, b ledger.Book, batch *ledger.Batch, i int, want ledger.Transfer) {
	t.Helper()
	value, err := batch.ValueOf(i)
	asset, err2 := batch.AssetOf(i)
	place, err3 := batch.At(i)
	if err != nil || err2 != nil || err3 != nil {
		t.Fatal(err, err2, err3)
	}
	name, err := b.Asset(asset)
	if err != nil || value != want.Value || name != want.Asset || place.Block != want.Block || place.Pos != want.Pos {
		t.Errorf("row %d of a portion: %s of %q at %+v, %v", i, value, name, place, err)
	}
}

func checkWalk(t *testing.T, b ledger.Book, rows []ledger.Transfer) {
	t.Helper()
	ids, err := b.Lookup(t.Context(), []ledger.Address{Addr(3)})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []int{0, 5000, 25_000, 40_000} {
		var got, want []ledger.Row
		for r, err := range b.Walk(t.Context(), ids[0], ledger.In, ledger.Row(from)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		for i := from; i < len(rows); i++ {
			if rows[i].To == Addr(3) {
				want = append(want, ledger.Row(i))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("walk from %d: %v, want %v", from, got, want)
		}
	}
	var others []ledger.AccountID
	others, err = b.Hop(t.Context(), ids, ledger.Step{Direction: ledger.In}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []ledger.AccountID
	for i := range rows {
		if rows[i].To == Addr(3) {
			from, _ := b.Cells().From(ledger.Row(i))
			want = append(want, from)
		}
	}
	slices.Sort(others)
	slices.Sort(want)
	if !slices.Equal(others, want) || len(want) == 0 {
		t.Errorf("hop to %d accounts, want %d", len(others), len(want))
	}
}

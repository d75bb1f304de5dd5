package ledgertest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// checkMany holds what a book says of many rows and accounts at once against what it
// says of each.
func checkMany(t *testing.T, b ledger.Book) {
	t.Helper()
	many, cells := ledger.ManyOf(b), b.Cells()
	var rows []ledger.Row
	for r := ledger.Row(0); r < b.Rows(); r += 31 {
		rows = append(rows, (r*7919)%b.Rows())
	}
	sameCells(t, "payers", rows, many.FromMany, cells.From)
	sameCells(t, "payees", rows, many.ToMany, cells.To)
	sameCells(t, "assets", rows, many.AssetMany, cells.Asset)
	sameCells[chain.Amount](t, "values", rows, many.ValueMany, cells.Value)

	var ids []ledger.AccountID
	for id := range b.Accounts() {
		ids = append(ids, ledger.AccountID(id*7919%b.Accounts()))
	}
	ids = append(ids, ids[0], ledger.Nobody)
	degrees, want := make([]ledger.Degree, len(ids)), make([]ledger.Degree, len(ids))
	if err := many.DegreeMany(ids, degrees); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		var err error
		if want[i], err = b.Degree(id); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, degrees); diff != "" {
		t.Errorf("degrees (-one by one +many):\n%s", diff)
	}
	for _, before := range []ledger.Row{0, 1, b.Rows() / 3, b.Rows()} {
		checkLists(t, b, many, ids, before)
	}
}

func sameCells[T comparable](t *testing.T, what string, rows []ledger.Row, many func([]ledger.Row, []T) error, one func(ledger.Row) (T, error)) {
	t.Helper()
	got := make([]T, len(rows)+1)
	if err := many(rows, got); err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		want, err := one(r)
		if err != nil {
			t.Fatal(err)
		}
		if got[i] != want {
			t.Fatalf("%s: row %d: %v, want %v", what, r, got[i], want)
		}
	}
}

func checkLists(t *testing.T, b ledger.Book, many ledger.Many, ids []ledger.AccountID, before ledger.Row) {
	t.Helper()
	for _, d := range []ledger.Direction{ledger.Out, ledger.In} {
		ends := make([]int, len(ids))
		rows, err := many.Lists(t.Context(), ids, d, before, []ledger.Row{42}, ends)
		if err != nil {
			t.Fatal(err)
		}
		from := 1 // what was there stays
		for i, id := range ids {
			var want []ledger.Row
			for r, err := range b.Walk(t.Context(), id, d, 0) {
				if err != nil {
					t.Fatal(err)
				}
				if r < before {
					want = append(want, r)
				}
			}
			if !slices.Equal(rows[from:ends[i]], want) {
				t.Fatalf("account %d: rows before %d: %v, want %v", id, before, rows[from:ends[i]], want)
			}
			from = ends[i]
		}
		if from != len(rows) || rows[0] != 42 {
			t.Errorf("%d rows, want %d", len(rows), from)
		}
	}
}

package follow

import (
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/ledger"
)

// TestAccountSet: a set is the same whether it holds few accounts or many.
func TestAccountSet(t *testing.T) {
	const accounts = 3 * fewAccounts
	s, want := newAccountSet(accounts), ledger.NewBits(accounts)
	for i := range 2 * fewAccounts {
		id := ledger.AccountID(i * 40503 % accounts)
		if i > 0 && s.has(id) != want.Has(id) {
			t.Fatalf("after %d accounts %d is another", i, id)
		}
		s.add(id)
		want.Add(id)
		if !s.has(id) || s.has(ledger.AccountID(accounts-1)) != want.Has(accounts-1) {
			t.Fatalf("after %d accounts %d is not in it", i, id)
		}
		if (s.many != nil) != (len(s.few) == 0) {
			t.Fatalf("%d accounts are kept twice", len(s.few))
		}
	}
	if s.many == nil {
		t.Error("many accounts are kept as few")
	}
	got := ledger.NewBits(accounts)
	if s.fill(got); !slices.Equal(got, want) {
		t.Error("others come out than went in")
	}
}

package pattern_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/pattern"
	"pgregory.net/rapid"
)

// TestLedgersAreSources looks for the same shapes in a ledger's snapshot and in its
// book as in the rows themselves.
func TestLedgersAreSources(t *testing.T) {
	var all []*rows
	var kept []ledger.Transfer
	for seed := range 40 { // one ledger of all cases, each with a prefix of its own
		l := &rows{}
		for _, line := range rapid.Custom(func(t *rapid.T) []string { return randomLines(t) }).Example(seed) {
			l.add(t, strings.ReplaceAll(strings.ReplaceAll(line, "t", prefix(seed)+"t"), "g:", prefix(seed)+"g:"))
		}
		for i, tx := range l.order {
			for _, r := range l.txs[tx] {
				r.Pos = uint32(seed*100 + i)
				kept = append(kept, r)
			}
		}
		all = append(all, l)
	}
	snap := stored(t, kept)
	book, ok := snap.Book(chain.Bitcoin)
	if !ok {
		t.Fatal("no book")
	}
	chains := 0
	for _, l := range all {
		var of []ledger.Outpoint
		for _, tx := range l.order {
			of = append(of, ledger.Outpoint{Tx: tx})
		}
		want, err := pattern.Peels(t.Context(), l, chain.Bitcoin, of, pattern.Rules{Least: 2})
		if err != nil {
			t.Fatal(err)
		}
		chains += len(want.Chains)
		for _, from := range []pattern.Source{snap, pattern.OfBook(book)} {
			got, err := pattern.Peels(t.Context(), from, chain.Bitcoin, of, pattern.Rules{Least: 2})
			if d := cmp.Diff(shown(want), shown(got)); d != "" || err != nil {
				t.Fatal(d, err)
			}
		}
		for _, id := range l.order {
			sameVotes(t, l, snap, id)
		}
	}
	if chains == 0 {
		t.Error("the cases have no peel chain")
	}
	if found, err := pattern.Peels(t.Context(), pattern.OfBook(book), "litecoin", []ledger.Outpoint{{Tx: all[0].order[0]}}, pattern.Rules{}); err != nil || len(found.Chains) > 0 {
		t.Error(found, err)
	}
}

func prefix(seed int) string { return strings.Repeat("x", seed/26+1) + string(rune('a'+seed%26)) }

func sameVotes(t *testing.T, l *rows, snap ledger.Snapshot, id string) {
	t.Helper()
	held, err := snap.Transaction(t.Context(), chain.Bitcoin, id)
	if err != nil || len(held) != len(l.txs[id]) {
		t.Fatal(len(held), err)
	}
	if len(held) == 0 {
		return
	}
	tx, err := pattern.TxOf(held)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pattern.Change(&tx, pattern.SeenBefore(t.Context(), snap, &tx), pattern.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	bare, err := pattern.Change(&tx, nil, pattern.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(v pattern.Vote) bool { return v.Heuristic == pattern.Fresh })
	if !slices.Equal(got, bare) {
		t.Errorf("%v, want %v", got, bare)
	}
}

// stored is a snapshot of a ledger of the rows.
func stored(t *testing.T, rows []ledger.Transfer) ledger.Snapshot {
	t.Helper()
	s, err := csr.Open(t.TempDir(), csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	receipt, err := s.Append(t.Context(), func(yield func(ledger.Transfer, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil || receipt.Kept != uint64(len(rows)) {
		t.Fatal(receipt, err)
	}
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

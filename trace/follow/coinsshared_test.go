package follow_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// block277647 is the rows of a real block, and before them those of the outputs that
// it spends, which the files tell beside it.
func block277647(t *testing.T) (rows []ledger.Transfer, before map[ledger.Outpoint]bool) {
	t.Helper()
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	dir := filepath.Join(root, "data", "chain", "bitcoin-blocks")
	r, err := source.Open([]string{filepath.Join(dir, "277647.dat.bz2")}, source.Options{SpentFile: filepath.Join(dir, "277647.utxostore.bz2")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	made := map[string]bool{}
	for row, err := range r.Transfers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows, made[row.Tx] = append(rows, row), true
	}
	before = map[ledger.Outpoint]bool{}
	for _, row := range slices.Clone(rows) {
		if row.Kind == ledger.Input && !made[row.Spends.Tx] {
			before[row.Spends] = true
			rows = append(rows, ledger.Transfer{
				Chain: row.Chain, Kind: ledger.Output, Block: row.Block - 1, Pos: uint32(len(before)), Time: row.Time - 600,
				Tx: row.Spends.Tx, Index: row.Spends.Index, To: row.From, Value: row.Value,
			})
		}
	}
	return rows, before
}

// TestSharedCoins traces a real block from coins that it spends: values close, and are
// those of the reference.
func TestSharedCoins(t *testing.T) {
	rows, before := block277647(t)
	marks := slices.SortedFunc(func(yield func(ledger.Transfer) bool) {
		for _, row := range rows {
			if before[ledger.Outpoint{Tx: row.Tx, Index: row.Index}] && row.Kind == ledger.Output && !yield(row) {
				return
			}
		}
	}, func(a, b ledger.Transfer) int {
		return cmp.Or(b.Value.Cmp(a.Value), cmp.Compare(a.Tx, b.Tx), cmp.Compare(a.Index, b.Index))
	})
	q := follow.Question{Rules: follow.Rules{Bounds: true}, Record: true}
	for i, m := range marks[:40] {
		q.Thefts = append(q.Thefts, follow.Theft{ID: fmt.Sprint("coin ", i), Marks: []follow.Mark{{Chain: chain.Bitcoin, Tx: m.Tx, Kind: ledger.Output, Index: m.Index}}})
	}
	a, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, rows)}}, q)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, a)
	if len(a.Short) > 0 || len(a.Flows) < 200 {
		t.Errorf("%d rows carry taint, short %v", len(a.Flows), a.Short)
	}
	names := map[ledger.Outpoint]string{}
	want, err := reference(rows, before, q.Thefts, names).Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want.Traces {
		p := slices.Index(accounting.Policies(), w.Policy)
		found := 0
		for _, f := range a.Flows {
			if f.Theft != w.Theft {
				continue
			}
			of := names[ledger.Outpoint{Tx: f.Row.Tx, Index: f.Row.Index}]
			got := taints(f.Taint)[p]
			exact, ok := w.Arrived[of]
			if w.Policy != accounting.Haircut && got.String() != exact.String() {
				t.Errorf("%s of %s: %s has %s, want %s", w.Policy, w.Theft, of, got, exact)
			}
			if ok {
				found++
			}
		}
		if found != len(w.Arrived) {
			t.Errorf("%s of %s: %d outputs of %d", w.Policy, w.Theft, found, len(w.Arrived))
		}
	}
	again, err := follow.Replay(t.Context(), a.Record, q)
	if err != nil || !slices.Equal(story(again), story(a)) {
		t.Errorf("the record gives another answer; %v", err)
	}
	t.Logf("%d rows applied, %d places, %d splits, %d flows", a.Work.Applied, a.Work.Places, a.Work.Splits, len(a.Flows))
}

// reference is the case that the rows are, and the names of its outputs.
func reference(rows []ledger.Transfer, before map[ledger.Outpoint]bool, thefts []follow.Theft, names map[ledger.Outpoint]string) (c trace.Coins) {
	exact := func(a chain.Amount) accounting.Exact {
		e, _ := accounting.ParseWhole(a.String())
		return e
	}
	txs := map[string]int{}
	for _, r := range rows {
		of := ledger.Outpoint{Tx: r.Tx, Index: r.Index}
		if r.Kind == ledger.Output && before[of] {
			id := fmt.Sprint("before", len(names))
			names[of] = id + ":0"
			out := trace.Output{Outpoint: "mint" + id, Value: exact(r.Value)}
			c.Genesis = append(c.Genesis, out)
			c.Txs = append(c.Txs, trace.Tx{ID: id, Block: 1, Pos: int64(len(names)), Inputs: []string{out.Outpoint}, Outputs: []trace.Output{out}})
		} else if r.Kind == ledger.Output {
			names[of] = fmt.Sprintf("%x:%d", r.Tx, r.Index)
		}
	}
	for _, r := range rows {
		if r.Kind == ledger.Output && before[ledger.Outpoint{Tx: r.Tx, Index: r.Index}] {
			continue
		}
		at, known := txs[r.Tx]
		if !known {
			at = len(c.Txs)
			txs[r.Tx] = at
			c.Txs = append(c.Txs, trace.Tx{ID: fmt.Sprintf("%x", r.Tx), Block: 2, Pos: int64(r.Pos), Coinbase: r.Kind == ledger.Output})
		}
		tx := &c.Txs[at]
		if r.Kind == ledger.Input {
			tx.Inputs = append(tx.Inputs, names[r.Spends])
			continue
		}
		tx.Outputs = append(tx.Outputs, trace.Output{Value: exact(r.Value)})
		if tx.Coinbase {
			tx.Subsidy = tx.Subsidy.Add(exact(r.Value))
		}
	}
	for _, theft := range thefts {
		for _, m := range theft.Marks {
			c.Thefts = append(c.Thefts, trace.Theft{ID: theft.ID, Mark: names[ledger.Outpoint{Tx: m.Tx, Index: m.Index}]})
		}
	}
	return c
}

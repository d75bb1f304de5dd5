package follow_test

import (
	"context"
	"flag"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/coins"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/follow"
)

var (
	benchCoins    = flag.Int("trace.coins", 40_000, "transactions of the ledger that benchmarks of outputs trace over")
	benchCoinsDir = flag.String("trace.coinsdir", "", "folder of that ledger; it is kept, and used again if it is there")
)

// generatedCoins are the rows of package coins.
func generatedCoins(txs int) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		c := coins.New()
		for range txs {
			tx := c.Next()
			id := coins.TxID(tx.N)
			row := ledger.Transfer{Chain: chain.Bitcoin, Tx: string(id[:]), Block: tx.Block, Pos: tx.Pos, Time: tx.Time}
			for i, o := range tx.Inputs {
				r, of, a := row, coins.TxID(o.Tx), coins.Address(o.Address)
				r.Kind, r.Index, r.From, r.Value = ledger.Input, uint32(i), ledger.Address(a[:]), chain.Units64(o.Value)
				r.Spends = ledger.Outpoint{Tx: string(of[:]), Index: o.Index}
				if !yield(r, nil) {
					return
				}
			}
			for _, o := range tx.Outputs {
				r, a := row, coins.Address(o.Address)
				r.Kind, r.Index, r.To, r.Value = ledger.Output, o.Index, ledger.Address(a[:]), chain.Units64(o.Value)
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// BenchmarkCoins traces one output in the middle of a chain of outputs by all policies
// and bounds, until 10,000 rows were applied.
func BenchmarkCoins(b *testing.B) {
	dir := *benchCoinsDir
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	snap, err := s.Snapshot(context.Background())
	if err == nil && snap.Count() == 0 {
		snap.Close()
		if _, err = s.Append(context.Background(), generatedCoins(*benchCoins)); err == nil {
			snap, err = s.Snapshot(context.Background())
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	defer snap.Close()
	id := coins.TxID(uint64(*benchCoins / 4 / 500 * 500)) // the first transaction of a block: it makes new coins
	q := follow.Question{
		Thefts: []follow.Theft{{ID: "T", Marks: []follow.Mark{{Chain: chain.Bitcoin, Tx: string(id[:]), Kind: ledger.Output}}}},
		Rules:  follow.Rules{Bounds: true}, Budget: follow.Budget{Rows: 10_000},
	}
	var took []time.Duration
	var a *follow.Answer
	for range max(b.N, 5) {
		began := time.Now()
		if a, err = follow.Run(context.Background(), snap, q); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(snap.Count()), "rows")
	b.ReportMetric(float64(a.Work.Applied), "applied")
}

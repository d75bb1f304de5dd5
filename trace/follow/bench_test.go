package follow_test

import (
	"context"
	"encoding/binary"
	"flag"
	"iter"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/transfers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

var (
	benchRows = flag.Uint64("trace.rows", 200_000, "rows of the ledger that benchmarks trace over")
	benchDir  = flag.String("trace.dir", "", "folder of that ledger; it is kept, and used again if it is there")
)

// generated are the rows of package transfers.
func generated(from, to uint64) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for i := from; i < to; i++ {
			if !yield(transferAt(i), nil) {
				return
			}
		}
	}
}

func transferAt(i uint64) ledger.Transfer {
	r := transfers.At(i)
	tx, from, to := transfers.TxID(r.Tx), transfers.Address(r.From), transfers.Address(r.To)
	t := ledger.Transfer{
		Chain: chain.Ethereum, Kind: ledger.Payment, Block: r.Block, Time: r.Time, Pos: r.Pos, Index: r.Index,
		Tx: string(tx[:]), From: ledger.Address(from[:]), To: ledger.Address(to[:]), Value: chain.Units64(r.Low),
	}
	if r.Token > 0 {
		token := transfers.Token(r.Token)
		t.Asset = ledger.Asset(token[:])
	}
	if r.High > 0 {
		var b [32]byte
		binary.BigEndian.PutUint64(b[16:], r.High)
		binary.BigEndian.PutUint64(b[24:], r.Low)
		t.Value = chain.FromBytes(b)
	}
	return t
}

func benchSnapshot(b *testing.B) ledger.Snapshot {
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	}
	s, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	if snap.Count() < *benchRows {
		snap.Close()
		if _, err := s.Append(context.Background(), generated(snap.Count(), *benchRows)); err != nil {
			b.Fatal(err)
		}
		if snap, err = s.Snapshot(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() { snap.Close() })
	return snap
}

// markOf names a row of the generator.
func markOf(i uint64) follow.Mark {
	t := transferAt(i)
	return follow.Mark{Chain: t.Chain, Tx: t.Tx, Kind: t.Kind, Index: t.Index}
}

// theftOf is a theft of so many rows of the chain's coin, from a row on, each worth 2^88
// or more, which no service of the generator receives. Such values outweigh nearly all
// that lies beside them, so that taint spreads as far as it can.
func theftOf(from uint64, marks int) follow.Question {
	t := follow.Theft{ID: "T"}
	for i := from; len(t.Marks) < marks; i++ {
		if r := transfers.At(i); r.Token == 0 && r.To >= 64 && r.To != r.From && r.High>>24 != 0 {
			t.Marks = append(t.Marks, markOf(i))
		}
	}
	return follow.Question{Thefts: []follow.Theft{t}, Rules: follow.Rules{Bounds: true}}
}

// typical is a theft in the middle of the ledger that ends at hubs: of 700 rows for each
// 100 million, which moves some 10,000.
func typical(rows uint64) follow.Question {
	q := theftOf(rows/2, int(max(1, 7*rows/1e6)))
	q.Rules.Hub = 1000
	return q
}

// worst is a theft of 300 rows after a quarter of the ledger, in the coin that two rows
// in five move, and is followed through hubs: all hubs are reached, and six or seven
// rows in a hundred carry taint.
func worst(rows uint64) follow.Question { return theftOf(rows/4, 300) }

func benchRun(b *testing.B, q follow.Question) {
	snap := benchSnapshot(b)
	var took []time.Duration
	var a *follow.Answer
	busy := processorTime()
	for range max(b.N, 3) {
		began := time.Now()
		var err error
		if a, err = follow.Run(context.Background(), snap, q); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.ReportMetric(float64((processorTime()-busy).Milliseconds())/float64(len(took)), "ms-processor")
	slices.Sort(took)
	median := took[len(took)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median.Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[0].Microseconds())/1000, "ms-best")
	b.ReportMetric(float64(snap.Count())/median.Seconds()/1e6, "Mrows/s")
	b.ReportMetric(float64(a.Work.Applied), "applied")
	b.ReportMetric(float64(a.Work.Tainted)*100/float64(snap.Count()), "%tainted")
	b.ReportMetric(float64(a.Work.Places), "places")
	b.ReportMetric(float64(a.Work.Swept), "swept")
	b.ReportMetric(float64(peakResident())/1e3, "MB-peak-resident")
	if a.Stopped != nil {
		b.Errorf("stopped: %+v", a.Stopped)
	}
}

// processorTime is what the process has used of the processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakResident is the most memory the process had, in kB, where the system says so.
func peakResident() (kb int64) {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			for _, c := range rest {
				if c >= '0' && c <= '9' {
					kb = kb*10 + int64(c-'0')
				}
			}
		}
	}
	runtime.KeepAlive(b)
	return kb
}

func BenchmarkTypical(b *testing.B) { benchRun(b, typical(*benchRows)) }

func BenchmarkWorst(b *testing.B) { benchRun(b, worst(*benchRows)) }

func BenchmarkWorstHaircut(b *testing.B) {
	q := worst(*benchRows)
	q.Rules = follow.Rules{Policies: []accounting.Policy{accounting.Haircut}}
	benchRun(b, q)
}

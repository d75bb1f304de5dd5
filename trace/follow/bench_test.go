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

// firstRow is the first row of the generator from one on that is wanted.
func firstRow(from, to uint64, wanted func(transfers.Row) bool) (uint64, bool) {
	for i := from; i < to; i++ {
		if wanted(transfers.At(i)) {
			return i, true
		}
	}
	return 0, false
}

// typical is a theft by an account that is no hub, of a value of 60 bits or more in the
// chain's coin, so late that about 10,000 rows of 100 million are touched.
func typical(rows uint64) follow.Question {
	i, _ := firstRow(rows-rows/25, rows, func(r transfers.Row) bool {
		return r.Token == 0 && r.High == 0 && r.Low>>60 != 0 && r.From >= 1000 && r.To >= rows/8
	})
	return follow.Question{
		Thefts: []follow.Theft{{ID: "T", Marks: []follow.Mark{markOf(i)}}},
		Rules:  follow.Rules{Bounds: true, Hub: 1000},
	}
}

// worst is a theft early on by the largest hub, of 200 rows of the highest values in
// the chain's coin and the most popular token, that is followed through hubs.
func worst(rows uint64) follow.Question {
	t := follow.Theft{ID: "T"}
	for i := rows * uint64(*benchStart) / 1000; len(t.Marks) < *benchMarks; i++ {
		r := transfers.At(i)
		if r.Token >= uint32(*benchFirst) && r.Token <= uint32(*benchToken) && r.From < 64 && r.To != r.From && r.High>>*benchBits != 0 {
			t.Marks = append(t.Marks, markOf(i))
		}
	}
	return follow.Question{Thefts: []follow.Theft{t}, Rules: follow.Rules{Bounds: true}}
}

var (
	benchMarks = flag.Int("trace.marks", 200, "")
	benchToken = flag.Int("trace.token", 1, "")
	benchStart = flag.Int("trace.start", 1, "")
	benchFirst = flag.Int("trace.first", 0, "")
	benchBits  = flag.Int("trace.bits", 20, "")
)

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

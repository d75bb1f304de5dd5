package follow_test

import (
	"context"
	"flag"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

var (
	benchRows = flag.Uint64("trace.rows", 200_000, "rows of the ledger that benchmarks trace over")
	benchDir  = flag.String("trace.dir", "", "folder of that ledger; it is kept, and used again if it is there")
)

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
		if _, err := s.Append(context.Background(), ledgers.Rows(snap.Count(), *benchRows)); err != nil {
			b.Fatal(err)
		}
		if snap, err = s.Snapshot(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() { snap.Close() })
	return snap
}

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

func BenchmarkTypical(b *testing.B) { benchRun(b, ledgers.Typical(*benchRows)) }

func BenchmarkWorst(b *testing.B) { benchRun(b, ledgers.Worst(*benchRows)) }

func BenchmarkEarly(b *testing.B) { benchRun(b, ledgers.Early(*benchRows)) }

func BenchmarkWorstHaircut(b *testing.B) {
	q := ledgers.Worst(*benchRows)
	q.Rules = follow.Rules{Policies: []accounting.Policy{accounting.Haircut}}
	benchRun(b, q)
}

package csr_test

import (
	"context"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
)

var (
	benchRows = flag.Uint64("ledger.rows", 200_000, "rows of the ledger that benchmarks measure")
	benchHub  = flag.Int("ledger.hub", 21, "rows of an account that five hops do not expand")
	benchDir  = flag.String("ledger.dir", "", "folder of that ledger; it is kept, and used again if it is there")
)

// generated are the rows of package transfers.
func generated(from, to uint64) iter.Seq2[ledger.Transfer, error] {
	return timed(from, to, new(time.Duration))
}

// timed are those rows, made by portions; it says how long making them took.
func timed(from, to uint64, took *time.Duration) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		var portion [512]ledger.Transfer
		for ; from < to; from += uint64(len(portion)) {
			rows := portion[:min(uint64(len(portion)), to-from)]
			began := time.Now()
			for i := range rows {
				rows[i] = ledgers.Row(from + uint64(i))
			}
			*took += time.Since(began)
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
		}
	}
}

// benchLedger is a ledger of that many rows, made if it is not there.
func benchLedger(b *testing.B) ledger.Store {
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
	defer snap.Close()
	if snap.Count() < *benchRows {
		if _, err := s.Append(context.Background(), generated(snap.Count(), *benchRows)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func benchBook(b *testing.B) ledger.Book {
	snap, err := benchLedger(b).Snapshot(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { snap.Close() })
	book, ok := snap.Book(chain.Ethereum)
	if !ok {
		b.Fatal("no book")
	}
	return book
}

// BenchmarkIngest takes rows in. It reports rows a second, bytes a row on the disk for
// both directions with asset and position, and the whole. The rows are made while others
// are taken in, by the goroutine that hands them over; how many seconds that took of a
// core is reported beside it, and nothing is subtracted.
func BenchmarkIngest(b *testing.B) {
	for range b.N {
		dir := *benchDir
		if dir == "" {
			dir = b.TempDir()
		}
		s, err := csr.Open(dir, csr.Options{Create: true})
		if err != nil {
			b.Fatal(err)
		}
		began, generating := time.Now(), time.Duration(0)
		if _, err := s.Append(context.Background(), timed(0, *benchRows, &generating)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(*benchRows)/time.Since(began).Seconds(), "rows/s")
		b.ReportMetric(generating.Seconds(), "s-generating")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/1e6, "MB-from-system")
		b.ReportMetric(float64(peakResident())/1e3, "MB-peak-resident")
		var total int64
		files, _ := filepath.Glob(filepath.Join(dir, "*.part"))
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil {
				b.Fatal(err)
			}
			total += info.Size()
		}
		b.ReportMetric(float64(total)/float64(*benchRows), "bytes/row-all")
		u, err := s.Usage()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(u.Rows)/float64(*benchRows), "bytes/row")
		s.Close()
		if *benchDir == "" {
			os.RemoveAll(dir)
		}
	}
}

// peakResident is the most memory the process had, in kB, where the system says so.
func peakResident() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kb int64
			for _, c := range rest {
				if c >= '0' && c <= '9' {
					kb = kb*10 + int64(c-'0')
				}
			}
			return kb
		}
	}
	return 0
}

func BenchmarkGenerate(b *testing.B) {
	n := uint64(0)
	for b.Loop() {
		_ = ledgers.Row(n)
		n++
	}
}

// seeds are accounts that are no hubs, spread over all.
func seeds(n, accounts int) (out []ledger.AccountID) {
	for i := range n {
		out = append(out, ledger.AccountID(1000+(i+1)*(accounts-1001)/(n+1)))
	}
	return out
}

// BenchmarkFiveHops searches five hops from 100 accounts; hubs are not expanded.
func BenchmarkFiveHops(b *testing.B) {
	book := benchBook(b)
	from := seeds(100, book.Accounts())
	var took []time.Duration
	reached := 0
	for range max(b.N, 5) {
		began := time.Now()
		seen := ledger.NewBits(book.Accounts())
		frontier := slices.Clone(from)
		reached = 0
		var next []ledger.AccountID
		for range 5 {
			var err error
			next, err = book.Hop(context.Background(), frontier, ledger.Step{HubLimit: *benchHub}, next[:0], func(ledger.AccountID, int) {})
			if err != nil {
				b.Fatal(err)
			}
			frontier = frontier[:0]
			for _, id := range next {
				if seen.Add(id) {
					frontier = append(frontier, id)
				}
			}
			reached += len(frontier)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(reached), "reached")
}

// BenchmarkSweep goes over all rows with a set of touched accounts of 5 in 100.
func BenchmarkSweep(b *testing.B) {
	book := benchBook(b)
	set := ledger.NewBits(book.Accounts())
	for i := 0; i < book.Accounts(); i += 20 {
		set.Add(ledger.AccountID(i))
	}
	var took []time.Duration
	found := 0
	for range max(b.N, 3) {
		began := time.Now()
		found = 0
		var sum uint64
		for batch, err := range book.Sweep(context.Background(), 0) {
			if err != nil {
				b.Fatal(err)
			}
			if err := batch.Load(); err != nil {
				b.Fatal(err)
			}
			for i := batch.Next(0, set); i < batch.Len(); i = batch.Next(i+1, set) {
				found++
				sum += batch.Value[i]
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(book.Rows())/took[len(took)/2].Seconds()/1e6, "Mrows/s")
	b.ReportMetric(float64(found)*100/float64(book.Rows()), "%found")
}

// BenchmarkWalk reads 10,000 rows of touched accounts with asset, value and place.
func BenchmarkWalk(b *testing.B) {
	book := benchBook(b)
	cells := book.Cells()
	var took []time.Duration
	for range max(b.N, 5) {
		began := time.Now()
		n := 0
		for _, id := range seeds(10_000, book.Accounts()) {
			for r, err := range book.Walk(context.Background(), id, ledger.Out, 0) {
				if err != nil {
					b.Fatal(err)
				}
				if _, err := cells.Value(r); err != nil {
					b.Fatal(err)
				}
				if _, err := cells.Place(r); err != nil {
					b.Fatal(err)
				}
				if n++; n == 10_000 {
					break
				}
			}
			if n == 10_000 {
				break
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-for-10k-rows")
}

func BenchmarkDigest(b *testing.B) {
	s := benchLedger(b)
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer snap.Close()
	began := time.Now()
	d := ledger.NewDigest()
	for t, err := range snap.Rows(context.Background(), chain.Ethereum, 0) {
		if err != nil {
			b.Fatal(err)
		}
		d.Add(&t)
	}
	b.ReportMetric(float64(snap.Count())/time.Since(began).Seconds()/1e6, "Mrows/s")
}

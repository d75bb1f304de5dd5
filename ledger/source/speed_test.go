package source_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/turtlebay/turtlebay/ledger/source"
)

// bigFile writes a file of so many rows, ten a block, and names it.
func bigFile(t testing.TB, header string, rows int, row func(i int) string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "big.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprint(w, header)
	for i := range rows {
		fmt.Fprint(w, row(i))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func transactionRow(i int) string {
	return fmt.Sprintf("0x%064x,%d,%d,%d,0x%040x,0x%040x,%d000000000,20000000000,%d\n", i, i, i/10, i%10, i%5000, i%7000, i, 1_500_000_000+i/10)
}

func mappedRow(i int) string {
	return fmt.Sprintf("0x%064x,%d,%d,%d,0x%040x,0x%040x,%d\n", i, i/10, 1_500_000_000+i/10, i%10, i%5000, i%7000, i)
}

var mapped = source.Options{Map: source.Map{Tx: "tx", Block: "block", Time: "time", Pos: "pos", From: "from", To: "to", Value: "value", Index: "pos"}}

const mappedHeader = "tx,block,time,pos,from,to,value\n"

// count reads files to their end and reports the rows and the highest use of memory on
// the way, in bytes above what was in use before.
func count(t testing.TB, o source.Options, watch bool, paths ...string) (n int, peak uint64) {
	t.Helper()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := source.Open(paths, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, err := range r.Transfers(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; watch && n%20_000 == 1 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
		}
	}
	return n, peak
}

// However long the files are, memory stays within what was allowed and some buffers.
func TestMemory(t *testing.T) {
	const rows, allowed = 150_000, 4 << 20
	for name, c := range map[string]struct {
		options source.Options
		path    string
	}{
		"ethereum-etl": {source.Options{}, bigFile(t, txHeader, rows, transactionRow)},
		"csv":          {mapped, bigFile(t, mappedHeader, rows, mappedRow)},
	} {
		o := c.options
		o.Memory, o.Dir = allowed, t.TempDir()
		n, peak := count(t, o, true, c.path)
		if n < rows-1 || peak > 32<<20 {
			t.Errorf("%s: %d rows, at most %d MB", name, n, peak>>20)
		}
		left, err := os.ReadDir(o.Dir)
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", name, left, err)
		}
	}
}

func benchmark(b *testing.B, o source.Options, header string, row func(int) string) {
	const rows = 300_000
	path := bigFile(b, header, rows, row)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		count(b, o, false, path)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkEthereumETL(b *testing.B) { benchmark(b, source.Options{}, txHeader, transactionRow) }
func BenchmarkCSV(b *testing.B)         { benchmark(b, mapped, mappedHeader, mappedRow) }

func BenchmarkCSVOnDisk(b *testing.B) {
	o := mapped
	o.Memory = 8 << 20
	benchmark(b, o, mappedHeader, mappedRow)
}

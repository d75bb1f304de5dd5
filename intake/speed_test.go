package intake

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// bigCSV is a file of n rows of about 120 bytes.
func bigCSV(n int) []byte {
	var b bytes.Buffer
	b.WriteString("chain,tx,index,time,from,to,asset,amount\n")
	for i := range n {
		fmt.Fprintf(&b, "eth,%032x,%d,2023-01-02T03:04:05Z,0x%016x,0x%016x,usdc,%d\n", i*7919, i%7, i*31, i*17, i*1000003)
	}
	return b.Bytes()
}

func BenchmarkCSV(b *testing.B)     { benchmark(b, bigCSV(100_000), 100_000) }
func BenchmarkCSVGzip(b *testing.B) { benchmark(b, []byte(gzipped(string(bigCSV(100_000)))), 100_000) }

func BenchmarkJSONLines(b *testing.B) {
	var data bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&data, "{\"chain\":\"eth\",\"index\":%d,\"from\":\"0x%016x\",\"to\":\"0x%016x\",\"amount\":\"%d\"}\n", i, i*31, i*17, i*1000003)
	}
	benchmark(b, data.Bytes(), 100_000)
}

func benchmark(b *testing.B, data []byte, rows int) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		src, err := NewSource("f", bytes.NewReader(data), Options{})
		if err != nil {
			b.Fatal(err)
		}
		receipt, err := Load(src, Job{}, func(Row) (Outcome, error) { return New, nil })
		if err != nil || receipt.New != rows {
			b.Fatal(receipt, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// A long file is read in a window, not in memory.
func TestStreams(t *testing.T) {
	data := bigCSV(100_000)
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	src, err := NewSource("f", bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range src.Rows() {
		if err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&during)
	if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 2<<20 {
		t.Errorf("heap grew by %d bytes", grown)
	}
	if src.Read() != 100_000 {
		t.Errorf("%d rows", src.Read())
	}
}

// Patterns that make a careless reader look ahead again and again.
func TestHostilePatterns(t *testing.T) {
	const size = 256 << 10
	for _, tc := range []struct{ start, repeat string }{
		{"a\n", "\"\n"},
		{"a\n", "x\"\n"},
		{"a\n", "\"\"\"\nx\n"},
		{"a,b\n\"", "\"\"\n"},
		{"a,b\n", "1,\"2\n"},
		{"a,b\n", strings.Repeat(",", 500) + "\n"},
		{"a\n", "\x00\xff\r"},
		{"", "{"},
		{"", "{\"a\":\n"},
		{"", "{\"\":{\"\":1,\"\":2}}\n"},
		{"[", "{"},
		{"[", "{\n"},
		{"[\n", "{\n\n\n\n"},
		{"[\n", "{],"},
		{"[\n", "{]\n"},
		{"[\n", "{\"\n\n"},
		{"[", "\n{\"a\":[}"},
		{"[", ","},
		{"[{\"a\":[", "{},\n"},
		{"[{\"a\":[\n", "{},\n"},
		{"[\n" + strings.Repeat("{\n", 63), "{},\n"},
		{"[{" + strings.Repeat("\"k\":{", 60), "\n{"},
	} {
		data := tc.start + strings.Repeat(tc.repeat, size/len(tc.repeat))
		began := time.Now()
		src, err := NewSource("f", strings.NewReader(data), Options{MaxRow: 64 << 10})
		if err != nil {
			t.Errorf("%q: %v", tc.start, err)
			continue
		}
		rows := 0
		for range src.Rows() {
			rows++
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%q and %q again and again: %d rows in %v", tc.start, tc.repeat, rows, took)
		} else if testing.Verbose() {
			t.Logf("%.20q %.20q: %d rows in %v", tc.start, tc.repeat, rows, took)
		}
	}
}

package custody

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// The speeds that the desk counts on: 50,000 events a second in batches, a million
// records of a batch in three seconds. go test -bench . prints them.

// lasting lets a benchmark pay for the disk.
func lasting(b *testing.B) {
	b.Helper()
	was := fsync
	fsync = (*os.File).Sync
	b.Cleanup(func() { fsync = was })
}

func BenchmarkAppend(b *testing.B) {
	lasting(b)
	l := mustOpen(b, b.TempDir(), options())
	defer l.Close()
	events := some(10_000)
	for b.Loop() {
		mustAppend(b, l, events...)
	}
	b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkAppendOne(b *testing.B) {
	lasting(b)
	l := mustOpen(b, b.TempDir(), options())
	defer l.Close()
	mustAppend(b, l, some(10_000)...)
	for b.Loop() {
		mustAppend(b, l, some(1)...)
	}
}

// large makes a log of 100,000 leaves.
func large(b *testing.B) *Log {
	b.Helper()
	l := mustOpen(b, b.TempDir(), options())
	b.Cleanup(func() { _ = l.Close() })
	for range 10 {
		mustAppend(b, l, some(10_000)...)
	}
	return l
}

func BenchmarkVerify100k(b *testing.B) {
	l := large(b)
	for b.Loop() {
		if v, err := l.Verify(context.Background()); err != nil || !v.OK() {
			b.Fatalf("%+v, %v", v, err)
		}
	}
}

func BenchmarkOpen100k(b *testing.B) {
	l := large(b)
	for b.Loop() {
		if err := mustOpen(b, l.Dir(), options()).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProveIn100k(b *testing.B) {
	l := large(b)
	for i := int64(0); b.Loop(); i++ {
		if _, err := l.Prove(i*7919%l.Size(), "act"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecordTree1M(b *testing.B) {
	const records = 1_000_000
	ids, digests := make([]string, records), make([]string, records)
	for i := range records {
		ids[i], digests[i] = fmt.Sprintf("SHP-2023-%07d", i), digestOf(i)
	}
	for b.Loop() {
		t, err := NewRecordTree(make([]byte, KeySize))
		if err != nil {
			b.Fatal(err)
		}
		for i := range records {
			if err := t.Add(ids[i], digests[i]); err != nil {
				b.Fatal(err)
			}
		}
		_ = t.Root()
	}
}

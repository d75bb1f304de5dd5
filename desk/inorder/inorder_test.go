package inorder_test

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk/inorder"
	"pgregory.net/rapid"
)

func upTo(n int, taken *atomic.Int64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			taken.Add(1)
			if !yield(i) {
				return
			}
		}
	}
}

func double() func(int) int { return func(i int) int { return 2 * i } }

func TestOrderIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, workers := rapid.IntRange(0, 3000).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "workers")
		var taken atomic.Int64
		got := slices.Collect(inorder.Map(context.Background(), upTo(n, &taken), workers, double))
		if len(got) != n {
			t.Fatalf("%d of %d delivered", len(got), n)
		}
		for i, v := range got {
			if v != 2*i {
				t.Fatalf("number %d is %d", i, v)
			}
		}
	})
}

func TestStoppingEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, stop := 100_000, rapid.IntRange(1, 2000).Draw(t, "stop")
		var taken atomic.Int64
		seen := 0
		for range inorder.Map(context.Background(), upTo(n, &taken), 2, double) {
			if seen++; seen == stop {
				break
			}
		}
		if most := int64(stop + 5000); taken.Load() > most {
			t.Errorf("%d were taken for %d", taken.Load(), stop)
		}
		before := taken.Load()
		time.Sleep(time.Millisecond)
		if taken.Load() != before {
			t.Error("it goes on after the loop has ended")
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	var taken atomic.Int64
	seen := int64(0)
	for range inorder.Map(context.Background(), upTo(50_000, &taken), 2, double) {
		seen++
		if lead := taken.Load() - seen; lead > 5000 {
			t.Fatalf("%d values ahead of the consumer", lead)
		}
	}
}

// TestCancelled: what was taken is delivered, and no more is taken.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var taken atomic.Int64
	seen := int64(0)
	for range inorder.Map(ctx, upTo(100_000, &taken), 2, double) {
		if seen++; seen == 1000 {
			cancel()
		}
	}
	if seen != taken.Load() || seen == 100_000 {
		t.Errorf("%d taken, %d delivered", taken.Load(), seen)
	}
}

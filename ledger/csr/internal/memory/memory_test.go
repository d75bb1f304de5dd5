package memory_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/memory"
)

// TestMake: arrays of any length are noughts, can be written to their end, and are given
// back, those that never were taken included.
func TestMake(t *testing.T) {
	memory.Free[byte](nil)
	memory.Free(make([]uint64, 1<<21))
	for _, n := range []int{0, 1, 1000, 1 << 20, 3<<20 + 1} {
		for range 2 {
			a := memory.Make[uint64](n)
			if len(a) != n || cap(a) != n {
				t.Fatalf("%d numbers with room for %d, want %d", len(a), cap(a), n)
			}
			for i := range a {
				if a[i] != 0 {
					t.Fatalf("number %d of %d is %d", i, n, a[i])
				}
				a[i] = uint64(i) + 1
			}
			memory.Free(a[:0]) // by where it begins, however much of it is in use
		}
	}
}

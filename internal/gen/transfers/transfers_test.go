package transfers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

// TestRows pins the rows, and holds them to the shape that the package states.
func TestRows(t *testing.T) {
	const n = 400_000
	h := sha256.New()
	out, in := map[uint64]int{}, map[uint64]int{}
	native, wide, second, fresh := 0, 0, 0, uint64(0)
	for i := range uint64(n) {
		r := At(i)
		if i < 10_000 {
			fmt.Fprintln(h, r)
		}
		out[r.From]++
		in[r.To]++
		if r.From >= Accounts(i) || r.To > Accounts(i) {
			t.Fatalf("row %d names an account that is not there: %+v", i, r)
		}
		if r.To == Accounts(i) {
			fresh++
		}
		native += one(r.Token == 0)
		wide += one(r.High > 0)
		second += one(r.Index > 0)
	}
	if got, want := hex.EncodeToString(h.Sum(nil))[:16], "eb92cafb0d0de264"; got != want {
		t.Errorf("the first 10,000 rows are others: %s, want %s", got, want)
	}
	if hub := out[0] + in[0]; hub < n*22/1000 || hub > n*40/1000 {
		t.Errorf("the largest hub has %d rows of %d", hub, n)
	}
	if fresh != n/4 {
		t.Errorf("%d new accounts, want %d", fresh, n/4)
	}
	share(t, "native", native, n, 39, 41)
	share(t, "wide values", wide, n, 2, 4)
	share(t, "second rows of a transaction", second, n, 11, 13)
	// more than d rows: falls as 1/d²
	over := func(d int) (count int) {
		for a, k := range out {
			count += one(a >= hubs && k > d)
		}
		return count
	}
	if a, b := over(20), over(80); a < 10*b || a > 24*b {
		t.Errorf("%d accounts pay more than 20 times, %d more than 80 times", a, b)
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func share(t *testing.T, what string, n, of, least, most int) {
	t.Helper()
	if p := 100 * n / of; p < least || p > most {
		t.Errorf("%s: %d in 100", what, p)
	}
}

func TestIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range uint64(20_000) {
		a, tx := Address(i), TxID(i)
		seen[string(a[:])], seen[string(tx[:])] = true, true
	}
	if len(seen) != 40_000 {
		t.Errorf("%d different ids, want 40,000", len(seen))
	}
}

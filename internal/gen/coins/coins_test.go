package coins

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
)

// TestTransactions pins the transactions, and holds them to the shape that the package
// states and to what a chain of outputs has to be.
func TestTransactions(t *testing.T) {
	const n = 100_000
	h, c := sha256.New(), New()
	unspent, outputs := map[[2]uint64]Out{}, map[uint64]int{}
	kinds := map[string]int{}
	made, spent, fresh := uint64(0), uint64(0), uint64(0)
	for i := range uint64(n) {
		tx := c.Next()
		if i < 5000 {
			fmt.Fprintln(h, tx)
		}
		var in, out uint64
		for _, o := range tx.Inputs {
			if unspent[[2]uint64{o.Tx, uint64(o.Index)}] != o {
				t.Fatalf("transaction %d spends %+v, which is not there", i, o)
			}
			delete(unspent, [2]uint64{o.Tx, uint64(o.Index)})
			in, spent = in+o.Value, spent+1
		}
		for k, o := range tx.Outputs {
			if o.Tx != i || int(o.Index) != k || o.Address > fresh {
				t.Fatalf("transaction %d makes %+v", i, o)
			}
			if o.Address == fresh {
				fresh++
			}
			unspent[[2]uint64{o.Tx, uint64(o.Index)}] = o
			outputs[o.Address]++
			out, made = out+o.Value, made+1
		}
		if i%perBlock > 0 && (out > in || in-out > in/1000) {
			t.Fatalf("transaction %d pays %d of %d", i, out, in)
		}
		kinds[kind(tx)]++
	}
	if got, want := hex.EncodeToString(h.Sum(nil))[:16], "0f81f736500d4f30"; got != want {
		t.Errorf("the first 5,000 transactions are others: %s, want %s", got, want)
	}
	share(t, "payments", kinds["pays"], n, 65, 67)
	share(t, "passed on", kinds["passes"], n, 12, 14)
	share(t, "gathered", kinds["gathers"], n, 9, 11)
	share(t, "many outputs", kinds["many"], n, 9, 11)
	share(t, "addresses of their own", int(fresh), int(made), 66, 68)
	if made < spent || made > 2*spent {
		t.Errorf("%d outputs are made and %d spent", made, spent)
	}
	over := func(d int) (count int) { // falls as 1/d²
		for _, k := range outputs {
			if k > d {
				count++
			}
		}
		return count
	}
	if a, b := over(10), over(40); a < 8*b || a > 32*b {
		t.Errorf("%d addresses have more than 10 outputs, %d more than 40", a, b)
	}
}

func kind(tx Tx) string {
	switch in, out := len(tx.Inputs), len(tx.Outputs); {
	case in == 0:
		return "first"
	case out == 2:
		return "pays"
	case out > 2:
		return "many"
	case in == 1:
		return "passes"
	}
	return "gathers"
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

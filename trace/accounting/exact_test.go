package accounting_test

import (
	"math/big"
	"testing"

	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// TestExactAgreesWithRat runs random sums and products beside math/big's fractions, of
// numbers with divisors in common and of more than a word.
func TestExactAgreesWithRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			e accounting.Exact
			r *big.Rat
		}
		whole := rapid.Custom(func(t *rapid.T) pair {
			n := rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(1, 1<<62)).Draw(t, "n")
			return pair{accounting.Whole(n), new(big.Rat).SetInt64(n)}
		})
		x := pair{accounting.Exact{}, new(big.Rat)}
		known := []pair{x}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			y := rapid.SampledFrom(known).Draw(t, "y")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				y = whole.Draw(t, "whole")
				x = pair{x.e.Add(y.e), new(big.Rat).Add(x.r, y.r)}
			case 1:
				x = pair{x.e.Add(y.e), new(big.Rat).Add(x.r, y.r)}
			case 2:
				x = pair{x.e.Sub(y.e), new(big.Rat).Sub(x.r, y.r)}
			case 3:
				den := whole.Draw(t, "den")
				r := new(big.Rat).Mul(x.r, y.r)
				x = pair{x.e.MulDiv(y.e, den.e), r.Quo(r, den.r)}
			}
			if x.e.String() != x.r.RatString() || x.e.Cmp(y.e) != x.r.Cmp(y.r) || x.e.IsZero() != (x.r.Sign() == 0) {
				t.Fatalf("%s, want %s", x.e, x.r.RatString())
			}
			if !x.r.IsInt() && x.r.Sign() > 0 {
				one := pair{accounting.Whole(1), new(big.Rat).SetInt64(1)}
				if got := one.e.MulDiv(one.e, x.e); got.String() != new(big.Rat).Inv(x.r).RatString() {
					t.Fatalf("1 through %s is %s", x.e, got)
				}
			}
			known = append(known, x)
		}
		for _, k := range known {
			if k.e.String() != k.r.RatString() {
				t.Fatalf("an amount was changed to %s, want %s", k.e, k.r.RatString())
			}
		}
	})
}

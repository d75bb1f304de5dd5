package price_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/price"
)

func TestCentsAreRoundedHalfUp(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "1": "1.00", "0.005": "0.01", "0.00499999": "0.00", "1.994999": "1.99", "1.995": "2.00", "12.345": "12.35", "999999999999.995": "1000000000000.00",
	} {
		d, err := price.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		if want == "0" {
			want = "0.00"
		}
		if d.Cents() != want {
			t.Errorf("%s: %s, want %s", text, d.Cents(), want)
		}
	}
}

func decimals() *rapid.Generator[string] {
	return rapid.StringMatching(`[0-9]{1,20}(\.[0-9]{1,20})?`)
}

func rat(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatal(text)
	}
	return r
}

// TestDecimalsAreExact holds decimals against fractions.
func TestDecimalsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals().Draw(t, "a"), decimals().Draw(t, "b")
		x, errX := price.ParseDecimal(a)
		y, errY := price.ParseDecimal(b)
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		ra, rb := rat(t, a), rat(t, b)
		if x.Cmp(y) != ra.Cmp(rb) || rat(t, x.String()).Cmp(ra) != 0 {
			t.Fatalf("%s against %s: %d", x, y, x.Cmp(y))
		}
		if sum := x.Add(y); rat(t, sum.String()).Cmp(new(big.Rat).Add(ra, rb)) != 0 || sum.String() != y.Add(x).String() {
			t.Fatalf("%s + %s = %s", x, y, sum)
		}
		n := chain.FromBytes([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "amount")))
		places := rapid.Uint8().Draw(t, "decimals")
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
		want := new(big.Rat).Mul(ra, new(big.Rat).SetFrac(n.Big(), unit))
		got := x.Times(n, places)
		if rat(t, got.String()).Cmp(want) != 0 {
			t.Fatalf("%s x %s at %d = %s", x, n, places, got)
		}
		cents := rat(t, got.Cents())
		off := new(big.Rat).Sub(cents, want)
		if half := big.NewRat(1, 200); off.Cmp(half) > 0 || off.Cmp(new(big.Rat).Neg(half)) <= 0 {
			t.Fatalf("%s in cents is %s", got, got.Cents())
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "1.50", "00.10", ".1", "1.", "1e5", "-1", "١", "1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := price.ParseDecimal(s)
		if err != nil {
			return
		}
		same, err := price.ParseDecimal(d.String())
		if err != nil || same.Cmp(d) != 0 || same.String() != d.String() {
			t.Errorf("%q is %s, which is %s: %v", s, d, same, err)
		}
	})
}

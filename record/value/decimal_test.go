package value_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	sixty := strings.Repeat("9", 60)
	tests := []struct{ in, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"-0.00", "0"},
		{"1.50", "1.5"},
		{"007", "7"},
		{"100", "100"},
		{"1000000", "1000000"},
		{"-12.340", "-12.34"},
		{"0.000000000000000001", "0.000000000000000001"},
		{sixty + "." + sixty, sixty + "." + sixty},
	}
	for _, tt := range tests {
		d, err := value.ParseDecimal(tt.in)
		if err != nil || d.String() != tt.want {
			t.Errorf("%q: got %s, %v, want %s", tt.in, d, err, tt.want)
		}
		if !d.Given() {
			t.Errorf("%q counts as not given", tt.in)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	bad := []string{
		"", "-", "--1", "+1", ".5", "5.", "1.2.3", "1,000", "1 000", " 1", "1e3", "1e999999999", "1E5", "NaN", "Infinity", "0x10", "１２", "1_000", "$5",
		strings.Repeat("1", 61), strings.Repeat("1", 500), "0." + strings.Repeat("1", 61), "null", "1.-5",
	}
	for _, s := range bad {
		d, err := value.ParseDecimal(s)
		if !errors.Is(err, value.ErrNumber) || d.Given() {
			t.Errorf("%.70q: got %s, %v, want ErrNumber", s, d, err)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%.70q: message of %d bytes", s, len(err.Error()))
		}
	}
	_, err := value.ParseDecimal(strings.Repeat("7", 500))
	if want := "(500 characters): not a plain decimal number of at most 60 digits"; !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("500 digits: %v", err)
	}
}

func TestQuoAndRound(t *testing.T) {
	dec := value.MustDecimal
	tests := []struct {
		d, e   string
		places int
		want   string
	}{
		{"1", "3", 4, "0.3333"},
		{"2", "3", 4, "0.6667"},
		{"1", "8", 2, "0.12"}, // 0.125: half to even
		{"3", "8", 2, "0.38"}, // 0.375
		{"-1", "8", 2, "-0.12"},
		{"-3", "-8", 2, "0.38"},
		{"5", "2", 0, "2"},
		{"7", "2", 0, "4"},
		{"-1", "1000", 2, "0"},
		{"1250", "1", -2, "1200"},
		{"1350", "1", -2, "1400"},
		{"0", "5", 3, "0"},
		{"100", "0.0001", 1, "1000000"},
		{"0.0000001", "1", 3, "0"},
		// A quotient a hair above a tie must not be rounded twice.
		{"2.5" + strings.Repeat("0", 57) + "1", "1", 0, "3"},
	}
	for _, tt := range tests {
		got, ok := dec(tt.d).Quo(dec(tt.e), tt.places)
		if !ok || got.String() != tt.want {
			t.Errorf("%s ÷ %s to %d places: got %s, %t, want %s", tt.d, tt.e, tt.places, got, ok, tt.want)
		}
		if tt.e == "1" {
			if got := dec(tt.d).Round(tt.places); got.String() != tt.want {
				t.Errorf("round %s to %d places: got %s, want %s", tt.d, tt.places, got, tt.want)
			}
		}
	}
	if _, ok := dec("1").Quo(dec("0.00"), 2); ok {
		t.Error("a division by 0 has a result")
	}
}

// TestExtremePlaces: places nobody can mean are answered, not computed.
func TestExtremePlaces(t *testing.T) {
	d := value.MustDecimal("-" + strings.Repeat("9", 60) + "." + strings.Repeat("9", 60))
	wide := d.Mul(d).Mul(d).Mul(d)
	for _, places := range []int{math.MaxInt, math.MaxInt32, math.MaxInt32 + 1, 10_000} {
		if !d.Round(places).Equal(d) || !wide.Round(places).Equal(wide) {
			t.Errorf("%d places change the number", places)
		}
		if _, ok := d.Quo(d, places); ok {
			t.Errorf("a quotient to %d places", places)
		}
	}
	for _, places := range []int{math.MinInt, math.MinInt32, math.MinInt32 - 1, -10_000, -62} {
		if !d.Round(places).IsZero() {
			t.Errorf("round to %d places: %s", places, d.Round(places))
		}
	}
	if got := d.Round(-60).String(); got != "-1"+strings.Repeat("0", 60) {
		t.Errorf("round to 60 zeros: %s", got)
	}
	if q, ok := wide.Quo(d, 240); !ok || !q.Equal(d.Mul(d).Mul(d)) {
		t.Errorf("d⁴ ÷ d is not d³: %s, %t", q, ok)
	}
}

// decimals draws numbers up to the limit on both sides of the point.
func decimals(t *rapid.T, label string) value.Decimal {
	s := rapid.StringMatching(`-?([0-9]|[0-9]{1,12}|[0-9]{60})(\.([0-9]{1,4}|[0-9]{60}))?`).Draw(t, label)
	d, err := value.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rat(t *rapid.T, d value.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatalf("%s is no number", d)
	}
	return r
}

func TestDecimalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimals(t, "a"), decimals(t, "b")
		x, y := rat(t, a), rat(t, b)
		if !a.Add(b).Sub(b).Equal(a) || !a.Sub(b).Add(b).Equal(a) {
			t.Fatalf("%s + %s − %s", a, b, b)
		}
		for _, op := range []struct {
			name string
			got  value.Decimal
			want *big.Rat
		}{
			{"+", a.Add(b), new(big.Rat).Add(x, y)},
			{"−", a.Sub(b), new(big.Rat).Sub(x, y)},
			{"×", a.Mul(b), new(big.Rat).Mul(x, y)},
			{"(a×b)×(a×b)+a×b", a.Mul(b).Mul(a.Mul(b)).Add(a.Mul(b)), func() *big.Rat {
				p := new(big.Rat).Mul(x, y)
				return new(big.Rat).Add(new(big.Rat).Mul(p, p), p)
			}()},
		} {
			if rat(t, op.got).Cmp(op.want) != 0 {
				t.Fatalf("%s %s %s is %s, not %s", a, op.name, b, op.got, op.want)
			}
		}
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() || a.IsZero() != (x.Sign() == 0) {
			t.Fatalf("%s and %s: compare %d", a, b, a.Cmp(b))
		}
		back, err := value.ParseDecimal(a.String())
		if err != nil || !back.Equal(a) || back.String() != a.String() {
			t.Fatalf("%s reads as %s, %v", a, back, err)
		}
	})
}

// TestRoundingLaw checks Quo and Round against exact fractions: the result is a
// multiple of the unit, at most half a unit away, and even where it is a tie.
func TestRoundingLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, places := decimals(t, "a"), decimals(t, "b"), rapid.IntRange(-70, 130).Draw(t, "places")
		check := func(got value.Decimal, exact *big.Rat) {
			unit := new(big.Rat).SetFrac(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(-places, 0))), nil),
				new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(places, 0))), nil))
			n := new(big.Rat).Quo(rat(t, got), unit)
			off := new(big.Rat).Sub(n, new(big.Rat).Quo(exact, unit))
			half := off.Abs(off).Cmp(big.NewRat(1, 2))
			if !n.IsInt() || half > 0 || half == 0 && n.Num().Bit(0) == 1 {
				t.Fatalf("%s and %s to %d places: %s", a, b, places, got)
			}
		}
		check(a.Round(places), rat(t, a))
		if q, ok := a.Quo(b, places); ok {
			check(q, new(big.Rat).Quo(rat(t, a), rat(t, b)))
		} else if !b.IsZero() {
			t.Fatalf("no quotient of %s and %s", a, b)
		}
	})
}

func TestDecimalJSON(t *testing.T) {
	var m value.Money
	for _, in := range []string{`{"amount":"1.50","currency":"USD"}`, `{"amount":1.50,"currency":"USD"}`, `{"amount":"1.5","currency":"USD"}`} {
		if err := json.Unmarshal([]byte(in), &m); err != nil || m.String() != "1.5 USD" {
			t.Errorf("%s: got %s, %v", in, m, err)
		}
	}
	out, err := json.Marshal(m)
	if err != nil || string(out) != `{"amount":"1.5","currency":"USD"}` {
		t.Errorf("got %s, %v", out, err)
	}
	for _, in := range []string{`1e3`, `"1e3"`, `""`, `true`, `{}`, `[1]`, `"1,000"`} {
		var d value.Decimal
		if err := json.Unmarshal([]byte(in), &d); !errors.Is(err, value.ErrNumber) {
			t.Errorf("%s: %v", in, err)
		}
	}
	var d value.Decimal
	if err := json.Unmarshal([]byte("null"), &d); err != nil || d.Given() {
		t.Errorf("null: %v, given %t", err, d.Given())
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-0.0", "1.50", "-12", "1e999999999", ".5", "5.", "+1", "--1", "1,000", strings.Repeat("9", 60) + "." + strings.Repeat("9", 60), strings.Repeat("1", 500)} {
		f.Add(s, "3.7", 2)
	}
	f.Fuzz(func(t *testing.T, s, u string, places int) {
		d, err := value.ParseDecimal(s)
		if err != nil {
			if !errors.Is(err, value.ErrNumber) || d.Given() {
				t.Fatalf("%q: %s, %v", s, d, err)
			}
			return
		}
		back, err := value.ParseDecimal(d.String())
		if err != nil || !back.Equal(d) {
			t.Fatalf("%q prints as %s: %v", s, d, err)
		}
		e, err := value.ParseDecimal(u)
		if err != nil {
			return
		}
		product := d.Mul(e)
		if !d.Add(e).Sub(e).Equal(d) || product.Sign() != d.Sign()*e.Sign() {
			t.Fatalf("%s and %s", d, e)
		}
		_ = product.Mul(product).Add(product).Round(places)
		if _, ok := product.Quo(e, places); ok && e.IsZero() {
			t.Fatal("divided by 0")
		}
	})
}

func ExampleMoney() {
	a, b := value.USD("620000000"), value.USD("0.10")
	fmt.Println(a)
	fmt.Println(a.Amount.Add(b.Amount))
	share, ok := a.Amount.Mul(value.Int(100)).Quo(value.MustDecimal("3000000000"), 1)
	fmt.Println(share, ok)
	// Output:
	// 620000000 USD
	// 620000000.1
	// 20.7 true
}

package accounting_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// number is a Units and what it has to be.
type number struct {
	u accounting.Units
	b *big.Int
}

// amounts draws amounts of every length up to so many bits, and often the ends of
// words, where carries are lost.
func amounts(bits int) *rapid.Generator[number] {
	return rapid.Custom(func(t *rapid.T) number {
		b := new(big.Int)
		for range rapid.IntRange(0, 4).Draw(t, "words") {
			w := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.Just(^uint64(0)), rapid.Just(uint64(1)<<63)).Draw(t, "word")
			b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(w))
		}
		b.Rsh(b, uint(max(0, b.BitLen()-bits)))
		a, err := chain.FromBig(b)
		if err != nil {
			t.Fatal(err)
		}
		return number{accounting.UnitsOf(a), b}
	})
}

func (n number) check(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string,
) {
	t.Helper()
	if n.u.String() != n.b.String() {
		t.Fatalf("%s is %s, want %s", what, n.u, n.b)
	}
	a, ok := n.u.Amount()
	if fits := n.b.Sign() >= 0 && n.b.BitLen() <= 256; ok != fits || ok && a.String() != n.b.String() {
		t.Fatalf("%s as an amount is %s, %v, want %s, %v", what, a, ok, n.b, fits)
	}
}

// TestUnitsAgreeWithBig runs sums and differences beside math/big, beyond 256 bits and
// below nought.
func TestUnitsAgreeWithBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := []number{{accounting.Units{}, new(big.Int)}}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			x, y := rapid.SampledFrom(known).Draw(t, "x"), amounts(256).Draw(t, "y")
			if rapid.Bool().Draw(t, "add") {
				x = number{x.u.Add(y.u), new(big.Int).Add(x.b, y.b)}
			} else {
				x = number{x.u.Sub(y.u), new(big.Int).Sub(x.b, y.b)}
			}
			x.check(t, "sum")
			if x.u.Cmp(y.u) != x.b.Cmp(y.b) || y.u.Cmp(x.u) != y.b.Cmp(x.b) || x.u.IsZero() != (x.b.Sign() == 0) {
				t.Fatalf("%s beside %s: %d, want %d", x.b, y.b, x.u.Cmp(y.u), x.b.Cmp(y.b))
			}
			known = append(known, x)
		}
		for _, k := range known {
			k.check(t, "an amount that was counted with")
		}
	})
}

func TestUnitsMulDivIsTheFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]int{62, 64, 128, 256}).Draw(t, "bits")
		a, x, y := amounts(bits).Draw(t, "a"), amounts(bits).Draw(t, "x"), amounts(bits).Draw(t, "y")
		if y.b.Sign() == 0 {
			y = number{accounting.Units64(1), big.NewInt(1)}
		}
		if x.b.Cmp(y.b) > 0 {
			x, y = y, x
		}
		want := new(big.Int).Mul(a.b, x.b)
		number{a.u.MulDiv(x.u, y.u), want.Quo(want, y.b)}.check(t, "the quotient")
	})
}

func TestUnitsMulDivHasNoRoom(t *testing.T) {
	top := accounting.UnitsOf(chain.FromBytes([32]byte{0xff}))
	defer func() {
		if recover() == nil {
			t.Error("a quotient of 510 bits was returned")
		}
	}()
	t.Error(top.MulDiv(top, accounting.Units64(1)))
}

// TestUnitsApportion: shares add up, each is the exact one rounded down or up, and none
// that was rounded up lost less than one that was rounded down.
func TestUnitsApportion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom([]int{3, 62, 64, 128, 255}).Draw(t, "bits")
		parts := rapid.SliceOfN(amounts(bits), 1, 12).Draw(t, "parts")
		sum := new(big.Int)
		units := make([]accounting.Units, len(parts))
		for i, p := range parts {
			sum.Add(sum, p.b)
			units[i] = p.u
		}
		if sum.Sign() == 0 {
			return
		}
		a := amounts(bits).Draw(t, "a")
		total := accounting.Units{}
		var lost []*big.Int // of those rounded down, remainders; else remainders less sum
		shares := a.u.Apportion(units)
		for i, p := range parts {
			floor, rest := new(big.Int).QuoRem(new(big.Int).Mul(a.b, p.b), sum, new(big.Int))
			total = total.Add(shares[i])
			switch shares[i].String() {
			case floor.String():
			case floor.Add(floor, big.NewInt(1)).String():
				if rest.Sign() == 0 {
					t.Fatalf("share %d is rounded up and was whole", i)
				}
				rest = new(big.Int).Neg(rest)
			default:
				t.Fatalf("share %d of %s is %s, rounded down it is %s less 1", i, a.b, shares[i], floor)
			}
			lost = append(lost, rest)
		}
		if total != a.u {
			t.Fatalf("shares add up to %s, want %s", total, a.b)
		}
		for i, up := range lost {
			for j, down := range lost {
				if up.Sign() < 0 && down.Sign() >= 0 {
					if c := new(big.Int).Neg(up).Cmp(down); c < 0 || c == 0 && j < i {
						t.Fatalf("share %d is rounded up before %d, which lost more", i, j)
					}
				}
			}
		}
		if !slices.Equal(shares, a.u.Apportion(units)) {
			t.Fatal("a second time is another")
		}
	})
}

// TestUnitsFollowEveryPolicy holds the policies by Units against those by Exact where
// nothing is rounded.
func TestUnitsFollowEveryPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Uint64Range(0, 1<<40), 2, 6).Draw(t, "values")
		marked := rapid.IntRange(0, len(values)-1).Draw(t, "marked")
		cuts := rapid.SliceOfN(rapid.Uint64Range(0, 1<<40), 1, 6).Draw(t, "cuts")
		for _, p := range accounting.Policies() {
			if p == accounting.Haircut {
				continue
			}
			exact := paid(t, p, values, marked, cuts, func(n uint64) accounting.Exact { return accounting.Whole(int64(n)) })
			units := paid(t, p, values, marked, cuts, accounting.Units64)
			for i := range exact {
				if exact[i].String() != units[i].String() {
					t.Fatalf("%s: payment %d of %v: %s, want %s", p, i, cuts, units[i], exact[i])
				}
			}
		}
	})
}

// paid is what is tainted of the payments of a place that received the values.
func paid[A accounting.Number[A]](t *rapid.T, p accounting.Policy, values []uint64, marked int, cuts []uint64, number func(uint64) A) (out []A) {
	place, err := accounting.New(p, number(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		part, _ := accounting.New(p, number(v), nil)
		if i == marked {
			part.Mark()
		}
		place.Append(part)
	}
	var payments []A
	left := place.Value()
	for _, c := range cuts {
		n := number(c)
		if n.Cmp(left) > 0 {
			n = left
		}
		payments, left = append(payments, n), left.Sub(n)
	}
	for _, part := range place.Pay(accounting.Spend(payments, left)) {
		out = append(out, part.Tainted())
	}
	return out
}

func BenchmarkUnits(b *testing.B) {
	wei := accounting.Units64(1<<62).MulDiv(accounting.Units64(1<<40), accounting.Units64(3))
	for name, a := range map[string]accounting.Units{"64 bits": accounting.Units64(123456789), "128 bits": wei} {
		parts := []accounting.Units{a, a.Add(a), accounting.Units64(77)}
		b.Run("add/"+name, func(b *testing.B) {
			var sum accounting.Units
			for b.Loop() {
				sum = sum.Add(a)
			}
		})
		b.Run("muldiv/"+name, func(b *testing.B) {
			for b.Loop() {
				a.MulDiv(parts[0], parts[1])
			}
		})
		b.Run("apportion/"+name, func(b *testing.B) {
			for b.Loop() {
				a.Apportion(parts)
			}
		})
	}
}

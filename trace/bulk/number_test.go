package bulk

import (
	"math/big"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"pgregory.net/rapid"
)

func (a Narrow) big() *big.Int {
	n := new(big.Int).SetUint64(a.Hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(a.Lo))
}

// narrow draws numbers of all lengths, with words of all ones and noughts among them.
func narrow(t *rapid.T, label string) Narrow {
	word := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, 1<<63 - 1, ^uint64(0), ^uint64(1)}))
	n := Narrow{word.Draw(t, label), word.Draw(t, label)}
	for range rapid.IntRange(0, 127).Draw(t, "shift") {
		n = Narrow{n.Hi >> 1, n.Hi<<63 | n.Lo>>1}
	}
	return n
}

func TestMulDiv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, d := narrow(t, "a"), narrow(t, "b"), narrow(t, "d")
		if a.Cmp(d) > 0 {
			a, d = d, a
		}
		if d == (Narrow{}) {
			return
		}
		q, r := a.mulDiv(b, d)
		wantQ, wantR := new(big.Int).QuoRem(new(big.Int).Mul(a.big(), b.big()), d.big(), new(big.Int))
		if q.big().Cmp(wantQ) != 0 || r.big().Cmp(wantR) != 0 {
			t.Fatalf("%v·%v/%v = %v rest %v, want %s rest %s", a, b, d, q, r, wantQ, wantR)
		}
	})
}

// TestDivide holds both widths to the largest remainder, worked out with fractions.
func TestDivide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := narrow(t, "all")
		if rapid.Bool().Draw(t, "small") {
			all = Narrow{Lo: all.Lo % 30}
		}
		if all == (Narrow{}) {
			return
		}
		below := func(label string, n Narrow) Narrow {
			v := narrow(t, label)
			if more, ok := n.Add(Narrow{Lo: 1}); ok {
				_, v = divide([4]uint64{v.Lo, v.Hi}, more)
			}
			return v
		}
		a, first := below("number", all), below("first", all)
		second := below("second", all.Sub(first))
		if rapid.Bool().Draw(t, "one") {
			second = Narrow{}
		}
		shares, exact := byFractions(a.big(), []*big.Int{first.big(), second.big(), all.Sub(first).Sub(second).big()}, all.big())
		got1, got2, gotExact := a.Divide(first, second, all)
		if got1.big().Cmp(shares[0]) != 0 || got2.big().Cmp(shares[1]) != 0 || gotExact != exact {
			t.Fatalf("%v of %v by %v, %v: %v, %v, %v; want %v, %v", a, all, first, second, got1, got2, gotExact, shares, exact)
		}
		wide := func(n Narrow) Wide {
			amount, _ := n.Amount()
			w, _ := Wide{}.Of(amount)
			return w
		}
		w1, w2, wExact := wide(a).Divide(wide(first), wide(second), wide(all))
		if w1 != wide(got1) || w2 != wide(got2) || wExact != exact {
			t.Fatalf("%v of %v by %v, %v: wide %v, %v, %v; want %v, %v", a, all, first, second, w1, w2, wExact, shares, exact)
		}
		parts := new(big.Int).Lsh(a.big(), 32)
		parts.Quo(parts, all.big())
		if n, w := a.Parts(all), wide(a).Parts(wide(all)); n != parts.Uint64() || w != n {
			t.Fatalf("%v of %v: %d and %d parts, want %s", a, all, n, w, parts)
		}
	})
}

// byFractions is the largest remainder by its definition.
func byFractions(a *big.Int, parts []*big.Int, all *big.Int) (shares []*big.Int, exact bool) {
	left := new(big.Int).Set(a)
	var rests []*big.Int
	exact = true
	for _, p := range parts {
		q, r := new(big.Int).QuoRem(new(big.Int).Mul(a, p), all, new(big.Int))
		shares, rests = append(shares, q), append(rests, r)
		left.Sub(left, q)
		exact = exact && r.Sign() == 0
	}
	for ; left.Sign() > 0; left.Sub(left, big.NewInt(1)) {
		most := 0
		for i := range rests {
			if rests[i].Cmp(rests[most]) > 0 {
				most = i
			}
		}
		shares[most].Add(shares[most], big.NewInt(1))
		rests[most] = big.NewInt(-1)
	}
	return shares, exact
}

func TestNarrowHolds128Bits(t *testing.T) {
	var b [32]byte
	b[16] = 0x80
	a := chain.FromBytes(b)
	n, ok := Narrow{}.Of(a)
	if back, _ := n.Amount(); !ok || back != a {
		t.Errorf("2^127 is %v, %v", n, ok)
	}
	if _, ok := n.Add(n); ok {
		t.Error("2^128 fits")
	}
	b[15] = 1
	if _, ok := (Narrow{}).Of(chain.FromBytes(b)); ok {
		t.Error("2^128 + 2^127 fits")
	}
}

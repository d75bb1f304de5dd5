package accounting

import (
	"cmp"
	"errors"
	"math/big"
)

// MaxBits is the most bits of a value that is read: what the chains know.
const MaxBits = 256

// Errors of ParseWhole.
var (
	ErrNoInteger = errors.New("not a whole number of base units in plain decimal digits")
	ErrNegative  = errors.New("a negative amount")
	ErrTooLarge  = errors.New("more than 256 bits")
)

// Exact is an amount as a fraction of whole numbers in lowest terms, in base units;
// nothing is rounded. The zero Exact is nought. It is immutable.
//
// It is not a big.Rat because that brings every product to lowest terms by a division
// of the whole: here a long fraction times a short one takes time in proportion to its
// length, and haircut does little else.
type Exact struct {
	num *big.Int // nil is 0
	den *big.Int // above 1; nil is 1
}

// Whole is a whole number of base units.
func Whole(n int64) Exact { return Exact{num: big.NewInt(n)} }

// Fraction is num/den base units; den is above nought.
func Fraction(num, den int64) Exact { return Whole(num).MulDiv(Whole(1), Whole(den)) }

// ParseWhole reads an amount in base units: decimal digits without sign, grouping or
// leading zeros, less than 2^256.
func ParseWhole(s string) (Exact, error) {
	if len(s) > 1 && s[0] == '-' && digits(s[1:]) {
		return Exact{}, ErrNegative
	}
	if !digits(s) || len(s) > 1 && s[0] == '0' {
		return Exact{}, ErrNoInteger
	}
	if len(s) > 78 { // 2^256 has as many digits
		return Exact{}, ErrTooLarge
	}
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return Exact{}, ErrNoInteger
	}
	a := Exact{num: n}
	return a, a.CheckWhole()
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// CheckWhole says why an amount cannot be that of a transfer: it is ErrNegative,
// ErrNoInteger or ErrTooLarge.
func (a Exact) CheckWhole() error {
	switch {
	case a.n().Sign() < 0:
		return ErrNegative
	case a.den != nil:
		return ErrNoInteger
	case a.n().BitLen() > MaxBits:
		return ErrTooLarge
	}
	return nil
}

// String is the amount as a whole number, or as a fraction "p/q" in lowest terms.
func (a Exact) String() string {
	if a.den == nil {
		return a.n().String()
	}
	return a.num.String() + "/" + a.den.String()
}

// MarshalText is String: exact amounts are strings in JSON.
func (a Exact) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// IsZero reports whether the amount is nought.
func (a Exact) IsZero() bool { return a.n().Sign() == 0 }

// Add is the sum.
func (a Exact) Add(b Exact) Exact {
	switch {
	case a.IsZero():
		return b
	case b.IsZero():
		return a
	case a.den == nil && b.den == nil:
		return Exact{num: new(big.Int).Add(a.num, b.num)}
	}
	// Knuth, The Art of Computer Programming, volume 2, 4.5.1: the divisors of the
	// denominators are taken out before anything is multiplied.
	g := gcd(a.d(), b.d())
	left, right := quo(a.d(), g), quo(b.d(), g)
	t := mul(a.num, right)
	t.Add(t, mul(b.num, left))
	if t.Sign() == 0 {
		return Exact{}
	}
	rest := gcd(t, g)
	return lowest(quo(t, rest), mul(left, quo(b.d(), rest)))
}

// Sub is the difference.
func (a Exact) Sub(b Exact) Exact { return a.Add(Exact{new(big.Int).Neg(b.n()), b.den}) }

// Cmp compares: -1, 0 or 1 where a is less than, equal to or greater than b.
func (a Exact) Cmp(b Exact) int {
	if a.den == nil && b.den == nil {
		return a.n().Cmp(b.n())
	}
	return mul(a.n(), b.d()).Cmp(mul(b.n(), a.d()))
}

// MulDiv is the amount times num through den, which is above nought.
func (a Exact) MulDiv(num, den Exact) Exact {
	return a.times(num.times(Exact{den.d(), nil}.over(den.num)))
}

// over is a whole number through another above nought.
func (a Exact) over(n *big.Int) Exact {
	g := gcd(a.num, n)
	return lowest(quo(a.num, g), quo(n, g))
}

// times is the product: only numbers across the line can have divisors in common.
func (a Exact) times(b Exact) Exact {
	if a.IsZero() || b.IsZero() {
		return Exact{}
	}
	g, h := gcd(a.num, b.d()), gcd(b.num, a.d())
	return lowest(mul(quo(a.num, g), quo(b.num, h)), mul(quo(a.d(), h), quo(b.d(), g)))
}

// Apportion divides the amount over parts in proportion to them.
func (a Exact) Apportion(parts []Exact) []Exact {
	var sum Exact
	for _, p := range parts {
		sum = sum.Add(p)
	}
	out := make([]Exact, len(parts))
	for i, p := range parts {
		out[i] = a.MulDiv(p, sum)
	}
	return out
}

// Size is the length of the amount in words of 64 bits.
func (a Exact) Size() int64 { return int64(a.n().BitLen()+a.d().BitLen())/64 + 1 }

// Work is what an addition costs: the divisor of two long denominators takes the
// square of their length.
func (a Exact) Work() int64 {
	if a.den == nil {
		return a.Size()
	}
	return a.Size() + a.Size()*a.Size()/64
}

var nought, one = new(big.Int), big.NewInt(1)

// n and d are the numerator and the denominator, not to be changed.
func (a Exact) n() *big.Int { return cmp.Or(a.num, nought) }
func (a Exact) d() *big.Int { return cmp.Or(a.den, one) }

// lowest is a fraction that is in lowest terms already.
func lowest(num, den *big.Int) Exact {
	if den.Cmp(one) == 0 {
		den = nil
	}
	return Exact{num, den}
}

func gcd(a, b *big.Int) *big.Int {
	if a == one || b == one {
		return one
	}
	return new(big.Int).GCD(nil, nil, a, b)
}

func quo(a, b *big.Int) *big.Int {
	if b.Cmp(one) == 0 {
		return a
	}
	return new(big.Int).Quo(a, b)
}

func mul(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }

package accounting

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
)

// unitWords is the length of Units: room for the sum of 2^63 amounts of a chain, and
// for a sign, because bounds take more off than there is.
const unitWords = 5

// Units is a whole number of base units for counting in bulk, from −2^319 to 2^319−1.
// Where Exact has fractions, Units rounds: MulDiv down, Apportion by the largest
// remainder, so that shares always add up. Each share is off by less than one base
// unit; whoever counts the shares knows how far a sum can be off.
//
//	thirds := accounting.Units64(10).Apportion([]accounting.Units{one, one, one}) // 4, 3, 3
//
// The zero Units is nought. It is comparable with ==. Only Apportion makes anything
// on the heap.
type Units struct {
	w [unitWords]uint64 // two's complement, least significant first
}

var _ Number[Units] = Units{}

// Units64 is so many base units.
func Units64(n uint64) Units { return Units{[unitWords]uint64{n}} }

// UnitsOf is the amount of a chain.
func UnitsOf(a chain.Amount) Units {
	if n, ok := a.Uint64(); ok {
		return Units64(n)
	}
	b := a.Bytes()
	var u Units
	for i := range 4 {
		u.w[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return u
}

// Amount is the number as an amount of a chain; ok is false where it is below nought
// or 2^256 or more.
func (a Units) Amount() (amount chain.Amount, ok bool) {
	if a.w[4] != 0 {
		return chain.Amount{}, false
	}
	if a.w[1]|a.w[2]|a.w[3] == 0 {
		return chain.Units64(a.w[0]), true
	}
	var b [32]byte
	for i := range 4 {
		binary.BigEndian.PutUint64(b[24-8*i:], a.w[i])
	}
	return chain.FromBytes(b), true
}

// IsZero reports whether the number is nought.
func (a Units) IsZero() bool { return a == Units{} }

// Add is the sum.
func (a Units) Add(b Units) (sum Units) {
	var c uint64
	sum.w[0], c = bits.Add64(a.w[0], b.w[0], 0)
	sum.w[1], c = bits.Add64(a.w[1], b.w[1], c)
	sum.w[2], c = bits.Add64(a.w[2], b.w[2], c)
	sum.w[3], c = bits.Add64(a.w[3], b.w[3], c)
	sum.w[4], _ = bits.Add64(a.w[4], b.w[4], c)
	return sum
}

// Sub is the difference, which may be below nought.
func (a Units) Sub(b Units) (difference Units) {
	var c uint64
	difference.w[0], c = bits.Sub64(a.w[0], b.w[0], 0)
	difference.w[1], c = bits.Sub64(a.w[1], b.w[1], c)
	difference.w[2], c = bits.Sub64(a.w[2], b.w[2], c)
	difference.w[3], c = bits.Sub64(a.w[3], b.w[3], c)
	difference.w[4], _ = bits.Sub64(a.w[4], b.w[4], c)
	return difference
}

// Cmp compares: -1, 0 or 1 where a is less than, equal to or greater than b.
func (a Units) Cmp(b Units) int {
	if a.w[4] != b.w[4] {
		return cmp.Compare(int64(a.w[4]), int64(b.w[4]))
	}
	for i := unitWords - 2; i > 0; i-- {
		if a.w[i] != b.w[i] {
			return cmp.Compare(a.w[i], b.w[i])
		}
	}
	return cmp.Compare(a.w[0], b.w[0])
}

// MulDiv is the amount times num through den, rounded down. None is below nought, den
// is above it. It panics where the result has no room: a share of an amount, which is
// what policies count, is never more than the amount.
func (a Units) MulDiv(num, den Units) Units {
	q, _ := a.divide(num, den)
	return q
}

// Apportion divides the amount over parts in proportion to them: each rounded down,
// and what is left over by one unit each to the shares that lost most, of equal ones
// to those of the lower index. The shares add up to the amount. Neither it nor a part
// is below nought, and no share is more than its part where the amount is not more
// than the parts.
func (a Units) Apportion(parts []Units) []Units {
	var sum Units
	for _, p := range parts {
		sum = sum.Add(p)
	}
	shares := make([]Units, len(parts))
	if a == sum {
		copy(shares, parts)
		return shares
	}
	var few [8]Units
	lost := few[:0]
	left := a
	for i, p := range parts {
		var r Units
		shares[i], r = a.divide(p, sum)
		left = left.Sub(shares[i])
		lost = append(lost, r)
	}
	roundUp(shares, lost, int(left.w[0]))
	return shares
}

// roundUp gives one unit each to the n shares that lost most, of equal ones to those
// of the lower index.
func roundUp(shares, lost []Units, n int) {
	if n == 1 {
		most := 0
		for i := range lost {
			if lost[i].Cmp(lost[most]) > 0 {
				most = i
			}
		}
		shares[most] = shares[most].Add(Units64(1))
	}
	if n < 2 {
		return
	}
	order := make([]int, len(lost))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(lost[j].Cmp(lost[i]), cmp.Compare(i, j)) })
	for _, i := range order[:n] {
		shares[i] = shares[i].Add(Units64(1))
	}
}

// Size is the length of the number in words of 64 bits, 1 at least.
func (a Units) Size() int64 { return int64(max(1, length(a.w[:]))) }

// Work is what an addition costs.
func (a Units) Work() int64 { return a.Size() }

// String is the number in decimal digits.
func (a Units) String() string {
	sign := ""
	if int64(a.w[4]) < 0 {
		sign, a = "-", Units{}.Sub(a)
	}
	if a.w[1]|a.w[2]|a.w[3]|a.w[4] == 0 {
		return sign + chain.Units64(a.w[0]).String()
	}
	// An amount has 256 bits: what lies above 10^76 is written by itself.
	scale := Units64(1e19).product(Units64(1e19))
	scale = scale.product(scale)
	high, low := a.divide(Units64(1), scale)
	digits := low.digits()
	if high.IsZero() {
		return sign + digits
	}
	return sign + high.digits() + zeros76[:76-len(digits)] + digits
}

const zeros76 = "0000000000000000000000000000000000000000000000000000000000000000000000000000"

// digits are those of a number that an amount has room for.
func (a Units) digits() string {
	amount, _ := a.Amount()
	return amount.String()
}

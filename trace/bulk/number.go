package bulk

import (
	"encoding/binary"
	"math/bits"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Number is a whole number of base units, from nought up. Its methods change neither
// receiver nor arguments.
type Number[N any] interface {
	comparable
	// Of is an amount; ok is false where it does not fit. Of64 always fits.
	Of(chain.Amount) (n N, ok bool)
	Of64(uint64) N
	// In96 is the number as high·2^64 + low; ok is false from 2^96 on. Of96 is its number.
	In96() (high uint32, low uint64, ok bool)
	Of96(high uint32, low uint64) N
	// Amount is the number; ok is false where it is 2^256 or more.
	Amount() (a chain.Amount, ok bool)
	// Add is the sum; ok is false where it does not fit.
	Add(N) (sum N, ok bool)
	// Sub is the difference; what is taken off is no more than the number.
	Sub(N) N
	Cmp(N) int
	// Divide gives each of three parts its share of the number, in proportion and
	// rounded so that the shares add up: what the floors leave goes to the parts of the
	// largest fractions, the first of equal ones. The parts add up to all, which is
	// above nought and no less than the number; the share of the last is the rest.
	Divide(first, second, all N) (ofFirst, ofSecond N, exact bool)
	// Parts is ⌊number·2^32/of⌋, but 2^32 where the number is of or more.
	Parts(of N) uint64
}

// Narrow is a number of 128 bits.
type Narrow struct{ Hi, Lo uint64 }

// Of is an amount below 2^128.
func (Narrow) Of(a chain.Amount) (Narrow, bool) {
	if n, ok := a.Uint64(); ok {
		return Narrow{Lo: n}, true
	}
	b := a.Bytes()
	return Narrow{binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:])},
		binary.BigEndian.Uint64(b[:])|binary.BigEndian.Uint64(b[8:]) == 0
}

// Of64 is so many base units.
func (Narrow) Of64(n uint64) Narrow { return Narrow{Lo: n} }

// Amount is the number; it always fits.
func (a Narrow) Amount() (chain.Amount, bool) {
	if a.Hi == 0 {
		return chain.Units64(a.Lo), true
	}
	var b [32]byte
	binary.BigEndian.PutUint64(b[16:], a.Hi)
	binary.BigEndian.PutUint64(b[24:], a.Lo)
	return chain.FromBytes(b), true
}

// In96 is that of Number.
func (a Narrow) In96() (high uint32, low uint64, ok bool) { return uint32(a.Hi), a.Lo, a.Hi>>32 == 0 }

// Of96 is that of Number.
func (Narrow) Of96(high uint32, low uint64) Narrow { return Narrow{uint64(high), low} }

// Add is the sum; ok is false from 2^128 on.
func (a Narrow) Add(b Narrow) (sum Narrow, ok bool) {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, carry := bits.Add64(a.Hi, b.Hi, carry)
	return Narrow{hi, lo}, carry == 0
}

// Sub is the difference.
func (a Narrow) Sub(b Narrow) Narrow {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	return Narrow{a.Hi - b.Hi - borrow, lo}
}

// Cmp is −1, 0 or 1.
func (a Narrow) Cmp(b Narrow) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	}
	return 1
}

// Divide is that of Number.
func (a Narrow) Divide(first, second, all Narrow) (ofFirst, ofSecond Narrow, exact bool) {
	ofFirst, r1 := a.mulDiv(first, all)
	if second == (Narrow{}) {
		if r1 == (Narrow{}) {
			return ofFirst, Narrow{}, true
		}
		if r1.Cmp(all.Sub(r1)) >= 0 {
			ofFirst, _ = ofFirst.Add(Narrow{Lo: 1})
		}
		return ofFirst, Narrow{}, false
	}
	ofSecond, r2 := a.mulDiv(second, all)
	up1, up2, exact := round(r1, r2, all)
	ofFirst, _ = ofFirst.Add(Narrow{Lo: up1})
	ofSecond, _ = ofSecond.Add(Narrow{Lo: up2})
	return ofFirst, ofSecond, exact
}

// round says what two of three parts get of what floors leave, by what is left of
// them; what is left of the third follows from theirs.
func round[N Number[N]](r1, r2, all N) (up1, up2 uint64, exact bool) {
	var nought N
	if r1 == nought && r2 == nought {
		return 0, 0, true
	}
	// r1 + r2 + r3 is all or twice all. Where r1 + r2 are less than all, or just all, one
	// unit is left over.
	room := all.Sub(r1)
	if r2.Cmp(room) <= 0 {
		r3 := room.Sub(r2)
		switch {
		case r1.Cmp(r2) >= 0 && r1.Cmp(r3) >= 0:
			return 1, 0, false
		case r2.Cmp(r3) >= 0:
			return 0, 1, false
		}
		return 0, 0, false
	}
	// Two units: the part with the least fraction, the last of equal ones, gets none.
	r3 := all.Sub(r2.Sub(room))
	switch {
	case r3.Cmp(r2) <= 0 && r3.Cmp(r1) <= 0:
		return 1, 1, false
	case r2.Cmp(r1) <= 0:
		return 1, 0, false
	}
	return 0, 1, false
}

// mulDiv is ⌊a·b/d⌋ and the rest; a or b is no more than d.
func (a Narrow) mulDiv(b, d Narrow) (q, r Narrow) {
	if a.Hi|b.Hi|d.Hi == 0 {
		hi, lo := bits.Mul64(a.Lo, b.Lo)
		quo, rem := bits.Div64(hi, lo, d.Lo)
		return Narrow{Lo: quo}, Narrow{Lo: rem}
	}
	return divide(multiply(a, b), d)
}

// multiply is the product, least significant word first.
func multiply(a, b Narrow) (p [4]uint64) {
	var carry, hi, lo uint64
	p[1], p[0] = bits.Mul64(a.Lo, b.Lo)
	hi, lo = bits.Mul64(a.Hi, b.Lo)
	p[1], carry = bits.Add64(p[1], lo, 0)
	p[2] = hi + carry
	hi, lo = bits.Mul64(a.Lo, b.Hi)
	p[1], carry = bits.Add64(p[1], lo, 0)
	p[2], carry = bits.Add64(p[2], hi, carry)
	p[3] = carry
	hi, lo = bits.Mul64(a.Hi, b.Hi)
	p[2], carry = bits.Add64(p[2], lo, 0)
	p[3] += hi + carry
	return p
}

// divide is the quotient, which fits, and the rest.
func divide(p [4]uint64, d Narrow) (q, r Narrow) {
	if d.Hi == 0 {
		_, rem := bits.Div64(0, p[2], d.Lo) // the quotient fits: p[3] is nought
		q.Hi, rem = bits.Div64(rem, p[1], d.Lo)
		q.Lo, rem = bits.Div64(rem, p[0], d.Lo)
		return q, Narrow{Lo: rem}
	}
	s := uint(bits.LeadingZeros64(d.Hi))
	if s > 0 {
		d.Hi, d.Lo = d.Hi<<s|d.Lo>>(64-s), d.Lo<<s
		p[3] = p[3]<<s | p[2]>>(64-s)
		p[2] = p[2]<<s | p[1]>>(64-s)
		p[1] = p[1]<<s | p[0]>>(64-s)
		p[0] <<= s
	}
	var top Narrow
	q.Hi, top = word(Narrow{p[3], p[2]}, p[1], d)
	q.Lo, top = word(top, p[0], d)
	if s > 0 {
		top = Narrow{top.Hi >> s, top.Hi<<(64-s) | top.Lo>>s}
	}
	return q, top
}

// word divides three words by two: top is less than d, whose highest bit is set.
func word(top Narrow, low uint64, d Narrow) (q uint64, r Narrow) {
	var rem uint64
	if top.Hi >= d.Hi {
		// Only where they are equal: the quotient of the highest words would be 2^64.
		q, rem = ^uint64(0), top.Lo+d.Hi
		if rem < d.Hi { // beyond 64 bits, so that the quotient is not too high
			hi, lo := bits.Mul64(q, d.Lo)
			l, borrow := bits.Sub64(low, lo, 0)
			return q, Narrow{rem - hi - borrow, l}
		}
	} else {
		q, rem = bits.Div64(top.Hi, top.Lo, d.Hi)
	}
	hi, lo := bits.Mul64(q, d.Lo)
	for hi > rem || hi == rem && lo > low { // twice at most
		q--
		var borrow, carry uint64
		lo, borrow = bits.Sub64(lo, d.Lo, 0)
		hi -= borrow
		if rem, carry = bits.Add64(rem, d.Hi, 0); carry != 0 {
			break
		}
	}
	l, borrow := bits.Sub64(low, lo, 0)
	return q, Narrow{rem - hi - borrow, l}
}

// Parts is that of Number.
func (a Narrow) Parts(of Narrow) uint64 {
	if a.Cmp(of) >= 0 {
		return 1 << 32
	}
	q, _ := divide(multiply(a, Narrow{Lo: 1 << 32}), of)
	return q.Lo
}

// Wide is a number for values that Narrow does not hold: sums of as many amounts as
// there can be.
type Wide struct{ u accounting.Units }

// Of is an amount; it always fits.
func (Wide) Of(a chain.Amount) (Wide, bool) { return Wide{accounting.UnitsOf(a)}, true }

// Of64 is so many base units.
func (Wide) Of64(n uint64) Wide { return Wide{accounting.Units64(n)} }

// Amount is the number; ok is false from 2^256 on.
func (a Wide) Amount() (chain.Amount, bool) { return a.u.Amount() }

// In96 is that of Number.
func (a Wide) In96() (high uint32, low uint64, ok bool) {
	amount, ok := a.u.Amount()
	if !ok {
		return 0, 0, false
	}
	var n Narrow
	if n, ok = n.Of(amount); !ok {
		return 0, 0, false
	}
	return n.In96()
}

// Of96 is that of Number.
func (Wide) Of96(high uint32, low uint64) (w Wide) {
	amount, _ := Narrow{uint64(high), low}.Amount()
	w, _ = w.Of(amount)
	return w
}

// Add is the sum; it always fits.
func (a Wide) Add(b Wide) (Wide, bool) { return Wide{a.u.Add(b.u)}, true }

// Sub is the difference.
func (a Wide) Sub(b Wide) Wide { return Wide{a.u.Sub(b.u)} }

// Cmp is −1, 0 or 1.
func (a Wide) Cmp(b Wide) int { return a.u.Cmp(b.u) }

// Divide is that of Number.
func (a Wide) Divide(first, second, all Wide) (ofFirst, ofSecond Wide, exact bool) {
	third := all.u.Sub(first.u).Sub(second.u)
	shares := a.u.Apportion([]accounting.Units{first.u, second.u, third})
	return Wide{shares[0]}, Wide{shares[1]}, a.isShared(first, all) && a.isShared(second, all)
}

// isShared reports whether the share of a part is whole: then what the floors of it
// and of the rest leave is nothing.
func (a Wide) isShared(part, all Wide) bool {
	rest := all.u.Sub(part.u)
	return a.u.MulDiv(part.u, all.u).Add(a.u.MulDiv(rest, all.u)) == a.u
}

// Parts is that of Number.
func (a Wide) Parts(of Wide) uint64 {
	if a.Cmp(of) >= 0 {
		return 1 << 32
	}
	q, _ := a.u.MulDiv(accounting.Units64(1<<32), of.u).Amount()
	n, _ := q.Uint64()
	return n
}

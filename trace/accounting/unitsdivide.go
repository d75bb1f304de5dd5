package accounting

import "math/bits"

// divide is the amount times num through den, rounded down, and the remainder.
func (a Units) divide(num, den Units) (q, r Units) {
	if a.isWord() && num.isWord() && den.isWord() {
		hi, lo := bits.Mul64(a.w[0], num.w[0])
		if hi < den.w[0] {
			q.w[0], r.w[0] = bits.Div64(hi, lo, den.w[0])
			return q, r
		}
	}
	product := multiply(&a, &num)
	long, rest := quotient(product, den.w)
	if length(long[:]) > unitWords || int64(long[unitWords-1]) < 0 {
		panic("accounting: a quotient of more than 319 bits")
	}
	copy(q.w[:], long[:])
	return q, Units{rest}
}

func (a *Units) isWord() bool { return a.w[1]|a.w[2]|a.w[3]|a.w[4] == 0 }

// product is the product of two numbers that have room for it.
func (a Units) product(b Units) (p Units) {
	long := multiply(&a, &b)
	copy(p.w[:], long[:])
	return p
}

// length is how many words are left without the noughts at the end.
func length(w []uint64) int {
	n := len(w)
	for n > 0 && w[n-1] == 0 {
		n--
	}
	return n
}

// multiply is the whole product.
func multiply(a, b *Units) (p [2 * unitWords]uint64) {
	n := length(b.w[:])
	for i, x := range a.w {
		if x == 0 {
			continue
		}
		var carry uint64
		for j := range n {
			hi, lo := bits.Mul64(x, b.w[j])
			var c uint64
			lo, c = bits.Add64(lo, carry, 0)
			hi += c
			p[i+j], c = bits.Add64(p[i+j], lo, 0)
			carry = hi + c
		}
		p[i+n] = carry
	}
	return p
}

// quotient is u through v, and the remainder: Knuth, The Art of Computer Programming,
// volume 2, 4.3.1, algorithm D.
func quotient(u [2 * unitWords]uint64, v [unitWords]uint64) (q [2 * unitWords]uint64, r [unitWords]uint64) {
	n, m := length(v[:]), length(u[:])
	if n == 1 {
		for j := m - 1; j >= 0; j-- {
			q[j], r[0] = bits.Div64(r[0], u[j], v[0])
		}
		return q, r
	}
	// Both are shifted until the highest bit of v is set: then a digit that is guessed
	// from the leading words is too high by two at most.
	var x [2*unitWords + 1]uint64
	shift := bits.LeadingZeros64(v[n-1])
	for i := m; i > 0; i-- {
		x[i] |= u[i-1] >> (64 - shift)
		x[i-1] = u[i-1] << shift
	}
	for i := n - 1; i > 0; i-- {
		v[i] = v[i]<<shift | v[i-1]>>(64-shift)
	}
	v[0] <<= shift
	for j := m - n; j >= 0; j-- {
		q[j] = digit(x[j:j+n+1], v[:n])
	}
	for i := range n {
		r[i] = x[i]>>shift | x[i+1]<<(64-shift)
	}
	return q, r
}

// digit is x through v, which is one word, and leaves the remainder in x.
func digit(x, v []uint64) uint64 {
	n := len(v)
	guess := ^uint64(0)
	if x[n] < v[n-1] {
		guess, _ = bits.Div64(x[n], x[n-1], v[n-1])
	}
	var carry, borrow uint64
	for i, w := range v {
		hi, lo := bits.Mul64(guess, w)
		var c uint64
		lo, c = bits.Add64(lo, carry, 0)
		carry = hi + c
		x[i], borrow = bits.Sub64(x[i], lo, borrow)
	}
	x[n], borrow = bits.Sub64(x[n], carry, borrow)
	for borrow != 0 { // too high
		guess--
		var c uint64
		for i, w := range v {
			x[i], c = bits.Add64(x[i], w, c)
		}
		x[n], c = bits.Add64(x[n], 0, c)
		borrow -= c
	}
	return guess
}

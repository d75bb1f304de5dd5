package accounting

// Bounds is the least and the most that can be tainted of a value under any policy
// that conserves value. The zero Bounds is that of clean value.
type Bounds[A Number[A]] struct{ Lo, Hi A }

// Certain is the bounds of a value that is stolen as a whole.
func Certain[A Number[A]](value A) Bounds[A] { return Bounds[A]{value, value} }

// Reachable reports whether anything of the value can be tainted.
func (b Bounds[A]) Reachable() bool { return positive(b.Hi) }

// BoundPool is what a transaction spends, with the bounds of its members summed.
//
//	var p accounting.BoundPool[accounting.Exact]
//	p.Add(accounting.Whole(12), accounting.Certain(accounting.Whole(12)))
//	p.Add(accounting.Whole(8), accounting.Bounds[accounting.Exact]{})
//	p.Pay(accounting.Whole(15)) // [7, 12]: 8 clean coins leave 7 of 15 to the stolen ones
type BoundPool[A Number[A]] struct {
	total A
	sum   Bounds[A]
}

// Add puts a member into the pool.
func (p *BoundPool[A]) Add(value A, b Bounds[A]) {
	p.total = p.total.Add(value)
	p.sum = Bounds[A]{p.sum.Lo.Add(b.Lo), p.sum.Hi.Add(b.Hi)}
}

// Pay is the bounds of one payment of the pool: at least what the rest of the pool
// has no room for, at most all there is. It takes nothing out: payments are bounded
// each by itself.
func (p *BoundPool[A]) Pay(value A) Bounds[A] {
	var lo A
	if must := p.sum.Lo.Sub(p.total.Sub(value)); positive(must) {
		lo = must
	}
	return Bounds[A]{lo, least(value, p.sum.Hi)}
}

// Reachable reports whether anything in the pool can be tainted.
func (p *BoundPool[A]) Reachable() bool { return p.sum.Reachable() }

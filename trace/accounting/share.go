package accounting

import "slices"

// share is haircut and tiho: both need to know only how much is there and how much of
// it is tainted, not where.
type share[A Number[A]] struct {
	value, taint A
	first        bool // tiho: the tainted part leaves first
	meter        *Meter
}

func (s *share[A]) Value() A   { return s.value }
func (s *share[A]) Tainted() A { return s.taint }

func (s *share[A]) Append(arrived Lots[A]) {
	o := arrived.(*share[A])
	s.value, s.taint = s.value.Add(o.value), s.taint.Add(o.taint)
	s.meter.Spend(s.taint.Work())
}

func (s *share[A]) Older(value A) { s.value = s.value.Add(value) }

func (s *share[A]) Pay(p Payments[A]) []Lots[A] {
	stays := s.value
	for _, v := range p.Values {
		stays = stays.Sub(v)
	}
	// taints are those of the payments, and of what stays.
	taints := make([]A, len(p.Values)+1)
	// The meter is asked before: the numbers of many payments take memory at once.
	if s.meter.Spend(int64(len(taints))*s.taint.Size()) && positive(s.taint) {
		if s.first {
			taints = s.taintFirst(p)
		} else {
			taints = s.taint.Apportion(append(slices.Clone(p.Values), stays))
		}
	}
	out := make([]Lots[A], len(p.Values))
	for i, v := range p.Values {
		out[i] = &share[A]{value: v, taint: taints[i], first: s.first, meter: s.meter}
	}
	s.value, s.taint = stays, taints[len(p.Values)]
	return out
}

// taintFirst fills the payments with taint, one after the other, as far as it goes;
// the rest stays.
func (s *share[A]) taintFirst(p Payments[A]) []A {
	out, left := make([]A, len(p.Values)+1), s.taint
	for _, i := range p.Taint {
		out[i] = least(left, p.Values[i])
		left = left.Sub(out[i])
	}
	out[len(p.Values)] = left
	return out
}

func (s *share[A]) Mark() { s.taint = s.value }

func (s *share[A]) Clean() {
	var nought A
	s.taint = nought
}

func (s *share[A]) Scale(out, in A) {
	s.value, s.taint = s.value.MulDiv(out, in), s.taint.MulDiv(out, in)
	s.meter.Spend(s.taint.Work())
}

package bulk

import "math/bits"

// places are the balances of places that were never touched, and the records of others.
type places[N Number[N]] struct {
	memory
	all   []place
	large slab[N] // balances of 2^96 and more
}

// place is what an account holds of one asset: 16 bytes, because most places are never
// touched and all of them are looked at in no order.
type place struct {
	low  uint64
	high uint32
	at   uint32 // nought: it holds high·2^64 + low. Else see below
}

// What place.at is above nought: the number of a record, or with this bit that of a
// large balance.
const isLarge = 1 << 31

// lost, as place.at, is a place whose balance is not known, because it did not fit.
const lost = ^uint32(0)

const leastPlaces = 1 << 10

func (s *places[N]) at(at Ref) *place { return &s.all[at] }

// reach makes room for places up to one.
func (s *places[N]) reach(at Ref) {
	if int(at) < len(s.all) {
		return
	}
	before := s.memory
	s.memory = memory{}
	all := array[place](&s.memory, max(int(at)+1, 2*len(s.all), leastPlaces))
	copy(all, s.all)
	s.all = all
	before.free()
}

// clear forgets all places.
func (s *places[N]) clear() {
	s.free()
	s.large.memory.free()
	*s = places[N]{}
}

func (s *places[N]) bytes() int64 { return 16*int64(len(s.all)) + s.large.bytes() }

// value is what lies at a place that was never touched.
func (s *places[N]) value(p *place) (n N) {
	switch {
	case p.at == 0:
		return n.Of96(p.high, p.low)
	case p.at == lost:
		return n
	}
	return *s.large.at(p.at &^ isLarge)
}

// set says what lies at a place that was never touched.
func (s *places[N]) set(p *place, value N) {
	high, low, ok := value.In96()
	if ok {
		s.empty(p)
		p.high, p.low = high, low
		return
	}
	if p.at == 0 {
		p.at = s.large.take() | isLarge
	}
	*s.large.at(p.at &^ isLarge) = value
}

// empty takes all out of a place that was never touched. Nothing is known any more of
// one that is lost.
func (s *places[N]) empty(p *place) {
	if p.at == lost {
		return
	}
	if p.at != 0 {
		s.large.give(p.at &^ isLarge)
	}
	*p = place{}
}

func (s *places[N]) lose(p *place) {
	s.empty(p)
	p.at = lost
}

func (s *places[N]) take(at Ref, value N) {
	p := s.at(at)
	if p.at != 0 {
		if p.at != lost {
			s.set(p, above(s.value(p), value))
		}
		return
	}
	high, low, ok := value.In96()
	if !ok || p.high < high || p.high == high && p.low <= low {
		p.high, p.low = 0, 0
		return
	}
	rest, borrow := bits.Sub64(p.low, low, 0)
	p.high, p.low = p.high-high-uint32(borrow), rest
}

func (s *places[N]) put(at Ref, value N) {
	p := s.at(at)
	if p.at == lost {
		return
	}
	if high, low, ok := value.In96(); ok && p.at == 0 {
		low, carry := bits.Add64(p.low, low, 0)
		if top := uint64(p.high) + uint64(high) + carry; top>>32 == 0 {
			p.high, p.low = uint32(top), low
			return
		}
	}
	sum, ok := s.value(p).Add(value)
	if !ok {
		s.lose(p)
		return
	}
	s.set(p, sum)
}

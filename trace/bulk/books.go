// Package bulk keeps the books of places by the million: what an account holds of an
// asset, and what of it is tainted, under every policy and within bounds at once.
//
// # Contract
//
// The rules are those of package accounting; numbers are whole base units. Where
// haircut gives a fraction it is rounded by the largest remainder, so that what is
// paid and what stays add up, and Books.Splits counts it. A place is worth what Open
// says, and from then on what Land, Leave and Take make of it. All memory is in few
// large pieces without pointers, and Bytes says how much there is.
//
// Numbers are Narrow, or Wide where those do not hold a value: Books.Over reports that
// a sum did not fit, and nothing in the books means anything then.
//
//	b := bulk.New[bulk.Narrow](bulk.Settings{Thefts: 1, FIFO: true})
//	thief := index.Place(7)                     // of an Index
//	b.Reach(thief)
//	b.Open(thief, bulk.Narrow{Lo: 5})           // 5 clean
//	b.Clean()
//	b.Mark(0, bulk.Narrow{Lo: 3})
//	b.Land(thief, 7, bulk.Narrow{Lo: 3}, 1)     // 8, the newest 3 tainted
//	b.Leave(thief, bulk.Narrow{Lo: 6}, bulk.Narrow{})
//	b.Hand()[0].Of(bulk.Narrow{Lo: 6}).FIFO     // 1: the old ones left first
package bulk

// Settings says which books are kept, and for how many thefts.
type Settings struct {
	Thefts                                    int
	Poison, Haircut, FIFO, LIFO, TIHO, Bounds bool
}

// Ref is a place; nought is none.
type Ref uint32

// Books are the books of all places of a chain. They are not safe for concurrent use.
type Books[N Number[N]] struct {
	// Splits is how often a fraction was brought to whole units.
	Splits uint64
	// Over is that a sum did not fit.
	Over bool

	set     Settings
	places  slab[place[N]]
	taints  slab[taint[N]]
	touched slab[short[N]]
	queues  queues[N]
	hand    []Parcel[N]
	sink    uint64 // keeps reads that have no other use; see warm
}

// place is an account's balance of one asset.
type place[N any] struct {
	value   N
	taint   uint32 // the first of its taints; nought is none
	touched uint32 // where what is short is counted; nought before the first taint
}

// lost, as place.touched, is a place that was never touched and whose value is not
// known, because it did not fit.
const lost = ^uint32(0)

// short is clean value that a place paid and that was not seen to arrive.
type short[N any] struct {
	key   uint64 // of the place
	value N
}

// taint is what is tainted at a place by one theft.
type taint[N Number[N]] struct {
	at      Ref
	next    uint32 // of the same place, by theft
	theft   uint16
	poison  bool
	since   uint64 // row of the last arrival
	haircut N
	tiho    N
	least   N
	most    N
	fifo    queue[N]
	lifo    queue[N]
}

// New is the books of no places.
func New[N Number[N]](s Settings) *Books[N] { return &Books[N]{set: s} }

// Free gives the memory of the books back. They must not be used any more.
func (b *Books[N]) Free() {
	for _, m := range []*memory{&b.places.memory, &b.taints.memory, &b.touched.memory, &b.queues.memory} {
		m.free()
	}
	*b = Books[N]{}
}

// Open says what a place holds, all of it clean, that was not opened before. A place
// that is never opened holds nothing at first.
func (b *Books[N]) Open(at Ref, value N) { b.place(at).value = value }

// Reach makes room for places up to one.
func (b *Books[N]) Reach(at Ref) { b.places.reach(uint32(at)) }

func (b *Books[N]) place(at Ref) *place[N] { return b.places.at(uint32(at)) }

// Key is the key of a place that was touched.
func (b *Books[N]) Key(at Ref) uint64 { return b.touched.at(b.place(at).touched).key }

// Value is all that lies at a place.
func (b *Books[N]) Value(at Ref) N { return b.place(at).value }

// Touched reports whether there was ever taint at a place.
func (b *Books[N]) Touched(at Ref) bool {
	return at != 0 && b.place(at).touched+1 > 1
}

// Places is how many places were ever touched.
func (b *Books[N]) Places() uint64 { return uint64(b.touched.next) }

// Live is how many taints there are now.
func (b *Books[N]) Live() int { return int(b.taints.next) - len(b.taints.free) }

// Bytes is about how much memory the books take.
func (b *Books[N]) Bytes() int64 {
	return b.places.bytes() + b.taints.bytes() + b.touched.bytes() + b.queues.bytes()
}

// Take takes value out of a place that was never touched; what is not there is not
// counted.
func (b *Books[N]) Take(at Ref, value N) {
	p := b.place(at)
	if p.value.Cmp(value) <= 0 {
		var nought N
		p.value = nought
		return
	}
	p.value = p.value.Sub(value)
}

// Put adds clean value to a place that was never touched. Where it does not fit, only
// whoever touches the place needs to know.
func (b *Books[N]) Put(at Ref, value N) {
	p := b.place(at)
	s, ok := p.value.Add(value)
	if p.value = s; !ok {
		p.touched = lost
	}
}

// Lose says that what a place holds does not fit.
func (b *Books[N]) Lose(at Ref) { b.place(at).touched = lost }

// Empty takes all out of a place that was never touched.
func (b *Books[N]) Empty(at Ref) {
	var nought N
	b.place(at).value = nought
}

func (b *Books[N]) plus(x, y N) N {
	s, ok := x.Add(y)
	b.Over = b.Over || !ok
	return s
}

// Leave takes a value and the fee paid with it out of a place that was touched. What
// leaves tainted is in the hand, by theft, until it lands or ends. A payment larger than
// the place is worth adds an older clean lot, which is counted in Short; and since the
// place held more than was seen, it is not known to be empty then, so that poison
// stays.
func (b *Books[N]) Leave(at Ref, value, fee N) {
	b.hand = b.hand[:0]
	p := b.place(at)
	paid := b.plus(value, fee)
	unseen := p.value.Cmp(paid) < 0
	if unseen {
		b.older(p, paid.Sub(p.value))
	}
	all := p.value
	p.value = all.Sub(paid)
	for i := &p.taint; *i != 0; {
		t := b.taints.at(*i)
		b.hand = append(b.hand, Parcel[N]{Theft: int(t.theft)})
		out := &b.hand[len(b.hand)-1]
		flagged := t.poison
		b.pay(t, out, value, fee, all)
		t.poison = t.poison || unseen && flagged
		if t.isNone() {
			this := *i
			*i = t.next
			b.queues.drop(&t.fifo)
			b.queues.drop(&t.lifo)
			*t = taint[N]{}
			b.taints.give(this)
			continue
		}
		i = &t.next
	}
}

// older adds unobserved value.
func (b *Books[N]) older(p *place[N], value N) {
	s := b.touched.at(p.touched)
	s.value = b.plus(s.value, value)
	p.value = b.plus(p.value, value)
	for i := p.taint; i != 0; {
		t := b.taints.at(i)
		b.queues.older(&t.fifo, value)
		b.queues.older(&t.lifo, value)
		i = t.next
	}
}

// isNone reports whether nothing is tainted any more.
func (t *taint[N]) isNone() bool {
	var nought N
	return !t.poison && t.haircut == nought && t.tiho == nought && t.most == nought && t.fifo.stolen == nought && t.lifo.stolen == nought
}

// pay takes what leaves out of the books of a theft; all is what the place was worth.
func (b *Books[N]) pay(t *taint[N], out *Parcel[N], value, fee, all N) {
	var nought N
	stays := all.Sub(value).Sub(fee)
	if t.poison {
		out.poison = value != nought
		out.Fee.Poison = fee
		t.poison = stays != nought
	}
	if t.haircut != nought {
		ofValue, ofFee, exact := t.haircut.Divide(value, fee, all)
		if !exact {
			b.Splits++
		}
		out.haircut, out.Fee.Haircut = ofValue, ofFee
		t.haircut = t.haircut.Sub(ofValue).Sub(ofFee)
	}
	if t.tiho != nought {
		out.tiho = lesser(t.tiho, value)
		t.tiho = t.tiho.Sub(out.tiho)
		out.Fee.TIHO = lesser(t.tiho, fee)
		t.tiho = t.tiho.Sub(out.Fee.TIHO)
	}
	if t.most != nought {
		lo, hi := t.least, t.most
		out.least, out.most = above(lo, all.Sub(value)), lesser(value, hi)
		out.Fee.Least, out.Fee.Most = above(lo, all.Sub(fee)), lesser(fee, hi)
		t.least, t.most = above(lo, all.Sub(stays)), lesser(stays, hi)
	}
	b.cut(&t.fifo, &out.fifo, &out.Fee.FIFO, value, fee, all, false)
	b.cut(&t.lifo, &out.lifo, &out.Fee.LIFO, value, fee, all, true)
}

// cut takes value and then fee off a queue that is worth all.
func (b *Books[N]) cut(q, out *queue[N], ofFee *N, value, fee, all N, newest bool) {
	var nought N
	if q.n == 0 {
		return
	}
	*out = b.queues.cut(q, value, all, newest)
	if fee != nought {
		off := b.queues.cut(q, fee, all.Sub(value), newest)
		*ofFee = off.stolen
		b.queues.drop(&off)
	}
}

func lesser[N Number[N]](a, b N) N {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}

// above is a − b, and nought where that is less.
func above[N Number[N]](a, b N) (n N) {
	if a.Cmp(b) > 0 {
		n = a.Sub(b)
	}
	return n
}

// Land adds value to a place of that key, and what is in the hand with it, which a row
// brought.
func (b *Books[N]) Land(at Ref, key uint64, value N, row uint64) {
	parcels := b.hand
	p := b.place(at)
	if p.touched == lost {
		b.Over = b.Over || len(parcels) > 0
		return
	}
	if p.touched == 0 && len(parcels) > 0 {
		p.touched = b.touched.take()
		*b.touched.at(p.touched) = short[N]{key: key}
	}
	before := p.value
	p.value = b.plus(before, value)
	next := 0
	link := &p.taint
	for {
		var t *taint[N]
		if *link != 0 {
			t = b.taints.at(*link)
		}
		switch {
		case t == nil && next == len(parcels):
			return
		case t != nil && (next == len(parcels) || int(t.theft) < parcels[next].Theft):
			// clean value for this theft
			if t.fifo.n > 0 {
				b.queues.tail(&t.fifo, value, false)
			}
			if t.lifo.n > 0 {
				b.queues.tail(&t.lifo, value, false)
			}
		default:
			if t == nil || int(t.theft) > parcels[next].Theft {
				i := b.taints.take()
				t = b.taints.at(i)
				*t = taint[N]{at: at, next: *link, theft: uint16(parcels[next].Theft)}
				*link = i
			}
			b.land(t, &parcels[next], before, value)
			t.since = row
			next++
		}
		link = &t.next
	}
}

func (b *Books[N]) land(t *taint[N], c *Parcel[N], before, value N) {
	t.poison = t.poison || c.poison
	t.haircut = sum(t.haircut, c.haircut)
	t.tiho = sum(t.tiho, c.tiho)
	t.least, t.most = sum(t.least, c.least), sum(t.most, c.most)
	b.queues.append(&t.fifo, before, &c.fifo, value)
	b.queues.append(&t.lifo, before, &c.lifo, value)
}

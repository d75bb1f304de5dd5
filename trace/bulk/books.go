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
	places  places[N]
	records slab[record[N]]
	touched uint64 // places with a record of their own
	live    int    // taints
	queues  queues[N]
	hand    []Parcel[N]
	sink    uint64 // keeps reads that have no other use; see warm
}

// record is a place that was touched, and what is tainted there by one theft: the first
// that came, unless it is gone. What is tainted by others is in records of no place.
// What is looked at most comes first: the first 64 bytes are enough where only poison
// and the upper bound reached.
type record[N Number[N]] struct {
	value  N      // of the place
	taint  uint32 // of the place: the first of its taints; nought is none
	at     Ref    // the place; nought: in nobody's use
	next   uint32 // taint of the same place, by theft
	theft  uint16 // one more than the theft; nought: there is no taint
	poison bool
	more   uint8  // 1: something of what follows short is not nought
	key    uint64 // of the place; nought: it is not that of a place
	since  uint64 // row of the last arrival
	most   N

	short   N // of the place: clean value that it paid and that was not seen to arrive
	haircut N
	tiho    N
	least   N
	fifo    queue[N]
	lifo    queue[N]
}

// New is the books of no places.
func New[N Number[N]](s Settings) *Books[N] { return &Books[N]{set: s} }

// Free gives the memory of the books back. They must not be used any more.
func (b *Books[N]) Free() {
	for _, m := range []*memory{&b.places.memory, &b.places.large.memory, &b.records.memory, &b.queues.memory} {
		m.free()
	}
	*b = Books[N]{}
}

// Open says what a place holds, all of it clean, that was not opened before. A place
// that is never opened holds nothing at first.
func (b *Books[N]) Open(at Ref, value N) { b.places.set(b.places.at(at), value) }

// Reach makes room for places up to one.
func (b *Books[N]) Reach(at Ref) { b.places.reach(at) }

// Direct makes room for places up to one and makes their keys their numbers, those of
// places that are touched already among them; what lies at others is forgotten. The
// Index has to be made direct with it.
func (b *Books[N]) Direct(most Ref) {
	for i := uint32(1); i <= b.records.next; i++ {
		if r := b.records.at(i); r.at != 0 {
			r.at = Ref(b.record(r.at).key)
		}
	}
	b.places.clear()
	b.places.reach(most)
	for i := uint32(1); i <= b.records.next; i++ {
		if r := b.records.at(i); r.key != 0 {
			b.places.at(r.at).at = i
		}
	}
}

// record is that of a place that was touched.
func (b *Books[N]) record(at Ref) *record[N] { return b.records.at(b.places.at(at).at) }

// Key is the key of a place that was touched.
func (b *Books[N]) Key(at Ref) uint64 { return b.record(at).key }

// Value is all that lies at a place.
func (b *Books[N]) Value(at Ref) N {
	if b.Touched(at) {
		return b.record(at).value
	}
	return b.places.value(b.places.at(at))
}

// Touched reports whether there was ever taint at a place.
func (b *Books[N]) Touched(at Ref) bool {
	return at != 0 && int32(b.places.at(at).at) > 0
}

// Places is how many places were ever touched.
func (b *Books[N]) Places() uint64 { return b.touched }

// Live is how many taints there are now.
func (b *Books[N]) Live() int { return b.live }

// Bytes is about how much memory the books take.
func (b *Books[N]) Bytes() int64 {
	return b.places.bytes() + b.records.bytes() + b.queues.bytes()
}

// Take takes value out of a place that was never touched; what is not there is not
// counted.
func (b *Books[N]) Take(at Ref, value N) { b.places.take(at, value) }

// Put adds clean value to a place that was never touched. Where it does not fit, only
// whoever touches the place needs to know.
func (b *Books[N]) Put(at Ref, value N) { b.places.put(at, value) }

// Lose says that what a place holds does not fit.
func (b *Books[N]) Lose(at Ref) { b.places.lose(b.places.at(at)) }

// Empty takes all out of a place that was never touched.
func (b *Books[N]) Empty(at Ref) { b.places.empty(b.places.at(at)) }

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
	p := b.record(at)
	paid := b.plus(value, fee)
	unseen := p.value.Cmp(paid) < 0
	if unseen {
		b.older(p, paid.Sub(p.value))
	}
	all := p.value
	p.value = all.Sub(paid)
	for link := &p.taint; *link != 0; {
		this := *link
		t := b.records.at(this)
		b.hand = append(b.hand, Parcel[N]{Theft: int(t.theft) - 1})
		out := &b.hand[len(b.hand)-1]
		flagged := t.poison
		b.pay(t, out, value, fee, all)
		t.poison = t.poison || unseen && flagged
		if t.isNone() {
			*link = t.next
			b.drop(t, this)
			continue
		}
		link = &t.next
	}
}

// drop ends a taint that is none any more.
func (b *Books[N]) drop(t *record[N], this uint32) {
	b.queues.drop(&t.fifo)
	b.queues.drop(&t.lifo)
	b.live--
	if t.key != 0 {
		t.theft, t.next = 0, 0
		return
	}
	*t = record[N]{}
	b.records.give(this)
}

// older adds unobserved value.
func (b *Books[N]) older(p *record[N], value N) {
	p.short = b.plus(p.short, value)
	p.value = b.plus(p.value, value)
	for i := p.taint; i != 0; {
		t := b.records.at(i)
		if t.more != 0 {
			b.queues.older(&t.fifo, value)
			b.queues.older(&t.lifo, value)
		}
		i = t.next
	}
}

// isNone reports whether nothing is tainted any more.
func (t *record[N]) isNone() bool {
	var nought N
	return !t.poison && t.more == 0 && t.most == nought
}

// see sets more.
func (t *record[N]) see() {
	var nought N
	t.more = 0
	if t.fifo.n > 0 || t.lifo.n > 0 || t.haircut != nought || t.tiho != nought || t.least != nought {
		t.more = 1
	}
}

// pay takes what leaves out of the books of a theft; all is what the place was worth.
func (b *Books[N]) pay(t *record[N], out *Parcel[N], value, fee, all N) {
	var nought N
	stays := all.Sub(value).Sub(fee)
	if t.poison {
		out.poison = value != nought
		out.Fee.Poison = fee
		t.poison = stays != nought
	}
	if t.most != nought {
		out.most, out.Fee.Most = lesser(value, t.most), lesser(fee, t.most)
		t.most = lesser(stays, t.most)
	}
	if t.more == 0 {
		return
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
	if lo := t.least; lo != nought {
		out.least, out.Fee.Least = above(lo, all.Sub(value)), above(lo, all.Sub(fee))
		t.least = above(lo, all.Sub(stays))
	}
	b.cut(&t.fifo, &out.fifo, &out.Fee.FIFO, value, fee, all, false)
	b.cut(&t.lifo, &out.lifo, &out.Fee.LIFO, value, fee, all, true)
	t.see()
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
	p := b.landing(at, key)
	if p == nil {
		return
	}
	before := p.value
	p.value = b.plus(before, value)
	next := 0
	link := &p.taint
	for {
		var t *record[N]
		if *link != 0 {
			t = b.records.at(*link)
		}
		switch {
		case t == nil && next == len(parcels):
			return
		case t != nil && (next == len(parcels) || int(t.theft) <= parcels[next].Theft):
			if t.more != 0 { // clean value for this theft
				if t.fifo.n > 0 {
					b.queues.tail(&t.fifo, value, false)
				}
				if t.lifo.n > 0 {
					b.queues.tail(&t.lifo, value, false)
				}
			}
		default:
			if t == nil || int(t.theft) > parcels[next].Theft+1 {
				t = b.begin(p, link, parcels[next].Theft)
			}
			b.land(t, &parcels[next], before, value)
			t.since = row
			next++
		}
		link = &t.next
	}
}

// landing is the record of a place where value lands; it is made where taint is in the
// hand. Nil: the place has none.
func (b *Books[N]) landing(at Ref, key uint64) *record[N] {
	p := b.places.at(at)
	if p.at == lost {
		b.Over = b.Over || len(b.hand) > 0
		return nil
	}
	if int32(p.at) > 0 {
		return b.records.at(p.at)
	}
	held := b.places.value(p)
	b.places.empty(p)
	p.at = b.records.take()
	r := b.records.at(p.at)
	r.value, r.at, r.key = held, at, key // the rest is nought
	b.touched++
	return r
}

// begin is the first taint of a theft at a place, before the one at the link.
func (b *Books[N]) begin(p *record[N], link *uint32, theft int) *record[N] {
	t, this := p, b.places.at(p.at).at
	if p.theft != 0 {
		this = b.records.take()
		t = b.records.at(this)
		t.at = p.at
	}
	t.next, t.theft = *link, uint16(theft+1)
	*link = this
	b.live++
	return t
}

func (b *Books[N]) land(t *record[N], c *Parcel[N], before, value N) {
	var nought N
	t.poison = t.poison || c.poison
	t.most = sum(t.most, c.most)
	if t.more == 0 && c.haircut == nought && c.tiho == nought && c.least == nought && c.fifo.n == 0 && c.lifo.n == 0 {
		return
	}
	t.more = 1
	t.haircut = sum(t.haircut, c.haircut)
	t.tiho = sum(t.tiho, c.tiho)
	t.least = sum(t.least, c.least)
	b.queues.append(&t.fifo, before, &c.fifo, value)
	b.queues.append(&t.lifo, before, &c.lifo, value)
}

package bulk

import "slices"

// Parcel is what is tainted by one theft of a value on its way to a place.
type Parcel[N Number[N]] struct {
	Theft int
	Fee   Amounts[N] // of the fee that was paid with it, which is on no way

	poison      bool
	haircut     N
	tiho        N
	least, most N
	fifo, lifo  queue[N]
}

// Amounts is what is tainted of a value by each policy, and the bounds.
type Amounts[N any] struct{ Poison, Haircut, FIFO, LIFO, TIHO, Least, Most N }

// Run is a part of a queue.
type Run[N any] struct {
	Value   N
	Tainted bool
}

// Of is what is tainted of a parcel of that value.
func (p *Parcel[N]) Of(value N) Amounts[N] {
	a := Amounts[N]{Haircut: p.haircut, FIFO: p.fifo.stolen, LIFO: p.lifo.stolen, TIHO: p.tiho, Least: p.least, Most: p.most}
	if p.poison {
		a.Poison = value
	}
	return a
}

// isNone reports whether nothing of it is tainted.
func (p *Parcel[N]) isNone() bool {
	var nought N
	return !p.poison && p.haircut == nought && p.tiho == nought && p.most == nought && p.fifo.n == 0 && p.lifo.n == 0
}

// Hand is the parcels that are on their way, by theft.
func (b *Books[N]) Hand() []Parcel[N] { return b.hand }

// Clean begins with value that is wholly clean.
func (b *Books[N]) Clean() { b.hand = b.hand[:0] }

// with is the parcel of a theft; it is made if there is none.
func (b *Books[N]) with(theft int) *Parcel[N] {
	i := 0
	for i < len(b.hand) && b.hand[i].Theft < theft {
		i++
	}
	if i == len(b.hand) || b.hand[i].Theft > theft {
		b.hand = slices.Insert(b.hand, i, Parcel[N]{Theft: theft})
	}
	return &b.hand[i]
}

// Mark makes the value wholly tainted by a theft, and returns what was before.
func (b *Books[N]) Mark(theft int, value N) (before Amounts[N]) {
	p := b.with(theft)
	before = p.Of(value)
	var nought N
	if value == nought {
		return before
	}
	p.poison = b.set.Poison
	if b.set.Haircut {
		p.haircut = value
	}
	if b.set.TIHO {
		p.tiho = value
	}
	if b.set.FIFO {
		b.queues.drop(&p.fifo)
		p.fifo = b.queues.single(value, true)
	}
	if b.set.LIFO {
		b.queues.drop(&p.lifo)
		p.lifo = b.queues.single(value, true)
	}
	if b.set.Bounds {
		p.least, p.most = value, value
	}
	return before
}

// Floor makes clean what is tainted of a parcel of that value but below a floor,
// policy by policy, and returns it. Within bounds, what any policy could have dropped
// is nothing at least, and what every policy drops is nothing at most.
func (b *Books[N]) Floor(p *Parcel[N], value, floor N) (dropped Amounts[N]) {
	var nought N
	small := func(n N) bool { return n != nought && n.Cmp(floor) < 0 }
	if p.poison && small(value) {
		p.poison, dropped.Poison = false, value
	}
	if small(p.haircut) {
		p.haircut, dropped.Haircut = nought, p.haircut
	}
	if small(p.tiho) {
		p.tiho, dropped.TIHO = nought, p.tiho
	}
	if small(p.fifo.stolen) {
		dropped.FIFO = p.fifo.stolen
		b.queues.drop(&p.fifo)
	}
	if small(p.lifo.stolen) {
		dropped.LIFO = p.lifo.stolen
		b.queues.drop(&p.lifo)
	}
	if small(p.least) {
		p.least = nought
	}
	if small(p.most) {
		p.most = nought
	}
	return dropped
}

// Sift takes parcels out of the hand that are wholly clean, and reports whether there
// are others.
func (b *Books[N]) Sift() bool {
	b.hand = slices.DeleteFunc(b.hand, func(p Parcel[N]) bool { return p.isNone() })
	return len(b.hand) > 0
}

// End makes clean what is in the hand.
func (b *Books[N]) End() {
	for i := range b.hand {
		b.queues.drop(&b.hand[i].fifo)
		b.queues.drop(&b.hand[i].lifo)
	}
	b.hand = b.hand[:0]
}

// Runs are the runs of a parcel as fifo and lifo keep them; none where it is clean.
func (b *Books[N]) Runs(p *Parcel[N]) (fifo, lifo []Run[N]) {
	return b.queues.list(&p.fifo), b.queues.list(&p.lifo)
}

func (s *queues[N]) list(q *queue[N]) (out []Run[N]) {
	tainted := q.first
	var one [1]N
	for _, v := range s.runs(q, &one) {
		out = append(out, Run[N]{v, tainted})
		tainted = !tainted
	}
	return out
}

// Receive puts a parcel into the hand that comes from elsewhere: its amounts are those
// of a value that is not nought, and its runs add up to that value or are none.
func (b *Books[N]) Receive(theft int, a Amounts[N], fifo, lifo []Run[N]) {
	var nought N
	p := b.with(theft)
	p.poison = a.Poison != nought
	p.haircut, p.tiho, p.least, p.most = a.Haircut, a.TIHO, a.Least, a.Most
	b.queues.make(&p.fifo, fifo)
	b.queues.make(&p.lifo, lifo)
}

// make makes a queue of runs, neighbours of which may be alike.
func (s *queues[N]) make(q *queue[N], runs []Run[N]) {
	var nought N
	var values []N
	first, last := false, false
	for _, r := range runs {
		switch n := len(values); {
		case r.Value == nought:
		case n == 0:
			values, first, last = append(values, r.Value), r.Tainted, r.Tainted
		case r.Tainted == last:
			values[n-1] = sum(values[n-1], r.Value)
		default:
			values, last = append(values, r.Value), r.Tainted
		}
	}
	s.drop(q)
	*q = s.of(values, first)
}

// Held is what is tainted at a place by one theft.
type Held[N any] struct {
	At    Ref
	Key   uint64 // of the place
	Value N      // all that lies there
	Theft int
	Since uint64 // row of the last arrival that brought taint
	Amounts[N]
}

// Each hands on all that is held, in no order that means anything.
func (b *Books[N]) Each(take func(*Held[N]) error) error {
	var nought Amounts[N]
	for i := uint32(1); i <= b.records.next; i++ {
		t := b.records.at(i)
		if t.theft == 0 {
			continue
		}
		p := t
		if t.key == 0 {
			p = b.record(t.at)
		}
		h := Held[N]{At: t.at, Key: p.key, Value: p.value, Theft: int(t.theft) - 1, Since: t.since, Amounts: Amounts[N]{Most: t.most}}
		if t.poison {
			h.Poison = p.value
		}
		if t.more != 0 {
			h.Haircut, h.FIFO, h.LIFO, h.TIHO, h.Least = t.haircut, t.fifo.stolen, t.lifo.stolen, t.tiho, t.least
		}
		if h.Amounts == nought {
			continue // poison stays where nothing is seen to lie
		}
		if err := take(&h); err != nil {
			return err
		}
	}
	return nil
}

// EachShort hands on the places that paid more than was seen to arrive, and how much,
// in the order in which they were first touched.
func (b *Books[N]) EachShort(take func(key uint64, value N) error) error {
	var nought N
	for i := uint32(1); i <= b.records.next; i++ {
		if r := b.records.at(i); r.key != 0 && r.short != nought {
			if err := take(r.key, r.short); err != nil {
				return err
			}
		}
	}
	return nil
}

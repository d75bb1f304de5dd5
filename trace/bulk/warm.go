package bulk

// Window is how many places are looked at ahead at once: what is read of them has to
// stay in the processor's caches until it is used.
const Window = 256

// Warm brings what is known of places into the caches, before they are used in an order
// in which each would have to be waited for. There are no more than Window. What one
// read finds decides on no branch before the others are under way.
func (b *Books[N]) Warm(refs []Ref) {
	var own, more [Window + 1]uint32
	n, m := 0, 0
	all := b.places.all
	var first uint32
	for _, at := range refs { // nothing but reads, so that as many as can be are under way
		first ^= all[at].at
	}
	for _, at := range refs {
		this := all[at].at
		own[n] = this
		n += int(uint32(-int32(this)) >> 31) // one more if it is a record's
	}
	for _, this := range own[:n] {
		t := b.records.at(this)
		more[m] = this
		m += int(t.more)
	}
	var sink uint64
	for _, this := range more[:m] {
		t := b.records.at(this)
		sink ^= uint64(t.fifo.n) ^ uint64(t.lifo.head)
	}
	for _, this := range more[:m] {
		t := b.records.at(this)
		sink ^= b.queues.glance(&t.fifo) ^ b.queues.glance(&t.lifo)
	}
	b.sink ^= sink ^ uint64(first)
}

// glance reads the oldest run of a queue.
func (s *queues[N]) glance(q *queue[N]) uint64 {
	var nought N
	if q.n > 1 && s.chunks[q.at/chunk][q.at%chunk+q.head] == nought {
		return 1
	}
	return 0
}

package bulk

// Window is how many places are looked at ahead at once: what is read of them has to
// stay in the processor's caches until it is used.
const Window = 256

// Warm brings what is known of places into the caches, before they are used in an order
// in which each would have to be waited for. There are no more than Window.
func (b *Books[N]) Warm(refs []Ref) {
	var heads [Window]uint32
	n := 0
	var sink uint64
	for _, at := range refs {
		if at == 0 {
			continue
		}
		p := b.place(at)
		if p.taint != 0 {
			heads[n] = p.taint
			sink ^= b.touched.at(p.touched).key
			n++
		}
	}
	for _, i := range heads[:n] {
		t := b.taints.at(i)
		sink ^= t.since ^ uint64(t.fifo.n) ^ uint64(t.lifo.n)
	}
	for _, i := range heads[:n] {
		t := b.taints.at(i)
		if q := &t.fifo; q.n > 0 {
			sink ^= b.queues.glance(q)
		}
		if q := &t.lifo; q.n > 0 {
			sink ^= b.queues.glance(q)
		}
	}
	b.sink ^= sink
}

// glance reads an end of a queue.
func (s *queues[N]) glance(q *queue[N]) uint64 {
	var nought N
	if s.chunks[q.block.at/chunk][q.block.at%chunk+q.head] == nought {
		return 1
	}
	return 0
}

// warmPlaces brings the places of taints into the caches.
func (b *Books[N]) warmPlaces(from, end uint32) {
	for i := from; i < end; i++ {
		if at := b.taints.at(i).at; at != 0 {
			b.sink ^= uint64(b.place(at).touched)
		}
	}
}

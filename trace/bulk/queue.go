package bulk

import "math/bits"

// queue is a place as fifo and lifo see it: runs of clean and of tainted value, oldest
// first. Neighbours are not alike and none is nought, so that only the first has to
// say what it is. An empty queue stands for value that is all clean.
type queue[N Number[N]] struct {
	block  block
	head   uint32
	n      uint32
	first  bool // the oldest run is tainted
	stolen N    // sum of the tainted runs
}

// queues keeps the runs of queues.
type queues[N Number[N]] struct{ pool[N] }

func (q *queue[N]) last() bool { return q.first != (q.n%2 == 0) }

func (s *queues[N]) runs(q *queue[N]) []N {
	return s.view(q.block)[q.head : q.head+q.n]
}

// drop empties a queue.
func (s *queues[N]) drop(q *queue[N]) {
	if q.n > 0 {
		s.give(q.block)
	}
	*q = queue[N]{}
}

// one makes a queue of a single run.
func (s *queues[N]) one(q *queue[N], value N, tainted bool) {
	var nought N
	if q.n == 0 {
		q.block = s.take(1)
	}
	*q = queue[N]{block: q.block, n: 1, first: tainted}
	s.view(q.block)[0] = value
	if tainted {
		q.stolen = value
	}
	if value == nought {
		s.drop(q)
	}
}

// tail adds a run as the newest. The queue has runs.
func (s *queues[N]) tail(q *queue[N], value N, tainted bool) {
	var nought N
	if value == nought {
		return
	}
	if tainted {
		q.stolen = sum(q.stolen, value)
	}
	if q.last() == tainted {
		last := &s.view(q.block)[q.head+q.n-1]
		*last = sum(*last, value)
		return
	}
	if q.head+q.n == 1<<q.block.class {
		s.room(q)
	}
	s.view(q.block)[q.head+q.n] = value
	q.n++
}

// front adds a run as the oldest. The queue has runs.
func (s *queues[N]) front(q *queue[N], value N, tainted bool) {
	var nought N
	if value == nought {
		return
	}
	if tainted {
		q.stolen = sum(q.stolen, value)
	}
	if q.first == tainted {
		first := &s.view(q.block)[q.head]
		*first = sum(*first, value)
		return
	}
	if q.head == 0 {
		s.room(q)
	}
	q.head--
	s.view(q.block)[q.head] = value
	q.n++
	q.first = tainted
}

// room moves the runs to the middle of a block that is at most half full and has room
// at both ends.
func (s *queues[N]) room(q *queue[N]) {
	runs, old := s.runs(q), q.block
	class := uint8(max(2, bits.Len32(2*q.n-1)))
	if class != old.class {
		q.block = s.take(class)
	}
	q.head = (1<<class - q.n) / 2
	copy(s.view(q.block)[q.head:], runs)
	if class != old.class {
		s.give(old)
	}
}

// sum is the sum of numbers that are parts of one that fits.
func sum[N Number[N]](a, b N) N {
	s, _ := a.Add(b)
	return s
}

// append adds what arrived after what is there, which is worth value. Arrived is empty
// afterwards; where it was empty before, it was clean and worth more.
func (s *queues[N]) append(q *queue[N], value N, arrived *queue[N], more N) {
	switch {
	case arrived.n == 0:
		if q.n > 0 {
			s.tail(q, more, false)
		}
		return
	case q.n == 0:
		s.front(arrived, value, false)
		*q = *arrived
	case q.n < arrived.n: // the shorter one is moved
		tainted := q.last()
		runs := s.runs(q)
		for i := len(runs) - 1; i >= 0; i-- {
			s.front(arrived, runs[i], tainted)
			tainted = !tainted
		}
		s.give(q.block)
		*q = *arrived
	default:
		tainted := arrived.first
		for _, v := range s.runs(arrived) {
			s.tail(q, v, tainted)
			tainted = !tainted
		}
		s.give(arrived.block)
	}
	*arrived = queue[N]{}
}

// older adds clean value before all that is there.
func (s *queues[N]) older(q *queue[N], value N) {
	if q.n > 0 {
		s.front(q, value, false)
	}
}

// cut takes value off the oldest runs, or off the newest, of a queue that is worth all.
func (s *queues[N]) cut(q *queue[N], value, all N, newest bool) (off queue[N]) {
	var nought N
	switch {
	case q.n == 0 || value == nought:
		return off
	case value == all:
		off = *q
		*q = queue[N]{}
	default:
		off = s.split(q, value, newest)
	}
	if off.stolen == nought {
		s.drop(&off)
	}
	if q.stolen == nought {
		s.drop(q)
	}
	return off
}

// split cuts a queue in two. What is less is copied.
func (s *queues[N]) split(q *queue[N], value N, newest bool) (off queue[N]) {
	runs := s.runs(q)
	// whole runs go, and a part of the one after them.
	whole, part := s.reach(runs, value, newest)
	var nought N
	pieces := whole
	if part != nought {
		pieces++
	}
	if pieces > max(2, len(runs)/2) {
		// What stays is less: it is split off from the other end.
		rest := len(runs) - whole
		left := nought
		if part != nought {
			rest--
			at := whole
			if newest {
				at = len(runs) - 1 - whole
			}
			left = runs[at].Sub(part)
		}
		off = *q
		*q = s.splitOff(&off, runs, rest, left, !newest)
		return off
	}
	return s.splitOff(q, runs, whole, part, newest)
}

// reach is how many whole runs the value covers, and what it takes of the next one.
func (s *queues[N]) reach(runs []N, value N, newest bool) (whole int, part N) {
	n := len(runs)
	for i := range n {
		r := runs[i]
		if newest {
			r = runs[n-1-i]
		}
		if value.Cmp(r) < 0 {
			return i, value
		}
		value = value.Sub(r)
	}
	return n, value
}

// splitOff takes whole runs off an end, and a part of the next one.
func (s *queues[N]) splitOff(q *queue[N], runs []N, whole int, part N, newest bool) (off queue[N]) {
	var nought N
	n := uint32(whole)
	if part != nought {
		n++
	}
	if n == 0 {
		return off
	}
	off = queue[N]{block: s.take(uint8(max(1, bits.Len32(n-1)))), n: n}
	to := s.view(off.block)
	if newest {
		at := len(runs) - whole
		copy(to[n-uint32(whole):], runs[at:])
		if part != nought {
			to[0] = part
			runs[at-1] = runs[at-1].Sub(part)
		}
		off.first = q.first != ((uint32(len(runs))-n)%2 == 1)
		q.n -= uint32(whole)
	} else {
		copy(to, runs[:whole])
		if part != nought {
			to[whole] = part
			runs[whole] = runs[whole].Sub(part)
		}
		off.first = q.first
		q.head += uint32(whole)
		q.n -= uint32(whole)
		q.first = q.first != (whole%2 == 1)
	}
	tainted := off.first
	for _, v := range to[:n] {
		if tainted {
			off.stolen = sum(off.stolen, v)
		}
		tainted = !tainted
	}
	q.stolen = q.stolen.Sub(off.stolen)
	if q.n == 0 {
		s.give(q.block)
		*q = queue[N]{}
	}
	return off
}

package bulk

import "math/bits"

// queue is a place as fifo and lifo see it: runs of clean and of tainted value, oldest
// first. Neighbours are not alike and none is nought, so that only the first has to
// say what it is. An empty queue stands for value that is all clean. A queue of one run
// is all tainted, and has no block.
type queue[N Number[N]] struct {
	at     uint32 // of the block
	head   uint32
	n      uint32
	class  uint8 // of the block
	first  bool  // the oldest run is tainted
	stolen N     // sum of the tainted runs
}

// queues keeps the runs of queues.
type queues[N Number[N]] struct{ pool[N] }

func (q *queue[N]) last() bool { return q.first != (q.n%2 == 0) }

func (q *queue[N]) block() block { return block{q.at, q.class} }

// runs are the runs of a queue; that of a queue of one run is in one.
func (s *queues[N]) runs(q *queue[N], one *[1]N) []N {
	switch q.n {
	case 0:
		return nil
	case 1:
		one[0] = q.stolen
		return one[:]
	}
	return s.view(q.block())[q.head : q.head+q.n]
}

// drop empties a queue.
func (s *queues[N]) drop(q *queue[N]) {
	if q.n > 1 {
		s.give(q.block())
	}
	*q = queue[N]{}
}

// single is a queue of a single run.
func (s *queues[N]) single(value N, tainted bool) (q queue[N]) {
	var nought N
	if tainted && value != nought {
		q.n, q.first, q.stolen = 1, true, value
	}
	return q
}

// of is a queue of runs that are as those of a queue have to be.
func (s *queues[N]) of(runs []N, first bool) (q queue[N]) {
	switch len(runs) {
	case 0:
		return q
	case 1:
		return s.single(runs[0], first)
	}
	b := s.take(uint8(bits.Len32(uint32(len(runs)) - 1)))
	q = queue[N]{at: b.at, class: b.class, n: uint32(len(runs)), first: first}
	copy(s.view(b), runs)
	for i := range runs {
		if first == (i%2 == 0) {
			q.stolen = sum(q.stolen, runs[i])
		}
	}
	return q
}

// spill gives a queue of one run a block.
func (s *queues[N]) spill(q *queue[N]) {
	b := s.take(2)
	q.at, q.class, q.head = b.at, b.class, 1
	s.view(b)[1] = q.stolen
}

// tail adds a run as the newest. The queue has runs.
func (s *queues[N]) tail(q *queue[N], value N, tainted bool) {
	var nought N
	if value == nought {
		return
	}
	if q.n == 1 {
		if tainted {
			q.stolen = sum(q.stolen, value)
			return
		}
		s.spill(q)
	}
	if tainted {
		q.stolen = sum(q.stolen, value)
	}
	if q.last() == tainted {
		last := &s.view(q.block())[q.head+q.n-1]
		*last = sum(*last, value)
		return
	}
	if q.head+q.n == 1<<q.class {
		s.room(q)
	}
	s.view(q.block())[q.head+q.n] = value
	q.n++
}

// front adds a run as the oldest. The queue has runs.
func (s *queues[N]) front(q *queue[N], value N, tainted bool) {
	var nought N
	if value == nought {
		return
	}
	if q.n == 1 {
		if tainted {
			q.stolen = sum(q.stolen, value)
			return
		}
		s.spill(q)
	}
	if tainted {
		q.stolen = sum(q.stolen, value)
	}
	if q.first == tainted {
		first := &s.view(q.block())[q.head]
		*first = sum(*first, value)
		return
	}
	if q.head == 0 {
		s.room(q)
	}
	q.head--
	s.view(q.block())[q.head] = value
	q.n++
	q.first = tainted
}

// room moves the runs to the middle of a block that is at most half full and has room
// at both ends. The queue has a block.
func (s *queues[N]) room(q *queue[N]) {
	old := q.block()
	runs := s.view(old)[q.head : q.head+q.n]
	class := uint8(max(2, bits.Len32(2*q.n-1)))
	if class != old.class {
		b := s.take(class)
		q.at, q.class = b.at, b.class
	}
	q.head = (1<<class - q.n) / 2
	copy(s.view(q.block())[q.head:], runs)
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
	var one [1]N
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
		runs := s.runs(q, &one)
		for i := len(runs) - 1; i >= 0; i-- {
			s.front(arrived, runs[i], tainted)
			tainted = !tainted
		}
		s.drop(q)
		*q = *arrived
	default:
		tainted := arrived.first
		for _, v := range s.runs(arrived, &one) {
			s.tail(q, v, tainted)
			tainted = !tainted
		}
		s.drop(arrived)
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
	case q.n == 1:
		q.stolen = q.stolen.Sub(value)
		return s.single(value, true)
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

// split cuts a queue with a block in two. What is less is copied.
func (s *queues[N]) split(q *queue[N], value N, newest bool) (off queue[N]) {
	runs := s.view(q.block())[q.head : q.head+q.n]
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
	if newest {
		at := len(runs) - whole
		first := q.first != ((uint32(len(runs))-n)%2 == 1)
		if part != nought {
			left := runs[at-1].Sub(part)
			runs[at-1] = part
			off = s.of(runs[at-1:], first)
			runs[at-1] = left
		} else {
			off = s.of(runs[at:], first)
		}
		q.n -= uint32(whole)
	} else {
		if part != nought {
			left := runs[whole].Sub(part)
			runs[whole] = part
			off = s.of(runs[:whole+1], q.first)
			runs[whole] = left
		} else {
			off = s.of(runs[:whole], q.first)
		}
		q.head += uint32(whole)
		q.n -= uint32(whole)
		q.first = q.first != (whole%2 == 1)
	}
	q.stolen = q.stolen.Sub(off.stolen)
	s.shrink(q)
	return off
}

// shrink gives the block of a queue back that has one run at most.
func (s *queues[N]) shrink(q *queue[N]) {
	if q.n > 1 {
		return
	}
	s.give(q.block())
	if q.n == 1 && q.first {
		*q = queue[N]{n: 1, first: true, stolen: q.stolen}
		return
	}
	*q = queue[N]{}
}

package bulk

import "unsafe"

// chunk is how many things a slab takes from the system at once.
const chunk = 1 << 13

// slab is a growing array of things that keep their place, numbered from 1.
type slab[T any] struct {
	memory
	chunks [][]T
	next   uint32
	free   []uint32
}

// take is the number of a thing that is not in use, as it was left.
func (s *slab[T]) take() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	s.next++
	s.reach(s.next)
	return s.next
}

// reach makes room for things up to a number.
func (s *slab[T]) reach(i uint32) {
	for int(i) > len(s.chunks)*chunk {
		n := some(len(s.chunks), chunk*unsafe.Sizeof(*new(T)))
		a := array[T](&s.memory, n*chunk)
		for i := range n {
			s.chunks = append(s.chunks, a[i*chunk:(i+1)*chunk])
		}
	}
}

func (s *slab[T]) at(i uint32) *T { return &s.chunks[(i-1)/chunk][(i-1)%chunk] }

func (s *slab[T]) give(i uint32) { s.free = append(s.free, i) }

func (s *slab[T]) bytes() int64 {
	var t T
	return int64(len(s.chunks))*chunk*int64(unsafe.Sizeof(t)) + 4*int64(cap(s.free))
}

// pool hands out blocks of numbers: 2 to the power of their class each.
type pool[N any] struct {
	memory
	chunks [][]N // each to the end of the memory that it begins in
	used   int   // numbers handed out of the last chunk and those before
	free   [33][]uint32
}

// block is a number of a pool and what it is the first of.
type block struct {
	at    uint32
	class uint8
}

func (p *pool[N]) take(class uint8) block {
	if f := p.free[class]; len(f) > 0 {
		at := f[len(f)-1]
		p.free[class] = f[:len(f)-1]
		return block{at, class}
	}
	size := 1 << class
	if room := len(p.chunks) * chunk; size > chunk {
		// It begins a chunk of its own; what is left before it stays unused.
		p.used = room
		p.add(size)
	} else if p.used+size > room || p.used/chunk != (p.used+size-1)/chunk {
		if p.used = (p.used + chunk - 1) / chunk * chunk; p.used == room {
			p.add(chunk * some(len(p.chunks), chunk*unsafe.Sizeof(*new(N))))
		}
	}
	at := p.used
	p.used += size
	return block{uint32(at), class}
}

// add takes as many numbers more from the system.
func (p *pool[N]) add(size int) {
	a := array[N](&p.memory, size)
	for i := 0; i < size; i += chunk {
		p.chunks = append(p.chunks, a[i:])
	}
}

// view is the memory of a block.
func (p *pool[N]) view(b block) []N {
	return p.chunks[b.at/chunk][b.at%chunk:][: 1<<b.class : 1<<b.class]
}

func (p *pool[N]) give(b block) { p.free[b.class] = append(p.free[b.class], b.at) }

func (p *pool[N]) bytes() int64 {
	var n N
	kept := 0
	for _, f := range p.free {
		kept += cap(f)
	}
	return int64(len(p.chunks))*chunk*int64(unsafe.Sizeof(n)) + 4*int64(kept)
}

package bulk

import (
	"sync/atomic"
	"unsafe"
)

// large is from how many bytes on it matters where memory lies and how it is paged:
// places are looked at in no order.
const large = 16 << 20

// memory makes large arrays apart from the memory that is collected, in large pages
// where the system has them, so that a look at a random place is one look and not two.
// What they are of holds no pointers.
type memory struct{ mapped []*area }

// area is memory from the system, whose pages are made ready one after the other while
// the first of them are used already: what waits for a page waits long.
type area struct {
	bytes []byte
	given atomic.Bool // it is about to be given back
	ready chan struct{}
}

// step is how much is made ready at once.
const step = 2 << 20

func (a *area) prepare() {
	defer close(a.ready)
	for at := 0; at < len(a.bytes) && !a.given.Load(); at += step {
		if !populate(a.bytes[at:min(at+step, len(a.bytes))]) {
			return
		}
	}
}

// array is n things, all nought.
func array[T any](m *memory, n int) []T {
	size := n * int(unsafe.Sizeof(*new(T)))
	if size >= large {
		if b := mapped(size); b != nil {
			a := &area{bytes: b, ready: make(chan struct{})}
			m.mapped = append(m.mapped, a)
			go a.prepare()
			return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
		}
	}
	return make([]T, n)
}

// free gives all of it back. Nothing of it may be used any more.
func (m *memory) free() {
	for _, a := range m.mapped {
		a.given.Store(true)
	}
	for _, a := range m.mapped {
		<-a.ready
		unmap(a.bytes)
	}
	m.mapped = nil
}

// some is how many chunks of a size are made at once, where there are so many already:
// few at first, then as many as make a large array.
func some(chunks int, size uintptr) int {
	if chunks < 8 {
		return 1
	}
	return large/int(size) + 1
}

package bulk

import "unsafe"

// large is from how many bytes on it matters where memory lies and how it is paged:
// places are looked at in no order.
const large = 16 << 20

// memory makes large arrays apart from the memory that is collected, in large pages
// where the system has them, so that a look at a random place is one look and not two.
// What they are of holds no pointers.
type memory struct{ mapped [][]byte }

// array is n things, all nought.
func array[T any](m *memory, n int) []T {
	size := n * int(unsafe.Sizeof(*new(T)))
	if size >= large {
		if b := mapped(size); b != nil {
			m.mapped = append(m.mapped, b)
			return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
		}
	}
	return make([]T, n)
}

// free gives all of it back. Nothing of it may be used any more.
func (m *memory) free() {
	for _, b := range m.mapped {
		unmap(b)
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

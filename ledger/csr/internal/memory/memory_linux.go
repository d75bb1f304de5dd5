package memory

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func allocate[T Number](n int) []T {
	size := n * int(unsafe.Sizeof(*new(T)))
	if size < large {
		return make([]T, n)
	}
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]T, n)
	}
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // advice: its failure means nothing
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// release gives back what was mapped. The map is known by where it begins; an array of
// the collected memory is none, and is left to the collector.
func release[T Number](a []T) {
	if cap(a) == 0 {
		return
	}
	a = a[:cap(a)]
	size := len(a) * int(unsafe.Sizeof(*new(T)))
	_ = unix.Munmap(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(a))), size))
}

package memory

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// advise asks for large pages. It is advice: its failure means nothing.
func advise[T uint32 | uint64](a []T) {
	size := len(a) * int(unsafe.Sizeof(*new(T)))
	if size < large {
		return
	}
	const page = 4096
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(a))), size)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(a))) & (page - 1))
	_ = unix.Madvise(b[skip:skip+(size-skip)/page*page], unix.MADV_HUGEPAGE)
}

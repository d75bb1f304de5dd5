package bulk

import "golang.org/x/sys/unix"

// mapped is memory from the system; nil if it gives none.
func mapped(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // advice: its failure means nothing
	return b
}

// populate gives memory its pages; false where the system does not do so ahead of use.
func populate(b []byte) bool { return unix.Madvise(b, unix.MADV_POPULATE_WRITE) == nil }

func unmap(b []byte) { _ = unix.Munmap(b) }

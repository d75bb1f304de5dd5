//go:build unix

package sections

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a whole file for reading.
func mapFile(f *os.File) (b []byte, unmap func() error, err error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case info.Size() == 0:
		return nil, nil, nil
	case info.Size() != int64(int(info.Size())):
		return nil, nil, fmt.Errorf("%d bytes are too many for this machine", info.Size())
	}
	b, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return b, func() error { return unix.Munmap(b) }, nil
}

// forget drops mapped pages from the memory of the process; it is advice, and its
// failure means nothing.
func forget(b []byte) { _ = unix.Madvise(b, unix.MADV_DONTNEED) }

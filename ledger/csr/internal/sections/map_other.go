//go:build !unix

package sections

import (
	"io"
	"os"
)

// mapFile reads a whole file where it cannot be mapped.
func mapFile(f *os.File) (b []byte, unmap func() error, err error) {
	b, err = io.ReadAll(f)
	return b, nil, err
}

// forget has nothing to drop.
func forget([]byte) {}

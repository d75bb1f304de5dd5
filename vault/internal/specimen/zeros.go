package specimen

import (
	"bytes"
	"compress/flate"
	"io"
)

// Zeros is a gzip file of at least so many zero bytes, made while it is read, and
// its size. Its checksum is wrong: nobody should get there.
func Zeros(unpacked int64) (file io.ReaderAt, size int64) {
	const step = 16 << 20
	var block bytes.Buffer
	w, _ := flate.NewWriter(&block, flate.BestCompression)
	_, _ = w.Write(make([]byte, step))
	_ = w.Flush() // ends on a byte, so that the block may stand again and again
	z := zeros{block: block.Bytes(), times: (unpacked + step - 1) / step}
	return z, int64(len(gzipHead)) + z.times*int64(len(z.block)) + int64(len(gzipTail))
}

const (
	gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
	gzipTail = "\x01\x00\x00\xff\xff" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
)

type zeros struct {
	block []byte
	times int64
}

func (z zeros) ReadAt(p []byte, at int64) (int, error) {
	body := z.times * int64(len(z.block))
	n := 0
	for n < len(p) {
		var from []byte
		switch in := at + int64(n) - int64(len(gzipHead)); {
		case in < 0:
			from = []byte(gzipHead)[at+int64(n):]
		case in < body:
			from = z.block[in%int64(len(z.block)):]
		case in < body+int64(len(gzipTail)):
			from = []byte(gzipTail)[in-body:]
		default:
			return n, io.EOF
		}
		n += copy(p[n:], from)
	}
	return n, nil
}

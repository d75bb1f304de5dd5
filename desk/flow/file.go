package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
)

// OpenFile opens a regular file and nothing else, and tells its size: a pipe would
// wait for ever.
func OpenFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}

// Digest is the SHA-256 of a file in hexadecimal. The file is read from where it
// stands to its end and put back to its beginning.
func Digest(ctx context.Context, f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, Reader(ctx, f, func(int64) {})); err != nil {
		return "", err
	}
	_, err := f.Seek(0, io.SeekStart)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Reader reads from r, tells how many bytes were read, and ends with the cause
// when ctx is cancelled.
func Reader(ctx context.Context, r io.Reader, tell func(read int64)) io.Reader {
	return &reader{ctx: ctx, r: r, tell: tell}
}

type reader struct {
	ctx  context.Context
	r    io.Reader
	n    int64
	tell func(int64)
}

func (r *reader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	n, err := r.r.Read(b)
	if r.n += int64(n); n > 0 {
		r.tell(r.n)
	}
	return n, err
}

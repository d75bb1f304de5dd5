// Package feed opens the files that transfers are read from and keeps the accounts of
// their rows.
//
// # Contract
//
// [Open] recognises gzip and bzip2 by content and hashes the bytes as they were
// received. A [Tally] hears of every row exactly once, as one that gave transfers, that
// moved nothing, that only says something about others, or that is refused, so that its
// [Receipt] reconciles. It is not safe for concurrent use.
//
// # Example
//
//	f, err := feed.Open("transactions.csv.gz")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	src, err := f.Rows() // intake's reader of CSV and JSON
package feed

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync/atomic"

	"github.com/turtlebay/turtlebay/intake"
)

// Limits on compressed files and on rows.
const (
	maxRatio   = 2000      // decompressed bytes for one that was received
	ratioFloor = 256 << 20 // past which the ratio is looked at
	MaxRow     = 64 << 20  // bytes of one line of text
	peek       = 64 << 10
)

// ErrTooLarge: the file decompresses to more than so many times its size.
var ErrTooLarge = errors.New("decompressed size over the limit")

// File is a file being read, decompressed.
type File struct {
	Name  string // for messages, printable
	Form  string // of compression: "", "gzip" or "bzip2"
	Index int    // among the files of a reading

	path  string
	at    io.ReaderAt
	size  int64
	again func() (*File, error)
	close func() error
	in    *received
	out   int64
	r     io.Reader
	begin *bufio.Reader
}

// Open opens a file. The caller closes it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read %s: %w", intake.Printable(path), err)
	}
	out, err := New(path, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	out.at, out.size, out.close = f, info.Size(), f.Close
	out.again = func() (*File, error) { return Open(path) }
	return out, nil
}

// Bytes is a file whose content is at hand.
func Bytes(name string, content []byte) (*File, error) {
	out, err := New(name, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	out.at, out.size = bytes.NewReader(content), int64(len(content))
	out.again = func() (*File, error) { return Bytes(name, content) }
	return out, nil
}

// New reads from r, which is called name in messages.
func New(name string, r io.Reader) (*File, error) {
	f := &File{Name: intake.Printable(name), path: name, in: &received{r: r, hash: sha256.New()}}
	raw := bufio.NewReaderSize(f.in, peek)
	f.r = raw
	switch magic, _ := raw.Peek(3); {
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		gz, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", f.Name, intake.ErrBroken, err)
		}
		f.Form, f.r = "gzip", gz
	case string(magic) == "BZh":
		f.Form, f.r = "bzip2", bzip2.NewReader(raw)
	}
	f.begin = bufio.NewReaderSize(limited{f}, peek)
	return f, nil
}

// Peek is how the content begins, at most n bytes of it and up to 64 KiB.
func (f *File) Peek(n int) ([]byte, error) {
	head, err := f.begin.Peek(min(n, peek))
	if err == io.EOF {
		err = nil
	}
	if err != nil {
		err = f.broken(err)
	}
	return head, err
}

// Read reads the content.
func (f *File) Read(p []byte) (int, error) { return f.begin.Read(p) }

// Discard passes over n bytes of the content.
func (f *File) Discard(n int64) (int64, error) { return io.CopyN(io.Discard, f.begin, n) }

// Rows reads the content as CSV or JSON.
func (f *File) Rows() (*intake.Source, error) {
	return intake.NewSource(f.path, f, intake.Options{MaxRow: MaxRow, MaxFields: 4096})
}

// ReaderAt is the file where it is not compressed and can be read anywhere, with its
// size.
func (f *File) ReaderAt() (io.ReaderAt, int64, error) {
	switch {
	case f.Form != "":
		return nil, 0, fmt.Errorf("%s: it has to be read anywhere, and is compressed with %s", f.Name, f.Form)
	case f.at == nil:
		return nil, 0, fmt.Errorf("%s: it has to be read anywhere, and is a stream", f.Name)
	}
	return f.at, f.size, nil
}

// Again opens the same file a second time.
func (f *File) Again() (*File, error) {
	if f.again == nil {
		return nil, fmt.Errorf("%s: it has to be read twice, and is a stream", f.Name)
	}
	out, err := f.again()
	if err != nil {
		return nil, err
	}
	out.Index = f.Index
	return out, nil
}

// Digest reads what is left and returns the SHA-256 (lower-case hex) and the number of
// the bytes as they were received.
func (f *File) Digest() (string, int64, error) {
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{f.in}); err != nil {
		return "", 0, f.broken(err)
	}
	return hex.EncodeToString(f.in.hash.Sum(nil)), f.in.n.Load(), nil
}

// Received is how many bytes of the file have been received, and its size; 0 where that
// is not known. It may be called at any time, from any goroutine.
func (f *File) Received() (done, size int64) { return f.in.n.Load(), f.size }

// Close closes the file.
func (f *File) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

func (f *File) broken(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return fmt.Errorf("%s: %w: %w", f.Name, intake.ErrBroken, err)
}

// limited is the decompressed content up to the limit.
type limited struct{ f *File }

func (l limited) Read(p []byte) (int, error) {
	n, err := l.f.r.Read(p)
	l.f.out += int64(n)
	if l.f.out > ratioFloor && l.f.out/maxRatio > l.f.in.n.Load() {
		return 0, fmt.Errorf("%w: more than %d times what was received", ErrTooLarge, maxRatio)
	}
	return n, err
}

// received counts and hashes bytes as they arrive.
type received struct {
	r    io.Reader
	hash hash.Hash
	n    atomic.Int64
	err  error // once broken, it stays broken
}

func (c *received) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	c.hash.Write(p[:n])
	c.n.Add(int64(n))
	c.err = err
	return n, err
}

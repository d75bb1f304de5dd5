package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

const (
	chunk      = 64 << 10
	ratioFloor = 256 << 20 // small files may repeat themselves as much as they like
)

// received counts and hashes the bytes of the file as they arrive.
type received struct {
	r        io.Reader
	hash     hash.Hash
	n        int64
	total    int64
	progress func(read, total int64)
	err      error // once broken, it stays broken
}

func newReceived(r io.Reader, o Options) *received {
	return &received{r: r, hash: sha256.New(), total: o.Total, progress: o.Progress}
}

func (c *received) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	c.err = err
	if n > 0 {
		c.hash.Write(p[:n])
		c.n += int64(n)
		if c.progress != nil {
			c.progress(c.n, c.total)
		}
	}
	return n, err
}

func (c *received) drain() error {
	_, err := io.Copy(io.Discard, struct{ io.Reader }{c})
	return err
}

func (c *received) sum() string { return hex.EncodeToString(c.hash.Sum(nil)) }

// bomb says which limit on decompression was passed.
type bomb string

func (b bomb) Error() string { return string(b) }

// inflater is a gzip reader that stops at a bomb.
type inflater struct {
	gz       *gzip.Reader
	in       *received
	n        int64
	maxBytes int64
	maxRatio int64
}

func newInflater(r *bufio.Reader, in *received, o Options) (*inflater, error) {
	gz, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return &inflater{gz: gz, in: in, maxBytes: o.MaxBytes, maxRatio: o.MaxRatio}, nil
}

func (f *inflater) Read(p []byte) (int, error) {
	n, err := f.gz.Read(p)
	f.n += int64(n)
	if f.n > f.maxBytes {
		return 0, bomb(fmt.Sprintf("more than %d bytes", f.maxBytes))
	}
	if f.n > ratioFloor && f.n/f.maxRatio > f.in.n {
		return 0, bomb(fmt.Sprintf("more than %d times its compressed size", f.maxRatio))
	}
	return n, err
}

// stream is a window of UTF-8 text over the bytes of a file, which remembers
// which original bytes each piece of text came from. The window holds what
// has been read and not yet taken; it moves when more is read.
type stream struct {
	r    io.Reader
	enc  encoding.Encoding     // nil: UTF-8, where text and original bytes are the same
	dec  transform.Transformer // decoder of enc
	text []byte
	pos  int // text[pos:] is not taken yet
	err  error

	raw     []byte // the bytes behind text[pos:], then some not decoded yet
	rawPos  int
	decoded int // raw[rawPos:decoded] gave text[pos:]
	scratch []byte
	eof     bool // the bytes have ended; at the end of the text err is io.EOF
}

func newStream(r io.Reader, enc encoding.Encoding) *stream {
	s := &stream{r: r, enc: enc}
	if enc != nil {
		s.dec = enc.NewDecoder().Transformer
	}
	return s
}

func (s *stream) window() []byte { return s.text[s.pos:] }

// fill reads more text and reports whether there was any; after false, err is
// io.EOF or what broke.
func (s *stream) fill() bool {
	before := len(s.window())
	for s.err == nil && len(s.window()) == before {
		if s.dec == nil {
			s.text, s.pos = room(s.text, s.pos)
			s.text, s.err = readInto(s.r, s.text)
		} else {
			s.fillDecoded()
		}
	}
	return len(s.window()) > before
}

// fillDecoded reads some raw bytes and decodes what is complete of them.
func (s *stream) fillDecoded() {
	if !s.eof {
		moved := s.rawPos
		s.raw, s.rawPos = room(s.raw, s.rawPos)
		s.decoded -= moved - s.rawPos
		var err error
		if s.raw, err = readInto(s.r, s.raw); err != nil {
			s.eof = true
			if err != io.EOF {
				s.err = err
				return
			}
		}
	}
	s.text, s.pos = room(s.text, s.pos)
	nDst, nSrc, err := s.dec.Transform(s.text[len(s.text):cap(s.text)], s.raw[s.decoded:], s.eof)
	s.text = s.text[:len(s.text)+nDst]
	s.decoded += nSrc
	if s.eof && err != transform.ErrShortDst {
		s.err = io.EOF
	}
}

// room makes space for at least a chunk after buf, dropping buf[:pos] first.
func room(buf []byte, pos int) ([]byte, int) {
	if cap(buf)-len(buf) >= chunk {
		return buf, pos
	}
	rest := len(buf) - pos
	if cap(buf)-rest >= 2*chunk && rest <= cap(buf)/2 {
		copy(buf[:rest], buf[pos:])
		return buf[:rest], 0
	}
	grown := make([]byte, rest, max(4*chunk, 2*(rest+chunk)))
	copy(grown, buf[pos:])
	return grown, 0
}

func readInto(r io.Reader, buf []byte) ([]byte, error) {
	for range 100 {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if n > 0 || err != nil {
			return buf, err
		}
	}
	return buf, io.ErrNoProgress
}

// take removes the first n bytes of text from the window and returns them with
// their original bytes; both are valid until the next fill or take.
func (s *stream) take(n int) (text, raw []byte) {
	text = s.text[s.pos : s.pos+n]
	s.pos += n
	if s.dec == nil {
		return text, text
	}
	// Decoding once more into a buffer that ends where the text ends shows
	// how many original bytes the text was made from.
	if len(s.scratch) < n {
		s.scratch = make([]byte, 2*n)
	}
	_, nSrc, _ := s.dec.Transform(s.scratch[:n:n], s.raw[s.rawPos:], s.eof)
	raw = s.raw[s.rawPos : s.rawPos+nSrc]
	s.rawPos += nSrc
	return text, raw
}

// valid reports whether text says exactly what raw said.
func (s *stream) valid(text, raw []byte) bool {
	if s.dec == nil {
		return utf8.Valid(text)
	}
	if !bytes.ContainsRune(text, utf8.RuneError) {
		return true
	}
	// The replacement character is legitimate where it stands in the file.
	back, err := s.enc.NewEncoder().Bytes(text)
	return err == nil && bytes.Equal(back, raw)
}

// lineEnd returns the offset in the window just after the line end that
// follows offset from, reading as needed. found is false when the text ends
// first (n is its length) or the line passes limit (n is at least limit).
func (s *stream) lineEnd(from, limit int) (n int, found bool) {
	for {
		if i := bytes.IndexByte(s.window()[from:], '\n'); i >= 0 {
			n = from + i + 1
			return n, n <= limit+2
		}
		from = len(s.window())
		if from > limit+2 || !s.fill() {
			return len(s.window()), false
		}
	}
}

// clipped is the beginning of a stretch of bytes and the length of the whole.
type clipped struct {
	kept []byte
	size int64
}

func (c *clipped) add(b []byte, limit int) {
	c.size += int64(len(b))
	if n := min(len(b), limit-len(c.kept)); n > 0 {
		c.kept = append(c.kept, b[:n]...)
	}
}

// join appends another clipped stretch.
func (c *clipped) join(more clipped, limit int) {
	c.add(more.kept, limit)
	c.size += more.size - int64(len(more.kept))
}

// trimEnd removes white space at the end of what is wholly kept.
func (c *clipped) trimEnd() {
	if c.size == int64(len(c.kept)) {
		c.kept = bytes.TrimRight(c.kept, jsonSpace)
		c.size = int64(len(c.kept))
	}
}

// takeLine takes the rest of the line, however long, and keeps its beginning.
// Its line end is taken too but is not part of the result; ended says whether
// there was one.
func (s *stream) takeLine(limit int) (c clipped, ended bool) {
	for {
		n, found := s.lineEnd(0, limit)
		end := n
		if i := bytes.IndexByte(s.window()[:n], '\n'); i >= 0 {
			end, found = i, true
		}
		if n == 0 {
			return c, false
		}
		if !found {
			_, raw := s.take(end)
			c.add(raw, limit)
			continue
		}
		if end > 0 && s.window()[end-1] == '\r' {
			end--
		}
		_, raw := s.take(end)
		c.add(raw, limit)
		s.take(n - end)
		return c, true
	}
}

func hasNUL(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }

package stream

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

const chunk = 64 << 10

// Text is a window of UTF-8 text over the bytes of a file, which remembers
// which original bytes each piece of text came from. The window holds what
// has been read and not yet taken; it moves when more is read.
type Text struct {
	r    io.Reader
	enc  encoding.Encoding     // nil: UTF-8, where text and original bytes are the same
	dec  transform.Transformer // decoder of enc
	text []byte
	pos  int   // text[pos:] is not taken yet
	Err  error // io.EOF or what broke, once Fill has returned false

	raw     []byte // the bytes behind text[pos:], then some not decoded yet
	rawPos  int
	decoded int // raw[rawPos:decoded] gave text[pos:]
	scratch []byte
	Taken   int64 // the bytes behind text[:pos], from the beginning of the decompressed file
	eof     bool  // the bytes have ended; at the end of the text err is io.EOF
}

// New reads text in the encoding from r.
func New(r io.Reader, c Codec) *Text {
	s := &Text{r: r, enc: c.enc}
	if c.enc != nil {
		s.dec = c.enc.NewDecoder().Transformer
	}
	return s
}

// Window is the text that was read and not taken; it is valid until the next Fill.
func (s *Text) Window() []byte { return s.text[s.pos:] }

// Fill reads more text and reports whether there was any; after false, err is
// io.EOF or what broke.
func (s *Text) Fill() bool {
	before := len(s.Window())
	for s.Err == nil && len(s.Window()) == before {
		if s.dec == nil {
			s.text, s.pos = room(s.text, s.pos)
			s.text, s.Err = readInto(s.r, s.text)
		} else {
			s.fillDecoded()
		}
	}
	return len(s.Window()) > before
}

// fillDecoded reads some raw bytes and decodes what is complete of them.
func (s *Text) fillDecoded() {
	if !s.eof {
		moved := s.rawPos
		s.raw, s.rawPos = room(s.raw, s.rawPos)
		s.decoded -= moved - s.rawPos
		var err error
		if s.raw, err = readInto(s.r, s.raw); err != nil {
			s.eof = true
			if err != io.EOF {
				s.Err = err
				return
			}
		}
	}
	s.text, s.pos = room(s.text, s.pos)
	nDst, nSrc, err := s.dec.Transform(s.text[len(s.text):cap(s.text)], s.raw[s.decoded:], s.eof)
	s.text = s.text[:len(s.text)+nDst]
	s.decoded += nSrc
	if s.eof && err != transform.ErrShortDst {
		s.Err = io.EOF
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

// Take removes the first n bytes of text from the window and returns them with
// their original bytes; both are valid until the next fill or take.
func (s *Text) Take(n int) (text, raw []byte) {
	text = s.text[s.pos : s.pos+n]
	s.pos += n
	if s.dec == nil {
		s.Taken += int64(n)
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
	s.Taken += int64(nSrc)
	return text, raw
}

// Valid reports whether text says exactly what raw said.
func (s *Text) Valid(text, raw []byte) bool {
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

// Plain reports whether the text is the bytes themselves.
func (s *Text) Plain() bool { return s.dec == nil }

// Held is how much memory the window takes up, in bytes.
func (s *Text) Held() int { return cap(s.text) + cap(s.raw) }

// LineEnd returns the offset in the window just after the line end that
// follows offset from, reading as needed. found is false when the text ends
// first (n is its length) or the line passes limit (n is at least limit).
func (s *Text) LineEnd(from, limit int) (n int, found bool) {
	for {
		if i := bytes.IndexByte(s.Window()[from:], '\n'); i >= 0 {
			n = from + i + 1
			return n, n <= limit+2
		}
		from = len(s.Window())
		if from > limit+2 || !s.Fill() {
			return len(s.Window()), false
		}
	}
}

// Clipped is the beginning of a stretch of bytes and the length of the whole.
type Clipped struct {
	Kept []byte
	Size int64
}

func (c *Clipped) Add(b []byte, limit int) {
	c.Size += int64(len(b))
	if n := min(len(b), limit-len(c.Kept)); n > 0 {
		c.Kept = append(c.Kept, b[:n]...)
	}
}

// Join appends another clipped stretch.
func (c *Clipped) Join(more Clipped, limit int) {
	c.Add(more.Kept, limit)
	c.Size += more.Size - int64(len(more.Kept))
}

// TrimEnd removes white space at the end of what is wholly kept.
func (c *Clipped) TrimEnd() {
	if c.Size == int64(len(c.Kept)) {
		c.Kept = bytes.TrimRight(c.Kept, " \t\r\n")
		c.Size = int64(len(c.Kept))
	}
}

// TakeLine takes the rest of the line, however long, and keeps its beginning.
// Its line end is taken too but is not part of the result; ended says whether
// there was one.
func (s *Text) TakeLine(limit int) (c Clipped, ended bool) {
	for {
		n, found := s.LineEnd(0, limit)
		end := n
		if i := bytes.IndexByte(s.Window()[:n], '\n'); i >= 0 {
			end, found = i, true
		}
		if n == 0 {
			return c, false
		}
		if !found {
			_, raw := s.Take(end)
			c.Add(raw, limit)
			continue
		}
		if end > 0 && s.Window()[end-1] == '\r' {
			end--
		}
		_, raw := s.Take(end)
		c.Add(raw, limit)
		s.Take(n - end)
		return c, true
	}
}

// HasNUL reports whether a NUL byte is among them.
func HasNUL(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }

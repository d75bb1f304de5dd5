package cases

import (
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a member that is passed over may be nested.
const maxDepth = 32

// scan reads JSON token by token. Where a function says no, the text is not sound
// or not plain enough, and somebody more thorough has to look at all of it.
type scan struct {
	text    []byte
	at      int
	scratch []byte // of strings that do not stand as they are
	escaped bool   // the last string that was read has an escape
}

// peek is the next byte, 0 at the end.
func (s *scan) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scan) space() {
	for s.at < len(s.text) && s.text[s.at] <= ' ' {
		if c := s.text[s.at]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return
		}
		s.at++
	}
}

// take passes over white space and one byte.
func (s *scan) take(c byte) bool {
	s.space()
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// member reads the name of an object's n-th member and leaves at on its value; end
// is true where there is none. The name is good until the next string is read.
func (s *scan) member(n int) (name []byte, end, ok bool) {
	if s.take('}') {
		return nil, true, true
	}
	if n > 0 && !s.take(',') {
		return nil, false, false
	}
	s.space()
	if name, ok = s.string(); !ok || !s.take(':') {
		return nil, false, false
	}
	s.space()
	return name, false, true
}

// element leaves at on a list's n-th element; end is true where there is none.
func (s *scan) element(n int) (end, ok bool) {
	if s.take(']') {
		return true, true
	}
	if n > 0 && !s.take(',') {
		return false, false
	}
	s.space()
	return false, s.peek() != ']'
}

// plain are the bytes that stand for themselves in a string, one a character.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// string reads a string. What it returns is good until the next one is read.
func (s *scan) string() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	s.escaped = false
	text, start := s.text, s.at+1
	i := start
	for i < len(text) && plain[text[i]] {
		i++
	}
	if i < len(text) && text[i] == '"' {
		s.at = i + 1
		return text[start:i], true
	}
	return s.stringWith(start, i)
}

// stringWith goes on with a string at a byte that does not stand for itself.
func (s *scan) stringWith(start, i int) ([]byte, bool) {
	s.scratch = append(s.scratch[:0], s.text[start:i]...)
	for i < len(s.text) {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.scratch, true
		case c == '\\':
			n, ok := s.escape(s.text[i+1:])
			if !ok {
				return nil, false
			}
			i += 1 + n
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s.text[i:])
			if r == utf8.RuneError && n == 1 {
				return nil, false
			}
			s.scratch = append(s.scratch, s.text[i:i+n]...)
			i += n
		case c < ' ':
			return nil, false
		default:
			s.scratch = append(s.scratch, c)
			i++
		}
	}
	return nil, false
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape appends what stands behind a backslash and says how many bytes it takes.
func (s *scan) escape(b []byte) (n int, ok bool) {
	s.escaped = true
	switch {
	case len(b) == 0:
		return 0, false
	case escapes[b[0]] != 0:
		s.scratch = append(s.scratch, escapes[b[0]])
		return 1, true
	case b[0] != 'u':
		return 0, false
	}
	r, ok := hex4(b[1:])
	if n = 5; ok && utf16.IsSurrogate(r) && len(b) > 6 && b[5] == '\\' && b[6] == 'u' {
		low, sound := hex4(b[7:])
		r, ok, n = utf16.DecodeRune(r, low), sound, 11
		if r == utf8.RuneError {
			return 0, false
		}
	}
	if !ok || r == 0 || utf16.IsSurrogate(r) {
		return 0, false
	}
	s.scratch = utf8.AppendRune(s.scratch, r)
	return n, true
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (s *scan) digits() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at]-'0' <= 9 {
		s.at++
	}
	return s.at > start
}

// number reads a number as it is written.
func (s *scan) number() ([]byte, bool) {
	start := s.at
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return nil, false
	}
	if s.peek() == '.' {
		if s.at++; !s.digits() {
			return nil, false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return nil, false
		}
	}
	return s.text[start:s.at], true
}

// word reads true, false or null.
func (s *scan) word(w string) bool {
	if len(s.text)-s.at < len(w) || string(s.text[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// skip passes over a value of any kind.
func (s *scan) skip(depth int) bool {
	switch s.peek() {
	case '"':
		_, ok := s.string()
		return ok
	case '{', '[':
		return depth < maxDepth && s.skipInside(depth+1)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, ok := s.number()
	return ok
}

func (s *scan) skipInside(depth int) bool {
	list := s.peek() == '['
	s.at++
	for n := 0; ; n++ {
		var end, ok bool
		if list {
			end, ok = s.element(n)
		} else {
			_, end, ok = s.member(n)
		}
		if end || !ok {
			return ok
		}
		if !s.skip(depth) {
			return false
		}
	}
}

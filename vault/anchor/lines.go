package anchor

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// wide is how the text of an item is stored: in bytes, or in 16 bits a character.
type wide string

const (
	narrow       wide = ""
	littleEndian wide = "utf-16le"
	bigEndian    wide = "utf-16be"
)

// begin takes the byte order mark and says how the text is stored, by the mark or
// else by the charset of the media type.
func begin(in *bufio.Reader, media string) (wide, error) {
	start, err := in.Peek(3)
	if err != nil && err != io.EOF {
		return narrow, err
	}
	for _, mark := range []struct {
		bytes string
		w     wide
	}{{"\xef\xbb\xbf", narrow}, {"\xff\xfe", littleEndian}, {"\xfe\xff", bigEndian}} {
		if bytes.HasPrefix(start, []byte(mark.bytes)) {
			_, err := in.Discard(len(mark.bytes))
			return mark.w, err
		}
	}
	switch charset(media) {
	case "utf-16le":
		return littleEndian, nil
	case "utf-16be", "utf-16":
		return bigEndian, nil
	}
	return narrow, nil
}

// lines quotes lines: the bytes as they are stored, without the last line end.
func lines(in *bufio.Reader, media string, at Place) (Quote, error) {
	w, err := begin(in, media)
	if err != nil {
		return Quote{}, err
	}
	var kept []byte
	number, open := int64(1), false // open: the line has begun
	for number <= at.To {
		part, err := piece(in, w)
		if number >= at.From {
			if len(kept)+len(part) > MaxQuote {
				return Quote{}, fmt.Errorf("%w: more than %d bytes in these lines", ErrLimit, MaxQuote)
			}
			kept = append(kept, part...)
		}
		open = open || len(part) > 0
		if err == io.EOF {
			break
		}
		if err != nil {
			return Quote{}, err
		}
		if w.ends(part) {
			number, open = number+1, false
		}
	}
	if open {
		number++
	}
	if number <= at.To {
		return Quote{}, fmt.Errorf("%w: the item has %d lines", ErrAbsent, number-1)
	}
	kept = w.trim(kept)
	text := w.decode(kept)
	if w != narrow {
		return of("text/plain; charset="+string(w), text, kept), nil
	}
	if known := readable(kept, media); known != "" {
		text = known
	}
	return of("text/plain", text, kept), nil
}

// piece reads to the end of a line, or a part of a long one.
func piece(in *bufio.Reader, w wide) ([]byte, error) {
	if w == narrow {
		out, err := in.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			err = nil
		}
		return out, err
	}
	var out []byte
	for len(out) < 4096 {
		unit, err := in.Peek(2)
		if len(unit) == 0 {
			return out, err
		}
		out = append(out, unit...)
		if _, err := in.Discard(len(unit)); err != nil {
			return out, err
		}
		if w.ends(out) {
			break
		}
	}
	return out, nil
}

// ends reports whether the piece ends a line.
func (w wide) ends(piece []byte) bool { return bytes.HasSuffix(piece, w.char('\n')) }

// trim takes away one line end: LF, CR LF, or a CR where the item ends.
func (w wide) trim(text []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(text, w.char('\n')), w.char('\r'))
}

// char is an ASCII character as it is stored.
func (w wide) char(c byte) []byte {
	switch w {
	case littleEndian:
		return []byte{c, 0}
	case bigEndian:
		return []byte{0, c}
	}
	return []byte{c}
}

// decode is the text in UTF-8.
func (w wide) decode(text []byte) string {
	order := unicode.BigEndian
	if w == littleEndian {
		order = unicode.LittleEndian
	}
	if w == narrow {
		return strings.ToValidUTF8(string(text), "\ufffd")
	}
	out, err := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(text)
	if err != nil {
		return ""
	}
	return string(out)
}

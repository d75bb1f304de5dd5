// Package stream reads bytes in any encoding as a window of UTF-8 text in bounded
// memory, and remembers which bytes each piece of the text came from.
//
//	text := stream.New(r, codec)
//	n, _ := text.LineEnd(0, 1<<20) // reads as needed
//	line, original := text.Take(n)
package stream

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	unicodes "golang.org/x/text/encoding/unicode"
)

// Codec is an encoding that may be named.
type Codec struct {
	Name string
	BOM  string // its byte order mark
	Wide bool   // a line end is more than the byte LF
	enc  encoding.Encoding
}

// The encodings of Unicode, which have a byte order mark.
var (
	UTF8    = Codec{"utf-8", "\xef\xbb\xbf", false, nil}
	UTF16LE = Codec{"utf-16le", "\xff\xfe", true, unicodes.UTF16(unicodes.LittleEndian, unicodes.IgnoreBOM)}
	UTF16BE = Codec{"utf-16be", "\xfe\xff", true, unicodes.UTF16(unicodes.BigEndian, unicodes.IgnoreBOM)}
)

// legacy are the encodings that must be named: the same bytes are sound text in
// several of them. The Korean decoder covers the code page 949 superset, the
// Japanese one code page 932, the Chinese ones GB 2312 and GBK, and the Hong Kong
// supplement of Big5 (WHATWG Encoding).
var legacy = []Codec{
	{Name: "euc-kr", enc: korean.EUCKR},
	{Name: "gb18030", enc: simplifiedchinese.GB18030},
	{Name: "shift_jis", enc: japanese.ShiftJIS},
	{Name: "big5", enc: traditionalchinese.Big5},
	{Name: "windows-1251", enc: charmap.Windows1251},
	{Name: "windows-1252", enc: charmap.Windows1252},
}

// aliases are other names of encodings.
var aliases = map[string]string{
	"utf8": "utf-8", "cp949": "euc-kr", "gbk": "gb18030", "gb2312": "gb18030", "cp932": "shift_jis", "sjis": "shift_jis",
	"cp1251": "windows-1251", "cp1252": "windows-1252",
}

// Named finds an encoding by its name, in any case.
func Named(name string) (Codec, bool) {
	name = strings.ToLower(name)
	if long, ok := aliases[name]; ok {
		name = long
	}
	for _, c := range append([]Codec{UTF8, UTF16LE, UTF16BE}, legacy...) {
		if c.Name == name {
			return c, true
		}
	}
	return Codec{}, false
}

// asciiShare is how many code units of UTF-16 there are at most to one of ASCII:
// rows have delimiters, digits and line ends, whatever their language.
const asciiShare = 16

// DetectUTF16 recognises UTF-16 without a byte order mark: zero bytes, which no
// other text has, that pair up to characters and line ends. It is sound if there
// is nothing in it that is no text.
func DetectUTF16(head []byte) (c Codec, found, sound bool) {
	head = head[:len(head)&^1]
	for _, c := range []struct {
		Codec
		high int // which byte of a code unit is the high one
	}{{UTF16LE, 1}, {UTF16BE, 0}} {
		units := make([]uint16, 0, len(head)/2)
		ascii, lines := 0, 0
		for i := 0; i < len(head); i += 2 {
			high, low := head[i+c.high], head[i+1-c.high]
			units = append(units, uint16(high)<<8|uint16(low))
			if high == 0 {
				ascii++
			}
			if high == 0 && low == '\n' {
				lines++
			}
		}
		if ascii > 1 && ascii*asciiShare >= len(units) && (lines > 0 || ascii == len(units)) {
			return c.Codec, true, isText(units)
		}
	}
	return Codec{}, false, false
}

// isText reports whether code units are whole characters that text is made of.
// The last may be half a pair, cut off with the sample.
func isText(units []uint16) bool {
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 == len(units) {
				return true
			}
			r = utf16.DecodeRune(r, rune(units[i+1]))
			i++
		}
		if !textual(r) {
			return false
		}
	}
	return true
}

func textual(r rune) bool {
	if unicode.IsControl(r) {
		return r == '\t' || r == '\n' || r == '\r'
	}
	return r != utf8.RuneError && r&0xfffe != 0xfffe
}

// Decode returns the text of some bytes; ok is false where they are not sound in
// the encoding.
func (c Codec) Decode(b []byte) (text []byte, ok bool) {
	if c.enc == nil {
		return b, utf8.Valid(b)
	}
	text, err := c.enc.NewDecoder().Bytes(b)
	return text, err == nil && New(nil, c).Valid(text, b)
}

// Encode is the inverse of Decode.
func (c Codec) Encode(text string) (string, error) {
	if c.enc == nil {
		return text, nil
	}
	return c.enc.NewEncoder().String(text)
}

// CouldBe lists the encodings that must be named and that bytes are sound text in.
func CouldBe(b []byte) []string {
	var out []string
	for _, c := range legacy {
		text, ok := c.Decode(b)
		if ok && !bytes.ContainsFunc(text, func(r rune) bool { return !textual(r) }) {
			out = append(out, c.Name)
		}
	}
	return out
}

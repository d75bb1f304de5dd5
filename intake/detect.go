package intake

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Format is what was recognised in a file.
type Format struct {
	Form      Form   `json:"form"`
	Delimiter string `json:"delimiter,omitempty"` // CSV: "comma", "semicolon", "tab" or the character
	Encoding  string `json:"encoding"`
	Told      bool   `json:"encoding_told,omitempty"` // the encoding was named by the caller
	BOM       bool   `json:"bom,omitempty"`           // a byte order mark was there and is skipped
	LineEnd   string `json:"line_end,omitempty"`      // "lf" or "crlf", from the first line
	Gzip      bool   `json:"gzip,omitempty"`
}

// String describes the format in a few words, as in
// "CSV with semicolon, utf-8 with byte order mark, CRLF, gzip".
func (f Format) String() string {
	form := map[Form]string{CSV: "CSV", JSONLines: "JSON lines", JSONArray: "JSON array"}[f.Form]
	if f.Delimiter != "" {
		form += " with " + f.Delimiter
	}
	enc := f.Encoding
	if f.BOM {
		enc += " with byte order mark"
	} else if f.Told {
		enc += " as told"
	}
	parts := []string{form, enc}
	if f.LineEnd == "crlf" {
		parts = append(parts, "CRLF")
	}
	if f.Gzip {
		parts = append(parts, "gzip")
	}
	return strings.Join(parts, ", ")
}

// codec is an encoding that may be named. A nil decoder stands for UTF-8.
type codec struct {
	name string
	enc  encoding.Encoding
	bom  string
}

var (
	utf8Codec    = codec{"utf-8", nil, "\xef\xbb\xbf"}
	utf16leCodec = codec{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "\xff\xfe"}
	utf16beCodec = codec{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "\xfe\xff"}
)

// codecs lists the names an encoding goes by. The Korean decoder covers the
// code page 949 superset, the Chinese one GB 2312 and GBK (WHATWG Encoding).
var codecs = map[string]codec{
	"utf-8": utf8Codec, "utf8": utf8Codec,
	"utf-16le": utf16leCodec, "utf-16be": utf16beCodec,
	"windows-1252": {"windows-1252", charmap.Windows1252, ""},
	"cp1252":       {"windows-1252", charmap.Windows1252, ""},
	"euc-kr":       {"euc-kr", korean.EUCKR, ""},
	"cp949":        {"euc-kr", korean.EUCKR, ""},
	"gb18030":      {"gb18030", simplifiedchinese.GB18030, ""},
	"gbk":          {"gb18030", simplifiedchinese.GB18030, ""},
	"gb2312":       {"gb18030", simplifiedchinese.GB18030, ""},
}

// strangers are files that reach a desk but are not text.
var strangers = []struct{ magic, what string }{
	{"\x1f\x8b", "gzip inside gzip"},
	{"PK\x03\x04", "a zip archive or office document"},
	{"%PDF-", "a PDF"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "zstandard"},
	{"SQLite format 3\x00", "an SQLite database"},
}

// detect looks at the beginning of the file and sets up the text stream.
func (s *Source) detect() error {
	bytesIn, err := s.decompress()
	if err != nil {
		return err
	}
	head, err := bytesIn.Peek(64)
	if len(head) == 0 {
		if err != io.EOF {
			return s.broken(0, err)
		}
		return s.fail(0, ErrEmpty, "")
	}
	for _, m := range strangers {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return s.fail(0, ErrFormat, "this is "+m.what)
		}
	}
	enc, err := s.detectEncoding(head)
	if err != nil {
		return err
	}
	if s.format.BOM {
		_, _ = bytesIn.Discard(len(enc.bom))
	}
	s.text = newStream(bytesIn, enc.enc)
	return s.detectForm()
}

// decompress recognises gzip by its magic number.
func (s *Source) decompress() (*bufio.Reader, error) {
	r := bufio.NewReaderSize(s.in, chunk)
	magic, _ := r.Peek(2)
	if string(magic) != "\x1f\x8b" {
		return r, nil
	}
	s.format.Gzip = true
	inflated, err := newInflater(r, s.in, s.opts)
	if err != nil {
		return nil, s.broken(0, err)
	}
	return bufio.NewReaderSize(inflated, chunk), nil
}

func (s *Source) detectEncoding(head []byte) (codec, error) {
	told, ok := codecs[strings.ToLower(s.opts.Encoding)]
	if !ok && s.opts.Encoding != "" {
		return codec{}, s.fail(0, ErrEncoding, fmt.Sprintf("unknown encoding %s", Quote(s.opts.Encoding)))
	}
	s.format.Told = ok
	for _, c := range []codec{utf8Codec, utf16leCodec, utf16beCodec} {
		if !bytes.HasPrefix(head, []byte(c.bom)) {
			continue
		}
		if ok && told.name != c.name {
			return codec{}, s.fail(0, ErrEncoding, fmt.Sprintf("told %s, but the byte order mark says %s", told.name, c.name))
		}
		s.format.BOM, s.format.Encoding = true, c.name
		return c, nil
	}
	if !ok {
		if looksUTF16(head) {
			return codec{}, s.fail(0, ErrEncoding, "looks like UTF-16 without a byte order mark: name utf-16le or utf-16be")
		}
		told = utf8Codec
	}
	s.format.Encoding = told.name
	return told, nil
}

// looksUTF16 reports whether every second byte is zero and no other is.
func looksUTF16(head []byte) bool {
	var zero, all [2]int
	for i, b := range head {
		all[i%2]++
		if b == 0 {
			zero[i%2]++
		}
	}
	return all[1] > 1 && (zero == [2]int{0, all[1]} || zero == [2]int{all[0], 0})
}

// detectForm tells JSON by its first character; everything else is CSV.
func (s *Source) detectForm() error {
	first, err := s.firstByte()
	if err != nil {
		return err
	}
	s.format.LineEnd = lineEnding(s.text.window())
	switch s.format.Form = s.opts.Form; s.format.Form {
	case CSV, JSONLines, JSONArray:
	case "":
		s.format.Form = CSV
		if form, ok := map[byte]Form{'{': JSONLines, '[': JSONArray}[first]; ok {
			s.format.Form = form
		}
	default:
		return s.fail(0, ErrFormat, fmt.Sprintf("unknown format %s", Quote(string(s.opts.Form))))
	}
	if s.format.Form == JSONArray && first != '[' {
		return s.fail(0, ErrFormat, "told a JSON array, but it does not begin with [")
	}
	return nil
}

// firstByte returns the first byte of the text that is not white space.
func (s *Source) firstByte() (byte, error) {
	for {
		if rest := bytes.TrimLeft(s.text.window(), " \t\r\n"); len(rest) > 0 {
			return rest[0], nil
		}
		if len(s.text.window()) > s.opts.MaxRow {
			return 0, s.fail(0, ErrFormat, "nothing but white space at the beginning")
		}
		if !s.text.fill() {
			break
		}
	}
	if s.text.err != io.EOF {
		return 0, s.broken(1, s.text.err)
	}
	return 0, s.fail(0, ErrEmpty, "nothing but white space")
}

func lineEnding(text []byte) string {
	switch i := bytes.IndexByte(text, '\n'); {
	case i < 0:
		return ""
	case i > 0 && text[i-1] == '\r':
		return "crlf"
	}
	return "lf"
}

// delimiters in the order they are looked for.
var delimiters = []struct {
	char byte
	name string
}{{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}}

func delimiterName(char byte) string {
	for _, d := range delimiters {
		if d.char == char {
			return d.name
		}
	}
	return string(rune(char))
}

// detectDelimiter takes the candidate that is most frequent in the header
// outside quotes; no candidate at all is a file of one column.
func (s *Source) detectDelimiter(header string, line int) (byte, error) {
	if d := s.opts.Delimiter; d != 0 {
		if d < ' ' && d != '\t' || d >= 0x7f || d == '"' {
			return 0, s.fail(0, ErrFormat, fmt.Sprintf("%q cannot be a delimiter", d))
		}
		return d, nil
	}
	var bare strings.Builder
	for i, part := range strings.Split(header, `"`) {
		if i%2 == 0 {
			bare.WriteString(part)
		}
	}
	best, bestN, tie := byte(','), 0, false
	for _, d := range delimiters {
		switch n := strings.Count(bare.String(), string(d.char)); {
		case n > bestN:
			best, bestN, tie = d.char, n, false
		case n == bestN && n > 0:
			tie = true
		}
	}
	if tie {
		return 0, s.fail(line, ErrFormat, "two delimiters are equally frequent in the header: name one")
	}
	return best, nil
}

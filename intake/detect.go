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
	"strings"

	"github.com/turtlebay/turtlebay/intake/internal/stream"
)

// Format is what was recognised in a file.
type Format struct {
	Form      Form   `json:"form"`
	Delimiter string `json:"delimiter,omitempty"` // CSV: "comma", "semicolon", "tab" or the character
	Sep       bool   `json:"sep,omitempty"`       // CSV: a first line as in "sep=;" names the delimiter and is skipped
	Encoding  string `json:"encoding"`
	Told      bool   `json:"encoding_told,omitempty"`     // the encoding was named by the caller
	Detected  bool   `json:"encoding_detected,omitempty"` // UTF-16 without a byte order mark
	BOM       bool   `json:"bom,omitempty"`               // a byte order mark was there and is skipped
	LineEnd   string `json:"line_end,omitempty"`          // "lf" or "crlf", from the first line
	Gzip      bool   `json:"gzip,omitempty"`
}

// String describes the format in a few words, as in
// "CSV with semicolon, utf-8 with byte order mark, CRLF, gzip".
func (f Format) String() string {
	form := map[Form]string{CSV: "CSV", JSONLines: "JSON lines", JSONArray: "JSON array"}[f.Form]
	if f.Delimiter != "" {
		form += " with " + f.Delimiter
	}
	if f.Sep {
		form += " as its first line says"
	}
	enc := f.Encoding
	switch {
	case f.BOM:
		enc += " with byte order mark"
	case f.Told:
		enc += " as told"
	case f.Detected:
		enc += " as detected"
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

// strangers are files that reach a desk but are not text.
var strangers = []struct{ magic, what string }{
	{"\x1f\x8b", "gzip inside gzip"},
	{"\xff\xfe\x00\x00", "UTF-32"},
	{"\x00\x00\xfe\xff", "UTF-32"},
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
	head, err := bytesIn.Peek(chunk)
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
	s.text, s.wide = stream.New(bytesIn, enc), enc.Wide
	if s.format.BOM {
		n, _ := bytesIn.Discard(len(enc.BOM))
		s.text.Taken = int64(n)
	}
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

// detectEncoding settles the encoding: by the byte order mark, as told, or, for
// UTF-16, by how its bytes alternate.
func (s *Source) detectEncoding(head []byte) (stream.Codec, error) {
	told, ok := stream.Named(s.opts.Encoding)
	if !ok && s.opts.Encoding != "" {
		return stream.Codec{}, s.fail(0, ErrEncoding, fmt.Sprintf("unknown encoding %s", Quote(s.opts.Encoding)))
	}
	s.format.Told = ok
	for _, c := range []stream.Codec{stream.UTF8, stream.UTF16LE, stream.UTF16BE} {
		if !bytes.HasPrefix(head, []byte(c.BOM)) {
			continue
		}
		if ok && told.Name != c.Name {
			return stream.Codec{}, s.fail(0, ErrEncoding, fmt.Sprintf("told %s, but the byte order mark says %s", told.Name, c.Name))
		}
		s.format.BOM, s.format.Encoding = true, c.Name
		return c, nil
	}
	if !ok {
		var sound bool
		switch told, s.format.Detected, sound = stream.DetectUTF16(head); {
		case !s.format.Detected:
			told = stream.UTF8
		case !sound:
			return told, s.fail(0, ErrEncoding, fmt.Sprintf("looks like %s without a byte order mark, but some of it is no text: name the encoding to read the rest", told.Name))
		}
	}
	s.format.Encoding = told.Name
	return told, nil
}

// detectForm tells JSON by its first character; everything else is CSV.
func (s *Source) detectForm() error {
	first, err := s.firstByte()
	if err != nil {
		return err
	}
	s.format.LineEnd = lineEnding(s.text.Window())
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
		if rest := bytes.TrimLeft(s.text.Window(), " \t\r\n"); len(rest) > 0 {
			return rest[0], nil
		}
		if len(s.text.Window()) > s.opts.MaxRow {
			return 0, s.fail(0, ErrFormat, "nothing but white space at the beginning")
		}
		if !s.text.Fill() {
			break
		}
	}
	if s.text.Err != io.EOF {
		return 0, s.broken(1, s.text.Err)
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

// delimiterChar is the character that delimiterName calls so.
func delimiterChar(name string) byte {
	for _, d := range delimiters {
		if d.name == name {
			return d.char
		}
	}
	return name[0]
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

// Package intake reads what reaches the desk: CSV, JSON lines and JSON array
// files, plain or gzipped, in bounded memory, and keeps the accounts of it.
//
// # Contract
//
// A file is recognised by its content, never by its name. [Open] finds out
// whether it is gzipped, which byte order mark it carries, which format it has
// and, for CSV, which delimiter; [Source.Describe] says what was found. Text
// without a byte order mark is UTF-8, or UTF-16 if its bytes can be nothing else,
// unless [Options.Encoding] says otherwise: other encodings are never guessed.
//
// Rows come one at a time, each with the line it starts on and its original
// bytes, and says where they stand ([Row.Place]). A row that cannot be read comes
// as a [*Refusal] and reading goes on with the next one; every line of the file is
// the header or one that names the delimiter, blank, part of a row or part of a
// refusal. Any other error concerns the whole file and ends
// the iteration; the errors are ErrEmpty, ErrFormat, ErrEncoding, ErrHeader,
// ErrTooLarge and ErrBroken, wrapped with file and line.
//
// What a row means is for the caller. [Load] is the usual loop: it hands rows
// to a function that keeps or refuses them, writes the refused ones to a
// [Quarantine] and returns a [Receipt], in which rows read = new + known +
// refused. From quarantine a row comes back when somebody mended it, with who and
// why ([Quarantine.Mend], [Quarantine.Retry]).
//
// # Example
//
//	src, err := intake.Open("submission.csv.gz", intake.Options{})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	for row, err := range src.Rows() {
//		var refusal *intake.Refusal
//		switch {
//		case errors.As(err, &refusal):
//			log.Print(refusal) // submission.csv.gz:7: wrong number of fields: 3, the header has 4
//		case err != nil:
//			return err
//		default:
//			vessel, _ := row.Get("vessel")
//			fmt.Println(row.Line, vessel)
//		}
//	}
package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/intake/internal/stream"
)

// Errors that concern a whole file. They arrive wrapped as
// "file: error: detail" or "file:line: error: detail".
var (
	// ErrEmpty: the file holds no bytes, or nothing but blank lines.
	ErrEmpty = errors.New("the file is empty")
	// ErrFormat: the content is no CSV, JSON lines or JSON array, or leaves
	// open which (two delimiters equally frequent in the header).
	ErrFormat = errors.New("format not recognised")
	// ErrEncoding: the encoding named is unknown, contradicts the byte order
	// mark, or cannot be told from the content.
	ErrEncoding = errors.New("encoding not usable")
	// ErrHeader: the CSV header is malformed or names a column twice.
	ErrHeader = errors.New("header not usable")
	// ErrTooLarge: decompression went past Options.MaxBytes or MaxRatio.
	ErrTooLarge = errors.New("decompressed size over the limit")
	// ErrAccounts: the rows read are not the rows kept and refused. It would be
	// a fault of this program, and nothing is kept.
	ErrAccounts = errors.New("the receipt does not reconcile")
	// ErrBroken: the file ended or failed in the middle (truncated gzip, bad
	// checksum, read error). Rows before it were delivered.
	ErrBroken = errors.New("the file broke off")
)

// Form is the format of a file's rows.
type Form string

// The formats that are read.
const (
	CSV       Form = "csv"   // a header line, then one row a line
	JSONLines Form = "jsonl" // one JSON object a line
	JSONArray Form = "json"  // one JSON array of objects
)

// Options tells what cannot be seen in a file and sets the limits. The zero
// value detects everything that can be detected and uses the limits named.
type Options struct {
	Name      string // name used in messages and receipts; default: the path
	Form      Form   // default: detected
	Encoding  string // utf-8, utf-16le, utf-16be, euc-kr, gb18030, shift_jis, big5, windows-1251, windows-1252; default: detected
	Delimiter byte   // CSV: default as a first line "sep=;" says, else detected among comma, semicolon and tab

	MaxBytes    int64 // decompressed bytes of a gzipped file; default 4 GiB
	MaxRatio    int64 // decompressed / compressed, looked at past 256 MiB; default 400
	MaxRow      int   // bytes of one row as UTF-8; default 1 MiB
	MaxRowLines int   // physical lines of one quoted CSV row; default 256
	MaxFields   int   // CSV columns, or keys of one JSON object; default 1024
	MaxDepth    int   // JSON nesting; default 64

	// Progress, if set, is called after each read with the bytes of the file
	// read so far and the total, or -1 when that is not known.
	Progress func(read, total int64)
	// Total is the total given to Progress by NewSource; Open asks the file.
	Total int64
}

// withDefaults fills in the limits that were left at zero.
func (o Options) withDefaults() Options {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&o.MaxRow, 1<<20)
	set(&o.MaxRowLines, 256)
	set(&o.MaxFields, 1024)
	set(&o.MaxDepth, 64)
	if o.MaxBytes <= 0 {
		o.MaxBytes = 4 << 30
	}
	if o.MaxRatio <= 0 {
		o.MaxRatio = 400
	}
	if o.Total <= 0 {
		o.Total = -1
	}
	return o
}

// Row is one row as it stands in the file. It owns its memory and stays valid
// after the iteration has moved on; Names is shared between rows and must not
// be changed.
type Row struct {
	File     string          // name of the source
	Line     int             // physical line the row starts on, from 1
	Original []byte          // its bytes in the decompressed file, without the line end or comma after it
	Names    []string        // CSV: the header
	Values   []string        // CSV: as many as Names
	Object   json.RawMessage // JSON: the object in UTF-8; nil for CSV. May share memory with Original
	Mends    []Mend          // what people changed in it since it was refused; see Quarantine.Retry

	index map[string]int
	place place
}

// place is where a row stands in the decompressed file.
type place struct {
	lines int    // physical lines it takes
	from  int64  // offset of its first byte
	part  bool   // it is no whole number of lines that end in the byte LF
	said  string // of a mended row: as it was said when it was refused
}

// Place says where Original stands in the decompressed file, as package
// vault/anchor reads it: "lines=12-13" for whole lines, from 1, without the last
// line end, else "bytes=120-340" from the first byte, counted from 0, to the last.
func (r Row) Place() string {
	if r.place.said != "" {
		return r.place.said
	}
	return r.place.say(r.Line, int64(len(r.Original)))
}

func (p place) say(line int, size int64) string {
	if p.part {
		return "bytes=" + strconv.FormatInt(p.from, 10) + "-" + strconv.FormatInt(p.from+max(size, 1)-1, 10)
	}
	return "lines=" + strconv.Itoa(line) + "-" + strconv.Itoa(line+max(p.lines, 1)-1)
}

// Get returns the value in the named CSV column and whether there is one.
func (r Row) Get(name string) (string, bool) {
	if i, ok := r.index[name]; ok {
		return r.Values[i], true
	}
	return "", false
}

// Refuse makes the refusal of this row. The reason is a fixed phrase that
// receipts count by; detail shows the value ([Quote]) or what was expected,
// and may be empty, like field.
func (r Row) Refuse(field, reason, detail string) *Refusal {
	return &Refusal{
		File: r.File, Line: r.Line, Field: field, Reason: reason, Detail: detail,
		Original: r.Original, Size: int64(len(r.Original)), Place: r.Place(),
	}
}

// Source is a file being read. It is not safe for concurrent use.
type Source struct {
	name   string
	opts   Options
	in     *received
	text   *stream.Text
	format Format
	wide   bool                // a line end is more than the byte LF
	next   func() (Row, error) // io.EOF at the end, *Refusal for a row, else the file's error
	read   int
	ended  bool
	close  func() error

	columns []string // CSV: the header
}

// Open opens the file at path and looks at its beginning. Errors of the whole
// file that show there (ErrEmpty, ErrFormat, ErrEncoding, ErrHeader) are
// returned at once. The caller closes the source.
func Open(path string, opts Options) (*Source, error) {
	if opts.Name == "" {
		opts.Name = path
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("read file: %w", err)
	case !info.Mode().IsRegular():
		f.Close()
		return nil, fmt.Errorf("read %s: not a regular file", Printable(opts.Name))
	}
	opts.Total = info.Size()
	src, err := NewSource(opts.Name, f, opts)
	if err != nil {
		f.Close()
		return nil, err
	}
	src.close = f.Close
	return src, nil
}

// NewSource reads from r, which is called name in messages and receipts
// (shown as [Printable] shows it) unless Options.Name is set. Closing the
// source does not close r. Errors are those of [Open].
func NewSource(name string, r io.Reader, opts Options) (*Source, error) {
	if opts.Name == "" {
		opts.Name = name
	}
	s := &Source{name: Printable(opts.Name), opts: opts.withDefaults(), close: func() error { return nil }}
	s.in = newReceived(r, s.opts)
	if err := s.detect(); err != nil {
		return nil, err
	}
	var err error
	switch s.format.Form {
	case JSONLines:
		s.next = (&linesReader{src: s, line: 1}).next
	case JSONArray:
		s.next = (&arrayReader{src: s, line: 1}).next
	default:
		s.next, err = openCSV(s)
	}
	return s, err
}

// Name is the name used in messages and receipts.
func (s *Source) Name() string { return s.name }

// Describe says what was recognised in the file.
func (s *Source) Describe() Format { return s.format }

// Read is the number of rows delivered so far, refused ones included.
func (s *Source) Read() int { return s.read }

// Columns is the header of a CSV file, nil of any other. It must not be changed.
func (s *Source) Columns() []string { return s.columns }

// Lot describes the file for a quarantine, but for its digest and size, which are
// known at its end: see [Source.Digest].
func (s *Source) Lot(kind, source string) Lot {
	return Lot{File: s.name, Kind: kind, Source: source, Format: s.format, Columns: s.columns}
}

// Close closes a file that Open opened.
func (s *Source) Close() error { return s.close() }

// Rows iterates over the rows that have not been read yet. The error is nil, a
// [*Refusal] (the row is lost, iteration goes on) or an error of the file
// (the last thing yielded).
func (s *Source) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for !s.ended {
			row, err := s.next()
			if err == io.EOF {
				s.ended = true
				return
			}
			if _, refused := err.(*Refusal); err == nil || refused {
				s.read++
			} else {
				s.ended = true
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Digest reads what is left of the file, without interpreting it, and returns
// the SHA-256 (lower-case hex) and length of the bytes as they were received.
func (s *Source) Digest() (sum string, bytes int64, err error) {
	s.ended = true
	if err := s.in.drain(); err != nil {
		return "", 0, s.broken(0, err)
	}
	return s.in.sum(), s.in.n, nil
}

// fail makes the error of a whole file; line 0 leaves the line out.
func (s *Source) fail(line int, kind error, detail string) error {
	if detail == "" {
		return fmt.Errorf("%s: %w", s.place(line), kind)
	}
	return fmt.Errorf("%s: %w: %s", s.place(line), kind, detail)
}

func (s *Source) place(line int) string {
	if line == 0 {
		return s.name
	}
	return s.name + ":" + strconv.Itoa(line)
}

// broken makes the error of a file that err ended in the middle.
func (s *Source) broken(line int, err error) error {
	if limit := bomb(""); errors.As(err, &limit) {
		return s.fail(line, ErrTooLarge, string(limit))
	}
	return fmt.Errorf("%s: %w: %w", s.place(line), ErrBroken, err)
}

// refuse makes the refusal of raw bytes that start on the given line, at the
// place.
func (s *Source) refuse(line int, at place, raw stream.Clipped, f fault) *Refusal {
	return &Refusal{
		File: s.name, Line: line, Field: f.field, Reason: f.reason, Detail: f.detail,
		Original: raw.Kept, Size: raw.Size, Place: at.say(line, raw.Size),
	}
}

// here is the place of what is taken next from the text and takes up so many
// lines, or is a part of them.
func (s *Source) here(lines int, part bool) place {
	return place{lines: lines, from: s.text.Taken, part: part || s.wide}
}

// fault is what is wrong with a row.
type fault struct{ field, reason, detail string }

// Reasons that every format shares.
const (
	reasonNUL      = "NUL byte"
	reasonUTF8     = "not valid UTF-8"
	reasonEncoding = "not valid in the file's encoding"
	reasonLong     = "row too long"
	reasonBroken   = "the file breaks off in this row"
)

// checkText looks for what no row may contain, whatever its format.
func (s *Source) checkText(text, raw []byte) *fault {
	if stream.HasNUL(text) {
		return &fault{reason: reasonNUL}
	}
	switch ok := s.text.Valid(text, raw); {
	case ok:
		return nil
	case s.format.Told || s.format.BOM || s.format.Detected:
		return &fault{reason: reasonEncoding, detail: s.format.Encoding}
	}
	return &fault{reason: reasonUTF8, detail: joinDetail("name the file's encoding to read it", strings.Join(stream.CouldBe(raw), " or "))}
}

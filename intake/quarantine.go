package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrQuarantine: a file that is read back is no quarantine file.
var ErrQuarantine = errors.New("quarantine file malformed")

// Quarantine is a folder of refused rows: for each file with refused rows one
// JSON lines file, named by the first twelve hex digits of the SHA-256 of the
// file they came from, and beside it, once somebody mended a row, a journal of
// that. The same rows refused again give the same bytes; mending changes the
// journal alone. The format is described in docs/intake.md.
type Quarantine struct{ dir string }

// NewQuarantine uses the folder dir, which is made when the first row is
// refused.
func NewQuarantine(dir string) *Quarantine { return &Quarantine{dir: dir} }

// Path is where the refused rows of the file with this SHA-256 (hex, at least
// twelve digits) are, if it has any.
func (q *Quarantine) Path(sha256 string) string {
	return filepath.Join(q.dir, sha256[:lotDigits]+".jsonl")
}

// lotDigits is how much of a SHA-256 names a quarantine file.
const lotDigits = 12

// Lot is what refused rows were part of: enough to read one of them again alone.
// It is the first line of a quarantine file.
type Lot struct {
	Version int      `json:"quarantine"` // of the file's format; 0 in files of the first version, which have no such line
	SHA256  string   `json:"sha256"`     // of the file as received, like Bytes
	Bytes   int64    `json:"bytes"`
	File    string   `json:"file"`
	Kind    string   `json:"kind"`
	Source  string   `json:"source"`
	Format  Format   `json:"format"`
	Columns []string `json:"columns,omitempty"` // CSV: the header
}

const lotVersion = 2

// Write writes the refusals of one file and returns the path; without refusals
// it writes nothing and returns "". The file appears whole or not at all and
// replaces an earlier one of that name.
func (q *Quarantine) Write(lot Lot, refusals iter.Seq[*Refusal]) (string, error) {
	b := q.Begin(lot)
	defer b.Discard()
	for r := range refusals {
		if err := b.Add(r); err != nil {
			return "", err
		}
	}
	return b.Commit(lot.SHA256, lot.Bytes)
}

// entry is one line of a quarantine file.
type entry struct {
	File   string  `json:"file"`
	Line   int     `json:"line"`
	Field  string  `json:"field,omitempty"`
	Reason string  `json:"reason"`
	Detail string  `json:"detail,omitempty"`
	Text   *string `json:"original,omitempty"`
	Bytes  []byte  `json:"original_base64,omitempty"`
	Size   int64   `json:"original_size,omitempty"` // where Original is only the beginning
	Place  string  `json:"place,omitempty"`
}

func newEntry(r *Refusal) entry {
	e := entry{
		File: whole(r.File), Line: r.Line, Field: whole(r.Field),
		Reason: whole(r.Reason), Detail: whole(r.Detail), Place: whole(r.Place),
	}
	if utf8.Valid(r.Original) {
		text := string(r.Original)
		e.Text = &text
	} else {
		e.Bytes = r.Original
	}
	if r.Size > int64(len(r.Original)) {
		e.Size = r.Size
	}
	return e
}

// whole makes text that JSON can hold.
func whole(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return Printable(text)
}

func (e entry) refusal() *Refusal {
	r := &Refusal{
		File: e.File, Line: e.Line, Field: e.Field, Reason: e.Reason, Detail: e.Detail,
		Original: e.Bytes, Size: e.Size, Place: e.Place,
	}
	if e.Text != nil {
		r.Original = []byte(*e.Text)
	}
	if r.Size == 0 {
		r.Size = int64(len(r.Original))
	}
	return r
}

// LotWriter writes a quarantine file row by row. A nil one forgets what it gets.
// It is not safe for concurrent use.
type LotWriter struct {
	q   *Quarantine
	lot Lot
	f   *os.File
	buf *bufio.Writer
	enc *json.Encoder
}

// Begin starts the quarantine file of a lot whose SHA256 and Bytes may not be
// known yet. Nothing is written before the first row. The caller defers Discard.
func (q *Quarantine) Begin(lot Lot) *LotWriter {
	if q == nil {
		return nil
	}
	return &LotWriter{q: q, lot: lot}
}

// Add writes one row.
func (b *LotWriter) Add(r *Refusal) error {
	if b == nil {
		return nil
	}
	if b.f == nil {
		if err := b.create(); err != nil {
			return err
		}
	}
	if err := b.enc.Encode(newEntry(r)); err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	return nil
}

func (b *LotWriter) create() error {
	if err := os.MkdirAll(b.q.dir, 0o755); err != nil {
		return fmt.Errorf("make quarantine: %w", err)
	}
	f, err := os.CreateTemp(b.q.dir, ".unfinished-*")
	if err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	b.f, b.buf = f, bufio.NewWriterSize(f, chunk)
	b.enc = json.NewEncoder(b.buf)
	b.enc.SetEscapeHTML(false)
	head, err := b.head("", 0)
	if err == nil {
		_, err = b.buf.Write(head)
	}
	if err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	return nil
}

// head is the first line. The digest and the size of a file are known only when
// its last byte was read: the line is as long whatever they are, so that it can
// be written again in its place.
func (b *LotWriter) head(sha256 string, bytesRead int64) ([]byte, error) {
	const sumDigits, sizeDigits = 64, 19
	lot := b.lot
	lot.Version, lot.Bytes = lotVersion, 0
	lot.SHA256 = fmt.Sprintf("%-*s", sumDigits, sha256)
	lot.File, lot.Kind, lot.Source = whole(lot.File), whole(lot.Kind), whole(lot.Source)
	lot.Columns = slices.Clone(lot.Columns)
	for i, c := range lot.Columns {
		lot.Columns[i] = whole(c)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(lot); err != nil {
		return nil, err
	}
	size := fmt.Sprintf(`"bytes":%-*d,`, sizeDigits, bytesRead)
	return bytes.Replace(out.Bytes(), []byte(`"bytes":0,`), []byte(size), 1), nil
}

// Commit gives the file its name, once its bytes are on the disk, and returns its
// path; without a row there is no file and it returns "". The digest is that of
// the received file in hex.
func (b *LotWriter) Commit(sha256 string, bytesRead int64) (string, error) {
	if b == nil || b.f == nil {
		return "", nil
	}
	if !isSum(sha256) {
		return "", fmt.Errorf("write quarantine: %s is no SHA-256", Quote(sha256))
	}
	path := b.q.Path(sha256)
	head, err := b.head(sha256, bytesRead)
	if err == nil {
		err = b.buf.Flush()
	}
	if err == nil {
		_, err = b.f.WriteAt(head, 0)
	}
	err = errors.Join(err, b.f.Sync(), b.f.Close())
	if err == nil {
		err = os.Rename(b.f.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("write quarantine: %w", err)
	}
	b.f = nil
	return path, syncDir(b.q.dir)
}

func isSum(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// Discard removes a file that was not committed.
func (b *LotWriter) Discard() {
	if b != nil && b.f != nil {
		_ = b.f.Close()
		_ = os.Remove(b.f.Name())
		b.f = nil
	}
}

// syncDir makes a rename last. Not every file system can; that is no fault.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}

// maxEntry bounds one line of a quarantine file: a row of the default limit
// whose every byte is escaped takes 6 MiB.
const maxEntry = 64 << 20

// ReadQuarantine reads a quarantine file back, refusal by refusal, exactly as
// they were written. Errors are ErrQuarantine, wrapped with the number of the
// line, and end the iteration.
func ReadQuarantine(r io.Reader) iter.Seq2[*Refusal, error] {
	return readLot(r, new(Lot))
}

// readLot is ReadQuarantine, which fills in lot before the first refusal.
func readLot(r io.Reader, lot *Lot) iter.Seq2[*Refusal, error] {
	return func(yield func(*Refusal, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxEntry)
		n := 0
		for lines.Scan() {
			n++
			if n == 1 && bytes.HasPrefix(lines.Bytes(), []byte(`{"quarantine":`)) {
				if err := readHead(lines.Bytes(), lot); err != nil {
					yield(nil, fmt.Errorf("%w: line 1: %w", ErrQuarantine, err))
					return
				}
				continue
			}
			e, err := readEntry(lines.Bytes())
			if err != nil {
				yield(nil, fmt.Errorf("%w: line %d: %w", ErrQuarantine, n, err))
				return
			}
			if !yield(e.refusal(), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, fmt.Errorf("%w: line %d: %w", ErrQuarantine, n+1, err))
		}
	}
}

func readHead(line []byte, lot *Lot) error {
	if err := strictly(line, lot); err != nil {
		return err
	}
	if lot.Version != lotVersion {
		return fmt.Errorf("format %d, this program knows %d", lot.Version, lotVersion)
	}
	if !isSum(lot.SHA256) {
		return errors.New("no SHA-256 of the file")
	}
	return nil
}

func readEntry(line []byte) (entry, error) {
	var e entry
	if err := strictly(line, &e); err != nil {
		return entry{}, err
	}
	if e.Reason == "" || e.Line < 0 {
		return entry{}, errors.New("not one entry with a line and a reason")
	}
	return e, nil
}

// strictly reads one JSON value of known fields and nothing behind it.
func strictly(line []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more follows it")
	}
	return nil
}

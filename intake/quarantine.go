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
	"unicode/utf8"
)

// ErrQuarantine: a file that is read back is no quarantine file.
var ErrQuarantine = errors.New("quarantine file malformed")

// Quarantine is a folder of refused rows: for each file with refused rows one
// JSON lines file, named by the first twelve hex digits of the SHA-256 of the
// file they came from. The same rows refused again give the same bytes. The
// format is described in docs/intake.md.
type Quarantine struct{ dir string }

// NewQuarantine uses the folder dir, which is made when the first row is
// refused.
func NewQuarantine(dir string) *Quarantine { return &Quarantine{dir: dir} }

// Path is where the refused rows of the file with this SHA-256 (hex, at least
// twelve digits) are, if it has any.
func (q *Quarantine) Path(sha256 string) string {
	return filepath.Join(q.dir, sha256[:12]+".jsonl")
}

// Write writes the refusals of one file, whose SHA-256 is given in hex, and
// returns the path; without refusals it writes nothing and returns "". The
// file appears whole or not at all and replaces an earlier one of that name.
func (q *Quarantine) Write(sha256 string, refusals iter.Seq[*Refusal]) (string, error) {
	b := q.begin()
	defer b.discard()
	for r := range refusals {
		if err := b.add(r); err != nil {
			return "", err
		}
	}
	return b.commit(sha256)
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
}

func newEntry(r *Refusal) entry {
	e := entry{
		File: whole(r.File), Line: r.Line, Field: whole(r.Field),
		Reason: whole(r.Reason), Detail: whole(r.Detail),
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
		Original: e.Bytes, Size: e.Size,
	}
	if e.Text != nil {
		r.Original = []byte(*e.Text)
	}
	if r.Size == 0 {
		r.Size = int64(len(r.Original))
	}
	return r
}

// batch is a quarantine file being written. A nil batch forgets what it gets.
type batch struct {
	q   *Quarantine
	f   *os.File
	buf *bufio.Writer
	enc *json.Encoder
}

func (q *Quarantine) begin() *batch {
	if q == nil {
		return nil
	}
	return &batch{q: q}
}

func (b *batch) add(r *Refusal) error {
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

func (b *batch) create() error {
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
	return nil
}

// commit gives the file its name once its bytes are on the disk.
func (b *batch) commit(sha256 string) (string, error) {
	if b == nil || b.f == nil {
		return "", nil
	}
	if len(sha256) < 12 {
		return "", fmt.Errorf("write quarantine: %s is no SHA-256", Quote(sha256))
	}
	path := b.q.Path(sha256)
	err := errors.Join(b.buf.Flush(), b.f.Sync(), b.f.Close())
	if err == nil {
		err = os.Rename(b.f.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("write quarantine: %w", err)
	}
	b.f = nil
	return path, syncDir(b.q.dir)
}

// discard removes a file that was not committed.
func (b *batch) discard() {
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
	return func(yield func(*Refusal, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxEntry)
		n := 0
		for lines.Scan() {
			n++
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

func readEntry(line []byte) (entry, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	var e entry
	if err := dec.Decode(&e); err != nil {
		return entry{}, err
	}
	if rest, _ := dec.Token(); rest != nil || e.Reason == "" || e.Line < 0 {
		return entry{}, errors.New("not one entry with a line and a reason")
	}
	return e, nil
}

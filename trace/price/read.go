package price

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Errors of a whole file.
var (
	// ErrHeader: there is no header line with the columns that are needed, or one
	// stands there twice.
	ErrHeader = errors.New("header not usable")
	// ErrTooLarge: more than MaxBytes or MaxRows.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrBroken: the file could not be read to its end.
	ErrBroken = errors.New("the file broke off")
)

// The limits on a file, and how many refusals a receipt keeps.
const (
	MaxBytes    = 64 << 20
	MaxRows     = 1_000_000
	MaxRefusals = 1000
	maxField    = 4 << 10 // bytes of a field
)

// Receipt says what became of the rows of a file: Read = Kept + Known + Refused.
type Receipt struct {
	File     string    `json:"file"`
	Read     int       `json:"read"`
	Kept     int       `json:"kept"`
	Known    int       `json:"known"` // said what was known already
	Refused  int       `json:"refused"`
	Refusals []Refusal `json:"refusals,omitempty"` // the first MaxRefusals
	NotRead  []string  `json:"not_read,omitempty"` // columns that are not looked at
}

// String is the receipt in one line.
func (r Receipt) String() string {
	return fmt.Sprintf("read %d = kept %d + known %d + refused %d", r.Read, r.Kept, r.Known, r.Refused)
}

// Refusal is a row that was not kept.
type Refusal struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"` // the value concerned, cut when long
}

// Error is "file:line: field: reason: detail", without characters that are not seen.
func (r Refusal) Error() string {
	out := printable(r.File) + ":" + strconv.Itoa(r.Line)
	for _, part := range []string{r.Field, r.Reason, r.Detail} {
		if part != "" {
			out += ": " + printable(part)
		}
	}
	return out
}

// fault is why a row is refused.
type fault struct{ field, reason, detail string }

func (r *Receipt) refuse(line int, f fault) {
	r.Refused++
	if len(r.Refusals) < MaxRefusals {
		r.Refusals = append(r.Refusals, Refusal{r.File, line, f.field, f.reason, clip(f.detail)})
	}
}

// clip cuts text that is too long for a message.
func clip(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// printable shows text from outside without its tricks.
func printable(text string) string {
	quoted := strconv.QuoteToGraphic(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// take keeps a row, or says that it was known or why it is refused.
type take func(get func(column string) string) (known bool, f *fault)

// read reads a CSV file row by row.
func read(name string, r io.Reader, columns []string, row take) (Receipt, error) {
	receipt := Receipt{File: name}
	err := receipt.rows(&limited{r: r, left: MaxBytes}, columns, row)
	if err != nil {
		return Receipt{}, fmt.Errorf("%s: %w", printable(name), err)
	}
	return receipt, nil
}

func (r *Receipt) rows(in io.Reader, columns []string, row take) error {
	b := bufio.NewReader(in)
	if mark, _ := b.Peek(3); string(mark) == "\ufeff" {
		_, _ = b.Discard(3) // they were just seen
	}
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	at, width, err := r.header(c, columns)
	if err != nil {
		return err
	}
	for {
		fields, err := c.Read()
		var broken *csv.ParseError
		switch {
		case err == io.EOF:
			return nil
		case err != nil && !errors.As(err, &broken):
			return readError(err)
		}
		if r.Read++; r.Read > MaxRows {
			return fmt.Errorf("%w: more than %d rows", ErrTooLarge, MaxRows)
		}
		line, f := checkRow(c, fields, width, broken)
		if f == nil {
			var known bool
			known, f = row(func(column string) string { return strings.Clone(strings.TrimSpace(fields[at[column]])) })
			switch {
			case f == nil && known:
				r.Known++
			case f == nil:
				r.Kept++
			}
		}
		if f != nil {
			r.refuse(line, *f)
		}
	}
}

// header finds the columns.
func (r *Receipt) header(c *csv.Reader, columns []string) (at map[string]int, width int, err error) {
	head, err := c.Read()
	var broken *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, 0, fmt.Errorf("%w: the file is empty", ErrHeader)
	case errors.As(err, &broken):
		return nil, 0, fmt.Errorf("%w: %w", ErrHeader, broken.Err)
	case err != nil:
		return nil, 0, readError(err)
	}
	at = map[string]int{}
	for i, name := range head {
		name = strings.Clone(strings.TrimSpace(name))
		if _, twice := at[name]; twice {
			return nil, 0, fmt.Errorf("%w: the column %s stands twice", ErrHeader, printable(clip(name)))
		}
		at[name] = i
		if !slices.Contains(columns, name) && len(r.NotRead) < 100 {
			r.NotRead = append(r.NotRead, clip(name))
		}
	}
	for _, name := range columns {
		if _, ok := at[name]; !ok {
			return nil, 0, fmt.Errorf("%w: no column %s", ErrHeader, name)
		}
	}
	return at, len(head), nil
}

// checkRow looks at a row as such. A quote that was left open makes one row of several
// lines, which is said, because what stands in them is lost.
func checkRow(c *csv.Reader, fields []string, width int, broken *csv.ParseError) (line int, f *fault) {
	if broken != nil {
		return broken.StartLine, &fault{"", "not CSV", fmt.Sprintf("%v, up to line %d", broken.Err, broken.Line)}
	}
	line, _ = c.FieldPos(0)
	if len(fields) != width {
		return line, &fault{"", "wrong number of fields", fmt.Sprintf("%d, the header has %d", len(fields), width)}
	}
	for i, v := range fields {
		switch {
		case len(v) > maxField:
			return line, &fault{"", "field too long", fmt.Sprintf("field %d: %d bytes", i+1, len(v))}
		case !utf8.ValidString(v):
			return line, &fault{"", "not valid UTF-8", fmt.Sprintf("field %d", i+1)}
		case strings.ContainsAny(v, "\r\n"):
			return line, &fault{"", "a field goes over several lines", fmt.Sprintf("field %d", i+1)}
		}
	}
	return line, nil
}

// latest is the last second of the year 9999.
const latest = 253402300799

// readTime reads a moment from 1970 to 9999.
func readTime(text string) (int64, bool) {
	if digits(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && n <= latest
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		t, err := time.Parse(form, text)
		if err == nil && t.Nanosecond() == 0 && t.Unix() >= 0 && t.Unix() <= latest {
			return t.Unix(), true
		}
	}
	return 0, false
}

// limited fails where a file has more bytes than are read, so that it never passes for
// a shorter one.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, int64(MaxBytes))
	}
	return n, err
}

func readError(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

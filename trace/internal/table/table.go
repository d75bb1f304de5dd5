// Package table reads the small tables that users give beside a ledger: CSV with a
// header, JSON lines, or a YAML list of flat mappings (of which a JSON array is one).
//
// A row that cannot be used is a [Refusal] with file, line, field and reason, and the
// rest is kept: read = kept + refused. A column that the table does not have is an error
// of the whole file, because a name that is misspelt would change the answer.
//
//	events, receipt, err := table.Read("events.csv", f, columns, func(r *table.Row) Event {
//		id := r.Chain("chain_out")
//		return Event{Out: r.Address("address_out", id)}
//	})
package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of a table.
const (
	MaxBytes = 64 << 20
	MaxRows  = 1_000_000
	MaxRow   = 64 << 10 // bytes of the cells of one row
	maxNamed = 1000     // refusals that a receipt names
)

// Errors of a whole file, for errors.Is. They arrive as "file: error: detail" or
// "file:line: error: detail".
var (
	// ErrTooLarge: more than MaxBytes or MaxRows.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrEmpty: nothing, or blanks alone.
	ErrEmpty = errors.New("the file is empty")
	// ErrFormat: no table in one of the forms.
	ErrFormat = errors.New("not a table")
	// ErrColumn: a column that is missing, not known, or there twice.
	ErrColumn = errors.New("column not usable")
)

// Refusal is a row, or a part of a file, that cannot be used.
type Refusal struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// Error is "file:line: field: reason". Characters that are not seen are escaped.
func (r *Refusal) Error() string {
	at := Printable(r.File) + ":" + strconv.Itoa(r.Line) + ": "
	if r.Field != "" {
		at += Printable(r.Field) + ": "
	}
	return at + r.Reason
}

// Receipt says what became of the rows: Read = Kept + Refused.
type Receipt struct {
	File    string     `json:"file"`
	Read    int        `json:"read"`
	Kept    int        `json:"kept"`
	Refused int        `json:"refused"`
	Named   []*Refusal `json:"named,omitempty"` // the first thousand of them
}

func (r *Receipt) refuse(f *Refusal) {
	r.Refused++
	if len(r.Named) < maxNamed {
		r.Named = append(r.Named, f)
	}
}

// Columns are those that a table has to have, and those that it may have.
type Columns struct{ Needed, Optional []string }

func (c Columns) known(name string) bool {
	return slices.Contains(c.Needed, name) || slices.Contains(c.Optional, name)
}

// check refuses a header.
func (c Columns) check(names []string) error {
	for i, n := range names {
		switch {
		case !c.known(n):
			return fmt.Errorf("%w: %s is not known", ErrColumn, Quote(n))
		case slices.Contains(names[:i], n):
			return fmt.Errorf("%w: %s is there twice", ErrColumn, n)
		}
	}
	for _, n := range c.Needed {
		if !slices.Contains(names, n) {
			return fmt.Errorf("%w: %s is missing", ErrColumn, n)
		}
	}
	return nil
}

// Read reads a table. What one makes of a row is kept unless a method of the row found
// a fault or [Row.Refuse] was called.
func Read[T any](name string, r io.Reader, columns Columns, one func(*Row) T) ([]T, Receipt, error) {
	receipt := Receipt{File: name}
	var out []T
	b, err := Bytes(name, r, MaxBytes)
	if err != nil {
		return nil, receipt, err
	}
	take := func(row *Row, refusal *Refusal) error {
		if receipt.Read++; receipt.Read > MaxRows {
			return fmt.Errorf("%s:%d: %w: more than %d rows", Printable(name), row.Line, ErrTooLarge, MaxRows)
		}
		if refusal == nil {
			row.File, row.columns = name, columns
			row.look()
			if refusal = row.refused; refusal == nil {
				v := one(row)
				if refusal = row.refused; refusal == nil {
					out = append(out, v)
					receipt.Kept++
					return nil
				}
			}
		}
		receipt.refuse(refusal)
		return nil
	}
	switch form := formOf(b); form {
	case jsonLines:
		err = readLines(name, b, take)
	case yamlList:
		err = readYAML(name, b, take)
	default:
		err = readCSV(name, b, columns, take)
	}
	return out, receipt, err
}

// Bytes is the whole of a file, up to a limit, without a byte order mark. Text that is
// not UTF-8 is refused.
func Bytes(name string, r io.Reader, most int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", Printable(name), err)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	switch {
	case len(b) > most:
		return nil, fmt.Errorf("%s: %w: more than %d bytes", Printable(name), ErrTooLarge, most)
	case len(bytes.TrimSpace(b)) == 0:
		return nil, fmt.Errorf("%s: %w", Printable(name), ErrEmpty)
	case !utf8.Valid(b):
		return nil, fmt.Errorf("%s: %w: not UTF-8", Printable(name), ErrFormat)
	}
	return b, nil
}

// Printable is text from outside with the characters that are not seen escaped.
func Printable(s string) string {
	q := strconv.QuoteToGraphic(s)
	return q[1 : len(q)-1]
}

// Quote is text from outside in quotes, cut where it is long.
func Quote(s string) string {
	const most = 80
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

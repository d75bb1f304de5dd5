package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/intake/internal/stream"
	"github.com/turtlebay/turtlebay/intake/internal/strictjson"
)

// mended is the row as its mends leave it. Where it cannot be read the error is
// ErrMend, and the row is one that can be refused.
func (l Lot) mended(e Entry) (Row, error) {
	row := Row{File: e.File, Line: e.Line, Original: e.Original, Mends: e.Mends, place: place{said: e.Place}}
	if e.Size > int64(len(e.Original)) {
		return row, fmt.Errorf("%w: the row is too long to be kept whole in quarantine", ErrMend)
	}
	first, text := 0, ""
	for i, m := range e.Mends {
		if m.Field == "" {
			first, text = i+1, m.Value
		}
	}
	if first == 0 {
		var ok bool
		if text, ok = l.text(e.Original); !ok {
			return row, fmt.Errorf("%w: the row is not text in %s: mend it as a whole", ErrMend, l.Format.Encoding)
		}
	}
	parts, err := l.alone(text)
	for _, m := range e.Mends[first:] {
		if err == nil {
			parts, err = l.set(parts, m)
		}
	}
	row.Names, row.Values, row.index, row.Object = parts.Names, parts.Values, parts.index, parts.Object
	return row, err
}

// text is a row's bytes as text.
func (l Lot) text(original []byte) (string, bool) {
	c, ok := stream.Named(l.Format.Encoding)
	if !ok {
		return "", false
	}
	b, ok := c.Decode(original)
	return string(b), ok
}

// alone reads the text of one row without the file it stood in.
func (l Lot) alone(text string) (Row, error) {
	opts := Options{Form: l.Format.Form, Encoding: stream.UTF8.Name}
	switch l.Format.Form {
	case CSV:
		opts.Delimiter = delimiterChar(l.Format.Delimiter)
		quoted := make([]string, len(l.Columns))
		for i, c := range l.Columns {
			quoted[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		text = strings.Join(quoted, string(opts.Delimiter)) + "\n" + text
	default:
		opts.Form, text = JSONArray, "["+text+"]"
	}
	src, err := NewSource(l.File, strings.NewReader(text), opts)
	if err != nil {
		return Row{}, fmt.Errorf("%w: %w", ErrMend, err)
	}
	var out []Row
	for row, err := range src.Rows() {
		var refusal *Refusal
		if errors.As(err, &refusal) {
			return Row{}, fmt.Errorf("%w: %s", ErrMend, strings.TrimPrefix(refusal.Field+": "+joinDetail(refusal.Reason, refusal.Detail), ": "))
		} else if err != nil {
			return Row{}, fmt.Errorf("%w: %w", ErrMend, err)
		}
		out = append(out, row)
	}
	if len(out) != 1 {
		return Row{}, fmt.Errorf("%w: it makes %d rows, want one", ErrMend, len(out))
	}
	return out[0], nil
}

// set changes one field of a row.
func (l Lot) set(row Row, m Mend) (Row, error) {
	if !utf8.ValidString(m.Value) || strings.ContainsRune(m.Value, 0) {
		return row, fmt.Errorf("%w: the value of %s is no text", ErrMend, Quote(m.Field))
	}
	if l.Format.Form == CSV {
		i, ok := row.index[m.Field]
		if !ok {
			return row, fmt.Errorf("%w: there is no column %s (there are %s)", ErrMend, Quote(m.Field), strings.Join(row.Names, ", "))
		}
		row.Values = slices.Clone(row.Values)
		row.Values[i] = m.Value
		return row, nil
	}
	b, err := strictjson.Set(row.Object, m.Field, m.Value)
	if err != nil {
		return row, fmt.Errorf("%w: member %s: %w", ErrMend, Quote(m.Field), err)
	}
	return l.alone(string(b))
}

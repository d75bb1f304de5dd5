package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Reasons for refusing a CSV row.
const (
	reasonFields   = "wrong number of fields"
	reasonBare     = "quote in an unquoted field"
	reasonTail     = "text after the closing quote"
	reasonUnclosed = "quote not closed"
	reasonCR       = "carriage return outside quotes"
)

var quote = []byte{'"'}

// csvReader reads rows as RFC 4180 has them: a field is quoted as a whole or
// not at all, a quote in it is doubled, line ends in quotes belong to the
// field. Wholly empty lines are skipped.
type csvReader struct {
	src   *Source
	delim byte
	line  int // the line the window begins on
	names []string
	index map[string]int
}

// openCSV reads the header and settles the delimiter.
func openCSV(s *Source) (func() (Row, error), error) {
	return (&csvReader{src: s, line: 1}).open()
}

func (c *csvReader) open() (func() (Row, error), error) {
	s := c.src
	n, lines, err := c.span()
	switch {
	case err == io.EOF:
		return nil, s.fail(0, ErrEmpty, "")
	case errors.As(err, new(*spanError)):
		return nil, s.fail(c.line, ErrHeader, err.Error())
	case err != nil:
		return nil, err
	}
	text, raw := s.text.Take(n)
	row := string(trimEnd(text))
	if f := s.checkText(text, raw); f != nil {
		return nil, s.fail(c.line, ErrHeader, joinDetail(f.reason, f.detail))
	}
	if d, ok := sepOf(row); ok && !s.format.Sep && s.opts.Delimiter == 0 {
		s.opts.Delimiter, s.format.Sep = d, true
		c.line += lines
		return c.open()
	}
	if c.delim, err = s.detectDelimiter(row, c.line); err != nil {
		return nil, err
	}
	s.format.Delimiter = delimiterName(c.delim)
	if err := c.header(row); err != nil {
		return nil, err
	}
	c.line += lines
	return c.next, nil
}

// sepLine is the first line by which a spreadsheet names the delimiter.
var sepLine = regexp.MustCompile(`(?i)^"?sep=([^"\pL\pN])"?$`)

// sepOf reads a line as in "sep=;".
func sepOf(row string) (byte, bool) {
	m := sepLine.FindStringSubmatch(row)
	if m == nil || len(m[1]) != 1 {
		return 0, false
	}
	return m[1][0], true
}

// header sets the column names, white space around them removed.
func (c *csvReader) header(row string) error {
	limit := c.src.opts.MaxFields
	names, f := c.parse(row, nil, limit)
	if f != nil && f.reason == reasonFields {
		return c.src.fail(c.line, ErrHeader, fmt.Sprintf("more than %d columns", limit))
	}
	if f != nil {
		return c.src.fail(c.line, ErrHeader, f.reason)
	}
	c.index = make(map[string]int, len(names))
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, twice := c.index[name]; twice {
			return c.src.fail(c.line, ErrHeader, fmt.Sprintf("column %s appears twice", Quote(name)))
		}
		names[i], c.index[name] = name, i
	}
	c.names, c.src.columns = names, names
	return nil
}

// next returns the next row or the refusal of one. A malformed row that spans
// lines is refused for its first line only: the quote that opened there is
// not trusted, and the lines after it are read again as rows of their own.
func (c *csvReader) next() (Row, error) {
	n, lines, err := c.span()
	switch e := err.(type) {
	case nil:
	case *spanError:
		return Row{}, c.refuseLine(e.fault)
	default:
		return Row{}, err
	}
	window := trimEnd(c.src.text.Window()[:n])
	values, f := c.parse(string(window), make([]string, 0, len(c.names)), len(c.names))
	if f != nil && lines > 1 && f.reason != reasonFields {
		return Row{}, c.refuseLine(c.unclosed())
	}
	start, body, at := c.line, len(window), c.src.here(lines, false)
	text, raw := c.src.text.Take(body)
	if bad := c.src.checkText(text, raw); bad != nil {
		f = bad
	}
	row := Row{
		File: c.src.name, Line: start, Original: append([]byte(nil), raw...),
		Names: c.names, Values: values, index: c.index, place: at,
	}
	c.src.text.Take(n - body)
	c.line += lines
	if f != nil {
		return Row{}, row.Refuse(f.field, f.reason, f.detail)
	}
	return row, nil
}

// spanError is a row whose end was not found.
type spanError struct{ fault }

func (e *spanError) Error() string { return joinDetail(e.reason, e.detail) }

// span finds the extent of the next row in the window: lines up to the first
// that closes every quote. It returns io.EOF at the end, a *spanError for a
// row without an end, or the error that broke the file.
func (c *csvReader) span() (n, lines int, err error) {
	text, o := c.src.text, c.src.opts
	open := false
	for lines < o.MaxRowLines {
		end, found := text.LineEnd(n, o.MaxRow)
		line := text.Window()[n:end]
		switch {
		case n == 0 && end == 0 && text.Err == io.EOF:
			return 0, 0, io.EOF
		case n == 0 && end == 0:
			return 0, 0, c.src.broken(c.line, c.src.text.Err)
		case !found && lines > 0 && (end > o.MaxRow || text.Err != io.EOF):
			return 0, 0, &spanError{c.unclosed()}
		case !found && end > o.MaxRow:
			return 0, 0, &spanError{fault{reason: reasonLong, detail: fmt.Sprintf("over %d bytes", o.MaxRow)}}
		case !found && text.Err != io.EOF:
			return 0, 0, &spanError{fault{reason: reasonBroken}}
		case n == 0 && len(trimEnd(line)) == 0:
			text.Take(end)
			c.line++
			continue
		}
		n, lines = end, lines+1
		open = open != (bytes.Count(line, quote)%2 == 1)
		if !open {
			return n, lines, nil
		}
		if !found {
			break
		}
	}
	return 0, 0, &spanError{c.unclosed()}
}

// unclosed says what is wrong with the first line of a row whose quotes do not
// close: often something plainer than the missing quote.
func (c *csvReader) unclosed() fault {
	if c.names == nil {
		return fault{reason: reasonUnclosed}
	}
	n, _ := c.src.text.LineEnd(0, c.src.opts.MaxRow)
	if _, f := c.parse(string(trimEnd(c.src.text.Window()[:n])), nil, len(c.names)); f != nil && f.reason != reasonFields {
		return *f
	}
	return fault{reason: reasonUnclosed}
}

// refuseLine takes one physical line and refuses it.
func (c *csvReader) refuseLine(f fault) error {
	at := c.src.here(1, false)
	raw, _ := c.src.text.TakeLine(c.src.opts.MaxRow)
	refusal := c.src.refuse(c.line, at, raw, f)
	c.line++
	return refusal
}

// parse splits a row into values. want is the number of fields there must be,
// or, while the header is read, the most there may be.
func (c *csvReader) parse(row string, values []string, want int) ([]string, *fault) {
	for at := 0; ; at++ { // past the delimiter
		if len(values) == want {
			return nil, c.count(row, want)
		}
		value, end, f := c.field(row, at)
		if f != nil {
			f.field = c.column(len(values))
			return nil, f
		}
		values = append(values, value)
		if at = end; at == len(row) {
			break
		}
	}
	if c.names != nil && len(values) != want {
		return nil, c.count(row, want)
	}
	return values, nil
}

// field reads the field at offset at and returns where it ends.
func (c *csvReader) field(row string, at int) (value string, end int, f *fault) {
	if at < len(row) && row[at] == '"' {
		return c.quoted(row, at+1)
	}
	end = len(row)
	if i := strings.IndexByte(row[at:], c.delim); i >= 0 {
		end = at + i
	}
	value = row[at:end]
	switch {
	case strings.IndexByte(value, '"') >= 0:
		return "", 0, &fault{reason: reasonBare}
	case strings.IndexByte(value, '\r') >= 0:
		return "", 0, &fault{reason: reasonCR}
	}
	return value, end, nil
}

// quoted reads a field from just after its opening quote.
func (c *csvReader) quoted(row string, at int) (value string, end int, f *fault) {
	var parts strings.Builder
	for {
		i := strings.IndexByte(row[at:], '"')
		if i < 0 {
			return "", 0, &fault{reason: reasonUnclosed}
		}
		end = at + i + 1
		if end < len(row) && row[end] == '"' {
			parts.WriteString(row[at:end])
			at = end + 1
			continue
		}
		if end < len(row) && row[end] != c.delim {
			return "", 0, &fault{reason: reasonTail}
		}
		if parts.Len() == 0 {
			return row[at : end-1], end, nil
		}
		parts.WriteString(row[at : end-1])
		return parts.String(), end, nil
	}
}

// count is the fault of a row with too few or too many fields, unless one of
// its fields is malformed, which explains more.
func (c *csvReader) count(row string, want int) *fault {
	n := 0
	for at := 0; ; at++ {
		_, end, f := c.field(row, at)
		if f != nil {
			f.field = c.column(n)
			return f
		}
		n++
		if at = end; at == len(row) {
			break
		}
	}
	return &fault{reason: reasonFields, detail: strconv.Itoa(n) + ", the header has " + strconv.Itoa(want)}
}

// column names the i-th column, from 0.
func (c *csvReader) column(i int) string {
	if i < len(c.names) {
		return c.names[i]
	}
	return ""
}

// trimEnd removes the line end, LF or CRLF, and a lone CR at the end of a file.
func trimEnd[T string | []byte](line T) T {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

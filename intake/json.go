package intake

import (
	"bytes"
	"fmt"
	"io"

	"github.com/turtlebay/turtlebay/intake/internal/stream"
	"github.com/turtlebay/turtlebay/intake/internal/strictjson"
)

// linesReader reads JSON lines: one object a line, blank lines skipped.
type linesReader struct {
	src  *Source
	line int
}

func (l *linesReader) next() (Row, error) {
	text, limit := l.src.text, l.src.opts.MaxRow
	for {
		n, found := text.LineEnd(0, limit)
		switch {
		case n == 0 && text.Err == io.EOF:
			return Row{}, io.EOF
		case n == 0:
			return Row{}, l.src.broken(l.line, l.src.text.Err)
		case !found && n > limit:
			return Row{}, l.refuseLine(fault{reason: reasonLong, detail: fmt.Sprintf("over %d bytes", limit)})
		case !found && text.Err != io.EOF:
			return Row{}, l.refuseLine(fault{reason: reasonBroken})
		}
		body := trimEnd(text.Window()[:n])
		start := l.line
		l.line++
		if len(bytes.TrimLeft(body, jsonSpace)) == 0 {
			text.Take(n)
			continue
		}
		row, err := l.src.object(start, len(body), l.src.here(1, false), nil)
		text.Take(n - len(body))
		return row, err
	}
}

func (l *linesReader) refuseLine(f fault) error {
	at := l.src.here(1, false)
	raw, _ := l.src.text.TakeLine(l.src.opts.MaxRow)
	refusal := l.src.refuse(l.line, at, raw, f)
	l.line++
	return refusal
}

// object takes n bytes of text and makes them a row or, if they are not one
// sound JSON object or have the fault already, a refusal.
func (s *Source) object(line, n int, at place, f *fault) (Row, error) {
	text, raw := s.text.Take(n)
	row := Row{File: s.name, Line: line, Original: bytes.Clone(raw), place: at}
	if bad := s.checkText(text, raw); bad != nil {
		f = bad
	}
	if f == nil {
		if bad := strictjson.Check(text, s.opts.MaxDepth, s.opts.MaxFields); bad != nil {
			f = &fault{field: bad.Field, reason: bad.Reason, detail: bad.Detail}
		}
	}
	if f != nil {
		return Row{}, row.Refuse(f.field, f.reason, f.detail)
	}
	if s.text.Plain() {
		text = row.Original
	} else {
		text = bytes.Clone(text)
	}
	row.Object = bytes.Trim(text, jsonSpace)
	return row, nil
}

const jsonSpace = " \t\r\n"

// Reasons for refusing a piece of a JSON array.
const (
	reasonNoComma  = "comma missing before the element"
	reasonNoItem   = "comma without an element"
	reasonTrailing = "text after the end of the array"
	reasonNoEnd    = "element does not end"
	reasonNoClose  = "the array is not closed"
)

// arrayReader reads the objects of one JSON array, which may stand on one
// line or on many.
type arrayReader struct {
	src  *Source
	line int
	last separator
	// indent is the white space before the first element of the line.
	indent []byte
}

// separator is what the array reader has read last.
type separator int

const (
	beforeArray separator = iota
	opened
	comma
	element
	resumed // after a piece that was refused: a comma may or may not follow
	closed
	finished
)

func (a *arrayReader) next() (Row, error) {
	for {
		a.space()
		window := a.src.text.Window()
		if len(window) == 0 {
			return Row{}, a.end()
		}
		if a.last == closed {
			return Row{}, a.refuseLine(fault{reason: reasonTrailing}, closed)
		}
		switch b := window[0]; {
		case a.last == beforeArray: // detection has seen the bracket
			a.pass(opened)
		case b == ',' && (a.last == element || a.last == resumed):
			a.pass(comma)
		case b == ',':
			return Row{}, a.refuseByte(comma)
		case b == ']' && a.last == comma:
			return Row{}, a.refuseByte(closed)
		case b == ']':
			a.pass(closed)
		default:
			return a.element()
		}
	}
}

// space passes over white space and counts lines.
func (a *arrayReader) space() {
	text := a.src.text
	for {
		window := text.Window()
		n := len(window) - len(bytes.TrimLeft(window, jsonSpace))
		if i := bytes.LastIndexByte(window[:n], '\n'); i >= 0 {
			a.line += bytes.Count(window[:n], newline)
			a.indent = bytes.Clone(window[i+1 : n])
		}
		text.Take(n)
		if n < len(window) || !text.Fill() {
			return
		}
	}
}

var newline = []byte{'\n'}

func (a *arrayReader) pass(s separator) {
	a.src.text.Take(1)
	a.last = s
}

// end is what the end of the text means.
func (a *arrayReader) end() error {
	switch {
	case a.src.text.Err != io.EOF:
		return a.src.broken(a.line, a.src.text.Err)
	case a.last == closed || a.last == finished:
		return io.EOF
	}
	a.last = finished
	return a.src.refuse(a.line, a.here(), stream.Clipped{}, fault{reason: reasonNoClose})
}

// here is the place of what is taken next: an element has no line of its own.
func (a *arrayReader) here() place { return a.src.here(1, true) }

// refuseByte refuses a comma without an element; what it stood before is read.
func (a *arrayReader) refuseByte(s separator) error {
	at := a.here()
	_, raw := a.src.text.Take(1)
	refusal := a.src.refuse(a.line, at, stream.Clipped{Kept: bytes.Clone(raw), Size: int64(len(raw))}, fault{reason: reasonNoItem})
	a.last = s
	return refusal
}

func (a *arrayReader) refuseLine(f fault, s separator) error {
	at := a.here()
	raw, ended := a.src.text.TakeLine(a.src.opts.MaxRow)
	refusal := a.src.refuse(a.line, at, raw, f)
	if ended {
		a.line++
	}
	a.last = s
	return refusal
}

// element reads the element the window begins with.
func (a *arrayReader) element() (Row, error) {
	text, limit := a.src.text, a.src.opts.MaxRow
	var ext extent
	for n := 0; ; {
		window := text.Window()
		n += ext.feed(window[n:min(len(window), limit+1)])
		switch {
		case n > limit:
			return Row{}, a.lose(n, ext, fault{reason: reasonLong, detail: fmt.Sprintf("over %d bytes", limit)})
		case ext.done:
			return a.sound(n)
		case ext.mismatch:
			return Row{}, a.lose(n, ext, fault{reason: reasonNoEnd})
		case text.Fill():
		case text.Err != io.EOF:
			return Row{}, a.lose(n, ext, fault{reason: reasonBroken})
		default:
			return Row{}, a.lose(n, ext, fault{reason: reasonNoEnd})
		}
	}
}

// sound takes the n bytes of an element that has an end.
func (a *arrayReader) sound(n int) (Row, error) {
	start, at := a.line, a.here()
	a.line += bytes.Count(a.src.text.Window()[:n], newline)
	var f *fault
	if a.last == element {
		f = &fault{reason: reasonNoComma}
	}
	a.last = element
	return a.src.object(start, n, at, f)
}

// lose refuses an element that has no end within its n bytes or is too long.
// If a later line of it seems to begin the next element, reading resumes
// there; else it is skipped until its brackets balance, or, where they
// contradict each other, to the end of that line.
func (a *arrayReader) lose(n int, ext extent, f fault) error {
	text, limit := a.src.text, a.src.opts.MaxRow
	start, at := a.line, a.here()
	var lost stream.Clipped
	take := func(n int) {
		a.line += bytes.Count(text.Window()[:n], newline)
		_, raw := text.Take(n)
		lost.Add(raw, limit)
	}
	a.last = resumed
	seen := n
	if ext.mismatch {
		seen++
	}
	if next := a.nextElement(text.Window()[:seen]); next > 0 && !ext.done && !ext.deep() {
		take(next)
		lost.TrimEnd()
		return a.src.refuse(start, at, lost, f)
	}
	for ext = (extent{}); !ext.done && !ext.mismatch && (len(text.Window()) > 0 || text.Fill()); {
		take(ext.feed(text.Window()))
	}
	if ext.mismatch {
		rest, ended := text.TakeLine(limit)
		lost.Join(rest, limit)
		if ended {
			a.line++
		}
	} else if ext.done {
		a.last = element
	}
	return a.src.refuse(start, at, lost, f)
}

// nextElement returns the offset of the first line after the element's own
// that begins an object at the same indentation or closes the array; 0 if
// there is none.
func (a *arrayReader) nextElement(seen []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(seen[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		line := seen[at:]
		blank := len(line) - len(bytes.TrimLeft(line, " \t"))
		rest := line[blank:]
		switch {
		case len(rest) == 0:
		case rest[0] == '{' && bytes.Equal(line[:blank], a.indent):
			return at
		case rest[0] == ']' && blank <= len(a.indent):
			return at
		}
	}
}

// extent finds the end of an array element by its brackets alone. A line end
// closes a string: JSON strings hold none.
type extent struct {
	began    bool
	inString bool
	escaped  bool
	depth    int
	open     [trackedDepth]byte // the closing brackets that are due
	deepest  int
	done     bool
	mismatch bool
}

// trackedDepth is how deep the kind of a bracket is checked; deeper ones are
// only counted.
const trackedDepth = 64

func (e *extent) deep() bool { return e.deepest > trackedDepth }

// feed takes bytes in until the element is done or a bracket contradicts it
// (that byte is not taken), and returns how many it took.
func (e *extent) feed(b []byte) int {
	for i, x := range b {
		bare := e.began && e.depth == 0
		switch {
		case e.inString:
			e.inString = x != '\n' && (x != '"' || e.escaped)
			e.escaped = x == '\\' && !e.escaped
			e.done = bare && x == '\n'
		case x == '"':
			e.inString = true
		case bare:
			e.done = x == ',' || x == ']' || x == '\n'
		case x == '{' || x == '[':
			e.push(x + 2) // the closing bracket in ASCII
		case x == '}' || x == ']':
			e.pop(x)
		}
		if e.mismatch || e.done && bare {
			return i
		}
		e.began = true
		if e.done {
			return i + 1
		}
	}
	return len(b)
}

func (e *extent) push(closing byte) {
	if e.depth < trackedDepth {
		e.open[e.depth] = closing
	}
	e.depth++
	e.deepest = max(e.deepest, e.depth)
}

func (e *extent) pop(closing byte) {
	if e.depth == 0 { // the element begins with it
		return
	}
	if e.depth <= trackedDepth && e.open[e.depth-1] != closing {
		e.mismatch = true
		return
	}
	e.depth--
	e.done = e.depth == 0
}

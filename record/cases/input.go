package cases

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
)

// Form is how cases are written in an input.
type Form int

// The forms.
const (
	None  Form = iota // no JSON object and no array of them
	Lines             // one object a line
	Array             // an array of objects
	One               // one object over several lines
)

// lookAhead is how much of an input is looked at to find out its form.
const lookAhead = 4 << 10

// Look finds out the form of an input by its first bytes, decompressed where they
// are gzipped. They stay to be read. It waits for no more bytes than it needs.
func Look(r *bufio.Reader) (Form, error) {
	most := min(r.Size(), lookAhead)
	zipped, err := begins(r, gzipped)
	if err != nil {
		return None, err
	}
	if zipped {
		head, err := r.Peek(most)
		if err != nil && err != io.EOF {
			return None, err
		}
		inside, _ := inflateHead(head, most) // whoever reads it will say what is wrong
		form, _ := find(inside)
		return form, nil
	}
	for n := 1; n <= most; {
		head, err := r.Peek(n)
		if err == nil {
			head, err = r.Peek(min(r.Buffered(), most))
		}
		form, sure := find(head)
		switch {
		case sure || err == io.EOF:
			return form, nil
		case err != nil:
			return None, err
		}
		n = len(head) + 1
	}
	return None, nil
}

var (
	gzipped = []byte("\x1f\x8b")
	mark    = []byte("\xef\xbb\xbf") // UTF-8's byte order mark
)

// begins reports whether the input begins so.
func begins(r *bufio.Reader, with []byte) (bool, error) {
	head, err := r.Peek(len(with))
	if err == io.EOF {
		err = nil
	}
	return bytes.Equal(head, with), err
}

// find finds out the form; sure is false where more bytes could change it. A brace
// and nothing else on its line begins an object over many lines.
func find(head []byte) (form Form, sure bool) {
	if len(head) < len(mark) && bytes.HasPrefix(mark, head) {
		return None, false
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, mark), " \t\r\n")
	if len(head) == 0 {
		return None, false
	}
	switch head[0] {
	case '[':
		return Array, true
	case '{':
		rest := bytes.TrimLeft(head[1:], " \t\r")
		if len(rest) > 0 && rest[0] == '\n' {
			return One, true
		}
		return Lines, len(rest) > 0
	}
	return None, true
}

// Input is cases being read. It is not safe for concurrent use.
type Input struct {
	name string
	text io.Reader // Lines: what is in the input, decompressed
	err  error     // io.EOF: the input has ended
	read int       // cases so far
	rest []byte    // Lines: the beginning of a line that has not ended
	line int       // Lines: that is read next
	long bool      // Lines: the line that is being read is too long, and lost

	next func() (intake.Row, error, bool) // Array
	stop func()
}

// Open begins to read cases from an input that is called name in messages. An
// input that holds none gives intake.ErrEmpty or intake.ErrFormat. Opts are as for
// intake.Open; their Progress is for the caller to make.
func Open(name string, r *bufio.Reader, opts intake.Options) (*Input, error) {
	form, err := Look(r)
	in := &Input{name: intake.Printable(name), line: 1, stop: func() {}}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", in.name, intake.ErrBroken, err)
	}
	zipped, _ := begins(r, gzipped)
	switch {
	case form == None && onlySpace(r):
		return nil, fmt.Errorf("%s: %w", in.name, intake.ErrEmpty)
	case form == None:
		return nil, fmt.Errorf("%s: %w: no JSON object and no array of them", in.name, intake.ErrFormat)
	case form == Array:
		return in, in.openArray(r, opts)
	}
	in.text = r
	if zipped {
		z, err := inflate(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", in.name, intake.ErrBroken, err)
		}
		in.text = z
	}
	if form == One {
		text := bufio.NewReader(in.text)
		if marked, _ := begins(text, mark); marked {
			_, _ = text.Discard(len(mark)) // they are in the buffer
		}
		return in, in.openArray(io.MultiReader(strings.NewReader("["), text, strings.NewReader("]")), opts)
	}
	return in, nil
}

// onlySpace reports whether there is nothing in the beginning of an input that has
// no form.
func onlySpace(r *bufio.Reader) bool {
	head, _ := r.Peek(min(r.Buffered(), lookAhead))
	return len(bytes.TrimSpace(head)) == 0
}

// openArray has package intake find the elements of an array, and go on behind
// those that are broken.
func (in *Input) openArray(text io.Reader, opts intake.Options) error {
	src, err := intake.NewSource(in.name, text, opts)
	if err != nil {
		return err
	}
	in.next, in.stop = iter.Pull2(src.Rows())
	return nil
}

// Close ends the reading; it does not close what is read from.
func (in *Input) Close() { in.stop() }

// Batch is some cases in the order of their input. Reading into it again uses its
// memory again.
type Batch struct {
	text  []byte
	items []item
}

type item struct {
	line     int
	place    int   // among the input's cases, from 1; 0: it is none
	from, to int   // in text
	err      error // instead of a text
}

// Len is how many cases there are, those that cannot be read included.
func (b *Batch) Len() int { return len(b.items) }

// Empty leaves no case in it.
func (b *Batch) Empty() { b.text, b.items = b.text[:0], b.items[:0] }

// All goes through the cases: the line that each begins on, and its text or what
// is wrong with it.
func (b *Batch) All() iter.Seq2[int, Text] {
	return func(yield func(int, Text) bool) {
		for _, it := range b.items {
			if !yield(it.line, Text{b.text[it.from:it.to], it.err, it.place}) {
				return
			}
		}
	}
}

// Text is one case as it stands in the input, or the *intake.Refusal of what
// cannot be one.
type Text struct {
	JSON  []byte
	Err   error
	Place int // among the cases of the input, from 1; 0: what is refused is no case but a piece of the array around them
}

const (
	atOnce  = 256      // cases of an array that make a batch
	chunk   = 64 << 10 // bytes that are read at once
	maxLine = 1 << 20  // bytes of one case
)

// Read fills the batch with the cases that follow, one at least. At the end it
// gives io.EOF and no case; another error ends the reading, too.
func (in *Input) Read(b *Batch) error {
	b.Empty()
	if in.err != nil {
		return in.err
	}
	for len(b.items) == 0 && in.err == nil {
		if in.next != nil {
			in.readArray(b)
		} else {
			in.readLines(b)
		}
	}
	for i := range b.items {
		if refused, ok := b.items[i].err.(*intake.Refusal); !ok || !around[refused.Reason] {
			in.read++
			b.items[i].place = in.read
		}
	}
	if len(b.items) > 0 {
		return nil
	}
	return in.err
}

func (in *Input) readArray(b *Batch) {
	for len(b.items) < atOnce && len(b.text) < chunk {
		row, err, more := in.next()
		refused := new(intake.Refusal)
		switch {
		case !more:
			in.err = io.EOF
			return
		case errors.As(err, &refused):
			b.items = append(b.items, item{line: refused.Line, err: refused})
		case err != nil:
			in.err = err
			return
		default:
			from := len(b.text)
			b.text = append(b.text, row.Object...)
			b.items = append(b.items, item{line: row.Line, from: from, to: len(b.text)})
		}
	}
}

// readLines reads a chunk and makes cases of the lines that end in it.
func (in *Input) readLines(b *Batch) {
	b.text = append(b.text[:0], in.rest...)
	seen := len(b.text)
	if cap(b.text)-seen < chunk {
		b.text = append(make([]byte, 0, 2*seen+2*chunk), b.text...)
	}
	n, err := in.text.Read(b.text[seen:cap(b.text)])
	b.text = b.text[:seen+n]
	whole := 1 + seen + bytes.LastIndexByte(b.text[seen:], '\n')
	if whole == seen {
		whole = 0 // the line goes on
	}
	if err != nil {
		if in.err = err; err != io.EOF {
			in.err = fmt.Errorf("%s:%d: %w: %w", in.name, in.line, intake.ErrBroken, err)
		} else {
			whole = len(b.text)
		}
	}
	in.rest = append(in.rest[:0], b.text[whole:]...)
	in.split(b, whole)
	if len(in.rest) > maxLine {
		in.long, in.rest = true, in.rest[:0]
	} else if in.long && in.err != nil {
		b.items = append(b.items, in.tooLong())
	}
}

// tooLong is the case that stands in the present line.
func (in *Input) tooLong() item {
	return item{line: in.line, err: &intake.Refusal{File: in.name, Line: in.line, Reason: "row too long", Detail: fmt.Sprintf("over %d bytes", maxLine)}}
}

// split makes cases of whole lines.
func (in *Input) split(b *Batch, whole int) {
	for from := 0; from < whole; in.line++ {
		to := whole
		if i := bytes.IndexByte(b.text[from:whole], '\n'); i >= 0 {
			to = from + i + 1
		}
		it := item{line: in.line, from: from, to: to}
		if in.line == 1 && bytes.HasPrefix(b.text[from:to], mark) {
			it.from += len(mark)
		}
		switch {
		case in.long || to-from > maxLine:
			in.long = false
			it = in.tooLong()
		case blank(b.text[it.from:to]):
			from = to
			continue
		}
		b.items = append(b.items, it)
		from = to
	}
}

func blank(line []byte) bool { return len(bytes.TrimLeft(line, " \t\r\n")) == 0 }

// A small file may repeat itself as much as it likes; beyond it, one that grows
// more than this many times over is made to do harm.
const (
	ratioFloor = 256 << 20
	maxRatio   = 400
)

// inflated reads what is in a gzipped input.
type inflated struct {
	*gzip.Reader
	in    *counted
	out   int64
	floor int64
}

func inflate(r io.Reader) (*inflated, error) {
	in := &counted{r: r}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return &inflated{Reader: z, in: in, floor: ratioFloor}, nil
}

// inflateHead is what the first bytes of a gzipped input give, of most bytes at most.
func inflateHead(head []byte, most int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, int64(most)))
}

func (i *inflated) Read(b []byte) (int, error) {
	n, err := i.Reader.Read(b)
	if i.out += int64(n); err == nil && i.out > i.floor && i.out > maxRatio*i.in.n {
		err = fmt.Errorf("%w: more than %d times the compressed size", intake.ErrTooLarge, maxRatio)
	}
	return n, err
}

// counted counts the bytes that are read through it.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

package form

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Object writes a JSON object member by member, so that a list of many rows is never in
// memory as a whole. Its methods do nothing after the first error, which Close reports.
type Object struct {
	w     *bufio.Writer
	comma bool
	err   error
}

// NewObject begins an object.
func NewObject(w io.Writer) *Object {
	o := &Object{w: bufio.NewWriter(w)}
	o.text("{")
	return o
}

func (o *Object) text(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *Object) value(v any) {
	if o.err != nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil {
		o.err = err
		return
	}
	o.text(escaped(string(b)))
}

// escaped writes characters that are not seen as escapes: what JSON says stays the same.
// They stand in strings alone.
func escaped(text string) string {
	hidden := func(r rune) bool { return r > 0x7e && !unicode.IsGraphic(r) }
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch high, low := utf16.EncodeRune(r); {
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String()
}

func (o *Object) name(name string) {
	if o.comma {
		o.text(",")
	}
	o.comma = true
	o.text("\n")
	o.value(name)
	o.text(": ")
}

// Member writes a member.
func (o *Object) Member(name string, v any) {
	o.name(name)
	o.value(v)
}

// List writes a member that is a list, an element on each line.
func List[T any](o *Object, name string, of []T, show func(*T) any) {
	o.name(name)
	o.text("[")
	for i := range of {
		if i > 0 {
			o.text(",")
		}
		o.text("\n  ")
		o.value(show(&of[i]))
	}
	o.text("]")
}

// Close ends the object and reports the first error there was.
func (o *Object) Close() error {
	o.text("\n}\n")
	if o.err == nil {
		o.err = o.w.Flush()
	}
	if o.err != nil {
		return fmt.Errorf("write JSON: %w", o.err)
	}
	return nil
}

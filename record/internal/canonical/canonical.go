// Package canonical writes values as canonical JSON (RFC 8785): the members of an
// object in order of their names, no white space, no needless escapes, so that
// equal values are equal bytes and have one digest.
//
//	b, err := canonical.Append(nil, &record) // {"id":"INC-2022-040","observation":{…}}
//
// It gives what encoding/json gives, put in that form, but knows only what records
// are made of: structs with json tags, slices, pointers, interfaces, text, whole
// numbers, booleans, and types that append their own text. Anything else is an
// error, not a guess.
package canonical

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Append appends the canonical JSON of v. A pointer is faster than the value. The
// error names a type that cannot be written.
func Append(b []byte, v any) ([]byte, error) {
	if b == nil {
		b = make([]byte, 0, usual)
	}
	at := reflect.ValueOf(v)
	if !at.IsValid() {
		return append(b, "null"...), nil
	}
	if at.Kind() != reflect.Pointer { // fields of an addressable value need no copies
		p := reflect.New(at.Type())
		p.Elem().Set(at)
		at = p.Elem()
	}
	return dynamic(b, at)
}

// usual is room for a record of one row.
const usual = 640

// writer appends a value of one type, which is addressable unless it is a pointer.
type writer func(b []byte, v reflect.Value) ([]byte, error)

var writers sync.Map // of reflect.Type to writer

func dynamic(b []byte, v reflect.Value) ([]byte, error) {
	w, err := writerOf(v.Type())
	if err != nil {
		return b, err
	}
	return w(b, v)
}

func writerOf(t reflect.Type) (writer, error) {
	if w, ok := writers.Load(t); ok {
		return w.(writer), nil
	}
	w, err := newWriter(t)
	if err != nil {
		return nil, err
	}
	writers.Store(t, w)
	return w, nil
}

var (
	appender    = reflect.TypeFor[encoding.TextAppender]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
	textual     = reflect.TypeFor[encoding.TextMarshaler]()
	knowsItself = reflect.TypeFor[interface{ IsZero() bool }]()
)

func newWriter(t reflect.Type) (writer, error) {
	p := reflect.PointerTo(t)
	switch {
	case t.Kind() == reflect.Pointer:
		return pointed(t)
	case p.Implements(appender):
		return appended, nil
	case p.Implements(marshaler), p.Implements(textual):
		return nil, fmt.Errorf("canonical JSON: %s writes itself in a way that is not known", t)
	}
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value) ([]byte, error) { return appendText(b, v.String()), nil }, nil
	case reflect.Bool:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }, nil
	case reflect.Int, reflect.Int64:
		return func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }, nil
	case reflect.Interface:
		return held, nil
	case reflect.Slice:
		return listed(t)
	case reflect.Struct:
		return structured(t)
	}
	return nil, fmt.Errorf("canonical JSON: a %s cannot be written", t)
}

func pointed(t reflect.Type) (writer, error) {
	to, err := writerOf(t.Elem())
	if err != nil {
		return nil, err
	}
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return to(b, v.Elem())
	}, nil
}

func held(b []byte, v reflect.Value) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	return Append(b, v.Interface())
}

func appended(b []byte, v reflect.Value) ([]byte, error) {
	b = append(b, '"')
	start := len(b)
	b, err := v.Addr().Interface().(encoding.TextAppender).AppendText(b)
	if err != nil {
		return b, err
	}
	if !isPlain(b[start:]) {
		return appendText(b[:start-1], string(b[start:])), nil
	}
	return append(b, '"'), nil
}

func listed(t reflect.Type) (writer, error) {
	element, err := writerOf(t.Elem())
	if err != nil {
		return nil, err
	}
	if t.Elem().Kind() == reflect.Uint8 {
		return nil, fmt.Errorf("canonical JSON: a %s cannot be written", t)
	}
	return func(b []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error // several goroutines write at once
			if b, err = element(b, v.Index(i)); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}, nil
}

// member is a field of a struct as it is written.
type member struct {
	name  string
	head  string // the quoted name and a colon
	index int
	omit  func(reflect.Value) bool // nil: never
	write writer
}

func structured(t reflect.Type) (writer, error) {
	var members []member
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && (!f.IsExported() || name == "-" && options == "") {
			continue
		}
		if f.Anonymous || name == "" || !isPlain([]byte(name)) {
			return nil, fmt.Errorf("canonical JSON: field %s of %s has no plain name", f.Name, t)
		}
		write, err := writerOf(f.Type)
		if err != nil {
			return nil, err
		}
		omit, err := omission(options, f.Type)
		if err != nil {
			return nil, fmt.Errorf("canonical JSON: field %s of %s: %w", f.Name, t, err)
		}
		members = append(members, member{name, `"` + name + `":`, f.Index[0], omit, write})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return func(b []byte, v reflect.Value) ([]byte, error) {
		b = append(b, '{')
		first := true
		var err error
		for i := range members {
			m := &members[i]
			field := v.Field(m.index)
			if m.omit != nil && m.omit(field) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if b, err = m.write(append(b, m.head...), field); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}, nil
}

// omission is the rule by which a field is left out.
func omission(options string, t reflect.Type) (func(reflect.Value) bool, error) {
	switch options {
	case "":
		return nil, nil
	case "omitempty":
		return empty, nil
	case "omitzero":
		if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(knowsItself) {
			return func(v reflect.Value) bool { return v.Addr().Interface().(interface{ IsZero() bool }).IsZero() }, nil
		}
		return reflect.Value.IsZero, nil
	}
	return nil, fmt.Errorf("option %q is not known", options)
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// isPlain reports whether text can stand between quotation marks as it is.
func isPlain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const hex = "0123456789abcdef"

// appendText appends text in quotation marks. Bytes that are not UTF-8 become
// U+FFFD, as they do in encoding/json.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c < ' ' || c == '"' || c == '\\' {
			b = appendEscape(append(b, s[start:i]...), c)
			start = i + 1
		}
		i++
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	if i := strings.IndexByte("\"\\\b\f\n\r\t", c); i >= 0 {
		return append(b, '\\', `"\bfnrt`[i])
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

package record

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// maxDepth bounds the nesting of a record's text. The deepest kind has six.
const maxDepth = 32

// maxNames bounds the members of one object. The widest kind has twenty-two.
const maxNames = 100

// textScan is one walk over a record's text that looks for what encoding/json
// passes over in silence: a name given twice or in other letters, text that is
// not UTF-8, half of a surrogate pair. On the way it finds the observation's
// type, so that the record can be decoded in one go.
//
// The text need not be sound JSON; then what the scan finds means little.
type textScan struct {
	text  []byte
	at    int
	utf8  bool // the text as a whole is sound, no string needs to be looked at
	open  []level
	names [][]byte // of the objects that are open, innermost last
	kind  observation.Kind
	fault *Fault // the first found
}

// level is an object or list that is open.
type level struct {
	list  bool
	index int    // of the list's element
	name  []byte // of the object's member
	first int    // the object's first name
}

func scanText(b []byte) *textScan {
	s := &textScan{text: b, utf8: utf8.Valid(b)}
	for s.at < len(b) && s.depth() <= maxDepth {
		switch s.text[s.at] {
		case '{', '[':
			s.open = append(s.open, level{list: s.text[s.at] == '[', first: len(s.names)})
		case '}', ']':
			if s.depth() == 0 {
				return s
			}
			s.names = s.names[:s.open[s.depth()-1].first]
			s.open = s.open[:s.depth()-1]
		case ',':
			if s.depth() > 0 {
				s.open[s.depth()-1].index++
			}
		case '"':
			s.string()
		}
		s.at++
	}
	if s.depth() > maxDepth {
		s.fault = &Fault{"", fmt.Sprintf("is nested more than %d deep", maxDepth)}
	}
	return s
}

func (s *textScan) depth() int { return len(s.open) }

// string reads a string and leaves at on its closing quotation mark.
func (s *textScan) string() {
	start, why := s.at+1, ""
	for s.at++; s.at < len(s.text) && s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			why = s.escape(why)
		}
	}
	content := s.text[min(start, len(s.text)):min(s.at, len(s.text))]
	if !s.utf8 && !utf8.Valid(content) {
		why = "is not UTF-8"
	}
	if s.isName() {
		s.name(content)
	} else if s.kind == "" && s.depth() == 2 && string(s.open[1].name) == "type" && string(s.open[0].name) == "observation" {
		s.kind = observation.Kind(content)
	}
	if why != "" {
		s.report(why)
	}
}

// escape passes over an escape and says what is wrong with it.
func (s *textScan) escape(why string) string {
	r, ok := hex4(s.text[min(s.at+2, len(s.text)):])
	if s.at++; s.at >= len(s.text) || s.text[s.at] != 'u' || !ok {
		return why
	}
	s.at += 4
	switch {
	case r == 0:
		return "holds a NUL character"
	case r >= 0xDC00 && r <= 0xDFFF:
		return "holds half of a surrogate pair"
	case r < 0xD800 || r > 0xDFFF:
		return why
	}
	if low, ok := bytes.CutPrefix(s.text[s.at+1:], []byte(`\u`)); ok {
		if r, ok := hex4(low); ok && r >= 0xDC00 && r <= 0xDFFF {
			s.at += 6
			return why
		}
	}
	return "holds half of a surrogate pair"
}

// hex4 reads the four hexadecimal digits of an escape.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n), err == nil
}

// isName reports whether the string just read names a member.
func (s *textScan) isName() bool {
	if s.depth() == 0 || s.open[s.depth()-1].list {
		return false
	}
	rest := s.text[min(s.at+1, len(s.text)):]
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// name notes the name of a member. Names of fields are lower-case ASCII:
// anything else could only be taken for one of them by mistake.
func (s *textScan) name(name []byte) {
	top := &s.open[s.depth()-1]
	top.name = name
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			s.report("is not a field of this kind")
			break
		}
	}
	if len(s.names)-top.first > maxNames {
		s.report("is one of too many fields")
		return
	}
	for _, other := range s.names[top.first:] {
		if bytes.Equal(other, name) {
			s.report("is given twice")
		}
	}
	s.names = append(s.names, name)
}

func (s *textScan) report(reason string) {
	if s.fault == nil {
		s.fault = &Fault{s.path(), reason}
	}
}

// path names the value that is being read, as in "amounts[1].value".
func (s *textScan) path() string {
	var b strings.Builder
	for _, l := range s.open {
		switch {
		case l.list:
			fmt.Fprintf(&b, "[%d]", l.index)
		case b.Len() > 0:
			b.WriteByte('.')
			fallthrough
		default:
			b.WriteString(clip(strings.ToValidUTF8(string(l.name), "\uFFFD")))
		}
	}
	return b.String()
}

// diagnosis finds out which fields of a text that encoding/json refused are
// wrong, member by member. It is slow and thorough: only refused text gets here.
type diagnosis struct {
	Invalid
}

// maxFaults keeps the message about a thoroughly broken record readable.
const maxFaults = 10

// diagnose makes the *Invalid of a text for which encoding/json gave err, and in
// which the scan found a fault or nil.
func diagnose(b []byte, err error, scanned *Fault) *Invalid {
	var d diagnosis
	var syntax *json.SyntaxError
	if !json.Valid(b) {
		reason := "is not JSON: " + strings.TrimPrefix(err.Error(), "json: ")
		if e := json.Unmarshal(b, new(any)); errors.As(e, &syntax) {
			reason = fmt.Sprintf("is not JSON: %s (at byte %d)", syntax, syntax.Offset)
		}
		d.report("", reason)
		return &d.Invalid
	}
	var id struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(b, &id) == nil {
		d.ID = id.ID
	}
	d.value(b, reflect.TypeFor[envelope](), "")
	switch {
	case len(d.Faults) > 0:
	case scanned != nil:
		d.report(scanned.Field, scanned.Reason)
	default:
		d.report("", err.Error())
	}
	return &d.Invalid
}

func (d *diagnosis) report(path, reason string) {
	if len(d.Faults) < maxFaults {
		d.Faults = append(d.Faults, Fault{path, reason})
	}
}

// value tries the text as a value of the type and reports what does not fit.
func (d *diagnosis) value(text json.RawMessage, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	text = bytes.TrimSpace(text)
	switch {
	case t == reflect.TypeFor[observation.Observation]():
		d.observation(text, path)
	case string(text) == "null" && (path == "" || t == accountType):
		d.report(path, "is null, want an object")
	case string(text) == "null":
	case t.Kind() == reflect.Struct && (t == accountType || !readsItself(t)):
		d.object(text, t, path)
	case t.Kind() == reflect.Slice:
		var list []json.RawMessage
		if json.Unmarshal(text, &list) != nil {
			d.report(path, fmt.Sprintf("is %s, want a list", describe(text)))
		}
		for i, v := range list {
			d.value(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		var wrong *json.UnmarshalTypeError
		err := json.Unmarshal(text, reflect.New(t).Interface())
		switch {
		case errors.As(err, &wrong):
			d.report(path, fmt.Sprintf("is %s, want %s", describe(text), wanted(t, text)))
		case err != nil:
			d.report(path, err.Error())
		}
	}
}

func (d *diagnosis) object(text json.RawMessage, t reflect.Type, path string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		d.report(path, fmt.Sprintf("is %s, want an object", describe(text)))
		return
	}
	below := func(name string) string { return strings.TrimPrefix(path+"."+clip(name), ".") }
	if _, ok := members["observation"]; !ok && (path == "" || t == accountType) {
		d.report(below("observation"), "is missing")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		at := below(name)
		if f, ok := fieldNamed(t, name); ok {
			d.value(members[name], f.Type, at)
		} else {
			d.report(at, "is not a field of this kind")
		}
	}
}

func (d *diagnosis) observation(text json.RawMessage, path string) {
	var head struct {
		Type *string `json:"type"`
	}
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(text, &head); {
	case string(text) == "null":
		d.report(path, "is missing")
	case errors.As(err, &wrong) && wrong.Field == "":
		d.report(path, fmt.Sprintf("is %s, want an object", describe(text)))
	case err != nil:
		d.report(path+".type", fmt.Sprintf("is a JSON %s, want the name of a kind", wrong.Value))
	case head.Type == nil:
		d.report(path+".type", "is missing")
	default:
		o, err := observation.New(observation.Kind(*head.Type))
		if err != nil {
			d.report(path+".type", err.Error())
			return
		}
		d.object(text, reflect.TypeOf(o).Elem(), path)
	}
}

// fieldNamed finds the field of a struct that JSON calls by the name.
func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if n, _, _ := strings.Cut(f.Tag.Get("json"), ","); n == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// accountType reads itself only to find out the kind of its observation.
var accountType = reflect.TypeFor[Account]()

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[json.Unmarshaler]())
}

// describe says what a JSON text is.
func describe(text json.RawMessage) string {
	switch text[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return string(text)
	}
	return "the number " + clip(string(text))
}

// wanted says what a field of the type takes instead of the text.
func wanted(t reflect.Type, text json.RawMessage) string {
	switch {
	case t == reflect.TypeFor[value.Date]():
		return `a date as text, such as "2017-03-01"`
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case strings.HasPrefix(describe(text), "the number"):
		return "text in quotation marks: a number loses its leading zeros"
	}
	return "text"
}

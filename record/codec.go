package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/record/observation"
)

// envelope is a record without its methods.
type envelope Record

// Decode reads and validates one record. Every error is *Invalid, and names the
// fields concerned by their full path.
//
// It is strict: a field the kind does not have, a field given twice or in other
// letters, text that is not UTF-8 and anything behind the record are errors, for
// none of them may be lost in silence.
func Decode(b []byte) (Record, error) {
	var r Record
	if err := r.UnmarshalJSON(b); err != nil {
		return r, err
	}
	return r, r.Validate()
}

// UnmarshalJSON reads a record as strictly as [Decode] does, but does not
// validate it. Every error is *Invalid.
func (r *Record) UnmarshalJSON(b []byte) error {
	s := scanText(b)
	if s.depth() > maxDepth {
		return &Invalid{Faults: []Fault{*s.fault}}
	}
	var e envelope
	o, err := observation.New(s.kind)
	if err == nil {
		e.Observation = o // encoding/json fills in what the interface points to
		err = unmarshal(b, &e)
	}
	switch {
	case err != nil:
		return diagnose(b, err)
	case s.fault != nil:
		return &Invalid{ID: e.ID, Faults: []Fault{*s.fault}}
	}
	*r = Record(e)
	return nil
}

// unmarshal is json.Unmarshal without tolerance for unknown fields.
func unmarshal(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the JSON value")
	}
	return nil
}

// Canonical returns the record's canonical JSON (RFC 8785), without a newline.
func (r Record) Canonical() ([]byte, error) {
	b, err := canonical(r)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	return b, nil
}

// CanonicalObservation returns the canonical JSON of the observation alone: what
// was seen, whoever the record says saw it.
func (r Record) CanonicalObservation() ([]byte, error) {
	b, err := canonical(r.Observation)
	if err != nil {
		return nil, fmt.Errorf("encode observation of record %s: %w", r.ID, err)
	}
	return b, nil
}

// Digest is the lower-case hexadecimal SHA-256 of the bytes.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// canonical encodes v by RFC 8785. It knows what records are made of, and no
// more: field names in ASCII, whole numbers that a float64 holds, no fractions.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	s := sorter{src: b.Bytes(), out: make([]byte, 0, b.Len())}
	s.value()
	return s.out, nil
}

// sorter copies the output of encoding/json with the members of every object in
// order of their names and with no more escapes than RFC 8785 asks for.
type sorter struct {
	src, out []byte
	at       int
	members  []member
	scratch  []byte
}

// member is where a member of an object stands in out: the name without its
// quotation marks, and all of it with the comma behind.
type member struct{ name, nameEnd, from, to int }

func (s *sorter) value() {
	switch s.src[s.at] {
	case '{':
		s.object()
	case '[':
		s.list()
	case '"':
		s.text()
	default:
		n := bytes.IndexAny(s.src[s.at:], ",]}\n")
		s.copy(n)
	}
}

func (s *sorter) copy(n int) {
	s.out = append(s.out, s.src[s.at:s.at+n]...)
	s.at += n
}

func (s *sorter) list() {
	for s.copy(1); s.src[s.at] != ']'; {
		if s.src[s.at] == ',' {
			s.copy(1)
		}
		s.value()
	}
	s.copy(1)
}

func (s *sorter) object() {
	s.copy(1)
	start, first := len(s.out), len(s.members)
	for s.src[s.at] != '}' {
		if s.src[s.at] == ',' {
			s.at++
		}
		m := member{from: len(s.out), name: len(s.out) + 1}
		s.text()
		m.nameEnd = len(s.out) - 1
		s.copy(1)
		s.value()
		s.out = append(s.out, ',')
		m.to = len(s.out)
		s.members = append(s.members, m)
	}
	s.at++
	s.arrange(start, s.members[first:])
	s.members = s.members[:first]
	if len(s.out) > start {
		s.out[len(s.out)-1] = '}'
		return
	}
	s.out = append(s.out, '}')
}

// arrange sorts the members, which make up all of out from start on.
func (s *sorter) arrange(start int, ms []member) {
	byName := func(a, b member) int { return bytes.Compare(s.out[a.name:a.nameEnd], s.out[b.name:b.nameEnd]) }
	if slices.IsSortedFunc(ms, byName) {
		return
	}
	slices.SortFunc(ms, byName)
	s.scratch = append(s.scratch[:0], s.out[start:]...)
	s.out = s.out[:start]
	for _, m := range ms {
		s.out = append(s.out, s.scratch[m.from-start:m.to-start]...)
	}
}

// text copies a string. encoding/json escapes U+2028, U+2029 and U+FFFD, which
// RFC 8785 writes as they are.
func (s *sorter) text() {
	for n := 1; ; n++ {
		switch s.src[s.at+n] {
		case '"':
			s.copy(n + 1)
			return
		case '\\':
			s.copy(n)
			s.escape()
			n = -1
		}
	}
}

func (s *sorter) escape() {
	if r, ok := hex4(s.src[s.at+2:]); ok && s.src[s.at+1] == 'u' && r >= ' ' {
		s.out = utf8.AppendRune(s.out, r)
		s.at += 6
		return
	}
	s.copy(2) // the digits of \u00XX are copied as any others
}

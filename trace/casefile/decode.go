package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// reader reads JSON token by token: nothing is kept that the schema does not name,
// names are matched by their exact spelling, and every error knows its field.
type reader struct{ dec *json.Decoder }

// noEffect lists the fields that any object may have and that change nothing.
var noEffect = []string{"title", "why", "retheft", "expect"}

func newReader(b []byte) *reader {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	return &reader{dec}
}

func wrong(at, reason string, args ...any) error {
	return &trace.FieldError{Field: at, Reason: fmt.Sprintf(reason, args...)}
}

// token is the next token; at is the field it belongs to.
func (r *reader) token(at string) (json.Token, error) {
	tok, err := r.dec.Token()
	if err == nil {
		return tok, nil
	}
	if at == "" {
		at = "case"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, wrong(at, "the file ends in the middle")
	}
	return nil, wrong(at, "not JSON near byte %d: %s", r.dec.InputOffset(), strconv.QuoteToGraphic(err.Error()))
}

// end checks that nothing follows.
func (r *reader) end() error {
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("case", "something follows it at byte %d", r.dec.InputOffset())
	}
	return nil
}

// fields is how to read each field of an object.
type fields map[string]func(at string, tok json.Token) error

// given is the fields of an object that are there and not null.
type given struct {
	at    string
	names []string
}

func (g given) has(name string) bool { return slices.Contains(g.names, name) }

// require refuses an object without these fields.
func (g given) require(names ...string) error {
	for _, n := range names {
		if !g.has(n) {
			return wrong(under(g.at, n), "is missing")
		}
	}
	return nil
}

// refuse refuses an object with one of these fields.
func (g given) refuse(why string, names ...string) error {
	for _, n := range names {
		if g.has(n) {
			return wrong(under(g.at, n), "%s", why)
		}
	}
	return nil
}

func under(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// object reads an object. Null is a field that is not there.
func (r *reader) object(at string, tok json.Token, known fields) (given, error) {
	g := given{at: at}
	if tok != json.Delim('{') {
		return g, wrong(orCase(at), "is not an object")
	}
	var seen []string
	for r.dec.More() {
		key, err := r.token(at)
		if err != nil {
			return g, err
		}
		name, _ := key.(string)
		read := known[name]
		if read == nil && slices.Contains(noEffect, name) {
			read = r.skip
		}
		if read == nil {
			return g, wrong(orCase(at), "unknown field %s", show(name))
		}
		if slices.Contains(seen, name) {
			return g, wrong(under(at, name), "is there twice")
		}
		seen = append(seen, name)
		value, err := r.token(under(at, name))
		if err != nil {
			return g, err
		}
		if value == nil {
			continue
		}
		if err := read(under(at, name), value); err != nil {
			return g, err
		}
		g.names = append(g.names, name)
	}
	_, err := r.token(at)
	return g, err
}

func orCase(at string) string {
	if at == "" {
		return "case"
	}
	return at
}

// array reads an array.
func (r *reader) array(at string, tok json.Token, read func(at string, tok json.Token) error) error {
	if tok != json.Delim('[') {
		return wrong(at, "is not an array")
	}
	for i := 0; r.dec.More(); i++ {
		at := at + "[" + strconv.Itoa(i) + "]"
		value, err := r.token(at)
		if err != nil {
			return err
		}
		if err := read(at, value); err != nil {
			return err
		}
	}
	_, err := r.token(at)
	return err
}

// list reads an array of what is built one by one.
func list[T any](r *reader, into *[]T, read func(at string, tok json.Token) (T, error)) func(string, json.Token) error {
	return func(at string, tok json.Token) error {
		*into = []T{}
		return r.array(at, tok, func(at string, tok json.Token) error {
			v, err := read(at, tok)
			*into = append(*into, v)
			return err
		})
	}
}

// skip reads over a value that has no effect.
func (r *reader) skip(at string, tok json.Token) error {
	depth := 0
	for {
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return wrong(at, "is nested more than %d deep", maxDepth)
		}
		var err error
		if tok, err = r.token(at); err != nil {
			return err
		}
	}
}

// text reads a name: a string with something in it, whole.
func text(at string, tok json.Token) (string, error) {
	s, ok := tok.(string)
	switch {
	case !ok:
		return "", wrong(at, "is not a string")
	case s == "":
		return "", wrong(at, "is empty")
	case strings.ContainsRune(s, '\ufffd'):
		return "", wrong(at, "%s holds a character that is damaged", show(s))
	}
	return s, nil
}

func textInto(into *string) func(string, json.Token) error { return stored(into, text) }

// amount reads an amount in base units.
func amount(at string, tok json.Token) (accounting.Exact, error) {
	if n, ok := tok.(json.Number); ok {
		return accounting.Exact{}, wrong(at, "%s is a number: amounts are strings", show(n.String()))
	}
	s, ok := tok.(string)
	if !ok {
		return accounting.Exact{}, wrong(at, "is not a string")
	}
	a, err := accounting.ParseWhole(s)
	if err != nil {
		return a, wrong(at, "%s: %s", show(s), err)
	}
	return a, nil
}

func amountInto(into *accounting.Exact) func(string, json.Token) error { return stored(into, amount) }

// ordinal reads a whole number from nought to 2^63 - 1.
func ordinal(at string, tok json.Token) (int64, error) {
	n, ok := tok.(json.Number)
	if !ok {
		return 0, wrong(at, "is not a number")
	}
	v, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || v < 0 {
		return 0, wrong(at, "%s is not a whole number from 0 to 2^63-1", show(n.String()))
	}
	return v, nil
}

func ordinalInto(into *int64) func(string, json.Token) error { return stored(into, ordinal) }

// flag reads true or false.
func flag(at string, tok json.Token) (bool, error) {
	v, ok := tok.(bool)
	if !ok {
		return false, wrong(at, "is neither true nor false")
	}
	return v, nil
}

// stored stores what read reads.
func stored[T any](into *T, read func(string, json.Token) (T, error)) func(string, json.Token) error {
	return func(at string, tok json.Token) (err error) {
		*into, err = read(at, tok)
		return err
	}
}

// show is text from outside: short, and without characters that are not seen.
func show(s string) string {
	const most = 80
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

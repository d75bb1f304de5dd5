package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// envelope is a record on the wire before its observation's type is known.
type envelope Record

// UnmarshalJSON reads the envelope and then the observation that its type names.
// Fields that the kind does not have are an error: a misspelt field must not be
// lost in silence.
func (r *Record) UnmarshalJSON(b []byte) error {
	var wire struct {
		envelope
		Observation json.RawMessage `json:"observation"`
	}
	if err := strict(b, &wire); err != nil {
		return err
	}
	if len(wire.Observation) == 0 {
		return &Invalid{ID: wire.ID, Faults: []Fault{{"observation", "is missing"}}}
	}
	o, err := decodeObservation(wire.Observation)
	if err != nil {
		return err
	}
	*r = Record(wire.envelope)
	r.Observation = o
	return nil
}

func decodeObservation(b []byte) (observation.Observation, error) {
	var head struct {
		Type observation.Kind `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, locate(err, "observation.")
	}
	o, err := observation.New(head.Type)
	if err != nil {
		return nil, &Invalid{Faults: []Fault{{"observation.type", err.Error()}}}
	}
	if err := strict(b, o); err != nil {
		return nil, prefixed(err, "observation.")
	}
	return o, nil
}

func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return locate(err, "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &Invalid{Faults: []Fault{{"", "more follows the JSON value"}}}
	}
	return nil
}

// locate turns an error of encoding/json into *Invalid with the field's path.
func locate(err error, prefix string) error {
	var invalid *Invalid
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &invalid):
		return err
	case errors.As(err, &wrongType):
		return &Invalid{Faults: []Fault{{prefix + wrongType.Field, fmt.Sprintf("is a JSON %s, want %s", wrongType.Value, plainType(wrongType.Type))}}}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &Invalid{Faults: []Fault{{prefix + strings.Trim(name, `"`), "is not a field of this kind"}}}
	}
	return &Invalid{Faults: []Fault{{strings.TrimSuffix(prefix, "."), strings.TrimPrefix(err.Error(), "json: ")}}}
}

func prefixed(err error, prefix string) error {
	var invalid *Invalid
	if errors.As(err, &invalid) {
		for i, f := range invalid.Faults {
			if !strings.HasPrefix(f.Field, prefix) {
				invalid.Faults[i].Field = strings.TrimSuffix(prefix+f.Field, ".")
			}
		}
	}
	return err
}

func plainType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// Decode reads and validates one record. Every error is *Invalid.
func Decode(b []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(b, &r); err != nil {
		return r, locate(err, "")
	}
	return r, r.Validate()
}

// Canonical returns the record's canonical JSON (RFC 8785), without a newline.
func (r Record) Canonical() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	c, err := jcs.Transform(b)
	if err != nil {
		return nil, fmt.Errorf("canonicalise record %s: %w", r.ID, err)
	}
	return c, nil
}

// Digest is the lower-case hexadecimal SHA-256 of the bytes.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Anchors lists every anchor an observation holds, wherever it stands in it.
func Anchors(o observation.Observation) []claim.Anchor {
	var out []claim.Anchor
	walk(reflect.ValueOf(o), func(v reflect.Value) {
		if a, ok := v.Interface().(claim.Anchor); ok {
			out = append(out, a)
		}
	})
	return out
}

// Parties lists every party an observation holds, wherever it stands in it.
func Parties(o observation.Observation) []party.Party {
	var out []party.Party
	walk(reflect.ValueOf(o), func(v reflect.Value) {
		if p, ok := v.Interface().(party.Party); ok {
			out = append(out, p)
		}
	})
	return out
}

// Pseudonymise returns a copy of the record in which every natural person who
// may not be named in print carries a pseudonym made from the record's id, and
// reports whether there was one.
func (r Record) Pseudonymise() (Record, bool, error) {
	b, err := r.Canonical()
	if err != nil {
		return r, false, err
	}
	var out Record
	if err := json.Unmarshal(b, &out); err != nil {
		return r, false, fmt.Errorf("copy record %s: %w", r.ID, err)
	}
	n := 0
	walk(reflect.ValueOf(out.Observation), func(v reflect.Value) {
		if p, ok := v.Interface().(party.Party); ok && p.Pseudonymous() {
			n++
			p.Names = []party.Name{{Text: fmt.Sprintf("Person %d of %s", n, r.ID)}}
			p.Identifiers = nil
			v.Set(reflect.ValueOf(p))
		}
	})
	return out, n > 0, nil
}

// walk calls visit for every addressable struct reachable from v.
func walk(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		visit(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	}
}

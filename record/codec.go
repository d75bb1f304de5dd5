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

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/turtlebay/turtlebay/record/internal/canonical"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
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
		return diagnose(b, err, s.fault)
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
func (r Record) Canonical() ([]byte, error) { return r.AppendCanonical(nil) }

// AppendCanonical appends what Canonical returns.
func (r Record) AppendCanonical(b []byte) ([]byte, error) {
	b, err := canonical.Append(b, &r)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", r.ID, err)
	}
	return b, nil
}

// CanonicalObservation returns the canonical JSON of the leading account's
// observation alone: what was seen, whoever the record says saw it.
func (r Record) CanonicalObservation() ([]byte, error) { return r.AppendObservation(nil) }

// AppendObservation appends what CanonicalObservation returns.
func (r Record) AppendObservation(b []byte) ([]byte, error) {
	b, err := canonical.Append(b, r.Observation)
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

// plainDecimal is the pattern of an exact number in JSON.
const plainDecimal = `^-?[0-9]+(\.[0-9]+)?$`

// plainDate is the pattern of a date of known precision.
const plainDate = `^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`

// Schema returns the JSON Schema (draft 2020-12) of a record of the kind,
// indented.
func Schema(k observation.Kind) ([]byte, error) {
	o, err := observation.New(k)
	if err != nil {
		return nil, err
	}
	opts := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[value.Date](): {Type: "string", Pattern: plainDate, Description: "YYYY, YYYY-MM or YYYY-MM-DD: as precise as known"},
		reflect.TypeFor[value.Decimal](): {
			Types: []string{"string", "number"}, Pattern: plainDecimal,
			Description: "exact decimal, written as a string",
		},
		reflect.TypeFor[observation.Observation](): {Type: "object"},
	}}
	whole, err := jsonschema.ForType(reflect.TypeFor[envelope](), opts)
	if err != nil {
		return nil, fmt.Errorf("schema of a record: %w", err)
	}
	part, err := jsonschema.ForType(reflect.TypeOf(o).Elem(), opts)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", k, err)
	}
	var kind any = string(k)
	part.Properties["type"] = &jsonschema.Schema{Const: &kind}
	part.Description = k.About()
	whole.Schema = "https://json-schema.org/draft/2020-12/schema"
	whole.Title = string(k)
	whole.Properties["observation"] = part
	whole.Properties["also"].Items.Properties["observation"] = &jsonschema.Schema{Ref: "#/properties/observation"}
	b, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode schema of %s: %w", k, err)
	}
	return b, nil
}

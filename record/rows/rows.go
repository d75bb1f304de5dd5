// Package rows turns the rows of a file into records: CSV columns named by the
// path of a field ("victim", "bank.name", "amounts[0].value.amount"), or JSON
// objects, either whole records or bare observations.
//
// What a row leaves out is filled in where that is safe: the source of the file
// becomes the record's source, a single claim becomes the preferred one, and a
// row without an id gets one made from its content, so that the same row always
// has the same id. Nothing else is guessed: a row that does not fit is refused
// with the field and the reason.
//
//	reader, err := rows.NewReader(observation.KindShipment, "Customs of …")
//	rec, refusal := reader.Record(row)
package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// ErrColumn is returned, wrapped with file, line and column, for a CSV column
// that is no field of the kind. It concerns the whole file: a misspelt column
// would otherwise be lost from every row.
var ErrColumn = errors.New("not a field of this kind")

// givenKey is the key of the source that --source names.
const givenKey = "given"

// Reader reads the rows of one file as records of one kind.
type Reader struct {
	kind    observation.Kind
	source  string
	columns map[string]column // CSV: by header name
	header  *string           // identity of the header the columns were made for
}

// NewReader returns a reader for rows of the kind that come from the source.
func NewReader(kind observation.Kind, source string) (*Reader, error) {
	if _, err := observation.New(kind); err != nil {
		return nil, err
	}
	if strings.TrimSpace(source) == "" {
		return nil, errors.New("read rows: a source is needed: who supplied the file, and when")
	}
	return &Reader{kind: kind, source: source}, nil
}

// Record makes a record of the row. The error is an *intake.Refusal where only
// this row is concerned, and wraps ErrColumn where the whole file is.
func (r *Reader) Record(row intake.Row) (record.Record, error) {
	tree, err := r.tree(row)
	if err != nil {
		return record.Record{}, err
	}
	if err := r.complete(tree); err != nil {
		return record.Record{}, row.Refuse("", err.Error(), "")
	}
	b, err := json.Marshal(tree)
	if err != nil {
		return record.Record{}, row.Refuse("", "cannot be read as a record", "")
	}
	rec, err := record.Decode(b)
	if err != nil {
		return rec, refuse(row, err)
	}
	return rec, nil
}

// refuse names the first fault in the refusal's field and the rest in its detail.
func refuse(row intake.Row, err error) error {
	var invalid *record.Invalid
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
		return row.Refuse("", err.Error(), "")
	}
	first, detail := invalid.Faults[0], ""
	if rest := invalid.Faults[1:]; len(rest) > 0 {
		detail = "also " + (&record.Invalid{Faults: rest}).Error()
	}
	return row.Refuse(strings.TrimPrefix(first.Field, "observation."), first.Reason, detail)
}

// tree is the row as the JSON of a record.
func (r *Reader) tree(row intake.Row) (map[string]any, error) {
	if row.Object == nil {
		return r.fromColumns(row)
	}
	d := json.NewDecoder(bytes.NewReader(row.Object))
	d.UseNumber()
	var flat map[string]any
	if err := d.Decode(&flat); err != nil {
		return nil, row.Refuse("", "not a JSON object", "")
	}
	if _, whole := flat["observation"]; whole {
		return flat, nil
	}
	return split(flat), nil
}

// envelopeFields are the members of a record beside its observation.
var envelopeFields = []string{"id", "as_of", "marking", "certainty", "sources"}

// split parts a bare observation from the record's own fields written among it.
func split(flat map[string]any) map[string]any {
	out := map[string]any{"observation": flat}
	for _, f := range envelopeFields {
		if v, ok := flat[f]; ok && f != "certainty" {
			out[f] = v
			delete(flat, f)
		}
	}
	return out
}

// complete fills in what the command line and the row's own content decide.
func (r *Reader) complete(tree map[string]any) error {
	o, ok := tree["observation"].(map[string]any)
	if !ok {
		return errors.New("the observation is not an object")
	}
	switch t := o["type"]; t {
	case nil:
		o["type"] = string(r.kind)
	case string(r.kind):
	default:
		return fmt.Errorf("is a %v, not a %s", t, r.kind)
	}
	if s, _ := tree["sources"].([]any); len(s) == 0 {
		tree["sources"] = []any{map[string]any{"key": givenKey, "title": r.source, "origin": r.source}}
	}
	for _, v := range o {
		if list, ok := v.([]any); ok {
			completeClaims(list)
		}
	}
	if id, _ := tree["id"].(string); id == "" {
		return r.name(tree, o)
	}
	return nil
}

// completeClaims anchors claims to the file's source where they name none, and
// prefers the only claim there is.
func completeClaims(list []any) {
	for _, v := range list {
		c, ok := v.(map[string]any)
		if !ok || c["authority"] == nil {
			return
		}
		if c["anchor"] == nil {
			c["anchor"] = map[string]any{"source": givenKey}
		}
		if len(list) == 1 && c["preferred"] == nil {
			c["preferred"], c["reason"] = true, "the only figure given"
		}
	}
}

// name makes an id from the observation's content.
func (r *Reader) name(tree, o map[string]any) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if b, err = jcs.Transform(b); err != nil {
		return err
	}
	tree["id"] = r.kind.Prefix() + "-" + record.Digest(b)[:12]
	return nil
}

// Columns lists the CSV columns a kind understands, sorted, for help texts.
func Columns(kind observation.Kind) []string {
	o, err := observation.New(kind)
	if err != nil {
		return nil
	}
	var out []string
	for name := range shortNames[kind] {
		out = append(out, name)
	}
	out = append(append(out, "id", "as_of", "marking.tlp"), leaves(o)...)
	slices.Sort(out)
	return slices.Compact(out)
}

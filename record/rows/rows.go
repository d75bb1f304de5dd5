// Package rows turns the rows of a file into records: CSV columns named by the
// path of a field ("victim", "bank.name", "amounts[0].value.amount"), or JSON
// objects, either whole records or bare observations.
//
// What a row leaves out is filled in where that is safe: the source of the file
// becomes the record's source, what names no source rests on that one, a single
// claim becomes the preferred one, and a row without an id gets one made from
// its observation, so that the same row always has the same id. Nothing else is
// guessed: a row that does not fit is refused with the field and the reason.
//
// With the SHA-256 of the file, which is then an item of evidence, every record
// says in its evidence where in the file it stands and what stands there.
//
//	reader, err := rows.NewReader(observation.KindShipment, "Customs of …", rows.Of(sha256))
//	rec, err := reader.Record(row)   // a *intake.Refusal, or an error wrapping ErrColumn
package rows

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// ErrColumn is returned, wrapped with file, line and column, for a CSV column
// that is no field of the kind, or the same field as another column. It concerns
// the whole file: a misspelt column would otherwise be lost from every row.
var ErrColumn = errors.New("not a field of this kind")

// idDigits is the length of an id made from content: enough that among a million
// rows two different ones share an id less than once in a thousand million files.
const idDigits = 16

// givenKey is the key of the source that --source names.
const givenKey = "given"

// Reader reads the rows of one file as records of one kind. It is not safe for
// concurrent use.
type Reader struct {
	kind    observation.Kind
	source  string
	item    string   // SHA-256 of the file; empty: it is no evidence
	columns []column // CSV: in the order of the header
	header  *string  // identity of the header the columns were made for
	claims  bool     // the kind holds claims or anchors to complete

	ofRecord map[string]bool // JSON: names that are the record's, not the observation's
	scratch  []byte
}

// Option is a choice about how rows are read.
type Option func(*Reader)

// Of gives the SHA-256 (64 lower-case hexadecimal digits) of the file as it was
// received, so that records can cite it.
func Of(sha256 string) Option { return func(r *Reader) { r.item = sha256 } }

// NewReader returns a reader for rows of the kind that come from the source.
func NewReader(kind observation.Kind, source string, options ...Option) (*Reader, error) {
	o, err := observation.New(kind)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	source = strings.TrimSpace(source)
	if source == "" {
		return nil, errors.New("read rows: a source is needed: who supplied the file, and when")
	}
	r := &Reader{kind: kind, source: source, claims: hasAnchors(o), ofRecord: recordNames(o)}
	for _, choose := range options {
		choose(r)
	}
	return r, nil
}

// Record makes a record of the row. The error is an *intake.Refusal where only
// this row is concerned, and wraps ErrColumn where the whole file is.
func (r *Reader) Record(row intake.Row) (record.Record, error) {
	rec, err := r.read(row)
	if err != nil {
		return record.Record{}, err
	}
	r.complete(&rec, row)
	if rec.ID == "" {
		if r.scratch, err = rec.AppendObservation(r.scratch[:0]); err != nil {
			return record.Record{}, row.Refuse("", "cannot be written as a record", err.Error())
		}
		rec.ID = r.kind.Prefix() + "-" + record.Digest(r.scratch)[:idDigits]
	}
	if err := rec.Validate(); err != nil {
		return record.Record{}, refuse(row, err)
	}
	return rec, nil
}

// read makes a record of what the row says and no more.
func (r *Reader) read(row intake.Row) (record.Record, error) {
	if row.Object == nil {
		return r.fromColumns(row)
	}
	return r.fromObject(row)
}

// refuse names the first fault in the refusal's field and the rest in its detail.
func refuse(row intake.Row, err error) error {
	var invalid *record.Invalid
	if !errors.As(err, &invalid) || len(invalid.Faults) == 0 {
		return row.Refuse("", err.Error(), "")
	}
	faults := slices.Clone(invalid.Faults)
	for i, f := range faults {
		faults[i].Field = strings.TrimPrefix(f.Field, "observation.")
	}
	reason, said := phrase(faults[0].Reason)
	if rest := faults[1:]; len(rest) > 0 {
		said = strings.TrimPrefix(said+"; also "+(&record.Invalid{Faults: rest}).Error(), "; ")
	}
	return row.Refuse(faults[0].Field, reason, said)
}

// spoken is a reason that begins with the value it speaks of, as in
// `is "30617": an odd number of digits`.
var spoken = regexp.MustCompile(`^(?:is |date |number )?("(?:[^"\\]|\\.)*"(?:… \(\d+ characters\))?|the number [^ ,]+|\d{7,})[,:]? (.+)$`)

// phrase parts a reason into words that are the same for every such row, which
// receipts count by, and the value it speaks of.
func phrase(reason string) (fixed, said string) {
	if m := spoken.FindStringSubmatch(reason); m != nil {
		return m[2], m[1]
	}
	return reason, ""
}

// complete fills in what the command line and the row's own content decide, where
// the row stands and that it was mended.
func (r *Reader) complete(rec *record.Record, row intake.Row) {
	given := len(rec.Sources) == 0
	if given {
		rec.Sources = []claim.Source{{Key: givenKey, Title: r.source, Origin: r.source}}
	}
	if r.claims {
		settle(rec.Observation, given)
	}
	if r.item != "" {
		here := claim.Passage{Item: r.item, At: row.Place(), Quote: record.Digest(row.Original)}
		if !slices.Contains(rec.Evidence, here) {
			rec.Evidence = append(rec.Evidence, here)
		}
	}
	if len(row.Mends) > 0 {
		rec.Note = strings.TrimPrefix(rec.Note+" "+mended(row.Mends), " ")
	}
}

// mended says in a record's note that it is not what stands in the evidence. Who
// mended it, to what and why is in the quarantine's journal.
func mended(mends []intake.Mend) string {
	var fields []string
	for _, m := range mends {
		if m.Field == "" {
			return "Mended by the desk: the row as a whole."
		}
		if !slices.Contains(fields, m.Field) {
			fields = append(fields, m.Field)
		}
	}
	return "Mended by the desk: " + strings.Join(fields, ", ") + "."
}

// Columns lists the CSV columns a kind understands, sorted, for help texts. In
// lists they show the first position; more may be given.
func Columns(kind observation.Kind) []string {
	o, err := observation.New(kind)
	if err != nil {
		return nil
	}
	out := append([]string{"id", "as_of", "marking.tlp"}, leaves(o)...)
	for name := range shortNames[kind] {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

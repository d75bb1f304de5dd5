// Package dossier is what travels of a custody log with a report: the signed
// checkpoint, a proof for every item and record that goes along, the one leaf that
// vouches for all that was handed over, and the earlier checkpoints, so that a
// reader who kept one sees that nothing was rewritten since.
//
//	members, err := d.Encode()                      // file names under log/ to their bytes
//	d, err := dossier.Decode(key, members)          // by whoever received them
//	found := d.Check(handed, trust)                 // found.OK, found.Bad
//
// The files, in the formats of docs/custody.md:
//
//	log/checkpoint       the signed note over the whole log, with cosignatures
//	log/openings.jsonl   one opened leaf a line, by index
//	log/items.json       the evidence items that the records cite
//	log/records.jsonl    one record a line, by kind and id
//	log/history.json     earlier checkpoints, each with a proof that the next continues it
//	log/stamps/N-K.tsr   time-stamp tokens over the checkpoint of size N
//
// Nothing of it is secret to whoever may have the report: of the leaves only those
// fields are open that the proofs need.
package dossier

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/vault/custody"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrMalformed is returned by Decode for members that are not in their form.
var ErrMalformed = errors.New("malformed")

// Dir is the folder that a dossier's members are in.
const Dir = "log/"

const (
	checkpointName = Dir + "checkpoint"
	openingsName   = Dir + "openings.jsonl"
	itemsName      = Dir + "items.json"
	recordsName    = Dir + "records.jsonl"
	historyName    = Dir + "history.json"
	stampDir       = Dir + "stamps/"
)

// Limits of what is read from a stranger, and of what may travel.
const (
	maxLine    = 64 << 10
	MaxHistory = 1000 // earlier checkpoints
	MaxStamps  = 100  // time-stamp tokens over all of them
)

// Dossier is what travels of a log.
type Dossier struct {
	Checkpoint []byte            // the signed note, with cosignatures
	Openings   []custody.Opening // by index: of the items, of the batches of records, of the export
	Items      []Item            // by id
	Records    []Record          // by kind and id
	History    []Earlier         // by size, all smaller than the checkpoint
	Stamps     map[int64][][]byte
}

// Item is an evidence item that a record cites, and the leaf by which the log knows
// its bytes.
type Item struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	Leaf   int64  `json:"leaf"`
}

// Record is a record that travels. Leaf is that of the batch it was held with, and
// Proof proves it; neither is there for a record that was Altered for this reader,
// such as by a pseudonym: that one is vouched for by the leaf of the export alone.
type Record struct {
	Kind    string               `json:"kind"`
	ID      string               `json:"id"`
	SHA256  string               `json:"sha256"`
	Altered bool                 `json:"altered,omitempty"`
	Leaf    int64                `json:"leaf"`
	Proof   *custody.RecordProof `json:"proof,omitempty"`
}

// Earlier is a checkpoint of the past with the proof that the next one of the
// dossier continues it.
type Earlier struct {
	Checkpoint string      `json:"checkpoint"`
	Proof      []tlog.Hash `json:"proof"`
}

// Handed is the digest that the leaf of an export has: SHA-256, in hexadecimal, of
// the lines "NAME SHA256\n" of all that was handed over beside the dossier, sorted
// by name.
func Handed(sums map[string]string) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		io.WriteString(h, name+" "+sums[name]+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Encode makes the members, by name.
func (d Dossier) Encode() (map[string][]byte, error) {
	d.sort()
	out := map[string][]byte{checkpointName: d.Checkpoint}
	var err error
	if out[openingsName], err = lines(d.Openings); err != nil {
		return nil, fmt.Errorf("encode openings: %w", err)
	}
	if out[recordsName], err = lines(d.Records); err != nil {
		return nil, fmt.Errorf("encode record proofs: %w", err)
	}
	if out[itemsName], err = canonical(append([]Item{}, d.Items...)); err != nil {
		return nil, fmt.Errorf("encode items: %w", err)
	}
	if out[historyName], err = canonical(append([]Earlier{}, d.History...)); err != nil {
		return nil, fmt.Errorf("encode history: %w", err)
	}
	for size, tokens := range d.Stamps {
		for n, token := range tokens {
			out[fmt.Sprintf("%s%d-%d.tsr", stampDir, size, n+1)] = token
		}
	}
	return out, nil
}

// sort brings everything into the one order.
func (d *Dossier) sort() {
	slices.SortFunc(d.Openings, func(a, b custody.Opening) int { return cmp.Compare(a.Index, b.Index) })
	slices.SortFunc(d.Items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Records, func(a, b Record) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
}

func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}

func lines[T any](list []T) ([]byte, error) {
	var b bytes.Buffer
	for _, v := range list {
		line, err := canonical(v)
		if err != nil {
			return nil, err
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

var stampName = regexp.MustCompile(`^log/stamps/([1-9]\d{0,17})-([1-9]\d{0,2})\.tsr$`)

// IsMember reports whether a dossier may have a member of this name.
func IsMember(name string) bool {
	switch name {
	case checkpointName, openingsName, itemsName, recordsName, historyName:
		return true
	}
	return stampName.MatchString(name)
}

// Fault is a member that cannot be read as what it should be.
type Fault struct {
	Member string
	Err    error
}

// Error is "member: why".
func (f *Fault) Error() string { return f.Member + ": " + f.Err.Error() }

// Unwrap gives the reason.
func (f *Fault) Unwrap() error { return f.Err }

// Decode reads the members, in the very form that Encode writes. Every error is a
// *Fault that wraps ErrMalformed and names the member.
func Decode(members map[string][]byte) (Dossier, error) {
	var d Dossier
	for _, name := range []string{checkpointName, openingsName, itemsName, recordsName, historyName} {
		if _, ok := members[name]; !ok {
			return d, &Fault{name, fmt.Errorf("%w: missing", ErrMalformed)}
		}
	}
	d.Checkpoint = members[checkpointName]
	for _, part := range []struct {
		name string
		read func([]byte) error
	}{
		{openingsName, func(b []byte) (err error) { d.Openings, err = readLines(b, custody.ParseOpening); return err }},
		{itemsName, func(b []byte) error { return strict(b, &d.Items) }},
		{recordsName, func(b []byte) (err error) { d.Records, err = readLines(b, parseRecord); return err }},
		{historyName, func(b []byte) error { return strict(b, &d.History) }},
	} {
		if err := part.read(members[part.name]); err != nil {
			return d, &Fault{part.name, fmt.Errorf("%w: %w", ErrMalformed, err)}
		}
	}
	if err := d.ordered(); err != nil {
		return d, err
	}
	return d, d.readStamps(members)
}

func parseRecord(line []byte) (Record, error) {
	var r Record
	err := strict(line, &r)
	if err == nil && (r.Altered != (r.Proof == nil) || r.Altered && r.Leaf != 0) {
		err = errors.New("a record has a leaf and a proof, or was altered")
	}
	return r, err
}

// strict reads canonical JSON and nothing else.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	again, err := canonical(into)
	if err != nil || !bytes.Equal(again, b) {
		return errors.New("not in canonical form")
	}
	return nil
}

func readLines[T any](b []byte, parse func([]byte) (T, error)) ([]T, error) {
	var out []T
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if !whole || len(line) > maxLine {
			return nil, fmt.Errorf("line %d breaks off or is longer than %d bytes", n, maxLine)
		}
		v, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		out, b = append(out, v), rest
	}
	return out, nil
}

// ordered refuses entries out of order or twice.
func (d Dossier) ordered() error {
	fault := func(name string) error {
		return &Fault{name, fmt.Errorf("%w: out of order, or one stands there twice", ErrMalformed)}
	}
	for i := 1; i < len(d.Openings); i++ {
		if d.Openings[i-1].Index >= d.Openings[i].Index {
			return fault(openingsName)
		}
	}
	for i := 1; i < len(d.Items); i++ {
		if d.Items[i-1].ID >= d.Items[i].ID {
			return fault(itemsName)
		}
	}
	for i := 1; i < len(d.Records); i++ {
		a, b := d.Records[i-1], d.Records[i]
		if cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) >= 0 {
			return fault(recordsName)
		}
	}
	if len(d.History) > MaxHistory {
		return &Fault{historyName, fmt.Errorf("%w: more than %d checkpoints", ErrMalformed, MaxHistory)}
	}
	return nil
}

func (d *Dossier) readStamps(members map[string][]byte) error {
	d.Stamps = map[int64][][]byte{}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !strings.HasPrefix(name, stampDir) {
			continue
		}
		m := stampName.FindStringSubmatch(name)
		if n++; m == nil || n > MaxStamps {
			return &Fault{name, fmt.Errorf("%w: not the name of a time-stamp, or more than %d", ErrMalformed, MaxStamps)}
		}
		size, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return &Fault{name, fmt.Errorf("%w: %w", ErrMalformed, err)}
		}
		d.Stamps[size] = append(d.Stamps[size], members[name])
	}
	return nil
}

var itemName = regexp.MustCompile(`^items/[0-9a-f]{64}$`)

// ItemName is the name that an item's bytes travel under.
func ItemName(sha256 string) string { return "items/" + sha256 }

// IsItem reports whether a name is that of an item's bytes.
func IsItem(name string) bool { return itemName.MatchString(name) }

package custody

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Field is one field of an opened leaf: either its salt and value, or the bare
// commitment, which tells nothing.
type Field struct {
	Salt       []byte    // 32 bytes where the field is open, nil where it is not
	Value      string    // meaningful only where Salt is there
	Commitment tlog.Hash // meaningful only where Salt is not
}

// Open reports whether the field's value is shown.
func (f Field) Open() bool { return f.Salt != nil }

// Opening shows some fields of one leaf, hides the others, and proves that the leaf
// is in the tree of a checkpoint. Its JSON is canonical (RFC 8785) and travels in
// bundles.
type Opening struct {
	Index  int64            // of the leaf, from 0
	Fields map[string]Field // all ten fields by name
	Path   []tlog.Hash      // RFC 6962 inclusion proof, from the leaf upwards
}

// Value is the value of a field, and whether it is open.
func (o Opening) Value(name string) (string, bool) {
	f := o.Fields[name]
	return f.Value, f.Open()
}

// Event is what is open of the event; hidden are the names of the other fields, in
// their order.
func (o Opening) Event() (e Event, hidden []string) {
	for i, v := range e.values() {
		if f := o.Fields[names[i]]; f.Open() {
			*v = f.Value
		} else {
			hidden = append(hidden, names[i])
		}
	}
	return e, hidden
}

// Leaf is the hash of the leaf: what the opened values and the bare commitments
// amount to. It returns ErrMalformed where a field is missing.
func (o Opening) Leaf() (tlog.Hash, error) {
	var c [len(names)]tlog.Hash
	for i, name := range names {
		f, ok := o.Fields[name]
		if !ok {
			return tlog.Hash{}, fmt.Errorf("opening of leaf %d: no field %s: %w", o.Index, name, ErrMalformed)
		}
		c[i] = f.Commitment
		if f.Open() {
			if len(f.Salt) != saltSize {
				return tlog.Hash{}, fmt.Errorf("opening of leaf %d: salt of %s is not %d bytes: %w", o.Index, name, saltSize, ErrMalformed)
			}
			c[i] = commitment(f.Salt, name, f.Value)
		}
	}
	if len(o.Fields) != len(names) {
		return tlog.Hash{}, fmt.Errorf("opening of leaf %d: %d fields, want %d: %w", o.Index, len(o.Fields), len(names), ErrMalformed)
	}
	return leafHash(c), nil
}

// CheckOpening checks that the opened values are those of the leaf with that index
// in the tree of the checkpoint. The checkpoint comes from ParseCheckpoint, which
// checked who signed it. It returns ErrProof or ErrMalformed.
func CheckOpening(o Opening, c Checkpoint) error {
	leaf, err := o.Leaf()
	if err != nil {
		return err
	}
	if c.Size > maxSize || tlog.CheckRecord(o.Path, c.Size, c.Root, o.Index, leaf) != nil {
		return fmt.Errorf("opening of leaf %d against %d leaves of %s: %w", o.Index, c.Size, quoted(c.Origin), ErrProof)
	}
	return nil
}

// opened is the opening of an event with its salt that shows the named fields.
func opened(index int64, e *Event, salt []byte, path []tlog.Hash, show []string) (Opening, error) {
	o := Opening{Index: index, Fields: make(map[string]Field, len(names)), Path: path}
	for _, name := range show {
		if !slices.Contains(names[:], name) {
			return Opening{}, fmt.Errorf("open leaf %d: no field %s: %w", index, quoted(name), ErrMalformed)
		}
	}
	field := salts(salt)
	for i, v := range e.values() {
		if slices.Contains(show, names[i]) {
			o.Fields[names[i]] = Field{Salt: field[i], Value: *v}
		} else {
			o.Fields[names[i]] = Field{Commitment: commitment(field[i], names[i], *v)}
		}
	}
	return o, nil
}

type fieldJSON struct {
	Commitment *string `json:"commitment,omitempty"`
	Salt       *string `json:"salt,omitempty"`
	Value      *string `json:"value,omitempty"`
}

type openingJSON struct {
	Fields map[string]Field `json:"fields"`
	Index  int64            `json:"index"`
	Path   []tlog.Hash      `json:"path"`
}

// MarshalJSON writes {"commitment":HEX} or {"salt":HEX,"value":TEXT}.
func (f Field) MarshalJSON() ([]byte, error) {
	var j fieldJSON
	if f.Open() {
		salt := hex.EncodeToString(f.Salt)
		j.Salt, j.Value = &salt, &f.Value
	} else {
		c := hex.EncodeToString(f.Commitment[:])
		j.Commitment = &c
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes, and nothing else.
func (f *Field) UnmarshalJSON(b []byte) error {
	var j fieldJSON
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return err
	}
	text, isOpen := j.Commitment, j.Salt != nil
	if isOpen {
		text = j.Salt
	}
	if text == nil || isOpen != (j.Value != nil) || isOpen == (j.Commitment != nil) || !isDigest(*text) {
		return fmt.Errorf("field: want a commitment, or a salt and a value: %w", ErrMalformed)
	}
	raw, err := hex.DecodeString(*text)
	if err != nil {
		return err
	}
	*f = Field{}
	if isOpen {
		f.Salt, f.Value = raw, *j.Value
	} else {
		f.Commitment = tlog.Hash(raw)
	}
	return nil
}

// MarshalJSON writes the canonical form.
func (o Opening) MarshalJSON() ([]byte, error) {
	path := o.Path
	if path == nil {
		path = []tlog.Hash{}
	}
	return canonical(openingJSON{o.Fields, o.Index, path})
}

func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}

const (
	maxOpening = 1 << 20
	maxPath    = 64 // a tree of 2^63 leaves
)

// ParseOpening reads the canonical JSON of an opening. What deviates from it, in
// white space or order even, is ErrMalformed.
func ParseOpening(b []byte) (Opening, error) {
	var j openingJSON
	if err := decode(b, &j); err != nil {
		return Opening{}, fmt.Errorf("read opening: %w", err)
	}
	o := Opening{Index: j.Index, Fields: j.Fields, Path: j.Path}
	if _, err := o.Leaf(); err != nil {
		return Opening{}, fmt.Errorf("read opening: %w", err)
	}
	if o.Index < 0 || o.Index > maxSize || len(o.Path) > maxPath || j.Path == nil {
		return Opening{}, fmt.Errorf("read opening: index %d, path of %d: %w", o.Index, len(o.Path), ErrMalformed)
	}
	if again, err := o.MarshalJSON(); err != nil || !bytes.Equal(again, b) {
		return Opening{}, fmt.Errorf("read opening: not canonical JSON: %w", ErrMalformed)
	}
	return o, nil
}

// decode reads one JSON value of bounded size into v.
func decode(b []byte, v any) error {
	if len(b) > maxOpening {
		return fmt.Errorf("%d bytes, at most %d: %w", len(b), maxOpening, ErrMalformed)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("not UTF-8: %w", ErrMalformed)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %s", ErrMalformed, quoted(err.Error()))
	}
	return nil
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof is an opening with the checkpoint that it is proven against: one file that
// can be checked offline with the log's key alone.
type Proof struct {
	Opening    Opening
	Checkpoint []byte // the signed note; ParseCheckpoint reads it
}

// Check checks the checkpoint with the log's key and the opening against it. It
// returns the checkpoint, whose cosignatures are the caller's to check, and
// ErrMalformed or ErrProof.
func (p Proof) Check(log note.Verifier) (Checkpoint, error) {
	c, err := ParseCheckpoint(p.Checkpoint, log)
	if err == nil {
		err = CheckOpening(p.Opening, c)
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

// FormatProof writes the text of c2sp.org/tlog-proof. The extra data is the JSON of
// the opening's fields.
func FormatProof(p Proof) ([]byte, error) {
	extra, err := canonical(p.Opening.Fields)
	if err != nil {
		return nil, fmt.Errorf("write proof of leaf %d: %w", p.Opening.Index, err)
	}
	b := fmt.Appendf(nil, "%s\nextra %s\nindex %d\n", proofHeader, base64.StdEncoding.EncodeToString(extra), p.Opening.Index)
	for _, h := range p.Opening.Path {
		b = fmt.Appendf(b, "%s\n", h)
	}
	return append(append(b, '\n'), p.Checkpoint...), nil
}

// ParseProof reads the text of a proof. The extra data is needed, since the leaf is
// made from it. Nothing is proven before Check.
func ParseProof(b []byte) (Proof, error) {
	p, err := parseProof(b)
	if err != nil {
		return Proof{}, fmt.Errorf("read proof: %w", err)
	}
	if again, err := FormatProof(p); err != nil || !bytes.Equal(again, b) {
		return Proof{}, fmt.Errorf("read proof: not in canonical form: %w", ErrMalformed)
	}
	return p, nil
}

func parseProof(b []byte) (p Proof, err error) {
	if len(b) > 2*maxOpening {
		return p, fmt.Errorf("%d bytes, at most %d: %w", len(b), 2*maxOpening, ErrMalformed)
	}
	head, checkpoint, ok := strings.Cut(string(b), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 3 || len(lines) > 3+maxPath || lines[0] != proofHeader {
		return p, fmt.Errorf("want the line %s, extra, index, hashes, and a checkpoint: %w", proofHeader, ErrMalformed)
	}
	encoded, hasExtra := strings.CutPrefix(lines[1], "extra ")
	number, hasIndex := strings.CutPrefix(lines[2], "index ")
	index, isIndex := parseIndex(number)
	if !hasExtra || !hasIndex || !isIndex {
		return p, fmt.Errorf("line 2 wants extra, line 3 index: %w", ErrMalformed)
	}
	extra, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return p, fmt.Errorf("extra is not base64: %w", ErrMalformed)
	}
	p.Opening.Index = index
	if err := decode(extra, &p.Opening.Fields); err != nil {
		return p, err
	}
	for _, line := range lines[3:] {
		h, err := parseHash(line)
		if err != nil {
			return p, err
		}
		p.Opening.Path = append(p.Opening.Path, h)
	}
	_, err = p.Opening.Leaf()
	p.Checkpoint = []byte(checkpoint)
	return p, err
}

package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// input is one record in records/inputs.json.
type input struct {
	ID       string `json:"id"`
	SHA256   string `json:"sha256"` // of the record's line, or the commitment
	Withheld bool   `json:"withheld,omitempty"`
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// recordKind is the kind whose records a member holds.
func recordKind(name string) (kind string, ok bool) {
	kind, ok = strings.CutPrefix(name, recordsDir)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(kind, ".jsonl")
}

// decodeIndex reads records/inputs.json: kind to records, sorted by id. It reads
// one record at a time, so that a hostile index takes no more memory than its
// length allows.
func decodeIndex(b []byte) (map[string][]input, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := expect(d, '{'); err != nil {
		return nil, err
	}
	index := map[string][]input{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, malformed(err)
		}
		kind, _ := t.(string)
		if _, twice := index[kind]; twice || !kindName.MatchString(kind) {
			return nil, fmt.Errorf("kind %.80q stands there twice or cannot be", kind)
		}
		if index[kind], err = decodeKind(d); err != nil {
			return nil, fmt.Errorf("kind %s: %w", kind, err)
		}
	}
	if err := expect(d, '}'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows the index")
	}
	return index, nil
}

// index is the index of records as far as it can be read; rerun says where it
// cannot.
func (v *verifier) index() map[string][]input {
	b, err := v.archive.content(inputsName)
	if err != nil {
		return nil
	}
	index, err := decodeIndex(b)
	if err != nil {
		return nil
	}
	return index
}

func decodeKind(d *json.Decoder) ([]input, error) {
	if err := expect(d, '['); err != nil {
		return nil, err
	}
	list := []input{}
	last := ""
	for d.More() {
		var in input
		if err := d.Decode(&in); err != nil {
			return nil, malformed(err)
		}
		if in.ID <= last || plain(in.ID) != in.ID || !hexDigest.MatchString(in.SHA256) {
			return nil, fmt.Errorf("record %.80q is out of order, stands there twice, cannot be printed or has no digest", in.ID)
		}
		last = in.ID
		list = append(list, in)
	}
	return list, expect(d, ']')
}

func expect(d *json.Decoder, want json.Delim) error {
	if t, err := d.Token(); err != nil || t != want {
		return malformed(err)
	}
	return nil
}

func malformed(err error) error {
	if err == nil {
		return errors.New("not an index of records")
	}
	return fmt.Errorf("not an index of records: %w", err)
}

package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
)

// sight is what one reader may see of the desk. An account of a record is seen if
// its own marking permits it and those of the evidence it rests on do: who raises
// the marking of a letter raises everything read from it.
type sight struct {
	reader marking.Reader
	items  map[string]marking.Marking // by SHA-256, of evidence that is not public
}

// sight prepares what the reader may see. It returns vault.ErrLocked, wrapped, where
// the markings of evidence cannot be read.
func (d *Desk) sight(reader marking.Reader) (sight, error) {
	s := sight{reader, map[string]marking.Marking{}}
	if reader.IsCustodian() {
		return s, nil
	}
	v, err := d.ReadVault(context.Background())
	if errors.Is(err, vault.ErrNoVault) {
		return s, nil
	} else if err != nil {
		return s, err
	}
	items, err := v.List(marking.Custodian())
	if err != nil {
		return s, fmt.Errorf("read the markings of evidence: %w", err)
	}
	for _, it := range items {
		if !it.Marking.IsZero() {
			s.items[it.SHA256] = marking.Join(s.items[it.SHA256], it.Marking)
		}
	}
	return s, nil
}

// account reports whether the reader may see an account.
func (s sight) account(a record.Account) bool {
	return s.of(a) == nil
}

// of are the markings that stand between the reader and an account, nil if none.
func (s sight) of(a record.Account) []marking.Marking {
	var out []marking.Marking
	if !marking.Decide(a.Marking, s.reader).OK {
		out = append(out, a.Marking)
	}
	for _, p := range a.Evidence {
		if m, ok := s.items[p.Item]; ok && !marking.Decide(m, s.reader).OK {
			out = append(out, m)
		}
	}
	return out
}

// concerns reports whether an input may hold anything that is not public: if not, it
// need not be decoded to know.
func (s sight) concerns(in derive.Input) bool {
	if bytes.Contains(in.Bytes, []byte(`"marking"`)) {
		return true
	}
	for sum := range s.items {
		if bytes.Contains(in.Bytes, []byte(sum)) {
			return true
		}
	}
	return false
}

// holds reports, for the vault, whether evidence with this SHA-256 holds rows of
// which the reader may not see the records. What cannot be told is not shown.
func (d *Desk) holds(reader marking.Reader, sha256 string) bool {
	key, err := json.Marshal(reader)
	if err != nil {
		return true
	}
	hidden, ok := d.hidden[string(key)]
	if !ok {
		if hidden, err = d.hiddenRows(reader); err != nil {
			return true
		}
		if d.hidden == nil {
			d.hidden = map[string]map[string]bool{}
		}
		d.hidden[string(key)] = hidden
	}
	return hidden[sha256]
}

// hiddenRows are the items that some account rests on which the reader may not see.
func (d *Desk) hiddenRows(reader marking.Reader) (map[string]bool, error) {
	s, err := d.sight(reader)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, k := range observation.Kinds() {
		set, err := d.Set(string(k))
		if err != nil {
			return nil, err
		}
		for _, in := range set.Inputs() {
			if !s.concerns(in) {
				continue
			}
			r, err := decode(in)
			if err != nil {
				return nil, err
			}
			for _, a := range r.Accounts() {
				if s.account(a) {
					continue
				}
				for _, p := range a.Evidence {
					out[p.Item] = true
				}
			}
		}
	}
	return out, nil
}

// MarkingOf is the marking of all that a record tells, the markings of the evidence it
// rests on included: what is made of the record carries it.
func (d *Desk) MarkingOf(r record.Record) (marking.Marking, error) {
	v, err := d.ReadVault(context.Background())
	if errors.Is(err, vault.ErrNoVault) {
		return r.Highest(), nil
	} else if err != nil {
		return marking.Marking{}, err
	}
	items, err := v.List(marking.Custodian())
	if err != nil {
		return marking.Marking{}, fmt.Errorf("read the markings of evidence: %w", err)
	}
	all := []marking.Marking{r.Highest()}
	for _, a := range r.Accounts() {
		for _, p := range a.Evidence {
			for _, it := range items {
				if it.SHA256 == p.Item {
					all = append(all, it.Marking)
				}
			}
		}
	}
	return marking.Join(all...), nil
}

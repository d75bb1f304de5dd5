package desk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// ErrNoRecord is returned, wrapped with the id, for a record that is not on the
// desk as far as the reader may see.
var ErrNoRecord = errors.New("not on the desk")

// View is the desk as one reader sees it: as if it held what the reader may see
// and nothing else. Of a record with several accounts that is the accounts the
// marking permits, as record.SeenBy has them. Counts, figures and warnings are
// made of nothing more, and a record that is hidden is searched for, and not
// found, in the same steps as one that does not exist.
//
//	v := d.For(marking.Reader{Name: "Utopia", TLP: "amber"})
//	r, err := v.Find("INC-2022-040")
//
// A View is a derive.Sets. It sees each kind as it was when it was first asked
// for. It serves one goroutine.
type View struct {
	desk   *Desk
	reader marking.Reader
	sets   map[string]*derive.Set
}

// For returns the desk as the reader sees it; the custodian sees all of it.
func (d *Desk) For(reader marking.Reader) *View {
	return &View{desk: d, reader: reader, sets: map[string]*derive.Set{}}
}

// Set returns the inputs of a kind that the reader may see: of what is enclosed, by
// the marking of the evidence it is. What the desk writes about itself names every
// record, so that it is for the custodian alone.
func (v *View) Set(kind string) (*derive.Set, error) {
	if s, ok := v.sets[kind]; ok {
		return s, nil
	}
	s, err := v.desk.Set(kind)
	switch {
	case err != nil || v.reader.IsCustodian():
	case observation.Kind(kind).Valid():
		s, err = v.seen(s)
	default:
		s, _, err = v.desk.enclosures(kind, v.reader)
	}
	if err != nil {
		return nil, v.tell(kind, err)
	}
	v.sets[kind] = s
	return s, nil
}

// seen leaves out of a set what the reader may not see.
func (v *View) seen(all *derive.Set) (*derive.Set, error) {
	sight, err := v.desk.sight(v.reader)
	if err != nil {
		return nil, err
	}
	var inputs []derive.Input
	for _, in := range all.Inputs() {
		if sight.concerns(in) {
			r, err := decode(in)
			if err != nil {
				return nil, err
			}
			part, ok := record.Seen(r, sight.account)
			if !ok {
				continue
			}
			if len(part.Also) != len(r.Also) {
				if in.Bytes, err = part.Canonical(); err != nil {
					return nil, err
				}
				in.Digest = record.Digest(in.Bytes)
			}
		}
		inputs = append(inputs, in)
	}
	return derive.NewSet(all.Kind(), inputs), nil
}

// marked reports whether the record may carry a marking, its own or an account's: in
// canonical form one that carries none is public, and need not be decoded to know.
func marked(in derive.Input) bool { return bytes.Contains(in.Bytes, []byte(`"marking"`)) }

func decode(in derive.Input) (record.Record, error) {
	r, err := record.Decode(in.Bytes)
	if err != nil {
		return r, fmt.Errorf("record %s: %w: %w", in.ID, ErrDamaged, err)
	}
	return r, nil
}

// Records returns the records of a kind that the reader may see, or all of them
// where the kind is empty, sorted by id.
func (v *View) Records(kind observation.Kind) ([]record.Record, error) {
	return v.records(kind, func(derive.Input) bool { return true })
}

// Marked returns those among the records of a kind that carry a marking.
func (v *View) Marked(kind observation.Kind) ([]record.Record, error) { return v.records(kind, marked) }

func (v *View) records(kind observation.Kind, want func(derive.Input) bool) ([]record.Record, error) {
	kinds := []observation.Kind{kind}
	if kind == "" {
		kinds = observation.Kinds()
	}
	var out []record.Record
	for _, k := range kinds {
		s, err := v.Set(string(k))
		if err != nil {
			return nil, err
		}
		for _, in := range s.Inputs() {
			if !want(in) {
				continue
			}
			r, err := decode(in)
			if err != nil {
				return nil, v.tell(string(k), err)
			}
			out = append(out, r)
		}
	}
	record.Sort(out)
	return out, nil
}

// Kinds lists the kinds of which the reader may see something, with the number of
// records seen, sorted by kind.
func (v *View) Kinds(ctx context.Context) ([]KindCount, error) {
	if v.reader.IsCustodian() {
		return v.desk.Kinds(ctx)
	}
	var out []KindCount
	for _, k := range observation.Kinds() {
		s, err := v.Set(string(k))
		if err != nil {
			return nil, err
		}
		if s.Len() > 0 {
			out = append(out, KindCount{Kind: string(k), Records: s.Len()})
		}
	}
	slices.SortFunc(out, func(a, b KindCount) int { return cmp.Compare(a.Kind, b.Kind) })
	return out, nil
}

// Find returns a record by id. The error wraps ErrNoRecord for one that is not
// there or not to be seen.
func (v *View) Find(id string) (record.Record, error) {
	for _, k := range observation.Kinds() {
		if !strings.HasPrefix(id, k.Prefix()+"-") {
			continue
		}
		s, err := v.Set(string(k))
		if err != nil {
			return record.Record{}, err
		}
		inputs := s.Inputs()
		i, ok := slices.BinarySearchFunc(inputs, id, func(in derive.Input, id string) int { return cmp.Compare(in.ID, id) })
		if !ok {
			continue
		}
		r, err := decode(inputs[i])
		if err != nil {
			return r, v.tell(string(k), err)
		}
		return r, nil
	}
	return record.Record{}, fmt.Errorf("record %s: %w", id, ErrNoRecord)
}

// Foresee says what the reader would be told of a record before it is added:
// whether its id is held and, if it is, what the record adds to what is seen
// there. Of what is hidden it tells nothing: to the reader the record is new.
func (v *View) Foresee(r record.Record) (held bool, adds record.Outcome, err error) {
	seen, err := v.Find(r.ID)
	switch {
	case errors.Is(err, ErrNoRecord):
		return false, record.Known, nil
	case err != nil:
		return false, record.Known, err
	}
	_, adds, err = record.Merge(seen, r)
	return true, adds, err
}

// tell keeps from the reader which record could not be read: it may be one that
// is hidden.
func (v *View) tell(kind string, err error) error {
	switch {
	case v.reader.IsCustodian():
		return err
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("read records of kind %s: %w", kind, ErrDamaged)
	}
	return fmt.Errorf("read records of kind %s: the desk cannot be read", kind)
}

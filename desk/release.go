package desk

import (
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Released is a desk as one recipient may know it. Records whose marking does not
// permit the recipient are inputs without a name: they take part in sums and
// leave the desk as salted commitments. Natural persons who may not be named
// carry pseudonyms.
//
// Released is a derive.Sets over everything; Travelling gives the sets without
// the bytes of what is withheld.
type Released struct {
	Withheld map[string]string // id of each withheld record to the label of its marking

	records map[observation.Kind][]record.Record
	sets    map[string]*derive.Set
}

// Release prepares what the recipient may have.
func (d *Desk) Release(to marking.Reader) (*Released, error) {
	out := &Released{Withheld: map[string]string{}, records: map[observation.Kind][]record.Record{}, sets: map[string]*derive.Set{}}
	all, err := d.Records("")
	if err != nil {
		return nil, err
	}
	inputs := map[observation.Kind][]derive.Input{}
	var hidden []record.Hidden
	for _, r := range all {
		hidden = append(hidden, r.Hidden()...)
	}
	for _, r := range all {
		in, released, err := d.release(r, to, hidden)
		if err != nil {
			return nil, fmt.Errorf("release record %s: %w", r.ID, err)
		}
		if in.Withheld {
			out.Withheld[r.ID] = r.Marking.Label()
		}
		out.records[r.Kind()] = append(out.records[r.Kind()], released)
		inputs[r.Kind()] = append(inputs[r.Kind()], in)
	}
	for _, k := range observation.Kinds() {
		out.sets[string(k)] = derive.NewSet(string(k), inputs[k])
	}
	return out, nil
}

// release makes a record's input for the recipient; hidden are the names that no
// record of the desk may show.
func (d *Desk) release(r record.Record, to marking.Reader, hidden []record.Hidden) (derive.Input, record.Record, error) {
	r, _, err := r.Pseudonymise(hidden...)
	if err != nil {
		return derive.Input{}, r, err
	}
	b, err := r.Canonical()
	if err != nil {
		return derive.Input{}, r, err
	}
	if marking.Decide(r.Marking, to).OK {
		return derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b}, r, nil
	}
	c, err := d.commitment(b)
	if err != nil {
		return derive.Input{}, r, err
	}
	return derive.Input{ID: "withheld-" + c[:12], Digest: c, Bytes: b, Withheld: true}, r, nil
}

// Withholds reports whether the record with this id is withheld.
func (r *Released) Withholds(id string) bool { _, ok := r.Withheld[id]; return ok }

// Set implements derive.Sets.
func (r *Released) Set(kind string) (*derive.Set, error) {
	if s := r.sets[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

// Records returns the records of a kind as the report may use them, all for the
// empty kind; what is withheld is among them, for sums.
func (r *Released) Records(kind observation.Kind) ([]record.Record, error) {
	if kind != "" {
		return r.records[kind], nil
	}
	var out []record.Record
	for _, k := range observation.Kinds() {
		out = append(out, r.records[k]...)
	}
	record.Sort(out)
	return out, nil
}

// Include adds a set that the desk writes about itself, such as the last report.
func (r *Released) Include(s *derive.Set) { r.sets[s.Kind()] = s }

// Travelling returns every set that is not empty, by kind, without the bytes of
// what is withheld.
func (r *Released) Travelling() []*derive.Set {
	var out []*derive.Set
	for _, k := range slices.Sorted(maps.Keys(r.sets)) {
		s := r.sets[k]
		if s.Len() == 0 {
			continue
		}
		var inputs []derive.Input
		for _, in := range s.Inputs() {
			if in.Withheld {
				in.Bytes = nil
			}
			inputs = append(inputs, in)
		}
		out = append(out, derive.NewSet(k, inputs))
	}
	return out
}

// CountByMarking says how many records are withheld, by the label of their
// marking.
func (r *Released) CountByMarking() map[string]int {
	out := map[string]int{}
	for _, m := range r.Withheld {
		out[m]++
	}
	return out
}

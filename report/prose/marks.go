package prose

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Marks are the markings of a report's records; what is made of a record inherits
// them.
type Marks struct {
	record map[string]marking.Marking // by id; public records are left out
	kind   map[string]marking.Marking // joined
}

// NewMarks reads the markings of the records, those of all their accounts joined.
func NewMarks(rs []record.Record) Marks {
	out := Marks{map[string]marking.Marking{}, map[string]marking.Marking{}}
	distinct := map[string]map[string]marking.Marking{}
	for _, r := range rs {
		m := r.Highest()
		if m.IsZero() {
			continue
		}
		out.record[r.ID] = m
		k := string(r.Kind())
		if distinct[k] == nil {
			distinct[k] = map[string]marking.Marking{}
		}
		distinct[k][m.String()] = m
	}
	for k, ms := range distinct {
		out.kind[k] = marking.Join(slices.Collect(maps.Values(ms))...) // in any order: Join gives the same
	}
	return out
}

// MarksOf reads the markings of a source: of its records, and of what is enclosed with
// them that a function of the registry reads.
func MarksOf(reg *derive.Registry, src Source) (Marks, error) {
	rs, err := src.Records("")
	if err != nil {
		return Marks{}, err
	}
	out := NewMarks(rs)
	for _, f := range reg.Functions() {
		for _, kind := range f.Reads {
			if _, done := out.kind[kind]; done || observation.Kind(kind).Valid() {
				continue
			}
			if out.kind[kind], err = out.enclosed(src, kind); err != nil {
				return Marks{}, err
			}
		}
	}
	return out, nil
}

// enclosed reads the markings of what is enclosed under a kind and joins them.
func (m Marks) enclosed(src Source, kind string) (marking.Marking, error) {
	set, err := src.Set(kind)
	if err != nil {
		return marking.Marking{}, err
	}
	distinct := map[string]marking.Marking{}
	for _, in := range set.Inputs() {
		var says struct {
			Marking marking.Marking `json:"marking"`
		}
		if err := json.Unmarshal(in.Bytes, &says); err != nil {
			return marking.Marking{}, fmt.Errorf("marking of %s: %w", in.ID, err)
		}
		if !says.Marking.IsZero() {
			m.record[in.ID], distinct[says.Marking.String()] = says.Marking, says.Marking
		}
	}
	return marking.Join(slices.Collect(maps.Values(distinct))...), nil
}

// OfRecords is the marking of what rests on these records.
func (m Marks) OfRecords(ids ...string) marking.Marking {
	distinct := map[string]marking.Marking{}
	for _, id := range ids {
		if x, ok := m.record[id]; ok {
			distinct[x.String()] = x
		}
	}
	return marking.Join(slices.Collect(maps.Values(distinct))...)
}

// OfKinds is the marking of what rests on every record of the kinds.
func (m Marks) OfKinds(kinds ...string) marking.Marking {
	var all []marking.Marking
	for _, k := range kinds {
		all = append(all, m.kind[k])
	}
	return marking.Join(all...)
}

// Of is the marking of a derivation: of the records its result rests on.
func (m Marks) Of(d derive.Derivation) marking.Marking {
	records, kinds := d.Basis()
	return marking.Join(m.OfRecords(records...), m.OfKinds(kinds...))
}

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

// Released is a desk as it goes to one recipient. As a source of records and sets
// it has what the recipient may see and nothing else; of what is withheld there
// are commitments. Whole is everything: what is printed is held against it, so
// that a figure which would be another with what is withheld is covered, and none
// of it is ever printed. Natural persons who may not be named carry pseudonyms in
// both.
type Released struct {
	*Holding
	Whole *Holding // the same as Holding where nothing is withheld

	Withheld map[string]string // id of each record withheld, in whole or in part, to the label of the marking of what is

	commitments map[string][]string
}

// Holding is records with their input sets: a report is written from one.
type Holding struct {
	records map[observation.Kind][]record.Record
	inputs  map[observation.Kind][]derive.Input
	sets    map[string]*derive.Set
}

func newHolding() *Holding {
	return &Holding{records: map[observation.Kind][]record.Record{}, inputs: map[observation.Kind][]derive.Input{}, sets: map[string]*derive.Set{}}
}

// Set implements derive.Sets.
func (h *Holding) Set(kind string) (*derive.Set, error) {
	s := h.sets[kind]
	if s == nil {
		s = derive.NewSet(kind, h.inputs[observation.Kind(kind)])
		h.sets[kind] = s
	}
	return s, nil
}

// Records returns the records of a kind sorted by id, all for the empty kind.
func (h *Holding) Records(kind observation.Kind) ([]record.Record, error) {
	if kind != "" {
		return h.records[kind], nil
	}
	var out []record.Record
	for _, k := range observation.Kinds() {
		out = append(out, h.records[k]...)
	}
	record.Sort(out)
	return out, nil
}

// Include adds a set that the desk writes about itself, such as the last report.
func (h *Holding) Include(s *derive.Set) { h.sets[s.Kind()] = s }

// Travelling returns every set that is not empty, by kind.
func (h *Holding) Travelling() []*derive.Set {
	kinds := map[string]bool{}
	for k := range h.sets {
		kinds[k] = true
	}
	for k := range h.inputs {
		kinds[string(k)] = true
	}
	var out []*derive.Set
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		if s, _ := h.Set(k); s.Len() > 0 { // a holding has every set at hand
			out = append(out, s)
		}
	}
	return out
}

func (h *Holding) add(p prepared) {
	k := p.record.Kind()
	h.records[k] = append(h.records[k], p.record)
	h.inputs[k] = append(h.inputs[k], derive.Input{ID: p.record.ID, Digest: record.Digest(p.bytes), Bytes: p.bytes})
}

// prepared is a record as it may leave the desk, with its canonical bytes.
type prepared struct {
	record record.Record
	bytes  []byte
}

// Release prepares what the recipient may have: records, and what is enclosed under
// the kinds named.
func (d *Desk) Release(to marking.Reader, enclosed ...string) (*Released, error) {
	all, err := d.Records("")
	if err != nil {
		return nil, err
	}
	sight, err := d.sight(to)
	if err != nil {
		return nil, err
	}
	out := &Released{Holding: newHolding(), Whole: newHolding(), Withheld: map[string]string{}, commitments: map[string][]string{}}
	names := unnamed(all, sight)
	for _, r := range all {
		if err := d.release(out, r, sight, names); err != nil {
			return nil, fmt.Errorf("release record %s: %w", r.ID, err)
		}
	}
	for _, kind := range enclosed {
		if err := d.releaseEnclosed(out, kind, to); err != nil {
			return nil, fmt.Errorf("release what is enclosed as %s: %w", kind, err)
		}
	}
	if len(out.Withheld) == 0 {
		out.Whole = out.Holding
		return out, nil
	}
	for _, k := range observation.Kinds() {
		if len(out.commitments[string(k)]) == 0 { // one set for both: it is decoded once
			if out.Whole.sets[string(k)], err = out.Holding.Set(string(k)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// release adds a record to the holdings; names are those that no record may show.
func (d *Desk) release(out *Released, r record.Record, s sight, names []record.Hidden) error {
	whole, err := prepare(r, names)
	if err != nil {
		return err
	}
	out.Whole.add(whole)
	seen, ok := record.Seen(r, s.account)
	if ok && len(seen.Also) == len(r.Also) {
		out.add(whole)
		return nil
	}
	c, err := d.commitment(whole.bytes)
	if err != nil {
		return err
	}
	kind := string(r.Kind())
	out.commitments[kind] = append(out.commitments[kind], c)
	out.Withheld[r.ID] = hiddenFrom(r, s).Label()
	if !ok {
		return nil
	}
	part, err := prepare(seen, names)
	if err != nil {
		return err
	}
	out.add(part)
	return nil
}

// releaseEnclosed adds what is enclosed under a kind to the holdings.
func (d *Desk) releaseEnclosed(out *Released, kind string, to marking.Reader) error {
	all, err := d.Set(kind)
	if err != nil || all.Len() == 0 {
		return err
	}
	seen, hidden, err := d.enclosures(kind, to)
	if err != nil {
		return err
	}
	out.Include(seen)
	out.Whole.Include(all)
	for _, in := range all.Inputs() {
		m, withheld := hidden[in.ID]
		if !withheld {
			continue
		}
		c, err := d.commitment(in.Bytes)
		if err != nil {
			return err
		}
		out.commitments[kind] = append(out.commitments[kind], c)
		out.Withheld[in.ID] = m.Label()
	}
	return nil
}

// hiddenFrom is the marking of the accounts that the reader may not see.
func hiddenFrom(r record.Record, s sight) marking.Marking {
	var hidden []marking.Marking
	for _, a := range r.Accounts() {
		hidden = append(hidden, s.of(a)...)
	}
	return marking.Join(hidden...)
}

// prepare puts pseudonyms in the place of names. What says where in the evidence
// the names stood goes with them: the digest of a line confirms a guess at it.
func prepare(r record.Record, names []record.Hidden) (prepared, error) {
	r, changed, err := r.Pseudonymise(names...)
	if err != nil {
		return prepared{}, err
	}
	if changed {
		r.Evidence = nil
		r.Also = slices.Clone(r.Also)
		for i := range r.Also {
			r.Also[i].Evidence = nil
		}
	}
	b, err := r.Canonical()
	return prepared{r, b}, err
}

// someone stands for a person whom only a withheld record tells of: a pseudonym
// made of its id would name the record.
const someone = "a person not named here"

// unnamed lists the names that no record may show, those of records that the
// recipient may see first.
func unnamed(all []record.Record, s sight) []record.Hidden {
	var seen, withheld []record.Hidden
	for _, r := range all {
		for _, a := range r.Accounts() {
			may := s.account(a)
			for _, h := range (record.Record{ID: r.ID, Observation: a.Observation}).Hidden() {
				if may {
					seen = append(seen, h)
				} else {
					h.Instead = someone
					withheld = append(withheld, h)
				}
			}
		}
	}
	return append(seen, withheld...)
}

// Commitments are, by kind, the salted commitments to the records withheld, in
// whole or in part: the desk can show later what they were, and nobody who
// guesses a record can confirm the guess.
func (r *Released) Commitments() map[string][]string { return r.commitments }

// CountByMarking says how many records are withheld, by the label of their
// marking.
func (r *Released) CountByMarking() map[string]int {
	out := map[string]int{}
	for _, m := range r.Withheld {
		out[m]++
	}
	return out
}

// Package record is the desk's unit of evidence: one observation under an id that
// people can say aloud, with the sources it rests on, how certain it is and who
// may see it.
//
// A record's canonical bytes (RFC 8785) and their SHA-256 are its identity for
// every derivation: two desks that hold the same record hold the same bytes.
//
//	r, err := record.Decode(line)      // strict: an unknown field is an error
//	b, err := r.Canonical()            // what is stored, hashed and sent
//	sum := record.Digest(b)            // 64 hexadecimal digits
package record

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Record is one observation with its provenance.
type Record struct {
	ID          string                  `json:"id" jsonschema:"prefix of the kind, then what people say: INC-2022-040"`
	AsOf        value.Date              `json:"as_of,omitzero" jsonschema:"the day from which the desk knew"`
	Marking     Marking                 `json:"marking,omitzero"`
	Certainty   claim.Certainty         `json:"certainty,omitempty" jsonschema:"checked or from-memory, for the record as a whole"`
	Note        string                  `json:"note,omitempty"`
	Sources     []claim.Source          `json:"sources,omitempty"`
	Observation observation.Observation `json:"observation"`
}

// Kind is the kind of the observation.
func (r Record) Kind() observation.Kind { return r.Observation.Kind() }

// Source returns the source with that key.
func (r Record) Source(key string) (claim.Source, bool) {
	i := slices.IndexFunc(r.Sources, func(s claim.Source) bool { return s.Key == key })
	if i < 0 {
		return claim.Source{}, false
	}
	return r.Sources[i], true
}

// Fault is one thing wrong with a record: the JSON path, empty for the record as
// a whole, and why.
type Fault struct {
	Field, Reason string
}

// Invalid is the error of a record that cannot be kept, with every fault found.
type Invalid struct {
	ID     string
	Faults []Fault
}

// Error lists the faults, "field: reason" each.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		parts[i] = strings.TrimPrefix(f.Field+": "+f.Reason, ": ")
	}
	return strings.Join(parts, "; ")
}

// maxID keeps ids short enough to say aloud and to name a file.
const maxID = 64

const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."

// Validate returns *Invalid with every fault of the record, nil if there is none.
func (r Record) Validate() error {
	bad := &Invalid{ID: r.ID}
	report := func(field, reason string) { bad.Faults = append(bad.Faults, Fault{field, reason}) }
	if r.Observation == nil {
		report("observation", "is missing")
		return bad
	}
	r.checkID(report)
	r.checkSources(report)
	if err := r.Marking.Validate(); err != nil {
		report("marking", err.Error())
	}
	if !r.Certainty.Valid() {
		report("certainty", wantCertainty(r.Certainty))
	}
	observation.Check(r.Observation, func(field, reason string) { report("observation."+field, reason) })
	if len(bad.Faults) > 0 {
		return bad
	}
	return nil
}

func (r Record) checkID(report observation.Report) {
	prefix := r.Kind().Prefix() + "-"
	rest, ok := strings.CutPrefix(r.ID, prefix)
	switch {
	case !ok || rest == "":
		report("id", fmt.Sprintf("%q does not start with %s", clip(r.ID), prefix))
	case len(r.ID) > maxID:
		report("id", fmt.Sprintf("is longer than %d characters", maxID))
	case strings.Trim(rest, idCharacters) != "":
		report("id", fmt.Sprintf("%q may hold letters, digits, - and . only", r.ID))
	}
}

func wantCertainty(c claim.Certainty) string {
	return fmt.Sprintf("is %q, want checked or from-memory", clip(string(c)))
}

func clip(s string) string {
	if len(s) > maxID {
		return strings.ToValidUTF8(s[:maxID], "") + "…"
	}
	return s
}

func (r Record) checkSources(report observation.Report) {
	seen := map[string]bool{}
	for i, s := range r.Sources {
		field := fmt.Sprintf("sources[%d]", i)
		if s.Key == "" || s.Title == "" {
			report(field, "needs a key and a title")
		}
		if !s.Certainty.Valid() {
			report(field+".certainty", wantCertainty(s.Certainty))
		}
		if seen[s.Key] {
			report(field+".key", fmt.Sprintf("%q is used twice", s.Key))
		}
		seen[s.Key] = true
	}
	for _, a := range Anchors(r.Observation) {
		if a.Source != "" && !seen[a.Source] {
			report("observation", fmt.Sprintf("a claim refers to source %q, which the record does not have", a.Source))
		}
	}
}

// Sort orders records by id.
func Sort(rs []Record) {
	slices.SortFunc(rs, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
}

// Of returns the observations of type T with their records, in the order given.
//
//	for _, x := range record.Of[*observation.CyberIncident](records) { x.Record.ID; x.Observation.Victim }
func Of[T observation.Observation](rs []Record) []Typed[T] {
	var out []Typed[T]
	for _, r := range rs {
		if o, ok := r.Observation.(T); ok {
			out = append(out, Typed[T]{r, o})
		}
	}
	return out
}

// Typed is a record beside its observation in its own type.
type Typed[T observation.Observation] struct {
	Record      Record
	Observation T
}

// FromMemory reports whether the record, or any claim, source or statement in it,
// was written down without the source at hand.
func (r Record) FromMemory() bool {
	if r.Certainty == claim.FromMemory {
		return true
	}
	for _, s := range r.Sources {
		if s.Certainty == claim.FromMemory {
			return true
		}
	}
	found := false
	walk(reflect.ValueOf(r.Observation), func(v reflect.Value) {
		if f := v.FieldByName("Certainty"); f.IsValid() && f.Interface() == claim.FromMemory {
			found = true
		}
	})
	return found
}

// Origins lists the independent origins of what the record alleges, sorted: of an
// incident's attributions and of the totals estimated of a window, not of those
// who speak of something else in the same record or dissent. Of other kinds it is
// the origins of all sources.
func (r Record) Origins() []string {
	var anchors []claim.Anchor
	switch o := r.Observation.(type) {
	case *observation.CyberIncident:
		for _, a := range o.Attributions {
			anchors = append(anchors, a.Anchor)
		}
	case *observation.PetroleumDelivery:
		for _, t := range o.Totals {
			anchors = append(anchors, t.Anchor)
		}
	}
	if len(anchors) == 0 {
		return claim.Origins(r.Sources)
	}
	var of []claim.Source
	for _, a := range anchors {
		if s, ok := r.Source(a.Source); ok {
			of = append(of, s)
		}
	}
	return claim.Origins(of)
}

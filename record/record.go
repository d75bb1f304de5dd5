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
//	r, o, err := record.Merge(r, told) // another telling of it: nothing is overwritten
//	r, ok := record.SeenBy(r, reader)  // as its markings permit
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

// Record is one observation with its provenance. Where others tell it otherwise,
// or tell it under another marking, their accounts stand in Also: the first that
// reached the desk leads, and none is overwritten. See [Merge] and [SeenBy].
type Record struct {
	ID          string                  `json:"id" jsonschema:"prefix of the kind, then what people say: INC-2022-040"`
	AsOf        value.Date              `json:"as_of,omitzero" jsonschema:"the day from which the desk knew"`
	Marking     Marking                 `json:"marking,omitzero"`
	Certainty   claim.Certainty         `json:"certainty,omitempty" jsonschema:"checked or from-memory, for the record as a whole"`
	Note        string                  `json:"note,omitempty"`
	Sources     []claim.Source          `json:"sources,omitempty"`
	Evidence    []claim.Passage         `json:"evidence,omitempty" jsonschema:"where in the evidence it stands"`
	Observation observation.Observation `json:"observation"`
	Also        []Account               `json:"also,omitempty" jsonschema:"other accounts of the same observation"`
}

// Kind is the kind of the observation.
func (r Record) Kind() observation.Kind { return r.Observation.Kind() }

// Source returns the source of the leading account with that key.
func (r Record) Source(key string) (claim.Source, bool) { return sourceOf(r.Sources, key) }

func sourceOf(sources []claim.Source, key string) (claim.Source, bool) {
	i := slices.IndexFunc(sources, func(s claim.Source) bool { return s.Key == key })
	if i < 0 {
		return claim.Source{}, false
	}
	return sources[i], true
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
	if len(r.Also) >= maxAccounts {
		report("also", fmt.Sprintf("the record has more than %d accounts", maxAccounts))
		return bad
	}
	r.lead().check(r.Kind(), "", report)
	for i, a := range r.Also {
		a.check(r.Kind(), fmt.Sprintf("also[%d].", i), report)
	}
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

// FromMemory reports whether the record, or any account, claim, source or
// statement in it, was written down without the source at hand.
func (r Record) FromMemory() bool {
	return slices.ContainsFunc(r.Accounts(), Account.fromMemory)
}

func (a Account) fromMemory() bool {
	if a.Certainty == claim.FromMemory {
		return true
	}
	for _, s := range a.Sources {
		if s.Certainty == claim.FromMemory {
			return true
		}
	}
	found := false
	walk(reflect.ValueOf(a.Observation), func(v reflect.Value) {
		if f := v.FieldByName("Certainty"); f.IsValid() && f.Interface() == claim.FromMemory {
			found = true
		}
	})
	return found
}

// Origins lists the independent origins of what the record alleges, sorted: of an
// incident's attributions and of the totals estimated of a window, not of those
// who speak of something else in the same record or dissent. Of other kinds it is
// the origins of all sources. An account that says the same as the leading one
// counts; one that says otherwise lends it no support.
func (r Record) Origins() []string {
	lead := r.lead()
	of := lead.alleging()
	for _, a := range r.Also {
		if agrees(a, lead) {
			of = append(slices.Clip(of), a.alleging()...)
		}
	}
	return claim.Origins(of)
}

// alleging lists the sources of what the account alleges.
func (a Account) alleging() []claim.Source {
	var anchors []claim.Anchor
	switch o := a.Observation.(type) {
	case *observation.CyberIncident:
		for _, at := range o.Attributions {
			anchors = append(anchors, at.Anchor)
		}
	case *observation.PetroleumDelivery:
		for _, t := range o.Totals {
			anchors = append(anchors, t.Anchor)
		}
	}
	if len(anchors) == 0 {
		return a.Sources
	}
	var of []claim.Source
	for _, at := range anchors {
		if s, ok := sourceOf(a.Sources, at.Source); ok {
			of = append(of, s)
		}
	}
	return of
}

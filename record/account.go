package record

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Marking says who may see a record; see package marking, which decides.
type Marking = marking.Marking

// Account is one telling of what a record is about: what is said, since when the
// desk knows it, who says it, how certain it is and who may see it. The keys of
// its sources are its own.
type Account struct {
	AsOf        value.Date              `json:"as_of,omitzero" jsonschema:"the day from which the desk knew"`
	Marking     Marking                 `json:"marking,omitzero"`
	Certainty   claim.Certainty         `json:"certainty,omitempty" jsonschema:"checked or from-memory, for the account as a whole"`
	Note        string                  `json:"note,omitempty"`
	Sources     []claim.Source          `json:"sources,omitempty"`
	Evidence    []claim.Passage         `json:"evidence,omitempty" jsonschema:"where in the evidence it stands"`
	Observation observation.Observation `json:"observation"`
}

// told is an account without its methods.
type told Account

// UnmarshalJSON reads an account as strictly as [Decode] reads a record. Errors
// are *Invalid.
func (a *Account) UnmarshalJSON(b []byte) error {
	s := scanText(b)
	var t told
	o, err := observation.New(s.kind)
	if err == nil && s.depth() <= maxDepth {
		t.Observation = o
		err = unmarshal(b, &t)
	}
	switch {
	case s.fault != nil:
		return &Invalid{Faults: []Fault{*s.fault}}
	case err != nil:
		return &Invalid{Faults: []Fault{{"", err.Error()}}}
	}
	*a = Account(t)
	return nil
}

// Accounts lists the tellings of the record, the leading one first. They share
// memory with the record.
func (r Record) Accounts() []Account {
	out := make([]Account, 0, 1+len(r.Also))
	return append(append(out, r.lead()), r.Also...)
}

func (r Record) lead() Account {
	return Account{r.AsOf, r.Marking, r.Certainty, r.Note, r.Sources, r.Evidence, r.Observation}
}

// withAccounts is the record as these accounts, of which there is at least one,
// tell it.
func (r Record) withAccounts(as []Account) Record {
	a := as[0]
	out := Record{ID: r.ID, AsOf: a.AsOf, Marking: a.Marking, Certainty: a.Certainty, Note: a.Note, Sources: a.Sources, Evidence: a.Evidence, Observation: a.Observation}
	if len(as) > 1 {
		out.Also = as[1:]
	}
	return out
}

// SeenBy returns the record as the reader may see it: the accounts whose marking
// permits it, the first of them leading. It reports false where there is none;
// to the reader the record is then not there at all.
func SeenBy(r Record, reader marking.Reader) (Record, bool) {
	return Seen(r, func(a Account) bool { return marking.Decide(a.Marking, reader).OK })
}

// Seen is SeenBy where more than an account's own marking decides, such as that of
// the evidence it rests on.
func Seen(r Record, may func(Account) bool) (Record, bool) {
	var seen []Account
	for _, a := range r.Accounts() {
		if may(a) {
			seen = append(seen, a)
		}
	}
	if len(seen) == 0 {
		return Record{}, false
	}
	return r.withAccounts(seen), true
}

// Highest is the marking of whatever is made of the whole record: the join of its
// accounts' markings.
func (r Record) Highest() Marking {
	if len(r.Also) == 0 {
		return r.Marking
	}
	var all []Marking
	for _, a := range r.Accounts() {
		all = append(all, a.Marking)
	}
	return marking.Join(all...)
}

// Limits on what one record may gather, so that a file that tells one thing a
// million ways cannot swell it without end.
const (
	maxAccounts = 100
	maxSources  = 1000 // of one account, and likewise its passages
)

// check reports what is wrong with an account of a record of the kind; at is the
// path of the account in the record.
func (a Account) check(kind observation.Kind, at string, report observation.Report) {
	if a.Observation == nil {
		report(at+"observation", "is missing")
		return
	}
	a.checkSources(at, report)
	a.checkEvidence(at, report)
	if err := a.Marking.Validate(); err != nil {
		report(at+"marking", err.Error())
	}
	if !a.Certainty.Valid() {
		report(at+"certainty", wantCertainty(a.Certainty))
	}
	if is := a.Observation.Kind(); is != kind {
		report(at+"observation.type", fmt.Sprintf("is %q in a record of a %s", is, kind))
	}
	observation.Check(a.Observation, func(field, reason string) { report(at+"observation."+field, reason) })
}

func (a Account) checkSources(at string, report observation.Report) {
	if len(a.Sources) > maxSources {
		report(at+"sources", fmt.Sprintf("are more than %d", maxSources))
		return
	}
	for i, s := range a.Sources {
		if s.Key == "" || s.Title == "" {
			report(fmt.Sprintf("%ssources[%d]", at, i), "needs a key and a title")
		}
		if !s.Certainty.Valid() {
			report(fmt.Sprintf("%ssources[%d].certainty", at, i), wantCertainty(s.Certainty))
		}
		if _, twice := sourceOf(a.Sources[:i], s.Key); twice {
			report(fmt.Sprintf("%ssources[%d].key", at, i), fmt.Sprintf("%q is used twice", clip(s.Key)))
		}
	}
	for _, anchor := range Anchors(a.Observation) {
		if _, ok := sourceOf(a.Sources, anchor.Source); !ok && anchor.Source != "" {
			report(at+"observation", fmt.Sprintf("a claim refers to source %q, which the record does not have", clip(anchor.Source)))
		}
	}
}

func (a Account) checkEvidence(at string, report observation.Report) {
	if len(a.Evidence) > maxSources {
		report(at+"evidence", fmt.Sprintf("are more than %d passages", maxSources))
		return
	}
	for i, p := range a.Evidence {
		p.Check(func(field, reason string) { report(fmt.Sprintf("%sevidence[%d].%s", at, i, field), reason) })
	}
}

// sameFrame reports whether two accounts differ in nothing but what they say and
// where it stands.
func sameFrame(a, b Account) bool {
	return a.AsOf == b.AsOf && a.Certainty == b.Certainty && a.Note == b.Note && bytes.Equal(markingText(a.Marking), markingText(b.Marking))
}

// markingText is the marking as it stands in the record's bytes.
func markingText(m Marking) []byte {
	if m.IsZero() {
		return nil
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it is made of text
	}
	return b
}

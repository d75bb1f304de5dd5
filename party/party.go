// Package party says who: people, companies, vessels, banks, groups and the
// bodies they answer to, with their names in the scripts they are written in,
// their identifiers, and the lists that designate them.
//
//	p := party.Party{
//		Kind:  party.Bank,
//		Names: []party.Name{{Text: "Foreign Trade Bank"}, {Text: "조선무역은행", Lang: "ko"}},
//		Designations: []party.Designation{{Reference: "KPe.047", On: "2017-08-05"}},
//	}
//	p.Label()      // "Foreign Trade Bank"
//	p.Designated() // true
package party

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the sort of party.
type Kind string

// The kinds.
const (
	Person  Kind = "person"
	Company Kind = "company"
	Vessel  Kind = "vessel"
	Bank    Kind = "bank"
	Group   Kind = "group" // a hacking group as analysts draw its borders
	Organ   Kind = "organ" // an organ of a State: a bureau, a ministry
	State   Kind = "state"
)

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool {
	return slices.Contains([]Kind{Person, Company, Vessel, Bank, Group, Organ, State}, k)
}

// Name is one name of a party.
type Name struct {
	Text string `json:"text"`
	Lang string `json:"lang,omitempty" jsonschema:"BCP 47 language tag where the script does not tell"`
	By   string `json:"by,omitempty" jsonschema:"who calls it that"`
}

// Identifier is a number or code that tells a party from its namesakes.
type Identifier struct {
	Type  string `json:"type" jsonschema:"imo, swift, lei, passport, registration, attack …"`
	Value string `json:"value"`
}

// Designation is an entry on a sanctions list.
type Designation struct {
	By        string `json:"by" jsonschema:"the listing authority"`
	Reference string `json:"reference,omitempty" jsonschema:"the list's own reference"`
	On        string `json:"on,omitempty" jsonschema:"ISO date of the listing, as precise as known"`
	Basis     string `json:"basis,omitempty" jsonschema:"the paragraph that lists it"`
}

// Party is somebody a record speaks of. The first name is the label.
type Party struct {
	Kind         Kind          `json:"kind"`
	Names        []Name        `json:"names"`
	Identifiers  []Identifier  `json:"identifiers,omitempty"`
	Country      string        `json:"country,omitempty" jsonschema:"ISO 3166-1 alpha-2"`
	Designations []Designation `json:"designations,omitempty"`
	Publishable  bool          `json:"publishable,omitempty" jsonschema:"a natural person who may be named in print"`
	Pseudonym    bool          `json:"pseudonym,omitempty" jsonschema:"the name is a pseudonym; the desk that made the record knows who it is"`
}

// Label is the name to print.
func (p Party) Label() string {
	if len(p.Names) == 0 {
		return ""
	}
	return p.Names[0].Text
}

// Aliases are the other names, in the order given.
func (p Party) Aliases() []string {
	var out []string
	for _, n := range p.Names[min(1, len(p.Names)):] {
		out = append(out, n.Text)
	}
	return out
}

// Designated reports whether any list names the party.
func (p Party) Designated() bool { return len(p.Designations) > 0 }

// Pseudonymous reports whether the name must not leave the desk: a natural
// person who is on no list and whose record does not say "publishable".
func (p Party) Pseudonymous() bool {
	return p.Kind == Person && !p.Designated() && !p.Publishable && !p.Pseudonym
}

// Check reports what is wrong with the party, field by field.
func (p Party) Check(report func(field, reason string)) {
	if !p.Kind.Valid() {
		report("kind", fmt.Sprintf("unknown kind of party %q", p.Kind))
	}
	if strings.TrimSpace(p.Label()) == "" {
		report("names", "a party needs a name")
	}
}

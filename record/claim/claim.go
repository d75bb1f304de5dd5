// Package claim keeps disagreement: a claim is a value that an authority put
// forward on a day, read in a source. A record holds several claims about the
// same thing side by side, marks one of them preferred with the reason, and a
// View chooses among records by the standing of who attributes them.
//
//	amount := claim.Claim[value.Money]{
//		Value:     value.USD("60000000"),
//		Authority: "Federal Bureau of Investigation",
//		Status:    claim.Official,
//		Anchor:    claim.Anchor{Source: "fbi-2023-08-22"},
//		Preferred: true, Reason: "the first government figure",
//	}
package claim

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record/value"
)

// Certainty says how the desk knows what it wrote down.
type Certainty string

// The certainties. FromMemory values are printed with "to be verified".
const (
	Checked    Certainty = "checked"     // seen in the source named
	FromMemory Certainty = "from-memory" // written down without the source at hand
)

// Valid reports whether c is one of the certainties or empty, which says nothing.
func (c Certainty) Valid() bool { return c == "" || c == Checked || c == FromMemory }

// Claim is one value as one authority gave it.
type Claim[T any] struct {
	Value     T          `json:"value"`
	Authority string     `json:"authority" jsonschema:"who says so"`
	Status    Status     `json:"status,omitempty" jsonschema:"standing of the authority: official, panel, analyst, suspected or disputed"`
	On        value.Date `json:"on,omitzero" jsonschema:"the day it was said"`
	Anchor    Anchor     `json:"anchor" jsonschema:"where it was read"`
	Certainty Certainty  `json:"certainty,omitempty" jsonschema:"checked or from-memory"`
	Preferred bool       `json:"preferred,omitempty" jsonschema:"the claim that sums use"`
	Reason    string     `json:"reason,omitempty" jsonschema:"why it is preferred"`
	Dissent   []Dissent  `json:"dissent,omitempty" jsonschema:"who contradicts it publicly"`
	Note      string     `json:"note,omitempty"`
}

// PreferOnly flags a claim that stands alone as the preferred one, for the reason
// unless it already has one. Among several it chooses none.
func PreferOnly[T any](claims []Claim[T], reason string) {
	if len(claims) == 1 {
		c := &claims[0]
		c.Preferred, c.Reason = true, cmp.Or(c.Reason, reason)
	}
}

// Dissent is a public contradiction of a claim.
type Dissent struct {
	Authority string     `json:"authority"`
	Says      string     `json:"says"`
	On        value.Date `json:"on,omitzero"`
	Anchor    Anchor     `json:"anchor"`
}

// Anchor is a place in a source: the key of one of the record's sources and,
// where known, the page or paragraph in it.
type Anchor struct {
	Source string `json:"source" jsonschema:"key of one of the record's sources"`
	Place  string `json:"place,omitempty" jsonschema:"page, paragraph or line in it"`
}

// Source is a document or statement a record rests on. Sources that reproduce
// the same authority share an Origin and count as one.
type Source struct {
	Key          string     `json:"key" jsonschema:"unique within the record; claims refer to it"`
	Title        string     `json:"title" jsonschema:"as it is cited in a footnote"`
	Origin       string     `json:"origin" jsonschema:"who it comes from in the end; sources of one origin count as one"`
	Date         value.Date `json:"date,omitzero"`
	ReproducedBy string     `json:"reproduced_by,omitempty" jsonschema:"where it was read, if not in the document itself"`
	Certainty    Certainty  `json:"certainty,omitempty" jsonschema:"checked or from-memory"`
}

// Preferred returns the claim flagged preferred; ok is false where none is.
func Preferred[T any](claims []Claim[T]) (c Claim[T], ok bool) {
	i := slices.IndexFunc(claims, func(c Claim[T]) bool { return c.Preferred })
	if i < 0 {
		return c, false
	}
	return claims[i], true
}

// Bounds returns the least and the greatest value claimed in the currency of the
// preferred claim; ok is false where there is no preferred claim. Amounts in
// other currencies do not take part: nothing is converted.
func Bounds(claims []Claim[value.Money]) (low, high value.Money, ok bool) {
	p, ok := Preferred(claims)
	if !ok {
		return low, high, false
	}
	low, high = p.Value, p.Value
	for _, c := range claims {
		if c.Value.Currency != p.Value.Currency {
			continue
		}
		if c.Value.Amount.Cmp(low.Amount) < 0 {
			low = c.Value
		}
		if c.Value.Amount.Cmp(high.Amount) > 0 {
			high = c.Value
		}
	}
	return low, high, true
}

// Origins lists the distinct origins of the sources, sorted. A source without an
// origin stands for itself.
func Origins(sources []Source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, cmp.Or(s.Origin, s.Key))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

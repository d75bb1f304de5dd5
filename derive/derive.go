// Package derive makes every printed number answerable. A Function is a pure
// function of records and parameters with a name and a version; running one
// gives a Derivation, which names the function, the parameters, the digests of
// the inputs and the result. Whoever holds the same inputs runs it again and
// compares.
//
//	reg, err := derive.NewRegistry(functions...)
//	d, err := reg.Derive("cyber.losses.usd", derive.Params{"view": "official"}, desk)
//	d.Result.Value            // "1344792000"
//	again, err := reg.Rerun(d, bundle)
//	again.Equal(d.Result)     // true, or the figure falls
//
// Inputs are bytes with digests: this package knows nothing of what they say.
// A Registry is a value; there is no global one.
package derive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gowebpki/jcs"
)

// Errors of the package, for errors.Is.
var (
	// ErrUnknown is returned for a function that the registry does not have, in
	// the version asked for.
	ErrUnknown = errors.New("no such function")
	// ErrParam is returned for a parameter that is unknown or not allowed.
	ErrParam = errors.New("bad parameter")
	// ErrInputs is returned by Rerun when the inputs at hand are not the ones the
	// derivation names.
	ErrInputs = errors.New("inputs differ")
	// ErrWithheld is returned by Rerun for a derivation whose result does not travel.
	ErrWithheld = errors.New("the result is withheld")
)

// Params are a function's parameters by name, always as text.
type Params map[string]string

// String is "from=2017 to=2023", sorted by name.
func (p Params) String() string {
	parts := make([]string, 0, len(p))
	for _, k := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, k+"="+p[k])
	}
	return strings.Join(parts, " ")
}

// Param describes one parameter of a function.
type Param struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Default string   `json:"default,omitempty"`
	Allowed []string `json:"allowed,omitempty"` // empty: any text the function accepts
}

// Function is a named, versioned pure function. Run must depend on nothing but
// its Call: no clock, no network, no map order, no floating point.
type Function struct {
	Name    string   `json:"name"`    // dotted, domain first: cyber.losses.usd
	Version int      `json:"version"` // raised whenever the same call may give another result
	About   string   `json:"about"`   // one line for a person
	Params  []Param  `json:"params,omitempty"`
	Reads   []string `json:"reads"` // kinds of input

	Run func(Call) (Result, error) `json:"-"`
}

// ID is name@version.
func (f Function) ID() string { return fmt.Sprintf("%s@%d", f.Name, f.Version) }

// Call is what a function gets: complete parameters and its input sets.
type Call struct {
	Params Params
	sets   map[string]*Set
}

// Set returns the inputs of a kind that the function declared in Reads; for any
// other kind it is empty.
func (c Call) Set(kind string) *Set {
	if s := c.sets[kind]; s != nil {
		return s
	}
	return NewSet(kind, nil)
}

// Sets gives a registry the inputs of a kind.
type Sets interface {
	Set(kind string) (*Set, error)
}

// InputSet names a set of inputs inside a derivation.
type InputSet struct {
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
	Digest string `json:"digest"` // see Set.Digest
}

// Derivation says how a result came about, completely.
//
// A derivation that goes to a recipient names the inputs that the recipient may
// see. Where they do not give what all inputs give, the result rests on something
// withheld and does not travel: Withheld says for which marking, and Result holds
// nothing but the rows of a table that stand unchanged.
type Derivation struct {
	ID       string     `json:"id"` // digest of function, params and inputs, shortened
	Function string     `json:"function"`
	Params   Params     `json:"params"`
	Inputs   []InputSet `json:"inputs"`
	Result   Result     `json:"result"`
	Marking  string     `json:"marking,omitempty"`  // of the inputs it rests on, joined, in words; empty is public
	Withheld string     `json:"withheld,omitempty"` // label of the marking for which the result does not travel
}

// Name is the function's name without its version.
func (d Derivation) Name() string {
	name, _, _ := strings.Cut(d.Function, "@")
	return name
}

// Command is the command line that derives the result again.
func (d Derivation) Command() string {
	return strings.TrimSpace("turtlebay figure " + d.Name() + " " + d.Params.String())
}

// Basis says what the result rests on: the inputs it names or, where it names
// none, every input of the kinds that were read.
func (d Derivation) Basis() (inputs, kinds []string) {
	if len(d.Result.Records) > 0 {
		return d.Result.Records, nil
	}
	for _, in := range d.Inputs {
		kinds = append(kinds, in.Kind)
	}
	return nil, kinds
}

// Withhold takes away what must not travel: the result and what it rests on.
// label is of the marking that it is withheld for.
func (d Derivation) Withhold(label string) Derivation {
	d.Result, d.Marking, d.Withheld = Result{}, "", label
	return d
}

// Print is what stands in print for the derivation: its value in the style, or
// the cover where it is withheld.
func (d Derivation) Print(style, cover string) string {
	if d.Withheld != "" {
		return cover
	}
	return d.Result.Print(style)
}

// identify computes the derivation's id from its function, parameters and inputs.
func (d Derivation) identify() (string, error) {
	d.ID, d.Result, d.Marking, d.Withheld = "", Result{}, "", ""
	b, err := Canonical(d)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8]), nil
}

// Canonical is the RFC 8785 form of v's JSON.
func Canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	c, err := jcs.Transform(b)
	if err != nil {
		return nil, fmt.Errorf("canonicalise %T: %w", v, err)
	}
	return c, nil
}

package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
)

// rerun derives everything again from the records that travelled, names what
// falls, and holds what is printed against what is recorded.
func (v *verifier) rerun(reg *derive.Registry, m Manifest) {
	derivations := v.derivations()
	places := v.places()
	v.Derivations.Total = len(derivations)
	if sets, ok := v.inputs(m); ok {
		marks := v.markings(sets)
		for _, d := range derivations {
			got, err := reg.Rerun(d, sets)
			v.judge(d, got, err, marks, m)
		}
		v.marked(m.About, derivations)
	}
	v.printed(places, derivations, m.Cover)
	v.fall(places)
}

// judge counts a derivation by what came of running it again.
func (v *verifier) judge(d derive.Derivation, got derive.Result, err error, marks markings, m Manifest) {
	out := Difference{
		Derivation: plain(d.ID), Figure: plain(strings.TrimSpace(d.Function + " " + d.Params.String())),
		Recorded: plain(d.Result.Value), Derived: plain(got.Value),
	}
	same := got.Equal(d.Result)
	switch {
	case errors.Is(err, derive.ErrWithheld):
		if out.Why = unfounded(d, got, m); out.Why == "" {
			v.Derivations.Withheld++
			return
		}
		out.Derived = "" // it is what the records at hand give, not what was withheld
	case err == nil && same:
		if out.Why = marks.differ(d); out.Why == "" {
			v.Derivations.Reproduced++
			return
		}
	case errors.Is(err, derive.ErrInputs) && d.Withheld != "":
		out.Derived, out.Why = "", "it is withheld, and the records are not those it names"
	case errors.Is(err, derive.ErrInputs) && same:
		out.Why = "the records are not those it was derived from, though they give the same"
		v.Derivations.Unproven = append(v.Derivations.Unproven, out)
		return
	case err == nil || errors.Is(err, derive.ErrInputs):
		out.Why = "the records give another result"
	default:
		out.Why = plain(err.Error())
	}
	v.fallen[d.ID] = true
	v.Derivations.Differ = append(v.Derivations.Differ, out)
}

// travelled are the records of a bundle as input sets.
type travelled map[string]*derive.Set

// Set makes the bundle's records a derive.Sets; a kind that it does not hold is
// an empty set, as it was on the desk.
func (t travelled) Set(kind string) (*derive.Set, error) {
	if s := t[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

// inputs reads the records and holds each against its digest in the index; ok is
// false where the index cannot be read.
func (v *verifier) inputs(m Manifest) (sets travelled, ok bool) {
	b, err := v.archive.content(inputsName)
	if err != nil {
		v.bad(inputsName, err.Error())
		return nil, false
	}
	index, err := decodeIndex(b)
	if err != nil {
		v.bad(inputsName, err.Error())
		return nil, false
	}
	if c, err := derive.Canonical(index); err != nil || !bytes.Equal(b, c) {
		v.bad(inputsName, "not in canonical form")
	}
	sets = travelled{}
	withheld := 0
	for kind, list := range index {
		sets[kind] = v.kind(kind, list)
		for _, in := range list {
			if in.Withheld {
				withheld++
			}
		}
	}
	for _, n := range m.Withheld {
		withheld -= n
	}
	if withheld != 0 {
		v.bad(inputsName, "has not as many commitments as the manifest counts withheld records")
	}
	for _, name := range v.archive.order {
		kind, isKind := recordKind(name)
		if _, named := index[kind]; isKind && !named {
			v.bad(name, "its kind is not in "+inputsName)
		}
	}
	return sets, true
}

// kind reads the records of one kind that travelled, which stand in the order of
// the index; derivations name the set of these.
func (v *verifier) kind(kind string, list []input) *derive.Set {
	name := recordsDir + kind + ".jsonl"
	rest, err := v.archive.content(name)
	if err != nil && !errors.Is(err, errMissing) {
		v.bad(name, err.Error())
	}
	inputs := make([]derive.Input, 0, len(list))
	for _, in := range list {
		if in.Withheld {
			continue
		}
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		rest = after
		switch {
		case !ok:
			v.bad(name, fmt.Sprintf("record %s is missing or has no line end", in.ID))
			continue
		case len(line) > maxLine:
			v.bad(name, fmt.Sprintf("record %s is longer than %d bytes", in.ID, maxLine))
			continue
		case digest(line) != in.SHA256:
			v.bad(name, fmt.Sprintf("record %s is not the one that the index names", in.ID))
		case !isCanonical(line):
			v.bad(name, fmt.Sprintf("record %s is not canonical JSON", in.ID))
		}
		inputs = append(inputs, derive.Input{ID: in.ID, Digest: digest(line), Bytes: line})
	}
	if len(rest) > 0 {
		v.bad(name, "holds more records than the index names")
	}
	return derive.NewSet(kind, inputs)
}

// isCanonical reports whether the bytes are JSON in the form of RFC 8785, in which
// nothing can be said in two ways.
func isCanonical(b []byte) bool {
	c, err := derive.Canonical(json.RawMessage(b))
	return err == nil && bytes.Equal(b, c)
}

// derivations reads the derivations that can be read; they are sorted by id.
func (v *verifier) derivations() []derive.Derivation {
	rest, err := v.archive.content(derivationsName)
	if err != nil {
		v.bad(derivationsName, err.Error())
		return nil
	}
	var out []derive.Derivation
	last := ""
	for i := 1; len(rest) > 0 && i <= maxDerivations; i++ {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		rest = after
		var d derive.Derivation
		if !ok || len(line) > maxLine || json.Unmarshal(line, &d) != nil {
			v.bad(derivationsName, fmt.Sprintf("line %d cannot be read", i))
			continue
		}
		if c, err := derive.Canonical(d); err != nil || !bytes.Equal(line, c) {
			v.bad(derivationsName, fmt.Sprintf("line %d is not in canonical form", i))
		}
		if d.ID <= last {
			v.bad(derivationsName, fmt.Sprintf("line %d is out of order or stands there twice", i))
			continue
		}
		last = d.ID
		out = append(out, d)
	}
	if len(rest) > 0 {
		v.bad(derivationsName, fmt.Sprintf("holds more than %d derivations", maxDerivations))
	}
	return out
}

// fall names the paragraphs and exhibits that print what did not come out again.
func (v *verifier) fall(places []Place) {
	also := map[string]bool{}
	for _, p := range places {
		if !slices.ContainsFunc(p.Figures, func(f Printed) bool { return v.fallen[f.Derivation] }) {
			continue
		}
		if p.Number > 0 {
			v.Affected = append(v.Affected, p.Number)
		} else if !also[p.Label] {
			also[p.Label] = true
			v.AlsoFall = append(v.AlsoFall, plain(p.Label))
		}
	}
	slices.Sort(v.Affected)
	v.Affected = slices.Compact(v.Affected)
}

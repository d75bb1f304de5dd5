package record

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Anchors lists every anchor an observation holds, wherever it stands in it.
func Anchors(o observation.Observation) []claim.Anchor { return collect[claim.Anchor](o) }

// Parties lists every party an observation holds, wherever it stands in it.
func Parties(o observation.Observation) []party.Party { return collect[party.Party](o) }

func collect[T any](o observation.Observation) []T {
	var out []T
	walk(reflect.ValueOf(o), func(v reflect.Value) {
		if v.Type() == reflect.TypeFor[T]() {
			out = append(out, v.Interface().(T))
		}
	})
	return out
}

// Pseudonymise returns the record with a pseudonym, made from the record's id,
// for every natural person who may not be named in print, and reports whether
// there was one. The person's names give way to it in the record's texts as
// well, and so do the names that other records hide: in notes, titles and
// wherever else, in any case, order of names, and with or without hyphens.
func (r Record) Pseudonymise(others ...Hidden) (Record, bool, error) {
	own := r.Hidden()
	if len(own)+len(others) == 0 {
		return r, false, nil
	}
	b, err := r.Canonical()
	if err != nil {
		return r, false, err
	}
	var out Record
	if err := out.UnmarshalJSON(b); err != nil {
		return r, false, fmt.Errorf("copy record %s: %w", r.ID, err)
	}
	people := pseudonymous(out.Observation)
	for i, p := range people {
		p.Names, p.Identifiers, p.Pseudonym = []party.Name{{Text: out.person(i)}}, nil, true
	}
	for _, h := range others {
		if h.short == "" {
			own = append(own, h)
		}
	}
	hide(&out, own)
	after, err := out.Canonical()
	if err != nil {
		return r, false, err
	}
	return out, !bytes.Equal(after, b), nil
}

// Hidden lists the names that must not leave the desk with this record, each
// with what stands in its place.
func (r Record) Hidden() []Hidden {
	var out []Hidden
	for i, p := range pseudonymous(r.Observation) {
		for _, name := range p.Names {
			h := Hidden{spelt: spellings(name.Text), joined: runsOn(name.Text), Instead: r.person(i)}
			if len(h.spelt) == 0 {
				h.short = strings.TrimSpace(name.Text)
			}
			out = append(out, h)
		}
	}
	return out
}

// pseudonymous lists the natural persons who may not be named.
func pseudonymous(o observation.Observation) []*party.Party {
	var out []*party.Party
	walk(reflect.ValueOf(o), func(v reflect.Value) {
		if p, ok := v.Addr().Interface().(*party.Party); ok && p.Pseudonymous() {
			out = append(out, p)
		}
	})
	return out
}

func (r Record) person(i int) string { return fmt.Sprintf("Person %d of %s", i+1, r.ID) }

// walk calls visit for every addressable struct reachable from v.
func walk(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		visit(v)
		for i := range v.NumField() {
			if f := v.Field(i); f.CanInterface() {
				walk(f, visit)
			}
		}
	}
}

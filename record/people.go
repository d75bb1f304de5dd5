package record

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
// well: in notes, titles and wherever else they are spelt as the party has them.
func (r Record) Pseudonymise() (Record, bool, error) {
	if len(pseudonymous(r.Observation)) == 0 {
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
	var hidden []pseudonym
	for i, p := range people {
		for _, name := range p.Names {
			hidden = append(hidden, pseudonym{strings.TrimSpace(name.Text), out.person(i)})
		}
	}
	hide(&out, hidden)
	for i, p := range people {
		p.Names, p.Identifiers = []party.Name{{Text: out.person(i)}}, nil
	}
	return out, true, nil
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

// pseudonym is what a name gives way to.
type pseudonym struct{ name, instead string }

// hide replaces the names in every text of the record but its id.
func hide(r *Record, hidden []pseudonym) {
	// The longest first: part of a name must not be left behind.
	slices.SortStableFunc(hidden, func(a, b pseudonym) int { return cmp.Compare(len(b.name), len(a.name)) })
	replace := func(s string) string {
		for _, p := range hidden {
			s = p.in(s)
		}
		return s
	}
	id := r.ID
	walk(reflect.ValueOf(r), func(v reflect.Value) {
		for i := range v.NumField() {
			if !v.Field(i).CanSet() {
				continue
			}
			switch text := v.Field(i).Addr().Interface().(type) {
			case *string:
				*text = replace(*text)
			case *[]string:
				for i, s := range *text {
					(*text)[i] = replace(s)
				}
			}
		}
	})
	r.ID = id
}

// in replaces the name where it stands as a word of its own. A text that is one
// lower-case word is a term of the kind's vocabulary, not a name.
func (p pseudonym) in(text string) string {
	if p.name == "" || !strings.Contains(text, p.name) || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return text
	}
	var b strings.Builder
	for {
		i := strings.Index(text, p.name)
		if i < 0 {
			return b.String() + text
		}
		end := i + len(p.name)
		b.WriteString(text[:i])
		if before, _ := utf8.DecodeLastRuneInString(text[:i]); joined(before, p.name[0]) {
			b.WriteString(text[i:end])
		} else if after, _ := utf8.DecodeRuneInString(text[end:]); joined(after, p.name[len(p.name)-1]) {
			b.WriteString(text[i:end])
		} else {
			b.WriteString(p.instead)
		}
		text = text[end:]
	}
}

// joined reports whether a letter belongs to the word that a name begins or ends
// with. In scripts beyond ASCII particles follow a name without a space: there
// every occurrence counts.
func joined(r rune, end byte) bool {
	return end < utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

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

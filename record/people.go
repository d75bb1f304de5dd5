package record

import (
	"bytes"
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
// for every natural person who may not be named in print, whichever account
// names them, and reports whether there was one. The person's names give way to
// it in the record's texts as well, and so do the names that other records hide:
// in notes, titles and wherever else, in any case, order of names, and with or
// without hyphens. The passages of evidence go: who guesses a name could tell by
// their digests that the guess is right.
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
	for _, p := range out.pseudonymous() {
		p.Names, p.Identifiers, p.Pseudonym = []party.Name{{Text: p.instead}}, nil, true
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
	if bytes.Equal(after, b) {
		return out, false, nil
	}
	out.Evidence = nil
	for i := range out.Also {
		out.Also[i].Evidence = nil
	}
	return out, true, nil
}

// Hidden lists the names that must not leave the desk with this record, each
// with what stands in its place.
func (r Record) Hidden() []Hidden {
	var out []Hidden
	for _, p := range r.pseudonymous() {
		for _, name := range p.Names {
			h := Hidden{spelt: spellings(name.Text), joined: runsOn(name.Text), Instead: p.instead}
			if len(h.spelt) == 0 {
				h.short = strings.TrimSpace(name.Text)
			}
			out = append(out, h)
		}
	}
	return out
}

// person is somebody who may not be named, and what stands in place of the name.
type person struct {
	*party.Party
	instead string
}

// pseudonymous lists the natural persons who may not be named. Who has a name in
// common with one listed before is taken for the same.
func (r Record) pseudonymous() []person {
	var out []person
	n := 0
	for _, a := range r.Accounts() {
		walk(reflect.ValueOf(a.Observation), func(v reflect.Value) {
			p, ok := v.Addr().Interface().(*party.Party)
			if !ok || !p.Pseudonymous() {
				return
			}
			if i := slices.IndexFunc(out, func(o person) bool { return namesake(o.Names, p.Names) }); i >= 0 {
				out = append(out, person{p, out[i].instead})
				return
			}
			n++
			out = append(out, person{p, fmt.Sprintf("Person %d of %s", n, r.ID)})
		})
	}
	return out
}

func namesake(a, b []party.Name) bool {
	return slices.ContainsFunc(a, func(n party.Name) bool {
		return slices.ContainsFunc(b, func(m party.Name) bool { return fold(n.Text) == fold(m.Text) })
	})
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

// Hidden is a name that gives way to a pseudonym wherever a text holds it.
type Hidden struct {
	spelt   map[string]bool // the name's letters, folded, in every order of its parts
	joined  string          // the name itself, in scripts whose words may run on without a space
	short   string          // a name too short to be told from an ordinary word: as it is spelt, in its own record
	Instead string
}

// runsOn is the name where it is written in letters beyond ASCII: particles and
// titles follow it without a space there, so that every occurrence counts.
func runsOn(name string) string {
	for _, r := range name {
		if r > unicode.MaxASCII && unicode.IsLetter(r) {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// minLetters is how long a name must be to be looked for in any case and order.
const minLetters = 4

// maxParts bounds the parts of a name whose orders are looked for.
const maxParts = 4

// spellings are the folded letters of a name in every order of its parts: "Kim
// Chol-su" is kimcholsu, kimsuchol, cholsukim …; none for a name too short to be
// told from an ordinary word.
func spellings(name string) map[string]bool {
	var parts []string
	letters := 0
	for _, w := range wordsOf(name) {
		part := fold(name[w.from:w.to])
		letters += len([]rune(part))
		parts = append(parts, part)
	}
	if letters < minLetters && runsOn(name) == "" {
		return nil
	}
	out := map[string]bool{strings.Join(parts, ""): true}
	if len(parts) <= maxParts {
		permute(parts, "", out)
	}
	return out
}

func permute(rest []string, done string, out map[string]bool) {
	if len(rest) == 0 {
		out[done] = true
	}
	for i, p := range rest {
		others := append(append([]string{}, rest[:i]...), rest[i+1:]...)
		permute(others, done+p, out)
	}
}

// span is a word's place in a text.
type span struct{ from, to int }

// wordsOf finds the runs of letters in a text.
func wordsOf(text string) []span {
	var out []span
	start := -1
	for i, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsMark(r)
		switch {
		case letter && start < 0:
			start = i
		case !letter && start >= 0:
			out, start = append(out, span{start, i}), -1
		}
	}
	if start >= 0 {
		out = append(out, span{start, len(text)})
	}
	return out
}

func fold(s string) string { return strings.ToLower(s) }

// maxJoined is how many consecutive words of a text may be one name.
const maxJoined = 6

// in replaces the name where consecutive words of the text spell it, whatever
// stands between them.
func (h Hidden) in(text string) string {
	if h.joined != "" {
		text = strings.ReplaceAll(text, h.joined, h.Instead)
	}
	if h.short != "" {
		return replaceWord(text, h.short, h.Instead)
	}
	words := wordsOf(text)
	var b strings.Builder
	done := 0
	for i := 0; i < len(words); i++ {
		letters := ""
		for j := i; j < len(words) && j < i+maxJoined; j++ {
			letters += fold(text[words[j].from:words[j].to])
			if h.spelt[letters] {
				b.WriteString(text[done:words[i].from] + h.Instead)
				done, i = words[j].to, j
				break
			}
		}
	}
	return b.String() + text[done:]
}

// replaceWord replaces a name where neither a letter nor a digit adjoins it.
func replaceWord(text, name, instead string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, name)
		if !found {
			return b.String() + text
		}
		last, _ := utf8.DecodeLastRuneInString(before)
		next, _ := utf8.DecodeRuneInString(after)
		b.WriteString(before)
		if adjoins(last) || adjoins(next) {
			b.WriteString(name)
		} else {
			b.WriteString(instead)
		}
		text = after
	}
}

func adjoins(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// hide replaces the names in every text of the record but its id. A text that is
// one lower-case word is a term of the kind's vocabulary, not a name.
func hide(r *Record, hidden []Hidden) {
	replace := func(s string) string {
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" {
			return s
		}
		for _, h := range hidden {
			s = h.in(s)
		}
		return s
	}
	id := r.ID
	walk(reflect.ValueOf(r), func(v reflect.Value) {
		if v.Type() == reflect.TypeFor[claim.Passage]() {
			return // digests are no texts
		}
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

package record

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

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

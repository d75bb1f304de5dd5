// Package hs holds the Harmonized System, the nomenclature by which customs name
// goods, in three editions: 2012, 2017 and 2022.
//
// A code has two digits (chapter), four (heading) or six (subheading). The room
// knows which codes each edition has, how the 2022 edition describes them, how
// codes lie to one another, and a few numbers that were changed between editions.
// It answers from tables embedded in the program; they are read once, when they
// are first asked for, and everything here may be used by several goroutines.
//
//	hs.Covers("2701", "270112")                   // hs.Yes: hard coal is coal
//	hs.Covers("270112", "2701")                   // hs.TooShort: may or may not be
//	hs.Known("880310", hs.HS2022)                 // false: aircraft parts have another number now
//	hs.Successors("880310", hs.HS2017, hs.HS2022) // ["880710"]
//
// Two limits. Between editions a code may keep its number while goods leave or
// join it; only numbers are held here, no correlation of contents. And 99, 9999
// and 999999 are no part of the nomenclature but what trade statistics use for
// goods not specified; they are held because records have them.
//
// Where the tables come from is written in SOURCES.md beside this file.
package hs

import (
	"crypto/sha256"
	_ "embed" // the tables
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
)

// codesCSV has a line for each code: the code, the editions that have it as a sum
// (1 for HS 2012, 2 for HS 2017, 4 for HS 2022), and the description of HS 2022
// where it has the code. Lines are sorted as text, so that a code comes right
// before all that is below it.
//
//go:embed codes.csv
var codesCSV string

const codesHeader = "code,editions,description\n"

// entry is a code with the editions it is in, a bit each, and its description.
type entry struct {
	code, text string
	in         uint8
}

func (e entry) has(ed Edition) bool { return ed.Held() && e.in&(1<<(ed-HS2012)) != 0 }

var table = sync.OnceValue(func() []entry {
	t, err := parseCodes(codesCSV)
	if err != nil {
		panic("hs: codes.csv: " + err.Error()) // a fault of the build, which the tests find
	}
	return t
})

// parseCodes reads the table. It takes one form of CSV only: a description is
// quoted as a whole or not at all, and has no quotation marks, so that every text
// is a piece of the table and none is copied.
func parseCodes(csv string) ([]entry, error) {
	rest, ok := strings.CutPrefix(csv, codesHeader)
	if !ok {
		return nil, fmt.Errorf("line 1: want %q", strings.TrimSpace(codesHeader))
	}
	out := make([]entry, 0, strings.Count(rest, "\n"))
	for n := 2; rest != ""; n++ {
		line, after, ended := strings.Cut(rest, "\n")
		e, ok := parseCode(line)
		if !ok || !ended {
			return nil, fmt.Errorf("line %d: want a code, its editions and a description", n)
		}
		if len(out) > 0 && e.code <= out[len(out)-1].code {
			return nil, fmt.Errorf("line %d: code %s out of order", n, e.code)
		}
		out, rest = append(out, e), after
	}
	return out, nil
}

func parseCode(line string) (entry, bool) {
	code, rest, _ := strings.Cut(line, ",")
	if !Valid(code) || len(rest) < 2 || rest[0] < '1' || rest[0] > '7' || rest[1] != ',' {
		return entry{}, false
	}
	text := rest[2:]
	if strings.Contains(text, ",") {
		if len(text) < 3 || text[0] != '"' || text[len(text)-1] != '"' {
			return entry{}, false
		}
		text = text[1 : len(text)-1]
	}
	return entry{code: code, text: text, in: rest[0] - '0'}, !strings.Contains(text, `"`)
}

func find(code string) (entry, bool) {
	t := table()
	i, ok := slices.BinarySearchFunc(t, code, func(e entry, code string) int { return strings.Compare(e.code, code) })
	if !ok {
		return entry{}, false
	}
	return t[i], true
}

// Known reports whether the edition has the code.
func Known(code string, ed Edition) bool {
	e, ok := find(code)
	return ok && e.has(ed)
}

// In returns the editions that have the code, the oldest first.
func In(code string) []Edition {
	e, ok := find(code)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(Editions(), func(ed Edition) bool { return !e.has(ed) })
}

// Describe returns how an edition describes the code, and which edition that is.
// Descriptions are held of HS 2022 alone; a code that it does not have gives
// false. They are written for statisticians and are not the legal text; some end
// in … where their source cuts them.
func Describe(code string) (string, Edition, bool) {
	e, ok := find(code)
	if !ok || !e.has(HS2022) {
		return "", 0, false
	}
	return e.text, HS2022, true
}

// Children returns the codes right below the code in the edition, sorted: the
// headings of a chapter, the subheadings of a heading, and the chapters of the
// empty code.
func Children(code string, ed Edition) iter.Seq[string] {
	return func(yield func(string) bool) {
		t := table()
		i, _ := slices.BinarySearchFunc(t, code, func(e entry, code string) int { return strings.Compare(e.code, code) })
		for _, e := range t[i:] {
			if !strings.HasPrefix(e.code, code) {
				return
			}
			if len(e.code) == len(code)+2 && e.has(ed) && !yield(e.code) {
				return
			}
		}
	}
}

// Digest is the lower-case hexadecimal SHA-256 of the tables of codes and of
// numbers that changed: what an answer of this room depends on beside its program.
func Digest() string { return digest() }

var digest = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(codesCSV + movedCSV))
	return hex.EncodeToString(sum[:])
})

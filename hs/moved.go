package hs

import (
	_ "embed" // the table
	"fmt"
	"slices"
	"strings"
	"sync"
)

// movedCSV has a line for each code that the next edition does not have and whose
// goods certainly are under another number there: the last edition that had it,
// the code, the number in the edition after that, and how it was established.
//
//go:embed moved.csv
var movedCSV string

const movedHeader = "edition,code,next,established\n"

// Established says how a change of number was found. Each compares the
// descriptions of two editions, word for word.
type Established string

// The ways. A pair of subheadings counts only where nothing else of the two
// headings is left without a counterpart: a new subheading beside a pair may have
// taken a part of the goods.
const (
	Words Established = "words" // a description that only these two have, in both editions the same
	Rest  Established = "rest"  // the one subheading left over on each side, with the same last two digits
	Whole Established = "all"   // a heading all of whose subheadings went to this one
	Sole  Established = "sole"  // the heading's only subheading, which the next edition divides; the heading reads as before
)

// Move is one change of number.
type Move struct {
	Last        Edition // the last edition that has the code
	Code        string  // the number that ended
	Next        string  // where its goods are in the edition after Last
	Established Established
}

var moved = sync.OnceValue(func() []Move {
	m, err := parseMoved(movedCSV)
	if err != nil {
		panic("hs: moved.csv: " + err.Error()) // a fault of the build, which the tests find
	}
	return m
})

func parseMoved(csv string) ([]Move, error) {
	rest, ok := strings.CutPrefix(csv, movedHeader)
	if !ok {
		return nil, fmt.Errorf("line 1: want %q", strings.TrimSpace(movedHeader))
	}
	var out []Move
	for line := range strings.Lines(rest) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		if len(f) != 4 || !Valid(f[1]) || !Valid(f[2]) || !slices.Contains([]Established{Words, Rest, Whole, Sole}, Established(f[3])) {
			return nil, fmt.Errorf("line %d: want an edition, two codes and how it was established", len(out)+2)
		}
		i := slices.IndexFunc(Editions(), func(e Edition) bool { return e.String() == "HS "+f[0] })
		if i < 0 || i+1 == len(Editions()) {
			return nil, fmt.Errorf("line %d: edition %s has none after it", len(out)+2, f[0])
		}
		out = append(out, Move{Last: Editions()[i], Code: f[1], Next: f[2], Established: Established(f[3])})
	}
	return out, nil
}

// Moved returns the changes of number that are held, by edition and code. They are
// those that the descriptions prove, not all there are.
func Moved() []Move { return slices.Clone(moved()) }

// Successors returns the numbers that the goods of a code have in a later (or the
// same) edition. A code that is still there is its own successor, and a heading
// can be the successor of its only subheading. Nothing is returned where the first
// edition does not have the code or where it is not certain what became of it.
func Successors(code string, from, to Edition) []string {
	if from > to {
		return nil
	}
	return follow(code, from, to)
}

// Predecessors returns the numbers that the goods of a code had in an earlier (or
// the same) edition, in the manner of Successors.
func Predecessors(code string, from, to Edition) []string {
	if from < to {
		return nil
	}
	return follow(code, from, to)
}

// follow goes from one edition to the other, one at a time.
func follow(code string, from, to Edition) []string {
	if !Known(code, from) || !to.Held() {
		return nil
	}
	at := []string{code}
	for from != to {
		next := from + 1
		if to < from {
			next = from - 1
		}
		var out []string
		for _, c := range at {
			out = append(out, step(c, from, next)...)
		}
		at, from = out, next
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// step is what a code is called in the edition before or after.
func step(code string, from, to Edition) []string {
	if Known(code, to) {
		return []string{code}
	}
	var out []string
	for _, m := range moved() {
		switch {
		case from < to && m.Last == from && m.Code == code:
			out = append(out, m.Next)
		case to < from && m.Last == to && m.Next == code:
			out = append(out, m.Code)
		}
	}
	return out
}

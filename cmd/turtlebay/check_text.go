package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/regime"
)

// answerWidth is how many characters a line of text for people has at most.
const answerWidth = 80

// appendText appends what is found of one case, for people.
func (k *checking) appendText(b []byte, r record.Record, fs []regime.Finding) []byte {
	head := fmt.Sprintf("%s  %s", r.ID, strings.ReplaceAll(string(r.Kind()), "_", " "))
	if day := r.Observation.When(); !day.IsZero() {
		head += ", " + day.String()
	}
	if len(fs) == 0 {
		head += ": nothing found"
	}
	b = appendWrapped(b, "", head)
	for i := range fs {
		b = k.appendFindingText(b, &fs[i])
	}
	return b
}

func (k *checking) appendFindingText(b []byte, f *regime.Finding) []byte {
	verify := ""
	if f.ToBeVerified() {
		verify = " (to be verified)"
	}
	b = appendWrapped(b, "  ", f.Result.Words()+" "+f.Citation+verify)
	b = appendWrapped(b, "      ", f.Reason)
	for _, q := range f.Questions {
		b = appendWrapped(b, "    ? ", q)
	}
	for _, w := range f.Warnings {
		b = appendWrapped(b, "    ! ", w)
	}
	if k.explain {
		b = appendTrace(b, f)
	}
	return b
}

func appendTrace(b []byte, f *regime.Finding) []byte {
	b = appendWrapped(b, "    rule ", f.Trace.Rule)
	b = appendWrapped(b, "    version ", f.Trace.Version)
	for _, name := range slices.Sorted(maps.Keys(f.Trace.Facts)) {
		b = appendWrapped(b, "    fact ", name+" = "+f.Trace.Facts[name])
	}
	if !f.Trace.AsOf.IsZero() {
		b = appendWrapped(b, "    known as of ", f.Trace.AsOf.String())
	}
	for i, step := range f.Trace.Steps {
		b = appendWrapped(b, fmt.Sprintf("    %d. ", i+1), step)
	}
	return b
}

// appendWrapped appends a text in lines of answerWidth, the first behind a lead and the
// others below where the text began. A word that is longer stands alone.
func appendWrapped(b []byte, lead, text string) []byte {
	b = append(b, lead...)
	indent := utf8.RuneCountInString(lead)
	at, begun := indent, false
	for _, word := range strings.Fields(intake.Printable(text)) {
		n := utf8.RuneCountInString(word)
		switch {
		case !begun:
		case at+1+n > answerWidth:
			b = append(append(b, '\n'), strings.Repeat(" ", indent)...)
			at = indent
		default:
			b = append(b, ' ')
			at++
		}
		b, at, begun = append(b, word...), at+n, true
	}
	return append(b, '\n')
}

// countsText prints what all cases come to.
func (k *checking) countsText(t *checked) error {
	if t.cases+t.lost+t.refused > 0 {
		fmt.Fprintln(k.stdout)
	}
	return table(k.stdout, func(w io.Writer) {
		fmt.Fprintf(w, "checked\t%d\tunder %s, %s\n", t.cases, k.pack.ID, k.known())
		fmt.Fprintf(w, "nothing found\t%d\n", t.cases-t.found)
		fmt.Fprintf(w, "with findings\t%d\n", t.found)
		for _, r := range regime.Results() {
			if n := t.results[r]; n > 0 {
				fmt.Fprintf(w, "  %s\t%d\n", r.Words(), n)
			}
		}
		if n := t.lost + t.refused; n > 0 {
			fmt.Fprintf(w, "not read\t%d\n", n)
		}
	})
}

// known says from which day the knowledge is.
func (k *checking) known() string {
	if k.day.IsZero() {
		return "with all that is known"
	}
	return "as known on " + k.day.String()
}

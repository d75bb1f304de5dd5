package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/casefile"
)

// Columns of the tables of a trace: longer cells go on in the next line.
const (
	traceWidth  = 80
	nameWidth   = 30
	amountWidth = 32
)

// printTrace prints the answer to a case for people.
func printTrace(w io.Writer, c *casefile.Case, a *casefile.Answer) error {
	var b strings.Builder
	writeFolded(&b, "", cmp.Or(c.ID, "case")+", "+c.Model+": "+cmp.Or(c.Title, "no title"))
	if a.Result == nil {
		for _, g := range a.Groups {
			writeGrouping(&b, g)
		}
	} else if err := writeTraces(&b, a.Result); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTraces(b *strings.Builder, r *trace.Result) error {
	if len(r.Thefts) == 0 {
		b.WriteString("\nno theft is marked: there is nothing to follow\n")
	}
	for _, theft := range r.Thefts {
		for _, t := range r.Traces {
			if t.Theft != theft {
				continue
			}
			b.WriteByte('\n')
			writeFolded(b, "", string(t.Policy)+", theft "+theft)
			if err := writeTrace(b, t); err != nil {
				return err
			}
		}
		if reach, ok := r.Reach[theft]; ok {
			b.WriteByte('\n')
			writeFolded(b, "", "bounds of every policy that conserves value, theft "+theft)
			if err := writeReach(b, reach); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeTrace writes one theft by one policy.
func writeTrace(b *strings.Builder, t trace.Trace) error {
	err := table(b, func(w io.Writer) {
		for _, part := range []struct {
			what    string
			amounts trace.Amounts
		}{
			{"arrived", t.Arrived},
			{"held", t.Held},
			{"at a service", t.Boundary},
			{"fee", t.Fees},
			{"dropped", t.Dropped},
			{"unobserved", t.Unobserved},
		} {
			for _, key := range slices.Sorted(maps.Keys(part.amounts)) {
				writeCells(w, cell{part.what, 12}, cell{key, nameWidth}, cell{part.amounts[key].String(), amountWidth})
			}
		}
	})
	if err != nil {
		return err
	}
	if !t.Policy.Conserves() {
		writeFolded(b, "  ", fmt.Sprintf("reaches %s; holds at the end in %s. It says what could be reached and has no balance.",
			count(len(t.Arrived), "arrival", "arrivals"), count(len(t.Held), "place", "places")))
		return nil
	}
	if len(t.Sums) == 0 {
		writeFolded(b, "  ", "nothing of value was marked")
	}
	for _, s := range t.Sums {
		writeFolded(b, "  ", balance(s))
	}
	if len(t.Unobserved) > 0 {
		writeFolded(b, "  ", "beside it, unobserved value that was paid without having been seen to arrive; it counts as clean and bears 0 of the sum")
	}
	return nil
}

// balance is the account of an asset in words.
func balance(s trace.Sum) string {
	var b strings.Builder
	if s.Asset != "" {
		b.WriteString(s.Asset + ": ")
	}
	fmt.Fprintf(&b, "stolen %s", s.Stolen)
	if !s.Again.IsZero() {
		fmt.Fprintf(&b, " - tainted before %s", s.Again)
	}
	if !s.Swapped.IsZero() {
		fmt.Fprintf(&b, " + from swaps %s", s.Swapped)
	}
	fmt.Fprintf(&b, " = held %s + cashed out %s + fees %s + dropped %s", s.Held, s.Cashed, s.Fees, s.Dropped)
	if !s.Away.IsZero() {
		fmt.Fprintf(&b, " + into swaps %s", s.Away)
	}
	if s.Closes() {
		return b.String() + ": closes"
	}
	return b.String() + ": DOES NOT CLOSE"
}

func writeReach(b *strings.Builder, reach map[string]accounting.Bounds[trace.Amount]) error {
	return table(b, func(w io.Writer) {
		if len(reach) > 0 {
			fmt.Fprintln(w, "  output\tat least\tat most")
		}
		for _, key := range slices.Sorted(maps.Keys(reach)) {
			writeCells(w, cell{key, nameWidth}, cell{reach[key].Lo.String(), 22}, cell{reach[key].Hi.String(), 22})
		}
	})
}

func writeGrouping(b *strings.Builder, g casefile.Grouping) {
	on := func(flag *bool, yes, no string) string {
		if flag != nil && *flag {
			return yes
		}
		return no
	}
	fmt.Fprintf(b, "\n%s, %s: %s\n", on(g.Settings.ExcludeCoinJoin, "without CoinJoins", "with CoinJoins"),
		on(g.Settings.Change, "with change", "without change"), count(len(g.Clusters), "cluster", "clusters"))
	for _, c := range g.Clusters {
		writeFolded(b, "  ", strings.Join(c, " "))
	}
}

// cell is a text and the width it may take.
type cell struct {
	text  string
	width int
}

// writeCells writes a row of a table, on as many lines as its longest cell needs.
func writeCells(w io.Writer, cells ...cell) {
	for line, more := 0, true; more; line++ {
		more = false
		var texts []string
		for _, c := range cells {
			r := []rune(intake.Printable(c.text))
			from, to := min(line*c.width, len(r)), min((line+1)*c.width, len(r))
			texts = append(texts, string(r[from:to]))
			more = more || to < len(r)
		}
		fmt.Fprintln(w, "  "+strings.Join(texts, "\t"))
	}
}

// writeFolded writes words in lines of at most traceWidth columns; a word that is
// longer than a line is folded as well.
func writeFolded(b *strings.Builder, indent, text string) {
	line, used := indent, utf8.RuneCountInString(indent)
	fresh := true
	flush := func() {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		line, used, fresh = indent+"  ", len(indent)+2, true
	}
	for _, word := range strings.Fields(intake.Printable(text)) {
		r := []rune(word)
		if !fresh && used+1+len(r) > traceWidth {
			flush()
		}
		if !fresh {
			line, used = line+" ", used+1
		}
		for len(r) > traceWidth-used {
			room := traceWidth - used
			line += string(r[:room])
			r = r[room:]
			flush()
		}
		line, used, fresh = line+string(r), used+len(r), false
	}
	flush()
}

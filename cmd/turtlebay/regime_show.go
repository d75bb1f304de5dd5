package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
)

func regimeShowCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "show [ID]",
		Short: "print a measure in words, or list those in force on a day",
		Long: strings.TrimSpace(`
With an id it prints one measure: what it demands, of whom and since when, its rules
with their goods, limits, exemptions and times of grace, what it replaced and what
replaced it, its questions and tests, how certain all of it is, and the hash of its
file. Conditions are put in words; --conditions adds them as they are written.

Without an id it lists all measures, or with --on those in force on that day, and
counts them by force and by resolution.`),
		Example: `  turtlebay regime show kp-2397-8
  turtlebay regime show kp-2375-16 --conditions --on 2017-10-01
  turtlebay regime show --on 2017-10-01
  turtlebay regime show --regime kp,eu-2017-1509 --json`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			on, err := dayFlag(c, "on")
			if err != nil {
				return err
			}
			p, err := chosenPacks(c)
			switch {
			case err != nil:
				return err
			case len(a) == 0:
				return listMeasures(c, p, on)
			}
			m, ok := p.Measure(a[0])
			if !ok {
				return &exitError{exitNo, fmt.Errorf("measure %q: not in the regime %s: “turtlebay regime show” lists what is", a[0], p.ID)}
			}
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), measureOf(p, m, on))
			}
			verbatim, err := c.Flags().GetBool("conditions")
			if err != nil {
				return err
			}
			_, err = io.WriteString(c.OutOrStdout(), measureText(p, m, on, verbatim))
			return err
		},
	}
	c.Flags().String("on", "", "the day asked about, YYYY-MM-DD")
	c.Flags().Bool("conditions", false, "print conditions as they are written, too")
	regimeFlag(c)
	jsonFlag(c)
	return c
}

// standing says how a measure stands on a day.
func standing(m *regime.Measure, on value.Date) string {
	switch {
	case on.IsZero():
		return ""
	case m.InForce.Contains(on):
		return "in force on " + on.Prose()
	case on.Before(m.Adopted):
		return "not adopted yet on " + on.Prose()
	case on.Before(m.InForce.From):
		return "adopted, but not in force yet on " + on.Prose()
	}
	return "no longer in force on " + on.Prose()
}

// intervalProse is "since 22 December 2017" or "from 1 October 2017 to 31 December
// 2017, the last day".
func intervalProse(m *regime.Measure) string {
	if m.InForce.Until.IsZero() {
		return "since " + m.InForce.From.Prose()
	}
	_, last, _ := strings.Cut(m.InForce.Words(), " to ")
	return fmt.Sprintf("from %s to %s, the last day", m.InForce.From.Prose(), proseDay(last))
}

// proseDay is a date in ISO form as it stands in a sentence.
func proseDay(iso string) string {
	d, err := value.ParseDate(iso)
	if err != nil {
		return iso
	}
	return d.Prose()
}

func measureText(p *regime.Pack, m *regime.Measure, on value.Date, verbatim bool) string {
	s := &sheet{width: 12}
	s.line("%s", m.ID)
	s.line("%s%s", m.Cite, toVerify(m.Cite))
	s.line("")
	s.paragraph("", m.Summary)
	s.line("")
	s.item("in force", intervalProse(m))
	s.item("", standing(m, on))
	s.item("adopted", m.Adopted.Prose())
	s.item("kind", m.Kind)
	s.item("force", string(m.Force))
	s.item("owed by", m.Duty)
	s.item("concerns", directionWords(m.Direction))
	for _, id := range slices.SortedFunc(slices.Values(m.Supersedes), history.Natural) {
		label := "goes beyond"
		if old, ok := p.Measure(id); ok && !old.InForce.Until.IsZero() {
			label = "replaced"
		}
		s.item(label, related(p, id))
	}
	for _, id := range slices.SortedFunc(slices.Values(m.SupersededBy), history.Natural) {
		label := "replaced by"
		if m.InForce.Until.IsZero() {
			label = "stays beside"
		}
		s.item(label, related(p, id))
	}
	s.line("")
	s.item("to verify", cmp.Or(doubts(m.Cite), "nothing: substance and paragraph were seen in a source"))
	s.item("source", cmp.Or(m.Cite.Source, "none: from memory"))
	s.item("look at", m.Cite.Note)
	if len(m.Rules) == 0 {
		s.line("")
		s.paragraph("", "No rule: no record can meet this paragraph. It is here with its dates.")
	}
	for i := range m.Rules {
		s.line("")
		ruleText(s, p, m, &m.Rules[i], verbatim)
	}
	questionText(s, m)
	testText(s, p, m)
	s.line("")
	s.item("file", m.File)
	s.item("version", m.Version)
	return s.b.String()
}

// related is another measure with its citation and time.
func related(p *regime.Pack, id string) string {
	m, ok := p.Measure(id)
	if !ok {
		return id
	}
	return fmt.Sprintf("%s, %s%s, in force %s", id, m.Cite, toVerify(m.Cite), intervalProse(m))
}

func directionWords(d string) string {
	switch d {
	case observation.FromDPRK:
		return "what comes from the Democratic People's Republic of Korea"
	case observation.ToDPRK:
		return "what goes to the Democratic People's Republic of Korea"
	case "both":
		return "both directions"
	case "dprk_conduct":
		return "what the Democratic People's Republic of Korea itself does"
	}
	return d
}

// questionText lists the measure's own questions.
func questionText(s *sheet, m *regime.Measure) {
	if len(m.Ask) == 0 {
		return
	}
	s.line("")
	s.line("Asked where a fact is missing")
	for _, fact := range slices.Sorted(maps.Keys(m.Ask)) {
		s.item(fact, m.Ask[fact])
	}
}

func testText(s *sheet, p *regime.Pack, m *regime.Measure) {
	if len(m.Tests) == 0 {
		return
	}
	s.line("")
	s.line("Tests: what is found")
	for _, t := range testsOf(p, m) {
		name := t.Name
		if t.Runs > 1 {
			name += fmt.Sprintf(" (%d values)", t.Runs)
		}
		if t.AsOf != "" {
			name += ", as known on " + proseDay(t.AsOf)
		}
		found := strings.Join(t.Expect, ", ")
		if len(t.Expect) == 0 {
			found = "nothing"
		}
		s.item(found, name)
	}
}

// listMeasures lists the measures in force on a day, or all, and counts them.
func listMeasures(c *cobra.Command, p *regime.Pack, on value.Date) error {
	list := p.Measures()
	if !on.IsZero() {
		list = p.InForce(on)
	}
	slices.SortFunc(list, func(a, b *regime.Measure) int { return history.Natural(a.ID, b.ID) })
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), listOf(p, list, on))
	}
	s := &sheet{width: 12}
	for _, m := range list {
		s.line("%-15s %s%s, %s", m.ID, m.Cite, toVerify(m.Cite), m.Force)
		if on.IsZero() {
			s.line("  %s", intervalProse(m))
		}
		s.paragraph("  ", m.Summary)
	}
	if len(list) > 0 {
		s.line("")
	}
	head := count(len(list), "measure", "measures")
	if !on.IsZero() {
		head = "In force on " + on.Prose() + ": " + head
	}
	s.line("%s", head)
	unsure := 0
	for _, m := range list {
		if m.Cite.ToBeVerified() {
			unsure++
		}
	}
	s.line("%d of them to be verified in substance or paragraph number", unsure)
	if _, err := io.WriteString(c.OutOrStdout(), s.b.String()); err != nil {
		return err
	}
	counts := countsOf(list)
	return table(c.OutOrStdout(), func(w io.Writer) {
		fmt.Fprintln(w, "\nby force\t")
		for _, n := range counts.byForce {
			fmt.Fprintf(w, "  %s\t%4d\n", intake.Printable(n.Name), n.Count)
		}
		fmt.Fprintln(w, "\nby resolution\t")
		for _, n := range counts.byDocument {
			fmt.Fprintf(w, "  %s\t%4d\n", intake.Printable(n.Name), n.Count)
		}
	})
}

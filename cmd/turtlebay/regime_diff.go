package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
)

func regimeDiffCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "print what changed in the regime between two days",
		Long: strings.TrimSpace(`
Lists in order of time what happened after day A, up to and with day B: measures that
came into force, ended, were superseded by another or strengthened by one that goes
further, and times of grace that ended.`),
		Example: `  turtlebay regime diff 2016-01-01 2018-01-01
  turtlebay regime diff 2017-08-04 2017-08-05 --json`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			from, err := dayOf("A", a[0])
			if err != nil {
				return err
			}
			to, err := dayOf("B", a[1])
			if err != nil {
				return err
			}
			if to.Before(from) {
				return usage(fmt.Errorf("%s lies after %s: the earlier day comes first", a[0], a[1]))
			}
			p, err := chosenPacks(c)
			if err != nil {
				return err
			}
			d := diffOf(p, from, to)
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), d)
			}
			return printDiff(c.OutOrStdout(), p, d)
		},
	}
	regimeFlag(c)
	jsonFlag(c)
	return c
}

// regimeDiff is what changed between two days.
type regimeDiff struct {
	Regime   string      `json:"regime"`
	Digest   string      `json:"digest"`
	From     value.Date  `json:"from"`
	To       value.Date  `json:"to"`
	InForceA int         `json:"in_force_on_from"`
	InForceB int         `json:"in_force_on_to"`
	Events   []eventView `json:"events"`

	events []history.Event
}

type eventView struct {
	Date     value.Date   `json:"date"`
	What     history.Turn `json:"what"`
	Measure  string       `json:"measure_id"`
	Citation string       `json:"citation"`
	By       []string     `json:"by,omitempty"` // what superseded or strengthened it; of one that began, what it came after
	Summary  string       `json:"summary"`
}

func diffOf(p *regime.Pack, from, to value.Date) regimeDiff {
	out := regimeDiff{
		Regime: p.ID, Digest: p.Digest(), From: from, To: to, Events: []eventView{},
		InForceA: len(p.InForce(from)), InForceB: len(p.InForce(to)), events: history.Between(p, from, to),
	}
	for _, e := range out.events {
		v := eventView{Date: e.Date, What: e.What, Measure: e.Measure.ID, Citation: e.Measure.Cite.String(), Summary: e.Measure.Summary}
		for _, m := range e.By {
			v.By = append(v.By, m.ID)
		}
		out.Events = append(out.Events, v)
	}
	return out
}

func printDiff(out io.Writer, p *regime.Pack, d regimeDiff) error {
	s := &sheet{}
	tally := map[history.Turn]int{}
	last := value.Date{}
	for _, e := range d.events {
		tally[e.What]++
		if e.Date != last {
			if !last.IsZero() {
				s.line("")
			}
			s.line("%s", e.Date.Prose())
			last = e.Date
		}
		m := e.Measure
		s.line("  %-12s %s, %s%s", e.What, m.ID, m.Cite, toVerify(m.Cite))
		by := make([]string, len(e.By))
		for i, x := range e.By {
			by[i] = x.ID
		}
		if len(by) > 0 {
			s.paragraph("               ", turnWords(e.What)+" "+enumerated(by, "and"))
		}
		if e.What == history.Began {
			s.paragraph("               ", m.Summary)
		}
	}
	if len(d.events) > 0 {
		s.line("")
	}
	s.line("In force on %s: %d; on %s: %d", d.From.Prose(), d.InForceA, d.To.Prose(), d.InForceB)
	var parts []string
	for _, t := range history.Turns() {
		parts = append(parts, fmt.Sprintf("%s %d", t, tally[t]))
	}
	s.line("%s", strings.Join(parts, ", "))
	s.line("regime %s, version %s", p.ID, d.Digest[:12])
	_, err := io.WriteString(out, s.b.String())
	return err
}

func turnWords(t history.Turn) string {
	if t == history.Began {
		return "after"
	}
	return "by"
}

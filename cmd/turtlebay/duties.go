package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/duty"
)

// twoLetters reports whether a text has the form of a State's code.
func twoLetters(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func dutiesCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:   "duties --state XX",
		Short: "one page for a State: which reports are due, filed and overdue",
		Long: strings.TrimSpace(`
Prints which reports a State owes the Committee under the resolutions adopted by the
day of the page, and what the records of the desk, or of a file of cases (--in), show
of each: filed, late, due, overdue, or possibly owed, with the question to ask. The
State is named as the records name it (ISO 3166-1, two letters).

A page says what the records show. A report that nobody recorded is overdue here, and
an import that nobody recorded owes none.`),
		Example: `  turtlebay duties --state XA --on 2018-04-01 --in examples/cases.json
  turtlebay duties --state XA --on 2018-04-01 --desk turtlebay-demo --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if strings.TrimSpace(state) == "" {
				return usage(errors.New("--state is needed: the two letters of a State, such as XA"))
			}
			if state = strings.ToUpper(strings.TrimSpace(state)); !twoLetters(state) {
				return usage(fmt.Errorf("--state %q: want the two letters of a State (ISO 3166-1 alpha-2), such as XA", state))
			}
			if state == "KP" {
				return usage(errors.New("--state KP: the reports are owed by other States on their dealings with it"))
			}
			on, err := dayFlag(c, "on")
			if err != nil {
				return err
			}
			if on.IsZero() {
				on = publicrecord.Edition()
			}
			rs, err := recordsOf(c)
			if err != nil {
				return err
			}
			page, err := duty.For(state, rs, on)
			switch {
			case errors.Is(err, duty.ErrPage):
				return usage(err)
			case err != nil:
				return err
			case wantsJSON(c):
				return printJSON(c.OutOrStdout(), page)
			}
			return printDuties(c.OutOrStdout(), page)
		},
	}
	c.Flags().StringVar(&state, "state", "", "the State, two letters")
	c.Flags().String("on", "", "the day of the page, YYYY-MM-DD (default: the edition of the public record)")
	recordsFlag(c)
	jsonFlag(c)
	return c
}

// dutyWords name the statuses on the page, in its order.
var dutyWords = []struct {
	status duty.Status
	words  string
}{
	{duty.Overdue, "overdue"},
	{duty.Late, "filed late"},
	{duty.MayBeOwed, "possibly owed"},
	{duty.NotYet, "due"},
	{duty.Filed, "filed"},
	{duty.OnOccasion, "on occasion"},
	{duty.NotApplicable, "not owed, as far as the records show"},
}

func printDuties(out io.Writer, p duty.Page) error {
	s := &sheet{width: 10}
	s.line("%s: reports owed to the Committee, on %s", intake.Printable(p.State), p.On.Prose())
	var parts []string
	for _, x := range dutyWords {
		var rows []duty.Row
		for _, r := range p.Rows {
			if r.Status == x.status {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %d", x.words, len(rows)))
		s.line("")
		s.line("%s", strings.ToUpper(x.words[:1])+x.words[1:])
		for _, r := range rows {
			dutyRow(s, r)
		}
	}
	if len(p.Unplaced) > 0 {
		s.line("")
		s.line("Reports that answer none of these")
		for _, r := range p.Unplaced {
			s.item(dateOr(r.Date), fmt.Sprintf("%s, under “%s”: %s", r.Record, r.Under, r.Why))
		}
	}
	s.line("")
	s.paragraph("", strings.Join(parts, ", "))
	_, err := io.WriteString(out, s.b.String())
	return err
}

func dutyRow(s *sheet, r duty.Row) {
	verify := ""
	if r.ToBeVerified {
		verify = " (to be verified)"
	}
	by := r.Rule
	if !r.From.IsZero() {
		by = fmt.Sprintf("for %s to %s, %s", r.From, r.To, r.Rule)
	}
	s.item(dateOr(r.Due), fmt.Sprintf("%s%s: %s (%s)", r.Citation, verify, r.What, by))
	if r.DaysLate > 0 {
		days := "1 day"
		if r.DaysLate > 1 {
			days = derive.Group(strconv.Itoa(r.DaysLate)) + " days"
		}
		s.item("", days+" after the last day")
	}
	for _, f := range r.Reports {
		s.item("", fmt.Sprintf("filed %s: %s", dateOr(f.Date), f.Record))
	}
	if len(r.Records) > 0 {
		s.item("", "rests on "+strings.Join(r.Records, ", "))
	}
	s.item("", r.Why)
	for _, q := range r.Questions {
		s.item("", "ask: "+q)
	}
	if r.ToBeVerified {
		s.item("", r.Note)
	}
}

// dateOr is a date, or a dash where there is none.
func dateOr(d value.Date) string {
	if d.IsZero() {
		return "–"
	}
	return d.String()
}

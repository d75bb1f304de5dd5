package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
)

func quarantineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "quarantine",
		Short: "the rows that were refused: look at them, mend them, read them again",
		Long: strings.TrimSpace(`
Refused rows stay in the desk's quarantine with their original bytes, the place and the
reason. A mend changes a field and says who changed it and why; the original bytes stay
beside it. A retry reads the mended rows again: those that can be kept now leave the
quarantine, with a receipt of their own.`),
		Example: `  turtlebay quarantine list
  turtlebay quarantine show 4dbc29424ef1
  turtlebay quarantine mend 4dbc29424ef1 3 "net_kg=4500" --reason "letter of 4 June: k stands for thousand"
  turtlebay quarantine retry 4dbc29424ef1`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(quarantineListCommand(), quarantineShowCommand(), quarantineMendCommand(), quarantineRetryCommand())
	return c
}

func quarantineListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "list the files that rows were refused of",
		Example: `  turtlebay quarantine list --json`,
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				list, err := d.Quarantine().List()
				if e := printQuarantines(c, list); e != nil {
					return e
				}
				if err != nil {
					return unread(err)
				}
				return nil
			})
		},
	}
	deskFlag(c)
	jsonFlag(c)
	return c
}

// quarantined is a quarantine file for programs.
type quarantined struct {
	ID     string `json:"id"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Kind   string `json:"kind"`
	Source string `json:"source"`
	Rows   int    `json:"rows"`
	Mended int    `json:"mended"`
	Kept   int    `json:"kept"`
}

func printQuarantines(c *cobra.Command, list []intake.Summary) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range list {
		if wantsJSON(c) {
			if err := printLine(c.OutOrStdout(), quarantined{s.ID, s.Lot.File, s.Lot.SHA256, s.Lot.Kind, s.Lot.Source, s.Rows, s.Mended, s.Kept}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%d refused\t%d mended\t%d kept since\t%s\t%s\n", s.ID, s.Rows, s.Mended, s.Kept, s.Lot.Kind, intake.Printable(s.Lot.File))
	}
	return w.Flush()
}

func quarantineShowCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "show the refused rows of a file, with the reason and what was done since",
		Example: `  turtlebay quarantine show 4dbc29424ef1
  turtlebay quarantine show 4dbc --all --json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				_, rows, err := d.Quarantine().Show(a[0])
				if err != nil {
					return notInQuarantine(err)
				}
				shown := 0
				for e, err := range rows {
					if err != nil {
						return unread(err)
					}
					if !all && !wantsJSON(c) && shown == shownRows {
						fmt.Fprintln(c.OutOrStdout(), "… and more: --all shows them")
						break
					}
					shown++
					if err := printEntry(c, e); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "show all rows, not the first hundred")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// shownRows is how many refused rows are shown unless all are asked for.
const shownRows = 100

// refusedRow is a refused row for programs.
type refusedRow struct {
	Place    string        `json:"place"`
	Line     int           `json:"line"`
	Field    string        `json:"field,omitempty"`
	Reason   string        `json:"reason"`
	Detail   string        `json:"detail,omitempty"`
	Original []byte        `json:"original_base64"`
	Mends    []intake.Mend `json:"mends,omitempty"`
	Kept     string        `json:"kept,omitempty"`
}

func printEntry(c *cobra.Command, e intake.Entry) error {
	kept := ""
	if !e.Kept.IsZero() {
		kept = e.Kept.UTC().Format(time.RFC3339)
	}
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), refusedRow{e.Place, e.Line, e.Field, e.Reason, e.Detail, e.Original, e.Mends, kept})
	}
	out := c.OutOrStdout()
	fmt.Fprintln(out, e.Error())
	fmt.Fprintf(out, "    %s\n", intake.Printable(clip(string(e.Original))))
	for _, m := range e.Mends {
		fmt.Fprintf(out, "    mended: %s=%s by %s: %s\n", intake.Printable(m.Field), intake.Printable(m.Value), intake.Printable(m.By), intake.Printable(m.Why))
	}
	if kept != "" {
		fmt.Fprintf(out, "    kept since %s\n", kept)
	}
	return nil
}

func quarantineMendCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "mend ID LINE FIELD=VALUE… --reason TEXT",
		Short: "change fields of a refused row; its original bytes stay",
		Long: strings.TrimSpace(`
Notes what fields of a refused row should say, by whom and why. The row stays in
quarantine until it is read again (retry).`),
		Example: `  turtlebay quarantine mend 4dbc29424ef1 3 "net_kg=4500" --reason "letter of 4 June"`,
		Args:    args(cobra.MinimumNArgs(3)),
		RunE: func(c *cobra.Command, a []string) error {
			if strings.TrimSpace(reason) == "" {
				return usage(errors.New("--reason is needed: on what ground"))
			}
			var mends []intake.Mend
			for _, text := range a[2:] {
				field, value, ok := strings.Cut(text, "=")
				if !ok || field == "" {
					return usage(fmt.Errorf("%q: want FIELD=VALUE", text))
				}
				mends = append(mends, intake.Mend{Field: field, Value: value, By: actor(c), Why: reason, On: time.Now().UTC().Truncate(time.Second)})
			}
			return onDesk(c, func(d *desk.Desk) error {
				e, err := d.Mend(c.Context(), a[0], a[1], mends...)
				if err != nil {
					return notInQuarantine(err)
				}
				return printEntry(c, e)
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "on what ground")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// notInQuarantine tells a wrong id or row from a file that cannot be read.
func notInQuarantine(err error) error {
	if errors.Is(err, intake.ErrNoLot) || errors.Is(err, intake.ErrNoRow) || errors.Is(err, intake.ErrMend) {
		return &exitError{exitNo, err}
	}
	return unread(err)
}

func quarantineRetryCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "retry ID…",
		Short: "read mended rows again; those that can be kept leave the quarantine",
		Example: `  turtlebay quarantine retry 4dbc29424ef1
  turtlebay quarantine retry 4dbc29424ef1 --json`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				for _, id := range ids {
					done, err := d.Retry(c.Context(), id, func(r *intake.Refusal) { fmt.Fprintln(c.ErrOrStderr(), r.Error()) })
					if err != nil {
						return notInQuarantine(err)
					}
					if err := printReceipt(c, c.OutOrStdout(), done.Receipt); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func printReceipt(c *cobra.Command, out io.Writer, r intake.Receipt) error {
	if wantsJSON(c) {
		return printJSON(out, r)
	}
	_, err := fmt.Fprint(out, r.String())
	return err
}

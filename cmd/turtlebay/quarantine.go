package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
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
		Example: `  turtlebay add examples/shipments.csv --as shipment --source "Customs of Utopia"   # two rows are refused
  turtlebay quarantine list
  turtlebay quarantine show 129f0d5adf7b
  turtlebay quarantine mend 129f0d5adf7b 4 date=2023-02-28 --reason "letter of 4 June: a slip"
  turtlebay quarantine retry 129f0d5adf7b`,
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
	return table(c.OutOrStdout(), func(w io.Writer) {
		for _, s := range list {
			if wantsJSON(c) {
				_ = printLine(w, quarantined{s.ID, s.Lot.File, s.Lot.SHA256, s.Lot.Kind, s.Lot.Source, s.Rows, s.Mended, s.Kept}) // w is memory
				continue
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.ID, intake.Printable(clip(s.Lot.File, 40)), intake.Printable(s.Lot.Kind),
				intake.Printable(clip(s.Lot.Source, 40)), waiting(s))
		}
	})
}

// waiting says how it stands with the refused rows of a file.
func waiting(s intake.Summary) string {
	words := []string{fmt.Sprintf("%d refused", s.Rows)}
	if s.Mended > 0 {
		words = append(words, fmt.Sprintf("%d mended: retry", s.Mended))
	}
	if s.Kept > 0 {
		words = append(words, fmt.Sprintf("%d kept since", s.Kept))
	}
	return strings.Join(words, ", ")
}

func quarantineShowCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "show the refused rows of a file, with the reason and what was done since",
		Long: strings.TrimSpace(`
Shows the refused rows of a file as they were received, each with its place, the reason
and what was done since. ID is as long a beginning of the file's SHA-256 as it takes to
tell it from others.`),
		Example: `  turtlebay quarantine show 129f0d5adf7b
  turtlebay quarantine show 129f --all --json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				lot, rows, err := d.Quarantine().Show(a[0])
				if err != nil {
					return notInQuarantine(err)
				}
				if !wantsJSON(c) {
					fmt.Fprintf(c.OutOrStdout(), "%s, read as %s, from %s\n\n", intake.Printable(lot.File), intake.Printable(lot.Kind), intake.Printable(lot.Source))
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
	fmt.Fprintf(out, "    %s\n", intake.Printable(clip(string(e.Original), 160)))
	for _, m := range e.Mends {
		change := m.Field + "=" + m.Value
		if m.Field == "" {
			change = "the row is " + m.Value
		}
		fmt.Fprintf(out, "    mended: %s (%s: %s)\n", intake.Printable(clip(change, 160)), intake.Printable(m.By), intake.Printable(m.Why))
	}
	if kept != "" {
		fmt.Fprintf(out, "    kept since %s UTC\n", when(e.Kept))
	}
	return nil
}

func quarantineMendCommand() *cobra.Command {
	var reason, row string
	c := &cobra.Command{
		Use:   "mend ID LINE [FIELD=VALUE…] --reason TEXT",
		Short: "change fields of a refused row; its original bytes stay",
		Long: strings.TrimSpace(`
Notes what fields of a refused row should say, by whom and why; LINE is the number after
the file's name in “quarantine show”. A row that cannot be read at all, such as one with
too few fields, is mended as a whole with --row. The row stays in quarantine until it is
read again (retry).`),
		Example: `  turtlebay quarantine mend 129f0d5adf7b 4 date=2023-02-28 --reason "letter of 4 June: a slip"
  turtlebay quarantine mend 129f0d5adf7b 5 --row "SHP-EX-4,2023-07-31,from_dprk,670420,wigs,1200,95000.00,KP,XA," --reason "call of 5 June"`,
		Args: args(cobra.MinimumNArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			if strings.TrimSpace(reason) == "" {
				return usage(errors.New("--reason is needed: on what ground"))
			}
			mends, err := mendsOf(a[2:], row, c.Flags().Changed("row"))
			if err != nil {
				return err
			}
			now := time.Now().UTC().Truncate(time.Second)
			for i := range mends {
				mends[i].By, mends[i].Why, mends[i].On = actor(c), reason, now
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
	c.Flags().StringVar(&row, "row", "", "the row as a whole, as it should stand in the file")
	c.Flags().StringVar(&reason, "reason", "", "on what ground")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// mendsOf reads what is to stand in the row as a whole, or in fields of it.
func mendsOf(fields []string, row string, whole bool) ([]intake.Mend, error) {
	var out []intake.Mend
	if whole {
		if strings.TrimSpace(row) == "" {
			return nil, usage(errors.New("--row: an empty row is none"))
		}
		out = append(out, intake.Mend{Value: row})
	}
	for _, text := range fields {
		field, value, ok := strings.Cut(text, "=")
		if !ok || field == "" {
			return nil, usage(fmt.Errorf("%s: want FIELD=VALUE", intake.Quote(text)))
		}
		out = append(out, intake.Mend{Field: field, Value: value})
	}
	if len(out) == 0 {
		return nil, usage(errors.New("FIELD=VALUE or --row is needed: what it should say"))
	}
	return out, nil
}

// notInQuarantine tells a wrong id or row from a file that cannot be read.
func notInQuarantine(err error) error {
	if errors.Is(err, desk.ErrNotMended) || errors.Is(err, intake.ErrNoLot) || errors.Is(err, intake.ErrNoRow) || errors.Is(err, intake.ErrMend) {
		return &exitError{exitNo, err}
	}
	return unread(err)
}

func quarantineRetryCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "retry ID…",
		Short: "read mended rows again; those that can be kept leave the quarantine",
		Long: strings.TrimSpace(`
Reads the mended rows of a file once more. Those that can be kept become records that
cite the row as it was received, and leave the quarantine; the receipt is theirs alone.`),
		Example: `  turtlebay quarantine retry 129f0d5adf7b --json`,
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				for _, id := range ids {
					done, err := d.Retry(c.Context(), id, func(r *intake.Refusal) { fmt.Fprintln(c.ErrOrStderr(), r.Error()) })
					if err != nil {
						return notInQuarantine(err)
					}
					if err := printReceipt(c, done); err != nil {
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

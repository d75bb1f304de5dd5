package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
)

func accessCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "access",
		Short: "who may see what: give and take access, and ask why",
		Long: strings.TrimSpace(`
Keeps the readers of the desk and what each is cleared for; --reader NAME then sees the
desk as that reader does. Giving and taking access are acts in the custody log. One
function decides for every reader and everything; “access why” shows its answer.`),
		Example: `  turtlebay access grant Utopia --cleared amber --as Team
  turtlebay access list
  turtlebay access why INC-2022-040 --reader Utopia
  turtlebay access revoke Utopia --reason "left the team"`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(accessGrantCommand(), accessRevokeCommand(), accessListCommand(), accessWhyCommand())
	return c
}

func accessGrantCommand() *cobra.Command {
	var r marking.Reader
	var reason string
	c := &cobra.Command{
		Use:     "grant NAME",
		Short:   "give a reader access, in place of what the reader had",
		Example: `  turtlebay access grant Utopia --cleared amber --un confidential --as Team --reason "member since June"`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			r.Name, r.TLP, r.UN = a[0], strings.ToLower(r.TLP), strings.ToLower(r.UN)
			if err := r.Validate(); err != nil {
				return usage(err)
			}
			return onDesk(c, func(d *desk.Desk) error {
				if err := d.Grant(c.Context(), r, reason); err != nil {
					return unread(err)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&r.TLP, "cleared", "", "highest TLP level this reader may see (default clear)")
	c.Flags().StringVar(&r.UN, "un", "", "highest UN level this reader may see (default unclassified)")
	c.Flags().StringArrayVar(&r.As, "as", nil, "another name that caveats know the reader by, such as a group")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	return c
}

func accessRevokeCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:     "revoke NAME",
		Short:   "cut a reader off",
		Example: `  turtlebay access revoke Utopia --reason "left the team"`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				err := d.Revoke(c.Context(), a[0], reason)
				if errors.Is(err, desk.ErrNoGrant) {
					return &exitError{exitNo, err}
				} else if err != nil {
					return unread(err)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	return c
}

func accessListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "list",
		Short:   "list the readers and what each is cleared for",
		Example: `  turtlebay access list --json`,
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return onDesk(c, func(d *desk.Desk) error {
				rs, err := d.Readers()
				if err != nil {
					return unread(err)
				}
				w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, r := range rs {
					if wantsJSON(c) {
						if err := printLine(c.OutOrStdout(), r); err != nil {
							return err
						}
						continue
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", intake.Printable(r.Name), marking.Marking{UN: r.UN, TLP: r.TLP}, intake.Printable(strings.Join(r.As, ", ")))
				}
				return w.Flush()
			})
		},
	}
	deskFlag(c)
	jsonFlag(c)
	return c
}

// ruling is the answer to “may this reader see this, and why”.
type ruling struct {
	ID      string `json:"id"`
	Marking string `json:"marking"`
	marking.Decision
}

func accessWhyCommand() *cobra.Command {
	var reader readerFlags
	c := &cobra.Command{
		Use:   "why ITEM|RECORD… --reader NAME",
		Short: "say whether a reader may see something, and why not",
		Long: strings.TrimSpace(`
Says whether a reader may see an item of evidence or a record, and if not, which word of
its marking stands in the way. The answer is for the custodian: to the reader it would
tell what is hidden.`),
		Example: `  turtlebay access why EV-000001 INC-2022-040 --reader Utopia
  turtlebay access why EV-000001 --cleared amber --on 2027-01-31`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			if !reader.given() {
				return usage(errors.New("--reader or --cleared is needed: who"))
			}
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			return onDesk(c, func(d *desk.Desk) error {
				denied := false
				for _, id := range ids {
					m, err := markingOf(c, d, id)
					if err != nil {
						return err
					}
					r := ruling{id, m.String(), marking.Decide(m, who)}
					denied = denied || !r.OK
					if err := printRuling(c, r); err != nil {
						return err
					}
				}
				if denied {
					return errNo
				}
				return nil
			})
		},
	}
	reader.add(c.Flags(), "reader", "who wants to see")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// markingOf is the marking of an item, or of the account of a record that leads.
func markingOf(c *cobra.Command, d *desk.Desk, id string) (marking.Marking, error) {
	if !isItem(id) {
		r, err := d.For(marking.Custodian()).Find(id)
		if err != nil {
			return marking.Marking{}, &exitError{exitNo, err}
		}
		return r.Marking, nil
	}
	v, err := d.ReadVault(c.Context())
	if err != nil {
		return marking.Marking{}, unread(err)
	}
	it, err := v.Get(id, marking.Custodian())
	if err != nil {
		return marking.Marking{}, noItem(err)
	}
	return it.Marking, nil
}

func printRuling(c *cobra.Command, r ruling) error {
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), r)
	}
	answer := "may be seen"
	if !r.OK {
		answer = "may not be seen: " + r.Why
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s\n", r.ID, intake.Printable(r.Marking), intake.Printable(answer))
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
)

// remarking is what is to become of a marking.
type remarking struct {
	to              marking.Marking
	reason, consent string
	confirm         bool
}

func evidenceMarkCommand() *cobra.Command {
	var m remarking
	c := &cobra.Command{
		Use:   "mark ITEM MARKING",
		Short: "raise a marking, or lower it with the originator's consent and a second person",
		Long: strings.TrimSpace(`
Raises the marking of an item, and of all that was made from it, at once. The new
marking is named as a whole. To lower it takes two steps by two persons: one proposes
with --consent, which says where the originator's consent is found; another repeats the
command with --confirm. Each step is a leaf of the log.`),
		Example: `  turtlebay evidence mark EV-000001 "tlp:red" --reason "names a source"
  turtlebay evidence mark EV-000001 "tlp:green" --consent "letter of 4 June, EV-000007" --by "A. Expert"
  turtlebay evidence mark EV-000001 "tlp:green" --confirm --by "B. Expert"`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) (err error) {
			if m.to, err = parseMarking(c, a[1]); err != nil {
				return usage(err)
			}
			switch {
			case m.confirm && m.consent != "":
				return usage(errors.New("--consent proposes and --confirm confirms: one at a time, by two persons"))
			case m.reason != "" && (m.confirm || m.consent != ""):
				return usage(errors.New("--reason is for raising; the ground for lowering is the consent"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, err := m.carryOut(c.Context(), v, a[0])
				if err != nil {
					return m.refused(v, a[0], err)
				}
				return printMarked(c, item)
			})
		},
	}
	c.Flags().StringVar(&m.reason, "reason", "", "why it is raised, for the log")
	c.Flags().StringVar(&m.consent, "consent", "", "propose to lower: where the originator's consent is found")
	c.Flags().BoolVar(&m.confirm, "confirm", false, "confirm what another person proposed")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func (m remarking) carryOut(ctx context.Context, v *vault.Vault, id string) (vault.Item, error) {
	switch {
	case m.confirm:
		return v.ConfirmLowering(ctx, id, m.to)
	case m.consent != "":
		return v.ProposeLowering(ctx, id, m.to, m.consent)
	}
	return v.Mark(ctx, id, m.to, m.reason)
}

// refused says why a marking did not become another, and what would do.
func (m remarking) refused(v *vault.Vault, id string, err error) error {
	switch {
	case errors.Is(err, vault.ErrSecondPerson):
		return &exitError{exitNo, fmt.Errorf("%s: %w", id, vault.ErrSecondPerson)}
	case errors.Is(err, vault.ErrNotLower):
		return &exitError{exitNo, fmt.Errorf("%s: %w: leave --consent out", id, vault.ErrNotLower)}
	case !errors.Is(err, vault.ErrLowering):
		return noItem(err)
	}
	item, e := v.Get(id, marking.Custodian())
	switch {
	case e != nil:
		return noItem(e)
	case m.confirm && item.Lowering == nil:
		return &exitError{exitNo, fmt.Errorf("%s: nobody has proposed to lower its marking", id)}
	case m.confirm:
		return &exitError{exitNo, fmt.Errorf("%s: proposed was %q, not %q", id, item.Lowering.To, m.to)}
	}
	return &exitError{exitNo, fmt.Errorf("%s is marked %q: %q would show it to more readers.\n"+
		"  To add to the marking, name all of it: %q.\n"+
		"  To lower it, propose with --consent; a second person confirms with --confirm", id, item.Marking, m.to, marking.Join(item.Marking, m.to))}
}

func printMarked(c *cobra.Command, item vault.Item) error {
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), item)
	}
	fmt.Fprintf(c.OutOrStdout(), "%s is marked %s\n", item.ID, intake.Printable(item.Marking.String()))
	if l := item.Lowering; l != nil {
		fmt.Fprintf(c.OutOrStdout(), "%s proposed %s: another person confirms with --confirm\n", intake.Printable(l.By), intake.Printable(l.To.String()))
	}
	return nil
}

func evidenceDestroyCommand() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{
		Use:   "destroy ITEM --reason TEXT --yes",
		Short: "destroy an item's key and bytes for good; its leaves stay",
		Long: strings.TrimSpace(`
Deletes the key and the bytes of an item. The log goes on saying that it was there, when
it came and that it was destroyed, by whom and why. Rows of it that were refused leave
the quarantine. A backup forgets all of it, in its older snapshots as well, the next
time one is taken. What was made from it stays: items are destroyed by their own number,
and the records that cite it are counted.`),
		Example: `  turtlebay evidence destroy EV-000001 --reason "source withdrew it, letter of 4 June" --yes`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if strings.TrimSpace(reason) == "" || !yes {
				return usage(errors.New("--reason and --yes are needed: it cannot be undone"))
			}
			return onVault(c, func(d *desk.Desk, v *vault.Vault) error {
				made, err := madeFrom(v, a[0])
				if err != nil {
					return noItem(err)
				}
				gone, err := d.Destroy(c.Context(), a[0], reason)
				if err != nil {
					return noItem(err)
				}
				return printDestroyed(c, destroyed{a[0], gone, made})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	c.Flags().BoolVar(&yes, "yes", false, "really")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// destroyed says what is gone and what of it is still there.
type destroyed struct {
	ID string `json:"destroyed"`
	desk.Destruction
	Made []string `json:"made_from,omitempty"` // items that were made from it
}

// madeFrom lists the items that were made from one, and from those.
func madeFrom(v *vault.Vault, id string) ([]string, error) {
	items, err := v.List(marking.Custodian())
	if err != nil && len(items) == 0 {
		return nil, err
	}
	from := map[string]bool{id: true}
	var out []string
	for _, it := range items { // by number: what is made comes after what it is made from
		if from[it.Parent] {
			from[it.ID] = true
			if !it.Destroyed {
				out = append(out, it.ID)
			}
		}
	}
	return out, nil
}

func printDestroyed(c *cobra.Command, d destroyed) error {
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), d)
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%s is destroyed\n", d.ID)
	if len(d.Rows) > 0 {
		fmt.Fprintln(out, "its refused rows are gone from quarantine as well")
	}
	if len(d.Same) > 0 {
		fmt.Fprintf(out, "still here: the same bytes, as %s\n", strings.Join(d.Same, ", "))
	}
	if len(d.Made) > 0 {
		fmt.Fprintf(out, "still here: what was made from it, %s\n", strings.Join(d.Made, ", "))
	}
	if d.Records > 0 {
		fmt.Fprintf(out, "still here: %s read from it\n", count(d.Records, "record", "records"))
	}
	return nil
}

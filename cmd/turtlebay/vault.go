package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/intake"
)

func vaultCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "vault",
		Short: "look after what the desk keeps",
		Long: strings.TrimSpace(`
Looks after what the desk keeps: evidence, records, keys and the custody log.`),
		Example: `  turtlebay vault check`,
		Args:    args(cobra.NoArgs),
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(vaultCheckCommand())
	return c
}

// deskVerdict is the answer of vault check.
type deskVerdict struct {
	OK bool `json:"ok"`
	desk.Checked
}

func vaultCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "read every byte of the desk again and name what is not as it was written",
		Long: strings.TrimSpace(`
Hashes every item of evidence, every record, every key and every file of the desk again
and holds them against what the custody log and the desk's seal say. Each difference is
named by its file. Whether the log itself was rewritten is “log verify --checkpoint”.`),
		Example: `  turtlebay vault check
  turtlebay vault check --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := findDesk(c)
			if err != nil {
				return err
			}
			found, err := desk.Check(c.Context(), dir, sqlite.Open, nil)
			if err != nil {
				return unread(err)
			}
			if found.Faults == nil {
				found.Faults = []desk.Fault{}
			}
			if wantsJSON(c) {
				err = printJSON(c.OutOrStdout(), deskVerdict{found.OK(), found})
			} else {
				printFaults(c.OutOrStdout(), found)
			}
			if err == nil && !found.OK() {
				err = errNo
			}
			return err
		},
	}
	deskFlag(c)
	jsonFlag(c)
	return c
}

func printFaults(w io.Writer, found desk.Checked) {
	for _, f := range found.Faults {
		where := f.File
		if f.Of != "" {
			where += ": " + f.Of
		}
		fmt.Fprintf(w, "%s: %s\n", intake.Printable(where), intake.Printable(f.Why))
	}
	for _, n := range append(found.Notes, found.Vault.Waiting...) {
		fmt.Fprintln(w, "note:", intake.Printable(n))
	}
	if n := found.Vault.Unread; n > 0 {
		fmt.Fprintf(w, "note: the key is away, so %s compared as they lie on the disk, encrypted\n", count(n, "item was", "items were"))
	}
	if !found.OK() {
		fmt.Fprintf(w, "%s not as written\n", count(len(found.Faults), "place is", "places are"))
		return
	}
	fmt.Fprintf(w, "all as written: %s, %s, %s, %s\n", count(found.Vault.Items, "item", "items"), count(found.Records, "record", "records"),
		count(found.Vault.Leaves, "leaf", "leaves"), count(found.Files, "other file", "other files"))
}

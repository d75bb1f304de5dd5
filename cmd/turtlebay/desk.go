package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/vault"
)

// demoDesk is where demo makes its desk.
const demoDesk = "turtlebay-demo"

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "make an empty desk",
		Long: strings.TrimSpace(`
Makes a desk without records in DIR, by default ./desk. A folder that holds something
else is left alone; a desk that is there already is kept as it is.`),
		Example: `  turtlebay init
  turtlebay init casework`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			dir := "desk"
			if len(a) == 1 {
				dir = a[0]
			}
			d, err := desk.Create(dir, sqlite.Open, desk.As(actor(c), c.CommandPath()))
			if errors.Is(err, desk.ErrNotEmpty) {
				return usage(err)
			} else if err != nil {
				return unread(err)
			}
			fmt.Fprintln(c.OutOrStdout(), d.Dir())
			return d.Close()
		},
	}
}

// deskFlag adds --desk to a verb that works on a desk.
func deskFlag(c *cobra.Command) {
	c.Flags().String("desk", "", "the desk's folder (default $TURTLEBAY_DESK, ./desk or ./"+demoDesk+")")
}

// onDesk opens the desk that the flag, the environment or the folder names, and
// closes it again.
func onDesk(c *cobra.Command, do func(*desk.Desk) error) error {
	dir, err := findDesk(c)
	if err != nil {
		return err
	}
	d, err := desk.Open(dir, sqlite.Open, desk.As(actor(c), c.CommandPath()))
	if err != nil {
		return unread(err)
	}
	defer d.Close()
	err = do(d)
	for _, line := range d.Reconciled() {
		fmt.Fprintln(c.ErrOrStderr(), line)
	}
	return err
}

func findDesk(c *cobra.Command) (string, error) {
	if dir, _ := c.Flags().GetString("desk"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("TURTLEBAY_DESK"); dir != "" {
		return dir, nil
	}
	for _, dir := range []string{"desk", demoDesk} {
		if _, err := os.Stat(dir + "/desk.json"); err == nil {
			return dir, nil
		}
	}
	return "", usage(errors.New("no desk here: make one with “turtlebay init” (empty) or “turtlebay demo” (the public record), or name one with --desk DIR or $TURTLEBAY_DESK"))
}

// jsonFlag adds --json.
func jsonFlag(c *cobra.Command) { c.Flags().Bool("json", false, "print JSON for programs") }

func wantsJSON(c *cobra.Command) bool { v, _ := c.Flags().GetBool("json"); return v }

// byFlag adds --by to a verb that acts on evidence.
func byFlag(c *cobra.Command) {
	c.Flags().String("by", "", "who acts, for the log (default $TURTLEBAY_BY, else the user's name)")
}

// actor is who acts, as the log names them.
func actor(c *cobra.Command) string {
	if f := c.Flags().Lookup("by"); f != nil && f.Value.String() != "" {
		return f.Value.String()
	}
	if by := os.Getenv("TURTLEBAY_BY"); by != "" {
		return by
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// onVault opens the desk and its vault, to act on it.
func onVault(c *cobra.Command, do func(*desk.Desk, *vault.Vault) error) error {
	return onDesk(c, func(d *desk.Desk) error {
		v, err := d.Vault(c.Context())
		if err != nil {
			return unread(err)
		}
		return do(d, v)
	})
}

// readVault opens the desk and its vault to read what leaves no leaf.
func readVault(c *cobra.Command, do func(*desk.Desk, *vault.Vault) error) error {
	return onDesk(c, func(d *desk.Desk) error {
		v, err := d.ReadVault(c.Context())
		if err != nil {
			return unread(err)
		}
		return do(d, v)
	})
}

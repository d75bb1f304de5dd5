package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
)

// demoDesk is where demo makes its desk.
const demoDesk = "turtlebay-demo"

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
	d, err := desk.Open(dir, sqlite.Open)
	if err != nil {
		return unread(err)
	}
	defer d.Close()
	return do(d)
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
	return "", usage(errors.New("no desk here: make one with “turtlebay demo”, or name one with --desk DIR or $TURTLEBAY_DESK"))
}

// jsonFlag adds --json.
func jsonFlag(c *cobra.Command) { c.Flags().Bool("json", false, "print JSON for programs") }

func wantsJSON(c *cobra.Command) bool { v, _ := c.Flags().GetBool("json"); return v }

// printJSON prints one indented JSON value.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printLine prints one JSON value on a line of its own.
func printLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/observation"
	"golang.org/x/term"
)

func addCommand() *cobra.Command {
	var kind, source, encoding string
	var strict bool
	c := &cobra.Command{
		Use:   "add FILE --as KIND --source TEXT",
		Short: "add the rows of a CSV or JSON file, with a receipt",
		Long: strings.TrimSpace(`
Adds the rows of a file as records of one kind. CSV, JSON lines and JSON arrays
are told apart by their content, plain or gzipped. CSV columns are the fields of
the kind (“turtlebay schema KIND --columns” lists them).

The receipt accounts for every row: rows read = rows kept + rows refused. Refused
rows are in the desk's quarantine with file, line, field, reason and their
original bytes. Adding the same file twice adds nothing.`),
		Example: `  turtlebay add examples/shipments.csv --as shipment --source "Customs of Utopia, letter of 3 May 2023"
  turtlebay add examples/incidents.jsonl --as cyber_incident --source "Police of Utopia, case file 12" --strict`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			k, err := observation.ParseKind(kind)
			if err != nil {
				return usage(fmt.Errorf("--as: %w", err))
			}
			if strings.TrimSpace(source) == "" {
				return usage(fmt.Errorf("--source is needed: say who supplied the file, and when"))
			}
			return onDesk(c, func(d *desk.Desk) error {
				return add(c, d, a[0], desk.Intake{Kind: k, Source: source, Options: intake.Options{Encoding: encoding}}, strict)
			})
		},
	}
	c.Flags().StringVar(&kind, "as", "", "kind of record the rows are (see “turtlebay schema”)")
	c.Flags().StringVar(&source, "source", "", "who supplied the file, and when")
	c.Flags().StringVar(&encoding, "encoding", "", "text encoding, where it is not UTF-8 (windows-1252, euc-kr, gb18030, utf-16le …)")
	c.Flags().BoolVar(&strict, "strict", false, "exit with status 3 if any row was refused")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// shownRefusals is how many refused rows are printed before the quarantine is
// pointed at.
const shownRefusals = 10

func add(c *cobra.Command, d *desk.Desk, path string, in desk.Intake, strict bool) error {
	refused := 0
	in.Refused = func(r *intake.Refusal) {
		if refused++; refused <= shownRefusals {
			fmt.Fprintln(c.ErrOrStderr(), r.Error())
		}
	}
	bar := progress(c.ErrOrStderr())
	in.Options.Progress = bar
	receipt, err := d.AddFile(c.Context(), path, in)
	if refused > shownRefusals {
		fmt.Fprintf(c.ErrOrStderr(), "… and %d more refused rows in %s\n", refused-shownRefusals, d.Path("quarantine"))
	}
	if err != nil && receipt.Read == 0 {
		return unread(err)
	}
	if wantsJSON(c) {
		if err := printJSON(c.OutOrStdout(), receipt); err != nil {
			return err
		}
	} else {
		fmt.Fprint(c.OutOrStdout(), receipt.String())
	}
	switch {
	case err != nil:
		return unread(err)
	case strict && receipt.Refused > 0:
		return &exitError{status: exitUnread}
	}
	return nil
}

// progress draws a bar on a terminal and nothing elsewhere.
func progress(w io.Writer) func(read, total int64) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(read, total int64) {
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish())
		}
		_ = bar.Set64(read) // a progress bar that cannot be drawn must not stop the work
	}
}

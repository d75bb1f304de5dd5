package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/observation"
)

func addCommand() *cobra.Command {
	var kind, source, encoding, marked string
	var strict bool
	c := &cobra.Command{
		Use:   "add FILE --as KIND --source TEXT",
		Short: "add the rows of a CSV or JSON file, with a receipt",
		Long: strings.TrimSpace(`
Adds the rows of a file as records of one kind. CSV, JSON lines and JSON arrays
are told apart by their content, plain or gzipped. CSV columns are the fields of
the kind (“turtlebay schema KIND --columns” lists them).

The file itself is kept as evidence, encrypted, and its records are logged as one
batch: all of them are seen, or none. If the work is interrupted, the same command
goes on where it was.

The receipt accounts for every row: rows read = rows kept + rows refused. Refused
rows are in the desk's quarantine with file, line, field, reason and their
original bytes. A row whose id is held already is laid beside what is held, never
over it. Adding the same file twice adds no record.`),
		Example: `  turtlebay add examples/shipments.csv --as shipment --source "Customs of Utopia, letter of 3 May 2023"
  turtlebay add examples/incidents.jsonl --as cyber_incident --source "Police of Utopia, case file 12" --marking tlp:amber --strict`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			k, err := observation.ParseKind(kind)
			if err != nil {
				return usage(fmt.Errorf("--as: %w", err))
			}
			if strings.TrimSpace(source) == "" {
				return usage(fmt.Errorf("--source is needed: say who supplied the file, and when"))
			}
			m, err := marking.Parse(marked)
			if err != nil {
				return usage(fmt.Errorf("--marking: %w", err))
			}
			return onDesk(c, func(d *desk.Desk) error {
				return add(c, d, a[0], desk.Intake{Kind: k, Source: source, Marking: m, Options: intake.Options{Encoding: encoding}}, strict)
			})
		},
	}
	c.Flags().StringVar(&kind, "as", "", "kind of record the rows are (see “turtlebay schema”)")
	c.Flags().StringVar(&source, "source", "", "who supplied the file, and when")
	c.Flags().StringVar(&marked, "marking", "", "who may see the file and its records: parts such as tlp:amber or a caveat, with semicolons between")
	c.Flags().StringVar(&encoding, "encoding", "", "text encoding, where it is not UTF-8 (windows-1252, euc-kr, gb18030, utf-16le …)")
	c.Flags().BoolVar(&strict, "strict", false, "exit with status 3 if any row was refused")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// shownRefusals is how many refused rows are printed before the quarantine is
// pointed at.
const shownRefusals = 10

// frugal is how much memory may be waiting to be collected, in percent of what is
// in use: rows by the million pass through little memory, and it is to stay little.
const frugal = 50

func add(c *cobra.Command, d *desk.Desk, path string, in desk.Intake, strict bool) error {
	defer debug.SetGCPercent(debug.SetGCPercent(frugal))
	refused := 0
	in.Refused = func(r *intake.Refusal) {
		if refused++; refused <= shownRefusals {
			fmt.Fprintln(c.ErrOrStderr(), r.Error())
		}
	}
	in.Progress = progress(c.ErrOrStderr())
	added, err := d.AddFile(c.Context(), path, in)
	if added.Batch == "" {
		return unread(err)
	}
	if refused > shownRefusals {
		fmt.Fprintf(c.ErrOrStderr(), "… and %d more refused rows in %s\n", refused-shownRefusals, d.Path("quarantine"))
	}
	if e := printReceipt(c, added); e != nil {
		return e
	}
	switch {
	case err != nil:
		return unread(err)
	case strict && added.Receipt.Refused > 0:
		return &exitError{status: exitUnread}
	}
	return nil
}

// printReceipt prints what became of the rows of a file.
func printReceipt(c *cobra.Command, a desk.Added) error {
	if !wantsJSON(c) {
		_, err := fmt.Fprint(c.OutOrStdout(), receiptText(a))
		return err
	}
	b, err := receiptJSON(a)
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return printJSON(c.OutOrStdout(), b)
}

// receiptText is the receipt with where the file and its records are now.
func receiptText(a desk.Added) string {
	text := a.Receipt.String() + fmt.Sprintf("%-8s %s%s\n%-8s %s\n", "evidence", a.Item, map[bool]string{true: " (its bytes were held already)"}[a.Known && a.Receipt.Retry == ""], "batch", a.Batch)
	if a.Resumed > 0 {
		text += fmt.Sprintf("%-8s after row %d, where an earlier add was interrupted\n", "went on", a.Resumed)
	}
	return text
}

// receiptJSON is the receipt's object with where the file and its records are now.
func receiptJSON(a desk.Added) (json.RawMessage, error) {
	receipt, err := json.Marshal(a.Receipt)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(struct {
		Item    string `json:"item"`
		Batch   string `json:"batch"`
		Resumed int64  `json:"resumed,omitempty"`
	}{a.Item, a.Batch, a.Resumed})
	if err != nil {
		return nil, err
	}
	return append(append(bytes.TrimSuffix(receipt, []byte("}")), ','), more[1:]...), nil
}

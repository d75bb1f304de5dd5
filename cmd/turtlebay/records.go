package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
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
		Example: `  turtlebay add shipments.csv.gz --as shipment --source "Customs of Utopia, letter of 3 May 2023"
  turtlebay add incidents.jsonl --as cyber_incident --source "Case file 12" --strict`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			k, err := observation.ParseKind(kind)
			if err != nil {
				return usage(fmt.Errorf("--as: %w", err))
			}
			if strings.TrimSpace(source) == "" {
				return usage(fmt.Errorf("--source is needed: say who supplied the file, and when"))
			}
			d, err := openDesk(c)
			if err != nil {
				return err
			}
			defer d.Close()
			return add(c, d, a[0], desk.Intake{Kind: k, Source: source, Options: intake.Options{Encoding: encoding}}, strict)
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

func recordsCommand() *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use:   "records [ID…]",
		Short: "print records, or how many there are of each kind",
		Example: `  turtlebay records                                # how many of each kind
  turtlebay records INC-2022-040                   # one record, as JSON
  turtlebay records --kind cyber_incident --json   # all of a kind, one a line`,
		RunE: func(c *cobra.Command, ids []string) error {
			if kind != "" {
				if _, err := observation.ParseKind(kind); err != nil {
					return usage(fmt.Errorf("--kind: %w", err))
				}
			}
			d, err := openDesk(c)
			if err != nil {
				return err
			}
			defer d.Close()
			if len(ids) == 0 && kind == "" && !wantsJSON(c) {
				return printKinds(c, d)
			}
			rs, err := d.Records(observation.Kind(kind))
			if err != nil {
				return unread(err)
			}
			if len(ids) > 0 {
				return printByID(c, rs, ids)
			}
			if wantsJSON(c) {
				return printLines(c.OutOrStdout(), rs)
			}
			return printRecordList(c.OutOrStdout(), rs)
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "only records of this kind")
	deskFlag(c)
	jsonFlag(c)
	return c
}

func printKinds(c *cobra.Command, d *desk.Desk) error {
	ks, err := d.Kinds(c.Context())
	if err != nil {
		return unread(err)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	total := 0
	for _, k := range ks {
		fmt.Fprintf(w, "%s\t%d\t%s\n", k.Kind, k.Records, observation.Kind(k.Kind).About())
		total += k.Records
	}
	fmt.Fprintf(w, "total\t%d\t\n", total)
	return w.Flush()
}

func printByID(c *cobra.Command, rs []record.Record, ids []string) error {
	byID := map[string]record.Record{}
	for _, r := range rs {
		byID[r.ID] = r
	}
	for _, id := range ids {
		r, ok := byID[id]
		if !ok {
			fmt.Fprintf(c.ErrOrStderr(), "turtlebay: no record %s on the desk\n", id)
			return errNo
		}
		if err := printJSON(c.OutOrStdout(), r); err != nil {
			return err
		}
	}
	return nil
}

func printLines(w io.Writer, rs []record.Record) error {
	for _, r := range rs {
		if err := printLine(w, r); err != nil {
			return err
		}
	}
	return nil
}

func printRecordList(out io.Writer, rs []record.Record) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rs {
		source := ""
		if len(r.Sources) > 0 {
			source = intake.Printable(r.Sources[0].Title)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Observation.When(), r.Kind(), source)
	}
	return w.Flush()
}

func schemaCommand() *cobra.Command {
	var columns bool
	c := &cobra.Command{
		Use:   "schema [KIND]",
		Short: "print the JSON Schema of a kind of record, or list the kinds",
		Example: `  turtlebay schema                            # the kinds
  turtlebay schema cyber_incident             # JSON Schema of a record
  turtlebay schema shipment --columns         # the CSV columns that “add” understands`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if len(a) == 0 {
				return listKinds(c)
			}
			k, err := observation.ParseKind(a[0])
			if err != nil {
				return usage(err)
			}
			if columns {
				fmt.Fprintln(c.OutOrStdout(), strings.Join(rows.Columns(k), "\n"))
				return nil
			}
			b, err := record.Schema(k)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), string(b))
			return err
		},
	}
	c.Flags().BoolVar(&columns, "columns", false, "list the CSV columns instead")
	jsonFlag(c)
	return c
}

func listKinds(c *cobra.Command) error {
	if wantsJSON(c) {
		list := []map[string]string{}
		for _, k := range observation.Kinds() {
			list = append(list, map[string]string{"kind": string(k), "prefix": k.Prefix(), "about": k.About()})
		}
		b, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		fmt.Fprintln(c.OutOrStdout(), string(b))
		return nil
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, k := range observation.Kinds() {
		fmt.Fprintf(w, "%s\t%s-\t%s\n", k, k.Prefix(), k.About())
	}
	return w.Flush()
}

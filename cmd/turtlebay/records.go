package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
)

func recordsCommand() *cobra.Command {
	var kind string
	var who *readerFlags
	c := &cobra.Command{
		Use:   "records [ID…]",
		Short: "print records, or how many there are of each kind",
		Long: strings.TrimSpace(`
Without arguments it counts the records of each kind. With ids it prints those
records as JSON; with --kind it lists the records of a kind; with --json it prints
one record a line, in the form that “add” reads. A record that sources tell in
different ways has several accounts; the list says how many.

With --reader, --cleared, --un or --on it shows the desk as that reader may see it:
what is hidden is not there, not counted and not found.`),
		Example: `  turtlebay records                                # how many of each kind
  turtlebay records INC-2022-040                   # one record, as JSON
  turtlebay records --kind cyber_incident --json   # all of a kind, one a line
  turtlebay records --reader Utopia --cleared amber`,
		RunE: func(c *cobra.Command, ids []string) error {
			if kind != "" {
				if _, err := observation.ParseKind(kind); err != nil {
					return usage(fmt.Errorf("--kind: %w", err))
				}
			}
			return who.onView(c, func(v *desk.View) error { return printRecords(c, v, observation.Kind(kind), ids) })
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "only records of this kind")
	who = forReader(c)
	deskFlag(c)
	jsonFlag(c)
	return c
}

func printRecords(c *cobra.Command, v *desk.View, kind observation.Kind, ids []string) error {
	switch {
	case len(ids) > 0:
		return printByID(c, v, kind, ids)
	case kind == "" && !wantsJSON(c):
		return printKinds(c, v)
	}
	rs, err := v.Records(kind)
	switch {
	case err != nil:
		return unread(err)
	case wantsJSON(c):
		return printLines(c.OutOrStdout(), rs)
	}
	return printRecordList(c.OutOrStdout(), rs)
}

func printKinds(c *cobra.Command, v *desk.View) error {
	ks, err := v.Kinds(c.Context())
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

func printByID(c *cobra.Command, v *desk.View, kind observation.Kind, ids []string) error {
	for _, id := range ids {
		r, err := v.Find(id)
		switch {
		case errors.Is(err, desk.ErrNoRecord):
			return &exitError{exitNo, err}
		case err != nil:
			return unread(err)
		case kind != "" && r.Kind() != kind:
			return &exitError{exitNo, fmt.Errorf("record %s: is no %s", id, kind)}
		}
		if err := printJSON(c.OutOrStdout(), r); err != nil {
			return err
		}
		if n := len(r.Also); n > 0 && !wantsJSON(c) {
			fmt.Fprintf(c.ErrOrStderr(), "%s is told in %d ways that differ: the first leads, the others stand under “also”\n", r.ID, n+1)
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
	return table(out, func(w io.Writer) {
		for _, r := range rs {
			source, accounts := "", ""
			if len(r.Sources) > 0 {
				source = intake.Printable(r.Sources[0].Title)
			}
			if n := len(r.Also); n > 0 {
				accounts = fmt.Sprintf("%d accounts", n+1)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Observation.When(), r.Kind(), source, accounts)
		}
	})
}

func schemaCommand() *cobra.Command {
	var columns bool
	c := &cobra.Command{
		Use:   "schema [KIND]",
		Short: "print the JSON Schema of a kind of record, or list the kinds",
		Long: strings.TrimSpace(`
Prints the JSON Schema (draft 2020-12) that a record of the kind follows, or with
--columns the CSV columns that “add --as KIND” understands. Without a kind it lists
the kinds with the prefix of their ids. It needs no desk.`),
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

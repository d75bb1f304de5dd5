package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/lint"
	"github.com/turtlebay/turtlebay/regime/schema"
)

func regimeLintCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "lint",
		Short: "name what a regime leaves to be desired though it loads",
		Long: strings.TrimSpace(`
Looks for days between a measure and its successor, boundaries of dates, limits and
grace that no test stands on, goods codes that no edition has, exemptions that are not
tested, and questions that are none. Each line has file, line and rule. Exit status 1
if there is anything.`),
		Example: `  turtlebay regime lint
  turtlebay regime lint --regime eu-2017-1509 --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			warnings, err := lintPacks(c)
			if err != nil {
				return err
			}
			if wantsJSON(c) {
				err = printJSON(c.OutOrStdout(), struct {
					OK       bool           `json:"ok"`
					Warnings []lint.Warning `json:"warnings"`
				}{len(warnings) == 0, append([]lint.Warning{}, warnings...)})
			} else {
				err = printWarnings(c.OutOrStdout(), warnings)
			}
			if err == nil && len(warnings) > 0 {
				err = errNo
			}
			return err
		},
	}
	regimeFlag(c)
	jsonFlag(c)
	return c
}

// lintPacks looks at the packs that --regime names one by one, and lets the tests of all
// packs that are there count for the lists that they share.
func lintPacks(c *cobra.Command) ([]lint.Warning, error) {
	spec, err := c.Flags().GetString("regime")
	if err != nil {
		return nil, err
	}
	var others []*regime.Pack
	for _, b := range builtIn {
		p, err := b.open()
		if err != nil {
			return nil, err
		}
		others = append(others, p)
	}
	var out []lint.Warning
	for name := range strings.SplitSeq(spec, ",") {
		name = strings.TrimSpace(name)
		p, err := openPack(name)
		if err != nil {
			return nil, err
		}
		for _, w := range lint.Pack(p, others...) {
			if !isBuiltIn(name) {
				w.File = filepath.Join(name, filepath.FromSlash(w.File))
			}
			out = append(out, w)
		}
	}
	return out, nil
}

func printWarnings(out io.Writer, warnings []lint.Warning) error {
	s := &sheet{}
	for _, w := range warnings {
		head := w.File
		if w.Line > 0 {
			head += fmt.Sprintf(":%d", w.Line)
		}
		if w.Rule != "" {
			head += ": rule " + w.Rule
		}
		s.line("%s: %s", intake.Printable(head), w.Code)
		s.paragraph("  ", w.Text)
	}
	if len(warnings) == 0 {
		s.line("nothing to mend")
	} else {
		s.line("%s", count(len(warnings), "warning", "warnings"))
	}
	_, err := io.WriteString(out, s.b.String())
	return err
}

func regimeVerifyListCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify-list",
		Short: "list what a lawyer has to check in a regime",
		Long: strings.TrimSpace(`
Lists, measure by measure, what was not seen in a source: the substance of a
paragraph, its number, goods codes that are somebody's reading, amounts of caps; and
the notes that leave something to a lawyer's judgement.`),
		Example: `  turtlebay regime verify-list
  turtlebay regime verify-list --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := chosenPacks(c)
			if err != nil {
				return err
			}
			items := lint.ToVerify(p)
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), append([]lint.Item{}, items...))
			}
			return printToVerify(c.OutOrStdout(), items)
		},
	}
	regimeFlag(c)
	jsonFlag(c)
	return c
}

func printToVerify(out io.Writer, items []lint.Item) error {
	s := &sheet{width: 16}
	tally, order := map[string]int{}, []string{lint.Substance, lint.ParagraphNumber, lint.GoodsCode, lint.CapAmount, lint.Remark}
	last := ""
	for i, x := range items {
		tally[x.What]++
		if head := strings.TrimSpace(x.Measure + "  " + x.Citation); head != last {
			if last != "" {
				s.line("")
			}
			s.line("%s", intake.Printable(head))
			last = head
		}
		text := x.Detail
		if text == "" {
			text = "to be checked"
		}
		if x.What == lint.Remark {
			text = x.Note
		}
		s.item(x.What, text)
		if ends := i+1 == len(items) || items[i+1].File != x.File; ends {
			if x.What != lint.Remark {
				s.item("note", x.Note)
			}
			s.item("source", x.Source)
		}
	}
	if last != "" {
		s.line("")
	}
	var parts []string
	for _, what := range order {
		parts = append(parts, fmt.Sprintf("%s %d", what, tally[what]))
	}
	s.paragraph("", fmt.Sprintf("%s: %s", count(len(items), "thing to check", "things to check"), strings.Join(parts, ", ")))
	_, err := io.WriteString(out, s.b.String())
	return err
}

func regimeSchemaCommand() *cobra.Command {
	var list bool
	c := &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of a measure's file, for editors",
		Long: strings.TrimSpace(`
Prints the JSON Schema (draft 2020-12) of a measure's file or, with --list, of a list
of goods. An editor that knows it completes fields and marks what is misspelt.`),
		Example: `  turtlebay regime schema > measure.schema.json
  turtlebay regime schema --list > list.schema.json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			write := schema.Measure
			if list {
				write = schema.List
			}
			b, err := write()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), strings.TrimSpace(string(b)))
			return err
		},
	}
	c.Flags().BoolVar(&list, "list", false, "the schema of a list of goods")
	return c
}

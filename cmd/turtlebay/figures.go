package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/report/prose"
)

func figureCommand() *cobra.Command {
	var who *readerFlags
	c := &cobra.Command{
		Use:   "figure NAME [key=value…]",
		Short: "derive a figure from the desk's records",
		Long: strings.TrimSpace(`
Derives a number or a table from the records on the desk. “turtlebay figures” lists
the names and their parameters; what is left out has a default. With --json it
prints {name, params, value, unit, low, high, note, table, derivation}: value, low
and high are exact decimals as text, and an empty value means that nothing is
known. The derivation names the function's version and the digests of what it read.

With --reader, --cleared, --un or --on it is derived from what that reader may see,
as if the desk held nothing else.`),
		Example: `  turtlebay figure cyber.losses.usd from=2017 to=2023 scope=crypto view=official
  turtlebay figure cyber.incidents.count view=all --json
  turtlebay figure trade.china.table`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return who.onView(c, func(v *desk.View) error {
				_, dv, err := deriveFigure(v, a)
				if err != nil {
					return err
				}
				if wantsJSON(c) {
					return printJSON(c.OutOrStdout(), figureJSON(dv))
				}
				return printFigure(c.OutOrStdout(), dv)
			})
		},
	}
	who = forReader(c)
	deskFlag(c)
	jsonFlag(c)
	return c
}

// deriveFigure derives NAME key=value… from what the reader sees of the desk.
func deriveFigure(v *desk.View, a []string) (*derive.Registry, derive.Derivation, error) {
	reg, err := analyses.Registry()
	if err != nil {
		return nil, derive.Derivation{}, err
	}
	p := derive.Params{}
	for _, kv := range a[1:] {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" {
			return nil, derive.Derivation{}, usage(fmt.Errorf("%q: want key=value", kv))
		}
		if _, twice := p[k]; twice {
			return nil, derive.Derivation{}, usage(fmt.Errorf("%s is given twice", k))
		}
		p[k] = v
	}
	dv, err := reg.Derive(a[0], p, v)
	if err == nil {
		dv, err = mark(v, dv)
	}
	switch {
	case errors.Is(err, derive.ErrUnknown):
		return nil, dv, usage(fmt.Errorf("%w; “turtlebay figures” lists them all", err))
	case errors.Is(err, derive.ErrParam):
		return nil, dv, usage(err)
	case err != nil:
		return nil, dv, unread(err)
	}
	return reg, dv, nil
}

// figureResult is a figure as --json prints it.
type figureResult struct {
	Name       string            `json:"name"`
	Params     derive.Params     `json:"params"`
	Value      string            `json:"value"`
	Unit       string            `json:"unit,omitempty"`
	Low        string            `json:"low,omitempty"`
	High       string            `json:"high,omitempty"`
	Note       string            `json:"note,omitempty"`
	Table      *derive.Table     `json:"table,omitempty"`
	Derivation derive.Derivation `json:"derivation"`
}

func figureJSON(d derive.Derivation) figureResult {
	r := d.Result
	d.Result.Table = nil // printed once, beside the derivation
	return figureResult{d.Name(), d.Params, r.Value, r.Unit, r.Low, r.High, r.Note, r.Table, d}
}

func printFigure(out io.Writer, d derive.Derivation) error {
	if d.Result.Table != nil {
		if err := printTable(out, d.Result.Table); err != nil || d.Marking == "" {
			return err
		}
		_, err := fmt.Fprintf(out, "marking: %s\n", d.Marking)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", d.Name(), valueText(d.Result))
	if d.Result.Low != d.Result.High {
		fmt.Fprintf(w, "range of the claims\t%s – %s\n", bound(d.Result.Low, d.Result.Unit), bound(d.Result.High, d.Result.Unit))
	}
	if d.Result.Note != "" {
		fmt.Fprintf(w, "note\t%s\n", d.Result.Note)
	}
	if n := len(d.Result.Unverified); n > 0 {
		fmt.Fprintf(w, "to be verified\trests on %d record(s) written from memory\n", n)
	}
	if d.Marking != "" {
		fmt.Fprintf(w, "marking\t%s\n", d.Marking)
	}
	fmt.Fprintf(w, "function\t%s\n", d.Function)
	if len(d.Params) > 0 {
		fmt.Fprintf(w, "parameters\t%s\n", d.Params)
	}
	return w.Flush()
}

// bound prints one end of a range.
func bound(v, unit string) string {
	if v == "" {
		return "not given"
	}
	return derive.Result{Value: v, Unit: unit}.Print(derive.Exact)
}

func valueText(r derive.Result) string {
	if r.Unit == derive.UnitUSD {
		return r.Print(derive.Exact)
	}
	if text := r.Print(""); r.Unit == "" || r.Unit == derive.UnitText || r.Unit == derive.UnitPercent || r.Value == "" {
		return text
	}
	return r.Print("") + " " + r.Unit
}

// printTable prints rows aligned; numbers to the right.
func printTable(out io.Writer, t *derive.Table) error {
	cells := [][]string{{}}
	for _, c := range t.Columns {
		head := c.Title
		if c.Unit != "" {
			head += " (" + c.Unit + ")"
		}
		cells[0] = append(cells[0], head)
	}
	for _, r := range t.Rows {
		line := make([]string, len(t.Columns))
		for i, v := range r.Cells {
			line[i] = intake.Printable(v)
			if t.Columns[i].Numeric() {
				line[i] = derive.Group(v)
			}
			line[i] = cmp.Or(line[i], prose.None)
		}
		cells = append(cells, line)
	}
	widths := make([]int, len(t.Columns))
	for _, line := range cells {
		for i, v := range line {
			widths[i] = max(widths[i], len([]rune(v)))
		}
	}
	for _, line := range cells {
		var b strings.Builder
		for i, v := range line {
			pad := strings.Repeat(" ", widths[i]-len([]rune(v)))
			if t.Columns[i].Numeric() {
				b.WriteString(pad + v + "  ")
			} else {
				b.WriteString(v + pad + "  ")
			}
		}
		if _, err := fmt.Fprintln(out, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

func figuresCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "figures [PREFIX]",
		Short: "list every figure that can be derived, with its parameters",
		Long: strings.TrimSpace(`
Lists the figures with their version, what they say and the parameters they take;
a prefix such as “cyber” or “trade.petroleum” shows a family. With --json it
prints a list of {name, version, about, params, reads}.`),
		Example: `  turtlebay figures
  turtlebay figures cyber`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			reg, err := analyses.Registry()
			if err != nil {
				return err
			}
			list := reg.Functions()
			if len(a) == 1 {
				list = slices.DeleteFunc(list, func(f derive.Function) bool { return !strings.HasPrefix(f.Name, a[0]) })
			}
			if len(list) == 0 {
				return usage(fmt.Errorf("no figure begins with %q: “turtlebay figures” lists them all", a[0]))
			}
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), list)
			}
			for _, f := range list {
				fmt.Fprintf(c.OutOrStdout(), "%s\n    %s\n", f.ID(), f.About)
				for _, p := range f.Params {
					fmt.Fprintf(c.OutOrStdout(), "    %s%s  %s\n", p.Name, defaultText(p), p.About)
				}
			}
			return nil
		},
	}
	jsonFlag(c)
	return c
}

func defaultText(p derive.Param) string {
	text := ""
	if p.Default != "" {
		text = "=" + p.Default
	}
	if len(p.Allowed) > 1 {
		text += " (" + strings.Join(p.Allowed, ", ") + ")"
	}
	return text
}

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
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/prose"
)

func figureCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "figure NAME [key=value…]",
		Short: "derive a figure from the desk's records",
		Example: `  turtlebay figure cyber.losses.usd from=2017 to=2023 scope=crypto view=official
  turtlebay figure cyber.incidents.count view=all --json
  turtlebay figure trade.china.table`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			d, err := openDesk(c)
			if err != nil {
				return err
			}
			defer d.Close()
			_, dv, err := deriveFigure(d, a)
			if err != nil {
				return err
			}
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), figureJSON(dv))
			}
			return printFigure(c.OutOrStdout(), dv)
		},
	}
	deskFlag(c)
	jsonFlag(c)
	return c
}

// deriveFigure derives NAME key=value… from the desk.
func deriveFigure(d *desk.Desk, a []string) (*derive.Registry, derive.Derivation, error) {
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
		p[k] = v
	}
	dv, err := reg.Derive(a[0], p, d)
	switch {
	case errors.Is(err, derive.ErrUnknown), errors.Is(err, derive.ErrParam):
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
		return printTable(out, d.Result.Table)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\n", d.Name(), valueText(d.Result))
	if d.Result.Low != d.Result.High {
		fmt.Fprintf(w, "range of the claims\t%s – %s\n", cmp.Or(derive.Group(d.Result.Low), "?"), cmp.Or(derive.Group(d.Result.High), "no upper figure"))
	}
	if d.Result.Note != "" {
		fmt.Fprintf(w, "note\t%s\n", d.Result.Note)
	}
	if n := len(d.Result.Unverified); n > 0 {
		fmt.Fprintf(w, "to be verified\trests on %d record(s) written from memory\n", n)
	}
	fmt.Fprintf(w, "function\t%s\n", d.Function)
	if len(d.Params) > 0 {
		fmt.Fprintf(w, "parameters\t%s\n", d.Params)
	}
	return w.Flush()
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
			line[i] = v
			if isNumeric(t.Columns[i]) {
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
			if isNumeric(t.Columns[i]) {
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

func isNumeric(c derive.Column) bool {
	return c.Form == derive.Number || c.Form == derive.Money || c.Form == derive.Percent
}

func figuresCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "figures [PREFIX]",
		Short: "list every figure that can be derived, with its parameters",
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

func explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain FIGURE [key=value…]",
		Short: "walk from a number down to its rows and their sources",
		Long: strings.TrimSpace(`
Prints a figure, the function and parameters that gave it, the digests of the
records it read, and then every record it rests on with its preferred claim, the
claims beside it and the sources they were read in.`),
		Example: `  turtlebay explain cyber.losses.usd view=official
  turtlebay explain trade.petroleum.share year=2020 basis=estimated`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			d, err := openDesk(c)
			if err != nil {
				return err
			}
			defer d.Close()
			reg, dv, err := deriveFigure(d, a)
			if err != nil {
				return err
			}
			f, err := reg.Lookup(dv.Function)
			if err != nil {
				return err
			}
			rs, err := d.Records("")
			if err != nil {
				return unread(err)
			}
			return explain(c.OutOrStdout(), f, dv, rs)
		},
	}
	deskFlag(c)
	return c
}

func explain(out io.Writer, f derive.Function, d derive.Derivation, rs []record.Record) error {
	if err := printFigure(out, d); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nIt is: %s.\n", f.About)
	fmt.Fprintf(out, "Derivation %s; again with: %s\n\nIt read:\n", d.ID, d.Command())
	for _, in := range d.Inputs {
		if in.Count > 0 {
			fmt.Fprintf(out, "  %-20s %4d records  set sha256 %s\n", in.Kind, in.Count, in.Digest)
		}
	}
	if len(d.Result.Records) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nIt rests on %d records:\n", len(d.Result.Records))
	for _, r := range rs {
		if slices.Contains(d.Result.Records, r.ID) {
			explainRecord(out, r)
		}
	}
	return nil
}

func explainRecord(out io.Writer, r record.Record) {
	fmt.Fprintf(out, "\n%s  %s", r.ID, r.Observation.When())
	if r.Certainty == claim.FromMemory {
		fmt.Fprint(out, "  (to be verified)")
	}
	fmt.Fprintln(out)
	if o, ok := r.Observation.(*observation.CyberIncident); ok {
		fmt.Fprintf(out, "  %s: %s\n", o.Victim, o.Method)
		for _, a := range o.Amounts {
			explainClaim(out, derive.Group(a.Value.Amount.String())+" "+a.Value.Currency, a.Authority, a.Preferred, a.Reason, a.Anchor, a.Dissent)
		}
		for _, a := range o.Attributions {
			explainClaim(out, "attributed to "+a.Value+" ("+string(a.Status)+")", a.Authority, a.Preferred, a.Reason, a.Anchor, a.Dissent)
		}
	}
	for _, s := range r.Sources {
		fmt.Fprintf(out, "  [%s] %s\n", s.Key, prose.Cite(s, r.Certainty))
	}
}

func explainClaim(out io.Writer, what, authority string, preferred bool, reason string, a claim.Anchor, dissent []claim.Dissent) {
	mark := " "
	if preferred {
		mark = "*"
	}
	fmt.Fprintf(out, "  %s %s, %s [%s]", mark, what, authority, a.Source)
	if a.Place != "" {
		fmt.Fprintf(out, " %s", a.Place)
	}
	if reason != "" {
		fmt.Fprintf(out, " (preferred: %s)", reason)
	}
	fmt.Fprintln(out)
	for _, d := range dissent {
		fmt.Fprintf(out, "      dissent: %s: %s\n", d.Authority, d.Says)
	}
}

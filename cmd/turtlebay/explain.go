package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/prose"
)

func explainCommand() *cobra.Command {
	var who *readerFlags
	c := &cobra.Command{
		Use:   "explain FIGURE [key=value…]",
		Short: "walk from a number down to its rows and their sources",
		Long: strings.TrimSpace(`
Prints a figure, the function and parameters that gave it, the digests of the
records it read, and then every record it rests on with its preferred claim, the
claims beside it and the sources they were read in. With --reader, --cleared, --un
or --on all of it is as that reader may see it.`),
		Example: `  turtlebay explain cyber.losses.usd view=official
  turtlebay explain trade.petroleum.share year=2020 basis=estimated`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return who.onView(c, func(v *desk.View) error {
				reg, dv, err := deriveFigure(v, a)
				if err != nil {
					return err
				}
				f, err := reg.Lookup(dv.Function)
				if err != nil {
					return err
				}
				rs, err := restsOn(v, dv)
				if err != nil {
					return unread(err)
				}
				return explain(c.OutOrStdout(), f, dv, rs)
			})
		},
	}
	who = forReader(c)
	deskFlag(c)
	return c
}

// restsOn are the records that the figure names.
func restsOn(v *desk.View, d derive.Derivation) ([]record.Record, error) {
	var out []record.Record
	for _, id := range d.Result.Records {
		r, err := v.Find(id)
		if errors.Is(err, desk.ErrNoRecord) && encloses(v, d, id) {
			continue // what is enclosed has a line of its own
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// encloses reports whether an input of the figure that is no record has the id.
func encloses(v *desk.View, d derive.Derivation, id string) bool {
	for _, kind := range d.Inputs {
		if observation.Kind(kind.Kind).Valid() {
			continue
		}
		if set, err := v.Set(kind.Kind); err == nil && slices.ContainsFunc(set.Inputs(), func(in derive.Input) bool { return in.ID == id }) {
			return true
		}
	}
	return false
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
	if len(rs) < len(d.Result.Records) {
		fmt.Fprintf(out, "\nIt rests on %s, which the desk encloses as evidence.\n", strings.Join(d.Result.Records, ", "))
		return nil
	}
	fmt.Fprintf(out, "\nIt rests on %d records:\n", len(d.Result.Records))
	for _, r := range rs {
		if err := explainRecord(out, r); err != nil {
			return err
		}
	}
	return nil
}

// explainRecord prints a record with all its accounts: where sources contradict each
// other, the first leads, and the others are no less there.
func explainRecord(out io.Writer, r record.Record) error {
	for n, a := range r.Accounts() {
		if n == 0 {
			fmt.Fprintf(out, "\n%s", r.ID)
		} else {
			fmt.Fprintf(out, "  account %d of %s, which says something else:", n+1, r.ID)
		}
		fmt.Fprintf(out, "  %s", a.Observation.When())
		if a.Certainty == claim.FromMemory {
			fmt.Fprint(out, "  (to be verified)")
		}
		fmt.Fprintln(out)
		if err := explainAccount(out, r.ID, a); err != nil {
			return err
		}
	}
	return nil
}

func explainAccount(out io.Writer, id string, told record.Account) error {
	if o, ok := told.Observation.(*observation.CyberIncident); ok {
		fmt.Fprintf(out, "  %s\n", intake.Printable(strings.Join(filled(o.Victim, o.Method), ": ")))
		for _, a := range o.Amounts {
			explainClaim(out, derive.Group(a.Value.Amount.String())+" "+a.Value.Currency, a.Authority, a.Preferred, a.Reason, a.Anchor, a.Dissent)
		}
		for _, a := range o.Attributions {
			explainClaim(out, "attributed to "+a.Value+" ("+string(a.Status)+")", a.Authority, a.Preferred, a.Reason, a.Anchor, a.Dissent)
		}
	} else if err := explainFields(out, id, told.Observation); err != nil {
		return err
	}
	for _, s := range told.Sources {
		fmt.Fprintln(out, intake.Printable(fmt.Sprintf("  [%s] %s", s.Key, prose.Cite(s, told.Certainty))))
	}
	return nil
}

// explainFields prints an observation field by field, lists with their position.
func explainFields(out io.Writer, id string, o observation.Observation) error {
	b, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("record %s: %w", id, err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("record %s: %w", id, err)
	}
	printFields(out, "", v)
	return nil
}

func printFields(out io.Writer, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			printFields(out, strings.TrimPrefix(path+"."+k, "."), v[k])
		}
	case []any:
		for i, x := range v {
			printFields(out, fmt.Sprintf("%s[%d]", path, i), x)
		}
	default:
		if path != "type" {
			fmt.Fprintln(out, intake.Printable(fmt.Sprintf("  %s: %v", path, v)))
		}
	}
}

func explainClaim(out io.Writer, what, authority string, preferred bool, reason string, a claim.Anchor, dissent []claim.Dissent) {
	mark := " "
	if preferred {
		mark = "*"
	}
	line := fmt.Sprintf("  %s %s, %s [%s]", mark, what, authority, a.Source)
	if a.Place != "" {
		line += " " + a.Place
	}
	if reason != "" {
		line += " (preferred: " + reason + ")"
	}
	fmt.Fprintln(out, intake.Printable(line))
	for _, d := range dissent {
		fmt.Fprintln(out, intake.Printable("      dissent: "+d.Authority+": "+d.Says))
	}
}

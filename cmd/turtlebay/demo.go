package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/publish"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/report"
)

func demoCommand() *cobra.Command {
	var dir string
	var noPDF bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "the public record, from facts to a verified report, in seconds",
		Long: strings.TrimSpace(`
Makes a desk, loads the embedded public record, runs every analysis, writes the
report as DOCX, HTML, XLSX and (where WeasyPrint is installed) PDF, seals it in a
bundle and verifies that bundle as a recipient would.`),
		Example: `  turtlebay demo
  turtlebay demo --desk /tmp/desk --no-pdf`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := desk.Create(dir, sqlite.Open, desk.As(actor(c), c.CommandPath()))
			if errors.Is(err, desk.ErrNotEmpty) {
				return usage(fmt.Errorf("%w; name another with --desk DIR", err))
			} else if err != nil {
				return unread(err)
			}
			defer d.Close()
			return demo(c, d, noPDF)
		},
	}
	c.Flags().StringVar(&dir, "desk", demoDesk, "folder of the desk to make")
	c.Flags().BoolVar(&noPDF, "no-pdf", false, "leave the PDF out")
	return c
}

func demo(c *cobra.Command, d *desk.Desk, noPDF bool) error {
	rs, err := publicrecord.Records()
	if err != nil {
		return err
	}
	tables, err := publicTables()
	if err != nil {
		return err
	}
	if _, err := d.AddRecords(c.Context(), rs, tables...); err != nil {
		return unread(err)
	}
	e, err := exerciseTrace(c.Context())
	if err != nil {
		return err
	}
	if err := keepTrace(c.Context(), d, e, marking.Marking{}, "Turtle Bay, exercise: invented"); err != nil {
		return unread(err)
	}
	s, _ := report.Preset("desk")
	s.Date, s.Symbol = publicrecord.Edition(), "TB/"+strconv.Itoa(publicrecord.Edition().Year())+"/PUBLIC"
	r, err := publish.New(d, s, marking.Reader{})
	if err != nil {
		return err
	}
	want := publish.Formats()
	if noPDF {
		want = slices.DeleteFunc(want, func(f string) bool { return f == "pdf" })
	}
	paths, err := file(c, r, want, d.Path("out"))
	if err != nil {
		return err
	}
	v, err := r.Verify()
	if err != nil {
		return err
	}
	if err := summarise(c.OutOrStdout(), d.Dir(), r, v, paths); err != nil {
		return err
	}
	if !v.OK {
		return errNo
	}
	return nil
}

// publicTables are the tables that the public record cites, as evidence: in clear,
// since everybody has them.
func publicTables() ([]desk.Evidence, error) {
	files, err := publicrecord.Files()
	if err != nil {
		return nil, err
	}
	var out []desk.Evidence
	for _, f := range files {
		out = append(out, desk.Evidence{
			Name: f.Name, Bytes: f.Bytes, Plain: true,
			Source: "Turtle Bay, public record, edition of " + publicrecord.Edition().String(),
		})
	}
	return out, nil
}

// summarise prints what a person would want to read after a demo.
func summarise(out io.Writer, dir string, p *publish.Report, v bundle.Verification, paths []string) error {
	value := func(name string, params derive.Params) (derive.Result, error) {
		dv, err := p.Registry.Derive(name, params, p.Released)
		return dv.Result, err
	}
	records, err := value("desk.records.count", nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The public record of %s: %s records on the desk %s.\n\n", p.Document.Masthead.Date.Prose(), records.Value, dir)
	fmt.Fprintf(out, "Cyber incidents against cryptocurrency companies, %s\n", p.Document.Masthead.Period)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "  view\tincidents\twith an amount\tsum of preferred amounts\trange of the claims\t\n")
	for _, view := range claim.Views() {
		at := derive.Params{"view": string(view)}
		n, err := value("cyber.incidents.count", at)
		if err != nil {
			return err
		}
		with, err := value("cyber.incidents.with_amount", at)
		if err != nil {
			return err
		}
		usd, err := value("cyber.losses.usd", at)
		if err != nil {
			return err
		}
		low, high := derive.Result{Value: usd.Low, Unit: derive.UnitUSD}, derive.Result{Value: usd.High, Unit: derive.UnitUSD}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s – %s\t\n", view, n.Value, with.Value, usd.Print(derive.Exact), low.Print(""), high.Print(""))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nFindings by resolution, records of %s\n", p.Document.Masthead.Period)
	findings, err := value("regime.resolutions.table", findingsPeriod(p.Document.Masthead.Period))
	if err != nil {
		return err
	}
	if err := printTable(indent{out}, findings.Table); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nFigures: %d derived, %d derived again from the bundle.\n\n", v.Derivations.Total, v.Derivations.Reproduced)
	for _, path := range paths {
		fmt.Fprintln(out, "  "+path)
	}
	fmt.Fprintf(out, "\nBytes %s; signature %s.\n", bytesText(v), signatureText(v.Signature, false))
	fmt.Fprintln(out, "Next: turtlebay explain cyber.losses.usd view=official")
	return nil
}

// findingsPeriod is a printed period as parameters.
func findingsPeriod(period string) derive.Params {
	from, to, several := strings.Cut(period, "–")
	if !several {
		to = from
	}
	return derive.Params{"from": from, "to": to}
}

// indent writes lines two columns in.
type indent struct{ w io.Writer }

// Write implements io.Writer for whole lines.
func (i indent) Write(b []byte) (int, error) {
	if _, err := io.WriteString(i.w, "  "+string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

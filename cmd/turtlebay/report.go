package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/publish"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report"
)

// reportFlags are the flags of report and report gate.
type reportFlags struct {
	period, view, preset, settings, date, symbol string
	to                                           readerFlags
}

func (f *reportFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.period, "period", "", "years, inclusive, as FROM..TO (default 2017..2023)")
	fs.StringVar(&f.view, "view", "", "which attributions totals count: official, official+panel (default), all")
	fs.StringVar(&f.preset, "preset", "desk", "who files the report: "+strings.Join(report.Presets(), ", "))
	fs.StringVar(&f.settings, "settings", "", "YAML file with body, symbol, addressee, confidentiality, sections …")
	fs.StringVar(&f.date, "date", "", "date on the report (default: the edition of the public record)")
	fs.StringVar(&f.symbol, "symbol", "", "document symbol")
	f.to.add(fs, "for", "recipient (default: the public)")
}

// resolve turns flags into settings: preset, then file, then flags.
func (f *reportFlags) resolve() (report.Settings, marking.Reader, error) {
	to, err := f.to.reader()
	if err != nil {
		return report.Settings{}, to, err
	}
	s, ok := report.Preset(f.preset)
	if !ok {
		return s, to, usage(fmt.Errorf("--preset %q: want one of %s", f.preset, strings.Join(report.Presets(), ", ")))
	}
	s.Date = publicrecord.Edition()
	if f.settings != "" {
		file, err := os.Open(f.settings)
		if err != nil {
			return s, to, unread(err)
		}
		defer file.Close()
		if s, err = report.ReadSettings(file, s); err != nil {
			return s, to, unread(fmt.Errorf("%s: %w", f.settings, err))
		}
	}
	if err := f.over(&s); err != nil {
		return s, to, usage(err)
	}
	return s, to, nil
}

// over lays the flags over the settings.
func (f *reportFlags) over(s *report.Settings) error {
	if f.period != "" {
		from, to, ok := strings.Cut(f.period, "..")
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if !ok || errA != nil || errB != nil {
			return fmt.Errorf("--period %q: want FROM..TO, such as 2017..2023", f.period)
		}
		s.From, s.To = a, b
	}
	if f.view != "" {
		v, err := claim.ParseView(f.view)
		if err != nil {
			return fmt.Errorf("--view: %w", err)
		}
		s.View = v
	}
	if f.date != "" {
		d, err := value.ParseDate(f.date)
		if err != nil {
			return fmt.Errorf("--date: %w", err)
		}
		s.Date = d
	}
	if f.symbol != "" {
		s.Symbol = f.symbol
	}
	return nil
}

func reportCommand() *cobra.Command {
	var flags reportFlags
	var format, out string
	var issue bool
	c := &cobra.Command{
		Use:   "report",
		Short: "write the report and its bundle; the gate decides whether it may pass",
		Long: strings.TrimSpace(`
Writes the report in the formats wanted, and report.tbz: the bundle with the
records and derivations that a recipient needs to derive every figure again.
The gate runs first: its errors stop the report, its warnings are printed.

The same records and settings give the same bytes. The date on the report is
--date, not the clock's.`),
		Example: `  turtlebay report --period 2017..2023 --view official+panel --format docx,html
  turtlebay report --preset panel --symbol S/2024/000 --date 2024-03-07 --out filed
  turtlebay report --settings examples/team.yaml --for Secretariat --cleared amber
  turtlebay report gate --period 2017..2023`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			want, err := parseFormats(format)
			if err != nil {
				return err
			}
			return flags.onReport(c, func(d *desk.Desk, r *publish.Report) error {
				if out == "" {
					out = d.Path("out")
				}
				paths, err := file(c, r, want, out)
				if err != nil {
					return err
				}
				if issue {
					if err := r.Issue(c.Context()); errors.Is(err, publish.ErrWithheld) {
						return usage(fmt.Errorf("%w: --issue remembers full reports only", err))
					} else if err != nil {
						return unread(err)
					}
				}
				fmt.Fprintln(c.OutOrStdout(), strings.Join(paths, "\n"))
				return nil
			})
		},
	}
	flags.add(c.Flags())
	c.Flags().StringVar(&format, "format", "docx,html,xlsx", "formats, separated by commas: docx, html, xlsx, pdf")
	c.Flags().StringVar(&out, "out", "", "folder to write to (default DESK/out)")
	c.Flags().BoolVar(&issue, "issue", false, "remember this report: later ones list what changed since")
	deskFlag(c)
	c.AddCommand(gateCommand())
	return c
}

func gateCommand() *cobra.Command {
	var flags reportFlags
	c := &cobra.Command{
		Use:   "gate",
		Short: "check the report without writing it: errors stop it, warnings print",
		Long: strings.TrimSpace(`
Checks that sums in summary, tables and register agree, that every number in the
text comes from a figure, that each allegation has two independent origins or the
report says that it has one, that a person or firm that is not designated is named
only with the status of a reply, that amounts carry a currency, that no reference
leads nowhere and no finding lacks its citation.`),
		Example: `  turtlebay report gate
  turtlebay report gate --period 2020..2023 --view all --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return flags.onReport(c, func(_ *desk.Desk, r *publish.Report) error {
				complaints, err := r.Gate()
				if err != nil {
					return unread(err)
				}
				return printGate(c, complaints)
			})
		},
	}
	flags.add(c.Flags())
	deskFlag(c)
	jsonFlag(c)
	return c
}

func printGate(c *cobra.Command, complaints report.Complaints) error {
	if wantsJSON(c) {
		if complaints == nil {
			complaints = report.Complaints{}
		}
		if err := printJSON(c.OutOrStdout(), struct {
			Open       bool              `json:"open"`
			Complaints report.Complaints `json:"complaints"`
		}{!complaints.Stop(), complaints}); err != nil {
			return err
		}
	} else {
		printComplaints(c.OutOrStdout(), complaints)
		if !complaints.Stop() {
			fmt.Fprintln(c.OutOrStdout(), "the gate is open")
		}
	}
	if complaints.Stop() {
		return errGate
	}
	return nil
}

// errGate is the answer no of the gate.
var errGate = &exitError{exitNo, errors.New("the gate is closed")}

func printComplaints(w io.Writer, complaints report.Complaints) {
	for _, x := range complaints {
		fmt.Fprintf(w, "%s: %s: %s\n", x.Severity, x.Place, x.What)
	}
}

// file gates, renders, seals and saves a report; what the gate says goes to
// standard error, and a closed gate leaves nothing written.
func file(c *cobra.Command, r *publish.Report, want []string, dir string) ([]string, error) {
	complaints, err := r.Gate()
	if err != nil {
		return nil, unread(err)
	}
	if printComplaints(c.ErrOrStderr(), complaints); complaints.Stop() {
		return nil, &exitError{exitNo, errors.New("the gate is closed: nothing was written")}
	}
	if err := r.Render(c.Context(), want); errors.Is(err, publish.ErrNoPDF) {
		fmt.Fprintln(c.ErrOrStderr(), err)
	} else if err != nil {
		return nil, err
	}
	if err := r.Seal(c.Context()); err != nil {
		return nil, unread(err)
	}
	paths, err := r.Save(c.Context(), dir)
	if err != nil {
		return nil, unread(err)
	}
	return paths, nil
}

// onReport opens the desk, writes the document that the flags ask for, and hands
// both on.
func (f *reportFlags) onReport(c *cobra.Command, do func(*desk.Desk, *publish.Report) error) error {
	s, to, err := f.resolve()
	if err != nil {
		return err
	}
	return onDesk(c, func(d *desk.Desk) error {
		r, err := publish.New(d, s, to)
		if errors.Is(err, report.ErrSettings) {
			return usage(err)
		} else if err != nil {
			return unread(err)
		}
		return do(d, r)
	})
}

// parseFormats reads --format.
func parseFormats(list string) ([]string, error) {
	var out []string
	for f := range strings.SplitSeq(list, ",") {
		f = strings.TrimSpace(f)
		if !slices.Contains(publish.Formats(), f) {
			return nil, usage(fmt.Errorf("--format %q: want some of %s", f, strings.Join(publish.Formats(), ",")))
		}
		out = append(out, f)
	}
	return out, nil
}

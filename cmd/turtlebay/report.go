package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report"
)

// reportFlags are the flags of report and report gate.
type reportFlags struct {
	period, view, preset, settings, date, symbol string
	recipient, cleared                           string
}

func (f *reportFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.period, "period", "", "years, inclusive, as FROM..TO (default 2017..2023)")
	fs.StringVar(&f.view, "view", "", "which attributions totals count: official, official+panel (default), all")
	fs.StringVar(&f.preset, "as", "desk", "who files the report: "+strings.Join(report.Presets(), ", "))
	fs.StringVar(&f.settings, "settings", "", "YAML file with body, symbol, addressee, confidentiality, sections …")
	fs.StringVar(&f.date, "date", "", "date on the report (default: the edition of the public record)")
	fs.StringVar(&f.symbol, "symbol", "", "document symbol")
	fs.StringVar(&f.recipient, "for", "", "recipient, as releasable-to caveats name it")
	fs.StringVar(&f.cleared, "cleared", "", "highest TLP level the recipient may see (default clear)")
}

// resolve turns flags into settings: preset, then file, then flags.
func (f *reportFlags) resolve() (report.Settings, record.Recipient, error) {
	to := record.Recipient{Name: f.recipient, TLP: f.cleared}
	if err := (record.Marking{TLP: f.cleared}).Validate(); err != nil {
		return report.Settings{}, to, usage(fmt.Errorf("--cleared: %w", err))
	}
	s, ok := report.Preset(f.preset)
	if !ok {
		return s, to, usage(fmt.Errorf("--as %q: want one of %s", f.preset, strings.Join(report.Presets(), ", ")))
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
  turtlebay report --as panel --symbol S/2024/000 --date 2024-03-07 --out filed
  turtlebay report --settings coalition.yaml --for "Secretariat" --cleared amber
  turtlebay report gate --period 2017..2023`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			want, err := parseFormats(format)
			if err != nil {
				return err
			}
			p, closeDesk, err := flags.publication(c)
			if err != nil {
				return err
			}
			defer closeDesk()
			if open, err := p.gate(c.ErrOrStderr()); err != nil {
				return err
			} else if !open {
				fmt.Fprintln(c.ErrOrStderr(), "turtlebay: the gate is closed: nothing was written")
				return errNo
			}
			if err := p.render(c.Context(), want, c.ErrOrStderr()); err != nil {
				return err
			}
			if err := p.seal(); err != nil {
				return err
			}
			if out == "" {
				out = p.desk.Path("out")
			}
			paths, err := p.save(out)
			if err != nil {
				return unread(err)
			}
			if issue {
				if err := p.issue(c.Context()); err != nil {
					return unread(err)
				}
			}
			for _, path := range paths {
				fmt.Fprintln(c.OutOrStdout(), path)
			}
			return nil
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
			p, closeDesk, err := flags.publication(c)
			if err != nil {
				return err
			}
			defer closeDesk()
			if wantsJSON(c) {
				return gateJSON(c, p)
			}
			open, err := p.gate(c.OutOrStdout())
			if err != nil {
				return err
			}
			if !open {
				fmt.Fprintln(c.OutOrStdout(), "the gate is closed")
				return errNo
			}
			fmt.Fprintln(c.OutOrStdout(), "the gate is open")
			return nil
		},
	}
	flags.add(c.Flags())
	deskFlag(c)
	jsonFlag(c)
	return c
}

func gateJSON(c *cobra.Command, p *publication) error {
	complaints, err := report.Gate(p.released, p.doc)
	if err != nil {
		return unread(err)
	}
	open := true
	for _, x := range complaints {
		open = open && x.Severity != report.Error
	}
	if complaints == nil {
		complaints = []report.Complaint{}
	}
	if err := printJSON(c.OutOrStdout(), struct {
		Open       bool               `json:"open"`
		Complaints []report.Complaint `json:"complaints"`
	}{open, complaints}); err != nil {
		return err
	}
	if !open {
		return errNo
	}
	return nil
}

// publication opens the desk and writes the document that the flags ask for.
func (f *reportFlags) publication(c *cobra.Command) (*publication, func(), error) {
	s, to, err := f.resolve()
	if err != nil {
		return nil, nil, err
	}
	d, err := openDesk(c)
	if err != nil {
		return nil, nil, err
	}
	p, err := newPublication(d, s, to)
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return p, func() { d.Close() }, nil
}

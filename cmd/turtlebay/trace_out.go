package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/inquiry"
	"github.com/turtlebay/turtlebay/trace/mixer"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/freeze"
	"github.com/turtlebay/turtlebay/trace/result/page"
	"github.com/turtlebay/turtlebay/trace/thefts"
)

// show prints what was found, writes it where --out says and keeps it where --keep does.
func (f *traceFlags) show(c *cobra.Command, asked *thefts.File, out *inquiry.Outcome, what inquiry.Case) error {
	e, err := f.extract(asked, out, what.Worth)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := writeTraceFiles(c, f.out, e, out.Result, what.Worth); err != nil {
			return unread(err)
		}
	}
	if f.keep {
		if err := f.enclose(c, e); err != nil {
			return err
		}
	}
	if wantsJSON(c) {
		return out.Result.WriteJSON(c.OutOrStdout())
	}
	if err := page.Write(c.OutOrStdout(), out.Result, page.Settings{}); err != nil {
		return err
	}
	return f.beside(c, e, out)
}

// extract is the trace as a file.
func (f *traceFlags) extract(asked *thefts.File, out *inquiry.Outcome, worth *price.Values) (*extract.Extract, error) {
	about := extract.About{ID: f.id, Title: f.title, Worth: worth, Notes: out.Notes}
	var ids, titles []string
	for _, t := range asked.Thefts {
		ids = append(ids, t.ID)
		if t.Title != "" && !slices.Contains(titles, t.Title) {
			titles = append(titles, t.Title)
		}
		if about.Incident == "" {
			about.Incident = t.Incident
		}
	}
	if about.Title == "" {
		about.Title = strings.Join(titles, "; ")
	}
	if about.ID == "" {
		about.ID = "TRC-" + strings.Join(ids, "+")
	}
	if about.Title == "" {
		about.Title = strings.Join(ids, ", ")
	}
	if strings.ContainsFunc(about.ID, func(r rune) bool { return r <= ' ' || r > '~' }) || strings.Contains(about.ID, desk.PartOf) || len(about.ID) > 80 {
		return nil, usage(fmt.Errorf("--id %q: want at most 80 characters without spaces, as TRC-2024-001", about.ID))
	}
	m, err := f.marked()
	if err != nil {
		return nil, err
	}
	if !m.IsZero() {
		if about.Marking, err = json.Marshal(m); err != nil {
			return nil, err
		}
	}
	return extract.New(out.Answer, out.Question, about), nil
}

// marked is the marking of the trace: that of the flag, and of what it was made of.
func (f *traceFlags) marked() (marking.Marking, error) {
	m, err := marking.Parse(f.marking)
	if f.marking == "" {
		m, err = marking.Marking{}, nil
	}
	if err != nil {
		return m, usage(fmt.Errorf("--marking: %w", err))
	}
	return marking.Join(m, f.inherited), nil
}

// enclose keeps the trace with the desk.
func (f *traceFlags) enclose(c *cobra.Command, e *extract.Extract) error {
	m, err := f.marked()
	if err != nil {
		return err
	}
	return onDesk(c, func(d *desk.Desk) error {
		if err := keepTrace(c.Context(), d, e, m, "turtlebay trace, from "+snapshotsOf(e)); err != nil {
			return unread(err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "kept as %s with the desk %s: the next report shows it\n", e.ID, d.Dir())
		return nil
	})
}

func snapshotsOf(e *extract.Extract) string {
	var out []string
	for _, l := range e.Ledgers {
		name := string(l.Snapshot)
		if l.Digest != "" {
			name = "digest " + l.Digest[:min(len(l.Digest), 16)]
		}
		out = append(out, fmt.Sprintf("%s, %s", l.Chain, name))
	}
	return strings.Join(out, "; ")
}

// writeTraceFiles writes the files of --out: all of them, each whole.
func writeTraceFiles(c *cobra.Command, dir string, e *extract.Extract, r *result.Result, worth *price.Values) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	if len(e.Marking) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "the files in %s carry the marking %s\n", intake.Printable(dir), e.Marking)
	}
	list := freeze.Of(r, freeze.Cut{})
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"trace.jsonl", e.Write},
		{"result.json", r.WriteJSON},
		{"freeze.csv", list.WriteCSV},
		{"freeze.json", list.WriteJSON},
		{"cashouts.csv", r.WriteCashOuts},
		{"arrivals.csv", r.WriteArrivals},
		{"holdings.csv", r.WriteHoldings},
		{"flows.csv", r.WriteFlows},
		{"marking.json", func(w io.Writer) error { _, err := w.Write(append(slices.Clip(e.Marking), '\n')); return err }},
		{"result.txt", func(w io.Writer) error { return page.Write(w, r, page.Settings{Top: 1000}) }},
	}
	for _, file := range files {
		if file.name == "marking.json" && len(e.Marking) == 0 {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
		if err := whole.Write(filepath.Join(dir, file.name), b.Bytes(), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	return writeTracePictures(c, dir, e, r, worth)
}

// beside prints what stands beside the result: links, mixers, peel chains, files.
func (f *traceFlags) beside(c *cobra.Command, e *extract.Extract, out *inquiry.Outcome) error {
	w := c.OutOrStdout()
	if len(out.Proposed) > 0 {
		fmt.Fprintf(w, "\nLinks that were followed beside those of the file\n")
		for _, p := range out.Proposed {
			fmt.Fprintf(w, "  %s: %s, %s\n", p.Link.ID, p.Link.Method, p.Link.Confidence)
			for _, s := range append(slices.Clip(p.Rests), p.Note) {
				if s != "" {
					fmt.Fprintf(w, "    %s\n", intake.Printable(s))
				}
			}
		}
	}
	for i, x := range out.Rejected {
		if i == 0 {
			fmt.Fprintln(w, "\nPaid to swaps and bridges, and not followed on")
		}
		if i == shownRefusals {
			fmt.Fprintf(w, "  … and %d more\n", len(out.Rejected)-i)
			break
		}
		fmt.Fprintf(w, "  %s 0x%x: %s: %s\n", x.Paid.Chain, x.Paid.Tx, x.Method, intake.Printable(x.Reason))
	}
	if len(out.Peels) > 0 {
		fmt.Fprintf(w, "\nPeel chains\n")
		for _, p := range out.Peels {
			of := price.Asset{Chain: p.Chain}
			fact, _ := out.Worth.Fact(of)
			in := func(a chain.Amount) string { return derive.Group(a.Units(fact.Decimals)) + " " + fact.Symbol }
			fmt.Fprintf(w, "  %d transactions from %s\n    %s peeled off, %s left at the end\n", len(p.Txs), p.From.Text(p.Chain), in(p.Peeled), in(p.Change.Value))
		}
	}
	writeMixers(w, out.Mixers)
	if e.External() {
		fmt.Fprintln(w, "note: more rows were read than travel in a file: the trace is external, and runs again from its snapshot alone")
	}
	if f.out != "" {
		fmt.Fprintf(w, "\nwritten to %s; run it again with: turtlebay trace --again %s\n", intake.Printable(f.out), intake.Printable(filepath.Join(f.out, "trace.jsonl")))
	}
	return nil
}

// mostMixerLinks is how many links through mixers are printed.
const mostMixerLinks = 20

func writeMixers(w io.Writer, found *mixer.Result) {
	if found == nil {
		return
	}
	fmt.Fprintf(w, "\nMixers: %d deposits of traced addresses, %d withdrawals that may be of them\n  evidence to read, and no part of the trace\n", len(found.Deposits), len(found.Links))
	for i, l := range found.Links {
		if i == mostMixerLinks {
			fmt.Fprintf(w, "  … and %d more\n", len(found.Links)-i)
			break
		}
		fmt.Fprintf(w, "  to %s\n    %d points; %s; one of %d deposits that it can be\n", l.Withdrawal.Address.Text(l.Withdrawal.Chain), l.Points, intake.Printable(l.Pool.Name), l.Anonymity.Set())
		for _, reason := range l.Evidence {
			fmt.Fprintf(w, "    %d %s: %s\n", reason.Points, reason.Reason, intake.Printable(reason.Says))
		}
	}
}

// traceAgain runs a trace again from its file.
func traceAgain(c *cobra.Command, f traceFlags) error {
	for _, flag := range []string{"ledger", "policy", "budget", "links", "tags", "services", "events", "memos", "pools", "mixer-events", "prices", "assets", "day", "until", "hub", "deposits", "no-bounds", "trials", "keep", "id", "title", "marking"} {
		if c.Flags().Changed(flag) {
			return usage(fmt.Errorf("--%s: --again asks what the file asked; ask otherwise with --theft and --ledger", flag))
		}
	}
	r, err := os.Open(f.again)
	if err != nil {
		return unread(aboutFile(f.again, err))
	}
	e, err := extract.Read(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return unread(aboutFile(f.again, err))
	}
	o, err := e.Open(c.Context())
	if err != nil {
		return unread(aboutFile(f.again, err))
	}
	if e.External() {
		fmt.Fprintln(c.ErrOrStderr(), "the rows are not in the file: this is the answer as it was found, not run again")
	}
	if f.out != "" {
		if err := writeTraceFiles(c, f.out, e, o.Result, o.Worth); err != nil {
			return unread(err)
		}
	}
	if wantsJSON(c) {
		return o.Result.WriteJSON(c.OutOrStdout())
	}
	return page.Write(c.OutOrStdout(), o.Result, page.Settings{})
}

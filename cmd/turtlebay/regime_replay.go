package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
)

func regimeReplayCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "replay --old VERSION",
		Short: "run all records under an older regime and the present one, and show the difference",
		Long: strings.TrimSpace(`
Runs every record of the desk, or of a file of cases (--in), under two versions of the
regime and prints which findings appeared, vanished, or have another result, reason or
other questions, with the version hashes of the rules on both sides.

VERSION is a folder that “turtlebay regime export” wrote; the hash, or its first
characters, of a version that is kept with the desk (“turtlebay regime export
--keep”); or a date: the present rules as they were known on that day. The present
side is --regime.`),
		Example: `  turtlebay regime replay --old 2017-08-04 --desk turtlebay-demo   # what the resolutions since have changed
  turtlebay regime replay --old 2017-10-01 --in examples/cases.json --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			version, err := c.Flags().GetString("old")
			if err != nil {
				return err
			}
			if version == "" {
				return usage(errors.New("--old is needed: a folder, a date or the hash of a version that was kept"))
			}
			now, err := chosenPacks(c)
			if err != nil {
				return err
			}
			old, err := olderSide(c, version, now)
			if err != nil {
				return err
			}
			rs, err := recordsOf(c)
			if err != nil {
				return err
			}
			r := replay(rs, old, side{pack: now})
			if wantsJSON(c) {
				return printJSON(c.OutOrStdout(), r)
			}
			return r.print(c.OutOrStdout())
		},
	}
	c.Flags().String("old", "", "the older version: a folder, a date YYYY-MM-DD or a hash")
	regimeFlag(c)
	recordsFlag(c)
	jsonFlag(c)
	return c
}

// side is one of the two versions that are compared.
type side struct {
	pack  *regime.Pack
	known value.Date // the day of knowledge; zero: everything is known
}

// hashes are version hashes, or their first characters.
var hashes = regexp.MustCompile(`^[0-9a-f]{6,64}$`)

// olderSide finds the version that --old names.
func olderSide(c *cobra.Command, version string, now *regime.Pack) (side, error) {
	if day, err := value.ParseDate(version); err == nil && day.Precision() == value.Day {
		return side{now, day}, nil
	}
	if st, err := os.Stat(version); err == nil && st.IsDir() {
		p, err := openPack(version)
		return side{pack: p}, err
	}
	if !hashes.MatchString(version) {
		return side{}, usage(fmt.Errorf("--old %q: is no folder, no date YYYY-MM-DD and no hash of a version", version))
	}
	if strings.HasPrefix(now.Digest(), version) {
		return side{pack: now}, nil
	}
	dir, err := keptVersion(c, version)
	if err != nil {
		return side{}, err
	}
	p, err := openPack(dir)
	if err == nil && !strings.HasPrefix(p.Digest(), version) {
		err = unread(fmt.Errorf("%s: what is kept there has the version %s: it was altered", intake.Printable(dir), p.Digest()[:12]))
	}
	return side{pack: p}, err
}

// keptVersion is the folder of the version that is kept with the desk.
func keptVersion(c *cobra.Command, hash string) (string, error) {
	dir, err := findDesk(c)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, keptRegimes)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", unread(aboutFile(dir, err))
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), hash) {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", &exitError{exitNo, fmt.Errorf("--old %s: no version of that hash is kept in %s: keep one with “turtlebay regime export --keep”", hash, intake.Printable(dir))}
	case 1:
		return filepath.Join(dir, found[0]), nil
	}
	return "", usage(fmt.Errorf("--old %s: fits several versions in %s: give more of the hash", hash, intake.Printable(dir)))
}

// findings runs all records under one side, decisions among them in view.
func (s side) findings(rs []record.Record) []regime.Finding {
	if !s.known.IsZero() {
		rs = slices.Clone(rs)
		for i := range rs {
			if rs[i].AsOf.IsZero() || s.known.Before(rs[i].AsOf.Last()) {
				rs[i].AsOf = s.known
			}
		}
	}
	return s.pack.CheckAll(rs, s.known, regime.NoTrace, regime.With(regime.DecisionsOf(rs)))
}

// replayed is the difference between two versions over all records.
type replayed struct {
	Old     versionView          `json:"old"`
	New     versionView          `json:"new"`
	Records int                  `json:"records"`
	Counts  map[history.What]int `json:"counts"`
	Changes []history.Change     `json:"changes"`
	Rules   []history.Edit       `json:"rules"` // measures whose files differ
}

type versionView struct {
	Regime   string     `json:"regime"`
	Digest   string     `json:"digest"`
	KnownOn  value.Date `json:"known_on,omitzero"`
	Findings int        `json:"findings"`
}

func replay(rs []record.Record, old, now side) replayed {
	was, is := old.findings(rs), now.findings(rs)
	out := replayed{
		Old:     versionView{old.pack.ID, old.pack.Digest(), old.known, len(was)},
		New:     versionView{now.pack.ID, now.pack.Digest(), now.known, len(is)},
		Records: len(rs), Changes: history.Diff(was, is), Rules: history.Edits(old.pack, now.pack),
	}
	out.Counts = history.Count(out.Changes)
	if out.Changes == nil {
		out.Changes = []history.Change{}
	}
	if out.Rules == nil {
		out.Rules = []history.Edit{}
	}
	return out
}

func (v versionView) text() string {
	out := fmt.Sprintf("%s %s", v.Regime, v.Digest[:12])
	if !v.KnownOn.IsZero() {
		out += ", as known on " + v.KnownOn.Prose()
	}
	return fmt.Sprintf("%s: %s", out, count(v.Findings, "finding", "findings"))
}

func (r replayed) print(out io.Writer) error {
	s := &sheet{width: 8}
	for _, c := range r.Changes {
		s.line("%s  %s  %s", intake.Printable(c.RecordID), c.MeasureID, changeWords(c))
		r.side(s, "old", c.Old)
		r.side(s, "new", c.New)
	}
	if len(r.Changes) > 0 {
		s.line("")
	}
	if len(r.Rules) > 0 {
		s.line("Rules that differ")
		for _, e := range r.Rules {
			s.line("  %-15s  %s -> %s", e.MeasureID, shortHash(e.Old), shortHash(e.New))
		}
		s.line("")
	}
	s.line("old  %s", r.Old.text())
	s.line("new  %s", r.New.text())
	var parts []string
	for _, w := range history.Whats() {
		parts = append(parts, fmt.Sprintf("%s %d", w, r.Counts[w]))
	}
	s.paragraph("", fmt.Sprintf("%s: %s", count(r.Records, "record", "records"), strings.Join(parts, ", ")))
	_, err := io.WriteString(out, s.b.String())
	return err
}

// side prints one side of a change; of one that is not there nothing.
func (r replayed) side(s *sheet, label string, x *history.Side) {
	if x == nil {
		return
	}
	verify := ""
	if x.ToBeVerified() {
		verify = " (to be verified)"
	}
	s.item(label, fmt.Sprintf("%s, %s%s: %s", x.Result, x.Citation, verify, x.Reason))
	for _, q := range x.Questions {
		s.item("", q)
	}
	s.item("", "version "+shortHash(x.Version))
}

func changeWords(c history.Change) string {
	switch c.What {
	case history.Result:
		return fmt.Sprintf("%s -> %s", c.Old.Result, c.New.Result)
	case history.Reason:
		return "another reason"
	case history.Detail:
		return "other questions, warnings, duty or citation"
	}
	return string(c.What)
}

// shortHash is the beginning of a hash, or that there is none.
func shortHash(hash string) string {
	if hash == "" {
		return "–"
	}
	return hash[:min(len(hash), 12)]
}

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/regime"
)

func regimeTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test [FILE…]",
		Short: "run the tests of a regime, or of measures that are not in it yet",
		Long: strings.TrimSpace(`
Runs every test of every measure and prints a table. With files it tries each of them
as a measure of the regime, in place of the one of that name if there is one: whether
it reads, type-checks and passes its own tests.

What fails is named with file and line. Exit status: 1 if a test fails, 3 if a file
cannot be read as a measure.`),
		Example: `  turtlebay regime test
  turtlebay regime test --regime eu-2017-1509
  turtlebay regime test examples/regime/measures/own-2375-16.yaml   # one file, against the measures built in
  turtlebay regime test --regime examples/regime --json`,
		RunE: func(c *cobra.Command, files []string) error {
			t, err := testsToRun(c, files)
			if err != nil {
				return err
			}
			if wantsJSON(c) {
				err = printJSON(c.OutOrStdout(), t.json())
			} else {
				err = t.print(c.OutOrStdout())
			}
			if err == nil && t.failed() > 0 {
				err = errNo
			}
			return err
		},
	}
	regimeFlag(c)
	jsonFlag(c)
	return c
}

// testReport is how tests came out.
type testReport struct {
	regime   string
	measures []measureRuns
}

type measureRuns struct {
	ID   string
	File string // as the person who asked knows it
	Runs []regime.TestRun
}

func testsToRun(c *cobra.Command, files []string) (*testReport, error) {
	spec, err := c.Flags().GetString("regime")
	if err != nil {
		return nil, err
	}
	if len(files) > 0 {
		p, err := openPacks(spec)
		if err != nil {
			return nil, err
		}
		t := &testReport{regime: p.ID}
		for _, path := range files {
			if err := t.try(p, path); err != nil {
				return nil, err
			}
		}
		return t, nil
	}
	t := &testReport{}
	for name := range strings.SplitSeq(spec, ",") {
		if err := t.run(strings.TrimSpace(name)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// run runs the tests of one pack.
func (t *testReport) run(name string) error {
	src, err := sourceOf(name)
	if err != nil {
		return err
	}
	defer src.close()
	p, failing, err := src.loadFailing()
	if err != nil {
		return unread(aboutFile(name, err))
	}
	t.regime = strings.TrimPrefix(t.regime+"+"+p.ID, "+")
	for _, m := range p.Measures() {
		if data, fails := failing[m.File]; fails {
			tried, err := p.Try(m.File, data)
			if tried == nil {
				return unread(aboutFile(name, err))
			}
			m = tried
		}
		file := m.File
		if src.folder != "" {
			file = filepath.Join(src.folder, filepath.FromSlash(m.File))
		}
		t.measures = append(t.measures, measureRuns{m.ID, file, p.RunTests(m)})
	}
	return nil
}

// try runs the tests of a file as if it were in the pack.
func (t *testReport) try(p *regime.Pack, path string) error {
	data, err := readSmall(path)
	if err != nil {
		return err
	}
	name := "measures/" + filepath.Base(path)
	if m, ok := p.Measure(strings.TrimSuffix(filepath.Base(path), ".yaml")); ok {
		name = m.File
	}
	m, err := p.Try(name, data)
	if faults := faultsOf(err); m == nil || len(faults) == 0 && err != nil || !onlyTests(faults) {
		return unread(renamed(faults, err, name, path))
	}
	t.measures = append(t.measures, measureRuns{m.ID, path, p.RunTests(m)})
	return nil
}

// renamed are faults under the name that the person who asked gave the file.
func renamed(faults []*regime.FileError, err error, name, path string) error {
	if len(faults) == 0 {
		return aboutFile(path, err)
	}
	var lines []string
	for _, f := range faults {
		shown := *f
		if f.File == name {
			shown.File = path
		}
		lines = append(lines, shown.Error())
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n"))
}

func (t *testReport) failed() int {
	n := 0
	for _, m := range t.measures {
		n += m.failed()
	}
	return n
}

func (m measureRuns) failed() int {
	n := 0
	for _, r := range m.Runs {
		if r.Fault != "" {
			n++
		}
	}
	return n
}

func (t *testReport) print(out io.Writer) error {
	total, tested := 0, 0
	err := table(out, func(w io.Writer) {
		fmt.Fprintf(w, "measure\t%5s\t%6s\n", "tests", "passed")
		for _, m := range t.measures {
			if len(m.Runs) == 0 {
				continue
			}
			tested++
			total += len(m.Runs)
			fmt.Fprintf(w, "%s\t%5d\t%6d\n", intake.Printable(m.ID), len(m.Runs), len(m.Runs)-m.failed())
		}
		fmt.Fprintf(w, "total\t%5d\t%6d\n", total, total-t.failed())
	})
	if err != nil {
		return err
	}
	s := &sheet{}
	if rest := len(t.measures) - tested; rest > 0 {
		s.line("%s more without rules, which no record can meet", count(rest, "measure", "measures"))
	}
	for _, m := range t.measures {
		for _, r := range m.Runs {
			if r.Fault != "" {
				s.line("%s:%d: tests[%d] “%s”:", intake.Printable(m.File), r.Line, r.Index, intake.Printable(r.Test))
				s.paragraph("  ", r.Fault)
			}
		}
	}
	switch n := t.failed(); n {
	case 0:
		s.line("all passed")
	default:
		s.line("%s FAILED", count(n, "test", "tests"))
	}
	_, err = io.WriteString(out, s.b.String())
	return err
}

// testVerdict is the report for programs.
type testVerdict struct {
	OK       bool              `json:"ok"`
	Regime   string            `json:"regime"`
	Tests    int               `json:"tests"`
	Failed   int               `json:"failed"`
	Measures []measureVerdict  `json:"measures"`
	Failures []testFailureView `json:"failures"`
}

type measureVerdict struct {
	ID     string `json:"measure_id"`
	File   string `json:"file"`
	Tests  int    `json:"tests"`
	Passed int    `json:"passed"`
}

type testFailureView struct {
	File  string          `json:"file"`
	Line  int             `json:"line"`
	Index int             `json:"index"`
	Test  string          `json:"test"`
	Want  []regime.Result `json:"want"`
	Got   []regime.Result `json:"got"`
	Why   string          `json:"why"`
}

func (t *testReport) json() testVerdict {
	out := testVerdict{Regime: t.regime, Failed: t.failed(), Measures: []measureVerdict{}, Failures: []testFailureView{}}
	for _, m := range t.measures {
		out.Tests += len(m.Runs)
		out.Measures = append(out.Measures, measureVerdict{m.ID, m.File, len(m.Runs), len(m.Runs) - m.failed()})
		for _, r := range m.Runs {
			if r.Fault != "" {
				got := r.Got
				if got == nil {
					got = []regime.Result{}
				}
				out.Failures = append(out.Failures, testFailureView{m.File, r.Line, r.Index, r.Test, r.Want, got, r.Fault})
			}
		}
	}
	out.OK = out.Failed == 0
	return out
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/cases"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"golang.org/x/term"
)

func checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check --in FILE",
		Short: "hold observations against a regime: findings that cite the paragraph",
		Long: strings.TrimSpace(`
Reads observations and prints what each is found to be under the measures in force on
its day: inconsistent with a paragraph, above a cap, exempt, or possibly so, with the
question to ask where a fact is missing. It needs no desk and keeps nothing.

The input is cases, {"id", "as_of", "observation": {"type", …}}: a JSON array, or one
object a line, which is a stream of any length. Other members are ignored, so that
records are cases. Plain and gzipped input is told apart by its content; - is standard
input. With --as the rows of CSV or of bare observations are read as “turtlebay add”
reads them. UN Comtrade's classic CSV is recognised by its header.

A case's own as_of goes before --as-of. Approvals and notices of the Committee and
replies of States are seen by the rules where they stand in the same file, or in a
file of their own (--decisions). Of a stream on standard input they are not: what comes
later cannot be seen, so that they have to be given with --decisions.

With --json an array gives an array, and lines give lines, in the same order. --summary
prints counts and sums by chapter of goods, year, reporter and measure instead, and the
lines of customs statistics that may be of the Republic of Korea, each with its signals.

Members of an observation that its kind does not have are ignored with a line on
standard error, and codes are read as they are commonly written (2701.12.00, kp).

Finding something is an answer, status 0, and so is a case or row that cannot be read:
it is named on standard error, and with --json a case keeps its place among the answers
("error"). With --strict it makes the status 3. Status 3, too: an input that breaks off,
or that as a whole is no JSON.`),
		Example: `  turtlebay check --in examples/shipments.csv --as shipment
  turtlebay check --in examples/cases.json --explain
  turtlebay check --in examples/cases.json --regime kp,eu-2017-1509 --as-of 2017-10-01 --json
  turtlebay check --in examples/statistics.csv --as trade_statistic --summary`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return check(c, f) },
	}
	c.Flags().StringArrayVar(&f.in, "in", nil, "what to check; - is standard input. May be given several times")
	regimeFlag(c)
	c.Flags().StringVar(&f.asOf, "as-of", "", "the day of knowledge, YYYY-MM-DD (default: everything is known)")
	c.Flags().StringVar(&f.as, "as", "", "read rows (CSV, bare observations) as this kind of record (see “turtlebay schema”)")
	c.Flags().StringVar(&f.decisions, "decisions", "", "a file of cases with the Committee's approvals and notices and States' replies")
	c.Flags().BoolVar(&f.explain, "explain", false, "show how each finding came about: rule, version, facts, steps (an array with --json always does)")
	c.Flags().BoolVar(&f.onlyFound, "findings-only", false, "leave out what nothing is found of")
	c.Flags().BoolVar(&f.summary, "summary", false, "print counts and sums instead of findings")
	c.Flags().BoolVar(&f.strict, "strict", false, "exit with status 3 if any case or row could not be read")
	c.Flags().StringVar(&f.encoding, "encoding", "", "text encoding of rows, where it is not UTF-8 (windows-1252, euc-kr, gb18030 …)")
	jsonFlag(c)
	return c
}

type checkFlags struct {
	in                                  []string
	asOf, as, decisions, encoding       string
	explain, onlyFound, summary, strict bool
}

// checking is one run of the verb.
type checking struct {
	checkFlags
	pack      *regime.Pack
	day       value.Date // of knowledge
	kind      observation.Kind
	decisions *regime.Decisions
	json      bool
	array     bool // the answers are one array, as the cases are
	said      int  // remarks that were printed
	unsaid    int  // remarks that were not
	stderr    io.Writer
	stdout    io.Writer
	progress  func(desk.Progress)
}

func check(c *cobra.Command, f checkFlags) error {
	k := &checking{checkFlags: f, json: wantsJSON(c), stdout: c.OutOrStdout(), stderr: c.ErrOrStderr()}
	if err := k.read(); err != nil {
		return err
	}
	var err error
	if k.pack, err = chosenPacks(c); err != nil {
		return err
	}
	if out, ok := k.stdout.(*os.File); k.summary || !ok || !term.IsTerminal(int(out.Fd())) {
		k.progress = progress(k.stderr)
	}
	return k.run(c.Context(), c.InOrStdin())
}

// read looks at the flags.
func (k *checking) read() error {
	var err error
	if len(k.in) == 0 {
		return usage(errors.New("--in FILE is needed; - is standard input"))
	}
	if slices.Contains(k.in, stdinName) && (slices.Index(k.in, stdinName) != lastIndex(k.in, stdinName) || k.checkFlags.decisions == stdinName) {
		return usage(errors.New("--in: standard input can be read once"))
	}
	if k.asOf != "" {
		if k.day, err = dayOf("--as-of", k.asOf); err != nil {
			return err
		}
	}
	if k.as != "" {
		if k.kind, err = observation.ParseKind(k.as); err != nil {
			return usage(fmt.Errorf("--as: %w", err))
		}
	}
	if k.summary && (k.explain || k.onlyFound) {
		return usage(errors.New("--summary prints no single findings: leave out --explain and --findings-only"))
	}
	return nil
}

// stdinName stands for standard input.
const stdinName = "-"

func lastIndex(list []string, s string) int {
	for i, x := range slices.Backward(list) {
		if x == s {
			return i
		}
	}
	return -1
}

func (k *checking) run(ctx context.Context, stdin io.Reader) error {
	if err := k.findDecisions(); err != nil {
		return err
	}
	var inputs []*checkInput
	defer func() {
		for _, in := range inputs {
			in.close()
		}
	}()
	for _, name := range k.in {
		in, err := k.open(name, stdin)
		if err != nil {
			return unread(err)
		}
		inputs = append(inputs, in)
	}
	k.array = k.json && len(inputs) == 1 && inputs[0].array
	k.explain = k.explain || k.array // an array is short enough for every answer to show how it came about
	t, err := k.stream(ctx, inputs)
	if err != nil {
		return err
	}
	for _, in := range inputs {
		if in.cases != nil && !in.whole && in.lost.Load() && !in.sound.Load() {
			t.broken = true
			fmt.Fprintf(k.stderr, "%s: no line of it is JSON\n", intake.Printable(in.name))
		}
	}
	return k.end(t)
}

// end prints what is said of all cases together, and gives the exit status.
func (k *checking) end(t *checked) error {
	var err error
	switch {
	case k.summary && k.json:
		err = k.summaryJSON(t)
	case k.summary:
		err = k.summaryText(t)
	case !k.json:
		err = k.countsText(t)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if t.unseen > 0 {
		fmt.Fprintf(k.stderr, "%s on standard input: rules do not see what comes in a stream; give them with --decisions\n",
			count(t.unseen, "decision or reply stands", "decisions or replies stand"))
	}
	if k.unsaid > 0 {
		fmt.Fprintf(k.stderr, "%s like these\n", count(int64(k.unsaid), "more remark", "more remarks"))
	}
	if t.broken || k.strict && t.lost+t.refused > 0 {
		return &exitError{status: exitUnread}
	}
	return nil
}

// maxDecisions bounds what is held of approvals, notices and replies.
const maxDecisions = 100_000

// findDecisions reads the decisions that stand in the files to be checked and in the
// one given for them. Standard input and pipes can be read once only.
func (k *checking) findDecisions() error {
	var found []record.Record
	names := slices.DeleteFunc(slices.Clone(k.in), func(name string) bool {
		info, err := os.Stat(name)
		return name == stdinName || k.kind != "" || err != nil || !info.Mode().IsRegular()
	})
	for _, name := range append(names, k.checkFlags.decisions) {
		if name == "" {
			continue
		}
		more, err := k.decisionsIn(name, name == k.checkFlags.decisions)
		if err != nil {
			return unread(err)
		}
		if found = append(found, more...); len(found) > maxDecisions {
			return unread(fmt.Errorf("%s: more than %d decisions and replies", intake.Printable(name), maxDecisions))
		}
	}
	if len(found) > 0 {
		k.decisions = regime.DecisionsOf(found)
	}
	return nil
}

// decisionsIn reads the decisions of a file. Whatever else is to be said of a file to
// be checked is said when it is.
func (k *checking) decisionsIn(name string, alone bool) ([]record.Record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, aboutFile(name, err)
	}
	defer f.Close()
	in, err := cases.Open(name, bufio.NewReader(f), intake.Options{})
	if err != nil && alone {
		return nil, err
	} else if err != nil {
		return nil, nil
	}
	defer in.Close()
	out, err := in.Decisions(maxDecisions, alone, func(line int, id string, f record.Fault) {
		if !alone {
			return
		}
		if k.said++; k.said > maxRemarks {
			k.said, k.unsaid = maxRemarks, k.unsaid+1
			return
		}
		fmt.Fprintln(k.stderr, remarkOn(intake.Printable(name), line, id, f))
	})
	if err != nil && alone {
		return nil, err
	}
	return out, nil
}

// workers is how many cases are checked at once.
func workers() int { return runtime.GOMAXPROCS(0) }

// Command turtlebay is the desk on the command line: one verb a task, flags in,
// one call into the rooms, text out. Results go to standard output, progress and
// messages to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitNo     = 1 // the answer is no: verification failed, gate closed
	exitUsage  = 2
	exitUnread = 3 // a file could not be read, --strict and a row was refused, or anything else
)

// exitError is an error that knows its exit status. An empty message means that
// the output has said it already.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as one of the command line.
func usage(err error) error { return &exitError{exitUsage, err} }

// unread marks an error as one of reading a file.
func unread(err error) error { return &exitError{exitUnread, err} }

// errNo is the answer no, said already.
var errNo = &exitError{status: exitNo}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintln(stderr, "turtlebay:", printable(msg))
	}
	var known *exitError
	if errors.As(err, &known) {
		return known.status
	}
	return exitUnread
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "turtlebay",
		Short: "the open desk for people who monitor sanctions",
		Long: strings.TrimSpace(`
Turtle Bay turns what reaches a sanctions desk (submissions, incident reports,
customs statistics, events) into findings that cite the paragraph they rest on,
and into the report filed twice a year, in which every figure can be derived
again by whoever receives it.

A desk is a folder. Verbs that work on it take --desk DIR, else $TURTLEBAY_DESK,
else ./desk, else ./turtlebay-demo. Results are text for people, or JSON with
--json; numbers that are money or exact are strings in JSON.

Exit status: 0 done; 1 the answer is no (verification failed, gate closed);
2 wrong usage; 3 a file could not be read (file:line: field: reason), or something
else failed.`),
		Example: `  turtlebay demo                                    # the public record, from facts to a verified report
  turtlebay explain cyber.losses.usd view=official  # from the number down to rows and sources
  turtlebay verify turtlebay-demo/out/report.tbz    # derive every figure again`,
		Args:          args(cobra.NoArgs),
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       version(),
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddGroup(
		&cobra.Group{ID: "start", Title: "To begin:"},
		&cobra.Group{ID: "records", Title: "What the desk holds:"},
		&cobra.Group{ID: "custody", Title: "What it can prove:"},
		&cobra.Group{ID: "figures", Title: "What follows from it:"},
		&cobra.Group{ID: "report", Title: "What is filed, and checked:"},
	)
	group := func(id string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("start", demoCommand(), initCommand())
	group("records", addCommand(), recordsCommand(), schemaCommand(), quarantineCommand())
	group("records", tagsCommand(), ledgerCommand())
	group("custody", evidenceCommand(), logCommand(), vaultCommand(), accessCommand(), backupCommand(), restoreCommand())
	group("figures", pathCommand(), checkCommand(), regimeCommand(), dutiesCommand(), traceCommand(), figureCommand(), figuresCommand(), explainCommand())
	group("report", reportCommand(), verifyCommand(), benchCommand())
	return root
}

// version is the module's version and the commit it was built from, as far as the
// build knows them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	out := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			out += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return out
}

// args wraps a cobra argument check so that its complaint is one of usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if err := check(c, a); err != nil {
			return usage(fmt.Errorf("%w\nusage: %s", err, c.UseLine()))
		}
		return nil
	}
}

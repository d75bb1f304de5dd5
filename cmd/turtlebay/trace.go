package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/trace/casefile"
)

func traceCommand() *cobra.Command {
	var path string
	var example, asJSON bool
	c := &cobra.Command{
		Use:   "trace --case FILE",
		Short: "where stolen value went, by every accounting rule",
		Long: strings.TrimSpace(`
Follows the thefts of a worked case by every policy: poison (what could be reached),
haircut (pro rata), fifo, lifo and tiho (taint in, highest out), and gives the least
and the most that any conserving policy could find of each output. Amounts are exact:
whole base units, or fractions in lowest terms. For every theft and policy a line
shows whether what was stolen is accounted for.

A case is a JSON file of one of three models: utxo (transactions that spend outputs),
account (transfers and swaps) or cluster (addresses by common owner). --example prints
one to begin with; --json prints the object "expect" of the case as computed.`),
		Example: `  turtlebay trace --example > case.json
  turtlebay trace --case case.json
  turtlebay trace --case case.json --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case example && path != "":
				return usage(errors.New("--example prints a case, --case reads one: give one of them"))
			case example:
				_, err := c.OutOrStdout().Write(casefile.Example())
				return err
			case path == "":
				return usage(errors.New("which case? give --case FILE; --example prints one to begin with"))
			}
			return traceCase(c, path, asJSON)
		},
	}
	c.Flags().StringVar(&path, "case", "", "the case's JSON `FILE`, - for standard input")
	c.Flags().BoolVar(&example, "example", false, "print a case to begin with")
	c.Flags().BoolVar(&asJSON, "json", false, "print what the case comes out as, as JSON")
	return c
}

// traceCase answers the case of a file.
func traceCase(c *cobra.Command, path string, asJSON bool) error {
	var in io.Reader = c.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return unread(aboutFile(path, err))
		}
		defer f.Close()
		in = f
	}
	read, err := casefile.Read(in)
	if err != nil {
		return unread(aboutFile(path, err))
	}
	answer, err := read.Answer(c.Context())
	if err != nil {
		return unread(aboutFile(path, err))
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), answer.Expect())
	}
	return printTrace(c.OutOrStdout(), read, answer)
}

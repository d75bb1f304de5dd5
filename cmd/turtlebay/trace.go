package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/trace/casefile"
	"github.com/turtlebay/turtlebay/trace/inquiry"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/thefts"
)

// traceFlags are the flags of trace.
type traceFlags struct {
	path, again, theft, ledger    string // a case, a kept trace, or thefts in a ledger
	example, exampleTheft         bool
	chain, policy, budget, links  string
	tags, services, events, memos string
	pools, atMixers               string
	prices, assets, day, out      string
	until                         string
	hub                           int
	deposits, noBounds            bool
	trials                        int
	keep                          bool
	digest                        bool
	exercise                      string
	id, title, marking            string
	inherited                     marking.Marking // of the record that the thefts are of
}

func traceCommand() *cobra.Command {
	var f traceFlags
	c := &cobra.Command{
		Use:   "trace --theft FILE|INC-ID --ledger DIR | --case FILE | --again FILE",
		Short: "where stolen value went, by every accounting rule",
		Long: strings.TrimSpace(`
Follows stolen value through a ledger by every policy in one pass: poison (what could be
reached), haircut (pro rata), fifo, lifo and tiho (taint in, highest out), and gives the
least and the most that any policy which conserves value could find. For every theft,
asset and policy a line shows whether what was stolen is accounted for, to the base unit.

--theft names a file (YAML, JSON or an address a line; --example-theft prints one) or a
cyber incident on the desk whose record names addresses. --tags and --services say who is
behind addresses: a trace ends at exchanges, mixers, bridges and other services. Swaps
and bridges are followed through decoded events and within one transaction (--links
decoded), by memos and amounts as well (all), or only where the file names them (none).
--out writes what was found as files: a list ready to be sent for freezing, cash-outs,
holdings, flows, pictures, and trace.jsonl, which --again runs without
the ledger (and does not try without services and rules, whose rows it has not).
--keep encloses it with the desk, so that the next report shows it.

--case traces a worked case, a JSON file of one of three models (utxo, account, cluster),
with exact fractions; --example prints one.`),
		Example: `  turtlebay trace --example > case.json
  turtlebay trace --case case.json
  turtlebay trace --exercise exercise
  turtlebay trace --theft exercise/thefts.json --ledger exercise/ledger --services exercise/services.csv --pools exercise/pools.csv --prices exercise/prices.csv --assets exercise/assets.csv --out found
  turtlebay trace --again found/trace.jsonl --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return traceBy(c, f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.path, "case", "", "the case's JSON `FILE`, - for standard input")
	fs.StringVar(&f.again, "again", "", "run a trace again from the `FILE` that --out wrote")
	fs.StringVar(&f.theft, "theft", "", "a `FILE` of thefts, or the id of an incident on the desk")
	fs.StringVar(&f.ledger, "ledger", defaultLedger, "the folder of the ledger")
	fs.BoolVar(&f.example, "example", false, "print a case to begin with")
	fs.StringVar(&f.exercise, "exercise", "", "write an invented case into this folder, to try the verb on")
	fs.BoolVar(&f.exampleTheft, "example-theft", false, "print a file of thefts to begin with")
	fs.StringVar(&f.chain, "chain", "", "the chain of addresses that name none")
	fs.StringVar(&f.policy, "policy", "all", "policies, with commas between: poison, haircut, fifo, lifo, tiho")
	fs.BoolVar(&f.noBounds, "no-bounds", false, "leave the bounds out")
	fs.StringVar(&f.budget, "budget", "", "what a run may take: rows=N,time=90s,memory=4GB; it stops honestly past it")
	fs.StringVar(&f.until, "until", "", "look at rows up to this day, inclusive")
	fs.IntVar(&f.hub, "hub", 0, "stop at untagged accounts with so many counterparties (0: go through them)")
	fs.BoolVar(&f.deposits, "deposits", false, "take untagged accounts that pay one exchange alone for its deposit addresses")
	fs.StringVar(&f.tags, "tags", "", "a set of tags, as tags load writes it")
	fs.StringVar(&f.services, "services", "", "a list of services (CSV, JSON lines, YAML): chain, address, class, name, source; beats tags")
	fs.StringVar(&f.links, "links", string(inquiry.Decoded), "links that are followed beside those of the file: none, decoded, all")
	fs.StringVar(&f.events, "events", "", "decoded events of bridges and swaps, a file")
	fs.StringVar(&f.memos, "memos", "", "memos that name who is to be paid, a file")
	fs.StringVar(&f.pools, "pools", "", "pools of mixers beside those of Tornado Cash, a file: chain, address, asset, denomination, name, source")
	fs.StringVar(&f.atMixers, "mixer-events", "", "deposits and withdrawals of mixers beside the ledger, a file")
	fs.StringVar(&f.prices, "prices", "", "prices: a CSV `FILE` of chain, asset, time, usd, source")
	fs.StringVar(&f.assets, "assets", "", "decimals of tokens: a CSV `FILE` of chain, asset, symbol, decimals, source")
	fs.StringVar(&f.day, "day", "", "value everything once more on this day")
	fs.IntVar(&f.trials, "trials", again.DefaultRuns, "how often it is asked again without something doubtful; -1: never")
	fs.StringVar(&f.out, "out", "", "write what was found into this folder")
	fs.BoolVar(&f.digest, "digest", false, "name the ledger by the digest of its rows whatever its size; it is done up to 5 million rows")
	fs.BoolVar(&f.keep, "keep", false, "enclose the trace with the desk")
	fs.StringVar(&f.id, "id", "", "the trace's id on the desk and in its file (default: made of its thefts)")
	fs.StringVar(&f.title, "title", "", "what the trace is about, for reports")
	fs.StringVar(&f.marking, "marking", "", "who may see the trace that is kept, as in add")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// traceBy does what the flags name.
func traceBy(c *cobra.Command, f traceFlags) error {
	named := 0
	for _, given := range []bool{f.path != "", f.again != "", f.theft != "", f.exercise != "", f.example, f.exampleTheft} {
		if given {
			named++
		}
	}
	switch {
	case named != 1:
		return usage(errors.New("name one of --theft FILE|INC-ID (in a ledger), --case FILE, --again FILE; --example and --example-theft print files to begin with, --exercise writes a whole case"))
	case f.example:
		_, err := c.OutOrStdout().Write(casefile.Example())
		return err
	case f.exercise != "":
		return writeExercise(c, f.exercise)
	case f.exampleTheft:
		_, err := c.OutOrStdout().Write(thefts.Example())
		return err
	case f.path != "":
		return traceCase(c, f.path, wantsJSON(c))
	case f.again != "":
		return traceAgain(c, f)
	}
	return traceLedger(c, &f)
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

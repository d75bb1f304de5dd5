package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
)

func regimeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "regime",
		Short: "the rules: what they say, when they were in force, how they are tested",
		Long: strings.TrimSpace(`
A regime is a pack of measures, one file a paragraph, each with the time in which it
is in force, its condition and its tests. The measures of the Security Council on the
Democratic People's Republic of Korea are built in; --regime names another pack, or
several with commas between: eu-2017-1509, or the folder of one of your own.

How to write a measure is told in docs/regime-guide.md.`),
		Example: `  turtlebay regime show kp-2397-8               # one measure, in words
  turtlebay regime show --on 2017-10-01         # what was in force that day
  turtlebay regime diff 2016-01-01 2018-01-01   # what changed between two days
  turtlebay regime test                         # every test of every measure`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(regimeShowCommand(), regimeDiffCommand(), regimeTestCommand(), regimeNewCommand(),
		regimeLintCommand(), regimeVerifyListCommand(), regimeSchemaCommand(), regimeExportCommand(), regimeReplayCommand())
	return c
}

// dayFlag reads a flag that holds a day; the zero Date where it is not given.
func dayFlag(c *cobra.Command, name string) (value.Date, error) {
	text, err := c.Flags().GetString(name)
	if err != nil || text == "" {
		return value.Date{}, err
	}
	return dayOf("--"+name, text)
}

// dayOf reads a day that the command line gives under a name.
func dayOf(name, text string) (value.Date, error) {
	d, err := value.ParseDate(text)
	if err == nil && d.Precision() != value.Day {
		err = fmt.Errorf("%q is no day", text)
	}
	if err != nil {
		return value.Date{}, usage(fmt.Errorf("%s: %w: want YYYY-MM-DD", name, err))
	}
	return d, nil
}

// toVerify is what stands behind a citation that is not certain, empty else.
func toVerify(cite regime.Cite) string {
	if !cite.ToBeVerified() {
		return ""
	}
	return " (to be verified)"
}

// doubts says what exactly is to be verified of a citation.
func doubts(cite regime.Cite) string {
	var out []string
	if cite.Certainty != "checked" {
		out = append(out, "the substance, which is from memory")
	}
	if !cite.ParagraphChecked {
		out = append(out, "the paragraph's number, which was not seen in a source")
	}
	return strings.Join(out, "; ")
}

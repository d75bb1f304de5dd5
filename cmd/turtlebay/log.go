package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func logCommand() *cobra.Command {
	var object string
	var last int
	c := &cobra.Command{
		Use:   "log",
		Short: "the custody log: every act on evidence and records, and its proofs",
		Long: strings.TrimSpace(`
Prints the custody log: who did what to which item or batch of records, when and why.
Each act is a leaf of a Merkle tree whose root the desk signs; nothing can be changed,
left out or moved without the checkpoints that others hold ceasing to fit. What is
printed is held against that root: status 1 where it does not fit.`),
		Example: `  turtlebay log
  turtlebay log --last 5
  turtlebay log --object EV-000001 --json
  turtlebay log prove EV-000001
  turtlebay log verify`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if last < 0 {
				return usage(errors.New("--last: want a number of acts"))
			}
			return readLog(c, func(d *desk.Desk, log *custody.Log) error {
				if err := printLogOf(c, log, object, last); err != nil {
					return err
				}
				return soundLog(c.Context(), d)
			})
		},
	}
	c.Flags().StringVar(&object, "object", "", "only acts on this item or batch, and on what was made from it")
	c.Flags().IntVar(&last, "last", 0, "only so many acts, the last ones")
	deskFlag(c)
	jsonFlag(c)
	c.AddCommand(logProveCommand(), logVerifyCommand(), logCheckpointCommand(), logCosignCommand(), logWitnessCommand())
	return c
}

// soundLog says no where the acts that were printed are not those that were signed.
func soundLog(ctx context.Context, d *desk.Desk) error {
	verdict, err := judgeLog(ctx, d)
	if err == nil && !verdict.OK {
		err = &exitError{exitNo, errors.New("the custody log is damaged, so do not rely on this: “turtlebay log verify” names the places")}
	}
	return err
}

// readLog opens the log to be read. On a desk where nothing was done yet there is
// none, and do is not called.
func readLog(c *cobra.Command, do func(*desk.Desk, *custody.Log) error) error {
	err := readVault(c, func(d *desk.Desk, v *vault.Vault) error { return do(d, v.Log()) })
	if errors.Is(err, vault.ErrNoVault) {
		fmt.Fprintln(c.ErrOrStderr(), "nothing was done on this desk yet")
		return nil
	}
	return err
}

func printLogOf(c *cobra.Command, log *custody.Log, object string, last int) error {
	var acts []custody.Entry
	for e, err := range log.Events() {
		if err != nil {
			return unread(err)
		}
		if object != "" && e.Object != object && e.Parent != object {
			continue
		}
		if acts = append(acts, e); last > 0 && len(acts) > last {
			acts = acts[1:]
		}
	}
	if !wantsJSON(c) {
		return printActs(c.OutOrStdout(), acts)
	}
	for _, e := range acts {
		if err := printLine(c.OutOrStdout(), logged(e)); err != nil {
			return err
		}
	}
	return nil
}

// printActs prints acts as a table, one a line.
func printActs(out io.Writer, acts []custody.Entry) error {
	if len(acts) == 0 {
		return nil
	}
	width := max(len("leaf"), len(strconv.FormatInt(acts[len(acts)-1].Index, 10)))
	return table(out, func(w io.Writer) {
		fmt.Fprintf(w, "%*s\twhen (UTC)\tact\twhat\tby\t\n", width, "leaf")
		for _, e := range acts {
			fmt.Fprintf(w, "%*d\t%s\t%s\t%s\t%s\t%s\n", width, e.Index, atOf(e), e.Act, e.Object,
				intake.Printable(e.Actor), intake.Printable(clip(told(e.Event), 120)))
		}
	})
}

func atOf(e custody.Entry) string {
	t, err := time.Parse(time.RFC3339, e.At)
	if err != nil {
		return intake.Printable(e.At)
	}
	return when(t)
}

// told says in words what an act was, beside who did it to what.
func told(e custody.Event) string {
	words := aboutAct(e)
	if strings.Contains(e.Detail, lateClock) {
		_, late, _ := strings.Cut(e.Detail, lateClock)
		words = append(words, "(clock behind by "+late+")")
	}
	what := strings.Join(filled(words...), " ")
	return strings.Join(filled(what, e.Reason), ": ")
}

// lateClock is what the log adds to the detail of an act while the clock is behind.
const lateClock = "clock behind by "

// recordsIn finds how many records a batch has.
var recordsIn = regexp.MustCompile(`^records=([0-9]+) `)

func aboutAct(e custody.Event) []string {
	from := prefixed("from ", e.Parent)
	if n := len(strings.Fields(e.Parent)); n > 3 {
		from = fmt.Sprintf("from %d items", n)
	}
	switch e.Act {
	case custody.Derive, custody.Copy, custody.Redact:
		records := ""
		if m := recordsIn.FindStringSubmatch(e.Detail); m != nil {
			n, _ := strconv.ParseInt(m[1], 10, 64) // digits alone
			records = count(n, "record", "records")
		}
		return []string{records, from, prefixed("by ", e.Tool)}
	case custody.View:
		if by := strings.TrimPrefix(e.Detail, "by "); by != marking.Custodian().Name {
			return []string{prefixed("for ", by)}
		}
	case custody.Export, custody.Grant:
		return []string{aboutReader(e.Detail)}
	case custody.Void:
		return []string{prefixed("not carried out: ", e.Detail)}
	}
	return nil
}

// aboutReader words the detail of what left the desk, or of access given.
func aboutReader(detail string) string {
	var d struct {
		To, Dir string
		Reader  marking.Reader
		Revoked bool
	}
	if json.NewDecoder(strings.NewReader(detail)).Decode(&d) != nil {
		detail, _, _ = strings.Cut(detail, "; "+lateClock)
		return detail
	}
	switch {
	case d.Revoked:
		return "none more for " + d.Reader.Name
	case d.Reader.Name != "":
		return "to " + d.Reader.Name + ", cleared for " + marking.Marking{UN: d.Reader.UN, TLP: d.Reader.TLP}.String()
	}
	return strings.Join(filled(prefixed("to ", d.To), prefixed("in ", d.Dir)), ", ")
}

// clip cuts what is too long for a line.
func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

func filled(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// event is a leaf for programs.
type event struct {
	Leaf     int64  `json:"leaf"`
	Act      string `json:"act"`
	Actor    string `json:"actor"`
	At       string `json:"at"`
	Object   string `json:"object"`
	Digest   string `json:"digest,omitempty"`
	Parent   string `json:"parent,omitempty"`
	Tool     string `json:"tool,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Previous string `json:"previous,omitempty"`
}

func logged(e custody.Entry) event {
	return event{e.Index, e.Act, e.Actor, e.At, e.Object, e.Digest, e.Parent, e.Tool, e.Detail, e.Reason, e.Previous}
}

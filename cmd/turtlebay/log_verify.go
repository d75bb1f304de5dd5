package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func logVerifyCommand() *cobra.Command {
	var kept []string
	c := &cobra.Command{
		Use:   "verify",
		Short: "compute the whole log again, and hold it against a checkpoint that was kept",
		Long: strings.TrimSpace(`
Computes every leaf, hash and root of the log again and names what differs by file and
leaf. With --checkpoint it also checks that the log continues one that was kept, by
this desk, a witness or a reader: a restored desk proves itself this way.`),
		Example: `  turtlebay log checkpoint > march.checkpoint
  turtlebay log verify
  turtlebay log verify --checkpoint march.checkpoint --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return onDesk(c, func(d *desk.Desk) error { return verifyLog(c, d, kept) })
		},
	}
	c.Flags().StringArrayVar(&kept, "checkpoint", nil, "file with a checkpoint that was kept")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// logVerdict is the answer of log verify.
type logVerdict struct {
	OK     bool          `json:"ok"`
	Origin string        `json:"origin,omitempty"`
	Key    string        `json:"key,omitempty"`
	Leaves int64         `json:"leaves"`
	Faults []logFault    `json:"faults"`
	More   int64         `json:"more_faults,omitempty"`
	Notes  []string      `json:"notes,omitempty"` // what an interruption left, and the next writer puts right
	Kept   []keptVerdict `json:"checkpoints,omitempty"`
}

type logFault struct {
	File string `json:"file"`
	Leaf int64  `json:"leaf"` // -1 where it is about the file
	Why  string `json:"why"`
}

type keptVerdict struct {
	File   string `json:"file"`
	Leaves int64  `json:"leaves"`
	OK     bool   `json:"ok"`
	Why    string `json:"why,omitempty"`
}

func verifyLog(c *cobra.Command, d *desk.Desk, kept []string) error {
	answer, err := judgeLog(c.Context(), d)
	if err != nil {
		return err
	}
	sound := answer.OK
	for _, path := range kept {
		k := keptVerdict{File: path, Why: "cannot be told: the log is damaged, see above"}
		if sound {
			if k, err = againstKept(c.Context(), d, path); err != nil {
				return err
			}
		}
		answer.OK = answer.OK && k.OK
		answer.Kept = append(answer.Kept, k)
	}
	if wantsJSON(c) {
		err = printJSON(c.OutOrStdout(), answer)
	} else {
		err = printLogVerdict(c.OutOrStdout(), answer)
	}
	if err == nil && !answer.OK {
		err = errNo
	}
	return err
}

// judgeLog computes the log again. A desk where nothing was done yet has none.
func judgeLog(ctx context.Context, d *desk.Desk) (logVerdict, error) {
	out := logVerdict{OK: true, Faults: []logFault{}}
	if _, err := d.ReadVault(ctx); errors.Is(err, vault.ErrNoVault) {
		if _, err := os.Lstat(d.Path("keys", "log.pub")); err == nil {
			out.gone()
		}
		return out, nil
	}
	key, err := d.LogVerifier()
	if err != nil {
		return out, unread(err)
	}
	found, err := custody.Verify(ctx, d.LogDir(), key)
	if errors.Is(err, custody.ErrNoLog) {
		out.gone()
		return out, nil
	} else if err != nil {
		return out, unread(err)
	}
	out.OK, out.Origin, out.Leaves, out.More, out.Notes = found.OK(), key.Name(), found.Leaves, found.More, found.Unfinished
	if out.Key, err = logKey(d); err != nil {
		return out, err
	}
	for _, f := range found.Faults {
		out.Faults = append(out.Faults, logFault{f.File, f.Leaf, f.Why})
	}
	return out, nil
}

// gone says that there was a log, since there is its key.
func (v *logVerdict) gone() {
	v.OK, v.Faults = false, append(v.Faults, logFault{"vault/log", -1, "the log is gone: there is its key alone"})
}

func printLogVerdict(w io.Writer, v logVerdict) error {
	if v.Origin == "" && v.OK {
		fmt.Fprintln(w, "no log: nothing was done on this desk yet")
	} else if v.Origin != "" {
		fmt.Fprintf(w, "%s: %s\nkey  %s\n", v.Origin, count(v.Leaves, "leaf", "leaves"), v.Key)
	}
	for _, f := range v.Faults {
		where := intake.Printable(f.File)
		if f.Leaf >= 0 {
			where += fmt.Sprintf(" leaf %d", f.Leaf)
		}
		fmt.Fprintf(w, "  %s: %s\n", where, intake.Printable(f.Why))
	}
	if v.More > 0 {
		fmt.Fprintf(w, "  and %d more\n", v.More)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(w, "  %s\n", intake.Printable(n))
	}
	for _, k := range v.Kept {
		verdict := "continued by the log"
		if !k.OK {
			verdict = intake.Printable(k.Why)
		}
		fmt.Fprintf(w, "  %s, %s: %s\n", intake.Printable(k.File), count(k.Leaves, "leaf", "leaves"), verdict)
	}
	word := "verified"
	if !v.OK {
		word = "NOT verified"
	}
	_, err := fmt.Fprintln(w, word)
	return err
}

// againstKept checks that the log continues a checkpoint in a file.
func againstKept(ctx context.Context, d *desk.Desk, path string) (keptVerdict, error) {
	out := keptVerdict{File: path}
	b, err := readSmall(path)
	if err != nil {
		return out, err
	}
	leaves, err := d.Continues(ctx, b)
	out.Leaves, out.OK = leaves, err == nil
	switch {
	case errors.Is(err, desk.ErrRewritten), errors.Is(err, vault.ErrNoVault):
		out.Why = err.Error()
	case err != nil:
		return out, unread(aboutFile(path, err))
	}
	return out, nil
}

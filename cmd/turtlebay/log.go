package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func logCommand() *cobra.Command {
	var object string
	c := &cobra.Command{
		Use:   "log",
		Short: "the custody log: every act on evidence and records, and its proofs",
		Long: strings.TrimSpace(`
Prints the custody log: who did what to which item or batch of records, when and why.
Each act is a leaf of a Merkle tree whose root the desk signs; nothing can be changed,
left out or moved without the checkpoints that others hold ceasing to fit.`),
		Example: `  turtlebay log
  turtlebay log --object EV-000001 --json
  turtlebay log prove EV-000001
  turtlebay log verify --checkpoint march.checkpoint`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return readVault(c, func(_ *desk.Desk, v *vault.Vault) error { return printEvents(c, v.Log(), object) })
		},
	}
	c.Flags().StringVar(&object, "object", "", "only acts on this item or batch")
	deskFlag(c)
	jsonFlag(c)
	c.AddCommand(logProveCommand(), logVerifyCommand(), logCheckpointCommand(), logCosignCommand(), logWitnessCommand())
	return c
}

func printEvents(c *cobra.Command, log *custody.Log, object string) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	if !wantsJSON(c) {
		fmt.Fprintln(w, "leaf\ttime\tact\tobject\tby\tdetail")
	}
	for e, err := range log.Events() {
		switch {
		case err != nil:
			return unread(err)
		case object != "" && e.Object != object && e.Parent != object:
		case wantsJSON(c):
			if err := printLine(c.OutOrStdout(), logged(e)); err != nil {
				return err
			}
		default:
			what := strings.Join(filled(e.Parent, e.Tool, told(e.Detail), e.Reason), ", ")
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Index, e.At, e.Act, e.Object, intake.Printable(e.Actor), intake.Printable(clip(what)))
		}
	}
	return w.Flush()
}

// told is a detail as far as it is for people: what names the digests of an item's
// files is not.
func told(detail string) string {
	if strings.HasPrefix(detail, "card=") {
		return ""
	}
	return detail
}

// clip cuts what is too long for a line.
func clip(text string) string {
	if r := []rune(text); len(r) > 100 {
		return string(r[:100]) + "…"
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

func logCheckpointCommand() *cobra.Command {
	return deskOnly(&cobra.Command{
		Use:   "checkpoint",
		Short: "print the signed checkpoint over the whole log",
		Long: strings.TrimSpace(`
Prints the log's checkpoint, a signed note: how many leaves there are and the root over
them. Whoever keeps it can see later that nothing before it was rewritten.`),
		Example: `  turtlebay log checkpoint > march.checkpoint`,
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return readVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				_, err := c.OutOrStdout().Write(v.Log().Checkpoint())
				return err
			})
		},
	})
}

func deskOnly(c *cobra.Command) *cobra.Command {
	deskFlag(c)
	return c
}

func logProveCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "prove ITEM|RECORD",
		Short: "prove that the log knew an item or a record, in one file",
		Long: strings.TrimSpace(`
Prints a proof in the form c2sp.org/tlog-proof: it shows, offline and with the log's key
alone, that a leaf of the log is about these bytes, and since when; who acted stays
closed. For a record it prints JSON with the proof of its batch and its place in it.`),
		Example: `  turtlebay log prove EV-000001 > EV-000001.tlog-proof
  turtlebay log prove INC-2022-040 --out INC-2022-040.json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return readVault(c, func(d *desk.Desk, v *vault.Vault) error {
				proof, err := prove(c.Context(), d, v, a[0])
				if err != nil {
					return err
				}
				if out == "" {
					_, err = c.OutOrStdout().Write(proof)
					return err
				}
				return desk.WriteFile(out, proof, 0o644)
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write to")
	deskFlag(c)
	return c
}

func prove(ctx context.Context, d *desk.Desk, v *vault.Vault, id string) ([]byte, error) {
	log := v.Log()
	if isItem(id) {
		item, err := v.Get(id, marking.Custodian())
		if err != nil {
			return nil, noItem(err)
		}
		proof, err := proofOf(log, item.Leaf)
		if err != nil {
			return nil, unread(err)
		}
		return proof, nil
	}
	p, err := d.Proof(ctx, id)
	if err != nil {
		return nil, &exitError{exitNo, err}
	}
	batch, err := proofOf(log, p.Leaf)
	if err != nil {
		return nil, unread(err)
	}
	out, err := json.MarshalIndent(provenRecord{id, p.Digest, p.Record, string(batch)}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return append(out, '\n'), nil
}

// provenRecord proves that a record is in the tree of a batch whose root is the
// digest that the leaf of the batch states.
type provenRecord struct {
	ID     string              `json:"id"`
	SHA256 string              `json:"sha256"`
	Record custody.RecordProof `json:"record"`
	Batch  string              `json:"batch"` // c2sp.org/tlog-proof of the leaf
}

func logVerifyCommand() *cobra.Command {
	var kept []string
	c := &cobra.Command{
		Use:   "verify",
		Short: "compute the whole log again, and hold it against a checkpoint that was kept",
		Long: strings.TrimSpace(`
Computes every leaf, hash and root of the log again and names what differs by file and
leaf. With --checkpoint it also checks that the log continues one that was kept, by
this desk, a witness or a reader: a restored desk proves itself this way.`),
		Example: `  turtlebay log verify
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
	Origin string        `json:"origin"`
	Leaves int64         `json:"leaves"`
	Faults []logFault    `json:"faults"`
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
	key, err := d.LogVerifier()
	if err != nil {
		return unread(err)
	}
	found, err := custody.Verify(c.Context(), d.LogDir(), key)
	if err != nil {
		return unread(err)
	}
	answer := logVerdict{OK: found.OK(), Origin: key.Name(), Leaves: found.Leaves, Faults: []logFault{}}
	for _, f := range found.Faults {
		answer.Faults = append(answer.Faults, logFault{f.File, f.Leaf, f.Why})
	}
	for _, path := range kept {
		k := keptVerdict{File: path, Why: "the log is damaged: see above"}
		if found.OK() {
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

func printLogVerdict(w io.Writer, v logVerdict) error {
	fmt.Fprintf(w, "%s: %d leaves\n", v.Origin, v.Leaves)
	for _, f := range v.Faults {
		where := f.File
		if f.Leaf >= 0 {
			where += fmt.Sprintf(" leaf %d", f.Leaf)
		}
		fmt.Fprintf(w, "  %s: %s\n", where, f.Why)
	}
	for _, k := range v.Kept {
		verdict := "the log continues it"
		if !k.OK {
			verdict = k.Why
		}
		fmt.Fprintf(w, "  %s, %d leaves: %s\n", intake.Printable(k.File), k.Leaves, verdict)
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
	b, err := os.ReadFile(path)
	if err != nil {
		return out, unread(err)
	}
	leaves, err := d.Continues(ctx, b)
	out.Leaves, out.OK = leaves, err == nil
	switch {
	case errors.Is(err, desk.ErrRewritten):
		out.Why = err.Error()
	case err != nil:
		return out, unread(fmt.Errorf("%s: %w", path, err))
	}
	return out, nil
}

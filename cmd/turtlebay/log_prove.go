package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

func logCheckpointCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "checkpoint",
		Short: "print the signed checkpoint over the whole log",
		Long: strings.TrimSpace(`
Prints the log's checkpoint, a signed note: how many leaves there are and the root over
them. Whoever keeps it can see later that nothing before it was rewritten: in a bundle
(verify --checkpoint) and on the desk (log verify --checkpoint). The desk notes that it
left, so that later bundles can be held against it.`),
		Example: `  turtlebay log checkpoint > march.checkpoint`,
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			err := readVault(c, func(d *desk.Desk, v *vault.Vault) error {
				checkpoint, err := leaving(c, d)
				if err != nil {
					return err
				}
				if checkpoint == nil {
					checkpoint = v.Log().Checkpoint()
				}
				_, err = c.OutOrStdout().Write(checkpoint)
				return err
			})
			if errors.Is(err, vault.ErrNoVault) {
				return &exitError{exitNo, errors.New("there is no checkpoint: nothing was done on this desk yet")}
			}
			return err
		},
	}
	deskFlag(c)
	return c
}

// leaving notes on the desk that the log's checkpoint leaves it, and returns it. Where
// nothing can be noted that is said, and there is none.
func leaving(c *cobra.Command, d *desk.Desk) ([]byte, error) {
	checkpoint, err := d.KeepCheckpoint(c.Context())
	why := "another process writes"
	switch {
	case err == nil:
		return checkpoint, nil
	case errors.Is(err, desk.ErrReadOnly):
		why = "it can only be read here"
	case !errors.Is(err, desk.ErrBusy):
		return nil, unread(err)
	}
	fmt.Fprintf(c.ErrOrStderr(), "the desk does not note that this checkpoint left it (%s): a bundle may not be held against it\n", why)
	return nil, nil
}

func logProveCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "prove ITEM|RECORD",
		Short: "prove that the log knew an item or a record, in one file",
		Long: strings.TrimSpace(`
Prints a proof in the form c2sp.org/tlog-proof: it shows, offline and with the log's key
alone (keys/log.pub), that a leaf of the log is about these bytes, and since when; who
acted stays closed. For a record it prints JSON with the proof of its batch and its
place in it. docs/custody.md says how either is checked without this program. What was
destroyed can be proven to have been there.`),
		Example: `  turtlebay log prove EV-000001 > EV-000001.tlog-proof
  turtlebay log prove INC-2022-040 --out INC-2022-040.json`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			err := readVault(c, func(d *desk.Desk, v *vault.Vault) error {
				proof, err := prove(c.Context(), d, v.Log(), a[0])
				if err != nil {
					return err
				}
				if _, err := leaving(c, d); err != nil {
					return err
				}
				if out == "" {
					_, err = c.OutOrStdout().Write(proof)
					return err
				}
				return written(c, out, newFile(out, text(string(proof))))
			})
			if errors.Is(err, vault.ErrNoVault) {
				return noSuch(a[0])
			}
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write to")
	deskFlag(c)
	return c
}

// noSuch is the answer about an id of which the log knows nothing.
func noSuch(id string) error {
	if isItem(id) {
		return noItem(fmt.Errorf("evidence %s: %w", intake.Quote(id), vault.ErrNoItem))
	}
	return &exitError{exitNo, fmt.Errorf("record %s: %w", intake.Printable(id), desk.ErrNoRecord)}
}

func prove(ctx context.Context, d *desk.Desk, log *custody.Log, id string) ([]byte, error) {
	if isItem(id) {
		leaf, err := firstLeaf(log, id)
		if err != nil {
			return nil, err
		}
		proof, err := proofOf(log, leaf)
		if err != nil {
			return nil, unread(err)
		}
		return proof, nil
	}
	p, err := d.Proof(ctx, id)
	switch {
	case errors.Is(err, desk.ErrNoRecord):
		return nil, noSuch(id)
	case errors.Is(err, desk.ErrNotLogged):
		return nil, &exitError{exitNo, err}
	case err != nil:
		return nil, unread(err)
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

// firstLeaf is the leaf by which an item came to be. It is found in the log alone, so
// that it needs no key.
func firstLeaf(log *custody.Log, id string) (int64, error) {
	for e, err := range log.Events() {
		if err != nil {
			return 0, unread(err)
		}
		if e.Object == id {
			return e.Index, nil
		}
	}
	return 0, noSuch(id)
}

// proofOf proves the bytes that a leaf is about, and says nothing of who acted.
func proofOf(log *custody.Log, leaf int64) ([]byte, error) {
	opening, err := log.Prove(leaf, "act", "at", "object", "digest")
	if err != nil {
		return nil, err
	}
	return custody.FormatProof(custody.Proof{Opening: opening, Checkpoint: log.Checkpoint()})
}

// provenRecord proves that a record is in the tree of a batch whose root is the
// digest that the leaf of the batch states.
type provenRecord struct {
	ID     string              `json:"id"`
	SHA256 string              `json:"sha256"`
	Record custody.RecordProof `json:"record"`
	Batch  string              `json:"batch"` // c2sp.org/tlog-proof of the leaf
}

// logKey is the key that the log's checkpoints are verified with, as text.
func logKey(d *desk.Desk) (string, error) {
	b, err := readSmall(d.Path("keys", "log.pub"))
	return strings.TrimSpace(string(b)), err
}

// text fills a file with a text.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

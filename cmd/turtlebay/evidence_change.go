package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/redaction"
	"github.com/turtlebay/turtlebay/vault/unpack"
)

func evidenceExportCommand() *cobra.Command {
	var reader readerFlags
	var out, key, reason string
	c := &cobra.Command{
		Use:   "export ITEM… --reader NAME --out DIR",
		Short: "hand items over, with a proof that the log knew them",
		Long: strings.TrimSpace(`
Writes the items that the reader may see into a folder, each with a file
ITEM.tlog-proof that proves, offline, that the custody log knew these bytes and since
when. What the reader may not see stays, and is counted by its marking.`),
		Example: `  turtlebay evidence export EV-000001 EV-000002 --reader Utopia --cleared amber --out for-utopia
  turtlebay evidence export EV-000001 --reader Utopia --age age1… --out for-utopia`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			if out == "" || who.IsCustodian() {
				return usage(errors.New("--reader and --out are needed: to whom, and where to"))
			}
			to := vault.Addressee{Name: who.Name, Reader: who, Reason: reason}
			if key != "" {
				if to.Key, err = age.ParseX25519Recipient(key); err != nil {
					return usage(fmt.Errorf("--age: %w", err))
				}
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error { return export(c, v, ids, to, out) })
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to write to")
	c.Flags().StringVar(&key, "age", "", "age recipient (age1…) to encrypt the items to")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	reader.add(c.Flags(), "reader", "see the desk as this reader does")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func export(c *cobra.Command, v *vault.Vault, ids []string, to vault.Addressee, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unread(err)
	}
	done, err := v.Export(c.Context(), marking.Custodian(), ids, to, func(it vault.Item, r io.Reader) error {
		name := it.ID
		if to.Key != nil {
			name += ".age"
		}
		return writeStream(filepath.Join(dir, name), r)
	})
	if err != nil {
		return noItem(err)
	}
	for _, it := range done.Items {
		proof, err := proofOf(v.Log(), it.Leaf)
		if err != nil {
			return unread(err)
		}
		if err := writeStream(filepath.Join(dir, it.ID+".tlog-proof"), bytes.NewReader(proof)); err != nil {
			return unread(err)
		}
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), done)
	}
	for _, it := range done.Items {
		fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s\n", it.ID, bytesOf(it.Size), intake.Printable(it.Title))
	}
	for _, w := range done.Withheld {
		fmt.Fprintf(c.OutOrStdout(), "withheld: %d marked %s\n", w.Count, w.Label)
	}
	return nil
}

// proofOf proves the bytes that a leaf is about, and says nothing of who acted.
func proofOf(log *custody.Log, leaf int64) ([]byte, error) {
	opening, err := log.Prove(leaf, "act", "at", "object", "digest")
	if err != nil {
		return nil, err
	}
	return custody.FormatProof(custody.Proof{Opening: opening, Checkpoint: log.Checkpoint()})
}

func evidenceCopyCommand() *cobra.Command {
	var title, reason string
	c := &cobra.Command{
		Use:     "copy ITEM",
		Short:   "make a working copy, an item of its own",
		Example: `  turtlebay evidence copy EV-000001 --reason "to be annotated"`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, known, err := v.Copy(c.Context(), a[0], title, reason)
				if err != nil {
					return noItem(err)
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringVar(&title, "title", "", "what to call it")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func evidenceExtractCommand() *cobra.Command {
	var member, at, reason string
	c := &cobra.Command{
		Use:   "extract ITEM --member NAME | --anchor PLACE",
		Short: "make an item of a part: a member of an archive, or what stands at a place",
		Long: strings.TrimSpace(`
Makes a part of an item an item of its own that names what it came from. Archives are
opened one level at a time, within limits; an archive in an archive is an item first.`),
		Example: `  turtlebay evidence extract EV-000003 --member "annex/letter.pdf"
  turtlebay evidence extract EV-000001 --anchor "page=2"`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if (member == "") == (at == "") {
				return usage(errors.New("either --member or --anchor is needed"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, known, err := extract(c.Context(), v, a[0], member, at, reason)
				if err != nil {
					return err
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringVar(&member, "member", "", "name of a member of an archive (see show --members)")
	c.Flags().StringVar(&at, "anchor", "", "a place in the item: page=, bytes=, lines= or time=")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func extract(ctx context.Context, v *vault.Vault, id, member, at, reason string) (vault.Item, bool, error) {
	content, err := v.Peek(ctx, id)
	if err != nil {
		return vault.Item{}, false, noItem(err)
	}
	defer content.Close()
	how := vault.Derivation{Role: vault.Extract, Reason: reason}
	var part io.Reader
	if member != "" {
		r, err := memberOf(ctx, id, content, member)
		if err != nil {
			return vault.Item{}, false, err
		}
		part, how.Title = r, filepath.Base(member)
		how.Tool, how.Params = "unpack@1", params("member", member)
	} else {
		q, err := quoteOf(ctx, v, id, content, at)
		if err != nil {
			return vault.Item{}, false, err
		}
		part, how.Title = bytes.NewReader(q.Bytes), id+" "+at
		how.Tool, how.Params = cmp.Or(q.Tool, "anchor@1"), params("at", at)
	}
	item, known, err := v.Derive(ctx, id, how, part)
	if err != nil {
		return item, known, noItem(err)
	}
	return item, known, nil
}

// params are a tool's parameters as canonical JSON.
func params(name, value string) string {
	b, _ := json.Marshal(map[string]string{name: value}) // text always encodes
	return string(b)
}

// memberOf opens a member of an archive by its name. The reader is good until the
// content is closed.
func memberOf(ctx context.Context, id string, content *vault.Content, name string) (io.Reader, error) {
	archive, err := unpack.Open(content, content.Size(), unpack.Options{AnyName: true})
	if err != nil {
		return nil, unread(fmt.Errorf("%s: %w", id, err))
	}
	for m, err := range archive.Members(ctx) {
		if err != nil {
			return nil, unread(fmt.Errorf("%s: %w", id, err))
		}
		if m.Original != name && m.Name != name {
			continue
		}
		r, err := m.Open()
		if err != nil {
			return nil, unread(fmt.Errorf("%s: %s: %w", id, m.Name, err))
		}
		b, err := io.ReadAll(io.LimitReader(r, maxMember+1))
		switch {
		case err != nil:
			return nil, unread(fmt.Errorf("%s: %s: %w", id, m.Name, err))
		case len(b) > maxMember:
			return nil, unread(fmt.Errorf("%s: %s: %w", id, m.Name, unpack.ErrLimit))
		}
		return bytes.NewReader(b), nil
	}
	return nil, &exitError{exitNo, fmt.Errorf("%s: no member %s", id, strconv.Quote(name))}
}

// maxMember is the most bytes of a member that is made an item.
const maxMember = 256 << 20

func quoteOf(ctx context.Context, v *vault.Vault, id string, content io.Reader, at string) (anchor.Quote, error) {
	place, err := anchor.Parse(at)
	if err != nil {
		return anchor.Quote{}, usage(fmt.Errorf("--anchor: %w", err))
	}
	item, err := v.Get(id, marking.Custodian())
	if err != nil {
		return anchor.Quote{}, noItem(err)
	}
	q, err := anchor.Resolve(ctx, content, item.MediaType, place)
	if err != nil {
		return q, unread(fmt.Errorf("%s at %s: %w", id, place, err))
	}
	return q, nil
}

func evidenceMarkCommand() *cobra.Command {
	var reason, consent string
	var confirm bool
	c := &cobra.Command{
		Use:   "mark ITEM MARKING",
		Short: "raise a marking, or lower it with the originator's consent and a second person",
		Long: strings.TrimSpace(`
Raises the marking of an item, and of all that was made from it, at once. To lower it
takes two steps by two persons: one proposes with --consent, which names where the
originator's consent is found; another repeats the command with --confirm. Each step
is a leaf of the log.`),
		Example: `  turtlebay evidence mark EV-000001 "tlp:red" --reason "names a source"
  turtlebay evidence mark EV-000001 "tlp:green" --consent "letter of 4 June, EV-000007" --by "A. Expert"
  turtlebay evidence mark EV-000001 "tlp:green" --confirm --by "B. Expert"`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			to, err := marking.Parse(a[1])
			if err != nil {
				return usage(err)
			}
			if confirm && consent != "" {
				return usage(errors.New("--consent proposes and --confirm confirms: one at a time, by two persons"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, err := remark(c.Context(), v, a[0], to, reason, consent, confirm)
				switch {
				case errors.Is(err, vault.ErrLowering), errors.Is(err, vault.ErrSecondPerson):
					return &exitError{exitNo, err}
				case err != nil:
					return noItem(err)
				}
				return showCardOf(c, item)
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	c.Flags().StringVar(&consent, "consent", "", "propose to lower: where the originator's consent is found")
	c.Flags().BoolVar(&confirm, "confirm", false, "confirm what another person proposed")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func remark(ctx context.Context, v *vault.Vault, id string, to marking.Marking, reason, consent string, confirm bool) (vault.Item, error) {
	switch {
	case confirm:
		return v.ConfirmLowering(ctx, id, to)
	case consent != "":
		return v.ProposeLowering(ctx, id, to, consent)
	}
	return v.Mark(ctx, id, to, reason)
}

func showCardOf(c *cobra.Command, item vault.Item) error {
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), item)
	}
	fmt.Fprintf(c.OutOrStdout(), "%s is marked %s\n", item.ID, item.Marking)
	if l := item.Lowering; l != nil {
		fmt.Fprintf(c.OutOrStdout(), "proposed by %s: %s; another person confirms with --confirm\n", intake.Printable(l.By), l.To)
	}
	return nil
}

func evidenceDestroyCommand() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{
		Use:   "destroy ITEM --reason TEXT --yes",
		Short: "destroy an item's key and bytes for good; its leaves stay",
		Long: strings.TrimSpace(`
Deletes the key and the bytes of an item. The log goes on saying that it was there, when
it came and that it was destroyed, by whom and why. Backups forget it the next time they
are taken.`),
		Example: `  turtlebay evidence destroy EV-000001 --reason "source withdrew it, letter of 4 June" --yes`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if strings.TrimSpace(reason) == "" || !yes {
				return usage(errors.New("--reason and --yes are needed: it cannot be undone"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				same, err := v.Destroy(c.Context(), a[0], reason)
				if err != nil {
					return noItem(err)
				}
				fmt.Fprintf(c.OutOrStdout(), "%s is destroyed\n", a[0])
				if len(same) > 0 {
					fmt.Fprintf(c.OutOrStdout(), "the same bytes are still held as %s\n", strings.Join(same, ", "))
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	c.Flags().BoolVar(&yes, "yes", false, "really")
	deskFlag(c)
	byFlag(c)
	return c
}

func evidenceRedactCommand() *cobra.Command {
	var places []string
	var word, reason string
	c := &cobra.Command{
		Use:   "redact ITEM --at PLACE…",
		Short: "make a copy with parts burned out",
		Long: strings.TrimSpace(`
Makes a copy in which the places named are gone, not covered: letters of text are
replaced, boxes of pictures are painted over, pages of PDFs are drawn anew as pictures
without what lies in the boxes. The original stays. The copy has the original's marking
until that is lowered (evidence mark). Places are those of “evidence show --anchor”.`),
		Example: `  turtlebay evidence redact EV-000004 --at bytes=120-160 --reason "names a source"
  turtlebay evidence redact EV-000001 --at "page=2&box=72,100,300,140" --reason "names a source"`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			req := redaction.Request{Word: word}
			for _, text := range places {
				at, err := anchor.Parse(text)
				if err != nil {
					return usage(fmt.Errorf("--at: %w", err))
				}
				req.Places = append(req.Places, at)
			}
			if len(req.Places) == 0 {
				return usage(errors.New("--at is needed: what is to go"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, known, err := redact(c, v, a[0], req, reason)
				if err != nil {
					return err
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringArrayVar(&places, "at", nil, "what is to go: bytes=, lines=, page= with or without &box=")
	c.Flags().StringVar(&word, "word", "", "in text, what stands for each part that is gone (default: a block for each letter)")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func redact(c *cobra.Command, v *vault.Vault, id string, req redaction.Request, reason string) (vault.Item, bool, error) {
	parent, err := v.Get(id, marking.Custodian())
	if err != nil {
		return parent, false, noItem(err)
	}
	content, err := v.Peek(c.Context(), id)
	if err != nil {
		return parent, false, noItem(err)
	}
	defer content.Close()
	var copied bytes.Buffer
	done, err := redaction.Redact(c.Context(), &copied, content, content.Size(), req)
	if err != nil {
		return parent, false, unread(fmt.Errorf("%s: %w", id, err))
	}
	for _, n := range done.Notes {
		fmt.Fprintln(c.ErrOrStderr(), n)
	}
	how := vault.Derivation{
		Role: vault.Redacted, Tool: done.Tool, Params: string(done.Params),
		Title: "redacted " + parent.Title, Reason: reason,
	}
	item, known, err := v.Derive(c.Context(), id, how, &copied)
	if err != nil {
		return item, known, noItem(err)
	}
	return item, known, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/unpack"
)

// showFlags say what of an item is shown.
type showFlags struct {
	anchor, out string
	members     bool
	passages    bool // a record is among what is shown
}

func evidenceShowCommand() *cobra.Command {
	var reader readerFlags
	var show showFlags
	c := &cobra.Command{
		Use:   "show ITEM|RECORD…",
		Short: "show what an item is, who touched it, and what stands at a place in it",
		Long: strings.TrimSpace(`
Shows what is known of an item and its custody: every act on it. With --anchor it
prints what stands at a place in it, and the SHA-256 of that, for a citation; with
--out it writes the bytes into a file. Both are a view, and the log says so.

A record's id shows the passages of evidence that the record rests on.

Places: page=3, page=3&box=72,100,300,140 (points from the top left), bytes=120-340,
lines=3-5, time=00:01:05-00:01:20. PDFs are read by a child process with limits and
without a network.`),
		Example: `  turtlebay evidence show EV-000001
  turtlebay evidence show EV-000001 --anchor "page=2&box=72,100,300,140"
  turtlebay evidence show INC-2022-040
  turtlebay evidence show EV-000001 --out letter.pdf`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			if len(ids) > 1 && (show.anchor != "" || show.out != "") {
				return usage(errors.New("--anchor and --out are for one item"))
			}
			show.passages = slices.ContainsFunc(ids, func(id string) bool { return !isItem(id) })
			use := readVault
			if show.views() {
				use = onVault
			}
			return use(c, func(d *desk.Desk, v *vault.Vault) error {
				for _, id := range ids {
					if err := show.one(c, d, v, who, id); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&show.anchor, "anchor", "", "a place in the item: page=, bytes=, lines= or time=")
	c.Flags().StringVar(&show.out, "out", "", "file to write the bytes to")
	c.Flags().BoolVar(&show.members, "members", false, "list what an archive (zip, tar, gzip, office document) holds")
	reader.add(c.Flags(), "reader", "see the desk as this reader does")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// views reports whether bytes are shown, which is an act.
func (f showFlags) views() bool { return f.anchor != "" || f.out != "" || f.members || f.passages }

func (f showFlags) one(c *cobra.Command, d *desk.Desk, v *vault.Vault, who marking.Reader, id string) error {
	if !isItem(id) {
		return showPassages(c, d, v, who, id)
	}
	switch {
	case f.anchor != "":
		at, err := anchor.Parse(f.anchor)
		if err != nil {
			return usage(fmt.Errorf("--anchor: %w", err))
		}
		return showQuote(c, v, who, id, at)
	case f.out != "":
		return writeBytes(c, v, who, id, f.out)
	case f.members:
		return showMembers(c, v, who, id)
	}
	return showCard(c, v, who, id)
}

// isItem tells an item's id from a record's.
func isItem(id string) bool { return strings.HasPrefix(id, "EV-") }

// noItem words what was not found, whether it is hidden or absent.
func noItem(err error) error {
	if errors.Is(err, vault.ErrNoItem) {
		return &exitError{exitNo, err}
	}
	return unread(err)
}

// card is an item with the acts on it.
type card struct {
	vault.Item
	Custody []custody.Entry `json:"custody"`
}

func showCard(c *cobra.Command, v *vault.Vault, who marking.Reader, id string) error {
	item, err := v.Get(id, who)
	if err != nil {
		return noItem(err)
	}
	shown := card{Item: item, Custody: []custody.Entry{}}
	for e, err := range v.Log().Events() {
		if err != nil {
			return unread(err)
		}
		if e.Object == id || e.Parent == id {
			shown.Custody = append(shown.Custody, e)
		}
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), shown)
	}
	return printCard(c.OutOrStdout(), shown)
}

func printCard(out io.Writer, it card) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, intake.Printable(text))
		}
	}
	line(it.ID, it.Title)
	line("sha-256", it.SHA256)
	line("size", fmt.Sprintf("%s (%d bytes)", bytesOf(it.Size), it.Size))
	line("type", it.MediaType)
	line("role", string(it.Role))
	line("marking", it.Marking.String())
	if it.Parent != "" {
		line("made from", strings.TrimSpace(it.Parent+" by "+it.Tool+" "+it.Params))
	}
	for _, r := range it.Received {
		line("received", r.On+" from "+r.Source)
	}
	if it.Lowering != nil {
		line("proposed", fmt.Sprintf("to be marked %s, by %s, consent: %s", it.Lowering.To, it.Lowering.By, it.Lowering.Consent))
	}
	state := "encrypted under a key of its own"
	switch {
	case it.Destroyed:
		state = "destroyed: key and bytes are gone"
	case !it.Encrypted:
		state = "in clear"
	}
	line("kept", state)
	fmt.Fprintln(w, "\nleaf\ttime\tact\tobject\tby\twhy")
	for _, e := range it.Custody {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Index, e.At, e.Act, e.Object, intake.Printable(e.Actor), intake.Printable(e.Reason))
	}
	return w.Flush()
}

// quote is what stands at a place, for programs.
type quote struct {
	Item   string   `json:"item"`
	At     string   `json:"at"`
	SHA256 string   `json:"quote"`
	Text   string   `json:"text,omitempty"`
	Bytes  []byte   `json:"bytes,omitempty"`
	Media  string   `json:"media_type"`
	Tool   string   `json:"tool,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

func showQuote(c *cobra.Command, v *vault.Vault, who marking.Reader, id string, at anchor.Place) error {
	item, err := v.Get(id, who)
	if err != nil {
		return noItem(err)
	}
	q, err := resolve(c.Context(), v, who, item, at)
	if err != nil {
		return err
	}
	return printQuote(c, item.SHA256, at.String(), q)
}

// resolve reads what stands at a place; that is a view.
func resolve(ctx context.Context, v *vault.Vault, who marking.Reader, item vault.Item, at anchor.Place) (anchor.Quote, error) {
	content, err := v.Open(ctx, item.ID, who, "shown at "+at.String())
	if err != nil {
		return anchor.Quote{}, noItem(err)
	}
	defer content.Close()
	q, err := anchor.Resolve(ctx, content, item.MediaType, at)
	if err != nil {
		return q, unread(fmt.Errorf("%s at %s: %w", item.ID, at, err))
	}
	return q, nil
}

func printQuote(c *cobra.Command, item, at string, q anchor.Quote) error {
	if wantsJSON(c) {
		out := quote{Item: item, At: at, SHA256: q.SHA256, Text: q.Text, Media: q.Media, Tool: q.Tool, Notes: q.Notes}
		if q.Text == "" {
			out.Bytes = q.Bytes
		}
		return printLine(c.OutOrStdout(), out)
	}
	out := c.OutOrStdout()
	for _, n := range q.Notes {
		fmt.Fprintln(c.ErrOrStderr(), n)
	}
	if q.Text == "" && len(q.Bytes) > 0 {
		fmt.Fprintf(out, "%s of %s: use --out or --json to have them\n", bytesOf(int64(len(q.Bytes))), q.Media)
	} else {
		for line := range strings.Lines(q.Text) {
			fmt.Fprintln(out, intake.Printable(strings.TrimRight(line, "\r\n")))
		}
	}
	fmt.Fprintf(out, "— sha-256 %s, %s of item %s\n", q.SHA256, at, item[:16])
	return nil
}

func writeBytes(c *cobra.Command, v *vault.Vault, who marking.Reader, id, path string) error {
	content, err := v.Open(c.Context(), id, who, "written to a file")
	if err != nil {
		return noItem(err)
	}
	defer content.Close()
	if err := writeStream(path, content); err != nil {
		return unread(err)
	}
	fmt.Fprintln(c.OutOrStdout(), path)
	return nil
}

// writeStream writes a file that is not there yet, whole or not at all.
func writeStream(path string, r io.Reader) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(path)
		}
	}()
	if _, err = io.Copy(f, r); err == nil {
		err = f.Sync()
	}
	return err
}

func showMembers(c *cobra.Command, v *vault.Vault, who marking.Reader, id string) error {
	content, err := v.Open(c.Context(), id, who, "members listed")
	if err != nil {
		return noItem(err)
	}
	defer content.Close()
	archive, err := unpack.Open(content, content.Size(), unpack.Options{})
	if err != nil {
		return unread(fmt.Errorf("%s: %w", id, err))
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for m, err := range archive.Members(c.Context()) {
		switch {
		case err != nil:
			return errors.Join(w.Flush(), unread(fmt.Errorf("%s: %w", id, err)))
		case wantsJSON(c):
			if err := printLine(c.OutOrStdout(), listed{m.Name, string(m.Kind), m.Size, m.Refused, m.Note}); err != nil {
				return err
			}
		default:
			size := "?"
			if m.Size >= 0 {
				size = bytesOf(m.Size)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Name, m.Kind, size, strings.Join(filled(m.Refused, m.Note), "; "))
		}
	}
	return w.Flush()
}

// listed is a member of an archive for programs.
type listed struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Size    int64  `json:"size"` // -1 where the archive does not say
	Refused string `json:"refused,omitempty"`
	Note    string `json:"note,omitempty"`
}

// showPassages prints what stands in the evidence that a record rests on.
func showPassages(c *cobra.Command, d *desk.Desk, v *vault.Vault, who marking.Reader, id string) error {
	r, err := d.For(who).Find(id)
	if err != nil {
		return &exitError{exitNo, err}
	}
	items, err := v.List(who)
	if err != nil {
		return unread(err)
	}
	bySum := map[string]vault.Item{}
	for _, it := range items {
		bySum[it.SHA256] = it
	}
	for _, p := range r.Evidence {
		if err := showPassage(c, v, who, bySum, p); err != nil {
			return err
		}
	}
	if len(r.Evidence) == 0 {
		fmt.Fprintf(c.ErrOrStderr(), "%s cites no evidence item\n", id)
	}
	return nil
}

func showPassage(c *cobra.Command, v *vault.Vault, who marking.Reader, bySum map[string]vault.Item, p claim.Passage) error {
	item, ok := bySum[p.Item]
	if !ok {
		fmt.Fprintf(c.ErrOrStderr(), "item %s: not on this desk, or not for this reader\n", p.Item[:16])
		return nil
	}
	at, err := anchor.Parse(p.At)
	if err != nil {
		return unread(fmt.Errorf("record cites %s: %w", strconv.Quote(p.At), err))
	}
	q, err := resolve(c.Context(), v, who, item, at)
	if err != nil {
		return err
	}
	if p.Quote != "" && q.SHA256 != p.Quote {
		fmt.Fprintf(c.ErrOrStderr(), "%s at %s: something else stands there than was cited\n", item.ID, p.At)
	}
	return printQuote(c, item.SHA256, item.ID+" "+p.At, q)
}

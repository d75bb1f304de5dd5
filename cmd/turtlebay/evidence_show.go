package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/unpack"
)

// showFlags say what of an item is shown.
type showFlags struct {
	anchor, out string
	members     bool
	place       anchor.Place // what anchor says
	passages    bool         // a record is among what is shown
}

func evidenceShowCommand() *cobra.Command {
	var reader readerFlags
	var show showFlags
	c := &cobra.Command{
		Use:   "show ITEM|RECORD…",
		Short: "show what an item is, who touched it, and what stands at a place in it",
		Long: strings.TrimSpace(`
Shows what is known of an item and, to the desk's custodian, every act on it. With
--anchor it prints what stands at a place in it and how to cite that; with --out it
writes the bytes into a file: of the place, or of the whole item. A record's id shows
the passages of evidence that the record rests on, and whether they still read as they
were cited. All but the first are views, and the log says so.

Places: page=3, page=3&box=72,100,300,140 (left, top, right, bottom in points from the
top left), bytes=120-340, lines=3-5, time=00:01:05-00:01:20. PDFs are read by a child
process with limits and without a network.`),
		Example: `  turtlebay evidence show EV-000008
  turtlebay evidence show EV-000008 --anchor "lines=41"
  turtlebay evidence show INC-2022-040
  turtlebay evidence show EV-000008 --out incidents.csv
  turtlebay evidence show EV-000026 --anchor "page=2&box=72,100,300,140"   # of a PDF`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			if err := show.check(ids); err != nil {
				return err
			}
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			use := readVault
			if show.views() {
				use = onVault
			}
			err = use(c, func(d *desk.Desk, v *vault.Vault) error {
				for i, id := range ids {
					if i > 0 && !wantsJSON(c) {
						fmt.Fprintln(c.OutOrStdout())
					}
					if err := show.one(c, d, v, who, id); err != nil {
						return err
					}
				}
				return nil
			})
			if errors.Is(err, vault.ErrNoVault) { // nothing was ever received
				return noItem(fmt.Errorf("evidence %s: %w", intake.Quote(ids[0]), vault.ErrNoItem))
			}
			return err
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

// check refuses what does not go together.
func (f *showFlags) check(ids []string) (err error) {
	f.passages = slices.ContainsFunc(ids, func(id string) bool { return !isItem(id) })
	asked := f.anchor != "" || f.out != "" || f.members
	switch {
	case asked && (len(ids) > 1 || f.passages):
		return usage(errors.New("--anchor, --out and --members are for one item"))
	case f.members && (f.anchor != "" || f.out != ""):
		return usage(errors.New("--members goes with neither --anchor nor --out"))
	case f.anchor != "":
		f.place, err = placeOf("--anchor", f.anchor)
	}
	return err
}

// placeOf reads a place given with a flag.
func placeOf(flag, text string) (anchor.Place, error) {
	at, err := anchor.Parse(text)
	if err != nil {
		return at, usage(fmt.Errorf("%s: %w: want page=3, page=3&box=72,100,300,140, bytes=120-340, lines=3-5 or time=00:01:05-00:01:20", flag, err))
	}
	return at, nil
}

// views reports whether bytes are shown, which is an act.
func (f *showFlags) views() bool { return f.anchor != "" || f.out != "" || f.members || f.passages }

func (f *showFlags) one(c *cobra.Command, d *desk.Desk, v *vault.Vault, who marking.Reader, id string) error {
	switch {
	case !isItem(id):
		return showPassages(c, d, v, who, id)
	case f.anchor != "":
		return f.showQuote(c, v, who, id)
	case f.out != "":
		return writeBytes(c, v, who, id, f.out)
	case f.members:
		return showMembers(c, v, who, id)
	}
	return showCard(c, d, v, who, id)
}

// isItem tells an item's id from a record's.
func isItem(id string) bool { return strings.HasPrefix(id, "EV-") }

// noItem words what was not found: in the same words and with the same status
// whether it is hidden or absent, and whatever was asked of it.
func noItem(err error) error {
	switch {
	case errors.Is(err, vault.ErrNoItem):
		return &exitError{exitNo, saidOf(err, vault.ErrNoItem)}
	case errors.Is(err, vault.ErrDestroyed):
		return &exitError{exitNo, err}
	case errors.Is(err, vault.ErrLocked):
		return unread(errLocked(err))
	}
	return unread(err)
}

// saidOf is the part of an error that says the least around what it is.
func saidOf(err, what error) error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			if errors.Is(part, what) {
				return saidOf(part, what)
			}
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != what && errors.Is(inner, what) {
			return saidOf(inner, what)
		}
	}
	return err
}

// card is an item with the acts on it.
type card struct {
	vault.Item
	Custody []event `json:"custody,omitempty"`
}

// showCard prints what an item is. Its custody is the custodian's to see: it names
// who works here, what else there is, and why.
func showCard(c *cobra.Command, d *desk.Desk, v *vault.Vault, who marking.Reader, id string) error {
	item, err := v.Get(id, who)
	if err != nil {
		return noItem(err)
	}
	var acts []custody.Entry
	for e, err := range v.Log().Events() {
		if err != nil {
			return unread(err)
		}
		if who.IsCustodian() && (e.Object == id || e.Parent == id) {
			acts = append(acts, e)
		}
	}
	if err := printCardWith(c, item, acts); err != nil || !who.IsCustodian() {
		return err
	}
	return soundLog(c.Context(), d)
}

func printCardWith(c *cobra.Command, item vault.Item, acts []custody.Entry) error {
	if wantsJSON(c) {
		shown := card{Item: item}
		for _, e := range acts {
			shown.Custody = append(shown.Custody, logged(e))
		}
		return printJSON(c.OutOrStdout(), shown)
	}
	if err := table(c.OutOrStdout(), func(w io.Writer) { printCard(w, item) }); err != nil || len(acts) == 0 {
		return err
	}
	fmt.Fprintln(c.OutOrStdout())
	return printActs(c.OutOrStdout(), acts)
}

func printCard(w io.Writer, it vault.Item) {
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, intake.Printable(text))
		}
	}
	size := bytesOf(it.Size)
	if it.Size >= 1000 {
		size += fmt.Sprintf(", %d bytes", it.Size)
	}
	fmt.Fprintf(w, "%s\t%s\n", it.ID, intake.Printable(it.Title))
	line("sha-256", it.SHA256)
	line("size", size)
	line("type", it.MediaType)
	line("role", string(it.Role))
	line("marking", it.Marking.String())
	if it.Parent != "" || it.Tool != "" {
		line("made", strings.Join(filled(prefixed("from ", it.Parent), prefixed("by ", it.Tool), it.Params), " "))
	}
	for _, r := range it.Received {
		line("received", r.On+" from "+r.Source)
	}
	if it.Lowering != nil {
		line("proposed", fmt.Sprintf("to be marked %s, by %s, consent: %s", it.Lowering.To, it.Lowering.By, it.Lowering.Consent))
	}
	switch {
	case it.Destroyed:
		line("kept", "no longer: it was destroyed")
	case it.Encrypted:
		line("kept", "encrypted, under a key of its own")
	default:
		line("kept", "in clear")
	}
}

// prefixed is the text after a word, or nothing.
func prefixed(word, text string) string {
	if text == "" {
		return ""
	}
	return word + text
}

// writeBytes writes the bytes of an item into a new file.
func writeBytes(c *cobra.Command, v *vault.Vault, who marking.Reader, id, path string) error {
	if _, err := v.Get(id, who); err != nil {
		return noItem(err)
	}
	err := newFile(path, func(w io.Writer) error {
		content, err := v.Open(c.Context(), id, who, "written to a file")
		if err != nil {
			return err
		}
		defer content.Close()
		_, err = io.Copy(w, content)
		return err
	})
	return written(c, path, err)
}

// written says where something was written, or why not.
func written(c *cobra.Command, path string, err error) error {
	var known *exitError
	switch {
	case errors.As(err, &known):
		return err
	case err != nil:
		return noItem(err)
	case wantsJSON(c):
		return printLine(c.OutOrStdout(), map[string]string{"out": path})
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), intake.Printable(path))
	return err
}

// newFile writes a file that is not there yet, whole or not at all. It is made
// before fill is called, which may be an act that cannot be taken back.
func newFile(path string, fill func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usage(aboutFile(path, errors.New("is there already, and is not overwritten")))
	case err != nil:
		return unread(aboutFile(path, err))
	}
	err = fill(f)
	if e := f.Sync(); err == nil && e != nil {
		err = aboutFile(path, e)
	}
	if e := f.Close(); err == nil && e != nil {
		err = aboutFile(path, e)
	}
	if err != nil {
		os.Remove(path)
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
	if errors.Is(err, unpack.ErrFormat) {
		return &exitError{exitNo, fmt.Errorf("%s: %w", id, unpack.ErrFormat)}
	} else if err != nil {
		return unread(fmt.Errorf("%s: %w", id, err))
	}
	var broken error
	err = table(c.OutOrStdout(), func(w io.Writer) {
		for m, err := range archive.Members(c.Context()) {
			if err != nil {
				broken = unread(fmt.Errorf("%s: %w", id, err))
				return
			}
			printMember(c, w, m)
		}
	})
	return errors.Join(err, broken)
}

// listed is a member of an archive for programs.
type listed struct {
	Number  int    `json:"number"` // from 0
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Size    int64  `json:"size"` // -1 where the archive does not say
	Target  string `json:"target,omitempty"`
	Refused string `json:"refused,omitempty"`
	Note    string `json:"note,omitempty"`
}

func printMember(c *cobra.Command, w io.Writer, m unpack.Member) {
	if wantsJSON(c) {
		_ = printLine(w, listed{m.Index, m.Name, string(m.Kind), m.Size, m.Target, m.Refused, m.Note}) // w is memory
		return
	}
	size := "?"
	if m.Size >= 0 {
		size = bytesOf(m.Size)
	}
	notes := strings.Join(filled(prefixed("leads to ", m.Target), prefixed("refused: ", m.Refused), m.Note), "; ")
	fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", m.Index, m.Name, m.Kind, size, notes)
}

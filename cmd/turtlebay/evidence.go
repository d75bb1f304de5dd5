package main

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
)

func evidenceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "evidence",
		Short: "keep files as evidence: received, shown, exported, redacted, destroyed, each act in the log",
		Long: strings.TrimSpace(`
Keeps files by their content, encrypted under a key of their own, and writes every
act on them into the custody log. An original is never changed: working copies,
extracts and redactions are items of their own that name what they were made from,
by which tool and with which parameters.`),
		Example: `  turtlebay evidence list
  turtlebay evidence show EV-000008 --anchor "lines=41"
  turtlebay evidence add letter.pdf scan.png --source "Member State, letter of 3 May 2023" --marking "tlp:amber"`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(evidenceAddCommand(), evidenceListCommand(), evidenceShowCommand(), evidenceExportCommand(),
		evidenceCopyCommand(), evidenceExtractCommand(), evidenceRedactCommand(), evidenceMarkCommand(), evidenceDestroyCommand())
	return c
}

func evidenceAddCommand() *cobra.Command {
	var source, mark, title, reason string
	var plain bool
	c := &cobra.Command{
		Use:   "add FILE… --source TEXT",
		Short: "receive files as evidence",
		Long: strings.TrimSpace(`
Receives files byte for byte: hashed while they are read, encrypted, written into the
custody log; never opened or parsed. The same bytes again are the same item, received
once more; its marking can only become higher. A file that cannot be read is named,
and the others are received.`),
		Example: `  turtlebay evidence add letter.pdf --source "Member State, letter of 3 May 2023" --marking "tlp:amber; originator-control:Utopia"
  turtlebay evidence add press.html --source "News agency, 5 May 2023" --plain`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, files []string) error {
			if strings.TrimSpace(source) == "" {
				return usage(errors.New("--source is needed: say who supplied the files, and when"))
			}
			m, err := parseMarking(c, mark)
			if err != nil {
				return usage(fmt.Errorf("--marking: %w", err))
			}
			if title != "" && len(files) > 1 {
				return usage(errors.New("--title is for one file"))
			}
			as := vault.New{Title: title, Source: source, Marking: m, Plain: plain, Reason: reason}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error { return receive(c, v, files, as) })
		},
	}
	c.Flags().StringVar(&source, "source", "", "who supplied the files, and when")
	c.Flags().StringVar(&mark, "marking", "", `who may see them: "un:confidential; tlp:amber; releasable-to:NAME; originator-control:NAME; source-protected; embargo-until:DATE"`)
	c.Flags().StringVar(&title, "title", "", "what to call it (default: the file's name)")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	c.Flags().BoolVar(&plain, "plain", false, "keep it without encryption: for what is public")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// parseMarking reads a marking. A caveat of unknown words closes to everybody but the
// custodian; since it may be a slip, that is said.
func parseMarking(c *cobra.Command, text string) (marking.Marking, error) {
	m, err := marking.Parse(text)
	for _, caveat := range m.Caveats {
		if caveat == marking.SourceProtected || strings.HasPrefix(caveat, marking.ReleasableTo) ||
			strings.HasPrefix(caveat, marking.OriginatorControl) || strings.HasPrefix(caveat, marking.EmbargoUntil) {
			continue
		}
		fmt.Fprintf(c.ErrOrStderr(), "caveat %s: not one with a meaning here, so the custodian alone may see it\n", intake.Quote(caveat))
	}
	return m, err
}

// receive adds the files one by one: each is received whole, or named.
func receive(c *cobra.Command, v *vault.Vault, files []string, as vault.New) error {
	failed := 0
	for _, path := range files {
		item, known, err := receiveFile(c, v, path, as)
		if err != nil {
			fmt.Fprintln(c.ErrOrStderr(), "turtlebay:", printable(err.Error()))
			failed++
			continue
		}
		if err := printAdded(c, item, known); err != nil {
			return err
		}
	}
	switch {
	case failed == 1 && len(files) == 1:
		return &exitError{status: exitUnread}
	case failed > 0:
		return unread(fmt.Errorf("%d of %d files were not received", failed, len(files)))
	}
	return nil
}

func receiveFile(c *cobra.Command, v *vault.Vault, path string, as vault.New) (vault.Item, bool, error) {
	f, size, err := flow.OpenFile(path)
	if err != nil {
		return vault.Item{}, false, aboutFile(path, err)
	}
	defer f.Close()
	if as.Title == "" {
		as.Title = filepath.Base(path)
	}
	var r io.Reader = f
	if bar := progress(c.ErrOrStderr()); bar != nil {
		r = flow.Reader(c.Context(), f, func(n int64) { bar(desk.Progress{Phase: desk.Receiving, Done: n, Total: size}) })
	}
	item, known, err := v.Add(c.Context(), r, as)
	if errors.Is(err, vault.ErrLocked) {
		err = errLocked(err)
	}
	if err != nil {
		return item, known, aboutFile(path, err)
	}
	return item, known, nil
}

// printAdded is the receipt of an item: its digest is what whoever handed it over
// can compare.
func printAdded(c *cobra.Command, item vault.Item, known bool) error {
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), vault.Added{Item: item, Known: known})
	}
	state := "new"
	switch {
	case known && item.Role == vault.Original:
		state = "held already, received once more"
	case known:
		state = "held already, made once more"
	}
	return table(c.OutOrStdout(), func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%s (%s)\n", item.ID, intake.Printable(item.Title), strings.Join(filled(bytesOf(item.Size), mediaOf(item), state), ", "))
		fmt.Fprintf(w, "sha-256\t%s\n", item.SHA256)
		if !item.Marking.IsZero() {
			fmt.Fprintf(w, "marking\t%s\n", intake.Printable(item.Marking.String()))
		}
	})
}

// mediaOf is the media type without its parameters.
func mediaOf(item vault.Item) string {
	if media, _, err := mime.ParseMediaType(item.MediaType); err == nil {
		return media
	}
	return intake.Printable(item.MediaType)
}

// bytesOf is a number of bytes for people.
func bytesOf(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i, whole, rest := 0, n, int64(0)
	for whole >= 1000 && i < len(units)-1 {
		whole, rest = whole/1000, whole%1000/100
		i++
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return fmt.Sprintf("%d.%d %s", whole, rest, units[i])
}

func evidenceListCommand() *cobra.Command {
	var reader readerFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "list the evidence that a reader may see",
		Long: strings.TrimSpace(`
Lists items by number: what each is, its size and type, its marking and where it came
from. To a reader, what they may not see is not there. With --json one item a line.`),
		Example: `  turtlebay evidence list
  turtlebay evidence list --reader Utopia --cleared amber --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			err = readVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				items, err := v.List(who)
				if e := listItems(c, items); e != nil {
					return e
				}
				return notListed(err)
			})
			if errors.Is(err, vault.ErrNoVault) {
				return nil
			}
			return err
		},
	}
	reader.add(c.Flags(), "reader", "see the desk as this reader does")
	deskFlag(c)
	jsonFlag(c)
	return c
}

// notListed says what could not be listed: one line for all that is closed because
// the key is away, one for each item that is damaged.
func notListed(err error) error {
	if err == nil {
		return nil
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return unread(err)
	}
	var out []error
	var locked error
	closed := 0
	for _, e := range several.Unwrap() {
		if errors.Is(e, vault.ErrLocked) {
			closed, locked = closed+1, e
			continue
		}
		out = append(out, e)
	}
	if closed > 0 {
		out = append(out, fmt.Errorf("%s closed: %w", count(closed, "item is", "items are"), errLocked(locked)))
	}
	return unread(errors.Join(out...))
}

// errLocked says that the vault's key is away, once, whatever it was wanted for.
func errLocked(err error) error {
	text := err.Error()
	if i := strings.LastIndex(text, `key "`); i >= 0 {
		text = text[i:]
	}
	return &lockedError{text, err}
}

type lockedError struct {
	text string
	err  error
}

func (e *lockedError) Error() string { return e.text }
func (e *lockedError) Unwrap() error { return e.err }

func listItems(c *cobra.Command, items []vault.Item) error {
	if wantsJSON(c) {
		for _, it := range items {
			if err := printLine(c.OutOrStdout(), it); err != nil {
				return err
			}
		}
		return nil
	}
	return table(c.OutOrStdout(), func(w io.Writer) {
		for _, it := range items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", it.ID, intake.Printable(clip(it.Title, 40)), it.Role, bytesOf(it.Size),
				mediaOf(it), intake.Printable(it.Marking.String()), intake.Printable(clip(originOf(it), 60)))
		}
	})
}

// originOf says in a few words where an item is from.
func originOf(it vault.Item) string {
	switch {
	case it.Destroyed:
		return "destroyed"
	case it.Parent != "":
		return strings.Join(filled("from "+it.Parent, prefixed("by ", it.Tool)), " ")
	case len(it.Received) > 1:
		return fmt.Sprintf("%s, and %d more", it.Received[0].Source, len(it.Received)-1)
	case len(it.Received) == 1:
		return it.Received[0].Source
	case it.Tool != "":
		return "by " + it.Tool
	}
	return ""
}

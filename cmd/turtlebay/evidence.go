package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
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
		Example: `  turtlebay evidence add letter.pdf scan.png --source "Member State, letter of 3 May 2023" --marking "tlp:amber"
  turtlebay evidence list
  turtlebay evidence show EV-000001 --anchor "page=2"`,
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
once more. A file that cannot be read is named and the others are received.`),
		Example: `  turtlebay evidence add letter.pdf --source "Member State, letter of 3 May 2023" --marking "tlp:amber; originator-control:Utopia"
  turtlebay evidence add press.html --source "News agency, 5 May 2023" --plain`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, files []string) error {
			if strings.TrimSpace(source) == "" {
				return usage(errors.New("--source is needed: say who supplied the files, and when"))
			}
			m, err := marking.Parse(mark)
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

// receive adds the files one by one: each is received whole, or named.
func receive(c *cobra.Command, v *vault.Vault, files []string, as vault.New) error {
	failed := 0
	for _, path := range files {
		item, known, err := receiveFile(c, v, path, as)
		if err != nil {
			fmt.Fprintf(c.ErrOrStderr(), "turtlebay: %v\n", err)
			failed++
			continue
		}
		if err := printAdded(c, item, known); err != nil {
			return err
		}
	}
	if failed > 0 {
		return unread(fmt.Errorf("%d of %d files were not received", failed, len(files)))
	}
	return nil
}

func receiveFile(c *cobra.Command, v *vault.Vault, path string, as vault.New) (vault.Item, bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return vault.Item{}, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", intake.Printable(path))
	}
	if err != nil {
		return vault.Item{}, false, err
	}
	if as.Title == "" {
		as.Title = filepath.Base(path)
	}
	var r io.Reader = f
	if bar := progress(c.ErrOrStderr()); bar != nil {
		r = &counted{r: f, total: info.Size(), tell: bar}
	}
	item, known, err := v.Add(c.Context(), r, as)
	if err != nil {
		return item, known, fmt.Errorf("%s: %w", intake.Printable(path), err)
	}
	return item, known, nil
}

// counted tells how far a file was read.
type counted struct {
	r           io.Reader
	read, total int64
	tell        func(desk.Progress)
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.read += int64(n)
	c.tell(desk.Progress{Phase: desk.Receiving, Done: c.read, Total: c.total})
	return n, err
}

func printAdded(c *cobra.Command, item vault.Item, known bool) error {
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), vault.Added{Item: item, Known: known})
	}
	state := "new"
	if known {
		state = "known: received once more"
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s  %s  %s  %s  %s  %s\n", item.ID, item.SHA256[:16], bytesOf(item.Size), item.MediaType,
		intake.Printable(item.Title), state)
	return err
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
		Example: `  turtlebay evidence list
  turtlebay evidence list --reader Utopia --cleared amber --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			return readVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				items, err := v.List(who)
				if e := listItems(c, items); e != nil {
					return e
				}
				if err != nil {
					return unread(err)
				}
				return nil
			})
		},
	}
	reader.add(c.Flags(), "reader", "see the desk as this reader does")
	deskFlag(c)
	jsonFlag(c)
	return c
}

func listItems(c *cobra.Command, items []vault.Item) error {
	if wantsJSON(c) {
		for _, it := range items {
			if err := printLine(c.OutOrStdout(), it); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, it := range items {
		source := ""
		if len(it.Received) > 0 {
			source = it.Received[0].Source
		}
		if it.Parent != "" {
			source = "from " + it.Parent + " by " + it.Tool
		}
		state := string(it.Role)
		if it.Destroyed {
			state += ", destroyed"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", it.ID, state, bytesOf(it.Size), it.MediaType, it.Marking,
			intake.Printable(it.Title), intake.Printable(source))
	}
	return w.Flush()
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/chain/tag"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/intake"
)

// tagSetName is the file in the folder of --into.
const tagSetName = "tags.txt"

func tagsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "tags",
		Short: "who is said to be behind an address: tags of many sources side by side",
		Long: strings.TrimSpace(`
Tags say who is behind an address: an exchange, a mixer, a listed group. They are read
from GraphSense TagPacks, OFAC's list of addresses and the labels of explorers into one
set, which a trace names by its digest. Tags that contradict each other are both kept.
No desk is needed.`),
		Example: `  turtlebay tags load examples/tags.yaml
  turtlebay tags show 0x098B716B8Aaf21512996dC57EB0615e2383E2f96 --tags tags/tags.txt`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(tagsLoadCommand(), tagsShowCommand())
	return c
}

func tagsLoadCommand() *cobra.Command {
	var into, chainName, date string
	var strict bool
	c := &cobra.Command{
		Use:   "load FILE…",
		Short: "read tags into a set, with a receipt",
		Long: strings.TrimSpace(`
Reads TagPacks (YAML), OFAC's addresses (CSV, JSON) and explorers' labels (JSON, CSV),
plain or gzipped, told apart by their content, and adds them to the set in the folder.
The receipt accounts for every row: read = kept + refused; each refused row is named,
and stays in the set with file, line, field and reason. The same files give the same
bytes, in whatever order they come.

Every address is checked: its form, its checksum, its network. One that a list
published in small letters, so that it cannot be read any more, is kept as a text and is
found as a hint, never as a match.`),
		Example: `  turtlebay tags load examples/tags.yaml
  turtlebay tags load examples/tags.yaml --into tags --strict --json`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return loadTags(c, a, into, tag.Options{Chain: chain.ID(chainName), Date: date}, strict)
		},
	}
	c.Flags().StringVar(&into, "into", "tags", "the folder of the set")
	c.Flags().StringVar(&chainName, "chain", "", "the chain of an explorer's labels, where the file's name does not say it")
	c.Flags().StringVar(&date, "date", "", "the day of rows whose file has none, as YYYY-MM-DD")
	c.Flags().BoolVar(&strict, "strict", false, "exit with status 3 if any row was refused")
	jsonFlag(c)
	return c
}

func loadTags(c *cobra.Command, paths []string, into string, opts tag.Options, strict bool) error {
	if _, ok := chain.Lookup(opts.Chain); opts.Chain != "" && !ok {
		return usage(fmt.Errorf("--chain: no chain %q", opts.Chain))
	}
	if _, err := time.Parse(time.DateOnly, opts.Date); opts.Date != "" && err != nil {
		return usage(fmt.Errorf("--date %q: want YYYY-MM-DD", opts.Date))
	}
	path := filepath.Join(into, tagSetName)
	set, err := openTags(path)
	if errors.Is(err, fs.ErrNotExist) {
		set, err = tag.NewSet(), nil
	}
	if err != nil {
		return err
	}
	files, err := readTagFiles(paths, opts)
	set = set.With(files...)
	text, digest, e := set.Encode()
	if e != nil {
		return fmt.Errorf("write tags: %w", e)
	}
	if len(files) > 0 {
		if e := os.MkdirAll(into, 0o700); e != nil {
			return aboutFile(into, e)
		}
		if e := whole.Write(path, text, 0o600); e != nil {
			return e
		}
	}
	if e := printTagReceipts(c, files, set, path, digest); e != nil {
		return errors.Join(e, err)
	}
	stopped := func(f tag.File) bool { return f.Receipt.Stopped != "" }
	refused := func(f tag.File) bool { return f.Receipt.Refused > 0 }
	switch {
	case err != nil:
		return unread(err)
	case slices.ContainsFunc(files, stopped), strict && slices.ContainsFunc(files, refused):
		return &exitError{status: exitUnread}
	}
	return nil
}

// readTagFiles reads files, several at a time, and returns those that could be read in
// their order. A tag names its file by the name without folders, unless two have the same.
func readTagFiles(paths []string, opts tag.Options) ([]tag.File, error) {
	base := map[string]int{}
	for _, p := range paths {
		base[filepath.Base(p)]++
	}
	read, errs := make([]tag.File, len(paths)), make([]error, len(paths))
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range paths {
		name := filepath.Base(p)
		if base[name] > 1 {
			name = filepath.ToSlash(filepath.Clean(p))
		}
		slots <- struct{}{}
		wait.Go(func() {
			read[i], errs[i] = readTagFile(p, name, opts)
			<-slots
		})
	}
	wait.Wait()
	var out []tag.File
	for i := range read {
		if errs[i] == nil {
			out = append(out, read[i])
		}
	}
	return out, errors.Join(errs...)
}

func readTagFile(path, name string, opts tag.Options) (tag.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return tag.File{}, aboutFile(path, err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return tag.File{}, aboutFile(path, errors.Join(err, errors.New("is no regular file")))
	}
	return tag.Read(name, f, opts)
}

// openTags reads a set of tags.
func openTags(path string) (*tag.Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	defer f.Close()
	set, err := tag.ReadSet(f)
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	return set, nil
}

// printTagReceipts prints what became of the files and what the set is now.
func printTagReceipts(c *cobra.Command, files []tag.File, set *tag.Set, path, digest string) error {
	receipts, read, kept, refused := []tag.Receipt{}, 0, 0, 0
	for _, f := range files {
		r := f.Receipt
		receipts, read, kept = append(receipts, r), read+r.Read, kept+r.Kept
		for _, x := range f.Refused {
			if refused++; refused <= shownRefusals {
				fmt.Fprintln(c.ErrOrStderr(), intake.Printable(x.Error()))
			}
		}
		for _, note := range []string{r.Stopped, r.Note} {
			if note != "" {
				fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", intake.Printable(r.File), intake.Printable(note))
			}
		}
	}
	if refused > shownRefusals {
		fmt.Fprintf(c.ErrOrStderr(), "… and %d more refused rows, in %s\n", refused-shownRefusals, intake.Printable(path))
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), struct {
			Files     []tag.Receipt `json:"files"`
			Read      int           `json:"read"`
			Kept      int           `json:"kept"`
			Refused   int           `json:"refused"`
			Tags      int           `json:"tags"`
			Addresses int           `json:"addresses"`
			Set       string        `json:"set"`
			SHA256    string        `json:"sha256"`
		}{receipts, read, kept, refused, set.Len(), set.Addresses(), path, digest})
	}
	return table(c.OutOrStdout(), func(w io.Writer) {
		for _, r := range receipts {
			fmt.Fprintf(w, "%s\t%s\t%d read\t%d kept\t%d refused\t%s\n", intake.Printable(r.File), r.Format, r.Read, r.Kept, r.Refused, receiptRemarks(r))
		}
		fmt.Fprintf(w, "all\t%s\t%d read\t%d kept\t%d refused\n", count(len(receipts), "file", "files"), read, kept, refused)
		fmt.Fprintf(w, "set\t%s\t%d tags\t%d addresses\n", intake.Printable(path), set.Len(), set.Addresses())
		fmt.Fprintf(w, "sha256\t%s\n", digest)
	})
}

// receiptRemarks are what a reader of the set should know of a file.
func receiptRemarks(r tag.Receipt) string {
	var out []string
	if r.Chain != "" {
		out = append(out, string(r.Chain)+", "+r.ChainBy)
	}
	if r.LostCase > 0 {
		out = append(out, fmt.Sprintf("%d lost their case", r.LostCase))
	}
	if r.ByForm > 0 {
		out = append(out, fmt.Sprintf("chain of %d by the address's form", r.ByForm))
	}
	return strings.Join(out, ", ")
}

func tagsShowCommand() *cobra.Command {
	var path, on string
	c := &cobra.Command{
		Use:   "show ADDRESS",
		Short: "show what a set of tags says about an address",
		Long: strings.TrimSpace(`
Shows every tag of the address, on each chain that it can be of, and beside them hints:
tags of the same key on another chain, and of texts that lost their capital letters and
are this address but for them. An address given in small letters that needs its
capitals is answered with hints alone.`),
		Example: `  turtlebay tags show 0x098B716B8Aaf21512996dC57EB0615e2383E2f96 --tags tags/tags.txt --on 2026-11-22`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			day, err := time.Parse(time.DateOnly, on)
			if on != "" && err != nil {
				return usage(fmt.Errorf("--on %q: want YYYY-MM-DD", on))
			}
			set, err := openTags(path)
			if err != nil {
				return err
			}
			return showTags(c, set, a[0], day)
		},
	}
	c.Flags().StringVar(&path, "tags", filepath.Join("tags", tagSetName), "the set of tags")
	c.Flags().StringVar(&on, "on", "", "say how old each tag was on this day, as YYYY-MM-DD")
	jsonFlag(c)
	return c
}

// shownTag is a tag as it is printed.
type shownTag struct {
	Why        string         `json:"hint,omitempty"` // empty: it is of this address
	Chain      chain.ID       `json:"chain"`
	Address    string         `json:"address"`
	Label      string         `json:"label"`
	Kinds      tag.Category   `json:"kinds"`
	Category   string         `json:"category,omitempty"`
	Actor      string         `json:"actor,omitempty"`
	Abuse      string         `json:"abuse,omitempty"`
	Confidence tag.Confidence `json:"confidence,omitempty"`
	ByForm     bool           `json:"chain_by_form,omitempty"`
	Source     string         `json:"source,omitempty"`
	Date       string         `json:"date,omitempty"`
	AgeDays    *int           `json:"age_days,omitempty"`
	File       string         `json:"file"`
	Line       int            `json:"line"`
	SHA256     string         `json:"sha256"`
}

// showTags prints the tags of an address and the hints beside them. An address without
// any is the answer no.
func showTags(c *cobra.Command, set *tag.Set, text string, day time.Time) error {
	shown := []shownTag{}
	held := map[tag.Tag]bool{}
	add := func(why tag.Why, t tag.Tag) {
		if !held[t] {
			held[t] = true
			shown = append(shown, shownAs(why, t, day))
		}
	}
	addresses := chain.ParseAny(text)
	for _, a := range addresses {
		for _, t := range set.Lookup(a) {
			add("", t)
		}
	}
	for _, a := range addresses {
		for _, h := range set.Hints(a) {
			add(h.Why, h.Tag)
		}
	}
	if len(addresses) == 0 {
		for _, h := range set.Lost(text) {
			add(h.Why, h.Tag)
		}
		if len(shown) == 0 {
			return usage(fmt.Errorf("%q is no address of a chain that is known", text))
		}
	}
	if wantsJSON(c) {
		if err := printJSON(c.OutOrStdout(), shown); err != nil {
			return err
		}
	} else {
		printTags(c.OutOrStdout(), shown)
	}
	if len(shown) == 0 {
		return errNo
	}
	return nil
}

func shownAs(why tag.Why, t tag.Tag, day time.Time) shownTag {
	out := shownTag{
		Why: string(why), Chain: t.Chain, Address: t.Lost, Label: t.Label, Kinds: t.Categories, Category: t.CategoryAs, Actor: t.Actor, Abuse: t.Abuse,
		Confidence: t.Confidence, ByForm: t.ByForm, Source: t.Source, Date: t.Date, File: t.Origin.File, Line: t.Origin.Line, SHA256: t.Origin.SHA256,
	}
	if t.Lost == "" {
		out.Address = t.Address.String()
	}
	if n, ok := t.Age(day); ok && !day.IsZero() {
		out.AgeDays = &n
	}
	return out
}

func printTags(w io.Writer, shown []shownTag) {
	if len(shown) == 0 {
		fmt.Fprintln(w, "no tag")
	}
	for _, t := range shown {
		hint := ""
		if t.Why != "" {
			hint = "hint, " + t.Why + ": "
		}
		fmt.Fprintf(w, "%s%s %s\n", hint, t.Chain, t.Address)
		age := ""
		if t.AgeDays != nil {
			age = fmt.Sprintf(", %d days old", *t.AgeDays)
		}
		form := ""
		if t.ByForm {
			form = "by the address's form; the source names an asset of several chains"
		}
		for _, part := range [][2]string{
			{"label", t.Label},
			{"kinds", t.Kinds.String()},
			{"category", t.Category},
			{"actor", t.Actor},
			{"abuse", t.Abuse},
			{"chain", form},
			{"confidence", string(t.Confidence)},
			{"source", t.Source},
			{"date", t.Date + age},
			{"row", fmt.Sprintf("%s:%d", t.File, t.Line)},
		} {
			if part[1] != "" {
				fmt.Fprintf(w, "  %-10s %s\n", part[0], intake.Printable(part[1]))
			}
		}
	}
}

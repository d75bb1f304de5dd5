package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/anchor"
)

// quote is what stands at a place, for programs. Item, at and quote are a passage,
// as a record's evidence has it.
type quote struct {
	ID      string   `json:"id,omitempty"`
	Item    string   `json:"item"`
	At      string   `json:"at"`
	Quote   string   `json:"quote,omitempty"`
	AsCited *bool    `json:"as_cited,omitempty"`
	Text    string   `json:"text,omitempty"`
	Bytes   []byte   `json:"bytes,omitempty"`
	Media   string   `json:"media_type,omitempty"`
	Tool    string   `json:"tool,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	Missing string   `json:"missing,omitempty"` // why the passage cannot be shown
}

func asQuote(item vault.Item, at string, q anchor.Quote) quote {
	out := quote{ID: item.ID, Item: item.SHA256, At: at, Quote: q.SHA256, Text: q.Text, Media: q.Media, Tool: q.Tool, Notes: q.Notes}
	if q.Text == "" {
		out.Bytes = q.Bytes
	}
	return out
}

// noQuote words why there is nothing to be shown at a place.
func noQuote(id string, err error) error {
	err = fmt.Errorf("%s: %w", id, err)
	if errors.Is(err, anchor.ErrAbsent) || errors.Is(err, anchor.ErrKind) {
		return &exitError{exitNo, err}
	}
	return unread(err)
}

// showQuote prints what stands at a place, or writes it into a file.
func (f *showFlags) showQuote(c *cobra.Command, v *vault.Vault, who marking.Reader, id string) error {
	item, err := v.Get(id, who)
	if err != nil {
		return noItem(err)
	}
	var q anchor.Quote
	look := func() error {
		content, err := v.Open(c.Context(), id, who, "shown at "+f.place.String())
		if err != nil {
			return noItem(err)
		}
		defer content.Close()
		if q, err = anchor.Resolve(c.Context(), content, item.MediaType, f.place); err != nil {
			return noQuote(id, err)
		}
		return nil
	}
	if f.out != "" {
		return written(c, f.out, newFile(f.out, func(w io.Writer) error {
			err := look()
			if err == nil {
				_, err = w.Write(q.Bytes)
			}
			return err
		}))
	}
	if err := look(); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printLine(c.OutOrStdout(), asQuote(item, f.place.String(), q))
	}
	printQuote(c, q, "")
	_, err = fmt.Fprintf(c.OutOrStdout(), "\nTo cite it:\n  item   %s\n  at     %s\n  quote  %s\n", item.SHA256, f.place, q.SHA256)
	return err
}

// printQuote prints the text of a quote, each line after the margin.
func printQuote(c *cobra.Command, q anchor.Quote, margin string) {
	for _, n := range q.Notes {
		fmt.Fprintln(c.ErrOrStderr(), printable(n))
	}
	out := c.OutOrStdout()
	if q.Text == "" && len(q.Bytes) > 0 {
		fmt.Fprintf(out, "%s%s of %s, no text: --out FILE has them\n", margin, bytesOf(int64(len(q.Bytes))), q.Media)
		return
	}
	for line := range strings.Lines(q.Text) {
		fmt.Fprintln(out, margin+intake.Printable(strings.TrimRight(line, "\r\n")))
	}
}

// errChanged and errMissing end a list of passages in which some do not stand where
// they were cited, or cannot be shown.
var (
	errChanged = errors.New("something else stands there than was cited")
	errMissing = errors.New("not on this desk")
)

// showPassages prints what stands in the evidence that a record rests on, in all its
// accounts. Each item is opened once, and that is one view.
func showPassages(c *cobra.Command, d *desk.Desk, v *vault.Vault, who marking.Reader, id string) error {
	r, err := d.For(who).Find(id)
	if errors.Is(err, desk.ErrNoRecord) {
		return &exitError{exitNo, err}
	} else if err != nil {
		return unread(err)
	}
	shelf, err := newShelf(v, who, id)
	if err != nil {
		return err
	}
	defer shelf.close()
	worst, shown := error(nil), 0
	for n, account := range r.Accounts() {
		if n > 0 && len(account.Evidence) > 0 && !wantsJSON(c) {
			fmt.Fprintf(c.OutOrStdout(), "\nAccount %d, which says something else:\n", n+1)
		}
		for i, p := range account.Evidence {
			if i > 0 && !wantsJSON(c) {
				fmt.Fprintln(c.OutOrStdout())
			}
			shown++
			err := shelf.show(c, p)
			var known *exitError
			if errors.As(err, &known) && known.status == exitUnread || c.Context().Err() != nil {
				return err
			} else if err != nil {
				worst = err
			}
		}
	}
	if shown == 0 {
		return &exitError{exitNo, fmt.Errorf("%s cites no evidence", id)}
	}
	if worst != nil {
		return &exitError{exitNo, fmt.Errorf("%s: not every passage stands as it was cited", id)}
	}
	return nil
}

// shelf is the evidence that one record cites, each item opened once.
type shelf struct {
	vault   *vault.Vault
	reader  marking.Reader
	purpose string
	items   map[string]vault.Item // by SHA-256
	open    map[string]*vault.Content
}

func newShelf(v *vault.Vault, who marking.Reader, id string) (*shelf, error) {
	items, err := v.List(who)
	if err != nil && len(items) == 0 {
		return nil, notListed(err)
	}
	s := &shelf{vault: v, reader: who, purpose: "cited by " + id, items: map[string]vault.Item{}, open: map[string]*vault.Content{}}
	for _, it := range items {
		// the bytes that were received, rather than a copy of them or a grave
		if was, ok := s.items[it.SHA256]; !ok || rank(it) > rank(was) {
			s.items[it.SHA256] = it
		}
	}
	return s, nil
}

func rank(it vault.Item) int {
	switch {
	case it.Destroyed:
		return 0
	case it.Role == vault.Original:
		return 2
	}
	return 1
}

func (s *shelf) close() {
	for _, content := range s.open {
		content.Close()
	}
}

// content is an item from its beginning.
func (s *shelf) content(ctx context.Context, item vault.Item) (*vault.Content, error) {
	if content, ok := s.open[item.ID]; ok {
		_, err := content.Seek(0, io.SeekStart)
		return content, err
	}
	content, err := s.vault.Open(ctx, item.ID, s.reader, s.purpose)
	if err == nil {
		s.open[item.ID] = content
	}
	return content, err
}

// show prints one passage. It returns errMissing or errChanged after having said so.
func (s *shelf) show(c *cobra.Command, p claim.Passage) error {
	item, q, err := s.look(c.Context(), p)
	if err != nil && !errors.Is(err, errMissing) && !errors.Is(err, errChanged) {
		return err
	}
	if wantsJSON(c) {
		out := asQuote(item, p.At, q)
		if errors.Is(err, errMissing) {
			out = quote{Item: p.Item, At: p.At, Missing: err.Error()}
		}
		cited := err == nil
		out.AsCited = &cited
		return errors.Join(err, printLine(c.OutOrStdout(), out))
	}
	switch {
	case errors.Is(err, errMissing):
		fmt.Fprintf(c.OutOrStdout(), "item %s, %s: %v\n", p.Item, intake.Printable(p.At), err)
		return err
	case err != nil:
		fmt.Fprintf(c.OutOrStdout(), "%s, %s, %s: NOT as cited\n", item.ID, intake.Printable(item.Title), p.At)
	default:
		fmt.Fprintf(c.OutOrStdout(), "%s, %s, %s\n", item.ID, intake.Printable(item.Title), p.At)
	}
	printQuote(c, q, "  ")
	return err
}

// look reads a passage in its item and compares it with what was cited.
func (s *shelf) look(ctx context.Context, p claim.Passage) (vault.Item, anchor.Quote, error) {
	item, ok := s.items[p.Item]
	if !ok {
		return item, anchor.Quote{}, errMissing
	}
	if item.Destroyed {
		return item, anchor.Quote{}, fmt.Errorf("%w: %s was destroyed", errMissing, item.ID)
	}
	at, err := anchor.Parse(p.At)
	if err != nil {
		return item, anchor.Quote{}, unread(fmt.Errorf("the record cites %w", err))
	}
	content, err := s.content(ctx, item)
	if err != nil {
		return item, anchor.Quote{}, noItem(err)
	}
	q, err := anchor.Resolve(ctx, content, item.MediaType, at)
	switch {
	case errors.Is(err, anchor.ErrAbsent), errors.Is(err, anchor.ErrKind):
		return item, q, errChanged
	case err != nil:
		return item, q, noQuote(item.ID, err)
	case p.Quote != "" && q.SHA256 != p.Quote:
		return item, q, errChanged
	}
	return item, q, nil
}

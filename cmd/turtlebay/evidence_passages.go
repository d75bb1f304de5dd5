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
	shown, cited := 0, true
	for n, account := range r.Accounts() {
		if n > 0 && len(account.Evidence) > 0 && !wantsJSON(c) {
			fmt.Fprintf(c.OutOrStdout(), "\nAccount %d, which says something else:\n", n+1)
			shelf.at = ""
		}
		for _, p := range account.Evidence {
			shown++
			switch err := shelf.show(c, p); {
			case errors.Is(err, errMissing), errors.Is(err, errChanged):
				cited = false
			case err != nil:
				return err
			}
		}
	}
	switch {
	case shown == 0:
		return &exitError{exitNo, fmt.Errorf("%s cites no evidence", id)}
	case !cited:
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
	at      string // SHA-256 of the item that was printed last
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
	if s.at != p.Item {
		s.head(c, item, p)
	}
	switch {
	case errors.Is(err, errMissing):
		fmt.Fprintf(c.OutOrStdout(), "  %s: %v\n", intake.Printable(p.At), err)
		return err
	case err != nil:
		fmt.Fprintf(c.OutOrStdout(), "  %s: NOT as cited\n", p.At)
	default:
		fmt.Fprintf(c.OutOrStdout(), "  %s\n", p.At)
	}
	printQuote(c, q, "    ")
	return err
}

// head names the item that the next passages are in, and the columns of a table.
func (s *shelf) head(c *cobra.Command, item vault.Item, p claim.Passage) {
	if s.at != "" {
		fmt.Fprintln(c.OutOrStdout())
	}
	s.at = p.Item
	if item.ID == "" {
		fmt.Fprintf(c.OutOrStdout(), "item %s\n", intake.Printable(p.Item))
		return
	}
	fmt.Fprintln(c.OutOrStdout(), strings.Join(filled(item.ID, intake.Printable(item.Title)), ", "))
	content, open := s.open[item.ID]
	if !open || mediaOf(item) != "text/csv" {
		return
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return // the passage itself says that it cannot be read
	}
	columns, err := anchor.Resolve(c.Context(), content, item.MediaType, anchor.Place{Kind: anchor.Lines, From: 1, To: 1})
	if err == nil {
		fmt.Fprintln(c.OutOrStdout(), "  columns")
		printQuote(c, columns, "    ")
	}
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

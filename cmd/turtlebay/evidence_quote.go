package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
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

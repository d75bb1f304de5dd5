package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gowebpki/jcs"
	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/redaction"
	"github.com/turtlebay/turtlebay/vault/unpack"
)

func evidenceCopyCommand() *cobra.Command {
	var title, reason string
	c := &cobra.Command{
		Use:   "copy ITEM",
		Short: "make a working copy, an item of its own",
		Long: strings.TrimSpace(`
Makes a copy to work with: an item of its own that names the one it was made from. The
original stays what it is.`),
		Example: `  turtlebay evidence copy EV-000008 --reason "to be annotated"`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				parent, err := v.Get(a[0], marking.Custodian())
				if err != nil {
					return noItem(err)
				}
				item, known, err := v.Copy(c.Context(), a[0], cmp.Or(title, parent.Title), reason)
				if err != nil {
					return noItem(err)
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringVar(&title, "title", "", "what to call it (default: as the original)")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

// part says which part of an item is made an item of its own.
type part struct {
	member string
	number int // of the member, -1 for the only one of that name
	anchor string
	place  anchor.Place // what anchor says
	title  string       // else what the part itself says
	reason string
}

func evidenceExtractCommand() *cobra.Command {
	var p part
	c := &cobra.Command{
		Use:   "extract ITEM --member NAME | --anchor PLACE",
		Short: "make an item of a part: a member of an archive, or what stands at a place",
		Long: strings.TrimSpace(`
Makes a part of an item an item of its own that names what it came from. Archives are
opened one level at a time, within limits; an archive in an archive is an item first.
A member is named as “evidence show --members” prints it; where two have one name,
--number says which.`),
		Example: `  turtlebay evidence extract EV-000008 --anchor "lines=41"
  turtlebay evidence extract EV-000027 --member "annex/letter.txt"   # of a zip, tar or gzip`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) (err error) {
			named := p.member != "" || p.number >= 0
			if named == (p.anchor != "") {
				return usage(errors.New("either --member or --anchor is needed"))
			}
			if p.anchor != "" {
				if p.place, err = placeOf("--anchor", p.anchor); err != nil {
					return err
				}
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, known, err := p.extract(c.Context(), v, a[0])
				if err != nil {
					return err
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringVar(&p.member, "member", "", "name of a member of an archive (see show --members)")
	c.Flags().IntVar(&p.number, "number", -1, "number of the member, where several have the name")
	c.Flags().StringVar(&p.anchor, "anchor", "", "a place in the item: page=, bytes=, lines= or time=")
	c.Flags().StringVar(&p.title, "title", "", "what to call it (default: the member's name, or the place)")
	c.Flags().StringVar(&p.reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func (p part) extract(ctx context.Context, v *vault.Vault, id string) (vault.Item, bool, error) {
	parent, err := v.Get(id, marking.Custodian())
	if err != nil {
		return parent, false, noItem(err)
	}
	content, err := v.Peek(ctx, id)
	if err != nil {
		return parent, false, noItem(err)
	}
	defer content.Close()
	if p.anchor == "" {
		return p.extractMember(ctx, v, id, content)
	}
	q, err := anchor.Resolve(ctx, content, parent.MediaType, p.place)
	if err != nil {
		return parent, false, noQuote(id, err)
	}
	return p.derive(ctx, v, id, vault.Derivation{
		Title: "extract, " + p.place.String(), Tool: cmp.Or(q.Tool, "anchor@1"),
		Params: params(map[string]any{"at": p.place.String()}),
	}, bytes.NewReader(q.Bytes))
}

// extractMember makes an item of a member of an archive while it is being unpacked.
func (p part) extractMember(ctx context.Context, v *vault.Vault, id string, content *vault.Content) (vault.Item, bool, error) {
	number, err := p.find(ctx, id, content)
	if err != nil {
		return vault.Item{}, false, err
	}
	archive, err := unpack.Open(content, content.Size(), unpack.Options{AnyName: true})
	if err != nil {
		return vault.Item{}, false, unread(fmt.Errorf("%s: %w", id, err))
	}
	for m, err := range archive.Members(ctx) {
		if err != nil {
			return vault.Item{}, false, unread(fmt.Errorf("%s: %w", id, err))
		}
		if m.Index != number {
			continue
		}
		r, err := m.Open()
		if errors.Is(err, unpack.ErrRefused) {
			return vault.Item{}, false, &exitError{exitNo, fmt.Errorf("%s: %w", id, err)}
		} else if err != nil {
			return vault.Item{}, false, unread(fmt.Errorf("%s: %w", id, err))
		}
		how := vault.Derivation{
			Title: path.Base(m.Original), Tool: "unpack@1",
			Params: params(map[string]any{"member": m.Original, "number": m.Index}),
		}
		return p.derive(ctx, v, id, how, r)
	}
	return vault.Item{}, false, unread(fmt.Errorf("%s: %w", id, unpack.ErrBroken))
}

// find is the number of the member that is meant.
func (p part) find(ctx context.Context, id string, content *vault.Content) (int, error) {
	archive, err := unpack.Open(content, content.Size(), unpack.Options{})
	if errors.Is(err, unpack.ErrFormat) {
		return 0, &exitError{exitNo, fmt.Errorf("%s: %w", id, unpack.ErrFormat)}
	} else if err != nil {
		return 0, unread(fmt.Errorf("%s: %w", id, err))
	}
	var found []int
	for m, err := range archive.Members(ctx) {
		if err != nil {
			if len(found) == 0 {
				return 0, unread(fmt.Errorf("%s: %w", id, err))
			}
			break // what comes after the break is not there
		}
		if (p.number < 0 || m.Index == p.number) && (p.member == "" || m.Original == p.member || m.Name == p.member) {
			found = append(found, m.Index)
		}
	}
	switch len(found) {
	case 0:
		return 0, &exitError{exitNo, fmt.Errorf("%s: no such member: “evidence show %s --members” lists them", id, id)}
	case 1:
		return found[0], nil
	}
	return 0, &exitError{exitNo, fmt.Errorf("%s: %d members have that name: say which with --number %s", id, len(found), numbers(found))}
}

// numbers lists "2, 5 or 7".
func numbers(list []int) string {
	words := strings.Fields(strings.Trim(fmt.Sprint(list), "[]"))
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func (p part) derive(ctx context.Context, v *vault.Vault, id string, how vault.Derivation, r io.Reader) (vault.Item, bool, error) {
	how.Role, how.Reason, how.Title = vault.Extract, p.reason, cmp.Or(p.title, how.Title)
	item, known, err := v.Derive(ctx, id, how, r)
	if err != nil {
		return item, known, noItem(err)
	}
	return item, known, nil
}

// params are a tool's parameters as canonical JSON.
func params(of map[string]any) string {
	b, err := json.Marshal(of)
	if err == nil {
		b, err = jcs.Transform(b)
	}
	if err != nil {
		panic(err) // text and whole numbers always encode
	}
	return string(b)
}

func evidenceRedactCommand() *cobra.Command {
	var places []string
	var word, title, reason string
	c := &cobra.Command{
		Use:   "redact ITEM --at PLACE…",
		Short: "make a copy with parts burned out",
		Long: strings.TrimSpace(`
Makes a copy in which the places named are gone, not covered: letters of text are
replaced, boxes of pictures are painted over, pages of PDFs are drawn anew as pictures
without what lies in the boxes. The original stays. The copy has the original's marking
until that is lowered (evidence mark), and a title of its own, since a title may tell
what was cut. Places are those of “evidence show --anchor”.`),
		Example: `  turtlebay evidence redact EV-000008 --at lines=41 --at bytes=0-10 --reason "names a source"
  turtlebay evidence redact EV-000026 --at "page=2&box=72,100,300,140" --reason "names a source"   # of a PDF`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			req := redaction.Request{Word: word}
			for _, text := range places {
				at, err := placeOf("--at", text)
				if err != nil {
					return err
				}
				req.Places = append(req.Places, at)
			}
			if len(req.Places) == 0 {
				return usage(errors.New("--at is needed: what is to go"))
			}
			return onVault(c, func(_ *desk.Desk, v *vault.Vault) error {
				item, known, err := redact(c, v, a[0], req, vault.Derivation{Title: title, Reason: reason})
				if err != nil {
					return err
				}
				return printAdded(c, item, known)
			})
		},
	}
	c.Flags().StringArrayVar(&places, "at", nil, "what is to go: bytes=, lines=, page= with or without &box=")
	c.Flags().StringVar(&word, "word", "", "in text, what stands for each part that is gone (default: a block for each letter)")
	c.Flags().StringVar(&title, "title", "redacted copy", "what to call it")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func redact(c *cobra.Command, v *vault.Vault, id string, req redaction.Request, how vault.Derivation) (vault.Item, bool, error) {
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
		return parent, false, noQuote(id, err)
	}
	for _, n := range done.Notes {
		fmt.Fprintln(c.ErrOrStderr(), intake.Printable(n))
	}
	how.Role, how.Tool, how.Params = vault.Redacted, done.Tool, string(done.Params)
	item, known, err := v.Derive(c.Context(), id, how, &copied)
	if err != nil {
		return item, known, noItem(err)
	}
	return item, known, nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/gabriel-vasile/mimetype"
	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
)

func evidenceExportCommand() *cobra.Command {
	var reader readerFlags
	var out, key, reason string
	c := &cobra.Command{
		Use:   "export ITEM… --reader NAME --out DIR",
		Short: "hand items over, with a proof that the log knew them",
		Long: strings.TrimSpace(`
Writes the items that the reader may see into a new folder, each with a file
ITEM.tlog-proof that proves, offline, that the custody log knew these bytes and since
when. contents.json lists them with their digests and markings, and counts what the
reader may not see by its marking; that stays here. log.pub is the key of the log.`),
		Example: `  turtlebay evidence export EV-000008 EV-000001 --reader Utopia --cleared amber --out for-utopia
  turtlebay evidence export EV-000008 --reader Utopia --age age1… --out sealed-for-utopia`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, ids []string) error {
			if out == "" || len(reader.names) == 0 {
				return usage(errors.New("--reader and --out are needed: to whom, and where to"))
			}
			who, err := reader.who(c)
			if err != nil {
				return err
			}
			to := vault.Addressee{Name: who.Name, Reader: who, Reason: reason}
			if key != "" {
				if to.Key, err = age.ParseX25519Recipient(key); err != nil {
					return usage(fmt.Errorf("--age: %w", err))
				}
			}
			return onVault(c, func(d *desk.Desk, v *vault.Vault) error { return export(c, d, v, ids, to, out) })
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to write to; it must not exist or be empty")
	c.Flags().StringVar(&key, "age", "", "age recipient (age1…) to encrypt the items to")
	c.Flags().StringVar(&reason, "reason", "", "why, for the log")
	reader.add(c.Flags(), "reader", "see the desk as this reader does")
	deskFlag(c)
	byFlag(c)
	jsonFlag(c)
	return c
}

func export(c *cobra.Command, d *desk.Desk, v *vault.Vault, ids []string, to vault.Addressee, dir string) error {
	for _, id := range ids { // before a folder is made
		if _, err := v.Get(id, marking.Custodian()); err != nil {
			return noItem(err)
		}
	}
	if err := emptyFolder(dir); err != nil {
		return err
	}
	h := handing{dir: dir, to: to.Key}
	done, err := v.Export(c.Context(), marking.Custodian(), ids, to, func(it vault.Item, r io.Reader) error {
		return h.write(fileOf(it), true, func(w io.Writer) error {
			_, err := io.Copy(w, r) // encrypted by the vault, if it is to be
			return err
		})
	})
	if err != nil || len(done.Items) == 0 {
		_ = os.Remove(dir) // if it is empty
	}
	if err != nil {
		return noItem(err)
	}
	if len(done.Items) > 0 {
		err = h.prove(c, d, v, done)
	}
	if err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		if err := printJSON(c.OutOrStdout(), done); err != nil {
			return err
		}
	} else if err := printExported(c.OutOrStdout(), done, h); err != nil {
		return err
	}
	if len(done.Items) == 0 {
		return &exitError{exitNo, fmt.Errorf("nothing was handed over: %s may see none of it", intake.Quote(to.Name))}
	}
	return nil
}

func printExported(out io.Writer, done vault.Exported, h handing) error {
	return table(out, func(w io.Writer) {
		for _, it := range done.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", filepath.Join(intake.Printable(h.dir), h.name(fileOf(it))), bytesOf(it.Size),
				intake.Printable(it.Marking.String()), intake.Printable(clip(it.Title, 40)))
		}
		for _, held := range done.Withheld {
			fmt.Fprintf(w, "withheld: %d marked %s\n", held.Count, held.Label)
		}
	})
}

// emptyFolder makes a folder, which may be there and empty.
func emptyFolder(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	var entries []fs.DirEntry
	if err == nil {
		entries, err = os.ReadDir(dir)
	}
	switch {
	case err != nil:
		return unread(aboutFile(dir, err))
	case len(entries) > 0:
		return usage(aboutFile(dir, errors.New("is not empty")))
	}
	return nil
}

// fileOf is the name of an item's file: its number, with the ending that goes with
// its bytes. A title is not fit to be a file's name.
func fileOf(it vault.Item) string {
	if m := mimetype.Lookup(mediaOf(it)); m != nil {
		return it.ID + m.Extension()
	}
	return it.ID
}

// handing is a folder that goes to somebody.
type handing struct {
	dir string
	to  age.Recipient // nil: in clear
}

// name is what a file is called there.
func (h handing) name(file string) string {
	if h.to != nil {
		file += ".age"
	}
	return file
}

// write writes a file of the folder, encrypted where all of it is, unless that was
// done already.
func (h handing) write(name string, sealed bool, fill func(io.Writer) error) error {
	return newFile(filepath.Join(h.dir, h.name(name)), func(w io.Writer) error {
		if h.to == nil || sealed {
			return fill(w)
		}
		in, err := age.Encrypt(w, h.to)
		if err != nil {
			return err
		}
		if err := fill(in); err != nil {
			return err
		}
		return in.Close()
	})
}

// contents is what contents.json says.
type contents struct {
	Log string `json:"log"` // verifier key of the custody log
	vault.Exported
	Files map[string]string `json:"files"` // by item
}

// prove lays the proofs and the list of contents beside the items. Proofs are never
// encrypted: they show nothing but digests.
func (h handing) prove(c *cobra.Command, d *desk.Desk, v *vault.Vault, done vault.Exported) error {
	key, err := logKey(d)
	if err != nil {
		return err
	}
	if _, err := leaving(c, d); err != nil {
		return err
	}
	list := contents{Log: key, Exported: done, Files: map[string]string{}}
	for _, it := range done.Items {
		list.Files[it.ID] = h.name(fileOf(it))
		proof, err := proofOf(v.Log(), it.Leaf)
		if err != nil {
			return unread(err)
		}
		if err := newFile(filepath.Join(h.dir, it.ID+".tlog-proof"), text(string(proof))); err != nil {
			return err
		}
	}
	if err := newFile(filepath.Join(h.dir, "log.pub"), text(key+"\n")); err != nil {
		return err
	}
	b, err := jsonFor(list, "  ")
	if err != nil {
		return err
	}
	return h.write("contents.json", false, text(string(b)))
}

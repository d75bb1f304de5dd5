package csr

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// Checked is what Check found.
type Checked struct {
	Rows   uint64   `json:"rows"`
	Files  int      `json:"files"`
	Bytes  int64    `json:"bytes"`
	Faults []string `json:"faults"` // file: place: what is not as it was written
	Notes  []string `json:"notes"`  // files that belong to no ledger, or to none any more
}

// mostFaults is how many are named.
const mostFaults = 1000

// Check reads every byte of the ledger in a folder: files against their checksums and
// the catalogue, rows against their order, indexes and lists against the rows, the
// digest that is kept against that of the rows. The error is of the check itself; what
// is wrong with the ledger is in what it returns.
func Check(ctx context.Context, dir string) (out Checked, err error) {
	c := &checking{ctx: ctx, dir: dir, Checked: Checked{Faults: []string{}, Notes: []string{}}}
	cat, err := catalog.Read(dir)
	var fault *sections.Fault
	switch {
	case errors.As(err, &fault):
		c.fault(fault)
		return c.Checked, nil
	case err != nil:
		return c.Checked, fmt.Errorf("check ledger: %w", wrap(err))
	}
	c.key = cat.Key()
	c.Files++
	for _, ch := range cat.Chains {
		if err := c.chain(ch); err != nil {
			return c.Checked, fmt.Errorf("check ledger: %w", err)
		}
	}
	if len(c.Faults) == 0 {
		if err := c.digest(cat); err != nil {
			return c.Checked, fmt.Errorf("check ledger: %w", wrap(err))
		}
	}
	return c.Checked, c.others(cat)
}

type checking struct {
	Checked
	ctx context.Context
	dir string
	key names.Hash
}

func (c *checking) fault(err error) {
	if len(c.Faults) < mostFaults {
		c.Faults = append(c.Faults, err.Error())
	}
}

// chain checks the files of a chain. Its error is one of ctx alone.
func (c *checking) chain(ch catalog.Chain) error {
	accounts := c.dictionary(ch.Addresses)
	assets := c.dictionary(ch.Assets)
	last := uint64(0)
	for i, s := range ch.Segments {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if i > 0 && s.First <= last || s.Last < s.First {
			c.fault(&sections.Fault{File: catalog.Name, Why: fmt.Sprintf("the blocks of %s overlap those before", s.Name)})
		}
		last = s.Last
		if err := c.segment(s, accounts, assets); err != nil {
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			c.fault(err)
		}
	}
	if len(ch.Segments) == 0 {
		c.fault(&sections.Fault{File: catalog.Name, Why: "names a chain without rows"})
	}
	return nil
}

// file opens a file, and reads it.
func (c *checking) file(f catalog.File) (*sections.File, bool) {
	c.Files++
	open, err := f.Open(c.dir)
	if err != nil {
		c.fault(err)
		return nil, false
	}
	c.Bytes += open.Size()
	faults := open.Verify()
	for _, err := range faults {
		c.fault(err)
	}
	if len(faults) > 0 {
		open.Close()
	}
	return open, len(faults) == 0
}

// dictionary checks a dictionary and says how many names it has.
func (c *checking) dictionary(files []catalog.File) int {
	for _, f := range files {
		open, ok := c.file(f)
		if !ok {
			return -1
		}
		open.Close()
	}
	d, err := dictionary.Open(c.dir, files)
	if err != nil {
		c.fault(err)
		return -1
	}
	defer d.Close()
	d.Tables(func(f *sections.File, t *names.Table) {
		if err := t.Check(c.key, f.Name()); err != nil {
			c.fault(err)
		}
	})
	return d.Len()
}

func (c *checking) segment(s catalog.Segment, accounts, assets int) error {
	f, ok := c.file(s.File)
	if !ok {
		return nil
	}
	open, err := segment.Of(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	defer open.Close()
	c.Rows += uint64(open.Rows())
	if uint64(open.Rows()) != s.Rows {
		c.fault(&sections.Fault{File: s.Name, Why: "has not the rows that the catalogue says"})
	}
	if since, until := open.Times(); open.Blocks() == 0 || since != s.Since || until != s.Until {
		c.fault(&sections.Fault{File: s.Name, Why: "has not the times that the catalogue says"})
	}
	if open.Blocks() > 0 {
		first, _ := open.BlockAt(0)
		last, _ := open.BlockAt(open.Blocks() - 1)
		if first != s.First || last != s.Last {
			c.fault(&sections.Fault{File: s.Name, Why: "has not the blocks that the catalogue says"})
		}
	}
	if accounts < 0 || assets < 0 {
		return nil // the dictionary is named already
	}
	return open.Check(c.ctx, c.key, accounts, assets)
}

// digest holds the digest that is kept against that of the rows.
func (c *checking) digest(cat *catalog.Catalog) error {
	name := catalog.DigestName(cat.ID())
	var kept keptDigest
	switch err := catalog.ReadJSON(filepath.Join(c.dir, name), &kept); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		c.Files++
		c.fault(err)
		return nil
	}
	c.Files++
	s, err := openSnapshot(c.dir, cat)
	if err != nil {
		return err
	}
	defer s.Close()
	digest, err := s.reckon(c.ctx)
	if err == nil && digest != kept.Digest {
		c.fault(&sections.Fault{File: name, Why: "the rows have another digest: " + digest})
	}
	return err
}

// others notes files that the catalogue does not name.
func (c *checking) others(cat *catalog.Catalog) error {
	named := map[string]bool{catalog.Name: true, lockName: true, catalog.DigestName(cat.ID()): true}
	for _, ch := range cat.Chains {
		for _, f := range ch.Files() {
			named[f.Name] = true
		}
	}
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("check ledger: %w", err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case named[name]:
		case sections.IsTemp(name), catalog.IsPart(name), catalog.IsDigest(name):
			c.Notes = append(c.Notes, name+": left by an interrupted load; the next load removes it")
		default:
			c.Notes = append(c.Notes, name+": no file of a ledger")
		}
	}
	return nil
}

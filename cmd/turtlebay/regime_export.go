package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/regime"
)

// keptRegimes is the folder of a desk that holds the versions of regimes that were
// kept, each in a folder named after its digest.
const keptRegimes = "regime"

// unfinishedRegime begins the name of a folder that is being written.
const unfinishedRegime = ".unfinished-regime-"

func regimeExportCommand() *cobra.Command {
	var keep bool
	c := &cobra.Command{
		Use:   "export [DIR]",
		Short: "write the files of a regime into a folder, or keep its version with the desk",
		Long: strings.TrimSpace(`
Writes the files of a pack, with the lists of goods that it uses, into a new folder.
The folder is a pack itself: --regime DIR runs it, and it has the same version hash.

With --keep it goes into the desk, under regime/ and its hash; there “turtlebay regime
replay --old HASH” finds it. Do so before a regime changes on which something was
reported.`),
		Example: `  turtlebay regime export council
  turtlebay regime export --keep --desk turtlebay-demo`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if keep == (len(a) == 1) {
				return usage(errors.New("name a folder, or --keep to write it into the desk"))
			}
			files, p, err := packFiles(c)
			if err != nil {
				return err
			}
			if keep {
				return keepRegime(c, files, p)
			}
			if err := writePack(a[0], files); err != nil {
				return err
			}
			return exported(c, a[0], p, len(files))
		},
	}
	c.Flags().BoolVar(&keep, "keep", false, "keep it with the desk")
	regimeFlag(c)
	deskFlag(c)
	jsonFlag(c)
	return c
}

// packFiles are the files of the one pack that --regime names, which loads.
func packFiles(c *cobra.Command) (fstest.MapFS, *regime.Pack, error) {
	spec, err := c.Flags().GetString("regime")
	if err != nil {
		return nil, nil, err
	}
	if strings.Contains(spec, ",") {
		return nil, nil, usage(fmt.Errorf("--regime %q: export one pack at a time", spec))
	}
	src, err := sourceOf(strings.TrimSpace(spec))
	if err != nil {
		return nil, nil, err
	}
	defer src.close()
	files, err := src.all()
	if err != nil {
		return nil, nil, unread(aboutFile(spec, err))
	}
	p, err := regime.Load(files)
	if err != nil {
		return nil, nil, unread(aboutFile(spec, err))
	}
	return files, p, nil
}

func exported(c *cobra.Command, dir string, p *regime.Pack, files int) error {
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), struct {
			Folder string `json:"folder"`
			Regime string `json:"regime"`
			Digest string `json:"digest"`
			Files  int    `json:"files"`
		}{dir, p.ID, p.Digest(), files})
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s\nregime %s, %s\nversion %s\n", intake.Printable(dir), p.ID, count(files, "file", "files"), p.Digest())
	return err
}

// keepRegime writes a pack into the desk; one that is there already stays.
func keepRegime(c *cobra.Command, files fstest.MapFS, p *regime.Pack) error {
	return onDesk(c, func(d *desk.Desk) (err error) {
		release, err := d.Hold(c.Context())
		if err != nil {
			return unread(err)
		}
		defer func() {
			if e := release(); err == nil && e != nil {
				err = unread(e)
			}
		}()
		dir := d.Path(keptRegimes, p.Digest())
		switch kept, err := openPack(dir); {
		case err == nil && kept.Digest() == p.Digest():
			return exported(c, dir, p, len(files))
		case err == nil:
			return unread(fmt.Errorf("%s: what is kept there is another version (%s)", intake.Printable(dir), kept.Digest()[:12]))
		}
		if err := os.MkdirAll(d.Path(keptRegimes), 0o700); err != nil {
			return unread(err)
		}
		left, err := filepath.Glob(d.Path(keptRegimes, unfinishedRegime+"*"))
		for _, old := range left { // of a run that was interrupted; the desk is ours now
			err = errors.Join(err, os.RemoveAll(old))
		}
		if err != nil {
			return unread(err)
		}
		if err := writePack(dir, files); err != nil {
			return err
		}
		return exported(c, dir, p, len(files))
	})
}

// writePack writes files into a new folder, which is there whole or not at all.
func writePack(dir string, files fstest.MapFS) (err error) {
	switch entries, err := os.ReadDir(dir); {
	case err == nil && len(entries) > 0:
		return &exitError{exitNo, fmt.Errorf("%s: is not empty, and stays as it is", intake.Printable(dir))}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return unread(aboutFile(dir, err))
	}
	parent := filepath.Dir(filepath.Clean(dir))
	temp, err := os.MkdirTemp(parent, unfinishedRegime)
	if err != nil {
		return unread(fmt.Errorf("write regime: %w", err))
	}
	defer os.RemoveAll(temp)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(temp, filepath.FromSlash(path.Clean(name)))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return unread(fmt.Errorf("write regime: %w", err))
		}
		if err := whole.Write(at, files[name].Data, 0o644); err != nil {
			return unread(err)
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return unread(fmt.Errorf("write regime: %w", err))
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unread(aboutFile(dir, err))
	}
	if err := os.Rename(temp, dir); err != nil {
		return unread(fmt.Errorf("write regime: %w", err))
	}
	return whole.SyncDir(parent)
}

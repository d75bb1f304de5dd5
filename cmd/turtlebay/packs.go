package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/eu20171509"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lists"
)

// defaultPack is the regime that a verb runs where none is named.
const defaultPack = "kp"

// builtIn are the packs that need no folder, by name.
var builtIn = []struct {
	name  string
	open  func() (*regime.Pack, error)
	files func() fs.FS
}{
	{"kp", kp.Pack, kp.Files},
	{"eu-2017-1509", eu20171509.Pack, eu20171509.Files},
}

func isBuiltIn(name string) bool {
	for _, b := range builtIn {
		if b.name == name {
			return true
		}
	}
	return false
}

// packFile is the file that makes a folder a pack; listsName the folder in it that
// holds lists of goods.
const (
	packFile  = "pack.yaml"
	listsName = "lists"
)

// regimeFlag adds --regime to a verb that runs rules.
func regimeFlag(c *cobra.Command) {
	c.Flags().String("regime", defaultPack, "the rules: kp, eu-2017-1509, the folder of a pack, or several with commas between")
}

// chosenPacks opens what --regime names.
func chosenPacks(c *cobra.Command) (*regime.Pack, error) {
	spec, err := c.Flags().GetString("regime")
	if err != nil {
		return nil, err
	}
	return openPacks(spec)
}

// openPacks opens the packs that spec names, joined into one where there are several:
// names of those built in and folders, with commas between. A spec that names
// nothing is an error of usage; a pack that is refused one of reading.
func openPacks(spec string) (*regime.Pack, error) {
	var packs []*regime.Pack
	for name := range strings.SplitSeq(spec, ",") {
		p, err := openPack(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	p, err := regime.Join(packs...)
	if err != nil {
		return nil, usage(fmt.Errorf("--regime %q: %w", spec, err))
	}
	return p, nil
}

func openPack(name string) (*regime.Pack, error) {
	for _, b := range builtIn {
		if b.name == name {
			p, err := b.open()
			if err != nil {
				return nil, fmt.Errorf("regime %s: %w", name, err)
			}
			return p, nil
		}
	}
	src, err := folderPack(name)
	if err != nil {
		return nil, err
	}
	defer src.close()
	p, err := src.load()
	if err != nil {
		return nil, unread(aboutFile(name, err))
	}
	return p, nil
}

// packSource is where the files of a pack lie.
type packSource struct {
	files  fs.FS
	shared []fs.FS // lists of goods that lie elsewhere
	folder string  // empty of a pack built in
	close  func()
}

func (s packSource) load() (*regime.Pack, error) { return regime.Load(s.files, s.shared...) }

// sourceOf finds the files of one pack by the name that --regime knows it by.
func sourceOf(name string) (packSource, error) {
	for _, b := range builtIn {
		if b.name == name {
			return packSource{files: b.files(), shared: []fs.FS{lists.Files()}, close: func() {}}, nil
		}
	}
	return folderPack(name)
}

// folderPack opens a folder with a pack.yaml. Where it has lists of its own, as one
// that was exported has, the shared ones are not added: it is whole as it is.
func folderPack(dir string) (packSource, error) {
	if st, err := os.Stat(dir); dir == "" || errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return packSource{}, usage(fmt.Errorf("no regime %q: want kp, eu-2017-1509 or a folder with a %s", dir, packFile))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return packSource{}, unread(aboutFile(dir, err))
	}
	if _, err := root.Stat(packFile); err != nil {
		root.Close()
		return packSource{}, usage(fmt.Errorf("%s: is no regime: it has no %s", intake.Printable(dir), packFile))
	}
	s := packSource{files: regularFiles{root.FS()}, shared: []fs.FS{lists.Files()}, folder: dir, close: func() { root.Close() }}
	if st, err := root.Stat(listsName); err == nil && st.IsDir() {
		s.shared = nil
	}
	return s, nil
}

// regularFiles is a file system without what cannot be read to an end, such as
// pipes.
type regularFiles struct{ fs.FS }

func (r regularFiles) Open(name string) (fs.File, error) {
	st, err := fs.Stat(r.FS, name)
	if err == nil && !st.IsDir() && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("is no regular file")}
	}
	if err != nil {
		return nil, err
	}
	return r.FS.Open(name)
}

package whole

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// setDir is the folder, beside the files of a set, in which they wait for each
// other; listFile, in it, says that all of them are there.
const (
	setDir   = ".set"
	listFile = "list.json"
)

// WriteSet replaces several files of a folder so that after a crash, once FinishSet
// was called, all of them are as they were before or all as they should be. Until
// end is called FinishSet reports that the set was carried through.
func WriteSet(dir string, files map[string][]byte, mode fs.FileMode) (end func() error, err error) {
	if _, err := FinishSet(dir); err != nil {
		return nil, err
	}
	wait := filepath.Join(dir, setDir)
	if err := stage(wait, files, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", dir, err), os.RemoveAll(wait))
	}
	if err := place(dir); err != nil {
		return nil, err
	}
	return func() error { return os.RemoveAll(wait) }, nil
}

// stage writes the files and, last, the list of them.
func stage(wait string, files map[string][]byte, mode fs.FileMode) error {
	if err := os.MkdirAll(wait, 0o700); err != nil {
		return err
	}
	var names []string
	for name, b := range files {
		if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
			return fmt.Errorf("%q is not the name of a file in it", name)
		}
		names = append(names, name)
		if err := Write(filepath.Join(wait, name), b, mode); err != nil {
			return err
		}
	}
	slices.Sort(names)
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return Write(filepath.Join(wait, listFile), list, 0o600)
}

// place gives the files of the list their places; one that is not there took its
// place before.
func place(dir string) error {
	wait := filepath.Join(dir, setDir)
	b, err := os.ReadFile(filepath.Join(wait, listFile))
	var names []string
	if err == nil {
		err = json.Unmarshal(b, &names)
	}
	for _, name := range names {
		e := os.Rename(filepath.Join(wait, name), filepath.Join(dir, name))
		if e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err == nil {
		err = SyncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", dir, err)
	}
	return nil
}

// FinishSet carries through what WriteSet had all files of when it was interrupted,
// and drops anything less. It reports whether it carried a set through.
func FinishSet(dir string) (bool, error) {
	wait := filepath.Join(dir, setDir)
	_, err := os.Stat(filepath.Join(wait, listFile))
	whole := err == nil
	if whole {
		if err := place(dir); err != nil {
			return false, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("finish %s: %w", dir, err)
	}
	if err := os.RemoveAll(wait); err != nil {
		return whole, fmt.Errorf("finish %s: %w", dir, err)
	}
	return whole, nil
}

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
// other. In it, oldDir holds the files that they replace; listFile says that all of
// them are there and take their places; undoFile, which it becomes, that they go
// back.
const (
	setDir   = ".set"
	oldDir   = ".old"
	listFile = "list.json"
	undoFile = ".undo.json"
)

// WriteSet replaces several files of a folder so that after a crash, once FinishSet
// was called, all of them are as they were before or all as they should be. Until
// end is called FinishSet reports that the set was carried through. After an error
// all of them are as they were before.
func WriteSet(dir string, files map[string][]byte, mode fs.FileMode) (end func() error, err error) {
	if _, err := FinishSet(dir); err != nil {
		return nil, err
	}
	if err := placeable(dir, files); err != nil {
		return nil, fmt.Errorf("write %s: %w", dir, err)
	}
	wait := filepath.Join(dir, setDir)
	if err := stage(dir, files, mode); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", dir, err), os.RemoveAll(wait))
	}
	if err := place(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", dir, err), undo(dir))
	}
	return func() error { return os.RemoveAll(wait) }, nil
}

// placeable refuses what is no name of a file in the folder, and what a file cannot
// take the place of.
func placeable(dir string, files map[string][]byte) error {
	for name := range files {
		if !plainName(name) || strings.HasPrefix(name, ".") || name == listFile {
			return fmt.Errorf("%q is not the name of a file in it", name)
		}
		switch info, err := os.Lstat(filepath.Join(dir, name)); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.IsDir():
			return fmt.Errorf("%q is a folder, and a file is to take its place", name)
		}
	}
	return nil
}

// plainName reports whether a name, or a noted one, is that of a file in the folder.
func plainName(name string) bool {
	return name == filepath.Base(name) && name != "." && name != ".." && name != present && name != absent
}

// stage writes the files, sets aside those that they replace and, last, writes the
// list of them.
func stage(dir string, files map[string][]byte, mode fs.FileMode) error {
	wait := filepath.Join(dir, setDir)
	old := filepath.Join(wait, oldDir)
	if err := os.MkdirAll(old, 0o700); err != nil {
		return err
	}
	var names []string
	for name, b := range files {
		names = append(names, name)
		if err := Write(filepath.Join(wait, name), b, mode); err != nil {
			return err
		}
		if err := setAside(filepath.Join(dir, name), filepath.Join(old, name)); err != nil {
			return err
		}
	}
	if err := SyncDir(old); err != nil {
		return err
	}
	slices.Sort(names)
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return Write(filepath.Join(wait, listFile), list, 0o600)
}

// setAside gives a file a second name, or a copy where the file system knows no
// second names.
func setAside(path, old string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if os.Link(path, old) == nil {
		return nil
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is no file, and cannot be set aside", filepath.Base(path))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return Write(old, b, info.Mode().Perm())
}

// place gives the files of the list their places; one that is not there took its
// place before.
func place(dir string) error {
	wait := filepath.Join(dir, setDir)
	names, err := readList(filepath.Join(wait, listFile))
	if err != nil {
		return err
	}
	for _, name := range names {
		err := os.Rename(filepath.Join(wait, name), filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return SyncDir(dir)
}

func readList(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	for _, name := range names {
		if !plainName(name) {
			return nil, fmt.Errorf("%s: %q is not the name of a file", filepath.Base(path), name)
		}
	}
	return names, nil
}

// undo puts back what the files of the list replaced, and drops the set. The note of
// what to do comes first and says which files there were, so that after a crash it
// can be begun again.
func undo(dir string) error {
	wait := filepath.Join(dir, setDir)
	note := filepath.Join(wait, undoFile)
	if _, err := os.Lstat(note); errors.Is(err, fs.ErrNotExist) {
		if err := beginUndo(wait); err != nil {
			return fmt.Errorf("put back %s: %w", dir, err)
		}
	}
	names, err := readList(note)
	if err == nil {
		err = drop(wait, listFile)
	}
	for _, name := range names {
		if err == nil {
			err = putBack(dir, name)
		}
	}
	if err == nil {
		err = SyncDir(dir)
	}
	if err == nil {
		err = drop(wait, undoFile) // before what waits, which it is read with
	}
	if err == nil {
		err = os.RemoveAll(wait)
	}
	if err != nil {
		return fmt.Errorf("put back %s: %w", dir, err)
	}
	return nil
}

// drop removes a file of the folder for good, if it is there.
func drop(wait, name string) error {
	if err := os.Remove(filepath.Join(wait, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncDir(wait)
}

// What begins, in the note, the name of a file that was there before or was not.
const (
	present = "+"
	absent  = "-"
)

func beginUndo(wait string) error {
	list := filepath.Join(wait, listFile)
	names, err := readList(list)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(wait, oldDir)); err != nil {
		return err // nothing was set aside
	}
	for i, name := range names {
		switch _, err := os.Lstat(filepath.Join(wait, oldDir, name)); {
		case errors.Is(err, fs.ErrNotExist):
			names[i] = absent + name
		case err != nil:
			return err
		default:
			names[i] = present + name
		}
	}
	b, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return Write(filepath.Join(wait, undoFile), b, 0o600)
}

// putBack undoes the placing of one file of the note; one that waits still did not
// take its place.
func putBack(dir, noted string) error {
	name := noted[1:]
	wait := filepath.Join(dir, setDir)
	if _, err := os.Lstat(filepath.Join(wait, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var err error
	if strings.HasPrefix(noted, absent) {
		err = os.Remove(filepath.Join(dir, name))
	} else {
		err = os.Rename(filepath.Join(wait, oldDir, name), filepath.Join(dir, name))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // an undo that was interrupted did it
	}
	return err
}

// FinishSet carries through what WriteSet had all files of when it was interrupted,
// puts back what cannot be carried through, and drops anything less. It reports
// whether it carried a set through.
func FinishSet(dir string) (bool, error) {
	wait := filepath.Join(dir, setDir)
	there := map[string]bool{}
	for _, name := range []string{listFile, undoFile} {
		switch _, err := os.Lstat(filepath.Join(wait, name)); {
		case err == nil:
			there[name] = true
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("finish %s: %w", dir, err)
		}
	}
	if there[undoFile] {
		return false, undo(dir)
	}
	if there[listFile] {
		if err := place(dir); err != nil {
			if back := undo(dir); back != nil {
				return false, fmt.Errorf("finish %s: %w", dir, errors.Join(err, back))
			}
			return false, nil
		}
	}
	if err := os.RemoveAll(wait); err != nil {
		return there[listFile], fmt.Errorf("finish %s: %w", dir, err)
	}
	return there[listFile], nil
}

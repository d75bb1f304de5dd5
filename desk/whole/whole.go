// Package whole writes files that are there whole or not at all, and last.
//
//	err := whole.Write("keys/log.pub", b, 0o644)
package whole

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unfinished begins the name of a file that is being written.
const unfinished = ".writing-"

// Unfinished reports whether a file of that name was not finished, or is not yet.
func Unfinished(name string) bool { return strings.HasPrefix(filepath.Base(name), unfinished) }

// Write replaces the file: after a crash it is as it was before or as it should
// be. Errors name the path.
func Write(path string, b []byte, mode fs.FileMode) error {
	if err := write(path, b, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func write(path string, b []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes what was renamed or removed in a folder last. Not every file
// system can; that is no fault.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

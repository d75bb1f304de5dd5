package custody

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// StandsAt reads from the folder of a log, without opening it, how many leaves its
// newest checkpoint states. Whoever opens the log verifies that this is signed for.
// It returns ErrNoLog where there is none, and ErrDamaged for what is no checkpoint.
func StandsAt(dir string) (int64, error) {
	msg, err := readFile(filepath.Join(dir, checkpointFile), maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, ErrNoLog
	} else if err != nil {
		return 0, fmt.Errorf("%s: %w", checkpointFile, err)
	}
	text, _, _ := strings.Cut(string(msg), "\n\n")
	c, err := parseText(text + "\n")
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %w", checkpointFile, ErrDamaged, err)
	}
	return c.Size, nil
}

// RootAt computes, from the stored hashes in the folder of a log, the root of the tree
// of its first leaves, as it was when the log had so many. It reads a few hashes, and
// neither events nor keys. It returns ErrNoLeaf where the log has fewer leaves, and the
// errors of StandsAt.
func RootAt(dir string, leaves int64) (tlog.Hash, error) {
	now, err := StandsAt(dir)
	if err != nil {
		return tlog.Hash{}, err
	}
	if leaves < 0 || leaves > now {
		return tlog.Hash{}, fmt.Errorf("root of %d leaves, the log has %d: %w", leaves, now, ErrNoLeaf)
	}
	f := &files{dir: dir}
	if f.hashes, err = os.Open(filepath.Join(dir, hashesFile)); err != nil {
		return tlog.Hash{}, fmt.Errorf("%s: %w", hashesFile, missing(err))
	}
	root, err := tlog.TreeHash(leaves, f)
	return root, errors.Join(err, f.close())
}

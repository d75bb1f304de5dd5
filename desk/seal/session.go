package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Session is what is known of the time between two seals.
type Session struct {
	Skip   func(name string) bool // what has no place in the seal
	Before Files                  // the files when the session began
	Begun  time.Time              // when, by the clock of the file system
	Wrote  []string               // files that the session wrote, whatever their times say
	Loose  []string               // files whose bytes may still move
	Anew   bool                   // there was no seal: every file is sealed as it is
	// Free are folders in which people put and remove files themselves: what
	// appeared there is sealed, what is gone is forgotten.
	Free []string
}

// granularity is by how much the time of a file may be coarser than that of the
// session.
const granularity = 2 * time.Second

// Renew makes the seal for the end of a session. A file that the session did not
// touch keeps the entry it had, so that what happened to it before stays to be
// found; what appeared before the session without being sealed stays unsealed.
func (s Seal) Renew(root string, in Session) (Seal, error) {
	now, err := List(root, in.Skip)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", root, err)
	}
	next := Seal{}
	for name, e := range s {
		if _, there := now[name]; !there && in.Before[name] == nil && !under(name, in.Free) {
			next[name] = e // it was gone before the session began
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch old, sealed := s[name]; {
		case old.Root != "": // a file in the place of a log
			next[name] = old
		case slices.Contains(in.Loose, name):
			next[name] = Entry{File: name, Loose: true}
		case in.Anew, old.Loose, in.touched(name, now[name]), !sealed && under(name, in.Free):
			if next[name], err = hash(root, name); err != nil {
				return nil, fmt.Errorf("seal %s: %w", name, err)
			}
		case sealed:
			next[name] = old
		}
	}
	return next, nil
}

// touched reports whether the session wrote the file, or may have.
func (in Session) touched(name string, now fs.FileInfo) bool {
	before := in.Before[name]
	return slices.Contains(in.Wrote, name) || before == nil ||
		now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) ||
		now.ModTime().After(in.Begun.Add(-granularity))
}

// Fault is a file that is not what was sealed.
type Fault struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Check holds the folder against the seal and returns the faults sorted by file.
// since is when a session began that did not end, zero for none: what was written
// after it is not held against the seal, which knows nothing of it. The time of
// a file is believed there.
func (s Seal) Check(root string, skip func(string) bool, since time.Time, progress func(name string, size int64)) ([]Fault, error) {
	now, err := List(root, skip)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", root, err)
	}
	names := maps.Collect(maps.All(now))
	for name, e := range s {
		if names[name] = now[name]; e.Root != "" {
			delete(names, name)
		}
	}
	var out []Fault
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if progress != nil && now[name] != nil {
			progress(name, now[name].Size())
		}
		if why := s.fault(root, name, now[name], since); why != "" {
			out = append(out, Fault{name, why})
		}
	}
	return out, nil
}

// Fits reports whether one file is as it was sealed.
func (s Seal) Fits(root, name string) bool {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && s.fault(root, name, info, time.Time{}) == ""
}

// fault says what is wrong with a file, "" for nothing.
func (s Seal) fault(root, name string, now fs.FileInfo, since time.Time) string {
	e, sealed := s[name]
	written := now != nil && !since.IsZero() && !now.ModTime().Before(since.Add(-granularity))
	switch {
	case now == nil:
		return "it is gone"
	case written, sealed && e.Loose:
		return ""
	case !sealed:
		return "it is not in the seal: it appeared since the desk was last closed"
	case now.Size() != e.Size:
		return fmt.Sprintf("it has %d bytes, sealed were %d", now.Size(), e.Size)
	}
	is, err := hash(root, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is gone"
	case err != nil:
		return "it cannot be read: " + err.Error()
	case is != e:
		return "its bytes are not those that were sealed"
	}
	return ""
}

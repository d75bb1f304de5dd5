// Package dictionary numbers the addresses, or the assets, of a chain: from 1, in the
// order in which they were first seen, for good. 0 is the empty name. A dictionary is
// a few files, each with the names that it adds to those before.
//
//	d, err := dictionary.Open(dir, files)
//	id, ok := d.Find(address, hash.Tag(address))
//	session := d.Begin()
//	id = session.Number(address, hash.Tag(address))
//	err = session.Write(path, true)
package dictionary

import (
	"errors"
	"fmt"
	"path/filepath"
	"sort"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Sections of a file.
const (
	secMeta  = 1 // version, how many names, bytes of each (0: they differ), how many are before
	secNames = 2

	version = 1
	metaLen = 4 * 8
)

// Dictionary is open for reading. It is safe for concurrent use.
type Dictionary struct {
	levels []level
	n      int
}

// level is one file.
type level struct {
	file  *sections.File
	table *names.Table
	base  int // how many names are before
}

// Open opens a dictionary of files in a folder. Errors: of the system, *sections.Fault.
func Open(dir string, files []catalog.File) (*Dictionary, error) {
	d := &Dictionary{}
	for _, f := range files {
		file, err := f.Open(dir)
		if err == nil {
			if err = d.add(file); err != nil {
				err = errors.Join(err, file.Close())
			}
		}
		if err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	return d, nil
}

// Decode is a dictionary of one file in memory.
func Decode(name string, b []byte) (*Dictionary, error) {
	file, err := sections.Decode(name, b)
	if err != nil {
		return nil, err
	}
	d := &Dictionary{}
	return d, d.add(file)
}

func (d *Dictionary) add(f *sections.File) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	m := f.Section(secMeta)
	if m.Len() != metaLen {
		m.Throw(0, "the head of the dictionary has another length")
	}
	n, stride, base := m.U64(1), m.U64(2), m.U64(3)
	switch {
	case m.U64(0) != version:
		m.Throw(0, fmt.Sprintf("version %d of the format, want %d", m.U64(0), version))
	case base != uint64(d.n) || n > 1<<32 || stride > 64:
		m.Throw(8, "the head of the dictionary is not sound")
	}
	d.levels = append(d.levels, level{f, names.OpenTable(f, secNames, int(n), int(stride)), d.n})
	d.n += int(n)
	return nil
}

// Close gives back the files.
func (d *Dictionary) Close() error {
	var err error
	for _, l := range d.levels {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

// Len is the highest number.
func (d *Dictionary) Len() int { return d.n }

// Find is the number of a name. It throws what package sections throws, as Get does.
func (d *Dictionary) Find(name string, tag uint64) (id uint32, ok bool) {
	if name == "" {
		return 0, true
	}
	for _, l := range d.levels {
		if no, ok := l.table.Find(name, tag); ok {
			return uint32(l.base + no + 1), true
		}
	}
	return 0, false
}

// Get is the name with a number; it must not be changed.
func (d *Dictionary) Get(id uint32) []byte {
	if id == 0 {
		return nil
	}
	at := int(id) - 1
	i := sort.Search(len(d.levels), func(i int) bool { return d.levels[i].base > at }) - 1
	if at >= d.n {
		panic(&sections.Fault{Why: fmt.Sprintf("account or asset %d has no name", id)})
	}
	return d.levels[i].table.Get(at - d.levels[i].base)
}

// Tables hands on each file and its names.
func (d *Dictionary) Tables(take func(f *sections.File, t *names.Table)) {
	for _, l := range d.levels {
		take(l.file, l.table)
	}
}

// Session numbers names that may be new. It is for one goroutine.
type Session struct {
	d   *Dictionary
	new names.Builder
}

// Begin begins a session.
func (d *Dictionary) Begin() *Session { return &Session{d: d} }

// NumberAll is Number for several names, which takes less time than one after the
// other. The ids are as many as the names, at most [Together].
func (s *Session) NumberAll(all []string, tags []uint64, ids []uint32) (ok bool) {
	var found [Together]uint32
	s.new.Candidates(tags[:len(all)], found[:])
	for i, name := range all {
		if no := found[i]; no != names.None && string(s.new.Get(int(no))) == name {
			ids[i] = uint32(s.d.n) + no + 1
		} else if ids[i], ok = s.Number(name, tags[i]); !ok {
			return false
		}
	}
	return true
}

// Together is how many names NumberAll takes at most.
const Together = 256

// Number is the number of a name, a new one if the name is. At most 2^32−2 are given;
// ok is false beyond that.
func (s *Session) Number(name string, tag uint64) (id uint32, ok bool) {
	if name == "" {
		return 0, true
	}
	if no, ok := s.new.Find(name, tag); ok {
		return uint32(s.d.n + no + 1), true
	}
	if s.d.n > 0 {
		if id, ok := s.d.Find(name, tag); ok {
			return id, true
		}
	}
	if s.d.n+s.new.Len() >= 1<<32-2 {
		return 0, false
	}
	return uint32(s.d.n + s.new.Add(name, tag) + 1), true
}

// Get is the name with a number.
func (s *Session) Get(id uint32) []byte {
	if int(id) > s.d.n {
		return s.new.Get(int(id) - s.d.n - 1)
	}
	return s.d.Get(id)
}

// New is how many names are new.
func (s *Session) New() int { return s.new.Len() }

// Close gives back the memory of the session.
func (s *Session) Close() { s.new.Free() }

// Write writes the new names to a file. Nothing can be numbered then. Where the files before
// are not much larger they are joined with it; joined is how many of them, counted
// from the last, the new file replaces.
func (s *Session) Write(path string) (joined int, err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	n := s.new.Len()
	levels := s.d.levels
	for len(levels) > 0 && levels[len(levels)-1].table.Len() <= 2*n {
		levels = levels[:len(levels)-1]
		n += s.d.levels[len(levels)].table.Len()
	}
	joined = len(s.d.levels) - len(levels)
	w, err := sections.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err = s.write(w, len(levels), n); err == nil {
		err = w.Finish(true)
	}
	if err != nil {
		w.Discard()
		return 0, fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return joined, nil
}

// write writes n names: those of files from one on, then the new ones.
func (s *Session) write(w *sections.Writer, from, n int) error {
	base := s.d.n + s.new.Len() - n
	list, index := &s.new.List, []uint64(nil)
	if joined := s.d.levels[from:]; len(joined) > 0 {
		list = &names.List{}
		index = make([]uint64, 0, n)
		for _, l := range joined {
			for no := range l.table.Len() {
				list.Add(string(l.table.Get(no)))
				index = append(index, l.table.Entry(no)+uint64(l.base-base))
			}
		}
		at := list.Len()
		for no := range s.new.Len() {
			list.Add(string(s.new.Get(no)))
		}
		for _, e := range s.new.Index() {
			index = append(index, e+uint64(at))
		}
		index = names.Sort(index, make([]uint64, len(index)))
	} else {
		index = s.new.Index()
	}
	meta := w.Reserve(secMeta, metaLen)
	for _, v := range []uint64{version, uint64(n), uint64(list.Stride()), uint64(base)} {
		meta.U64(v)
	}
	return list.Write(w, secNames, index)
}

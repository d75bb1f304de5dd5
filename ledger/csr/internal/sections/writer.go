package sections

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Writer writes a file. Sections of a known length are reserved first and can then be
// filled at the same time, each by one goroutine; those of an unknown length follow,
// one after the other, or grow beside each other in files of their own until the next
// one after them begins.
type Writer struct {
	f       *os.File
	path    string // where the file will be
	columns []*Column
	next    int64 // where the next section begins
	tail    bool  // sections of unknown length have begun
}

// tempPrefix begins the names of files that are not finished.
const tempPrefix = ".tmp-"

// IsTemp reports whether a file of that name was never finished.
func IsTemp(name string) bool {
	return len(name) > len(tempPrefix) && name[:len(tempPrefix)] == tempPrefix
}

// Create begins a file, under a temporary name in the same folder.
func Create(path string) (*Writer, error) {
	dir, name := filepath.Split(path)
	f, err := os.OpenFile(filepath.Join(dir, tempPrefix+name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	w := &Writer{f: f, path: path, next: int64(len(magic))}
	if _, err := f.WriteAt([]byte(magic), 0); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	return w, nil
}

// Reserve makes a section of that many bytes.
func (w *Writer) Reserve(id int, size int64) *Column {
	if w.tail {
		panic("sections: reserved after sections of unknown length")
	}
	c := w.column(id)
	c.size = size
	w.next += size
	return c
}

// Append begins a section that ends with the next one or with the file. All reserved
// sections and the one before it must be complete.
func (w *Writer) Append(id int) (*Column, error) {
	if err := w.settle(); err != nil {
		return nil, err
	}
	w.tail = true
	c := w.column(id)
	c.size = -1
	return c, nil
}

func (w *Writer) column(id int) *Column {
	c := &Column{f: w.f, id: id, at: w.next, buf: make([]byte, 0, BlockSize)}
	w.columns = append(w.columns, c)
	return c
}

// Spool begins a section that grows at the same time as others, in a temporary file of
// its own once it is longer than a block, and is put in its place when the next section
// is begun by Append.
func (w *Writer) Spool(id int) *Column {
	w.tail = true
	c := w.column(id)
	c.f, c.at, c.size = nil, 0, -1
	c.spool = fmt.Sprintf("%s-%d", w.f.Name(), id)
	return c
}

// settle flushes the sections and sees that each has its length and its place.
func (w *Writer) settle() error {
	for _, c := range w.columns {
		if c.done {
			continue
		}
		if c.spool != "" && c.f == nil && c.err == nil {
			c.f, c.at, c.spool = w.f, w.next, ""
		}
		if c.flush(); c.err != nil {
			return c.err
		}
		if c.size >= 0 && c.written != c.size {
			return fmt.Errorf("section %d: %d bytes written, %d reserved", c.id, c.written, c.size)
		}
		if c.spool != "" {
			if err := w.gather(c); err != nil {
				return err
			}
		}
		if c.size < 0 {
			w.next += c.written
		}
		c.done, c.buf = true, nil
	}
	return nil
}

// gather puts a section that has grown in a file of its own at the end of this one.
func (w *Writer) gather(c *Column) error {
	if _, err := w.f.Seek(w.next, io.SeekStart); err != nil {
		return err
	}
	if _, err := c.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.CopyN(w.f, c.f, c.written); err != nil {
		return err
	}
	err := c.dropSpool()
	c.f, c.at = w.f, w.next
	return err
}

// dropSpool removes the file of its own that a section has.
func (c *Column) dropSpool() error {
	if c.spool == "" || c.f == nil {
		return nil
	}
	err := errors.Join(c.f.Close(), os.Remove(c.spool))
	c.spool = ""
	return err
}

// Rename says where the file will be, in the same folder.
func (w *Writer) Rename(path string) { w.path = path }

// Finish writes the footer and, if the file is to stay, forces everything to the disk
// before it gives it its name. The folder itself is for the caller to force.
func (w *Writer) Finish(sync bool) error {
	if err := w.settle(); err != nil {
		return err
	}
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(w.columns)))
	for _, c := range w.columns {
		footer = binary.LittleEndian.AppendUint32(footer, uint32(c.id))
		footer = binary.LittleEndian.AppendUint64(footer, uint64(c.written))
	}
	for _, c := range w.columns {
		for _, sum := range c.sums {
			footer = binary.LittleEndian.AppendUint32(footer, sum)
		}
	}
	if _, err := w.f.WriteAt(seal(footer), w.next); err != nil {
		return err
	}
	if sync {
		if err := w.f.Sync(); err != nil {
			return err
		}
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	return os.Rename(w.f.Name(), w.path)
}

// Err is the first error of writing a section.
func (w *Writer) Err() error {
	for _, c := range w.columns {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// Discard removes what was written. After Finish it does nothing.
func (w *Writer) Discard() error {
	if w.f == nil {
		return nil
	}
	var err error
	for _, c := range w.columns {
		err = errors.Join(err, c.dropSpool())
	}
	w.f.Close()
	if gone := os.Remove(w.f.Name()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// Column writes one section.
type Column struct {
	f       *os.File
	id      int
	at      int64
	size    int64 // reserved; -1: as it comes
	written int64
	buf     []byte
	sums    []uint32
	err     error
	done    bool
	spool   string // path of a file of its own, which is there once f is; "": it lies in its place
}

// writeSize is how many bytes of a section are written at once, of one that is long:
// where as many go to the disk together, the system keeps them in large pages, and random
// cells are read faster for as long as it does. It is whole blocks.
const writeSize = 4 << 20

// full makes room: more memory at first, then that of what is written.
func (c *Column) full() {
	if cap(c.buf) < writeSize && c.written == 0 {
		c.buf = append(make([]byte, 0, min(4*cap(c.buf), writeSize)), c.buf...)
		return
	}
	c.flush()
}

// flush writes what is at hand: whole blocks, or the end. After an error nothing is
// written any more, and what is added is dropped.
func (c *Column) flush() {
	if len(c.buf) > 0 && c.f == nil && c.err == nil {
		c.f, c.err = os.OpenFile(c.spool, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	}
	if len(c.buf) > 0 && c.err == nil {
		for block := range slices.Chunk(c.buf, BlockSize) {
			c.sums = append(c.sums, crc32.Checksum(block, castagnoli))
		}
		_, c.err = c.f.WriteAt(c.buf, c.at+c.written)
	}
	c.written += int64(len(c.buf))
	c.buf = c.buf[:0]
}

// Back reads a section that is complete while the file is being written. Each part is
// valid until the next.
func (c *Column) Back() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		buf := make([]byte, 16*BlockSize)
		for at := int64(0); at < c.written; at += int64(len(buf)) {
			part := buf[:min(int64(len(buf)), c.written-at)]
			if _, err := c.f.ReadAt(part, c.at+at); err != nil {
				yield(nil, err)
				return
			}
			if !yield(part, nil) {
				return
			}
		}
	}
}

// ReadAt copies bytes of the section that were added, from an offset on.
func (c *Column) ReadAt(to []byte, at int64) error {
	if at < c.written {
		n := min(int64(len(to)), c.written-at)
		if _, err := c.f.ReadAt(to[:n], c.at+at); err != nil {
			return err
		}
		if to, at = to[n:], at+n; len(to) == 0 {
			return nil
		}
	}
	if at = min(at-c.written, int64(len(c.buf))); copy(to, c.buf[at:]) < len(to) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Err is the first error of writing.
func (c *Column) Err() error { return c.err }

// Written is how many bytes were added.
func (c *Column) Written() int64 { return c.written + int64(len(c.buf)) }

// Encode is a file of these sections in memory, in the order of their numbers.
func Encode(parts map[int][]byte) []byte {
	out := []byte(magic)
	var table, sums []byte
	ids := slices.Sorted(maps.Keys(parts))
	for _, id := range ids {
		part := parts[id]
		out = append(out, part...)
		table = binary.LittleEndian.AppendUint32(table, uint32(id))
		table = binary.LittleEndian.AppendUint64(table, uint64(len(part)))
		for block := range slices.Chunk(part, BlockSize) {
			sums = binary.LittleEndian.AppendUint32(sums, crc32.Checksum(block, castagnoli))
		}
	}
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(ids)))
	return append(out, seal(append(append(footer, table...), sums...))...)
}

// seal ends a footer with its length, its checksum and the mark.
func seal(footer []byte) []byte {
	sum, size := crc32.Checksum(footer, castagnoli), uint32(len(footer))
	footer = binary.LittleEndian.AppendUint32(footer, size)
	footer = binary.LittleEndian.AppendUint32(footer, sum)
	return append(footer, endMagic...)
}

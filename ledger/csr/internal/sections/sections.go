// Package sections is the file under every part of a ledger: named runs of bytes, each
// with a checksum for every 64 KiB, written once and never changed.
//
// # Contract
//
// A file is there whole or not at all: [Create] writes under a temporary name and
// [Writer.Finish] gives it its own once everything is on the disk. [Open] maps a file,
// checks its footer and that sections fill it without a gap. Bytes are held against
// their checksum the first time they are read, so that what a reader gets is what was
// written. What is not is a *Fault, thrown as a panic by the accessors, because they
// are called for every cell of a billion rows: every function that other packages
// call defers [Catch], which makes an error of it, and of a disk that fails under the
// map. docs/ledger-format.md has the bytes.
//
//	defer sections.Catch(&err)
//	from := file.Section(1).U32(row)
package sections

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// BlockSize is the bytes that one checksum covers.
const BlockSize = 1 << 16

const (
	magic      = "TBLEDG\x00\x01"
	endMagic   = "\x01\x00GDELBT"
	trailerLen = 4 + 4 + len(endMagic) // footer's length, its checksum, the mark
	entryLen   = 4 + 8                 // a section's id and length
	maxCount   = 1 << 10               // sections of a file
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Fault is a place of a file that is not as it was written.
type Fault struct {
	File    string // its name without folder
	Section int    // 0: the frame of the file
	Offset  int64  // in the file
	Why     string
}

func (f *Fault) Error() string {
	if f.Section == 0 {
		return fmt.Sprintf("%s: byte %d: %s", f.File, f.Offset, f.Why)
	}
	return fmt.Sprintf("%s: section %d, byte %d: %s", f.File, f.Section, f.Offset, f.Why)
}

// Catch makes an error of a fault that an accessor threw, and of a page that could not
// be read. Call it deferred, at the top of a function. Other panics go on.
func Catch(err *error) {
	if r := recover(); r != nil {
		*err = caught(r)
	}
}

func caught(r any) error {
	if f, ok := r.(*Fault); ok {
		return f
	}
	if e, ok := r.(runtime.Error); ok {
		if _, isFault := e.(interface{ Addr() uintptr }); isFault {
			return &Fault{Why: "the disk could not be read"}
		}
	}
	panic(r)
}

// Guard makes faults of the map panics that Catch understands, in this goroutine,
// until the function that it returns is called.
func Guard() (undo func()) {
	was := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(was) }
}

// File is a file that was opened. It is safe for concurrent use.
type File struct {
	name     string
	bytes    []byte // all of it
	f        *os.File
	unmap    func() error
	sections map[int]*Section
	sum      uint32
}

// Open maps a file and checks its frame. Errors: of the system, or a *Fault.
func Open(path string) (_ *File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out := &File{name: filepath.Base(path), f: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	if out.bytes, out.unmap, err = mapFile(f); err != nil {
		return nil, fmt.Errorf("map %s: %w", out.name, err)
	}
	defer Guard()()
	defer Catch(&err)
	return out, out.parse()
}

// Decode reads a file that lies in memory.
func Decode(name string, b []byte) (_ *File, err error) {
	out := &File{name: name, bytes: b}
	return out, out.parse()
}

func (f *File) parse() error {
	b := f.bytes
	if len(b) < len(magic)+trailerLen || string(b[:len(magic)]) != magic {
		return f.fault(0, "does not begin as a part of a ledger")
	}
	trailer := b[len(b)-trailerLen:]
	if string(trailer[8:]) != endMagic {
		return f.fault(len(b)-len(endMagic), "does not end as a part of a ledger: it was cut off or written over")
	}
	size := int(binary.LittleEndian.Uint32(trailer))
	f.sum = binary.LittleEndian.Uint32(trailer[4:])
	at := len(b) - trailerLen - size
	if at < len(magic) {
		return f.fault(len(b)-trailerLen, "the footer is longer than the file")
	}
	footer := b[at : at+size]
	if crc32.Checksum(footer, castagnoli) != f.sum {
		return f.fault(at, "the footer's checksum is another")
	}
	return f.parseFooter(footer, at)
}

// parseFooter reads the table of sections, which end where the footer begins.
func (f *File) parseFooter(footer []byte, end int) error {
	at := end
	if len(footer) < 4 {
		return f.fault(at, "the footer is too short")
	}
	n := int(binary.LittleEndian.Uint32(footer))
	footer = footer[4:]
	if n > maxCount || len(footer) < n*entryLen {
		return f.fault(at, "the footer is too short")
	}
	sums := footer[n*entryLen:]
	f.sections = make(map[int]*Section, n)
	offset := len(magic)
	for i := range n {
		entry := footer[i*entryLen:]
		id, size := int(binary.LittleEndian.Uint32(entry)), binary.LittleEndian.Uint64(entry[4:])
		if id == 0 || f.sections[id] != nil || size > uint64(end-offset) {
			return f.fault(at, "the footer's table is not sound")
		}
		blocks := (int(size) + BlockSize - 1) / BlockSize
		if len(sums) < 4*blocks {
			return f.fault(at, "the footer lacks checksums")
		}
		f.sections[id] = &Section{
			file: f, id: id, off: int64(offset), data: f.bytes[offset : offset+int(size) : offset+int(size)],
			sums: sums[:4*blocks], seen: make([]atomic.Bool, blocks),
		}
		sums = sums[4*blocks:]
		offset += int(size)
	}
	if offset != end || len(sums) != 0 {
		return f.fault(at, "sections do not fill the file")
	}
	return nil
}

func (f *File) fault(at int, why string) error {
	return &Fault{File: f.name, Offset: int64(at), Why: why}
}

// Name is the file's name without folder.
func (f *File) Name() string { return f.name }

// Size is the file's length in bytes.
func (f *File) Size() int64 { return int64(len(f.bytes)) }

// Sum is the checksum of the footer, which holds all others.
func (f *File) Sum() uint32 { return f.sum }

// Section is the section with that number; an empty one if there is none.
func (f *File) Section(id int) *Section {
	if s := f.sections[id]; s != nil {
		return s
	}
	return &Section{file: f, id: id}
}

// Forget lets the system take back the memory of what was read of the file. Whoever
// goes through a large file calls it now and then; what is read again comes back.
func (f *File) Forget() {
	if f.unmap != nil {
		forget(f.bytes)
	}
}

// Verify reads all of the file and reports what is not as it was written.
func (f *File) Verify() (faults []error) {
	defer Guard()()
	for id := range maxCount {
		s := f.sections[id]
		if s == nil {
			continue
		}
		for block := range s.seen {
			if err := s.tryVerify(block); err != nil {
				faults = append(faults, err)
			}
		}
	}
	return faults
}

// Close gives back the map. Nothing that was read from it may be used any more.
func (f *File) Close() error {
	var err error
	if f.unmap != nil {
		err = f.unmap()
		f.unmap = nil
	}
	if f.f != nil {
		err = errors.Join(err, f.f.Close())
		f.f = nil
	}
	return err
}

// Section is one run of bytes of a file. Its accessors throw a *Fault: see the
// package's contract.
type Section struct {
	file *File
	id   int
	off  int64 // in the file
	data []byte
	sums []byte        // checksums of its blocks
	seen []atomic.Bool // blocks that were held against theirs
}

// Len is its length in bytes.
func (s *Section) Len() int { return len(s.data) }

// Throw ends the caller with a fault of this section.
func (s *Section) Throw(at int, why string) {
	panic(&Fault{File: s.file.name, Section: s.id, Offset: s.off + int64(at), Why: why})
}

// verify holds a block against its checksum.
func (s *Section) verify(block int) {
	from := block * BlockSize
	to := min(from+BlockSize, len(s.data))
	if crc32.Checksum(s.data[from:to], castagnoli) != binary.LittleEndian.Uint32(s.sums[4*block:]) {
		s.Throw(from, "the checksum is another")
	}
	s.seen[block].Store(true)
}

func (s *Section) tryVerify(block int) (err error) {
	defer Catch(&err)
	s.verify(block)
	return nil
}

// touch makes sure that the byte at an offset is as it was written.
func (s *Section) touch(at int) {
	if uint(at) >= uint(len(s.data)) {
		s.Throw(at, "outside of the section")
	}
	if !s.seen[at/BlockSize].Load() {
		s.verify(at / BlockSize)
	}
}

// U16 is the i-th number of two bytes.
func (s *Section) U16(i int) uint16 {
	s.touch(2 * i)
	return binary.LittleEndian.Uint16(s.data[2*i:])
}

// U32 is the i-th number of four bytes.
func (s *Section) U32(i int) uint32 {
	s.touch(4 * i)
	return binary.LittleEndian.Uint32(s.data[4*i:])
}

// U64 is the i-th number of eight bytes.
func (s *Section) U64(i int) uint64 {
	s.touch(8 * i)
	return binary.LittleEndian.Uint64(s.data[8*i:])
}

// Glance looks at cells of a width, by their numbers from a base on; those that are not
// there are passed over. It does nothing but read, so that the memory answers for as many
// at once as it can, and reads nothing that is used: what is used is held against its
// checksum when it is read again.
func Glance[R ~uint64](s *Section, cells []R, base R, width int) {
	data, sum := s.data, byte(0)
	for _, c := range cells {
		if at := uint64(c-base) * uint64(width); at < uint64(len(data)) {
			sum ^= data[at]
		}
	}
	glanced(sum)
}

// glanced takes what was read, so that the reads are not left out.
//
//go:noinline
func glanced(byte) {}

// Bytes are n bytes from an offset; they must not be changed.
func (s *Section) Bytes(at, n int) []byte {
	if n == 0 {
		return nil
	}
	if at < 0 || n < 0 || at > len(s.data)-n {
		s.Throw(at, "outside of the section")
	}
	for block := at / BlockSize; block <= (at+n-1)/BlockSize; block++ {
		if !s.seen[block].Load() {
			s.verify(block)
		}
	}
	return s.data[at : at+n : at+n]
}

// Read copies whole blocks from the one with that number on into buf, by way of a
// read of the file where there is one, holds each against its checksum, and returns
// what it read: less than buf at the end.
func (s *Section) Read(block int, buf []byte) []byte {
	at := block * BlockSize
	if at >= len(s.data) {
		return nil
	}
	buf = buf[:min(len(buf)/BlockSize*BlockSize, len(s.data)-at)]
	if s.file.f == nil {
		copy(buf, s.data[at:])
	} else if _, err := s.file.f.ReadAt(buf, s.off+int64(at)); err != nil {
		s.Throw(at, err.Error())
	}
	for i := 0; i < len(buf); i += BlockSize {
		part := buf[i:min(i+BlockSize, len(buf))]
		if crc32.Checksum(part, castagnoli) != binary.LittleEndian.Uint32(s.sums[4*(block+i/BlockSize):]) {
			s.Throw(at+i, "the checksum is another")
		}
	}
	return buf
}

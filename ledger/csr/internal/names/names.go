// Package names numbers byte strings: addresses of a chain, ids of transactions. A
// [Table] is one list of them in a file, with an index by hash; a [Builder] gathers
// one in memory, and finds out what it holds already where that is asked for.
//
//	var b names.Builder
//	tag := hash.Tag(key)
//	no, ok := b.Find(key, tag)
//	if !ok {
//		no = b.Add(key, tag)
//	}
//
// An index entry is a tag in its upper half, 32 bits of a keyed hash, and a number in
// its lower. Entries are sorted, so that two lists are compared in one pass over both.
// The key of the hash is drawn when a ledger is made: names that all fall together
// cannot be prepared.
package names

import (
	"encoding/binary"
	"math/bits"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Hash is a keyed hash of byte strings.
type Hash uint64

// Factors of the hash: the first digits of the square roots of 2, 3 and 5, made odd.
const (
	root2 = 0x6a09e667f3bcc909
	root3 = 0xbb67ae8584caa73b
	root5 = 0x3c6ef372fe94f82b
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Tag is the upper half of an index entry for the name.
func (h Hash) Tag(name string) uint64 {
	a := uint64(h) ^ root2
	n := uint64(len(name))
	for len(name) >= 8 {
		_ = name[7]
		word := uint64(name[0]) | uint64(name[1])<<8 | uint64(name[2])<<16 | uint64(name[3])<<24 |
			uint64(name[4])<<32 | uint64(name[5])<<40 | uint64(name[6])<<48 | uint64(name[7])<<56
		a = mix(a^word, root3^uint64(h))
		name = name[8:]
	}
	var rest uint64
	for i := range len(name) {
		rest |= uint64(name[i]) << (8 * i)
	}
	a = mix(a^rest^root5, root3^n)
	return mix(a^uint64(h), root5|1) &^ low
}

// low is the part of an index entry that is a number.
const low = 1<<32 - 1

// No is the number of an index entry.
func No(entry uint64) uint32 { return uint32(entry) }

// Tag is the tag of an index entry.
func Tag(entry uint64) uint64 { return entry &^ low }

// Table is a list of names in a file. Its methods throw what package sections throws.
type Table struct {
	n      int
	stride int // bytes of each name; 0: they differ, and ends says where each ends
	data   *sections.Section
	ends   *sections.Section
	index  *sections.Section
}

// Sections of a table, from a base on.
const (
	dataSection  = 0
	endsSection  = 1
	IndexSection = 2
	Sections     = 3 // how many a table takes
)

// OpenTable is the table of n names whose sections begin at a base. It checks that
// their lengths agree.
func OpenTable(f *sections.File, base, n, stride int) *Table {
	t := &Table{
		n: n, stride: stride,
		data: f.Section(base + dataSection), ends: f.Section(base + endsSection), index: f.Section(base + IndexSection),
	}
	switch {
	case t.index.Len() != 8*n:
		t.index.Throw(0, "the index has not one entry for each name")
	case stride > 0 && (t.data.Len() != n*stride || t.ends.Len() != 0):
		t.data.Throw(0, "the names have another length")
	case stride == 0 && t.ends.Len() != 8*n:
		t.ends.Throw(0, "there is not one end for each name")
	}
	return t
}

// Len is the number of names.
func (t *Table) Len() int { return t.n }

// Stride is the bytes of each name, 0 if they differ.
func (t *Table) Stride() int { return t.stride }

// Bytes is the length of all names together.
func (t *Table) Bytes() int64 { return int64(t.data.Len()) }

// Size is what the table takes in the file.
func (t *Table) Size() int64 { return int64(t.data.Len() + t.ends.Len() + t.index.Len()) }

// Get is the name with a number; it must not be changed.
func (t *Table) Get(no int) []byte {
	if t.stride > 0 {
		return t.data.Bytes(no*t.stride, t.stride)
	}
	from := 0
	if no > 0 {
		from = int(t.ends.U64(no - 1))
	}
	to := int(t.ends.U64(no))
	if from > to || to-from > 64 {
		t.ends.Throw(8*no, "a name's end is not sound")
	}
	return t.data.Bytes(from, to-from)
}

// GetMany are the names from a number on that lie together, where all have one
// length: at least one, and at most a block of the file.
func (t *Table) GetMany(no int) []byte {
	n := min(t.n-no, max(1, sections.BlockSize/t.stride))
	return t.data.Bytes(no*t.stride, n*t.stride)
}

// Entry is the i-th entry of the index.
func (t *Table) Entry(i int) uint64 { return t.index.U64(i) }

// Seek is the first entry of the index that is not below the one sought.
func (t *Table) Seek(entry uint64) int { return Seek(t.index, t.n, entry) }

// Entries copies entries of the index from the i-th on and returns how many.
func (t *Table) Entries(i int, to []uint64) int { return Load64(t.index, i, to) }

// Load64 copies numbers of a section from the i-th on and returns how many.
func Load64(s *sections.Section, i int, to []uint64) int {
	n := min(len(to), s.Len()/8-i)
	b := s.Bytes(8*i, 8*n)
	for j := range n {
		to[j] = binary.LittleEndian.Uint64(b[8*j:])
	}
	return n
}

// Find is the number of a name; tag is its hash.
func (t *Table) Find(name string, tag uint64) (no int, ok bool) {
	for i := Seek(t.index, t.n, tag); i < t.n; i++ {
		e := t.index.U64(i)
		if Tag(e) != tag {
			break
		}
		if t.holds(e, name) {
			return int(No(e)), true
		}
	}
	return 0, false
}

// holds reports whether an index entry is of the name.
func (t *Table) holds(entry uint64, name string) bool {
	if int(No(entry)) >= t.n {
		t.index.Throw(0, "an entry has no name")
	}
	return string(t.Get(int(No(entry)))) == name
}

// Seek is the first of n sorted entries that is not below the one sought. Tags are
// spread evenly, so it begins where an even spread would have it.
func Seek(index *sections.Section, n int, entry uint64) int {
	lo, hi := 0, n // the answer lies in [lo, hi]
	guess, _ := bits.Mul64(entry, uint64(n))
	at := int(guess)
	for step := 16; lo < hi; step *= 4 {
		at = min(max(at, lo), hi-1)
		if index.U64(at) < entry {
			lo = at + 1
			if at += step; at >= hi || index.U64(at) >= entry {
				hi = min(hi, max(at, lo))
				break
			}
		} else {
			hi = at
			if at -= step; at < lo || index.U64(at) < entry {
				lo = max(lo, min(at+1, hi))
				break
			}
		}
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if index.U64(mid) < entry {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

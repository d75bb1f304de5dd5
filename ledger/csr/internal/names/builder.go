package names

import (
	"slices"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/memory"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// List is byte strings by number, in memory.
type List struct {
	chunks [][]byte   // the bytes of chunkLen names each
	ends   [][]uint32 // where each ends in its chunk; of no use while stride says it
	n      int
	stride int // bytes of each; -1: they differ
}

// chunkLen is how many names lie together. Lists grow by chunks so that growing
// copies nothing.
const chunkLen = 1 << 15

// Len is the number of names.
func (l *List) Len() int { return l.n }

// Get is the name with a number.
func (l *List) Get(no int) []byte {
	c, i := uint(no)/chunkLen, uint(no)%chunkLen
	if l.stride > 0 {
		at := i * uint(l.stride)
		return l.chunks[c][at : at+uint(l.stride)]
	}
	from := uint32(0)
	if i > 0 {
		from = l.ends[c][i-1]
	}
	return l.chunks[c][from:l.ends[c][i]]
}

// Add appends a name, whether it is there already or not.
func (l *List) Add(name string) {
	if l.n == 0 {
		if l.stride = len(name); l.stride == 0 {
			l.stride = -1
		}
	} else if l.stride >= 0 && l.stride != len(name) {
		l.differ()
	}
	c := l.n / chunkLen
	if c == len(l.chunks) {
		l.chunks = append(l.chunks, make([]byte, 0, chunkLen*(len(name)+1)))
		l.ends = append(l.ends, nil)
	}
	l.chunks[c] = append(l.chunks[c], name...)
	if l.stride < 0 {
		l.ends[c] = append(l.ends[c], uint32(len(l.chunks[c])))
	}
	l.n++
}

// differ writes down where each name ends, now that their lengths do not say it.
func (l *List) differ() {
	for no := range l.n {
		c := no / chunkLen
		l.ends[c] = append(l.ends[c], uint32((no%chunkLen+1)*l.stride))
	}
	l.stride = -1
}

// Reset empties the list and keeps its memory.
func (l *List) Reset() {
	for c := range l.chunks {
		l.chunks[c], l.ends[c] = l.chunks[c][:0], l.ends[c][:0]
	}
	l.n, l.stride = 0, 0
}

// Builder is a list in which every name stands once.
type Builder struct {
	List
	slots []uint64 // index entries with the number plus one; 0: free
	shift uint     // a tag's place is tag >> shift
}

// Find is the number of a name.
func (b *Builder) Find(name string, tag uint64) (no int, ok bool) {
	if len(b.slots) == 0 {
		return 0, false
	}
	for i := int(tag >> b.shift); ; i++ {
		if i == len(b.slots) {
			i = 0
		}
		e := b.slots[i]
		if e == 0 {
			return 0, false
		}
		if Tag(e) == tag && string(b.Get(int(No(e)-1))) == name {
			return int(No(e) - 1), true
		}
	}
}

// Warm reads what a search for the tags will read, for all of them before any is
// sought, so that the memory answers for several at once. What it returns means
// nothing; it keeps the reads from being left out.
func (b *Builder) Warm(tags []uint64) (read uint64) {
	if len(b.slots) == 0 {
		return 0
	}
	for _, tag := range tags {
		read += b.slots[tag>>b.shift]
	}
	if b.stride <= 0 {
		return read
	}
	for _, tag := range tags {
		for i := tag >> b.shift; i < uint64(len(b.slots)) && b.slots[i] != 0; i++ {
			if e := b.slots[i]; Tag(e) == tag {
				no := uint(No(e) - 1)
				read += uint64(b.chunks[no/chunkLen][no%chunkLen*uint(b.stride)])
				break
			}
		}
	}
	return read
}

// Add appends a name that Find did not find and returns its number.
func (b *Builder) Add(name string, tag uint64) (no int) {
	if 4*(b.n+1) > 3*len(b.slots) {
		b.grow()
	}
	b.put(tag | uint64(b.n+1))
	b.List.Add(name)
	return b.n - 1
}

func (b *Builder) put(entry uint64) {
	i := int(entry >> b.shift)
	for b.slots[i] != 0 {
		if i++; i == len(b.slots) {
			i = 0
		}
	}
	b.slots[i] = entry
}

// grow doubles the slots. A place is the beginning of a tag, so that no name has to
// be hashed again.
func (b *Builder) grow() {
	old := b.slots
	size := max(1<<10, 2*len(old))
	b.slots, b.shift = memory.Make[uint64](size), 64
	for s := size; s > 1; s /= 2 {
		b.shift--
	}
	for _, e := range old {
		if e != 0 {
			b.put(e)
		}
	}
}

// Index are the entries of the names, sorted. It takes the builder's slots for it:
// nothing can be found or added any more.
func (b *Builder) Index() []uint64 {
	out := b.slots[:0]
	var around []uint64 // ran over the last slot to the first ones
	edge := true        // no free slot so far
	for i, e := range b.slots {
		switch {
		case e == 0:
			edge = false
		case edge && int(e>>b.shift) > i:
			around = append(around, e-1)
		default:
			out = append(out, e-1)
		}
	}
	b.slots = nil
	out = append(out, around...)
	for i := 1; i < len(out); i++ { // each stands near its place
		e, j := out[i], i
		for ; j > 0 && out[j-1] > e; j-- {
			out[j] = out[j-1]
		}
		out[j] = e
	}
	return out
}

// Sort sorts entries, whose tags are spread evenly: they are dealt into places by
// their beginnings, and the places are sorted. tmp has the length of entries, and the
// result is one of the two.
func Sort(entries, tmp []uint64) []uint64 {
	const fewest, perPlace = 1 << 10, 64
	if len(entries) < fewest {
		slices.Sort(entries)
		return entries
	}
	bits := uint(1)
	for bits < 18 && len(entries)>>bits > perPlace {
		bits++
	}
	ends := make([]int, 1<<bits+1)
	for _, e := range entries {
		ends[e>>(64-bits)+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	for _, e := range entries {
		at := &ends[e>>(64-bits)]
		tmp[*at] = e
		*at++
	}
	from := 0
	for i := range 1 << bits {
		slices.Sort(tmp[from:ends[i]])
		from = ends[i]
	}
	return tmp
}

// Bytes is the length of all names together.
func (l *List) Bytes() (total int64) {
	for _, c := range l.chunks {
		total += int64(len(c))
	}
	return total
}

// Stride is the bytes of each name, 0 if they differ or there are none.
func (l *List) Stride() int { return max(l.stride, 0) }

// Reserve lays out the sections of a table from a base on, by their bytes.
func Reserve(w *sections.Writer, base int, data, ends, index int64) (d, e, i *sections.Column) {
	return w.Reserve(base+dataSection, data), w.Reserve(base+endsSection, ends), w.Reserve(base+indexSection, index)
}

// Write writes the list and its sorted index as a table into sections from a base on.
func (l *List) Write(w *sections.Writer, base int, index []uint64) error {
	ends := int64(8 * l.n)
	if l.Stride() > 0 {
		ends = 0
	}
	data, end, in := Reserve(w, base, l.Bytes(), ends, 8*int64(len(index)))
	for _, chunk := range l.chunks {
		data.Bytes(chunk)
	}
	if ends > 0 {
		var at uint64
		for no := range l.n {
			at += uint64(len(l.Get(no)))
			end.U64(at)
		}
	}
	for _, e := range index {
		in.U64(e)
	}
	return in.Err()
}

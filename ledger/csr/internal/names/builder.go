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
// copies nothing, but for the first.
const chunkLen = 1 << 19

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

// GetMany are the names from a number on that lie together, at least one, where all
// have one length.
func (l *List) GetMany(no int) []byte {
	return l.chunks[no/chunkLen][no%chunkLen*l.stride:]
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
		l.chunks, l.ends = append(l.chunks, nil), append(l.ends, nil)
	}
	if len(l.chunks[c])+len(name) > cap(l.chunks[c]) {
		l.grow(c, len(name))
	}
	l.chunks[c] = append(l.chunks[c], name...)
	if l.stride < 0 {
		l.ends[c] = append(l.ends[c], uint32(len(l.chunks[c])))
	}
	l.n++
}

// grow makes room in a chunk for a name of so many bytes.
func (l *List) grow(c, size int) {
	old := l.chunks[c]
	room := max(1<<10, 2*len(old)+size)
	if full := chunkLen * max(l.stride, size, 1); c > 0 || room > full {
		room = max(full, len(old)+len(old)/4+size)
	}
	l.chunks[c] = append(memory.Make[byte](room)[:0], old...)
	memory.Free(old)
}

// Free gives the memory back. The list is empty then.
func (l *List) Free() {
	for _, c := range l.chunks {
		memory.Free(c)
	}
	*l = List{}
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
	index []uint64 // what Index made of them
	warm  uint64   // of no meaning: see Candidates
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

// None stands for no candidate.
const None = ^uint32(0)

// Candidates says for each tag which name it may be, the first that has the tag, or
// None. It does each step for all of them before the next, so that the memory answers
// for several at once, and leaves the names where they are quickly compared.
func (b *Builder) Candidates(tags []uint64, to []uint32) {
	to = to[:len(tags)]
	if len(b.slots) == 0 {
		for i := range to {
			to[i] = None
		}
		return
	}
	slots, shift, warm := b.slots, b.shift&63, uint64(0)
	for _, tag := range tags {
		warm += slots[tag>>shift]
	}
	for i, tag := range tags {
		at := tag >> shift
		e := slots[at]
		for e != 0 && Tag(e) != tag {
			if at++; at == uint64(len(slots)) {
				at = 0
			}
			e = slots[at]
		}
		to[i] = No(e) - 1 // of a free slot: None
	}
	if b.stride > 0 {
		stride := uint(b.stride)
		for _, no := range to {
			if no != None {
				chunk, at := b.chunks[no/chunkLen], uint(no)%chunkLen*stride
				warm += uint64(chunk[at]) + uint64(chunk[at+stride-1])
			}
		}
	}
	b.warm = warm // kept, so that the reads are not left out
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
	memory.Free(old)
}

// Free gives the memory back, that of the index included. Nothing is in it then.
func (b *Builder) Free() {
	b.List.Free()
	memory.Free(b.slots)
	memory.Free(b.index)
	*b = Builder{}
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
	b.slots, b.index = nil, b.slots
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

// Sort sorts entries by way of tmp, which has their length; the result is one of the
// two. It deals them by 11 bits of the tag at a time, the lowest first, and then puts
// those of one tag, which are few, in the order of their numbers.
func Sort(entries, tmp []uint64) []uint64 {
	const few, digit, digits = 1 << 8, 11, 3
	if len(entries) < few {
		slices.Sort(entries)
		return entries
	}
	var at [digits][1 << digit]uint32
	for _, e := range entries {
		for d := range at {
			at[d][e>>(32+digit*d)&(1<<digit-1)]++
		}
	}
	for d := range at {
		sum := uint32(0)
		for i, n := range at[d] {
			at[d][i] = sum
			sum += n
		}
		place, shift := &at[d], 32+digit*d
		for _, e := range entries {
			to := &place[e>>shift&(1<<digit-1)]
			tmp[*to] = e
			*to++
		}
		entries, tmp = tmp, entries
	}
	for i := 1; i < len(entries); i++ {
		e, j := entries[i], i
		for ; j > 0 && entries[j-1] > e; j-- {
			entries[j] = entries[j-1]
		}
		entries[j] = e
	}
	return entries
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
	return w.Reserve(base+dataSection, data), w.Reserve(base+endsSection, ends), w.Reserve(base+IndexSection, index)
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

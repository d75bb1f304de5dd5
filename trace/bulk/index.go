package bulk

import "math/bits"

// Index numbers places by key, from 1 on, in the order in which they come. Key 0 is no
// place. It is apart from Books so that places can be looked up ahead of them. It is
// not safe for concurrent use.
type Index struct {
	memory
	slots  []slot
	direct bool
	used   uint32
	sink   uint64 // keeps reads that have no other use; see warm
}

type slot struct {
	key uint64
	at  Ref
}

const leastSlots = 1 << 10

// home is where the search for a key begins.
func (x *Index) home(key uint64) int {
	hi, lo := bits.Mul64(key^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	home, _ := bits.Mul64(hi^lo, uint64(len(x.slots)))
	return int(home)
}

// Find is the place with a key; 0 if there is none.
func (x *Index) Find(key uint64) Ref {
	if x.direct {
		return Ref(key)
	}
	if x.used == 0 || key == 0 {
		return 0
	}
	return x.slots[x.search(key)].at
}

// search is the slot of a key, or the one where it is to be put.
func (x *Index) search(key uint64) int {
	i := x.home(key)
	for x.slots[i].key != key && x.slots[i].at != 0 {
		if i++; i == len(x.slots) {
			i = 0
		}
	}
	return i
}

// Place is the place with a key; it is numbered if there is none.
func (x *Index) Place(key uint64) Ref {
	if x.direct {
		return Ref(key)
	}
	if key == 0 {
		return 0
	}
	if 4*(int(x.used)+1) > 3*len(x.slots) {
		x.grow(max(leastSlots, 2*len(x.slots)))
	}
	s := &x.slots[x.search(key)]
	if s.at == 0 {
		x.used++
		*s = slot{key, Ref(x.used)}
	}
	return s.at
}

// Reserve makes room for so many places.
func (x *Index) Reserve(places int) {
	if 4*places > 3*len(x.slots) {
		x.grow(4*places/3 + leastSlots)
	}
}

func (x *Index) grow(slots int) {
	old, before := x.slots, x.memory
	x.memory = memory{}
	x.slots = array[slot](&x.memory, slots)
	for _, s := range old {
		if s.at != 0 {
			x.slots[x.search(s.key)] = s
		}
	}
	before.free()
}

// Places finds or numbers the places of keys. What is read for one key does not wait
// for what is read for another, so that many in no order cost a fraction of what Place
// costs for each. There are no more than Window.
func (x *Index) Places(keys []uint64, refs []Ref) {
	x.warm(keys)
	for i, key := range keys {
		refs[i] = x.Place(key)
	}
}

// warm brings the slots of keys into the caches.
func (x *Index) warm(keys []uint64) {
	if len(x.slots) == 0 {
		return
	}
	var sink uint64
	for _, key := range keys {
		sink ^= x.slots[x.home(key)].key
	}
	x.sink ^= sink
}

// Direct makes keys the numbers of places. None of them is 2^32 or above.
func (x *Index) Direct() {
	x.free()
	*x = Index{direct: true}
}

// Clear forgets all places; the memory is kept for others.
func (x *Index) Clear() {
	clear(x.slots)
	x.used = 0
}

// Bytes is how much memory the index takes.
func (x *Index) Bytes() int64 { return 16 * int64(len(x.slots)) }

// Free gives the memory of the index back. It must not be used any more.
func (x *Index) Free() {
	x.free()
	*x = Index{}
}

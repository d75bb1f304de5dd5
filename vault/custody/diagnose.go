package custody

import (
	"context"
	"fmt"
	"math/bits"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Two trees are at hand when a log is verified: the one that its events give and the
// one that its hashes file holds. Where they differ, the signed root decides, node by
// node from the top down, which of them is what was signed for, and with that which
// file was changed.

// treeOf is the tree over the leaves, in the order of tlog.StoredHashIndex. A zero
// leaf is unknown, and so is every hash above it.
func treeOf(leaves []tlog.Hash) []tlog.Hash {
	out := make([]tlog.Hash, 0, tlog.StoredHashCount(int64(len(leaves))))
	var peaks []tlog.Hash
	for i, h := range leaves {
		out = append(out, h)
		for n := i; n&1 == 1; n >>= 1 {
			h = nodeHash(peaks[len(peaks)-1], h)
			peaks = peaks[:len(peaks)-1]
			out = append(out, h)
		}
		peaks = append(peaks, h)
	}
	return out
}

// nodeHash is tlog.NodeHash of hashes that may be unknown.
func nodeHash(l, r tlog.Hash) tlog.Hash {
	if unknown := (tlog.Hash{}); l == unknown || r == unknown {
		return unknown
	}
	return tlog.NodeHash(l, r)
}

// node is a place in a tree.
type node struct {
	level int
	n     int64
}

func (x node) index() int64 { return tlog.StoredHashIndex(x.level, x.n) }
func (x node) left() node   { return node{x.level - 1, 2 * x.n} }
func (x node) right() node  { return node{x.level - 1, 2*x.n + 1} }

// leaves are the first leaf under the node and the one after the last.
func (x node) leaves() (from, to int64) { return x.n << x.level, (x.n + 1) << x.level }

// over says which leaves a hash is over.
func (x node) over() string {
	if x.level == 0 {
		return "its own"
	}
	from, to := x.leaves()
	return fmt.Sprintf("over leaves %d to %d", from, to-1)
}

// peaks are the full subtrees that a tree of that size consists of, the largest
// first.
func peaks(size int64) (out []node) {
	for lo := int64(0); lo < size; {
		level := bits.Len64(uint64(size-lo)) - 1
		out = append(out, node{level, lo >> level})
		lo += 1 << level
	}
	return out
}

// fold is the root over peaks.
func fold(peaks []tlog.Hash) tlog.Hash {
	if len(peaks) == 0 {
		return emptyRoot()
	}
	h := peaks[len(peaks)-1]
	for i := len(peaks) - 2; i >= 0; i-- {
		h = nodeHash(peaks[i], h)
	}
	return h
}

// at is a hash of a tree, zero where there is none.
func at(tree []tlog.Hash, x node) tlog.Hash {
	if i := x.index(); i < int64(len(tree)) {
		return tree[i]
	}
	return tlog.Hash{}
}

// root is the root over the first leaves of a tree.
func (a *audit) root(size int64, tree []tlog.Hash) tlog.Hash {
	var hs []tlog.Hash
	for _, p := range peaks(size) {
		hs = append(hs, at(tree, p))
	}
	return fold(hs)
}

// compareTrees finds what is not what was signed for.
func (a *audit) compareTrees(context.Context) error {
	top := peaks(a.leaves)
	signed, ok := a.signedPeaks(top)
	if !ok {
		before := len(a.out.Faults)
		for _, p := range top {
			a.undecided(p)
		}
		if len(a.out.Faults) == before {
			a.fault(checkpointFile, -1, "signs another tree of %d leaves than the one that is here", a.leaves)
		}
		return nil
	}
	for i, p := range top {
		a.walk(p, signed[i])
	}
	return nil
}

// signedPeaks chooses for each peak the hash by which the signed root comes out. With
// no signed root to go by, what both trees agree on counts.
func (a *audit) signedPeaks(top []node) ([]tlog.Hash, bool) {
	out := make([]tlog.Hash, len(top))
	var differ []int
	for i, p := range top {
		if out[i] = at(a.computed, p); out[i] != at(a.stored, p) {
			differ = append(differ, i)
		}
	}
	if a.head.Note == nil {
		return out, len(differ) == 0
	}
	const most = 12
	for choice := range 1 << min(len(differ), most) {
		for j, i := range differ[:min(len(differ), most)] {
			out[i] = at(a.computed, top[i])
			if choice>>j&1 == 1 {
				out[i] = at(a.stored, top[i])
			}
		}
		if fold(out) == a.head.Root {
			return out, true
		}
	}
	return nil, false
}

// walk compares both trees below a node with what was signed for there.
func (a *audit) walk(x node, signed tlog.Hash) {
	if at(a.stored, x) != signed {
		a.badHash(x)
	}
	if at(a.computed, x) == signed {
		a.compareBelow(x)
		return
	}
	if x.level == 0 {
		a.badEvent(x.n)
		return
	}
	for _, l := range []tlog.Hash{at(a.computed, x.left()), at(a.stored, x.left())} {
		for _, r := range []tlog.Hash{at(a.computed, x.right()), at(a.stored, x.right())} {
			if nodeHash(l, r) == signed {
				a.walk(x.left(), l)
				a.walk(x.right(), r)
				return
			}
		}
	}
	a.undecided(x)
}

// compareBelow compares the stored hashes below a node whose events are all right.
func (a *audit) compareBelow(x node) {
	from, _ := x.leaves()
	for i := tlog.StoredHashIndex(0, from); i < x.index(); i++ {
		if i < int64(len(a.stored)) && a.stored[i] != a.computed[i] {
			level, n := tlog.SplitStoredHashIndex(i)
			a.badHash(node{level, n})
		}
	}
}

// undecided names what differs below a node where neither tree is what was signed
// for.
func (a *audit) undecided(x node) {
	from, to := x.leaves()
	found := false
	for i := from; i < to; i++ {
		leaf := node{0, i}
		switch {
		case a.why[i] != "":
			a.badEvent(i)
		case at(a.computed, leaf) != at(a.stored, leaf):
			a.fault(hashesFile, i, "the hash of the leaf and its event do not fit each other")
		default:
			continue
		}
		found = true
	}
	if !found && a.head.Note != nil {
		a.fault(eventsFile, from, "leaves %d to %d are not those that were signed for", from, to-1)
	}
}

func (a *audit) badEvent(leaf int64) {
	why := a.why[leaf]
	if why == "" {
		why = errNotSigned.Error()
	}
	a.fault(eventsFile, leaf, "%s", why)
}

// badHash names a stored hash by the leaf that it was written with. Those that are
// missing are named once, as a file that is too short.
func (a *audit) badHash(x node) {
	if x.index() < int64(len(a.stored)) {
		_, to := x.leaves()
		a.fault(hashesFile, to-1, "bytes %d to %d: not the hash %s that was signed for", x.index()*tlog.HashSize, x.index()*tlog.HashSize+tlog.HashSize-1, x.over())
	}
}

// finder finds the place of a leaf in the stored tree.
type finder struct {
	a  *audit
	at map[tlog.Hash]int64
}

func (f *finder) find(leaf tlog.Hash, next int64) (int64, bool) {
	if next < f.a.leaves && f.a.storedHash(0, next) == leaf {
		return next, true
	}
	if f.at == nil {
		f.at = map[tlog.Hash]int64{}
		for i := range f.a.leaves {
			f.at[f.a.storedHash(0, i)] = i
		}
	}
	at, ok := f.at[leaf]
	return at, ok
}

// history checks what the log fills in itself.
type history struct {
	last map[string]int64
	at   string
}

func (h *history) check(leaf int64, e *Event) (out []Fault) {
	want := ""
	if i, ok := h.last[e.Object]; ok {
		want = strconv.FormatInt(i, 10)
	}
	if e.Previous != want {
		out = append(out, Fault{eventsFile, leaf, fmt.Sprintf("previous is %s, the object's event before it is %s", quoted(e.Previous), quoted(want))})
	}
	if e.At < h.at {
		out = append(out, Fault{eventsFile, leaf, fmt.Sprintf("at %s, the event before it at %s", quoted(e.At), quoted(h.at))})
	}
	h.last[e.Object], h.at = leaf, e.At
	return out
}

package segment

import (
	"context"
	"slices"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/memory"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// indexLevels is the index of a stream's transactions in memory, as a few sorted lists:
// one that is added is merged with the one before where that is about as long, so that
// every entry is moved a few times only.
type indexLevels struct{ levels [][]uint64 }

// mostMerged is how long a list may become: beyond, moving it costs more than it saves.
const mostMerged = 1 << 25

// add takes the index of a source with n transactions, whose numbers begin at a base.
func (x *indexLevels) add(src Source, n int, base uint32) {
	level := memory.Make[uint64](n)
	for at := 0; at < n; {
		at += src.Entries(at, level[at:])
	}
	for i := range level {
		level[i] += uint64(base)
	}
	x.levels = append(x.levels, level)
	for k := len(x.levels); k > 1; k = len(x.levels) {
		a, b := x.levels[k-2], x.levels[k-1]
		if len(a) > 2*len(b) || len(a)+len(b) > mostMerged {
			return
		}
		x.levels = append(x.levels[:k-2], mergeSorted(a, b))
		memory.Free(a)
		memory.Free(b)
	}
}

// mergeSorted merges two sorted lists. Which is behind is as good as drawn by lot: both
// move by what the comparison gives, without a jump.
func mergeSorted(a, b []uint64) []uint64 {
	out := memory.Make[uint64](len(a) + len(b))
	i, j, k := 0, 0, 0
	for i < len(a) && j < len(b) {
		x, y := a[i], b[j]
		first := 0
		if x < y {
			first = 1
		}
		out[k] = min(x, y)
		i += first
		j += 1 - first
		k++
	}
	k += copy(out[k:], a[i:])
	copy(out[k:], b[j:])
	return out
}

// join hands on the numbers of entries that have one tag, here and there, until take
// returns false.
func (x *indexLevels) join(entries []uint64, take func(here, there uint32) bool) {
	for _, level := range x.levels {
		at := 0
		for _, e := range entries {
			tag := names.Tag(e)
			for at < len(level) && level[at] < tag {
				at++
			}
			for i := at; i < len(level) && names.Tag(level[i]) == tag; i++ {
				if !take(names.No(e), names.No(level[i])) {
					return
				}
			}
		}
	}
}

// write writes the index.
func (x *indexLevels) write(ctx context.Context, to *sections.Column) error {
	heads := slices.DeleteFunc(slices.Clone(x.levels), func(l []uint64) bool { return len(l) == 0 })
	for turn := 0; len(heads) > 0; turn++ {
		if turn%(1<<16) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		first := 0
		for i := 1; i < len(heads); i++ {
			if heads[i][0] < heads[first][0] {
				first = i
			}
		}
		to.U64(heads[first][0])
		if heads[first] = heads[first][1:]; len(heads[first]) == 0 {
			heads = slices.Delete(heads, first, first+1)
		}
	}
	return to.Err()
}

// free gives the memory back. Nothing can be found any more.
func (x *indexLevels) free() {
	for _, l := range x.levels {
		memory.Free(l)
	}
	x.levels = nil
}

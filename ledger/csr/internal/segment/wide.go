package segment

import (
	"encoding/binary"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Narrow stands in a column of two bytes for a number that needs more.
const Narrow = ^uint16(0)

// wide are the cells of a column that are too wide for it, by row.
type wide struct {
	rows, cells *sections.Section
	width       int
}

func (s *Segment) openWides() {
	for _, w := range []struct {
		to        *wide
		id, width int
	}{
		{&s.wideAsset, secWideAssetRow, 4},
		{&s.widePos, secWidePosRow, 4},
		{&s.wideIndex, secWideIndexRow, 4},
		{&s.wide128, secWide128Row, 16},
		{&s.wide256, secWide256Row, 32},
	} {
		*w.to = wide{s.file.Section(w.id), s.file.Section(w.id + 1), w.width}
		if w.to.cells.Len() != w.to.len()*w.width || w.to.rows.Len()%4 != 0 {
			w.to.cells.Throw(0, "there is not one cell for each row")
		}
	}
}

func (w wide) len() int { return w.rows.Len() / 4 }

// seek is the first cell of a row or of a later one. Wide cells are spread about evenly
// over rows, so the search begins where they would be.
func (w wide) seek(row int) int {
	n := w.len()
	if n == 0 {
		return 0
	}
	guess := 0
	if last := int(w.rows.U32(n - 1)); last > 0 {
		guess = int(uint64(row) * uint64(n-1) / uint64(last))
	}
	return searchNear(n, guess, func(i int) bool { return int(w.rows.U32(i)) < row })
}

// searchNear is the first of n sorted things that is not below what is sought; it begins
// at a guess, and goes away from it by steps that grow.
func searchNear(n, guess int, below func(i int) bool) int {
	lo, hi := 0, n // the answer is in [lo, hi]
	at := min(max(guess, 0), n-1)
	for step := 4; lo < hi; step *= 4 {
		if below(at) {
			if lo = at + 1; at+step >= hi {
				break
			}
			at += step
		} else {
			if hi = at; at-step < lo {
				break
			}
			at -= step
		}
	}
	return lo + sort.Search(hi-lo, func(i int) bool { return !below(lo + i) })
}

// near is seek for rows that are asked for in order: it begins where the last one was.
func (w wide) near(row, last int) int {
	n := w.len()
	if last > 0 && (last > n || int(w.rows.U32(last-1)) >= row) {
		return w.seek(row)
	}
	step := 1
	for last+step < n && int(w.rows.U32(last+step)) < row {
		last += step
		step *= 2
	}
	return last + sort.Search(min(step, n-last), func(i int) bool { return int(w.rows.U32(last+i)) >= row })
}

// cell is the cell of a row.
func (w wide) cell(row int) ([]byte, bool) { return w.cellAt(row, w.seek(row)) }

func (w wide) cellAt(row, i int) ([]byte, bool) {
	if i == w.len() || int(w.rows.U32(i)) != row {
		return nil, false
	}
	return w.cells.Bytes(i*w.width, w.width), true
}

func (w wide) u32(row int) uint32 {
	b, ok := w.cell(row)
	if !ok {
		w.rows.Throw(0, "a wide cell is missing")
	}
	return binary.LittleEndian.Uint32(b)
}

// wideValue is a value of 2^64−1 and above.
func (s *Segment) wideValue(row int) chain.Amount {
	b, ok := s.wide128.cell(row)
	if !ok {
		if b, ok = s.wide256.cell(row); !ok {
			s.wide256.rows.Throw(0, "a wide cell is missing")
		}
	}
	return amountOf(b)
}

// Near is where values were found, for those of later rows.
type Near struct{ wide128, wide256 int }

// ValueNear is Value, for rows that are asked for in order.
func (s *Segment) ValueNear(row int, at *Near) chain.Amount {
	if v := s.value.U64(row); v != ledger.WideValue {
		return chain.Units64(v)
	}
	at.wide128 = s.wide128.near(row, at.wide128)
	b, ok := s.wide128.cellAt(row, at.wide128)
	if !ok {
		at.wide256 = s.wide256.near(row, at.wide256)
		if b, ok = s.wide256.cellAt(row, at.wide256); !ok {
			s.wide256.rows.Throw(0, "a wide cell is missing")
		}
	}
	return amountOf(b)
}

// amountOf reads an amount of 16 or 32 bytes, the least significant first.
func amountOf(b []byte) chain.Amount {
	var be [32]byte
	for i, c := range b {
		be[31-i] = c
	}
	return chain.FromBytes(be)
}

// IsWide128 reports whether an amount fits 16 bytes.
func IsWide128(a chain.Amount) bool {
	b := a.Bytes()
	return [16]byte(b[:16]) == [16]byte{}
}

// appendAmount writes the lowest n bytes of an amount, the least significant first.
func appendAmount(to []byte, a chain.Amount, n int) []byte {
	b := a.Bytes()
	for i := range n {
		to = append(to, b[31-i])
	}
	return to
}

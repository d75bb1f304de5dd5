package batch

import (
	"cmp"
	"context"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// Outcome is what became of a row that does not stay.
type Outcome struct {
	Row    int    // as it came
	Reason string // why it is refused; "": it is held already
}

// settling is what Settle finds out.
type settling struct {
	*Batch
	drop    []bool // by row; nil: none so far
	out     []Outcome
	shared  bool // some transaction is in an earlier segment
	matches []match
}

// match is a transaction that an earlier segment has, too.
type match struct {
	tx    uint32 // here
	in    *segment.Segment
	there uint32
	block int // in the segment
}

// Settle finds out which rows stay and orders them. Earlier holds what is there
// already. Of rows under one key the first that came stays, if none is held. Shared
// says that an earlier segment names a transaction of these rows.
func (b *Batch) Settle(ctx context.Context, earlier []*segment.Segment) (out []Outcome, shared bool, err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	s := &settling{Batch: b}
	b.Index()
	for _, e := range earlier {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		s.match(e)
		s.checkTimes(e)
	}
	s.checkOwnTimes()
	if b.some {
		s.checkBlocks()
		s.checkKeys()
	}
	s.checkSpends(earlier)
	b.arrange(s.drop)
	slices.SortFunc(s.out, func(a, b Outcome) int { return cmp.Compare(a.Row, b.Row) })
	return s.out, s.shared, ctx.Err()
}

// Index is the sorted index of the transactions that the rows name; see TxOf.
func (b *Batch) Index() []uint64 {
	if b.indexed {
		return b.entries
	}
	if cap(b.spare) < len(b.entries) {
		b.spare = make([]uint64, max(len(b.entries), cap(b.entries)))
	}
	tmp := b.spare[:len(b.entries)]
	if sorted := names.Sort(b.entries, tmp); len(sorted) > 0 && &sorted[0] != &b.entries[0] {
		b.entries, b.spare = sorted, b.entries
	}
	b.unite()
	b.indexed = true
	return b.entries
}

// TxOf is the id of a transaction by its number as it came.
func (b *Batch) TxOf(no int) []byte { return b.txs.Get(no) }

// Follows reports whether all rows are of a block or of later ones, and agree on its time.
func (b *Batch) Follows(block uint64, time int64) bool {
	for m, height := range b.height {
		if height < block || height == block && b.time[m] != time {
			return false
		}
	}
	return true
}

// leave takes a row out, unless it is out already.
func (s *settling) leave(row int, reason string) {
	if s.drop == nil {
		s.drop = make([]bool, s.Len())
	}
	if !s.drop[row] {
		s.drop[row] = true
		s.out = append(s.out, Outcome{row, reason})
	}
}

func (s *settling) left(row int) bool { return s.drop != nil && s.drop[row] }

// unite gives the numbers of one id the lowest of them.
func (b *Batch) unite() {
	var alias []uint32
	var group []uint64
	settle := func() {
		for len(group) > 1 {
			first := names.No(group[0])
			rest := group[:0]
			for _, e := range group[1:] {
				if string(b.txs.Get(int(names.No(e)))) != string(b.txs.Get(int(first))) {
					rest = append(rest, e)
					continue
				}
				if alias == nil {
					alias = identity(b.txs.Len())
				}
				alias[names.No(e)] = first
				b.again[first], b.some = true, true
			}
			group = rest
		}
		group = group[:0]
	}
	for _, e := range b.entries {
		if len(group) > 0 && names.Tag(group[0]) != names.Tag(e) {
			settle()
		}
		group = append(group, e)
	}
	settle()
	if alias == nil {
		return
	}
	for _, column := range [][]uint32{b.tx, b.spendTx} {
		for i, tx := range column {
			column[i] = alias[tx]
		}
	}
	b.entries = slices.DeleteFunc(b.entries, func(e uint64) bool { return alias[names.No(e)] != names.No(e) })
}

func identity(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// match finds the transactions that an earlier segment has.
func (s *settling) match(e *segment.Segment) {
	e.Join(s.entries, func(here, there uint32) {
		if string(s.txs.Get(int(here))) != string(e.TxID(int(there))) {
			return
		}
		s.shared = true
		if row, ok := e.TxRow(int(there)); ok {
			s.matches = append(s.matches, match{here, e, there, e.Block(row)})
			s.again[here], s.some = true, true
		}
	})
	e.Forget()
}

// checkTimes refuses rows of a block that has another time in an earlier segment.
func (s *settling) checkTimes(e *segment.Segment) {
	if e.Blocks() == 0 {
		return
	}
	first, _ := e.BlockAt(0)
	last, _ := e.BlockAt(e.Blocks() - 1)
	bad := map[uint32]bool{}
	for m, height := range s.height {
		if height < first || height > last {
			continue
		}
		if i := e.FindBlock(height); i < e.Blocks() {
			if there, time := e.BlockAt(i); there == height && time != s.time[m] {
				bad[uint32(m)] = true
			}
		}
	}
	s.leaveMarks(bad)
}

// checkOwnTimes refuses rows of a block that had another time further up.
func (s *settling) checkOwnTimes() {
	marks := identity(len(s.height))
	byHeight := func(a, b uint32) int { return cmp.Or(cmp.Compare(s.height[a], s.height[b]), cmp.Compare(a, b)) }
	if !slices.IsSortedFunc(marks, byHeight) {
		slices.SortFunc(marks, byHeight)
	}
	lost := map[uint32]bool{} // marks whose rows are out already
	if s.drop != nil {
		for _, m := range marks {
			lost[m] = true
		}
		for row, m := range s.mark {
			if !s.drop[row] {
				delete(lost, m)
			}
		}
	}
	bad := map[uint32]bool{}
	first := -1
	for i, m := range marks {
		switch {
		case lost[m]:
		case first < 0 || s.height[marks[first]] != s.height[m]:
			first = i
		case s.time[marks[first]] != s.time[m]:
			bad[m] = true
		}
	}
	s.leaveMarks(bad)
}

func (s *settling) leaveMarks(bad map[uint32]bool) {
	if len(bad) == 0 {
		return
	}
	for row, m := range s.mark {
		if bad[m] {
			s.leave(row, ledger.ReasonTime)
		}
	}
}

// checkBlocks refuses rows whose transaction stands in another block.
func (s *settling) checkBlocks() {
	block := make([]uint64, s.txs.Len())
	known := make([]bool, s.txs.Len())
	for _, m := range s.matches {
		block[m.tx], _ = m.in.BlockAt(m.block)
		known[m.tx] = true
	}
	for row, tx := range s.tx {
		if !s.again[tx] || s.left(row) {
			continue
		}
		height := s.height[s.mark[row]]
		if !known[tx] {
			block[tx], known[tx] = height, true
		}
		if block[tx] != height {
			s.leave(row, ledger.ReasonBlock)
		}
	}
}

// keyed is a row under its key.
type keyed struct {
	tx    uint32
	kind  ledger.Kind
	index uint32
	row   int              // as it came, or in the segment
	in    *segment.Segment // nil: here
}

// checkKeys takes rows out whose key is held or came before.
func (s *settling) checkKeys() {
	rows := s.held()
	for row, tx := range s.tx {
		if s.again[tx] && !s.left(row) {
			rows = append(rows, keyed{tx, s.kind[row], s.index[row], row, nil})
		}
	}
	slices.SortFunc(rows, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.tx, b.tx), cmp.Compare(a.kind, b.kind), cmp.Compare(a.index, b.index),
			cmp.Compare(flag(a.in == nil), flag(b.in == nil)), cmp.Compare(a.row, b.row))
	})
	first := 0
	for i, k := range rows {
		if f := rows[first]; f.tx != k.tx || f.kind != k.kind || f.index != k.index {
			first = i
		}
		if i == first || k.in != nil {
			continue
		}
		if s.same(rows[first], k.row) {
			s.leave(k.row, "")
		} else {
			s.leave(k.row, ledger.ReasonOther)
		}
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// held are the rows of the matched transactions in earlier segments. Each block is
// gone through once.
func (s *settling) held() []keyed {
	var out []keyed
	for from := 0; from < len(s.matches); {
		in := s.matches[from].in
		end := from
		for end < len(s.matches) && s.matches[end].in == in {
			end++
		}
		part := s.matches[from:end]
		slices.SortFunc(part, func(a, b match) int { return cmp.Compare(a.block, b.block) })
		for len(part) > 0 {
			n := 0
			here := map[int]uint32{}
			for n < len(part) && part[n].block == part[0].block {
				here[int(part[n].there)] = part[n].tx
				n++
			}
			first, last := in.BlockRows(part[0].block)
			for row := first; row < last; row++ {
				if tx, ok := here[in.Tx(row)]; ok {
					out = append(out, keyed{tx, in.Kind(row), in.Index(row), row, in})
				}
			}
			part = part[n:]
		}
		from = end
	}
	return out
}

// same reports whether a row says what the one of its key says.
func (s *settling) same(held keyed, row int) bool {
	if e := held.in; e != nil {
		h := held.row
		if e.Pos(h) != s.pos[row] || uint32(e.From(h)) != s.from[row] || uint32(e.To(h)) != s.to[row] ||
			uint32(e.Asset(h)) != s.asset[row] || e.Value(h) != s.Value(row) {
			return false
		}
		if s.kind[row] != ledger.Input {
			return true
		}
		tx, index, _ := e.Spends(h)
		return ledger.Outpoint{Tx: string(e.TxID(tx)), Index: index} == s.outpoint(row)
	}
	h := held.row
	if s.pos[h] != s.pos[row] || s.from[h] != s.from[row] || s.to[h] != s.to[row] || s.asset[h] != s.asset[row] || s.Value(h) != s.Value(row) {
		return false
	}
	return s.kind[row] != ledger.Input || s.outpoint(h) == s.outpoint(row)
}

// checkSpends refuses inputs that spend what another input spends.
func (s *settling) checkSpends(earlier []*segment.Segment) {
	seen := make(map[ledger.Outpoint]bool, len(s.spendRow))
	for _, row := range s.spendRow {
		if s.left(int(row)) {
			continue
		}
		of := s.outpoint(int(row))
		spent := seen[of]
		if tag := segment.OutpointTag(s.hash, of); !spent {
			for _, e := range earlier {
				if _, spent = e.Spender(of, tag); spent {
					break
				}
			}
		}
		if seen[of] = true; spent {
			s.leave(int(row), ledger.ReasonSpent)
		}
	}
}

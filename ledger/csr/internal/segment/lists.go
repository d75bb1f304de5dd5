package segment

import (
	"encoding/binary"
	"fmt"
	"sort"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// lists are the rows of each account in one direction: how many, the first, and the
// distance to each next, as varints. Where few of the accounts have rows, ids says
// which; else every number has an end.
type lists struct {
	ids, ends, rows *sections.Section
	n               int // lists
}

// Sections of lists, from a base on.
const (
	listIDs  = 0
	listEnds = 1 // where each ends in the rows, four bytes
	listRows = 2
)

func openLists(f *sections.File, base int) lists {
	l := lists{ids: f.Section(base + listIDs), ends: f.Section(base + listEnds), rows: f.Section(base + listRows)}
	l.n = l.ends.Len() / 4
	if l.ends.Len()%4 != 0 || l.ids.Len() != 0 && l.ids.Len() != l.ends.Len() {
		l.ends.Throw(0, "there is not one end for each list")
	}
	return l
}

// find is the list of an account as it is written; nil if it has no rows.
func (l *lists) find(id ledger.AccountID) []byte {
	i := int(id)
	if l.ids.Len() > 0 {
		i = sort.Search(l.n, func(i int) bool { return l.ids.U32(i) >= uint32(id) })
		if i < l.n && l.ids.U32(i) != uint32(id) {
			return nil
		}
	}
	if i >= l.n {
		return nil
	}
	from := 0
	if i > 0 {
		from = int(l.ends.U32(i - 1))
	}
	to := int(l.ends.U32(i))
	if from > to {
		l.ends.Throw(4*i, "a list's end is not sound")
	}
	return l.rows.Bytes(from, to-from)
}

// Degree is how many rows an account has in a direction.
func (s *Segment) Degree(d Direction, id ledger.AccountID) int {
	l := &s.lists[d]
	b := l.find(id)
	if len(b) == 0 {
		return 0
	}
	n, _ := l.varint(b)
	return n
}

// varint reads a number and says how long it is.
func (l *lists) varint(b []byte) (v, size int) {
	if len(b) > 0 && b[0] < 0x80 {
		return int(b[0]), 1
	}
	u, size := binary.Uvarint(b)
	if size <= 0 || u > MaxRows {
		l.rows.Throw(0, "a list is not sound")
	}
	return int(u), size
}

// List appends the rows of an account in a direction, in order.
func (s *Segment) List(d Direction, id ledger.AccountID, rows []uint32) []uint32 {
	w := s.Walk(d, id)
	return w.Next(w.left, 0, rows)
}

// Walk is a list that is read by portions.
type Walk struct {
	l     *lists
	id    ledger.AccountID
	rest  []byte // as it is written
	left  int    // rows in it
	row   int    // the last that was read; −1 before the first
	limit int    // rows of the segment
}

// Walk begins the list of an account in a direction.
func (s *Segment) Walk(d Direction, id ledger.AccountID) Walk {
	l := &s.lists[d]
	return s.walk(l, id, l.find(id))
}

func (s *Segment) walk(l *lists, id ledger.AccountID, b []byte) Walk {
	w := Walk{l: l, id: id, row: -1, limit: s.Rows()}
	if len(b) == 0 {
		return w
	}
	n, size := l.varint(b)
	if w.left, w.rest = n, b[size:]; n > len(w.rest) {
		w.throw("shorter than it says")
	}
	w.end()
	return w
}

// Left is how many rows were not read yet.
func (w *Walk) Left() int { return w.left }

// Next appends the next rows in order, those below from left out: as many as most at
// most, counted with those that are left out.
func (w *Walk) Next(most, from int, rows []uint32) []uint32 {
	most = min(most, w.left)
	row, b := w.row, w.rest
	for range most {
		step, size := w.l.varint(b)
		b = b[size:]
		if row < 0 {
			row = step
		} else if row += step; step == 0 {
			w.throw("not sound")
		}
		if row >= w.limit {
			w.throw("not sound")
		}
		if row >= from {
			rows = append(rows, uint32(row))
		}
	}
	w.row, w.rest, w.left = row, b, w.left-most
	w.end()
	return rows
}

// end holds the length of a list against what it says.
func (w *Walk) end() {
	if w.left == 0 && len(w.rest) != 0 {
		w.throw("longer than it says")
	}
}

func (w *Walk) throw(why string) {
	w.l.rows.Throw(0, fmt.Sprintf("the list of account %d is %s", w.id, why))
}

// Others appends who is at the other side of rows of accounts: of each account all
// rows that keep lets pass; nil lets all. Rows of many accounts lie far apart, so that
// each step is done for all accounts before the next: the memory then answers for
// several at once.
func (s *Segment) Others(d Direction, of []ledger.AccountID, keep func(row int) bool, to []ledger.AccountID) []ledger.AccountID {
	l := &s.lists[d]
	other := s.to
	if d == ledger.In {
		other = s.from
	}
	var heads [headsAtOnce][]byte
	var rows []uint32
	for len(of) > 0 {
		part := of[:min(headsAtOnce, len(of))]
		of = of[len(part):]
		l.heads(part, &heads)
		rows = rows[:0]
		for i, id := range part {
			w := s.walk(l, id, heads[i])
			rows = w.Next(w.left, 0, rows)
		}
		if keep != nil {
			kept := rows[:0]
			for _, row := range rows {
				if keep(int(row)) {
					kept = append(kept, row)
				}
			}
			rows = kept
		}
		for _, row := range rows {
			to = append(to, ledger.AccountID(other.U32(int(row))))
		}
	}
	return to
}

// Walks begins the lists of accounts in a direction.
func (s *Segment) Walks(d Direction, of []ledger.AccountID, each func(i int, w Walk)) {
	l := &s.lists[d]
	var heads [headsAtOnce][]byte
	for done := 0; done < len(of); done += headsAtOnce {
		part := of[done:min(done+headsAtOnce, len(of))]
		l.heads(part, &heads)
		for i, id := range part {
			each(done+i, s.walk(l, id, heads[i]))
		}
	}
}

// headsAtOnce is how many lists are begun at once.
const headsAtOnce = 256

// heads finds the lists of accounts as they are written, and looks at where they begin:
// the memory then answers for several at once, which it would not if each were read to
// its end before the next.
func (l *lists) heads(of []ledger.AccountID, heads *[headsAtOnce][]byte) {
	warm := uint32(0)
	if l.ids.Len() == 0 {
		for _, id := range of {
			if int(id) < l.n {
				warm += l.ends.U32(int(id))
			}
		}
	}
	for i, id := range of {
		if heads[i] = l.find(id); len(heads[i]) > 0 {
			warm += uint32(heads[i][0])
		}
	}
	warmed(warm)
}

// warmed takes what was read ahead, so that the reads are not left out.
//
//go:noinline
func warmed(uint32) {}

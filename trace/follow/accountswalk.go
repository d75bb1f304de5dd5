package follow

import (
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// way is how the rows of a chain of accounts are read. It changes nothing in the answer.
type way int

const (
	asFits   way = iota // walk while few rows have to be, then sweep
	walking             // read the lists of touched accounts alone
	sweeping            // read all rows, and the lists of accounts that are touched
	counting            // read all rows, and know the balances of all accounts
)

// walkShare is how many rows a sweep passes over in the time in which a walk reads one.
const walkShare = 50

// begin is the feed that a lane begins with.
func (l *accountLane[N]) begin() (feed[N], error) {
	if p, ok := l.book.(*pages); ok {
		return &pageFeed[N]{l: l, book: p, rows: p.rows}, nil
	}
	switch l.run.from.way {
	case sweeping, counting:
		return newSweep(l, l.special[0]), nil
	}
	w := &walkFeed[N]{l: l, walked: ledger.NewBits(l.book.Accounts())}
	w.push(l.special)
	return w, nil
}

// walkFeed reads the rows of touched accounts, in order: a heap of lists by their next
// rows.
type walkFeed[N bulk.Number[N]] struct {
	l      *accountLane[N]
	heap   []cursor
	walked ledger.Bits
	left   int // rows in the lists
	seen   int
}

// cursor is a list of rows that are not read yet.
type cursor struct {
	next ledger.Row
	rest []ledger.Row
}

func (w *walkFeed[N]) leave() {}

func (w *walkFeed[N]) read(e *event[N]) (bool, error) {
	for len(w.heap) > 0 {
		row := w.heap[0].next
		if row >= w.l.end {
			return false, nil
		}
		for len(w.heap) > 0 && w.heap[0].next == row {
			w.advance()
		}
		if w.seen++; w.seen%clockEvery == 0 && w.l.run.ctx.Err() != nil {
			return false, w.l.run.ctx.Err()
		}
		if ok, err := w.l.readRow(row, e); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// readRow reads an event; ok is false for a row that moves no value of a touched place
// and is of no mark or link.
func (l *accountLane[N]) readRow(row ledger.Row, e *event[N]) (ok bool, err error) {
	id, err := l.cells.Asset(row)
	if err != nil {
		return false, err
	}
	slot, inPlay := l.slots[id]
	if !inPlay {
		return false, nil
	}
	*e = event[N]{row: row, slot: uint32(slot)}
	if e.from, err = l.cells.From(row); err != nil {
		return false, err
	}
	if e.to, err = l.cells.To(row); err != nil {
		return false, err
	}
	e.payer, e.payee = l.index.Find(key(e.from, e.slot)), l.index.Find(key(e.to, e.slot))
	if e.payer == 0 && e.payee == 0 && (len(l.special) == 0 || l.special[0] != row) {
		return false, nil
	}
	value, err := l.cells.Value(row)
	if err != nil {
		return false, err
	}
	e.value, ok = e.value.Of(value)
	e.over = !ok
	return true, nil
}

// push puts a list into the heap.
func (w *walkFeed[N]) push(rows []ledger.Row) {
	if len(rows) == 0 {
		return
	}
	w.left += len(rows)
	w.heap = append(w.heap, cursor{rows[0], rows[1:]})
	for i := len(w.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if w.heap[up].next <= w.heap[i].next {
			break
		}
		w.heap[up], w.heap[i] = w.heap[i], w.heap[up]
		i = up
	}
}

// advance goes on in the list at the top.
func (w *walkFeed[N]) advance() {
	w.left--
	top := &w.heap[0]
	if len(top.rest) > 0 {
		top.next, top.rest = top.rest[0], top.rest[1:]
	} else {
		last := len(w.heap) - 1
		w.heap[0] = w.heap[last]
		w.heap[last] = cursor{}
		w.heap = w.heap[:last]
	}
	for i := 0; ; {
		least := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < len(w.heap) && w.heap[down].next < w.heap[least].next {
				least = down
			}
		}
		if least == i {
			return
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}

func (w *walkFeed[N]) reach(e *event[N]) (bulk.Ref, error) {
	if w.l.run.from.way == asFits && !w.walked.Has(e.to) {
		d, err := w.l.book.Degree(e.to)
		if err != nil {
			return 0, err
		}
		if ahead := uint64(w.l.end - e.row); uint64(w.left+d.Out+d.In) > 1024+ahead/walkShare {
			w.l.feed = newSweep(w.l, e.row+1, w.touched()...)
			return w.l.feed.reach(e)
		}
	}
	var rows rowLists
	if err := w.l.rowsOf(e.to, w.l.end, &rows); err != nil {
		return 0, err
	}
	value, _, err := w.l.balance(e, &rows)
	if err != nil {
		return 0, err
	}
	if w.walked.Add(e.to) {
		w.push(later(rows.out, e.row))
		w.push(later(rows.in, e.row))
		w.l.run.grow(8 * int64(len(rows.out)+len(rows.in)))
	}
	w.l.counted(w.l.index.Bytes())
	return w.l.open(e, value), nil
}

// touched are the accounts that are walked.
func (w *walkFeed[N]) touched() (out []ledger.AccountID) {
	for i, word := range w.walked {
		for bit := range 64 {
			if word>>bit&1 != 0 {
				out = append(out, ledger.AccountID(64*i+bit))
			}
		}
	}
	return out
}

// later are the rows after one.
func later(rows []ledger.Row, row ledger.Row) []ledger.Row {
	for len(rows) > 0 && rows[0] <= row {
		rows = rows[1:]
	}
	return rows
}

// pageFeed reads what was recorded.
type pageFeed[N bulk.Number[N]] struct {
	l    *accountLane[N]
	book *pages
	rows []RecordedRow // not read yet
}

func (f *pageFeed[N]) leave() {}

func (f *pageFeed[N]) read(e *event[N]) (bool, error) {
	for len(f.rows) > 0 && f.rows[0].Number < f.l.end {
		row := f.rows[0].Number
		f.rows = f.rows[1:]
		if ok, err := f.l.readRow(row, e); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (f *pageFeed[N]) reach(e *event[N]) (bulk.Ref, error) {
	held, err := f.balance(e)
	if err != nil {
		return 0, err
	}
	f.l.counted(f.l.index.Bytes())
	return f.l.open(e, held), nil
}

// balance is what the payee of an event held before it: its opening, and what it moved
// since then, where the run came to it sooner.
func (f *pageFeed[N]) balance(e *event[N]) (held N, err error) {
	a, err := f.book.Address(e.to)
	if err != nil {
		return held, err
	}
	asset := f.l.assets[e.slot]
	o, ok := f.l.run.from.openings[Opening{Chain: f.l.id, Address: a, Asset: asset.name}]
	if !ok || o.Row > e.row {
		return held, fmt.Errorf("%w: what %s held at row %d of chain %s is not in it", ErrRecord, a.Text(f.l.id), e.row, f.l.id)
	}
	if held, ok = held.Of(o.Value); !ok {
		return held, errWide
	}
	for _, i := range f.book.moves(pagePlace{e.to, asset.id}, o.Row, e.row) {
		row := &f.book.rows[i]
		if held, err = settle(held, row.Value, row.To == a); err != nil {
			return held, err
		}
	}
	return held, nil
}

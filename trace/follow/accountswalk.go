package follow

import (
	"fmt"
	"unsafe"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// walkShare is how many rows a sweep passes over in the time in which a walk reads one.
const walkShare = 50

// begin is the feed that a lane begins with.
func (l *accountLane[N]) begin() (feed[N], error) {
	if p, ok := l.book.(*pages); ok {
		return &pageFeed[N]{l: l, book: p, rows: p.rows}, nil
	}
	switch l.run.from.reading {
	case Sweep, Count:
		return newSweep(l, l.special[0], nil), nil
	}
	w := &walkFeed[N]{l: l, walked: newAccountSet(l.book.Accounts())}
	return w, w.begin()
}

// walkFeed reads the rows of touched accounts, in order: a heap of lists by their next
// rows.
type walkFeed[N bulk.Number[N]] struct {
	l      *accountLane[N]
	heap   []cursor[N]
	walked accountSet
	left   int // events in the lists
	seen   int
	wants  []want // that were gathered last
}

// cursor is a list of events that are not read yet.
type cursor[N any] struct {
	next ledger.Row // of the first
	rest []event[N]
}

// begin takes the rows of marks and links.
func (w *walkFeed[N]) begin() error {
	events := make([]event[N], len(w.l.special))
	for i, row := range w.l.special {
		var err error
		if events[i], err = w.l.eventAt(row); err != nil {
			return err
		}
	}
	w.l.lookAhead()
	w.push(events)
	for i := range events {
		w.wants = append(w.wants, want{events[i].row, w.l.end, events[i].to})
	}
	w.l.ahead.want(w.wants...)
	return nil
}

func (w *walkFeed[N]) leave() {}

func (w *walkFeed[N]) isNext(row ledger.Row) bool { return len(w.heap) > 0 && w.heap[0].next == row }

func (w *walkFeed[N]) read(e *event[N]) (bool, error) {
	for len(w.heap) > 0 {
		*e = w.heap[0].rest[0]
		if e.row >= w.l.end {
			return false, nil
		}
		for len(w.heap) > 0 && w.heap[0].next == e.row {
			w.advance()
		}
		if w.seen++; w.seen%clockEvery == 0 && w.l.run.ctx.Err() != nil {
			return false, w.l.run.ctx.Err()
		}
		e.payer, e.payee = w.l.index.Find(key(e.from, e.slot)), w.l.index.Find(key(e.to, e.slot))
		if e.payer != 0 || e.payee != 0 || len(w.l.special) > 0 && w.l.special[0] == e.row {
			return true, nil
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
func (w *walkFeed[N]) push(events []event[N]) {
	if len(events) == 0 {
		return
	}
	w.left += len(events)
	w.heap = append(w.heap, cursor[N]{events[0].row, events})
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
	if top.rest = top.rest[1:]; len(top.rest) > 0 {
		top.next = top.rest[0].row
	} else {
		last := len(w.heap) - 1
		w.heap[0] = w.heap[last]
		w.heap[last] = cursor[N]{}
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
	before, isNew := e.row, !w.walked.has(e.to)
	if isNew {
		sweep, err := w.isTimeToSweep(e)
		if err != nil {
			return 0, err
		}
		if sweep {
			w.l.feed = newSweep(w.l, e.row+1, &w.walked)
			return w.l.feed.reach(e)
		}
		before = w.l.end
	}
	past, err := w.l.pastOf(e, before)
	if err != nil {
		return 0, err
	}
	value, err := past.balance(e.slot, e.row)
	if err != nil {
		return 0, err
	}
	if isNew {
		w.walked.add(e.to)
		w.l.run.grow(int64(len(past.events)) * int64(unsafe.Sizeof(*e)))
		w.push(past.after(e.row))
		w.ask(e.to, past.after(e.row))
	}
	w.l.counted(w.l.index.Bytes())
	return w.l.open(e, value), nil
}

// isTimeToSweep reports whether a sweep over the rest would take less than to read the
// lists that are left and those of one more account.
func (w *walkFeed[N]) isTimeToSweep(e *event[N]) (bool, error) {
	if w.l.run.from.reading != AsFits {
		return false, nil
	}
	var d ledger.Degree
	if f := w.l.factsOf(e); f != nil {
		d = f.degree
	} else {
		var err error
		if d, err = w.l.book.Degree(e.to); err != nil {
			return false, err
		}
	}
	return uint64(w.left+d.Out+d.In) > 1024+uint64(w.l.end-e.row)/walkShare, nil
}

// ask wants looks at those whom an account pays.
func (w *walkFeed[N]) ask(id ledger.AccountID, events []event[N]) {
	w.wants = w.wants[:0]
	for i := range events {
		e := &events[i]
		if e.from != id || e.to == ledger.Nobody || w.walked.has(e.to) {
			continue
		}
		if _, ends := w.l.services.known[e.to]; !ends {
			w.wants = append(w.wants, want{e.row, w.l.end, e.to})
		}
	}
	w.l.ahead.want(w.wants...)
}

// pageFeed reads what was recorded.
type pageFeed[N bulk.Number[N]] struct {
	l    *accountLane[N]
	book *pages
	rows []RecordedRow // not read yet
}

func (f *pageFeed[N]) leave() {}

func (f *pageFeed[N]) isNext(row ledger.Row) bool { return len(f.rows) > 0 && f.rows[0].Number == row }

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
		value, fits := held.Of(row.Value)
		if held, err = settle(held, value, fits, row.To == a); err != nil {
			return held, err
		}
	}
	return held, nil
}

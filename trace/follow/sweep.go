package follow

import (
	"context"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// What a portion of a sweep holds at most, and how many there are.
const (
	portionRows    = 1 << 12 // in play
	portionPassed  = 1 << 20 // passed over
	portionsAtOnce = 4
)

// openingCost is how many rows a sweep passes over in the time in which the place of
// one account is opened from its lists.
const openingCost = 200

// sweepFeed reads all rows. It opens places from the lists of their accounts, until
// that has taken as long as going over all earlier rows would: then it does that, and
// knows the balances of all accounts from then on.
type sweepFeed[N bulk.Number[N]] struct {
	l       *accountLane[N]
	pass    *pass[N]
	rows    []event[N] // that are next
	rest    []event[N] // of the portion, after them
	touched ledger.Bits
	all     bool   // all balances are known
	opened  uint64 // what opening places has cost, in rows
	scratch listed
}

// newSweep begins at a row, with accounts that are touched already.
func newSweep[N bulk.Number[N]](l *accountLane[N], from ledger.Row, touched ...ledger.AccountID) *sweepFeed[N] {
	f := &sweepFeed[N]{l: l, pass: newPass(l, from, l.end, false), touched: ledger.NewBits(l.book.Accounts())}
	for _, id := range touched {
		f.touched.Add(id)
	}
	return f
}

func (f *sweepFeed[N]) leave() { f.pass.leave() }

func (f *sweepFeed[N]) read(e *event[N]) (bool, error) {
	for {
		if len(f.rows) == 0 {
			if ok, err := f.turn(); !ok || err != nil {
				return false, err
			}
		}
		next := &f.rows[0]
		f.rows = f.rows[1:]
		if f.all {
			*e = *next
			return true, nil
		}
		if f.touched.Has(next.from) || f.touched.Has(next.to) || len(f.l.special) > 0 && f.l.special[0] == next.row {
			*e = *next
			e.payer, e.payee = f.l.index.Find(key(e.from, e.slot)), f.l.index.Find(key(e.to, e.slot))
			return true, nil
		}
	}
}

// turn goes to the next rows, and to the next portion after its last ones.
func (f *sweepFeed[N]) turn() (bool, error) {
	for len(f.rest) == 0 {
		p, err := f.pass.turn()
		if p == nil || err != nil {
			return false, err
		}
		if f.isTimeToCount(p.first) {
			if err := f.countAll(p.first); err != nil {
				return false, err
			}
			continue
		}
		f.passed(p)
		f.rest = p.rows
	}
	f.rows = f.rest
	if f.all {
		f.rows = f.rest[:min(len(f.rest), windowRows)]
		f.l.warm(f.rows)
	}
	f.rest = f.rest[len(f.rows):]
	return true, nil
}

// passed counts a portion.
func (f *sweepFeed[N]) passed(p *portion[N]) {
	f.l.run.work.Swept += uint64(p.end - p.first)
	if f.all {
		f.l.counted(p.index)
		f.l.books.Reach(p.places)
		return
	}
	f.l.counted(f.l.index.Bytes())
}

// isTimeToCount reports whether to go over all rows before one rather than to open more
// places one by one.
func (f *sweepFeed[N]) isTimeToCount(before ledger.Row) bool {
	switch f.l.run.from.way {
	case asFits:
		return !f.all && f.opened > uint64(before)
	case counting:
		return !f.all
	}
	return false
}

// countAll makes the balances of all accounts known as they are before a row, and goes
// on from there. From now on the index is that of the pass.
func (f *sweepFeed[N]) countAll(before ledger.Row) error {
	f.pass.leave()
	f.all = true
	if f.l.coin >= 0 {
		f.l.index.Reserve(f.l.book.Accounts()) // nearly all of them hold some of it at some time
	}
	f.pass = newPass(f.l, 0, before, true)
	for f.l.run.memory <= f.l.run.budget.Memory { // else no row is applied any more
		p, err := f.pass.turn()
		if err != nil {
			return err
		}
		if p == nil {
			break
		}
		f.passed(p)
		for rows := p.rows; len(rows) > 0; rows = rows[min(windowRows, len(rows)):] {
			f.l.settle(rows[:min(windowRows, len(rows))])
		}
	}
	f.pass.leave()
	f.pass = newPass(f.l, before, f.l.end, true)
	return nil
}

// windowRows is how many rows are looked at ahead.
const windowRows = bulk.Window / 2

// settle moves the values of earlier rows between places that are not touched.
func (l *accountLane[N]) settle(rows []event[N]) {
	var nought N
	l.warm(rows)
	for i := range rows {
		e := &rows[i]
		if e.from == e.to || e.value == nought && !e.over {
			continue
		}
		if l.books.Touched(e.payer) {
			e.payer = 0
		}
		if l.books.Touched(e.payee) {
			e.payee = 0
		}
		l.move(e)
	}
}

// warm looks at the places of rows ahead.
func (l *accountLane[N]) warm(rows []event[N]) {
	var refs [bulk.Window]bulk.Ref
	for i := range rows {
		refs[2*i], refs[2*i+1] = rows[i].payer, rows[i].payee
	}
	l.books.Warm(refs[:2*len(rows)])
}

func (f *sweepFeed[N]) reach(e *event[N]) (bulk.Ref, error) {
	if e.payee != 0 {
		return e.payee, nil
	}
	if err := f.l.rowsOf(e.to, &f.scratch); err != nil {
		return 0, err
	}
	value, looked, err := f.l.balance(e, &f.scratch)
	if err != nil {
		return 0, err
	}
	f.opened += openingCost + 4*uint64(looked)
	f.touched.Add(e.to)
	return f.l.open(e, value), nil
}

// portion is rows in play, of a part of the ledger.
type portion[N any] struct {
	rows       []event[N]
	first, end ledger.Row
	index      int64    // bytes of the index, where the pass numbers places
	places     bulk.Ref // the last that it numbered
	last       bool     // there is none after it
	err        error
}

// pass goes over a part of the ledger, ahead of whoever applies its rows.
type pass[N bulk.Number[N]] struct {
	full   chan *portion[N]
	empty  chan *portion[N]
	given  *portion[N]
	done   bool
	ctx    context.Context
	cancel context.CancelFunc
}

// newPass begins a pass. Where it numbers places, the index is its own until it ends.
func newPass[N bulk.Number[N]](l *accountLane[N], from, end ledger.Row, numbers bool) *pass[N] {
	ctx, cancel := context.WithCancel(l.run.ctx)
	p := &pass[N]{full: make(chan *portion[N], portionsAtOnce), empty: make(chan *portion[N], portionsAtOnce), ctx: ctx, cancel: cancel}
	for range portionsAtOnce {
		p.empty <- &portion[N]{}
	}
	play := make([]uint16, 1<<16) // slot + 1 by the asset column
	for id, slot := range l.slots {
		if id < ledger.AssetID(ledger.WideAsset) {
			play[id] = uint16(slot + 1)
		}
	}
	r := &reader[N]{pass: p, book: l.book, slots: l.slots, play: play, next: from, end: end}
	if numbers {
		r.index = &l.index
	}
	go r.run(ctx)
	return p
}

// turn is the next portion, valid until the next turn; nil at the end.
func (p *pass[N]) turn() (*portion[N], error) {
	if p.done {
		return nil, nil
	}
	if p.given != nil {
		p.empty <- p.given
	}
	if p.given = <-p.full; p.given == nil {
		return nil, p.ctx.Err() // the reader gave up: only that makes it
	}
	p.done = p.given.last
	return p.given, p.given.err
}

// leave ends the pass; the ledger is not read any more afterwards.
func (p *pass[N]) leave() {
	p.cancel()
	p.given, p.done = nil, true
	for range p.full { // until it is closed
	}
}

// reader fills portions.
type reader[N bulk.Number[N]] struct {
	pass  *pass[N]
	book  ledger.Book
	index *bulk.Index // nil: places are not numbered
	slots map[ledger.AssetID]int
	play  []uint16
	next  ledger.Row // first row that is in no portion yet
	end   ledger.Row
	p     *portion[N]
}

func (r *reader[N]) run(ctx context.Context) {
	defer close(r.pass.full)
	err := r.fill(ctx)
	if r.p == nil && !r.take(ctx) {
		return
	}
	r.p.err, r.p.end, r.p.last = err, max(r.p.first, r.next), true
	r.hand(ctx)
}

// take waits for an empty portion; false where nobody wants it any more.
func (r *reader[N]) take(ctx context.Context) bool {
	select {
	case r.p = <-r.pass.empty:
		*r.p = portion[N]{rows: r.p.rows[:0], first: r.next}
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *reader[N]) hand(ctx context.Context) {
	if r.index != nil {
		r.number()
	}
	select {
	case r.pass.full <- r.p:
	case <-ctx.Done():
	}
	r.p = nil
}

// number numbers the places of a portion.
func (r *reader[N]) number() {
	var keys [bulk.Window]uint64
	var refs [bulk.Window]bulk.Ref
	for rows := r.p.rows; len(rows) > 0; {
		part := rows[:min(windowRows, len(rows))]
		rows = rows[len(part):]
		for i := range part {
			e := &part[i]
			keys[2*i], keys[2*i+1] = key(e.from, e.slot), key(e.to, e.slot)
		}
		r.index.Places(keys[:2*len(part)], refs[:])
		for i := range part {
			part[i].payer, part[i].payee = refs[2*i], refs[2*i+1]
			r.p.places = max(r.p.places, refs[2*i], refs[2*i+1])
		}
	}
	r.p.index = r.index.Bytes()
}

// fill reads to the end; what is left in the last portion is for the caller to hand on.
func (r *reader[N]) fill(ctx context.Context) error {
	if r.next >= r.end {
		return nil
	}
	for b, err := range r.book.Sweep(ctx, r.next) {
		if err == nil {
			err = b.Load()
		}
		if err != nil {
			return err
		}
		if r.p == nil && !r.take(ctx) {
			return ctx.Err()
		}
		if err := r.add(b); err != nil {
			return err
		}
		r.next = min(r.end, b.First+ledger.Row(b.Len()))
		r.p.end = r.next
		if r.next == r.end {
			return nil
		}
		if len(r.p.rows) >= portionRows || r.p.end-r.p.first >= portionPassed {
			r.hand(ctx)
		}
	}
	return nil
}

// add adds the rows of a batch that are in play.
func (r *reader[N]) add(b *ledger.Batch) error {
	assets := b.Asset
	if left := r.end - b.First; left < ledger.Row(len(assets)) {
		assets = assets[:left]
	}
	for i, a := range assets {
		slot := r.play[a]
		if slot == 0 {
			if a != ledger.WideAsset {
				continue
			}
			id, err := b.AssetOf(i)
			if err != nil {
				return err
			}
			at, ok := r.slots[id]
			if !ok {
				continue
			}
			slot = uint16(at + 1)
		}
		e := event[N]{row: b.First + ledger.Row(i), from: b.From[i], to: b.To[i], slot: uint32(slot - 1)}
		if v := b.Value[i]; v != ledger.WideValue {
			e.value = e.value.Of64(v)
		} else {
			amount, err := b.ValueOf(i)
			if err != nil {
				return err
			}
			var ok bool
			e.value, ok = e.value.Of(amount)
			e.over = !ok
		}
		r.p.rows = append(r.p.rows, e)
	}
	return nil
}

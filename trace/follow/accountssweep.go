package follow

import (
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// openingCost is how many rows a sweep passes over in the time in which the place of
// one account is opened from its lists, and movedCost in the time for each row in play
// that they list.
const (
	openingCost = 200
	movedCost   = 10
)

// sweepFeed reads all rows. It opens places from the lists of their accounts, until
// that has taken as long as going over all earlier rows would, or is on the way to take
// several times as long: then it does that, and knows the balances of all accounts from
// then on.
type sweepFeed[N bulk.Number[N]] struct {
	l        *accountLane[N]
	pass     *pass[N]
	first    ledger.Row
	rows     []event[N] // that are looked at ahead
	found    [windowRows]uint16
	at, n    int        // of found: the next, and how many
	after    int        // of rows: the one after the event that was read last
	rest     []event[N] // of the portion, after them
	touched  ledger.Bits
	balances balances[N]
	all      bool   // all balances are known
	opened   uint64 // what opening places has cost, in rows
}

// newSweep begins at a row, with accounts that are touched already, or nil.
func newSweep[N bulk.Number[N]](l *accountLane[N], from ledger.Row, touched *accountSet) *sweepFeed[N] {
	f := &sweepFeed[N]{
		l: l, first: from, pass: newPass(l, from, l.end, false), touched: ledger.NewBits(l.book.Accounts()),
		balances: balances[N]{ctx: l.run.ctx, book: ledger.ManyOf(l.book)},
	}
	if touched != nil {
		touched.fill(f.touched)
	}
	l.stopAhead()
	return f
}

// isNext does not know at the end of the rows at hand.
func (f *sweepFeed[N]) isNext(row ledger.Row) bool {
	return f.at == f.n || f.rows[f.found[f.at]].row == row
}

func (f *sweepFeed[N]) leave() { f.pass.leave() }

func (f *sweepFeed[N]) read(e *event[N]) (bool, error) {
	for {
		for f.at == f.n {
			if ok, err := f.turn(); !ok || err != nil {
				return false, err
			}
		}
		next := &f.rows[f.found[f.at]]
		f.after = int(f.found[f.at]) + 1
		f.at++
		special := len(f.l.special) > 0 && f.l.special[0] == next.row
		if f.all {
			if !special && !f.l.books.Touched(next.payer) && !f.l.books.Touched(next.payee) {
				f.l.moveClean(next) // as most rows do
				continue
			}
			*e = *next
			return true, nil
		}
		if special || f.touched.Has(next.from) || f.touched.Has(next.to) {
			*e = *next
			e.payer, e.payee = f.find(e.from, e.slot), f.find(e.to, e.slot)
			return true, nil
		}
	}
}

// find is the place of an account, 0 if it was not touched.
func (f *sweepFeed[N]) find(id ledger.AccountID, slot uint32) bulk.Ref {
	if !f.touched.Has(id) {
		return 0
	}
	return f.l.index.Find(key(id, slot))
}

// sift finds the rows from one on that may be events: those of accounts that are
// touched, and all where a mark or link may be among them. It decides on no branch that
// cannot be foreseen.
func (f *sweepFeed[N]) sift(from int) {
	f.at, f.n = 0, 0
	rows := f.rows
	if f.all || len(rows) > 0 && len(f.l.special) > 0 && f.l.special[0] <= rows[len(rows)-1].row {
		for i := from; i < len(rows); i++ {
			f.found[f.n] = uint16(i)
			f.n++
		}
		return
	}
	for i := from; i < len(rows); i++ {
		e := &rows[i]
		f.found[f.n] = uint16(i)
		f.n += int((f.touched[e.from/64]>>(e.from%64) | f.touched[e.to/64]>>(e.to%64)) & 1)
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
	f.rows = f.rest[:min(len(f.rest), windowRows)]
	if f.all {
		f.l.warm(f.rows)
	}
	f.after = 0
	f.sift(0)
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
	switch f.l.run.from.reading {
	case AsFits:
		if f.all || 8*f.opened < uint64(before) {
			return false
		}
		passed, ahead := uint64(before-f.first), uint64(f.l.end-before)
		return f.opened > uint64(before) || f.opened/8*ahead > passed*uint64(before)
	case Count:
		return !f.all
	}
	return false
}

// countAll makes the balances of all accounts known as they are before a row, and goes
// on from there. From now on the index is that of the pass.
func (f *sweepFeed[N]) countAll(before ledger.Row) error {
	f.pass.leave()
	f.all = true
	if len(f.l.assets) == 1 { // the key of a place is its account's number
		f.l.index.Direct()
		f.l.books.Direct(bulk.Ref(f.l.book.Accounts()))
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
	l.warm(rows)
	for i := range rows {
		e := &rows[i]
		if l.books.Touched(e.payer) {
			e.payer = 0
		}
		if l.books.Touched(e.payee) {
			e.payee = 0
		}
		l.moveClean(e)
	}
}

// moveClean moves the value of a row, if it moves any, between places that are not
// touched.
func (l *accountLane[N]) moveClean(e *event[N]) {
	var nought N
	if e.from != e.to && (e.over || e.value != nought) {
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
	value, moved, err := f.balances.before(e.to, f.l.assets[e.slot].id, e.row)
	if err != nil {
		return 0, err
	}
	f.opened += openingCost + movedCost*uint64(moved)
	f.touched.Add(e.to)
	f.sift(f.after)
	return f.l.open(e, value), nil
}

package follow

import (
	"context"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// open opens the place of a payee.
func (l *accountLane[N]) open(e *event[N], value N) bulk.Ref {
	at := l.index.Place(key(e.to, e.slot))
	l.books.Reach(at)
	l.books.Open(at, value)
	return at
}

// pasts reads pasts of accounts of the chain.
func (l *accountLane[N]) pasts(ctx context.Context) pasts[N] {
	return pasts[N]{ctx: ctx, book: ledger.ManyOf(l.book), slots: l.slots}
}

// pastOf is the past of the payee of an event up to a row, which is the event's or one
// after it.
func (l *accountLane[N]) pastOf(e *event[N], before ledger.Row) (*past[N], error) {
	if k := l.lookAt(e); k != nil && k.past != nil && k.past.before >= before {
		return k.past, nil
	}
	var one [1]past[N]
	err := l.reads.read([]ledger.AccountID{e.to}, before, one[:])
	return &one[0], err
}

// lookAt is what was found out about the payee of an event ahead of it; nil if nothing
// was.
func (l *accountLane[N]) lookAt(e *event[N]) *look[N] {
	if l.ahead == nil {
		return nil
	}
	if l.asked.row != e.row || l.asked.id != e.to {
		l.asked = want{row: e.row, id: e.to}
		l.found = l.ahead.take(e.to, e.row)
	}
	return l.found
}

// factsOf is what the ledger says of the payee of an event, where that was found out
// ahead of it.
func (l *accountLane[N]) factsOf(e *event[N]) *facts {
	if k := l.lookAt(e); k != nil {
		return &k.facts
	}
	return nil
}

// stopAhead ends what looks ahead.
func (l *accountLane[N]) stopAhead() {
	if l.ahead != nil {
		l.ahead.end()
		l.ahead = nil
	}
}

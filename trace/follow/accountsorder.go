package follow

import (
	"fmt"
	"sort"

	"github.com/turtlebay/turtlebay/ledger"
)

// until is the first row that is too late. It is searched by halves, which takes for
// granted that times rise with the blocks, as chains of accounts have it; each row that
// comes to matter is held against it.
func (l *accountLane[N]) until() (ledger.Row, error) {
	rows, until := int(l.book.Rows()), l.run.q.Rules.Until
	if until == 0 {
		return ledger.Row(rows), nil
	}
	var failed error
	end := ledger.Row(sort.Search(rows, func(i int) bool {
		time, err := l.timeOf(ledger.Row(i))
		if err != nil {
			failed = err
		}
		return time > until
	}))
	for i := 0; i < len(l.special) && failed == nil; i++ {
		time, err := l.timeOf(l.special[i])
		if failed = err; err == nil && (l.special[i] < end) != (time <= until) {
			failed = l.goesBack(l.special[i])
		}
	}
	return end, failed
}

func (l *accountLane[N]) goesBack(row ledger.Row) error {
	return fmt.Errorf("row %d on %s: %w: times go back, and which rows are too late does not follow from their order", row, l.id, ErrRows)
}

func (l *accountLane[N]) timeOf(row ledger.Row) (int64, error) { return l.cells.Time(row) }

// moment is where an event stands.
func (l *accountLane[N]) moment(e *event[N]) (moment, error) {
	time, err := l.timeOf(e.row)
	if until := l.run.q.Rules.Until; err == nil && until != 0 && time > until {
		err = l.goesBack(e.row)
	}
	link, brings := l.ins[e.row]
	return moment{max(l.clock, time), l.chain, e.row, brings && l.run.waits(link)}, err
}

// matters reports whether an event is applied: whether it is of a mark or a link, or
// moves value of a touched place. In what other rows stand between those, depends on
// how they are read.
func (l *accountLane[N]) matters(e *event[N]) bool {
	var nought N
	if len(l.special) > 0 && l.special[0] == e.row {
		return !l.early[e.row]
	}
	still := e.value == nought && !e.over || e.from == e.to
	return !still && (l.books.Touched(e.payer) || l.books.Touched(e.payee))
}

// peek reads ahead to the next event that matters.
func (l *accountLane[N]) peek() (moment, bool, error) {
	for {
		ok, err := l.look()
		if !ok || err != nil {
			return moment{}, false, err
		}
		if l.matters(&l.next) {
			m, err := l.moment(&l.next)
			return m, true, err
		}
		l.ready = false
		if err := l.apply(&l.next); err != nil {
			return moment{}, false, err
		}
		if l.books.Over {
			return moment{}, false, errWide
		}
	}
}

// advance applies events before a moment.
func (l *accountLane[N]) advance(before *moment) error {
	timed := before != nil || l.run.q.Rules.Until != 0
	for first := true; ; {
		ok, err := l.look()
		if !ok || err != nil {
			return err
		}
		if timed && l.matters(&l.next) {
			m, err := l.moment(&l.next)
			if err != nil || m.waits || !first && before != nil && m.compare(*before) >= 0 {
				return err
			}
			l.clock, first = m.time, false
		}
		l.ready = false
		if err := l.apply(&l.next); err != nil {
			return err
		}
		if l.run.stop != nil {
			return nil
		}
		if l.books.Over {
			return errWide
		}
	}
}

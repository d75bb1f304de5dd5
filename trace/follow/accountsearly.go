package follow

import (
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// payEarly applies the Out of a link before its In where both are of one transaction
// and the ledger has them the other way round: in what order the calls and the events
// of a transaction happened, their numbers do not tell. What reaches the payer between
// the two rows is not in it.
func (l *accountLane[N]) payEarly(in *event[N]) error {
	link, ok := l.ins[in.row]
	if !ok || !l.run.links[link].early || l.run.links[link].left {
		return nil
	}
	row := l.run.links[link].out
	out, err := l.eventAt(row)
	if err != nil {
		return err
	}
	if out.payer == 0 || !l.books.Touched(out.payer) {
		delete(l.outs, row) // it is clean as yet; what it carries when it stands ends at who is paid
		l.run.send(link, nil)
		return nil
	}
	if ok, err := l.run.may(1, func() (int64, error) { return l.timeOf(row) }); !ok {
		return err
	}
	if out.over {
		return errWide
	}
	var nought N
	l.books.Leave(out.payer, out.value, nought)
	if err := l.arrive(&out, true, false); err != nil {
		return err
	}
	l.early[row] = true
	return nil
}

// eventAt is the event of a row.
func (l *accountLane[N]) eventAt(row ledger.Row) (e event[N], err error) {
	e.row = row
	if e.from, err = l.cells.From(row); err != nil {
		return e, err
	}
	if e.to, err = l.cells.To(row); err != nil {
		return e, err
	}
	asset, err := l.cells.Asset(row)
	if err != nil {
		return e, err
	}
	value, err := l.cells.Value(row)
	if err != nil {
		return e, err
	}
	e.slot = uint32(l.slots[asset])
	var fits bool
	e.value, fits = e.value.Of(value)
	e.over = !fits
	e.payer = l.watched[key(e.from, e.slot)]
	return e, nil
}

// watch lists the payers of rows that may have to be applied early. Their places are
// noted when they are touched: what numbers places may be at work for rows ahead.
func (l *accountLane[N]) watch() error {
	l.watched = map[uint64]bulk.Ref{}
	for row, link := range l.outs {
		if !l.run.links[link].early {
			continue
		}
		e, err := l.eventAt(row)
		if err != nil {
			return err
		}
		l.watched[key(e.from, e.slot)] = 0
	}
	return nil
}

// noted notes the place of a payer that is watched.
func (l *accountLane[N]) noted(e *event[N], at bulk.Ref) {
	if len(l.watched) == 0 {
		return
	}
	k := key(e.to, e.slot)
	if _, ok := l.watched[k]; ok {
		l.watched[k] = at
	}
}

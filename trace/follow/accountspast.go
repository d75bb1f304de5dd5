package follow

import (
	"context"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// past is the rows of an account that move an asset in play between it and others, in
// order. What moves nothing is not among them.
type past[N bulk.Number[N]] struct {
	id     ledger.AccountID
	events []event[N]
	before ledger.Row // it ends before this row
}

// balance is what the account held of an asset before a row, as balances has it.
func (p *past[N]) balance(slot uint32, before ledger.Row) (held N, err error) {
	for i := range p.events {
		e := &p.events[i]
		if e.row >= before {
			break
		}
		if e.slot != slot {
			continue
		}
		if held, err = settle(held, e.value, !e.over, e.to == p.id); err != nil {
			return held, err
		}
	}
	return held, nil
}

// after are the events after a row.
func (p *past[N]) after(row ledger.Row) []event[N] {
	for i := range p.events {
		if p.events[i].row > row {
			return p.events[i:]
		}
	}
	return nil
}

// pasts reads pasts, of several accounts at once: each step is done for all of them
// before the next, so that what is read for one does not wait for what is read for
// another.
type pasts[N bulk.Number[N]] struct {
	ctx   context.Context
	book  ledger.Many
	slots map[ledger.AssetID]int

	rows   []ledger.Row // of lists: all of payments out, then all of those in
	ends   []int        // in rows, of the lists of each account: first those out
	assets []ledger.AssetID
	values []chain.Amount
	other  []ledger.AccountID
	slot   []uint32
}

// read are the pasts of accounts, each up to a row.
func (r *pasts[N]) read(of []ledger.AccountID, before ledger.Row, out []past[N]) (err error) {
	if r.rows, err = r.walk(of, before); err != nil {
		return err
	}
	if err = r.pick(); err != nil {
		return err
	}
	r.values = room(r.values, len(r.rows))
	if err = inParts(r.ctx, r.rows, r.values, r.book.ValueMany); err != nil {
		return err
	}
	r.other = room(r.other, len(r.rows))
	paid := r.ends[len(of)-1]
	if err = inParts(r.ctx, r.rows[:paid], r.other[:paid], r.book.ToMany); err != nil {
		return err
	}
	if err = inParts(r.ctx, r.rows[paid:], r.other[paid:], r.book.FromMany); err != nil {
		return err
	}
	all := make([]event[N], 0, len(r.rows))
	for i, id := range of {
		from := len(all)
		all = r.merge(id, r.list(i), r.list(len(of)+i), all)
		out[i] = past[N]{id: id, events: all[from:len(all):len(all)], before: before}
	}
	return nil
}

// span is a part of the rows.
type span struct{ from, to int }

func (r *pasts[N]) list(i int) span {
	if i == 0 {
		return span{0, r.ends[0]}
	}
	return span{r.ends[i-1], r.ends[i]}
}

// walk lists the rows of accounts.
func (r *pasts[N]) walk(of []ledger.AccountID, before ledger.Row) (rows []ledger.Row, err error) {
	r.ends = room(r.ends, 2*len(of))
	rows = r.rows[:0]
	if rows, err = r.book.Lists(r.ctx, of, ledger.Out, before, rows, r.ends[:len(of)]); err != nil {
		return rows, err
	}
	return r.book.Lists(r.ctx, of, ledger.In, before, rows, r.ends[len(of):])
}

// pick leaves only rows of assets in play.
func (r *pasts[N]) pick() error {
	r.assets, r.slot = room(r.assets, len(r.rows)), room(r.slot, len(r.rows))
	if err := inParts(r.ctx, r.rows, r.assets, r.book.AssetMany); err != nil {
		return err
	}
	var one ledger.AssetID // that alone is in play
	for one = range r.slots {
	}
	kept, list := 0, 0
	for i, row := range r.rows {
		for list < len(r.ends) && r.ends[list] == i {
			r.ends[list] = kept
			list++
		}
		slot := 0
		if len(r.slots) == 1 {
			if r.assets[i] != one {
				continue
			}
		} else if at, ok := r.slots[r.assets[i]]; ok {
			slot = at
		} else {
			continue
		}
		r.rows[kept], r.slot[kept] = row, uint32(slot)
		kept++
	}
	for ; list < len(r.ends); list++ {
		r.ends[list] = kept
	}
	r.rows = r.rows[:kept]
	return nil
}

// merge appends the events of two lists of an account, in order. A row that is in both
// goes from the account to itself.
func (r *pasts[N]) merge(id ledger.AccountID, out, in span, to []event[N]) []event[N] {
	for out.from < out.to || in.from < in.to {
		pays := in.from == in.to || out.from < out.to && r.rows[out.from] <= r.rows[in.from]
		at := &in.from
		if pays {
			at = &out.from
		}
		if pays && in.from < in.to && r.rows[out.from] == r.rows[in.from] {
			in.from++
		} else if e, moves := r.event(*at, id, pays); moves {
			to = append(to, e)
		}
		*at++
	}
	return to
}

// event is the event of a row of an account; moves is false if it is worth nothing.
func (r *pasts[N]) event(at int, id ledger.AccountID, pays bool) (e event[N], moves bool) {
	var nought N
	e.row, e.slot, e.from, e.to = r.rows[at], r.slot[at], r.other[at], id
	if pays {
		e.from, e.to = id, r.other[at]
	}
	var fits bool
	e.value, fits = e.value.Of(r.values[at])
	e.over = !fits
	return e, e.over || e.value != nought
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

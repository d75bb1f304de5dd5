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
	for id := range l.slots {
		if id >= ledger.AssetID(ledger.WideAsset) {
			play[ledger.WideAsset] = isWide
		}
	}
	r := &reader[N]{pass: p, book: l.book, slots: l.slots, play: play, next: from, end: end}
	switch {
	case numbers && len(l.assets) == 1:
		r.direct = true
	case numbers:
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
	// direct: the numbers of places are those of accounts.
	direct bool
	slots  map[ledger.AssetID]int
	play   []uint16
	next   ledger.Row // first row that is in no portion yet
	end    ledger.Row
	p      *portion[N]
	// found is where in a batch rows in play are; their slots are one less.
	found []int32
	slot  []uint16
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
	n, err := r.find(b)
	if err != nil {
		return err
	}
	rows := r.p.rows
	from, to, values := b.From, b.To, b.Value
	for j, i := range r.found[:n] {
		slot := uint32(r.slot[j] - 1)
		rows = append(rows, event[N]{row: b.First + ledger.Row(i), from: from[i], to: to[i], slot: slot})
		e := &rows[len(rows)-1]
		if r.direct {
			e.payer, e.payee = bulk.Ref(e.from), bulk.Ref(e.to)
		}
		if v := values[i]; v != ledger.WideValue {
			e.value = e.value.Of64(v)
			continue
		}
		amount, err := b.ValueOf(int(i))
		if err != nil {
			return err
		}
		var ok bool
		e.value, ok = e.value.Of(amount)
		e.over = !ok
	}
	r.p.rows = rows
	return nil
}

// find finds the rows of a batch that are in play. It decides on no branch that cannot
// be foreseen, because most of the time goes there.
func (r *reader[N]) find(b *ledger.Batch) (n int, err error) {
	assets := b.Asset
	if left := r.end - b.First; left < ledger.Row(len(assets)) {
		assets = assets[:left]
	}
	if len(r.found) < len(assets) {
		r.found, r.slot = make([]int32, len(assets)), make([]uint16, len(assets))
	}
	found, slots := r.found[:len(assets)], r.slot[:len(assets)]
	play := (*[1 << 16]uint16)(r.play)
	for i, a := range assets {
		slot := play[a]
		found[n], slots[n] = int32(i), slot
		n += int((uint32(slot) + 1<<16 - 1) >> 16) // one more if it is not nought
	}
	if play[ledger.WideAsset] == 0 {
		return n, nil
	}
	kept := 0
	for j, i := range found[:n] {
		slot := slots[j]
		if slot == isWide {
			id, err := b.AssetOf(int(i))
			if err != nil {
				return 0, err
			}
			at, ok := r.slots[id]
			if !ok {
				continue
			}
			slot = uint16(at + 1)
		}
		found[kept], slots[kept] = i, slot
		kept++
	}
	return kept, nil
}

// isWide, as a slot, is an asset whose number does not fit the column.
const isWide = ^uint16(0)

package follow

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// arrive settles what becomes of the value of an event, and of its fee. What of them
// is tainted is in the hand of the books.
func (l *accountLane[N]) arrive(e *event[N], special, withFee bool) error {
	if withFee {
		l.payFee(e)
	}
	link := -1
	if special {
		var err error
		if link, err = l.receive(e); err != nil {
			return err
		}
		for _, theft := range l.marks[e.row] {
			t := l.tally(theft, e.slot)
			t.stolen = l.plus(t.stolen, e.value)
			before := l.books.Mark(theft, e.value)
			l.count(&t.again, &before)
		}
	}
	tainted := l.books.Sift()
	if special {
		if out, ok := l.outs[e.row]; ok {
			return l.sendOut(e, out, link, withFee)
		}
	}
	if e.to == ledger.Nobody {
		for i := range l.books.Hand() {
			p := &l.books.Hand()[i]
			a := p.Of(e.value)
			l.count(&l.tally(p.Theft, e.slot).fees, &a)
		}
		return l.finishRow(e, link, withFee)
	}
	if tainted {
		tainted = l.dust(e)
	}
	if tainted {
		s, ok, err := l.services.of(e.to, func() *facts { return l.factsOf(e) })
		if err != nil {
			return err
		}
		if ok {
			return l.cash(e, s, link, withFee)
		}
	}
	if err := l.flows(e, link, withFee); err != nil {
		return err
	}
	return l.land(e, tainted)
}

// land lets value arrive at a place.
func (l *accountLane[N]) land(e *event[N], tainted bool) (err error) {
	at := e.payee
	if tainted && !l.books.Touched(at) {
		if at, err = l.feed.reach(e); err != nil {
			return err
		}
		if err := l.opened(e, at); err != nil {
			return err
		}
		l.noted(e, at)
	}
	switch {
	case at == 0:
	case tainted || l.books.Touched(at):
		l.books.Land(at, key(e.to, e.slot), e.value, uint64(e.row))
	default:
		l.books.Put(at, e.value)
	}
	return nil
}

// open opens the place of a payee.
func (l *accountLane[N]) open(e *event[N], value N) bulk.Ref {
	at := l.index.Place(key(e.to, e.slot))
	l.books.Reach(at)
	l.books.Open(at, value)
	return at
}

// opened notes what a place held when taint first reached it.
func (l *accountLane[N]) opened(e *event[N], at bulk.Ref) error {
	if l.run.record == nil {
		return nil
	}
	held, ok := l.books.Value(at).Amount()
	if !ok {
		return amountError(l.id, l.assets[e.slot].name)
	}
	a, err := l.book.Address(e.to)
	if err != nil {
		return err
	}
	l.run.opening(Opening{Chain: l.id, Address: a, Asset: l.assets[e.slot].name, Row: e.row, Value: held})
	return nil
}

// payFee books what the fee of an event carries.
func (l *accountLane[N]) payFee(e *event[N]) {
	l.fees = l.fees[:0]
	var nought bulk.Amounts[N]
	for i := range l.books.Hand() {
		p := &l.books.Hand()[i]
		if p.Fee != nought {
			l.count(&l.tally(p.Theft, e.slot).fees, &p.Fee)
			l.fees = append(l.fees, feePaid[N]{p.Theft, p.Fee})
		}
	}
}

// dust drops what is too little to be carried; it reports whether anything else is
// left.
func (l *accountLane[N]) dust(e *event[N]) bool {
	var nought N
	floor := l.assets[e.slot].floor
	if floor == nought {
		return true
	}
	for i := range l.books.Hand() {
		p := &l.books.Hand()[i]
		dropped := l.books.Floor(p, e.value, floor)
		l.count(&l.tally(p.Theft, e.slot).dropped, &dropped)
	}
	return l.books.Sift()
}

// cash ends what reaches a service.
func (l *accountLane[N]) cash(e *event[N], s Service, link int, withFee bool) error {
	a, err := l.book.Address(e.to)
	if err != nil {
		return err
	}
	met := l.run.meet(l.id, a, s)
	for i := range l.books.Hand() {
		p := &l.books.Hand()[i]
		amounts := p.Of(e.value)
		l.count(l.tally(p.Theft, e.slot).ends(s.Class), &amounts)
		taint, err := l.taint(&amounts, e.slot)
		if err != nil {
			return err
		}
		l.run.arrival(entry{theft: int32(p.Theft), chain: int32(l.chain), link: int32(link), service: int32(met), row: e.row, taint: taint})
	}
	return l.finishRow(e, link, withFee)
}

// end1 lists what an event carried and ends it there.
func (l *accountLane[N]) finishRow(e *event[N], link int, withFee bool) error {
	err := l.flows(e, link, withFee)
	l.books.End()
	return err
}

// flows lists what an event carried, and what its fee did.
func (l *accountLane[N]) flows(e *event[N], link int, withFee bool) error {
	hand := l.books.Hand()
	if len(hand) > 0 {
		l.run.work.Tainted++
	}
	for i := range hand {
		amounts := hand[i].Of(e.value)
		if err := l.flow(hand[i].Theft, e.row, e.slot, &amounts, link); err != nil {
			return err
		}
	}
	if !withFee || len(l.fees) == 0 {
		return nil
	}
	l.run.work.Tainted++
	for i := range l.fees {
		if err := l.flow(l.fees[i].theft, e.row+1, e.slot, &l.fees[i].amounts, -1); err != nil {
			return err
		}
	}
	return nil
}

func (l *accountLane[N]) flow(theft int, row ledger.Row, slot uint32, a *bulk.Amounts[N], link int) error {
	if l.run.flowed >= MaxFlows {
		l.run.flow(entry{})
		return nil
	}
	taint, err := l.taint(a, slot)
	if err != nil {
		return err
	}
	l.run.flow(entry{theft: int32(theft), chain: int32(l.chain), link: int32(link), row: row, taint: taint})
	return nil
}

// sendOut sends what is in the hand through a link.
func (l *accountLane[N]) sendOut(e *event[N], out, link int, withFee bool) error {
	value, ok := e.value.Amount()
	if !ok {
		return amountError(l.id, l.assets[e.slot].name)
	}
	p := &parcel{value: value}
	for i := range l.books.Hand() {
		h := &l.books.Hand()[i]
		amounts := h.Of(e.value)
		l.count(&l.tally(h.Theft, e.slot).out, &amounts)
		taint, err := l.taint(&amounts, e.slot)
		if err != nil {
			return err
		}
		fifo, lifo := l.books.Runs(h)
		p.taints = append(p.taints, carried{
			theft: h.Theft, poison: !taint.Poison.IsZero(), haircut: taint.Haircut, tiho: taint.TIHO,
			fifo: pieces(fifo), lifo: pieces(lifo), least: taint.Least, most: taint.Most,
		})
	}
	l.run.send(out, p)
	return l.finishRow(e, link, withFee)
}

// pieces are runs as they travel. They fit, because what they are parts of does.
func pieces[N bulk.Number[N]](runs []bulk.Run[N]) (out []piece) {
	for _, r := range runs {
		value, _ := r.Value.Amount()
		out = append(out, piece{value, r.Tainted})
	}
	return out
}

// receive takes what a link brings with an event; −1 is no link.
func (l *accountLane[N]) receive(e *event[N]) (int, error) {
	link, ok := l.ins[e.row]
	if !ok {
		return -1, nil
	}
	p, err := l.run.receive(link)
	if err != nil {
		return -1, err
	}
	l.books.End() // the payer gave what was sent, not what else it had
	if p == nil {
		return link, nil
	}
	for i := range p.taints {
		c := &p.taints[i]
		var a bulk.Amounts[N]
		if c.poison {
			a.Poison = e.value
		}
		a.Haircut, a.TIHO, a.Least, a.Most = of[N](c.haircut), of[N](c.tiho), of[N](c.least), of[N](c.most)
		l.books.Receive(c.theft, a, runs[N](c.fifo), runs[N](c.lifo))
	}
	for i := range l.books.Hand() {
		h := &l.books.Hand()[i]
		a := h.Of(e.value)
		l.count(&l.tally(h.Theft, e.slot).in, &a)
	}
	return link, nil
}

// of is a part of a value that fits.
func of[N bulk.Number[N]](a chain.Amount) N {
	var n N
	n, _ = n.Of(a)
	return n
}

func runs[N bulk.Number[N]](pieces []piece) (out []bulk.Run[N]) {
	for _, p := range pieces {
		out = append(out, bulk.Run[N]{Value: of[N](p.value), Tainted: p.tainted})
	}
	return out
}

package follow

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// tally is the account of an asset of a theft, as numbers.
type tally[N any] struct {
	stolen                                                   N
	again, in, fees, dropped, out, cashed, mixed, hubs, held bulk.Amounts[N]
	places                                                   uint64 // that hold taint at the end
}

// ends is where what reaches a service is booked.
func (t *tally[N]) ends(c Class) *bulk.Amounts[N] {
	switch c {
	case Mixer:
		return &t.mixed
	case Hub:
		return &t.hubs
	}
	return &t.cashed
}

func (l *accountLane[N]) tally(theft int, slot uint32) *tally[N] {
	return &l.tallies[theft*len(l.assets)+int(slot)]
}

func (l *accountLane[N]) plus(a, b N) N {
	s, ok := a.Add(b)
	l.books.Over = l.books.Over || !ok
	return s
}

// count adds what policies that conserve value found.
func (l *accountLane[N]) count(sum, more *bulk.Amounts[N]) {
	sum.Haircut = l.plus(sum.Haircut, more.Haircut)
	sum.FIFO = l.plus(sum.FIFO, more.FIFO)
	sum.LIFO = l.plus(sum.LIFO, more.LIFO)
	sum.TIHO = l.plus(sum.TIHO, more.TIHO)
}

// taint is amounts as an answer has them.
func (l *accountLane[N]) taint(a *bulk.Amounts[N], slot uint32) (t Taint, err error) {
	fits := true
	amount := func(n N) chain.Amount {
		v, ok := n.Amount()
		fits = fits && ok
		return v
	}
	t = Taint{
		Poison: amount(a.Poison), Haircut: amount(a.Haircut), FIFO: amount(a.FIFO), LIFO: amount(a.LIFO),
		TIHO: amount(a.TIHO), Least: amount(a.Least), Most: amount(a.Most),
	}
	if !fits {
		err = amountError(l.id, l.assets[slot].name)
	}
	return t, err
}

// writeSums writes the sums of the chain.
func (l *accountLane[N]) writeSums() error {
	for i := range l.tallies {
		t := &l.tallies[i]
		if *t == (tally[N]{}) {
			continue
		}
		slot := i % len(l.assets)
		s := l.run.sum(i/len(l.assets), l.id, l.assets[slot].name)
		stolen := bulk.Amounts[N]{Haircut: t.stolen}
		whole, err := l.taint(&stolen, uint32(slot))
		if err != nil {
			return err
		}
		s.Stolen = whole.Haircut
		l.run.places[sumKey{i / len(l.assets), l.id, l.assets[slot].name}] = t.places
		for _, p := range []struct {
			to   *Taint
			from *bulk.Amounts[N]
		}{
			{&s.Again, &t.again},
			{&s.In, &t.in},
			{&s.Held, &t.held},
			{&s.Cashed, &t.cashed},
			{&s.Mixed, &t.mixed},
			{&s.Fees, &t.fees},
			{&s.Dropped, &t.dropped},
			{&s.Unfollowed, &t.hubs},
			{&s.Out, &t.out},
		} {
			if *p.to, err = l.taint(p.from, uint32(slot)); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdings lists what is held.
func (l *accountLane[N]) holdings() error {
	l.run.listed = slices.Grow(l.run.listed, int(min(l.books.Places(), 2*MaxHoldings)))
	return l.books.Each(func(h *bulk.Held[N]) error {
		_, slot := parts(h.Key)
		t := l.tally(h.Theft, slot)
		l.count(&t.held, &h.Amounts)
		t.places++
		share := l.share(t, h)
		if !l.run.lists(share) {
			return nil
		}
		taint, err := l.taint(&h.Amounts, slot)
		if err != nil {
			return err
		}
		value, ok := h.Value.Amount()
		if !ok {
			return amountError(l.id, l.assets[slot].name)
		}
		l.run.list(heldEntry{
			theft: int32(h.Theft), lane: l, at: uint32(h.At), since: ledger.Row(h.Since), share: share,
			asset: l.assets[slot].name, value: value, taint: taint,
		})
		return nil
	})
}

// share is the largest part that is held at a place of what is to be accounted for of
// its asset, of all policies, in parts of 2^32.
func (l *accountLane[N]) share(t *tally[N], h *bulk.Held[N]) (most uint64) {
	var nought N
	for _, p := range []struct{ part, again, in N }{
		{h.Haircut, t.again.Haircut, t.in.Haircut},
		{h.FIFO, t.again.FIFO, t.in.FIFO},
		{h.LIFO, t.again.LIFO, t.in.LIFO},
		{h.TIHO, t.again.TIHO, t.in.TIHO},
	} {
		whole := l.plus(t.stolen.Sub(p.again), p.in)
		if p.part != nought && whole != nought {
			most = max(most, p.part.Parts(whole))
		}
	}
	return most
}

// describe is who holds what, of an entry that is listed.
func (l *accountLane[N]) describe(h *heldEntry) (Holding, error) {
	id, _ := parts(l.books.Key(bulk.Ref(h.at)))
	a, err := l.book.Address(id)
	if err != nil {
		return Holding{}, err
	}
	since, err := l.timeOf(h.since)
	return Holding{
		Theft: l.run.thefts[h.theft], Chain: l.id, Address: a, Asset: h.asset, Value: h.value, Taint: h.taint, Since: since,
	}, err
}

// shorts lists clean value that was paid and not seen to arrive: by place, or by asset
// where there are too many places.
func (l *accountLane[N]) shorts() error {
	sums, places := make([]N, len(l.assets)), 0
	err := l.books.EachShort(func(key uint64, value N) error {
		_, slot := parts(key)
		sums[slot] = l.plus(sums[slot], value)
		places++
		return nil
	})
	if err != nil || l.books.Over {
		return cmp.Or(err, errWide)
	}
	if places > MaxHoldings {
		for slot, sum := range sums {
			if err := l.short("", uint32(slot), sum); err != nil {
				return err
			}
		}
		return nil
	}
	return l.books.EachShort(func(key uint64, value N) error {
		id, slot := parts(key)
		a, err := l.book.Address(id)
		if err != nil {
			return err
		}
		return l.short(a, slot, value)
	})
}

func (l *accountLane[N]) short(a ledger.Address, slot uint32, value N) error {
	amount, ok := value.Amount()
	if !ok {
		return amountError(l.id, l.assets[slot].name)
	}
	if !amount.IsZero() {
		l.run.shorts = append(l.run.shorts, Short{Chain: l.id, Address: a, Asset: l.assets[slot].name, Value: amount})
	}
	return nil
}

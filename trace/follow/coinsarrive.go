package follow

import (
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// arrive settles what becomes of the part of an output that one theft has tainted: a
// link brings it, a theft marks it, a link takes it on, it falls below the floor,
// reaches a service, or lies there.
func (s *spend) arrive(k int, t *stain, from ledger.AccountID) error {
	o := &s.outputs[k]
	if o.value.IsZero() {
		return nil
	}
	link, err := s.receive(k, t)
	if err == nil && slices.Contains(s.marks[o.row], t.theft) {
		err = s.mark(o, t)
	}
	if err != nil || t.empty() {
		return err
	}
	_, leaves := s.outs[o.row]
	if !leaves {
		if err := s.drop(t); err != nil || t.empty() {
			return err
		}
	}
	taint, err := t.taint()
	if err != nil {
		return amountError(s.id, s.name)
	}
	e := entry{theft: int32(t.theft), chain: int32(s.chain), link: link, row: o.row, from: from, taint: taint}
	s.run.flow(e)
	s.flowed[k] = true
	if leaves {
		s.left[k] = append(s.left[k], *t)
		return s.book(&s.sum(t.theft).Out, &taint)
	}
	at, err := s.terminus(o.account)
	if err != nil {
		return err
	}
	if !at.ends {
		s.made[k] = append(s.made[k], *t)
		return nil
	}
	e.service = int32(s.run.meet(s.id, at.address, at.service))
	s.run.arrival(e)
	return s.book(s.sum(t.theft).ends(at.service.Class), &taint)
}

// book adds taint to a line of a sum.
func (s *spend) book(line, t *Taint) error {
	if line.add(t) != nil {
		return amountError(s.id, s.name)
	}
	return nil
}

// receive replaces what the transaction paid by what a link brought, and says which
// link; −1: none. Whoever pays the In of a link is a service, so that there is
// nothing to replace, except where an input has no address: that is not followed.
func (s *spend) receive(k int, t *stain) (link int32, err error) {
	p, linked := s.came[k]
	if !linked {
		return -1, nil
	}
	lost, err := t.taint()
	if err == nil {
		err = s.book(&s.sum(t.theft).Unfollowed, &lost)
	}
	if err != nil {
		return 0, err
	}
	*t = stain{theft: t.theft}
	if p != nil {
		for i := range p.taints {
			if c := &p.taints[i]; c.theft == t.theft {
				s.unpack(t, c, s.outputs[k].value)
			}
		}
	}
	got, err := t.taint()
	if err != nil {
		return 0, err
	}
	return int32(s.ins[s.outputs[k].row]), s.book(&s.sum(t.theft).In, &got)
}

// unpack is what a link brought, in the books.
func (s *spend) unpack(t *stain, c *carried, value accounting.Units) {
	part := func(taint chain.Amount) []accounting.Run[accounting.Units] {
		u := accounting.UnitsOf(taint)
		return []accounting.Run[accounting.Units]{{Value: u, Tainted: true}, {Value: value.Sub(u)}}
	}
	ordered := func(pieces []piece) (runs []accounting.Run[accounting.Units]) {
		for _, p := range pieces {
			runs = append(runs, accounting.Run[accounting.Units]{Value: accounting.UnitsOf(p.value), Tainted: p.tainted})
		}
		return runs
	}
	var runs [policyCount][]accounting.Run[accounting.Units]
	if c.poison {
		runs[0] = []accounting.Run[accounting.Units]{{Value: value, Tainted: true}}
	}
	runs[1], runs[2], runs[3], runs[4] = part(c.haircut), ordered(c.fifo), ordered(c.lifo), part(c.tiho)
	for _, p := range s.policies {
		l, err := accounting.FromRuns(policyOrder[p], runs[p], nil)
		if err != nil {
			panic(err) // the policies are those of accounting.Policies
		}
		if !l.Tainted().IsZero() {
			t.lots[p] = l
		}
	}
	t.bounds = accounting.Bounds[accounting.Units]{Lo: accounting.UnitsOf(c.least), Hi: accounting.UnitsOf(c.most)}
}

// pack is the output of a link as it is sent; nil where all of it is clean.
func (s *spend) pack(o *coinPart, taints []stain) (*parcel, error) {
	if len(taints) == 0 {
		return nil, nil
	}
	value, ok := o.value.Amount()
	if !ok {
		return nil, amountError(s.id, s.name)
	}
	p := &parcel{value: value}
	for i := range taints {
		t, err := taints[i].taint()
		if err != nil {
			return nil, amountError(s.id, s.name)
		}
		p.taints = append(p.taints, carried{
			theft: taints[i].theft, poison: !t.Poison.IsZero(), haircut: t.Haircut, tiho: t.TIHO,
			fifo: queuePieces(taints[i].lots[2]), lifo: queuePieces(taints[i].lots[3]), least: t.Least, most: t.Most,
		})
	}
	return p, nil
}

// queuePieces are the parts of a queue. They are parts of an output, and fit an amount.
func queuePieces(l accounting.Lots[accounting.Units]) (out []piece) {
	if l == nil {
		return nil
	}
	for _, r := range accounting.Runs(l) {
		value, _ := r.Value.Amount()
		out = append(out, piece{value, r.Tainted})
	}
	return out
}

// mark makes all of an output stolen.
func (s *spend) mark(o *coinPart, t *stain) error {
	sum := s.sum(t.theft)
	before, err := t.taint()
	if err == nil {
		err = s.book(&sum.Again, &before)
	}
	value, fits := o.value.Amount()
	stolen, adds := sum.Stolen.Add(value)
	if err != nil || !fits || !adds {
		return amountError(s.id, s.name)
	}
	sum.Stolen = stolen
	for _, p := range s.policies {
		t.lots[p] = cleanLots(p, o.value)
		t.lots[p].Mark()
	}
	if s.run.policies.bounds {
		t.bounds = accounting.Certain(o.value)
	}
	return nil
}

// drop books what is below the floor, and takes it out.
func (s *spend) drop(t *stain) error {
	floor, ok := s.floors[s.asset]
	if !ok {
		return nil
	}
	below := stain{}
	for _, p := range s.policies {
		if l := t.lots[p]; l != nil && l.Tainted().Cmp(floor) < 0 {
			below.lots[p], t.lots[p] = l, nil
		}
	}
	dropped, err := below.taint()
	if err != nil {
		return amountError(s.id, s.name)
	}
	// A policy may drop what is less than the floor: then nothing has to be there.
	if t.bounds.Lo.Cmp(floor) < 0 {
		t.bounds.Lo = accounting.Units{}
	}
	if t.bounds.Hi.Cmp(floor) < 0 {
		t.bounds.Hi = accounting.Units{}
	}
	return s.book(&s.sum(t.theft).Dropped, &dropped)
}

// empty reports whether nothing is tainted under any policy.
func (t *stain) empty() bool {
	return !slices.ContainsFunc(t.lots[:], func(l accounting.Lots[accounting.Units]) bool { return l != nil }) && !t.bounds.Reachable()
}

// settle keeps the outputs that hold taint and sends those that a link takes on.
func (s *spend) settle() error {
	for k := range s.outputs {
		o := &s.outputs[k]
		if s.flowed[k] {
			s.run.work.Tainted++
		}
		if link, ok := s.outs[o.row]; ok {
			p, err := s.pack(o, s.left[k])
			if err != nil {
				return err
			}
			s.run.send(link, p)
		}
		if len(s.made[k]) == 0 {
			continue
		}
		c := &coin{row: o.row, time: s.tx.time, value: o.value, asset: s.asset, to: o.account, taints: s.made[k]}
		if err := s.keep(s.tx, c, o.index); err != nil {
			return err
		}
	}
	return nil
}

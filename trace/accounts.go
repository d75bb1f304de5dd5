package trace

import (
	"cmp"
	"context"
	"slices"
	"strconv"
)

// Accounts is a case of transfers and swaps between accounts.
type Accounts struct {
	Params
	Opening []Opening // clean balances before the first event
	Events  []Event   // in any order
	Thefts  []Theft
}

// Opening is a balance before the first event. Several of one account and asset add up.
type Opening struct {
	Account, Asset string
	Value          Amount
}

// Event is a transfer, or a swap or bridge, which takes one asset and gives another.
// Execution is by block, position in it and index.
type Event struct {
	ID              string
	Block, Pos, Idx int64
	From, To        string
	Paid            Quantity // what leaves From
	Swap            bool
	Received        Quantity // of a swap: what arrives at To, in place of what was paid
	Fee             Quantity // what From pays beside it; a value of nought is none
}

// Quantity is an amount of an asset.
type Quantity struct {
	Asset string
	Value Amount
}

// Trace follows the thefts by every policy.
func (c Accounts) Trace(ctx context.Context) (*Result, error) {
	t, err := c.transfers()
	if err != nil {
		return nil, err
	}
	known := func(mark string) string {
		if !t.ids[mark] {
			return "unknown event " + quote(mark)
		}
		return ""
	}
	stolen, err := gather(c.Thefts, "event", known)
	if err != nil {
		return nil, err
	}
	return t.trace(ctx, c.Params, stolen)
}

// transfers is the events in order, with names resolved and balances known.
type transfers struct {
	services   map[string]bool
	ids        map[string]bool
	places     []place
	index      map[[2]string]int // account and asset to the place
	named      map[string]int    // the place's name to the place
	rows       []move
	unobserved Amounts
}

// place is an account's balance of one asset.
type place struct {
	name, asset string
	boundary    bool
	balance     Amount
}

// move is an event.
type move struct {
	id                string
	from, feeFrom, to int    // places
	paid, fee         Amount // what leaves
	received          Amount // what arrives, of a place's asset
	swap              bool
	short, feeShort   Amount // unobserved value that is added before, at from and feeFrom
	there             Amount // what lies at to before the arrival
}

func (c Accounts) transfers() (*transfers, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	t := &transfers{
		services: c.boundaries(), ids: map[string]bool{}, index: map[[2]string]int{},
		named: map[string]int{}, unobserved: Amounts{},
	}
	for i, o := range c.Opening {
		field := "opening[" + strconv.Itoa(i) + "]"
		at, err := t.place(field, o.Account, o.Asset)
		if err == nil {
			err = whole(field+".value", o.Value)
		}
		if err != nil {
			return nil, err
		}
		t.places[at].balance = t.places[at].balance.Add(o.Value)
	}
	order, moments := make([]int, len(c.Events)), make([]moment, len(c.Events))
	for i, e := range c.Events {
		if err := e.check(eventField(i), t.ids); err != nil {
			return nil, err
		}
		order[i], moments[i] = i, moment{e.Block, e.Pos, e.Idx}
	}
	if err := inOrder(moments, func(i int) (string, string) { return eventField(i) + ".idx", c.Events[i].ID }); err != nil {
		return nil, err
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := moments[i], moments[j]
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.pos, b.pos), cmp.Compare(a.idx, b.idx))
	})
	for _, i := range order {
		if err := t.execute(c.Events[i], eventField(i)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func eventField(i int) string { return "events[" + strconv.Itoa(i) + "]" }

// check looks at an event by itself.
func (e Event) check(field string, ids map[string]bool) error {
	switch {
	case e.ID == "":
		return &FieldError{field + ".id", "is missing"}
	case ids[e.ID]:
		return &FieldError{field + ".id", "there are two events " + quote(e.ID)}
	case !e.Swap && !e.Received.Value.IsZero():
		return &FieldError{field + ".out", "only a swap has one"}
	}
	ids[e.ID] = true
	paid := ".value"
	if e.Swap {
		paid = ".in.value"
	}
	for _, v := range []struct {
		field string
		value Amount
	}{{paid, e.Paid.Value}, {".out.value", e.Received.Value}, {".fee", e.Fee.Value}} {
		if err := whole(field+v.field, v.value); err != nil {
			return err
		}
	}
	return nil
}

// place finds or makes the place of an account and an asset.
func (t *transfers) place(field, account, asset string) (int, error) {
	if i, ok := t.index[[2]string{account, asset}]; ok {
		return i, nil
	}
	switch {
	case account == "":
		return 0, &FieldError{field, "an account is missing"}
	case asset == "":
		return 0, &FieldError{field, "an asset is missing"}
	}
	name := account + "/" + asset
	if _, ok := t.named[name]; ok {
		return 0, &FieldError{field, "another account and asset have the name " + quote(name) + " as well"}
	}
	i := len(t.places)
	t.index[[2]string{account, asset}], t.named[name] = i, i
	t.places = append(t.places, place{name: name, asset: asset, boundary: t.services[account]})
	return i, nil
}

// execute makes the row of the next event and moves the balances.
func (t *transfers) execute(e Event, field string) error {
	m := move{id: e.ID, paid: e.Paid.Value, fee: e.Fee.Value, received: e.Paid.Value, swap: e.Swap}
	got := e.Paid.Asset
	if e.Swap {
		got, m.received = e.Received.Asset, e.Received.Value
	}
	if m.paid.IsZero() || !e.Swap && e.From == e.To {
		m.paid, m.received = Amount{}, Amount{} // it moves nothing
	}
	feeAsset := e.Paid.Asset
	if !m.fee.IsZero() && e.Fee.Asset != "" {
		feeAsset = e.Fee.Asset
	}
	var err error
	for _, p := range []struct {
		at             *int
		account, asset string
	}{{&m.from, e.From, e.Paid.Asset}, {&m.feeFrom, e.From, feeAsset}, {&m.to, e.To, got}} {
		if *p.at, err = t.place(field, p.account, p.asset); err != nil {
			return err
		}
	}
	if m.feeFrom == m.from {
		m.short = t.leave(m.from, m.paid.Add(m.fee))
	} else {
		m.short, m.feeShort = t.leave(m.from, m.paid), t.leave(m.feeFrom, m.fee)
	}
	m.there = t.places[m.to].balance
	t.places[m.to].balance = m.there.Add(m.received)
	t.rows = append(t.rows, m)
	return nil
}

// leave takes value out of a place. What is not there is unobserved: it is added
// before, and returned.
func (t *transfers) leave(at int, value Amount) (short Amount) {
	p := &t.places[at]
	if p.balance.Cmp(value) < 0 {
		short = value.Sub(p.balance)
		t.unobserved[p.name] = t.unobserved[p.name].Add(short)
		p.balance = value
	}
	p.balance = p.balance.Sub(value)
	return short
}

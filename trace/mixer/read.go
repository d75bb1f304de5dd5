package mixer

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// read makes events of the pools' rows in the ledger.
func (f *finder) read() error {
	if f.q.Snapshot == nil {
		return nil
	}
	by := map[chain.ID][]ledger.Address{}
	for at := range f.pools {
		by[at.chain] = append(by[at.chain], at.of)
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[id])
		of := ledger.Frontier{Chain: id, Addresses: by[id]}
		if err := f.deposits(of); err != nil {
			return err
		}
		if err := f.withdrawals(of); err != nil {
			return err
		}
	}
	return nil
}

// expand streams rows and counts them.
func (f *finder) expand(of ledger.Frontier, step ledger.Step, take func(*ledger.Transfer) error) error {
	for t, err := range f.q.Snapshot.Expand(f.ctx, of, step) {
		var hub *ledger.HubError
		if errors.As(err, &hub) {
			f.unclear("%s has %d rows, more than %d: no direct transfers were looked for", hub.Address.Text(hub.Chain), hub.Rows, hub.Limit)
			continue
		}
		if err != nil {
			return err
		}
		if f.out.Rows++; f.out.Rows > f.o.MaxRows {
			return ErrRows
		}
		if err := take(&t); err != nil {
			return err
		}
	}
	return nil
}

func eventOf(t *ledger.Transfer, pool ledger.Address, k Kind, who ledger.Address) Event {
	return Event{Chain: t.Chain, Pool: pool, Kind: k, Tx: t.Tx, Time: t.Time, Address: who, block: t.Block, pos: t.Pos, index: t.Index}
}

// deposits are payments of the pool's sum to it.
func (f *finder) deposits(of ledger.Frontier) error {
	return f.expand(of, ledger.Step{Direction: ledger.In}, func(t *ledger.Transfer) error {
		pool := f.pools[place{t.Chain, t.To}]
		if t.Value.IsZero() || t.Asset != pool.Asset {
			return nil
		}
		if t.Value != pool.Denomination {
			f.unclear("%s of transaction 0x%x is not the sum of %s", t.Value, t.Tx, pool.Name)
			return nil
		}
		who := t.From
		if f.routers[place{t.Chain, who}] {
			var err error
			if who, err = f.behind(t); err != nil {
				return err
			}
		}
		f.events = append(f.events, eventOf(t, t.To, Deposit, who))
		return nil
	})
}

// behind is who paid a router what it paid on; empty where that is not one account.
func (f *finder) behind(t *ledger.Transfer) (ledger.Address, error) {
	rows, err := f.q.Snapshot.Transaction(f.ctx, t.Chain, t.Tx)
	if err != nil {
		return "", err
	}
	if f.out.Rows += uint64(len(rows)); f.out.Rows > f.o.MaxRows {
		return "", ErrRows
	}
	var who ledger.Address
	for i := range rows {
		r := &rows[i]
		if r.To != t.From || r.Asset != t.Asset || r.Value.Cmp(t.Value) < 0 || f.routers[place{r.Chain, r.From}] {
			continue
		}
		if who != "" && who != r.From {
			f.unclear("several accounts pay the router of transaction 0x%x", t.Tx)
			return "", nil
		}
		who = r.From
	}
	if who == "" {
		f.unclear("nobody is seen to pay the router of transaction 0x%x", t.Tx)
	}
	return who, nil
}

// withdrawals are what pools pay: the sum to one, or the sum less a fee to one and then
// the fee to another, who is the relayer.
func (f *finder) withdrawals(of ledger.Frontier) error {
	for _, a := range of.Addresses {
		pool := f.pools[place{of.Chain, a}]
		by := map[string][]ledger.Transfer{} // rows of one block can stand mixed
		var txs []string
		one := ledger.Frontier{Chain: of.Chain, Addresses: []ledger.Address{a}}
		if err := f.expand(one, ledger.Step{Direction: ledger.Out}, func(t *ledger.Transfer) error {
			if t.Value.IsZero() || t.Asset != pool.Asset || t.To == "" {
				return nil
			}
			if by[t.Tx] == nil {
				txs = append(txs, t.Tx)
			}
			by[t.Tx] = append(by[t.Tx], *t)
			return nil
		}); err != nil {
			return err
		}
		for _, tx := range txs {
			f.paid(&pool, by[tx])
		}
	}
	return nil
}

// paid reads what a pool paid in one transaction.
func (f *finder) paid(pool *Pool, rows []ledger.Transfer) {
	for i := 0; i < len(rows); i++ {
		t := &rows[i]
		e := eventOf(t, t.From, Withdrawal, t.To)
		if t.Value != pool.Denomination {
			if i+1 == len(rows) {
				f.unclear("%s of transaction 0x%x is not what %s pays", t.Value, t.Tx, pool.Name)
				return
			}
			fee := &rows[i+1]
			if sum, ok := t.Value.Add(fee.Value); !ok || sum != pool.Denomination {
				f.unclear("%s of transaction 0x%x is not what %s pays", t.Value, t.Tx, pool.Name)
				continue
			}
			e.Relayer, e.Fee = fee.To, fee.Value
			i++
		}
		f.events = append(f.events, e)
	}
}

// merge adds the events of tables to those of the ledger.
func (f *finder) merge() {
	type where struct {
		pool place
		kind Kind
		tx   string
	}
	held, said := map[where][]int{}, map[where][]Event{}
	for i := range f.events {
		e := &f.events[i]
		w := where{place{e.Chain, e.Pool}, e.Kind, e.Tx}
		held[w] = append(held[w], i)
	}
	var order []where
	for _, e := range f.q.Events {
		w := where{place{e.Chain, e.Pool}, e.Kind, e.Tx}
		if _, ok := f.pools[w.pool]; !ok {
			f.unclear("%s: %s is no pool of the table", e.Place, e.Pool.Text(e.Chain))
			continue
		}
		if said[w] == nil {
			order = append(order, w)
		}
		said[w] = append(said[w], e)
	}
	for _, w := range order {
		switch n := len(held[w]); {
		case n == 0:
			f.events = append(f.events, said[w]...)
		case n != len(said[w]):
			f.unclear("%s: the table has %d events of the transaction, the ledger %d", said[w][0].Place, len(said[w]), n)
		default:
			for k, i := range held[w] {
				f.add(&f.events[i], &said[w][k])
			}
		}
	}
	slices.SortFunc(f.events, func(a, b Event) int { return cmp.Or(compare(&a, &b), strings.Compare(a.Place, b.Place)) })
	for i := range f.events {
		if e := &f.events[i]; e.Kind == Deposit && f.traced[place{e.Chain, e.Address}] {
			f.out.Deposits = append(f.out.Deposits, *e)
		}
	}
}

// add takes from a table what the ledger does not tell.
func (f *finder) add(e, said *Event) {
	if e.Address == "" {
		e.Address = said.Address
	}
	if e.Address != said.Address || said.Relayer != "" && e.Relayer != said.Relayer {
		f.unclear("%s: the ledger names another address or relayer", said.Place)
	}
	e.GasPrice, e.Place = said.GasPrice, said.Place
}

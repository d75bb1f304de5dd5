package link

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Event is a payment and its payout that somebody decoded from a protocol's own logs.
type Event struct {
	ID       string // that both sides carry
	Protocol string
	Out, In  follow.Mark
	Source   string // who decoded it, from what
	Place    string // "file:line"
}

// byEvent takes decoded events at their word, as long as they do not contradict each
// other and the ledger holds both rows. What they contradict in, no weaker method may
// decide.
func (r *run) byEvent() error {
	type said struct {
		protocol, id string
		out, in      follow.Mark
	}
	distinct := map[said]bool{}
	ids, outs, ins := map[[2]string]int{}, map[follow.Mark]int{}, map[follow.Mark]int{}
	of := map[follow.Mark]Event{}
	for _, e := range r.q.Events {
		s := said{e.Protocol, e.ID, e.Out, e.In}
		if distinct[s] {
			continue
		}
		distinct[s] = true
		ids[[2]string{e.Protocol, e.ID}]++
		outs[e.Out]++
		ins[e.In]++
		if _, ok := of[e.Out]; !ok {
			of[e.Out] = e
		}
	}
	for out := range r.open {
		m := markOf(out)
		e, ok := of[m]
		if !ok {
			continue
		}
		r.settled[m] = true
		in, held, err := r.row(e.In)
		if err != nil {
			return err
		}
		reason := ""
		switch {
		case outs[m] > 1:
			reason = "several events name the row paid"
		case ids[[2]string{e.Protocol, e.ID}] > 1:
			reason = "several events have the id"
		case ins[e.In] > 1:
			reason = "several events name the payout"
		case !held:
			reason = "the ledger does not hold the payout"
		case in.Kind == ledger.Input || in.To == "" || in.Value.IsZero():
			reason = "the payout pays nobody"
		case e.In == m || !before(out, &in):
			reason = ReasonOrder
		case r.used[e.In]:
			reason = "the payout belongs to another link"
		}
		if reason != "" {
			r.reject(m, ByEvent, reason, []follow.Mark{e.In})
			continue
		}
		r.propose(e.Protocol+":"+e.ID, out, &in, ByEvent, fmt.Sprintf("%s: event %s of %s, decoded by %s", e.Place, e.ID, e.Protocol, e.Source))
	}
	return nil
}

// byTransaction finds swaps within one transaction of a chain of accounts: who pays one
// asset, once, and receives one other, once, from whoever was paid or by way of it, and
// no stranger has a part in either side of that.
func (r *run) byTransaction() error {
	for out := range r.open {
		if c, _ := chain.Lookup(out.Chain); c.Model != chain.Account || out.From == "" {
			continue
		}
		rows, err := r.q.Snapshot.Transaction(r.ctx, out.Chain, out.Tx)
		if err != nil {
			return err
		}
		r.out.Rows += uint64(len(rows))
		paid, received := around(rows, out.From)
		if len(received) == 0 {
			continue // whatever came of it came elsewhere
		}
		m := markOf(out)
		in, reason := onePair(rows, paid, received)
		switch {
		case reason != "":
		case r.used[markOf(in)]:
			reason = "the payout belongs to another link"
		case !before(out, in):
			reason = ReasonOrder
		}
		if reason != "" {
			r.settled[m] = true
			r.reject(m, ByTransaction, reason, marks(received))
			continue
		}
		r.propose("", out, in, ByTransaction, "the rows of transaction "+place(out))
	}
	return nil
}

// around is what an account pays others and receives from them in a transaction. Fees
// are paid to nobody.
func around(rows []ledger.Transfer, who ledger.Address) (paid, received []ledger.Transfer) {
	for _, t := range rows {
		switch {
		case t.Kind != ledger.Payment || t.Value.IsZero() || t.From == t.To:
		case t.From == who && t.To != "":
			paid = append(paid, t)
		case t.To == who:
			received = append(received, t)
		}
	}
	return paid, received
}

// onePair is the payout of the only payment, or why there is none.
func onePair(rows, paid, received []ledger.Transfer) (in *ledger.Transfer, reason string) {
	if len(paid) != 1 {
		return nil, "the account pays several times in the transaction"
	}
	for i := range received {
		if received[i].Asset == paid[0].Asset {
			return nil, "a part of what was paid comes back in the transaction"
		}
	}
	if len(received) != 1 {
		return nil, "the account receives several times in the transaction"
	}
	if !leads(rows, paid[0].To, received[0].From, paid[0].From) {
		return nil, "no payment of the transaction leads from whoever was paid to whoever pays"
	}
	if payers, _ := netOf(rows, paid[0].Asset); others(payers, paid[0].From) {
		return nil, ReasonPayers
	}
	if _, payees := netOf(rows, received[0].Asset); others(payees, paid[0].From) {
		return nil, ReasonPayees
	}
	return &received[0], ""
}

// netOf are the accounts that pay an asset and that receive it in a transaction, net of
// what they pass on. The coin that is paid to nobody is fees, and is left out.
func netOf(rows []ledger.Transfer, asset ledger.Asset) (payers, payees []ledger.Address) {
	net := map[ledger.Address]*big.Int{}
	of := func(a ledger.Address) *big.Int {
		if net[a] == nil {
			net[a] = new(big.Int)
		}
		return net[a]
	}
	for i := range rows {
		t := &rows[i]
		if t.Kind != ledger.Payment || t.Asset != asset || asset == "" && t.To == "" {
			continue
		}
		value := t.Value.Big()
		of(t.From).Sub(of(t.From), value)
		of(t.To).Add(of(t.To), value)
	}
	for _, a := range slices.Sorted(maps.Keys(net)) {
		switch n := net[a].Sign(); {
		case a == "": // new tokens, or burnt ones
		case n < 0:
			payers = append(payers, a)
		case n > 0:
			payees = append(payees, a)
		}
	}
	return payers, payees
}

func others(of []ledger.Address, than ledger.Address) bool {
	return slices.ContainsFunc(of, func(a ledger.Address) bool { return a != than })
}

// leads reports whether payments lead from one account to another, without a third. Who
// makes new tokens is nobody, and nobody is led to by whoever gives something to it.
func leads(rows []ledger.Transfer, from, to, without ledger.Address) bool {
	next := map[ledger.Address][]ledger.Address{}
	for i := range rows {
		if t := &rows[i]; t.To != without && !t.Value.IsZero() {
			next[t.From] = append(next[t.From], t.To)
		}
	}
	reached, queue := map[ledger.Address]bool{from: true}, []ledger.Address{from}
	for len(queue) > 0 && !reached[to] {
		for _, a := range next[queue[0]] {
			if !reached[a] {
				reached[a] = true
				queue = append(queue, a)
			}
		}
		queue = queue[1:]
	}
	return reached[to]
}

func marks(rows []ledger.Transfer) []follow.Mark {
	out := make([]follow.Mark, len(rows))
	for i := range rows {
		out[i] = markOf(&rows[i])
	}
	return out
}

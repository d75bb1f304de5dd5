package link

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Memo is what a payment says about who is to be paid for it, and where.
type Memo struct {
	Chain    chain.ID
	Tx       string // of the payment
	ToChain  chain.ID
	To       ledger.Address
	Protocol string
	Source   string // who read it, from what
	Place    string // "file:line"
}

// byMemo takes the first payment to the address that the memo names. That address is
// decoded; which payment to it is the payout is not, so that the link is a heuristic.
//
// A payment of little value sent to the address in between would take the payout's
// place. So where both amounts can be compared, what is less than Options.MemoPermille
// of the payment, or exceeds it by more than Options.GapPermille, is passed over.
func (r *run) byMemo() error {
	type said struct {
		in tx
		to address
	}
	memos, inTx := map[tx][]Memo{}, map[tx]int{}
	named, seen := map[address]int{}, map[said]bool{}
	for _, m := range r.q.Memos {
		s := said{tx{m.Chain, m.Tx}, address{m.ToChain, m.To}}
		if !seen[s] {
			seen[s] = true
			memos[s.in] = append(memos[s.in], m)
			named[s.to]++
		}
	}
	for out := range r.open {
		inTx[tx{out.Chain, out.Tx}]++
	}
	for _, out := range r.openByTime() {
		key := tx{out.Chain, out.Tx}
		said := memos[key]
		m := markOf(out)
		if len(said) == 0 || r.used[m] { // used: the payout of an earlier one
			continue
		}
		r.settled[m] = true
		if len(said) > 1 || inTx[key] > 1 {
			r.reject(m, ByMemo, "the transaction has several memos or payments", nil)
			continue
		}
		memo := said[0]
		in, passed, compared, err := r.first(out, memo)
		if err != nil {
			return err
		}
		if in == nil && r.out.Stopped != "" {
			r.reject(m, ByMemo, undecided+r.out.Stopped, nil)
			continue
		}
		if in == nil {
			r.reject(m, ByMemo, "nothing that fits reaches the address in time", passed)
			continue
		}
		p := r.propose("", out, in, ByMemo, fmt.Sprintf("%s: memo of %s, read by %s", memo.Place, memo.Protocol, memo.Source))
		p.Link.Confidence, p.Link.Error = follow.Heuristic, MemoError
		if !compared {
			p.note("the amounts of both sides could not be compared")
		}
		if len(passed) > 0 {
			p.note(fmt.Sprintf("%d earlier payments to the address were passed over, because of their amounts", len(passed)))
		}
		if named[address{memo.ToChain, memo.To}] > 1 {
			p.note("other memos name the same address")
		}
	}
	return nil
}

type (
	tx struct {
		chain chain.ID
		id    string
	}
	address struct {
		chain chain.ID
		of    ledger.Address
	}
)

// openByTime is what is still to be matched, the earliest first: the address that two
// memos name is paid in their order.
func (r *run) openByTime() []*ledger.Transfer {
	var out []*ledger.Transfer
	for t := range r.open {
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b *ledger.Transfer) int {
		switch {
		case a.Time != b.Time:
			if a.Time < b.Time {
				return -1
			}
			return 1
		case a.Chain != b.Chain:
			return strings.Compare(string(a.Chain), string(b.Chain))
		}
		return ledger.Compare(a, b)
	})
	return out
}

// first is the first payment to the address of a memo that can be its payout, and those
// before it that cannot, because of their amounts.
func (r *run) first(out *ledger.Transfer, memo Memo) (in *ledger.Transfer, passed []follow.Mark, compared bool, err error) {
	window := []span{{out.Time, out.Time + int64(r.o.MemoWindow.Seconds())}}
	paid := r.worth(out)
	to := ledger.Frontier{Chain: memo.ToChain, Addresses: []ledger.Address{memo.To}}
	err = r.rows(to, ledger.In, window, func(t ledger.Transfer) bool {
		if t.Kind == ledger.Input || t.Value.IsZero() || !before(out, &t) || r.used[markOf(&t)] || markOf(&t) == markOf(out) {
			return true
		}
		fits, known := paid.holds(r.worth(&t), r.o.MemoPermille, 1000+r.o.GapPermille)
		if known && !fits {
			passed = append(passed, markOf(&t))
			return true
		}
		in, compared = &t, known
		return false
	})
	return in, passed, compared, err
}

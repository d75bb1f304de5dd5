package link

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/memory"
)

// planted is a bridge at work: pairs of payment and payout, some of them traced.
type planted struct {
	rows  []ledger.Transfer
	paid  []follow.Mark
	memos []Memo
	truth map[follow.Mark]follow.Mark
	known int // pairs below this number pay the address of the bridge that is known
	r     *rand.Rand
}

// amount is 0.01 to 10 coins, each decade alike; three in ten are of the round sums
// that people send.
func (p *planted) amount() uint64 {
	if p.r.IntN(10) < 3 {
		return []uint64{1, 2, 5, 10, 20, 50, 100}[p.r.IntN(7)] * 1e18 / 100
	}
	lo := []uint64{1e16, 1e17, 1e18}[p.r.IntN(3)]
	return lo + p.r.Uint64N(9*lo)
}

func (p *planted) row(id chain.ID, at int64, from, to ledger.Address, value uint64) follow.Mark {
	n := len(p.rows)
	p.rows = append(p.rows, ledger.Transfer{
		Chain: id, Kind: ledger.Payment, Block: uint64(at), Pos: uint32(n), Time: at,
		Tx: fmt.Sprintf("tx-%08d", n), From: from, To: to, Value: chain.Units64(value),
	})
	return markOf(&p.rows[n])
}

// pair is a payment and its payout: nine in ten keep less than 2 % for the bridge, the
// others up to 4 %; it takes six minutes on average, and one in a hundred or so takes
// more than thirty. A third of those that are not traced pay an address of the bridge
// that nobody knows, and a fifth of all payouts come from such an address.
func (p *planted) pair(n int, at int64) (out, in follow.Mark, to ledger.Address, value uint64) {
	value = p.amount()
	keep := p.r.Uint64N(20)
	if p.r.IntN(10) == 0 {
		keep = 20 + p.r.Uint64N(20)
	}
	to = addr(1000 + n)
	into := bridge
	if p.r.IntN(3) == 0 && n >= p.known {
		into = unseen
	}
	out = p.row(chain.Ethereum, at, addr(100000+n), into, value)
	from := payer
	if p.r.IntN(5) == 0 {
		from = unseen
	}
	in = p.row(chain.Arbitrum, at+int64(30+p.r.ExpFloat64()*360), from, to, value-value/1000*keep)
	return out, in, to, value
}

// plant draws traced pairs and others' within some hours. A third of those whom the
// traced payouts go to are paid by somebody else as well, an hour before or after.
func plant(traced, others int, hours int64) *planted {
	p := &planted{truth: map[follow.Mark]follow.Mark{}, known: traced, r: rand.New(rand.NewPCG(1, 2))}
	const begin = 1_700_000_000
	at := func() int64 { return begin + p.r.Int64N(hours*3600) }
	for i := range traced {
		t := at()
		out, in, to, _ := p.pair(i, t)
		p.paid, p.truth[out] = append(p.paid, out), in
		p.memos = append(p.memos, Memo{Chain: out.Chain, Tx: out.Tx, ToChain: in.Chain, To: to, Protocol: "b", Source: "test", Place: "memos.csv:2"})
		if i%3 == 0 {
			p.row(chain.Arbitrum, t-3600+p.r.Int64N(7200), addr(7), to, p.amount())
		}
	}
	for i := range others {
		p.pair(traced+i, at())
	}
	for range others {
		p.row(chain.Arbitrum, at(), addr(p.r.IntN(50)+300), addr(p.r.IntN(500)+2000), p.amount())
	}
	return p
}

var bridge, payer, unseen = addr(1), addr(2), addr(3)

func addr(n int) ledger.Address {
	return ledger.Address(fmt.Sprintf("%020d", n))
}

// measure counts what is proposed, and what of it is so.
func (p *planted) measure(t *testing.T, q Query) (proposed, right int) {
	t.Helper()
	q.Snapshot, q.Paid = memory.New(p.rows...), p.paid
	found, err := Propose(t.Context(), q)
	if err != nil || found.Stopped != "" {
		t.Fatal(found, err)
	}
	for _, x := range found.Proposals {
		if p.truth[x.Link.Out] == x.Link.In {
			right++
		}
	}
	if len(found.Proposals)+len(found.Open) != len(p.paid) {
		t.Errorf("%d proposals and %d open, of %d", len(found.Proposals), len(found.Open), len(p.paid))
	}
	return len(found.Proposals), right
}

// The errors that links are given are those of this test: 500 traced pairs, once with
// about ten payouts of the bridge within the window, once with about a hundred. Text and
// figures must agree.
func TestMeasuredError(t *testing.T) {
	payers := []ledger.Frontier{{Chain: chain.Arbitrum, Addresses: []ledger.Address{payer}}}
	const traced = 500
	var amount, memo [2][2]int
	for i, hours := range []int64{300, 30} {
		p := plant(traced, 5500, hours)
		amount[i][0], amount[i][1] = p.measure(t, Query{Payers: payers})
		memo[i][0], memo[i][1] = p.measure(t, Query{Memos: p.memos})
	}
	share := func(part, of int) string { return fmt.Sprintf("%d.%d %%", part*100/of, part*1000/of%10) }
	text := func(of [2][2]int) string {
		say := func(x [2]int) string {
			return fmt.Sprintf("%d proposed, %d rightly (precision %s, recall %s)", x[0], x[1], share(x[1], x[0]), share(x[1], traced))
		}
		return fmt.Sprintf("of %d planted pairs: %s at about 10 payouts within half an hour; %s at about 100", traced, say(of[0]), say(of[1]))
	}
	if got := text(amount); got != AmountError {
		t.Errorf("amounts: %q, the constant says %q", got, AmountError)
	}
	if got := text(memo); got != MemoError {
		t.Errorf("memos: %q, the constant says %q", got, MemoError)
	}
	for _, of := range append(amount[:], memo[:]...) {
		if of[0] == 0 || of[1]*100 < of[0]*85 {
			t.Errorf("%d right of %d: precision under 85 %%", of[1], of[0])
		}
	}
}

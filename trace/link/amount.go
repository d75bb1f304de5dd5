package link

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sort"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// worth is what an amount is in terms that amounts of other assets can have.
type worth struct {
	token string   // empty: not known beyond its own chain
	units *big.Int // of the token, with 36 decimals
	usd   *big.Int // in millionths; nil: no price
}

const decimals = 36 // to which amounts of tokens are scaled

func (r *run) worth(t *ledger.Transfer) (w worth) {
	token, ok := Token{}, false
	if c, held := chain.Lookup(t.Chain); t.Asset == "" && held {
		token, ok = Token{c.Symbol, c.Decimals}, true
	} else if r.q.Tokens != nil {
		token, ok = r.q.Tokens(t.Chain, t.Asset)
	}
	if ok && token.Symbol != "" && token.Decimals <= decimals {
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals-token.Decimals)), nil)
		w.token, w.units = token.Symbol, scale.Mul(scale, t.Value.Big())
	}
	if r.q.USD != nil {
		if v, ok := r.q.USD(t.Chain, t.Asset, t.Value, t.Time); ok {
			w.usd = v.Big()
		}
	}
	return w
}

// holds reports whether b is at least so many thousandths of w and at most so many; known
// is false where they have no measure in common.
func (w worth) holds(b worth, least, most int64) (fits, known bool) {
	x, y := w.usd, b.usd
	if w.same(b) {
		x, y = w.units, b.units
	}
	if x == nil || y == nil {
		return false, false
	}
	y = new(big.Int).Mul(y, big.NewInt(1000))
	low, high := new(big.Int).Mul(x, big.NewInt(least)), new(big.Int).Mul(x, big.NewInt(most))
	return y.Cmp(low) >= 0 && y.Cmp(high) <= 0, true
}

func (w worth) same(b worth) bool { return w.token != "" && w.token == b.token }

// fits reports whether a payout is a payment less a fee. Prices move and are not those
// of the service, so in dollars a payout may also exceed its payment.
func (r *run) fits(out, in worth) bool {
	most := int64(1000)
	if !out.same(in) {
		most += r.o.FeePermille
	}
	fits, _ := out.holds(in, 1000-r.o.FeePermille, most)
	return fits
}

// gap is the remark that both sides are worth different sums in dollars.
func (r *run) gap(out, in *ledger.Transfer) string {
	a, b := r.worth(out).usd, r.worth(in).usd
	if a == nil || b == nil {
		return ""
	}
	if fits, _ := (worth{usd: a}).holds(worth{usd: b}, 1000-r.o.GapPermille, 1000+r.o.GapPermille); fits {
		return ""
	}
	const six = 6
	out6, _ := chain.FromBig(a)
	in6, _ := chain.FromBig(b)
	return fmt.Sprintf("flagged: %s USD went in and %s USD came out, more than %d per mille apart", out6.Units(six), in6.Units(six), r.o.GapPermille)
}

// side is a row with its worth.
type side struct {
	row ledger.Transfer
	worth
}

// byAmount matches a payment with the only payout that is as much less a fee, within a
// time, if that payout can belong to no other payment. For this every payment to the
// services is looked at, not only those that are traced.
func (r *run) byAmount() error {
	if len(r.q.Payers) == 0 {
		return nil
	}
	var traced []side
	for t := range r.open {
		traced = append(traced, side{*t, r.worth(t)})
	}
	if len(traced) == 0 {
		return nil
	}
	payers := map[address]bool{}
	for _, f := range r.q.Payers {
		for _, a := range f.Addresses {
			payers[address{f.Chain, a}] = true
		}
	}
	payouts, err := r.payouts(traced, payers)
	if err != nil {
		return err
	}
	deposits, err := r.deposits(traced, payers)
	if err != nil {
		return err
	}
	r.judge(traced, payouts, deposits)
	return nil
}

// judge proposes what is unique on both sides.
func (r *run) judge(traced, payouts, deposits []side) {
	type pair struct{ out, in *side }
	var pairs []pair
	for i := range traced {
		p := &traced[i]
		m := markOf(&p.row)
		fit := r.within(payouts, p.row.Time, p.row.Time+r.window(), func(c *side) bool { return r.pays(p, c) })
		switch {
		case r.out.Stopped != "":
			r.reject(m, ByAmount, undecided+r.out.Stopped, nil)
		case len(fit) == 0:
			r.reject(m, ByAmount, "no payout fits", nil)
		case len(fit) > 1:
			r.reject(m, ByAmount, "several payouts fit", markAll(fit))
		default:
			pairs = append(pairs, pair{p, fit[0]})
		}
	}
	for _, x := range pairs {
		if r.used[markOf(&x.out.row)] || r.used[markOf(&x.in.row)] {
			r.reject(markOf(&x.out.row), ByAmount, "one of the rows belongs to another link", markAll([]*side{x.in}))
			continue
		}
		rivals := r.within(deposits, x.in.row.Time-r.window(), x.in.row.Time, func(d *side) bool { return r.pays(d, x.in) })
		m := markOf(&x.out.row)
		if r.out.Stopped != "" || len(rivals) != 1 || markOf(&rivals[0].row) != m {
			reason := "the payout fits several payments"
			if r.out.Stopped != "" {
				reason = undecided + r.out.Stopped
			}
			r.reject(m, ByAmount, reason, markAll(rivals))
			continue
		}
		rests := "amounts in base units of " + x.out.token
		if !x.out.same(x.in.worth) {
			rests = "amounts in dollars at the time of each row"
		}
		p := r.propose("", &x.out.row, &x.in.row, ByAmount, rests, fmt.Sprintf("%d seconds apart", x.in.row.Time-x.out.row.Time))
		p.Link.Confidence, p.Link.Error = follow.Heuristic, AmountError
		if a, b := r.name(&x.out.row, x.out.row.To), r.name(&x.in.row, x.in.row.From); a != "" && b != "" && a != b {
			p.note(fmt.Sprintf("paid to %q, paid out by %q", a, b))
		}
	}
}

func (r *run) window() int64 { return int64(r.o.Window.Seconds()) }

func (r *run) name(t *ledger.Transfer, a ledger.Address) string {
	if r.q.Services == nil || a == "" {
		return ""
	}
	s, _ := r.q.Services.Service(t.Chain, a)
	return s.Name
}

// pays reports whether a payout can be what came of a payment.
func (r *run) pays(out, in *side) bool {
	if out.row.Chain == in.row.Chain && (out.row.Asset == in.row.Asset || out.row.Tx == in.row.Tx) {
		return false
	}
	return before(&out.row, &in.row) && r.fits(out.worth, in.worth)
}

// within are the sides of a time that fit. They are sorted by time.
func (r *run) within(of []side, since, until int64, fits func(*side) bool) (out []*side) {
	i := sort.Search(len(of), func(i int) bool { return of[i].row.Time >= since })
	for ; i < len(of) && of[i].row.Time <= until; i++ {
		if r.out.Compared++; r.out.Compared > r.o.MaxCompared {
			r.out.Stopped = "comparisons"
			return out
		}
		if fits(&of[i]) {
			out = append(out, &of[i])
		}
	}
	return out
}

func markAll(of []*side) []follow.Mark {
	out := make([]follow.Mark, len(of))
	for i, s := range of {
		out[i] = markOf(&s.row)
	}
	return out
}

// known are the rows that events pair, traced or not: they are no candidates.
func (r *run) known() map[follow.Mark]bool {
	out := maps.Clone(r.used)
	for _, e := range r.q.Events {
		out[e.Out], out[e.In] = true, true
	}
	return out
}

// sides are rows as sides, by time.
func (r *run) sides(rows map[follow.Mark]ledger.Transfer, known map[follow.Mark]bool) []side {
	var out []side
	for m, t := range rows {
		if !known[m] {
			out = append(out, side{t, r.worth(&t)})
		}
	}
	slices.SortFunc(out, func(a, b side) int {
		switch {
		case a.row.Time < b.row.Time:
			return -1
		case a.row.Time > b.row.Time:
			return 1
		}
		if n := strings.Compare(string(a.row.Chain), string(b.row.Chain)); n != 0 {
			return n
		}
		return ledger.Compare(&a.row, &b.row)
	})
	return out
}

package result

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// USD is what an amount was worth at three moments; nil where a moment makes no sense
// or was not asked for.
type USD struct {
	AtTheft   *Valuation // when the theft began, by its first marked row
	AtCashOut *Valuation // each arrival at its own time
	OnDay     *Valuation // on Options.Day
}

// Valuation is dollars by policy. Parts of the amount that have no price are left out
// and stand in Unpriced.
type Valuation struct {
	Least, Most price.Decimal // as in span.Asked.Span
	Spanned     bool
	Unpriced    follow.Taint // base units; of what was stolen all amounts are the same
	Reason      string       // why the first of them has no price
	// Partial: of the amount between least and most, a part has no price; or of what
	// could be reached, where no more than that was asked for.
	Partial bool

	dollars span.Seven[price.Decimal]
}

// Known reports whether any part of the amount has a price, or there is no amount.
func (v *Valuation) Known() bool {
	return !v.Partial || slices.ContainsFunc(v.dollars[:], func(d price.Decimal) bool { return !d.IsZero() })
}

// Under is the dollars under a policy.
func (v *Valuation) Under(p accounting.Policy) price.Decimal {
	if i := span.Index(p); i >= 0 {
		return v.dollars[i]
	}
	return price.Decimal{}
}

// add values an amount at a moment.
func (v *Valuation) add(values *price.Values, a price.Asset, t follow.Taint, when int64) {
	if t == (follow.Taint{}) {
		return
	}
	rate, err := values.Rate(a, when)
	if err != nil {
		v.missing(t, reason(err))
		return
	}
	for i, amount := range span.Of(t) {
		if !amount.IsZero() {
			v.dollars[i] = v.dollars[i].Add(rate.USD(amount))
		}
	}
}

func (v *Valuation) missing(t follow.Taint, why string) {
	v.Unpriced, _ = span.Add(v.Unpriced, t)
	if v.Reason == "" {
		v.Reason = why
	}
}

func reason(err error) string {
	if errors.Is(err, price.ErrNoDecimals) {
		return price.ErrNoDecimals.Error()
	}
	return price.ErrNoPrice.Error()
}

// plus adds the valuation of another part.
func (v *Valuation) plus(o *Valuation) {
	for i := range v.dollars {
		v.dollars[i] = v.dollars[i].Add(o.dollars[i])
	}
	if o.Reason != "" {
		v.missing(o.Unpriced, o.Reason)
	}
}

// valued reports whether there are prices at all: where nobody gave any, that there are
// none is not said of every amount.
func (r *Result) valued() bool { return r.values != nil && r.values.Prices.Len() > 0 }

// value adds an amount to the columns that can be filled. Cashed is the time at which
// it was cashed out; nil: it was not.
func (r *Result) value(u *USD, theft string, id chain.ID, asset ledger.Asset, t follow.Taint, cashed *int64) {
	if !r.valued() {
		return
	}
	a := price.Asset{Chain: id, Asset: asset}
	at := func(v **Valuation, when int64) {
		if *v == nil {
			*v = &Valuation{}
		}
		(*v).add(r.values, a, t, when)
	}
	if since, ok := r.since[theft]; ok {
		at(&u.AtTheft, since)
	}
	if cashed != nil {
		at(&u.AtCashOut, *cashed)
	}
	if r.Day != 0 {
		at(&u.OnDay, r.Day)
	}
}

func (u *USD) each(do func(v **Valuation)) {
	do(&u.AtTheft)
	do(&u.AtCashOut)
	do(&u.OnDay)
}

// spans finds the least and the most once all is added.
func (r *Result) spans(u *USD) {
	u.each(func(v **Valuation) {
		if x := *v; x != nil {
			missing, _ := r.Asked.Span(x.Unpriced)
			bounded := !x.dollars[span.Most].IsZero() || !slices.ContainsFunc(x.dollars[1:span.Least], func(d price.Decimal) bool { return !d.IsZero() })
			x.Least, x.Most, x.Spanned = span.Ends(r.Asked, x.dollars, price.Decimal.Cmp, bounded)
			x.Partial = !missing.Most.IsZero() || !x.Spanned && !x.Unpriced.Poison.IsZero()
		}
	})
}

// sumUSD values what was cashed out and what is held of an asset, and what was stolen
// on the given day.
func (r *Result) sumUSD(b *Balance, k assetKey) {
	if !r.valued() {
		return
	}
	for i := range r.CashOuts {
		if r.CashOuts[i].key() == k {
			b.CashedUSD.plus(&r.CashOuts[i].USD)
		}
	}
	for i := range r.Holdings {
		if h := &r.Holdings[i]; (assetKey{Theft: h.Theft, Chain: h.Chain, Asset: h.Asset}) == k {
			b.HeldUSD.plus(&h.USD)
		}
	}
	if r.Day != 0 && !b.Stolen.IsZero() {
		v := whole(r.values, k, b.Stolen, r.Day)
		b.StolenUSD.OnDay = &v
	}
	r.spans(&b.CashedUSD)
	r.spans(&b.HeldUSD)
}

func (u *USD) plus(o *USD) {
	add := func(to **Valuation, from *Valuation) {
		if from == nil {
			return
		}
		if *to == nil {
			*to = &Valuation{}
		}
		(*to).plus(from)
	}
	add(&u.AtTheft, o.AtTheft)
	add(&u.AtCashOut, o.AtCashOut)
	add(&u.OnDay, o.OnDay)
}

// whole values what is stolen as a whole under every policy.
func whole(values *price.Values, k assetKey, amount chain.Amount, when int64) (v Valuation) {
	all := follow.Taint{Poison: amount, Haircut: amount, FIFO: amount, LIFO: amount, TIHO: amount, Least: amount, Most: amount}
	v.add(values, price.Asset{Chain: k.Chain, Asset: k.Asset}, all, when)
	return v.certain()
}

// Total is dollars over all assets of a theft.
type Total struct {
	Theft string
	// Parts that have no price are left out; balances say which. Unpriced is empty
	// here, because base units of different assets have no sum.
	Stolen, Cashed, Held USD
}

// total sums the balances. There is none where nothing was valued.
func (r *Result) total() {
	for _, theft := range r.Answer.Thefts {
		t := Total{Theft: theft}
		for i := range r.Balances {
			if b := &r.Balances[i]; b.Theft == theft {
				t.Stolen.plus(&b.StolenUSD)
				t.Cashed.plus(&b.CashedUSD)
				t.Held.plus(&b.HeldUSD)
			}
		}
		if t == (Total{Theft: theft}) {
			continue
		}
		for _, u := range []*USD{&t.Cashed, &t.Held} {
			r.spans(u)
			u.each(mixed)
		}
		t.Stolen.each(func(v **Valuation) {
			if *v != nil {
				**v = (*v).certain()
			}
		})
		t.Stolen.each(mixed)
		r.Totals = append(r.Totals, t)
	}
}

// mixed takes out what is in base units of several assets.
func mixed(v **Valuation) {
	if *v != nil {
		(*v).Unpriced = follow.Taint{}
	}
}

// certain is the valuation where all amounts are the same.
func (v Valuation) certain() Valuation {
	v.Least, v.Most, v.Spanned, v.Partial = v.dollars[0], v.dollars[0], true, v.Reason != ""
	return v
}

// marked finds when thefts began, and what the marked rows were worth then. Together
// they have to be what the answer says was stolen.
func (r *Result) marked(rows []Marked) (map[assetKey]Valuation, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if len(r.Answer.Thefts) > 1 {
		for _, m := range rows {
			if m.Theft != trace.All {
				m.Theft = trace.All
				rows = append(slices.Clip(rows), m)
			}
		}
	}
	r.since = map[string]int64{}
	amounts, worth := map[assetKey]chain.Amount{}, map[assetKey]Valuation{}
	seen := map[Marked]bool{}
	for _, m := range rows {
		if _, ok := r.rank[m.Theft]; !ok {
			return nil, fmt.Errorf("marked rows: %w: theft %s is not among its thefts", ErrAnswer, strconv.QuoteToGraphic(m.Theft))
		}
		if seen[m] {
			continue
		}
		seen[m] = true
		if since, ok := r.since[m.Theft]; !ok || m.Time < since {
			r.since[m.Theft] = m.Time
		}
		k := assetKey{Theft: m.Theft, Chain: m.Mark.Chain, Asset: m.Asset}
		amounts[k], _ = span.Plus(amounts[k], m.Value)
		if r.valued() {
			v, part := worth[k], whole(r.values, k, m.Value, m.Time)
			v.plus(&part)
			worth[k] = v.certain()
		}
	}
	return worth, r.checkMarked(amounts)
}

func (r *Result) checkMarked(amounts map[assetKey]chain.Amount) error {
	for _, s := range r.Answer.Sums {
		if got := amounts[keyOf(s)]; got != s.Stolen {
			return fmt.Errorf("marked rows: %w: of %s theft %s stole %s, and they hold %s", ErrAnswer,
				s.Asset.Text(s.Chain), strconv.QuoteToGraphic(s.Theft), s.Stolen, got)
		}
	}
	return nil
}

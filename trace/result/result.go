// Package result is what people and programs read of a trace: balances that
// close, cash-outs and holdings with the range over policies, values in dollars, and
// the whole as JSON and CSV.
//
// # Contract
//
// New takes an answer of trace/follow and what is known beside it (prices, facts
// of assets, gradings and trials of trace/result/again), and changes nothing in
// it. The result depends on what the lists of the answer hold and not on the order
// in which they hold it. Amounts are whole base units; dollars stand beside them,
// exact, and are rounded to cents where they are written. What is not known is
// absent, never nought.
//
// Lists are in the order of the answer's thefts, then of assets (amounts of
// different assets cannot be compared), then largest first by the most that is
// stolen under any policy asked for, then by text. Rows are in the order of time.
//
// # Example
//
//	r, err := result.New(answer, result.Options{Values: &price.Values{Prices: &prices}})
//	if err != nil {
//		return err
//	}
//	for _, c := range r.CashOuts {
//		fmt.Println(c.Service.Name, c.Span.Least, c.Span.Most, c.Finding)
//	}
//	err = r.WriteJSON(file)
//
// trace/result/page writes it as text for terminals, trace/result/freeze lists what
// may be frozen.
package result

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// ErrAnswer is an answer that contradicts itself or the rows that are said to be
// marked.
var ErrAnswer = errors.New("not an answer that can be so")

// Options are what is known beside the answer. Each may be left out.
type Options struct {
	Values *price.Values
	// Marked are the rows that were marked. Without them there are no dollars at theft.
	Marked  []Marked
	Day     int64 // a moment at which everything is valued once more; 0: none
	Grading *again.Grading
	Trials  *again.Trials
	Notes   []string // what else was not looked at, in words
}

// Marked is a row whose value was marked as stolen. A row that several thefts mark is
// listed for each; those of trace.All may be left out.
type Marked struct {
	Theft string
	Mark  follow.Mark
	Asset ledger.Asset
	Value chain.Amount
	Time  int64
}

// Result is what is read of a trace.
type Result struct {
	Answer   *follow.Answer
	Asked    span.Asked
	Balances []Balance
	Totals   []Total // in dollars, where anything was valued
	CashOuts []CashOut
	Mixers   []CashOut // likewise, of mixers
	Hubs     []CashOut // likewise, of hubs: not followed
	Holdings []Holding
	Arrivals []follow.Arrival // by theft and time
	Grading  *again.Grading   // nil: it was not asked for
	Trials   *again.Trials    // nil: likewise
	Day      int64
	Notes    []string

	values *price.Values
	rank   map[string]int   // of thefts
	since  map[string]int64 // when thefts began, where that is known
}

// Balance accounts for an asset of a theft.
type Balance struct {
	follow.Sum
	Lines []Line // one for each policy asked for that conserves value
	// Unobserved is clean value of the asset that was paid and not seen to arrive, over
	// all accounts. It stands beside the balance and is no part of it.
	Unobserved chain.Amount
	Over       bool // Unobserved is more than 2^256-1, which stands for it
	// USD of what was stolen, cashed out and held. Parts are nil where they make no
	// sense or are not known.
	StolenUSD, CashedUSD, HeldUSD USD
}

// Line is a balance under a policy.
type Line struct {
	Policy                                                                 accounting.Policy
	Stolen, Again, In, Held, Cashed, Mixed, Fees, Dropped, Unfollowed, Out chain.Amount
	// Listed: the cash-outs and mixers that are listed add up to what the balance says,
	// hubs to no more than what was not followed, and holdings, of a run that was not
	// stopped, to what is held.
	Listed bool
}

// Closes reports whether stolen + swapped in = again + held + cashed out + in mixers +
// fees + dropped + not followed + swapped out.
func (l Line) Closes() bool {
	left := sum(l.Stolen, l.In)
	return left.Cmp(sum(l.Again, l.Held, l.Cashed, l.Mixed, l.Fees, l.Dropped, l.Unfollowed, l.Out)) == 0
}

func sum(of ...chain.Amount) *big.Int {
	n := new(big.Int)
	for _, a := range of {
		n.Add(n, a.Big())
	}
	return n
}

// New reads an answer. Errors wrap ErrAnswer.
func New(a *follow.Answer, o Options) (*Result, error) {
	r := &Result{
		Answer: a, Asked: span.Asked{Policies: a.Policies, Bounds: a.Bounds}, Grading: o.Grading, Trials: o.Trials, Day: o.Day, Notes: o.Notes,
		values: o.Values, rank: map[string]int{},
	}
	for i, id := range a.Thefts {
		r.rank[id] = i
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	stolen, err := r.marked(o.Marked)
	if err != nil {
		return nil, err
	}
	r.Arrivals = slices.Clone(a.Arrivals)
	slices.SortStableFunc(r.Arrivals, func(x, y follow.Arrival) int {
		return cmp.Or(cmp.Compare(r.rank[x.Theft], r.rank[y.Theft]), compareRows(x.Row, y.Row),
			cmp.Compare(x.To, y.To), cmp.Compare(x.Asset, y.Asset), cmp.Compare(x.From, y.From), x.Value.Cmp(y.Value), compareTaints(x.Taint, y.Taint))
	})
	r.cashOut()
	r.hold()
	r.balance(stolen)
	r.total()
	return r, nil
}

// check refuses what points nowhere.
func (r *Result) check() error {
	known := func(what string, i int, theft string) error {
		if _, ok := r.rank[theft]; !ok {
			return fmt.Errorf("%s %d: %w: theft %s is not among its thefts", what, i, ErrAnswer, strconv.QuoteToGraphic(theft))
		}
		return nil
	}
	for i, s := range r.Answer.Sums {
		if err := known("sum", i, s.Theft); err != nil {
			return err
		}
	}
	for i, h := range r.Answer.Holdings {
		if err := known("holding", i, h.Theft); err != nil {
			return err
		}
	}
	for i, f := range r.Answer.Flows {
		if err := known("flow", i, f.Theft); err != nil {
			return err
		}
	}
	for i, x := range r.Answer.Arrivals {
		if err := known("arrival", i, x.Theft); err != nil {
			return err
		}
		if x.Service < 0 || x.Service >= len(r.Answer.Services) {
			return fmt.Errorf("arrival %d: %w: service %d of %d", i, ErrAnswer, x.Service, len(r.Answer.Services))
		}
	}
	return nil
}

// compareRows orders rows by time. Within a block rows are by transaction: an answer
// does not say where in the block these stand.
func compareRows(x, y follow.RowID) int {
	return cmp.Or(cmp.Compare(x.Time, y.Time), cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.Block, y.Block),
		cmp.Compare(x.Tx, y.Tx), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Index, y.Index))
}

func compareTaints(x, y follow.Taint) int {
	a, b := span.Of(x), span.Of(y)
	for i := range a {
		if c := a[i].Cmp(b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// assetKey is an asset of a theft.
type assetKey = again.Asset

// balance makes the balances.
func (r *Result) balance(stolen map[assetKey]Valuation) {
	listed := r.listed()
	for _, s := range r.Answer.Sums {
		k := assetKey{Theft: s.Theft, Chain: s.Chain, Asset: s.Asset}
		b := Balance{Sum: s}
		for _, p := range r.Asked.Conserving() {
			of := func(t follow.Taint) chain.Amount { return span.Under(t, p) }
			l := Line{
				Policy: p, Stolen: s.Stolen, Again: of(s.Again), In: of(s.In), Held: of(s.Held), Cashed: of(s.Cashed), Mixed: of(s.Mixed),
				Fees: of(s.Fees), Dropped: of(s.Dropped), Unfollowed: of(s.Unfollowed), Out: of(s.Out),
			}
			at := listed[k]
			l.Listed = of(at.cashed) == l.Cashed && of(at.mixed) == l.Mixed && of(at.hubs).Cmp(l.Unfollowed) <= 0 &&
				(r.Answer.Stopped != nil || of(at.held) == l.Held)
			b.Lines = append(b.Lines, l)
		}
		for _, short := range r.Answer.Short {
			if short.Chain == s.Chain && short.Asset == s.Asset {
				var over bool
				b.Unobserved, over = span.Plus(b.Unobserved, short.Value)
				b.Over = b.Over || over
			}
		}
		if v, ok := stolen[k]; ok && r.values != nil {
			b.StolenUSD.AtTheft = &v
		}
		r.sumUSD(&b, k)
		r.Balances = append(r.Balances, b)
	}
	slices.SortFunc(r.Balances, func(x, y Balance) int { return r.byAsset(keyOf(x.Sum), keyOf(y.Sum)) })
}

func keyOf(s follow.Sum) assetKey { return assetKey{Theft: s.Theft, Chain: s.Chain, Asset: s.Asset} }

// byAsset orders by theft and the text of assets.
func (r *Result) byAsset(x, y assetKey) int {
	return cmp.Or(cmp.Compare(r.rank[x.Theft], r.rank[y.Theft]), cmp.Compare(x.Chain, y.Chain),
		cmp.Compare(x.Asset.Text(x.Chain), y.Asset.Text(y.Chain)), cmp.Compare(x.Asset, y.Asset))
}

// lists is what is listed of an asset of a theft.
type lists struct{ cashed, mixed, hubs, held follow.Taint }

func (r *Result) listed() map[assetKey]lists {
	out := map[assetKey]lists{}
	add := func(k assetKey, t follow.Taint, to func(*lists) *follow.Taint) {
		l := out[k]
		*to(&l), _ = span.Add(*to(&l), t)
		out[k] = l
	}
	for _, c := range r.CashOuts {
		add(c.key(), c.Amount, func(l *lists) *follow.Taint { return &l.cashed })
	}
	for _, c := range r.Mixers {
		add(c.key(), c.Amount, func(l *lists) *follow.Taint { return &l.mixed })
	}
	for _, c := range r.Hubs {
		add(c.key(), c.Amount, func(l *lists) *follow.Taint { return &l.hubs })
	}
	for _, h := range r.Holdings {
		add(assetKey{Theft: h.Theft, Chain: h.Chain, Asset: h.Asset}, h.Taint, func(l *lists) *follow.Taint { return &l.held })
	}
	return out
}

// Fact is what is known of an asset; ok is false if nothing is.
func (r *Result) Fact(id chain.ID, a ledger.Asset) (f price.Fact, ok bool) {
	return r.values.Fact(price.Asset{Chain: id, Asset: a})
}

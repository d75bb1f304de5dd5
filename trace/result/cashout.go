package result

import (
	"cmp"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// CashOut is all that reached a service at one address in one asset.
type CashOut struct {
	Theft   string
	Chain   chain.ID
	Address ledger.Address
	Asset   ledger.Asset
	Service follow.Service

	Amount follow.Taint
	Over   bool // a sum is more than 2^256-1, which stands for it
	// Span is noughts if Spanned is not set. Bounds hold for each arrival by itself, so
	// that the most of several may be more than was stolen.
	Span    span.Span
	Spanned bool // a policy that conserves value, or the bounds, were asked for
	Finding span.Finding

	Arrivals    int
	First, Last int64
	// TagAge is how many days before the day of the last arrival the tag was dated;
	// negative if after it. Dated is false of a tag without a date.
	TagAge int
	Dated  bool

	Path   follow.Confidence // best grade of links by which anything arrives; "": not graded
	AtPath follow.Taint      // what arrives by links of that grade
	// Confidence is the less sure of Path, if it was graded, and of the tag.
	Confidence follow.Confidence
	USD        USD
}

func (c *CashOut) key() assetKey { return assetKey{Theft: c.Theft, Chain: c.Chain, Asset: c.Asset} }

// place is where a cash-out is, as gradings know it.
func (c *CashOut) place() again.Place {
	return again.Place{Theft: c.Theft, Chain: c.Chain, Address: c.Address, Asset: c.Asset}
}

// stop is what makes arrivals one cash-out.
type stop struct {
	again.Place
	service follow.Service
}

// cashOut sums the arrivals.
func (r *Result) cashOut() {
	by := map[stop]*CashOut{}
	for i := range r.Arrivals {
		a := &r.Arrivals[i]
		s := stop{again.Place{Theft: a.Theft, Chain: a.Row.Chain, Address: a.To, Asset: a.Asset}, r.Answer.Services[a.Service].Service}
		c := by[s]
		if c == nil {
			c = &CashOut{Theft: a.Theft, Chain: a.Row.Chain, Address: a.To, Asset: a.Asset, Service: s.service, First: a.Row.Time}
			by[s] = c
		}
		var over bool
		c.Amount, over = span.Add(c.Amount, a.Taint)
		c.Over = c.Over || over
		c.Arrivals++
		c.Last = a.Row.Time
		r.value(&c.USD, c.Theft, c.Chain, c.Asset, a.Taint, &a.Row.Time)
	}
	for _, c := range by {
		r.judge(c)
		switch again.FateOf(c.Service.Class) {
		case again.Mixed:
			r.Mixers = append(r.Mixers, *c)
		case again.Unfollowed:
			r.Hubs = append(r.Hubs, *c)
		default:
			r.CashOuts = append(r.CashOuts, *c)
		}
	}
	for _, list := range [][]CashOut{r.CashOuts, r.Mixers, r.Hubs} {
		slices.SortFunc(list, func(x, y CashOut) int {
			return cmp.Or(r.byAsset(x.key(), y.key()), bySize(x.Span.Most, x.Amount, y.Span.Most, y.Amount),
				cmp.Compare(x.Service.Name, y.Service.Name), cmp.Compare(x.Service.Class, y.Service.Class), cmp.Compare(x.Address, y.Address),
				cmp.Compare(x.Service.Source, y.Service.Source), cmp.Compare(x.Service.Date, y.Service.Date),
				cmp.Compare(x.Service.Confidence, y.Service.Confidence), cmp.Compare(x.Service.Note, y.Service.Note))
		})
	}
}

// bySize orders the largest first; what could only be reached comes last, largest first
// as well.
func bySize(x chain.Amount, tx follow.Taint, y chain.Amount, ty follow.Taint) int {
	return cmp.Or(y.Cmp(x), ty.Poison.Cmp(tx.Poison))
}

// judge says how sure a cash-out is.
func (r *Result) judge(c *CashOut) {
	c.Span, c.Spanned = r.Asked.Span(c.Amount)
	c.Finding = r.Asked.Finding(c.Amount)
	c.TagAge, c.Dated = tagAge(c.Service.Date, c.Last)
	c.Confidence = c.Service.Confidence
	r.spans(&c.USD)
	if r.Grading == nil {
		return
	}
	if known, ok := r.Grading.Service(c.place()); ok {
		c.Path, c.AtPath = known.Grade, known.Taint
		c.Confidence = again.Weaker(c.Path, c.Service.Confidence)
	}
}

// tagAge is how many days old a tag was on the day of a moment.
func tagAge(date string, when int64) (days int, ok bool) {
	tagged, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	day := time.Unix(when, 0).UTC().Truncate(24 * time.Hour)
	return int(day.Sub(tagged) / (24 * time.Hour)), true
}

// Holding is taint that lies somewhere at the end, or with Others in many places that
// hold too little to be listed.
type Holding struct {
	follow.Holding
	Span    span.Span
	Spanned bool
	Finding span.Finding
	// Tx is the transaction that brought taint last: of an output its own; of an account
	// the last listed, empty where no rows are listed.
	Tx   string
	Path follow.Confidence // as of a CashOut
	USD  USD
}

// hold lists what is held.
func (r *Result) hold() {
	last := r.lastFlows()
	for _, h := range r.Answer.Holdings {
		out := Holding{Holding: h, Finding: r.Asked.Finding(h.Taint)}
		out.Span, out.Spanned = r.Asked.Span(h.Taint)
		if h.Output != nil {
			out.Tx = h.Output.Tx
		} else if row, ok := last[again.Place{Theft: h.Theft, Chain: h.Chain, Address: h.Address, Asset: h.Asset}]; ok && row.Time == h.Since {
			out.Tx = row.Tx
		}
		if r.Grading != nil {
			out.Path, _ = r.Grading.Holding(&h)
		}
		r.value(&out.USD, h.Theft, h.Chain, h.Asset, h.Taint, nil)
		r.spans(&out.USD)
		r.Holdings = append(r.Holdings, out)
	}
	slices.SortFunc(r.Holdings, func(x, y Holding) int {
		return cmp.Or(r.byAsset(assetKey{Theft: x.Theft, Chain: x.Chain, Asset: x.Asset}, assetKey{Theft: y.Theft, Chain: y.Chain, Asset: y.Asset}),
			lumpsLast(x, y), bySize(x.Span.Most, x.Taint, y.Span.Most, y.Taint), cmp.Compare(x.Address, y.Address), compareOutputs(x.Output, y.Output),
			cmp.Compare(x.Since, y.Since), x.Value.Cmp(y.Value), compareTaints(x.Taint, y.Taint))
	})
}

// lumpsLast puts what is taken together of many places behind the places.
func lumpsLast(x, y Holding) int {
	switch {
	case x.Others == y.Others:
		return 0
	case x.Others == 0:
		return -1
	case y.Others == 0:
		return 1
	}
	return cmp.Compare(x.Others, y.Others)
}

func compareOutputs(x, y *follow.RowID) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	return compareRows(*x, *y)
}

// lastFlows is the last row that brought taint to each account. Of rows of one block,
// whose order an answer does not say, it is the last by transaction.
func (r *Result) lastFlows() map[again.Place]follow.RowID {
	out := map[again.Place]follow.RowID{}
	for i := range r.Answer.Flows {
		f := &r.Answer.Flows[i]
		p := again.Place{Theft: f.Theft, Chain: f.Row.Chain, Address: f.To, Asset: f.Asset}
		if row, ok := out[p]; !ok || compareRows(row, f.Row) < 0 {
			out[p] = f.Row
		}
	}
	return out
}

package extract

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
)

// Opened is an extract that was run again.
type Opened struct {
	*Extract
	Answer *follow.Answer
	Result *result.Result
	Worth  *price.Values
}

// Open runs the trace again and reads what it found. Of an external trace it takes what
// was found then; there is no grading of it, and nothing is tried without.
func (e *Extract) Open(ctx context.Context) (*Opened, error) {
	o := &Opened{Extract: e}
	var err error
	if o.Worth, err = e.worth(); err != nil {
		return nil, fmt.Errorf("open trace %q: %w", e.ID, err)
	}
	q := e.Question()
	if o.Answer = e.Found; o.Answer == nil {
		if o.Answer, err = follow.Replay(ctx, e.record(), q); err != nil {
			return nil, fmt.Errorf("open trace %q: %w", e.ID, err)
		}
	}
	about := result.Options{Values: o.Worth, Notes: e.Notes}
	if !e.External() {
		about.Marked = result.Reached(o.Answer, e.Rules.Until, e.marked())
		in := again.Inquiry{Question: q, Answer: o.Answer, LinksOnly: true, Run: func(ctx context.Context, q follow.Question) (*follow.Answer, error) {
			return follow.Replay(ctx, e.record(), q)
		}}
		if about.Grading, err = in.Grade(ctx); err != nil {
			return nil, fmt.Errorf("open trace %q: %w", e.ID, err)
		}
		if about.Trials, err = in.Try(ctx, 0); err != nil {
			return nil, fmt.Errorf("open trace %q: %w", e.ID, err)
		}
	}
	if o.Result, err = result.New(o.Answer, about); err != nil {
		return nil, fmt.Errorf("open trace %q: %w", e.ID, err)
	}
	return o, nil
}

// worth is the prices and facts of the file.
func (e *Extract) worth() (*price.Values, error) {
	v := &price.Values{Prices: &price.Table{}, Assets: &price.Assets{}}
	for i, a := range e.Assets {
		if err := v.Assets.Add(a.Asset, a.Fact); err != nil {
			return nil, fmt.Errorf("assets[%d]: %w", i, err)
		}
	}
	for i, p := range e.Prices {
		if err := v.Prices.Add(p.Of, p.Price); err != nil {
			return nil, fmt.Errorf("prices[%d]: %w", i, err)
		}
	}
	return v, nil
}

// marked are the rows that thefts mark.
func (e *Extract) marked() []result.Marked {
	rows := map[follow.Mark]*ledger.Transfer{}
	for i := range e.Rows {
		t := &e.Rows[i].Transfer
		rows[follow.Mark{Chain: t.Chain, Tx: t.Tx, Kind: t.Kind, Index: t.Index}] = t
	}
	var out []result.Marked
	for _, theft := range e.Thefts {
		for _, m := range theft.Marks {
			if t, ok := rows[m]; ok {
				out = append(out, result.Marked{Theft: theft.ID, Mark: m, Asset: t.Asset, Value: t.Value, Time: t.Time})
			}
		}
	}
	return out
}

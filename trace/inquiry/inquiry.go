// Package inquiry asks what a trace is asked from beginning to end: it follows thefts
// over a ledger, proposes links where value reached swaps and bridges, follows these as
// well, grades what was found, says what falls without which link, and looks for peel
// chains and at mixers beside it.
//
//	out, err := inquiry.Run(ctx, inquiry.Case{Snapshot: snapshot, Question: q, Services: services, Methods: inquiry.Decoded})
//	if err != nil {
//		return err
//	}
//	for _, c := range out.Result.CashOuts {
//		fmt.Println(c.Theft, c.Service.Name, c.Span.Least, c.Span.Most, c.Path)
//	}
//
// Package page writes all of out.Result for people.
//
// A link is followed only if it is of the methods that are asked for. The same case
// gives the same outcome.
package inquiry

import (
	"context"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/attribution"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/link"
	"github.com/turtlebay/turtlebay/trace/mixer"
	"github.com/turtlebay/turtlebay/trace/pattern"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
)

// Methods says which proposed links are followed.
type Methods string

// The methods, each with those before it.
const (
	None    Methods = "none"    // those of the question alone
	Decoded Methods = "decoded" // events with an id, and swaps within a transaction
	All     Methods = "all"     // memos, and amounts that agree: heuristics
)

// rounds is how often links are proposed for what the last ones brought.
const rounds = 16

// Case is what is asked.
type Case struct {
	Snapshot ledger.Snapshot
	Question follow.Question // its services are those of Services, if these are given
	Services *attribution.Services
	Methods  Methods
	Events   []link.Event
	Memos    []link.Memo
	Pools    []mixer.Pool  // beside those of mixer.Tornado
	AtMixers []mixer.Event // what is known of mixers beside the ledger
	Worth    *price.Values
	Day      int64    // everything is valued once more then; 0: not
	Notes    []string // what was asked for and could not be, for whoever reads the result
	Trials   int      // how often it is asked again without something doubtful; negative: never
}

// Outcome is all that was found.
type Outcome struct {
	Question follow.Question // with the links that were followed
	Answer   *follow.Answer
	Result   *result.Result
	Proposed []link.Proposal  // those that were followed, in the order in which they were found
	Rejected []link.Rejection // of the last round
	Peels    []pattern.Peel
	Mixers   *mixer.Result // nil: no mixer that is looked into was reached
	Worth    *price.Values
	Notes    []string // what was not done, and why
}

// Run asks it.
func Run(ctx context.Context, c Case) (*Outcome, error) {
	o := &Outcome{Question: c.Question, Worth: c.Worth, Notes: slices.Clone(c.Notes)}
	if c.Services != nil {
		o.Question.Services = c.Services
	}
	o.Question.Record = true
	if err := o.follow(ctx, c); err != nil {
		return nil, err
	}
	about, err := o.judge(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := o.peel(ctx, c); err != nil {
		return nil, err
	}
	if err := o.mixers(ctx, c); err != nil {
		return nil, err
	}
	about.Notes = o.Notes
	o.Result, err = result.New(o.Answer, about)
	return o, err
}

// follow runs the trace, and again with links for what it brought, until there are no
// new ones.
func (o *Outcome) follow(ctx context.Context, c Case) (err error) {
	for range rounds {
		if o.Answer, err = follow.Run(ctx, c.Snapshot, o.Question); err != nil {
			return err
		}
		found, err := o.propose(ctx, c)
		if err != nil || found == 0 {
			return err
		}
	}
	o.Notes = append(o.Notes, fmt.Sprintf("links were proposed in %d rounds and no more were looked for", rounds))
	return nil
}

// propose adds links for rows that reached swaps and bridges; it says how many are new.
func (o *Outcome) propose(ctx context.Context, c Case) (int, error) {
	if c.Methods == None || c.Methods == "" {
		return 0, nil
	}
	paid := o.unlinked()
	if len(paid) == 0 {
		return 0, nil
	}
	q := link.Query{Snapshot: c.Snapshot, Paid: paid, Services: o.Question.Services, Events: c.Events, Tokens: tokens(c.Worth), USD: dollars(c.Worth)}
	if c.Methods == All {
		q.Memos = c.Memos
		if c.Services != nil {
			q.Payers = c.Services.Addresses(follow.Swap, follow.Bridge)
		}
	}
	found, err := link.Propose(ctx, q)
	if err != nil {
		return 0, err
	}
	o.Rejected = found.Rejected
	if found.Stopped != "" {
		o.Notes = append(o.Notes, "the search for links reached its bound on "+found.Stopped+": nothing was concluded from amounts")
	}
	n := 0
	for _, p := range found.Proposals {
		taken := func(l follow.Link) bool { return l.ID == p.Link.ID || l.Out == p.Link.Out || l.In == p.Link.In }
		if slices.ContainsFunc(o.Question.Links, taken) {
			continue
		}
		o.Question.Links = append(slices.Clip(o.Question.Links), p.Link)
		o.Proposed = append(o.Proposed, p)
		n++
	}
	return n, nil
}

// unlinked are the rows that reached a swap or bridge and have no link.
func (o *Outcome) unlinked() []follow.Mark {
	return slices.DeleteFunc(link.Paid(o.Answer), func(m follow.Mark) bool {
		return slices.ContainsFunc(o.Question.Links, func(l follow.Link) bool { return l.Out == m })
	})
}

// tokens tells assets by their symbols, where it is known how they are divided.
func tokens(worth *price.Values) func(chain.ID, ledger.Asset) (link.Token, bool) {
	return func(id chain.ID, a ledger.Asset) (link.Token, bool) {
		f, ok := worth.Fact(price.Asset{Chain: id, Asset: a})
		return link.Token{Symbol: f.Symbol, Decimals: f.Decimals}, ok && f.Symbol != ""
	}
}

// dollars values an amount in millionths of a dollar.
func dollars(worth *price.Values) func(chain.ID, ledger.Asset, chain.Amount, int64) (chain.Amount, bool) {
	return func(id chain.ID, a ledger.Asset, value chain.Amount, at int64) (chain.Amount, bool) {
		usd, err := worth.USD(price.Asset{Chain: id, Asset: a}, value, at)
		if err != nil {
			return chain.Amount{}, false
		}
		cents, err := chain.ParseUnits(usd.Cents(), 6)
		return cents, err == nil
	}
}

// judge grades what was found and tries it without what is doubtful.
func (o *Outcome) judge(ctx context.Context, c Case) (about result.Options, err error) {
	about = result.Options{Values: c.Worth, Day: c.Day}
	if about.Marked, err = o.marked(ctx, c.Snapshot); err != nil {
		return about, err
	}
	about.Marked = result.Reached(o.Answer, o.Question.Rules.Until, about.Marked)
	in := again.Inquiry{Question: o.Question, Answer: o.Answer, Run: func(ctx context.Context, q follow.Question) (*follow.Answer, error) {
		q.Record = false
		return follow.Run(ctx, c.Snapshot, q)
	}}
	if about.Grading, err = in.Grade(ctx); err != nil {
		return about, err
	}
	if c.Trials >= 0 {
		about.Trials, err = in.Try(ctx, c.Trials)
	}
	return about, err
}

// marked are the rows that thefts mark, as the ledger has them.
func (o *Outcome) marked(ctx context.Context, snapshot ledger.Snapshot) (out []result.Marked, err error) {
	held := map[string][]ledger.Transfer{}
	for _, theft := range o.Question.Thefts {
		for _, m := range theft.Marks {
			key := string(m.Chain) + "\x00" + m.Tx
			rows, ok := held[key]
			if !ok {
				if rows, err = snapshot.Transaction(ctx, m.Chain, m.Tx); err != nil {
					return nil, fmt.Errorf("marked rows: %w", err)
				}
				held[key] = rows
			}
			for _, t := range rows {
				if t.Kind == m.Kind && t.Index == m.Index {
					out = append(out, result.Marked{Theft: theft.ID, Mark: m, Asset: t.Asset, Value: t.Value, Time: t.Time})
				}
			}
		}
	}
	return out, nil
}

// peel looks for peel chains on chains of outputs.
func (o *Outcome) peel(ctx context.Context, c Case) error {
	for _, l := range o.Answer.Ledgers {
		if of, ok := chain.Lookup(l.Chain); !ok || of.Model != chain.UTXO {
			continue
		}
		outputs := pattern.Outputs(o.Answer.Flows, l.Chain)
		if len(outputs) == 0 {
			continue
		}
		found, err := pattern.Peels(ctx, c.Snapshot, l.Chain, outputs, pattern.Rules{Services: o.Question.Services})
		if err != nil {
			return err
		}
		if found.Stopped {
			o.Notes = append(o.Notes, fmt.Sprintf("the search for peel chains stopped after %d transactions", found.Looked))
		}
		o.Peels = append(o.Peels, found.Chains...)
	}
	return nil
}

// mixers looks for withdrawals that may be of the theft, where the trace reached pools.
func (o *Outcome) mixers(ctx context.Context, c Case) error {
	pools, routers := mixer.Tornado()
	traced := mixer.Traced(o.Answer)
	if len(traced) == 0 {
		return nil
	}
	found, err := mixer.Find(ctx, mixer.Query{
		Snapshot: c.Snapshot, Pools: append(pools, c.Pools...), Events: c.AtMixers, Traced: traced,
		Routers: []ledger.Frontier{{Chain: chain.Ethereum, Addresses: routers}},
	})
	if err != nil {
		return fmt.Errorf("look at mixers: %w", err)
	}
	if len(found.Deposits) > 0 {
		o.Mixers = found
	}
	return nil
}

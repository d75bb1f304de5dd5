package pattern

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Rules are what makes a peel chain. A nought is the default.
type Rules struct {
	Least    int             // transactions: 3
	Share    int             // the least part of its input that a transaction's change has, per mille: 500
	Gap      int64           // the most seconds from one transaction to the next: 14 days
	Most     int             // transactions that are looked at in all: DefaultMost
	Services follow.Services // nil: nobody is known
}

// DefaultMost is how many transactions a search looks at, if its rules do not say. One
// takes about a kilobyte.
const DefaultMost = 200_000

func (r Rules) orDefaults() Rules {
	r.Least, r.Share = cmp.Or(r.Least, 3), cmp.Or(r.Share, 500)
	r.Gap, r.Most = cmp.Or(r.Gap, 14*24*3600), cmp.Or(r.Most, DefaultMost)
	return r
}

// Found is what a search found.
type Found struct {
	Chains []Peel // by the time of the first transaction, then by its id
	Looked int    // transactions that were looked at
	// Stopped: the search reached Rules.Most. Chains that were not known as a whole are
	// left out.
	Stopped bool
}

// Peel is a peel chain.
type Peel struct {
	Chain       chain.ID
	Txs         []string       // ids in bytes, in order: its length is their number
	First, Last int64          // time of the first and of the last transaction
	From        ledger.Address // that the first transaction spends from
	Input       chain.Amount   // that the first transaction spends
	Payees      []Payee        // one for each transaction
	Peeled      chain.Amount   // what they were paid together
	Fees        chain.Amount
	Change      Payee // of the last transaction: Input = Peeled + Fees + Change.Value
}

// Payee is an output of a peel chain.
type Payee struct {
	Output  follow.RowID
	Address ledger.Address
	Value   chain.Amount
	Service *follow.Service // nil: nobody who is known
}

// Services are the payees that are services, in the order of the chain, and the
// holder of the last change if that is one.
func (p *Peel) Services() (out []Payee) {
	for _, o := range append(slices.Clip(p.Payees), p.Change) {
		if o.Service != nil {
			out = append(out, o)
		}
	}
	return out
}

// Peels finds the peel chains that make or spend one of the outputs, each once and
// whole: it looks back from them as well as ahead.
//
// The change of a transaction is the output of the highest value, and has at least
// Rules.Share of what the transaction spends. Of two equal ones it is the one that the
// chain goes on from, or else that of the lower index. So a transaction is in one
// chain at most. A last transaction has a change as well, which nobody spends in the
// chain's way.
func Peels(ctx context.Context, from Source, id chain.ID, of []ledger.Outpoint, rules Rules) (Found, error) {
	s := &search{from: from, id: id, rules: rules.orDefaults(), steps: map[string]*step{}, settled: map[string]bool{}}
	for _, o := range of {
		spenders, err := from.Spenders(ctx, id, []ledger.Outpoint{o})
		if err == nil {
			err = s.settle(ctx, o.Tx)
		}
		if err == nil && spenders[0].Tx != "" {
			err = s.settle(ctx, spenders[0].Tx)
		}
		if err != nil {
			return Found{}, fmt.Errorf("look for peel chains on %s: %w", id, err)
		}
		if s.found.Stopped {
			break
		}
	}
	slices.SortFunc(s.found.Chains, func(a, b Peel) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Txs[0], b.Txs[0]))
	})
	return s.found, nil
}

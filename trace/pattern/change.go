package pattern

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Heuristic is a mark by which change is told from a payment.
type Heuristic string

// The heuristics.
const (
	Back        Heuristic = "pays an input address back"
	Fresh       Heuristic = "only address never seen before"
	Script      Heuristic = "only address of the kind that is spent from"
	NotRound    Heuristic = "only amount that is not round"
	Unnecessary Heuristic = "only amount below every input"
)

// Heuristics lists the heuristics in the order in which they are printed.
func Heuristics() []Heuristic { return []Heuristic{Back, Fresh, Script, NotRound, Unnecessary} }

// Weights is how much a vote of each heuristic weighs, per mille. 1000 is certain.
type Weights map[Heuristic]int

// DefaultWeights say which heuristic to trust before which; they are a judgement, not a
// measured share of right votes.
func DefaultWeights() Weights {
	return Weights{Back: 1000, Fresh: 600, Script: 500, NotRound: 400, Unnecessary: 400}
}

// Vote is one heuristic's word on one output.
type Vote struct {
	Heuristic Heuristic
	Output    uint32 // index of the output that it takes for the change
	Weight    int    // per mille
	Reason    string // what it was seen by, in values and addresses of the transaction
}

// Seen reports whether an address was in a row of the ledger before the transaction.
type Seen func(ledger.Address) (bool, error)

// Change lets each heuristic vote on which output of a transaction is its change, by
// heuristic and then by index. A heuristic that cannot tell does not vote: none does
// where fewer than two outputs have value, where no input is known, or in a CoinJoin,
// as package cluster tells one, in which strangers have a change each. Votes can
// contradict each other; they are not added up, and a vote joins nothing.
//
//   - Back: an output to an address that is spent from. Each such output has a vote.
//   - Fresh: one output address was never seen, all others were. seen may be nil: then
//     it does not vote.
//   - Script: one output address is of the kind of all input addresses, all others are
//     of another.
//   - NotRound: one amount is not round, all others are: at most three digits and three
//     zeros or more after them, in base units.
//   - Unnecessary: there are several inputs, and one output alone is less than each of
//     them: were another one the change, an input would not have been needed.
//
// Errors are those of seen, and of values that are none.
func Change(tx *Tx, seen Seen, w Weights) ([]Vote, error) {
	v := &ballot{tx: tx, weights: w}
	for _, o := range tx.Outputs {
		if !o.Value.IsZero() {
			v.outputs = append(v.outputs, o)
		}
	}
	c, err := tx.Cluster()
	if err != nil || len(v.outputs) < 2 || len(c.Inputs) == 0 || c.CoinJoin() {
		return nil, err
	}
	v.back()
	if seen != nil {
		if err := v.fresh(seen); err != nil {
			return nil, fmt.Errorf("change of transaction %s: %w", name(tx.ID), err)
		}
	}
	v.script()
	v.notRound()
	v.unnecessary()
	return v.votes, nil
}

// ballot collects the votes on a transaction.
type ballot struct {
	tx      *Tx
	outputs []ledger.Transfer // that have value
	weights Weights
	votes   []Vote
}

func (b *ballot) vote(h Heuristic, o *ledger.Transfer, reason string) {
	b.votes = append(b.votes, Vote{Heuristic: h, Output: o.Index, Weight: b.weights[h], Reason: reason})
}

// only is the one output that fits; nil if none does, or several.
func (b *ballot) only(fits func(*ledger.Transfer) bool) (one *ledger.Transfer) {
	for i := range b.outputs {
		if fits(&b.outputs[i]) {
			if one != nil {
				return nil
			}
			one = &b.outputs[i]
		}
	}
	return one
}

// text shows who is paid.
func (b *ballot) text(o *ledger.Transfer) string { return o.To.Text(b.tx.Chain) }

func (b *ballot) back() {
	for i := range b.outputs {
		o := &b.outputs[i]
		spends := func(in ledger.Transfer) bool { return in.From == o.To }
		if at := slices.IndexFunc(b.tx.Inputs, spends); o.To != "" && at >= 0 {
			b.vote(Back, o, fmt.Sprintf("%s is the address of input %d", b.text(o), b.tx.Inputs[at].Index))
		}
	}
}

func (b *ballot) fresh(seen Seen) error {
	known := map[ledger.Address]bool{}
	for _, in := range b.tx.Inputs {
		known[in.From] = true
	}
	for _, o := range b.outputs {
		if o.To == "" {
			return nil // who it pays is not known
		}
		if known[o.To] {
			continue
		}
		was, err := seen(o.To)
		if err != nil {
			return err
		}
		known[o.To] = was
	}
	if one := b.only(func(o *ledger.Transfer) bool { return !known[o.To] }); one != nil {
		b.vote(Fresh, one, fmt.Sprintf("%s was in no earlier row, all other outputs pay addresses that were", b.text(one)))
	}
	return nil
}

func (b *ballot) script() {
	kind, ok := b.kind(b.tx.Inputs[0].From)
	for _, in := range b.tx.Inputs {
		if k, known := b.kind(in.From); !known || k != kind {
			ok = false
		}
	}
	for _, o := range b.outputs {
		if _, known := b.kind(o.To); !known {
			ok = false
		}
	}
	if !ok {
		return
	}
	same := func(o *ledger.Transfer) bool {
		k, _ := b.kind(o.To)
		return k == kind
	}
	if one := b.only(same); one != nil {
		b.vote(Script, one, fmt.Sprintf("%s is of the kind %s as all inputs are, the other outputs are not", b.text(one), kind))
	}
}

func (b *ballot) kind(a ledger.Address) (chain.Kind, bool) {
	at, ok := a.On(b.tx.Chain)
	return at.Kind(), ok
}

func (b *ballot) notRound() {
	if one := b.only(func(o *ledger.Transfer) bool { return !isRound(o.Value) }); one != nil {
		b.vote(NotRound, one, fmt.Sprintf("%s is not round, the other amounts are", one.Value))
	}
}

// isRound: at most three digits, and three noughts or more after them.
func isRound(a chain.Amount) bool {
	text := a.String()
	digits := strings.TrimRight(text, "0")
	return len(digits) <= 3 && len(text)-len(digits) >= 3
}

func (b *ballot) unnecessary() {
	if len(b.tx.Inputs) < 2 {
		return
	}
	least := b.tx.Inputs[0].Value
	for _, in := range b.tx.Inputs {
		if in.Value.Cmp(least) < 0 {
			least = in.Value
		}
	}
	if least.IsZero() {
		return // a value that the source did not know
	}
	if one := b.only(func(o *ledger.Transfer) bool { return o.Value.Cmp(least) < 0 }); one != nil {
		b.vote(Unnecessary, one, fmt.Sprintf("%s is below every input, of which the least is %s", one.Value, least))
	}
}

// History is what tells earlier rows of addresses: a ledger.Snapshot does.
type History interface {
	Expand(ctx context.Context, of ledger.Frontier, step ledger.Step) iter.Seq2[ledger.Transfer, error]
}

// SeenBefore asks a ledger whether addresses were in rows before the transaction: in
// an earlier block, or before it in its own.
func SeenBefore(ctx context.Context, h History, tx *Tx) Seen {
	return func(a ledger.Address) (bool, error) {
		of := ledger.Frontier{Chain: tx.Chain, Addresses: []ledger.Address{a}}
		for _, d := range []ledger.Direction{ledger.In, ledger.Out} {
			for row, err := range h.Expand(ctx, of, ledger.Step{Direction: d, Until: tx.Time}) {
				if err != nil {
					return false, err
				}
				if cmp.Or(cmp.Compare(row.Block, tx.Block), cmp.Compare(row.Pos, tx.Pos)) < 0 {
					return true, nil
				}
				break // rows come in order
			}
		}
		return false, nil
	}
}

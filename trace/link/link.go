// Package link proposes what a swap or a bridge paid for what it was paid: candidates
// for [follow.Question.Links], each with how it was found, what it rests on and how
// sure it is.
//
// # Contract
//
// [Propose] looks at rows that traced addresses paid to services and tries, in this
// order: events with an id that somebody decoded and swaps within one transaction (both
// [follow.Decoded]; of a transaction, only where net of what is passed on nobody else
// pays the one asset or receives the other), memos that name the address to pay, and amounts that agree within a
// fee and a time (both [follow.Heuristic], with the error that was measured). A row is
// part of one proposal at most. Where two candidates fit, on either side, nothing is
// proposed and the reason is a [Rejection]. Whether a proposal becomes a link of a
// trace is for whoever asks.
//
// The same query gives the same result. At most Options.MaxRows rows of the ledger are
// read for memos and amounts; past that nothing is concluded from them, and the result
// says so.
//
// # Example
//
//	events, _, err := link.ReadEvents("events.csv", f)
//	if err != nil {
//		return err
//	}
//	found, err := link.Propose(ctx, link.Query{Snapshot: snapshot, Paid: link.Paid(answer), Events: events})
//	if err != nil {
//		return err
//	}
//	for _, p := range found.Proposals {
//		fmt.Println(p.Link.ID, p.Link.Method, p.Link.Confidence, p.Note)
//	}
package link

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// The methods, as [follow.Link.Method] names them.
const (
	ByEvent       = "event id"
	ByTransaction = "same transaction"
	ByMemo        = "memo"
	ByAmount      = "amount and time"
)

// ReasonOrder rejects a payout that the ledger orders before its payment: no trace can
// follow such a link. The candidate is named.
const ReasonOrder = "the payout stands before the payment in the ledger"

// ReasonPayers and ReasonPayees reject a swap within a transaction in which somebody else
// has a part, net of what is passed on: which part of the payout is for which payment is
// not to be read from the rows. A service may keep a fee of the asset that is paid.
const (
	ReasonPayers = "others pay the same asset in the transaction"
	ReasonPayees = "others receive the same asset in the transaction"
)

// undecided rejects what a bound left open; which one follows.
const undecided = "not decided, the bound was reached: "

// Query is what is asked.
type Query struct {
	Snapshot ledger.Snapshot
	Paid     []follow.Mark   // rows that traced addresses paid to swaps and bridges
	Services follow.Services // nil: nobody is known
	Events   []Event
	Memos    []Memo
	// Payers are the addresses that services pay from. Without them nothing is matched
	// by amount.
	Payers []ledger.Frontier
	// Tokens tells which assets of several chains are the same thing. The chains' own
	// coins are known; nil: nothing else is.
	Tokens func(id chain.ID, a ledger.Asset) (Token, bool)
	// USD is the value of an amount at a time, in millionths of a dollar; nil: nothing
	// has a price.
	USD     func(id chain.ID, a ledger.Asset, value chain.Amount, at int64) (millionths chain.Amount, ok bool)
	Options Options
}

// Paid are the rows of an answer that brought taint to swaps and bridges, each once.
func Paid(a *follow.Answer) []follow.Mark {
	var out []follow.Mark
	seen := map[follow.Mark]bool{}
	for i := range a.Arrivals {
		x := &a.Arrivals[i]
		m := follow.Mark{Chain: x.Row.Chain, Tx: x.Row.Tx, Kind: x.Row.Kind, Index: x.Row.Index}
		if c := a.Services[x.Service].Class; (c == follow.Swap || c == follow.Bridge) && !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}

// Token is what an asset is, wherever it is issued.
type Token struct {
	Symbol   string
	Decimals uint8
}

// Options are the parameters. A nought is the default that stands beside it.
type Options struct {
	Window       time.Duration // from payment to payout, by amount: 30 minutes
	MemoWindow   time.Duration // the same by memo: 2 hours, because payouts are queued
	FeePermille  int64         // what a service keeps at most: 20
	GapPermille  int64         // difference in dollars from which a proposal is flagged: 50
	MaxRows      uint64        // rows of the ledger that are read: 5,000,000
	MaxCompared  uint64        // pairs of amounts that are compared: 50,000,000
	MaxNamed     int           // candidates that a rejection names: 16
	MemoPermille int64         // of the value paid, what a payout by memo brings at least: 500
}

func (o Options) filled() (Options, error) {
	if o.Window < 0 || o.MemoWindow < 0 || o.FeePermille < 0 || o.FeePermille > 1000 || o.GapPermille < 0 || o.MemoPermille < 0 || o.MemoPermille > 1000 || o.MaxNamed < 0 {
		return o, fmt.Errorf("%w: a window or a share is out of its range", ErrOptions)
	}
	or(&o.Window, 30*time.Minute)
	or(&o.MemoWindow, 2*time.Hour)
	or(&o.FeePermille, 20)
	or(&o.GapPermille, 50)
	or(&o.MaxRows, 5_000_000)
	or(&o.MaxCompared, 50_000_000)
	or(&o.MaxNamed, 16)
	or(&o.MemoPermille, 500)
	return o, nil
}

func or[T comparable](v *T, def T) {
	var nought T
	if *v == nought {
		*v = def
	}
}

// ErrOptions: a parameter that cannot be meant.
var ErrOptions = errors.New("parameters of links not usable")

// Proposal is a link that could be drawn.
type Proposal struct {
	Link    follow.Link
	Out, In ledger.Transfer
	Rests   []string // what it rests on: lines of files, rows, prices
	Note    string   // what speaks against it, as a gap in dollars; may be empty
}

// Rejection is a method that found no link for a row, and why.
type Rejection struct {
	Paid       follow.Mark
	Method     string
	Reason     string
	Fit        int           // how many candidates there were
	Candidates []follow.Mark // the first of them
}

// Result is what was found. Lists are in the order of the rows paid: by chain, then as
// they stand in the ledger.
type Result struct {
	Proposals []Proposal
	Rejected  []Rejection
	Open      []follow.Mark // rows paid for which nothing is proposed
	Rows      uint64        // of the ledger that were read
	Compared  uint64        // pairs of amounts
	Stopped   string        // "rows" or "comparisons": a bound was reached, and amounts prove nothing; else empty
}

// Propose proposes links for the rows paid. Errors are those of the snapshot, of ctx and
// ErrOptions.
func Propose(ctx context.Context, q Query) (*Result, error) {
	o, err := q.Options.filled()
	if err != nil {
		return nil, err
	}
	r := &run{ctx: ctx, q: &q, o: o, used: map[follow.Mark]bool{}, settled: map[follow.Mark]bool{}, out: &Result{}}
	if err := r.resolve(); err != nil {
		return nil, err
	}
	for _, stage := range []func() error{r.byEvent, r.byTransaction, r.byMemo, r.byAmount} {
		if err := stage(); err != nil {
			return nil, fmt.Errorf("propose links: %w", err)
		}
	}
	r.finish()
	return r.out, nil
}

// run is one call of Propose.
type run struct {
	ctx     context.Context
	q       *Query
	o       Options
	paid    []ledger.Transfer
	used    map[follow.Mark]bool // rows of proposals, on either side
	settled map[follow.Mark]bool // rows paid that no weaker method may decide
	out     *Result
}

func markOf(t *ledger.Transfer) follow.Mark {
	return follow.Mark{Chain: t.Chain, Tx: t.Tx, Kind: t.Kind, Index: t.Index}
}

// resolve reads the rows paid, each once.
func (r *run) resolve() error {
	seen := map[follow.Mark]bool{}
	for _, m := range r.q.Paid {
		if seen[m] {
			continue
		}
		seen[m] = true
		t, ok, err := r.row(m)
		if err != nil {
			return fmt.Errorf("propose links: %w", err)
		}
		switch {
		case !ok:
			r.reject(m, "", "the ledger does not hold the row", nil)
		case t.Kind == ledger.Input || t.To == "" || t.Value.IsZero():
			r.reject(m, "", "the row pays nobody", nil)
		default:
			r.paid = append(r.paid, t)
		}
	}
	slices.SortFunc(r.paid, compareRows)
	return nil
}

func compareRows(a, b ledger.Transfer) int {
	if n := strings.Compare(string(a.Chain), string(b.Chain)); n != 0 {
		return n
	}
	return ledger.Compare(&a, &b)
}

// row is a row of the ledger by its key.
func (r *run) row(m follow.Mark) (ledger.Transfer, bool, error) {
	rows, err := r.q.Snapshot.Transaction(r.ctx, m.Chain, m.Tx)
	r.out.Rows += uint64(len(rows))
	for i := range rows {
		if rows[i].Kind == m.Kind && rows[i].Index == m.Index {
			return rows[i], err == nil, err
		}
	}
	return ledger.Transfer{}, false, err
}

// open streams the rows paid that are still to be matched.
func (r *run) open(yield func(*ledger.Transfer) bool) {
	for i := range r.paid {
		if m := markOf(&r.paid[i]); !r.used[m] && !r.settled[m] && !yield(&r.paid[i]) {
			return
		}
	}
}

func (r *run) reject(m follow.Mark, method, reason string, candidates []follow.Mark) {
	n := len(candidates)
	r.out.Rejected = append(r.out.Rejected, Rejection{m, method, reason, n, candidates[:min(n, r.o.MaxNamed)]})
}

// propose takes both rows for a link. The id names the row paid where nothing else does.
func (r *run) propose(id string, out, in *ledger.Transfer, method string, rests ...string) *Proposal {
	l := follow.Link{ID: id, Kind: r.kind(out, in), Out: markOf(out), In: markOf(in), Confidence: follow.Decoded, Method: method}
	if id == "" {
		l.ID = strings.ReplaceAll(method, " ", "-") + ":" + place(out)
	}
	r.used[l.Out], r.used[l.In] = true, true
	r.out.Proposals = append(r.out.Proposals, Proposal{Link: l, Out: *out, In: *in, Rests: rests})
	p := &r.out.Proposals[len(r.out.Proposals)-1]
	p.Note = r.gap(out, in)
	return p
}

// place is "CHAIN:0xTX:INDEX".
func place(t *ledger.Transfer) string {
	return string(t.Chain) + ":0x" + hex.EncodeToString([]byte(t.Tx)) + ":" + strconv.FormatUint(uint64(t.Index), 10)
}

// kind is what the service that was paid is known as, else a bridge between chains and
// a swap on one.
func (r *run) kind(out, in *ledger.Transfer) follow.Class {
	if r.q.Services != nil {
		if s, ok := r.q.Services.Service(out.Chain, out.To); ok && (s.Class == follow.Swap || s.Class == follow.Bridge) {
			return s.Class
		}
	}
	if out.Chain != in.Chain {
		return follow.Bridge
	}
	return follow.Swap
}

// before reports whether a payment stands before its payout, by time and then as the
// ledger orders rows, chains by their names. Of one transaction of a chain of accounts
// it may stand behind it: traces and token transfers are numbered apart there.
func before(out, in *ledger.Transfer) bool {
	switch {
	case out.Chain == in.Chain && out.Tx == in.Tx && out.Kind == ledger.Payment:
		return out.Index != in.Index
	case out.Chain == in.Chain:
		return ledger.Compare(out, in) < 0
	case out.Time == in.Time:
		return out.Chain < in.Chain
	}
	return out.Time < in.Time
}

// note joins remarks.
func (p *Proposal) note(text string) {
	if p.Note != "" {
		p.Note += "; "
	}
	p.Note += text
}

// finish brings the lists into their order.
func (r *run) finish() {
	rank, linked := map[follow.Mark]int{}, map[follow.Mark]bool{}
	for _, p := range r.out.Proposals {
		linked[p.Link.Out] = true
	}
	for i := range r.paid {
		m := markOf(&r.paid[i])
		rank[m] = i
		if linked[m] {
			continue
		}
		r.out.Open = append(r.out.Open, m)
		if r.used[m] && !r.settled[m] {
			r.reject(m, "", "the row is the payout of another link", nil)
		}
	}
	slices.SortFunc(r.out.Proposals, func(a, b Proposal) int { return rank[a.Link.Out] - rank[b.Link.Out] })
	slices.SortStableFunc(r.out.Rejected, func(a, b Rejection) int { return rank[a.Paid] - rank[b.Paid] })
}

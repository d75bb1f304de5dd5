// Package trace follows stolen value: through the outputs of transactions (Coins) or
// through the balances of accounts (Accounts), by every policy of trace/accounting
// and for every theft at once, in one pass over the rows.
//
//	result, err := trace.Coins{
//		Genesis: []trace.Output{{Outpoint: "g:0", Address: "victim", Value: accounting.Whole(3)}},
//		Txs: []trace.Tx{{ID: "t", Inputs: []string{"g:0"}, Outputs: []trace.Output{{Address: "thief", Value: accounting.Whole(3)}}}},
//		Thefts: []trace.Theft{{ID: "T1", Mark: "t:0"}},
//	}.Trace(ctx)
//	result.Traces[0].Held["t:0"] // 3
//
// This is the reference: amounts are exact fractions, and the same rows give the same
// result always. It keeps all rows in memory and is meant for worked cases and for
// what a reader checks by hand, not for whole chains.
//
// A trace stops at services (Params.Boundary), books what falls under a dust floor,
// and books fees, so that what was stolen is accounted for to the base unit:
// Trace.Sums shows it for every policy but poison. Where an account pays more than
// it was seen to receive, the missing part is taken for clean and reported as
// unobserved.
//
// Rows that cannot be so (an output spent twice, an unknown outpoint, more paid out
// than in) are refused with a *FieldError. A trace whose work exceeds its bound ends
// with ErrLimit and no result.
package trace

import (
	"context"
	"errors"
	"strconv"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Amount is an amount in base units of its asset.
type Amount = accounting.Exact

// lots is what lies at one place in one trace.
type lots = accounting.Lots[Amount]

// All is the theft that is all thefts at once. It is traced where there are two or more.
const All = "any"

// MaxWork bounds a trace, in units of about a word of a number that is counted with. It
// is reached in ten to twenty seconds and at about 1 GB. Haircut is what takes it first:
// its fractions grow longer with every mixing, so that it goes over some five thousand
// payments among a few hundred accounts that all pay each other, but over hundreds of
// thousands of outputs where few coins mix.
const MaxWork = 1 << 28

// What is counted beside the numbers.
const (
	workRow   = 4   // a row that a policy looks at, and each input and output of it
	workKept  = 48  // an amount in a result
	workTheft = 256 // the books of a theft
)

// ErrLimit is a trace that takes more work than Params.Work or MaxWork.
var ErrLimit = errors.New("the trace takes more work than is allowed")

// FieldError is a row that cannot be so.
type FieldError struct {
	Field  string // as in "Txs[3].Inputs[0]", by the names of the schema: "txs[3].inputs[0]"
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// Params are the rules of a trace that its rows do not tell.
type Params struct {
	// FeesToMiner lets the fees of a block join its coinbase. Else a fee is an end
	// point, as it always is between accounts.
	FeesToMiner bool
	// Boundary lists addresses or accounts of services. Tainted value that reaches
	// one ends there, and what it pays is clean.
	Boundary []string
	// Dust is the floor below which a tainted amount is not carried on but booked as
	// dropped; nil is none. With a floor there are no bounds.
	Dust *Amount
	// Unseen keeps poison at an account that paid more than it was seen to receive: it
	// held more than the rows tell, and is not known to be empty when what is known of it
	// is spent. Else it is clean again then, as in worked cases.
	Unseen bool
	// Work bounds the trace where MaxWork is too much; nought is MaxWork.
	Work int64
}

// meter counts the work of one trace.
func (p Params) meter() *accounting.Meter {
	if p.Work <= 0 {
		return accounting.NewMeter(MaxWork)
	}
	return accounting.NewMeter(min(p.Work, MaxWork))
}

// Theft marks an output (by outpoint) or what an event brings (by event id) as stolen
// as a whole. Several may have one id; they are one theft.
type Theft struct{ ID, Mark string }

// Result is what Trace finds.
type Result struct {
	Thefts []string // in the order of their first rows, then All
	Traces []Trace  // every policy in order, for each every theft in order
	// Reach is the bounds by theft and outpoint of what can be tainted of the outputs
	// that transactions made; nil for accounts and under a dust floor.
	Reach map[string]map[string]accounting.Bounds[Amount]
}

// Amounts is amounts above nought by what they belong to.
type Amounts map[string]Amount

// Trace is one theft by one policy. Keys are outpoints and transaction ids for coins;
// for accounts they are event ids and places, account and asset with "/" between.
type Trace struct {
	Policy     accounting.Policy
	Theft      string
	Arrived    Amounts // taint of each output at creation, or brought by each event
	Held       Amounts // taint of unspent outputs, or in places at the end
	Fees       Amounts // by transaction or event
	Boundary   Amounts // what reached services: by outpoint or place
	Dropped    Amounts // by outpoint or event
	Unobserved Amounts // by place: clean value that was paid and not seen to arrive
	Sums       []Sum   // by asset, sorted; nil for a policy that conserves nothing
}

// Sum is the account of one asset in one trace.
type Sum struct {
	Asset   string // empty for coins
	Stolen  Amount // what was marked
	Again   Amount // of it, what was tainted already when it was marked
	Swapped Amount // what came from swaps out of other assets
	Held    Amount
	Cashed  Amount // at services
	Fees    Amount
	Dropped Amount
	Away    Amount // what went into swaps
}

// Closes reports whether all that was stolen or came from swaps is accounted for.
func (s Sum) Closes() bool {
	in := s.Stolen.Sub(s.Again).Add(s.Swapped)
	return in.Cmp(s.Held.Add(s.Cashed).Add(s.Fees).Add(s.Dropped).Add(s.Away)) == 0
}

// thefts are the ids to be traced, in order, and what each marks.
type thefts struct {
	ids   []string
	marks map[string]map[string]bool
}

// gather checks the rows of thefts; known says why a mark cannot be one.
func gather(rows []Theft, field string, known func(mark string) (reason string)) (thefts, error) {
	t := thefts{marks: map[string]map[string]bool{}}
	all := map[string]bool{}
	for i, r := range rows {
		at := "thefts[" + strconv.Itoa(i) + "]"
		if r.ID == "" {
			return t, &FieldError{at + ".id", "is missing"}
		}
		if reason := known(r.Mark); reason != "" {
			return t, &FieldError{at + "." + field, reason}
		}
		if t.marks[r.ID] == nil {
			t.ids, t.marks[r.ID] = append(t.ids, r.ID), map[string]bool{}
		}
		t.marks[r.ID][r.Mark], all[r.Mark] = true, true
	}
	if len(t.ids) < 2 {
		return t, nil
	}
	for i, r := range rows {
		if r.ID == All {
			return t, &FieldError{"thefts[" + strconv.Itoa(i) + "].id", `"any" is all thefts at once: name this one otherwise`}
		}
	}
	t.ids, t.marks[All] = append(t.ids, All), all
	return t, nil
}

// every makes the books of each policy and theft.
func (t thefts) every(p Params, m *accounting.Meter, add func(*books)) error {
	for _, policy := range accounting.Policies() {
		for _, id := range t.ids {
			if !m.Spend(workTheft) {
				return ErrLimit
			}
			add(newBooks(policy, id, t.marks[id], p.Dust, m))
		}
	}
	return nil
}

// pass goes over rows once, and for each over all that advance with it.
func pass(ctx context.Context, rows int, m *accounting.Meter, advance func(row int)) error {
	for i := range rows {
		if i%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if advance(i); m.Spent() {
			return ErrLimit
		}
	}
	return nil
}

// boundaries is the set of services.
func (p Params) boundaries() map[string]bool {
	out := map[string]bool{}
	for _, b := range p.Boundary {
		out[b] = true
	}
	return out
}

// check refuses a dust floor that is no amount.
func (p Params) check() error {
	if p.Dust == nil {
		return nil
	}
	return whole("params.dust", *p.Dust)
}

// whole refuses what cannot be the value of a transfer.
func whole(field string, a Amount) error {
	if err := a.CheckWhole(); err != nil {
		return &FieldError{field, err.Error()}
	}
	return nil
}

// quote shows a name from outside: short, and without characters that are not seen.
func quote(s string) string {
	const most = 80
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// moment is a row's place in time.
type moment struct{ block, pos, idx int64 }

// inOrder refuses two rows at one moment: their order would be that of the file.
func inOrder(moments []moment, at func(i int) (field, id string)) error {
	seen := make(map[moment]int, len(moments))
	for i, m := range moments {
		field, _ := at(i)
		if before, ok := seen[m]; ok {
			_, id := at(before)
			return &FieldError{field, "stands at the place of " + quote(id) + " in its block: which is first?"}
		}
		seen[m] = i
	}
	return nil
}

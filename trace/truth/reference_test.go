package truth_test

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// key names a row for the reference.
func key(tx string, index uint32) string { return fmt.Sprintf("%x.%d", tx, index) }

// reference traces the case by exact fractions, in memory: what every payment that
// leaves a source brings is stolen, and the trace ends at the terminals.
func (v verified) reference(t testing.TB) map[accounting.Policy]trace.Trace {
	t.Helper()
	c := trace.Accounts{Params: trace.Params{Work: 1 << 33, Unseen: true}}
	for a := range v.terminals {
		c.Boundary = append(c.Boundary, fmt.Sprintf("%x", a))
	}
	// In the order of a ledger, which knows who is first also where rows share a place.
	rows := slices.SortedFunc(slices.Values(v.rows), func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
	for i := range rows {
		r := &rows[i]
		value, err := accounting.ParseWhole(r.Value.String())
		if err != nil {
			t.Fatal(err)
		}
		from, to, asset := fmt.Sprintf("%x", r.From), fmt.Sprintf("%x", r.To), string(r.Asset)
		if r.From == "" {
			c.Opening = append(c.Opening, trace.Opening{Account: to, Asset: asset, Value: value})
			continue
		}
		c.Events = append(c.Events, trace.Event{
			ID: key(r.Tx, r.Index), Idx: int64(i), From: from, To: to,
			Paid: trace.Quantity{Asset: asset, Value: value},
		})
		if v.leaving(r) {
			c.Thefts = append(c.Thefts, trace.Theft{ID: v.name, Mark: key(r.Tx, r.Index)})
		}
	}
	result, err := c.Trace(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := map[accounting.Policy]trace.Trace{}
	for _, tr := range result.Traces {
		out[tr.Policy] = tr
	}
	return out
}

// exactly is an amount of the reference.
func exactly(t testing.TB, a trace.Amount) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(a.String())
	if !ok {
		t.Fatal(a)
	}
	return r
}

// agree fails where an amount that the bulk engine found at a terminal is off from the
// reference by more than the error that it reports, or is missing.
func agree(t *testing.T, v verified, f found) {
	t.Helper()
	most := new(big.Rat).SetInt(new(big.Int).SetUint64(f.answer.Work.Splits))
	terminal := map[string]bool{}
	for i := range v.rows {
		if r := &v.rows[i]; v.arriving(r) {
			terminal[key(r.Tx, r.Index)] = true
		}
	}
	worst := new(big.Rat)
	for policy, want := range v.reference(t) {
		got := map[string]*big.Rat{}
		for _, a := range f.answer.Arrivals {
			got[key(a.Row.Tx, a.Row.Index)] = new(big.Rat).SetInt(of(policy, a.Taint).Big())
		}
		for row := range terminal {
			off := new(big.Rat).Set(exactly(t, want.Arrived[row]))
			if got[row] != nil {
				off.Sub(off, got[row])
			}
			if off.Abs(off).Cmp(worst) > 0 {
				worst = off
			}
			if off.Cmp(most) > 0 || policy != accounting.Haircut && off.Sign() != 0 {
				t.Errorf("%s: row %s brings %v, want %s", policy, row, got[row], want.Arrived[row])
			}
		}
	}
	t.Logf("%s: %d rows into terminals as exact fractions have them, off by %s millionths of a dollar at most (reported: %d)",
		v.name, len(terminal), worst.FloatString(3), f.answer.Work.Splits)
}

// shortAfter is what accounts paid beyond what they held, from when stolen value first
// reached them, by balances alone: what a run reports as unobserved. What accounts
// that never hold stolen value lack, and sources are such, concerns nobody.
func (v verified) shortAfter() *big.Int {
	balance, flagged, met := map[ledger.Address]*big.Int{}, map[ledger.Address]bool{}, map[ledger.Address]bool{}
	of := func(a ledger.Address) *big.Int {
		if balance[a] == nil {
			balance[a] = new(big.Int)
		}
		return balance[a]
	}
	short := new(big.Int)
	for i := range v.rows {
		r := &v.rows[i]
		value, from := r.Value.Big(), of(r.From)
		stolen := v.leaving(r) || flagged[r.From]
		if from.Sub(from, value); from.Sign() <= 0 && r.From != "" {
			if met[r.From] {
				short.Sub(short, from)
			}
			flagged[r.From] = flagged[r.From] && from.Sign() < 0 // it held more than was seen
			from.SetInt64(0)
		}
		of(r.To).Add(of(r.To), value)
		if stolen && !v.terminals[r.To] {
			flagged[r.To], met[r.To] = true, true
		}
	}
	return short
}

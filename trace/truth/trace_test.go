package truth_test

import (
	"context"
	"fmt"
	"math/big"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// kept is rows as a ledger on disk has them.
func kept(t testing.TB, rows []ledger.Transfer) ledger.Snapshot {
	t.Helper()
	store, err := csr.Open(t.TempDir(), csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	receipt, err := store.Append(context.Background(), func(yield func(ledger.Transfer, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil || receipt.Kept != uint64(len(rows)) {
		t.Fatal(receipt, err)
	}
	snapshot, err := store.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = snapshot.Close() })
	return snapshot
}

// Service makes the terminals services.
func (v verified) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	return follow.Service{Class: follow.Exchange, Name: "terminal of " + v.name, Confidence: follow.Judgement}, v.terminals[a]
}

// question asks where what leaves the sources goes: all of it is stolen on arrival.
func (v verified) question() follow.Question {
	theft := follow.Theft{ID: v.name}
	for i := range v.rows {
		if r := &v.rows[i]; v.leaving(r) {
			theft.Marks = append(theft.Marks, follow.Mark{Chain: r.Chain, Tx: r.Tx, Kind: r.Kind, Index: r.Index})
		}
	}
	return follow.Question{Thefts: []follow.Theft{theft}, Services: v, Rules: follow.Rules{Bounds: true}}
}

// found is what a run says about the terminals.
type found struct {
	answer    *follow.Answer
	terminals map[accounting.Policy]map[ledger.Address]bool
	arrived   map[accounting.Policy]*big.Int
}

func (v verified) trace(t testing.TB, snapshot ledger.Snapshot) found {
	t.Helper()
	answer, err := follow.Run(context.Background(), snapshot, v.question())
	if err != nil {
		t.Fatal(err)
	}
	f := found{answer, map[accounting.Policy]map[ledger.Address]bool{}, map[accounting.Policy]*big.Int{}}
	for _, p := range accounting.Policies() {
		f.terminals[p], f.arrived[p] = map[ledger.Address]bool{}, new(big.Int)
		for _, a := range answer.Arrivals {
			if taint := of(p, a.Taint); !taint.IsZero() {
				f.terminals[p][a.To] = true
				f.arrived[p].Add(f.arrived[p], taint.Big())
			}
		}
	}
	return f
}

func of(p accounting.Policy, t follow.Taint) chain.Amount {
	switch p {
	case accounting.Poison:
		return t.Poison
	case accounting.Haircut:
		return t.Haircut
	case accounting.FIFO:
		return t.FIFO
	case accounting.LIFO:
		return t.LIFO
	}
	return t.TIHO
}

// short is the clean value that accounts of the case paid and were not seen to receive,
// of those that stolen value came to.
func (f found) short(v verified) *big.Int {
	in := map[ledger.Address]bool{}
	for i := range v.rows {
		in[v.rows[i].From], in[v.rows[i].To] = true, true
	}
	sum := new(big.Int)
	for _, s := range f.answer.Short {
		if in[s.Address] {
			sum.Add(sum, s.Value.Big())
		}
	}
	return sum
}

// closes fails where a sum of a conserving policy is not accounted for to the base
// unit, or an amount is outside its bounds.
func (f found) closes(t testing.TB) {
	t.Helper()
	if f.answer.Stopped != nil || len(f.answer.Sums) == 0 || !f.answer.Bounds {
		t.Fatalf("stopped %v, %d sums, bounds %v", f.answer.Stopped, len(f.answer.Sums), f.answer.Bounds)
	}
	for _, p := range accounting.Policies() {
		if !p.Conserves() {
			continue
		}
		for _, s := range f.answer.Sums {
			left := new(big.Int).Sub(s.Stolen.Big(), of(p, s.Again).Big())
			left.Add(left, of(p, s.In).Big())
			for _, part := range []follow.Taint{s.Held, s.Cashed, s.Mixed, s.Fees, s.Dropped, s.Unfollowed, s.Out} {
				left.Sub(left, of(p, part).Big())
			}
			if left.Sign() != 0 {
				t.Errorf("%s, %s: %s base units are not accounted for", p, s.Asset.Text(s.Chain), left)
			}
			if of(p, s.Cashed).Big().Cmp(f.arrived[p]) != 0 {
				t.Errorf("%s: %s cashed out, arrivals add up to %s", p, of(p, s.Cashed), f.arrived[p])
			}
		}
		for _, a := range f.answer.Arrivals {
			x := of(p, a.Taint)
			if x.Cmp(a.Value) > 0 || x.Cmp(a.Taint.Most) > 0 || x.Cmp(a.Taint.Least) < 0 {
				t.Errorf("%s: row %s brings %s of %s, bounds %s to %s", p, key(a.Row.Tx, a.Row.Index), x, a.Value, a.Taint.Least, a.Taint.Most)
			}
		}
	}
}

// line is a row of the table.
func (f found) line(v verified, how string, p accounting.Policy) string {
	return fmt.Sprintf("%-6s %-24s %-8s %3d of %3d terminals %14s USD   unobserved %14s USD",
		v.name, how, p, len(f.terminals[p]), v.occurring(v.terminals), usd(f.arrived[p]), usd(f.short(v)))
}

// TestSharedTruth traces the published edges as they are, and with what the accounts
// must have held before.
//
// As they are, poison loses three terminals of Atomic: by its rule an account is clean
// again once its balance is nought, and one that is seen to pay more than it received
// ends at just that, because the rest of its coins is not among the edges. With the
// missing coins in place before the first edge nobody's balance is nought too early.
// Then poison reaches all terminals, with all that is paid to them but for one payment,
// which comes out of a terminal: a trace ends there.
func TestSharedTruth(t *testing.T) {
	type want struct {
		terminals int
		poison    string
		low, high int64 // between which the conserving policies lie, in dollars
	}
	for _, c := range []struct {
		name         string
		asIs, opened want
		lacking      string // of all accounts, before what they are seen to receive
	}{
		{"Atomic", want{101, "10,475,300.00", 9_000_000, 9_250_000}, want{101, "10,475,380.00", 9_000_000, 9_250_000}, "12,180,970.56"},
		{"HB", want{11, "74,344,764.14", 59_000_000, 68_000_000}, want{11, "74,344,764.14", 59_000_000, 68_000_000}, "116,637,397.44"},
	} {
		v := open(t, c.name)
		opened, lacking := v.opened()
		if got := usd(lacking); got != c.lacking {
			t.Errorf("%s: accounts lack %s USD, want %s", c.name, got, c.lacking)
		}
		t.Logf("%-6s opening balances of %s USD in all, most of it of sources and of what stolen value never reaches", c.name, usd(lacking))
		for _, run := range []struct {
			how  string
			v    verified
			want want
		}{{"edges as published", v, c.asIs}, {"with opening balances", opened, c.opened}} {
			f := run.v.trace(t, kept(t, run.v.rows))
			f.closes(t)
			for _, p := range accounting.Policies() {
				t.Log(f.line(run.v, run.how, p))
				if dollars := new(big.Int).Quo(f.arrived[p], big.NewInt(1_000_000)).Int64(); p.Conserves() && (dollars < run.want.low || dollars > run.want.high) {
					t.Errorf("%s, %s, %s: %d USD at terminals", c.name, run.how, p, dollars)
				}
			}
			if got := len(f.terminals[accounting.Poison]); got != run.want.terminals {
				t.Errorf("%s, %s: poison reaches %d terminals, want %d", c.name, run.how, got, run.want.terminals)
			}
			if got := usd(f.arrived[accounting.Poison]); got != run.want.poison {
				t.Errorf("%s, %s: poison brings %s USD to terminals, want %s", c.name, run.how, got, run.want.poison)
			}
			agree(t, run.v, f)
			if c.name == "Atomic" && run.how != "edges as published" {
				whole := new(big.Int).Add(f.arrived[accounting.Poison], v.total(v.passedOn))
				if got := usd(whole); got != "10,495,372.83" || whole.Cmp(v.total(v.arriving)) != 0 {
					t.Errorf("%s USD reach the terminals and pass from one to another", got)
				}
			}
			if got, want := f.short(run.v), run.v.shortAfter(); got.Cmp(want) != 0 {
				t.Errorf("%s, %s: %s USD unobserved, balances say %s", c.name, run.how, usd(got), usd(want))
			}
			if run.how != "edges as published" && f.short(run.v).Sign() != 0 {
				t.Errorf("%s: %s USD unobserved beside opening balances", c.name, usd(f.short(run.v)))
			}
		}
	}
}

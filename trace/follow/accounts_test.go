package follow

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// found is what an answer says of a theft by a policy, as the reference has it.
func found(a *Answer, theft string, p accounting.Policy, c *twin) map[string]chain.Amount {
	out := map[string]chain.Amount{}
	put := func(key string, n chain.Amount) {
		if sum, _ := out[key].Add(n); !sum.IsZero() {
			out[key] = sum
		}
	}
	brought, fees := map[Mark]string{}, map[Mark]string{}
	for id, m := range c.rowOf {
		brought[m] = id
	}
	for id, m := range c.feeOf {
		fees[m] = id
	}
	for _, f := range a.Flows {
		m := Mark{f.Row.Chain, f.Row.Tx, f.Row.Kind, f.Row.Index}
		if id, ok := fees[m]; ok && f.Theft == theft {
			put("fee "+id, f.Taint.by(p))
		} else if id, ok := brought[m]; ok && f.Theft == theft {
			put("arrived "+id, f.Taint.by(p))
		}
	}
	for _, h := range a.Holdings {
		if h.Theft == theft {
			put("held "+string(h.Address)+"/"+name(string(h.Asset)), h.Taint.by(p))
		}
	}
	for _, r := range a.Arrivals {
		if r.Theft == theft {
			put("boundary "+string(r.To)+"/"+name(string(r.Asset)), r.Taint.by(p))
		}
	}
	for _, s := range a.Sums {
		if s.Theft == theft {
			put("dropped "+name(string(s.Asset)), s.Dropped.by(p))
		}
	}
	return out
}

// expected is what the reference says.
func expected(tr trace.Trace, p accounting.Policy) map[string]accounting.Exact {
	out := map[string]accounting.Exact{}
	for part, amounts := range map[string]trace.Amounts{"arrived": tr.Arrived, "fee": tr.Fees, "held": tr.Held, "boundary": tr.Boundary} {
		for key, a := range amounts {
			out[part+" "+key] = a
		}
	}
	for _, s := range tr.Sums { // poison has none
		if !s.Dropped.IsZero() {
			out["dropped "+s.Asset] = s.Dropped
		}
	}
	return out
}

func TestAccountsAgreeWithTheReference(t *testing.T) {
	traced, tainted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTwin(t, rapid.SampledFrom([]int{0, 0, 70, 120}).Draw(t, "bits"))
		if rapid.Bool().Draw(t, "times go back") {
			c.jump(t)
		}
		want, err := c.reference.Trace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, err := answer(t.Context(), over(newTestBook(chain.Ethereum, c.rows)), c.q)
		if err != nil {
			t.Fatal(err)
		}
		closes(t, a)
		for _, tr := range want.Traces {
			if tr.Policy == accounting.Haircut && (c.dusty || c.swaps) {
				continue // what is rounded may fall below the floor; rates multiply errors
			}
			got, exp := found(a, tr.Theft, tr.Policy, c), expected(tr, tr.Policy)
			for key := range got {
				if _, ok := exp[key]; !ok {
					exp[key] = accounting.Exact{}
				}
			}
			within := accounting.Exact{}
			if tr.Policy == accounting.Haircut {
				within = accounting.Whole(int64(a.Work.Splits))
			}
			for key, e := range exp {
				g := exact(got[key])
				if g.Sub(e).Cmp(within) > 0 || e.Sub(g).Cmp(within) > 0 {
					t.Fatalf("%s of %s: %s is %s, want %s\n%s", tr.Policy, tr.Theft, key, g, e, dump(c))
				}
			}
			traced, tainted = traced+1, tainted+len(tr.Arrived)
		}
	})
	if tainted < traced/2 {
		t.Errorf("%d traces with %d tainted arrivals: the cases are too tame", traced, tainted)
	}
}

func dump(c *twin) (s string) {
	for _, r := range c.rows {
		s += fmt.Sprintf("%s:%d %s -> %s %s %s\n", r.Tx, r.Index, r.From, r.To, r.Value, name(string(r.Asset)))
	}
	for _, th := range c.q.Thefts {
		for _, m := range th.Marks {
			s += fmt.Sprintf("%s marks %s:%d\n", th.ID, m.Tx, m.Index)
		}
	}
	return s + fmt.Sprint(c.q.Services, c.q.Links, c.q.Rules.Dust)
}

// closes fails where a sum does not, or where a policy that conserves value finds more
// or less than the bounds allow.
func closes(t *rapid.T, a *Answer) {
	for _, s := range a.Sums {
		for _, p := range []accounting.Policy{accounting.Haircut, accounting.FIFO, accounting.LIFO, accounting.TIHO} {
			left := new(big.Int).Sub(s.Stolen.Big(), s.Again.by(p).Big())
			left.Add(left, s.In.by(p).Big())
			for _, part := range []*Taint{&s.Held, &s.Cashed, &s.Mixed, &s.Fees, &s.Dropped, &s.Unfollowed, &s.Out} {
				left.Sub(left, part.by(p).Big())
			}
			if left.Sign() != 0 {
				t.Fatalf("%s of %s by %s leaves %s: %+v", s.Asset, s.Theft, p, left, s)
			}
		}
	}
	within := func(what string, n *Taint) {
		for _, p := range []accounting.Policy{accounting.Haircut, accounting.FIFO, accounting.LIFO, accounting.TIHO} {
			if n.by(p).Cmp(n.Least) < 0 || n.by(p).Cmp(n.Most) > 0 {
				t.Fatalf("%s: %s is outside the bounds: %+v", what, p, *n)
			}
		}
	}
	for _, f := range a.Flows {
		within("flow "+f.Row.Tx, &f.Taint)
	}
	for _, h := range a.Holdings {
		within("held by "+string(h.Address), &h.Taint)
	}
	held := map[string]chain.Amount{}
	for _, h := range a.Holdings {
		k := h.Theft + "/" + string(h.Chain) + "/" + string(h.Asset)
		held[k], _ = held[k].Add(h.Taint.TIHO)
	}
	for _, s := range a.Sums {
		sum := s.Held.TIHO
		if a.Stopped != nil {
			continue
		}
		if k := s.Theft + "/" + string(s.Chain) + "/" + string(s.Asset); held[k] != sum {
			t.Fatalf("%s: %s is held, the holdings are %s", k, sum, held[k])
		}
	}
}

// plainly is an answer without what may differ.
func plainly(a *Answer) Answer {
	b := *a
	b.Work.Swept, b.Work.Wide, b.Record = 0, false, nil
	return b
}

// TestEveryWayIsOne: walk, sweep, knowing all balances, wide numbers and replay give
// one answer, also where the run is stopped at any row.
func TestEveryWayIsOne(t *testing.T) {
	stopped := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTwin(t, rapid.SampledFrom([]int{0, 70, 128, 131, 250, 256}).Draw(t, "bits"))
		c.q.Record = true
		if rapid.IntRange(0, 2).Draw(t, "times go back") == 0 {
			c.jump(t)
		}
		if rapid.Bool().Draw(t, "budget") {
			c.q.Budget.Rows = rapid.Uint64Range(1, 12).Draw(t, "rows")
		}
		if rapid.IntRange(0, 4).Draw(t, "late") == 0 {
			c.q.Rules.Until = 100 * rapid.OneOf(rapid.Int64Range(1, 6), rapid.Int64Range(1, 40)).Draw(t, "until")
		}
		c.q.Rules.Hub = rapid.SampledFrom([]int{0, 0, 3, 4}).Draw(t, "hub")
		c.q.Rules.Deposits = rapid.Bool().Draw(t, "deposits")
		book := newTestBook(chain.Ethereum, c.rows)
		from := over(book)
		first, err := answer(t.Context(), from, c.q)
		if err != nil {
			if !errors.Is(err, ErrAmount) && (!errors.Is(err, ErrRows) || c.q.Rules.Until == 0) {
				t.Fatal(err)
			}
			return
		}
		closes(t, first)
		if first.Stopped != nil {
			stopped++
		}
		again := map[string]*Answer{}
		for _, w := range []Reading{Walk, Sweep, Count} {
			from.reading = w
			if again[fmt.Sprint("way ", w)], err = answer(t.Context(), from, c.q); err != nil {
				t.Fatal(err)
			}
		}
		if again["wide"], err = attempt(t.Context(), from, &c.q, true); err != nil {
			t.Fatal(err)
		}
		for _, a := range []*Answer{first, again["way 1"], again["way 3"]} {
			r, err := Replay(t.Context(), a.Record, c.q)
			if err != nil {
				t.Fatal(err, "\n", dump(c))
			}
			again[fmt.Sprintf("replay %p", a)] = r
			if r.Work.Wide != a.Work.Wide {
				t.Fatal("the replay is of another width")
			}
			if d := cmp.Diff(first.Record, a.Record, comparers...); d != "" {
				t.Fatalf("records (-first +other):\n%s\n%s", d, dump(c))
			}
		}
		for _, what := range slices.Sorted(maps.Keys(again)) {
			if d := cmp.Diff(plainly(first), plainly(again[what]), comparers...); d != "" {
				t.Fatalf("%s (-first +%s):\n%s\n%s", what, what, d, dump(c))
			}
		}
	})
	if stopped == 0 {
		t.Error("no run was stopped")
	}
}

var comparers = []cmp.Option{cmp.Comparer(func(a, b chain.Amount) bool { return a == b })}

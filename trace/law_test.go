package trace_test

import (
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// lines is a result in the form of the second tracer: part/key to amount.
func lines(tr trace.Trace) map[string]string {
	out := map[string]string{}
	for part, amounts := range map[string]trace.Amounts{
		"arrived": tr.Arrived, "held": tr.Held, "fees": tr.Fees, "boundary": tr.Boundary, "dropped": tr.Dropped, "unobserved": tr.Unobserved,
	} {
		for key, a := range amounts {
			out[part+" "+key] = a.String()
		}
	}
	return out
}

func (n *naive) lines() map[string]string {
	out := map[string]string{}
	for part, amounts := range n.found {
		for key, a := range amounts {
			out[part+" "+key] = a.RatString()
		}
	}
	return out
}

// marksOf is what a theft of a case marks.
func marksOf(rows []trace.Theft, id string) map[string]bool {
	out := map[string]bool{}
	for _, r := range rows {
		if r.ID == id || id == trace.All {
			out[r.Mark] = true
		}
	}
	return out
}

// ids counts the thefts that a case has to be traced for.
func ids(rows []trace.Theft) int {
	once := map[string]bool{}
	for _, r := range rows {
		once[r.ID] = true
	}
	if len(once) > 1 {
		return len(once) + 1
	}
	return len(once)
}

// closes fails where an account does not add up, or a policy goes beyond the bounds.
func closes(t *rapid.T, r *trace.Result) {
	for _, tr := range r.Traces {
		if tr.Policy.Conserves() != (tr.Sums != nil) && len(tr.Arrived) > 0 {
			t.Fatalf("%s: sums %v", tr.Policy, tr.Sums)
		}
		for _, s := range tr.Sums {
			if !s.Closes() {
				t.Fatalf("%s, %s does not close: %+v", tr.Policy, tr.Theft, s)
			}
		}
		if reach := r.Reach[tr.Theft]; reach != nil && tr.Policy.Conserves() {
			for key, a := range tr.Arrived {
				if a.Cmp(reach[key].Hi) > 0 {
					t.Fatalf("%s: %s has %s, above %s", tr.Policy, key, a, reach[key].Hi)
				}
			}
			for key, b := range reach {
				if tr.Arrived[key].Cmp(b.Lo) < 0 {
					t.Fatalf("%s: %s has %s, below %s", tr.Policy, key, tr.Arrived[key], b.Lo)
				}
			}
		}
	}
}

func TestCoinsAgreeWithTheSecondTracer(t *testing.T) {
	traced, tainted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := randomCoins(t)
		r, err := c.Trace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := ids(c.Thefts) * 5; len(r.Traces) != want {
			t.Fatalf("%d traces, want %d", len(r.Traces), want)
		}
		for _, tr := range r.Traces {
			n := &naive{policy: tr.Policy, grain: 1, marks: marksOf(c.Thefts, tr.Theft), params: c.Params, found: map[string]map[string]*big.Rat{}}
			n.coins(c)
			if d := cmp.Diff(n.lines(), lines(tr)); d != "" {
				t.Fatalf("%s, %s (-second +first):\n%s", tr.Policy, tr.Theft, d)
			}
			traced, tainted = traced+1, tainted+len(tr.Arrived)
		}
		for _, id := range r.Thefts {
			if c.Dust != nil {
				continue
			}
			got := map[string]string{}
			for key, b := range r.Reach[id] {
				got[key] = fmt.Sprintf("[%s %s]", b.Lo, b.Hi)
			}
			if d := cmp.Diff(bounds(c, marksOf(c.Thefts, id)), got); d != "" {
				t.Fatalf("bounds of %s (-second +first):\n%s", id, d)
			}
		}
		closes(t, r)
	})
	if tainted < traced/2 {
		t.Errorf("%d traces with %d tainted outputs: the cases are too tame", traced, tainted)
	}
}

func TestAccountsAgreeWithTheSecondTracer(t *testing.T) {
	traced, tainted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := randomAccounts(t)
		r, err := c.Trace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range r.Traces {
			n := &naive{policy: tr.Policy, marks: marksOf(c.Thefts, tr.Theft), params: c.Params, found: map[string]map[string]*big.Rat{}}
			n.accounts(c)
			if d := cmp.Diff(n.lines(), lines(tr)); d != "" {
				t.Fatalf("%s, %s (-second +first):\n%s", tr.Policy, tr.Theft, d)
			}
			traced, tainted = traced+1, tainted+len(tr.Arrived)
		}
		closes(t, r)
	})
	if tainted < traced/2 {
		t.Errorf("%d traces with %d tainted arrivals: the cases are too tame", traced, tainted)
	}
}

// all is every line of a result.
func all(r *trace.Result) map[string]string {
	out := map[string]string{}
	for _, tr := range r.Traces {
		for key, a := range lines(tr) {
			out[fmt.Sprintf("%s %s %s", tr.Policy, tr.Theft, key)] = a
		}
	}
	for id, reach := range r.Reach {
		for key, b := range reach {
			out["bounds "+id+" "+key] = b.Lo.String() + " " + b.Hi.String()
		}
	}
	return out
}

func TestFileOrderChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := randomCoins(t), randomAccounts(t)
		c2, a2 := c, a
		c2.Txs = rapid.Permutation(c.Txs).Draw(t, "txs")
		c2.Genesis = rapid.Permutation(c.Genesis).Draw(t, "genesis")
		a2.Events = rapid.Permutation(a.Events).Draw(t, "events")
		a2.Opening = rapid.Permutation(a.Opening).Draw(t, "opening")
		same(t, must(t, c), must(t, c2))
		same(t, must(t, a), must(t, a2))
	})
}

// must traces a case of either model.
func must(t *rapid.T, c any) *trace.Result {
	var r *trace.Result
	var err error
	switch c := c.(type) {
	case trace.Coins:
		r, err = c.Trace(t.Context())
	case trace.Accounts:
		r, err = c.Trace(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func same(t *rapid.T, a, b *trace.Result) {
	if d := cmp.Diff(all(a), all(b)); d != "" {
		t.Fatal(d)
	}
}

// scaled is a result with every amount times k.
func scaled(t *rapid.T, r *trace.Result, k int64) map[string]string {
	out := all(r)
	for key, line := range out {
		var amounts []string
		for a := range strings.FieldsSeq(line) {
			q, ok := new(big.Rat).SetString(a)
			if !ok {
				t.Fatal(a)
			}
			amounts = append(amounts, q.Mul(q, rat(k)).RatString())
		}
		out[key] = strings.Join(amounts, " ")
	}
	return out
}

func TestScaleCarriesOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Int64Range(2, 1<<40).Draw(t, "k")
		times := func(a trace.Amount) trace.Amount { return a.MulDiv(accounting.Whole(k), accounting.Whole(1)) }
		c, a := randomCoins(t), randomAccounts(t)
		beforeC, beforeA := must(t, c), must(t, a)
		for i := range c.Genesis {
			c.Genesis[i].Value = times(c.Genesis[i].Value)
		}
		for i := range c.Txs {
			c.Txs[i].Subsidy = times(c.Txs[i].Subsidy)
			for n := range c.Txs[i].Outputs {
				c.Txs[i].Outputs[n].Value = times(c.Txs[i].Outputs[n].Value)
			}
		}
		for i := range a.Opening {
			a.Opening[i].Value = times(a.Opening[i].Value)
		}
		for i := range a.Events {
			e := &a.Events[i]
			e.Paid.Value, e.Received.Value, e.Fee.Value = times(e.Paid.Value), times(e.Received.Value), times(e.Fee.Value)
		}
		for _, p := range []*trace.Params{&c.Params, &a.Params} {
			if p.Dust != nil {
				dust := times(*p.Dust)
				p.Dust = &dust
			}
		}
		if d := cmp.Diff(scaled(t, beforeC, k), all(must(t, c))); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(scaled(t, beforeA, k), all(must(t, a))); d != "" {
			t.Fatal(d)
		}
	})
}

func TestNamesMeanNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fresh := rapid.Permutation([]string{"q", "A", "zz", "E", "m"}).Draw(t, "names")
		rename := map[string]string{}
		for i, a := range addresses {
			rename[a] = fresh[i]
		}
		services := func(p *trace.Params) {
			var out []string
			for _, b := range p.Boundary {
				out = append(out, rename[b])
			}
			p.Boundary = out
		}
		c, a := randomCoins(t), randomAccounts(t)
		beforeC, beforeA := must(t, c), all(must(t, a))
		services(&c.Params)
		services(&a.Params)
		for i := range c.Genesis {
			c.Genesis[i].Address = rename[c.Genesis[i].Address]
		}
		for i := range c.Txs {
			for n := range c.Txs[i].Outputs {
				c.Txs[i].Outputs[n].Address = rename[c.Txs[i].Outputs[n].Address]
			}
		}
		for i := range a.Opening {
			a.Opening[i].Account = rename[a.Opening[i].Account]
		}
		for i := range a.Events {
			a.Events[i].From, a.Events[i].To = rename[a.Events[i].From], rename[a.Events[i].To]
		}
		same(t, beforeC, must(t, c))
		want := map[string]string{}
		for key, v := range maps.All(beforeA) {
			words := strings.Split(key, " ")
			if account, asset, ok := strings.Cut(words[3], "/"); ok {
				words[3] = rename[account] + "/" + asset
			}
			want[strings.Join(words, " ")] = v
		}
		if d := cmp.Diff(want, all(must(t, a))); d != "" {
			t.Fatal(d)
		}
	})
}

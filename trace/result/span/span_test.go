package span_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

func taint(n ...uint64) follow.Taint {
	var s span.Seven[chain.Amount]
	for i, v := range n {
		s[i] = chain.Units64(v)
	}
	return span.Taint(s)
}

func Example() {
	asked := span.Asked{Policies: accounting.Policies()}
	arrived := taint(20, 0, 12, 0, 8)
	s, _ := asked.Span(arrived)
	fmt.Println(s.Least, "to", s.Most)
	fmt.Println(asked.Finding(arrived))
	// Output:
	// 0 to 12
	// holds under some (fifo, tiho)
}

func TestFinding(t *testing.T) {
	all := accounting.Policies()
	for _, c := range []struct {
		asked       span.Asked
		taint       follow.Taint
		want        string
		least, most uint64
		ok          bool
	}{
		{span.Asked{Policies: all}, taint(9, 1, 2, 3, 4), "holds under all policies", 1, 4, true},
		{span.Asked{Policies: all, Bounds: true}, taint(9, 1, 2, 3, 4, 0, 6), "holds under all policies", 1, 4, true},
		{span.Asked{Policies: all, Bounds: true}, taint(9, 1, 2, 3, 4), "holds under all policies", 1, 4, true},
		{span.Asked{Policies: all, Bounds: true}, taint(9, 0, 0, 0, 0, 0, 6), "within the bounds, under no policy asked for", 0, 0, true},
		{span.Asked{Policies: all}, taint(9, 0, 0, 0, 0, 0, 6), "only could be reached (poison)", 0, 0, true},
		{span.Asked{Policies: all}, taint(), "under none", 0, 0, true},
		{span.Asked{Policies: all[2:3]}, taint(9, 1, 2, 3, 4), "holds under all policies asked for (fifo)", 2, 2, true},
		{span.Asked{Policies: all[:1]}, taint(9, 1), "only could be reached (poison)", 0, 0, false},
		{span.Asked{Policies: all[:1], Bounds: true}, taint(9, 0, 0, 0, 0, 3, 5), "within the bounds, under no policy asked for", 3, 5, true},
		{span.Asked{}, taint(9, 1, 2, 3, 4, 5, 6), "only could be reached (poison)", 0, 0, false},
		{span.Asked{Policies: []accounting.Policy{"guess"}}, taint(0, 1), "under none", 0, 0, false},
	} {
		if got := c.asked.Finding(c.taint).String(); got != c.want {
			t.Errorf("%v of %v: %s, want %s", c.asked, c.taint, got, c.want)
		}
		s, ok := c.asked.Span(c.taint)
		if ok != c.ok || s != (span.Span{Least: chain.Units64(c.least), Most: chain.Units64(c.most)}) {
			t.Errorf("%v of %v: %s to %s, %v", c.asked, c.taint, s.Least, s.Most, ok)
		}
	}
}

// TestSpanHoldsEveryPolicy: of a sum as of its parts.
func TestSpanHoldsEveryPolicy(t *testing.T) {
	amounts := rapid.SliceOfN(rapid.Uint64(), 7, 7)
	rapid.Check(t, func(t *rapid.T) {
		a, b := taint(amounts.Draw(t, "a")...), taint(amounts.Draw(t, "b")...)
		asked := span.Asked{
			Policies: rapid.SliceOfDistinct(rapid.SampledFrom(accounting.Policies()), rapid.ID).Draw(t, "policies"),
			Bounds:   rapid.Bool().Draw(t, "bounds"),
		}
		sum, over := span.Add(a, b)
		other, _ := span.Add(b, a)
		if over || sum != other {
			t.Fatal("a sum depends on order, or was over")
		}
		for _, x := range []follow.Taint{a, b, sum} {
			s, ok := asked.Span(x)
			if ok != (asked.Bounds && !x.Most.IsZero() || len(asked.Conserving()) > 0) {
				t.Fatalf("a span of %v: %v", asked, ok)
			}
			if s.Least.Cmp(s.Most) > 0 && len(asked.Conserving()) > 0 {
				t.Fatal("the least is more than the most")
			}
			for _, p := range asked.Conserving() {
				if v := span.Under(x, p); v.Cmp(s.Least) < 0 || v.Cmp(s.Most) > 0 {
					t.Fatalf("%s finds %s, not within %s and %s", p, v, s.Least, s.Most)
				}
			}
		}
	})
}

func TestSumsThatDoNotFit(t *testing.T) {
	var b [32]byte
	for i := range b {
		b[i] = 0xff
	}
	top := follow.Taint{Poison: chain.FromBytes(b), FIFO: chain.Units64(1)}
	sum, over := span.Add(top, taint(1, 0, 1))
	if !over || sum.Poison != top.Poison || sum.FIFO != chain.Units64(2) {
		t.Error(sum, over)
	}
}

package accounting_test

import (
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// TestRunsAreThePlace takes places apart and puts them together again.
func TestRunsAreThePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var runs []accounting.Run[accounting.Units]
		var value, tainted accounting.Units
		for i := range rapid.IntRange(0, 6).Draw(t, "runs") {
			r := accounting.Run[accounting.Units]{Value: accounting.Units64(rapid.Uint64Range(1, 9).Draw(t, "value")), Tainted: i%2 == 0}
			runs = append(runs, r)
			value = value.Add(r.Value)
			if r.Tainted {
				tainted = tainted.Add(r.Value)
			}
		}
		for _, p := range accounting.Policies() {
			l, err := accounting.FromRuns(p, runs, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := tainted
			if p == accounting.Poison && !tainted.IsZero() {
				want = value
			}
			if l.Value() != value || l.Tainted() != want {
				t.Fatalf("%s of %v: %s of %s", p, runs, l.Tainted(), l.Value())
			}
			back, ordered := accounting.Runs(l), p == accounting.FIFO || p == accounting.LIFO
			if ordered && !slices.Equal(back, runs) || !ordered && back != nil || accounting.RunCount(l) != len(back) {
				t.Fatalf("%s of %v: %v", p, runs, back)
			}
		}
	})
	if _, err := accounting.FromRuns[accounting.Units]("none", nil, nil); err == nil {
		t.Error("a policy that there is not")
	}
}

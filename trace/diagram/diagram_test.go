package diagram_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/diagram"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

func answer(t *testing.T) (*follow.Answer, follow.Question, *price.Values) {
	t.Helper()
	ctx := context.Background()
	store, err := csr.Open(t.TempDir(), csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Append(ctx, func(yield func(ledger.Transfer, error) bool) {
		for _, row := range exercise.Transfers() {
			if !yield(row, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snapshot.Close() })
	q := exercise.Question()
	a, err := follow.Run(ctx, snapshot, q)
	if err != nil {
		t.Fatal(err)
	}
	worth, err := exercise.Values()
	if err != nil {
		t.Fatal(err)
	}
	return a, q, worth
}

func kinds(d *diagram.Diagram) map[diagram.Kind]int {
	out := map[diagram.Kind]int{}
	for _, n := range d.Nodes {
		out[n.Kind]++
	}
	return out
}

// However much is drawn together, every place that is no address stays what it was, and
// what reaches services, mixers and hands is the same.
func TestFoldingKeepsWhatIsReached(t *testing.T) {
	a, q, worth := answer(t)
	reached := func(d *diagram.Diagram) map[string]bool {
		out := map[string]bool{}
		for _, e := range d.Edges {
			if n := d.Nodes[e.To]; n.Kind == diagram.Service || n.Kind == diagram.Mixer || n.Kind == diagram.Held || n.Kind == diagram.Unfollowed {
				out[d.Name(e.To)] = true
			}
		}
		return out
	}
	whole, err := diagram.Of(a, q, trace.All, worth, diagram.Options{Addresses: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if k := kinds(whole); whole.Unit != "USD" || k[diagram.Theft] != 1 || k[diagram.Bridge] != 1 || k[diagram.Swap] != 1 || k[diagram.Mixer] != 1 || k[diagram.Others] != 0 {
		t.Errorf("in %s, %v", whole.Unit, k)
	}
	for _, most := range []int{30, 12, 5, 1} {
		d, err := diagram.Of(a, q, trace.All, worth, diagram.Options{Addresses: most})
		if err != nil {
			t.Fatal(err)
		}
		if n := kinds(d)[diagram.Address]; n > most {
			t.Errorf("%d addresses, want at most %d", n, most)
		}
		if diff := cmp.Diff(reached(whole), reached(d)); diff != "" {
			t.Errorf("%d addresses: reached (-whole +folded):\n%s", most, diff)
		}
		count := 0
		for _, n := range d.Nodes {
			switch n.Kind {
			case diagram.Address:
				count += 1 + n.Count
			case diagram.Others:
				count += n.Count
			}
		}
		if want := kinds(whole)[diagram.Address]; count != want {
			t.Errorf("%d addresses stand for %d, want %d", most, count, want)
		}
	}
}

// A band has a grade that is not better than the link it goes by.
func TestGrades(t *testing.T) {
	a, q, worth := answer(t)
	d, err := diagram.Of(a, q, trace.All, worth, diagram.Options{Addresses: 1000})
	if err != nil {
		t.Fatal(err)
	}
	found := map[follow.Confidence]bool{}
	for _, e := range d.Edges {
		if d.Nodes[e.From].Kind == diagram.Bridge {
			found[e.Grade] = true
		}
		if e.Least.Cmp(e.Most) > 0 || e.First > e.Last || e.Rows == 0 {
			t.Errorf("%s to %s: %+v", d.Name(e.From), d.Name(e.To), e)
		}
	}
	if !found[follow.Decoded] || !found[follow.Heuristic] || found[follow.Fact] {
		t.Errorf("what comes of the bridge is known by %v", found)
	}
}

// Without prices there is a unit where one asset is concerned, and none where several are.
func TestUnits(t *testing.T) {
	a, q, _ := answer(t)
	if _, err := diagram.Of(a, q, trace.All, nil, diagram.Options{}); !errors.Is(err, diagram.ErrNoUnit) {
		t.Errorf("several assets without prices: %v", err)
	}
	if d, err := diagram.Of(a, q, "EXERCISE-2", nil, diagram.Options{}); err != nil || d.Unit != "ETH" || d.USD {
		t.Errorf("one asset without prices: %+v, %v", d, err)
	}
	if _, err := diagram.Of(a, q, "none", nil, diagram.Options{}); !errors.Is(err, diagram.ErrNoFlows) || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("a theft that is none: %v", err)
	}
}

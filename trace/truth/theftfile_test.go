package truth_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/thefts"
)

// The published list of sources is a theft file as it stands. Payments from one source
// to another are not among its marks: what leaves the second one is marked anyway, so
// that the same reaches the terminals.
func TestSharedTheftFile(t *testing.T) {
	for name, want := range map[string]struct{ between, marks int }{"Atomic": {0, 27}, "HB": {8, 64}} {
		v := open(t, name)
		list := content(t, shared(t, name, "source_addresses.csv.gz"))
		file, err := thefts.Read("sources", strings.NewReader(list), thefts.Options{Chain: chain.Ethereum})
		if err != nil {
			t.Fatal(err)
		}
		snapshot := kept(t, v.rows)
		resolved, err := file.Resolve(context.Background(), snapshot, thefts.Limits{})
		if err != nil || len(resolved.Refused) > 0 || len(resolved.Thefts) != 1 {
			t.Fatal(err, resolved)
		}
		between := 0
		for i := range v.rows {
			if r := &v.rows[i]; v.leaving(r) && v.sources[r.To] {
				between++
			}
		}
		q := v.question()
		if got := len(resolved.Thefts[0].Marks); got != want.marks || between != want.between || got+between != len(q.Thefts[0].Marks) {
			t.Errorf("%s: %d marks and %d payments between sources, of %d that leave them", name, got, between, len(q.Thefts[0].Marks))
		}
		byHand := v.trace(t, snapshot)
		q.Thefts[0].Marks = resolved.Thefts[0].Marks
		byFile, err := follow.Run(context.Background(), snapshot, q)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-6s its list of sources, read as a theft file, marks %d payments: the same %d arrivals", name, len(q.Thefts[0].Marks), len(byFile.Arrivals))
		if diff := cmp.Diff(byHand.answer.Arrivals, byFile.Arrivals, exact); diff != "" {
			t.Errorf("%s: arrivals (-by hand +by file):\n%s", name, diff)
		}
	}
}

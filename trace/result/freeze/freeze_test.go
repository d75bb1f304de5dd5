package freeze_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/freeze"
	"github.com/turtlebay/turtlebay/trace/result/internal/sample"
)

var update = flag.Bool("update", false, "write the golden files anew")

func exerciseResult(t *testing.T) *result.Result {
	t.Helper()
	r, err := sample.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func TestFiles(t *testing.T) {
	list := freeze.Of(exerciseResult(t), freeze.Cut{})
	var table, object bytes.Buffer
	if err := list.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	if err := list.WriteJSON(&object); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/freeze.csv", table.Bytes())
	golden(t, "testdata/freeze.json", object.Bytes())
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != len(list.Lines)+1 {
		t.Fatal(len(rows), err)
	}
	for i, l := range list.Lines {
		if got := form.Plain(rows[i+1][13]); got != form.Printable(l.Service) {
			t.Errorf("service %q, want %q", got, l.Service)
		}
	}
	var back struct{ Lines []freeze.Line }
	if err := json.Unmarshal(object.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(list.Lines, back.Lines); d != "" {
		t.Error(d)
	}
}

func TestCuts(t *testing.T) {
	r := exerciseResult(t)
	for name, c := range map[string]struct {
		cut            freeze.Cut
		theft          string
		lines, leftOut int
	}{
		"all":         {freeze.Cut{}, "any", 7, 1},
		"one":         {freeze.Cut{Theft: "T1"}, "T1", 5, 1},
		"the other":   {freeze.Cut{Theft: "T2"}, "T2", 2, 0},
		"reached":     {freeze.Cut{Theft: "T1", Reached: true}, "T1", 6, 0},
		"not a theft": {freeze.Cut{Theft: "x"}, "x", 0, 0},
	} {
		got := freeze.Of(r, c.cut)
		if got.Theft != c.theft || len(got.Lines) != c.lines || got.LeftOut != c.leftOut {
			t.Errorf("%s: theft %s, %d lines, %d left out", name, got.Theft, len(got.Lines), got.LeftOut)
		}
		for _, l := range got.Lines {
			if c.cut.Theft != "" && !slices.Equal(l.Thefts, []string{c.cut.Theft}) || len(l.Thefts) != 1 {
				t.Errorf("%s: stems from %q", name, l.Thefts)
			}
		}
	}
	all := freeze.Of(r, freeze.Cut{Reached: true})
	i := slices.IndexFunc(all.Lines, func(l freeze.Line) bool { return l.Class == follow.Deposit })
	if l := all.Lines[i]; l.Most != "" || !strings.HasPrefix(l.RestsOn, "only could be reached (poison); path: ledger fact; tag: heuristic") {
		t.Errorf("%+v", l)
	}
}

// TestOutputs: a line names the output that is to be frozen, and amounts of an asset
// without decimals stand in base units alone.
func TestOutputs(t *testing.T) {
	n := chain.Units64(5)
	at := follow.RowID{Chain: chain.Bitcoin, Time: 9, Tx: "\x01\x02", Kind: ledger.Output, Index: 3}
	r, err := result.New(&follow.Answer{
		Thefts: []string{"T"}, Policies: []accounting.Policy{accounting.FIFO},
		Holdings: []follow.Holding{
			{Theft: "T", Chain: chain.Bitcoin, Address: "odd", Output: &at, Value: n, Taint: follow.Taint{FIFO: n}, Since: 9},
			{Theft: "T", Chain: chain.Bitcoin, Taint: follow.Taint{FIFO: n}, Others: 12},
			{Theft: "T", Chain: chain.Bitcoin, Address: "odd", Asset: "31", Value: n, Taint: follow.Taint{FIFO: n}, Since: 8},
		},
	}, result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []freeze.Line{
		{
			Kind: "holding", Thefts: []string{"T"}, Chain: chain.Bitcoin, Time: "1970-01-01T00:00:08Z", Address: "0x6f6464", Asset: `bitcoin/"31"`,
			Least: "5", Most: "5", RestsOn: "holds under all policies asked for (fifo); path: not graded",
		},
		{
			Kind: "holding", Thefts: []string{"T"}, Chain: chain.Bitcoin, Tx: "0102", Row: "output 3", Time: "1970-01-01T00:00:09Z", Address: "0x6f6464",
			Asset: "bitcoin/native", Symbol: "BTC", Least: "5", Most: "5", LeastUnits: "0.00000005", MostUnits: "0.00000005",
			RestsOn: "holds under all policies asked for (fifo); path: not graded",
		},
	}
	list := freeze.Of(r, freeze.Cut{})
	if d := cmp.Diff(want, list.Lines); d != "" || list.Others != 12 {
		t.Error(d, list.Others)
	}
}

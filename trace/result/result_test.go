package result_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/internal/sample"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds bytes against a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
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
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func exerciseResult(t testing.TB) *result.Result {
	t.Helper()
	r, err := sample.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFiles(t *testing.T) {
	r := exerciseResult(t)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"answer.json":   func(b *bytes.Buffer) error { return r.WriteJSON(b) },
		"flows.csv":     func(b *bytes.Buffer) error { return r.WriteFlows(b) },
		"arrivals.csv":  func(b *bytes.Buffer) error { return r.WriteArrivals(b) },
		"holdings.csv":  func(b *bytes.Buffer) error { return r.WriteHoldings(b) },
		"cash-outs.csv": func(b *bytes.Buffer) error { return r.WriteCashOuts(b) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
			if strings.HasSuffix(name, ".json") {
				if !json.Valid(b.Bytes()) {
					t.Error("not JSON")
				}
				return
			}
			rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
			if err != nil || len(rows) < 2 {
				t.Errorf("%d rows, %v", len(rows), err)
			}
		})
	}
}

func TestExercise(t *testing.T) {
	r := exerciseResult(t)
	for _, b := range r.Balances {
		for _, l := range b.Lines {
			if !l.Closes() || !l.Listed {
				t.Errorf("%s of %s under %s: closes %v, listed %v", b.Asset, b.Theft, l.Policy, l.Closes(), l.Listed)
			}
		}
	}
	c := r.CashOuts[0]
	if c.Service.Name != "Bright Exchange" || c.Arrivals != 2 || c.TagAge != 10 || !c.Dated || c.Finding.String() != "holds under all policies" {
		t.Errorf("%+v", c)
	}
	if c.Path != follow.Fact || c.Confidence != follow.Decoded {
		t.Errorf("path %s, in all %s", c.Path, c.Confidence)
	}
	// 2 units at 3,000 and 1 to 3 at 2,500.005.
	if usd := c.USD.AtCashOut; usd.Least.Cents() != "8500.01" || usd.Most.Cents() != "13500.02" || usd.Partial {
		t.Errorf("%s to %s, partial: %v", usd.Least, usd.Most, usd.Partial)
	}
	if usd := c.USD.AtTheft; usd.Least.String() != "9000" || usd.Most.String() != "15000" {
		t.Errorf("%s to %s at theft", usd.Least, usd.Most)
	}
	last := r.CashOuts[len(r.CashOuts)-1]
	if last.Path != follow.Judgement || last.USD.AtCashOut.Reason != "no price" || last.USD.AtCashOut.Known() {
		t.Errorf("%+v %+v", last, last.USD.AtCashOut)
	}
}

func TestClosesAndListed(t *testing.T) {
	n := chain.Units64
	good := result.Line{Stolen: n(10), In: n(3), Again: n(1), Held: n(2), Cashed: n(3), Mixed: n(1), Fees: n(1), Dropped: n(1), Unfollowed: n(1), Out: n(3)}
	if !good.Closes() {
		t.Error("does not close")
	}
	good.Fees = n(2)
	if good.Closes() {
		t.Error("closes")
	}
	a := sample.Answer()
	a.Arrivals = a.Arrivals[1:]
	r, err := result.New(a, result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Balances[0].Lines[0].Listed {
		t.Error("an arrival is missing and nothing is said")
	}
}

func TestAnswersThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*follow.Answer)
		marked []result.Marked
		want   string
	}{
		"service":  {func(a *follow.Answer) { a.Arrivals[0].Service = 9 }, nil, "arrival 0: not an answer that can be so: service 9 of 5"},
		"negative": {func(a *follow.Answer) { a.Arrivals[1].Service = -1 }, nil, "arrival 1: not an answer that can be so: service -1 of 5"},
		"arrival":  {func(a *follow.Answer) { a.Arrivals[0].Theft = "\u202e" }, nil, `arrival 0: not an answer that can be so: theft "\u202e" is not among its thefts`},
		"sum":      {func(a *follow.Answer) { a.Sums[0].Theft = "x" }, nil, `sum 0: not an answer that can be so: theft "x" is not among its thefts`},
		"holding":  {func(a *follow.Answer) { a.Holdings[0].Theft = "x" }, nil, `holding 0: not an answer that can be so: theft "x" is not among its thefts`},
		"flow":     {func(a *follow.Answer) { a.Flows[0].Theft = "x" }, nil, `flow 0: not an answer that can be so: theft "x" is not among its thefts`},
		"marked":   {func(*follow.Answer) {}, []result.Marked{{Theft: "x"}}, `marked rows: not an answer that can be so: theft "x" is not among its thefts`},
		"sums": {
			func(*follow.Answer) {}, sample.Marked()[:1],
			`marked rows: not an answer that can be so: of ethereum/native theft "T2" stole 4000000000000000000, and they hold 0`,
		},
	} {
		a := sample.Answer()
		c.change(a)
		_, err := result.New(a, result.Options{Marked: c.marked})
		if !errors.Is(err, result.ErrAnswer) || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneAnswerOfPoisonAlone(t *testing.T) {
	a := sample.Answer()
	a.Policies, a.Bounds = []accounting.Policy{accounting.Poison}, false
	r, err := result.New(a, result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.CashOuts {
		if c.Spanned || c.Finding.Kind != span.Reached {
			t.Errorf("%s: %+v", c.Service.Name, c.Finding)
		}
	}
	if len(r.Balances[0].Lines) != 0 {
		t.Error("poison has a balance")
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil || strings.Contains(b.String(), `"range"`) || strings.Contains(b.String(), `"haircut"`) {
		t.Errorf("what was not asked for is there (%v)", err)
	}
}

func TestAgeOfTags(t *testing.T) {
	for _, c := range []struct {
		date  string
		last  int64
		days  int
		dated bool
	}{
		{"1970-01-01", 0, 0, true},
		{"1970-01-01", 86399, 0, true},
		{"1970-01-01", 86400, 1, true},
		{"1970-01-03", 86400, -1, true},
		{"", 86400, 0, false},
		{"1970", 86400, 0, false},
	} {
		a := sample.Answer()
		a.Arrivals = a.Arrivals[:1]
		a.Arrivals[0].Row.Time = c.last
		a.Services[a.Arrivals[0].Service].Date = c.date
		r, err := result.New(a, result.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Concat(r.CashOuts, r.Mixers)[0]; got.TagAge != c.days || got.Dated != c.dated {
			t.Errorf("tag of %q at %d: %d, %v", c.date, c.last, got.TagAge, got.Dated)
		}
	}
}

// TestLaws holds the result of any answer against the answer: nothing is lost or added,
// ranges hold every policy, and the order of the answer's lists means nothing.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := answers().Draw(t, "answer")
		r, err := result.New(a, result.Options{Values: sample.Values(), Day: 2000})
		if err != nil {
			t.Fatal(err)
		}
		sums := map[again.Asset][3]follow.Taint{}
		add := func(list []result.CashOut, fate int) {
			for _, c := range list {
				k := again.Asset{Theft: c.Theft, Chain: c.Chain, Asset: c.Asset}
				s := sums[k]
				s[fate], _ = span.Add(s[fate], c.Amount)
				sums[k] = s
				for _, p := range r.Asked.Conserving() {
					if v := span.Under(c.Amount, p); v.Cmp(c.Span.Least) < 0 || v.Cmp(c.Span.Most) > 0 {
						t.Fatalf("%s finds %s, not in %v", p, v, c.Span)
					}
					if usd := c.USD.AtCashOut; usd.Under(p).Cmp(usd.Least) < 0 || usd.Under(p).Cmp(usd.Most) > 0 {
						t.Fatalf("%s finds USD %s, not %s to %s", p, usd.Under(p), usd.Least, usd.Most)
					}
				}
			}
		}
		add(r.CashOuts, 0)
		add(r.Mixers, 1)
		add(r.Hubs, 2)
		for _, b := range r.Balances {
			s := sums[again.Asset{Theft: b.Theft, Chain: b.Chain, Asset: b.Asset}]
			for i, of := range []follow.Taint{b.Cashed, b.Mixed, b.Unfollowed} {
				if d := differs(r.Asked, s[i], of); d != "" {
					t.Fatalf("%s: %d: %s", b.Theft, i, d)
				}
			}
			for _, l := range b.Lines {
				if !l.Closes() || !l.Listed {
					t.Fatalf("%+v: closes %v", l, l.Closes())
				}
			}
		}
		if len(r.Balances) != len(a.Sums) || len(r.Holdings) != len(a.Holdings) || len(r.Arrivals) != len(a.Arrivals) {
			t.Fatal("something was lost")
		}
		other := *a
		other.Arrivals = rapid.Permutation(a.Arrivals).Draw(t, "arrivals")
		other.Holdings = rapid.Permutation(a.Holdings).Draw(t, "holdings")
		other.Sums = rapid.Permutation(a.Sums).Draw(t, "sums")
		mixed, err := result.New(&other, result.Options{Values: sample.Values(), Day: 2000})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(written(t, r), written(t, mixed)); d != "" {
			t.Fatalf("the order of lists means something:\n%s", d)
		}
	})
}

func differs(asked span.Asked, x, y follow.Taint) string {
	for _, p := range asked.Conserving() {
		if span.Under(x, p) != span.Under(y, p) {
			return string(p) + ": " + span.Under(x, p).String() + " and " + span.Under(y, p).String()
		}
	}
	return ""
}

func written(t *rapid.T, r *result.Result) string {
	var b bytes.Buffer
	if err := errors.Join(r.WriteJSON(&b), r.WriteCashOuts(&b), r.WriteArrivals(&b), r.WriteHoldings(&b)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// answers draws answers that are right.
func answers() *rapid.Generator[*follow.Answer] {
	return rapid.Custom(func(t *rapid.T) *follow.Answer {
		a := &follow.Answer{
			Thefts: []string{"T1", "T2", "any"}, Bounds: rapid.Bool().Draw(t, "bounds"),
			Policies: rapid.SliceOfNDistinct(rapid.SampledFrom(accounting.Policies()), 2, 5, rapid.ID).Draw(t, "policies"),
			Flows:    []follow.Flow{},
		}
		classes := []follow.Class{follow.Exchange, follow.Deposit, follow.Swap, follow.Other, follow.Bridge, follow.Mixer, follow.Hub}
		for i, c := range classes {
			a.Services = append(a.Services, follow.Met{Chain: chain.Bitcoin, Address: ledger.Address(rune('a' + i)), Service: follow.Service{
				Class: c, Name: rapid.SampledFrom([]string{"", "A", "=B"}).Draw(t, "name"), Date: rapid.SampledFrom([]string{"", "1970-01-01"}).Draw(t, "date"),
			}})
		}
		taints := rapid.Custom(func(t *rapid.T) follow.Taint {
			var s span.Seven[chain.Amount]
			for i := range s {
				s[i] = chain.Units64(rapid.SampledFrom([]uint64{0, 1, 2, 5, 1 << 40}).Draw(t, "amount"))
			}
			return span.Taint(s)
		})
		sums := map[again.Asset]*follow.Sum{}
		sum := func(theft string, asset ledger.Asset) *follow.Sum {
			k := again.Asset{Theft: theft, Chain: chain.Bitcoin, Asset: asset}
			if sums[k] == nil {
				sums[k] = &follow.Sum{Theft: theft, Chain: chain.Bitcoin, Asset: asset}
			}
			return sums[k]
		}
		book := func(to *follow.Taint, s *follow.Sum, t follow.Taint) {
			*to, _ = span.Add(*to, t)
			s.In, _ = span.Add(s.In, t)
		}
		thefts, assets := rapid.SampledFrom(a.Thefts), rapid.SampledFrom([]ledger.Asset{"", "31"})
		for range rapid.IntRange(0, 12).Draw(t, "arrivals") {
			i := rapid.IntRange(0, len(classes)-1).Draw(t, "service")
			x := follow.Arrival{
				Theft: thefts.Draw(t, "theft"), Asset: assets.Draw(t, "asset"), Service: i, To: a.Services[i].Address, From: "f", Taint: taints.Draw(t, "taint"),
				Row: follow.RowID{Chain: chain.Bitcoin, Time: rapid.Int64Range(0, 5000).Draw(t, "time"), Tx: "t", Kind: ledger.Output, Index: rapid.Uint32Range(0, 3).Draw(t, "index")},
			}
			a.Arrivals = append(a.Arrivals, x)
			s := sum(x.Theft, x.Asset)
			switch again.FateOf(classes[i]) {
			case again.Cashed:
				book(&s.Cashed, s, x.Taint)
			case again.Mixed:
				book(&s.Mixed, s, x.Taint)
			case again.Unfollowed:
				book(&s.Unfollowed, s, x.Taint)
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "holdings") {
			h := follow.Holding{
				Theft: thefts.Draw(t, "theft"), Chain: chain.Bitcoin, Address: rapid.SampledFrom([]ledger.Address{"", "x", "y"}).Draw(t, "address"),
				Asset: assets.Draw(t, "asset"), Taint: taints.Draw(t, "taint"), Since: rapid.Int64Range(0, 5000).Draw(t, "since"),
			}
			if rapid.Bool().Draw(t, "output") {
				h.Output = &follow.RowID{Chain: chain.Bitcoin, Tx: "o", Index: rapid.Uint32Range(0, 3).Draw(t, "index")}
			}
			a.Holdings = append(a.Holdings, h)
			s := sum(h.Theft, h.Asset)
			book(&s.Held, s, h.Taint)
		}
		for _, s := range sums {
			a.Sums = append(a.Sums, *s)
		}
		slices.SortFunc(a.Sums, func(x, y follow.Sum) int { return strings.Compare(x.Theft+string(x.Asset), y.Theft+string(y.Asset)) })
		return a
	})
}

package pattern_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/cluster"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/pattern"
	"pgregory.net/rapid"
)

// Expand is the rows of one address, in order.
func (l *rows) Expand(_ context.Context, of ledger.Frontier, step ledger.Step) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for _, tx := range l.order {
			for _, r := range l.txs[tx] {
				side := r.From
				if step.Direction == ledger.In {
					side = r.To
				}
				if side == of.Addresses[0] && step.Takes(r.Time, r.Value) && !yield(r, nil) {
					return
				}
			}
		}
	}
}

// votes are those on the last transaction of a ledger, as "heuristic: output".
func votes(t *testing.T, l *rows) (out []string) {
	t.Helper()
	tx, err := pattern.TxOf(l.txs[l.order[len(l.order)-1]])
	if err != nil {
		t.Fatal(err)
	}
	found, err := pattern.Change(&tx, pattern.SeenBefore(t.Context(), l, &tx), pattern.DefaultWeights())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Weight != pattern.DefaultWeights()[v.Heuristic] || v.Reason == "" {
			t.Errorf("%+v", v)
		}
		out = append(out, fmt.Sprintf("%s: %d", v.Heuristic, v.Output))
	}
	return out
}

// key is an address of Bitcoin of a kind, as rows have it.
func key(t *testing.T, kind chain.Kind, n byte) string {
	a, err := chain.Make(chain.Bitcoin, kind, []byte(strings.Repeat(string(rune('a'+n)), 20)))
	if err != nil {
		t.Fatal(err)
	}
	return a.Key()
}

func TestChange(t *testing.T) {
	p1, p2, p3, s1 := key(t, chain.KeyHash, 1), key(t, chain.KeyHash, 2), key(t, chain.KeyHash, 3), key(t, chain.ScriptHash, 4)
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"back":                    {[]string{"t 1d g:0=15@A > 9@B 6@A"}, []string{"pays an input address back: 1", "only address never seen before: 0"}},
		"back twice":              {[]string{"t 1d g:0=15@A g:1=5@C > 9@C 11@A"}, []string{"pays an input address back: 0", "pays an input address back: 1"}},
		"fresh":                   {[]string{"s 1d > 9@B", "t 2d g:0=15@A > 7@B 8@N"}, []string{"only address never seen before: 1"}},
		"fresh, seen as payer":    {[]string{"s 1d h:0=1@B > 1@X", "t 2d g:0=15@A > 7@B 8@N"}, []string{"only address never seen before: 1"}},
		"two fresh":               {[]string{"t 2d g:0=15@A > 7@B 8@N"}, nil},
		"none fresh":              {[]string{"s 1d > 9@B 9@N", "t 2d g:0=15@A > 7@B 8@N"}, nil},
		"fresh beside nobody":     {[]string{"t 2d g:0=15@A > 7@ 8@N"}, nil},
		"seen later":              {[]string{"s 1d > 9@B", "t 2d g:0=15@A > 7@B 8@N"}, []string{"only address never seen before: 1"}},
		"script":                  {[]string{"s 1d > 1@" + p2 + " 1@" + s1, "t 2d g:0=15@" + p1 + " > 7@" + s1 + " 8@" + p2}, []string{"only address of the kind that is spent from: 1"}},
		"script, two":             {[]string{"s 1d > 1@" + p2 + " 1@" + p3, "t 2d g:0=15@" + p1 + " > 7@" + p3 + " 8@" + p2}, nil},
		"script, mixed inputs":    {[]string{"s 1d > 1@" + p2 + " 1@" + s1, "t 2d g:0=15@" + p1 + " g:1=9@" + s1 + " > 16@" + p2 + " 8@" + p3}, []string{"only address never seen before: 1", "only amount below every input: 1"}},
		"not round":               {[]string{"s 1d > 1@B 1@C", "t 2d g:0=2000001@A > 1230000@B 770001@C"}, []string{"only amount that is not round: 1"}},
		"both round":              {[]string{"s 1d > 1@B 1@C", "t 2d g:0=2000000@A > 1000000@B 1000@C"}, nil},
		"too fine":                {[]string{"s 1d > 1@B 1@C", "t 2d g:0=2000000@A > 1234000@B 100@C"}, nil},
		"unnecessary":             {[]string{"s 1d > 1@B 1@C", "t 2d g:0=6@A g:1=9@A > 11@B 4@C"}, []string{"only amount below every input: 1"}},
		"one input":               {[]string{"s 1d > 1@B 1@C", "t 2d g:0=15@A > 11@B 4@C"}, nil},
		"an unknown value":        {[]string{"s 1d > 1@B 1@C", "t 2d g:0=6@A g:1=0@A > 2@B 4@C"}, nil},
		"one output":              {[]string{"t 2d g:0=6@A > 6@A"}, nil},
		"one with value":          {[]string{"t 2d g:0=6@A > 6@A 0@N"}, nil},
		"newly made":              {[]string{"t 2d > 6@A 1@N"}, nil},
		"strangers":               {[]string{"t 2d g:0=6@A g:1=7@B g:2=8@C > 5@X 5@Y 5@Z 1@A 2@N"}, nil},
		"contradict each other":   {[]string{"s 1d > 1@B", "t 2d g:0=6123456@A g:1=9000000@A > 11000000@A 4123456@N 1000@B"}, []string{"pays an input address back: 0", "only address never seen before: 1", "only amount that is not round: 1"}},
		"nobody is not paid back": {[]string{"s 1d > 1@B", "t 2d g:0=6@ g:1=7@A > 5@ 3@B"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, votes(t, ledgerOf(t, c.lines...))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestChangeTellsErrors(t *testing.T) {
	tx, err := pattern.TxOf(ledgerOf(t, "t 1d g:0=15@A > 9@B 6@N").txs["t"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pattern.Change(&tx, func(ledger.Address) (bool, error) { return false, errBroken }, nil); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if found, err := pattern.Change(&tx, nil, nil); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
}

// TestChangeVotesAreNamed: every vote names an output with value, each heuristic but
// the first votes once at most, and votes stand in order.
func TestChangeVotesAreNamed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := random(rt)
		for _, id := range l.order {
			tx, err := pattern.TxOf(l.txs[id])
			if err != nil {
				continue // one without rows
			}
			found, err := pattern.Change(&tx, pattern.SeenBefore(t.Context(), l, &tx), pattern.DefaultWeights())
			if err != nil {
				rt.Fatal(err)
			}
			count := map[pattern.Heuristic]int{}
			last := -1
			for _, v := range found {
				rank := slices.Index(pattern.Heuristics(), v.Heuristic)
				if count[v.Heuristic]++; rank < last || count[v.Heuristic] > 1 && v.Heuristic != pattern.Back {
					rt.Fatalf("%v", found)
				}
				last = rank
				at := slices.IndexFunc(tx.Outputs, func(o ledger.Transfer) bool { return o.Index == v.Output })
				if at < 0 || tx.Outputs[at].Value.IsZero() {
					rt.Fatalf("%+v", v)
				}
			}
		}
	})
}

func TestTxOf(t *testing.T) {
	l := ledgerOf(t, "t 1d g:0=15@A > 9@B 6@A", "u 1d > 4@C")
	whole := l.txs["t"]
	for name, rows := range map[string][]ledger.Transfer{
		"none":              nil,
		"two transactions":  {whole[0], l.txs["u"][0]},
		"an input too late": {whole[1], whole[0]},
		"a payment":         {{Chain: chain.Bitcoin, Tx: "p", Kind: ledger.Payment}},
	} {
		if _, err := pattern.TxOf(rows); !errors.Is(err, pattern.ErrRows) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if tx, err := pattern.TxOf(whole); err != nil || len(tx.Inputs) != 1 || len(tx.Outputs) != 2 {
		t.Errorf("%+v, %v", tx, err)
	}
}

func TestCoSpend(t *testing.T) {
	l := ledgerOf(t, "s 1d > 6@X 4@Y 5@Z", "t 2d a:0=6@A a:1=6@B > 12@X", "u 3d b:0=6@B b:1=6@C > 4@X 8@N", "j 4d c:0=5@D c:1=5@E c:2=5@F > 5@X 5@Y 5@Z")
	txs := append([]string{"not held", "u"}, l.order...)
	hex := func(groups [][]string) (out []string) {
		for _, g := range groups {
			var names []string
			for _, a := range g {
				var b []byte
				fmt.Sscanf(a, "0x%x", &b)
				names = append(names, string(b))
			}
			out = append(out, strings.Join(names, " "))
		}
		return out
	}
	for want, s := range map[string]cluster.Settings{
		"A B C|D|E|F|N|X|Y|Z": {ExcludeCoinJoin: true},
		"A B C N|D|E|F|X|Y|Z": {ExcludeCoinJoin: true, Change: true},
		"A B C|D E F|N|X|Y|Z": {},
	} {
		groups, err := pattern.CoSpend(t.Context(), l, chain.Bitcoin, txs, s)
		if got := strings.Join(hex(groups), "|"); err != nil || got != want {
			t.Errorf("%+v: %s, want %s, %v", s, got, want, err)
		}
	}
	for i := range l.txs["u"] {
		l.txs["u"][i].Block, l.txs["u"][i].Pos = l.txs["t"][0].Block, l.txs["t"][0].Pos
	}
	if _, err := pattern.CoSpend(t.Context(), l, chain.Bitcoin, txs, cluster.Settings{Change: true}); !errors.Is(err, cluster.ErrOrder) {
		t.Error(err)
	}
	if _, err := pattern.CoSpend(t.Context(), l, chain.Bitcoin, txs, cluster.Settings{}); err != nil {
		t.Error(err)
	}
}

func TestOutputs(t *testing.T) {
	row := func(id chain.ID, tx string, kind ledger.Kind, index uint32) follow.Flow {
		return follow.Flow{Row: follow.RowID{Chain: id, Tx: tx, Kind: kind, Index: index}}
	}
	got := pattern.Outputs([]follow.Flow{
		row(chain.Bitcoin, "b", ledger.Output, 1), row("litecoin", "b", ledger.Output, 2), row(chain.Bitcoin, "a", ledger.Output, 0),
		row(chain.Bitcoin, "b", ledger.Output, 1), row(chain.Bitcoin, "c", ledger.Payment, 0),
	}, chain.Bitcoin)
	if want := []ledger.Outpoint{{Tx: "b", Index: 1}, {Tx: "a"}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

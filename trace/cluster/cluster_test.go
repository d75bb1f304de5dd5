package cluster_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/cluster"
	"pgregory.net/rapid"
)

// tx reads "A B > X:3 Y:4": inputs have no value, outputs a value each.
func tx(block int64, text string) cluster.Tx {
	in, out, _ := strings.Cut(text, ">")
	t := cluster.Tx{ID: fmt.Sprint("t", block), Block: block}
	for a := range strings.FieldsSeq(in) {
		t.Inputs = append(t.Inputs, cluster.Entry{Address: a})
	}
	for o := range strings.FieldsSeq(out) {
		address, value, _ := strings.Cut(o, ":")
		v, err := accounting.ParseWhole(value)
		if err != nil {
			panic(err)
		}
		t.Outputs = append(t.Outputs, cluster.Entry{Address: address, Value: v})
	}
	return t
}

func Example() {
	groups, err := cluster.Of([]cluster.Tx{
		tx(1, "S > SHOP:9"), tx(2, "A B > SHOP:6 A2:4"),
	}, cluster.Settings{ExcludeCoinJoin: true, Change: true})
	fmt.Println(groups, err)
	// Output: [[A A2 B] [S] [SHOP]] <nil>
}

func TestOf(t *testing.T) {
	for name, c := range map[string]struct {
		txs  []string
		s    cluster.Settings
		want string
	}{
		"transitive":               {[]string{"A B > X:1", "B C > Y:1"}, cluster.Settings{}, "A B C|X|Y"},
		"coinjoin joins":           {[]string{"A B C > X:5 Y:5 Z:5"}, cluster.Settings{}, "A B C|X|Y|Z"},
		"coinjoin excluded":        {[]string{"A B C > X:5 Y:5 Z:5"}, cluster.Settings{ExcludeCoinJoin: true}, "A|B|C|X|Y|Z"},
		"too few spenders":         {[]string{"A A B > X:5 Y:5 Z:5"}, cluster.Settings{ExcludeCoinJoin: true}, "A B|X|Y|Z"},
		"two equal outputs":        {[]string{"A B C > X:5 Y:5 Z:4"}, cluster.Settings{ExcludeCoinJoin: true}, "A B C|X|Y|Z"},
		"a rarer value counts":     {[]string{"A B C > X:5 Y:5 Z:5 X:1 X:1 X:1 X:1"}, cluster.Settings{ExcludeCoinJoin: true}, "A|B|C|X|Y|Z"},
		"change":                   {[]string{"S > P:1", "A > P:1 N:1"}, cluster.Settings{Change: true}, "A N|P|S"},
		"one output is no change":  {[]string{"A > N:1"}, cluster.Settings{Change: true}, "A|N"},
		"two fresh":                {[]string{"A > M:1 N:1"}, cluster.Settings{Change: true}, "A|M|N"},
		"one fresh, twice":         {[]string{"A > N:1 N:2"}, cluster.Settings{Change: true}, "A N"},
		"none fresh":               {[]string{"A > M:1 N:1", "B > M:1 N:1"}, cluster.Settings{Change: true}, "A|B|M|N"},
		"paid back":                {[]string{"S > P:1", "A > A:1 N:1"}, cluster.Settings{Change: true}, "A|N|P|S"},
		"seen as an input":         {[]string{"N > P:1", "A > P:1 N:1"}, cluster.Settings{Change: true}, "A|N|P"},
		"seen in an excluded one":  {[]string{"A B C > X:5 Y:5 Z:5", "D > X:1 N:1"}, cluster.Settings{ExcludeCoinJoin: true, Change: true}, "A|B|C|D N|X|Y|Z"},
		"coinjoin with the change": {[]string{"S > X:1 Y:1 Z:1", "A B C > X:5 Y:5 Z:5 N:1"}, cluster.Settings{Change: true}, "A B C N|S|X|Y|Z"},
		"no inputs":                {[]string{"> M:1", "> M:1 N:1"}, cluster.Settings{Change: true}, "M|N"},
		"nothing":                  {nil, cluster.Settings{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var txs []cluster.Tx
			for i, text := range c.txs {
				txs = append([]cluster.Tx{tx(int64(i), text)}, txs...) // order is that of blocks
			}
			groups, err := cluster.Of(txs, c.s)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(groups); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func shown(groups [][]string) string {
	var out []string
	for _, g := range groups {
		out = append(out, strings.Join(g, " "))
	}
	return strings.Join(out, "|")
}

func TestOrderIsTold(t *testing.T) {
	if _, err := cluster.Of([]cluster.Tx{tx(1, "A > B:1"), tx(1, "C > D:1")}, cluster.Settings{}); !errors.Is(err, cluster.ErrOrder) {
		t.Error(err)
	}
}

// TestAgreesWithLabels compares with labels that are spread until nothing changes.
func TestAgreesWithLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom(strings.Split("A B C D E F G H I J K L", " "))
		var txs []cluster.Tx
		for i := range rapid.Int64Range(1, 8).Draw(t, "txs") {
			n := cluster.Tx{Block: i}
			for range rapid.IntRange(0, 4).Draw(t, "inputs") {
				n.Inputs = append(n.Inputs, cluster.Entry{Address: who.Draw(t, "from")})
			}
			for range rapid.IntRange(0, 4).Draw(t, "outputs") {
				n.Outputs = append(n.Outputs, cluster.Entry{Address: who.Draw(t, "to"), Value: accounting.Whole(rapid.Int64Range(1, 2).Draw(t, "value"))})
			}
			txs = append(txs, n)
		}
		s := cluster.Settings{ExcludeCoinJoin: rapid.Bool().Draw(t, "exclude"), Change: rapid.Bool().Draw(t, "change")}
		got, err := cluster.Of(rapid.Permutation(txs).Draw(t, "file order"), s)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(labelled(txs, s), shown(got)); d != "" {
			t.Fatal(d)
		}
	})
}

// labelled is the second implementation.
func labelled(txs []cluster.Tx, s cluster.Settings) string {
	label := map[string]string{}
	var together [][2]string
	for _, tx := range txs {
		fresh, back, in := map[string]bool{}, false, map[string]bool{}
		for _, e := range tx.Inputs {
			in[e.Address] = true
		}
		for _, o := range tx.Outputs {
			if label[o.Address] == "" {
				fresh[o.Address] = true
			}
			back = back || in[o.Address]
		}
		for _, e := range slices.Concat(tx.Inputs, tx.Outputs) {
			label[e.Address] = e.Address
		}
		mixed := false
		for _, o := range tx.Outputs {
			n := 0
			for _, p := range tx.Outputs {
				if p.Value.Cmp(o.Value) == 0 {
					n++
				}
			}
			mixed = mixed || n >= 3 && len(in) >= n
		}
		if mixed && s.ExcludeCoinJoin {
			continue
		}
		for a := range in {
			for b := range in {
				together = append(together, [2]string{a, b})
			}
			for f := range fresh {
				if s.Change && len(fresh) == 1 && !back && len(tx.Outputs) > 1 {
					together = append(together, [2]string{a, f})
				}
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, p := range together {
			low := min(label[p[0]], label[p[1]])
			changed = changed || label[p[0]] != low || label[p[1]] != low
			label[p[0]], label[p[1]] = low, low
		}
	}
	groups := map[string][]string{}
	for a, l := range label {
		groups[l] = append(groups[l], a)
	}
	var out []string
	for _, g := range groups {
		slices.Sort(g)
		out = append(out, strings.Join(g, " "))
	}
	slices.Sort(out)
	return strings.Join(out, "|")
}

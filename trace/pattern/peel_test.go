package pattern_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/pattern"
	"pgregory.net/rapid"
)

const day = 24 * 3600

// rows is a ledger of one chain of outputs.
type rows struct {
	txs    map[string][]ledger.Transfer
	spends map[ledger.Outpoint]ledger.Transfer
	order  []string
	asked  int
}

func (l *rows) Transaction(_ context.Context, _ chain.ID, tx string) ([]ledger.Transfer, error) {
	l.asked++
	return l.txs[tx], nil
}

func (l *rows) Spenders(_ context.Context, _ chain.ID, of []ledger.Outpoint) (out []ledger.Transfer, _ error) {
	for _, o := range of {
		out = append(out, l.spends[o])
	}
	return out, nil
}

// add takes "t2 9d a:0=100@A,… > 90@B 10@C": a transaction, its day, inputs and outputs.
func (l *rows) add(t interface{ Fatal(...any) }, text string) {
	if l.txs == nil {
		l.txs, l.spends = map[string][]ledger.Transfer{}, map[ledger.Outpoint]ledger.Transfer{}
	}
	head, outputs, _ := strings.Cut(text, ">")
	words := strings.Fields(head)
	row := ledger.Transfer{Chain: chain.Bitcoin, Tx: words[0], Pos: uint32(len(l.order))}
	if _, err := fmt.Sscanf(words[1], "%dd", &row.Time); err != nil {
		t.Fatal(text, err)
	}
	row.Block, row.Time = uint64(row.Time), row.Time*day
	var out []ledger.Transfer
	for i, in := range words[2:] {
		r := row
		r.Kind, r.Index = ledger.Input, uint32(i)
		of, value, _ := strings.Cut(in, "=")
		tx, index, _ := strings.Cut(of, ":")
		r.Spends.Tx = tx
		fmt.Sscan(index, &r.Spends.Index)
		r.Value, r.From = amount(t, value)
		out, l.spends[r.Spends] = append(out, r), r
	}
	for i, o := range strings.Fields(outputs) {
		r := row
		r.Kind, r.Index = ledger.Output, uint32(i)
		r.Value, r.To = amount(t, o)
		out = append(out, r)
	}
	l.txs[row.Tx], l.order = out, append(l.order, row.Tx)
}

func amount(t interface{ Fatal(...any) }, text string) (chain.Amount, ledger.Address) {
	value, who, _ := strings.Cut(text, "@")
	a, err := chain.ParseAmount(value)
	if err != nil {
		t.Fatal(text, err)
	}
	return a, ledger.Address(who)
}

func ledgerOf(t *testing.T, lines ...string) *rows {
	l := &rows{}
	for _, line := range lines {
		l.add(t, line)
	}
	return l
}

type tags map[ledger.Address]string

func (s tags) Service(_ chain.ID, a ledger.Address) (follow.Service, bool) {
	name, ok := s[a]
	return follow.Service{Class: follow.Exchange, Name: name}, ok
}

// shown is "t1 t2 t3 peeled 30 fees 3 change 67@D".
func shown(found pattern.Found) string {
	var out []string
	for _, p := range found.Chains {
		s := fmt.Sprintf("%s peeled %s fees %s change %s@%s", strings.Join(p.Txs, " "), p.Peeled, p.Fees, p.Change.Value, p.Change.Address)
		for _, o := range p.Services() {
			s += " " + o.Service.Name
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestPeels(t *testing.T) {
	three := []string{"t1 1d g:0=100@A > 10@P 89@B", "t2 2d t1:1=89@B > 79@C 10@Q", "t3 3d t2:0=79@C > 9@R 69@D"}
	const whole = "t1 t2 t3 peeled 29 fees 2 change 69@D"
	for name, c := range map[string]struct {
		lines []string
		from  ledger.Outpoint
		rules pattern.Rules
		want  string
	}{
		"from the first":        {three, ledger.Outpoint{Tx: "t1", Index: 1}, pattern.Rules{}, whole},
		"from the last":         {three, ledger.Outpoint{Tx: "t3", Index: 1}, pattern.Rules{}, whole},
		"from what is peeled":   {three, ledger.Outpoint{Tx: "t2", Index: 1}, pattern.Rules{}, whole},
		"from what it spends":   {three, ledger.Outpoint{Tx: "g"}, pattern.Rules{}, whole},
		"from elsewhere":        {three, ledger.Outpoint{Tx: "x"}, pattern.Rules{}, ""},
		"services":              {three, ledger.Outpoint{Tx: "t1"}, pattern.Rules{Services: tags{"Q": "one", "D": "two", "B": "three"}}, whole + " one two"},
		"two are none":          {three[:2], ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"two by rule":           {three[:2], ledger.Outpoint{Tx: "t1"}, pattern.Rules{Least: 2}, "t1 t2 peeled 20 fees 1 change 79@C"},
		"14 days":               {append(three[:2:2], "t3 16d t2:0=79@C > 9@R 69@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, whole},
		"15 days":               {append(three[:2:2], "t3 17d t2:0=79@C > 9@R 69@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"15 days by rule":       {append(three[:2:2], "t3 17d t2:0=79@C > 9@R 69@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{Gap: 15 * day}, whole},
		"half":                  {append(three[:2:2], "t3 3d t2:0=79@C > 39@R 40@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, "t1 t2 t3 peeled 59 fees 1 change 40@D"},
		"less than half":        {append(three[:2:2], "t3 3d t2:0=79@C > 39@R 39@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"two in three by rule":  {append(three[:2:2], "t3 3d t2:0=79@C > 30@R 49@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{Share: 667}, ""},
		"two inputs":            {append(three[:2:2], "t3 3d t2:0=79@C h:0=9@C > 9@R 79@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"three outputs":         {append(three[:2:2], "t3 3d t2:0=79@C > 9@R 69@D 1@E"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"the payment is spent":  {append(three[:2:2], "t3 3d t2:1=10@Q > 1@R 9@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"goes on":               {append(slices.Clone(three), "t4 4d t3:1=69@D > 60@E 9@S"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, "t1 t2 t3 t4 peeled 38 fees 2 change 60@E"},
		"equal halves, the one": {append(three[:2:2], "t3 3d t2:0=79@C > 40@D 39@R", "t4 4d t3:0=40@D > 20@E 20@F", "t5 5d t4:1=20@F > 15@G 5@S"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, "t1 t2 t3 t4 t5 peeled 84 fees 1 change 15@G"},
		"equal halves, both": {
			[]string{"t1 1d g:0=100@A > 50@P 50@B", "t2 2d t1:0=50@P > 40@C 10@Q", "t3 3d t2:0=40@C > 39@R 1@D", "u2 2d t1:1=50@B > 49@U 1@V", "u3 2d u2:0=49@U > 48@U 1@V", "u4 2d u3:0=48@U > 47@U 1@V"},
			ledger.Outpoint{Tx: "u4"},
			pattern.Rules{},
			"u2 u3 u4 peeled 3 fees 0 change 47@U",
		},
		"values that were not known": {
			[]string{three[0], "t2 2d t1:1=0@ > 79@C 10@Q", "t3 3d t2:0=0@ > 9@R 69@D"},
			ledger.Outpoint{Tx: "t1"},
			pattern.Rules{},
			whole,
		},
		"more than it has":   {append(three[:2:2], "t3 3d t2:0=79@C > 11@R 69@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"values that differ": {append(three[:2:2], "t3 3d t2:0=80@C > 11@R 69@D"), ledger.Outpoint{Tx: "t1"}, pattern.Rules{}, ""},
		"a circle": {
			[]string{"t1 1d t3:0=9@A > 9@A 0@B", "t2 1d t1:0=9@A > 9@A 0@B", "t3 1d t2:0=9@A > 9@A 0@B"},
			ledger.Outpoint{Tx: "t2"},
			pattern.Rules{},
			"",
		},
		"a coinbase before": {append(slices.Clone(three), "g 0d > 100@A"), ledger.Outpoint{Tx: "g"}, pattern.Rules{}, whole},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := pattern.Peels(t.Context(), ledgerOf(t, c.lines...), chain.Bitcoin, []ledger.Outpoint{c.from}, c.rules)
			if err != nil || found.Stopped {
				t.Fatal(found.Stopped, err)
			}
			if got := shown(found); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// long is a chain of so many transactions.
func long(t *testing.T, n int) *rows {
	l := &rows{}
	for i := range n {
		l.add(t, fmt.Sprintf("t%d %dd t%d:0=%d@A > %d@A 1@P", i, i, i-1, 2000-i, 1999-i))
	}
	return l
}

func TestPeelsAreBounded(t *testing.T) {
	l := long(t, 1000)
	for from, want := range map[string]string{"t0": "", "t500": ""} {
		found, err := pattern.Peels(t.Context(), l, chain.Bitcoin, []ledger.Outpoint{{Tx: from}}, pattern.Rules{Most: 100})
		if err != nil || !found.Stopped || found.Looked != 100 || shown(found) != want {
			t.Errorf("from %s: %s, looked at %d, stopped %v, %v", from, shown(found), found.Looked, found.Stopped, err)
		}
	}
	var all []ledger.Outpoint
	for _, tx := range l.order {
		all = append(all, ledger.Outpoint{Tx: tx}, ledger.Outpoint{Tx: tx, Index: 1})
	}
	l.asked = 0
	found, err := pattern.Peels(t.Context(), l, chain.Bitcoin, all, pattern.Rules{})
	if err != nil || found.Stopped || len(found.Chains) != 1 || len(found.Chains[0].Txs) != 1000 || l.asked > 1001 {
		t.Errorf("%d chains, stopped %v, asked for %d transactions, %v", len(found.Chains), found.Stopped, l.asked, err)
	}
}

type broken struct{ *rows }

var errBroken = errors.New("broken")

func (broken) Transaction(context.Context, chain.ID, string) ([]ledger.Transfer, error) {
	return nil, errBroken
}

func TestPeelsTellErrors(t *testing.T) {
	_, err := pattern.Peels(t.Context(), broken{long(t, 3)}, chain.Bitcoin, []ledger.Outpoint{{Tx: "t1"}}, pattern.Rules{})
	if !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// TestPeelsAgreeWithBruteForce compares with all paths of small random ledgers.
func TestPeelsAgreeWithBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := random(t)
		var of []ledger.Outpoint
		for _, tx := range l.order {
			of = append(of, ledger.Outpoint{Tx: tx, Index: rapid.Uint32Range(0, 2).Draw(t, "index")})
		}
		of = rapid.Permutation(of).Draw(t, "order")
		rules := pattern.Rules{Least: rapid.IntRange(2, 4).Draw(t, "least"), Gap: 2 * day}
		found, err := pattern.Peels(t.Context(), l, chain.Bitcoin, of, rules)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range found.Chains {
			got = append(got, strings.Join(p.Txs, " "))
			sum := p.Change.Value
			for _, a := range []chain.Amount{p.Peeled, p.Fees} {
				sum, _ = sum.Add(a)
			}
			if sum != p.Input || len(p.Payees) != len(p.Txs) {
				t.Fatalf("%v does not close: %s of %s", p.Txs, sum, p.Input)
			}
		}
		slices.Sort(got)
		if d := cmp.Diff(paths(l, rules), got); d != "" {
			t.Fatal(d)
		}
	})
}

// random is a ledger of transactions of one or two inputs and one to three outputs.
func random(t *rapid.T) *rows {
	l := &rows{}
	for _, line := range randomLines(t) {
		l.add(t, line)
	}
	return l
}

func randomLines(t *rapid.T) (lines []string) {
	type out struct {
		of    string
		value int
	}
	unspent := []out{{"g:0", 64}, {"g:1", 64}}
	day := 0
	for i := range rapid.IntRange(1, 14).Draw(t, "transactions") {
		day += rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "days")
		line, left := fmt.Sprintf("t%d %dd", i, day), 0
		for range rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "inputs") {
			if len(unspent) == 0 {
				break
			}
			at := rapid.IntRange(0, len(unspent)-1).Draw(t, "input")
			line += fmt.Sprintf(" %s=%d@A", unspent[at].of, unspent[at].value)
			left += unspent[at].value
			unspent = slices.Delete(unspent, at, at+1)
		}
		line += " >"
		for k := range rapid.SampledFrom([]int{1, 2, 2, 2, 2, 3}).Draw(t, "outputs") {
			value := rapid.OneOf(rapid.IntRange(0, left), rapid.Just(left/2), rapid.Just(left)).Draw(t, "value")
			left -= value
			line += fmt.Sprintf(" %d@B", value)
			unspent = append(unspent, out{fmt.Sprintf("t%d:%d", i, k), value})
		}
		lines = append(lines, line)
	}
	return lines
}

// paths is the definition: all paths of which none can be made longer.
func paths(l *rows, rules pattern.Rules) (out []string) {
	fits := func(tx string, keeps int) bool {
		r := l.txs[tx]
		if len(r) != 3 || r[0].Kind != ledger.Input || r[1].Kind != ledger.Output {
			return false
		}
		in, _ := r[0].Value.Uint64()
		change, _ := r[1+keeps].Value.Uint64()
		other, _ := r[2-keeps].Value.Uint64()
		return in > 0 && 2*change >= in && change >= other
	}
	next, before := map[string]string{}, map[string]string{}
	for _, tx := range l.order {
		for keeps := range 2 {
			if next[tx] != "" || !fits(tx, keeps) {
				continue
			}
			for _, by := range l.order {
				for _, r := range l.txs[by] {
					spends := r.Spends == ledger.Outpoint{Tx: tx, Index: uint32(keeps)}
					if spends && (fits(by, 0) || fits(by, 1)) && r.Time-l.txs[tx][0].Time <= rules.Gap {
						next[tx], before[by] = by, tx
					}
				}
			}
		}
	}
	for _, tx := range l.order {
		if before[tx] != "" || !fits(tx, 0) && !fits(tx, 1) {
			continue
		}
		path := []string{tx}
		for at := next[tx]; at != ""; at = next[at] {
			path = append(path, at)
		}
		if len(path) >= rules.Least {
			out = append(out, strings.Join(path, " "))
		}
	}
	slices.Sort(out)
	return out
}

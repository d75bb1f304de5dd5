package truth_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// noise makes rows that are not of the case, the same ones every time. They stand in
// blocks of the case, between its rows.
type noise struct {
	random *rand.Rand
	near   []ledger.Transfer // rows of the case, beside which noise is put
	made   int
}

func around(v verified, seed uint64) *noise {
	return &noise{random: rand.New(rand.NewPCG(seed, 0)), near: v.rows}
}

// stranger and giver are accounts of nobody in the case; nobody pays a giver.
func (n *noise) stranger() ledger.Address {
	return ledger.Address(fmt.Sprintf("noise account %06d", n.random.IntN(5_000)))
}

func (n *noise) giver() ledger.Address {
	return ledger.Address(fmt.Sprintf("noise giver %08d", n.random.IntN(5_000)))
}

// payment is a row beside the i-th row of the case.
func (n *noise) payment(i int, from, to ledger.Address, value uint64) ledger.Transfer {
	row := n.near[i]
	n.made++
	row.Tx = fmt.Sprintf("noise transaction %013d", n.made)
	row.Index = uint32(n.random.IntN(8))
	row.From, row.To, row.Value = from, to, chain.Units64(value)
	return row
}

// strangers pay each other.
func (n *noise) strangers(rows int) (out []ledger.Transfer) {
	for range rows {
		out = append(out, n.payment(n.random.IntN(len(n.near)), n.stranger(), n.stranger(), 1+n.random.Uint64N(1e12)))
	}
	return out
}

// through makes clean value of givers go into accounts of the case, which are neither
// sources nor terminals, and as much of it out again to strangers, later.
func (n *noise) through(v verified, times int) (out []ledger.Transfer) {
	for range times {
		in := n.random.IntN(len(n.near) - 1)
		who := n.near[in].From
		if who == "" || v.terminals[who] || v.sources[who] {
			continue
		}
		value := 1 + n.random.Uint64N(2e9) // up to 2,000 USD
		later := in + 1 + n.random.IntN(len(n.near)-in-1)
		if n.near[later].Block <= n.near[in].Block {
			continue
		}
		out = append(out, n.payment(in, n.giver(), who, value), n.payment(later, who, n.stranger(), value))
	}
	return out
}

// others are the edges of other cases: those of accounts that the case does not have,
// and those that pay into its accounts. What they pay stands in the blocks of the other
// case.
func others(t testing.TB, v verified) (apart, into []ledger.Transfer) {
	t.Helper()
	in := map[ledger.Address]bool{}
	times := map[uint64]int64{}
	for i := range v.rows {
		in[v.rows[i].From], in[v.rows[i].To] = true, true
		times[v.rows[i].Block] = v.rows[i].Time
	}
	for _, name := range []string{"HB", "Atomic", "54m", "LIFI", "XScam"} {
		if name == v.name {
			continue
		}
		for _, row := range open(t, name).rows {
			if at, ok := times[row.Block]; ok && at != row.Time {
				t.Fatalf("block %d has two times", row.Block)
			}
			switch {
			case !in[row.From] && !in[row.To]:
				apart = append(apart, row)
			case !in[row.From]:
				into = append(into, row)
			}
		}
	}
	return apart, into
}

// told is an answer without what it says of the ledger and of the work.
func told(a *follow.Answer) follow.Answer {
	out := *a
	out.Ledgers, out.Work = nil, follow.Work{}
	return out
}

// Rows of accounts that the case does not have change nothing, to the byte.
func TestSharedNoiseBeside(t *testing.T) {
	for _, name := range []string{"Atomic", "HB"} {
		v := open(t, name)
		alone := v.trace(t, kept(t, v.rows))
		apart, _ := others(t, v)
		random := around(v, 1).strangers(20_000)
		noisy := v.trace(t, kept(t, slices.Concat(v.rows, apart, random)))
		if diff := cmp.Diff(told(alone.answer), told(noisy.answer), exact); diff != "" {
			t.Errorf("%s: noise beside it changes the answer (-alone +noisy):\n%s", name, diff)
		}
		if alone.answer.Work.Applied != noisy.answer.Work.Applied {
			t.Errorf("%s: %d rows applied, %d with noise", name, alone.answer.Work.Applied, noisy.answer.Work.Applied)
		}
		t.Logf("%-6s %d rows, %d edges of other cases and %d payments of strangers beside: the same answer, %d arrivals",
			name, len(v.rows), len(apart), len(random), len(noisy.answer.Arrivals))
	}
}

var exact = cmp.Comparer(func(a, b chain.Amount) bool { return a == b })

// Clean coins that go into accounts of the case, and through them, leave poison's reach
// as it is, and what the other policies find still adds up, within the bounds. How much
// of it reaches terminals is then another figure: what is clean lies beside what is
// stolen.
func TestSharedNoiseThrough(t *testing.T) {
	for _, name := range []string{"Atomic", "HB"} {
		published := open(t, name)
		v, _ := published.opened()
		alone := v.trace(t, kept(t, v.rows))
		_, into := others(t, published)
		n := around(published, 2)
		clean := n.through(published, 2_000)
		rows := slices.Concat(v.rows, into, clean, n.strangers(5_000))
		noisy := v.trace(t, kept(t, rows))
		noisy.closes(t)
		for _, p := range accounting.Policies() {
			t.Log(alone.line(v, "with opening balances", p))
			t.Log(noisy.line(v, "and clean coins", p))
		}
		if diff := cmp.Diff(alone.terminals[accounting.Poison], noisy.terminals[accounting.Poison]); diff != "" {
			t.Errorf("%s: poison reaches other terminals (-alone +noisy):\n%s", name, diff)
		}
		if alone.arrived[accounting.Poison].Cmp(noisy.arrived[accounting.Poison]) != 0 {
			t.Errorf("%s: poison brings %s, with noise %s", name, usd(alone.arrived[accounting.Poison]), usd(noisy.arrived[accounting.Poison]))
		}
		given := new(big.Int)
		for _, row := range clean {
			if strings.HasPrefix(string(row.From), "noise giver") {
				given.Add(given, row.Value.Big())
			}
		}
		t.Logf("%-6s %d edges of other cases into its accounts, %d payments of %s USD through them", name, len(into), len(clean)/2, usd(given))
		if len(clean) < 1_000 {
			t.Errorf("%s: %d clean payments are no noise", name, len(clean))
		}
	}
}

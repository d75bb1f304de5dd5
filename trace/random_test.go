package trace_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

func params(t *rapid.T, names []string) trace.Params {
	p := trace.Params{FeesToMiner: rapid.Bool().Draw(t, "to_miner")}
	if rapid.IntRange(0, 2).Draw(t, "dusty") == 0 {
		dust := accounting.Whole(rapid.Int64Range(0, 4).Draw(t, "dust"))
		p.Dust = &dust
	}
	for _, n := range names {
		if rapid.IntRange(0, 4).Draw(t, "service") == 0 {
			p.Boundary = append(p.Boundary, n)
		}
	}
	return p
}

func marks(t *rapid.T, candidates []string) (out []trace.Theft) {
	if len(candidates) == 0 {
		return nil
	}
	for range rapid.IntRange(1, 4).Draw(t, "marks") {
		out = append(out, trace.Theft{ID: rapid.SampledFrom([]string{"T1", "T2", "T3"}).Draw(t, "theft"), Mark: rapid.SampledFrom(candidates).Draw(t, "mark")})
	}
	return out
}

var addresses = []string{"A", "B", "C", "D", "E"}

// randomCoins draws a case in which every transaction is sound.
func randomCoins(t *rapid.T) trace.Coins {
	c := trace.Coins{Params: params(t, addresses)}
	value, who := rapid.Int64Range(0, 12), rapid.SampledFrom(addresses)
	var names, made []string
	var values []int64
	for i := range rapid.IntRange(1, 5).Draw(t, "genesis") {
		v := value.Draw(t, "value")
		names, values = append(names, fmt.Sprintf("g:%d", i)), append(values, v)
		c.Genesis = append(c.Genesis, trace.Output{Outpoint: names[i], Address: who.Draw(t, "at"), Value: accounting.Whole(v)})
	}
	pay := func(tx *trace.Tx, pool int64) (fee int64) {
		for range rapid.IntRange(0, 3).Draw(t, "outputs") {
			v := rapid.Int64Range(0, pool).Draw(t, "output")
			pool -= v
			name := fmt.Sprintf("%s:%d", tx.ID, len(tx.Outputs))
			names, values, made = append(names, name), append(values, v), append(made, name)
			tx.Outputs = append(tx.Outputs, trace.Output{Address: who.Draw(t, "to"), Value: accounting.Whole(v)})
		}
		return pool
	}
	for block := range rapid.Int64Range(1, 3).Draw(t, "blocks") {
		fees := int64(0)
		n := rapid.IntRange(0, 3).Draw(t, "txs")
		places := rapid.Permutation([]int64{0, 1, 2, 3}).Draw(t, "places")
		for k := range n {
			tx := trace.Tx{ID: fmt.Sprintf("t%d.%d", block, k), Block: block, Pos: int64(10 + k)}
			pool := int64(0)
			for range rapid.IntRange(0, min(3, len(names))).Draw(t, "inputs") {
				i := rapid.IntRange(0, len(names)-1).Draw(t, "input")
				tx.Inputs, pool = append(tx.Inputs, names[i]), pool+values[i]
				names, values = append(names[:i:i], names[i+1:]...), append(values[:i:i], values[i+1:]...)
			}
			fees += pay(&tx, pool)
			c.Txs = append(c.Txs, tx)
		}
		if rapid.Bool().Draw(t, "coinbase") {
			subsidy := value.Draw(t, "subsidy")
			tx := trace.Tx{ID: fmt.Sprintf("cb%d", block), Block: block, Pos: places[0] * 7, Coinbase: true, Subsidy: accounting.Whole(subsidy)}
			pay(&tx, subsidy+fees)
			c.Txs = append(c.Txs, tx)
		}
	}
	c.Thefts = marks(t, made)
	c.Txs = rapid.Permutation(c.Txs).Draw(t, "file order")
	return c
}

// randomAccounts draws a case of events; balances may be short.
func randomAccounts(t *rapid.T) trace.Accounts {
	c := trace.Accounts{Params: params(t, addresses)}
	value, who, asset := rapid.Int64Range(0, 12), rapid.SampledFrom(addresses), rapid.SampledFrom([]string{"X", "Y"})
	for range rapid.IntRange(0, 5).Draw(t, "opening") {
		c.Opening = append(c.Opening, trace.Opening{Account: who.Draw(t, "of"), Asset: asset.Draw(t, "asset"), Value: accounting.Whole(value.Draw(t, "value"))})
	}
	var ids []string
	swaps := 0
	for i := range rapid.Int64Range(1, 9).Draw(t, "events") {
		e := trace.Event{
			ID: fmt.Sprintf("e%d", i), Block: i / 4, Pos: i % 4 / 2, Idx: i % 2, From: who.Draw(t, "from"), To: who.Draw(t, "to"),
			Paid: trace.Quantity{Asset: asset.Draw(t, "asset"), Value: accounting.Whole(value.Draw(t, "value"))},
		}
		if rapid.IntRange(0, 3).Draw(t, "swap") == 0 && swaps < 3 {
			swaps++
			e.Swap = true
			e.Paid.Value = accounting.Whole(rapid.Int64Range(0, 4).Draw(t, "in"))
			e.Received = trace.Quantity{Asset: asset.Draw(t, "into"), Value: accounting.Whole(value.Draw(t, "out"))}
		}
		if rapid.Bool().Draw(t, "pays a fee") {
			e.Fee = trace.Quantity{Asset: rapid.SampledFrom([]string{"", "X", "Y"}).Draw(t, "fee asset"), Value: accounting.Whole(rapid.Int64Range(0, 3).Draw(t, "fee"))}
		}
		ids = append(ids, e.ID)
		c.Events = append(c.Events, e)
	}
	c.Thefts = marks(t, ids)
	c.Events = rapid.Permutation(c.Events).Draw(t, "file order")
	return c
}

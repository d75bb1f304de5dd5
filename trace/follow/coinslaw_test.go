package follow_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"pgregory.net/rapid"
)

// taints are what an answer has by policy, then least and most.
func taints(t follow.Taint) []chain.Amount {
	return []chain.Amount{t.Poison, t.Haircut, t.FIFO, t.LIFO, t.TIHO, t.Least, t.Most}
}

// closes holds every sum of an answer to the balance that the contract states.
func closes(t interface {
	Helper()
	Fatalf(string, ...any)
}, a *follow.Answer,
) {
	t.Helper()
	for _, s := range a.Sums {
		for p := 1; p < 5; p++ {
			if !slices.Contains(a.Policies, accounting.Policies()[p]) {
				continue
			}
			units := func(of follow.Taint) accounting.Units { return accounting.UnitsOf(taints(of)[p]) }
			came := accounting.UnitsOf(s.Stolen).Sub(units(s.Again)).Add(units(s.In))
			var went accounting.Units
			for _, line := range []follow.Taint{s.Held, s.Cashed, s.Mixed, s.Fees, s.Dropped, s.Unfollowed, s.Out} {
				went = went.Add(units(line))
			}
			if came != went {
				t.Fatalf("%s by %s: %s came and %s went: %+v", s.Theft, accounting.Policies()[p], came, went, s)
			}
		}
	}
}

// coinCase is a case of the reference, and its rows.
type coinCase struct {
	c      trace.Coins
	rows   []ledger.Transfer
	values map[string]uint64
	thefts []follow.Theft
	q      follow.Question
}

// services are addresses that are exchanges.
type coinServices []string

func (s coinServices) Service(_ chain.ID, a ledger.Address) (follow.Service, bool) {
	return follow.Service{Class: follow.Exchange, Name: string(a)}, slices.Contains(s, string(a))
}

// randomCoins draws a case: outputs of all sizes, noughts among them, that are spent by
// few transactions, with coinbases, services, several thefts and a floor.
func randomCoins(t *rapid.T) *coinCase {
	d := &coinCase{values: map[string]uint64{}}
	address := rapid.SampledFrom([]string{"A", "B", "C", "D", "X", "Y"})
	value := rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64Range(0, 1<<50))
	var unspent []string
	owner := map[string]string{}
	row := func(tx string, block int64, pos int, kind ledger.Kind, index int) ledger.Transfer {
		return ledger.Transfer{Chain: chain.Bitcoin, Tx: tx, Kind: kind, Block: uint64(block), Pos: uint32(pos), Index: uint32(index), Time: block}
	}
	make := func(tx string, block int64, pos, index int, v uint64) trace.Output {
		of := tx + ":" + strconv.Itoa(index)
		r := row(tx, block, pos, ledger.Output, index)
		owner[of] = address.Draw(t, "address")
		r.To, r.Value = ledger.Address(owner[of]), chain.Units64(v)
		d.rows, d.values[of], unspent = append(d.rows, r), v, append(unspent, of)
		return trace.Output{Outpoint: of, Address: owner[of], Value: accounting.Whole(int64(v))}
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "genesis") {
		d.c.Genesis = append(d.c.Genesis, make("g", 0, 0, i, value.Draw(t, "value")))
	}
	var outputs []string
	block := int64(1)
	for n := range rapid.IntRange(1, 12).Draw(t, "transactions") {
		if rapid.Bool().Draw(t, "next block") {
			block++
		}
		tx := trace.Tx{ID: "t" + strconv.Itoa(n), Block: block, Pos: int64(n + 1)}
		left := uint64(0)
		if len(unspent) == 0 || rapid.IntRange(0, 9).Draw(t, "mint") == 0 {
			block++ // one in a block
			tx.Coinbase, tx.Block, left = true, block, value.Draw(t, "subsidy")
			tx.Subsidy = accounting.Whole(int64(left))
		} else {
			for i := range rapid.IntRange(1, min(3, len(unspent))).Draw(t, "inputs") {
				at := rapid.IntRange(0, len(unspent)-1).Draw(t, "input")
				of := unspent[at]
				unspent = slices.Delete(unspent, at, at+1)
				r := row(tx.ID, block, n+1, ledger.Input, i)
				r.From, r.Value, r.Spends = ledger.Address(owner[of]), chain.Units64(d.values[of]), coinOutpoint(of)
				d.rows, tx.Inputs, left = append(d.rows, r), append(tx.Inputs, of), left+d.values[of]
			}
		}
		count := rapid.IntRange(1, 4).Draw(t, "outputs")
		for i := range count {
			v := rapid.OneOf(rapid.Uint64Range(0, left), rapid.Just(left), rapid.Just(left/2)).Draw(t, "value")
			if tx.Coinbase && i == count-1 {
				v = left // what it does not claim no row tells
			}
			left -= v
			o := make(tx.ID, tx.Block, n+1, i, v)
			outputs = append(outputs, o.Outpoint)
			tx.Outputs = append(tx.Outputs, trace.Output{Address: o.Address, Value: o.Value})
		}
		d.c.Txs = append(d.c.Txs, tx)
		if tx.Coinbase {
			block++ // the reference computes it after the others of its block
		}
	}
	d.thefts = nil
	for i := range rapid.IntRange(1, 3).Draw(t, "thefts") {
		theft := follow.Theft{ID: "T" + strconv.Itoa(i)}
		for range rapid.IntRange(1, 2).Draw(t, "marks") {
			of := rapid.SampledFrom(outputs).Draw(t, "mark")
			d.c.Thefts = append(d.c.Thefts, trace.Theft{ID: theft.ID, Mark: of})
			theft.Marks = append(theft.Marks, coinMark(chain.Bitcoin, of))
		}
		d.thefts = append(d.thefts, theft)
	}
	d.q = follow.Question{Thefts: d.thefts, Rules: follow.Rules{Bounds: true}}
	if rapid.Bool().Draw(t, "services") {
		d.c.Boundary, d.q.Services = []string{"X", "Y"}, coinServices{"X", "Y"}
	}
	if rapid.IntRange(0, 3).Draw(t, "floor") == 0 {
		floor := rapid.Int64Range(1, 20).Draw(t, "least")
		dust := accounting.Whole(floor)
		d.c.Dust, d.q.Rules.Dust = &dust, []follow.Floor{{Chain: chain.Bitcoin, Least: chain.Units64(uint64(floor))}}
	}
	return d
}

// jump lets times of blocks, ten minutes apart, go back by an hour at most.
func (d *coinCase) jump(t *rapid.T) {
	off := map[uint64]int64{}
	for i := range d.rows {
		block := d.rows[i].Block
		if _, drawn := off[block]; !drawn {
			off[block] = rapid.Int64Range(0, 4200).Draw(t, "clock")
		}
		d.rows[i].Time = int64(600*block) + off[block]
	}
}

// TestCoinsAgreeWithReference holds the books over rows against the reference with
// fractions: equal under every policy but haircut, which is off by no more than is said.
func TestCoinsAgreeWithReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := randomCoins(rt)
		if rapid.Bool().Draw(rt, "times go back") {
			d.jump(rt)
		}
		want, err := d.c.Trace(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		got, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, d.rows)}}, d.q)
		if err != nil {
			rt.Fatal(err)
		}
		closes(rt, got)
		if !slices.Equal(got.Thefts, want.Thefts) {
			rt.Fatalf("thefts %v, want %v", got.Thefts, want.Thefts)
		}
		for i, w := range want.Traces {
			p := slices.Index(accounting.Policies(), w.Policy)
			if w.Policy == accounting.Haircut && d.c.Dust != nil {
				continue // a fraction may lie on the other side of the floor
			}
			compareCoins(rt, got, &want.Traces[i], p)
		}
		for theft, reach := range want.Reach {
			found := map[string]string{}
			for _, f := range got.Flows {
				if f.Theft == theft && !f.Taint.Most.IsZero() {
					found[outpointOf(f.Row)] = fmt.Sprint(f.Taint.Least, f.Taint.Most)
				}
			}
			for of, b := range reach {
				if b.Hi.IsZero() {
					continue
				}
				if found[of] != fmt.Sprint(b.Lo, b.Hi) {
					rt.Fatalf("%s: bounds of %s are %s, want %s %s", theft, of, found[of], b.Lo, b.Hi)
				}
				delete(found, of)
			}
			if len(found) > 0 {
				rt.Fatalf("%s: bounds that are not there: %v", theft, found)
			}
		}
	})
}

func outpointOf(r follow.RowID) string { return fmt.Sprintf("%s:%d", r.Tx, r.Index) }

// compareCoins compares what one policy finds of one theft.
func compareCoins(t *rapid.T, got *follow.Answer, want *trace.Trace, p int) {
	arrived, held, cashed := map[string]chain.Amount{}, map[string]chain.Amount{}, map[string]chain.Amount{}
	for _, f := range got.Flows {
		if f.Theft == want.Theft {
			arrived[outpointOf(f.Row)] = taints(f.Taint)[p]
		}
	}
	for _, h := range got.Holdings {
		if h.Theft == want.Theft {
			held[outpointOf(*h.Output)] = taints(h.Taint)[p]
		}
	}
	for _, a := range got.Arrivals {
		if a.Theft == want.Theft {
			cashed[outpointOf(a.Row)] = taints(a.Taint)[p]
		}
	}
	compareAmounts(t, got, want, "arrived", p, arrived, want.Arrived)
	compareAmounts(t, got, want, "held", p, held, want.Held)
	compareAmounts(t, got, want, "at services", p, cashed, want.Boundary)
	if p == 0 {
		return
	}
	sums := map[string]chain.Amount{}
	for _, s := range got.Sums {
		if s.Theft == want.Theft {
			sums["fees"], sums["dropped"] = taints(s.Fees)[p], taints(s.Dropped)[p]
		}
	}
	compareAmounts(t, got, want, "sums", p, sums, trace.Amounts{"fees": total(want.Fees), "dropped": total(want.Dropped)})
}

func total(of trace.Amounts) (sum trace.Amount) {
	for _, a := range of {
		sum = sum.Add(a)
	}
	return sum
}

func compareAmounts(t *rapid.T, a *follow.Answer, of *trace.Trace, what string, p int, got map[string]chain.Amount, want trace.Amounts) {
	keys := map[string]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range want {
		keys[k] = true
	}
	for k := range keys {
		exact, err := accounting.ParseWhole(got[k].String())
		if err != nil {
			t.Fatal(err)
		}
		off := exact.Sub(want[k])
		if off.Cmp(accounting.Exact{}) < 0 {
			off = want[k].Sub(exact)
		}
		most := int64(0)
		if accounting.Policies()[p] == accounting.Haircut {
			most = int64(a.Work.Splits)
		}
		if off.Cmp(accounting.Whole(most)) > 0 {
			t.Fatalf("%s of %s, %s of %s: %s, want %s (%d splits)", of.Policy, of.Theft, what, k, got[k], want[k], a.Work.Splits)
		}
	}
}

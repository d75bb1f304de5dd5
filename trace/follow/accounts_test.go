package follow

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// twin is a case as the reference has it and as a ledger has it.
type twin struct {
	reference trace.Accounts
	rows      []ledger.Transfer
	q         Question
	swaps     bool
	dusty     bool
	rowOf     map[string]Mark // of what an event brings, by event
	feeOf     map[string]Mark
}

// known is services by address.
type known map[ledger.Address]Service

func (k known) Service(_ chain.ID, a ledger.Address) (Service, bool) {
	s, ok := k[a]
	return s, ok
}

const coinAsset, token = "", "TOKEN"

// drawTwin draws a case of accounts. Amounts are small, or of up to so many bits.
func drawTwin(t *rapid.T, bits int) *twin {
	c := &twin{rowOf: map[string]Mark{}, feeOf: map[string]Mark{}}
	c.swaps = rapid.IntRange(0, 2).Draw(t, "swaps") == 0
	c.dusty = rapid.IntRange(0, 2).Draw(t, "dusty") == 0
	amount := func(label string) chain.Amount {
		n := rapid.Uint64Range(0, 12).Draw(t, label)
		if bits == 0 || rapid.IntRange(0, 3).Draw(t, "small") == 0 {
			return chain.Units64(n)
		}
		b := new(big.Int).SetUint64(n + 1)
		a, err := chain.FromBig(b.Lsh(b, uint(rapid.IntRange(0, bits-4).Draw(t, "shift"))))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	names := []string{"A", "B", "C", "D", "E", "F"}
	who := rapid.SampledFrom(names)
	asset := rapid.SampledFrom([]string{coinAsset, token})
	services := known{}
	for _, n := range names[3:] {
		if rapid.IntRange(0, 3).Draw(t, "service") == 0 {
			services[ledger.Address(n)] = Service{Class: rapid.SampledFrom([]Class{Exchange, Mixer, Hub, Other}).Draw(t, "class"), Confidence: Fact}
			c.reference.Boundary = append(c.reference.Boundary, n)
		}
	}
	c.q.Services = services
	for i := range rapid.Int64Range(0, 4).Draw(t, "openings") {
		a, of, in := amount("opening"), who.Draw(t, "of"), asset.Draw(t, "asset")
		c.reference.Opening = append(c.reference.Opening, trace.Opening{Account: of, Asset: name(in), Value: exact(a)})
		c.add(ledger.Transfer{Block: 1, Tx: fmt.Sprintf("o%d", i), Pos: uint32(i), To: ledger.Address(of), Asset: ledger.Asset(in), Value: a})
	}
	var ids []string
	for i := range rapid.Int64Range(1, 14).Draw(t, "events") {
		id := "e" + strconv.FormatInt(i, 10)
		e := trace.Event{ID: id, Block: 2 + i/4, Pos: i, From: who.Draw(t, "from"), To: who.Draw(t, "to")}
		if c.swaps && rapid.IntRange(0, 3).Draw(t, "swap") == 0 {
			c.swap(t, &e, asset)
			ids = append(ids, id)
			continue
		}
		in, value := asset.Draw(t, "asset"), amount("value")
		row := ledger.Transfer{
			Block: uint64(e.Block), Pos: uint32(i), Tx: id, From: ledger.Address(e.From), To: ledger.Address(e.To), Asset: ledger.Asset(in), Value: value,
		}
		if rapid.IntRange(0, 7).Draw(t, "mint") == 0 {
			e.From, row.From = "mint", ""
		}
		e.Paid = trace.Quantity{Asset: name(in), Value: exact(value)}
		c.add(row)
		c.rowOf[id] = mark(&row)
		if row.From != "" && rapid.Bool().Draw(t, "pays a fee") {
			fee := chain.Units64(rapid.Uint64Range(0, 4).Draw(t, "fee"))
			e.Fee = trace.Quantity{Asset: name(coinAsset), Value: exact(fee)}
			row.Index, row.To, row.Asset, row.Value = 1, "", coinAsset, fee
			c.add(row)
			c.feeOf[id] = mark(&row)
		}
		ids = append(ids, id)
		c.reference.Events = append(c.reference.Events, e)
	}
	c.thefts(t, ids)
	if c.dusty {
		floor := rapid.Uint64Range(1, 4).Draw(t, "floor")
		dust := accounting.Whole(int64(floor))
		c.reference.Dust = &dust
		for _, a := range []ledger.Asset{coinAsset, token} {
			c.q.Rules.Dust = append(c.q.Rules.Dust, Floor{chain.Ethereum, a, chain.Units64(floor)})
		}
	}
	c.q.Rules.Bounds = true
	return c
}

// swap makes a swap of an event, and a link of two rows with a pool between them.
func (c *twin) swap(t *rapid.T, e *trace.Event, asset *rapid.Generator[string]) {
	in, out := asset.Draw(t, "in"), asset.Draw(t, "out")
	paid, got := chain.Units64(rapid.Uint64Range(1, 4).Draw(t, "paid")), chain.Amount{}
	for range rapid.IntRange(0, 3).Draw(t, "rate") { // a whole rate, so that queues need no rounding
		got, _ = got.Add(paid)
	}
	e.Swap = true
	e.Paid, e.Received = trace.Quantity{Asset: name(in), Value: exact(paid)}, trace.Quantity{Asset: name(out), Value: exact(got)}
	c.reference.Events = append(c.reference.Events, *e)
	row := ledger.Transfer{
		Block: uint64(e.Block), Pos: uint32(e.Pos), Tx: e.ID, From: ledger.Address(e.From), To: "pool", Asset: ledger.Asset(in), Value: paid,
	}
	c.add(row)
	outMark := mark(&row)
	row.From, row.To, row.Asset, row.Value, row.Index = "pool", ledger.Address(e.To), ledger.Asset(out), got, 1
	c.add(row)
	c.rowOf[e.ID] = mark(&row)
	c.q.Links = append(c.q.Links, Link{ID: e.ID, Kind: Swap, Out: outMark, In: mark(&row), Confidence: Decoded})
}

func (c *twin) thefts(t *rapid.T, ids []string) {
	byID := map[string]int{}
	for range rapid.IntRange(1, 4).Draw(t, "marks") {
		id, event := rapid.SampledFrom([]string{"T1", "T2"}).Draw(t, "theft"), rapid.SampledFrom(ids).Draw(t, "mark")
		c.reference.Thefts = append(c.reference.Thefts, trace.Theft{ID: id, Mark: event})
		at, ok := byID[id]
		if !ok {
			at = len(c.q.Thefts)
			byID[id] = at
			c.q.Thefts = append(c.q.Thefts, Theft{ID: id})
		}
		c.q.Thefts[at].Marks = append(c.q.Thefts[at].Marks, c.rowOf[event])
	}
}

func (c *twin) add(t ledger.Transfer) {
	t.Chain, t.Kind, t.Time = chain.Ethereum, ledger.Payment, int64(100*t.Block)
	c.rows = append(c.rows, t)
}

func mark(t *ledger.Transfer) Mark {
	return Mark{Chain: chain.Ethereum, Tx: t.Tx, Kind: ledger.Payment, Index: t.Index}
}

func name(asset string) string {
	if asset == coinAsset {
		return "coin"
	}
	return asset
}

func exact(a chain.Amount) accounting.Exact {
	e, err := accounting.ParseWhole(a.String())
	if err != nil {
		panic(err)
	}
	return e
}

// by is the amount of a policy.
func (t *Taint) by(p accounting.Policy) chain.Amount {
	return map[accounting.Policy]chain.Amount{
		accounting.Poison: t.Poison, accounting.Haircut: t.Haircut, accounting.FIFO: t.FIFO, accounting.LIFO: t.LIFO, accounting.TIHO: t.TIHO,
	}[p]
}

// found is what an answer says of a theft by a policy, as the reference has it.
func found(a *Answer, theft string, p accounting.Policy, c *twin) map[string]chain.Amount {
	out := map[string]chain.Amount{}
	put := func(key string, n chain.Amount) {
		if sum, _ := out[key].Add(n); !sum.IsZero() {
			out[key] = sum
		}
	}
	brought, fees := map[Mark]string{}, map[Mark]string{}
	for id, m := range c.rowOf {
		brought[m] = id
	}
	for id, m := range c.feeOf {
		fees[m] = id
	}
	for _, f := range a.Flows {
		m := Mark{f.Row.Chain, f.Row.Tx, f.Row.Kind, f.Row.Index}
		if id, ok := fees[m]; ok && f.Theft == theft {
			put("fee "+id, f.Taint.by(p))
		} else if id, ok := brought[m]; ok && f.Theft == theft {
			put("arrived "+id, f.Taint.by(p))
		}
	}
	for _, h := range a.Holdings {
		if h.Theft == theft {
			put("held "+string(h.Address)+"/"+name(string(h.Asset)), h.Taint.by(p))
		}
	}
	for _, r := range a.Arrivals {
		if r.Theft == theft {
			put("boundary "+string(r.To)+"/"+name(string(r.Asset)), r.Taint.by(p))
		}
	}
	for _, s := range a.Sums {
		if s.Theft == theft {
			put("dropped "+name(string(s.Asset)), s.Dropped.by(p))
		}
	}
	return out
}

// expected is what the reference says.
func expected(tr trace.Trace, p accounting.Policy) map[string]accounting.Exact {
	out := map[string]accounting.Exact{}
	for part, amounts := range map[string]trace.Amounts{"arrived": tr.Arrived, "fee": tr.Fees, "held": tr.Held, "boundary": tr.Boundary} {
		for key, a := range amounts {
			out[part+" "+key] = a
		}
	}
	for _, s := range tr.Sums { // poison has none
		if !s.Dropped.IsZero() {
			out["dropped "+s.Asset] = s.Dropped
		}
	}
	return out
}

func TestAccountsAgreeWithTheReference(t *testing.T) {
	traced, tainted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTwin(t, rapid.SampledFrom([]int{0, 0, 70, 120}).Draw(t, "bits"))
		want, err := c.reference.Trace(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, err := answer(t.Context(), over(newTestBook(chain.Ethereum, c.rows)), c.q)
		if err != nil {
			t.Fatal(err)
		}
		closes(t, a)
		for _, tr := range want.Traces {
			if tr.Policy == accounting.Haircut && (c.dusty || c.swaps) {
				continue // what is rounded may fall below the floor; rates multiply errors
			}
			got, exp := found(a, tr.Theft, tr.Policy, c), expected(tr, tr.Policy)
			for key := range got {
				if _, ok := exp[key]; !ok {
					exp[key] = accounting.Exact{}
				}
			}
			within := accounting.Exact{}
			if tr.Policy == accounting.Haircut {
				within = accounting.Whole(int64(a.Work.Splits))
			}
			for key, e := range exp {
				g := exact(got[key])
				if g.Sub(e).Cmp(within) > 0 || e.Sub(g).Cmp(within) > 0 {
					t.Fatalf("%s of %s: %s is %s, want %s\n%s", tr.Policy, tr.Theft, key, g, e, dump(c))
				}
			}
			traced, tainted = traced+1, tainted+len(tr.Arrived)
		}
	})
	if tainted < traced/2 {
		t.Errorf("%d traces with %d tainted arrivals: the cases are too tame", traced, tainted)
	}
}

func dump(c *twin) (s string) {
	for _, r := range c.rows {
		s += fmt.Sprintf("%s:%d %s -> %s %s %s\n", r.Tx, r.Index, r.From, r.To, r.Value, name(string(r.Asset)))
	}
	for _, th := range c.q.Thefts {
		for _, m := range th.Marks {
			s += fmt.Sprintf("%s marks %s:%d\n", th.ID, m.Tx, m.Index)
		}
	}
	return s + fmt.Sprint(c.q.Services, c.q.Links, c.q.Rules.Dust)
}

// closes fails where a sum does not, or where a policy that conserves value finds more
// or less than the bounds allow.
func closes(t *rapid.T, a *Answer) {
	for _, s := range a.Sums {
		for _, p := range []accounting.Policy{accounting.Haircut, accounting.FIFO, accounting.LIFO, accounting.TIHO} {
			left := new(big.Int).Sub(s.Stolen.Big(), s.Again.by(p).Big())
			left.Add(left, s.In.by(p).Big())
			for _, part := range []*Taint{&s.Held, &s.Cashed, &s.Mixed, &s.Fees, &s.Dropped, &s.Unfollowed, &s.Out} {
				left.Sub(left, part.by(p).Big())
			}
			if left.Sign() != 0 {
				t.Fatalf("%s of %s by %s leaves %s: %+v", s.Asset, s.Theft, p, left, s)
			}
		}
	}
	within := func(what string, n *Taint) {
		for _, p := range []accounting.Policy{accounting.Haircut, accounting.FIFO, accounting.LIFO, accounting.TIHO} {
			if n.by(p).Cmp(n.Least) < 0 || n.by(p).Cmp(n.Most) > 0 {
				t.Fatalf("%s: %s is outside the bounds: %+v", what, p, *n)
			}
		}
	}
	for _, f := range a.Flows {
		within("flow "+f.Row.Tx, &f.Taint)
	}
	for _, h := range a.Holdings {
		within("held by "+string(h.Address), &h.Taint)
	}
	held := map[string]chain.Amount{}
	for _, h := range a.Holdings {
		k := h.Theft + "/" + string(h.Asset)
		held[k], _ = held[k].Add(h.Taint.TIHO)
	}
	for _, s := range a.Sums {
		sum := s.Held.TIHO
		if a.Stopped != nil {
			continue
		}
		if k := s.Theft + "/" + string(s.Asset); held[k] != sum {
			t.Fatalf("%s: %s is held, the holdings are %s", k, sum, held[k])
		}
	}
}

// plainly is an answer without what may differ.
func plainly(a *Answer) Answer {
	b := *a
	b.Work.Swept, b.Work.Wide, b.Record = 0, false, nil
	return b
}

// TestEveryWayIsOne: walk, sweep, knowing all balances, wide numbers and replay give
// one answer, also where the run is stopped at any row.
func TestEveryWayIsOne(t *testing.T) {
	stopped := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTwin(t, rapid.SampledFrom([]int{0, 70, 128, 131, 250, 256}).Draw(t, "bits"))
		c.q.Record = true
		if rapid.Bool().Draw(t, "budget") {
			c.q.Budget.Rows = rapid.Uint64Range(1, 12).Draw(t, "rows")
		}
		if rapid.IntRange(0, 4).Draw(t, "late") == 0 {
			c.q.Rules.Until = 100 * rapid.Int64Range(1, 6).Draw(t, "until")
		}
		c.q.Rules.Hub = rapid.SampledFrom([]int{0, 0, 3, 4}).Draw(t, "hub")
		c.q.Rules.Deposits = rapid.Bool().Draw(t, "deposits")
		book := newTestBook(chain.Ethereum, c.rows)
		from := over(book)
		first, err := answer(t.Context(), from, c.q)
		if err != nil {
			if !errors.Is(err, ErrAmount) {
				t.Fatal(err)
			}
			return
		}
		closes(t, first)
		if first.Stopped != nil {
			stopped++
		}
		again := map[string]*Answer{}
		for _, w := range []way{walking, sweeping, counting} {
			from.way = w
			if again[fmt.Sprint("way ", w)], err = answer(t.Context(), from, c.q); err != nil {
				t.Fatal(err)
			}
		}
		if again["wide"], err = attempt(t.Context(), from, &c.q, true); err != nil {
			t.Fatal(err)
		}
		for _, a := range []*Answer{first, again["way 1"], again["way 3"]} {
			r, err := Replay(t.Context(), a.Record, c.q)
			if err != nil {
				t.Fatal(err, "\n", dump(c))
			}
			again[fmt.Sprintf("replay %p", a)] = r
			if r.Work.Wide != a.Work.Wide {
				t.Fatal("the replay is of another width")
			}
			if d := cmp.Diff(first.Record, a.Record, comparers...); d != "" {
				t.Fatalf("records (-first +other):\n%s\n%s", d, dump(c))
			}
		}
		for _, what := range slices.Sorted(maps.Keys(again)) {
			if d := cmp.Diff(plainly(first), plainly(again[what]), comparers...); d != "" {
				t.Fatalf("%s (-first +%s):\n%s\n%s", what, what, d, dump(c))
			}
		}
	})
	if stopped == 0 {
		t.Error("no run was stopped")
	}
}

var comparers = []cmp.Option{cmp.Comparer(func(a, b chain.Amount) bool { return a == b })}

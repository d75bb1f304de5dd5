package follow

import (
	"fmt"
	"math/big"
	"strconv"

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
	c.reference.Unseen = true // as over a ledger
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

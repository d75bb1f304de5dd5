package follow

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

// pay is a row of a chain: "from to value", "from to value token", nobody being "-". The
// row's number is its block, unless it says "fee", which is in the transaction before.
func pay(id chain.ID, lines ...string) testBook {
	var rows []ledger.Transfer
	for i, line := range lines {
		f := strings.Fields(line)
		who := func(s string) ledger.Address { return ledger.Address(strings.TrimPrefix(s, "-")) }
		value, err := chain.ParseAmount(f[2])
		if err != nil {
			panic(err)
		}
		t := ledger.Transfer{
			Chain: id, Kind: ledger.Payment, Block: uint64(i + 1), Pos: 1, Time: int64(10 * (i + 1)), Tx: fmt.Sprint("t", i), From: who(f[0]), To: who(f[1]), Value: value,
		}
		for _, word := range f[3:] {
			if word != "fee" {
				t.Asset = ledger.Asset(word)
				continue
			}
			before := rows[i-1]
			t.Tx, t.Block, t.Time, t.Index = before.Tx, before.Block, before.Time, before.Index+1
		}
		rows = append(rows, t)
	}
	return newTestBook(id, rows)
}

func at(id chain.ID, row int) Mark {
	return Mark{Chain: id, Tx: fmt.Sprint("t", row), Kind: ledger.Payment}
}

func theft(marks ...Mark) Question { return Question{Thefts: []Theft{{ID: "T", Marks: marks}}} }

func ask(t *testing.T, q Question, books ...testBook) *Answer {
	t.Helper()
	q.Record = true
	a, err := answer(t.Context(), over(books...), q)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Replay(t.Context(), a.Record, q)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plainly(a), plainly(r), comparers...); d != "" {
		t.Fatalf("the replay differs (-run +replay):\n%s", d)
	}
	return a
}

func sumOf(a *Answer, id chain.ID, asset ledger.Asset) Sum {
	for _, s := range a.Sums {
		if s.Chain == id && s.Asset == asset {
			return s
		}
	}
	return Sum{}
}

func units(n uint64) chain.Amount { return chain.Units64(n) }

func TestValueAndFeeLeaveTogether(t *testing.T) {
	// 4 stolen; 3 paid with a fee of 3: two units were not seen before, and are clean.
	a := ask(t, theft(at(chain.Ethereum, 0)), pay(chain.Ethereum, "V A 4", "A B 3", "A - 3 fee"))
	want := Sum{Theft: "T", Chain: chain.Ethereum, Stolen: units(4)}
	want.Held = Taint{Haircut: units(2), LIFO: units(3), FIFO: units(1), TIHO: units(3)}
	want.Fees = Taint{Haircut: units(2), LIFO: units(1), FIFO: units(3), TIHO: units(1)}
	if d := cmp.Diff(want, a.Sums[0], comparers...); d != "" {
		t.Errorf("sums (-want +got):\n%s", d)
	}
	if len(a.Short) != 1 || a.Short[0].Value != units(2) || a.Short[0].Address != "A" {
		t.Errorf("short: %v", a.Short)
	}
	if a.Work.Applied != 3 || a.Work.Tainted != 3 || len(a.Flows) != 3 {
		t.Errorf("%+v, %d flows", a.Work, len(a.Flows))
	}
}

func TestWhatIsPaidToNobodyIsBurnt(t *testing.T) {
	a := ask(t, theft(at(chain.Ethereum, 0)), pay(chain.Ethereum, "V A 9 X", "A - 4 X", "- A 5 X"))
	s := sumOf(a, chain.Ethereum, "X")
	if s.Fees.FIFO != units(4) || s.Held.FIFO != units(5) || a.Holdings[0].Value != units(10) {
		t.Errorf("%+v, %+v", s, a.Holdings)
	}
}

// TestLinks goes from a token to a coin and over a bridge to another chain, at rates
// that leave fractions.
func TestLinks(t *testing.T) {
	eth := pay(chain.Ethereum, "V A 10 X", "Z A 5 X", "A POOL 9 X", "POOL A 7", "A GATE 5")
	bsc := pay(chain.BSC, "Y Q 1", "Q W 1", "Q W 1", "Q W 1", "Q W 1", "Q W 1", "GATE B 3 W", "B EXCHANGE 2 W")
	q := theft(at(chain.Ethereum, 0))
	q.Rules.Bounds = true
	q.Services = known{"EXCHANGE": {Class: Exchange, Name: "Exchange", Confidence: Fact}}
	q.Links = []Link{
		{ID: "swap", Kind: Swap, Out: at(chain.Ethereum, 2), In: at(chain.Ethereum, 3), Confidence: Decoded},
		{ID: "bridge", Kind: Bridge, Out: at(chain.Ethereum, 4), In: at(chain.BSC, 6), Confidence: Heuristic},
	}
	a := ask(t, q, eth, bsc)
	x, coin, w := sumOf(a, chain.Ethereum, "X"), sumOf(a, chain.Ethereum, ""), sumOf(a, chain.BSC, "W")
	for what, got := range map[string][2]chain.Amount{
		"X out":               {x.Out.FIFO, units(9)},
		"X held":              {x.Held.FIFO, units(1)},
		"coin in":             {coin.In.FIFO, units(7)},
		"coin out":            {coin.Out.FIFO, units(5)},
		"W in":                {w.In.FIFO, units(3)},
		"W cashed":            {w.Cashed.FIFO, units(2)},
		"W held":              {w.Held.FIFO, units(1)},
		"X out by haircut":    {x.Out.Haircut, units(6)},
		"coin in by haircut":  {coin.In.Haircut, units(5)},  // of 6·7/9
		"coin out by haircut": {coin.Out.Haircut, units(4)}, // of 5·5/7
		"W in by haircut":     {w.In.Haircut, units(2)},     // of 4·3/5
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, want %s", what, got[0], got[1])
		}
	}
	if len(a.Arrivals) != 1 || a.Services[a.Arrivals[0].Service].Name != "Exchange" {
		t.Errorf("arrivals: %+v", a.Arrivals)
	}
	var linked []string
	for _, f := range a.Flows {
		linked = append(linked, f.Link)
	}
	if d := cmp.Diff([]string{"", "", "swap", "", "bridge", ""}, linked); d != "" {
		t.Errorf("links of flows (-want +got):\n%s", d)
	}
}

func TestServicesByConduct(t *testing.T) {
	book := pay(chain.Ethereum,
		"V A 9", "A D 3", "D EXCHANGE 2", "A H 3", "H B 1", "H C 1", "D EXCHANGE 1", "A P 2", "P EXCHANGE 1", "P B 1",
	)
	q := theft(at(chain.Ethereum, 0))
	q.Services = known{"EXCHANGE": {Class: Exchange, Name: "Exchange", Source: "tags:1"}}
	q.Rules.Deposits, q.Rules.Hub = true, 4
	a := ask(t, q, book)
	var got []string
	for _, m := range a.Services {
		got = append(got, fmt.Sprint(m.Address, " ", m.Class, " ", m.Name, " ", m.Confidence))
	}
	want := []string{"A hub  heuristic"} // it pays three and is paid by one
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("services (-want +got):\n%s", d)
	}
	q.Rules.Hub = 5
	a = ask(t, q, book)
	got = nil
	for _, m := range a.Services {
		got = append(got, fmt.Sprint(m.Address, " ", m.Class, " ", m.Name, " ", m.Confidence))
	}
	want = []string{"D deposit Exchange heuristic", "EXCHANGE exchange Exchange "}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("services (-want +got):\n%s", d)
	}
	if s := a.Sums[0]; s.Cashed.TIHO != units(4) {
		t.Errorf("cashed: %+v", s.Cashed)
	}
}

func TestQuestionsThatCannotBe(t *testing.T) {
	book := pay(chain.Ethereum, "V A 9", "A P 3", "P B 2")
	link := func(out, in int) Question {
		q := theft(at(chain.Ethereum, 0))
		q.Links = []Link{{ID: "L\u202e", Kind: Swap, Out: at(chain.Ethereum, out), In: at(chain.Ethereum, in)}}
		return q
	}
	twice := link(1, 2)
	twice.Links = append(twice.Links, twice.Links[0])
	policy := theft(at(chain.Ethereum, 0))
	policy.Rules.Policies = []accounting.Policy{"guess"}
	for name, c := range map[string]struct {
		q    Question
		want error
	}{
		"no theft":           {Question{}, ErrQuestion},
		"no marks":           {Question{Thefts: []Theft{{ID: "T"}}}, ErrQuestion},
		"no id":              {Question{Thefts: []Theft{{Marks: []Mark{at(chain.Ethereum, 0)}}}}, ErrQuestion},
		"no row":             {theft(at(chain.Ethereum, 7)), ErrNoRow},
		"no chain":           {theft(at(chain.BSC, 0)), ErrNoRow},
		"policy":             {policy, accounting.ErrPolicy},
		"link backwards":     {link(2, 1), ErrQuestion},
		"link to itself":     {link(1, 1), ErrQuestion},
		"two links of a row": {twice, ErrQuestion},
	} {
		_, err := answer(t.Context(), over(book), c.q)
		if !errors.Is(err, c.want) || strings.ContainsRune(err.Error(), '\u202e') {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var lines []string
	for range 2 * clockEvery {
		lines = append(lines, "A B 1", "B A 1")
	}
	if _, err := answer(ctx, over(pay(chain.Ethereum, lines...)), theft(at(chain.Ethereum, 0))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestStops: a run that is out of time or memory says so and closes.
func TestStops(t *testing.T) {
	var lines []string
	for i := range 3 * clockEvery {
		lines = append(lines, fmt.Sprintf("A B%d 1", i%7), fmt.Sprintf("B%d A 1", i%7))
	}
	book := pay(chain.Ethereum, append([]string{"V A 1"}, lines...)...)
	q := theft(at(chain.Ethereum, 0))
	clock := time.Unix(0, 0)
	q.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	q.Budget.Time = 2 * time.Second
	slow := ask(t, q, book)
	q = theft(at(chain.Ethereum, 0))
	q.Budget.Memory = 1 << 20
	big := ask(t, q, book)
	for want, a := range map[string]*Answer{"time": slow, "memory": big} {
		if a.Stopped == nil || a.Stopped.Reason != want || a.Stopped.Places != 1 || a.Stopped.Since == 0 {
			t.Errorf("%s: %+v", want, a.Stopped)
			continue
		}
		if s := a.Sums[0]; s.Unfollowed.TIHO != units(1) || s.Held != (Taint{}) || len(a.Holdings) != 1 {
			t.Errorf("%s: %+v", want, s)
		}
	}
}

// TestSumsBeyondAmounts: there is no answer rather than a wrong one.
func TestSumsBeyondAmounts(t *testing.T) {
	most := "115792089237316195423570985008687907853269984665640564039457584007913129639935"
	book := pay(chain.Ethereum, "V A "+most, "V A "+most)
	if _, err := answer(t.Context(), over(book), theft(at(chain.Ethereum, 0), at(chain.Ethereum, 1))); !errors.Is(err, ErrAmount) {
		t.Errorf("two of 2^256−1: %v", err)
	}
	a := ask(t, theft(at(chain.Ethereum, 0)), pay(chain.Ethereum, "V A "+most, "A B "+most))
	if !a.Work.Wide || a.Holdings[0].Address != "B" || a.Holdings[0].Taint.FIFO.String() != most {
		t.Errorf("%+v", a.Holdings)
	}
}

// TestHostileRecords: a record that was changed is refused or answered, and harms
// nobody.
func TestHostileRecords(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTwin(t, 70)
		c.q.Record = true
		a, err := answer(t.Context(), over(newTestBook(chain.Ethereum, c.rows)), c.q)
		if err != nil || a.Record == nil || len(a.Record.Rows) == 0 {
			return
		}
		rec := *a.Record
		rec.Rows = append([]RecordedRow(nil), rec.Rows...)
		i := rapid.IntRange(0, len(rec.Rows)-1).Draw(t, "row")
		switch rapid.IntRange(0, 6).Draw(t, "change") {
		case 0:
			rec.Rows = append(rec.Rows[:i:i], rec.Rows[i+1:]...)
		case 1:
			rec.Rows[i].Number = ledger.Row(rapid.Uint64().Draw(t, "number"))
		case 2:
			rec.Rows[i].Time = rapid.Int64().Draw(t, "time")
		case 3:
			rec.Rows[i].Chain = "elsewhere"
		case 4:
			rec.Rows = append(rec.Rows, rec.Rows[i])
		case 5:
			rec.Openings = append(rec.Openings, rec.Openings...)
		case 6:
			rec.Ledgers = nil
		}
		if _, err := Replay(t.Context(), &rec, c.q); err != nil {
			refused++
		}
	})
	if refused == 0 {
		t.Error("no record was refused")
	}
}

// TestFewListed: where more places hold taint than are listed, the largest are, and the
// rest is one line that closes the sum.
func TestFewListed(t *testing.T) {
	c := &collector{}
	for i := range 2*MaxHoldings + 10 {
		if share := uint64(i % 5); c.lists(share) {
			c.list(heldEntry{share: share, at: uint32(i)})
		}
	}
	c.prune()
	if len(c.listed) != MaxHoldings || c.listed[0].share != 4 || c.listed[MaxHoldings-1].share < 2 {
		t.Errorf("%d listed, of shares %d to %d", len(c.listed), c.listed[0].share, c.listed[len(c.listed)-1].share)
	}
	r := &run{thefts: []string{"T"}, collector: &collector{sums: map[sumKey]*Sum{}, places: map[sumKey]uint64{}}}
	k := sumKey{0, chain.Ethereum, "X"}
	r.sums[k], r.places[k] = &Sum{Held: Taint{FIFO: units(10)}}, 4
	r.holdings = []Holding{{Theft: "T", Chain: k.chain, Asset: k.asset, Taint: Taint{FIFO: units(7)}}}
	if err := r.others(map[string]int{"T": 0}); err != nil {
		t.Fatal(err)
	}
	if h := r.holdings[1]; h.Others != 3 || h.Taint.FIFO != units(3) || !reflect.DeepEqual(h.Address, ledger.Address("")) {
		t.Errorf("the others: %+v", h)
	}
}

// Calls and events of a transaction are numbered apart: a swap's payment may stand after
// what it brought.
func TestSwapWhosePaymentStandsLater(t *testing.T) {
	rows := []string{"V A 100 tok", "P A 7", "A P 40 tok fee", "A X 7"}
	out, in := at(chain.Ethereum, 1), at(chain.Ethereum, 1)
	out.Index = 1
	q := theft(at(chain.Ethereum, 0))
	q.Links = []Link{{ID: "L", Kind: Swap, Out: out, In: in, Confidence: Decoded}}
	a := ask(t, q, pay(chain.Ethereum, rows...))
	for _, s := range a.Sums {
		got := fmt.Sprint(s.Asset, " stolen ", s.Stolen, " in ", s.In.FIFO, " out ", s.Out.FIFO, " held ", s.Held.Haircut, " cashed ", s.Cashed.LIFO)
		if want := map[ledger.Asset]string{"": " stolen 0 in 7 out 0 held 7 cashed 0", "tok": "tok stolen 100 in 0 out 40 held 60 cashed 0"}[s.Asset]; got != want {
			t.Errorf("sum %q, want %q", got, want)
		}
	}
	if len(a.Sums) != 2 || len(a.Flows) != 4 {
		t.Errorf("%d sums, %d flows", len(a.Sums), len(a.Flows))
	}
	// what reaches the payer between the two rows ends at who is paid
	a = ask(t, q, pay(chain.Ethereum, "V B 100 tok", "P A 7", "A P 40 tok fee", "A X 7"))
	if len(a.Arrivals) != 0 || len(a.Sums) != 1 {
		t.Errorf("clean: %+v", a.Arrivals)
	}
	q.Links[0].In = at(chain.Ethereum, 0)
	if _, err := answer(t.Context(), over(pay(chain.Ethereum, rows...)), q); !errors.Is(err, ErrQuestion) || !strings.Contains(err.Error(), errOrder.Error()) {
		t.Errorf("another transaction: error %v", err)
	}
}

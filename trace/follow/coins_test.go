package follow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"pgregory.net/rapid"
)

// theft marks outputs of Bitcoin.
func coinTheft(id string, of ...string) follow.Theft {
	t := follow.Theft{ID: id}
	for _, o := range of {
		t.Marks = append(t.Marks, coinMark(chain.Bitcoin, o))
	}
	return t
}

func coinLedger(lines ...string) coinSnapshot {
	return coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, coinRows(chain.Bitcoin, lines...))}}
}

func ask(t *testing.T, s coinSnapshot, q follow.Question) *follow.Answer {
	t.Helper()
	a, err := follow.Run(t.Context(), s, q)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, a)
	return a
}

// brief is "poison haircut fifo lifo tiho [least most]".
func brief(t follow.Taint) string {
	return fmt.Sprintf("%s %s %s %s %s [%s %s]", t.Poison, t.Haircut, t.FIFO, t.LIFO, t.TIHO, t.Least, t.Most)
}

// story is what an answer says, one line a fact.
func story(a *follow.Answer) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, f := range a.Flows {
		link := ""
		if f.Link != "" {
			link = " by " + f.Link
		}
		add("%s %s %s>%s %s: %s%s", f.Theft, outpointOf(f.Row), f.From, f.To, f.Value, brief(f.Taint), link)
	}
	for _, x := range a.Arrivals {
		add("%s at %s (%s): %s", x.Theft, a.Services[x.Service].Address, a.Services[x.Service].Class, brief(x.Taint))
	}
	for _, h := range a.Holdings {
		add("%s held %s@%s: %s", h.Theft, outpointOf(*h.Output), h.Address, brief(h.Taint))
	}
	for _, s := range a.Sums {
		line := fmt.Sprintf("%s %s stolen %s", s.Theft, s.Chain, s.Stolen)
		for i, part := range []follow.Taint{s.Again, s.In, s.Held, s.Cashed, s.Mixed, s.Fees, s.Dropped, s.Unfollowed, s.Out} {
			if part != (follow.Taint{}) {
				name := strings.Fields("again in held cashed mixed fees dropped unfollowed out")[i]
				line += fmt.Sprintf(" %s %s/%s/%s/%s", name, part.Haircut, part.FIFO, part.LIFO, part.TIHO)
			}
		}
		add("%s", line)
	}
	for _, s := range a.Short {
		add("short %q %s", s.Address, s.Value)
	}
	if a.Stopped != nil {
		add("stopped by %s at %d with %d places", a.Stopped.Reason, a.Stopped.Since, a.Stopped.Places)
	}
	return out
}

func TestCoins(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		q     follow.Question
		want  []string
	}{
		"a split with a fee": {
			[]string{"g 1 > 7@V 3@V", "t 2 g:0=7@V > 7@T", "u 3 g:1=3@V,t:0=7@T > 5@A 4@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}},
			[]string{
				"T t:0 >T 7: 7 7 7 7 7 [7 7]",
				"T u:0 T>A 5: 5 3 2 5 5 [2 5]",
				"T u:1 T>B 4: 4 3 4 2 2 [1 4]",
				"T held u:0@A: 5 3 2 5 5 [2 5]",
				"T held u:1@B: 4 3 4 2 2 [1 4]",
				"T bitcoin stolen 7 held 6/6/7/7 fees 1/1/0/0",
			},
		},
		"newly made coins": {
			[]string{"c 1 > 50@M 1@N"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "c:0")}},
			[]string{"T c:0 >M 50: 50 50 50 50 50 [50 50]", "T held c:0@M: 50 50 50 50 50 [50 50]", "T bitcoin stolen 50 held 50/50/50/50"},
		},
		"an input that is not known": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=4@T,x:3=? > 6@A 3@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}},
			[]string{
				"T t:0 >T 4: 4 4 4 4 4 [4 4]",
				"T u:0 T>A 6: 6 3 1 4 4 [1 4]",
				"T u:1 T>B 3: 3 1 3 0 0 [0 3]",
				"T held u:0@A: 6 3 1 4 4 [1 4]",
				"T held u:1@B: 3 1 3 0 0 [0 3]",
				"T bitcoin stolen 4 held 4/4/4/4",
				`short "" 5`,
			},
		},
		"the value of an input that is not known": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=? > 3@A"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}},
			[]string{
				"T t:0 >T 4: 4 4 4 4 4 [4 4]", "T u:0 >A 3: 3 3 3 3 3 [3 3]", "T held u:0@A: 3 3 3 3 3 [3 3]",
				"T bitcoin stolen 4 held 3/3/3/3 fees 1/1/1/1",
			},
		},
		"services end it": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=4@T > 3@X 1@A", "v 3 u:0=3@X > 3@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Services: coinServices{"X"}},
			[]string{
				"T t:0 >T 4: 4 4 4 4 4 [4 4]", "T u:0 T>X 3: 3 3 3 3 3 [3 3]", "T u:1 T>A 1: 1 1 1 1 1 [1 1]",
				"T at X (exchange): 3 3 3 3 3 [3 3]", "T held u:1@A: 1 1 1 1 1 [1 1]",
				"T bitcoin stolen 4 held 1/1/1/1 cashed 3/3/3/3",
			},
		},
		"a day on which it ends": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=4@T > 4@A", "v 3 u:0=4@A > 4@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Rules: follow.Rules{Until: 200}},
			[]string{
				"T t:0 >T 4: 4 4 4 4 4 [4 4]", "T u:0 T>A 4: 4 4 4 4 4 [4 4]",
				"T held u:0@A: 4 4 4 4 4 [4 4]", "T bitcoin stolen 4 held 4/4/4/4",
			},
		},
		"a budget of rows": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=4@T > 4@A", "v 3 u:0=4@A > 4@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Budget: follow.Budget{Rows: 5}},
			[]string{
				"T t:0 >T 4: 4 4 4 4 4 [4 4]", "T u:0 T>A 4: 4 4 4 4 4 [4 4]",
				"T held u:0@A: 4 4 4 4 4 [4 4]", "T bitcoin stolen 4 unfollowed 4/4/4/4", "stopped by rows at 300 with 1 places",
			},
		},
		"stolen again": {
			[]string{"t 1 g:0=4@V > 4@T", "u 2 t:0=4@T > 3@A"},
			follow.Question{Thefts: []follow.Theft{coinTheft("S", "t:0"), coinTheft("T", "u:0")}},
			[]string{
				"S t:0 >T 4: 4 4 4 4 4 [4 4]", "S u:0 T>A 3: 3 3 3 3 3 [3 3]",
				"T u:0 >A 3: 3 3 3 3 3 [3 3]",
				"any t:0 >T 4: 4 4 4 4 4 [4 4]", "any u:0 T>A 3: 3 3 3 3 3 [3 3]",
				"S held u:0@A: 3 3 3 3 3 [3 3]", "T held u:0@A: 3 3 3 3 3 [3 3]", "any held u:0@A: 3 3 3 3 3 [3 3]",
				"S bitcoin stolen 4 held 3/3/3/3 fees 1/1/1/1", "T bitcoin stolen 3 held 3/3/3/3",
				"any bitcoin stolen 7 again 3/3/3/3 held 3/3/3/3 fees 1/1/1/1",
			},
		},
		"dust": {
			[]string{"t 1 g:0=9@V > 2@T 7@V", "u 2 t:0=2@T,t:1=7@V > 6@A 3@B"},
			follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Rules: follow.Rules{Dust: []follow.Floor{{Chain: chain.Bitcoin, Least: chain.Units64(2)}}}},
			[]string{
				"T t:0 >T 2: 2 2 2 2 2 [2 2]",
				"T u:0 T>A 6: 6 0 2 0 2 [0 2]",
				"T u:1 T>B 3: 3 0 0 2 0 [0 2]",
				"T held u:0@A: 6 0 2 0 2 [0 2]",
				"T held u:1@B: 3 0 0 2 0 [0 2]",
				"T bitcoin stolen 2 held 0/2/2/2 dropped 2/0/0/0",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.q.Rules.Bounds = true
			if d := cmp.Diff(c.want, story(ask(t, coinLedger(c.lines...), c.q))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestCoinLinks sends value over to another chain and back.
func TestCoinLinks(t *testing.T) {
	s := coinSnapshot{books: []*coinBook{
		newCoinBook(chain.Bitcoin, coinRows(chain.Bitcoin, "t 1 g:0=10@V,g:1=5@V > 10@T 5@V", "u 2 t:1=5@V,t:0=10@T > 12@BRIDGE 3@T2", "b 9 x:0=9@POOL > 7@C 2@POOL")),
		newCoinBook("litecoin", coinRows("litecoin", "p 5 q:0=40@POOL > 24@W 16@POOL", "r 6 p:0=24@W > 20@W2 4@BRIDGE2")),
	}}
	q := follow.Question{
		Thefts: []follow.Theft{coinTheft("T", "t:0")},
		Links: []follow.Link{
			{ID: "over", Kind: follow.Bridge, Out: coinMark(chain.Bitcoin, "u:0"), In: coinMark("litecoin", "p:0"), Confidence: follow.Decoded},
			{ID: "back", Kind: follow.Swap, Out: coinMark("litecoin", "r:0"), In: coinMark(chain.Bitcoin, "b:0"), Confidence: follow.Heuristic},
		},
		Rules: follow.Rules{Bounds: true},
	}
	want := []string{
		"T t:0 >T 10: 10 10 10 10 10 [10 10]",
		"T u:0 T>BRIDGE 12: 12 8 7 10 10 [7 10]",
		"T u:1 T>T2 3: 3 2 3 0 0 [0 3]",
		"T p:0 >W 24: 24 16 14 20 20 [14 20] by over",
		"T r:0 W>W2 20: 20 13 10 20 20 [10 20]",
		"T r:1 W>BRIDGE2 4: 4 3 4 0 0 [0 4]",
		"T b:0 >C 7: 7 5 3 7 7 [3 7] by back",
		"T held b:0@C: 7 5 3 7 7 [3 7]",
		"T held u:1@T2: 3 2 3 0 0 [0 3]",
		"T held r:1@BRIDGE2: 4 3 4 0 0 [0 4]",
		"T bitcoin stolen 10 in 5/3/7/7 held 7/6/7/7 out 8/7/10/10",
		"T litecoin stolen 0 in 16/14/20/20 held 3/4/0/0 out 13/10/20/20",
	}
	if d := cmp.Diff(want, story(ask(t, s, q))); d != "" {
		t.Error(d)
	}
	q.Links = q.Links[:1]
	a := ask(t, s, q)
	if len(a.Flows) != 6 || len(a.Sums) != 2 {
		t.Error(story(a))
	}
}

// TestCoinPayersOfLinksEndATrace: who pays the In of a link stands between its rows.
func TestCoinPayersOfLinksEndATrace(t *testing.T) {
	s := coinLedger("t 1 g:0=9@V > 5@T 4@POOL", "u 2 t:0=5@T > 5@GATE", "w 3 t:1=4@POOL,h:0=4@POOL > 5@N 3@POOL")
	q := follow.Question{
		Thefts: []follow.Theft{coinTheft("T", "t:0", "t:1")},
		Links:  []follow.Link{{ID: "swap", Kind: follow.Swap, Out: coinMark(chain.Bitcoin, "u:0"), In: coinMark(chain.Bitcoin, "w:0")}},
	}
	want := []string{
		"T t:0 >T 5: 5 5 5 5 5 [0 0]", "T t:1 >POOL 4: 4 4 4 4 4 [0 0]", "T u:0 T>GATE 5: 5 5 5 5 5 [0 0]",
		"T w:0 >N 5: 5 5 5 5 5 [0 0] by swap", "T at POOL (swap): 4 4 4 4 4 [0 0]", "T held w:0@N: 5 5 5 5 5 [0 0]",
		"T bitcoin stolen 9 in 5/5/5/5 held 5/5/5/5 cashed 4/4/4/4 out 5/5/5/5",
	}
	if d := cmp.Diff(want, story(ask(t, s, q))); d != "" {
		t.Error(d)
	}
}

func TestCoinHubsAndDeposits(t *testing.T) {
	lines := []string{
		"t 1 g:0=9@V > 4@H 5@D", "u 1 a:0=1@A > 1@H", "v 1 b:0=1@B > 1@H", "w 2 t:0=4@H > 4@Z",
		"x 3 t:1=5@D,c:0=1@C > 6@X", "y 4 d:0=3@D > 3@X",
	}
	q := follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0", "t:1")}, Services: coinServices{"X"}, Rules: follow.Rules{Hub: 3, Deposits: true}}
	a := ask(t, coinLedger(lines...), q)
	var met []string
	for _, m := range a.Services {
		met = append(met, fmt.Sprint(m.Address, " ", m.Class, " ", m.Name, ": ", m.Note))
	}
	want := []string{
		"D deposit X: the 2 transactions that spend its outputs pay this exchange alone",
		"H hub : paid by 3 addresses or more, and nobody tagged it",
	}
	if d := cmp.Diff(want, met); d != "" {
		t.Error(d)
	}
	if s := a.Sums[0]; s.Unfollowed.FIFO != chain.Units64(4) || s.Cashed.FIFO != chain.Units64(5) {
		t.Error(story(a))
	}
	q.Rules.Hub = 4
	lines[5] = "y 4 d:0=3@D > 2@X 1@E"
	if a = ask(t, coinLedger(lines...), q); len(a.Services) != 1 || a.Services[0].Address != "X" {
		t.Error(story(a))
	}
}

func TestCoinRowsThatContradict(t *testing.T) {
	for name, lines := range map[string][]string{
		"spent before it is made":     {"u 1 t:0=4@T > 4@A", "t 2 g:0=4@V > 4@T"},
		"another value":               {"t 1 g:0=4@V > 4@T", "u 2 t:0=5@T > 5@A"},
		"a circle within a block":     {"t 1 u:0=4@A > 4@T", "u 1 t:0=4@T > 4@A"},
		"passed in a block, by order": {"g 1 > 4@V", "t 1 g:0=4@V > 4@T 0@T", "u 1 t:0=4@T,v:0=1@B > 5@A", "v 1 u:0=5@A > 1@B"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := follow.Run(t.Context(), coinLedger(lines...), follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}})
			if !errors.Is(err, follow.ErrRows) {
				t.Error(err)
			}
		})
	}
	rows := coinRows(chain.Bitcoin, "t 1 g:0=4@V > 4@T", "u 2 t:0=4@T > 4@A")
	rows = append(rows, ledger.Transfer{Chain: chain.Bitcoin, Tx: "u", Kind: ledger.Payment, Block: 2, Pos: 1, Time: 200, From: "T", To: "A"})
	_, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, rows)}}, follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}})
	if !errors.Is(err, follow.ErrRows) {
		t.Error(err)
	}
}

// TestCoinsWithoutPositions: where a source does not say where in a block transactions
// stand, their rows are mixed, and the answer is the same.
func TestCoinsWithoutPositions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := randomCoins(rt)
		run := func(rows []ledger.Transfer) []string {
			a, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, rows)}}, d.q)
			if err != nil {
				rt.Fatal(err)
			}
			closes(rt, a)
			facts := story(a)
			slices.Sort(facts) // within a block flows stand in another order
			return append(facts, fmt.Sprintf("%+v", a.Work))
		}
		want := run(d.rows)
		mixed := rapid.Permutation(d.rows).Draw(rt, "order")
		if diff := cmp.Diff(want, run(mixed)); diff != "" {
			rt.Fatalf("in another order: %s", diff)
		}
		for i := range mixed {
			mixed[i].Pos = 0
		}
		if diff := cmp.Diff(want, run(mixed)); diff != "" {
			rt.Fatalf("without positions: %s", diff)
		}
	})
}

// TestCoinAssets: assets on one chain are pools of their own.
func TestCoinAssets(t *testing.T) {
	rows := coinRows(chain.Bitcoin, "t 1 g:0=4@V > 4@T", "u 2 t:0=4@T,h:0=9@V > 3@A 9@B")
	for i := range rows {
		if v, _ := rows[i].Value.Uint64(); v == 9 {
			rows[i].Asset = "NOTE"
		}
	}
	a := ask(t, coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, rows)}}, follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}})
	want := []string{
		"T t:0 >T 4: 4 4 4 4 4 [0 0]", "T u:0 T>A 3: 3 3 3 3 3 [0 0]", "T held u:0@A: 3 3 3 3 3 [0 0]",
		"T bitcoin stolen 4 held 3/3/3/3 fees 1/1/1/1",
	}
	if d := cmp.Diff(want, story(a)); d != "" {
		t.Error(d)
	}
}

// TestCoinsBeyondAmounts: what is counted with has more bits than an amount.
func TestCoinsBeyondAmounts(t *testing.T) {
	most := strings.TrimSpace(chain.FromBytes([32]byte(slices.Repeat([]byte{255}, 32))).String())
	a := ask(t, coinLedger(
		"t 1 g:0="+most+"@V > "+most+"@T",
		"u 2 t:0="+most+"@T,h:0="+most+"@V > "+most+"@A "+most+"@B",
	), follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Rules: follow.Rules{Policies: []accounting.Policy{accounting.Haircut}, Bounds: true}})
	if len(a.Holdings) != 2 || a.Holdings[0].Taint.Most.String() != most || a.Work.Splits != 2 {
		t.Error(story(a))
	}
	_, err := follow.Run(t.Context(), coinLedger("t 1 g:0=1@V > "+most+"@T 1@T"), follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0", "t:1")}})
	if !errors.Is(err, follow.ErrAmount) {
		t.Error(err)
	}
}

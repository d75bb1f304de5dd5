package follow_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// clocked is a book of lines whose blocks have these times.
func clocked(id chain.ID, times map[uint64]int64, lines ...string) *coinBook {
	rows := coinRows(id, lines...)
	for i := range rows {
		if at, ok := times[rows[i].Block]; ok {
			rows[i].Time = at
		}
	}
	return newCoinBook(id, rows)
}

// TestCoinsWhereTimesGoBack: a transaction that spends two coins is applied once, after
// both, though the block of one has a later time.
func TestCoinsWhereTimesGoBack(t *testing.T) {
	s := coinSnapshot{books: []*coinBook{clocked(
		chain.Bitcoin, map[uint64]int64{3: 3000, 4: 2000},
		"a 2 g:0=100@V > 100@A", "s 2 a:0=100@A > 30@B 70@B", "h 3 s:0=30@B > 30@C", "m 4 s:1=70@B,h:0=30@C > 95@X",
	)}}
	q := follow.Question{Thefts: []follow.Theft{coinTheft("T", "a:0")}, Services: coinServices{"X"}}
	a := ask(t, s, q)
	if len(a.Arrivals) != 1 || a.Arrivals[0].Taint.FIFO != chain.Units64(95) || a.Work.Applied != 2+3+2+3 {
		t.Errorf("%d applied: %q", a.Work.Applied, story(a))
	}
	q.Rules.Until = 2500 // the hop is too late; what spends it is not, but then spends nothing of it
	a = ask(t, s, q)
	if got := story(a); !slices.Contains(got, "T held s:0@B: 30 30 30 30 30 [0 0]") || len(a.Arrivals) != 1 {
		t.Errorf("%q", got)
	}
}

// TestLinksWaitForTheirChains: what a link brings waits for what it takes, where the
// clock of one chain is ahead.
func TestLinksWaitForTheirChains(t *testing.T) {
	btc := clocked(
		chain.Bitcoin, map[uint64]int64{2: 9000, 3: 1000, 5: 3000},
		"t 1 g:0=10@V > 10@T", "h 2 t:0=10@T > 10@T2", "u 3 h:0=10@T2 > 10@BRIDGE", "b 5 x:0=9@POOL > 9@C",
	)
	ltc := clocked(
		"litecoin", map[uint64]int64{4: 4000, 5: 2000, 6: 2500},
		"p 5 q:0=20@POOL > 20@W", "r 6 p:0=20@W > 20@BRIDGE2",
	)
	mark := func(id chain.ID, of string) follow.Mark { return coinMark(id, of) }
	q := follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}, Links: []follow.Link{
		{ID: "over", Kind: follow.Bridge, Out: mark(chain.Bitcoin, "u:0"), In: mark("litecoin", "p:0")},
		{ID: "back", Kind: follow.Bridge, Out: mark("litecoin", "r:0"), In: mark(chain.Bitcoin, "b:0")},
	}}
	for _, books := range [][]*coinBook{{btc, ltc}, {ltc, btc}} {
		if got := story(ask(t, coinSnapshot{books: books}, q)); !slices.Contains(got, "T held b:0@C: 9 9 9 9 9 [0 0]") {
			t.Errorf("%q", got)
		}
	}
	// By their own times both links can be; by the order of rows each waits for the other.
	ring := coinSnapshot{books: []*coinBook{
		clocked(chain.Bitcoin, map[uint64]int64{2: 900, 3: 100}, "t 1 g:0=10@V > 10@T", "b 2 x:0=9@POOL > 9@C", "u 3 t:0=10@T > 10@BRIDGE"),
		clocked("litecoin", map[uint64]int64{5: 200, 6: 300}, "p 5 q:0=20@POOL > 20@W", "r 6 p:0=20@W > 20@BRIDGE2"),
	}}
	if _, err := follow.Run(t.Context(), ring, q); !errors.Is(err, follow.ErrQuestion) {
		t.Error(err)
	}
}

// TestCoinsOfOneID: a later transaction of the same id is another one; what they make
// cannot both be spent.
func TestCoinsOfOneID(t *testing.T) {
	rows := coinRows(chain.Bitcoin, "t 1 > 50@A", "t 2 > 50@A", "u 3 t:0=50@A > 50@B")
	s := coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, rows)}}
	a := ask(t, s, follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0")}})
	if a.Work.Applied != 1+2 || a.Sums[0].Stolen != chain.Units64(50) {
		t.Errorf("%d applied: %q", a.Work.Applied, story(a))
	}
	_, err := follow.Run(
		t.Context(), coinLedger("t 1 > 7@A", "g 2 > 7@V", "t 4 g:0=7@V > 7@A", "u 5 t:0=7@A > 7@B"),
		follow.Question{Thefts: []follow.Theft{coinTheft("T", "t:0", "g:0")}},
	)
	if !errors.Is(err, follow.ErrRows) {
		t.Error(err)
	}
}

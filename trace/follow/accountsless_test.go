package follow

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"pgregory.net/rapid"
)

// jump lets times of blocks go back, by an hour at most.
func (c *twin) jump(t *rapid.T) {
	off := map[uint64]int64{}
	for i := range c.rows {
		block := c.rows[i].Block
		if _, drawn := off[block]; !drawn {
			off[block] = rapid.Int64Range(0, 3600).Draw(t, "clock")
		}
		c.rows[i].Time = int64(100*block) + off[block]
	}
}

// on is the case on another chain, with other thefts.
func (c *twin) on(id chain.ID) {
	for i := range c.rows {
		c.rows[i].Chain = id
	}
	for i := range c.q.Thefts {
		c.q.Thefts[i].ID += " on " + string(id)
		for j := range c.q.Thefts[i].Marks {
			c.q.Thefts[i].Marks[j].Chain = id
		}
	}
	for i := range c.q.Links {
		l := &c.q.Links[i]
		l.ID += " on " + string(id)
		l.Out.Chain, l.In.Chain = id, id
	}
	for i := range c.q.Rules.Dust {
		c.q.Rules.Dust[i].Chain = id
	}
}

// bridge makes a link of a row, one that carries taint if there is any, and another,
// where their times say that it can be one.
func bridge(t *rapid.T, q *Question, flows []Flow, cases ...*twin) {
	var rows []*ledger.Transfer
	taken := map[Mark]bool{}
	for _, l := range q.Links {
		taken[l.Out], taken[l.In] = true, true
	}
	carries := map[Mark]bool{}
	for _, f := range flows {
		carries[Mark{f.Row.Chain, f.Row.Tx, f.Row.Kind, f.Row.Index}] = true
	}
	var tainted []*ledger.Transfer
	at := func(r *ledger.Transfer) Mark { return Mark{r.Chain, r.Tx, r.Kind, r.Index} }
	for _, c := range cases {
		for i := range c.rows {
			r := &c.rows[i]
			if r.To == "" || taken[at(r)] {
				continue
			}
			if rows = append(rows, r); carries[at(r)] {
				tainted = append(tainted, r)
			}
		}
	}
	if len(tainted) == 0 {
		tainted = rows
	}
	if len(rows) == 0 {
		return
	}
	out := rapid.SampledFrom(tainted).Draw(t, "out")
	rows = slices.DeleteFunc(rows, func(in *ledger.Transfer) bool {
		return out.Chain == in.Chain && out.Block >= in.Block || out.Chain != in.Chain && out.Time >= in.Time
	})
	if len(rows) == 0 {
		return
	}
	in := rapid.SampledFrom(rows).Draw(t, "in")
	out.To, in.From = "pool", "pool"
	q.Links = append(q.Links, Link{ID: fmt.Sprint("bridge ", len(q.Links)), Kind: Bridge, Out: at(out), In: at(in)})
}

// TestLessLinks: without one of its links, a record gives the answer that the ledger
// does, also where a place is then reached later; times may go back, and links go from
// chain to chain and back.
func TestLessLinks(t *testing.T) {
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		one, two := drawTwin(t, 0), drawTwin(t, 0)
		two.on(chain.BSC)
		q := Question{Rules: one.q.Rules, Record: true, Services: known{"pool": {Class: Swap}}}
		q.Rules.Dust = append(q.Rules.Dust, two.q.Rules.Dust...)
		for _, c := range []*twin{one, two} {
			if rapid.Bool().Draw(t, "times go back") {
				c.jump(t)
			}
			q.Thefts, q.Links = append(q.Thefts, c.q.Thefts...), append(q.Links, c.q.Links...)
			for a, s := range c.q.Services.(known) {
				q.Services.(known)[a] = s
			}
		}
		books := func() *source { return over(newTestBook(chain.Ethereum, one.rows), newTestBook(chain.BSC, two.rows)) }
		for range rapid.IntRange(1, 6).Draw(t, "bridges") {
			first, err := answer(t.Context(), books(), q)
			if err != nil {
				break
			}
			bridge(t, &q, first.Flows, one, two)
		}
		from := books()
		full, err := answer(t.Context(), from, q)
		if errors.Is(err, errOrder) {
			return // links bring each other what they take
		}
		if err != nil {
			t.Fatal(err)
		}
		closes(t, full)
		for i := -1; i < len(q.Links); i++ {
			less := q
			if i >= 0 {
				less.Links = append(append([]Link{}, q.Links[:i]...), q.Links[i+1:]...)
			}
			from.reading = rapid.SampledFrom([]Reading{AsFits, Sweep, Count}).Draw(t, "reading")
			live, err := answer(t.Context(), from, less)
			if err != nil {
				t.Fatal(err)
			}
			closes(t, live)
			again, err := Replay(t.Context(), full.Record, less)
			if err != nil {
				t.Fatalf("without link %d: %v\n%s%s", i, err, dump(one), dump(two))
			}
			if d := cmp.Diff(plainly(live), plainly(again), comparers...); d != "" {
				t.Fatalf("without link %d, reading %d (-live +again):\n%s\n%s%s%v", i, from.reading, d, dump(one), dump(two), q.Links)
			}
			asked++
		}
	})
	if asked < 100 {
		t.Errorf("%d asked: the cases are too tame", asked)
	}
}

// TestALinkThatCameSooner: a place that a link reached first is opened by the rows in
// between, where another row reaches it without the link.
func TestALinkThatCameSooner(t *testing.T) {
	book := pay(chain.Ethereum, "- C 7", "- A 200", "A B 200", "B S 50", "S C 50", "C E 60", "D C 1000", "C C 5", "B C 100", "C X 150")
	q := theft(at(chain.Ethereum, 2))
	q.Record, q.Services = true, known{"S": {Class: Swap}, "X": {Class: Exchange}}
	q.Links = []Link{{ID: "L", Kind: Swap, Out: at(chain.Ethereum, 3), In: at(chain.Ethereum, 4)}}
	full := ask(t, q, book)
	want := []Opening{{Chain: chain.Ethereum, Address: "B", Row: 2}, {Chain: chain.Ethereum, Address: "C", Row: 4, Value: units(7)}, {Chain: chain.Ethereum, Address: "E", Row: 5}}
	if d := cmp.Diff(want, full.Record.Openings, comparers...); d != "" {
		t.Error(d)
	}
	q.Links = nil
	live := ask(t, q, book)
	again, err := Replay(t.Context(), full.Record, q)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plainly(live), plainly(again), comparers...); d != "" {
		t.Error(d)
	}
	if n := live.Arrivals[len(live.Arrivals)-1].Taint; n.FIFO != (chain.Amount{}) || n.LIFO != units(100) {
		t.Errorf("what C held between is not there: %+v", n)
	}
	for name, spoil := range map[string]func(*Record){
		"no opening":   func(r *Record) { r.Openings = r.Openings[1:] },
		"a later one":  func(r *Record) { r.Openings[1].Row = 9 },
		"two openings": func(r *Record) { r.Openings = append(r.Openings, Opening{Chain: chain.Ethereum, Address: "C", Row: 8}) },
	} {
		bad := *full.Record
		bad.Openings = slices.Clone(bad.Openings)
		spoil(&bad)
		if _, err := Replay(t.Context(), &bad, q); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUntilWhereTimesGoBack: which rows of a chain of accounts are too late cannot be
// told where that is not the last ones.
func TestUntilWhereTimesGoBack(t *testing.T) {
	book := pay(chain.Ethereum, "- A 9", "A B 9", "B C 9", "C D 9", "D E 9", "E F 9", "F G 9", "G H 9")
	book.rows[2].Time = 90
	q := theft(at(chain.Ethereum, 1))
	if a := ask(t, q, book); a.Holdings[0].Address != "H" {
		t.Errorf("%+v", a.Holdings)
	}
	q.Rules.Until = 65
	if _, err := answer(t.Context(), over(book), q); !errors.Is(err, ErrRows) {
		t.Error(err)
	}
	q = theft(at(chain.Ethereum, 2))
	q.Rules.Until = 65
	if _, err := answer(t.Context(), over(book), q); !errors.Is(err, ErrRows) {
		t.Error(err)
	}
}

// TestSumsThatDoNotClose: no such answer leaves.
func TestSumsThatDoNotClose(t *testing.T) {
	q := theft(at(chain.Ethereum, 0))
	for _, more := range []func(*Sum) *chain.Amount{
		func(s *Sum) *chain.Amount { return &s.Stolen },
		func(s *Sum) *chain.Amount { return &s.In.TIHO },
		func(s *Sum) *chain.Amount { return &s.Held.LIFO },
		func(s *Sum) *chain.Amount { return &s.Out.Haircut },
	} {
		r, err := newRun(t.Context(), over(pay(chain.Ethereum, "- A 9")), &q, false)
		if err == nil {
			err = r.merge()
		}
		if err != nil {
			t.Fatal(err)
		}
		n := more(r.sum(0, chain.Ethereum, ""))
		for _, l := range r.lanes {
			if err := l.finish(); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.writeSums(&Answer{}); err != nil {
			t.Fatal(err)
		}
		*n, _ = n.Add(units(1))
		if err := r.writeSums(&Answer{}); !errors.Is(err, ErrBalance) {
			t.Error(err)
		}
		r.leave()
	}
}

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
	asked, later, refused := 0, 0, 0
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
			refused++ // links bring each other what they take
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		closes(t, full)
		opened := map[Opening]ledger.Row{}
		for _, o := range full.Record.Openings {
			opened[o.place()] = o.Row
		}
		for i := -1; i < len(q.Links); i++ {
			less := q
			if i >= 0 {
				less.Links = append(append([]Link{}, q.Links[:i]...), q.Links[i+1:]...)
			}
			from.way = rapid.SampledFrom([]way{asFits, sweeping, counting}).Draw(t, "way")
			live, err := answer(t.Context(), from, less)
			if err != nil {
				t.Fatal(err)
			}
			closes(t, live)
			for _, o := range live.Record.Openings {
				if opened[o.place()] != o.Row {
					later++
				}
			}
			again, err := Replay(t.Context(), full.Record, less)
			if err != nil {
				t.Fatalf("without link %d: %v\n%s%s", i, err, dump(one), dump(two))
			}
			if d := cmp.Diff(plainly(live), plainly(again), comparers...); d != "" {
				t.Fatalf("without link %d, way %d (-live +again):\n%s\n%s%s%v", i, from.way, d, dump(one), dump(two), q.Links)
			}
			asked++
		}
	})
	t.Logf("%d asked, %d places reached later, %d refused", asked, later, refused)
	if later == 0 || asked == 0 {
		t.Errorf("%d asked, %d places reached later, %d refused: the cases are too tame", asked, later, refused)
	}
}

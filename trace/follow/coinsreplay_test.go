package follow_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"pgregory.net/rapid"
)

// TestCoinsReplay: the record of a run gives its answer again, wherever it was stopped,
// with and without positions, and with a link.
func TestCoinsReplay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := randomCoins(rt)
		d.q.Record = true
		if rapid.Bool().Draw(rt, "stopped") {
			d.q.Budget.Rows = rapid.Uint64Range(1, 30).Draw(rt, "rows")
		}
		if rapid.IntRange(0, 3).Draw(rt, "ends") == 0 {
			d.q.Rules.Until = rapid.Int64Range(1, 8).Draw(rt, "until")
		}
		if rapid.Bool().Draw(rt, "times go back") {
			d.jump(rt)
			d.q.Rules.Until *= 600
		}
		if rapid.IntRange(0, 3).Draw(rt, "mixed") == 0 {
			for i := range d.rows {
				d.rows[i].Pos = 0
			}
		}
		if rapid.Bool().Draw(rt, "link") {
			link(rt, d)
		}
		want, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, d.rows)}}, d.q)
		if err != nil {
			rt.Fatal(err)
		}
		closes(rt, want)
		got, err := follow.Replay(t.Context(), want.Record, d.q)
		if err != nil {
			rt.Fatal(err)
		}
		got.Record = want.Record
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b chain.Amount) bool { return a == b })); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestCoinsLessLinks: without one of its links, a record gives the answer that the
// ledger does; times of blocks may go back.
func TestCoinsLessLinks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := randomCoins(rt)
		d.q.Record = true
		if rapid.Bool().Draw(rt, "times go back") {
			d.jump(rt)
		}
		for range rapid.IntRange(1, 4).Draw(rt, "links") {
			link(rt, d)
		}
		ask := func(q follow.Question) *follow.Answer {
			a, err := follow.Run(t.Context(), coinSnapshot{books: []*coinBook{newCoinBook(chain.Bitcoin, d.rows)}}, q)
			if err != nil {
				rt.Fatal(err)
			}
			closes(rt, a)
			return a
		}
		full := ask(d.q)
		for i := range d.q.Links {
			less := d.q
			less.Links = slices.Delete(slices.Clone(d.q.Links), i, i+1)
			live := ask(less)
			again, err := follow.Replay(t.Context(), full.Record, less)
			if err != nil {
				rt.Fatal(err)
			}
			again.Record = live.Record
			if diff := cmp.Diff(live, again, cmp.Comparer(func(a, b chain.Amount) bool { return a == b })); diff != "" {
				rt.Fatalf("without link %d (-live +again):\n%s", i, diff)
			}
		}
	})
}

// link joins two outputs of different blocks. Whoever is at its ends is a service.
func link(t *rapid.T, d *coinCase) {
	var outs []string
	for _, tx := range d.c.Txs {
		outs = append(outs, tx.ID+":0")
	}
	i, j := rapid.IntRange(0, len(outs)-1).Draw(t, "out"), rapid.IntRange(0, len(outs)-1).Draw(t, "in")
	taken := func(l follow.Link) bool {
		return l.Out == coinMark(chain.Bitcoin, outs[i]) || l.In == coinMark(chain.Bitcoin, outs[j])
	}
	if d.c.Txs[i].Block >= d.c.Txs[j].Block || slices.ContainsFunc(d.q.Links, taken) {
		return
	}
	d.q.Links = append(d.q.Links, follow.Link{
		ID: "L" + outs[i], Kind: follow.Swap, Out: coinMark(chain.Bitcoin, outs[i]), In: coinMark(chain.Bitcoin, outs[j]),
	})
	pool := map[ledger.Outpoint]bool{coinOutpoint(outs[i]): true}
	for _, of := range d.c.Txs[j].Inputs {
		pool[coinOutpoint(of)] = true
	}
	for k := range d.rows {
		r := &d.rows[k]
		switch {
		case r.Kind == ledger.Input && pool[r.Spends]:
			r.From = "POOL"
		case r.Kind == ledger.Output && pool[ledger.Outpoint{Tx: r.Tx, Index: r.Index}]:
			r.To = "POOL"
		}
	}
	known, _ := d.q.Services.(coinServices)
	d.q.Services = append(known, "POOL")
}

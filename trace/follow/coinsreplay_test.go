package follow_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
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

// link joins two outputs of different blocks.
func link(t *rapid.T, d *coinCase) {
	var outs []string
	for _, tx := range d.c.Txs {
		outs = append(outs, tx.ID+":0")
	}
	i, j := rapid.IntRange(0, len(outs)-1).Draw(t, "out"), rapid.IntRange(0, len(outs)-1).Draw(t, "in")
	if d.c.Txs[i].Block >= d.c.Txs[j].Block {
		return
	}
	d.q.Links = []follow.Link{{ID: "L", Kind: follow.Swap, Out: coinMark(chain.Bitcoin, outs[i]), In: coinMark(chain.Bitcoin, outs[j])}}
}

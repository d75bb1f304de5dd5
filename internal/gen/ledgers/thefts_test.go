package ledgers_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/internal/gen/transfers"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// TestThefts holds thefts to what they say of themselves.
func TestThefts(t *testing.T) {
	const rows = 1_000_000
	byTx := map[string]uint64{}
	for i := uint64(rows / 4); i < rows; i++ {
		byTx[ledgers.Mark(i).String()] = i
	}
	for name, c := range map[string]struct {
		q     follow.Question
		from  uint64
		marks int
	}{
		"typical": {ledgers.Typical(rows), rows / 2, 7},
		"worst":   {ledgers.Worst(rows), rows / 3, 1000},
		"early":   {ledgers.Early(rows), rows / 4, 300},
	} {
		marks := c.q.Thefts[0].Marks
		if len(c.q.Thefts) != 1 || len(marks) != c.marks || !c.q.Rules.Bounds || (c.q.Rules.Hub > 0) != (name == "typical") {
			t.Errorf("%s: %d thefts, %d marks, rules %+v", name, len(c.q.Thefts), len(marks), c.q.Rules)
		}
		for _, m := range marks {
			i, ok := byTx[m.String()]
			if r := transfers.At(i); !ok || i < c.from || r.Token != 0 || r.To < 64 || r.High < 1<<24 {
				t.Fatalf("%s marks %s, row %d: %+v", name, m, i, r)
			}
		}
	}
}

// TestRowIsThatOfTransfers compares a row with the numbers that it is made of.
func TestRowIsThatOfTransfers(t *testing.T) {
	wide := false
	for i := range uint64(1000) {
		r, row := transfers.At(i), ledgers.Row(i)
		from, to, tx := transfers.Address(r.From), transfers.Address(r.To), transfers.TxID(r.Tx)
		if string(row.From) != string(from[:]) || string(row.To) != string(to[:]) || row.Tx != string(tx[:]) || row.Block != r.Block || row.Index != r.Index {
			t.Fatalf("row %d: %+v, want %+v", i, row, r)
		}
		value := row.Value.Bytes()
		var high uint64
		for _, b := range value[16:24] {
			high = high<<8 | uint64(b)
		}
		if high != r.High || (len(row.Asset) > 0) != (r.Token > 0) {
			t.Fatalf("row %d: value %s of asset %x, want %+v", i, row.Value, string(row.Asset), r)
		}
		wide = wide || high > 0
	}
	if !wide {
		t.Error("no row has a value of 2^64 or more")
	}
}

package follow

import (
	"context"
	"iter"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// testBook is a ledger of few rows in memory: pages without gaps that can be swept.
type testBook struct{ *pages }

// newTestBook numbers rows of one chain in their order.
func newTestBook(id chain.ID, rows []ledger.Transfer) testBook {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(x, y ledger.Transfer) int { return ledger.Compare(&x, &y) })
	numbered := make([]RecordedRow, len(rows))
	for i, t := range rows {
		if fault := t.Fault(); fault != "" {
			panic(fault)
		}
		numbered[i] = RecordedRow{ledger.Row(i), t}
	}
	p, err := newPages(id, ledger.Row(len(rows)), numbered)
	if err != nil {
		panic(err)
	}
	return testBook{p}
}

// Sweep hands on three rows at a time.
func (b testBook) Sweep(_ context.Context, from ledger.Row) iter.Seq2[*ledger.Batch, error] {
	return func(yield func(*ledger.Batch, error) bool) {
		for from < b.end {
			batch := &ledger.Batch{First: from}
			var rows []ledger.Row
			for ; from < b.end && len(rows) < 3; from++ {
				rows = append(rows, from)
				batch.From = append(batch.From, b.accounts[b.rows[from].From])
				batch.To = append(batch.To, b.accounts[b.rows[from].To])
			}
			batch.Load = func() error {
				for _, r := range rows {
					v, ok := b.rows[r].Value.Uint64()
					if !ok {
						v = ledger.WideValue
					}
					batch.Asset = append(batch.Asset, uint16(b.assets[b.rows[r].Asset]))
					batch.Value = append(batch.Value, v)
				}
				return nil
			}
			batch.Wide = func(i int) (ledger.AssetID, chain.Amount, error) {
				t := &b.rows[rows[i]]
				return b.assets[t.Asset], t.Value, nil
			}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// over is a source of books.
func over(books ...testBook) *source {
	s := &source{books: func(id chain.ID) (ledger.Book, bool) {
		for _, b := range books {
			if b.id == id {
				return b, true
			}
		}
		return nil, false
	}}
	for _, b := range books {
		s.ledgers = append(s.ledgers, Ledger{Chain: b.id, Snapshot: "test", Rows: uint64(b.end)})
	}
	return s
}

package follow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// ErrRecord: a record cannot be that of a run.
var ErrRecord = errors.New("not a record of a trace")

// Record is what a run read, so that Replay gives its answer without the ledger.
type Record struct {
	Ledgers  []Ledger
	Rows     []RecordedRow // by chain and number
	Openings []Opening
	Services []Met // that the run ended at
	Wide     bool
	Applied  uint64
	Stopped  *Stop
}

// RecordedRow is a row and its number on its chain in the snapshot.
type RecordedRow struct {
	Number ledger.Row
	ledger.Transfer
}

// Opening is what an account held of an asset before the row in which taint first
// reached it. All that it moved of the asset from that row on is in the record.
type Opening struct {
	Chain   chain.ID
	Address ledger.Address
	Asset   ledger.Asset
	Row     ledger.Row
	Value   chain.Amount
}

// place is the opening without what it says.
func (o Opening) place() Opening {
	return Opening{Chain: o.Chain, Address: o.Address, Asset: o.Asset}
}

// recording is a record while it is made.
type recording struct {
	rows     map[int][]ledger.Row // by chain as in moment
	count    int
	openings []Opening
}

const openingBytes = 128

// keep notes a row that was read. A record that grows too long is given up.
func (r *run) keep(g *ground, row ledger.Row) error {
	if r.record == nil {
		return nil
	}
	r.record.rows[g.chain] = append(r.record.rows[g.chain], row)
	r.grow(8)
	if r.record.count++; r.record.count > MaxFlows {
		r.record = nil
	}
	return nil
}

// opening notes what a place held.
func (r *run) opening(o Opening) {
	r.record.openings = append(r.record.openings, o)
	r.grow(openingBytes)
}

// writeRecord completes a record; nil if it is too long.
func (r *run) writeRecord(a *Answer) (*Record, error) {
	rec := &Record{Ledgers: a.Ledgers, Openings: r.record.openings, Services: a.Services, Wide: r.wide, Applied: r.work.Applied, Stopped: a.Stopped}
	for _, g := range r.grounds {
		rows := r.record.rows[g.chain]
		slices.Sort(rows)
		for _, row := range slices.Compact(rows) {
			t, err := g.book.Row(row)
			if err != nil {
				return nil, err
			}
			rec.Rows = append(rec.Rows, RecordedRow{row, t})
		}
	}
	if len(rec.Rows) > MaxFlows {
		return nil, nil
	}
	return rec, nil
}

// Replay answers a question from the record of its run: the answer is equal but for
// Work.Swept and the record. Services, hubs and deposit addresses are those of the
// record, and the run stops where it stopped; the rest of the question must be the
// same. Links alone may be left out, where whoever stands at their ends counts as a
// service all the same: what they brought is then not there. ErrRecord says that the
// record does not reach so far.
func Replay(ctx context.Context, rec *Record, q Question) (*Answer, error) {
	books, err := rec.books()
	if err != nil {
		return nil, fmt.Errorf("replay of trace: %w", err)
	}
	from := &source{
		books: func(id chain.ID) (ledger.Book, bool) {
			b, ok := books[id]
			return b, ok
		},
		ledgers: rec.Ledgers, recorded: rec, services: map[account]Service{}, openings: map[Opening]Opening{},
	}
	for _, s := range rec.Services {
		from.services[account{s.Chain, s.Address}] = s.Service
	}
	for _, o := range rec.Openings {
		if _, twice := from.openings[o.place()]; twice {
			return nil, fmt.Errorf("replay of trace: %w: an account has two openings of one asset", ErrRecord)
		}
		from.openings[o.place()] = o
	}
	q.Budget = Budget{}
	a, err := attempt(ctx, from, &q, rec.Wide)
	if errors.Is(err, errWide) {
		err = ErrRecord
	}
	if err != nil {
		return nil, fmt.Errorf("replay of trace: %w", err)
	}
	return a, nil
}

// books are the recorded rows by chain.
func (rec *Record) books() (map[chain.ID]*pages, error) {
	if len(rec.Rows) > MaxFlows {
		return nil, fmt.Errorf("%w: it has %d rows, more than %d", ErrRecord, len(rec.Rows), MaxFlows)
	}
	byChain := map[chain.ID][]RecordedRow{}
	for _, row := range rec.Rows {
		if fault := row.Fault(); fault != "" {
			return nil, fmt.Errorf("%w: row %d: %s", ErrRecord, row.Number, fault)
		}
		byChain[row.Chain] = append(byChain[row.Chain], row)
	}
	out := map[chain.ID]*pages{}
	for _, l := range rec.Ledgers {
		rows := byChain[l.Chain]
		slices.SortFunc(rows, func(x, y RecordedRow) int { return cmp.Compare(x.Number, y.Number) })
		p, err := newPages(l.Chain, ledger.Row(l.Rows), rows)
		if err != nil {
			return nil, err
		}
		out[l.Chain] = p
	}
	return out, nil
}

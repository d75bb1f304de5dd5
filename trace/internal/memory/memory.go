// Package memory is a snapshot of rows that are held in memory: what tests of tracing
// look at in place of a ledger on disk. It offers no books.
//
//	snapshot := memory.New(rows...)
package memory

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Snapshot is rows in memory. Rows that no ledger would keep (of one key, of a block with
// two times) are the caller's fault and make New panic.
type Snapshot struct {
	rows    map[chain.ID][]ledger.Transfer
	byTx    map[string][]ledger.Transfer
	spender map[ledger.Outpoint]ledger.Transfer
}

var _ ledger.Snapshot = (*Snapshot)(nil)

// New is the snapshot of the rows.
func New(rows ...ledger.Transfer) *Snapshot {
	s := &Snapshot{map[chain.ID][]ledger.Transfer{}, map[string][]ledger.Transfer{}, map[ledger.Outpoint]ledger.Transfer{}}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
	times := map[string]int64{}
	for i := range rows {
		t := &rows[i]
		block := fmt.Sprint(t.Chain, " ", t.Block)
		if old, ok := times[block]; t.Check() != nil || ok && old != t.Time {
			panic(fmt.Sprintf("no row of a ledger: %+v", *t))
		}
		times[block] = t.Time
		key := string(t.Chain) + " " + t.Tx
		for _, other := range s.byTx[key] {
			if other.Kind == t.Kind && other.Index == t.Index {
				panic(fmt.Sprintf("two rows of one key: %+v", *t))
			}
		}
		s.rows[t.Chain] = append(s.rows[t.Chain], *t)
		s.byTx[key] = append(s.byTx[key], *t)
		if t.Kind == ledger.Input {
			s.spender[t.Spends] = *t
		}
	}
	return s
}

// ID names the snapshot.
func (s *Snapshot) ID() ledger.SnapshotID { return "memory" }

// Count is the number of rows.
func (s *Snapshot) Count() (n uint64) {
	for _, rows := range s.rows {
		n += uint64(len(rows))
	}
	return n
}

// Chains says what is held of each chain.
func (s *Snapshot) Chains() (out []ledger.Extent) {
	for _, c := range chain.All() {
		rows := s.rows[c.ID]
		if len(rows) == 0 {
			continue
		}
		e := ledger.Extent{Chain: c.ID, Rows: uint64(len(rows)), First: rows[0].Block, Last: rows[len(rows)-1].Block, Since: rows[0].Time, Until: rows[0].Time}
		for i := range rows {
			e.Since, e.Until = min(e.Since, rows[i].Time), max(e.Until, rows[i].Time)
		}
		out = append(out, e)
	}
	return out
}

// Digest is that of all rows.
func (s *Snapshot) Digest(context.Context) (string, error) {
	d := ledger.NewDigest()
	for _, e := range s.Chains() {
		for i := range s.rows[e.Chain] {
			d.Add(&s.rows[e.Chain][i])
		}
	}
	return d.String(), nil
}

// Rows streams the rows of a chain from one on.
func (s *Snapshot) Rows(_ context.Context, id chain.ID, from ledger.Row) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for i := int(from); i < len(s.rows[id]); i++ {
			if !yield(s.rows[id][i], nil) {
				return
			}
		}
	}
}

// Degrees are how many rows each address has on either side.
func (s *Snapshot) Degrees(_ context.Context, of ledger.Frontier) ([]ledger.Degree, error) {
	out := make([]ledger.Degree, len(of.Addresses))
	for i, a := range of.Addresses {
		out[i] = s.degree(of.Chain, a)
	}
	return out, nil
}

func (s *Snapshot) degree(id chain.ID, a ledger.Address) (d ledger.Degree) {
	for i := range s.rows[id] {
		if t := &s.rows[id][i]; a != "" {
			if t.From == a {
				d.Out++
			}
			if t.To == a {
				d.In++
			}
		}
	}
	return d
}

// Expand streams the rows of a frontier; see [ledger.Snapshot].
func (s *Snapshot) Expand(ctx context.Context, of ledger.Frontier, step ledger.Step) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		wanted := map[ledger.Address]bool{}
		for _, a := range of.Addresses {
			if _, seen := wanted[a]; seen || a == "" {
				continue
			}
			if wanted[a] = true; step.HubLimit == 0 {
				continue
			}
			d := s.degree(of.Chain, a)
			n := d.Out
			if step.Direction == ledger.In {
				n = d.In
			}
			wanted[a] = n <= step.HubLimit
			if !wanted[a] && !yield(ledger.Transfer{}, &ledger.HubError{Chain: of.Chain, Address: a, Rows: n, Limit: step.HubLimit}) {
				return
			}
		}
		for _, t := range s.rows[of.Chain] {
			if err := ctx.Err(); err != nil {
				yield(ledger.Transfer{}, err)
				return
			}
			side := t.From
			if step.Direction == ledger.In {
				side = t.To
			}
			if wanted[side] && step.Takes(t.Time, t.Value) && !yield(t, nil) {
				return
			}
		}
	}
}

// Transaction is the rows of a transaction.
func (s *Snapshot) Transaction(_ context.Context, id chain.ID, tx string) ([]ledger.Transfer, error) {
	return slices.Clone(s.byTx[string(id)+" "+tx]), nil
}

// Spenders are the inputs that spend the outpoints.
func (s *Snapshot) Spenders(_ context.Context, id chain.ID, of []ledger.Outpoint) ([]ledger.Transfer, error) {
	out := make([]ledger.Transfer, len(of))
	for i, o := range of {
		if t := s.spender[o]; t.Chain == id {
			out[i] = t
		}
	}
	return out, nil
}

// Book is none.
func (s *Snapshot) Book(chain.ID) (ledger.Book, bool) { return nil, false }

// Close does nothing.
func (s *Snapshot) Close() error { return nil }

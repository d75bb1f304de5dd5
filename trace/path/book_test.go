package path_test

import (
	"context"
	"iter"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// memory is a ledger of one chain in slices: what a search reads of a snapshot and its
// book, and no more.
type memory struct {
	book
	id       chain.ID
	rows     []ledger.Transfer
	accounts []ledger.Address
	assets   []ledger.Asset
	damaged  bool // rows cannot be read
}

type book interface{ ledger.Book }

// snapshot is what a search reads of a snapshot.
type snapshot struct {
	ledger.Snapshot
	m *memory
}

func (s snapshot) ID() ledger.SnapshotID { return "memory" }
func (s snapshot) Chains() []ledger.Extent {
	return []ledger.Extent{{Chain: s.m.id, Rows: uint64(len(s.m.rows))}}
}
func (s snapshot) Book(id chain.ID) (ledger.Book, bool) { return s.m, id == s.m.id }

// bookless has rows and no book.
type bookless struct{ snapshot }

func (s bookless) Book(chain.ID) (ledger.Book, bool) { return nil, false }

func remember(id chain.ID, rows []ledger.Transfer) *memory {
	m := &memory{id: id, rows: slices.Clone(rows), accounts: []ledger.Address{""}, assets: []ledger.Asset{""}}
	slices.SortFunc(m.rows, func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
	for _, t := range m.rows {
		for _, a := range []ledger.Address{t.From, t.To} {
			if !slices.Contains(m.accounts, a) {
				m.accounts = append(m.accounts, a)
			}
		}
		if !slices.Contains(m.assets, t.Asset) {
			m.assets = append(m.assets, t.Asset)
		}
	}
	return m
}

func (m *memory) Accounts() int       { return len(m.accounts) }
func (m *memory) Cells() ledger.Cells { return cells{m} }

func (m *memory) Lookup(_ context.Context, of []ledger.Address) (out []ledger.AccountID, err error) {
	for _, a := range of {
		out = append(out, m.number(a))
	}
	return out, nil
}

func (m *memory) number(a ledger.Address) ledger.AccountID {
	if i := slices.Index(m.accounts, a); i >= 0 {
		return ledger.AccountID(i)
	}
	return ledger.NoAccount
}

func (m *memory) Address(id ledger.AccountID) (ledger.Address, error) { return m.accounts[id], nil }
func (m *memory) Asset(id ledger.AssetID) (ledger.Asset, error)       { return m.assets[id], nil }
func (m *memory) AssetID(a ledger.Asset) (ledger.AssetID, bool, error) {
	i := slices.Index(m.assets, a)
	return ledger.AssetID(max(i, 0)), i >= 0, nil
}
func (m *memory) Row(r ledger.Row) (ledger.Transfer, error) { return m.rows[r], nil }

func (m *memory) Degree(id ledger.AccountID) (d ledger.Degree, err error) {
	for _, t := range m.rows {
		if m.accounts[id] == t.From {
			d.Out++
		}
		if m.accounts[id] == t.To {
			d.In++
		}
	}
	return d, nil
}

func (m *memory) Walk(ctx context.Context, id ledger.AccountID, d ledger.Direction, from ledger.Row) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		for i := int(from); i < len(m.rows); i++ {
			side := m.rows[i].From
			if d == ledger.In {
				side = m.rows[i].To
			}
			if side != m.accounts[id] {
				continue
			}
			err := ctx.Err()
			if m.damaged {
				err = ledger.ErrDamaged
			}
			if err != nil {
				yield(0, err)
				return
			}
			if !yield(ledger.Row(i), nil) {
				return
			}
		}
	}
}

func (m *memory) Hop(ctx context.Context, of []ledger.AccountID, step ledger.Step, to []ledger.AccountID, _ func(ledger.AccountID, int)) ([]ledger.AccountID, error) {
	for _, id := range of {
		for r, err := range m.Walk(ctx, id, step.Direction, 0) {
			if err != nil {
				return nil, err
			}
			t := m.rows[r]
			if step.Takes(t.Time, t.Value) && step.Direction == ledger.Out {
				to = append(to, m.number(t.To))
			} else if step.Takes(t.Time, t.Value) {
				to = append(to, m.number(t.From))
			}
		}
	}
	return to, nil
}

func (m *memory) Transaction(tx string) (out []ledger.Row, err error) {
	for i, t := range m.rows {
		if t.Tx == tx {
			out = append(out, ledger.Row(i))
		}
	}
	return out, nil
}

type cells struct{ m *memory }

func (c cells) From(r ledger.Row) (ledger.AccountID, error) { return c.m.number(c.m.rows[r].From), nil }

func (c cells) To(r ledger.Row) (ledger.AccountID, error) { return c.m.number(c.m.rows[r].To), nil }

func (c cells) Asset(r ledger.Row) (ledger.AssetID, error) {
	id, _, err := c.m.AssetID(c.m.rows[r].Asset)
	return id, err
}
func (c cells) Value(r ledger.Row) (chain.Amount, error) { return c.m.rows[r].Value, nil }
func (c cells) Time(r ledger.Row) (int64, error) {
	p, err := c.Place(r)
	return p.Time, err
}

func (c cells) Place(r ledger.Row) (ledger.Place, error) {
	t := c.m.rows[r]
	return ledger.Place{Block: t.Block, Pos: t.Pos, Index: t.Index, Kind: t.Kind, Time: t.Time}, nil
}

package follow

import (
	"context"
	"fmt"
	"iter"
	"math"
	"sort"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// pages is a book of recorded rows. They keep their numbers; rows between them are
// nobody's and are worth nothing.
type pages struct {
	id        chain.ID
	end       ledger.Row
	rows      []RecordedRow
	addresses []ledger.Address
	accounts  map[ledger.Address]ledger.AccountID
	names     []ledger.Asset
	assets    map[ledger.Asset]ledger.AssetID
	txs       map[string][]ledger.Row
	spenders  map[ledger.Outpoint]ledger.Row
	lists     [2]map[ledger.AccountID][]ledger.Row
	places    map[pagePlace][]int // indexes of rows, when it is asked for them
}

// pagePlace is an account of an asset.
type pagePlace struct {
	id    ledger.AccountID
	asset ledger.AssetID
}

var _ ledger.Book = (*pages)(nil)

// newPages is a book of rows in order of their numbers.
func newPages(id chain.ID, end ledger.Row, rows []RecordedRow) (*pages, error) {
	p := &pages{
		id: id, end: end, rows: rows,
		addresses: []ledger.Address{""}, accounts: map[ledger.Address]ledger.AccountID{"": ledger.Nobody},
		names: []ledger.Asset{""}, assets: map[ledger.Asset]ledger.AssetID{"": 0},
		txs: map[string][]ledger.Row{}, spenders: map[ledger.Outpoint]ledger.Row{},
		lists: [2]map[ledger.AccountID][]ledger.Row{{}, {}},
	}
	for i := range rows {
		r := &rows[i]
		if r.Number >= end || i > 0 && (rows[i-1].Number >= r.Number || ledger.Compare(&rows[i-1].Transfer, &r.Transfer) >= 0 || rows[i-1].Block == r.Block && rows[i-1].Time != r.Time) {
			return nil, fmt.Errorf("%w: row %d of chain %s does not stand in order", ErrRecord, r.Number, quote(string(id)))
		}
		p.txs[r.Tx] = append(p.txs[r.Tx], r.Number)
		if r.Kind == ledger.Input {
			if _, twice := p.spenders[r.Spends]; twice {
				return nil, fmt.Errorf("%w: row %d of chain %s spends what is spent", ErrRecord, r.Number, quote(string(id)))
			}
			p.spenders[r.Spends] = r.Number
		}
		for d, a := range []ledger.Address{ledger.Out: r.From, ledger.In: r.To} {
			if a != "" {
				at := p.account(a)
				p.lists[d][at] = append(p.lists[d][at], r.Number)
			}
		}
		if _, ok := p.assets[r.Asset]; !ok {
			p.assets[r.Asset] = ledger.AssetID(len(p.names))
			p.names = append(p.names, r.Asset)
		}
	}
	return p, nil
}

func (p *pages) account(a ledger.Address) ledger.AccountID {
	id, ok := p.accounts[a]
	if !ok {
		id = ledger.AccountID(len(p.addresses))
		p.accounts[a] = id
		p.addresses = append(p.addresses, a)
	}
	return id
}

// at is the first recorded row from a number on.
func (p *pages) at(r ledger.Row) int {
	return sort.Search(len(p.rows), func(i int) bool { return p.rows[i].Number >= r })
}

// row is a recorded row; nil for one between them.
func (p *pages) row(r ledger.Row) *RecordedRow {
	if i := p.at(r); i < len(p.rows) && p.rows[i].Number == r {
		return &p.rows[i]
	}
	return nil
}

// moves are the recorded rows of an account that move an asset, from a number on and
// before another.
func (p *pages) moves(of pagePlace, from, before ledger.Row) []int {
	if p.places == nil {
		p.places = map[pagePlace][]int{}
		for i := range p.rows {
			r := &p.rows[i]
			for _, a := range []ledger.Address{r.From, r.To} {
				if a != "" && r.From != r.To {
					at := pagePlace{p.accounts[a], p.assets[r.Asset]}
					p.places[at] = append(p.places[at], i)
				}
			}
		}
	}
	rows := p.places[of]
	number := func(n ledger.Row) int {
		return sort.Search(len(rows), func(i int) bool { return p.rows[rows[i]].Number >= n })
	}
	return rows[number(from):number(before)]
}

func (p *pages) missing(r ledger.Row) error {
	return fmt.Errorf("%w: row %d of chain %s is not in it", ErrRecord, r, p.id)
}

func (p *pages) Chain() chain.ID     { return p.id }
func (p *pages) Rows() ledger.Row    { return p.end }
func (p *pages) Accounts() int       { return len(p.addresses) }
func (p *pages) Assets() int         { return len(p.names) }
func (p *pages) Cells() ledger.Cells { return pageCells{p} }

func (p *pages) Lookup(_ context.Context, of []ledger.Address) ([]ledger.AccountID, error) {
	out := make([]ledger.AccountID, len(of))
	for i, a := range of {
		id, ok := p.accounts[a]
		if !ok {
			id = ledger.NoAccount
		}
		out[i] = id
	}
	return out, nil
}

func (p *pages) Address(id ledger.AccountID) (ledger.Address, error) {
	if int(id) >= len(p.addresses) {
		return "", fmt.Errorf("%w: account %d of chain %s is not in it", ErrRecord, id, p.id)
	}
	return p.addresses[id], nil
}

func (p *pages) Asset(id ledger.AssetID) (ledger.Asset, error) {
	if int(id) >= len(p.names) {
		return "", fmt.Errorf("%w: asset %d of chain %s is not in it", ErrRecord, id, p.id)
	}
	return p.names[id], nil
}

func (p *pages) AssetID(a ledger.Asset) (ledger.AssetID, bool, error) {
	id, ok := p.assets[a]
	return id, ok, nil
}

func (p *pages) Row(r ledger.Row) (ledger.Transfer, error) {
	if row := p.row(r); row != nil {
		return row.Transfer, nil
	}
	return ledger.Transfer{}, p.missing(r)
}

func (p *pages) First(block uint64) (ledger.Row, error) {
	i := sort.Search(len(p.rows), func(i int) bool { return p.rows[i].Block >= block })
	if i == len(p.rows) {
		return p.end, nil
	}
	return p.rows[i].Number, nil
}

func (p *pages) Degree(id ledger.AccountID) (ledger.Degree, error) {
	return ledger.Degree{Out: len(p.lists[ledger.Out][id]), In: len(p.lists[ledger.In][id])}, nil
}

func (p *pages) Walk(_ context.Context, id ledger.AccountID, d ledger.Direction, from ledger.Row) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		for _, r := range p.lists[d][id] {
			if r >= from && !yield(r, nil) {
				return
			}
		}
	}
}

// errNotRecorded is what no lane asks of a book.
var errNotRecorded = fmt.Errorf("%w: that much is not in it", ErrRecord)

func (p *pages) Hop(context.Context, []ledger.AccountID, ledger.Step, []ledger.AccountID, func(ledger.AccountID, int)) ([]ledger.AccountID, error) {
	return nil, errNotRecorded
}

func (p *pages) Sweep(context.Context, ledger.Row) iter.Seq2[*ledger.Batch, error] {
	return func(yield func(*ledger.Batch, error) bool) { yield(nil, errNotRecorded) }
}

func (p *pages) Balance(context.Context, ledger.AccountID, ledger.AssetID, ledger.Row) (received, paid ledger.Sum, err error) {
	return received, paid, errNotRecorded
}

func (p *pages) Transaction(tx string) ([]ledger.Row, error) { return p.txs[tx], nil }

func (p *pages) Spender(of ledger.Outpoint) (ledger.Row, bool, error) {
	r, ok := p.spenders[of]
	return r, ok, nil
}

func (p *pages) Spends(r ledger.Row) (ledger.Outpoint, error) {
	row := p.row(r)
	if row == nil {
		return ledger.Outpoint{}, p.missing(r)
	}
	return row.Spends, nil
}

// pageCells are the cells of pages. A row between those recorded is paid by nobody,
// and its time is that of the next one.
type pageCells struct{ p *pages }

func (c pageCells) From(r ledger.Row) (ledger.AccountID, error) {
	if row := c.p.row(r); row != nil {
		return c.p.accounts[row.From], nil
	}
	return ledger.Nobody, nil
}

func (c pageCells) To(r ledger.Row) (ledger.AccountID, error) {
	if row := c.p.row(r); row != nil {
		return c.p.accounts[row.To], nil
	}
	return ledger.Nobody, nil
}

func (c pageCells) Asset(r ledger.Row) (ledger.AssetID, error) {
	if row := c.p.row(r); row != nil {
		return c.p.assets[row.Asset], nil
	}
	return 0, nil
}

func (c pageCells) Value(r ledger.Row) (a chain.Amount, err error) {
	if row := c.p.row(r); row != nil {
		a = row.Value
	}
	return a, nil
}

func (c pageCells) Time(r ledger.Row) (int64, error) {
	p, err := c.Place(r)
	return p.Time, err
}

func (c pageCells) Place(r ledger.Row) (ledger.Place, error) {
	i := c.p.at(r)
	if i == len(c.p.rows) {
		return ledger.Place{Block: math.MaxInt64, Time: math.MaxInt64}, nil
	}
	row := &c.p.rows[i]
	return ledger.Place{Block: row.Block, Pos: row.Pos, Index: row.Index, Kind: row.Kind, Time: row.Time}, nil
}

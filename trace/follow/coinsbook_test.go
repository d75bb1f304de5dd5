package follow_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// coinBook is a chain of outputs by numbers, kept in memory. What a trace of outputs
// does not ask for is not there.
type coinBook struct {
	ledger.Book
	id        chain.ID
	rows      []ledger.Transfer
	txs       map[string][]ledger.Row
	spenders  map[ledger.Outpoint]ledger.Row
	addresses []ledger.Address
	numbers   map[ledger.Address]ledger.AccountID
	assets    []ledger.Asset
}

func newCoinBook(id chain.ID, rows []ledger.Transfer) *coinBook {
	b := &coinBook{
		id: id, rows: slices.Clone(rows), txs: map[string][]ledger.Row{}, spenders: map[ledger.Outpoint]ledger.Row{},
		addresses: []ledger.Address{""}, numbers: map[ledger.Address]ledger.AccountID{"": ledger.Nobody}, assets: []ledger.Asset{""},
	}
	slices.SortFunc(b.rows, func(x, y ledger.Transfer) int { return ledger.Compare(&x, &y) })
	for i := range b.rows {
		t := &b.rows[i]
		b.txs[t.Tx] = append(b.txs[t.Tx], ledger.Row(i))
		if t.Kind == ledger.Input {
			b.spenders[t.Spends] = ledger.Row(i)
		}
		for _, a := range []ledger.Address{t.From, t.To} {
			if _, known := b.numbers[a]; !known {
				b.numbers[a] = ledger.AccountID(len(b.addresses))
				b.addresses = append(b.addresses, a)
			}
		}
		if !slices.Contains(b.assets, t.Asset) {
			b.assets = append(b.assets, t.Asset)
		}
	}
	return b
}

func (b *coinBook) Chain() chain.ID     { return b.id }
func (b *coinBook) Rows() ledger.Row    { return ledger.Row(len(b.rows)) }
func (b *coinBook) Accounts() int       { return len(b.addresses) }
func (b *coinBook) Assets() int         { return len(b.assets) }
func (b *coinBook) Cells() ledger.Cells { return coinCells{b} }

func (b *coinBook) Row(r ledger.Row) (ledger.Transfer, error) {
	if r >= b.Rows() {
		return ledger.Transfer{}, errors.New("no such row")
	}
	return b.rows[r], nil
}

func (b *coinBook) Address(id ledger.AccountID) (ledger.Address, error) { return b.addresses[id], nil }
func (b *coinBook) Asset(id ledger.AssetID) (ledger.Asset, error)       { return b.assets[id], nil }

func (b *coinBook) AssetID(a ledger.Asset) (ledger.AssetID, bool, error) {
	i := slices.Index(b.assets, a)
	return ledger.AssetID(max(i, 0)), i >= 0, nil
}

func (b *coinBook) Lookup(_ context.Context, of []ledger.Address) (out []ledger.AccountID, _ error) {
	for _, a := range of {
		id, ok := b.numbers[a]
		if !ok {
			id = ledger.NoAccount
		}
		out = append(out, id)
	}
	return out, nil
}

func (b *coinBook) Transaction(tx string) ([]ledger.Row, error) { return b.txs[tx], nil }

func (b *coinBook) Spender(of ledger.Outpoint) (ledger.Row, bool, error) {
	r, ok := b.spenders[of]
	return r, ok, nil
}

func (b *coinBook) Spends(r ledger.Row) (ledger.Outpoint, error) { return b.rows[r].Spends, nil }

func (b *coinBook) side(r ledger.Row, d ledger.Direction) ledger.Address {
	if d == ledger.In {
		return b.rows[r].To
	}
	return b.rows[r].From
}

func (b *coinBook) Degree(id ledger.AccountID) (d ledger.Degree, _ error) {
	for r := range b.Rows() {
		if b.side(r, ledger.Out) == b.addresses[id] {
			d.Out++
		}
		if b.side(r, ledger.In) == b.addresses[id] {
			d.In++
		}
	}
	return d, nil
}

func (b *coinBook) Walk(_ context.Context, id ledger.AccountID, d ledger.Direction, from ledger.Row) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		for r := from; r < b.Rows(); r++ {
			if b.side(r, d) == b.addresses[id] && !yield(r, nil) {
				return
			}
		}
	}
}

type coinCells struct{ b *coinBook }

func (c coinCells) From(r ledger.Row) (ledger.AccountID, error) {
	return c.b.numbers[c.b.rows[r].From], nil
}

func (c coinCells) To(r ledger.Row) (ledger.AccountID, error) {
	return c.b.numbers[c.b.rows[r].To], nil
}

func (c coinCells) Asset(r ledger.Row) (ledger.AssetID, error) {
	id, _, err := c.b.AssetID(c.b.rows[r].Asset)
	return id, err
}

func (c coinCells) Value(r ledger.Row) (chain.Amount, error) { return c.b.rows[r].Value, nil }

func (c coinCells) Time(r ledger.Row) (int64, error) {
	p, err := c.Place(r)
	return p.Time, err
}

func (c coinCells) Place(r ledger.Row) (ledger.Place, error) {
	t := &c.b.rows[r]
	return ledger.Place{Block: t.Block, Pos: t.Pos, Index: t.Index, Kind: t.Kind, Time: t.Time}, nil
}

// coinSnapshot is books of chains of outputs.
type coinSnapshot struct {
	ledger.Snapshot
	books []*coinBook
}

func (s coinSnapshot) ID() ledger.SnapshotID { return "test" }

func (s coinSnapshot) Chains() (out []ledger.Extent) {
	for _, b := range s.books {
		out = append(out, ledger.Extent{Chain: b.id, Rows: uint64(len(b.rows))})
	}
	slices.SortFunc(out, func(x, y ledger.Extent) int { return cmp.Compare(x.Chain, y.Chain) })
	return out
}

func (s coinSnapshot) Book(id chain.ID) (ledger.Book, bool) {
	for _, b := range s.books {
		if b.id == id {
			return b, true
		}
	}
	return nil, false
}

// coinRows reads lines as "t1 5 g:0=10@A,h:3=? > 7@B 2@C": a transaction, its block,
// what it spends (of whom it is; "?" where the source did not know) and what it makes.
// Blocks are 100 seconds apart, and lines stand in order.
func coinRows(id chain.ID, lines ...string) (out []ledger.Transfer) {
	for pos, line := range lines {
		head, made, _ := strings.Cut(line, ">")
		words := strings.FieldsFunc(head, func(r rune) bool { return r == ' ' || r == ',' })
		block, err := strconv.ParseUint(words[1], 10, 63)
		if err != nil {
			panic(line)
		}
		row := ledger.Transfer{Chain: id, Tx: words[0], Block: block, Pos: uint32(pos), Time: int64(block) * 100}
		for i, in := range words[2:] {
			r := row
			r.Kind, r.Index = ledger.Input, uint32(i)
			of, what, _ := strings.Cut(in, "=")
			r.Spends = coinOutpoint(of)
			if what != "?" {
				r.Value, r.From = coinPart(what)
			}
			out = append(out, r)
		}
		for i, o := range strings.Fields(made) {
			r := row
			r.Kind, r.Index = ledger.Output, uint32(i)
			r.Value, r.To = coinPart(o)
			out = append(out, r)
		}
	}
	return out
}

func coinOutpoint(text string) ledger.Outpoint {
	tx, index, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(index, 10, 32)
	if err != nil {
		panic(text)
	}
	return ledger.Outpoint{Tx: tx, Index: uint32(n)}
}

func coinPart(text string) (chain.Amount, ledger.Address) {
	value, who, _ := strings.Cut(text, "@")
	a, err := chain.ParseAmount(value)
	if err != nil {
		panic(fmt.Sprint(text, err))
	}
	return a, ledger.Address(who)
}

// coinMark is the output with that name.
func coinMark(id chain.ID, of string) follow.Mark {
	o := coinOutpoint(of)
	return follow.Mark{Chain: id, Tx: o.Tx, Kind: ledger.Output, Index: o.Index}
}

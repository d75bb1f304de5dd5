package follow

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// ErrRows: rows of a ledger contradict each other, so that no answer from them would
// be right: an output that is spent before it is made, made twice or spent with another
// value, or times of a chain of accounts that go back where they matter.
var ErrRows = errors.New("rows of the ledger contradict each other")

// coinLane is a chain of outputs in a run. It looks at a transaction only where that
// spends taint, or makes an output that a theft or a link names, and at these in the
// order of their rows, whatever the times of their blocks are.
type coinLane struct {
	*ground
	cells    ledger.Cells
	policies []int // those that are asked for, as indexes of accounting.Policies
	next     rowQueue
	clock    int64                // the latest time that the lane stood at
	brought  map[ledger.Row][]int // links that bring a transaction something, by its rows
	spent    map[ledger.Row]*coin // outputs with taint, by the input that is to spend them
	unspent  []*coin
	seeds    map[ledger.Row]bool // outputs that thefts and links name, not made yet
	block    *coinBlock
	older    map[ledger.AssetID]accounting.Units // value that was paid and not seen before
	known    map[ledger.AccountID]*terminus
	floors   map[ledger.AssetID]accounting.Units
	names    map[ledger.AssetID]ledger.Asset
}

// coin is an output that holds taint.
type coin struct {
	row    ledger.Row
	time   int64
	value  accounting.Units
	asset  ledger.AssetID
	to     ledger.AccountID
	taints []stain // by theft
	bytes  int64
}

// stain is what of a value one theft has tainted.
type stain struct {
	theft  int
	lots   [policyCount]accounting.Lots[accounting.Units] // by policy; nil: clean
	bounds accounting.Bounds[accounting.Units]
}

// policyCount is how many policies there are, in the order in which they are printed.
const policyCount = 5

var policyOrder = accounting.Policies()

// newCoinLane stands before the first row that a theft or a link names.
func newCoinLane(g *ground) (lane, error) {
	l := &coinLane{
		ground: g, cells: g.book.Cells(), spent: map[ledger.Row]*coin{}, seeds: map[ledger.Row]bool{},
		older: map[ledger.AssetID]accounting.Units{}, known: map[ledger.AccountID]*terminus{},
		floors: map[ledger.AssetID]accounting.Units{}, names: map[ledger.AssetID]ledger.Asset{},
		clock: math.MinInt64, brought: map[ledger.Row][]int{},
	}
	for i, p := range policyOrder {
		if slices.Contains(g.run.policies.list(), p) {
			l.policies = append(l.policies, i)
		}
	}
	for _, f := range g.run.q.Rules.Dust {
		if f.Chain != g.id {
			continue
		}
		id, held, err := g.book.AssetID(f.Asset)
		if err != nil {
			return nil, err
		}
		if held {
			l.floors[id] = accounting.UnitsOf(f.Least)
		}
	}
	for row := range g.marks {
		l.seeds[row] = true
	}
	for row := range g.outs {
		l.seeds[row] = true
	}
	for row, link := range g.ins {
		l.seeds[row] = true
		if err := l.payers(row, link); err != nil {
			return nil, err
		}
	}
	for row := range l.seeds {
		err := g.run.keep(g, row)
		if err == nil {
			err = l.await(row)
		}
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

// payers makes services of those whose outputs the transaction of a link's In spends:
// they are who stands between the rows of the link.
func (l *coinLane) payers(in ledger.Row, link int) error {
	t, err := l.load(in)
	if err != nil {
		return err
	}
	for _, row := range t.rows {
		l.brought[row] = append(l.brought[row], link)
	}
	q := &l.run.q.Links[link]
	for _, p := range t.inputs {
		a, err := l.book.Address(p.account)
		if err != nil {
			return err
		}
		at := account{l.id, a}
		if _, known := l.run.linked[at]; a != "" && !known {
			l.run.linked[at] = Service{Class: q.Kind, Confidence: q.Confidence, Note: "between the rows of link " + q.ID}
		}
	}
	return nil
}

// await puts a row in line, unless it is later than the rules look.
func (l *coinLane) await(row ledger.Row) error {
	p, err := l.cells.Place(row)
	if err != nil {
		return err
	}
	if l.late(p.Time) {
		return nil
	}
	l.next.push(row)
	return nil
}

func (l *coinLane) late(time int64) bool {
	return l.run.q.Rules.Until != 0 && time > l.run.q.Rules.Until
}

func (l *coinLane) peek() (moment, bool, error) {
	for len(l.next) > 0 && !l.seeds[l.next[0]] && l.spent[l.next[0]] == nil {
		l.next.pop() // its transaction was applied for another row of it
	}
	if len(l.next) == 0 {
		return moment{}, false, nil
	}
	row := l.next[0]
	p, err := l.cells.Place(row)
	return moment{max(l.clock, p.Time), l.chain, row, slices.ContainsFunc(l.brought[row], l.run.waits)}, true, err
}

func (l *coinLane) advance(before *moment) error {
	for first := true; l.run.stop == nil; first = false {
		m, ok, err := l.peek()
		if err != nil || !ok || m.waits || !first && before != nil && m.compare(*before) >= 0 {
			return err
		}
		l.clock = m.time
		t, err := l.read(m.row)
		if err != nil {
			return err
		}
		if err := l.inOrder(t); err != nil {
			return err
		}
	}
	return nil
}

func (l *coinLane) leave() {}

// keep holds an output that has taint until it is spent.
func (l *coinLane) keep(t *coinTx, c *coin, index uint32) error {
	c.bytes = int64(coinBytes + len(c.taints)*stainBytes)
	for i := range c.taints {
		for _, b := range c.taints[i].lots {
			if b != nil {
				c.bytes += int64(lotBytes + accounting.RunCount(b)*runBytes)
			}
		}
	}
	l.run.grow(c.bytes)
	l.run.work.Places++
	by, ok, err := l.book.Spender(ledger.Outpoint{Tx: t.id, Index: index})
	if err != nil {
		return err
	}
	if !ok {
		l.unspent = append(l.unspent, c)
		return nil
	}
	p, err := l.cells.Place(by)
	if err != nil {
		return err
	}
	if l.late(p.Time) {
		l.unspent = append(l.unspent, c)
		return nil
	}
	passed, err := l.passed(t, p.Block, by)
	if err != nil {
		return err
	}
	if passed {
		return fmt.Errorf("output %d of transaction %x on %s: %w: it is spent before it is made", index, t.id, l.id, ErrRows)
	}
	if l.spent[by] != nil {
		return fmt.Errorf("output %d of transaction %x on %s: %w: it is made twice", index, t.id, l.id, ErrRows)
	}
	l.spent[by] = c
	l.next.push(by)
	return nil
}

// What a coin takes of memory: about.
const (
	coinBytes  = 256
	stainBytes = 192
	lotBytes   = 112
	runBytes   = 48
)

// finish books what is held.
func (l *coinLane) finish() error {
	held := slices.Clone(l.unspent)
	for _, c := range l.spent {
		held = append(held, c)
	}
	slices.SortFunc(held, func(a, b *coin) int { return cmp.Compare(a.row, b.row) })
	for _, c := range held {
		row, err := l.book.Row(c.row)
		if err != nil {
			return err
		}
		id := rowID(&row)
		for i := range c.taints {
			s := &c.taints[i]
			taint, err := s.taint()
			if err == nil {
				err = l.run.sum(s.theft, l.id, row.Asset).Held.add(&taint)
			}
			if err != nil {
				return amountError(l.id, row.Asset)
			}
			l.run.holdings = append(l.run.holdings, Holding{
				Theft: l.run.thefts[s.theft], Chain: l.id, Address: row.To, Output: &id, Asset: row.Asset,
				Value: row.Value, Taint: taint, Since: c.time,
			})
		}
	}
	for asset, value := range l.older {
		name, err := l.asset(asset)
		if err != nil {
			return err
		}
		amount, ok := value.Amount()
		if !ok {
			return amountError(l.id, name)
		}
		l.run.shorts = append(l.run.shorts, Short{Chain: l.id, Asset: name, Value: amount})
	}
	return nil
}

// asset is the asset with that number.
func (l *coinLane) asset(id ledger.AssetID) (ledger.Asset, error) {
	if name, known := l.names[id]; known {
		return name, nil
	}
	name, err := l.book.Asset(id)
	if err == nil {
		l.names[id] = name
	}
	return name, err
}

// taint is the stain as an answer has it.
func (s *stain) taint() (t Taint, err error) {
	ok := true
	amount := func(u accounting.Units) (a chain.Amount) {
		a, fits := u.Amount()
		ok = ok && fits
		return a
	}
	for i, to := range []*chain.Amount{&t.Poison, &t.Haircut, &t.FIFO, &t.LIFO, &t.TIHO} {
		if s.lots[i] != nil {
			*to = amount(s.lots[i].Tainted())
		}
	}
	t.Least, t.Most = amount(s.bounds.Lo), amount(s.bounds.Hi)
	if !ok {
		return t, ErrAmount
	}
	return t, nil
}

package follow

import (
	"math"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// accountLane is a chain of accounts. Places are accounts by asset; only assets of rows
// that marks and links name can carry taint, and only those are looked at.
type accountLane[N bulk.Number[N]] struct {
	*ground
	books    *bulk.Books[N]
	index    bulk.Index
	cells    ledger.Cells
	reads    pasts[N]
	ahead    *ahead[N] // nil: nothing looks ahead
	asked    want      // what was asked of it last, and what it had found
	found    *look[N]
	assets   []assetInPlay[N]
	slots    map[ledger.AssetID]int
	coin     int          // slot of the chain's coin; −1 where it is not in play
	special  []ledger.Row // of marks and links, in order; those before the next row are cut off
	end      ledger.Row   // first row that is too late
	clock    int64        // the latest time that the lane stood at
	services services
	feed     feed[N]
	next     event[N]
	ready    bool                // next is the next event
	early    map[ledger.Row]bool // rows of links that were applied before they stood
	watched  map[uint64]bulk.Ref // places of payers of such rows, 0 until they are touched
	consumed ledger.Row          // one more than a fee that was paid with the payment before it
	tallies  []tally[N]          // by theft and slot
	fees     []feePaid[N]
	memory   int64 // of the books, as far as it is counted
}

// assetInPlay is an asset that can carry taint.
type assetInPlay[N any] struct {
	id    ledger.AssetID
	name  ledger.Asset
	floor N
}

// event is a row that moves value of an asset in play.
type event[N any] struct {
	row      ledger.Row
	from, to ledger.AccountID
	slot     uint32
	over     bool // the value does not fit
	value    N
	payer    bulk.Ref // places, where they are open
	payee    bulk.Ref
}

// feed brings events, in order.
type feed[N bulk.Number[N]] interface {
	// read is the next event; ok is false at the end. Places of the event are set where
	// they are open.
	read(e *event[N]) (ok bool, err error)
	// reach opens the place of a payee that taint is about to reach, with what it held
	// before the event.
	reach(e *event[N]) (bulk.Ref, error)
	// isNext reports whether the row after the event that was read last can be an event
	// by the same payer.
	isNext(row ledger.Row) bool
	leave()
}

// feePaid is what a fee carried.
type feePaid[N any] struct {
	theft   int
	amounts bulk.Amounts[N]
}

func newAccountLane(g *ground) (lane, error)     { return openAccounts[bulk.Narrow](g) }
func newWideAccountLane(g *ground) (lane, error) { return openAccounts[bulk.Wide](g) }

func openAccounts[N bulk.Number[N]](g *ground) (lane, error) {
	p := g.run.policies
	l := &accountLane[N]{
		ground: g, cells: g.book.Cells(), slots: map[ledger.AssetID]int{}, coin: -1, clock: math.MinInt64, early: map[ledger.Row]bool{},
		books: bulk.New[N](bulk.Settings{Poison: p.poison, Haircut: p.haircut, FIFO: p.fifo, LIFO: p.lifo, TIHO: p.tiho, Bounds: p.bounds}),
	}
	l.reads = l.pasts(g.run.ctx)
	for _, rows := range []map[ledger.Row]int{g.outs, g.ins} {
		for row := range rows {
			l.special = append(l.special, row)
		}
	}
	for row := range g.marks {
		l.special = append(l.special, row)
	}
	slices.Sort(l.special)
	l.special = slices.Compact(l.special)
	if err := l.play(); err != nil {
		return nil, err
	}
	l.services = newServices(g)
	l.tallies = make([]tally[N], len(g.run.thefts)*len(l.assets))
	var err error
	if l.end, err = l.until(); err != nil {
		return nil, err
	}
	if err = l.watch(); err != nil {
		return nil, err
	}
	l.feed, err = l.begin()
	return l, err
}

// play finds the assets in play, and their floors.
func (l *accountLane[N]) play() error {
	for _, row := range l.special {
		if err := l.run.keep(l.ground, row); err != nil {
			return err
		}
		id, err := l.cells.Asset(row)
		if err != nil {
			return err
		}
		if _, known := l.slots[id]; known {
			continue
		}
		name, err := l.book.Asset(id)
		if err != nil {
			return err
		}
		if id == 0 {
			l.coin = len(l.assets)
		}
		l.slots[id] = len(l.assets)
		a := assetInPlay[N]{id: id, name: name}
		for _, f := range l.run.q.Rules.Dust {
			if f.Chain == l.id && f.Asset == name {
				var ok bool
				if a.floor, ok = a.floor.Of(f.Least); !ok {
					return errWide
				}
			}
		}
		l.assets = append(l.assets, a)
	}
	return nil
}

// look makes next the next event; false where there is none that could matter.
func (l *accountLane[N]) look() (bool, error) {
	for !l.ready {
		if len(l.special) == 0 && l.books.Live() == 0 {
			return false, nil
		}
		ok, err := l.feed.read(&l.next)
		if !ok || err != nil {
			return false, err
		}
		l.ready = l.next.row+1 != l.consumed
	}
	return true, nil
}

// apply moves the value of an event.
func (l *accountLane[N]) apply(e *event[N]) error {
	var nought N
	special := len(l.special) > 0 && l.special[0] == e.row
	if special && l.early[e.row] {
		l.special = l.special[1:]
		return nil
	}
	if special {
		if err := l.payEarly(e); err != nil || l.run.stop != nil {
			return err
		}
	}
	paying, paid := l.books.Touched(e.payer), l.books.Touched(e.payee)
	still := e.value == nought && !e.over || e.from == e.to
	if !special && (still || !paying && !paid) {
		l.moveClean(e)
		return nil
	}
	var fee N
	if paying && !still && !e.over && int(e.slot) == l.coin {
		var err error
		if fee, err = l.feeOf(e); err != nil {
			return err
		}
	}
	rows := uint64(1)
	if fee != nought {
		rows = 2
	}
	if ok, err := l.run.may(rows, func() (int64, error) { return l.timeOf(e.row) }); !ok {
		return err
	}
	if e.over {
		return errWide
	}
	for i := range rows {
		if err := l.run.keep(l.ground, e.row+ledger.Row(i)); err != nil {
			return err
		}
	}
	if special {
		l.special = l.special[1:]
	}
	if still {
		return l.stillLinks(e)
	}
	if fee != nought {
		l.consumed = e.row + 2
	}
	if paying {
		l.books.Leave(e.payer, e.value, fee)
	} else {
		l.books.Clean()
		if e.payer != 0 {
			l.books.Take(e.payer, e.value)
		}
	}
	return l.arrive(e, special, fee != nought)
}

// move moves clean value between places that were never touched.
func (l *accountLane[N]) move(e *event[N]) {
	switch {
	case e.over:
		if e.payer != 0 {
			l.books.Empty(e.payer)
		}
		if e.payee != 0 {
			l.books.Lose(e.payee)
		}
		return
	case e.payer != 0:
		l.books.Take(e.payer, e.value)
	}
	if e.payee != 0 {
		l.books.Put(e.payee, e.value)
	}
}

// stillLinks is a row of a link that moves nothing.
func (l *accountLane[N]) stillLinks(e *event[N]) error {
	if link, ok := l.ins[e.row]; ok {
		if _, err := l.run.receive(link); err != nil {
			return err
		}
	}
	if link, ok := l.outs[e.row]; ok {
		l.run.send(link, nil)
	}
	return nil
}

// feeOf is what the payer paid to nobody in the next row of the same transaction.
func (l *accountLane[N]) feeOf(e *event[N]) (fee N, err error) {
	row := e.row + 1
	if row >= l.end || !l.feed.isNext(row) || len(l.special) > 0 && (l.special[0] == row || len(l.special) > 1 && l.special[1] == row) {
		return fee, nil
	}
	from, err := l.cells.From(row)
	if err != nil || from != e.from {
		return fee, err
	}
	to, err := l.cells.To(row)
	if err != nil || to != ledger.Nobody {
		return fee, err
	}
	asset, err := l.cells.Asset(row)
	if err != nil || asset != 0 {
		return fee, err
	}
	if same, err := l.together(e.row, row); !same || err != nil {
		return fee, err
	}
	value, err := l.cells.Value(row)
	if err != nil {
		return fee, err
	}
	fee, ok := fee.Of(value)
	if !ok {
		err = errWide
	}
	return fee, err
}

// together reports whether neighbouring rows are of one transaction.
func (l *accountLane[N]) together(a, b ledger.Row) (bool, error) {
	x, err := l.cells.Place(a)
	if err != nil {
		return false, err
	}
	y, err := l.cells.Place(b)
	if err != nil || x.Block != y.Block || x.Pos != y.Pos {
		return false, err
	}
	if x.Pos > 0 {
		return true, nil // the source says which transaction it is
	}
	s, err := l.book.Row(a)
	if err != nil {
		return false, err
	}
	t, err := l.book.Row(b)
	return s.Tx == t.Tx, err
}

func (l *accountLane[N]) leave() {
	l.stopReading()
	l.books.Free()
	l.index.Free()
}

// stopReading ends what reads on its own.
func (l *accountLane[N]) stopReading() {
	l.feed.leave()
	l.stopAhead()
}

// finish books what is held, and what was counted by the way.
func (l *accountLane[N]) finish() error {
	l.stopReading()
	l.run.work.Splits += l.books.Splits
	l.run.work.Places += l.books.Places()
	if err := l.holdings(); err != nil {
		return err
	}
	if err := l.writeSums(); err != nil {
		return err
	}
	return l.shorts()
}

// parts are the account and the slot of a key.
func parts(key uint64) (ledger.AccountID, uint32) {
	return ledger.AccountID(key), uint32(key >> 32)
}

// key is that of a place; 0 is nobody's.
func key(id ledger.AccountID, slot uint32) uint64 {
	if id == ledger.Nobody {
		return 0
	}
	return uint64(slot)<<32 | uint64(id)
}

// counted lets the run know how much memory the books take.
func (l *accountLane[N]) counted(more int64) {
	now := l.books.Bytes() + more // of the index
	l.run.grow(now - l.memory)
	l.memory = now
}

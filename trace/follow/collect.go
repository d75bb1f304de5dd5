package follow

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// DefaultMemory is how many bytes of state a run may hold where its budget says
// nothing.
const DefaultMemory = 8 << 30

// maxMemory is what a budget allows at most: places are numbered with 32 bits.
const maxMemory = 48 << 30

// clockEvery is after how many rows the clock is read.
const clockEvery = 4096

// collector gathers an answer.
type collector struct {
	work     Work
	stop     *Stop
	sums     map[sumKey]*Sum
	arrivals []entry
	flows    [][]entry // in pieces of flowsAtOnce
	flowed   int       // flows, listed or not
	listed   []heldEntry
	least    uint64            // share that an entry must have to be listed
	places   map[sumKey]uint64 // that hold taint, of lanes that list entries
	holdings []Holding
	shorts   []Short
	met      []Met
	metAt    map[account]int

	record  *recording // nil: nothing is recorded
	budget  Budget
	started time.Time
	memory  int64
}

type sumKey struct {
	theft int
	chain chain.ID
	asset ledger.Asset
}

// entry is a row that carried taint. What the row says beside is read when the answer
// is written.
type entry struct {
	theft   int32 // index of run.thefts
	chain   int32 // as in moment
	link    int32 // that brought it, index of Question.Links; −1: none
	service int32 // index of met, of an arrival
	row     ledger.Row
	from    ledger.AccountID // who paid, where the row itself does not say; else Nobody
	taint   Taint
}

const entryBytes = 264

func newCollector(r *run) *collector {
	c := &collector{sums: map[sumKey]*Sum{}, places: map[sumKey]uint64{}, metAt: map[account]int{}, budget: r.q.Budget}
	if r.q.Record && r.from.recorded == nil {
		c.record = &recording{rows: map[int][]ledger.Row{}}
	}
	c.work.Wide = r.wide
	if c.budget.Memory <= 0 {
		c.budget.Memory = DefaultMemory
	}
	c.budget.Memory = min(c.budget.Memory, maxMemory)
	if r.q.Now == nil {
		c.budget.Time = 0
	}
	if c.budget.Time > 0 {
		c.started = r.q.Now()
	}
	return c
}

// may counts rows that are about to be applied at once. It reports false, and ends the
// run, where a budget is used up: then they must not be applied. The time is that of
// the first of them.
func (r *run) may(rows uint64, at func() (int64, error)) (bool, error) {
	reason := ""
	if rec := r.from.recorded; rec != nil && rec.Stopped != nil && r.work.Applied+rows > rec.Applied {
		stop := *rec.Stopped
		r.stop = &stop
		return false, nil
	}
	switch before := r.work.Applied; {
	case r.budget.Rows > 0 && before+rows > r.budget.Rows:
		reason = "rows"
	case r.memory > r.budget.Memory:
		reason = "memory"
	case before%clockEvery+rows < clockEvery:
	case r.ctx.Err() != nil:
		return false, r.ctx.Err()
	case r.budget.Time > 0 && r.q.Now().Sub(r.started) > r.budget.Time:
		reason = "time"
	}
	if reason == "" {
		r.work.Applied += rows
		return true, nil
	}
	since, err := at()
	r.stop = &Stop{Reason: reason, Since: since}
	return false, err
}

// grow counts bytes of state.
func (c *collector) grow(bytes int64) { c.memory += bytes }

// sum is the account of an asset of a theft.
func (c *collector) sum(theft int, id chain.ID, asset ledger.Asset) *Sum {
	k := sumKey{theft, id, asset}
	s := c.sums[k]
	if s == nil {
		s = &Sum{Chain: id, Asset: asset}
		c.sums[k] = s
	}
	return s
}

// flow notes a row that carried taint.
func (c *collector) flow(e entry) {
	c.flowed++
	if c.flowed > MaxFlows {
		if c.flows == nil {
			return
		}
		c.grow(-entryBytes * int64(c.flowed-1))
		c.flows = nil
		return
	}
	last := len(c.flows) - 1
	if last < 0 || len(c.flows[last]) == flowsAtOnce {
		c.flows = append(c.flows, make([]entry, 0, flowsAtOnce))
		last++
	}
	c.grow(entryBytes)
	c.flows[last] = append(c.flows[last], e)
}

// flowsAtOnce is how many flows lie together: they are not moved as they grow in number.
const flowsAtOnce = 1 << 9

// arrival notes a row that brought taint to a service.
func (c *collector) arrival(e entry) {
	c.grow(entryBytes)
	c.arrivals = append(c.arrivals, e)
}

// meet is the index of a service that the trace ends at.
func (c *collector) meet(id chain.ID, a ledger.Address, s Service) int {
	at := account{id, a}
	i, ok := c.metAt[at]
	if !ok {
		i = len(c.met)
		c.metAt[at] = i
		c.met = append(c.met, Met{Chain: id, Address: a, Service: s})
		c.grow(int64(128 + len(a)))
	}
	return i
}

// ends is where a sum books what reaches a service.
func (s *Sum) ends(c Class) *Taint {
	switch c {
	case Mixer:
		return &s.Mixed
	case Hub:
		return &s.Unfollowed
	}
	return &s.Cashed
}

// add adds what policies that conserve value found.
func (t *Taint) add(o *Taint) error {
	ok := true
	sum := func(a *chain.Amount, b chain.Amount) {
		if b.IsZero() {
			return
		}
		var fits bool
		*a, fits = a.Add(b)
		ok = ok && fits
	}
	sum(&t.Haircut, o.Haircut)
	sum(&t.FIFO, o.FIFO)
	sum(&t.LIFO, o.LIFO)
	sum(&t.TIHO, o.TIHO)
	if !ok {
		return ErrAmount
	}
	return nil
}

// finish writes the answer.
func (r *run) finish() (*Answer, error) {
	if rec := r.from.recorded; rec != nil && rec.Stopped != nil && r.stop == nil {
		stop := *rec.Stopped
		r.stop = &stop // the row that it stopped before is not recorded
	}
	for _, l := range r.lanes {
		if err := l.finish(); err != nil {
			return nil, err
		}
	}
	a := &Answer{Thefts: r.thefts, Policies: r.policies.list(), Bounds: r.policies.bounds, Stopped: r.stop}
	for _, g := range r.grounds {
		for _, l := range r.from.ledgers {
			if l.Chain == g.id {
				a.Ledgers = append(a.Ledgers, l)
			}
		}
	}
	order := r.writeServices(a)
	rows := make(chan error, 1)
	go func() { rows <- r.writeRows(a, order) }() // what rows say lies far apart: most of the time is spent waiting for it
	held := r.hold(a)
	err := cmp.Or(<-rows, held)
	if err != nil {
		return nil, err
	}
	if err := r.writeSums(a); err != nil {
		return nil, err
	}
	a.Short = r.shorts
	slices.SortFunc(a.Short, func(x, y Short) int {
		return cmp.Or(cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.Address, y.Address), cmp.Compare(x.Asset, y.Asset))
	})
	a.Work = r.work
	if r.record != nil {
		if a.Record, err = r.writeRecord(a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// writeServices lists services by chain and address, and returns where each went.
func (r *run) writeServices(a *Answer) []int {
	by := make([]int, len(r.met))
	for i := range by {
		by[i] = i
	}
	slices.SortFunc(by, func(i, j int) int {
		return cmp.Or(cmp.Compare(r.met[i].Chain, r.met[j].Chain), cmp.Compare(r.met[i].Address, r.met[j].Address))
	})
	order := make([]int, len(r.met))
	for at, i := range by {
		order[i] = at
		a.Services = append(a.Services, r.met[i])
	}
	return order
}

// writeSums lists sums by theft, chain and asset.
func (r *run) writeSums(a *Answer) error {
	keys := make([]sumKey, 0, len(r.sums))
	for k := range r.sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y sumKey) int {
		return cmp.Or(cmp.Compare(x.theft, y.theft), cmp.Compare(x.chain, y.chain), cmp.Compare(x.asset, y.asset))
	})
	for _, k := range keys {
		s := r.sums[k]
		s.Theft = r.thefts[k.theft]
		if *s == (Sum{Theft: s.Theft, Chain: s.Chain, Asset: s.Asset}) {
			continue
		}
		if err := r.balance(s); err != nil {
			return err
		}
		if r.stop != nil {
			if err := s.Unfollowed.add(&s.Held); err != nil {
				return err
			}
			s.Held = Taint{}
		}
		a.Sums = append(a.Sums, *s)
	}
	return nil
}

// balance checks that a sum closes by every policy that conserves value.
func (r *run) balance(s *Sum) error {
	for _, p := range r.policies.list() {
		if p == accounting.Poison {
			continue
		}
		units := func(t *Taint) accounting.Units { return accounting.UnitsOf(t.by(p)) }
		came := accounting.UnitsOf(s.Stolen).Add(units(&s.In))
		went := units(&s.Again) // of what came
		for _, t := range []*Taint{&s.Held, &s.Cashed, &s.Mixed, &s.Fees, &s.Dropped, &s.Unfollowed, &s.Out} {
			went = went.Add(units(t))
		}
		if came != went {
			return fmt.Errorf("asset %s of theft %s by %s: %w: %s is not %s", s.Asset.Text(s.Chain), quote(s.Theft), p, ErrBalance, came, went)
		}
	}
	return nil
}

// by is what a policy that conserves value found.
func (t *Taint) by(p accounting.Policy) chain.Amount {
	switch p {
	case accounting.Haircut:
		return t.Haircut
	case accounting.FIFO:
		return t.FIFO
	case accounting.LIFO:
		return t.LIFO
	case accounting.TIHO:
		return t.TIHO
	}
	return t.Poison
}

// writeRows lists arrivals and flows with what their rows say.
func (r *run) writeRows(a *Answer, services []int) error {
	slices.SortStableFunc(r.arrivals, func(x, y entry) int { return cmp.Compare(x.theft, y.theft) })
	for i := range r.arrivals {
		e := &r.arrivals[i]
		f, err := r.read(e)
		if err != nil {
			return err
		}
		a.Arrivals = append(a.Arrivals, Arrival{
			Theft: f.Theft, Row: f.Row, From: f.From, To: f.To, Asset: f.Asset, Value: f.Value, Taint: f.Taint, Service: services[e.service],
		})
	}
	if r.flowed > MaxFlows {
		return nil
	}
	flows := make([]*entry, 0, r.flowed)
	for _, some := range r.flows {
		for i := range some {
			flows = append(flows, &some[i])
		}
	}
	slices.SortStableFunc(flows, func(x, y *entry) int { return cmp.Compare(x.theft, y.theft) })
	a.Flows = make([]Flow, len(flows))
	return inHalves(len(flows), func(i int) (err error) {
		a.Flows[i], err = r.read(flows[i])
		return err
	})
}

// read is what a row says, with its taint.
func (r *run) read(e *entry) (Flow, error) {
	book := r.grounds[e.chain].book
	t, err := book.Row(e.row)
	if err == nil && e.from != ledger.Nobody {
		t.From, err = book.Address(e.from)
	}
	if err != nil {
		return Flow{}, err
	}
	f := Flow{Theft: r.thefts[e.theft], Row: rowID(&t), From: t.From, To: t.To, Asset: t.Asset, Value: t.Value, Taint: e.taint}
	if e.link >= 0 {
		f.Link = r.q.Links[e.link].ID
	}
	return f, nil
}

func rowID(t *ledger.Transfer) RowID {
	return RowID{Chain: t.Chain, Block: t.Block, Time: t.Time, Tx: t.Tx, Kind: t.Kind, Index: t.Index}
}

// amountError says which amount does not fit.
func amountError(id chain.ID, asset ledger.Asset) error {
	return fmt.Errorf("asset %s: %w", asset.Text(id), ErrAmount)
}

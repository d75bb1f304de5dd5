package extract

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// found is the answer of an external trace: what a reader needs of it, without the
// rows that carried taint.
type found struct {
	Thefts   []string            `json:"thefts"`
	Policies []accounting.Policy `json:"policies"`
	Bounds   bool                `json:"bounds"`
	Work     work                `json:"work"`
	Stopped  *stop               `json:"stopped,omitempty"`
	Sums     []sum               `json:"sums"`
	Arrivals []arrival           `json:"arrivals"`
	Holdings []holding           `json:"holdings"`
	Services []service           `json:"services"`
	Short    []opening           `json:"unobserved,omitempty"`
}

type work struct {
	Applied uint64 `json:"applied"`
	Tainted uint64 `json:"tainted"`
	Places  uint64 `json:"places"`
	Swept   uint64 `json:"swept"`
	Splits  uint64 `json:"splits"`
	Wide    bool   `json:"wide,omitempty"`
}

type stop struct {
	Reason string `json:"reason"`
	Since  int64  `json:"since"`
	Places uint64 `json:"places"`
}

func stopOf(s *follow.Stop) *stop {
	if s == nil {
		return nil
	}
	out := stop(*s)
	return &out
}

func (s *stop) value() *follow.Stop {
	if s == nil {
		return nil
	}
	out := follow.Stop(*s)
	return &out
}

type taint struct {
	Poison  chain.Amount `json:"poison"`
	Haircut chain.Amount `json:"haircut"`
	FIFO    chain.Amount `json:"fifo"`
	LIFO    chain.Amount `json:"lifo"`
	TIHO    chain.Amount `json:"tiho"`
	Least   chain.Amount `json:"least"`
	Most    chain.Amount `json:"most"`
}

type sum struct {
	Theft      string       `json:"theft"`
	Chain      chain.ID     `json:"chain"`
	Asset      string       `json:"asset"`
	Stolen     chain.Amount `json:"stolen"`
	Again      taint        `json:"again"`
	In         taint        `json:"swapped_in"`
	Held       taint        `json:"held"`
	Cashed     taint        `json:"cashed_out"`
	Mixed      taint        `json:"in_mixers"`
	Fees       taint        `json:"fees"`
	Dropped    taint        `json:"dropped"`
	Unfollowed taint        `json:"not_followed"`
	Out        taint        `json:"swapped_out"`
}

type rowID struct {
	Chain chain.ID `json:"chain"`
	Block uint64   `json:"block"`
	Time  int64    `json:"time"`
	Tx    string   `json:"tx"`
	Kind  string   `json:"kind"`
	Index uint32   `json:"index"`
}

type arrival struct {
	Theft   string       `json:"theft"`
	Row     rowID        `json:"row"`
	From    string       `json:"from"`
	To      string       `json:"to"`
	Asset   string       `json:"asset"`
	Value   chain.Amount `json:"value"`
	Taint   taint        `json:"taint"`
	Service int          `json:"service"`
}

type holding struct {
	Theft   string       `json:"theft"`
	Chain   chain.ID     `json:"chain"`
	Address string       `json:"address"`
	Output  *rowID       `json:"output,omitempty"`
	Asset   string       `json:"asset"`
	Value   chain.Amount `json:"value"`
	Taint   taint        `json:"taint"`
	Since   int64        `json:"since"`
}

func foundOf(a *follow.Answer) *found {
	f := &found{Thefts: a.Thefts, Policies: a.Policies, Bounds: a.Bounds, Work: work(a.Work), Stopped: stopOf(a.Stopped)}
	for _, s := range a.Sums {
		f.Sums = append(f.Sums, sum{
			s.Theft, s.Chain, s.Asset.Notation(s.Chain), s.Stolen, taint(s.Again), taint(s.In), taint(s.Held), taint(s.Cashed),
			taint(s.Mixed), taint(s.Fees), taint(s.Dropped), taint(s.Unfollowed), taint(s.Out),
		})
	}
	for _, r := range a.Arrivals {
		on := r.Row.Chain
		f.Arrivals = append(f.Arrivals, arrival{
			r.Theft, rowIDOf(r.Row), r.From.Notation(on), r.To.Notation(on), r.Asset.Notation(on), r.Value, taint(r.Taint), r.Service,
		})
	}
	for _, h := range a.Holdings {
		to := holding{h.Theft, h.Chain, h.Address.Notation(h.Chain), nil, h.Asset.Notation(h.Chain), h.Value, taint(h.Taint), h.Since}
		if h.Output != nil {
			id := rowIDOf(*h.Output)
			to.Output = &id
		}
		f.Holdings = append(f.Holdings, to)
	}
	for _, m := range a.Services {
		f.Services = append(f.Services, serviceOf(m))
	}
	for _, s := range a.Short {
		f.Short = append(f.Short, opening{s.Chain, s.Address.Notation(s.Chain), s.Asset.Notation(s.Chain), s.Value})
	}
	return f
}

func rowIDOf(r follow.RowID) rowID {
	return rowID{r.Chain, r.Block, r.Time, hexText(r.Tx), r.Kind.String(), r.Index}
}

func (f *found) answer(r *reader) *follow.Answer {
	a := &follow.Answer{Thefts: f.Thefts, Policies: f.Policies, Bounds: f.Bounds, Work: follow.Work(f.Work), Stopped: f.Stopped.value()}
	for i, s := range f.Sums {
		a.Sums = append(a.Sums, follow.Sum{
			Theft: s.Theft, Chain: s.Chain, Asset: r.asset("found.sums", i, s.Chain, s.Asset), Stolen: s.Stolen,
			Again: follow.Taint(s.Again), In: follow.Taint(s.In), Held: follow.Taint(s.Held), Cashed: follow.Taint(s.Cashed),
			Mixed: follow.Taint(s.Mixed), Fees: follow.Taint(s.Fees), Dropped: follow.Taint(s.Dropped),
			Unfollowed: follow.Taint(s.Unfollowed), Out: follow.Taint(s.Out),
		})
	}
	const at = "found.arrivals"
	for i, v := range f.Arrivals {
		on := v.Row.Chain
		a.Arrivals = append(a.Arrivals, follow.Arrival{
			Theft: v.Theft, Row: r.rowID(at, i, v.Row), From: r.address(at, i, on, v.From), To: r.address(at, i, on, v.To),
			Asset: r.asset(at, i, on, v.Asset), Value: v.Value, Taint: follow.Taint(v.Taint), Service: v.Service,
		})
		if v.Service < 0 || v.Service >= len(f.Services) {
			r.fail(at, i, errNoService)
		}
	}
	for i, h := range f.Holdings {
		to := follow.Holding{
			Theft: h.Theft, Chain: h.Chain, Address: r.address("found.holdings", i, h.Chain, h.Address),
			Asset: r.asset("found.holdings", i, h.Chain, h.Asset), Value: h.Value, Taint: follow.Taint(h.Taint), Since: h.Since,
		}
		if h.Output != nil {
			id := r.rowID("found.holdings", i, *h.Output)
			to.Output = &id
		}
		a.Holdings = append(a.Holdings, to)
	}
	for i, s := range f.Services {
		a.Services = append(a.Services, s.met(r, i))
	}
	for i, s := range f.Short {
		a.Short = append(a.Short, follow.Short{
			Chain: s.Chain, Address: r.address("found.unobserved", i, s.Chain, s.Address),
			Asset: r.asset("found.unobserved", i, s.Chain, s.Asset), Value: s.Value,
		})
	}
	return a
}

func (r *reader) rowID(field string, i int, id rowID) follow.RowID {
	m := r.mark(field, i, mark{id.Chain, id.Tx, id.Kind, id.Index})
	return follow.RowID{Chain: m.Chain, Block: id.Block, Time: id.Time, Tx: m.Tx, Kind: m.Kind, Index: m.Index}
}

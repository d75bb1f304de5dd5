package result

import (
	"cmp"
	"io"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// amountsJSON is a taint: what was not asked for is absent.
type amountsJSON struct {
	Poison  *chain.Amount    `json:"poison,omitempty"`
	Haircut *chain.Amount    `json:"haircut,omitempty"`
	FIFO    *chain.Amount    `json:"fifo,omitempty"`
	LIFO    *chain.Amount    `json:"lifo,omitempty"`
	TIHO    *chain.Amount    `json:"tiho,omitempty"`
	Bounds  *[2]chain.Amount `json:"bounds,omitempty"`
}

func (r *Result) taint(t follow.Taint) amountsJSON {
	var out amountsJSON
	of := span.Of(t)
	to := []**chain.Amount{&out.Poison, &out.Haircut, &out.FIFO, &out.LIFO, &out.TIHO}
	for _, p := range r.policies() {
		*to[span.Index(p)] = &of[span.Index(p)]
	}
	if r.Asked.Bounds {
		out.Bounds = &[2]chain.Amount{t.Least, t.Most}
	}
	return out
}

// asset is an asset's text: what is known of it stands in the list of assets.
type assetJSON struct {
	Asset string `json:"asset"`
}

func (r *Result) asset(id chain.ID, a ledger.Asset) assetJSON { return assetJSON{a.Text(id)} }

// writeAssets lists what is known of the assets that occur.
func (r *Result) writeAssets(o *form.Object) {
	seen := map[price.Asset]bool{}
	note := func(id chain.ID, a ledger.Asset) { seen[price.Asset{Chain: id, Asset: a}] = true }
	for _, s := range r.Answer.Sums {
		note(s.Chain, s.Asset)
	}
	for _, a := range r.Arrivals {
		note(a.Row.Chain, a.Asset)
	}
	for _, h := range r.Holdings {
		note(h.Chain, h.Asset)
	}
	for _, f := range r.Answer.Flows {
		note(f.Row.Chain, f.Asset)
	}
	for _, s := range r.Answer.Short {
		note(s.Chain, s.Asset)
	}
	all := slices.SortedFunc(maps.Keys(seen), func(x, y price.Asset) int {
		return cmp.Or(cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.String(), y.String()), cmp.Compare(x.Asset, y.Asset))
	})
	form.List(o, "assets", all, func(a *price.Asset) any {
		out := struct {
			Asset    string `json:"asset"`
			Symbol   string `json:"symbol,omitempty"`
			Decimals *uint8 `json:"decimals,omitempty"`
			By       string `json:"decimals_by,omitempty"`
		}{Asset: a.String()}
		if f, ok := r.values.Fact(*a); ok {
			out.Symbol, out.Decimals, out.By = f.Symbol, &f.Decimals, f.Source
		}
		return out
	})
}

// rangeJSON is a least and a most, in base units.
type rangeJSON struct {
	Least chain.Amount `json:"least"`
	Most  chain.Amount `json:"most"`
}

func ranged(s span.Span, ok bool) *rangeJSON {
	if !ok {
		return nil
	}
	return &rangeJSON{s.Least, s.Most}
}

type rowJSON struct {
	Chain chain.ID `json:"chain"`
	Block uint64   `json:"block"`
	Time  string   `json:"time"`
	Tx    string   `json:"transaction"`
	Kind  string   `json:"kind"`
	Index uint32   `json:"index"`
}

func row(r follow.RowID) rowJSON {
	return rowJSON{r.Chain, r.Block, form.Time(r.Time), form.Tx(r.Chain, r.Tx), r.Kind.String(), r.Index}
}

type serviceJSON struct {
	Class      follow.Class      `json:"class"`
	Name       string            `json:"name,omitempty"`
	Confidence follow.Confidence `json:"tag_confidence,omitempty"`
	Source     string            `json:"tag_source,omitempty"`
	Date       string            `json:"tag_date,omitempty"`
	Note       string            `json:"note,omitempty"`
}

func service(s follow.Service) serviceJSON {
	return serviceJSON{s.Class, s.Name, s.Confidence, s.Source, s.Date, s.Note}
}

type dollarsJSON struct {
	Least    *price.Decimal `json:"least,omitempty"`
	Most     *price.Decimal `json:"most,omitempty"`
	Cents    []string       `json:"rounded,omitempty"`
	Partial  bool           `json:"partial,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Unpriced *amountsJSON   `json:"unpriced,omitempty"`
}

type usdJSON struct {
	AtTheft   *dollarsJSON `json:"at_theft,omitempty"`
	AtCashOut *dollarsJSON `json:"at_cash_out,omitempty"`
	OnDay     *dollarsJSON `json:"on_day,omitempty"`
}

func (r *Result) usd(u USD) *usdJSON {
	if u == (USD{}) {
		return nil
	}
	return &usdJSON{r.dollars(u.AtTheft), r.dollars(u.AtCashOut), r.dollars(u.OnDay)}
}

func (r *Result) dollars(v *Valuation) *dollarsJSON {
	if v == nil {
		return nil
	}
	out := &dollarsJSON{Partial: v.Partial, Reason: v.Reason}
	if v.Spanned && v.Known() {
		out.Least, out.Most, out.Cents = &v.Least, &v.Most, []string{v.Least.Cents(), v.Most.Cents()}
	}
	if v.Partial && v.Unpriced != (follow.Taint{}) {
		missing := r.taint(v.Unpriced)
		out.Unpriced = &missing
	}
	if !v.Partial {
		out.Reason = ""
	}
	return out
}

// WriteJSON writes the whole result as one JSON object. Amounts are strings of base
// units, dollars exact decimals; a member of a list stands on each line.
func (r *Result) WriteJSON(w io.Writer) error {
	o := form.NewObject(w)
	o.Member("thefts", r.Answer.Thefts)
	o.Member("policies", r.policies())
	o.Member("bounds", r.Asked.Bounds)
	if len(r.Notes) > 0 {
		o.Member("notes", r.Notes)
	}
	form.List(o, "ledgers", r.Answer.Ledgers, func(l *follow.Ledger) any {
		return struct {
			Chain    chain.ID          `json:"chain"`
			Snapshot ledger.SnapshotID `json:"snapshot"`
			Rows     uint64            `json:"rows"`
			Digest   string            `json:"digest,omitempty"`
		}{l.Chain, l.Snapshot, l.Rows, l.Digest}
	})
	r.writeWork(o)
	if r.Day != 0 {
		o.Member("usd_day", form.Time(r.Day))
	}
	r.writeAssets(o)
	form.List(o, "totals_usd", r.Totals, func(t *Total) any {
		return struct {
			Theft  string   `json:"theft"`
			Stolen *usdJSON `json:"stolen,omitempty"`
			Cashed *usdJSON `json:"cashed_out,omitempty"`
			Held   *usdJSON `json:"held,omitempty"`
		}{t.Theft, r.usd(t.Stolen), r.usd(t.Cashed), r.usd(t.Held)}
	})
	form.List(o, "balances", r.Balances, func(b *Balance) any { return r.balanceJSON(b) })
	for _, part := range []struct {
		name string
		of   []CashOut
	}{{"cash_outs", r.CashOuts}, {"mixers", r.Mixers}, {"hubs", r.Hubs}} {
		form.List(o, part.name, part.of, func(c *CashOut) any { return r.cashOutJSON(c) })
	}
	form.List(o, "holdings", r.Holdings, func(h *Holding) any { return r.holdingJSON(h) })
	form.List(o, "arrivals", r.Arrivals, func(a *follow.Arrival) any { return r.arrivalJSON(a) })
	if r.Answer.Flows == nil {
		o.Member("flows_not_listed", true)
	}
	form.List(o, "flows", r.Answer.Flows, func(f *follow.Flow) any { return r.flowJSON(f) })
	form.List(o, "unobserved", r.Answer.Short, func(s *follow.Short) any {
		return struct {
			Chain   chain.ID `json:"chain"`
			Address string   `json:"address"`
			assetJSON
			Value chain.Amount `json:"value"`
		}{s.Chain, s.Address.Text(s.Chain), r.asset(s.Chain, s.Asset), s.Value}
	})
	r.writeDoubts(o)
	return o.Close()
}

func (r *Result) writeWork(o *form.Object) {
	w := r.Answer.Work
	o.Member("work", struct {
		Applied uint64 `json:"rows_applied"`
		Tainted uint64 `json:"rows_tainted"`
		Places  uint64 `json:"places"`
		Swept   uint64 `json:"rows_swept"`
		Splits  uint64 `json:"splits"`
		Wide    bool   `json:"wide"`
	}{w.Applied, w.Tainted, w.Places, w.Swept, w.Splits, w.Wide})
	if s := r.Answer.Stopped; s != nil {
		o.Member("stopped", stopJSON(s))
	}
}

type stoppedJSON struct {
	Reason string `json:"reason"`
	Since  string `json:"not_looked_at_since"`
	Places uint64 `json:"places_not_followed"`
}

func stopJSON(s *follow.Stop) *stoppedJSON {
	if s == nil {
		return nil
	}
	return &stoppedJSON{s.Reason, form.Time(s.Since), s.Places}
}

type lineJSON struct {
	Policy     accounting.Policy `json:"policy"`
	Stolen     chain.Amount      `json:"stolen"`
	Again      chain.Amount      `json:"stolen_before"`
	In         chain.Amount      `json:"swapped_in"`
	Held       chain.Amount      `json:"held"`
	Cashed     chain.Amount      `json:"cashed_out"`
	Mixed      chain.Amount      `json:"in_mixers"`
	Fees       chain.Amount      `json:"fees"`
	Dropped    chain.Amount      `json:"dropped"`
	Unfollowed chain.Amount      `json:"not_followed"`
	Out        chain.Amount      `json:"swapped_out"`
	Closes     bool              `json:"closes"`
	Listed     bool              `json:"listed"`
}

func (r *Result) balanceJSON(b *Balance) any {
	lines := make([]lineJSON, 0, len(b.Lines))
	for _, l := range b.Lines {
		lines = append(lines, lineJSON{
			l.Policy, l.Stolen, l.Again, l.In, l.Held, l.Cashed, l.Mixed, l.Fees, l.Dropped, l.Unfollowed, l.Out, l.Closes(), l.Listed,
		})
	}
	return struct {
		Theft string   `json:"theft"`
		Chain chain.ID `json:"chain"`
		assetJSON
		Stolen     chain.Amount `json:"stolen"`
		Lines      []lineJSON   `json:"policies"`
		Unobserved chain.Amount `json:"unobserved"`
		Over       bool         `json:"over,omitempty"`
		StolenUSD  *usdJSON     `json:"stolen_usd,omitempty"`
		CashedUSD  *usdJSON     `json:"cashed_out_usd,omitempty"`
		HeldUSD    *usdJSON     `json:"held_usd,omitempty"`
	}{
		b.Theft, b.Chain, r.asset(b.Chain, b.Asset), b.Stolen, lines, b.Unobserved, b.Over,
		r.usd(b.StolenUSD), r.usd(b.CashedUSD), r.usd(b.HeldUSD),
	}
}

func (r *Result) cashOutJSON(c *CashOut) any {
	var age *int
	if c.Dated {
		age = &c.TagAge
	}
	var atPath *amountsJSON
	if c.Path != "" {
		t := r.taint(c.AtPath)
		atPath = &t
	}
	return struct {
		placeJSON
		serviceJSON
		Amount     amountsJSON       `json:"amount"`
		Over       bool              `json:"over,omitempty"`
		Range      *rangeJSON        `json:"range,omitempty"`
		Finding    string            `json:"finding"`
		Arrivals   int               `json:"arrivals"`
		First      string            `json:"first"`
		Last       string            `json:"last"`
		TagAge     *int              `json:"tag_age_days,omitempty"`
		Path       follow.Confidence `json:"path,omitempty"`
		AtPath     *amountsJSON      `json:"amount_by_path,omitempty"`
		Confidence follow.Confidence `json:"confidence,omitempty"`
		USD        *usdJSON          `json:"usd,omitempty"`
	}{
		r.placeJSON(c.place()), service(c.Service), r.taint(c.Amount), c.Over, ranged(c.Span, c.Spanned), c.Finding.String(),
		c.Arrivals, form.Time(c.First), form.Time(c.Last), age, c.Path, atPath, c.Confidence, r.usd(c.USD),
	}
}

func (r *Result) holdingJSON(h *Holding) any {
	var output *rowJSON
	if h.Output != nil {
		at := row(*h.Output)
		output = &at
	}
	tx, since := "", form.Time(h.Since)
	if h.Tx != "" {
		tx = form.Tx(h.Chain, h.Tx)
	}
	if h.Others > 0 {
		since = ""
	}
	return struct {
		placeJSON
		Output  *rowJSON          `json:"output,omitempty"`
		Tx      string            `json:"transaction,omitempty"`
		Value   chain.Amount      `json:"value"`
		Amount  amountsJSON       `json:"amount"`
		Range   *rangeJSON        `json:"range,omitempty"`
		Finding string            `json:"finding"`
		Since   string            `json:"since,omitempty"`
		Others  uint64            `json:"other_places,omitempty"`
		Path    follow.Confidence `json:"path,omitempty"`
		USD     *usdJSON          `json:"usd,omitempty"`
	}{
		r.placeJSON(again.Place{Theft: h.Theft, Chain: h.Chain, Address: h.Address, Asset: h.Asset}), output, tx, h.Value,
		r.taint(h.Taint), ranged(h.Span, h.Spanned), h.Finding.String(), since, h.Others, h.Path, r.usd(h.USD),
	}
}

// movedJSON is a row that carried taint.
type movedJSON struct {
	Theft string  `json:"theft"`
	Row   rowJSON `json:"row"`
	From  string  `json:"from,omitempty"`
	To    string  `json:"to,omitempty"`
	assetJSON
	Value  chain.Amount `json:"value"`
	Amount amountsJSON  `json:"amount"`
}

func (r *Result) arrivalJSON(a *follow.Arrival) any {
	id := a.Row.Chain
	return struct {
		movedJSON
		serviceJSON
		Finding string `json:"finding"`
	}{
		movedJSON{a.Theft, row(a.Row), a.From.Text(id), a.To.Text(id), r.asset(id, a.Asset), a.Value, r.taint(a.Taint)},
		service(r.Answer.Services[a.Service].Service), r.Asked.Finding(a.Taint).String(),
	}
}

func (r *Result) flowJSON(f *follow.Flow) any {
	id := f.Row.Chain
	return struct {
		movedJSON
		Link string `json:"link,omitempty"`
	}{movedJSON{f.Theft, row(f.Row), f.From.Text(id), f.To.Text(id), r.asset(id, f.Asset), f.Value, r.taint(f.Taint)}, f.Link}
}

// placeJSON says where something is.
type placeJSON struct {
	Theft   string   `json:"theft,omitempty"`
	Chain   chain.ID `json:"chain"`
	Address string   `json:"address"`
	assetJSON
}

func (r *Result) placeJSON(p again.Place) placeJSON {
	return placeJSON{p.Theft, p.Chain, p.Address.Text(p.Chain), r.asset(p.Chain, p.Asset)}
}

package result

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// columns are those of amounts: the policies asked for, in the order in which they are
// printed, then the bounds.
func (r *Result) columns() []string {
	var out []string
	for _, p := range r.policies() {
		out = append(out, string(p))
	}
	if r.Asked.Bounds {
		out = append(out, "bound_least", "bound_most")
	}
	return out
}

// policies are those asked for, in the order in which they are printed.
func (r *Result) policies() []accounting.Policy {
	return slices.DeleteFunc(accounting.Policies(), func(p accounting.Policy) bool { return !slices.Contains(r.Asked.Policies, p) })
}

func (r *Result) amounts(t follow.Taint) []string {
	var out []string
	for _, p := range r.policies() {
		out = append(out, span.Under(t, p).String())
	}
	if r.Asked.Bounds {
		out = append(out, t.Least.String(), t.Most.String())
	}
	return out
}

// units is an amount in units of its asset; empty where its decimals are not known.
func (r *Result) units(id chain.ID, a ledger.Asset, n chain.Amount) string {
	if f, ok := r.Fact(id, a); ok {
		return n.Units(f.Decimals)
	}
	return ""
}

func (r *Result) symbol(id chain.ID, a ledger.Asset) string {
	f, _ := r.Fact(id, a)
	return f.Symbol
}

// rowColumns are those of a row, and rowCells its cells.
var rowColumns = []string{"theft", "chain", "block", "time", "transaction", "row", "from", "to", "asset", "symbol", "value_base_units", "value"}

func (r *Result) rowCells(theft string, row follow.RowID, from, to ledger.Address, asset ledger.Asset, value chain.Amount) []string {
	id := row.Chain
	return []string{
		theft, string(id), strconv.FormatUint(row.Block, 10), form.Time(row.Time), form.Tx(id, row.Tx), form.Row(row), from.Text(id), to.Text(id),
		asset.Text(id), r.symbol(id, asset), value.String(), r.units(id, asset, value),
	}
}

// WriteFlows writes the rows that carried taint as CSV, in the order of the answer,
// which is that of time. Where there were too many to be listed, the header stands
// alone.
func (r *Result) WriteFlows(w io.Writer) error {
	return form.CSV(w, slices.Concat(rowColumns, r.columns(), []string{"link"}), len(r.Answer.Flows), func(i int) []string {
		f := &r.Answer.Flows[i]
		return slices.Concat(r.rowCells(f.Theft, f.Row, f.From, f.To, f.Asset, f.Value), r.amounts(f.Taint), []string{f.Link})
	})
}

// WriteArrivals writes what reached services as CSV.
func (r *Result) WriteArrivals(w io.Writer) error {
	head := slices.Concat(rowColumns, r.columns(), []string{"service", "class", "tag_confidence", "tag_source", "tag_date", "note", "finding"})
	return form.CSV(w, head, len(r.Arrivals), func(i int) []string {
		a := &r.Arrivals[i]
		s := r.Answer.Services[a.Service].Service
		return slices.Concat(r.rowCells(a.Theft, a.Row, a.From, a.To, a.Asset, a.Value), r.amounts(a.Taint),
			[]string{s.Name, string(s.Class), string(s.Confidence), s.Source, s.Date, s.Note, r.Asked.Finding(a.Taint).String()})
	})
}

// WriteHoldings writes what is held at the end as CSV. A row with a number of other
// places is the sum of so many that hold too little to be listed.
func (r *Result) WriteHoldings(w io.Writer) error {
	head := slices.Concat([]string{"theft", "chain", "address", "transaction", "row", "asset", "symbol", "value_base_units", "value"},
		r.columns(), []string{"since", "finding", "path", "other_places"})
	return form.CSV(w, head, len(r.Holdings), func(i int) []string {
		h := &r.Holdings[i]
		tx, row, since, others := "", "", form.Time(h.Since), ""
		if h.Others > 0 {
			since, others = "", strconv.FormatUint(h.Others, 10)
		}
		if h.Tx != "" {
			tx = form.Tx(h.Chain, h.Tx)
		}
		if h.Output != nil {
			row = form.Row(*h.Output)
		}
		return slices.Concat([]string{
			h.Theft, string(h.Chain), h.Address.Text(h.Chain), tx, row, h.Asset.Text(h.Chain), r.symbol(h.Chain, h.Asset),
			h.Value.String(), r.units(h.Chain, h.Asset, h.Value),
		}, r.amounts(h.Taint), []string{since, h.Finding.String(), string(h.Path), others})
	})
}

// WriteCashOuts writes the cash-outs, mixers and hubs as CSV.
func (r *Result) WriteCashOuts(w io.Writer) error {
	head := slices.Concat([]string{"theft", "service", "class", "chain", "address", "asset", "symbol"}, r.columns(), []string{
		"least_base_units", "most_base_units", "least", "most", "arrivals", "first", "last", "finding", "path", "tag_confidence", "confidence",
		"tag_age_days", "tag_date", "tag_source", "note", "usd_at_theft_least", "usd_at_theft_most", "usd_at_cash_out_least", "usd_at_cash_out_most",
		"usd_on_day_least", "usd_on_day_most", "usd_partial",
	})
	all := slices.Concat(r.CashOuts, r.Mixers, r.Hubs)
	return form.CSV(w, head, len(all), func(i int) []string {
		c := &all[i]
		cells := slices.Concat([]string{
			c.Theft, c.Service.Name, string(c.Service.Class), string(c.Chain), c.Address.Text(c.Chain), c.Asset.Text(c.Chain), r.symbol(c.Chain, c.Asset),
		}, r.amounts(c.Amount))
		if c.Spanned {
			cells = append(cells, c.Span.Least.String(), c.Span.Most.String(), r.units(c.Chain, c.Asset, c.Span.Least), r.units(c.Chain, c.Asset, c.Span.Most))
		} else {
			cells = append(cells, "", "", "", "")
		}
		age := ""
		if c.Dated {
			age = strconv.Itoa(c.TagAge)
		}
		cells = append(cells, strconv.Itoa(c.Arrivals), form.Time(c.First), form.Time(c.Last), c.Finding.String(), string(c.Path), string(c.Service.Confidence),
			string(c.Confidence), age, c.Service.Date, c.Service.Source, c.Service.Note)
		return append(cells, c.USD.cells()...)
	})
}

// cells are the dollars in cents, and which columns are partial.
func (u *USD) cells() []string {
	var out, partial []string
	for _, c := range []struct {
		name string
		v    *Valuation
	}{{"at theft", u.AtTheft}, {"at cash-out", u.AtCashOut}, {"on day", u.OnDay}} {
		least, most := "", ""
		if c.v != nil && c.v.Spanned && c.v.Known() {
			least, most = c.v.Least.Cents(), c.v.Most.Cents()
		}
		if c.v != nil && c.v.Partial {
			partial = append(partial, c.name+": "+c.v.Reason)
		}
		out = append(out, least, most)
	}
	return append(out, strings.Join(partial, "; "))
}

package analyses

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/diagram"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/pattern"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
)

// mostListed is how many rows a table of places has; those beyond are counted in its
// last row.
const mostListed = 40

func day(when int64) string { return time.Unix(when, 0).UTC().Format(time.DateOnly) }

// balanceTable has a row for each line of the account of an asset, and a column for
// each policy.
func balanceTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "asset", Title: "Asset", Form: derive.Text}, {Key: "line", Title: "Where", Form: derive.Text},
	}}
	for _, p := range o.Result.Asked.Conserving() {
		t.Columns = append(t.Columns, derive.Column{Key: string(p), Title: string(p), Form: derive.Number})
	}
	for i := range o.Result.Balances {
		b := &o.Result.Balances[i]
		if b.Theft != last(o) {
			continue
		}
		of := price.Asset{Chain: b.Chain, Asset: b.Asset}
		name := assetName(o, of)
		for _, line := range balanceLines {
			row, any := derive.Row{Cells: []string{name, line.name}, Total: line.total}, false
			for j := range b.Lines {
				amount := line.of(&b.Lines[j])
				any = any || !amount.IsZero()
				row.Cells = append(row.Cells, units(o, of, amount))
			}
			if any || line.total {
				t.Rows = append(t.Rows, row)
			}
		}
	}
	return derive.Result{Table: t}, nil
}

// balanceLines are the lines of an account: what came in, and where it is.
var balanceLines = []struct {
	name  string
	total bool
	of    func(*result.Line) chain.Amount
}{
	{"stolen", true, func(l *result.Line) chain.Amount { return l.Stolen }},
	{"stolen before that, and marked again", false, func(l *result.Line) chain.Amount { return l.Again }},
	{"came of swaps and bridges", false, func(l *result.Line) chain.Amount { return l.In }},
	{"went into swaps and bridges", false, func(l *result.Line) chain.Amount { return l.Out }},
	{"held", false, func(l *result.Line) chain.Amount { return l.Held }},
	{"cashed out", false, func(l *result.Line) chain.Amount { return l.Cashed }},
	{"in mixers", false, func(l *result.Line) chain.Amount { return l.Mixed }},
	{"fees", false, func(l *result.Line) chain.Amount { return l.Fees }},
	{"dropped as dust", false, func(l *result.Line) chain.Amount { return l.Dropped }},
	{"not followed", false, func(l *result.Line) chain.Amount { return l.Unfollowed }},
}

// cashOutTable lists services and mixers, in the order of the result.
func cashOutTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "service", Title: "Service", Form: derive.Text},
		{Key: "address", Title: "Address", Form: derive.Code},
		{Key: "asset", Title: "Asset", Form: derive.Text},
		{Key: "least", Title: "At least", Form: derive.Number},
		{Key: "most", Title: "At most", Form: derive.Number},
		{Key: "usd_least", Title: "At least", Form: derive.Money, Unit: derive.UnitUSD},
		{Key: "usd_most", Title: "At most", Form: derive.Money, Unit: derive.UnitUSD},
		{Key: "when", Title: "First and last", Form: derive.Text},
		{Key: "holds", Title: "Holds under", Form: derive.Text},
		{Key: "confidence", Title: "Known by", Form: derive.Text},
		{Key: "tag", Title: "Tag", Form: derive.Text},
	}}
	more := 0
	for _, list := range [][]result.CashOut{o.Result.CashOuts, o.Result.Mixers} {
		for i := range list {
			c := &list[i]
			switch {
			case c.Theft != last(o):
				continue
			case len(t.Rows) == mostListed:
				more++
				continue
			}
			of := price.Asset{Chain: c.Chain, Asset: c.Asset}
			least, most := dollars(c.USD.AtCashOut)
			t.Rows = append(t.Rows, derive.Row{Cells: []string{
				serviceText(c), c.Address.Text(c.Chain), assetName(o, of),
				units(o, of, c.Span.Least), units(o, of, c.Span.Most), least, most,
				days(c.First, c.Last), holds(c.Finding) + bounds(o, of, c.Amount), string(c.Confidence), tagText(c),
			}})
		}
	}
	return beyond(t, more), nil
}

// beyond says in a last row how many were left out.
func beyond(t *derive.Table, more int) derive.Result {
	if more > 0 {
		row := derive.Row{Cells: make([]string, len(t.Columns))}
		row.Cells[0] = "and " + strconv.Itoa(more) + " more, in the files of the trace"
		t.Rows = append(t.Rows, row)
	}
	return derive.Result{Table: t}
}

func dollars(v *result.Valuation) (least, most string) {
	if v == nil || v.Partial {
		return "", ""
	}
	return v.Least.Cents(), v.Most.Cents()
}

func serviceText(c *result.CashOut) string {
	if c.Service.Name == "" {
		return string(c.Service.Class)
	}
	return c.Service.Name + ", " + string(c.Service.Class)
}

func days(first, last int64) string {
	if day(first) == day(last) {
		return day(first)
	}
	return day(first) + " – " + day(last)
}

// holds is the finding as it stands in a column of that name.
func holds(f interface{ String() string }) string {
	return strings.TrimPrefix(f.String(), "holds under ")
}

// bounds says what any policy could find, where that was asked for.
func bounds(o *extract.Opened, of price.Asset, t follow.Taint) string {
	if !o.Result.Asked.Bounds {
		return ""
	}
	return "; bounds " + units(o, of, t.Least) + " – " + units(o, of, t.Most)
}

func tagText(c *result.CashOut) string {
	text := c.Service.Source
	if c.Dated {
		text += " (" + strconv.Itoa(c.TagAge) + " days old)"
	}
	return strings.TrimPrefix(text, " ")
}

func holdingTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "address", Title: "Address", Form: derive.Code},
		{Key: "asset", Title: "Asset", Form: derive.Text},
		{Key: "least", Title: "At least", Form: derive.Number},
		{Key: "most", Title: "At most", Form: derive.Number},
		{Key: "there", Title: "All that lies there", Form: derive.Number},
		{Key: "since", Title: "Since", Form: derive.Date},
		{Key: "holds", Title: "Holds under", Form: derive.Text},
	}}
	more := 0
	for i := range o.Result.Holdings {
		h := &o.Result.Holdings[i]
		switch {
		case h.Theft != last(o):
			continue
		case len(t.Rows) == mostListed:
			more++
			continue
		}
		of := price.Asset{Chain: h.Chain, Asset: h.Asset}
		t.Rows = append(t.Rows, derive.Row{Cells: []string{
			h.Address.Text(h.Chain), assetName(o, of), units(o, of, h.Span.Least), units(o, of, h.Span.Most), units(o, of, h.Value), day(h.Since), holds(h.Finding),
		}})
	}
	return beyond(t, more), nil
}

// linkTable lists the links that were followed, with what is cashed out without each.
func linkTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "id", Title: "Link", Form: derive.Code},
		{Key: "kind", Title: "What", Form: derive.Text},
		{Key: "from", Title: "From", Form: derive.Text},
		{Key: "to", Title: "To", Form: derive.Text},
		{Key: "method", Title: "How it is known", Form: derive.Text},
		{Key: "confidence", Title: "Known by", Form: derive.Text},
		{Key: "without", Title: "Without it", Form: derive.Text},
	}}
	for _, l := range o.Links {
		method := l.Method
		if l.Error != "" {
			method += "; " + l.Error
		}
		t.Rows = append(t.Rows, derive.Row{Cells: []string{
			l.ID, string(l.Kind), string(l.Out.Chain), string(l.In.Chain), method, string(l.Confidence), without(o, l),
		}})
	}
	return derive.Result{Table: t}, nil
}

// without says what falls if a link is taken away.
func without(o *extract.Opened, l follow.Link) string {
	if o.Result.Trials == nil {
		return ""
	}
	for _, trial := range o.Result.Trials.Trials {
		if trial.What != again.Link || trial.Name != l.ID {
			continue
		}
		if trial.Idle {
			return "nothing changes: it brought nothing"
		}
		names := map[string]bool{}
		var order []string
		for _, c := range trial.Falls {
			name := c.Service.Name
			if name == "" {
				name = c.Address.Text(c.Chain)
			}
			if c.Theft == last(o) && !names[name] {
				names[name] = true
				order = append(order, name)
			}
		}
		if len(order) == 0 {
			return "no service receives less"
		}
		return "less or nothing reaches " + strings.Join(order, ", ")
	}
	return derive.NotApplicable // a fact or a decoded event is not tried without
}

// flowTable is the diagram as rows: edges, each with what its ends are.
func flowTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "from", Title: "From", Form: derive.Text},
		{Key: "from_kind", Title: "which is", Form: derive.Text},
		{Key: "to", Title: "To", Form: derive.Text},
		{Key: "to_kind", Title: "which is", Form: derive.Text},
		{Key: "least", Title: "At least", Form: derive.Number},
		{Key: "most", Title: "At most", Form: derive.Number},
		{Key: "unit", Title: "Unit", Form: derive.Text},
		{Key: "first", Title: "First", Form: derive.Date},
		{Key: "last", Title: "Last", Form: derive.Date},
		{Key: "confidence", Title: "Known by", Form: derive.Text},
	}}
	d, err := diagram.Of(o.Answer, o.Question(), last(o), o.Worth, diagram.Options{Addresses: 9})
	if errors.Is(err, diagram.ErrNoUnit) || errors.Is(err, diagram.ErrNoFlows) {
		return derive.Result{Table: t, Note: errors.Unwrap(err).Error()}, nil
	} else if err != nil {
		return derive.Result{}, err
	}
	amount := func(d price.Decimal, usd bool) string {
		if usd {
			return d.Cents()
		}
		return d.String()
	}
	for _, e := range d.Edges {
		t.Rows = append(t.Rows, derive.Row{Cells: []string{
			d.Name(e.From), string(d.Nodes[e.From].Kind), d.Name(e.To), string(d.Nodes[e.To].Kind),
			amount(e.Least, d.USD), amount(e.Most, d.USD), d.Unit, day(e.First), day(e.Last), string(e.Grade),
		}})
	}
	return derive.Result{Table: t}, nil
}

// peelTable lists the peel chains among the rows that were read.
func peelTable(o *extract.Opened) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "from", Title: "Begins at", Form: derive.Code},
		{Key: "steps", Title: "Transactions", Form: derive.Number},
		{Key: "input", Title: "With", Form: derive.Number},
		{Key: "peeled", Title: "Peeled off", Form: derive.Number},
		{Key: "left", Title: "Left at the end", Form: derive.Number},
		{Key: "asset", Title: "Asset", Form: derive.Text},
		{Key: "first", Title: "First", Form: derive.Date},
		{Key: "last", Title: "Last", Form: derive.Date},
		{Key: "services", Title: "Services paid", Form: derive.Text},
	}}
	rows := newRead(o.Rows)
	for _, l := range o.Ledgers {
		outputs := pattern.Outputs(o.Answer.Flows, l.Chain)
		if len(outputs) == 0 {
			continue
		}
		found, err := pattern.Peels(context.Background(), rows, l.Chain, outputs, pattern.Rules{Services: o.Question().Services})
		if err != nil {
			return derive.Result{}, err
		}
		of := price.Asset{Chain: l.Chain}
		for i := range found.Chains {
			p := &found.Chains[i]
			var services []string
			for _, s := range p.Services() {
				if !slices.Contains(services, s.Service.Name) {
					services = append(services, s.Service.Name)
				}
			}
			t.Rows = append(t.Rows, derive.Row{Cells: []string{
				p.From.Text(l.Chain), strconv.Itoa(len(p.Txs)), units(o, of, p.Input), units(o, of, p.Peeled), units(o, of, p.Change.Value),
				assetName(o, of), day(p.First), day(p.Last), strings.Join(services, ", "),
			}})
		}
	}
	return derive.Result{Table: t}, nil
}

// read is the rows of a trace, as patterns look at them.
type read struct {
	byTx    map[string][]ledger.Transfer
	spender map[ledger.Outpoint]ledger.Transfer
}

func newRead(rows []follow.RecordedRow) *read {
	out := &read{map[string][]ledger.Transfer{}, map[ledger.Outpoint]ledger.Transfer{}}
	for _, row := range rows {
		t := row.Transfer
		out.byTx[string(t.Chain)+"\x00"+t.Tx] = append(out.byTx[string(t.Chain)+"\x00"+t.Tx], t)
		if t.Kind == ledger.Input {
			out.spender[t.Spends] = t
		}
	}
	return out
}

// Transaction implements pattern.Source.
func (r *read) Transaction(_ context.Context, id chain.ID, tx string) ([]ledger.Transfer, error) {
	return r.byTx[string(id)+"\x00"+tx], nil
}

// Spenders implements pattern.Source.
func (r *read) Spenders(_ context.Context, _ chain.ID, of []ledger.Outpoint) ([]ledger.Transfer, error) {
	out := make([]ledger.Transfer, len(of))
	for i, o := range of {
		out[i] = r.spender[o]
	}
	return out, nil
}

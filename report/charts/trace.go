package charts

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// places are what the ends of a flow can be, by the words of trace.flows.table.
var places = map[string]chart.NodeKind{
	"theft": chart.TheftNode, "address": chart.AddressNode, "others": chart.OthersNode, "swap": chart.SwapNode, "bridge": chart.BridgeNode,
	"mixer": chart.MixerNode, "service": chart.ServiceNode, "fee": chart.FeeNode, "held": chart.HeldNode, "not followed": chart.UnfollowedNode,
}

var grades = map[string]chart.Grade{
	"ledger fact": chart.Fact, "decoded protocol": chart.Decoded, "heuristic": chart.Heuristic, "human judgement": chart.Judgement,
}

// TraceFlows draws where the value of a trace went. stamp is a word before the caption,
// of what is invented; it may be empty.
func TraceFlows(w *prose.Writer, trace, stamp string) *document.Chart {
	of := " trace=" + trace
	title := "Where the value went"
	if w.Figure("trace.reached.usd", prose.Params("where=services"+of)).Result.Value != "" {
		title = "Of {trace.stolen.usd" + of + "} stolen, {trace.reached.usd where=services" + of + "|least} to {trace.reached.usd where=services" + of + "|greatest} reached services"
	}
	_, table := w.Table("trace.flows.table", prose.Params("trace="+trace))
	unit := "In the asset’s units"
	if len(table.Rows) > 0 && table.Cell(table.Rows[0], "unit") == derive.UnitUSD {
		unit = "United States dollars at the time of each row"
	}
	about := frame(w, stamp+title, unit+"; solid under every accounting policy, light under some", "Source: ledger named in the text; tags as listed beside the cash-outs")
	return w.Draw(prose.Exhibit{
		ID: "chart-flows-" + trace, Caption: stamp + "Where the value of the trace went",
		Figure: "trace.flows.table", Params: prose.Params("trace=" + trace),
	}, func(t *derive.Table) (document.Drawing, error) {
		if len(t.Rows) == 0 {
			return nil, nil
		}
		f, err := flowsOf(t)
		if err != nil {
			return nil, err
		}
		f.Frame = about
		return drawn(chart.NewFlows(f))
	})
}

// flowsOf reads nodes and bands of the rows.
func flowsOf(t *derive.Table) (f chart.Flows, err error) {
	index := map[string]int{}
	in, out := map[string]value.Decimal{}, map[string]value.Decimal{}
	node := func(name, kind string) string {
		id := kind + " " + name
		if _, ok := index[id]; !ok {
			index[id] = len(f.Nodes)
			f.Nodes = append(f.Nodes, chart.Node{ID: id, Kind: places[kind], Label: shortAddress(name, kind), Full: name})
		}
		return id
	}
	for _, r := range t.Rows {
		least, most := t.Cell(r, "least"), t.Cell(r, "most")
		unit := t.Cell(r, "unit")
		from, to := node(t.Cell(r, "from"), t.Cell(r, "from_kind")), node(t.Cell(r, "to"), t.Cell(r, "to_kind"))
		link := chart.Flow{From: from, To: to, Amount: inUnit(least, unit), Grade: grades[t.Cell(r, "confidence")]}
		if most != least {
			link.Most = inUnit(most, unit)
		}
		f.Links = append(f.Links, link)
		d, err := value.ParseDecimal(most)
		if err != nil {
			return f, fmt.Errorf("flow of %q: %w", most, err)
		}
		out[from], in[to] = out[from].Add(d), in[to].Add(d)
	}
	for i, n := range f.Nodes {
		through := in[n.ID]
		if through.Cmp(out[n.ID]) < 0 {
			through = out[n.ID]
		}
		f.Nodes[i].Sub = inUnit(through.String(), t.Cell(t.Rows[0], "unit")).Label
	}
	return f, nil
}

// shortAddress keeps names of services whole and cuts addresses in the middle; how many
// were drawn into an address stands behind it.
func shortAddress(name, kind string) string {
	if kind != "address" {
		return name
	}
	address, more, _ := strings.Cut(name, " and ")
	const ends = 6
	if r := []rune(address); len(r) > 2*ends+1 {
		address = string(r[:ends]) + "…" + string(r[len(r)-ends:])
	}
	if n, ok := strings.CutSuffix(more, " after it"); ok {
		address = address[:ends] + "… +" + n
	}
	return address
}

// inUnit is an amount with its print label.
func inUnit(amount, unit string) chart.Value {
	if unit == derive.UnitUSD {
		return usd(amount)
	}
	d, err := value.ParseDecimal(amount)
	if err != nil {
		return number(amount)
	}
	return chart.Value{Amount: amount, Label: derive.Group(d.Round(2).String()) + " " + unit}
}

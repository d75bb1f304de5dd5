// Package tracing writes what a trace found, for the body of a report and for the annex
// that shows an exercise: the same sentences, tables and chart, so that an exercise
// looks as what happened would.
//
//	s.Sections = append(s.Sections, tracing.Section(w, "TRC-2024-001", ""))
package tracing

import (
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// IDs are the traces on the desk, exercises or those of what happened.
func IDs(w *prose.Writer, exercise bool) []string {
	var out []string
	_, t := w.Table("trace.traces.table", params(exercise))
	for _, r := range t.Rows {
		out = append(out, t.Cell(r, "id"))
	}
	return out
}

func params(exercise bool) derive.Params {
	if exercise {
		return prose.Params("exercise=yes")
	}
	return prose.Params("exercise=no")
}

// Table lists the traces.
func Table(w *prose.Writer, exercise bool) *document.Table {
	id, caption := "table-traces", "Traces on the desk"
	if exercise {
		id, caption = "table-exercises", "EXERCISE: traces of invented thefts"
	}
	return w.Show(prose.Exhibit{
		ID: id, Caption: caption, Figure: "trace.traces.table", Params: params(exercise),
		Weights: map[string]int{"id": 8, "title": 8, "incident": 5, "snapshot": 8, "rows": 4, "again": 6},
	})
}

// Section writes a trace. stamp is set before the captions of what is invented; it may
// be empty.
func Section(w *prose.Writer, trace, stamp string) *document.Section {
	of := " trace=" + trace
	if stamp != "" {
		stamp += ": "
	}
	s := document.NewSection("trace-"+trace, stamp+w.Plain("{trace.title"+of+"}"))
	s.Add(
		w.Para("What was stolen was followed under every accounting policy side by side, through {trace.rows"+of+"} rows of the ledger that moved value of a place where some of it was or came. "+again(w, trace)),
		sums(w, trace))
	if held(w, "trace.stopped", trace) {
		s.Add(w.Para("The trace was stopped before its end ({trace.stopped" + of + "}): what was held then stands as not followed, and what became of it was not looked at."))
	}
	if held(w, "trace.notes", trace) {
		s.Add(w.Para("Not looked at: {trace.notes" + of + "}."))
	}
	s.Add(charts.TraceFlows(w, trace, stamp), show(w, trace, prose.Exhibit{
		ID: "table-balance-" + trace, Caption: stamp + "What was stolen and where it is, by asset and accounting policy", Figure: "trace.balance.table",
		Weights: map[string]int{"asset": 3, "line": 9, "haircut": 6, "fifo": 6, "lifo": 6, "tiho": 6},
		Note:    "Each column adds up: what was stolen and what came of swaps is held, cashed out, in mixers, gone in fees, dropped, not followed, or went into swaps. Amounts are units of the asset, cut where they have more decimals than a column has room for; the files of the trace have them to the base unit.",
	}), show(w, trace, prose.Exhibit{
		ID: "table-cashouts-" + trace, Caption: stamp + "Services and mixers reached, with the range over accounting policies", Figure: "trace.cashouts.table", Wide: true,
		Weights: map[string]int{"service": 8, "address": 10, "asset": 3, "least": 6, "most": 6, "usd_least": 7, "usd_most": 7, "when": 6, "holds": 7, "confidence": 6, "tag": 8},
		Note:    "Dollars are at the prices of the time of arrival. “Known by” is the least sure step on the best way there.",
	}), show(w, trace, prose.Exhibit{
		ID: "table-holdings-" + trace, Caption: stamp + "Where something is held", Figure: "trace.holdings.table", Wide: true,
		Weights: map[string]int{"address": 12, "asset": 4, "least": 6, "most": 6, "there": 6, "since": 5, "holds": 8},
	}), show(w, trace, prose.Exhibit{
		ID: "table-links-" + trace, Caption: stamp + "Swaps and bridges that were followed", Figure: "trace.links.table",
		Weights: map[string]int{"id": 5, "kind": 4, "from": 4, "to": 4, "method": 8, "confidence": 5, "without": 8},
		Note:    "The last column says what falls if the link is taken away; links that the ledger or the protocol states are not tried without.",
	}), show(w, trace, prose.Exhibit{
		ID: "table-peels-" + trace, Caption: stamp + "Peel chains on the way", Figure: "trace.peels.table", Wide: true,
		Weights: map[string]int{"from": 12, "steps": 5, "input": 6, "peeled": 6, "left": 6, "asset": 3, "first": 5, "last": 5, "services": 12},
		Note:    "A peel chain is a run of transactions, each of which pays somebody a part and passes the larger rest on to the next.",
	}))
	return s
}

// again says who can run the trace again.
func again(w *prose.Writer, trace string) string {
	_, t := w.Table("trace.traces.table", params(false))
	for _, r := range t.Rows {
		if t.Cell(r, "id") == trace && t.Cell(r, "again") != bundled {
			return "It read more rows than travel with this report: the amounts are as they were found in that snapshot, and whoever holds it can derive them again; this bundle alone does not."
		}
	}
	return "The rows that were read travel with this report, and whoever has them can derive every amount again."
}

// bundled is what trace.traces.table says of a trace whose rows travel.
const bundled = "the rows in the bundle"

// sums says in dollars what came where, as far as prices are known.
func sums(w *prose.Writer, trace string) *document.Paragraph {
	of := " trace=" + trace
	if !held(w, "trace.stolen.usd", trace) {
		return w.Para("No price is on record for what was stolen: amounts are given in units of the assets, in the tables.")
	}
	text := "At the prices of the day {trace.stolen.usd" + of + "} were stolen."
	for _, where := range []struct{ where, one, many, reached string }{
		{"services", "service address", "service addresses", "reached"},
		{"mixers", "mixer", "mixers", "went into"},
		{"held", "address", "addresses", "still lie at"},
	} {
		at := " where=" + where.where + of
		if w.Figure("trace.places.count", prose.Params("where="+where.where+of)).Result.Value == "0" {
			continue
		}
		r := w.Figure("trace.reached.usd", prose.Params("where="+where.where+of)).Result
		place := "{count trace.places.count" + at + "|" + where.one + "|" + where.many + "}"
		if r.Low == r.High {
			text += " Under every policy {trace.reached.usd" + at + "}, {trace.reached.share" + at + "} of what was stolen, " + where.reached + " " + place + "."
			continue
		}
		text += " Between {trace.reached.usd" + at + "|least} and {trace.reached.usd" + at + "|greatest}, depending on the policy, " + where.reached + " " + place +
			"; pro rata it is {trace.reached.usd" + at + "}, {trace.reached.share" + at + "} of what was stolen."
	}
	if w.Figure("trace.unpriced", prose.Params("trace="+trace)).Result.Value != "0" {
		text += " For {count trace.unpriced" + of + "|asset|assets} no price is known at some of the times; what has none is in no sum of dollars."
	}
	return w.Para(text)
}

// held reports whether a figure of the trace has a value.
func held(w *prose.Writer, figure, trace string) bool {
	return w.Figure(figure, prose.Params("trace="+trace)).Result.Value != ""
}

// show is a table of the trace.
func show(w *prose.Writer, trace string, x prose.Exhibit) *document.Table {
	x.Params = prose.Params("trace=" + trace)
	return w.Show(x)
}

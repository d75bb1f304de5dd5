// Package annex holds the annexes of the report: methodology, register, claims,
// findings, the measures in force, what a lawyer has to check, what changed, the
// sources of every record, and an exercise where the desk holds one. Each is written with figure references, like the body.
//
//	annexes := annex.Write(w, true)
//	last := annex.Figures(w, rows)
package annex

import (
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Write writes the annexes but the last, which Figures writes once everything
// else is numbered. The register and the claims are left out of a report that
// does not speak of incidents.
func Write(w *prose.Writer, incidents bool) []*document.Section {
	out := []*document.Section{methodology(w)}
	if incidents {
		out = append(out, register(w), claims(w))
	}
	out = append(out, findings(w), measures(w), toVerify(w), changes(w), panel(w), sources(w))
	if x := exercises(w); x != nil {
		out = append(out, x)
	}
	return out
}

func methodology(w *prose.Writer) *document.Section {
	return document.NewSection("annex-methodology", "Methodology",
		w.Para("Every figure is the result of a function with a name and a version, run over whole sets of records. The derivation names the function, its parameters and the digests of "+
			"what it read; whoever receives the bundle runs it again with the command “turtlebay verify” and compares. Text holds no number that does not come from a figure, a date, a citation or a quotation from a record."),
		w.Para("What such a check proves: that the figure follows from the records, and that these are the records the report was written from. What it does not prove: that a source was right."),
		w.Para("Assessment words mean the same throughout:"),
		w.Term("inconsistent with", "the facts on record, if true, do not fit the paragraph cited, which was in force on the day."),
		w.Term("possible", "a fact that decides is missing, or the total rests on an estimate; the question is printed beside the finding."),
		w.Term("attributed", "an authority said so; who, and on which day, is printed in the register."),
		w.Term("suspected", "reported as a suspicion, on a basis weaker than an attribution."),
		w.Term("disputed", "attributed officially and contradicted publicly; the dissent is kept in the record."),
		w.Term("to be verified", "written down without the source at hand; {ref annex-lawyer} lists the paragraphs concerned, {ref annex-sources} the records."),
		w.Para("Amounts are United States dollars at the time of the theft as the preferred claim gives them. Nothing is converted. An amount in another currency is kept as a claim and not summed."),
	)
}

func register(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-register", "Incident register")
	if !w.Held(observation.KindCyberIncident) {
		s.Add(prose.Nothing(w, "cyber incidents"))
		return s
	}
	s.Add(w.Show(prose.Exhibit{
		ID: "table-register", Caption: "Every incident on the desk, all views, all victims", Figure: "cyber.incidents.table",
		Params: prose.Params("view=all scope=all from=1990 to=2100"), Wide: true,
		Weights: map[string]int{"id": 6, "date": 4, "victim": 7, "method": 6, "usd": 5, "low": 5, "high": 5, "status": 4, "authority": 9, "origins": 3},
		Note:    "Least and greatest claimed are printed where claims differ. Origins counts the independent origins of the attribution.",
	}))
	return s
}

func claims(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-claims", "Every claim")
	if !w.Held(observation.KindCyberIncident) {
		s.Add(prose.Nothing(w, "claims"))
		return s
	}
	s.Add(w.Show(prose.Exhibit{
		ID: "table-claims", Caption: "Amounts and attributions claimed, with the preferred claim of each incident", Figure: "cyber.claims.table",
		Params: prose.Params("view=all scope=all from=1990 to=2100"), Wide: true,
		Weights: map[string]int{"id": 6, "about": 4, "value": 7, "authority": 8, "status": 4, "preferred": 4, "reason": 14},
	}))
	return s
}

func findings(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-findings", "Findings")
	if w.Figure("regime.findings.count", nil).Result.Value == "0" {
		s.Add(w.Para("No record on the desk falls under a measure."))
		return s
	}
	rows := "{ref table-findings} has a row for each record and result, with all paragraphs under which that was found."
	if _, reasons := w.Table("regime.reasons.table", nil); len(reasons.Rows) > 0 {
		rows += " {ref table-reasons} gives the reasons and questions that a paragraph has for every " +
			"record alike; what is said of a certain record alone stands in its row, and “" + derive.NotApplicable + "” where there is nothing of that kind."
	}
	s.Add(
		w.Para("The records fall under the measures in {count regime.findings.count|finding|findings}, of which {regime.findings.count result=breach} of inconsistency and "+
			"{regime.findings.count result=possible} possible. A record that falls under several paragraphs gives a finding for each; {ref table-resolutions} counts them by resolution and result."),
		w.Show(prose.Exhibit{
			ID: "table-resolutions", Caption: "Findings by resolution", Figure: "regime.resolutions.table",
		}),
		w.Para(rows),
		w.Show(prose.Exhibit{
			ID: "table-reasons", Caption: "Reasons and questions by paragraph", Figure: "regime.reasons.table", Wide: true,
			Weights: map[string]int{"citation": 9, "result": 5, "reason": 12, "question": 12},
			Note:    marked,
		}),
		w.Show(prose.Exhibit{
			ID: "table-findings", Caption: "Findings by record", Figure: "regime.findings.table", Wide: true,
			Weights: map[string]int{"record": 5, "date": 4, "result": 6, "citation": 20, "reason": 13, "warning": 8},
			Note:    marked,
		}))
	return s
}

const marked = "“To be verified” beside a paragraph: its substance or its number was not seen in a source."

func changes(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-changes", "Corrections and what changed since the last report")
	d := w.Figure("desk.changes.count", nil)
	switch d.Result.Value {
	case "":
		s.Add(w.Para("No earlier report was issued from this desk; there is nothing to correct."))
	case "0":
		s.Add(w.Para("Nothing on the desk has changed since the last report, {desk.changes.last}."))
	default:
		s.Add(
			w.Para("Since the last report, {desk.changes.last}, {desk.changes.count what=added} records were added, {desk.changes.count what=changed} changed and {desk.changes.count what=removed} removed."),
			w.Show(prose.Exhibit{ID: "table-changes", Caption: "Records that differ from the last report", Figure: "desk.changes.table"}))
	}
	return s
}

func panel(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-panel", "Mandates and reports of the Panel of Experts")
	if !w.Held(observation.KindPanelMandate, observation.KindPanelReport) {
		s.Add(prose.Nothing(w, "mandates and reports of the Panel"))
		return s
	}
	s.Add(
		w.Show(prose.Exhibit{ID: "table-mandates", Caption: "Mandates of the Panel", Figure: "panel.mandates.table"}),
		w.Show(prose.Exhibit{ID: "table-reports", Caption: "Reports of the Panel and its successor on record", Figure: "panel.reports.table"}))
	return s
}

func sources(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-sources", "Records and their sources")
	s.Add(w.Show(prose.Exhibit{
		ID: "table-sources", Caption: "Sources of every record", Figure: "desk.sources.table", Wide: true,
		Weights: map[string]int{"id": 5, "origins": 3, "source": 14, "reproduced": 9, "certainty": 4},
		Note:    "Origins counts all sources of the record; a source that only reproduces another shares its origin.",
	}))
	return s
}

// FiguresID is the table that lists the figures printed in the text. It has no
// derivation of its own: its rows are other derivations'.
const FiguresID = "table-figures"

// Figures lists every figure printed in the text with what it was derived
// from; rows are {derivation id, function, parameters, value, paragraphs}.
func Figures(w *prose.Writer, rows []document.Row) *document.Section {
	s := document.NewSection("annex-figures", "Figures printed in the text",
		w.Para("Each figure printed in the text of this report, with the function that gave it. The same command gives it again on any desk with the same records."))
	if len(rows) == 0 {
		s.Add(w.Para("The text of this report prints no figure."))
		return s
	}
	s.Add(&document.Table{
		ID: FiguresID, Caption: "Figures and derivations", Wide: true,
		Columns: []document.Column{
			{Title: "Derivation", Form: "code", Weight: 5},
			{Title: "Function", Form: "code", Weight: 8},
			{Title: "Parameters", Form: "code", Weight: 10},
			{Title: "Value", Form: "text", Numeric: true, Weight: 5},
			{Title: "Unit", Form: "text", Weight: 4},
			{Title: "Paragraphs", Form: "text", Weight: 5},
		},
		Rows: rows,
	})
	return s
}

package outline

import (
	"strconv"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Summary writes the boxed summary: each sentence stands on a section.
func Summary(w *prose.Writer, c Context) []*document.Paragraph {
	var out []*document.Paragraph
	para := func(text string) { out = append(out, w.Para(text)) }
	para("This report covers {period}. It counts by the view “{view}” unless it says otherwise, and every figure in it can be " +
		"derived again from the records that travel with it.")
	if c.has("cyber") && w.Held(observation.KindCyberIncident) {
		para("In the period the register holds {cyber.incidents.count} {plural cyber.incidents.count|incident|incidents} against cryptocurrency companies attributed to the " +
			"Democratic People’s Republic of Korea in that view, worth {cyber.losses.usd}. " + widths(w) + " ({ref cyber})")
	}
	if from, to, ok := panelYears(w); ok && c.has("cyber") && w.Held(observation.KindCyberIncident) {
		at := " " + prose.Years(from, to)
		para("For " + prose.Year(from) + " to " + prose.Year(to) + " the last report of the Panel of Experts speaks of {panel.statement key=cyber.attacks} suspected attacks worth about " +
			"{panel.statement key=cyber.value}. In those years the widest view of the register comes to {cyber.panel.share view=all" + at + "} of that value, with " +
			fewerOrMore(w, at) + "; the lists differ" + chance(w, at) + ". ({ref p-distance})")
	}
	if c.has("trade") && w.Held(observation.KindTradeStatistic) {
		para(tradeSentence(w, c) + " ({ref trade})")
	}
	if c.has("maritime") && w.Held(observation.KindPetroleumDelivery) {
		para(petroleumGaps(w) + " ({ref maritime})")
	}
	para(findingsSentence(w) + " ({ref annex-findings})")
	return out
}

// findingsSentence counts the findings and the records they are about.
func findingsSentence(w *prose.Writer) string {
	if w.Figure("regime.findings.count", nil).Result.Value == "0" {
		return "No record of the period falls under a measure in force."
	}
	return "Records of the period fall under the measures in force in {count regime.findings.count result=breach|finding|findings} of inconsistency on " +
		"{count regime.records.count result=breach|record|records} (a record may fall under several paragraphs) and in {count regime.findings.count result=possible|finding that depends|findings that depend} " +
		"on a question still open."
}

// chance warns where the sums lie close.
func chance(w *prose.Writer, at string) string {
	if near(w, at) {
		return ", and that the sums lie close is partly chance"
	}
	return ""
}

// panelFigure is the record of the report that the register is compared with.
const panelFigure = "REP-2024-215"

// panelYears are the years that the report's figure speaks of, as it states them;
// ok is false where the desk does not hold the figure.
func panelYears(w *prose.Writer) (from, to int, ok bool) {
	r, _ := w.Record(panelFigure)
	report, held := r.Observation.(*observation.PanelReport)
	if !held {
		return 0, 0, false
	}
	for _, s := range report.Statements {
		if s.Key == "cyber.attacks" {
			return s.From.Year(), s.To.Year(), true
		}
	}
	return 0, 0, false
}

// widths is the sentence that sets the views beside each other.
func widths(*prose.Writer) string {
	return "Official attributions alone give {cyber.losses.usd view=official}; all attributions, analyst, suspected and disputed " +
		"ones included, give {cyber.losses.usd view=all}."
}

func introduction(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("introduction", "Introduction and standard of evidence",
		w.Para("This report is filed by "+c.Body+". It covers {period} and rests on {desk.records.count} records, of which "+
			"{desk.records.unverified} were written down, in whole or in part, without the source at hand; what rests on that is marked “to be verified”. "+
			"{ref table-kinds} lists the records by kind."),
		w.Show(prose.Exhibit{
			ID: "table-kinds", Caption: "Records on the desk", Figure: "desk.kinds.table",
			Weights: map[string]int{"kind": 4, "about": 8, "records": 2, "single": 2, "memory": 2},
			Note:    "“Of a single origin” counts the records whose sources all come from the same origin; a source that only reproduces another is not counted again.",
		}),
		w.Para("Disagreement is kept. An amount, a date or an attribution is a claim by an authority, read in a source. Where claims differ, "+
			"a single claim is preferred for sums, with the reason; the others are printed beside it and give the range from the least to "+
			"the greatest claimed."+claimsReference(c)),
		w.Para("A view is a rule that chooses incidents by the standing of their attribution. “official” counts attributions by "+
			"governments, courts and multilateral teams; “official+panel” adds those made by the Panel of Experts alone; “all” adds those "+
			"by private analysts, those reported as suspected, and those that are official but publicly disputed. This report follows the "+
			"view “{view}” and prints the others beside it."),
		w.Para("An allegation rests on independent origins that agree, or the text says that it rests on a single origin. "+
			"A source that only reproduces another is not independent of it. Of the incidents in the view, "+
			"{count cyber.incidents.single_origin|rests|rest} on a single origin."),
		w.Para("A finding says that a fact is inconsistent with a paragraph of a resolution in force on that day. Where a fact is missing, "+
			"the finding is “possible” and names the question. Who is responsible is for people to judge, not for this report."),
	)
	if w.Held(observation.KindStateReply) {
		s.Add(w.Para("The replies of States and firms on the desk number {desk.records.count kind=state_reply}."))
	} else {
		s.Add(w.Para("No letter to a State or firm and no reply is on the desk for this report."))
	}
	s.Sections = append(s.Sections, inForce(w, c))
	return s
}

// inForce says which measures the period's records are held against.
func inForce(w *prose.Writer, c Context) *document.Section {
	on := "on=" + strconv.Itoa(c.To) + "-12-31"
	text := "On the last day of the period {regime.inforce.count " + on + "} measures were in force, of which {regime.inforce.count force=binding " + on + "} binding and {regime.inforce.count force=call " + on +
		"} calls; the others are clarifications, exemptions, concerns and demands outside Chapter VII of the Charter. Each is a paragraph of a resolution, or a part of a paragraph that demands something of its own. " +
		"{ref chart-inforce} and {ref table-inforce} show how they came about; {ref annex-measures} counts them by resolution and lists them. " +
		"The mandate of the Panel of Experts, itself a measure, ended on {date 2024-04-30}; the other measures stayed in force."
	if w.Figure("regime.inforce.count", prose.Params(on)).Result.Value == "0" {
		text = "On the last day of the period no measure was in force. {ref chart-inforce} and {ref table-inforce} show what came later."
	}
	return document.NewSection("introduction-measures", "The measures in force",
		w.Para(text),
		charts.InForce(w, c.period()),
		w.Show(prose.Exhibit{
			ID: "table-inforce", Caption: "Measures in force by legal nature, at every day on which that changed", Figure: "regime.inforce.series", Params: prose.Params(charts.InForceYears(c.period())),
			Weights: map[string]int{"date": 6, "binding": 4, "call": 3, "other": 3, "all": 3, "begun": 4, "by": 9, "ended": 3, "paragraphs": 10},
		}))
}

// claimsReference points to the annex of claims, where the report has it.
func claimsReference(c Context) string {
	if !c.has("cyber") {
		return ""
	}
	return " {ref annex-claims} lists every claim about the incidents."
}

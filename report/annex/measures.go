package annex

import (
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// measures lists what was in force on the last day of the report's period.
func measures(w *prose.Writer) *document.Section {
	to := w.Params["to"]
	on := "on=" + to + "-12-31"
	if w.Figure("regime.inforce.count", prose.Params(on)).Result.Value == "0" {
		return document.NewSection("annex-measures", "Measures in force at the end of the period", w.Para("On {date "+to+"-12-31} no measure was in force."))
	}
	return document.NewSection("annex-measures", "Measures in force at the end of the period",
		w.Para("On {date "+to+"-12-31} {regime.inforce.count "+on+"} measures were in force: {regime.inforce.count force=binding "+on+"} binding, {regime.inforce.count force=call "+on+
			"} calls and {regime.inforce.count force=other "+on+"} of another kind. {ref table-resolutions-inforce} counts them by resolution, {ref table-measures} lists them. Summaries are in our own words; "+
			"the resolution alone decides."),
		w.Show(prose.Exhibit{
			ID: "table-resolutions-inforce", Caption: "Measures in force on {date " + to + "-12-31}, by resolution and legal nature", Figure: "regime.inforce.resolutions", Params: prose.Params(on),
			Weights: map[string]int{"resolution": 7, "adopted": 5, "binding": 4, "call": 3, "other": 3, "all": 4, "ended": 4, "verify": 5},
			Note:    "To be verified are measures whose substance or paragraph number was not seen in a source.",
		}),
		w.Show(prose.Exhibit{
			ID: "table-measures", Caption: "Measures in force on {date " + to + "-12-31}", Figure: "regime.inforce.table", Params: prose.Params(on), Wide: true,
			Weights: map[string]int{"resolution": 6, "paragraph": 4, "id": 5, "force": 5, "since": 4, "duty": 6, "summary": 20, "why": 5},
			Note:    "To be verified is what was not seen in a source; the annex of what a lawyer has to check says more.",
		}))
}

// toVerify is the one list of what a lawyer has to check: citations, and the goods
// codes that the rules go by.
func toVerify(w *prose.Writer) *document.Section {
	s := document.NewSection("annex-lawyer", "What a lawyer has to check")
	s.Add(w.Para("The measures in use number {regime.measures.count}; of these, {regime.measures.unverified} rest on a summary or a paragraph number written down from memory. "+
		"They are listed here in a single place, to be checked against the resolutions, with what exactly is not confirmed."),
		w.Show(prose.Exhibit{
			ID: "table-lawyer", Caption: "Measures whose substance or paragraph number is to be verified", Figure: "regime.verify.table", Wide: true,
			Weights: map[string]int{"id": 5, "citation": 7, "why": 6, "summary": 14, "source": 9, "note": 12},
		}),
		w.Para("Where a paragraph names goods and no codes, the codes are somebody’s reading. The rules name {regime.codes.count} codes, those of several measures counted for each; {regime.codes.count basis=resolution-text} "+
			"stand in the paragraph, {regime.codes.count basis=analyst-mapping} are an analyst’s mapping, {regime.codes.count basis=national-list} come from a national list and give no more than “possible”. Written down "+
			"from memory were {regime.codes.count basis=from-memory}. A finding that rests on a mapping carries a warning."),
		w.Show(prose.Exhibit{
			ID: "table-codes", Caption: "Goods codes of each measure by whose word they stand on", Figure: "regime.codes.table",
			Weights: map[string]int{"id": 6, "citation": 9, "resolution-text": 5, "analyst-mapping": 4, "national-implementation": 4, "national-list": 4, "screening-hint": 4, "all": 3, "memory": 4},
			Note:    "A code of a heading or chapter stands for all below it. A code with a price test counts beside the same code without.",
		}))
	return s
}

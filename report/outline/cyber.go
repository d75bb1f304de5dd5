package outline

import (
	"strings"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
	"github.com/turtlebay/turtlebay/report/tracing"
)

func cyber(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("cyber", "Cyberattacks and their proceeds")
	if !w.Held(observation.KindCyberIncident) {
		s.Add(prose.Nothing(w, "cyber incidents"))
		s.Sections = []*document.Section{cyberTraces(w)}
		return s
	}
	s.Sections = []*document.Section{
		cyberTotals(w, c), cyberDistance(w), cyberGroups(w), cyberMeasures(w), cyberProceeds(w, c), cyberTraces(w),
	}
	return s
}

// cyberTraces shows where stolen value went, as far as the desk has followed it.
func cyberTraces(w *prose.Writer) *document.Section {
	s := document.NewSection("cyber-traces", "Where stolen funds went")
	ids := tracing.IDs(w, false)
	if len(ids) == 0 {
		s.Add(w.Para("The desk holds no trace of stolen funds: no amount in this report says where they went."))
		return s
	}
	s.Add(w.Para("The desk holds {count trace.traces.count exercise=no|trace|traces} of stolen funds. Ranges are those of the accounting policies under which value is conserved; "+
		"which of them is followed is a question of law and not of fact, and the report prints them side by side."),
		tracing.Table(w, false))
	for _, id := range ids {
		s.Sections = append(s.Sections, tracing.Section(w, id, ""))
	}
	return s
}

func cyberTotals(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("cyber-totals", "What the register holds")
	s.Add(
		w.Para("In {period} the register holds {count cyber.incidents.count|incident|incidents} against cryptocurrency companies in the view “{view}”, "+
			"{cyber.incidents.with_amount} of them with an amount. The preferred amounts sum to {cyber.losses.usd}, exactly {cyber.losses.usd|exact}. "+
			"Counting incidents against all victims, the same view holds {count cyber.incidents.count scope=all|incident|incidents} worth {cyber.losses.usd scope=all}."),
		w.Para(widths(w)+" {ref table-views} sets the views beside each other with the range of the claims."),
		w.Show(prose.Exhibit{
			ID: "table-views", Caption: "Incidents and amounts by view, {period}", Figure: "cyber.views.table",
			Weights: map[string]int{"view": 4, "incidents": 3, "with_amount": 3, "usd": 5, "low": 5, "high": 5},
			Note:    "Incidents against cryptocurrency companies. Sums of the least and of the greatest claimed add, for every incident, the lowest and the highest amount on record.",
		}),
		w.Para(withoutAmount(w)),
		charts.Years(w, c.period()),
		w.Show(prose.Exhibit{
			ID: "table-years", Caption: "Preferred amounts by year and standing of the attribution, view “all”", Figure: "cyber.years.table", Params: prose.Params("view=all"),
			Weights: map[string]int{"year": 3, "incidents": 4, "official": 7, "panel": 6, "analyst": 6, "suspected": 6, "disputed": 6, "usd": 7},
			Note:    "Amounts in United States dollars at the time of the theft.",
		}),
		w.Para(largest(w)),
		charts.Cumulative(w, c.period()),
	)
	return s
}

// withoutAmount says which incidents count and add nothing.
func withoutAmount(w *prose.Writer) string {
	held := func(name string) bool {
		v := w.Figure(name, prose.Params("view=all")).Result.Value
		return v != "" && v != "0"
	}
	text := "An incident counts whether or not an amount is known; nothing is put in the place of a figure that is missing."
	if held("cyber.incidents.elsewhere") {
		text += " {count cyber.incidents.elsewhere view=all|incident on the desk is|incidents on the desk are} not attributed to the Democratic People’s Republic of Korea, or " +
			"not said to be, and not counted."
	}
	if held("cyber.incidents.attempts") {
		text += " The view “all” holds {count cyber.incidents.attempts view=all|attempt|attempts} without loss."
	}
	if held("cyber.incidents.no_figure") {
		text += " For {count cyber.incidents.no_figure view=all|incident|incidents} of that view no figure is known."
	}
	return text
}

// largest names the incident that weighs most, with who attributes it.
func largest(w *prose.Writer) string {
	top := w.Figure("cyber.losses.largest", nil).Result.Records
	if len(top) == 0 {
		return "No incident in the view has an amount."
	}
	id := top[0]
	return "The largest incident in the view, the theft from {quote " + id + " victim} " + onOrIn(w, id) + " {quote " + id + " date}, is worth {cyber.losses.largest}, {cyber.losses.share} of the sum{source " + id + "}."
}

// onOrIn is the preposition that the incident's date takes.
func onOrIn(w *prose.Writer, id string) string {
	if r, ok := w.Record(id); ok && r.Observation.When().Precision() == value.Day {
		return "on"
	}
	return "in"
}

func cyberDistance(w *prose.Writer) *document.Section {
	s := document.NewSection("cyber-distance", "The distance from the published figure")
	from, to, ok := panelYears(w)
	if !ok {
		s.Add(prose.Nothing(w, "the Panel’s published figure"))
		return s
	}
	at := " " + prose.Years(from, to)
	p := w.Para("The Panel of Experts reported, in {quote REP-2024-215 symbol}, {panel.statement key=cyber.attacks} suspected attacks on cryptocurrency-related " +
		"companies between " + prose.Year(from) + " and " + prose.Year(to) + ", worth about {panel.statement key=cyber.value}{source REP-2024-215}. For the same years the register holds " +
		"{count cyber.incidents.count view=official" + at + "|incident|incidents} worth {cyber.losses.usd view=official" + at + "} in the view “official”, " +
		"{cyber.incidents.count view=official+panel" + at + "} worth {cyber.losses.usd view=official+panel" + at + "} in “official+panel”, and " +
		"{cyber.incidents.count view=all" + at + "} worth {cyber.losses.usd view=all" + at + "} in “all”.")
	p.ID = "p-distance"
	s.Add(
		p,
		w.Para("What explains the distance: the view. Leaving out attributions made by analysts alone, suspected or disputed takes the sum from "+
			"{cyber.losses.usd view=all"+at+"} to {cyber.losses.usd view=official+panel"+at+"}, that is to {cyber.panel.share view=official+panel"+at+"} of the Panel’s value; "+
			"counting official attributions alone takes it to {cyber.panel.share view=official"+at+"}."),
		w.Para("What explains a part of it: the claims. The widest view sums to between {cyber.losses.usd view=all"+at+"|least} and {cyber.losses.usd view=all"+at+"|greatest}, depending on "+
			"which claim is followed for each incident, and the Panel’s value is itself approximate. The preferred sum lies {cyber.panel.distance.usd view=all"+at+"|unsigned} "+
			aboveOrBelow(w, at)+" the Panel’s value."),
		w.Para(membership(w, at)),
	)
	return s
}

// aboveOrBelow says on which side of the Panel's value the widest view lies.
func aboveOrBelow(w *prose.Writer, at string) string {
	if strings.HasPrefix(w.Figure("cyber.panel.distance.usd", prose.Params("view=all"+at)).Result.Value, "-") {
		return "above"
	}
	return "below"
}

// near reports whether the widest view lies within a tenth of the Panel's value.
func near(w *prose.Writer, at string) bool {
	share, err := value.ParseDecimal(w.Figure("cyber.panel.share", prose.Params("view=all"+at)).Result.Value)
	return err == nil && share.Cmp(value.Int(90)) >= 0 && share.Cmp(value.Int(110)) <= 0
}

// membership says what the number of incidents does and does not explain.
func membership(w *prose.Writer, at string) string {
	text := "The widest view holds " + fewerOrMore(w, at) + " than the Panel counted and comes to {cyber.panel.share view=all" + at + "} of its value. " +
		"The Panel’s own list of incidents is not public, so membership cannot be compared: the widest view may contain incidents that the Panel does not count, and lack some that it does."
	if near(w, at) {
		return "What does not explain it: the number of incidents. " + text + " That the sums lie close is therefore partly chance and confirms neither."
	}
	return "What may explain the rest: the list of incidents. " + text
}

// fewerOrMore compares the numbers of incidents.
func fewerOrMore(w *prose.Writer, at string) string {
	figure := "cyber.panel.distance.count view=all" + at
	if strings.HasPrefix(w.Figure("cyber.panel.distance.count", prose.Params("view=all"+at)).Result.Value, "-") {
		return "{" + figure + "|unsigned} more incidents"
	}
	return "{" + figure + "} fewer incidents"
}

func cyberGroups(w *prose.Writer) *document.Section {
	s := document.NewSection("cyber-groups", "Groups and the organs they answer to")
	if !w.Held(observation.KindGroup) {
		s.Add(prose.Nothing(w, "hacking groups"))
		return s
	}
	text := "The desk describes {count cyber.groups.count|group|groups} under the names that analysts gave them; names overlap, and the borders between groups are drawn differently by different analysts."
	if _, ok := w.Record("GRP-rgb"); ok {
		text += " Of these, {count cyber.groups.count under=GRP-rgb|is|are} said to answer to the {quote GRP-rgb party.names.0.text}."
	}
	s.Add(w.Para(text), w.Show(prose.Exhibit{
		ID: "table-groups", Caption: "Hacking groups and the organs they are said to answer to", Figure: "cyber.groups.table",
		Weights: map[string]int{"id": 8, "name": 5, "aliases": 8, "under": 6, "authority": 7},
		Note:    "Other names are those in common use; they come from different analysts and need not mean exactly the same.",
	}))
	return s
}

func cyberProceeds(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("cyber-proceeds", "Proceeds after the period")
	after := prose.Years(c.To+1, c.To+2)
	if w.Figure("cyber.incidents.count", prose.Params("view=all "+after)).Result.Value == "0" {
		s.Add(w.Para("The register holds no incident after the period."))
		return s
	}
	text := "In " + prose.Year(c.To+1) + " and " + prose.Year(c.To+2) + ", after the period of this report, the register holds {count cyber.incidents.count view=official " + after +
		"|incident|incidents} with official attributions worth {cyber.losses.usd view=official " + after + "}."
	if w.Figure("cyber.incidents.count", prose.Params("view=all status=disputed "+after)).Result.Value != "0" {
		text += " {count cyber.incidents.count view=all status=disputed " + after + "|further incident is|further incidents are} attributed officially but publicly disputed; those sum to " +
			"{cyber.losses.usd view=all status=disputed " + after + "}, and the dissent is kept in the records."
	}
	s.Add(w.Para(text))
	if _, ok := w.Record("REP-MSMT-2"); ok {
		s.Add(w.Para("The Multilateral Sanctions Monitoring Team put the proceeds from {date 2024-01} to {date 2025-09} at " +
			"{panel.statement report=REP-MSMT-2 key=cyber.value}{source REP-MSMT-2}; its list of incidents is not identical with the register’s."))
	}
	return s
}

func cyberMeasures(w *prose.Writer) *document.Section {
	s := document.NewSection("cyber-measures", "The measures that thefts may fall under")
	s.Add(w.Para("No resolution on the Democratic People’s Republic of Korea has a paragraph on virtual assets. Those on funds, economic resources and financial services, " +
		"{cite S/RES/1718 (2006) OP8(d)} among them, may reach what was stolen, as soon as a designated party receives it or a financial institution moves it. This report does not trace where it went. " +
		"So an incident that is attributed to the Democratic People’s Republic of Korea is at most “possible” under them, whatever the standing of the attribution and whoever the victim, and it is never called inconsistent."))
	s.Add(under(w, observation.KindCyberIncident, "cyber incidents")...)
	return s
}

package outline

import (
	"fmt"
	"strconv"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

func maritime(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("maritime", "Sectoral and maritime measures")
	oil := document.NewSection("petroleum", "Refined petroleum: reported against claimed")
	if w.Held(observation.KindPetroleumDelivery) {
		petroleum(w, c, oil)
	} else {
		oil.Add(prose.Nothing(w, "petroleum deliveries"))
	}
	ships := document.NewSection("vessels", "Vessels and ship-to-ship transfers")
	if w.Held(observation.KindSTSTransfer, observation.KindVesselTransfer) {
		ships.Add(w.Para("The desk holds {desk.records.count kind=sts_transfer} records of ship-to-ship transfers and " +
			"{desk.records.count kind=vessel_transfer} of the sale or supply of vessels."))
		if w.Held(observation.KindSTSTransfer) {
			ships.Add(under(w, observation.KindSTSTransfer, "ship-to-ship transfers")...)
		}
		if w.Held(observation.KindVesselTransfer) {
			ships.Add(under(w, observation.KindVesselTransfer, "sales and supplies of vessels")...)
		}
	} else {
		ships.Add(prose.Nothing(w, "ship-to-ship transfers or of the sale of vessels"))
	}
	s.Sections = []*document.Section{oil, ships}
	for _, p := range []cappedProduct{crude(c), coal(c)} {
		if sub := capped(w, c, p); sub != nil {
			s.Sections = append(s.Sections, sub)
		}
	}
	return s
}

// cappedProduct is a product with a cap of its own, beside refined petroleum.
type cappedProduct struct {
	name, title, text string
	from, to          int // years
}

func crude(c Context) cappedProduct {
	return cappedProduct{
		"crude", "Crude oil",
		"{cite S/RES/2397 (2017) OP4} limits crude oil in yearly windows that begin on the anniversaries of {date 2017-12-22}, in barrels or in tonnes, whichever is reported: the limit is " +
			"passed where the amount in either unit is, and no unit is converted into the other.",
		c.From, c.To,
	}
}

// coal was capped from the end of 2016 until it was banned in 2017.
func coal(c Context) cappedProduct {
	return cappedProduct{
		"coal", "Coal under its cap",
		"{cite S/RES/2321 (2016) OP26} limited coal from the Democratic People’s Republic of Korea from {date 2016-11-30} until {cite S/RES/2371 (2017) OP8} banned it on {date 2017-08-05}, in tonnes " +
			"and in United States dollars, whichever is lower.",
		min(c.From, 2016), c.To,
	}
}

// capped writes the ledger of a capped product; nil where no record speaks of it.
func capped(w *prose.Writer, c Context, p cappedProduct) *document.Section {
	params := "product=" + p.name + " " + prose.Years(p.from, p.to)
	if p.from > p.to || w.Figure("trade.caps.windows", prose.Params(params)).Result.Value == "0" {
		return nil
	}
	s := document.NewSection("cap-"+p.name, p.title)
	s.Add(
		w.Para(p.text+" The desk holds totals or deliveries for {count trade.caps.windows "+params+"|window|windows}; {ref table-cap-"+p.name+"} lists all windows. "+neverAdded),
		w.Show(capExhibit("table-cap-"+p.name, p.title+" by window: cap, reported, estimated", params)),
		charts.Cap(w, charts.Capped{ID: "chart-cap-" + p.name, Name: p.title, Params: params}),
	)
	return s
}

const neverAdded = "Reported and estimated totals are kept apart and never added, and single deliveries on record are added up in columns of their own, since totals speak of all deliveries."

// capExhibit shows a ledger of caps.
func capExhibit(id, caption, params string) prose.Exhibit {
	return prose.Exhibit{
		ID: id, Caption: caption, Figure: "trade.caps.table", Params: prose.Params(params), Wide: true,
		Weights: map[string]int{
			"window": 5, "citation": 7, "unit": 4, "cap": 4, "reported": 5, "estimated": 5, "share": 4, "by": 14, "delivered_reported": 5, "delivered_unreported": 6, "after": 15,
		},
		Note: "A dash is a total that is not on the desk; it is a gap and was not counted. Where several totals of a kind are on the desk the largest is printed and all are listed beside it.",
	}
}

func petroleum(w *prose.Writer, c Context, s *document.Section) {
	s.Add(w.Para("{cite S/RES/2397 (2017) OP5} limits refined petroleum to {trade.petroleum.cap} barrels in a calendar year. Supplying States report to "+
		"the Committee; other States have estimated more. "+neverAdded+" Supply stops on a notice of the Committee, not on arithmetic."),
		w.Show(capExhibit("table-petroleum", "Refined petroleum by calendar year: cap, reported, estimated", "product=refined")),
		charts.Cap(w, charts.Capped{ID: "chart-petroleum", Name: "Refined petroleum", Params: "product=refined"}),
	)
	for _, y := range knownYears(w, c) {
		s.Add(w.Para(petroleumSentence(w, y)))
	}
	s.Add(w.Para(petroleumGaps(w)))
	s.Add(under(w, observation.KindPetroleumDelivery, "deliveries and totals of petroleum")...)
}

// knownYears are the years of the period for which some total is on the desk.
func knownYears(w *prose.Writer, c Context) []int {
	var out []int
	for y := c.From; y <= c.To; y++ {
		if _, ok := w.Record(fmt.Sprintf("PET-%d", y)); ok {
			out = append(out, y)
		}
	}
	return out
}

// petroleumSentence says what is known of a year, and of which part of it.
func petroleumSentence(w *prose.Writer, y int) string {
	id, at := fmt.Sprintf("PET-%d", y), fmt.Sprintf(" year=%d", y)
	text := fmt.Sprintf("For {date %d},", y)
	if w.Figure("trade.petroleum.total", prose.Params("basis=reported"+at)).Result.Value != "" {
		text += " {trade.petroleum.total basis=reported" + at + "} barrels were reported to the Committee" + covers(w, id, "reported") +
			", {trade.petroleum.share basis=reported" + at + "} of that year’s cap, while"
	} else {
		text += " no reported total is on the desk, while"
	}
	if w.Figure("trade.petroleum.total", prose.Params("basis=estimated"+at)).Result.Value != "" {
		text += " " + claimant(w, id) + " claimed at least {trade.petroleum.total basis=estimated" + at + "} barrels" + covers(w, id, "estimated") +
			", {trade.petroleum.share basis=estimated" + at + "} of the cap for the year"
	} else {
		text += " no estimate by others is on the desk"
	}
	return text + "{source " + id + "}. Whether unreported deliveries count is for the Committee to decide."
}

// claimant is who estimates a year's total, quoted from the record.
func claimant(w *prose.Writer, id string) string {
	if r, ok := w.Record(id); ok {
		for i, t := range r.Observation.(*observation.PetroleumDelivery).Totals {
			if t.Value.Basis == "estimated" {
				return fmt.Sprintf("{quote %s totals.%d.authority}", id, i)
			}
		}
	}
	return "others"
}

// covers says until when a total counts, where it covers a part of the year only.
func covers(w *prose.Writer, id, basis string) string {
	r, ok := w.Record(id)
	if !ok {
		return ""
	}
	p, ok := r.Observation.(*observation.PetroleumDelivery)
	if !ok {
		return ""
	}
	for i, t := range p.Totals {
		if t.Value.Basis == basis && !t.Value.To.IsZero() {
			return fmt.Sprintf(" (up to {quote %s totals.%d.value.to})", id, i)
		}
	}
	return ""
}

// tradeSentence compares the last year of the period with the year before, as far
// as both are known.
func tradeSentence(w *prose.Writer, c Context) string {
	p := fmt.Sprintf("year=%d base=%d", c.To, c.To-1)
	now := w.Figure("trade.china.value", prose.Params("year="+strconv.Itoa(c.To))).Result.Value
	change := w.Figure("trade.china.change.usd", prose.Params(p)).Result.Value
	of := "China’s reported trade with the Democratic People’s Republic of Korea"
	switch {
	case now == "":
		return "No total of " + of + " is on the desk for {date " + strconv.Itoa(c.To) + "}."
	case change == "":
		return of + " came to {trade.china.value year=" + strconv.Itoa(c.To) + "} in {date " + strconv.Itoa(c.To) + "}; no total for the year before is on the desk."
	}
	return of + " {trade.china.change.word " + p + "} in {date " + strconv.Itoa(c.To) + "} against {date " + strconv.Itoa(c.To-1) + "} by {trade.china.change.usd " + p +
		"|unsigned}, or {trade.china.change.percent " + p + "|unsigned}, to {trade.china.value year=" + strconv.Itoa(c.To) + "}."
}

func trade(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("trade", "Trade statistics")
	if !w.Held(observation.KindTradeStatistic) {
		s.Add(prose.Nothing(w, "customs statistics"))
		return s
	}
	s.Add(w.Para("The Democratic People’s Republic of Korea publishes no customs statistics; what is known comes from its partners. The desk holds what China’s customs published."),
		w.Para(tradeSentence(w, c)+"{basis trade.china.change.usd year="+strconv.Itoa(c.To)+" base="+strconv.Itoa(c.To-1)+"} {ref table-china} gives the years."),
		w.Show(prose.Exhibit{
			ID: "table-china", Caption: "China’s reported trade with the Democratic People’s Republic of Korea, year over year", Figure: "trade.china.table",
			Weights: map[string]int{"year": 2, "export": 4, "import": 4, "total": 4, "change_usd": 4, "change": 3},
			Note:    "China’s exports are what went to the Democratic People’s Republic of Korea. A change is given only between years that are known; totals are as published and need not be the sum of the flows.",
		}),
		charts.China(w, c.period()),
		w.Para(chinaGaps(w)+" The trade counted is all goods; a rise says nothing about whether the goods were prohibited."),
	)
	s.Add(under(w, observation.KindTradeStatistic, "customs statistics")...)
	return s
}

func chinaGaps(w *prose.Writer) string {
	if w.Figure("trade.china.gaps", nil).Result.Value == "0" {
		return "A total is on the desk for every year of the period."
	}
	return "For {count trade.china.gaps|year|years} of the period no total is on the desk."
}

func petroleumGaps(w *prose.Writer) string {
	if w.Figure("trade.petroleum.gaps", nil).Result.Value == "0" {
		return "For every calendar year of the period some total of refined petroleum is on the desk."
	}
	return "For {count trade.petroleum.gaps|calendar year|calendar years} of the period the desk holds no total of refined petroleum, reported or claimed."
}

func embargoes(w *prose.Writer, _ Context) *document.Section {
	s := document.NewSection("embargoes", "Embargoes, designated entities, luxury goods and arms")
	part := func(id, title, of string, kinds ...observation.Kind) *document.Section {
		sub := document.NewSection(id, title)
		if !w.Held(kinds...) {
			sub.Add(prose.Nothing(w, of))
			return sub
		}
		for _, k := range kinds {
			sub.Add(w.Para("The desk holds {count desk.records.count kind=" + string(k) + "|record|records} of " + of + "."))
			sub.Add(under(w, k, of)...)
		}
		return sub
	}
	s.Sections = []*document.Section{
		part("arms", "Arms and related materiel", "arms transfers", observation.KindArmsTransfer),
		part("luxury", "Luxury goods and other shipments", "shipments", observation.KindShipment),
		part("ventures", "Joint ventures and cooperative entities", "joint ventures", observation.KindJointVenture),
	}
	return s
}

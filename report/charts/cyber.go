package charts

import (
	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

var certainties = map[claim.Status]chart.Certainty{
	claim.Official: chart.Official, claim.Panel: chart.Panel, claim.Analyst: chart.Analyst,
	claim.Suspected: chart.Suspected, claim.Disputed: chart.Disputed,
}

// Years draws the amounts taken by year, split by the standing of the attribution.
func Years(w *prose.Writer, p Period) *document.Chart {
	about := frame(w,
		"In the view “all” the amounts of "+prose.Period(p.From, p.To)+" sum to {cyber.losses.usd view=all}; official attributions account for {cyber.losses.usd view=official} of it",
		"Preferred amounts of incidents against cryptocurrency companies, United States dollars, by standing of the attribution",
		"Source: incident register; view: all")
	return w.Draw(prose.Exhibit{
		ID: "chart-years", Caption: "Amounts by year and standing of the attribution, " + prose.Period(p.From, p.To),
		Figure: "cyber.years.table", Params: prose.Params("view=all"),
	}, func(t *derive.Table) (document.Drawing, error) {
		b := chart.Bars{Frame: about}
		var totals []string
		for _, r := range t.Rows {
			if r.Total {
				continue
			}
			cat := chart.Category{Label: t.Cell(r, "year"), Total: usd(t.Cell(r, "usd"))}
			for _, s := range claim.Statuses() {
				if v := t.Cell(r, string(s)); v != "" && v != "0" {
					cat.Parts = append(cat.Parts, chart.Part{Certainty: certainties[s], Value: usd(v)})
				}
			}
			if len(cat.Parts) == 0 { // a nought is drawn as one: the register covers the year
				cat.Parts = []chart.Part{{Certainty: chart.Official, Value: cat.Total}}
			}
			totals = append(totals, t.Cell(r, "usd"))
			b.Categories = append(b.Categories, cat)
		}
		var err error
		if b.Ticks, err = dollarTicks(totals...); err != nil {
			return nil, err
		}
		return drawn(chart.NewBars(b))
	})
}

// Cumulative draws the running sums of every view, with the tests and launches of
// the period marked on the axis.
func Cumulative(w *prose.Writer, p Period) *document.Chart {
	marks := eventMarks(w, p)
	about := frame(w,
		"The running sum comes to {cyber.losses.usd view=official}, {cyber.losses.usd view=official+panel} or {cyber.losses.usd view=all}, by view",
		"Running sums of preferred amounts, United States dollars; nuclear tests and satellite launches are marked on the axis",
		"Source: incident register; views: official, official+panel, all")
	return w.Draw(prose.Exhibit{
		ID: "chart-cumulative", Caption: "Running sums by view, with tests and launches marked, " + prose.Period(p.From, p.To),
		Figure: "cyber.cumulative.table", Params: prose.Params("view=all"),
	}, func(t *derive.Table) (document.Drawing, error) {
		if len(t.Rows) == 0 {
			return nil, nil
		}
		c := chart.Curves{Frame: about, From: firstDay(p.From), To: lastDay(p.To), Marks: marks}
		for _, view := range claim.Views() {
			c.Lines = append(c.Lines, curve(t, string(view)))
		}
		var err error
		if c.Ticks, err = dollarTicks(t.Cell(t.Rows[len(t.Rows)-1], string(claim.ViewAll))); err != nil {
			return nil, err
		}
		return drawn(chart.NewCurves(c))
	})
}

func curve(t *derive.Table, view string) chart.Curve {
	line := chart.Curve{Name: view}
	for _, r := range t.Rows {
		line.Steps = append(line.Steps, chart.Step{Date: t.Cell(r, "date"), Value: usd(t.Cell(r, view))})
	}
	return line
}

// eventMarks are the single tests and launches of the period.
func eventMarks(w *prose.Writer, p Period) []chart.Mark {
	_, t := w.Table("programme.events.table", prose.Params(prose.Years(p.From, p.To)))
	var out []chart.Mark
	for _, r := range t.Rows {
		out = append(out, chart.Mark{Kind: eventKind(t.Cell(r, "event")), Date: t.Cell(r, "date"), Label: t.Cell(r, "event")})
	}
	return out
}

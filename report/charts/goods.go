package charts

import (
	"strconv"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// China draws the yearly totals of trade with China, gaps left open.
func China(w *prose.Writer, p Period) *document.Chart {
	from := p.From - 4 // a few years before the period show where it stands
	title := "Trade with China, " + prose.Period(from, p.To)
	last := "year=" + strconv.Itoa(p.To)
	change := last + " base=" + strconv.Itoa(p.To-1)
	if w.Figure("trade.china.change.usd", prose.Params(change)).Result.Value != "" {
		title = "Trade with China {trade.china.change.word " + change + "} in " + prose.Year(p.To) + ", to {trade.china.value " + last + "}"
	}
	about := frame(w, title,
		"Total of exports and imports as China reports them, United States dollars",
		"Source: China’s customs as cited; a year without a total is a gap")
	return w.Draw(prose.Exhibit{
		ID: "chart-china", Caption: "China’s reported trade with the Democratic People’s Republic of Korea",
		Figure: "trade.china.table", Params: prose.Params(prose.Years(from, p.To)),
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Series{Frame: about}
		line := chart.SeriesLine{Name: "total"}
		var all []string
		for _, r := range t.Rows {
			s.Categories = append(s.Categories, t.Cell(r, "year"))
			line.Points = append(line.Points, chart.Point{Value: usd(t.Cell(r, "total"))})
			all = append(all, t.Cell(r, "total"))
		}
		s.Lines = []chart.SeriesLine{line}
		var err error
		if s.Ticks, err = dollarTicks(all...); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

// Petroleum draws the totals reported and claimed beside the cap.
func Petroleum(w *prose.Writer, p Period) *document.Chart {
	_, table := w.Table("trade.petroleum.table", nil)
	about := frame(w, petroleumTitle(table),
		"Refined petroleum, barrels a calendar year: reported to the Committee against claimed by other States",
		"Source: as cited in the table; years without a total are gaps")
	return w.Draw(prose.Exhibit{
		ID: "chart-petroleum", Caption: "Refined petroleum: reported, claimed and the cap, " + prose.Period(p.From, p.To), Figure: "trade.petroleum.table",
	}, func(t *derive.Table) (document.Drawing, error) {
		s, amounts := petroleumSeries(t)
		s.Frame = about
		var err error
		if s.Ticks, err = numberTicks(amounts...); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

// petroleumTitle says how claims and reports lie to the cap, where that is the
// same in every year that is known.
func petroleumTitle(t *derive.Table) string {
	above, below := true, true
	known := false
	for _, r := range t.Rows {
		limit, err := value.ParseDecimal(t.Cell(r, "cap"))
		if err != nil {
			continue // no cap that year
		}
		if claimed, err := value.ParseDecimal(t.Cell(r, "claimed")); err == nil {
			known, above = true, above && claimed.Cmp(limit) > 0
		}
		if reported, err := value.ParseDecimal(t.Cell(r, "reported")); err == nil {
			known, below = true, below && reported.Cmp(limit) < 0
		}
	}
	if known && above && below {
		return "Where totals are known, what is claimed lies above the cap and what was reported below it"
	}
	return "Totals of refined petroleum beside the cap"
}

func petroleumSeries(t *derive.Table) (chart.Series, []string) {
	s := chart.Series{Bars: true}
	reported, claimed := chart.SeriesLine{Name: "reported"}, chart.SeriesLine{Name: "claimed", Claimed: true}
	limit, first, last := "", "", ""
	var amounts []string
	for _, r := range t.Rows {
		y := t.Cell(r, "year")
		s.Categories = append(s.Categories, y)
		if v := t.Cell(r, "cap"); v != derive.NotApplicable {
			if limit == "" {
				first = y
			}
			limit, last = v, y
		}
		reported.Points = append(reported.Points, chart.Point{Value: number(t.Cell(r, "reported"))})
		claimed.Points = append(claimed.Points, chart.Point{Value: number(t.Cell(r, "claimed"))})
		amounts = append(amounts, t.Cell(r, "reported"), t.Cell(r, "claimed"))
	}
	s.Lines = []chart.SeriesLine{reported, claimed}
	if limit != "" {
		s.References = []chart.Reference{{Name: "cap", Value: number(limit), From: first, To: last}}
	}
	return s, append(amounts, limit)
}

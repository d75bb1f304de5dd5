package charts

import (
	"strconv"
	"strings"

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

// Capped is a product whose ledger is drawn: Params say which, and for which years.
type Capped struct {
	ID, Name, Params string
}

// Cap draws the totals of a capped product, reported and estimated side by side,
// beside the cap: in the unit in which totals are on record.
func Cap(w *prose.Writer, p Capped) *document.Chart {
	_, table := w.Table("trade.caps.table", prose.Params(p.Params))
	unit, rows := drawnRows(table)
	if len(rows) == 0 {
		return nil
	}
	about := frame(w, capTitle(p.Name, table, rows),
		p.Name+", "+unit+" a window of the cap: reported to the Committee against estimated by others",
		"Source: as cited in the table; windows without a total are gaps")
	return w.Draw(prose.Exhibit{
		ID: p.ID, Caption: p.Name + ": reported, estimated and the cap", Figure: "trade.caps.table", Params: prose.Params(p.Params),
	}, func(t *derive.Table) (document.Drawing, error) {
		s, amounts := capSeries(t, rows)
		s.Frame = about
		var err error
		if s.Ticks, err = numberTicks(amounts...); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

// drawnRows are the rows in the unit in which most totals are on record, and that
// unit; none where no total is.
func drawnRows(t *derive.Table) (unit string, rows []derive.Row) {
	byUnit, known := map[string][]derive.Row{}, map[string]int{}
	for _, r := range t.Rows {
		u := t.Cell(r, "unit")
		byUnit[u] = append(byUnit[u], r)
		for _, key := range []string{"reported", "estimated"} {
			if t.Cell(r, key) != "" {
				known[u]++
			}
		}
	}
	most := 0
	for _, r := range t.Rows { // in their order, not the map's
		if u := t.Cell(r, "unit"); known[u] > most {
			unit, rows, most = u, byUnit[u], known[u]
		}
	}
	if unit == "" {
		for _, c := range t.Columns {
			if c.Key == "cap" {
				unit = c.Unit
			}
		}
	}
	return unit, rows
}

// capTitle says how estimates and reports lie to the cap, where that is the same
// in every window that is known.
func capTitle(name string, t *derive.Table, rows []derive.Row) string {
	above, below, estimates, reports := true, true, false, false
	for _, r := range rows {
		limit, err := value.ParseDecimal(t.Cell(r, "cap"))
		if err != nil {
			continue
		}
		if n, err := value.ParseDecimal(t.Cell(r, "estimated")); err == nil {
			estimates, above = true, above && n.Cmp(limit) > 0
		}
		if n, err := value.ParseDecimal(t.Cell(r, "reported")); err == nil {
			reports, below = true, below && n.Cmp(limit) < 0
		}
	}
	switch {
	case estimates && reports && above && below:
		return name + ": where totals are known, what is estimated lies above the cap and what was reported below it"
	case estimates && !reports && above:
		return name + ": where totals are known, what is estimated lies above the cap; nothing reported is on the desk"
	case reports && !estimates && below:
		return name + ": where totals are known, what was reported lies below the cap; no estimate is on the desk"
	}
	return name + ": totals beside the cap"
}

func capSeries(t *derive.Table, rows []derive.Row) (chart.Series, []string) {
	s := chart.Series{Bars: true, Head: "Window"}
	reported, estimated := chart.SeriesLine{Name: "reported"}, chart.SeriesLine{Name: "estimated", Claimed: true}
	var amounts []string
	for _, r := range rows {
		name := windowLabel(t.Cell(r, "window"))
		limit := t.Cell(r, "cap")
		if n := len(s.References); n > 0 && s.References[n-1].Value.Amount == limit {
			s.References[n-1].To = name
		} else {
			s.References = append(s.References, chart.Reference{Name: "cap", Value: number(limit), From: name, To: name})
		}
		s.Categories = append(s.Categories, name)
		reported.Points = append(reported.Points, chart.Point{Value: number(t.Cell(r, "reported"))})
		estimated.Points = append(estimated.Points, chart.Point{Value: number(t.Cell(r, "estimated"))})
		amounts = append(amounts, t.Cell(r, "reported"), t.Cell(r, "estimated"), limit)
	}
	s.Lines = []chart.SeriesLine{reported, estimated}
	return s, amounts
}

// windowLabel is a window in few letters: its year, or both years where it runs
// from one into the next.
func windowLabel(window string) string {
	from, to, part := strings.Cut(window, " to ")
	if !part || len(from) < 4 || len(to) < 4 || from[:4] == to[:4] {
		return window[:min(4, len(window))]
	}
	return from[:4] + "–" + to[2:4]
}

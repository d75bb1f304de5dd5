package outline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// drawing hands a chart to the document, which knows no chart room.
type drawing struct{ *chart.Chart }

// SVG is the chart with every id under the prefix.
func (d drawing) SVG(idPrefix string) []byte { return d.Chart.SVG(chart.Options{ID: idPrefix}) }

func drawn(c *chart.Chart, err error) (document.Drawing, error) {
	if err != nil {
		return nil, err
	}
	return drawing{c}, nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// year and period are dates, for captions.
func year(y int) string { return "{date " + itoa(y) + "}" }

func period(c Context) string { return year(c.From) + "–" + year(c.To) }

// usd is an amount with its print label.
func usd(amount string) chart.Value {
	if amount == "" {
		return chart.Value{}
	}
	return chart.Value{Amount: amount, Label: derive.Result{Value: amount, Unit: derive.UnitUSD}.Print("")}
}

func number(amount string) chart.Value {
	if amount == "" {
		return chart.Value{}
	}
	return chart.Value{Amount: amount, Label: derive.Group(amount)}
}

func dollarTicks(most string) ([]chart.Value, error) {
	return chart.NiceTicks(most, 5, func(n string) string { return usd(n).Label })
}

func numberTicks(most string) ([]chart.Value, error) {
	return chart.NiceTicks(most, 5, derive.Group)
}

// most is the greatest of plain decimals; "1" where there is none, so that an
// empty chart still has an axis.
func most(amounts ...string) string {
	top := value.Int(1)
	for _, a := range amounts {
		if d, err := value.ParseDecimal(a); err == nil && d.Cmp(top) > 0 {
			top = d
		}
	}
	return top.String()
}

var certainties = map[claim.Status]chart.Certainty{
	claim.Official: chart.Official, claim.Panel: chart.Panel, claim.Analyst: chart.Analyst,
	claim.Suspected: chart.Suspected, claim.Disputed: chart.Disputed,
}

func yearsChart(w *prose.Writer, c Context) *document.Chart {
	frame := chart.Frame{
		Title: w.Plain(fmt.Sprintf("Between %s and %s, %s was taken in all views; official attributions account for %s",
			year(c.From), year(c.To), "{cyber.losses.usd view=all}", "{cyber.losses.usd view=official}")),
		Subtitle: "Preferred amounts of incidents against cryptocurrency companies, United States dollars, by standing of the attribution",
		Foot:     "Source: incident register; view: all",
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-years", Caption: "Amounts taken by year and standing of the attribution, " + period(c), Figure: "cyber.years.table", Params: params("view=all"),
	}, func(t *derive.Table) (document.Drawing, error) {
		b := chart.Bars{Frame: frame}
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
			totals = append(totals, t.Cell(r, "usd"))
			b.Categories = append(b.Categories, cat)
		}
		var err error
		if b.Ticks, err = dollarTicks(most(totals...)); err != nil {
			return nil, err
		}
		return drawn(chart.NewBars(b))
	})
}

func cumulativeChart(w *prose.Writer, c Context) *document.Chart {
	marks := eventMarks(w, c)
	frame := chart.Frame{
		Title:    w.Plain("The sum grows in a few large steps, to {cyber.losses.usd view=official}, {cyber.losses.usd view=official+panel} or {cyber.losses.usd view=all} by view"),
		Subtitle: "Running sums of preferred amounts, United States dollars; nuclear tests and satellite launches marked on the axis",
		Foot:     "Source: incident register; views: official, official+panel, all",
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-cumulative", Caption: "Running sums by view, with tests and launches marked, " + period(c), Figure: "cyber.cumulative.table", Params: params("view=all"),
	}, func(t *derive.Table) (document.Drawing, error) {
		if len(t.Rows) == 0 {
			return nil, nil
		}
		v := chart.Curves{Frame: frame, From: itoa(c.From) + "-01-01", To: itoa(c.To) + "-12-31", Marks: marks}
		last := t.Rows[len(t.Rows)-1]
		for _, view := range claim.Views() {
			line := chart.Curve{Name: string(view)}
			for _, r := range t.Rows {
				line.Steps = append(line.Steps, chart.Step{Date: t.Cell(r, "date"), Value: usd(t.Cell(r, string(view)))})
			}
			v.Lines = append(v.Lines, line)
		}
		var err error
		if v.Ticks, err = dollarTicks(most(t.Cell(last, string(claim.ViewAll)))); err != nil {
			return nil, err
		}
		return drawn(chart.NewCurves(v))
	})
}

// eventMarks are the single tests and launches of the period.
func eventMarks(w *prose.Writer, c Context) []chart.Mark {
	_, t := w.Table("programme.events.table", params(years(c.From, c.To)))
	var out []chart.Mark
	for _, r := range t.Rows {
		out = append(out, chart.Mark{Kind: eventKind(t.Cell(r, "event")), Date: t.Cell(r, "date"), Label: t.Cell(r, "event")})
	}
	return out
}

func eventKind(event string) chart.EventKind {
	switch {
	case strings.HasPrefix(event, "nuclear"):
		return chart.NuclearTest
	case strings.HasPrefix(event, "satellite"):
		return chart.SatelliteLaunch
	}
	return chart.MissileLaunch
}

func missileChart(w *prose.Writer, c Context) *document.Chart {
	frame := chart.Frame{
		Title:    w.Plain("Ballistic missile launches on record since " + year(firstTest) + ": {programme.missiles.count " + years(firstTest, c.To) + "}"),
		Subtitle: "Launches counted, by year",
		Foot:     "Source: missile launch database as cited in the table below; one missile, one launch",
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-missiles", Caption: "Ballistic missile launches by year, " + year(firstTest) + "–" + year(c.To), Figure: "programme.missiles.table", Params: params(years(firstTest, c.To)),
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Series{Frame: frame, Bars: true}
		line := chart.SeriesLine{Name: "launches"}
		var all []string
		for _, r := range t.Rows {
			if r.Total {
				continue
			}
			s.Categories = append(s.Categories, t.Cell(r, "year"))
			line.Points = append(line.Points, chart.Point{Value: number(t.Cell(r, "launches"))})
			all = append(all, t.Cell(r, "launches"))
		}
		s.Lines = []chart.SeriesLine{line}
		var err error
		if s.Ticks, err = numberTicks(most(all...)); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

func chinaChart(w *prose.Writer, c Context) *document.Chart {
	frame := chart.Frame{
		Title:    w.Plain(fmt.Sprintf("Trade with China %s in %s, to %s", "{trade.china.change.word year="+itoa(c.To)+" base="+itoa(c.To-1)+"}", year(c.To), "{trade.china.value year="+itoa(c.To)+"}")),
		Subtitle: "Total of exports and imports as China reports them, United States dollars",
		Foot:     "Source: China’s customs as cited; a year without a total is a gap",
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-china", Caption: "China’s reported trade with the Democratic People’s Republic of Korea", Figure: "trade.china.table", Params: params(years(c.From-4, c.To)),
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Series{Frame: frame}
		lines := []chart.SeriesLine{{Name: "total"}}
		var all []string
		for _, r := range t.Rows {
			s.Categories = append(s.Categories, t.Cell(r, "year"))
			lines[0].Points = append(lines[0].Points, chart.Point{Value: usd(t.Cell(r, "total"))})
			all = append(all, t.Cell(r, "total"))
		}
		s.Lines = lines
		var err error
		if s.Ticks, err = dollarTicks(most(all...)); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

func petroleumChart(w *prose.Writer, c Context) *document.Chart {
	frame := chart.Frame{
		Title:    "What is claimed lies above the cap; what was reported lies below it",
		Subtitle: "Refined petroleum, barrels a calendar year: reported to the Committee against claimed by other States",
		Foot:     "Source: as cited in the table; years without a total are gaps",
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-petroleum", Caption: "Refined petroleum: reported, claimed and the cap, " + period(c), Figure: "trade.petroleum.table",
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Series{Frame: frame, Bars: true}
		reported, claimed := chart.SeriesLine{Name: "reported"}, chart.SeriesLine{Name: "claimed", Claimed: true}
		limit, first, last := "", "", ""
		var all []string
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
			all = append(all, t.Cell(r, "reported"), t.Cell(r, "claimed"))
		}
		s.Lines = []chart.SeriesLine{reported, claimed}
		if limit != "" {
			s.References = []chart.Reference{{Name: "cap", Value: number(limit), From: first, To: last}}
		}
		var err error
		if s.Ticks, err = numberTicks(most(append(all, limit)...)); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

func timelineChart(w *prose.Writer, c Context) *document.Chart {
	since := years(firstTest, c.To)
	frame := chart.Frame{
		Title:    w.Plain("The Council answered within {programme.lag.days outcome=adopted stat=greatest " + since + "} days at most, and from " + year(2018) + " with no resolution"),
		Subtitle: "Nuclear tests and satellite launches, votes of the Council with the days they took, and missile launches by year",
		Foot:     "Source: records of tests, launches and votes; a vote without a line answers no single event",
	}
	if adoptedSince(w, 2018, c.To) {
		frame.Title = w.Plain("The Council answered within {programme.lag.days outcome=adopted stat=greatest " + since + "} days at most")
	}
	return w.Draw(prose.Exhibit{
		ID: "chart-timeline", Caption: "Tests and launches against the Council’s answers, " + year(firstTest) + "–" + year(c.To),
		Figure: "programme.timeline.table", Params: params(since),
	}, func(t *derive.Table) (document.Drawing, error) {
		tests, votes, missiles := chart.Lane{Name: "Tests, launches"}, chart.Lane{Name: "Council votes"}, chart.Lane{Name: "Missiles a year"}
		var links []chart.Link
		for _, r := range t.Rows {
			id, date, what := t.Cell(r, "id"), t.Cell(r, "date"), t.Cell(r, "what")
			switch what {
			case "count":
				missiles.Counts = append(missiles.Counts, chart.Count{Date: date, Value: number(t.Cell(r, "count"))})
			case "resolution", "veto":
				label := strings.TrimPrefix(t.Cell(r, "label"), "S/RES/")
				if what == "veto" {
					label = "veto"
				}
				label, _, _ = strings.Cut(label, " (")
				votes.Events = append(votes.Events, chart.Event{ID: id, Kind: chart.CouncilResponse, Date: date, Label: label})
				if from := t.Cell(r, "answers"); from != "" {
					links = append(links, chart.Link{From: from, To: id, Label: t.Cell(r, "days") + " d"})
				}
			default:
				tests.Events = append(tests.Events, chart.Event{ID: id, Kind: eventKind(what), Date: date})
			}
		}
		return drawn(chart.NewTimeline(chart.Timeline{
			Frame: frame, From: itoa(firstTest) + "-01-01", To: itoa(c.To) + "-12-31",
			Lanes: []chart.Lane{tests, votes, missiles}, Links: links,
		}))
	})
}

// adoptedSince reports whether a resolution answered an event in the years given.
func adoptedSince(w *prose.Writer, from, to int) bool {
	return from > to || w.Figure("programme.responses.count", params("outcome=adopted "+years(from, to))).Result.Value != "0"
}

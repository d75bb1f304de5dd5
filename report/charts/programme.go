package charts

import (
	"strings"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

func eventKind(event string) chart.EventKind {
	switch {
	case strings.HasPrefix(event, "nuclear"):
		return chart.NuclearTest
	case strings.HasPrefix(event, "satellite"):
		return chart.SatelliteLaunch
	}
	return chart.MissileLaunch
}

// Timeline draws tests and launches against the Council's votes, and the missile
// launches of each year below them.
func Timeline(w *prose.Writer, p Period) *document.Chart {
	since := prose.Years(p.Since, p.To)
	about := frame(w, timelineTitle(w, since),
		"Nuclear tests and satellite launches, votes of the Council with the days they took, and missile launches by year",
		"Source: records of tests, launches and votes; a vote without a line answers no single event")
	return w.Draw(prose.Exhibit{
		ID: "chart-timeline", Caption: "Tests and launches against the Council’s answers, " + prose.Period(p.Since, p.To),
		Figure: "programme.timeline.table", Params: prose.Params(since),
	}, func(t *derive.Table) (document.Drawing, error) {
		if len(t.Rows) == 0 {
			return nil, nil
		}
		lanes, links := timelineLanes(t)
		return drawn(chart.NewTimeline(chart.Timeline{Frame: about, From: firstDay(p.Since), To: lastDay(p.To), Lanes: lanes, Links: links}))
	})
}

func timelineTitle(w *prose.Writer, since string) string {
	if w.Figure("programme.lag.days", prose.Params("outcome=adopted "+since)).Result.Value == "" {
		return "Tests and launches, and the Council’s votes"
	}
	title := "The Council’s resolutions came within {programme.lag.days outcome=adopted stat=greatest " + since + "} days"
	if w.Figure("programme.responses.count", prose.Params("outcome=vetoed "+since)).Result.Value != "0" {
		title += "; {count programme.responses.count outcome=vetoed " + since + "|draft was|drafts were} vetoed"
	}
	return title
}

func timelineLanes(t *derive.Table) ([]chart.Lane, []chart.Link) {
	tests, votes, missiles := chart.Lane{Name: "Tests, launches"}, chart.Lane{Name: "Council votes"}, chart.Lane{Name: "Missiles a year"}
	var links []chart.Link
	for _, r := range t.Rows {
		id, date, what := t.Cell(r, "id"), t.Cell(r, "date"), t.Cell(r, "what")
		switch what {
		case "count":
			missiles.Counts = append(missiles.Counts, chart.Count{Date: date, Value: number(t.Cell(r, "count"))})
		case "resolution", "veto":
			votes.Events = append(votes.Events, chart.Event{ID: id, Kind: chart.CouncilResponse, Date: date, Label: voteLabel(what, t.Cell(r, "label"))})
			if from := t.Cell(r, "answers"); from != "" {
				links = append(links, chart.Link{From: from, To: id, Label: t.Cell(r, "days") + " d"})
			}
		default:
			tests.Events = append(tests.Events, chart.Event{ID: id, Kind: eventKind(what), Date: date})
		}
	}
	return []chart.Lane{tests, votes, missiles}, links
}

// voteLabel is the number of the resolution, or that a draft was vetoed.
func voteLabel(what, document string) string {
	if what == "veto" {
		return "veto"
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(document, "S/RES/"), " (")
	return number
}

// Missiles draws the launches counted by year.
func Missiles(w *prose.Writer, p Period) *document.Chart {
	since := prose.Years(p.Since, p.To)
	about := frame(w,
		"Ballistic missile launches on record since "+prose.Year(p.Since)+": {programme.missiles.count "+since+"}",
		"Launches counted, by year", "Source: missile launch database as cited; a missile of a salvo is a launch of its own")
	return w.Draw(prose.Exhibit{
		ID: "chart-missiles", Caption: "Ballistic missile launches by year, " + prose.Period(p.Since, p.To),
		Figure: "programme.missiles.table", Params: prose.Params(since),
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Series{Frame: about, Bars: true}
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
		if s.Ticks, err = numberTicks(all...); err != nil {
			return nil, err
		}
		return drawn(chart.NewSeries(s))
	})
}

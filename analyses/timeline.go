package analyses

import (
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/programme"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// timelineFigure sets tests and launches, the Council's votes and the yearly
// counts of missile launches on one time line, each vote with the event it
// answered and the days it took.
func timelineFigure() derive.Function {
	return derive.Function{
		Name: "programme.timeline.table", Version: 1, About: "tests, launches, yearly counts and the Council's votes in order of date",
		Params: []derive.Param{programmeFrom, paramTo}, Reads: kinds(observation.KindWeaponsEvent, observation.KindCouncilResponse),
		Run: timeline,
	}
}

func timeline(c derive.Call) (derive.Result, error) {
	from, to, err := period(c)
	if err != nil {
		return derive.Result{}, err
	}
	weapons, err := records(c, observation.KindWeaponsEvent)
	if err != nil {
		return derive.Result{}, err
	}
	council, err := records(c, observation.KindCouncilResponse)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "what", Title: "What", Form: derive.Text},
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "label", Title: "Label", Form: derive.Text},
		{Key: "answers", Title: "Answers", Form: derive.Code},
		{Key: "days", Title: "Lag", Form: derive.Number, Unit: "days"},
		{Key: "count", Title: "Launches in the year", Form: derive.Number},
	}
	var rows []derive.Row
	var rests []record.Record
	shown := map[string]bool{}
	for _, e := range programme.Events(weapons, programme.Filter{From: from, To: to}) {
		o := e.Observation
		label := o.System
		if o.Event == observation.NuclearTest {
			label = ""
		}
		shown[e.Record.ID] = true
		rows = append(rows, derive.Row{Cells: []string{o.Date.String(), plainEvent(o), e.Record.ID, label, "", "", ""}})
		rests = append(rests, e.Record)
	}
	for _, e := range programme.Counts(weapons, programme.Filter{From: from, To: to, Technology: observation.BallisticMissile}) {
		rows = append(rows, derive.Row{Cells: []string{e.Observation.Date.String(), "count", e.Record.ID, "", "", "", strconv.Itoa(*e.Observation.Count)}})
		rests = append(rests, e.Record)
	}
	for _, r := range programme.Responses(council, from, to, "") {
		o := r.Observation
		answers, days := "", ""
		if n, ok := programme.Lag(o); ok {
			days = strconv.Itoa(n)
			if i := slices.IndexFunc(o.Triggers, func(id string) bool { return shown[id] }); i >= 0 {
				answers = o.Triggers[i]
			}
		}
		what := "resolution"
		if o.Outcome == "vetoed" {
			what = "veto"
		}
		rows = append(rows, derive.Row{Cells: []string{o.Date.String(), what, r.Record.ID, o.Document, answers, days, ""}})
		rests = append(rests, r.Record)
	}
	return table(columns, rows, rests), nil
}

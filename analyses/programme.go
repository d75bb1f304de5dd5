package analyses

import (
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/programme"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

var (
	paramEvent = derive.Param{Name: "event", About: "nuclear tests or launches", Allowed: []string{observation.NuclearTest, observation.Launch}}
	paramTech  = derive.Param{Name: "technology", About: "by technology", Allowed: []string{observation.BallisticMissile, observation.SpaceLaunch, observation.CruiseMissile}}
	paramAdopt = derive.Param{Name: "outcome", About: "adopted or vetoed; empty for both", Allowed: []string{"adopted", "vetoed"}}
)

// programmeFrom lets the family begin with the first nuclear test.
var programmeFrom = derive.Param{Name: "from", About: "first year", Default: "2006"}

func programmeFigures() ([]derive.Function, error) {
	events := []derive.Param{programmeFrom, paramTo, paramEvent, paramTech}
	span := []derive.Param{programmeFrom, paramTo}
	responses := []derive.Param{programmeFrom, paramTo, paramAdopt}
	stat := derive.Param{Name: "stat", About: "which of the lags", Default: "median", Allowed: []string{"median", "least", "greatest"}}
	weapons, council := kinds(observation.KindWeaponsEvent), kinds(observation.KindCouncilResponse)
	return []derive.Function{
		timelineFigure(),
		{Name: "programme.events.count", Version: 1, About: "single tests and launches on record", Params: events, Reads: weapons, Run: countEvents},
		{Name: "programme.events.table", Version: 1, About: "single tests and launches, one row each", Params: events, Reads: weapons, Run: eventTable},
		{Name: "programme.missiles.count", Version: 1, About: "ballistic-missile launches counted in the years given", Params: span, Reads: weapons, Run: countMissiles},
		{Name: "programme.missiles.table", Version: 1, About: "ballistic-missile launches by year", Params: span, Reads: weapons, Run: missileTable},
		{Name: "programme.responses.count", Version: 1, About: "votes of the Council in answer to events", Params: responses, Reads: council, Run: countResponses},
		{Name: "programme.responses.table", Version: 1, About: "votes of the Council with the days they took", Params: responses, Reads: council, Run: responseTable},
		{Name: "programme.lag.days", Version: 1, About: "days from an event to the Council's answer", Params: append(responses, stat), Reads: council, Run: lagDays},
	}, nil
}

func chosenEvents(c derive.Call, of func(from, to int) programme.Filter) (programme.Filter, []programme.Event, []programme.Event, error) {
	from, to, err := period(c)
	if err != nil {
		return programme.Filter{}, nil, nil, err
	}
	rs, err := records(c, observation.KindWeaponsEvent)
	if err != nil {
		return programme.Filter{}, nil, nil, err
	}
	f := of(from, to)
	return f, programme.Events(rs, f), programme.Counts(rs, f), nil
}

func eventFilter(c derive.Call) func(from, to int) programme.Filter {
	return func(from, to int) programme.Filter {
		return programme.Filter{From: from, To: to, Event: c.Params["event"], Technology: c.Params["technology"]}
	}
}

func countEvents(c derive.Call) (derive.Result, error) {
	_, es, _, err := chosenEvents(c, eventFilter(c))
	return count(len(es), "events", untyped(es)), err
}

func eventTable(c derive.Call) (derive.Result, error) {
	_, es, _, err := chosenEvents(c, eventFilter(c))
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date (local)", Form: derive.Date},
		{Key: "event", Title: "Event", Form: derive.Text},
		{Key: "system", Title: "System", Form: derive.Text},
		{Key: "site", Title: "Site", Form: derive.Text},
		{Key: "outcome", Title: "Outcome", Form: derive.Text},
		{Key: "magnitude", Title: "Magnitude", Form: derive.Number, Unit: "mb"},
		{Key: "yield", Title: "Yield", Form: derive.Text, Unit: "kt"},
	}
	var rows []derive.Row
	for _, e := range es {
		o := e.Observation
		system := o.System
		if o.Payload != "" {
			system = strings.TrimPrefix(system+" with "+o.Payload, " with ")
		}
		if system == "" {
			system = o.Declared
		}
		r := row(e.Record, e.Record.ID, o.Date.String(), plainEvent(o), system, o.Site, o.Outcome, "", "")
		if o.Event != observation.NuclearTest {
			r.Cells[6], r.Cells[7] = derive.NotApplicable, derive.NotApplicable
		}
		if m, ok := claim.Preferred(o.Magnitude); ok {
			r.Cells[6] = m.Value.String()
			r.Unverified = r.Unverified || m.Certainty == claim.FromMemory
		}
		if y, ok := claim.Preferred(o.YieldKt); ok {
			r.Cells[7] = y.Value.Low.String() + "–" + y.Value.High.String()
			r.Unverified = r.Unverified || y.Certainty == claim.FromMemory
		}
		rows = append(rows, r)
	}
	return table(columns, rows, untyped(es)), nil
}

func plainEvent(o *observation.WeaponsEvent) string {
	switch {
	case o.Event == observation.NuclearTest:
		return "nuclear test"
	case o.Technology == observation.SpaceLaunch:
		return "satellite launch"
	case o.Technology == observation.CruiseMissile:
		return "cruise-missile launch"
	}
	return "missile launch"
}

func missiles(c derive.Call) ([]programme.Event, int, int, error) {
	f, _, counts, err := chosenEvents(c, func(from, to int) programme.Filter {
		return programme.Filter{From: from, To: to, Event: observation.Launch, Technology: observation.BallisticMissile}
	})
	return counts, f.From, f.To, err
}

func countMissiles(c derive.Call) (derive.Result, error) {
	counts, _, _, err := missiles(c)
	return count(programme.SumCounts(counts), "launches", untyped(counts)), err
}

func missileTable(c derive.Call) (derive.Result, error) {
	counts, from, to, err := missiles(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "year", Title: "Year", Form: derive.Code},
		{Key: "launches", Title: "Launches counted", Form: derive.Number},
	}
	byYear := map[int]programme.Event{}
	for _, e := range counts {
		byYear[e.Observation.Date.Year()] = e
	}
	var rows []derive.Row
	for y := from; y <= to; y++ {
		r := derive.Row{Cells: []string{strconv.Itoa(y), ""}}
		if e, ok := byYear[y]; ok {
			r = row(e.Record, strconv.Itoa(y), strconv.Itoa(*e.Observation.Count))
		}
		rows = append(rows, r)
	}
	rows = append(rows, derive.Row{Total: true, Cells: []string{"Total", strconv.Itoa(programme.SumCounts(counts))}})
	return table(columns, rows, untyped(counts)), nil
}

func chosenResponses(c derive.Call) ([]programme.Response, error) {
	from, to, err := period(c)
	if err != nil {
		return nil, err
	}
	rs, err := records(c, observation.KindCouncilResponse)
	if err != nil {
		return nil, err
	}
	return programme.Responses(rs, from, to, c.Params["outcome"]), nil
}

func countResponses(c derive.Call) (derive.Result, error) {
	rs, err := chosenResponses(c)
	return count(len(rs), "votes", untyped(rs)), err
}

func responseTable(c derive.Call) (derive.Result, error) {
	rs, err := chosenResponses(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "trigger_date", Title: "Event", Form: derive.Date},
		{Key: "trigger", Title: "What happened", Form: derive.Text},
		{Key: "date", Title: "Vote", Form: derive.Date},
		{Key: "document", Title: "Document", Form: derive.Code},
		{Key: "outcome", Title: "Outcome", Form: derive.Text},
		{Key: "days", Title: "Lag", Form: derive.Number, Unit: "days"},
	}
	var rows []derive.Row
	for _, r := range rs {
		o := r.Observation
		outcome := o.Outcome
		if len(o.VetoedBy) > 0 {
			outcome += " by " + strings.Join(o.VetoedBy, " and ")
		}
		days := derive.NotApplicable
		if n, ok := programme.Lag(o); ok {
			days = strconv.Itoa(n)
		}
		rows = append(rows, row(r.Record, r.Record.ID, o.TriggerDate.String(), o.Trigger, o.Date.String(), o.Document, outcome, days))
	}
	return table(columns, rows, untyped(rs)), nil
}

func lagDays(c derive.Call) (derive.Result, error) {
	rs, err := chosenResponses(c)
	if err != nil {
		return derive.Result{}, err
	}
	var with []programme.Response
	for _, r := range rs {
		if _, ok := programme.Lag(r.Observation); ok {
			with = append(with, r)
		}
	}
	out := derive.Result{Unit: "days"}
	lags := programme.Lags(with)
	if len(lags) == 0 {
		out.Note = "no vote in the period answers a dated event"
		return out, nil
	}
	switch c.Params["stat"] {
	case "least":
		out.Value = strconv.Itoa(lags[0])
	case "greatest":
		out.Value = strconv.Itoa(lags[len(lags)-1])
	default:
		m, _ := programme.Median(lags)
		out.Value = m.String()
	}
	return restsOn(out, untyped(with)), nil
}

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

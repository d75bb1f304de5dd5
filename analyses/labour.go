package analyses

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/labour"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

func labourFigures() ([]derive.Function, error) {
	reads := kinds(observation.KindWorkerEstimate)
	metric := derive.Param{Name: "metric", About: "what was estimated", Allowed: []string{
		observation.WorkersAbroad, observation.WorkersRepatriated, observation.FurtherWorkers, observation.IncomePerYear, observation.IncomePerWorker,
		observation.IncomePerTeam, observation.ShareWithheld, observation.VisaDecline, observation.EntryVisas, observation.FinalReports,
	}}
	id := derive.Param{Name: "id", About: "record id of the estimate"}
	return []derive.Function{
		{Name: "labour.estimates.count", Version: 1, About: "published estimates on record", Params: []derive.Param{metric}, Reads: reads, Run: countEstimates},
		{Name: "labour.estimates.table", Version: 1, About: "published estimates side by side, never added", Params: []derive.Param{metric}, Reads: reads, Run: estimateTable},
		{Name: "labour.estimate", Version: 1, About: "one published estimate", Params: []derive.Param{id}, Reads: reads, Run: oneEstimate},
		{
			Name: "labour.per_worker.usd", Version: 1, About: "income a year divided by workers, from two estimates", Reads: reads, Run: perWorker,
			Params: []derive.Param{{Name: "income", About: "record id of the estimate of income"}, {Name: "workers", About: "record id of the estimate of workers"}},
		},
	}, nil
}

func estimates(c derive.Call) ([]labour.Estimate, error) {
	rs, err := records(c, observation.KindWorkerEstimate)
	if err != nil {
		return nil, err
	}
	return labour.Estimates(rs, labour.Filter{Metric: c.Params["metric"]}), nil
}

func countEstimates(c derive.Call) (derive.Result, error) {
	es, err := estimates(c)
	return count(len(es), "estimates", untyped(es)), err
}

func estimateTable(c derive.Call) (derive.Result, error) {
	es, err := estimates(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "period", Title: "Period", Form: derive.Date},
		{Key: "metric", Title: "What", Form: derive.Text},
		{Key: "scope", Title: "Where", Form: derive.Text},
		{Key: "low", Title: "At least", Form: derive.Number},
		{Key: "high", Title: "At most", Form: derive.Number},
		{Key: "unit", Title: "Unit", Form: derive.Text},
		{Key: "authority", Title: "Estimated by", Form: derive.Text},
	}
	var rows []derive.Row
	for _, e := range es {
		o := e.Observation
		what := plainMetric[o.Metric]
		if o.Sector != "" && o.Sector != "all" {
			what += " (" + o.Sector + ")"
		}
		rows = append(rows, row(e.Record, e.Record.ID, o.Period.String(), what, o.Scope, text(o.Low), text(o.High), o.Unit, o.Authority))
	}
	return table(columns, rows, untyped(es)), nil
}

var plainMetric = map[string]string{
	observation.WorkersAbroad:      "workers abroad",
	observation.WorkersRepatriated: "workers repatriated",
	observation.FurtherWorkers:     "further workers planned",
	observation.IncomePerYear:      "income to the State a year",
	observation.IncomePerWorker:    "income a worker and year",
	observation.IncomePerTeam:      "income a team and year",
	observation.ShareWithheld:      "share of wages withheld",
	observation.VisaDecline:        "decline in work visas",
	observation.EntryVisas:         "entry visas",
	observation.FinalReports:       "final reports filed",
}

func estimateByID(c derive.Call, param string) (labour.Estimate, bool, error) {
	rs, err := records(c, observation.KindWorkerEstimate)
	if err != nil {
		return labour.Estimate{}, false, err
	}
	if c.Params[param] == "" {
		return labour.Estimate{}, false, fmt.Errorf("%w %s: name the record of an estimate, such as %s=WES-10", derive.ErrParam, param, param)
	}
	for _, e := range record.Of[*observation.WorkerEstimate](rs) {
		if e.Record.ID == c.Params[param] {
			return e, true, nil
		}
	}
	return labour.Estimate{}, false, nil
}

// oneEstimate prints the lower figure where there is one, else the upper: the
// note says which, so that "up to" is never read as "at least".
func oneEstimate(c derive.Call) (derive.Result, error) {
	e, ok, err := estimateByID(c, "id")
	if !ok || err != nil {
		return derive.Result{Note: "no such estimate on the desk"}, err
	}
	o := e.Observation
	r := derive.Result{Unit: o.Unit, Low: text(o.Low), High: text(o.High)}
	switch {
	case o.Low == nil:
		r.Value, r.Note = text(o.High), "an upper figure"
	case o.High == nil:
		r.Value, r.Note = text(o.Low), "a lower figure"
	default:
		r.Value = text(o.Low)
	}
	if strings.HasPrefix(o.Unit, "USD") {
		r.Unit = derive.UnitUSD
	}
	r = restsOn(r, []record.Record{e.Record})
	return unverifiedClaim(r, []record.Record{e.Record}, o.Certainty), nil
}

func perWorker(c derive.Call) (derive.Result, error) {
	income, okIncome, err := estimateByID(c, "income")
	if err != nil {
		return derive.Result{}, err
	}
	workers, okWorkers, err := estimateByID(c, "workers")
	if err != nil {
		return derive.Result{}, err
	}
	r := derive.Result{Unit: derive.UnitUSD}
	if !okIncome || !okWorkers {
		r.Note = "an estimate is not on the desk"
		return r, nil
	}
	low, high, ok := labour.PerWorker(income.Observation, workers.Observation)
	if !ok {
		r.Note = "no workers to divide by"
		return r, nil
	}
	r.Value, r.Low, r.High = low.String(), low.String(), high.String()
	return restsOn(r, []record.Record{income.Record, workers.Record}), nil
}

package analyses

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/cyber"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

func cyberTables() ([]derive.Function, error) {
	groups := derive.Function{
		Name: "cyber.groups.table", Version: 1, About: "hacking groups, other names, and the organ they are said to answer to",
		Reads: kinds(observation.KindGroup), Run: groupTable,
	}
	groupCount := derive.Function{
		Name: "cyber.groups.count", Version: 1, About: "hacking groups in the record, or those said to answer to one organ",
		Params: []derive.Param{{Name: "under", About: "record id of the organ"}},
		Reads:  kinds(observation.KindGroup), Run: countGroups,
	}
	return []derive.Function{
		cyberFigure("cyber.incidents.table", "the register: one row an incident", nil, register),
		cyberFigure("cyber.claims.table", "every claim of every incident, amounts and attributions", nil, claims),
		cyberFigure("cyber.views.table", "what each view counts and sums", nil, views),
		cyberFigure("cyber.years.table", "preferred amounts by year and attribution status", nil, years),
		cyberFigure("cyber.cumulative.table", "running sums by view after each incident with an amount", nil, cumulative),
		groups, groupCount,
	}, nil
}

func register(_ derive.Call, in cyber.Incidents) (derive.Result, error) {
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "victim", Title: "Victim", Form: derive.Text},
		{Key: "method", Title: "Method", Form: derive.Text},
		{Key: "usd", Title: "Amount", Form: derive.Money, Unit: "USD"},
		{Key: "low", Title: "Least claimed", Form: derive.Money, Unit: "USD"},
		{Key: "high", Title: "Greatest claimed", Form: derive.Money, Unit: "USD"},
		{Key: "status", Title: "Status", Form: derive.Code},
		{Key: "authority", Title: "Attributed by", Form: derive.Text},
		{Key: "origins", Title: "Origins", Form: derive.Number},
	}
	var rows []derive.Row
	for _, i := range in {
		o := i.Observation
		who, _ := claim.Preferred(o.Attributions)
		r := row(i.Record, i.Record.ID, o.Date.String(), o.Victim, o.Method, "", "", "",
			string(o.Status()), who.Authority, strconv.Itoa(len(i.Record.Origins())))
		if a, ok := o.Amount(); ok && a.Currency == "USD" {
			low, high, _ := claim.Bounds(o.Amounts)
			r.Cells[4] = a.Amount.String()
			if low.Amount.Cmp(high.Amount) != 0 {
				r.Cells[5], r.Cells[6] = low.Amount.String(), high.Amount.String()
			}
		}
		rows = append(rows, r)
	}
	t := in.Total()
	rows = append(rows, derive.Row{Total: true, Cells: []string{
		"Total", "", "", "", t.USD.String(), t.Low.String(), t.High.String(), "", "", "",
	}})
	return table(columns, rows, untyped(in)), nil
}

func claims(_ derive.Call, in cyber.Incidents) (derive.Result, error) {
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "about", Title: "About", Form: derive.Text},
		{Key: "value", Title: "Claim", Form: derive.Text},
		{Key: "authority", Title: "Authority", Form: derive.Text},
		{Key: "status", Title: "Status", Form: derive.Code},
		{Key: "preferred", Title: "Preferred", Form: derive.Text},
		{Key: "reason", Title: "Reason, dissent or remark", Form: derive.Text},
	}
	var rows []derive.Row
	for _, i := range in {
		for _, a := range i.Observation.Amounts {
			amount := derive.Group(a.Value.Amount.String()) + " " + a.Value.Currency
			rows = append(rows, claimRow(i.Record, "amount", amount, a))
		}
		for _, a := range i.Observation.Attributions {
			rows = append(rows, claimRow(i.Record, "attribution", a.Value, a))
		}
	}
	return table(columns, rows, untyped(in)), nil
}

func claimRow[T any](r record.Record, about, what string, c claim.Claim[T]) derive.Row {
	preferred := ""
	if c.Preferred {
		preferred = "yes"
	}
	var remarks []string
	for _, s := range []string{c.Reason, c.Note} {
		if s != "" {
			remarks = append(remarks, s)
		}
	}
	for _, d := range c.Dissent {
		remarks = append(remarks, d.Authority+" dissents: "+d.Says)
	}
	out := row(r, r.ID, about, what, c.Authority, string(c.Status), preferred, strings.Join(remarks, "; "))
	out.Record = "" // the register's row is the record's place
	out.Unverified = out.Unverified || c.Certainty == claim.FromMemory
	return out
}

// views sets the three views side by side, whatever view the call names.
func views(c derive.Call, _ cyber.Incidents) (derive.Result, error) {
	columns := []derive.Column{
		{Key: "view", Title: "View", Form: derive.Code},
		{Key: "incidents", Title: "Incidents", Form: derive.Number},
		{Key: "with_amount", Title: "With an amount", Form: derive.Number},
		{Key: "usd", Title: "Sum of preferred amounts", Form: derive.Money, Unit: "USD"},
		{Key: "low", Title: "Sum of least claimed", Form: derive.Money, Unit: "USD"},
		{Key: "high", Title: "Sum of greatest claimed", Form: derive.Money, Unit: "USD"},
	}
	f, _, err := incidents(c)
	if err != nil {
		return derive.Result{}, err
	}
	rs, err := records(c, observation.KindCyberIncident)
	if err != nil {
		return derive.Result{}, err
	}
	var rows []derive.Row
	var all cyber.Incidents
	for _, v := range claim.Views() {
		f.View = v
		all = f.Of(rs)
		t := all.Total()
		rows = append(rows, derive.Row{Cells: []string{
			string(v), strconv.Itoa(t.Incidents), strconv.Itoa(t.WithAmount), t.USD.String(), t.Low.String(), t.High.String(),
		}})
	}
	return table(columns, rows, untyped(all)), nil
}

func years(c derive.Call, in cyber.Incidents) (derive.Result, error) {
	f, _, err := incidents(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "year", Title: "Year", Form: derive.Code},
		{Key: "incidents", Title: "Incidents", Form: derive.Number},
	}
	var statuses []claim.Status
	for _, s := range claim.Statuses() {
		if f.View.Includes(s) {
			statuses = append(statuses, s)
			columns = append(columns, derive.Column{Key: string(s), Title: title(string(s)), Form: derive.Money, Unit: "USD"})
		}
	}
	columns = append(columns, derive.Column{Key: "usd", Title: "All in the view", Form: derive.Money, Unit: "USD"})
	var rows []derive.Row
	sums := map[claim.Status]value.Decimal{}
	for _, y := range f.ByYear(in) {
		cells := []string{strconv.Itoa(y.Year), strconv.Itoa(y.All.Incidents)}
		for _, s := range statuses {
			cells = append(cells, y.ByStatus[s].USD.String())
			sums[s] = sums[s].Add(y.ByStatus[s].USD)
		}
		rows = append(rows, derive.Row{Cells: append(cells, y.All.USD.String())})
	}
	total := []string{"Total", strconv.Itoa(len(in))}
	for _, s := range statuses {
		total = append(total, sums[s].String())
	}
	rows = append(rows, derive.Row{Total: true, Cells: append(total, in.Total().USD.String())})
	return table(columns, rows, untyped(in)), nil
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func cumulative(_ derive.Call, in cyber.Incidents) (derive.Result, error) {
	columns := []derive.Column{
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "victim", Title: "Victim", Form: derive.Text},
	}
	for _, v := range claim.Views() {
		columns = append(columns, derive.Column{Key: string(v), Title: title(string(v)), Form: derive.Money, Unit: "USD"})
	}
	var rows []derive.Row
	for _, s := range in.Cumulative() {
		o := s.Incident.Observation
		cells := []string{o.Date.String(), s.Incident.Record.ID, o.Victim}
		for _, v := range claim.Views() {
			cells = append(cells, s.USD[v].String())
		}
		rows = append(rows, derive.Row{Cells: cells})
	}
	return table(columns, rows, untyped(in)), nil
}

func groupTable(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindGroup)
	if err != nil {
		return derive.Result{}, err
	}
	names := map[string]string{}
	all := record.Of[*observation.Group](rs)
	for _, g := range all {
		names[g.Record.ID] = g.Observation.Party.Label()
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "name", Title: "Group", Form: derive.Text},
		{Key: "aliases", Title: "Other names", Form: derive.Text},
		{Key: "under", Title: "Said to answer to", Form: derive.Text},
		{Key: "authority", Title: "By whom", Form: derive.Text},
	}
	var rows []derive.Row
	var shown []record.Record
	for _, g := range all {
		if g.Observation.Party.Kind == "organ" {
			continue
		}
		var under, by []string
		unverified := false
		for _, s := range g.Observation.Subordination {
			if name := cmp.Or(names[s.Under], s.Under); !slices.Contains(under, name) {
				under = append(under, name)
			}
			by = append(by, s.Authority)
			unverified = unverified || s.Certainty == claim.FromMemory
		}
		r := row(g.Record, g.Record.ID, g.Observation.Party.Label(), strings.Join(g.Observation.Party.Aliases(), ", "),
			strings.Join(under, "; "), strings.Join(by, "; "))
		r.Unverified = r.Unverified || unverified
		rows, shown = append(rows, r), append(shown, g.Record)
	}
	return table(columns, rows, shown), nil
}

func countGroups(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindGroup)
	if err != nil {
		return derive.Result{}, err
	}
	var of []record.Record
	for _, g := range record.Of[*observation.Group](rs) {
		if g.Observation.Party.Kind != "organ" && answersTo(g.Observation, c.Params["under"]) {
			of = append(of, g.Record)
		}
	}
	return count(len(of), "groups", of), nil
}

func answersTo(g *observation.Group, organ string) bool {
	if organ == "" {
		return true
	}
	for _, s := range g.Subordination {
		if s.Under == organ {
			return true
		}
	}
	return false
}

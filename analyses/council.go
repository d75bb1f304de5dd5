package analyses

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// paramReport names the report a figure is compared with.
var paramReport = derive.Param{Name: "report", About: "record id of the report compared with", Default: "REP-2024-215"}

type reported = record.Typed[*observation.PanelReport]

func councilFigures() ([]derive.Function, error) {
	key := derive.Param{Name: "key", About: "which statement, such as cyber.attacks", Default: keyAttacks}
	reports, mandates := kinds(observation.KindPanelReport), kinds(observation.KindPanelMandate)
	banks := kinds(observation.KindBankRelationship)
	return []derive.Function{
		{Name: "panel.statement", Version: 1, About: "a figure as a report states it", Params: []derive.Param{paramReport, key}, Reads: reports, Run: statement},
		{
			Name: "panel.reports.count", Version: 1, About: "reports of the Panel on record", Reads: reports, Run: countReports,
			Params: []derive.Param{{Name: "type", About: "final or midterm", Allowed: []string{"final", "midterm", "thematic"}}},
		},
		{Name: "panel.reports.table", Version: 1, About: "reports of the Panel", Reads: reports, Run: reportTable},
		{Name: "panel.mandates.count", Version: 1, About: "mandates of the Panel on record", Reads: mandates, Run: countMandates},
		{Name: "panel.mandates.table", Version: 1, About: "mandates of the Panel", Reads: mandates, Run: mandateTable},
		{Name: "finance.banks.count", Version: 1, About: "bank relationships on record", Reads: banks, Run: countBanks},
		{Name: "finance.banks.table", Version: 1, About: "restricted banks and the relations known", Reads: banks, Run: bankTable},
	}, nil
}

func panelReport(c derive.Call) (reported, bool, error) {
	rs, err := records(c, observation.KindPanelReport)
	if err != nil {
		return reported{}, false, err
	}
	for _, r := range record.Of[*observation.PanelReport](rs) {
		if r.Record.ID == c.Params["report"] {
			return r, true, nil
		}
	}
	return reported{}, false, nil
}

func statement(c derive.Call) (derive.Result, error) {
	rep, ok, err := panelReport(c)
	if err != nil || !ok {
		return derive.Result{Note: "the report is not on the desk"}, err
	}
	for _, s := range rep.Observation.Statements {
		if s.Key != c.Params["key"] {
			continue
		}
		r := derive.Result{Value: s.Value.String(), Unit: s.Unit, Note: s.About}
		if s.Approximate {
			r.Note += " (approximate)"
		}
		rs := []record.Record{rep.Record}
		return unverifiedClaim(restsOn(r, rs), rs, s.Certainty), nil
	}
	return derive.Result{Note: "the report does not state it"}, nil
}

func countReports(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindPanelReport)
	if err != nil {
		return derive.Result{}, err
	}
	var of []record.Record
	for _, r := range record.Of[*observation.PanelReport](rs) {
		if t := c.Params["type"]; t == "" || t == r.Observation.Report {
			of = append(of, r.Record)
		}
	}
	return count(len(of), "reports", of), nil
}

func reportTable(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindPanelReport)
	if err != nil {
		return derive.Result{}, err
	}
	all := record.Of[*observation.PanelReport](rs)
	slices.SortFunc(all, func(a, b reported) int {
		return cmp.Or(a.Observation.Date.Compare(b.Observation.Date), cmp.Compare(a.Observation.Symbol, b.Observation.Symbol))
	})
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "symbol", Title: "Symbol", Form: derive.Code},
		{Key: "type", Title: "Type", Form: derive.Text},
		{Key: "date", Title: "Date", Form: derive.Date},
	}
	var rows []derive.Row
	for _, r := range all {
		rows = append(rows, row(r.Record, r.Record.ID, r.Observation.Symbol, r.Observation.Report, r.Observation.Date.String()))
	}
	return table(columns, rows, rs), nil
}

func countMandates(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindPanelMandate)
	return count(len(rs), "mandates", rs), err
}

func mandateTable(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindPanelMandate)
	if err != nil {
		return derive.Result{}, err
	}
	all := record.Of[*observation.PanelMandate](rs)
	slices.SortFunc(all, func(a, b record.Typed[*observation.PanelMandate]) int {
		return a.Observation.Adopted.Compare(b.Observation.Adopted)
	})
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "resolution", Title: "Resolution", Form: derive.Code},
		{Key: "adopted", Title: "Adopted", Form: derive.Date},
		{Key: "to", Title: "Mandate to", Form: derive.Date},
	}
	var rows []derive.Row
	for _, m := range all {
		rows = append(rows, row(m.Record, m.Record.ID, m.Observation.Resolution, m.Observation.Adopted.String(), m.Observation.To.String()))
	}
	return table(columns, rows, rs), nil
}

func countBanks(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindBankRelationship)
	return count(len(rs), "bank relationships", rs), err
}

func bankTable(c derive.Call) (derive.Result, error) {
	rs, err := records(c, observation.KindBankRelationship)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "bank", Title: "Bank", Form: derive.Text},
		{Key: "aliases", Title: "Other names", Form: derive.Text},
		{Key: "designated_on", Title: "Designated", Form: derive.Date},
		{Key: "by", Title: "By", Form: derive.Code},
		{Key: "relation", Title: "Relation abroad", Form: derive.Text},
		{Key: "host", Title: "Where", Form: derive.Code},
	}
	var rows []derive.Row
	for _, b := range record.Of[*observation.BankRelationship](rs) {
		o := b.Observation
		rows = append(rows, row(b.Record, b.Record.ID, o.Bank.Name, strings.Join(o.Bank.Aliases, ", "),
			o.Bank.DesignatedOn.String(), o.Bank.DesignatedBy, strings.ReplaceAll(o.Relation, "_", " "), o.HostCountry))
	}
	return table(columns, rows, rs), nil
}

// originCount is how many independent origins a record's sources come from.
func originCount(r record.Record) string { return strconv.Itoa(len(claim.Origins(r.Sources))) }

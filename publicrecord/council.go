package publicrecord

import (
	"fmt"

	"github.com/turtlebay/turtlebay/record/observation"
)

// weapons joins the single events with their estimates and adds one record for
// each year's count of missile launches.
func (l *loader) weapons() {
	estimates := l.children("test_estimates.csv", "event")
	for _, r := range l.rows("weapons_events.csv") {
		o := &observation.WeaponsEvent{
			Type: observation.KindWeaponsEvent, Date: r.date("date"), DateUTC: r.date("date_utc"),
			Event: r.text("event"), Technology: r.text("technology"), System: r.text("system"),
			Payload: r.text("payload"), Site: r.text("site"), Outcome: r.text("outcome"),
			Declared: r.text("declared"), Note: r.text("note"),
		}
		for _, e := range estimates[r.text("id")] {
			e.estimate(o)
		}
		l.add(r, "", o)
	}
	for _, r := range l.rows("launch_counts.csv") {
		l.add(r, "", &observation.WeaponsEvent{
			Type: observation.KindWeaponsEvent, Date: r.date("year"), Event: observation.Launch,
			Technology: observation.BallisticMissile, Count: r.count("launches"), Note: r.text("note"),
		})
	}
}

// estimate adds the row's figure to the test it is about.
func (r row) estimate(o *observation.WeaponsEvent) {
	low, high := r.figure("low"), r.figure("high")
	switch quantity := r.text("quantity"); quantity {
	case "magnitude":
		if low.Cmp(high) != 0 {
			r.fault("high", "a magnitude is one figure: low and high must agree")
		}
		o.Magnitude = append(o.Magnitude, claimOf(r, low))
	case "yield_kt":
		o.YieldKt = append(o.YieldKt, claimOf(r, observation.Range{Low: low, High: high}))
	default:
		r.fault("quantity", fmt.Sprintf("is %q, want magnitude or yield_kt", quantity))
	}
}

// council reads the votes and the events they answered.
func (l *loader) council() {
	for _, r := range l.rows("council_responses.csv") {
		triggers := r.list("triggers")
		for _, id := range triggers {
			l.refer(r, "triggers", id)
		}
		l.add(r, r.text("note"), &observation.CouncilResponse{
			Type: observation.KindCouncilResponse, Date: r.date("date"), Document: r.text("document"),
			Outcome: r.text("outcome"), VetoedBy: r.list("vetoed_by"), Vote: r.text("vote"),
			TriggerDate: r.date("trigger_date"), Trigger: r.text("trigger"), Triggers: triggers,
		})
	}
}

// panel reads the mandates and the reports with what they state.
func (l *loader) panel() {
	for _, r := range l.rows("panel_mandates.csv") {
		l.add(r, r.text("note"), &observation.PanelMandate{
			Type: observation.KindPanelMandate, Resolution: r.text("resolution"),
			Adopted: r.date("adopted"), To: r.date("to"),
		})
	}
	statements := l.children("report_statements.csv", "report")
	for _, r := range l.rows("panel_reports.csv") {
		o := &observation.PanelReport{
			Type: observation.KindPanelReport, Symbol: r.text("symbol"), Report: r.text("report"), Date: r.date("date"),
		}
		for _, s := range statements[r.text("id")] {
			a := s.anchor("source")
			o.Statements = append(o.Statements, observation.Statement{
				Key: s.text("key"), About: s.text("about"), Value: s.figure("value"), Unit: s.text("unit"),
				From: s.date("from"), To: s.date("to"), Approximate: s.yes("approximate"),
				Anchor: a, Certainty: l.sources[a.Source].Certainty,
			})
		}
		l.add(r, r.text("note"), o)
	}
}

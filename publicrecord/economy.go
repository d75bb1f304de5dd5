package publicrecord

import (
	"github.com/turtlebay/turtlebay/record/observation"
)

// trade reads yearly totals. The flow is the reporter's: what China calls an
// import came from the Democratic People's Republic of Korea.
func (l *loader) trade() {
	for _, r := range l.rows("trade_totals.csv") {
		l.add(r, r.text("note"), &observation.TradeStatistic{
			Type: observation.KindTradeStatistic, Period: r.date("period"), Reporter: r.text("reporter"),
			Partner: r.text("partner"), Flow: r.text("flow"), ValueUSD: r.number("value_usd"),
			Approximate: r.yes("approximate"),
		})
	}
}

// petroleum joins a year with the totals claimed for it and the replies.
func (l *loader) petroleum() {
	totals := l.children("petroleum_totals.csv", "delivery")
	replies := l.children("petroleum_replies.csv", "delivery")
	for _, r := range l.rows("petroleum_years.csv") {
		o := &observation.PetroleumDelivery{
			Type: observation.KindPetroleumDelivery, Date: r.date("year"), Product: r.text("product"), Direction: r.text("direction"),
		}
		for _, t := range totals[r.text("id")] {
			o.Totals = append(o.Totals, claimOf(t, observation.WindowTotal{
				Barrels: t.number("barrels"), Basis: t.text("basis"), AtLeast: t.yes("at_least"),
				From: t.date("from"), To: t.date("to"),
			}))
		}
		for _, reply := range replies[r.text("id")] {
			o.Replies = append(o.Replies, claimOf(reply, reply.text("says")))
		}
		l.add(r, r.text("note"), o)
	}
}

// workers reads published estimates, one record each: they overlap and are never
// added.
func (l *loader) workers() {
	for _, r := range l.rows("worker_estimates.csv") {
		l.add(r, "", &observation.WorkerEstimate{
			Type: observation.KindWorkerEstimate, Period: r.date("period"), AsPublished: r.date("as_published"),
			Sector: r.text("sector"), Metric: r.text("metric"), Low: r.number("low"), High: r.number("high"),
			Unit: r.text("unit"), Scope: r.text("scope"), Authority: r.text("authority"),
			Certainty: r.certainty(), Note: r.text("note"),
		})
	}
}

// banks reads the restricted banks. Who deals with them is not in the public
// record, so the relation stays empty and a rule that needs it asks.
func (l *loader) banks() {
	for _, r := range l.rows("banks.csv") {
		designated := r.text("designated_on") != ""
		l.add(r, "", &observation.BankRelationship{
			Type: observation.KindBankRelationship, Date: r.date("date"),
			Bank: observation.BankNamed{
				Name: r.text("name"), Aliases: r.list("aliases"), Country: r.text("country"), Designated: &designated,
				DesignatedOn: r.date("designated_on"), DesignatedBy: r.text("designated_by"),
			},
			Note: r.text("note"),
		})
	}
}

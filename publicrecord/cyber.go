package publicrecord

import (
	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// incidents joins incidents.csv with the claims about what was taken and about
// who did it.
func (l *loader) incidents() {
	amounts := l.children("amounts.csv", "incident")
	attributions := l.children("attributions.csv", "incident")
	for _, r := range l.rows("incidents.csv") {
		o := &observation.CyberIncident{
			Type: observation.KindCyberIncident, Date: r.date("date"), Victim: r.text("victim"),
			Method: r.text("method"), Assets: r.text("assets"), CryptoCompany: r.answer("crypto_company"),
			DPRK: r.answer("attributed_to_dprk"), Addresses: r.list("addresses"),
			Note: r.text("note"),
		}
		for _, a := range amounts[r.text("id")] {
			o.Amounts = append(o.Amounts, claimOf(a, value.Money{Amount: a.figure("amount"), Currency: a.text("currency")}))
		}
		for _, a := range attributions[r.text("id")] {
			c := claimOf(a, a.text("who"))
			c.Dissent = a.dissent()
			o.Attributions = append(o.Attributions, c)
		}
		l.add(r, "", o)
	}
}

// dissent reads who contradicts an attribution, nil where nobody does.
func (r row) dissent() []claim.Dissent {
	if r.text("dissent_by") == "" {
		for _, column := range []string{"dissent_says", "dissent_on", "dissent_source"} {
			if r.text(column) != "" {
				r.fault("dissent_by", "is missing")
			}
		}
		return nil
	}
	r.l.source(r, "dissent_source", r.text("dissent_source"))
	return []claim.Dissent{{
		Authority: r.text("dissent_by"), Says: r.text("dissent_says"), On: r.date("dissent_on"),
		Anchor: claim.Anchor{Source: r.text("dissent_source")},
	}}
}

// groups joins groups.csv with names, list entries and the organs above them.
func (l *loader) groups() {
	names := l.children("group_names.csv", "group")
	designations := l.children("designations.csv", "group")
	subordination := l.children("subordination.csv", "group")
	for _, r := range l.rows("groups.csv") {
		id := r.text("id")
		o := &observation.Group{
			Type:       observation.KindGroup,
			Party:      party.Party{Kind: party.Kind(r.text("kind")), Country: r.text("country")},
			Attributed: r.answer("attributed"), FirstSeen: r.date("first_seen"), Note: r.text("note"),
		}
		if a := r.text("attack_id"); a != "" {
			o.Party.Identifiers = []party.Identifier{{Type: "attack", Value: a}}
		}
		for _, n := range names[id] {
			o.Party.Names = append(o.Party.Names, party.Name{Text: n.text("name"), Lang: n.text("lang"), By: n.text("by")})
		}
		var lists []string
		for _, d := range designations[id] {
			d.date("on") // kept as text in a Designation, checked here
			o.Party.Designations = append(o.Party.Designations, party.Designation{
				By: d.text("by"), Reference: d.text("reference"), On: d.text("on"), Basis: d.text("basis"),
			})
			lists = append(lists, d.anchor("source").Source)
		}
		for _, s := range subordination[id] {
			o.Subordination = append(o.Subordination, l.subordinate(s))
		}
		l.add(r, "", o, lists...)
	}
}

func (l *loader) subordinate(r row) observation.Subordination {
	l.refer(r, "under", r.text("under"))
	a := r.anchor("source")
	return observation.Subordination{
		Under: r.text("under"), From: r.date("from"), To: r.date("to"), Authority: r.text("authority"),
		Anchor: a, Certainty: l.sources[a.Source].Certainty,
	}
}

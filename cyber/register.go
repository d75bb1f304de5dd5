// Package cyber counts what is known of cyber incidents: how many, worth how
// much, by year and by view, and how far that is from what others published.
//
// A Filter chooses incidents by year, by scope and by a view of attribution
// status; amounts are the preferred claims, with the least and the greatest
// claimed beside them. An attempt without loss has the amount 0, which counts as
// an incident and not as one with an amount; an incident without a figure counts
// as an incident and adds nothing.
//
//	f := cyber.Filter{From: 2017, To: 2023, Crypto: true, View: claim.ViewPanel}
//	total := f.Of(records).Total()
//	total.Incidents, total.USD.String()
package cyber

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Incident is a cyber incident with its record.
type Incident = record.Typed[*observation.CyberIncident]

// Filter chooses incidents. The zero Filter chooses none: it needs a View.
type Filter struct {
	From, To int          // years, inclusive
	Crypto   bool         // only victims that deal in cryptocurrency
	View     claim.View   // by attribution status
	Status   claim.Status // and, if set, of this very status
	// Elsewhere chooses the incidents that are not said to be the doing of the
	// Democratic People's Republic of Korea, which are never counted as its.
	Elsewhere bool
}

// Incidents are chosen incidents in order of date, then id.
type Incidents []Incident

// Of returns the incidents among the records that the filter chooses.
func (f Filter) Of(rs []record.Record) Incidents {
	var out Incidents
	for _, in := range record.Of[*observation.CyberIncident](rs) {
		if f.keeps(in.Observation) {
			out = append(out, in)
		}
	}
	slices.SortFunc(out, func(a, b Incident) int {
		return cmp.Or(a.Observation.Date.Compare(b.Observation.Date), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return out
}

func (f Filter) keeps(o *observation.CyberIncident) bool {
	switch {
	case o.Date.Year() < f.From || o.Date.Year() > f.To:
		return false
	case f.Crypto && (o.CryptoCompany == nil || !*o.CryptoCompany):
		return false
	case f.Elsewhere == (o.DPRK != nil && *o.DPRK):
		return false
	case f.Status != "" && o.Status() != f.Status:
		return false
	}
	return f.View.Includes(o.Status())
}

// Total is what a set of incidents adds up to.
type Total struct {
	Incidents  int
	WithAmount int           // incidents whose preferred amount is more than 0
	Attempts   int           // incidents whose preferred amount is 0
	NoFigure   int           // incidents without any amount
	USD        value.Decimal // sum of the preferred amounts in US dollars
	Low, High  value.Decimal // sums of the least and of the greatest claims
	Other      []string      // ids whose preferred amount is in another currency: not summed
}

// Total adds the incidents up.
func (in Incidents) Total() Total {
	t := Total{Incidents: len(in)}
	for _, i := range in {
		amount, ok := i.Observation.Amount()
		switch {
		case !ok:
			t.NoFigure++
			continue
		case amount.Currency != "USD":
			t.Other = append(t.Other, i.Record.ID)
			continue
		case amount.Amount.IsZero():
			t.Attempts++
		default:
			t.WithAmount++
		}
		low, high, _ := claim.Bounds(i.Observation.Amounts)
		t.USD = t.USD.Add(amount.Amount)
		t.Low, t.High = t.Low.Add(low.Amount), t.High.Add(high.Amount)
	}
	return t
}

// SingleOrigin returns the incidents whose attributions all come from one origin.
func (in Incidents) SingleOrigin() Incidents {
	return in.where(func(i Incident) bool { return len(i.Record.Origins()) < 2 })
}

// Largest returns the n incidents with the greatest preferred amounts in US
// dollars, the greatest first; ties go by id.
func (in Incidents) Largest(n int) Incidents {
	var out Incidents
	for _, i := range in {
		if a, ok := i.Observation.Amount(); ok && a.Currency == "USD" && a.Amount.Sign() > 0 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b Incident) int {
		x, _ := a.Observation.Amount()
		y, _ := b.Observation.Amount()
		return cmp.Or(y.Amount.Cmp(x.Amount), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return out[:min(n, len(out))]
}

// IDs lists the record ids, in the incidents' order.
func (in Incidents) IDs() []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = x.Record.ID
	}
	return out
}

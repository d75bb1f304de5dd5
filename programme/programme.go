// Package programme follows the weapons programme: nuclear tests, satellite
// launches, ballistic-missile launches counted by year, and how long the Security
// Council took to answer.
//
//	tests := programme.Events(records, programme.Filter{Event: observation.NuclearTest, From: 2006, To: 2023})
//	lags := programme.Lags(programme.Responses(records, 2006, 2023, "adopted"))
//	programme.Median(lags)
package programme

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Event is a test or launch with its record.
type Event = record.Typed[*observation.WeaponsEvent]

// Response is an answer of the Council with its record.
type Response = record.Typed[*observation.CouncilResponse]

// Filter chooses single events; years are inclusive, empty fields choose all.
type Filter struct {
	From, To   int
	Event      string
	Technology string
}

// Events returns the single events the filter chooses, by date. Records that
// count a whole year's launches are not events: see Counts.
func Events(rs []record.Record, f Filter) []Event {
	return events(rs, f, func(o *observation.WeaponsEvent) bool { return o.Count == nil })
}

// Counts returns the records that count a year's launches, by year.
func Counts(rs []record.Record, f Filter) []Event {
	return events(rs, f, func(o *observation.WeaponsEvent) bool { return o.Count != nil })
}

func events(rs []record.Record, f Filter, keep func(*observation.WeaponsEvent) bool) []Event {
	var out []Event
	for _, e := range record.Of[*observation.WeaponsEvent](rs) {
		o := e.Observation
		if y := o.Date.Year(); y < f.From || y > f.To || !keep(o) {
			continue
		}
		if f.Event != "" && o.Event != f.Event || f.Technology != "" && o.Technology != f.Technology {
			continue
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Event) int {
		return cmp.Or(a.Observation.Date.Compare(b.Observation.Date), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return out
}

// SumCounts adds up what the records count.
func SumCounts(es []Event) int {
	n := 0
	for _, e := range es {
		n += *e.Observation.Count
	}
	return n
}

// Responses returns the Council's answers voted on in the years given, by date;
// an empty outcome chooses adopted and vetoed ones alike.
func Responses(rs []record.Record, from, to int, outcome string) []Response {
	var out []Response
	for _, r := range record.Of[*observation.CouncilResponse](rs) {
		y := r.Observation.Date.Year()
		if y >= from && y <= to && (outcome == "" || r.Observation.Outcome == outcome) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b Response) int {
		return cmp.Or(a.Observation.Date.Compare(b.Observation.Date), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	return out
}

// Lag is the number of days between the event answered and the vote; ok is false
// where the answer names no event or a date is not known to the day.
func Lag(r *observation.CouncilResponse) (days int, ok bool) {
	return r.TriggerDate.DaysUntil(r.Date)
}

// Lags collects the known lags, sorted.
func Lags(rs []Response) []int {
	var out []int
	for _, r := range rs {
		if days, ok := Lag(r.Observation); ok {
			out = append(out, days)
		}
	}
	slices.Sort(out)
	return out
}

// Median of sorted whole numbers, exact to the half; ok is false for none.
func Median(sorted []int) (m value.Decimal, ok bool) {
	n := len(sorted)
	if n == 0 {
		return value.Decimal{}, false
	}
	return value.Int(sorted[(n-1)/2]+sorted[n/2]).Quo(value.Int(2), 1)
}

package regime

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Decisions are what the Committee decided and what States answered, taken from
// records: rules see them beside the record that they check.
//
//   - an approval (committee_approval) exempts the records it names, between its
//     dates, under its measure or, where it names none, under any;
//   - a notice (committee_notice) of a cap stops supply: what is delivered after
//     it is inconsistent with the measure, whatever the sums say;
//   - a reply (state_reply) that contests a record leaves its findings possible.
//
// A Decisions does not change and may be used from several goroutines.
type Decisions struct {
	approvals map[string][]approval // by id of the record covered
	replies   map[string][]reply
	notices   map[string][]notice // by id of the measure
}

type approval struct {
	id   string
	asOf value.Date // since when the desk knows of it
	*observation.CommitteeApproval
}

type reply struct {
	id   string
	asOf value.Date // since when the desk knows of it
	*observation.StateReply
}

type notice struct {
	id   string
	asOf value.Date // since when the desk knows of it
	*observation.CommitteeNotice
}

// DecisionsOf gathers the decisions among records; the others are passed over.
func DecisionsOf(rs []record.Record) *Decisions {
	d := &Decisions{map[string][]approval{}, map[string][]reply{}, map[string][]notice{}}
	for _, r := range rs {
		switch o := r.Observation.(type) {
		case *observation.CommitteeApproval:
			for _, id := range o.About {
				d.approvals[id] = append(d.approvals[id], approval{r.ID, r.AsOf, o})
			}
		case *observation.StateReply:
			for _, id := range o.About {
				d.replies[id] = append(d.replies[id], reply{r.ID, r.AsOf, o})
			}
		case *observation.CommitteeNotice:
			d.notices[o.Measure] = append(d.notices[o.Measure], notice{r.ID, r.AsOf, o})
		}
	}
	for _, list := range d.approvals {
		slices.SortFunc(list, func(a, b approval) int { return cmp.Compare(a.id, b.id) })
	}
	for _, list := range d.replies {
		slices.SortFunc(list, func(a, b reply) int { return cmp.Compare(a.id, b.id) })
	}
	for _, list := range d.notices {
		slices.SortFunc(list, func(a, b notice) int { return cmp.Compare(a.id, b.id) })
	}
	return d
}

// With lets the rules see decisions.
func With(d *Decisions) Option { return func(e *evaluation) { e.decisions = d } }

// approved says whether an approval on record exempts this record under the
// rule's measure, in words; undecided where only its dates leave it open.
func (e *evaluation) approved(r *rule, open *verdict) (condition.Truth, string) {
	if e.decisions == nil {
		return condition.No, ""
	}
	truth := condition.No
	for _, a := range e.decisions.approvals[e.rec.ID] {
		if a.Measure != "" && a.Measure != r.m.ID || !e.toldBy(a.asOf, a.Date) {
			continue
		}
		name := fmt.Sprintf("exemption no. %s (%s)", a.Number, a.id)
		switch surely, perhaps := a.runs(); {
		case surely.truth(e.when) == inside:
			return condition.Yes, name
		case perhaps.truth(e.when) != outside:
			truth = condition.Undecided
			open.lack(nil, fmt.Sprintf("date: Does %s cover it? It runs %s.", name, validity(a.Date, a.To)))
		default:
			open.warn(fmt.Sprintf("%s does not cover the record's date: it runs %s", name, validity(a.Date, a.To)))
		}
	}
	return truth, ""
}

// runs is the time that the approval covers for certain and the time that it may
// cover: without a first day nobody knows since when, without a last it is open.
func (a approval) runs() (surely, perhaps span) {
	surely, perhaps = noDate, noDate
	if a.Date.IsZero() {
		surely = span{1, 0}
	} else {
		surely.first, perhaps.first = dayOf(a.Date.Last()), dayOf(a.Date.First())
	}
	if !a.To.IsZero() {
		surely.last, perhaps.last = min(surely.last, dayOf(a.To.First())), dayOf(a.To.Last())
	}
	return surely, perhaps
}

// toldBy reports whether a decision of that day, which the desk knows since asOf,
// is known on the day of knowledge.
func (e *evaluation) toldBy(asOf, on value.Date) bool {
	return (asOf.IsZero() || e.knows(asOf.First())) && (on.IsZero() || e.knows(on.First()))
}

func validity(from, to value.Date) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "without dates"
	case to.IsZero():
		return "from " + from.String()
	case from.IsZero():
		return "to " + to.String()
	}
	return fmt.Sprintf("from %s to %s", from, to)
}

// contested asks what a State's reply leaves open. A reply takes nothing away:
// it makes what would be certain possible until somebody has looked into it.
func (e *evaluation) contested(open *verdict) bool {
	if e.decisions == nil {
		return false
	}
	found := false
	for _, r := range e.decisions.replies[e.rec.ID] {
		if !e.toldBy(r.asOf, r.Date) {
			continue
		}
		switch r.Claim {
		case observation.Misreported:
			open.lack(nil, fmt.Sprintf("%s replied that it was misreported (%s): has the figure been corrected where it was published?", r.From, r.id))
		case observation.Exempted:
			open.lack(nil, fmt.Sprintf("%s invokes exemption no. %s (%s): does the Committee's decision cover it?", r.From, cmp.Or(r.Number, "(not given)"), r.id))
		case observation.Humanitarian:
			open.lack(nil, fmt.Sprintf("%s replied that it was humanitarian (%s): did the Committee exempt it, and under which number?", r.From, r.id))
		default:
			continue
		}
		found = true
	}
	return found
}

// stopped says whether a notice of the Committee had stopped supply in the
// window before the record's date.
func (e *evaluation) stopped(r *rule, w Interval) (v verdict, ok bool) {
	if e.decisions == nil || r.r.Limit.Stop == 0 {
		return v, false
	}
	for _, n := range e.decisions.notices[r.m.ID] {
		if n.Date.IsZero() || w.days().truth(spanOf(n.Date)) == outside || !e.toldBy(n.asOf, n.Date) {
			continue
		}
		if n.Percent != nil && *n.Percent < r.r.Limit.Stop {
			continue
		}
		day := spanOf(n.Date)
		text := fmt.Sprintf("the Committee's notice of %s (%s) stopped supply in %s", n.Date, n.id, r.r.Limit.label(w, Cap{}))
		switch {
		case e.when.last < day.first:
			continue
		case e.when.first > day.last && n.Percent != nil:
			return verdict{result: Breach, reason: r.r.Reason + ": " + text}, true
		default:
			v = verdict{result: Possible, reason: r.r.Reason + ": perhaps " + text, undecided: true}
			if n.Percent == nil {
				v.lack(nil, fmt.Sprintf("Which level did the notice %s announce? Supply stops at %d percent.", n.id, r.r.Limit.Stop))
			} else {
				v.lack(nil, "date: Was it delivered before the notice or after?")
			}
			ok = true
		}
	}
	return v, ok
}

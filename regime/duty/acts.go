package duty

import (
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// appliesTo are the kinds that show what a State imported or supplied.
var appliesTo = []observation.Kind{observation.KindShipment, observation.KindPetroleumDelivery, observation.KindArmsTransfer}

// act is one import or supply of the State, as a record shows it.
type act struct {
	record    string
	kind      observation.Kind
	date      value.Date
	direction string
	hs        string
	product   string
	smallArms *bool
	reported  bool // the record itself says that the Committee was told
}

// gather takes the acts of the State that had begun by the day of the page.
func (k *casefile) gather(records []record.Record) {
	for _, r := range records {
		a := act{record: r.ID, kind: r.Kind(), date: r.Observation.When()}
		whose := ""
		switch o := r.Observation.(type) {
		case *observation.Shipment:
			a.direction, a.hs, whose = o.Direction, o.HS, o.Destination
		case *observation.PetroleumDelivery:
			if len(o.Totals) > 0 {
				continue // what is said of all States together
			}
			a.direction, a.product, whose = o.Direction, o.Product, o.SupplierCountry
			a.reported = o.ReportedToCommittee != nil && *o.ReportedToCommittee
		case *observation.ArmsTransfer:
			a.direction, a.smallArms, whose = o.Direction, o.SmallArms, o.Supplier
		default:
			continue
		}
		if sameState(whose, k.state) && (a.date.IsZero() || spanOf(a.date).first <= dayOf(k.on)) {
			k.acts = append(k.acts, a)
		}
	}
	slices.SortFunc(k.acts, func(a, b act) int { return strings.Compare(a.record, b.record) })
}

// shown are the acts that make a duty the State's own, and those that may.
type shown struct {
	sure, perhaps []act
	questions     []string
}

// shows picks the acts that the duty hangs on.
func (k *casefile) shows(a *Applies) shown {
	var out shown
	for _, x := range k.acts {
		if x.kind != a.Kind {
			continue
		}
		switch truth, question := a.met(x, k.on); truth {
		case yes:
			out.sure = append(out.sure, x)
		case undecided:
			out.perhaps = append(out.perhaps, x)
			out.questions = append(out.questions, x.record+": "+question)
		}
	}
	return out
}

// met says whether an act is one that the duty hangs on, with the question to ask
// where a fact is missing.
func (a *Applies) met(x act, on value.Date) (answer, string) {
	truth, question := yes, ""
	for _, f := range []func() (answer, string){
		func() (answer, string) { return a.goods(x) },
		func() (answer, string) {
			return told(x.direction, a.Direction), "did the goods go to the Democratic People's Republic of Korea or come from it (direction)?"
		},
		func() (answer, string) { return a.when(x.date, on), "on which day was it (date)?" },
	} {
		got, ask := f()
		switch got {
		case no:
			return no, ""
		case undecided:
			truth = undecided
			question = strings.TrimSpace(question + " " + ask)
		}
	}
	return truth, question
}

// when says whether the act fell into the window, and by the day of the page.
func (a *Applies) when(d, on value.Date) answer {
	last := everyDay.last
	if !a.Until.IsZero() {
		last = dayOf(a.Until) - 1
	}
	window := span{dayOf(a.From), min(last, dayOf(on))}
	if window.last < window.first {
		return no
	}
	return spanOf(d).within(window)
}

func told(fact, want string) answer {
	switch fact {
	case "":
		return undecided
	case want:
		return yes
	}
	return no
}

// goods says whether what was moved is what the duty speaks of.
func (a *Applies) goods(x act) (answer, string) {
	switch {
	case a.Product != "":
		return told(x.product, a.Product), "was it refined petroleum, crude oil or condensate (product)?"
	case a.SmallArms && x.smallArms == nil:
		return undecided, "were they small arms or light weapons (small_arms)?"
	case a.SmallArms && *x.smallArms:
		return yes, ""
	}
	truth := no
	for _, code := range a.Codes {
		switch {
		case x.hs != "" && strings.HasPrefix(x.hs, code):
			return yes, ""
		case strings.HasPrefix(code, x.hs):
			truth = undecided
		}
	}
	return truth, "what were the goods (hs)?"
}

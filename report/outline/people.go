package outline

import (
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

func workers(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("workers", "Overseas workers")
	if !w.Held(observation.KindWorkerEstimate, observation.KindWorkerPresence, observation.KindWorkPermit) {
		s.Add(prose.Nothing(w, "workers abroad"))
		return s
	}
	s.Add(w.Para("{cite S/RES/2397 (2017) OP8} required that nationals of the Democratic People’s Republic of Korea earning income abroad be " +
		"repatriated by {date 2019-12-22}, with the exceptions it names. The desk holds {count labour.estimates.count|published figure|published figures} on workers abroad, their " +
		"income and their return; they overlap and are never added."))
	if onDesk(w, "WES-10", "WES-11") {
		s.Add(w.Para("For {date 2023} the Panel of Experts put the workers abroad at {labour.estimate id=WES-10} or more and their income to the State at about " +
			"{labour.estimate id=WES-11} a year{source WES-10 WES-11}. Set against each other, these estimates come to at most {labour.per_worker.usd income=WES-11 workers=WES-10} " +
			"a worker and year: a check whether they can be true together, not a finding."))
	}
	if onDesk(w, "WES-13", "WES-14", "WES-15") {
		s.Add(w.Para("Information technology workers earn more: an advisory speaks of more than {labour.estimate id=WES-14} a year for some workers and more than " +
			"{labour.estimate id=WES-15} for some teams{source WES-14}. The Panel put their number at up to {labour.estimate id=WES-13}{source WES-13}."))
	}
	if onDesk(w, "WES-05", "WES-09") {
		s.Add(w.Para("In their interim reports States spoke of at least {labour.estimate id=WES-05} workers repatriated; {labour.estimate id=WES-09} States had filed a final report " +
			"by the deadline{source WES-05 WES-09}."))
	}
	s.Add(w.Show(prose.Exhibit{
		ID: "table-workers", Caption: "Published figures on workers abroad, their income and their return", Figure: "labour.estimates.table",
		Weights: map[string]int{"id": 6, "period": 6, "metric": 8, "scope": 8, "low": 8, "high": 8, "unit": 6, "authority": 9},
		Note:    "A dash on either side means that the source gives no such bound.",
	}))
	if w.Held(observation.KindWorkerPresence, observation.KindWorkPermit) {
		s.Add(w.Para("Beside the estimates the desk holds {count desk.records.count kind=worker_presence|record|records} of workers seen and {desk.records.count kind=work_permit} of work permits."))
	}
	for _, k := range []struct {
		kind observation.Kind
		of   string
	}{{observation.KindWorkerEstimate, "published figures on workers"}, {observation.KindWorkerPresence, "workers seen"}, {observation.KindWorkPermit, "work permits"}} {
		if w.Held(k.kind) {
			s.Add(under(w, k.kind, k.of)...)
		}
	}
	return s
}

func finance(w *prose.Writer, _ Context) *document.Section {
	s := document.NewSection("finance", "Finance")
	if !w.Held(observation.KindBankRelationship) {
		s.Add(prose.Nothing(w, "banks and their relations abroad"))
		return s
	}
	for _, b := range banks(w) {
		text := "{quote " + b.Record.ID + " bank.name} was designated on {quote " + b.Record.ID + " bank.designated_on}{source " + b.Record.ID + "}. "
		if b.Observation.Relation == "" {
			text += "No relation with an institution abroad is on the desk: the finding is “possible”, and the question is which institutions keep accounts for it."
		} else {
			text += "The relation on record is a {quote " + b.Record.ID + " relation}."
		}
		s.Add(w.Para(text))
	}
	s.Add(w.Show(prose.Exhibit{
		ID: "table-banks", Caption: "Restricted banks", Figure: "finance.banks.table",
		Weights: map[string]int{"id": 3, "bank": 5, "aliases": 4, "designated_on": 3, "by": 5, "relation": 4, "host": 2},
	}))
	s.Add(under(w, observation.KindBankRelationship, "banks and their relations abroad")...)
	return s
}

// banks are the records of banks that were designated on a known day.
func banks(w *prose.Writer) []record.Typed[*observation.BankRelationship] {
	var out []record.Typed[*observation.BankRelationship]
	for _, b := range record.Of[*observation.BankRelationship](w.Records(observation.KindBankRelationship)) {
		if !b.Observation.Bank.DesignatedOn.IsZero() {
			out = append(out, b)
		}
	}
	return out
}

// onDesk reports whether the desk holds all of these records.
func onDesk(w *prose.Writer, ids ...string) bool {
	for _, id := range ids {
		if _, ok := w.Record(id); !ok {
			return false
		}
	}
	return true
}

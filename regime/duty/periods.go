package duty

import (
	"fmt"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/record/value"
)

// period is a time on which one report is owed, with the acts that fell into it.
type period struct {
	span
	acts []act
	last int // day of the last act, the latest that its date can mean
}

// periods is one row for each period into which acts fall, or for each day of acts
// where the report goes before them. Reports that answer none of them have a row of
// their own: they may be of acts that nobody recorded, or notices that came after.
func (k *casefile) periods(d Duty, acts []act, reports []Report) []Row {
	var out []Row
	answered := map[string]bool{}
	before := -1
	for _, p := range d.periodsOf(acts) {
		row := d.row()
		row.From, row.To, row.Due, row.Records = dateOf(p.first), dateOf(p.last), d.dueOn(p.span), ids(p.acts)
		sure, perhaps := d.answering(reports, p, before)
		before = p.last
		switch {
		case len(sure)+len(perhaps) == 0 && !slices.ContainsFunc(p.acts, func(a act) bool { return !a.reported }):
			row.Status, row.Why = Filed, "each record says that the Committee was told"
		case len(sure) > 0:
			k.settle(&row, sure)
		default:
			k.settle(&row, perhaps)
			for _, r := range perhaps {
				row.Questions = append(row.Questions, fmt.Sprintf("%s: does the report answer this period (date)?", r.Record))
			}
		}
		for _, a := range p.acts {
			if a.date.Precision() != value.Day {
				row.Questions = append(row.Questions, fmt.Sprintf("%s: on which day was it (date)? It is counted on the last day that it can mean.", a.record))
			}
		}
		for _, r := range row.Reports {
			answered[r.Record] = true
		}
		out = append(out, row)
	}
	rest := slices.DeleteFunc(slices.Clone(reports), func(r Report) bool { return answered[r.Record] })
	if len(rest) > 0 {
		row := d.row()
		row.Status, row.Reports = Filed, rest
		row.Why = "reports that answer no act on record"
		out = append(out, row)
	}
	return out
}

// periodsOf gathers the acts by period, in order.
func (d Duty) periodsOf(acts []act) []period {
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b act) int { return spanOf(a.date).last - spanOf(b.date).last })
	var out []period
	for _, a := range acts {
		day := spanOf(a.date).last
		if n := len(out); n == 0 || out[n-1].span != d.period(day) {
			out = append(out, period{span: d.period(day)})
		}
		p := &out[len(out)-1]
		p.acts, p.last = append(p.acts, a), day
	}
	return out
}

// period is the time into which a day falls: a month, so many days, or the day.
func (d Duty) period(day int) span {
	switch {
	case d.Due.Monthly > 0:
		t := zero.AddDate(0, 0, day)
		first := day - t.Day() + 1
		return span{first, first + t.AddDate(0, 1, 1-t.Day()).Add(-24*time.Hour).Day() - 1}
	case d.Due.Every > 0:
		first := dayOf(d.Applies.From)
		first += (day - first) / d.Due.Every * d.Due.Every
		return span{first, first + d.Due.Every - 1}
	}
	return span{day, day}
}

// dueOn is the last day for a report on the period.
func (d Duty) dueOn(at span) value.Date {
	switch {
	case d.Due.Monthly > 0:
		return dateOf(at.last + d.Due.Monthly)
	case d.Due.Every > 0:
		return dateOf(at.last + 1)
	}
	return dateOf(at.first - d.Due.Before)
}

// answering picks the reports on a period: the first handed in on the day of its
// last act or later, so that one report may answer several periods. Where the
// report goes before the act, it is the first handed in after the act before that
// one. Perhaps are those whose date is too coarse to tell.
func (d Duty) answering(reports []Report, p period, before int) (sure, perhaps []Report) {
	open := span{p.last, everyDay.last}
	if d.Due.Before > 0 {
		open = span{before + 1, p.last}
	}
	for _, r := range reports {
		switch spanOf(r.Date).within(open) {
		case yes:
			if len(sure) == 0 {
				sure = []Report{r}
			}
		case undecided:
			perhaps = append(perhaps, r)
		}
	}
	return sure, perhaps
}

package duty

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// ErrPage is wrapped by the error of a page that cannot be made.
var ErrPage = errors.New("no page of duties")

// Status is how a duty stands on the day of the page.
type Status string

// The statuses. Of these only filed says that nothing is wanting.
const (
	Filed         Status = "filed"          // in time, as far as the records say
	Late          Status = "late"           // handed in after the day
	NotYet        Status = "due"            // the day has not passed
	Overdue       Status = "overdue"        // it has, and no record shows a report
	MayBeOwed     Status = "possible"       // a fact is missing that decides whether it is owed
	OnOccasion    Status = "on-occasion"    // owed whenever it happens; no kind of record shows when
	NotApplicable Status = "not-applicable" // no record shows what it hangs on
)

// Page is what one State owes the Committee on one day.
type Page struct {
	State    string     `json:"state"`
	On       value.Date `json:"on"`
	Rows     []Row      `json:"rows"`               // in the order of the resolutions, then of the periods
	Unplaced []Report   `json:"unplaced,omitempty"` // reports of the State that answer no duty, and why
}

// Row is one report of one duty.
type Row struct {
	Duty         string          `json:"duty"` // id
	Citation     string          `json:"citation"`
	Certainty    claim.Certainty `json:"certainty"`
	ToBeVerified bool            `json:"to_be_verified"` // print must say so
	Note         string          `json:"note,omitempty"` // what a lawyer should look at
	Who          Who             `json:"who"`
	What         string          `json:"what"`
	Rule         string          `json:"rule"`                // "90 days after adoption"
	From         value.Date      `json:"from,omitzero"`       // of a report on a period: its first day
	To           value.Date      `json:"to,omitzero"`         // and its last
	Due          value.Date      `json:"due,omitzero"`        // the last day
	Status       Status          `json:"status"`              //
	DaysLate     int             `json:"days_late,omitempty"` // of overdue and late, after the last day; of a report with a coarse date, at least
	Reports      []Report        `json:"reports,omitempty"`   // that answer it, earliest first
	Records      []string        `json:"records,omitempty"`   // ids of those that make the duty the State's own
	Why          string          `json:"why,omitempty"`
	Questions    []string        `json:"questions,omitempty"`
}

// For lists what the State (as the records name it, ISO 3166-1 alpha-2) owes on the
// day, under every paragraph adopted by then, and what the records show of it.
// Records dated after that day do not count. Statistics of trade are not looked
// at: who imported is read from shipments, deliveries and transfers. The error is
// ErrPage for a State that is not named or a day that is not one, or ErrDuties.
func For(state string, records []record.Record, on value.Date) (Page, error) {
	duties, err := load()
	switch {
	case err != nil:
		return Page{}, err
	case strings.TrimSpace(state) == "":
		return Page{}, fmt.Errorf("%w: the State is not named", ErrPage)
	case on.Precision() != value.Day:
		return Page{}, fmt.Errorf("%w: the day of the page is %q, want YYYY-MM-DD", ErrPage, on)
	}
	duties = slices.DeleteFunc(slices.Clone(duties), func(d Duty) bool { return !d.Who.State() || on.Before(d.Adopted) })
	k := &casefile{state: state, on: on}
	k.sort(duties, records)
	k.gather(records)
	page := Page{State: state, On: on, Rows: []Row{}, Unplaced: k.unplaced}
	for _, d := range duties {
		page.Rows = append(page.Rows, k.rows(d)...)
	}
	return page, nil
}

func (d Duty) row() Row {
	return Row{
		Duty: d.ID, Citation: d.Citation(), Certainty: d.Cite.Certainty, ToBeVerified: d.Cite.ToBeVerified(),
		Note: d.Cite.Note, Who: d.Who, What: d.What, Rule: d.Due.String(), Due: d.Due.On,
	}
}

// rows is one row for a report on a day, and one for each period or act that the
// records show for the others.
func (k *casefile) rows(d Duty) []Row {
	row, reports := d.row(), k.filed[d.ID]
	switch {
	case d.Due.Promptly:
		row.Status, row.Reports = OnOccasion, reports
		row.Why = "owed whenever it happens, which no kind of record shows"
		if len(reports) > 0 {
			row.Status, row.Why = Filed, ""
		}
		return []Row{row}
	case d.Applies == nil:
		k.settle(&row, reports)
		return []Row{row}
	}
	shown := k.shows(d.Applies)
	var out []Row
	if !d.Due.dated() {
		out = k.periods(d, shown.sure, reports)
	} else if len(shown.sure)+len(reports) > 0 {
		row.Records = ids(shown.sure)
		k.settle(&row, reports)
		return []Row{row}
	}
	if len(shown.perhaps) > 0 {
		row.Status, row.Records, row.Questions = MayBeOwed, ids(shown.perhaps), shown.questions
		row.Why = fmt.Sprintf("a record may show that %s %s", k.state, d.Applies.Act)
		out = append(out, row)
	}
	if len(out) == 0 {
		row.Status = NotApplicable
		row.Why = fmt.Sprintf("no record shows that %s %s", k.state, d.Applies.Act)
		out = append(out, row)
	}
	return out
}

func ids(acts []act) []string {
	var out []string
	for _, a := range acts {
		out = append(out, a.record)
	}
	return out
}

// settle says how a report stands that is due on a day.
func (k *casefile) settle(row *Row, reports []Report) {
	row.Reports = reports
	due := dayOf(row.Due)
	if len(reports) == 0 {
		row.Status = NotYet
		if late := dayOf(k.on) - due; late > 0 {
			row.Status, row.DaysLate = Overdue, late
		}
		return
	}
	first := slices.MinFunc(reports, func(a, b Report) int { return spanOf(a.Date).last - spanOf(b.Date).last })
	handed := spanOf(first.Date)
	row.Status = Filed
	switch {
	case handed.first > due:
		row.Status, row.DaysLate = Late, handed.first-due
	case handed.last > due:
		row.Questions = append(row.Questions, fmt.Sprintf("%s: on which day was the report handed in (date)? The last day was %s.", first.Record, row.Due))
	}
}

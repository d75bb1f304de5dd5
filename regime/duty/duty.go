// Package duty says which reports are owed to the Security Council's Committee on
// the Democratic People's Republic of Korea, by whom and by when, and holds what a
// desk's records show of one State against that.
//
//	all, err := duty.All()                       // every duty, as duties.yaml states it
//	page, err := duty.For("XA", records, value.MustDate("2020-04-01"))
//	for _, r := range page.Rows {
//		fmt.Println(r.Citation, r.Due, r.Status, r.DaysLate)
//	}
//
// Nothing here reads a clock: the day of the page is a parameter. A page says what
// the records show, not what a State did: a report that nobody recorded is overdue,
// and an import that nobody recorded owes none.
package duty

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"go.yaml.in/yaml/v3"
)

// ErrDuties is wrapped by every error about a file of duties.
var ErrDuties = errors.New("duties refused")

// Who owes a report.
type Who string

// Those who owe reports. The Committee and the Panel are on no State's page.
const (
	States     Who = "States" // every State
	Importing  Who = "importing State"
	Supplying  Who = "supplying State"
	Exporting  Who = "exporting State"
	Inspecting Who = "inspecting State"
	Committee  Who = "Committee"
	Panel      Who = "Panel of Experts"
)

var everyWho = []Who{States, Importing, Supplying, Exporting, Inspecting, Committee, Panel}

// State reports whether it is States that owe it.
func (w Who) State() bool { return w != Committee && w != Panel }

// Duty is one report that a paragraph asks for.
type Duty struct {
	ID      string      `yaml:"id" json:"id"` // 2397-report
	Cite    regime.Cite `yaml:"cite" json:"-"`
	Who     Who         `yaml:"who" json:"who"`
	What    string      `yaml:"what" json:"what"`                       // in our own words
	Called  string      `yaml:"called" json:"called,omitempty"`         // midterm or final, where a paragraph asks for both
	Adopted value.Date  `yaml:"adopted" json:"adopted"`                 // from this day it is owed
	Due     Due         `yaml:"due" json:"due"`                         //
	Applies *Applies    `yaml:"applies" json:"applies_where,omitempty"` // nil: nothing has to have happened first, or no kind of record shows it
}

// Citation is the bare citation: "S/RES/2397 (2017) OP17".
func (d Duty) Citation() string { return strings.TrimSpace(d.Cite.String()) }

// MarshalJSON puts the citation and its certainty beside the other fields.
func (d Duty) MarshalJSON() ([]byte, error) {
	type fields Duty
	return json.Marshal(struct {
		fields
		Citation     string          `json:"citation"`
		Certainty    claim.Certainty `json:"certainty"`
		ToBeVerified bool            `json:"to_be_verified"`
		Source       string          `json:"source,omitempty"`
		Note         string          `json:"note,omitempty"`
		Rule         string          `json:"rule"`
	}{fields(d), d.Citation(), d.Cite.Certainty, d.Cite.ToBeVerified(), d.Cite.Source, d.Cite.Note, d.Due.String()})
}

// Due says by when. One of its ways is filled, and On beside Days or Months.
type Due struct {
	On       value.Date `yaml:"on" json:"on,omitzero"`               // a day
	Days     int        `yaml:"days" json:"days,omitempty"`          // so many days after adoption, or after After
	Months   int        `yaml:"months" json:"months,omitempty"`      // so many months after adoption
	After    string     `yaml:"after" json:"after,omitempty"`        // what the days are counted from, if not adoption
	Every    int        `yaml:"every" json:"every_days,omitempty"`   // every so many days, counted from Applies.From
	Monthly  int        `yaml:"monthly" json:"monthly,omitempty"`    // so many days after the end of each month
	Before   int        `yaml:"before" json:"before_days,omitempty"` // so many days before the act
	Promptly bool       `yaml:"promptly" json:"promptly,omitempty"`  // whenever it happens
}

// String is the rule in words: "90 days after adoption".
func (d Due) String() string {
	switch {
	case d.Days > 0 && d.After != "":
		return fmt.Sprintf("%d days after %s", d.Days, d.After)
	case d.Days > 0:
		return fmt.Sprintf("%d days after adoption", d.Days)
	case d.Months > 0:
		return fmt.Sprintf("%d months after adoption", d.Months)
	case d.Every > 0:
		return fmt.Sprintf("every %d days", d.Every)
	case d.Monthly > 0:
		return fmt.Sprintf("%d days after the end of each month", d.Monthly)
	case d.Before > 0:
		return fmt.Sprintf("%d days before", d.Before)
	case d.Promptly:
		return "promptly"
	}
	return "on a fixed day"
}

// ways counts how many ways of saying when are filled.
func (d Due) ways() int {
	n := 0
	for _, filled := range []bool{d.Days > 0, d.Months > 0, d.Every > 0, d.Monthly > 0, d.Before > 0, d.Promptly} {
		if filled {
			n++
		}
	}
	if n == 0 && !d.On.IsZero() {
		n = 1
	}
	return n
}

// dated reports whether it is due on one day that can be told in advance.
func (d Due) dated() bool {
	return d.Every == 0 && d.Monthly == 0 && d.Before == 0 && !d.Promptly && d.After == ""
}

// Applies says what a record has to show of a State before the duty is its own.
type Applies struct {
	Kind      observation.Kind `yaml:"kind" json:"kind"` // shipment, petroleum_delivery or arms_transfer
	Direction string           `yaml:"direction" json:"direction"`
	Codes     []string         `yaml:"codes" json:"codes,omitempty"`           // goods codes; a code stands for all below it
	Product   string           `yaml:"product" json:"product,omitempty"`       // of a petroleum delivery
	SmallArms bool             `yaml:"small_arms" json:"small_arms,omitempty"` // of an arms transfer
	From      value.Date       `yaml:"from" json:"from"`                       // first day of the window
	Until     value.Date       `yaml:"until" json:"until,omitzero"`            // first day after it; zero: open
	Act       string           `yaml:"act" json:"act"`                         // what the State did: "imported coal from …"
}

//go:embed duties.yaml
var file []byte

var load = sync.OnceValues(func() ([]Duty, error) { return parse(file) })

// All lists every duty in the order of its resolution. The slice is the caller's.
func All() ([]Duty, error) {
	all, err := load()
	return slices.Clone(all), err
}

// parse reads a file of duties. It refuses unknown fields, a duty without who, what,
// citation or time, and a day that is not what its count of days comes to.
func parse(text []byte) ([]Duty, error) {
	var f struct {
		Duties []Duty `yaml:"duties"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("read duties: %w: %w", ErrDuties, err)
	}
	seen := map[string]bool{}
	for _, d := range f.Duties {
		if seen[d.ID] {
			return nil, fmt.Errorf("read duties: %w: %q is there twice", ErrDuties, d.ID)
		}
		seen[d.ID] = true
		if reason := d.fault(); reason != "" {
			return nil, fmt.Errorf("read duties: %w: %q: %s", ErrDuties, d.ID, reason)
		}
	}
	return f.Duties, nil
}

// fault is what is wrong with the duty, empty if nothing is.
func (d Duty) fault() string {
	switch {
	case d.ID == "" || d.What == "" || d.Cite.Document == "" || d.Cite.Certainty == "":
		return "id, what, document and certainty are needed"
	case !slices.Contains(everyWho, d.Who):
		return fmt.Sprintf("%q owes no reports", d.Who)
	case d.Adopted.Precision() != value.Day:
		return "the day of adoption is needed"
	case d.Due.ways() != 1:
		return "one way of saying when is needed"
	case d.Due.On.IsZero() && d.Due.dated():
		return "the day is needed that its days or months come to"
	case !d.Due.On.IsZero() && !d.Due.dated():
		return fmt.Sprintf("what is due %s has no day", d.Due)
	}
	if on := d.computed(); !on.IsZero() && on != d.Due.On {
		return fmt.Sprintf("%s is %s, not %s", d.Due, on, d.Due.On)
	}
	return d.Applies.fault(d.Due)
}

func (a *Applies) fault(due Due) string {
	switch {
	case a == nil && (due.Monthly > 0 || due.Before > 0):
		return "what the duty hangs on is needed"
	case a == nil:
		return ""
	case !slices.Contains(appliesTo, a.Kind):
		return fmt.Sprintf("no duty hangs on a %s", a.Kind)
	case a.Direction != observation.FromDPRK && a.Direction != observation.ToDPRK:
		return "a direction is needed"
	case a.From.Precision() != value.Day || a.Act == "":
		return "the first day and what the State did are needed"
	case due.Promptly || due.After != "":
		return "a duty that hangs on records needs a day"
	}
	return ""
}

// computed is the day that the count after adoption comes to; zero where none is counted.
func (d Duty) computed() value.Date {
	switch {
	case d.Due.After != "":
		return value.Date{}
	case d.Due.Days > 0:
		return dateOf(dayOf(d.Adopted) + d.Due.Days)
	case d.Due.Months > 0:
		return addMonths(d.Adopted, d.Due.Months)
	}
	return value.Date{}
}

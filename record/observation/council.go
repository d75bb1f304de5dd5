package observation

import (
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// Events of a WeaponsEvent.
const (
	Launch      = "launch"
	NuclearTest = "nuclear_test"
)

// Technologies of a WeaponsEvent.
const (
	BallisticMissile = "ballistic_missile"
	SpaceLaunch      = "space_launch_vehicle"
	CruiseMissile    = "cruise_missile"
)

// WeaponsEvent is one nuclear test or launch, or, where Count is given with a
// date of a whole year, how many launches somebody counted in that year.
type WeaponsEvent struct {
	Type       Kind                         `json:"type"`
	Date       value.Date                   `json:"date,omitzero" jsonschema:"local date, or the year of a count"`
	DateUTC    value.Date                   `json:"date_utc,omitzero" jsonschema:"where it differs"`
	Event      string                       `json:"event,omitempty" jsonschema:"launch or nuclear_test"`
	Technology string                       `json:"technology,omitempty" jsonschema:"ballistic_missile, space_launch_vehicle or cruise_missile"`
	System     string                       `json:"system,omitempty"`
	Payload    string                       `json:"payload,omitempty"`
	Site       string                       `json:"site,omitempty"`
	Outcome    string                       `json:"outcome,omitempty" jsonschema:"success, failure or unknown"`
	Count      *int                         `json:"count,omitempty" jsonschema:"launches counted in the year"`
	Magnitude  []claim.Claim[value.Decimal] `json:"magnitude,omitempty" jsonschema:"body-wave magnitude"`
	YieldKt    []claim.Claim[Range]         `json:"yield_kt,omitempty" jsonschema:"kilotonnes of TNT"`
	Declared   string                       `json:"declared,omitempty" jsonschema:"what the State said it was"`
	Note       string                       `json:"note,omitempty"`
}

// Range is a value known between two bounds.
type Range struct {
	Low  value.Decimal `json:"low"`
	High value.Decimal `json:"high"`
}

// Kind is KindWeaponsEvent.
func (*WeaponsEvent) Kind() Kind { return KindWeaponsEvent }

// When is the local date of the event.
func (w *WeaponsEvent) When() value.Date { return w.Date }

// PreferOnly flags a magnitude and a yield that stand alone as preferred.
func (w *WeaponsEvent) PreferOnly(reason string) {
	claim.PreferOnly(w.Magnitude, reason)
	claim.PreferOnly(w.YieldKt, reason)
}

// Claims are the magnitudes and the yields.
func (w *WeaponsEvent) Claims() []claim.List {
	return []claim.List{claim.ListOf(&w.Magnitude), claim.ListOf(&w.YieldKt)}
}

// Check looks at the event, its technology and its count.
func (w *WeaponsEvent) Check(report Report) {
	oneOf(report, "event", w.Event, Launch, NuclearTest)
	oneOf(report, "technology", w.Technology, BallisticMissile, SpaceLaunch, CruiseMissile)
	oneOf(report, "outcome", w.Outcome, "success", "failure", "unknown")
	count(report, "count", w.Count)
	checkClaims(report, "magnitude", w.Magnitude)
	checkClaims(report, "yield_kt", w.YieldKt)
	for i, m := range w.Magnitude {
		stated(report, at("magnitude", i, "value"), m.Value)
	}
	for i, y := range w.YieldKt {
		stated(report, at("yield_kt", i, "value.low"), y.Value.Low)
		stated(report, at("yield_kt", i, "value.high"), y.Value.High)
		notNegative(report, at("yield_kt", i, "value.low"), &y.Value.Low)
		if y.Value.Low.Cmp(y.Value.High) > 0 {
			report(at("yield_kt", i, "value.high"), "is less than low")
		}
	}
}

// CouncilResponse is what the Council did after an event. The lag is not stored:
// it is computed from the two dates.
type CouncilResponse struct {
	Type        Kind       `json:"type"`
	Date        value.Date `json:"date,omitzero" jsonschema:"day of the vote"`
	Document    string     `json:"document" jsonschema:"symbol of the resolution or draft"`
	Outcome     string     `json:"outcome" jsonschema:"adopted or vetoed"`
	VetoedBy    []string   `json:"vetoed_by,omitempty"`
	Vote        string     `json:"vote,omitempty"`
	TriggerDate value.Date `json:"trigger_date,omitzero"`
	Trigger     string     `json:"trigger,omitempty" jsonschema:"what it answered, in a few words"`
	Triggers    []string   `json:"triggers,omitempty" jsonschema:"record ids of the events answered"`
}

// Kind is KindCouncilResponse.
func (*CouncilResponse) Kind() Kind { return KindCouncilResponse }

// When is the day of the vote.
func (c *CouncilResponse) When() value.Date { return c.Date }

// Check demands the document and the outcome and that effect follows cause.
func (c *CouncilResponse) Check(report Report) {
	required(report, "document", c.Document)
	required(report, "outcome", c.Outcome)
	oneOf(report, "outcome", c.Outcome, "adopted", "vetoed")
	requiredDate(report, "date", c.Date)
	interval(report, "date", c.TriggerDate, c.Date)
}

// PanelMandate is one mandate of the Panel of Experts.
type PanelMandate struct {
	Type       Kind       `json:"type"`
	Resolution string     `json:"resolution" jsonschema:"symbol"`
	Adopted    value.Date `json:"adopted"`
	To         value.Date `json:"to" jsonschema:"last day of the mandate"`
}

// Kind is KindPanelMandate.
func (*PanelMandate) Kind() Kind { return KindPanelMandate }

// When is the day of adoption.
func (p *PanelMandate) When() value.Date { return p.Adopted }

// Check demands all three.
func (p *PanelMandate) Check(report Report) {
	required(report, "resolution", p.Resolution)
	requiredDate(report, "adopted", p.Adopted)
	requiredDate(report, "to", p.To)
	interval(report, "to", p.Adopted, p.To)
}

// PanelReport is one report of the Panel with the figures it states.
type PanelReport struct {
	Type       Kind        `json:"type"`
	Symbol     string      `json:"symbol"`
	Report     string      `json:"report" jsonschema:"final, midterm or thematic"`
	Date       value.Date  `json:"date,omitzero"`
	Statements []Statement `json:"statements,omitempty"`
}

// Statement is a figure that a report states.
type Statement struct {
	Key         string          `json:"key" jsonschema:"what figures refer to, such as cyber.attacks"`
	About       string          `json:"about"`
	Value       value.Decimal   `json:"value"`
	Unit        string          `json:"unit"`
	From        value.Date      `json:"from,omitzero"`
	To          value.Date      `json:"to,omitzero"`
	Approximate bool            `json:"approximate,omitempty"`
	Anchor      claim.Anchor    `json:"anchor"`
	Certainty   claim.Certainty `json:"certainty,omitempty"`
}

// Kind is KindPanelReport.
func (*PanelReport) Kind() Kind { return KindPanelReport }

// When is the date of the report.
func (p *PanelReport) When() value.Date { return p.Date }

// Check demands symbol and type, and a key and unit for each statement.
func (p *PanelReport) Check(report Report) {
	required(report, "symbol", p.Symbol)
	oneOf(report, "report", p.Report, "final", "midterm", "thematic")
	for i, s := range p.Statements {
		required(report, at("statements", i, "key"), s.Key)
		required(report, at("statements", i, "unit"), s.Unit)
		stated(report, at("statements", i, "value"), s.Value)
		certainty(report, at("statements", i, "certainty"), s.Certainty)
	}
}

// What a StateReply asserts.
const (
	Misreported  = "misreported"  // the statistic or the record is wrong
	Exempted     = "exemption"    // the Committee exempted it
	Humanitarian = "humanitarian" // it was aid
)

// StateReply is the reply of a State or firm to a letter.
type StateReply struct {
	Type    Kind       `json:"type"`
	Date    value.Date `json:"date,omitzero"`
	From    string     `json:"from"`
	About   []string   `json:"about,omitempty" jsonschema:"record ids concerned"`
	Outcome string     `json:"outcome" jsonschema:"replied, partial, acknowledged, none or declined"`
	Says    string     `json:"says,omitempty"`
	Claim   string     `json:"claim,omitempty" jsonschema:"misreported, exemption or humanitarian: what the reply asserts of the records"`
	Number  string     `json:"number,omitempty" jsonschema:"of the exemption that it invokes"`
	Sent    value.Date `json:"sent,omitzero" jsonschema:"day of the letter"`
	Due     value.Date `json:"due,omitzero"`
}

// Kind is KindStateReply.
func (*StateReply) Kind() Kind { return KindStateReply }

// When is the day of the reply, else of the letter.
func (s *StateReply) When() value.Date {
	if s.Date.IsZero() {
		return s.Sent
	}
	return s.Date
}

// Check demands who and what came of it.
func (s *StateReply) Check(report Report) {
	required(report, "from", s.From)
	required(report, "outcome", s.Outcome)
	oneOf(report, "outcome", s.Outcome, "replied", "partial", "acknowledged", "none", "declined")
	oneOf(report, "claim", s.Claim, Misreported, Exempted, Humanitarian)
}

// StateReport is a report that a State owes the Committee.
type StateReport struct {
	Type  Kind       `json:"type"`
	Date  value.Date `json:"date,omitzero"`
	State string     `json:"state"`
	Under string     `json:"under" jsonschema:"the paragraph that asks for it"`
	Note  string     `json:"note,omitempty"`
}

// Kind is KindStateReport.
func (*StateReport) Kind() Kind { return KindStateReport }

// When is the day it was handed in.
func (s *StateReport) When() value.Date { return s.Date }

// Check demands the State and the paragraph.
func (s *StateReport) Check(report Report) {
	required(report, "state", s.State)
	required(report, "under", s.Under)
}

// CommitteeNotice is a notice of the Committee, such as one that a cap is near.
type CommitteeNotice struct {
	Type    Kind       `json:"type"`
	Date    value.Date `json:"date,omitzero"`
	Measure string     `json:"measure" jsonschema:"id of the measure"`
	Percent *int       `json:"percent,omitempty" jsonschema:"of the cap reached"`
	Note    string     `json:"note,omitempty"`
}

// Kind is KindCommitteeNotice.
func (*CommitteeNotice) Kind() Kind { return KindCommitteeNotice }

// When is the day of the notice.
func (c *CommitteeNotice) When() value.Date { return c.Date }

// Check demands the measure.
func (c *CommitteeNotice) Check(report Report) {
	required(report, "measure", c.Measure)
	count(report, "percent", c.Percent)
}

// CommitteeApproval is an exemption granted: a decision with a number and an end.
type CommitteeApproval struct {
	Type    Kind       `json:"type"`
	Number  string     `json:"number"`
	Date    value.Date `json:"date,omitzero"`
	To      value.Date `json:"to,omitzero"`
	Measure string     `json:"measure,omitempty" jsonschema:"id of the measure"`
	Holder  string     `json:"holder,omitempty"`
	About   []string   `json:"about,omitempty" jsonschema:"record ids that it covers"`
	Note    string     `json:"note,omitempty"`
}

// Kind is KindCommitteeApproval.
func (*CommitteeApproval) Kind() Kind { return KindCommitteeApproval }

// When is the day it was granted.
func (c *CommitteeApproval) When() value.Date { return c.Date }

// Check demands the number and that it ends after it begins.
func (c *CommitteeApproval) Check(report Report) {
	required(report, "number", c.Number)
	interval(report, "to", c.Date, c.To)
}

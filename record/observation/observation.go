// Package observation holds the kinds of things a desk observes, one struct a
// kind, in the field's own terms. A kind has one name everywhere: in JSON
// ("type"), on the command line (--kind, --as) and in the schema.
//
// Every fact but the type may be missing. A missing fact is a nil pointer or an
// empty value, never a zero that could be mistaken for a count; rules that need
// it answer "possible" and ask.
//
//	o, err := observation.New(observation.KindPetroleumDelivery)
//	err = json.Unmarshal(b, o)
//	observation.Check(o, func(field, reason string) { … })
package observation

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/value"
)

// Kind names a kind of observation.
type Kind string

// The kinds.
const (
	KindCyberIncident     Kind = "cyber_incident"
	KindShipment          Kind = "shipment"
	KindPetroleumDelivery Kind = "petroleum_delivery"
	KindTradeStatistic    Kind = "trade_statistic"
	KindWorkPermit        Kind = "work_permit"
	KindWorkerPresence    Kind = "worker_presence"
	KindWorkerEstimate    Kind = "worker_estimate"
	KindBankRelationship  Kind = "bank_relationship"
	KindJointVenture      Kind = "joint_venture"
	KindArmsTransfer      Kind = "arms_transfer"
	KindSTSTransfer       Kind = "sts_transfer"
	KindVesselTransfer    Kind = "vessel_transfer"
	KindWeaponsEvent      Kind = "weapons_event"
	KindCouncilResponse   Kind = "council_response"
	KindGroup             Kind = "group"
	KindPanelMandate      Kind = "panel_mandate"
	KindPanelReport       Kind = "panel_report"
	KindStateReply        Kind = "state_reply"
	KindStateReport       Kind = "state_report"
	KindCommitteeNotice   Kind = "committee_notice"
	KindCommitteeApproval Kind = "committee_approval"
)

// Observation is one observed thing. The concrete types are pointers to the
// structs of this package.
type Observation interface {
	// Kind is the one name of its kind.
	Kind() Kind
	// When is the date that decides which measures were in force.
	When() value.Date
	// Check reports every field that cannot be right, by its JSON path.
	Check(report Report)
}

// Report receives a field's JSON path and what is wrong with it.
type Report func(field, reason string)

// family ties a kind to its id prefix and a constructor.
type family struct {
	kind   Kind
	prefix string
	make   func() Observation
	about  string
}

var families = []family{
	{KindCyberIncident, "INC", func() Observation { return new(CyberIncident) }, "a theft, extortion or other intrusion attributed or suspected"},
	{KindShipment, "SHP", func() Observation { return new(Shipment) }, "goods that went to or came from the Democratic People's Republic of Korea"},
	{KindPetroleumDelivery, "PET", func() Observation { return new(PetroleumDelivery) }, "a delivery of crude, refined petroleum or condensate, or a year's total of them"},
	{KindTradeStatistic, "TRD", func() Observation { return new(TradeStatistic) }, "a figure of customs statistics"},
	{KindWorkPermit, "WPM", func() Observation { return new(WorkPermit) }, "a work authorisation granted to a national"},
	{KindWorkerPresence, "WKR", func() Observation { return new(WorkerPresence) }, "workers seen earning income abroad"},
	{KindWorkerEstimate, "WES", func() Observation { return new(WorkerEstimate) }, "somebody's estimate of workers abroad or of their income"},
	{KindBankRelationship, "BNK", func() Observation { return new(BankRelationship) }, "a relation between a bank and an institution abroad"},
	{KindJointVenture, "JVT", func() Observation { return new(JointVenture) }, "a joint venture or cooperative entity"},
	{KindArmsTransfer, "ARM", func() Observation { return new(ArmsTransfer) }, "a transfer of arms or related materiel"},
	{KindSTSTransfer, "STS", func() Observation { return new(STSTransfer) }, "a ship-to-ship transfer"},
	{KindVesselTransfer, "VES", func() Observation { return new(VesselTransfer) }, "the sale or supply of a vessel"},
	{KindWeaponsEvent, "TST", func() Observation { return new(WeaponsEvent) }, "a nuclear test or a launch, or a year's count of launches"},
	{KindCouncilResponse, "CNC", func() Observation { return new(CouncilResponse) }, "what the Security Council did after an event"},
	{KindGroup, "GRP", func() Observation { return new(Group) }, "a hacking group or the organ it answers to"},
	{KindPanelMandate, "MAN", func() Observation { return new(PanelMandate) }, "a mandate of the Panel of Experts"},
	{KindPanelReport, "REP", func() Observation { return new(PanelReport) }, "a report of the Panel of Experts and what it states"},
	{KindStateReply, "RPL", func() Observation { return new(StateReply) }, "a State's or firm's reply to a letter"},
	{KindStateReport, "SRP", func() Observation { return new(StateReport) }, "a report that a State owes the Committee"},
	{KindCommitteeNotice, "NTC", func() Observation { return new(CommitteeNotice) }, "a notice of the Committee, such as a cap notice"},
	{KindCommitteeApproval, "APR", func() Observation { return new(CommitteeApproval) }, "an exemption the Committee granted"},
}

// Kinds lists all kinds in their standing order.
func Kinds() []Kind {
	out := make([]Kind, len(families))
	for i, f := range families {
		out[i] = f.kind
	}
	return out
}

func (k Kind) family() (family, bool) {
	i := slices.IndexFunc(families, func(f family) bool { return f.kind == k })
	if i < 0 {
		return family{}, false
	}
	return families[i], true
}

// Valid reports whether k is one of the kinds.
func (k Kind) Valid() bool { _, ok := k.family(); return ok }

// Prefix is the three letters that a record id of this kind starts with.
func (k Kind) Prefix() string { f, _ := k.family(); return f.prefix }

// About is one line on what the kind is for.
func (k Kind) About() string { f, _ := k.family(); return f.about }

// ParseKind reads a kind's name; the error lists them all.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); k.Valid() {
		return k, nil
	}
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = string(f.kind)
	}
	return "", fmt.Errorf("unknown kind %q: want one of %s", s, strings.Join(names, ", "))
}

// New returns an empty observation of the kind.
func New(k Kind) (Observation, error) {
	f, ok := k.family()
	if !ok {
		_, err := ParseKind(string(k))
		return nil, err
	}
	o := f.make()
	reflect.ValueOf(o).Elem().FieldByName("Type").Set(reflect.ValueOf(k))
	return o, nil
}

// Check is o.Check and, for every kind, that the type says what the struct is.
func Check(o Observation, report Report) {
	if t := reflect.ValueOf(o).Elem().FieldByName("Type").Interface().(Kind); t != o.Kind() {
		report("type", fmt.Sprintf("is %q in a %s", t, o.Kind()))
	}
	o.Check(report)
}

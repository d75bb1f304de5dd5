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

	"github.com/turtlebay/turtlebay/record/claim"
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

// Claimed is an observation whose disputed facts are lists of claims. Two of one
// kind that differ in these alone can be laid together.
type Claimed interface {
	Observation
	// Claims are the lists, always in the same order.
	Claims() []claim.List
}

// family ties a kind to its id prefix and a constructor.
type family struct {
	kind   Kind
	prefix string
	make   func() Observation
	about  string
}

var families = []family{
	{KindCyberIncident, "INC", func() Observation { return &CyberIncident{Type: KindCyberIncident} }, "a theft, extortion or other intrusion attributed or suspected"},
	{KindShipment, "SHP", func() Observation { return &Shipment{Type: KindShipment} }, "goods that went to or came from the Democratic People's Republic of Korea"},
	{KindPetroleumDelivery, "PET", func() Observation { return &PetroleumDelivery{Type: KindPetroleumDelivery} }, "a delivery of crude, refined petroleum or condensate, or a year's total of them"},
	{KindTradeStatistic, "TRD", func() Observation { return &TradeStatistic{Type: KindTradeStatistic} }, "a figure of customs statistics"},
	{KindWorkPermit, "WPM", func() Observation { return &WorkPermit{Type: KindWorkPermit} }, "a work authorisation granted to a national"},
	{KindWorkerPresence, "WKR", func() Observation { return &WorkerPresence{Type: KindWorkerPresence} }, "workers seen earning income abroad"},
	{KindWorkerEstimate, "WES", func() Observation { return &WorkerEstimate{Type: KindWorkerEstimate} }, "somebody's estimate of workers abroad or of their income"},
	{KindBankRelationship, "BNK", func() Observation { return &BankRelationship{Type: KindBankRelationship} }, "a relation between a bank and an institution abroad"},
	{KindJointVenture, "JVT", func() Observation { return &JointVenture{Type: KindJointVenture} }, "a joint venture or cooperative entity"},
	{KindArmsTransfer, "ARM", func() Observation { return &ArmsTransfer{Type: KindArmsTransfer} }, "a transfer of arms or related materiel"},
	{KindSTSTransfer, "STS", func() Observation { return &STSTransfer{Type: KindSTSTransfer} }, "a ship-to-ship transfer"},
	{KindVesselTransfer, "VES", func() Observation { return &VesselTransfer{Type: KindVesselTransfer} }, "the sale or supply of a vessel"},
	{KindWeaponsEvent, "TST", func() Observation { return &WeaponsEvent{Type: KindWeaponsEvent} }, "a nuclear test or a launch, or a year's count of launches"},
	{KindCouncilResponse, "CNC", func() Observation { return &CouncilResponse{Type: KindCouncilResponse} }, "what the Security Council did after an event"},
	{KindGroup, "GRP", func() Observation { return &Group{Type: KindGroup} }, "a hacking group or the organ it answers to"},
	{KindPanelMandate, "MAN", func() Observation { return &PanelMandate{Type: KindPanelMandate} }, "a mandate of the Panel of Experts"},
	{KindPanelReport, "REP", func() Observation { return &PanelReport{Type: KindPanelReport} }, "a report of the Panel of Experts and what it states"},
	{KindStateReply, "RPL", func() Observation { return &StateReply{Type: KindStateReply} }, "a State's or firm's reply to a letter"},
	{KindStateReport, "SRP", func() Observation { return &StateReport{Type: KindStateReport} }, "a report that a State owes the Committee"},
	{KindCommitteeNotice, "NTC", func() Observation { return &CommitteeNotice{Type: KindCommitteeNotice} }, "a notice of the Committee, such as a cap notice"},
	{KindCommitteeApproval, "APR", func() Observation { return &CommitteeApproval{Type: KindCommitteeApproval} }, "an exemption the Committee granted"},
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
	return f.make(), nil
}

// Check is o.Check and, for every kind, that the type says what the struct is.
func Check(o Observation, report Report) {
	// the type is the first field of every kind
	if t := Kind(reflect.ValueOf(o).Elem().Field(0).String()); t != o.Kind() {
		report("type", fmt.Sprintf("is %q in a %s", t, o.Kind()))
	}
	o.Check(report)
}

package observation

import (
	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// WorkPermit is a work authorisation.
type WorkPermit struct {
	Type              Kind       `json:"type"`
	Date              value.Date `json:"date,omitzero" jsonschema:"day of issue"`
	WorkerNationality string     `json:"worker_nationality,omitempty"`
	HostCountry       string     `json:"host_country,omitempty"`
	Sector            string     `json:"sector,omitempty"`
	Workers           *int       `json:"workers,omitempty"`
	ContractDate      value.Date `json:"contract_date,omitzero"`
	CommitteeApproval *bool      `json:"committee_approval,omitempty"`
}

// Kind is KindWorkPermit.
func (*WorkPermit) Kind() Kind { return KindWorkPermit }

// When is the day of issue.
func (w *WorkPermit) When() value.Date { return w.Date }

// Check looks at the countries and the count.
func (w *WorkPermit) Check(report Report) {
	country(report, "worker_nationality", w.WorkerNationality)
	country(report, "host_country", w.HostCountry)
	count(report, "workers", w.Workers)
}

// WorkerPresence is workers seen in a host State. Person is filled where one
// natural person is spoken of.
type WorkerPresence struct {
	Type              Kind         `json:"type"`
	Date              value.Date   `json:"date,omitzero"`
	WorkerNationality string       `json:"worker_nationality,omitempty"`
	HostCountry       string       `json:"host_country,omitempty"`
	Sector            string       `json:"sector,omitempty"`
	Workers           *int         `json:"workers,omitempty"`
	EarningIncome     *bool        `json:"earning_income,omitempty"`
	Exception         string       `json:"exception,omitempty" jsonschema:"none, host_national, refugee_law or un_headquarters"`
	Person            *party.Party `json:"person,omitempty"`
}

// Kind is KindWorkerPresence.
func (*WorkerPresence) Kind() Kind { return KindWorkerPresence }

// When is the day they were seen.
func (w *WorkerPresence) When() value.Date { return w.Date }

// Check looks at the countries, the count and the exception.
func (w *WorkerPresence) Check(report Report) {
	country(report, "worker_nationality", w.WorkerNationality)
	country(report, "host_country", w.HostCountry)
	count(report, "workers", w.Workers)
	oneOf(report, "exception", w.Exception, "none", "host_national", "refugee_law", "un_headquarters")
	if w.Person != nil {
		w.Person.Check(func(f, r string) { report("person."+f, r) })
	}
}

// Metrics of a WorkerEstimate.
const (
	WorkersAbroad      = "workers_abroad"      // persons
	WorkersRepatriated = "workers_repatriated" // persons
	FurtherWorkers     = "further_workers"     // persons planned
	IncomePerYear      = "income_per_year"     // USD a year to the State
	IncomePerWorker    = "income_per_worker"   // USD a year
	IncomePerTeam      = "income_per_team"     // USD a year
	ShareWithheld      = "share_withheld"      // fraction of wages
	VisaDecline        = "visa_decline"        // visas
	EntryVisas         = "entry_visas"         // visas
	FinalReports       = "final_reports"       // States
)

// WorkerEstimate is one published estimate. Estimates overlap: they are printed
// side by side and never added.
type WorkerEstimate struct {
	Type        Kind            `json:"type"`
	Period      value.Date      `json:"period,omitzero" jsonschema:"what it speaks of; empty for a standing figure"`
	AsPublished value.Date      `json:"as_published,omitzero"`
	Sector      string          `json:"sector,omitempty" jsonschema:"all, IT …"`
	Metric      string          `json:"metric"`
	Low         *value.Decimal  `json:"low,omitempty"`
	High        *value.Decimal  `json:"high,omitempty"`
	Unit        string          `json:"unit"`
	Scope       string          `json:"scope,omitempty" jsonschema:"host State or group of States"`
	Authority   string          `json:"authority"`
	Certainty   claim.Certainty `json:"certainty,omitempty"`
	Note        string          `json:"note,omitempty"`
}

// Kind is KindWorkerEstimate.
func (*WorkerEstimate) Kind() Kind { return KindWorkerEstimate }

// When is the period spoken of, else the day of publication.
func (w *WorkerEstimate) When() value.Date {
	if w.Period.IsZero() {
		return w.AsPublished
	}
	return w.Period
}

// Check demands an authority, a unit and at least one bound.
func (w *WorkerEstimate) Check(report Report) {
	oneOf(report, "metric", w.Metric, WorkersAbroad, WorkersRepatriated, FurtherWorkers, IncomePerYear,
		IncomePerWorker, IncomePerTeam, ShareWithheld, VisaDecline, EntryVisas, FinalReports)
	required(report, "metric", w.Metric)
	required(report, "unit", w.Unit)
	required(report, "authority", w.Authority)
	certainty(report, "certainty", w.Certainty)
	notNegative(report, "low", w.Low)
	notNegative(report, "high", w.High)
	switch {
	case w.Low == nil && w.High == nil:
		report("low", "an estimate needs a lower or an upper figure")
	case w.Low != nil && w.High != nil && w.Low.Cmp(*w.High) > 0:
		report("high", "is less than low")
	}
}

// BankRelationship is a relation between a bank and an institution abroad.
type BankRelationship struct {
	Type              Kind       `json:"type"`
	Date              value.Date `json:"date,omitzero"`
	Relation          string     `json:"relation,omitempty" jsonschema:"correspondent_account, branch, account or joint_venture"`
	Bank              BankNamed  `json:"bank,omitzero"`
	HostCountry       string     `json:"host_country,omitempty"`
	CommitteeApproval *bool      `json:"committee_approval,omitempty"`
	Note              string     `json:"note,omitempty"`
}

// BankNamed is the bank as the observation names it. Where it has no name, the
// country and the designation may still say enough.
type BankNamed struct {
	Name         string     `json:"name,omitempty"`
	Aliases      []string   `json:"aliases,omitempty"`
	Country      string     `json:"country,omitempty"`
	Designated   *bool      `json:"designated,omitempty"`
	DesignatedOn value.Date `json:"designated_on,omitzero"`
	DesignatedBy string     `json:"designated_by,omitempty" jsonschema:"the paragraph that lists it"`
}

// Kind is KindBankRelationship.
func (*BankRelationship) Kind() Kind { return KindBankRelationship }

// When is the day the relation was seen.
func (b *BankRelationship) When() value.Date { return b.Date }

// Check looks at the relation and the countries.
func (b *BankRelationship) Check(report Report) {
	oneOf(report, "relation", b.Relation, "correspondent_account", "branch", "account", "joint_venture")
	country(report, "bank.country", b.Bank.Country)
	country(report, "host_country", b.HostCountry)
}

// JointVenture is a joint venture or cooperative entity.
type JointVenture struct {
	Type              Kind       `json:"type"`
	Date              value.Date `json:"date,omitzero" jsonschema:"day it was seen to exist"`
	Name              string     `json:"name,omitempty"`
	HostCountry       string     `json:"host_country,omitempty"`
	PartnerCountry    string     `json:"partner_country,omitempty"`
	Established       value.Date `json:"established,omitzero"`
	Venture           string     `json:"kind,omitempty" jsonschema:"commercial or non_commercial_infrastructure"`
	CommitteeApproval *bool      `json:"committee_approval,omitempty"`
}

// Kind is KindJointVenture.
func (*JointVenture) Kind() Kind { return KindJointVenture }

// When is the day it was seen to exist.
func (j *JointVenture) When() value.Date { return j.Date }

// Check looks at the countries and the sort of venture.
func (j *JointVenture) Check(report Report) {
	country(report, "host_country", j.HostCountry)
	country(report, "partner_country", j.PartnerCountry)
	oneOf(report, "kind", j.Venture, "commercial", "non_commercial_infrastructure")
}

// ArmsTransfer is a transfer of arms or related materiel.
type ArmsTransfer struct {
	Type      Kind           `json:"type"`
	Date      value.Date     `json:"date,omitzero"`
	Direction string         `json:"direction,omitempty"`
	Item      string         `json:"item,omitempty"`
	Supplier  string         `json:"supplier,omitempty"`
	Recipient string         `json:"recipient,omitempty"`
	Quantity  *value.Decimal `json:"quantity,omitempty"`
	SmallArms *bool          `json:"small_arms,omitempty"`
}

// Kind is KindArmsTransfer.
func (*ArmsTransfer) Kind() Kind { return KindArmsTransfer }

// When is the day of the transfer.
func (a *ArmsTransfer) When() value.Date { return a.Date }

// Check looks at the direction and the quantity.
func (a *ArmsTransfer) Check(report Report) {
	oneOf(report, "direction", a.Direction, FromDPRK, ToDPRK)
	notNegative(report, "quantity", a.Quantity)
}

// VesselNamed is a vessel as an observation names it.
type VesselNamed struct {
	IMO  string `json:"imo,omitempty"`
	Name string `json:"name,omitempty"`
	Flag string `json:"flag,omitempty"`
}

// STSTransfer is a ship-to-ship transfer.
type STSTransfer struct {
	Type                Kind        `json:"type"`
	Date                value.Date  `json:"date,omitzero"`
	Direction           string      `json:"direction,omitempty"`
	VesselA             VesselNamed `json:"vessel_a"`
	VesselB             VesselNamed `json:"vessel_b"`
	Cargo               string      `json:"cargo,omitempty"`
	HS                  string      `json:"hs,omitempty"`
	ReportedToCommittee *bool       `json:"reported_to_committee,omitempty"`
}

// Kind is KindSTSTransfer.
func (*STSTransfer) Kind() Kind { return KindSTSTransfer }

// When is the day of the transfer.
func (s *STSTransfer) When() value.Date { return s.Date }

// Check looks at the vessels' numbers and flags and the code.
func (s *STSTransfer) Check(report Report) {
	oneOf(report, "direction", s.Direction, FromDPRK, ToDPRK)
	hsCode(report, "hs", s.HS)
	vessel(report, "vessel_a", s.VesselA)
	vessel(report, "vessel_b", s.VesselB)
}

// VesselTransfer is the sale or supply of a vessel.
type VesselTransfer struct {
	Type              Kind        `json:"type"`
	Date              value.Date  `json:"date,omitzero"`
	Direction         string      `json:"direction,omitempty"`
	HS                string      `json:"hs,omitempty"`
	Condition         string      `json:"condition,omitempty" jsonschema:"new or used"`
	SellerCountry     string      `json:"seller_country,omitempty"`
	CommitteeApproval *bool       `json:"committee_approval,omitempty"`
	Vessel            VesselNamed `json:"vessel,omitzero"`
}

// Kind is KindVesselTransfer.
func (*VesselTransfer) Kind() Kind { return KindVesselTransfer }

// When is the day of the transfer.
func (v *VesselTransfer) When() value.Date { return v.Date }

// Check looks at the direction, code, condition and vessel.
func (v *VesselTransfer) Check(report Report) {
	oneOf(report, "direction", v.Direction, FromDPRK, ToDPRK)
	hsCode(report, "hs", v.HS)
	oneOf(report, "condition", v.Condition, "new", "used")
	country(report, "seller_country", v.SellerCountry)
	vessel(report, "vessel", v.Vessel)
}

package observation

import (
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// Directions of goods, seen from the Democratic People's Republic of Korea.
const (
	FromDPRK = "from_dprk"
	ToDPRK   = "to_dprk"
)

// Shipment is a consignment of goods. HS is the code as reported, two to six
// digits, kept as text: a leading zero is part of it.
type Shipment struct {
	Type                 Kind           `json:"type"`
	Date                 value.Date     `json:"date,omitzero"`
	Direction            string         `json:"direction,omitempty" jsonschema:"from_dprk or to_dprk"`
	HS                   string         `json:"hs,omitempty" jsonschema:"code as reported, 2 to 6 digits, as text"`
	Description          string         `json:"description,omitempty"`
	NetKg                *value.Decimal `json:"net_kg,omitempty"`
	ValueUSD             *value.Decimal `json:"value_usd,omitempty"`
	UnitValueUSD         *value.Decimal `json:"unit_value_usd,omitempty"`
	Origin               string         `json:"origin,omitempty" jsonschema:"ISO 3166-1 alpha-2"`
	Destination          string         `json:"destination,omitempty" jsonschema:"ISO 3166-1 alpha-2"`
	LoadingPort          string         `json:"loading_port,omitempty"`
	ContractDate         value.Date     `json:"contract_date,omitzero"`
	CommitteeNotified    *bool          `json:"committee_notified,omitempty"`
	CommitteeApproval    *bool          `json:"committee_approval,omitempty"`
	DesignatedParty      *bool          `json:"designated_party,omitempty"`
	ConsignorType        string         `json:"consignor_type,omitempty" jsonschema:"un_agency, ngo or diplomatic"`
	Claim                string         `json:"claim,omitempty" jsonschema:"livelihood or humanitarian"`
	Evidence             string         `json:"evidence,omitempty" jsonschema:"none or documented"`
	EndUse               string         `json:"end_use,omitempty" jsonschema:"civil_passenger_aircraft_safety"`
	YearTotalBeforeTonne *value.Decimal `json:"year_total_before_tonnes,omitempty"`
	YearTotalBeforeUSD   *value.Decimal `json:"year_total_before_usd,omitempty"`
}

// Kind is KindShipment.
func (*Shipment) Kind() Kind { return KindShipment }

// When is the date of the shipment.
func (s *Shipment) When() value.Date { return s.Date }

// Check looks at the direction, the code and the quantities.
func (s *Shipment) Check(report Report) {
	oneOf(report, "direction", s.Direction, FromDPRK, ToDPRK)
	hsCode(report, "hs", s.HS)
	notNegative(report, "net_kg", s.NetKg)
	notNegative(report, "value_usd", s.ValueUSD)
	notNegative(report, "unit_value_usd", s.UnitValueUSD)
	notNegative(report, "year_total_before_tonnes", s.YearTotalBeforeTonne)
	notNegative(report, "year_total_before_usd", s.YearTotalBeforeUSD)
	country(report, "origin", s.Origin)
	country(report, "destination", s.Destination)
	oneOf(report, "consignor_type", s.ConsignorType, "un_agency", "ngo", "diplomatic")
	oneOf(report, "claim", s.Claim, "livelihood", "humanitarian")
	oneOf(report, "evidence", s.Evidence, "none", "documented")
}

// PetroleumDelivery is one delivery, or, where Totals is filled, what is said of
// a whole window (a calendar year for refined products): the total reported to
// the Committee and totals that others estimate stand side by side, each with
// who claims it, and are never added.
type PetroleumDelivery struct {
	Type                     Kind                       `json:"type"`
	Date                     value.Date                 `json:"date,omitzero" jsonschema:"day of a delivery, or the year of the totals"`
	Direction                string                     `json:"direction,omitempty"`
	Product                  string                     `json:"product,omitempty" jsonschema:"refined, crude or condensate"`
	Barrels                  *value.Decimal             `json:"barrels,omitempty"`
	Tonnes                   *value.Decimal             `json:"tonnes,omitempty"`
	YearTotalBeforeBarrels   *value.Decimal             `json:"year_total_before_barrels,omitempty"`
	WindowStart              value.Date                 `json:"window_start,omitzero"`
	WindowTotalBeforeTonnes  *value.Decimal             `json:"window_total_before_tonnes,omitempty"`
	WindowTotalBeforeBarrels *value.Decimal             `json:"window_total_before_barrels,omitempty"`
	ReportedToCommittee      *bool                      `json:"reported_to_committee,omitempty"`
	CommitteeApproval        *bool                      `json:"committee_approval,omitempty"`
	SupplierCountry          string                     `json:"supplier_country,omitempty"`
	Totals                   []claim.Claim[WindowTotal] `json:"totals,omitempty" jsonschema:"totals of the window, reported and estimated, each with its claimant"`
	Replies                  []claim.Claim[string]      `json:"replies,omitempty" jsonschema:"what became of the claim"`
}

// WindowTotal is a total over a cap's window. Basis keeps what was reported to
// the Committee apart from what others estimate.
type WindowTotal struct {
	Barrels *value.Decimal `json:"barrels,omitempty"`
	Tonnes  *value.Decimal `json:"tonnes,omitempty"`
	Basis   string         `json:"basis" jsonschema:"reported or estimated"`
	AtLeast bool           `json:"at_least,omitempty" jsonschema:"the source says \"more than\""`
	From    value.Date     `json:"from,omitzero" jsonschema:"where it covers a part of the window only"`
	To      value.Date     `json:"to,omitzero"`
}

// Kind is KindPetroleumDelivery.
func (*PetroleumDelivery) Kind() Kind { return KindPetroleumDelivery }

// When is the day of the delivery or the year of the totals.
func (p *PetroleumDelivery) When() value.Date { return p.Date }

// Claims are the totals and the replies.
func (p *PetroleumDelivery) Claims() []claim.List {
	return []claim.List{claim.ListOf(&p.Totals), claim.ListOf(&p.Replies)}
}

// Check looks at the product and the quantities.
func (p *PetroleumDelivery) Check(report Report) {
	oneOf(report, "direction", p.Direction, FromDPRK, ToDPRK)
	oneOf(report, "product", p.Product, "refined", "crude", "condensate")
	notNegative(report, "barrels", p.Barrels)
	notNegative(report, "tonnes", p.Tonnes)
	notNegative(report, "year_total_before_barrels", p.YearTotalBeforeBarrels)
	notNegative(report, "window_total_before_tonnes", p.WindowTotalBeforeTonnes)
	notNegative(report, "window_total_before_barrels", p.WindowTotalBeforeBarrels)
	country(report, "supplier_country", p.SupplierCountry)
	checkEach(report, "totals", p.Totals)
	checkEach(report, "replies", p.Replies)
	for i, c := range p.Totals {
		oneOf(report, at("totals", i, "value.basis"), c.Value.Basis, "reported", "estimated")
		required(report, at("totals", i, "value.basis"), c.Value.Basis)
		notNegative(report, at("totals", i, "value.barrels"), c.Value.Barrels)
		notNegative(report, at("totals", i, "value.tonnes"), c.Value.Tonnes)
		interval(report, at("totals", i, "value.to"), c.Value.From, c.Value.To)
	}
}

// TradeStatistic is one figure of customs statistics as a reporter published it.
type TradeStatistic struct {
	Type                  Kind           `json:"type"`
	Period                value.Date     `json:"period,omitzero" jsonschema:"year or month"`
	Reporter              string         `json:"reporter,omitempty" jsonschema:"ISO 3166-1 alpha-3"`
	Partner               string         `json:"partner,omitempty" jsonschema:"ISO 3166-1 alpha-3"`
	PartnerAlt            string         `json:"partner_alt,omitempty" jsonschema:"the partner that may have been meant"`
	Flow                  string         `json:"flow,omitempty" jsonschema:"import, export or total, as the reporter sees it"`
	HS                    string         `json:"hs,omitempty" jsonschema:"code as reported, as text; empty for all goods"`
	ValueUSD              *value.Decimal `json:"value_usd,omitempty"`
	MirrorPartnerValueUSD *value.Decimal `json:"mirror_partner_value_usd,omitempty"`
	Approximate           bool           `json:"approximate,omitempty" jsonschema:"the source rounds"`
}

// Kind is KindTradeStatistic.
func (*TradeStatistic) Kind() Kind { return KindTradeStatistic }

// When is the statistical period.
func (t *TradeStatistic) When() value.Date { return t.Period }

// country codes of customs statistics.
const dprk3 = "PRK"

// Direction is where the goods went, worked out from partner and flow: what a
// partner of the Democratic People's Republic of Korea imports comes from there.
// It is empty where neither side is that State, and not known where a side or
// the flow is missing or may have been meant otherwise.
func (t *TradeStatistic) Direction() (direction string, known bool) {
	from, to := FromDPRK, ToDPRK
	if t.Reporter == dprk3 {
		from, to = to, from
	}
	switch {
	case t.Reporter != dprk3 && t.Partner != dprk3 && t.PartnerAlt != dprk3:
		return "", t.Partner != ""
	case t.Flow == "import":
		return from, true
	case t.Flow == "export":
		return to, true
	}
	return "", false
}

// Doubted reports whether the record itself says that another partner may have
// been meant.
func (t *TradeStatistic) Doubted() bool { return t.PartnerAlt != "" && t.PartnerAlt != t.Partner }

// Check demands the period and looks at the rest.
func (t *TradeStatistic) Check(report Report) {
	requiredDate(report, "period", t.Period)
	oneOf(report, "flow", t.Flow, "import", "export", "total")
	hsCode(report, "hs", t.HS)
	notNegative(report, "value_usd", t.ValueUSD)
	notNegative(report, "mirror_partner_value_usd", t.MirrorPartnerValueUSD)
	country3(report, "reporter", t.Reporter)
	country3(report, "partner", t.Partner)
	country3(report, "partner_alt", t.PartnerAlt)
}

package observation

import (
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// CyberIncident is one theft, extortion or other intrusion. Its amount and its
// attribution are claims; the preferred attribution's status decides which views
// count it, the preferred amount is what they sum.
type CyberIncident struct {
	Type          Kind                       `json:"type"`
	Date          value.Date                 `json:"date,omitzero" jsonschema:"as precise as the source"`
	Victim        string                     `json:"victim"`
	Method        string                     `json:"method,omitempty" jsonschema:"exchange theft, bridge theft, ransomware …"`
	Assets        string                     `json:"assets,omitempty" jsonschema:"what was taken, as the source gives it"`
	CryptoCompany *bool                      `json:"crypto_company,omitempty" jsonschema:"the victim deals in cryptocurrency, as the United Nations figure counts them"`
	DPRK          *bool                      `json:"attributed_to_dprk,omitempty" jsonschema:"the attribution is to the Democratic People's Republic of Korea or to a group or organ of it; only then do totals count the incident"`
	Addresses     []string                   `json:"addresses,omitempty" jsonschema:"where it first went: the addresses of those who took it, as chain:address, such as ethereum:0x098B716B8Aaf21512996dC57EB0615e2383E2f96"`
	Amounts       []claim.Claim[value.Money] `json:"amounts,omitempty" jsonschema:"what was taken, each figure with its authority; 0 is an attempt without loss"`
	Attributions  []claim.Claim[string]      `json:"attributions" jsonschema:"who is said to have done it, and by whom"`
	Note          string                     `json:"note,omitempty"`
}

// Kind is KindCyberIncident.
func (*CyberIncident) Kind() Kind { return KindCyberIncident }

// When is the date of the incident.
func (c *CyberIncident) When() value.Date { return c.Date }

// Status is the standing of the preferred attribution, empty where none is.
func (c *CyberIncident) Status() claim.Status {
	a, _ := claim.Preferred(c.Attributions)
	return a.Status
}

// Amount is the preferred amount; ok is false where no figure is known.
func (c *CyberIncident) Amount() (m value.Money, ok bool) {
	a, ok := claim.Preferred(c.Amounts)
	return a.Value, ok
}

// PreferOnly flags an amount and an attribution that stand alone as preferred.
func (c *CyberIncident) PreferOnly(reason string) {
	claim.PreferOnly(c.Amounts, reason)
	claim.PreferOnly(c.Attributions, reason)
}

// Claims are the amounts and the attributions.
func (c *CyberIncident) Claims() []claim.List {
	return []claim.List{claim.ListOf(&c.Amounts), claim.ListOf(&c.Attributions)}
}

// Check demands a victim, a date and one preferred claim of each sort.
func (c *CyberIncident) Check(report Report) {
	required(report, "victim", c.Victim)
	requiredDate(report, "date", c.Date)
	checkClaims(report, "amounts", c.Amounts)
	checkClaims(report, "attributions", c.Attributions)
	if len(c.Attributions) == 0 {
		report("attributions", "an incident needs at least one attribution, if only a suspicion")
	}
	for i, a := range c.Amounts {
		stated(report, at("amounts", i, "value.amount"), a.Value.Amount)
		notNegative(report, at("amounts", i, "value.amount"), &a.Value.Amount)
		currency(report, at("amounts", i, "value.currency"), a.Value.Currency)
	}
	for i, a := range c.Addresses {
		if id, address, ok := strings.Cut(a, ":"); !ok || id == "" || address == "" {
			report("addresses["+strconv.Itoa(i)+"]", "want the chain, a colon and the address, as ethereum:0x…")
		}
	}
	for i, a := range c.Attributions {
		required(report, at("attributions", i, "value"), a.Value)
		if a.Status == "" {
			status(report, at("attributions", i, "status"), a.Status)
		}
	}
}

// Group is a hacking group, or an organ that groups answer to, with its
// subordination over time.
type Group struct {
	Type          Kind            `json:"type"`
	Party         party.Party     `json:"party"`
	Subordination []Subordination `json:"subordination,omitempty"`
	Attributed    *bool           `json:"attributed,omitempty" jsonschema:"attributed to the Democratic People's Republic of Korea by the source"`
	FirstSeen     value.Date      `json:"first_seen,omitzero" jsonschema:"first public description"`
	Note          string          `json:"note,omitempty"`
}

// Subordination says under which organ a group stood, since when and who says so.
type Subordination struct {
	Under     string          `json:"under" jsonschema:"record id of the organ"`
	From      value.Date      `json:"from,omitzero"`
	To        value.Date      `json:"to,omitzero"`
	Authority string          `json:"authority"`
	Anchor    claim.Anchor    `json:"anchor"`
	Certainty claim.Certainty `json:"certainty,omitempty"`
}

// Kind is KindGroup.
func (*Group) Kind() Kind { return KindGroup }

// When is the first public description.
func (g *Group) When() value.Date { return g.FirstSeen }

// Check demands a named party and an authority for each subordination.
func (g *Group) Check(report Report) {
	g.Party.Check(func(f, r string) { report("party."+f, r) })
	for i, s := range g.Subordination {
		required(report, at("subordination", i, "under"), s.Under)
		required(report, at("subordination", i, "authority"), s.Authority)
		certainty(report, at("subordination", i, "certainty"), s.Certainty)
		interval(report, at("subordination", i, "to"), s.From, s.To)
	}
}

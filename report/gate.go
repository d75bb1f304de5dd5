package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/annex"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Severity of what the gate found: an error stops the report, a warning prints.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Complaint is one thing the gate found.
type Complaint struct {
	Severity Severity `json:"severity"`
	Place    string   `json:"place"` // paragraph, table or record
	What     string   `json:"what"`
}

// Complaints are what the gate found, errors first, each severity in reading order.
type Complaints []Complaint

// Stop reports whether the report may not pass.
func (cs Complaints) Stop() bool {
	return slices.ContainsFunc(cs, func(c Complaint) bool { return c.Severity == Error })
}

// Gate checks a document against the records it was written from.
func Gate(src Source, doc *document.Document) (Complaints, error) {
	all, err := src.Records("")
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	g := &gate{records: map[string]record.Record{}, derivations: map[string]derive.Derivation{}}
	for _, r := range all {
		g.records[r.ID] = r
	}
	for _, d := range doc.Derivations {
		g.derivations[d.ID] = d
	}
	for p := range doc.Paragraphs() {
		g.paragraph(p)
	}
	for b := range doc.Blocks() {
		if t, ok := b.(*document.Table); ok {
			g.table(t)
		}
	}
	g.sums(all, doc)
	g.origins(doc)
	g.parties(all)
	g.masthead(doc.Masthead)
	g.dates(all, doc.Masthead)
	slices.SortStableFunc(g.found, func(a, b Complaint) int { return cmp.Compare(a.Severity, b.Severity) })
	return g.found, nil
}

type gate struct {
	records     map[string]record.Record
	derivations map[string]derive.Derivation
	found       Complaints
}

func (g *gate) complain(s Severity, place, format string, args ...any) {
	g.found = append(g.found, Complaint{s, place, fmt.Sprintf(format, args...)})
}

// paragraph lets text state no number, figures print what they derive, quotes
// say what the record says, and recommendations name their measure.
func (g *gate) paragraph(p *document.Paragraph) {
	place := "paragraph " + p.Label()
	cites := false
	for _, s := range p.Spans {
		switch s.Kind {
		case document.Text:
			if word, bad := prose.StatesNumber(s.Text); bad {
				g.complain(Error, place, "the text %q states a number (%q) that no figure gives", s.Text, word)
			}
		case document.Figure:
			g.figure(place, s)
		case document.Quote:
			if text, err := prose.Field(g.records[s.Record], s.Field); err != nil || text != s.Text {
				g.complain(Error, place, "quotes %q, which is not what record %s says in %s", s.Text, s.Record, s.Field)
			}
		case document.Citation:
			cites = true
		case document.Reference:
			if s.Text == "" {
				g.complain(Error, place, "reference to %q leads nowhere", s.Target)
			}
		}
	}
	if p.Recommendation && !cites {
		g.complain(Error, place, "a recommendation cites no measure")
	}
}

func (g *gate) figure(place string, s document.Span) {
	d, ok := g.derivations[s.Derivation]
	switch {
	case !ok:
		g.complain(Error, place, "prints %q without a derivation", s.Text)
	case d.Result.Print(s.Style) != s.Text:
		g.complain(Error, place, "prints %q where %s gives %q", s.Text, d.Command(), d.Result.Print(s.Style))
	case s.Text == derive.NoFigure:
		g.complain(Warning, place, "%s gives no figure: %s", d.Command(), d.Result.Note)
	}
}

// table demands a derivation, a citation for each finding, and a date and a
// currency for each amount, and repeats what findings warn of, such as a goods code
// that is somebody's mapping.
func (g *gate) table(t *document.Table) {
	d, ok := g.derivations[t.Derivation]
	if !ok {
		if t.ID != annex.FiguresID {
			g.complain(Error, t.Label, "is printed without a derivation")
		}
		return
	}
	for _, c := range d.Result.Table.Columns {
		if c.Form == derive.Money && c.Unit == "" {
			g.complain(Error, t.Label, "column %q gives amounts without a currency", c.Title)
		}
	}
	if d.Name() != "regime.findings.table" {
		return
	}
	warned := map[string]int{}
	for i, r := range d.Result.Table.Rows {
		if d.Result.Table.Cell(r, "citation") == "" {
			g.complain(Error, t.Label, "row %d is a finding without citation", i+1)
		}
		if w := d.Result.Table.Cell(r, "warning"); w != "" && w != derive.NotApplicable && w != Cover {
			warned[w]++
		}
	}
	for _, w := range slices.Sorted(maps.Keys(warned)) {
		g.complain(Warning, t.Label, "to be looked at before it is published: %s (rows: %d)", w, warned[w])
	}
}

// sums computes the losses again from the records, by hand as it were, and holds
// every place that prints them against the result.
func (g *gate) sums(all []record.Record, doc *document.Document) {
	for _, d := range doc.Derivations {
		switch d.Name() {
		case "cyber.losses.usd":
			g.equal(d, d.Result.Value, registerSum(all, d.Params))
		case "cyber.years.table", "cyber.incidents.table":
			g.equal(d, totalCell(d.Result.Table, "usd"), registerSum(all, d.Params))
		case "cyber.views.table":
			for _, r := range d.Result.Table.Rows {
				p := derive.Params{}
				for k, v := range d.Params {
					p[k] = v
				}
				p["view"] = d.Result.Table.Cell(r, "view")
				g.equal(d, d.Result.Table.Cell(r, "usd"), registerSum(all, p))
			}
		}
	}
}

func (g *gate) equal(d derive.Derivation, printed, want string) {
	if printed != want {
		g.complain(Error, d.Command(), "gives %s, but the register sums to %s", printed, want)
	}
}

func totalCell(t *derive.Table, key string) string {
	for _, r := range t.Rows {
		if r.Total {
			return t.Cell(r, key)
		}
	}
	return ""
}

// registerSum adds the preferred amounts row by row, without the analysis.
func registerSum(all []record.Record, p derive.Params) string {
	sum := value.Decimal{}
	for _, r := range record.Of[*observation.CyberIncident](all) {
		o := r.Observation
		year := fmt.Sprint(o.Date.Year())
		crypto := o.CryptoCompany != nil && *o.CryptoCompany
		amount, known := o.Amount()
		if !known || amount.Currency != "USD" || len(year) != 4 || year < p["from"] || year > p["to"] ||
			p["scope"] == "crypto" && !crypto || o.DPRK == nil || !*o.DPRK || p["status"] != "" && p["status"] != string(o.Status()) ||
			!claim.View(p["view"]).Includes(o.Status()) {
			continue
		}
		sum = sum.Add(amount.Amount)
	}
	return sum.String()
}

// origins warns of allegations that rest on a single origin, and stops a report
// that sums incidents without saying how many of them do.
func (g *gate) origins(doc *document.Document) {
	sums, said := false, false
	for _, d := range doc.Derivations {
		switch d.Name() {
		case "cyber.losses.usd":
			sums = true
		case "cyber.incidents.table": // has a column of origins
			said = true
		case "cyber.incidents.single_origin":
			said = true
			if d.Result.Value != "0" {
				g.complain(Warning, "register", "incidents of the view that rest on a single origin: %s; the text and the register say so", d.Result.Value)
			}
		}
	}
	if sums && !said {
		g.complain(Error, "register", "incidents are summed, and the report does not say how many rest on a single origin")
	}
}

// dates warns of records that the desk came to know, and of sources published,
// after the date on the report.
func (g *gate) dates(all []record.Record, m document.Masthead) {
	late := 0
	for _, r := range all {
		after := m.Date.Before(r.AsOf)
		for _, s := range r.Sources {
			after = after || m.Date.Before(s.Date)
		}
		if after {
			late++
		}
	}
	if late > 0 {
		g.complain(Warning, "masthead", "%d records were known only after the date on the report, %s", late, m.Date)
	}
}

// masthead warns of a title that states a number: whoever files the report words
// it, and no figure stands behind it.
func (g *gate) masthead(m document.Masthead) {
	for _, s := range []string{m.Title, m.Subtitle} {
		if word, bad := prose.StatesNumber(s); bad {
			g.complain(Warning, "masthead", "the title %q states a number (%q) that no figure gives", s, word)
		}
	}
}

// parties demands an act and a reply status of everybody who is named without
// being designated. A record is itself the act; the reply is a record about it.
func (g *gate) parties(all []record.Record) {
	answered := map[string]bool{}
	for _, r := range record.Of[*observation.StateReply](all) {
		for _, id := range r.Observation.About {
			answered[id] = true
		}
	}
	for _, r := range all {
		for _, p := range record.Parties(r.Observation) {
			named := p.Kind == party.Person || p.Kind == party.Company || p.Kind == party.Bank || p.Kind == party.Vessel
			if named && !p.Designated() && !p.Pseudonym && !answered[r.ID] {
				g.complain(Error, r.ID, "names %s, which is not designated, without the status of a reply", p.Label())
			}
		}
	}
}

package reporttest

import (
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

func text(s string) document.Span     { return document.Span{Kind: document.Text, Text: s} }
func date(s string) document.Span     { return document.Span{Kind: document.Date, Text: s} }
func citation(s string) document.Span { return document.Span{Kind: document.Citation, Text: s} }
func refer(id string) document.Span   { return document.Span{Kind: document.Reference, Target: id} }

func note(s string) document.Span {
	return document.Span{Kind: document.Note, Footnote: &document.Footnote{Text: s}}
}

func para(spans ...document.Span) *document.Paragraph { return &document.Paragraph{Spans: spans} }

const filler = " The finding rests on the records named beside it and on nothing else; where two authorities disagree, both are kept and the range is printed. No conclusion is drawn about any person that is not designated."

func (b *builder) summary() []*document.Paragraph {
	one := para(text("The Panel examined "), b.figure("", "example.count", nil), text(" incidents of the years "), date("2017–2023"),
		text(" with losses of "), b.figure("", "example.losses", nil), text(" (see "), refer("t-years"), text(" and "), refer("cyber"), text(")."+filler))
	one.ID = "summary-1"
	two := para(text("Of these, "), b.figure("", "example.share", nil), text(" concern one bureau."), note("Member State information."), text(filler))
	two.ID, two.Unverified = "summary-2", true
	three := para(text("The Panel recommends measures against the use of intermediaries (see "), refer("rec-1"), text(")."))
	return []*document.Paragraph{one, two, three}
}

func (b *builder) introduction() *document.Section {
	return &document.Section{ID: "introduction", Title: "Introduction and standard of evidence", Blocks: []document.Block{
		para(text("This report is submitted pursuant to "), citation("paragraph 2 of resolution 2680 (2023)"), text("."), note("Resolution 2680 (2023), para. 2."), text(filler)),
		para(text("The standard of evidence is set out in "), refer("terms"), text("."+filler), note("S/2023/171, para. 46."), text(filler)),
	}, Sections: []*document.Section{
		{ID: "cooperation", Title: "Cooperation", Blocks: []document.Block{
			para(text("A source wrote: "), document.Span{Kind: document.Quote, Text: "“" + Hostile + "”", Record: recordID(2), Field: "summary"}, text(". "+filler)),
		}},
		{ID: "language", Title: "Languages", Blocks: []document.Block{
			para(text("Names are printed in their own script: 정찰총국 (偵察總局), 丹东示例贸易有限公司, شركة المثال."+filler), note("Letter to the Panel dated 3 May 2023. A longer note that runs over the end of a line, so that the measure and the indentation of the second line can be seen at the foot of the page.")),
		}},
	}}
}

func (b *builder) cyber() *document.Section {
	doubtful := para(text("In "), date("2021"), text(" there were "), b.figure("", "example.count", derive.Params{"year": "2021"}),
		text(" incidents, with losses of exactly "), b.figure(derive.Exact, "example.losses", derive.Params{"year": "2021"}), text("."+filler))
	doubtful.Unverified = true
	single := para(text("One incident of "), date("23 March 2022"), text(" is reported by one newspaper only."), note("Publisher, “Title”, 24 March 2022, archived copy."), text(filler))
	single.Single = true
	return &document.Section{ID: "cyber", Title: "Cyber incidents", Sections: []*document.Section{
		{ID: "by-year", Title: "Incidents by year and by view of the attribution", Blocks: []document.Block{
			para(text("The development is shown in "), refer("t-years"), text(" and "), refer("c-years"), text("."+filler)),
			b.yearTable(), doubtful, b.chart(), single,
		}, Sections: []*document.Section{
			{ID: "proceeds", Title: "Proceeds", Blocks: []document.Block{para(text("Losses in "), date("2022"), text(" were "), b.figure("", "example.losses", derive.Params{"year": "2022"}), text("."+filler+filler))}},
		}},
		{ID: "groups", Title: "Groups", Blocks: []document.Block{para(text("No record in this part."))}},
	}}
}

func (b *builder) recommendations() *document.Section {
	rec := func(id string, spans ...document.Span) *document.Paragraph {
		return &document.Paragraph{ID: id, Recommendation: true, Spans: spans}
	}
	return &document.Section{ID: "recommendations", Title: "Recommendations", Blocks: []document.Block{
		rec("rec-1", text("The Panel recommends that the Committee designate the intermediaries named in "), refer("register"), text(", pursuant to "), citation("paragraph 8 (d) of resolution 1718 (2006)"), text(".")),
		rec("rec-2", text("The Panel recommends that Member States report losses with the date of valuation, after "), b.figure("", "example.count", nil), text(" incidents were examined.")),
	}}
}

func terms() *document.Section {
	define := func(id, term, s string) *document.Paragraph {
		return &document.Paragraph{ID: id, Definition: term, Spans: []document.Span{text(s)}}
	}
	return &document.Section{ID: "terms", Title: "Methodology and terms", Blocks: []document.Block{
		define("term-official", "Official", "attributed by a court, a ministry or a police authority that names the act."),
		define("term-panel", "Panel", "attributed by the Panel in a published report."),
		define("term-claim", "Claim", "a value with its authority, its date and its source."+filler),
	}}
}

func (b *builder) yearTable() *document.Table {
	d := b.derive("example.years", nil)
	t := printed(d, "t-years", "Incidents and losses by year", "Source: public record; view official+panel.")
	return t
}

func (b *builder) chart() *document.Chart {
	d := b.derive("example.years", nil)
	return &document.Chart{ID: "c-years", Caption: "Losses by year", Derivation: d.ID, Drawing: drawing{}, Note: "Source: public record; view official+panel."}
}

func (b *builder) register() *document.Section {
	t := printed(b.derive("example.register", nil), "t-register", "Register of incidents with every claim", "Source: public record. Amounts as claimed.")
	t.Wide = true
	for i, w := range []int{5, 4, 8, 5, 9, 5, 14} {
		t.Columns[i].Weight = w
	}
	return &document.Section{ID: "register", Title: "Register of incidents", Blocks: []document.Block{t}}
}

func (b *builder) figures() *document.Section {
	t := &document.Table{ID: "t-figures", Caption: "Figures and their derivations", Columns: []document.Column{
		{Title: "Figure", Form: derive.Code}, {Title: "Value", Numeric: true, Form: derive.Text}, {Title: "Command", Form: derive.Text},
	}}
	for _, d := range b.derivations() {
		cells := []string{d.Function, d.Result.Print(derive.Exact), d.Command()}
		t.Rows = append(t.Rows, document.Row{Cells: cells, Values: cells})
	}
	return &document.Section{ID: "figures", Title: "Figures", Sections: []*document.Section{
		{ID: "figures-all", Title: "All figures", Blocks: []document.Block{t}},
	}}
}

// printed sets a derivation's table for print.
func printed(d derive.Derivation, id, caption, below string) *document.Table {
	t := &document.Table{ID: id, Caption: caption, Derivation: d.ID, Note: below}
	for _, c := range d.Result.Table.Columns {
		numeric := c.Form == derive.Number || c.Form == derive.Money || c.Form == derive.Percent
		t.Columns = append(t.Columns, document.Column{Title: c.Title, Unit: c.Unit, Numeric: numeric, Form: c.Form})
	}
	for _, r := range d.Result.Table.Rows {
		cells := make([]string, len(r.Cells))
		for i, v := range r.Cells {
			switch {
			case v == "":
				v = "–"
			case t.Columns[i].Numeric:
				v = derive.Group(v)
			}
			cells[i] = v
		}
		t.Rows = append(t.Rows, document.Row{Cells: cells, Values: r.Cells, Record: r.Record, Total: r.Total, Unverified: r.Unverified})
	}
	return t
}

// drawing is a chart of seven plain bars.
type drawing struct{}

func (drawing) SVG(prefix string) []byte {
	s := `<svg xmlns="http://www.w3.org/2000/svg" id="` + prefix + `" role="img" aria-labelledby="` + prefix + `-t" width="720" height="220" viewBox="0 0 720 220" style="max-width:100%;height:auto"><title id="` + prefix + `-t">Losses grew every year</title>`
	s += `<style>@media screen and (prefers-color-scheme:dark){#` + prefix + ` rect{fill:#a9cdf2}#` + prefix + ` text{fill:#e6eaef}}</style>`
	for i := range 7 {
		x, h := strconv.Itoa(20+i*100), 20+i*25
		s += `<rect x="` + x + `" y="` + strconv.Itoa(195-h) + `" width="70" height="` + strconv.Itoa(h) + `" fill="#1f3a5f"/><text x="` + x + `" y="212" font-size="12" fill="#1b1f24">` + strconv.Itoa(2017+i) + `</text>`
	}
	return []byte(s + "</svg>\n")
}

func (drawing) EMF() []byte               { return nil }
func (drawing) Alt() string               { return "Losses by year, 2017 to 2023" }
func (drawing) Size() (width, height int) { return 720, 220 }

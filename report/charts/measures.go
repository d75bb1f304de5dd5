package charts

import (
	"strings"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Followed is the year to which the measures are followed where a report's period
// ends before it.
const Followed = 2026

// InForceYears are the parameters of the years that InForce draws.
func InForceYears(p Period) string { return prose.Years(p.Since, max(p.To, Followed)) }

// InForce draws the measures in force by their legal nature, from the first to the
// last year that a report looks at.
func InForce(w *prose.Writer, p Period) *document.Chart {
	last := max(p.To, Followed)
	end := func(year int, force string) string {
		return "{regime.inforce.count on=" + lastDay(year) + force + "}"
	}
	about := frame(w,
		"On the last day of "+prose.Year(p.Since)+", "+end(p.Since, "")+" measures were in force; on that of "+prose.Year(p.To)+", "+end(p.To, "")+", of which "+end(p.To, " force=binding")+" binding",
		"Measures in force, by legal nature; numbers name the resolution that brought them",
		"Source: the rules on the resolutions, a measure for each paragraph or part of a paragraph that demands something of its own. Other: clarifications, exemptions, concerns and demands outside Chapter VII. Below the axis: measures that ended or were replaced.")
	return w.Draw(prose.Exhibit{
		ID: "chart-inforce", Caption: "Measures in force, " + prose.Period(p.Since, last), Figure: "regime.inforce.series", Params: prose.Params(InForceYears(p)),
	}, func(t *derive.Table) (document.Drawing, error) {
		s := chart.Stack{Frame: about, From: firstDay(p.Since), To: lastDay(last), Bands: []string{"binding", "calls", "other"}, Ended: "ended"}
		var all []string
		named := map[string]bool{}
		for _, r := range t.Rows {
			x := inForceStep(t, r)
			if named[x.Begun] { // a part of a resolution that begins later
				x.Begun = ""
			}
			named[x.Begun] = true
			s.Steps, all = append(s.Steps, x), append(all, t.Cell(r, "all"))
		}
		var err error
		if s.Ticks, err = numberTicks(all...); err != nil {
			return nil, err
		}
		return drawn(chart.NewStack(s))
	})
}

func inForceStep(t *derive.Table, r derive.Row) chart.Stacked {
	x := chart.Stacked{Date: t.Cell(r, "date"), Total: number(t.Cell(r, "all"))}
	for _, key := range []string{"binding", "call", "other"} {
		x.Values = append(x.Values, number(t.Cell(r, key)))
	}
	if by := t.Cell(r, "by"); by != derive.NotApplicable && t.Cell(r, "begun") != "0" {
		x.Begun = short(by)
	}
	if p := t.Cell(r, "paragraphs"); p != derive.NotApplicable {
		x.End = short(p)
	}
	return x
}

// short names resolutions and paragraphs by number: "2371 OP11, 2371 OP12".
func short(citations string) string {
	var out []string
	for c := range strings.SplitSeq(citations, "; ") {
		c = strings.TrimPrefix(c, "S/RES/")
		number, rest, _ := strings.Cut(c, " (")
		_, paragraph, _ := strings.Cut(rest, ") ")
		out = append(out, strings.TrimSpace(number+" "+paragraph))
	}
	return strings.Join(out, ", ")
}

// Package charts draws the charts of the report from the tables of derivations:
// what is drawn is what the table beside it prints. Titles say the finding in
// words that a figure backs; they pass through the same gate as the text.
//
//	block := charts.Years(w, charts.Period{From: 2017, To: 2023})
//
// A chart of a table without rows is nil: nothing is drawn of nothing.
package charts

import (
	"strconv"

	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Period is the years a report covers, and the first year of those charts that
// look further back.
type Period struct {
	From, To int
	Since    int
}

// drawing hands a chart to the document, which knows no chart room.
type drawing struct{ *chart.Chart }

// SVG is the chart with every id under the prefix.
func (d drawing) SVG(idPrefix string) []byte { return d.Chart.SVG(chart.Options{ID: idPrefix}) }

func drawn(c *chart.Chart, err error) (document.Drawing, error) {
	if err != nil {
		return nil, err
	}
	return drawing{c}, nil
}

// frame is the text around a chart, written with references.
func frame(w *prose.Writer, title, subtitle, foot string) chart.Frame {
	return chart.Frame{Title: w.Plain(title), Subtitle: w.Plain(subtitle), Foot: w.Plain(foot)}
}

// usd is an amount with its print label.
func usd(amount string) chart.Value {
	if amount == "" {
		return chart.Value{}
	}
	return chart.Value{Amount: amount, Label: derive.Result{Value: amount, Unit: derive.UnitUSD}.Print("")}
}

func number(amount string) chart.Value {
	if amount == "" {
		return chart.Value{}
	}
	return chart.Value{Amount: amount, Label: derive.Group(amount)}
}

func dollarTicks(amounts ...string) ([]chart.Value, error) {
	return chart.NiceTicks(most(amounts), 5, func(n string) string { return usd(n).Label })
}

func numberTicks(amounts ...string) ([]chart.Value, error) {
	return chart.NiceTicks(most(amounts), 5, derive.Group)
}

// most is the greatest of plain decimals; "1" where there is none, so that an
// empty chart still has an axis.
func most(amounts []string) string {
	top := value.Int(1)
	for _, a := range amounts {
		if d, err := value.ParseDecimal(a); err == nil && d.Cmp(top) > 0 {
			top = d
		}
	}
	return top.String()
}

// firstDay and lastDay bound the axis of time.
func firstDay(year int) string { return strconv.Itoa(year) + "-01-01" }

func lastDay(year int) string { return strconv.Itoa(year) + "-12-31" }

// Package trade reads customs series and the petroleum totals that are counted
// against a cap.
//
// A year nobody reported is a gap, not a zero, and a change is computed only
// between two years that are both known.
//
//	s := trade.Totals(records, "CHN", "PRK", 2013, 2023)
//	usd, percent, ok := s.Change("total", 2023, 2022)
package trade

import (
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Statistic is a figure of customs statistics with its record.
type Statistic = record.Typed[*observation.TradeStatistic]

// Year is what one reporter published of one year's trade in all goods, in US
// dollars; nil is not known.
type Year struct {
	Year                  int
	Export, Import, Total *value.Decimal
	Records               []record.Record
	Approximate           bool
}

// Series is consecutive years, gaps included.
type Series []Year

// Totals collects the yearly figures of all goods between reporter and partner.
func Totals(rs []record.Record, reporter, partner string, from, to int) Series {
	out := make(Series, 0, max(0, to-from+1))
	for y := from; y <= to; y++ {
		out = append(out, Year{Year: y})
	}
	for _, s := range record.Of[*observation.TradeStatistic](rs) {
		o := s.Observation
		y := o.Period.Year()
		if o.Reporter != reporter || o.Partner != partner || o.HS != "" || y < from || y > to || o.Period.Precision() != value.Year {
			continue
		}
		year := &out[y-from]
		year.Records = append(year.Records, s.Record)
		year.Approximate = year.Approximate || o.Approximate
		switch o.Flow {
		case "export":
			year.Export = o.ValueUSD
		case "import":
			year.Import = o.ValueUSD
		case "total":
			year.Total = o.ValueUSD
		}
	}
	return out
}

// At returns the year's entry; ok is false outside the series.
func (s Series) At(year int) (Year, bool) {
	i := slices.IndexFunc(s, func(y Year) bool { return y.Year == year })
	if i < 0 {
		return Year{}, false
	}
	return s[i], true
}

// Flow returns export, import or total; nil where it is not known.
func (y Year) Flow(flow string) *value.Decimal {
	switch flow {
	case "export":
		return y.Export
	case "import":
		return y.Import
	case "total":
		return y.Total
	}
	return nil
}

// Change is the difference between two years of a flow, in US dollars and in per
// cent of the base to one decimal place; ok is false unless both are known and
// the base is not 0.
func (s Series) Change(flow string, year, base int) (usd, percent value.Decimal, ok bool) {
	a, _ := s.At(year)
	b, _ := s.At(base)
	now, then := a.Flow(flow), b.Flow(flow)
	if now == nil || then == nil {
		return usd, percent, false
	}
	usd = now.Sub(*then)
	percent, ok = usd.Mul(value.Int(100)).Quo(*then, 1)
	return usd, percent, ok
}

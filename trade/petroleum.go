package trade

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Window is one year's totals of refined petroleum: what was reported to the
// Committee and what others estimate are kept apart and never added.
type Window struct {
	Year      int
	Reported  []claim.Claim[observation.WindowTotal]
	Estimated []claim.Claim[observation.WindowTotal]
	Replies   []claim.Claim[string]
	Records   []record.Record
}

// Known reports whether anything is known of the year.
func (w Window) Known() bool { return len(w.Reported)+len(w.Estimated) > 0 }

// Windows collects the calendar years' totals of a product, gaps included.
func Windows(rs []record.Record, product string, from, to int) []Window {
	out := make([]Window, 0, max(0, to-from+1))
	for y := from; y <= to; y++ {
		out = append(out, Window{Year: y})
	}
	for _, p := range record.Of[*observation.PetroleumDelivery](rs) {
		o := p.Observation
		y := o.Date.Year()
		if o.Product != product || len(o.Totals) == 0 || y < from || y > to {
			continue
		}
		w := &out[y-from]
		w.Records = append(w.Records, p.Record)
		w.Replies = append(w.Replies, o.Replies...)
		for _, t := range o.Totals {
			if t.Value.Basis == "reported" {
				w.Reported = append(w.Reported, t)
			} else {
				w.Estimated = append(w.Estimated, t)
			}
		}
	}
	return out
}

// Largest returns the claim with the most barrels; ok is false where none gives
// barrels.
func Largest(totals []claim.Claim[observation.WindowTotal]) (c claim.Claim[observation.WindowTotal], ok bool) {
	var counted []claim.Claim[observation.WindowTotal]
	for _, t := range totals {
		if t.Value.Barrels != nil {
			counted = append(counted, t)
		}
	}
	if len(counted) == 0 {
		return c, false
	}
	return slices.MaxFunc(counted, func(a, b claim.Claim[observation.WindowTotal]) int {
		return cmp.Or(a.Value.Barrels.Cmp(*b.Value.Barrels), cmp.Compare(b.Authority, a.Authority))
	}), true
}

// Share is a total in per cent of a cap, to one decimal place.
func Share(total, limit value.Decimal) (percent value.Decimal, ok bool) {
	return total.Mul(value.Int(100)).Quo(limit, 1)
}

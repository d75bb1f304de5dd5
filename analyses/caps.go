package analyses

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/trade"
)

// capKinds are the kinds of measure that cap a product.
var capKinds = map[string]string{"refined": "petroleum-cap", "crude": "crude-cap", "coal": "sectoral-cap"}

func capFigures() ([]derive.Function, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	params := []derive.Param{
		paramFrom, paramTo,
		{Name: "product", About: "refined petroleum, crude oil or coal", Default: "refined", Allowed: []string{"coal", "crude", "refined"}},
		packParam(pack),
	}
	reads := kinds(observation.KindPetroleumDelivery, observation.KindShipment, observation.KindCommitteeNotice)
	return []derive.Function{
		{Name: "trade.caps.table", Version: 1, About: "a capped product by window: cap, totals reported and estimated apart, single deliveries, notices", Params: params, Reads: reads, Run: capTable},
		{Name: "trade.caps.windows", Version: 1, About: "windows of a product's caps of which a record gives a total or a delivery", Params: params, Reads: reads, Run: countCapWindows},
	}, nil
}

// capWindow is one window of one cap with what records say of it.
type capWindow struct {
	measure *regime.Measure
	ledger  regime.Ledger
	counts  regime.Interval // the part of the window in which the cap counts
	records []record.Record // that the ledger rests on
	notices []record.Typed[*observation.CommitteeNotice]
}

// spoken reports whether any record speaks of the window's amounts.
func (w *capWindow) spoken() bool { return len(w.records) > 0 }

// capWindows lists the windows of the product's caps that lie in the period, in
// order, those of which no record speaks among them.
func capWindows(c derive.Call) ([]*capWindow, error) {
	from, to, err := period(c)
	if err != nil {
		return nil, err
	}
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	out, err := windowsOf(capKinds[c.Params["product"]], from, to)
	if err != nil {
		return nil, err
	}
	held := map[string]record.Record{}
	var all []record.Record
	for _, k := range []observation.Kind{observation.KindPetroleumDelivery, observation.KindShipment} {
		rs, err := records(c, k)
		if err != nil {
			return nil, err
		}
		all = append(all, rs...)
		for _, r := range rs {
			held[r.ID] = r
		}
	}
	for _, l := range pack.Ledgers(all, value.Date{}) {
		i := slices.IndexFunc(out, func(w *capWindow) bool {
			return w.measure.ID == l.MeasureID && w.ledger.Window == l.Window && w.ledger.Unit == l.Unit
		})
		if i >= 0 {
			out[i].ledger = l
			for _, id := range recordsOf(l) {
				out[i].records = append(out[i].records, held[id])
			}
		}
	}
	notices, err := records(c, observation.KindCommitteeNotice)
	if err != nil {
		return nil, err
	}
	for _, w := range out {
		for _, n := range record.Of[*observation.CommitteeNotice](notices) {
			if n.Observation.Measure == w.measure.ID && w.ledger.Window.Contains(n.Observation.Date) {
				w.notices = append(w.notices, n)
			}
		}
	}
	return out, nil
}

// windowsOf are the windows of the caps of a kind of measure, without entries.
func windowsOf(kind string, from, to int) ([]*capWindow, error) {
	ms, err := inOrder(func(m *regime.Measure) bool { return m.Kind == kind })
	var out []*capWindow
	for _, m := range ms {
		for _, r := range m.Rules {
			if r.Limit == nil {
				continue
			}
			for _, limit := range r.Limit.Caps {
				if limit.Withdrawn.IsZero() {
					out = append(out, windowsOfCap(m, r.Limit, limit, from, to)...)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *capWindow) int {
		return cmp.Or(a.counts.From.Compare(b.counts.From), cmp.Compare(a.ledger.Unit, b.ledger.Unit))
	})
	return out, err
}

func windowsOfCap(m *regime.Measure, l *regime.Limit, limit regime.Cap, from, to int) []*capWindow {
	var out []*capWindow
	for y := from - 1; y <= to; y++ { // a window of twelve months may have begun the year before
		w := window(l, y)
		counts := regime.Interval{From: latest(w.From, m.InForce.From, limit.From), Until: earliest(w.Until, m.InForce.Until, limit.Until)}
		if counts.From.Before(counts.Until) && counts.From.Year() <= to && dayBefore(counts.Until).Year() >= from {
			out = append(out, &capWindow{measure: m, counts: counts, ledger: regime.Ledger{
				MeasureID: m.ID, Window: w, Cap: limit.Amount.Decimal, Unit: limit.Unit,
			}})
		}
	}
	return out
}

// window is the limit's window that begins in the year.
func window(l *regime.Limit, year int) regime.Interval {
	begin := func(y int) value.Date {
		if l.Window == regime.CalendarYear {
			return value.MustDate(fmt.Sprintf("%04d-01-01", y))
		}
		return value.MustDate(fmt.Sprintf("%04d%s", y, l.Start.String()[len("2017"):]))
	}
	return regime.Interval{From: begin(year), Until: begin(year + 1)}
}

// latest and earliest pass over dates that are not given.
func latest(ds ...value.Date) value.Date {
	out := ds[0]
	for _, d := range ds {
		if !d.IsZero() && out.Before(d) {
			out = d
		}
	}
	return out
}

func earliest(ds ...value.Date) value.Date {
	out := ds[0]
	for _, d := range ds {
		if !d.IsZero() && d.Before(out) {
			out = d
		}
	}
	return out
}

// recordsOf are the ids of the records that a ledger rests on, each once.
func recordsOf(l regime.Ledger) []string {
	var ids []string
	for _, e := range slices.Concat(l.Reported, l.Estimated) {
		ids = append(ids, e.RecordID)
	}
	ids = slices.Concat(ids, l.DeliveredReported.Records, l.DeliveredUnreported.Records)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func countCapWindows(c derive.Call) (derive.Result, error) {
	ws, err := capWindows(c)
	if err != nil {
		return derive.Result{}, err
	}
	var rests []record.Record
	spoken := map[regime.Interval]bool{}
	for _, w := range ws {
		if w.spoken() {
			spoken[w.counts] = true
			rests = append(rests, w.records...)
		}
	}
	return count(len(spoken), "windows", rests), nil
}

// capTable never adds what is reported to what is estimated, nor single deliveries
// to totals: each is a column of its own.
func capTable(c derive.Call) (derive.Result, error) {
	ws, err := capWindows(c)
	if err != nil {
		return derive.Result{}, err
	}
	units, deliveries := map[string]bool{}, false
	for _, w := range ws {
		units[w.ledger.Unit] = true
		deliveries = deliveries || len(w.ledger.DeliveredReported.Records)+len(w.ledger.DeliveredUnreported.Records) > 0
	}
	columns := capColumns(units, deliveries)
	var rows []derive.Row
	var rests []record.Record
	for _, w := range ws {
		cells := w.cells()
		r := derive.Row{}
		for _, col := range columns {
			r.Cells = append(r.Cells, cells[col.Key])
		}
		for _, x := range w.records {
			r.Unverified = r.Unverified || x.Certainty == claim.FromMemory
		}
		for _, e := range slices.Concat(w.ledger.Reported, w.ledger.Estimated) {
			r.Unverified = r.Unverified || e.Certainty == claim.FromMemory
		}
		if len(w.records) == 1 {
			r.Record = w.records[0].ID
		}
		rows, rests = append(rows, r), append(rests, w.records...)
		for _, n := range w.notices {
			rests = append(rests, n.Record)
		}
	}
	return table(columns, rows, rests), nil
}

// capColumns has the unit in the headers where all caps count in the same, else in
// a column.
func capColumns(units map[string]bool, deliveries bool) []derive.Column {
	unit := ""
	if len(units) == 1 {
		for u := range units {
			unit = unitWords(u)
		}
	}
	number := func(key, title string) derive.Column {
		return derive.Column{Key: key, Title: title, Form: derive.Number, Unit: unit}
	}
	columns := []derive.Column{
		{Key: "window", Title: "Window", Form: derive.Text},
		{Key: "citation", Title: "Paragraph", Form: derive.Text},
	}
	if unit == "" {
		columns = append(columns, derive.Column{Key: "unit", Title: "Unit", Form: derive.Text})
	}
	columns = append(columns, number("cap", "Cap"), number("reported", "Reported to the Committee"), number("estimated", "Estimated by others"),
		derive.Column{Key: "share", Title: "Estimated", Form: derive.Percent, Unit: "per cent of the cap"},
		derive.Column{Key: "by", Title: "Who says so, of which time", Form: derive.Text})
	if deliveries {
		columns = append(columns, number("delivered_reported", "Single deliveries, reported"), number("delivered_unreported", "Single deliveries, not said to be reported"))
	}
	return append(columns, derive.Column{Key: "after", Title: "Notices of the Committee, and what became of it", Form: derive.Text})
}

func unitWords(unit string) string {
	if unit == strings.ToUpper(unit) {
		return unit
	}
	return unit + "s"
}

func (w *capWindow) cells() map[string]string {
	l := w.ledger
	out := map[string]string{
		"window": w.name(), "citation": citeMeasure(w.measure), "unit": unitWords(l.Unit), "cap": l.Cap.String(),
		"by": w.claimants(), "after": w.after(),
	}
	if top, ok := largestEntry(l.Reported); ok {
		out["reported"] = top.Amount.String()
	}
	if top, ok := largestEntry(l.Estimated); ok {
		out["estimated"] = top.Amount.String()
		if p, ok := trade.Share(top.Amount, l.Cap); ok {
			out["share"] = p.String()
		}
	}
	if len(l.DeliveredReported.Records) > 0 {
		out["delivered_reported"] = l.DeliveredReported.Sum.String()
	}
	if len(l.DeliveredUnreported.Records) > 0 {
		out["delivered_unreported"] = l.DeliveredUnreported.Sum.String()
	}
	return out
}

// name is the year where the cap counts in the whole of it, else the first and
// the last day on which it does.
func (w *capWindow) name() string {
	year := strconv.Itoa(w.counts.From.Year())
	if w.counts == (regime.Interval{From: value.MustDate(year + "-01-01"), Until: value.MustDate(strconv.Itoa(w.counts.From.Year()+1) + "-01-01")}) {
		return year
	}
	return w.counts.From.String() + " to " + dayBefore(w.counts.Until).String()
}

func dayBefore(d value.Date) value.Date {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return value.Date{}
	}
	return value.MustDate(t.AddDate(0, 0, -1).Format(time.DateOnly))
}

func largestEntry(es []regime.Entry) (regime.Entry, bool) {
	if len(es) == 0 {
		return regime.Entry{}, false
	}
	return slices.MaxFunc(es, func(a, b regime.Entry) int { return a.Amount.Cmp(b.Amount) }), true
}

// claimants says of every total whose it is and which time it covers; the amount
// too where several of a kind stand beside each other.
func (w *capWindow) claimants() string {
	var out []string
	for _, x := range []struct {
		basis string
		es    []regime.Entry
	}{{"reported", w.ledger.Reported}, {"estimated", w.ledger.Estimated}} {
		for _, e := range x.es {
			var s strings.Builder
			s.WriteString(title(x.basis))
			if len(x.es) > 1 {
				s.WriteString(": " + derive.Group(e.Amount.String()))
			}
			s.WriteString(" by " + e.Claimant)
			if !e.On.IsZero() {
				s.WriteString(" (" + e.On.String() + ")")
			}
			s.WriteString(", for " + e.From.String() + " to " + e.To.String())
			if e.MoreThan {
				s.WriteString("; the source says “more than”")
			}
			out = append(out, s.String())
		}
	}
	return strings.Join(out, ". ")
}

// after lists the Committee's notices of the window, which stop supply, and what
// States answered.
func (w *capWindow) after() string {
	var out []string
	for _, n := range w.notices {
		what := "Notice of the Committee"
		if p := n.Observation.Percent; p != nil {
			what += " at " + strconv.Itoa(*p) + " per cent"
		}
		out = append(out, what+" on "+n.Observation.Date.String())
	}
	for _, p := range record.Of[*observation.PetroleumDelivery](w.records) {
		for _, x := range p.Observation.Replies {
			out = append(out, x.Authority+": "+x.Value)
		}
	}
	return strings.Join(out, "; ")
}

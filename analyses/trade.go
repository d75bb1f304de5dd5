package analyses

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/trade"
)

// capMeasure is the paragraph that caps refined petroleum by calendar year.
const capMeasure = "kp-2397-5"

var (
	paramFlow  = derive.Param{Name: "flow", About: "as China reports it", Default: "total", Allowed: []string{"export", "import", "total"}}
	paramBase  = derive.Param{Name: "base", About: "year compared with", Default: "2022"}
	paramBasis = derive.Param{Name: "basis", About: "reported to the Committee, or estimated by others", Default: "reported", Allowed: []string{"reported", "estimated"}}
)

func tradeFigures() ([]derive.Function, error) {
	stats, oil := kinds(observation.KindTradeStatistic), kinds(observation.KindPetroleumDelivery)
	change := []derive.Param{paramYear, paramBase, paramFlow}
	span := []derive.Param{paramFrom, paramTo}
	window := []derive.Param{paramYear, paramBasis}
	return []derive.Function{
		{Name: "trade.china.value", Version: 1, About: "China's trade with the DPRK in one year", Params: []derive.Param{paramYear, paramFlow}, Reads: stats, Run: chinaValue},
		{Name: "trade.china.change.usd", Version: 1, About: "change between two years", Params: change, Reads: stats, Run: chinaChange("usd")},
		{Name: "trade.china.change.percent", Version: 1, About: "change between two years in per cent of the base", Params: change, Reads: stats, Run: chinaChange("percent")},
		{Name: "trade.china.change.word", Version: 1, About: "whether trade rose or fell between two years, as a word", Params: change, Reads: stats, Run: chinaChange("word")},
		{Name: "trade.china.table", Version: 1, About: "China's yearly trade with the DPRK and its change", Params: span, Reads: stats, Run: chinaTable},
		{Name: "trade.china.gaps", Version: 1, About: "years of the period without a total", Params: span, Reads: stats, Run: chinaGaps},
		{Name: "trade.petroleum.cap", Version: 1, About: "barrels of refined petroleum allowed in a calendar year", Run: petroleumCap},
		{Name: "trade.petroleum.total", Version: 1, About: "a year's total of refined petroleum: the largest reported or estimated", Params: window, Reads: oil, Run: petroleumTotal},
		{Name: "trade.petroleum.share", Version: 1, About: "a year's total in per cent of the cap", Params: window, Reads: oil, Run: petroleumShare},
		{Name: "trade.petroleum.table", Version: 1, About: "refined petroleum by year: cap, reported, claimed, and by whom", Params: span, Reads: oil, Run: petroleumTable},
		{Name: "trade.petroleum.gaps", Version: 1, About: "years of the period without any total", Params: span, Reads: oil, Run: petroleumGaps},
	}, nil
}

func china(c derive.Call, from, to int) (trade.Series, error) {
	rs, err := records(c, observation.KindTradeStatistic)
	if err != nil {
		return nil, err
	}
	return trade.Totals(rs, "CHN", "PRK", from, to), nil
}

func chinaValue(c derive.Call) (derive.Result, error) {
	y, err := year(c, "year")
	if err != nil {
		return derive.Result{}, err
	}
	s, err := china(c, y, y)
	if err != nil {
		return derive.Result{}, err
	}
	return restsOn(derive.Result{Value: text(s[0].Flow(c.Params["flow"])), Unit: derive.UnitUSD}, flowRecords(s[0], c.Params["flow"])), nil
}

// flowRecords are the year's records of one flow: a total does not rest on the
// flows reported beside it.
func flowRecords(y trade.Year, flow string) []record.Record {
	var out []record.Record
	for _, r := range y.Records {
		if o, ok := r.Observation.(*observation.TradeStatistic); ok && o.Flow == flow {
			out = append(out, r)
		}
	}
	return out
}

func chinaChange(what string) func(derive.Call) (derive.Result, error) {
	return func(c derive.Call) (derive.Result, error) {
		y, err := year(c, "year")
		if err != nil {
			return derive.Result{}, err
		}
		base, err := year(c, "base")
		if err != nil {
			return derive.Result{}, err
		}
		s, err := china(c, min(y, base), max(y, base))
		if err != nil {
			return derive.Result{}, err
		}
		flow := c.Params["flow"]
		now, _ := s.At(y)
		then, _ := s.At(base)
		rests := append(flowRecords(now, flow), flowRecords(then, flow)...)
		usd, percent, ok := s.Change(flow, y, base)
		return restsOn(changeResult(what, usd, percent, ok), rests), nil
	}
}

func changeResult(what string, usd, percent value.Decimal, ok bool) derive.Result {
	switch {
	case what == "word" && !ok:
		return word("cannot be compared")
	case what == "word":
		return word([]string{"fell", "did not change", "rose"}[usd.Sign()+1])
	case !ok:
		return derive.Result{Note: "one of the two years is not known"}
	case what == "usd":
		return derive.Result{Value: usd.String(), Unit: derive.UnitUSD}
	}
	return derive.Result{Value: percent.String(), Unit: derive.UnitPercent}
}

func chinaTable(c derive.Call) (derive.Result, error) {
	from, to, err := period(c)
	if err != nil {
		return derive.Result{}, err
	}
	s, err := china(c, from-1, to)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "year", Title: "Year", Form: derive.Code},
		{Key: "export", Title: "China’s exports", Form: derive.Money, Unit: "USD"},
		{Key: "import", Title: "China’s imports", Form: derive.Money, Unit: "USD"},
		{Key: "total", Title: "Total", Form: derive.Money, Unit: "USD"},
		{Key: "change_usd", Title: "Change on the year before", Form: derive.Money, Unit: "USD"},
		{Key: "change", Title: "Change", Form: derive.Percent, Unit: "per cent"},
	}
	var rows []derive.Row
	var rests []record.Record
	for _, y := range s[1:] {
		r := derive.Row{Cells: []string{strconv.Itoa(y.Year), text(y.Export), text(y.Import), text(y.Total), "", ""}}
		if usd, percent, ok := s.Change("total", y.Year, y.Year-1); ok {
			r.Cells[4], r.Cells[5] = usd.String(), percent.String()
		}
		for _, x := range y.Records {
			r.Unverified = r.Unverified || x.Certainty == claim.FromMemory
		}
		rows, rests = append(rows, r), append(rests, y.Records...)
	}
	return table(columns, rows, rests), nil
}

func chinaGaps(c derive.Call) (derive.Result, error) {
	return gaps(c, func(from, to int) (unknown int, err error) {
		s, err := china(c, from, to)
		for _, y := range s {
			if y.Total == nil {
				unknown++
			}
		}
		return unknown, err
	})
}

// gaps counts the years of the period about which nothing is known.
func gaps(c derive.Call, unknown func(from, to int) (int, error)) (derive.Result, error) {
	from, to, err := period(c)
	if err != nil {
		return derive.Result{}, err
	}
	n, err := unknown(from, to)
	return derive.Result{Value: strconv.Itoa(n), Unit: "years"}, err
}

// limit is the cap in barrels as the regime's measure gives it, and when it is in
// force.
func limit() (value.Decimal, regime.Interval, error) {
	pack, err := kp.Pack()
	if err != nil {
		return value.Decimal{}, regime.Interval{}, err
	}
	m, ok := pack.Measure(capMeasure)
	if !ok {
		return value.Decimal{}, regime.Interval{}, fmt.Errorf("measure %s: not in the pack", capMeasure)
	}
	for _, r := range m.Rules {
		if r.Limit == nil {
			continue
		}
		for _, c := range r.Limit.Caps {
			if c.Unit == "barrel" {
				return c.Amount.Decimal, m.InForce, nil
			}
		}
	}
	return value.Decimal{}, regime.Interval{}, fmt.Errorf("measure %s: no cap in barrels", capMeasure)
}

// limitIn is the cap of a calendar year; ok is false where none was in force all
// year.
func limitIn(year int) (amount value.Decimal, ok bool, err error) {
	amount, inForce, err := limit()
	if err != nil {
		return amount, false, err
	}
	d, err := value.NewDate(year, 0, 0)
	return amount, err == nil && inForce.Contains(d), err
}

func petroleumCap(derive.Call) (derive.Result, error) {
	l, _, err := limit()
	return derive.Result{Value: l.String(), Unit: "barrels", Note: "a calendar year, " + capMeasure}, err
}

func windows(c derive.Call, from, to int) ([]trade.Window, error) {
	rs, err := records(c, observation.KindPetroleumDelivery)
	if err != nil {
		return nil, err
	}
	return trade.Windows(rs, "refined", from, to), nil
}

func largestTotal(c derive.Call) (trade.Window, claim.Claim[observation.WindowTotal], bool, error) {
	y, err := year(c, "year")
	if err != nil {
		return trade.Window{}, claim.Claim[observation.WindowTotal]{}, false, err
	}
	ws, err := windows(c, y, y)
	if err != nil {
		return trade.Window{}, claim.Claim[observation.WindowTotal]{}, false, err
	}
	totals := ws[0].Reported
	if c.Params["basis"] == "estimated" {
		totals = ws[0].Estimated
	}
	t, ok := trade.Largest(totals)
	return ws[0], t, ok, nil
}

func petroleumTotal(c derive.Call) (derive.Result, error) {
	w, t, ok, err := largestTotal(c)
	r := derive.Result{Unit: "barrels"}
	if !ok || err != nil {
		return r, err
	}
	r.Value, r.Note = t.Value.Barrels.String(), totalRemark(t)
	return unverifiedClaim(restsOn(r, w.Records), w.Records, t.Certainty), nil
}

// unverifiedClaim marks the result where the claim itself, not its record, was
// written down from memory.
func unverifiedClaim(r derive.Result, rs []record.Record, c claim.Certainty) derive.Result {
	if c == claim.FromMemory && len(r.Unverified) == 0 {
		for _, x := range rs {
			r.Unverified = append(r.Unverified, x.ID)
		}
	}
	return r
}

func totalRemark(t claim.Claim[observation.WindowTotal]) string {
	s := t.Value.Basis + " by " + t.Authority
	if t.Value.Basis == "reported" {
		s = "reported to the " + t.Authority
	}
	if t.Value.AtLeast {
		s += "; the source says “more than”"
	}
	if !t.Value.To.IsZero() {
		s += "; covers " + t.Value.From.String() + " to " + t.Value.To.String()
	}
	return s
}

func petroleumShare(c derive.Call) (derive.Result, error) {
	w, t, ok, err := largestTotal(c)
	r := derive.Result{Unit: derive.UnitPercent}
	if !ok || err != nil {
		return r, err
	}
	l, capped, err := limitIn(w.Year)
	if err != nil {
		return r, err
	}
	if p, ok := trade.Share(*t.Value.Barrels, l); ok && capped {
		r.Value, r.Note = p.String(), totalRemark(t)
	}
	return unverifiedClaim(restsOn(r, w.Records), w.Records, t.Certainty), nil
}

func petroleumTable(c derive.Call) (derive.Result, error) {
	from, to, err := period(c)
	if err != nil {
		return derive.Result{}, err
	}
	ws, err := windows(c, from, to)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "year", Title: "Year", Form: derive.Code},
		{Key: "cap", Title: "Cap", Form: derive.Number, Unit: "barrels"},
		{Key: "reported", Title: "Reported to the Committee", Form: derive.Number, Unit: "barrels"},
		{Key: "claimed", Title: "Claimed by others", Form: derive.Number, Unit: "barrels"},
		{Key: "share", Title: "Claimed", Form: derive.Percent, Unit: "per cent of the cap"},
		{Key: "by", Title: "Claimant and remark", Form: derive.Text},
		{Key: "reply", Title: "What became of it", Form: derive.Text},
	}
	var rows []derive.Row
	var rests []record.Record
	for _, w := range ws {
		l, capped, err := limitIn(w.Year)
		if err != nil {
			return derive.Result{}, err
		}
		r := derive.Row{Cells: []string{strconv.Itoa(w.Year), derive.NotApplicable, "", "", "", "", ""}}
		if capped {
			r.Cells[1] = l.String()
		}
		if t, ok := trade.Largest(w.Reported); ok {
			r.Cells[2] = t.Value.Barrels.String()
		}
		if t, ok := trade.Largest(w.Estimated); ok {
			r.Cells[3], r.Cells[5] = t.Value.Barrels.String(), totalRemark(t)
			if p, ok := trade.Share(*t.Value.Barrels, l); ok && capped {
				r.Cells[4] = p.String()
			}
		}
		var replies []string
		for _, x := range w.Replies {
			replies = append(replies, x.Authority+": "+x.Value)
		}
		r.Cells[6] = strings.Join(replies, "; ")
		if len(w.Records) > 0 {
			r.Record, r.Unverified = w.Records[0].ID, w.Records[0].Certainty == claim.FromMemory
		}
		rows, rests = append(rows, r), append(rests, w.Records...)
	}
	return table(columns, rows, rests), nil
}

func petroleumGaps(c derive.Call) (derive.Result, error) {
	return gaps(c, func(from, to int) (unknown int, err error) {
		ws, err := windows(c, from, to)
		for _, w := range ws {
			if !w.Known() {
				unknown++
			}
		}
		return unknown, err
	})
}

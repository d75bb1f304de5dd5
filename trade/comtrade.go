package trade

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Columns of UN Comtrade's classic CSV that are read.
const (
	comtradePeriod       = "Period"
	comtradeFlow         = "Trade Flow"
	comtradeReporter     = "Reporter ISO"
	comtradePartner      = "Partner ISO"
	comtradeReporterCode = "Reporter Code" // where there are no letters
	comtradePartnerCode  = "Partner Code"
	comtradeGoods        = "Commodity Code"
	comtradeValue        = "Trade Value (US$)"
)

// comtradeFlows are the flows as this program names them. Goods that are exported
// again leave the reporter like others.
var comtradeFlows = map[string]string{"Import": "import", "Export": "export", "Re-Import": "import", "Re-Export": "export"}

// comtradePartners are partners that stand in some rows without their letters.
var comtradePartners = map[string]string{"408": dprk, "410": republic}

// allGoods is what the file writes for the sum over all goods.
const allGoods = "TOTAL"

// Comtrade reads rows of UN Comtrade's classic CSV as statistics.
type Comtrade struct {
	period, flow, reporter, reporterCode, partner, partnerCode, goods, value int
}

// NewComtrade recognises the header; ok is false for that of another file.
func NewComtrade(header []string) (c *Comtrade, ok bool) {
	at := map[string]int{}
	for i, name := range header {
		at[strings.TrimSpace(name)] = i + 1
	}
	c = &Comtrade{}
	for name, place := range map[string]*int{
		comtradePeriod: &c.period, comtradeFlow: &c.flow, comtradeReporter: &c.reporter,
		comtradePartner: &c.partner, comtradeGoods: &c.goods, comtradeValue: &c.value,
	} {
		if *place = at[name] - 1; *place < 0 {
			return nil, false
		}
	}
	c.reporterCode, c.partnerCode = at[comtradeReporterCode]-1, at[comtradePartnerCode]-1
	return c, true
}

// Record makes a statistic of a row with as many values as the header. Its id says
// what the row is about. A reporter without letters, such as an area, is a missing
// fact. The error is a *record.Invalid whose fields are columns.
func (c *Comtrade) Record(row []string) (record.Record, error) {
	o := &observation.TradeStatistic{
		Type: observation.KindTradeStatistic, Reporter: strings.TrimSpace(row[c.reporter]), Partner: strings.TrimSpace(row[c.partner]),
		HS: strings.TrimSpace(row[c.goods]),
	}
	bad := &record.Invalid{}
	report := func(column, reason string) {
		bad.Faults = append(bad.Faults, record.Fault{Field: column, Reason: reason})
	}
	if o.Partner == "" && c.partnerCode >= 0 {
		o.Partner = comtradePartners[strings.TrimSpace(row[c.partnerCode])]
	}
	if o.HS == allGoods {
		o.HS = ""
	}
	var ok bool
	if o.Flow, ok = comtradeFlows[strings.TrimSpace(row[c.flow])]; !ok {
		report(comtradeFlow, fmt.Sprintf("is %q, want Import, Export, Re-Import or Re-Export", clip(row[c.flow])))
	}
	var err error
	if o.Period, err = comtradeDate(strings.TrimSpace(row[c.period])); err != nil {
		report(comtradePeriod, err.Error())
	}
	if usd := strings.TrimSpace(row[c.value]); usd != "" {
		d, err := value.ParseDecimal(usd)
		if err != nil {
			report(comtradeValue, err.Error())
		}
		o.ValueUSD = &d
	}
	if len(bad.Faults) == 0 {
		o.Check(func(field, reason string) { report(c.column(field), reason) })
	}
	if len(bad.Faults) > 0 {
		return record.Record{}, bad
	}
	by := o.Reporter
	if by == "" && c.reporterCode >= 0 {
		by = strings.TrimSpace(row[c.reporterCode])
	}
	return record.Record{ID: comtradeID(by, strings.TrimSpace(row[c.flow]), o), Observation: o}, nil
}

// comtradeDate reads 2016 and 201603.
func comtradeDate(s string) (value.Date, error) {
	if len(s) == len("201603") && !strings.Contains(s, "-") {
		s = s[:4] + "-" + s[4:]
	}
	return value.ParseDate(s)
}

// column is the column that a field was read from.
func (c *Comtrade) column(field string) string {
	for name, of := range map[string]string{
		comtradePeriod: "period", comtradeReporter: "reporter", comtradePartner: "partner", comtradeGoods: "hs", comtradeValue: "value_usd",
	} {
		if of == field {
			return name
		}
	}
	return field
}

// comtradeID is TRD-BFA-2016-Import-PRK-27. Parts that are missing are left out.
func comtradeID(reporter, flow string, o *observation.TradeStatistic) string {
	parts := []string{"TRD"}
	for _, p := range []string{reporter, o.Period.String(), flow, o.Partner, o.HS} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "-")
}

// clip keeps an absurd value from filling the message that complains of it.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

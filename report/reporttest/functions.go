package reporttest

import (
	"fmt"
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
)

// functions are the invented analyses behind the fixture's figures.
func functions() []derive.Function {
	view := derive.Param{Name: "view", About: "which attributions count", Default: "official+panel"}
	year := derive.Param{Name: "year", About: "calendar year"}
	reads := []string{"cyber_incident"}
	return []derive.Function{
		{Name: "example.count", Version: 2, Params: []derive.Param{view, year}, Reads: reads, Run: count},
		{Name: "example.losses", Version: 1, Params: []derive.Param{view, year}, Reads: reads, Run: losses},
		{Name: "example.share", Version: 1, Params: []derive.Param{view}, Reads: reads, Run: share},
		{Name: "example.years", Version: 1, Params: []derive.Param{view}, Reads: reads, Run: years},
		{Name: "example.register", Version: 3, Reads: reads, Run: register},
		{Name: "example.figures", Version: 1, Reads: reads, Run: register},
	}
}

// year of a record, and its amount: a plain rule instead of data.
func yearOf(i int) int { return 2017 + i/7 }

func amountOf(i int) int64 { return int64(i*i+3) * 1_234_567 }

func counted(c derive.Call, each func(i int)) (ids []string) {
	for i := range incidents {
		if y := c.Params["year"]; y == "" || y == strconv.Itoa(yearOf(i)) {
			each(i)
			ids = append(ids, recordID(i))
		}
	}
	return ids
}

func count(c derive.Call) (derive.Result, error) {
	n := 0
	ids := counted(c, func(int) { n++ })
	r := derive.Result{Value: strconv.Itoa(n), Unit: "incidents", Records: ids}
	if c.Params["year"] == "2021" {
		r.Unverified = ids[:2]
		r.Note = "Two rows were written down from memory; their sources are being sought."
	}
	return r, nil
}

func losses(c derive.Call) (derive.Result, error) {
	var sum int64
	ids := counted(c, func(i int) { sum += amountOf(i) })
	return derive.Result{
		Value: strconv.FormatInt(sum, 10), Unit: derive.UnitUSD, Records: ids,
		Low: strconv.FormatInt(sum/10*9, 10), High: strconv.FormatInt(sum/10*12, 10),
		Note: "Preferred claims; the range takes the least and the greatest claim of each incident.",
	}, nil
}

func share(derive.Call) (derive.Result, error) {
	return derive.Result{Value: "12.5", Unit: derive.UnitPercent, Note: Hostile}, nil
}

func years(c derive.Call) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "year", Title: "Year", Form: derive.Code},
		{Key: "n", Title: "Incidents", Form: derive.Number},
		{Key: "usd", Title: "Losses", Form: derive.Money, Unit: "US dollars"},
		{Key: "share", Title: "Share", Form: derive.Percent, Unit: "per cent"},
		{Key: "first", Title: "First incident", Form: derive.Date},
	}}
	var all int64
	for y := 2017; y <= 2023; y++ {
		n, sum := 0, int64(0)
		for i := range incidents {
			if yearOf(i) == y {
				n, sum = n+1, sum+amountOf(i)
			}
		}
		all += sum
		first := fmt.Sprintf("%d-02-%02d", y, y-2010)
		if y == 2019 {
			first = "2019-03"
		}
		t.Rows = append(t.Rows, derive.Row{
			Cells:      []string{strconv.Itoa(y), strconv.Itoa(n), strconv.FormatInt(sum, 10), fmt.Sprintf("%d.5", y-2010), first},
			Unverified: y == 2021,
		})
	}
	t.Rows = append(t.Rows, derive.Row{
		Cells: []string{"Total", strconv.Itoa(incidents), strconv.FormatInt(all, 10), "", derive.NotApplicable}, Total: true,
	})
	return derive.Result{Table: t, Records: counted(c, func(int) {})}, nil
}

var victims = []string{"Example Exchange", "Ünïon Bank, Ltd.", "조선무역은행 (Trade Bank)", "丹东示例贸易有限公司", "شركة المثال", "=HYPERLINK(\"x\")", "Bridge 0x9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0"}

func register(c derive.Call) (derive.Result, error) {
	t := &derive.Table{Columns: []derive.Column{
		{Key: "id", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "victim", Title: "Victim", Form: derive.Text},
		{Key: "usd", Title: "Amount", Form: derive.Money, Unit: "US dollars"},
		{Key: "token", Title: "Base units", Form: derive.Number},
		{Key: "by", Title: "Claimed by", Form: derive.Text},
		{Key: "basis", Title: "Basis and dissent", Form: derive.Text},
	}}
	for i := range incidents {
		date := fmt.Sprintf("%d-%02d-%02d", yearOf(i), 1+i%12, 1+i%28)
		usd := strconv.FormatInt(amountOf(i), 10)
		if i%5 == 4 {
			date, usd = date[:7], ""
		}
		t.Rows = append(t.Rows, derive.Row{Record: recordID(i), Unverified: i%9 == 3, Cells: []string{
			recordID(i), date, victims[i%len(victims)], usd, strconv.Itoa(i+1) + "00000000000000000000",
			"Authority " + string(rune('A'+i%4)),
			"Statement of the authority with the addresses concerned; a second authority names another amount and has not withdrawn it.",
		}})
	}
	return derive.Result{Table: t, Records: counted(c, func(int) {})}, nil
}

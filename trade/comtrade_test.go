package trade_test

import (
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/trade"
	"pgregory.net/rapid"
)

var header = []string{"Period", "Trade Flow", "Reporter Code", "Reporter ISO", "Partner Code", "Partner ISO", "Commodity Code", "Trade Value (US$)"}

func TestComtrade(t *testing.T) {
	c, ok := trade.NewComtrade(header)
	if !ok {
		t.Fatal("the header is not recognised")
	}
	for _, tt := range []struct{ row, want string }{
		{"2016,Import,854,BFA,408,PRK,27,7573630", "TRD-BFA-2016-Import-PRK-27 2016 BFA PRK import 27 7573630"},
		{"201603,Re-Export,854,BFA,408,,2710,12.50", "TRD-BFA-2016-03-Re-Export-PRK-2710 2016-03 BFA PRK export 2710 12.5"},
		{"2016,Re-Import,854,BFA,410,,TOTAL,1", "TRD-BFA-2016-Re-Import-KOR 2016 BFA KOR import  1"},
		{"1997,Export,490,,408,PRK,27,", "TRD-490-1997-Export-PRK-27 1997  PRK export 27 -"},
		{"2016,Transit,854,BFA,408,PRK,27,1", `Trade Flow: is "Transit", want Import, Export, Re-Import or Re-Export`},
		{"soon,Import,854,BFA,408,PRK,27,1", "Period: date"},
		{",Import,854,BFA,408,PRK,27,1", "Period: is missing"},
		{"2016,Import,854,BFA,408,PRK,AG2,1", "Commodity Code: "},
		{"2016,Import,854,Burkina,408,PRK,27,1", "Reporter ISO: "},
		{"2016,Import,854,BFA,408,PRK,27,1e6", "Trade Value (US$): "},
		{"2016,Import,854,BFA,408,PRK,27,-1", "Trade Value (US$): is negative"},
	} {
		r, err := c.Record(strings.Split(tt.row, ","))
		if err != nil {
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s: got %v, want %s", tt.row, err, tt.want)
			}
			continue
		}
		o := r.Observation.(*observation.TradeStatistic)
		usd := "-"
		if o.ValueUSD != nil {
			usd = o.ValueUSD.String()
		}
		if got := strings.Join([]string{r.ID, o.Period.String(), o.Reporter, o.Partner, o.Flow, o.HS, usd}, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.row, got, tt.want)
		}
	}
}

// Without any one of the columns that are needed it is another file.
func TestComtradeNeedsItsColumns(t *testing.T) {
	for i, name := range header {
		rest := append(append([]string{}, header[:i]...), header[i+1:]...)
		_, ok := trade.NewComtrade(rest)
		if optional := strings.HasSuffix(name, "Code") && !strings.HasPrefix(name, "Commodity"); ok != optional {
			t.Errorf("without %s: %t", name, ok)
		}
	}
}

// Whatever stands in a row, it is a sound statistic or an error.
func FuzzComtrade(f *testing.F) {
	f.Add("2016,Import,854,BFA,408,PRK,27,7573630")
	f.Add("201603,Re-Export,,,410,,TOTAL,")
	c, _ := trade.NewComtrade(header)
	f.Fuzz(func(t *testing.T, text string) {
		row := append(strings.Split(text, ","), make([]string, len(header))...)[:len(header)]
		r, err := c.Record(row)
		if err != nil {
			return
		}
		observation.Check(r.Observation, func(field, reason string) { t.Errorf("%q: %s: %s", text, field, reason) })
	})
}

func TestColumnsMayStandInAnyOrder(t *testing.T) {
	row := strings.Split("2016,Import,854,BFA,408,PRK,27,7573630", ",")
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}).Draw(t, "order")
		var names, values []string
		for _, i := range at {
			names, values = append(names, header[i]), append(values, row[i])
		}
		c, ok := trade.NewComtrade(names)
		if !ok {
			t.Fatalf("%q is not recognised", names)
		}
		if r, err := c.Record(values); err != nil || r.ID != "TRD-BFA-2016-Import-PRK-27" {
			t.Fatalf("got %+v, %v", r, err)
		}
	})
}

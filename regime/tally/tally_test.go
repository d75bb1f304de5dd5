package tally_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/tally"
	"pgregory.net/rapid"
)

func shipment(date, hs, usd string) record.Record {
	o := &observation.Shipment{Type: observation.KindShipment, Date: value.MustDate(date), HS: hs}
	if usd != "" {
		o.ValueUSD = new(value.MustDecimal(usd))
	}
	return record.Record{ID: "SHP-1", Observation: o}
}

func statistic(period, reporter, hs, usd string) record.Record {
	return record.Record{ID: "TRD-1", Observation: &observation.TradeStatistic{
		Type: observation.KindTradeStatistic, Period: value.MustDate(period), Reporter: reporter, HS: hs, ValueUSD: new(value.MustDecimal(usd)),
	}}
}

func found(list ...string) (out []regime.Finding) {
	for i := 0; i < len(list); i += 2 {
		out = append(out, regime.Finding{MeasureID: list[i], Result: regime.Result(list[i+1])})
	}
	return out
}

func TestTally(t *testing.T) {
	c := tally.New()
	c.Add(shipment("2018-05-14", "270112", "0.10"), found("m-1", "breach", "m-2", "possible"))
	c.Add(shipment("2018-06-14", "2702", "0.20"), found("m-1", "breach", "m-1", "breach", "m-1", "possible"))
	c.Add(shipment("2018-07-14", "27", ""), found("m-2", "exempt"))
	c.Add(shipment("2019", "0902", "5"), nil)
	c.Add(shipment("", "", "7"), nil)
	c.Add(statistic("2018", "BFA", "27", "100000000000000000000.01"), found("m-2", "possible"))

	var cells []string
	for _, x := range c.Cells() {
		cells = append(cells, fmt.Sprint(x.Chapter, x.Year, x.Measure, x.Result, x.Records, x.Stated, x.USD))
	}
	want := []string{
		"27 2018 m-1 breach 2 2 0.3", "27 2018 m-1 possible 1 1 0.2", "27 2018 m-2 possible 2 2 100000000000000000000.11", "27 2018 m-2 exempt 1 0 0",
	}
	if fmt.Sprintf("%q", squeezed(cells)) != fmt.Sprintf("%q", squeezed(want)) {
		t.Errorf("got %q, want %q", cells, want)
	}

	chapters := c.Groups(tally.Chapter)
	if len(chapters) != 3 || chapters[0].Key != "" || chapters[1].Key != "09" || chapters[2].Key != "27" {
		t.Fatalf("got %+v", chapters)
	}
	coal := chapters[2]
	if coal.All.Records != 4 || coal.All.Stated != 3 || coal.All.USD.String() != "100000000000000000000.31" {
		t.Errorf("got %+v", coal.All)
	}
	if coal.Found["breach"].Records != 2 || coal.Found["possible"].Records != 1 || coal.Found["exempt"].Records != 1 || coal.Found["breach"].USD.String() != "0.3" {
		t.Errorf("got %+v", coal.Found)
	}
	if years := c.Groups(tally.Year); len(years) != 3 || years[0].Key != "" || years[1].Key != "2018" || years[1].All.Records != 4 {
		t.Errorf("got %+v", years)
	}
	if reporters := c.Groups(tally.Reporter); len(reporters) != 1 || reporters[0].Key != "BFA" || reporters[0].All.Records != 1 {
		t.Errorf("got %+v", reporters)
	}
	if measures := c.Measures(); len(measures) != 4 || measures[3].Measure != "m-2" || measures[3].Result != "exempt" || measures[2].Records != 2 {
		t.Errorf("got %+v", measures)
	}
}

func squeezed(list []string) (out []string) {
	for _, s := range list {
		b := []byte{}
		for _, c := range []byte(s) {
			if c != ' ' {
				b = append(b, c)
			}
		}
		out = append(out, string(b))
	}
	return out
}

func TestGravest(t *testing.T) {
	if got := tally.Gravest(found("a", "exempt", "b", "possible", "c", "grace")); got != regime.Possible {
		t.Errorf("got %s", got)
	}
	if got := tally.Gravest(nil); got != "" {
		t.Errorf("got %s", got)
	}
}

// Counting in parts and adding up is counting.
func TestMergeIsAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type one struct {
			r  record.Record
			fs []regime.Finding
		}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) one {
			date, hs := rapid.SampledFrom([]string{"2017-01-02", "2018", ""}).Draw(t, "date"), rapid.SampledFrom([]string{"27", "270112", "44", ""}).Draw(t, "hs")
			r := shipment(date, hs, rapid.SampledFrom([]string{"", "1", "0.1"}).Draw(t, "usd"))
			if rapid.Bool().Draw(t, "statistic") {
				r = statistic("2018", rapid.SampledFrom([]string{"", "BFA", "NLD"}).Draw(t, "reporter"), hs, "3.5")
			}
			results := []string{"m-1", "breach", "m-1", "possible", "m-2", "exempt"}
			return one{r, found(results[:2*rapid.IntRange(0, 3).Draw(t, "findings")]...)}
		}), 0, 30).Draw(t, "records")
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		whole, a, b := tally.New(), tally.New(), tally.New()
		for i, x := range all {
			whole.Add(x.r, x.fs)
			if i < cut {
				a.Add(x.r, x.fs)
			} else {
				b.Add(x.r, x.fs)
			}
		}
		b.Merge(a)
		if print(b) != print(whole) {
			t.Fatalf("got %s, want %s", print(b), print(whole))
		}
	})
}

func print(t *tally.Tally) string {
	b, _ := json.Marshal([]any{t.Cells(), t.Measures(), t.Groups(tally.Chapter), t.Groups(tally.Year), t.Groups(tally.Reporter)})
	return string(b)
}

func ExampleTally() {
	t := tally.New()
	t.Add(shipment("2018-05-14", "270112", "1720000.50"), found("kp-2371-8", "breach"))
	for _, c := range t.Cells() {
		fmt.Println(c.Chapter, c.Year, c.Measure, c.Result, c.Records, c.USD)
	}
	// Output: 27 2018 kp-2371-8 breach 1 1720000.5
}

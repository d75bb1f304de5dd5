package regime_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"pgregory.net/rapid"
)

// goodsPack is a made-up regime that speaks of goods in each way there is.
func goodsPack() map[string]string {
	measure := func(id, direction, rest string) string {
		return fmt.Sprintf(`id: %s
cite: {document: D/%s, paragraph: P1, certainty: checked, paragraph_checked: true, source: a book}
adopted: 2006-10-14
kind: test
force: binding
direction: %s
duty: every State
summary: a measure for tests
in_force: {from: 2006-10-14}
rules:
  - applies_to: [shipment, trade_statistic]
    reason: goods
%s
tests:
  - {name: another kind of code, given: {type: shipment, date: 2018-05-01, direction: %s, hs: "01"}, expect: none}
`, id, id, direction, rest, direction)
	}
	return map[string]string{
		"pack.yaml": "id: goods\nname: made up\n",
		"g-text.yaml": measure("g-text", "from_dprk", `    goods:
      - {codes: ["25", "44"], what: stone and wood, basis: resolution-text, certainty: checked}`),
		"g-map.yaml": measure("g-map", "from_dprk", `    goods:
      - {codes: ["2701", "2702"], what: coal, basis: analyst-mapping, certainty: from-memory}
      - {codes: ["8703"], except: ["870310"], what: cars, basis: analyst-mapping, certainty: checked}`),
		"g-hint.yaml": measure("g-hint", "to_dprk", `    goods:
      - {codes: ["2811", "280530"], what: a chemical, basis: screening-hint, certainty: from-memory}
      - {codes: ["281122"], what: silica, basis: analyst-mapping, certainty: checked}`),
		"g-luxury.yaml": measure("g-luxury", "to_dprk", `    lists: [annex]`),
		"g-national.yaml": measure("g-national", "to_dprk", `    lists: [national]
    unless: [annex]`),
		"lists/annex.yaml": `id: annex
name: an annex
source: a resolution
from: 2016-11-30
goods:
  - {codes: ["5701"], what: rugs, above_usd: 500, basis: analyst-mapping, certainty: checked}
  - {codes: ["9101"], what: watches, basis: analyst-mapping, certainty: checked}
`,
		"lists/national.yaml": `id: national
name: a national list
source: a law
goods:
  - {codes: ["5701", "2208", "9101"], what: luxury, basis: national-list, certainty: from-memory}
`,
	}
}

func TestGoods(t *testing.T) {
	p, err := regime.Load(files(goodsPack()))
	if err != nil {
		t.Fatal(err)
	}
	const from = `"type":"shipment","direction":"from_dprk","date":"2018-05-01"`
	const to = `"type":"shipment","direction":"to_dprk","date":"2018-05-01"`
	for _, test := range []struct {
		name, obs string
		want      []string
		asks      string // the beginning of a question
		warns     string
	}{
		{name: "a chapter of the text", obs: from + `,"hs":"440710"`, want: []string{"g-text breach"}},
		{name: "a mapping warns", obs: from + `,"hs":"270112"`, want: []string{"g-map breach"}, warns: "the code 2701 for coal is an analyst's mapping (from memory)"},
		{name: "a mapping seen in a source", obs: from + `,"hs":"870322"`, want: []string{"g-map breach"}, warns: "(seen in a source)"},
		{name: "left out", obs: from + `,"hs":"870310"`},
		{name: "too short", obs: from + `,"hs":"27"`, want: []string{"g-map possible"}, asks: "hs: Which code was it in full? 27 may or may not be 2701 or 2702 (coal)."},
		{name: "a heading beside", obs: from + `,"hs":"2703"`},
		{name: "no code", obs: from, want: []string{"g-map possible", "g-text possible"}, asks: "hs: "},
		{name: "a code of no edition", obs: from + `,"hs":"250999"`, want: []string{"g-text breach"}, warns: "the code 250999 is not in HS 2017, the edition of the record's date nor in any other held"},
		{name: "a code of the next edition", obs: `"type":"shipment","direction":"from_dprk","date":"2021-12-31","hs":"441911"`, want: []string{"g-text breach"}},
		{name: "before any edition held", obs: `"type":"shipment","direction":"from_dprk","date":"2011-12-31","hs":"270112"`, want: []string{"g-map breach"}, warns: "no edition of the nomenclature of that day is held"},
		{name: "a subheading before any edition held", obs: `"type":"shipment","direction":"to_dprk","date":"2011-12-31","hs":"280530"`, want: []string{"g-hint possible"}, asks: "hs: Which code was it in full? 2805"},
		{name: "a hint", obs: to + `,"hs":"281121"`, want: []string{"g-hint possible"}, asks: "hs: Does it meet the specification"},
		{name: "the firmest of two", obs: to + `,"hs":"281122"`, want: []string{"g-hint breach"}, warns: "281122 for silica"},
		{name: "above the price", obs: to + `,"hs":"570110","unit_value_usd":"500.01"`, want: []string{"g-luxury breach"}},
		{name: "at the price", obs: to + `,"hs":"570110","unit_value_usd":500`},
		{name: "price not known", obs: to + `,"hs":"570110","value_usd":"500.01"`, want: []string{"g-luxury possible"}, asks: "unit_value_usd: "},
		{name: "all of it costs no more", obs: to + `,"hs":"570110","value_usd":500`},
		{name: "before the list counts", obs: `"type":"shipment","direction":"to_dprk","date":"2016-11-29","hs":"570110","unit_value_usd":900`, want: []string{"g-national possible"}, asks: "hs: Is it a good that the paragraph means? a national list names code 5701"},
		{name: "in the year in which the list began", obs: `"type":"shipment","direction":"to_dprk","date":"2016","hs":"910111"`, want: []string{"g-luxury possible", "g-national possible"}},
		{name: "on the national list alone", obs: to + `,"hs":"2208"`, want: []string{"g-national possible"}},
		{name: "on both", obs: to + `,"hs":"9101"`, want: []string{"g-luxury breach"}},

		{name: "a statistic of imports", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"PRK","flow":"import","hs":"2701"`, want: []string{"g-map breach"}},
		{name: "of exports", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"PRK","flow":"export","hs":"9101"`, want: []string{"g-luxury breach"}},
		{name: "by that State itself", obs: `"type":"trade_statistic","period":"2018","reporter":"PRK","partner":"CHN","flow":"export","hs":"2701"`, want: []string{"g-map breach"}},
		{name: "with another partner", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"KOR","flow":"import","hs":"2701"`},
		{name: "perhaps with another", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"PRK","partner_alt":"KOR","flow":"import","hs":"2701"`, want: []string{"g-map possible"}, asks: "partner: Was the Republic of Korea meant?"},
		{name: "meant for another, perhaps", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"KOR","partner_alt":"PRK","flow":"import","hs":"2701"`, want: []string{"g-map possible"}, asks: "partner: "},
		{name: "both flows together", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"PRK","flow":"total","hs":"2701"`, want: []string{"g-map possible"}, asks: "direction: "},
		{name: "all goods together", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","partner":"PRK","flow":"import"`},
		{name: "no partner", obs: `"type":"trade_statistic","period":"2018","reporter":"CHN","flow":"import","hs":"2701"`, want: []string{"g-map possible"}, asks: "direction: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := p.Check(observe(t, "SHP-1", "{"+test.obs+"}"), value.Date{})
			if diff := cmp.Diff(test.want, brief(got)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s%+v", diff, got)
			}
			var questions, warnings []string
			for _, f := range got {
				questions = append(questions, f.Questions...)
				warnings = append(warnings, f.Warnings...)
			}
			if !anyStarts(questions, test.asks) {
				t.Errorf("asks %q, want %q", questions, test.asks)
			}
			if !strings.Contains(strings.Join(warnings, "\n"), test.warns) {
				t.Errorf("warns %q, want %q", warnings, test.warns)
			}
		})
	}
}

func anyStarts(list []string, start string) bool {
	if start == "" {
		return true
	}
	for _, s := range list {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}

func TestLoadRefusesGoods(t *testing.T) {
	for _, test := range []struct{ name, want, file, old, new string }{
		{"no digits", `"270l" is no goods code`, "g-map.yaml", `"2701"`, `"270l"`},
		{"eight digits", `"27011200" is no goods code`, "g-map.yaml", `"2701"`, `"27011200"`},
		{"no basis", "goods[0].basis", "g-map.yaml", "basis: analyst-mapping", "basis: hearsay"},
		{"no certainty", "goods[0].certainty", "g-map.yaml", "certainty: from-memory", "certainty: rather"},
		{"left out of nothing", "870210 lies under none of the codes", "g-map.yaml", "870310", "870210"},
		{"unknown list", "the pack has no list annexe", "g-luxury.yaml", "[annex]", "[annexe]"},
		{"nothing to leave out of", "there are no goods", "g-national.yaml", "    lists: [national]\n", ""},
		{"list named otherwise", "the file must be named after it", "lists/annex.yaml", "id: annex", "id: annexe"},
		{"list without source", "a list needs a name, a source and goods", "lists/annex.yaml", "source: a resolution", "source: ''"},
		{"list from a month", "from: want a day", "lists/annex.yaml", "2016-11-30", "2016-11"},
		{"free goods", "above_usd: want an amount above 0", "lists/annex.yaml", "above_usd: 500", "above_usd: 0"},
		{"goods of a permit", "a work_permit has no goods code", "g-map.yaml", "[shipment,", "[work_permit,"},
		{"direction of a rule", "direction: is \"up\"", "g-map.yaml", "    reason: goods", "    direction: up\n    reason: goods"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pack := goodsPack()
			if !strings.Contains(pack[test.file], test.old) {
				t.Fatal("nothing to edit")
			}
			pack[test.file] = strings.Replace(pack[test.file], test.old, test.new, 1)
			_, err := regime.Load(files(pack))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
			requireFileErrors(t, err)
		})
	}
}

// Whatever the code, asking only the rules that the index offers finds what
// asking every rule by itself finds.
func TestIndexLosesNothing(t *testing.T) {
	p := kpPack(t)
	rapid.Check(t, func(rt *rapid.T) {
		code := rapid.StringMatching(`(0[1-9]|[1-9][0-9])([0-9]{2}){0,2}`).Draw(rt, "hs")
		direction := rapid.SampledFrom([]string{"from_dprk", "to_dprk"}).Draw(rt, "direction")
		obs := fmt.Sprintf(`{"type":"shipment","date":%q,"direction":%q,"hs":%q,"unit_value_usd":700}`, day.Draw(rt, "day"), direction, code)
		r := observe(t, "SHP-1", obs)
		want := 0
		for _, m := range p.Measures() {
			want += len(p.CheckMeasure(m, r, value.Date{}, regime.NoTrace))
		}
		if got := p.Check(r, value.Date{}, regime.NoTrace); len(got) != want {
			rt.Fatalf("%s: %d findings, one measure at a time %d", obs, len(got), want)
		}
	})
}

func TestDecisions(t *testing.T) {
	p, err := regime.Load(files(goodsPack()))
	if err != nil {
		t.Fatal(err)
	}
	coal := observe(t, "SHP-1", `{"type":"shipment","direction":"from_dprk","date":"2018-05-01","hs":"270112"}`)
	late := observe(t, "SHP-1", `{"type":"shipment","direction":"from_dprk","date":"2018-05-14","hs":"270112"}`)
	month := observe(t, "SHP-1", `{"type":"shipment","direction":"from_dprk","date":"2018-05","hs":"270112"}`)
	for _, test := range []struct {
		name, decision string
		rec            record.Record
		asOf           string
		want           []string
		says           string
	}{
		{"none", `{"type":"panel_report","symbol":"S/1","report":"final"}`, coal, "", []string{"g-map breach"}, ""},
		{"exempted", `{"type":"committee_approval","number":"12","date":"2018-04-01","to":"2018-05-01","about":["SHP-1"]}`, coal, "", []string{"g-map exempt"}, "exempt: exemption no. 12 (APR-1)"},
		{"under that measure", `{"type":"committee_approval","number":"12","measure":"g-map","date":"2018-05-01","about":["SHP-1"]}`, coal, "", []string{"g-map exempt"}, ""},
		{"since nobody knows when", `{"type":"committee_approval","number":"12","to":"2019-01-01","about":["SHP-1"]}`, coal, "", []string{"g-map possible"}, "Does exemption no. 12 (APR-1) cover it? It runs to 2019-01-01."},
		{"granted some day of the month", `{"type":"committee_approval","number":"12","date":"2018-05","about":["SHP-1"]}`, coal, "", []string{"g-map possible"}, "It runs from 2018-05."},
		{"ends some day of the month", `{"type":"committee_approval","number":"12","date":"2018-01-01","to":"2018-05","about":["SHP-1"]}`, late, "", []string{"g-map possible"}, ""},
		{"under another", `{"type":"committee_approval","number":"12","measure":"g-text","about":["SHP-1"]}`, coal, "", []string{"g-map breach"}, ""},
		{"of another record", `{"type":"committee_approval","number":"12","about":["SHP-2"]}`, coal, "", []string{"g-map breach"}, ""},
		{"ended the day before", `{"type":"committee_approval","number":"12","date":"2018-04-01","to":"2018-04-30","about":["SHP-1"]}`, coal, "", []string{"g-map breach"}, "exemption no. 12 (APR-1) does not cover the record's date: it runs from 2018-04-01 to 2018-04-30"},
		{"granted the day after", `{"type":"committee_approval","number":"12","date":"2018-05-02","about":["SHP-1"]}`, coal, "", []string{"g-map breach"}, "it runs from 2018-05-02"},
		{"ends within the month", `{"type":"committee_approval","number":"12","date":"2018-04-01","to":"2018-05-15","about":["SHP-1"]}`, month, "", []string{"g-map possible"}, "Does exemption no. 12 (APR-1) cover it?"},
		{"not known yet", `{"type":"committee_approval","number":"12","date":"2018-04-01","about":["SHP-1"]}`, coal, "2018-03-31", []string{"g-map breach"}, ""},
		{"misreported", `{"type":"state_reply","from":"XA","outcome":"replied","claim":"misreported","about":["SHP-1"],"date":"2018-09-01"}`, coal, "", []string{"g-map possible"}, "XA replied that it was misreported (APR-1)"},
		{"exemption invoked", `{"type":"state_reply","from":"XA","outcome":"replied","claim":"exemption","number":"7","about":["SHP-1"]}`, coal, "", []string{"g-map possible"}, "XA invokes exemption no. 7"},
		{"aid", `{"type":"state_reply","from":"XA","outcome":"replied","claim":"humanitarian","about":["SHP-1"]}`, coal, "", []string{"g-map possible"}, "did the Committee exempt it"},
		{"says nothing of it", `{"type":"state_reply","from":"XA","outcome":"acknowledged","about":["SHP-1"]}`, coal, "", []string{"g-map breach"}, ""},
		{"replied later than known", `{"type":"state_reply","from":"XA","outcome":"replied","claim":"misreported","about":["SHP-1"],"date":"2018-09-01"}`, coal, "2018-08-31", []string{"g-map breach"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			asOf := value.Date{}
			if test.asOf != "" {
				asOf = value.MustDate(test.asOf)
			}
			d := regime.DecisionsOf([]record.Record{observe(t, "APR-1", test.decision)})
			got := p.Check(test.rec, asOf, regime.With(d))
			if diff := cmp.Diff(test.want, brief(got)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s%+v", diff, got)
			}
			if said := fmt.Sprintf("%+v", got); !strings.Contains(said, test.says) {
				t.Errorf("%s\ndoes not say %q", said, test.says)
			}
		})
	}
}

// A notice of the Committee stops supply; sums alone do not.
func TestNoticeStopsSupply(t *testing.T) {
	pack := tinyPack()
	pack["sub/t-cap.yaml"] = strings.Replace(pack["sub/t-cap.yaml"], "notices: [75, 90]", "notices: [75, 90]\n      stop: 90", 1)
	p, err := regime.Load(files(pack))
	if err != nil {
		t.Fatal(err)
	}
	delivery := func(date string) record.Record {
		return observe(t, "SHP-1", fmt.Sprintf(`{"type":"shipment","direction":"to_dprk","hs":"7204","date":%q,"committee_approval":false,"net_kg":1,"year_total_before_tonnes":0,"value_usd":1,"year_total_before_usd":1}`, date))
	}
	for _, test := range []struct {
		name, notice, date string
		want               []string
	}{
		{"the day after", `"date":"2017-06-01","percent":95`, "2017-06-02", []string{"t-cap breach"}},
		{"the same day", `"date":"2017-06-01","percent":90`, "2017-06-01", []string{"t-cap possible"}},
		{"the day before", `"date":"2017-06-01","percent":95`, "2017-05-31", nil},
		{"a lower level", `"date":"2017-06-01","percent":89`, "2017-06-02", nil},
		{"level not known", `"date":"2017-06-01"`, "2017-06-02", []string{"t-cap possible"}},
		{"of the window before", `"date":"2017-06-01","percent":95`, "2018-01-01", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := regime.DecisionsOf([]record.Record{observe(t, "NTC-1", `{"type":"committee_notice","measure":"t-cap",`+test.notice+`}`)})
			if diff := cmp.Diff(test.want, brief(p.Check(delivery(test.date), value.Date{}, regime.With(d)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJoinAndTry(t *testing.T) {
	tiny := load(t)
	goods, err := regime.Load(files(goodsPack()))
	if err != nil {
		t.Fatal(err)
	}
	both, err := regime.Join(goods, tiny)
	if err != nil {
		t.Fatal(err)
	}
	if both.ID != "goods+tiny" || len(both.Measures()) != len(goods.Measures())+len(tiny.Measures()) || both.Digest() == goods.Digest() {
		t.Errorf("joined: %s, %d measures, digest %s", both.ID, len(both.Measures()), both.Digest())
	}
	r := observe(t, "SHP-1", `{"type":"shipment","date":"2018-05-01","hs":"2701"}`)
	got := both.Check(r, value.Date{})
	if diff := cmp.Diff([]string{"g-map possible", "t-later possible"}, brief(got)); diff != "" {
		t.Error(diff)
	}
	if alone := goods.Check(r, value.Date{}); !cmp.Equal(alone[0], got[0], dates) {
		t.Errorf("joining changed a finding: %+v, alone %+v", got[0], alone[0])
	}
	if _, err := regime.Join(goods, goods); err == nil {
		t.Error("one pack was joined with itself")
	}

	text := tinyPack()["t-later.yaml"]
	if m, err := tiny.Try("t-later.yaml", []byte(text)); err != nil || m.ID != "t-later" {
		t.Errorf("the file as it is: %v", err)
	}
	if _, err := tiny.Try("t-later.yaml", []byte(strings.Replace(text, "expect: breach", "expect: none", 1))); err == nil || !strings.Contains(err.Error(), "found breach, want none") {
		t.Errorf("a failing test: %v", err)
	}
	if len(brief(tiny.Check(r, value.Date{}))) != 1 {
		t.Error("Try changed the pack")
	}
}

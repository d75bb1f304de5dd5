package regime_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
)

// tinyPack is a made-up regime with one measure for each thing the engine does.
func tinyPack() map[string]string {
	head := func(id, adopted, rest string) string {
		return fmt.Sprintf(`id: %s
cite: {document: D/%s, paragraph: P1, certainty: checked, paragraph_checked: true, source: a book}
adopted: %s
kind: test
force: binding
direction: to_dprk
duty: every State
summary: a measure for tests
%s`, id, id, adopted, rest)
	}
	test := func(given, expect string) string {
		return "tests:\n  - {name: one, given: {" + given + "}, expect: " + expect + "}\n"
	}
	return map[string]string{
		"pack.yaml": "id: tiny\nname: a made-up regime\nask:\n  claim: What is claimed?\n  committee_approval: Approved?\n  contract_date: Contracted when?\n  consignor_type: Who sent it?\n  hs: Which code?\n  unit_value_usd: At what price?\n  net_kg: How heavy?\n  year_total_before_tonnes: How many tonnes before?\n  value_usd: Worth how much?\n  year_total_before_usd: Worth how much before?\n",
		"t-ban.yaml": head("t-ban", "2017-08-05", `in_force: {from: 2017-08-05, until: 2018-01-01}
superseded_by: [t-later]
rules:
  - applies_to: [shipment]
    when: hs(obs.hs, ["2701"])
    reason: banned goods
    exempt:
      - {id: aid, when: obs.claim == "humanitarian", reason: aid}
    grace:
      days: 30
      until: 2017-09-04
      when: before(obs.contract_date, "2017-08-05")
      reason: contracted before
`+test(`type: shipment, date: 2017-08-05, direction: to_dprk, hs: "270112", claim: livelihood, contract_date: 2017-08-05`, "breach")),
		"t-later.yaml": head("t-later", "2017-12-22", `in_force: {from: 2018-01-01}
rules:
  - applies_to: [shipment]
    when: hs(obs.hs, ["2701"])
    reason: banned for good
`+test(`type: shipment, date: 2018-01-01, direction: to_dprk, hs: "2701"`, "breach")),
		"sub/t-cap.yaml": head("t-cap", "2017-01-01", `in_force: {from: 2017-01-01}
rules:
  - applies_to: [shipment]
    when: hs(obs.hs, ["7204"])
    reason: capped goods
    exempt:
      - {id: committee, when: obs.committee_approval, reason: approved}
    limit:
      window: calendar-year
      notices: [75, 90]
      facts: all
      caps:
        - {amount: 1000, unit: tonne, quantity: net_kg, before: year_total_before_tonnes}
        - {amount: 50000.50, unit: USD, quantity: value_usd, before: year_total_before_usd}
`+test(`type: shipment, date: 2017-01-01, direction: to_dprk, hs: "7204", net_kg: 1000001, committee_approval: false`, "cap-exceeded")),
		"t-talk.yaml": head("t-talk", "2017-06-02", "in_force: {from: 2017-06-02}\n"),
	}
}

func files(pack map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range pack {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func load(t testing.TB) *regime.Pack {
	t.Helper()
	p, err := regime.Load(files(tinyPack()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func observe(t testing.TB, id, observation string) record.Record {
	t.Helper()
	var r record.Record
	if err := json.Unmarshal(fmt.Appendf(nil, `{"id":%q,"observation":%s}`, id, observation), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// brief is what a finding says, in one line.
func brief(fs []regime.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.MeasureID+" "+string(f.Result))
	}
	return out
}

func TestCheck(t *testing.T) {
	p := load(t)
	const coal = `"type":"shipment","direction":"to_dprk","hs":"270112"`
	const scrap = `"type":"shipment","direction":"to_dprk","hs":"7204","date":"2017-05-01","committee_approval":false`
	for _, test := range []struct {
		name, obs, asOf string
		want            []string
		asks            []string
	}{
		{name: "before", obs: coal + `,"date":"2017-08-04"`},
		{name: "bites", obs: coal + `,"date":"2017-08-05","claim":"livelihood","contract_date":"2017-08-05"`, want: []string{"t-ban breach"}},
		{name: "exempt", obs: coal + `,"date":"2017-10-01","claim":"humanitarian"`, want: []string{"t-ban exempt"}},
		{name: "exempt goes before grace", obs: coal + `,"date":"2017-08-10","claim":"humanitarian","contract_date":"2017-08-01"`, want: []string{"t-ban exempt"}},
		{name: "last day of grace", obs: coal + `,"date":"2017-09-04","claim":"livelihood","contract_date":"2017-08-04"`, want: []string{"t-ban grace"}},
		{name: "day after grace", obs: coal + `,"date":"2017-09-05","claim":"livelihood","contract_date":"2017-08-04"`, want: []string{"t-ban breach"}},
		{name: "no grace for a later contract", obs: coal + `,"date":"2017-09-04","claim":"livelihood","contract_date":"2017-08-05"`, want: []string{"t-ban breach"}},
		{name: "contract not known", obs: coal + `,"date":"2017-09-04","claim":"livelihood"`, want: []string{"t-ban possible"}, asks: []string{"contract_date"}},
		{name: "contract does not matter after grace", obs: coal + `,"date":"2017-09-05","claim":"livelihood"`, want: []string{"t-ban breach"}},
		{name: "claim does not matter under grace", obs: coal + `,"date":"2017-09-01","contract_date":"2017-07-01"`, want: []string{"t-ban grace"}},
		{name: "claim not known", obs: coal + `,"date":"2017-10-01"`, want: []string{"t-ban possible"}, asks: []string{"claim"}},
		{name: "month across the end of grace", obs: coal + `,"date":"2017-09","claim":"livelihood","contract_date":"2017-07-01"`, want: []string{"t-ban possible"}, asks: []string{"date"}},
		{name: "month across the beginning, under grace", obs: coal + `,"date":"2017-08","claim":"livelihood","contract_date":"2017-07-01"`},
		{name: "year across the beginning", obs: coal + `,"date":"2017","claim":"livelihood","contract_date":"2017-12-01"`, want: []string{"t-ban possible"}, asks: []string{"date"}},
		{name: "no date", obs: coal + `,"claim":"livelihood"`, want: []string{"t-ban possible", "t-later possible"}, asks: []string{"date"}},
		{name: "exempt either way", obs: coal + `,"date":"2017","claim":"humanitarian"`},
		{name: "other direction", obs: `"type":"shipment","direction":"from_dprk","hs":"270112","date":"2018-05-01"`},
		{name: "direction not known", obs: `"type":"shipment","hs":"270112","date":"2018-05-01"`, want: []string{"t-later possible"}, asks: []string{"direction"}},
		{name: "code too short", obs: `"type":"shipment","direction":"to_dprk","hs":"27","date":"2018-05-01"`, want: []string{"t-later possible"}, asks: []string{"hs"}},
		{name: "last day", obs: coal + `,"date":"2017-12-31","claim":"livelihood"`, want: []string{"t-ban breach"}},
		{name: "successor's first day", obs: coal + `,"date":"2018-01-01"`, want: []string{"t-later breach"}},
		{name: "not adopted yet", obs: coal + `,"date":"2017-10-01","claim":"livelihood"`, asOf: "2017-08-04"},
		{name: "its end not known yet", obs: coal + `,"date":"2018-02-01","claim":"livelihood"`, asOf: "2017-12-21", want: []string{"t-ban breach"}},
		{name: "its end known", obs: coal + `,"date":"2018-02-01","claim":"livelihood"`, asOf: "2017-12-22", want: []string{"t-later breach"}},
		{name: "another kind of record", obs: `"type":"work_permit","date":"2018-01-01"`},

		{name: "kilograms are tonnes", obs: scrap + `,"net_kg":1000000,"year_total_before_tonnes":0,"value_usd":1,"year_total_before_usd":1`, want: []string{"t-cap cap-notice"}},
		{name: "a gram above", obs: scrap + `,"net_kg":"1000000.001","year_total_before_tonnes":0`, want: []string{"t-cap cap-exceeded"}},
		{name: "either amount", obs: scrap + `,"net_kg":1,"year_total_before_tonnes":0,"value_usd":"0.51","year_total_before_usd":50000`, want: []string{"t-cap cap-exceeded"}},
		{name: "exactly the second", obs: scrap + `,"net_kg":1,"year_total_before_tonnes":0,"value_usd":"0.50","year_total_before_usd":50000`, want: []string{"t-cap cap-notice"}},
		{name: "well below both", obs: scrap + `,"net_kg":1,"year_total_before_tonnes":749,"value_usd":1,"year_total_before_usd":1`},
		{name: "one of two not known", obs: scrap + `,"net_kg":1,"year_total_before_tonnes":0`, want: []string{"t-cap possible"}, asks: []string{"value_usd", "year_total_before_usd"}},
		{name: "a notice in one, the other not known", obs: scrap + `,"net_kg":750000,"year_total_before_tonnes":0`, want: []string{"t-cap possible", "t-cap cap-notice"}},
		{name: "approved above", obs: strings.Replace(scrap, "false", "true", 1) + `,"net_kg":2000000`, want: []string{"t-cap exempt"}},
		{name: "approved and unclear exempts from nothing known", obs: strings.Replace(scrap, "false", "true", 1) + `,"net_kg":1`},
		{name: "notice needs no approval", obs: strings.Replace(scrap, "false", "true", 1) + `,"net_kg":1000000,"year_total_before_tonnes":0,"value_usd":1,"year_total_before_usd":1`, want: []string{"t-cap cap-notice"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := observe(t, "SHP-1", "{"+test.obs+"}")
			asOf := value.Date{}
			if test.asOf != "" {
				asOf = value.MustDate(test.asOf)
			}
			got := p.Check(r, asOf)
			if diff := cmp.Diff(test.want, brief(got)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s%v", diff, got)
			}
			for _, fact := range test.asks {
				for _, f := range got {
					if !strings.Contains(strings.Join(f.Questions, "\n"), fact+": ") {
						t.Errorf("%s does not ask for %s: %q", f.MeasureID, fact, f.Questions)
					}
				}
			}
			for _, f := range got {
				if (f.Result == regime.Possible) != (len(f.Questions) > 0) {
					t.Errorf("%s is %s with questions %q", f.MeasureID, f.Result, f.Questions)
				}
			}
		})
	}
}

func TestRecordsOwnKnowledgeWins(t *testing.T) {
	p := load(t)
	r := observe(t, "SHP-1", `{"type":"shipment","direction":"to_dprk","hs":"270112","date":"2018-02-01","claim":"livelihood"}`)
	r.AsOf = value.MustDate("2017-12-21")
	if got := brief(p.Check(r, value.MustDate("2026-01-01"))); !cmp.Equal(got, []string{"t-ban breach"}) {
		t.Errorf("got %v", got)
	}
}

func TestTrace(t *testing.T) {
	p := load(t)
	r := observe(t, "SHP-1", `{"type":"shipment","direction":"to_dprk","hs":"7204","date":"2017-05-01","net_kg":500,"year_total_before_tonnes":"999.6"}`)
	got := p.Check(r, value.MustDate("2020-01-01"))
	if len(got) != 1 {
		t.Fatalf("findings: %v", got)
	}
	m, _ := p.Measure("t-cap")
	want := regime.Trace{
		Rule: "t-cap", Version: m.Version, AsOf: value.MustDate("2020-01-01"),
		Facts: map[string]string{
			"date": "2017-05-01", "direction": "to_dprk", "hs": "7204", "net_kg": "500", "year_total_before_tonnes": "999.6",
			"value_usd": regime.NotKnown, "year_total_before_usd": regime.NotKnown, "committee_approval": regime.NotKnown,
		},
		Steps: []string{
			"D/t-cap P1 is in force since 2017-01-01; the record's date is 2017-05-01",
			`condition hs(obs.hs, ["7204"]): yes`,
			"cap of 1,000 tonnes in calendar year 2017: 999.6 + 0.5 = 1,000.1",
			"exemption committee obs.committee_approval: undecided",
			"finding: possible",
		},
	}
	if diff := cmp.Diff(want, got[0].Trace, dates); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	const reason = "not decided: 999.6 + 0.5 = 1,000.1 > 1,000 tonnes in calendar year 2017; excess 0.1; not known: committee_approval"
	if got[0].Reason != reason {
		t.Errorf("reason %q", got[0].Reason)
	}
	quiet := p.Check(r, value.MustDate("2020-01-01"), regime.NoTrace)
	got[0].Trace = regime.Trace{}
	if diff := cmp.Diff(got, quiet, dates); diff != "" {
		t.Errorf("without traces it finds something else (-with +without):\n%s", diff)
	}
	b, err := json.Marshal(quiet[0])
	if err != nil || strings.Contains(string(b), "trace") {
		t.Errorf("JSON %s %v", b, err)
	}
}

func TestPackListsAndDigest(t *testing.T) {
	p := load(t)
	var ids []string
	for _, m := range p.Measures() {
		ids = append(ids, m.ID)
	}
	if diff := cmp.Diff([]string{"t-ban", "t-cap", "t-later", "t-talk"}, ids); diff != "" {
		t.Error(diff)
	}
	on := func(d string) (ids []string) {
		for _, m := range p.InForce(value.MustDate(d)) {
			ids = append(ids, m.ID)
		}
		return ids
	}
	for day, want := range map[string][]string{
		"2016-12-31": nil,
		"2017-06-02": {"t-cap", "t-talk"},
		"2017-12-31": {"t-ban", "t-cap", "t-talk"},
		"2018-01-01": {"t-cap", "t-later", "t-talk"},
		"2017":       {"t-cap"},
	} {
		if diff := cmp.Diff(want, on(day)); diff != "" {
			t.Errorf("in force on %s: %s", day, diff)
		}
	}
	if m, _ := p.Measure("t-later"); !cmp.Equal(m.Supersedes, []string{"t-ban"}) {
		t.Errorf("supersession is not known on the other side: %v", m.Supersedes)
	}
	changed := tinyPack()
	changed["t-talk.yaml"] += "# a comment\n"
	q, err := regime.Load(files(changed))
	if err != nil || q.Digest() == p.Digest() {
		t.Errorf("a changed file leaves the digest alone (%v)", err)
	}
	if again := load(t); again.Digest() != p.Digest() {
		t.Error("two loads, two digests")
	}
}

func TestLoadRefuses(t *testing.T) {
	edit := func(file, old, text string) func(map[string]string) {
		return func(p map[string]string) {
			if !strings.Contains(p[file], old) {
				panic("nothing to edit: " + old)
			}
			p[file] = strings.Replace(p[file], old, text, 1)
		}
	}
	for _, test := range []struct {
		name, want string
		edit       func(map[string]string)
	}{
		{"no pack.yaml", "pack.yaml: is missing", func(p map[string]string) { delete(p, "pack.yaml") }},
		{"empty file", "t-talk.yaml: is empty", func(p map[string]string) { p["t-talk.yaml"] = "" }},
		{"bad YAML", "t-talk.yaml:1: did not find", edit("t-talk.yaml", "cite: {", "cite: }{")},
		{"unknown field", "t-ban.yaml:14: field resaon is not known", edit("t-ban.yaml", "    reason: banned", "    resaon: banned")},
		{"two documents", "t-talk.yaml: holds more than one YAML document", func(p map[string]string) { p["t-talk.yaml"] += "---\nid: x\n" }},
		{"wrong name", `t-talk.yaml: id: is "t-walk": the file must be named after it`, edit("t-talk.yaml", "id: t-talk", "id: t-walk")},
		{"same id twice", "id: t-talk is also in", func(p map[string]string) { p["sub/t-talk.yaml"] = p["t-talk.yaml"] }},
		{"bad condition", "t-later.yaml:12: rules[0].when: for shipment: condition does not compile", edit("t-later.yaml", `hs(obs.hs, ["2701"])`, `obs.hs ==`)},
		{"misspelt fact", "undefined field 'sh'", edit("t-later.yaml", "obs.hs", "obs.sh")},
		{"bad exemption", "t-ban.yaml:16: rules[0].exempt[0].when", edit("t-ban.yaml", `obs.claim == "humanitarian"`, `obs.claim == 3`)},
		{"a test that fails", `t-later.yaml:15: tests[0] "one": found breach, want none`, edit("t-later.yaml", "expect: breach", "expect: none")},
		{"test without expectation", "expect is missing", edit("t-later.yaml", ", expect: breach", "")},
		{"test of an unknown kind", "unknown kind", edit("t-later.yaml", "type: shipment, date", "type: ship, date")},
		{"test with an unknown fact", `tests[0] "one": given: observation.hss`, edit("t-later.yaml", "hs: \"2701\"}", "hss: \"2701\"}")},
		{"test with a bad value", "an odd number of digits", edit("t-later.yaml", "hs: \"2701\"}", "hs: \"701\"}")},
		{"unknown result", `expect "breech": want none`, edit("t-later.yaml", "expect: breach", "expect: breech")},
		{"rules without tests", "tests: a measure with rules needs tests", func(p map[string]string) {
			p["t-later.yaml"], _, _ = strings.Cut(p["t-later.yaml"], "tests:")
		}},
		{"no citation", "cite.paragraph: is missing", edit("t-talk.yaml", "paragraph: P1", "paragraph: ''")},
		{"unknown certainty", `cite.certainty: is "sure"`, edit("t-talk.yaml", "certainty: checked", "certainty: sure")},
		{"checked nowhere", "cite.source: is missing", edit("t-talk.yaml", "source: a book", "source: ''")},
		{"unknown force", `force: is "strong"`, edit("t-talk.yaml", "force: binding", "force: strong")},
		{"in force before adoption", "is before the day of adoption", edit("t-talk.yaml", "in_force: {from: 2017-06-02", "in_force: {from: 2017-06-01")},
		{"empty interval", "leaves no day", edit("t-talk.yaml", "from: 2017-06-02}", "from: 2017-06-02, until: 2017-06-02}")},
		{"bad date", "not a date", edit("t-talk.yaml", "from: 2017-06-02}", "from: 2017-06-31}")},
		{"coarse date", "want a day", edit("t-talk.yaml", "from: 2017-06-02}", "from: 2017-07}")},
		{"national law without a source", "national[0]: needs state, from, what and source", edit("t-talk.yaml", "in_force:", "national: [{state: XA, from: 2017-06-02, what: applied}]\nin_force:")},
		{"unknown successor", "the pack has no measure t-never", edit("t-ban.yaml", "[t-later]", "[t-never]")},
		{"unknown kind", `applies_to: unknown kind of record "ship"`, edit("t-later.yaml", "applies_to: [shipment]", "applies_to: [ship]")},
		{"no question for a fact", "needs claim of a shipment", edit("pack.yaml", "  claim: What is claimed?\n", "")},
		{"a question for no fact", "ask.hss: no kind of record has this fact", edit("pack.yaml", "  hs: Which", "  hss: Nothing?\n  hs: Which")},
		{"grace that does not add up", "30 days from 2017-08-05 do not end on 2017-09-05", edit("t-ban.yaml", "until: 2017-09-04", "until: 2017-09-05")},
		{"limit on a text", `shipment has no number "hs"`, edit("sub/t-cap.yaml", "quantity: value_usd", "quantity: hs")},
		{"limit of no window", "limit.window: is \"week\"", edit("sub/t-cap.yaml", "calendar-year", "week")},
		{"bad amount", "not a plain decimal", edit("sub/t-cap.yaml", "amount: 1000,", "amount: 1e3,")},
		{"notices out of order", "limit.notices", edit("sub/t-cap.yaml", "[75, 90]", "[90, 75]")},
		{"totals of a shipment", "has no totals of windows", edit("sub/t-cap.yaml", "      facts: all\n", "      totals: true\n      estimate: Accepted?\n")},
		{"possible without question", "question: is missing", edit("t-later.yaml", "    reason: banned", "    finds: possible\n    reason: banned")},
		{"too large", "is larger than", func(p map[string]string) { p["t-talk.yaml"] += strings.Repeat("# x\n", 1<<17) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			pack := maps.Clone(tinyPack())
			test.edit(pack)
			_, err := regime.Load(files(pack))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
			requireFileErrors(t, err)
		})
	}
}

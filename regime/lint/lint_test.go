package lint_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/lint"
)

const packText = `id: tiny
name: a made-up regime
ask:
  committee_approval: Approved?
  claim: What is claimed?
  contract_date: Contracted when?
  unit_value_usd: At what price?
  barrels: How many?
  year_total_before_barrels: How many before?
  product: Which?
`

const banText = `id: t-ban
cite: {document: D/1, paragraph: P1, certainty: checked, paragraph_checked: true, source: a book}
adopted: 2017-08-05
kind: test
force: binding
direction: to_dprk
duty: every State
summary: a measure that bans some goods, for tests
in_force: {from: 2017-08-05, until: 2018-01-01}
ask:
  claim: What is claimed? Aid is left out.
rules:
  - name: goods
    applies_to: [shipment]
    goods:
      - {codes: ["2701", "720410"], except: ["270119"], what: coal and scrap, basis: analyst-mapping, certainty: checked}
    lists: [luxury]
    when: obs.claim != "humanitarian"
    reason: banned goods
    exempt:
      - {id: aid, when: obs.committee_approval, reason: approved}
    grace:
      days: 30
      when: before(obs.contract_date, "2017-08-05")
      reason: contracted before
  - name: late
    applies_to: [arms_transfer]
    from: 2017-10-01
    reason: later
tests:
  - name: outside the interval
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-08-04, contract_date: 2017-08-05, committee_approval: false}
    each: {date: [2017-08-04, 2018-01-01]}
    expect: none
  - name: within, each code
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-12-31, contract_date: 2017-08-05, committee_approval: false}
    each: {hs: ["270112", "720410"]}
    expect: breach
  - name: first day, last of grace, the next
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: x, contract_date: 2017-08-05, committee_approval: false}
    each: {date: [2017-08-05, 2017-09-04, 2017-09-05]}
    expect: breach
  - name: grace
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-09-04, contract_date: 2017-08-04, committee_approval: false}
    expect: grace
  - name: other goods
    given: {type: shipment, direction: to_dprk, hs: "x", claim: livelihood, date: 2017-12-31}
    each: {hs: ["2702", "270119", "720421", "9102"]}
    expect: none
  - name: a code too short
    given: {type: shipment, direction: to_dprk, hs: "x", claim: livelihood, date: 2017-12-31, committee_approval: false}
    each: {hs: ["27", "7204", "91"]}
    expect: possible
  - name: approved
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-12-31, committee_approval: true}
    expect: exempt
  - name: approval not known
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-12-31}
    expect: possible
  - name: claim not known
    given: {type: shipment, direction: to_dprk, hs: "2701", date: 2017-12-31, committee_approval: false}
    expect: possible
  - name: on the list, by date and price
    given: {type: shipment, direction: to_dprk, hs: "9101", claim: livelihood, date: 2017-10-31, committee_approval: false, unit_value_usd: 501}
    expect: none
  - name: on the list, by price
    given: {type: shipment, direction: to_dprk, hs: "9101", claim: livelihood, date: 2017-11-01, committee_approval: false, unit_value_usd: 501}
    expect: breach
  - name: on the list, cheap
    given: {type: shipment, direction: to_dprk, hs: "9101", claim: livelihood, date: 2017-11-01, committee_approval: false, unit_value_usd: 501}
    each: {unit_value_usd: [499, 500]}
    expect: none
  - name: not known before adoption
    given: {type: shipment, direction: to_dprk, hs: "2701", claim: livelihood, date: 2017-12-31, committee_approval: false}
    as_of: 2017-08-04
    expect: none
  - name: later, the day before
    given: {type: arms_transfer, date: 2017-09-30, direction: to_dprk}
    expect: none
  - name: later
    given: {type: arms_transfer, date: 2017-10-01, direction: to_dprk}
    expect: breach
`

const capText = `id: t-cap
cite: {document: D/2, paragraph: P2, certainty: checked, paragraph_checked: true, source: a book}
adopted: 2018-01-01
kind: test
force: binding
direction: to_dprk
duty: every State
summary: a measure that caps some goods, for tests
in_force: {from: 2018-01-01}
supersedes: [t-ban]
rules:
  - applies_to: [petroleum_delivery]
    reason: capped
    limit:
      window: calendar-year
      notices: [75]
      caps: [{amount: 1000, unit: barrel, quantity: barrels, before: year_total_before_barrels}]
tests:
  - name: the day before
    given: {type: petroleum_delivery, date: 2017-12-31, direction: to_dprk, barrels: 9999}
    expect: none
  - name: below
    given: {type: petroleum_delivery, date: 2018-01-01, direction: to_dprk, barrels: 700, year_total_before_barrels: 49}
    expect: none
  - name: notices
    given: {type: petroleum_delivery, date: 2018-01-01, direction: to_dprk, barrels: 700, year_total_before_barrels: 50}
    each: {year_total_before_barrels: [50, 299, 300]}
    expect: cap-notice
  - name: above
    given: {type: petroleum_delivery, date: 2018-01-01, direction: to_dprk, barrels: 1000.5}
    expect: cap-exceeded
  - name: not known before adoption
    given: {type: petroleum_delivery, date: 2018-01-01, direction: to_dprk, barrels: 1000.5}
    as_of: 2017-12-31
    expect: none
`

const listText = `id: luxury
name: a list
source: a book
from: 2017-11-01
goods:
  - {codes: ["9101"], above_usd: 500, what: watches, basis: resolution-text, certainty: checked}
`

func load(t testing.TB, edits ...string) *regime.Pack {
	t.Helper()
	texts := map[string]string{"pack.yaml": packText, "t-ban.yaml": banText, "t-cap.yaml": capText, "lists/luxury.yaml": listText}
	for i := 0; i+2 < len(edits); i += 3 {
		if !strings.Contains(texts[edits[i]], edits[i+1]) {
			t.Fatalf("nothing to edit in %s: %q", edits[i], edits[i+1])
		}
		texts[edits[i]] = strings.Replace(texts[edits[i]], edits[i+1], edits[i+2], 1)
	}
	pack := fstest.MapFS{}
	for name, text := range texts {
		pack[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := regime.Load(pack)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lines are the warnings, one a line.
func lines(ws []lint.Warning) []string {
	var out []string
	for _, w := range ws {
		out = append(out, w.String())
	}
	return out
}

func TestCleanPack(t *testing.T) {
	if got := lines(lint.Pack(load(t))); len(got) > 0 {
		t.Errorf("a clean pack has warnings:\n%s", strings.Join(got, "\n"))
	}
}

// Each edit takes one thing away; the linter names it and nothing else.
func TestWarnings(t *testing.T) {
	for _, test := range []struct {
		name string
		edit []string
		want []string
	}{
		{
			"a gap",
			[]string{
				"t-cap.yaml", "in_force: {from: 2018-01-01}", "in_force: {from: 2018-01-03}", "t-cap.yaml", "adopted: 2018-01-01", "adopted: 2018-01-01",
				"t-cap.yaml", "date: 2017-12-31", "date: 2018-01-02", "t-cap.yaml", "2018-01-01, direction: to_dprk, barrels: 700, year_total_before_barrels: 49", "2018-01-03, direction: to_dprk, barrels: 700, year_total_before_barrels: 49",
				"t-cap.yaml", "2018-01-01, direction: to_dprk, barrels: 700, year_total_before_barrels: 50", "2018-01-03, direction: to_dprk, barrels: 700, year_total_before_barrels: 50",
				"t-cap.yaml", "2018-01-01, direction: to_dprk, barrels: 1000.5", "2018-01-03, direction: to_dprk, barrels: 1000.5", "t-cap.yaml", "2018-01-01, direction: to_dprk, barrels: 1000.5", "2018-01-03, direction: to_dprk, barrels: 1000.5",
			},
			[]string{"t-ban.yaml: gap: neither it nor t-cap is in force for 2 days, from 2018-01-01 to 2018-01-02"},
		},
		{
			"an overlap",
			[]string{"t-ban.yaml", "until: 2018-01-01", "until: 2018-01-02", "t-ban.yaml", "[2017-08-04, 2018-01-01]", "[2017-08-04, 2018-01-02]", "t-ban.yaml", "[2017-08-05, 2017-09-04, 2017-09-05]", "[2017-08-05, 2017-09-04, 2017-09-05, 2018-01-01]"},
			[]string{"t-ban.yaml: overlap: both it and t-cap are in force for 1 day, from 2018-01-01 to 2018-01-01, although it ends"},
		},
		{"both stay in force where no end is stated", []string{"t-ban.yaml", ", until: 2018-01-01", "", "t-ban.yaml", "[2017-08-04, 2018-01-01]", "[2017-08-04]"}, nil},
		{
			"the day before",
			[]string{"t-ban.yaml", "[2017-08-04, 2018-01-01]", "[2017-08-03, 2018-01-01]"},
			[]string{"t-ban.yaml: day-untested: no test is dated 2017-08-04, the day before it begins"},
		},
		{
			"the end",
			[]string{"t-ban.yaml", "[2017-08-04, 2018-01-01]", "[2017-08-04]"},
			[]string{"t-ban.yaml: day-untested: no test is dated 2018-01-01, the day on which it is no longer in force"},
		},
		{
			"the first day of a rule",
			[]string{"t-ban.yaml", "{type: arms_transfer, date: 2017-10-01", "{type: arms_transfer, date: 2017-10-02"},
			[]string{"t-ban.yaml: rule late: day-untested: no test is dated 2017-10-01, the day on which it begins"},
		},
		{
			"the last day of grace",
			[]string{"t-ban.yaml", "[2017-08-05, 2017-09-04, 2017-09-05]", "[2017-08-05, 2017-09-05]", "t-ban.yaml", "date: 2017-09-04, contract_date: 2017-08-04", "date: 2017-09-03, contract_date: 2017-08-04"},
			[]string{"t-ban.yaml:18: rule goods: grace-untested: no test is dated 2017-09-04: the last day of grace is 2017-09-04"},
		},
		{
			"the day after grace",
			[]string{"t-ban.yaml", "2017-09-04, 2017-09-05]", "2017-09-04]"},
			[]string{"t-ban.yaml:18: rule goods: grace-untested: no test is dated 2017-09-05: the last day of grace is 2017-09-04"},
		},
		{
			"a day in a condition",
			[]string{"t-ban.yaml", "date: 2017-09-04, contract_date: 2017-08-04", "date: 2017-09-04, contract_date: 2017-08-03"},
			[]string{"t-ban.yaml:18: rule goods: literal-untested: no test has 2017-08-04 as contract_date: a condition names 2017-08-05"},
		},
		{
			"the day of knowledge",
			[]string{"t-ban.yaml", "as_of: 2017-08-04", "as_of: 2017-08-03"},
			[]string{"t-ban.yaml: knowledge-untested: no test has 2017-08-04, the day before adoption, as the day of knowledge (as_of) with a date in force"},
		},
		{"a code", []string{"t-ban.yaml", `"720410"]}
    expect: breach`, `"270111"]}
    expect: breach`}, []string{"t-ban.yaml:18: rule goods: code-untested: no test that finds something has a code under 720410 (coal and scrap)"}},
		{
			"a code left out",
			[]string{"t-ban.yaml", `"270119", "720421"`, `"720421"`},
			[]string{"t-ban.yaml:18: rule goods: except-untested: no test has a code under 270119, which is left out of coal and scrap"},
		},
		{
			"a neighbour",
			[]string{"t-ban.yaml", `"270119", "720421"`, `"270119"`},
			[]string{"t-ban.yaml:18: rule goods: neighbour-untested: no test has a code beside 720410 that is not meant, such as 720421"},
		},
		{
			"a code too short",
			[]string{"t-ban.yaml", `["27", "7204", "91"]`, `["7204", "91"]`},
			[]string{"t-ban.yaml:18: rule goods: short-code-untested: no test has 27 alone, where 2701 would have to be asked for, as possible"},
		},
		{
			"an unknown code",
			[]string{"t-ban.yaml", `"720410"], except`, `"720499"], except`, "t-ban.yaml", `"720410"]}`, `"720499"]}`},
			[]string{"t-ban.yaml:18: rule goods: code-unknown: 720499 (coal and scrap) is in none of the editions held"},
		},
		{
			"an exemption that holds",
			[]string{"t-ban.yaml", "date: 2017-12-31, committee_approval: true}\n    expect: exempt", "date: 2017-12-31, committee_approval: false}\n    expect: breach"},
			[]string{"t-ban.yaml:18: rule goods: exemption-untested: no test on a day in force gives the exemption aid the answer yes"},
		},
		{"a fact that is always there", []string{"t-ban.yaml", `hs: "2701", date: 2017-12-31, committee_approval: false}
    expect: possible`, `hs: "2701", claim: livelihood, date: 2017-12-31, committee_approval: false}
    expect: breach`}, []string{"t-ban.yaml:18: rule goods: fact-always-there: no test leaves claim out, which the condition asks for"}},
		{
			"the first day of a list",
			[]string{"t-ban.yaml", "claim: livelihood, date: 2017-10-31", "claim: livelihood, date: 2017-10-30"},
			[]string{"lists/luxury.yaml: day-untested: no test of goods on the list is dated 2017-10-31: it counts from 2017-11-01"},
		},
		{
			"a price",
			[]string{"t-ban.yaml", "{unit_value_usd: [499, 500]}", "{unit_value_usd: [499]}"},
			[]string{"lists/luxury.yaml: price-untested: no test of one piece is at USD 500 (watches; above by one at most)"},
		},
		{
			"the cap",
			[]string{"t-cap.yaml", "[50, 299, 300]", "[50, 299]"},
			[]string{"t-cap.yaml: limit-untested: no test comes to exactly 1000 barrels (the cap)"},
		},
		{
			"one below the cap",
			[]string{"t-cap.yaml", "[50, 299, 300]", "[50, 300]"},
			[]string{"t-cap.yaml: limit-untested: no test comes to one barrel or less below 1000 (the cap)"},
		},
		{
			"one above the cap",
			[]string{"t-cap.yaml", "barrels: 1000.5}\n    expect", "barrels: 1002}\n    expect", "t-cap.yaml", "barrels: 1000.5", "barrels: 1002"},
			[]string{"t-cap.yaml: limit-untested: no test comes to one barrel or less above 1000 (the cap)"},
		},
		{
			"a notice",
			[]string{"t-cap.yaml", "[50, 299, 300]", "[51, 299, 300]"},
			[]string{"t-cap.yaml: limit-untested: no test comes to exactly 750 barrels (75 percent)"},
		},
		{
			"a question without a mark",
			[]string{"t-ban.yaml", "claim: What is claimed? Aid", "claim: What is claimed. Aid"},
			[]string{`t-ban.yaml: question-without: ask.claim asks nothing: "What is claimed. Aid is left out."`},
		},
		{
			"a question nobody asks",
			[]string{"t-ban.yaml", "  claim: What", "  product: Which?\n  claim: What"},
			[]string{"t-ban.yaml: question-unused: ask.product is never asked: no kind of record that a rule applies to has this fact"},
		},
		{
			"a summary that says nothing",
			[]string{"t-ban.yaml", "a measure that bans some goods, for tests", "a ban"},
			[]string{"t-ban.yaml: summary-length: the summary has 5 characters: want 30 to 480"},
		},
		{
			"no source",
			[]string{"t-ban.yaml", "certainty: checked, paragraph_checked: true, source: a book", "certainty: from-memory, paragraph_checked: true"},
			[]string{"t-ban.yaml: source-missing: the paragraph's number or substance was seen, but no source is named"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(lint.Pack(load(t, test.edit...)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A code that an edition does not have is found by the interval of the rule.
func TestCodeMoved(t *testing.T) {
	edit := func(until string) []string {
		return []string{
			"t-ban.yaml", `"720410"], except`, `"880330"], except`, "t-ban.yaml", `"720410"]}`, `"880330"]}`,
			"t-ban.yaml", `"7204", "91"]`, `"8803", "91"]`, "t-ban.yaml", `"720421"`, `"880320"`, "t-ban.yaml", "until: 2018-01-01", "until: " + until,
			"t-ban.yaml", "2018-01-01]}", until + "]}", "t-cap.yaml", "supersedes: [t-ban]\n", "",
		}
	}
	has := func(ws []lint.Warning) bool {
		return slices.ContainsFunc(ws, func(w lint.Warning) bool { return w.Code == lint.CodeMoved && strings.Contains(w.Text, "HS 2022") })
	}
	if ws := lint.Pack(load(t, edit("2018-01-01")...)); has(ws) {
		t.Errorf("a rule that ended before HS 2022 is warned of it: %v", ws)
	}
	if ws := lint.Pack(load(t, edit("2023-01-01")...)); !has(ws) {
		t.Errorf("880330 has another number in HS 2022, and nothing says so: %v", lines(ws))
	}
}

package analyses_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// of makes records of observations, each "ID {…}".
func of(t testing.TB, lines ...string) []record.Record {
	t.Helper()
	var out []record.Record
	for _, line := range lines {
		id, observation, _ := strings.Cut(line, " ")
		var r record.Record
		if err := json.Unmarshal([]byte(`{"id":"`+id+`","sources":[{"key":"s","title":"a source","origin":"somebody"}],"observation":`+observation+`}`), &r); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		out = append(out, r)
	}
	return out
}

func rows(t testing.TB, sets memory, figure, p string) (*derive.Table, derive.Result) {
	t.Helper()
	d, err := registry(t).Derive(figure, params(p), sets)
	if err != nil {
		t.Fatal(err)
	}
	return d.Result.Table, d.Result
}

// One row a record and result, no finding lost, every citation with its mark.
func TestGroupedFindingsLoseNothing(t *testing.T) {
	sets := publicSets(t)
	each, _ := rows(t, sets, "regime.findings.table@1", "")
	grouped, _ := rows(t, sets, "regime.findings.table", "")
	want := map[string][]string{}
	for _, r := range each.Rows {
		key := each.Cell(r, "record") + " " + each.Cell(r, "result")
		want[key] = append(want[key], each.Cell(r, "citation"))
	}
	pack, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	unsure := map[string]bool{}
	for _, m := range pack.Measures() {
		unsure[m.Cite.String()] = m.Cite.ToBeVerified()
	}
	n := 0
	for _, r := range grouped.Rows {
		key := grouped.Cell(r, "record") + " " + grouped.Cell(r, "result")
		var got []string
		for c := range strings.SplitSeq(grouped.Cell(r, "citation"), "; ") {
			bare, marked := strings.CutSuffix(c, " (to be verified)")
			if marked != unsure[bare] {
				t.Errorf("%s: %q is marked %v, want %v", key, bare, marked, unsure[bare])
			}
			got = append(got, bare)
		}
		slices.Sort(want[key])
		n += len(got)
		slices.Sort(got)
		if !slices.Equal(got, want[key]) {
			t.Errorf("%s cites %q, want %q", key, got, want[key])
		}
		delete(want, key)
	}
	if len(want) > 0 || n != len(each.Rows) {
		t.Errorf("%d findings in %d rows, want %d; without a row: %v", n, len(grouped.Rows), len(each.Rows), want)
	}
	count, err := registry(t).Derive("regime.findings.count", nil, sets)
	if err != nil || count.Result.Value != strconv.Itoa(n) {
		t.Errorf("the findings are counted as %s, the table has %d (%v)", count.Result.Value, n, err)
	}
}

// Every attributed theft has one row, and what the rules say of all of them is
// said once, not in each row.
func TestTheftsAreOneRowEach(t *testing.T) {
	sets := publicSets(t)
	grouped, _ := rows(t, sets, "regime.findings.table", "kind=cyber_incident from=2018")
	seen := map[string]bool{}
	for _, r := range grouped.Rows {
		id := grouped.Cell(r, "record")
		if seen[id] || grouped.Cell(r, "result") != regime.Possible.Words() {
			t.Errorf("%s has a second row or is found %q", id, grouped.Cell(r, "result"))
		}
		if got := grouped.Cell(r, "reason"); got != derive.NotApplicable {
			t.Errorf("%s repeats what stands in the table of reasons: %q", id, got)
		}
		seen[id] = true
	}
	reasons, _ := rows(t, sets, "regime.reasons.table", "kind=cyber_incident from=2018")
	said := map[string]bool{}
	for _, r := range reasons.Rows {
		question := reasons.Cell(r, "question")
		if said[question] || question == "" || !strings.Contains(reasons.Cell(r, "reason"), "virtual assets") {
			t.Errorf("%s: question %q is missing or asked twice, or no word of virtual assets", reasons.Cell(r, "citation"), question)
		}
		said[question] = true
	}
	if len(seen) < 40 || len(said) != 6 {
		t.Errorf("%d thefts under %d paragraphs, want at least 40 under 6", len(seen), len(said))
	}
}

// A record whose date leaves several paragraphs open is asked once for it.
func TestQuestionsAreAskedOnce(t *testing.T) {
	sets := hold(t, of(t, `TST-Y {"type":"weapons_event","date":"2017","event":"launch","technology":"ballistic_missile","count":3}`))
	grouped, _ := rows(t, sets, "regime.findings.table", "result=possible")
	if len(grouped.Rows) != 1 {
		t.Fatalf("%d rows, want one: %v", len(grouped.Rows), grouped.Rows)
	}
	text := grouped.Cell(grouped.Rows[0], "reason")
	if n := strings.Count(text, "On which day"); n != 1 {
		t.Errorf("the day is asked for %d times: %s", n, text)
	}
	for _, day := range []string{"2017-08-05", "2017-09-11", "2017-12-22"} {
		if strings.Count(text, "in force since "+day) != 1 {
			t.Errorf("want once that a paragraph is in force since %s: %s", day, text)
		}
	}
}

// What a finding warns of stands beside it, so that the gate can repeat it.
func TestMappingsWarn(t *testing.T) {
	sets := hold(t, of(t,
		`SHP-1 {"type":"shipment","date":"2018-05-01","direction":"from_dprk","hs":"270112","origin":"KP"}`,
		`SHP-2 {"type":"shipment","date":"2018-05-01","direction":"from_dprk","hs":"0303","origin":"KP"}`))
	grouped, _ := rows(t, sets, "regime.findings.table", "result=breach")
	for _, r := range grouped.Rows {
		if w := grouped.Cell(r, "warning"); !strings.Contains(w, "mapping") {
			t.Errorf("%s: the warning is %q", grouped.Cell(r, "record"), w)
		}
	}
	if len(grouped.Rows) != 2 {
		t.Errorf("%d rows, want two: %v", len(grouped.Rows), grouped.Rows)
	}
}

// An approval of the Committee, a record of another kind, exempts what it names.
func TestDecisionsAreSeen(t *testing.T) {
	coal := `SHP-1 {"type":"shipment","date":"2018-05-01","direction":"from_dprk","hs":"270112","origin":"KP"}`
	approval := `APP-1 {"type":"committee_approval","date":"2018-04-01","about":["SHP-1"],"number":"7"}`
	for want, lines := range map[string][]string{"1": {coal}, "0": {coal, approval}} {
		d, err := registry(t).Derive("regime.findings.count", params("kind=shipment result=breach measure=kp-2371-8"), hold(t, of(t, lines...)))
		if err != nil || d.Result.Value != want {
			t.Errorf("with %d records: %s findings of inconsistency, want %s (%v)", len(lines), d.Result.Value, want, err)
		}
	}
}

func TestParagraphsAddUp(t *testing.T) {
	sets := publicSets(t)
	for _, kind := range []string{"cyber_incident", "weapons_event", "petroleum_delivery", "bank_relationship"} {
		table, _ := rows(t, sets, "regime.paragraphs.table", "kind="+kind)
		for _, result := range regime.Results() {
			if !slices.ContainsFunc(table.Columns, func(c derive.Column) bool { return c.Key == string(result) }) {
				continue
			}
			sum := 0
			for _, r := range table.Rows[:len(table.Rows)-1] {
				n, err := strconv.Atoi(table.Cell(r, string(result)))
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
			d, err := registry(t).Derive("regime.findings.count", params("kind="+kind+" result="+string(result)), sets)
			if total := table.Cell(table.Rows[len(table.Rows)-1], string(result)); err != nil || total != strconv.Itoa(sum) || total != d.Result.Value {
				t.Errorf("%s, %s: rows sum to %d, the total is %s, the figure %s (%v)", kind, result, sum, total, d.Result.Value, err)
			}
		}
	}
}

// From row to row what began is added and what ended taken away, and each row is
// what the pack says of its day.
func TestSeriesOfMeasures(t *testing.T) {
	pack, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	table, _ := rows(t, memory{}, "regime.inforce.series", "")
	number := func(r derive.Row, key string) int {
		n, err := strconv.Atoi(table.Cell(r, key))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before, ended, days := 0, 0, map[string]derive.Row{}
	for _, r := range table.Rows {
		day := table.Cell(r, "date")
		all := number(r, "all")
		if all != before+number(r, "begun")-number(r, "ended") || all != number(r, "binding")+number(r, "call")+number(r, "other") {
			t.Errorf("%s: %d in force after %d, %v", day, all, before, r.Cells)
		}
		d, err := registry(t).Derive("regime.inforce.count", params("on="+day), memory{})
		if err != nil || d.Result.Value != table.Cell(r, "all") {
			t.Errorf("%s: counted %s in force, the series has %d (%v)", day, d.Result.Value, all, err)
		}
		before, days[day] = all, r
		ended += number(r, "ended")
	}
	if before+ended != len(pack.Measures()) {
		t.Errorf("%d in force at the end and %d ended, the pack has %d", before, ended, len(pack.Measures()))
	}
	for day, want := range map[string][2]string{
		"2006-10-14": {"S/RES/1718 (2006)", "n/a"},
		"2017-12-22": {"S/RES/2397 (2017)", "S/RES/2375 (2017) OP15"},
		"2024-05-01": {"n/a", "S/RES/1874 (2009) OP26"}, // the Panel's mandate
	} {
		r, ok := days[day]
		if !ok || table.Cell(r, "by") != want[0] || table.Cell(r, "paragraphs") != want[1] {
			t.Errorf("%s: began %q, ended %q, want %q", day, table.Cell(r, "by"), table.Cell(r, "paragraphs"), want)
		}
	}
}

// The list for a lawyer is whole: whatever is not confirmed is in it, with what.
func TestWhatALawyerChecks(t *testing.T) {
	pack, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	table, _ := rows(t, memory{}, "regime.verify.table", "")
	listed := map[string]string{}
	for _, r := range table.Rows {
		listed[table.Cell(r, "id")] = table.Cell(r, "why")
	}
	for _, m := range pack.Measures() {
		why := listed[m.ID]
		if strings.Contains(why, "substance") != (m.Cite.Certainty != "checked") || strings.Contains(why, "paragraph number") != !m.Cite.ParagraphChecked {
			t.Errorf("%s (%s, paragraph checked: %v) is listed with %q", m.ID, m.Cite.Certainty, m.Cite.ParagraphChecked, why)
		}
	}
	codes, _ := rows(t, memory{}, "regime.codes.table", "")
	for _, r := range codes.Rows {
		sum := 0
		for _, b := range []regime.Basis{regime.ResolutionText, regime.AnalystMapping, regime.NationalImplementation, regime.NationalList, regime.ScreeningHint} {
			n, err := strconv.Atoi(codes.Cell(r, string(b)))
			if err != nil {
				t.Fatal(err)
			}
			sum += n
			if d, err := registry(t).Derive("regime.codes.count", params("basis="+string(b)), memory{}); r.Total && (err != nil || d.Result.Value != codes.Cell(r, string(b))) {
				t.Errorf("%s: the table has %s codes, the figure %s (%v)", b, codes.Cell(r, string(b)), d.Result.Value, err)
			}
		}
		if codes.Cell(r, "all") != strconv.Itoa(sum) || sum == 0 {
			t.Errorf("%s: bases sum to %d, all is %s", codes.Cell(r, "id"), sum, codes.Cell(r, "all"))
		}
	}
}

package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
	"pgregory.net/rapid"
)

// hiding are records whose absence changes a report in different places, with words
// that they alone say.
var hiding = map[string]struct {
	hidden func(record.Record) bool
	secret []string
}{
	"one incident":       {named("INC-2022-040"), []string{"INC-2022-040", "Ronin", "620000000", "620,000,000", "$620 million", "2988904000", "2,988,904,000", "$2.99 billion", "1888782000", "$1.89 billion"}},
	"all incidents":      {func(r record.Record) bool { return r.Kind() == "cyber_incident" }, []string{"INC-2022-040", "Ronin", "INC-20"}},
	"a year's petroleum": {named("PET-2018"), []string{"PET-2018", "759793", "759,793", "152 per cent"}},
	"an estimate":        {named("WES-10"), []string{"WES-10", "$5,000"}},
	"a bank":             {named("BNK-FTB"), []string{"BNK-FTB", "Mooyokbank"}},
	"a group's organ":    {named("GRP-rgb"), []string{"GRP-rgb"}},
	"the Panel's report": {named("REP-2024-215"), []string{"REP-2024-215"}},
	"votes and tests":    {func(r record.Record) bool { return r.Kind() == "weapons_event" || r.Kind() == "council_response" }, []string{"Punggye"}},
	"all but a few":      {func(r record.Record) bool { return !strings.HasSuffix(r.ID, "5") }, []string{"INC-2022-040", "Ronin", "INC-2022-039"}},
	"every record":       {func(record.Record) bool { return true }, []string{"INC-", "PET-", "WES-", "BNK-"}},
}

// What is withheld stands in no output, and neither does what sums with it.
func TestWithholdTellsNothing(t *testing.T) {
	all := publicRecord(t)
	for name, tc := range hiding {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withholding(t, all, tc.hidden)
			covers := 0
			for where, text := range outputs(t, c.doc) {
				covers += strings.Count(text, report.Cover)
				for _, secret := range tc.secret {
					if i := strings.Index(text, secret); i >= 0 {
						t.Errorf("%s tells %q: …%s…", where, secret, text[max(0, i-80):min(len(text), i+80)])
					}
				}
			}
			if covers == 0 {
				t.Error("nothing is covered")
			}
			c.check(t)
		})
	}
}

// Whatever is hidden, what is printed comes from what is seen and would be the same
// with everything.
func TestWithholdLaws(t *testing.T) {
	all := publicRecord(t)
	for seed := range 5 {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 1, 40, rapid.ID).Example(seed)
		c := withholding(t, all, func(r record.Record) bool {
			return slices.ContainsFunc(ids, func(i int) bool { return all[i].ID == r.ID })
		})
		c.check(t)
	}
}

func incident(t testing.TB, id, amount, more string) record.Record {
	t.Helper()
	r, err := record.Decode(fmt.Appendf(nil, `{"id":%q,"sources":[{"key":"letter","title":"Letter of a Member State"}],"observation":{"type":"cyber_incident","date":"2022-05-05","victim":"Secret Exchange","crypto_company":true,"attributed_to_dprk":true,`+
		`"amounts":[{"value":{"amount":%q,"currency":"USD"},"authority":"A Member State","status":"official","anchor":{"source":"letter"},"preferred":true,"reason":"the only one"}],`+
		`"attributions":[{"value":"unknown","authority":"A Member State","status":"official","anchor":{"source":"letter"},"preferred":true,"reason":"the only one"}]}%s}`, id, amount, more))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of two desks that differ in a hidden record alone, in its amount, its victim's
// name or its date, the recipient gets the very same report: nothing in it can be
// computed back.
func TestTheHiddenRecordDecidesNothing(t *testing.T) {
	seen := publicRecord(t)
	report := func(hidden record.Record) map[string]string {
		return outputs(t, withheldFrom(t, append(slices.Clone(seen), hidden), seen).doc)
	}
	one := report(incident(t, "INC-2022-901", "7000000", ""))
	for name, hidden := range map[string]record.Record{
		"another amount": incident(t, "INC-2022-901", "7654321", ""),
		"another id":     incident(t, "INC-2022-039a", "7000000", ""),
		"marked":         incident(t, "INC-2022-901", "7000000", `,"note":"what was told in confidence"`),
	} {
		if diff := cmp.Diff(one, report(hidden)); diff != "" {
			t.Errorf("%s shows:\n%.2000s", name, diff)
		}
	}
}

// Words that a covered figure chose are not printed: "below the Panel's value" is a
// bound on what is withheld.
func TestWordsChosenByCoveredFigures(t *testing.T) {
	c := withholding(t, publicRecord(t), named("INC-2022-040"))
	for p := range c.doc.Paragraphs() {
		text := p.Plain()
		for _, told := range []string{"fewer incidents", "more incidents than", "below the Panel", "above the Panel", "partly chance", report.Cover + " attempt without", report.Cover + " incident of"} {
			if strings.Contains(text, told) {
				t.Errorf("paragraph %s says %q", p.Label(), text)
			}
		}
	}
}

// Where nothing is hidden nothing is covered, to the byte.
func TestNothingHiddenNothingCovered(t *testing.T) {
	c := withholding(t, publicRecord(t), func(record.Record) bool { return false })
	if diff := cmp.Diff(outputs(t, c.plain), outputs(t, c.doc)); diff != "" {
		t.Errorf("the report differs:\n%.2000s", diff)
	}
}

// A record of which the recipient sees one account is printed as that account has
// it where everything says the same, and covered where it does not.
func TestPartlyHiddenRecord(t *testing.T) {
	public := publicRecord(t)
	open, secret := incident(t, "INC-2022-901", "5123457", ""), incident(t, "INC-2022-901", "7654321", `,"marking":{"tlp":"amber"}`)
	merged, _, err := record.Merge(secret, open)
	if err != nil {
		t.Fatal(err)
	}
	part, ok := record.SeenBy(merged, marking.Reader{})
	if !ok || len(part.Also) > 0 {
		t.Fatalf("the public sees %+v", part)
	}
	c := withheldFrom(t, append(slices.Clone(public), merged), append(slices.Clone(public), part))
	c.check(t)
	for where, text := range outputs(t, c.doc) {
		for _, told := range []string{"7654321", "7,654,321", "$7.65 million", "5,123,457"} {
			if strings.Contains(text, told) {
				t.Errorf("%s tells %q", where, told)
			}
		}
	}
	register := table(t, c.doc, "table-register")
	if n := len(register.Rows); n != len(table(t, c.plain, "table-register").Rows) {
		t.Errorf("the register has %d rows", n)
	}
	if !slices.ContainsFunc(register.Rows, func(r document.Row) bool { return r.Record == "INC-2022-040" }) {
		t.Error("the register is covered as a whole for one record seen in part")
	}
}

func table(t testing.TB, doc *document.Document, id string) *document.Table {
	t.Helper()
	for b := range doc.Blocks() {
		if x, ok := b.(*document.Table); ok && x.ID == id {
			return x
		}
	}
	t.Fatalf("no table %s", id)
	return nil
}

// Everything that is made of a marked record carries its marking, the document that
// of all, and every output prints it.
func TestMarkings(t *testing.T) {
	all := append(publicRecord(t), incident(t, "INC-2022-901", "7000000", `,"marking":{"un":"confidential","tlp":"amber"}`))
	_, doc := build(t, all, settings(t))
	want := marking.Marking{UN: "confidential", TLP: "amber"}
	if diff := cmp.Diff(want, doc.Masthead.Marking); diff != "" {
		t.Errorf("the document's marking (-want +got):\n%s", diff)
	}
	for _, d := range doc.Derivations {
		read := slices.ContainsFunc(d.Inputs, func(in derive.InputSet) bool { return in.Kind == "cyber_incident" })
		rests := slices.Contains(d.Result.Records, "INC-2022-901") || len(d.Result.Records) == 0 && read
		if rests != (d.Marking == want.String()) || !rests && d.Marking != "" {
			t.Errorf("%s %s is marked %q", d.Function, d.Params, d.Marking)
		}
	}
	marked, public := 0, 0
	for p := range doc.Paragraphs() {
		high := marking.Marking{}
		for _, s := range p.Spans {
			i := slices.IndexFunc(doc.Derivations, func(d derive.Derivation) bool { return s.Kind == document.Figure && d.ID == s.Derivation })
			if i >= 0 && doc.Derivations[i].Marking != "" {
				high = want
			}
		}
		switch {
		case marking.Lowers(high, p.Marking):
			t.Errorf("paragraph %s is marked %s: %s", p.Label(), p.Marking, p.Plain())
		case p.Marking.IsZero():
			public++
		default:
			marked++
		}
	}
	if marked < 10 || public < 10 {
		t.Errorf("%d paragraphs are marked and %d public", marked, public)
	}
	for where, text := range outputs(t, doc) {
		page := where == "html" || strings.HasPrefix(where, "docx word/header") || strings.HasPrefix(where, "docx word/footer") || strings.HasPrefix(where, "xlsx xl/worksheets/")
		if page && !strings.Contains(text, "CONFIDENTIAL // TLP:AMBER") {
			t.Errorf("%s does not print the marking", where)
		}
		if where == "html" && (!strings.Contains(text, "(UNCLASSIFIED // TLP:CLEAR)") || !strings.Contains(text, "(CONFIDENTIAL // TLP:AMBER)")) {
			t.Error("paragraphs do not print theirs")
		}
	}
	for where, text := range outputs(t, withholding(t, all, named("INC-2022-901")).doc) {
		if strings.Contains(text, "TLP:") || strings.Contains(text, "CONFIDENTIAL") {
			t.Errorf("%s of the public copy prints a marking", where)
		}
	}
}

// A table of sums is covered as a whole: which of its cells are covered would tell
// the year and the standing of what is withheld. A list of records loses its total
// and the rows that are withheld, which stand as one, at the end.
func TestPatternOfCovers(t *testing.T) {
	c := withholding(t, publicRecord(t), named("INC-2022-040", "INC-2017-008"))
	for _, id := range []string{"table-kinds", "table-views", "table-years"} {
		if x := table(t, c.doc, id); len(x.Rows) != 1 || x.Rows[0].Cells[0] != report.Cover || x.Rows[0].Total {
			t.Errorf("%s prints %v", id, x.Rows)
		}
	}
	register := table(t, c.doc, "table-register")
	for i, r := range register.Rows {
		if covered := r.Cells[0] == report.Cover; covered != (i >= len(register.Rows)-2) || r.Total != (i == len(register.Rows)-1) {
			t.Errorf("row %d of the register: %q", i, r.Cells)
		}
	}
	if n, want := len(register.Rows), len(table(t, c.plain, "table-register").Rows)+1; n != want {
		t.Errorf("the register has %d rows, want %d: two that are withheld stand as one", n, want)
	}
	for b := range c.doc.Blocks() {
		if x, ok := b.(*document.Chart); ok && (x.Drawing.Alt() == report.Cover) != (x.ID == "chart-years" || x.ID == "chart-cumulative") {
			t.Errorf("%s: %s", x.ID, x.Drawing.Alt())
		}
	}
}

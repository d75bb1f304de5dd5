package duty_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/duty"
	"pgregory.net/rapid"
)

// observe makes a record of each JSON observation; the id is the prefix of its
// kind with a number.
func observe(t testing.TB, observations ...string) []record.Record {
	t.Helper()
	var out []record.Record
	for i, text := range observations {
		var r record.Record
		if err := json.Unmarshal(fmt.Appendf(nil, `{"id":"X-%d","sources":[{"key":"s","title":"a source"}],"observation":%s}`, i+1, text), &r); err != nil {
			t.Fatal(err)
		}
		r.ID = fmt.Sprintf("%s-%d", r.Kind().Prefix(), i+1)
		if err := r.Validate(); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, r)
	}
	return out
}

func report(date, under string) string {
	return fmt.Sprintf(`{"type":"state_report","state":"XA","date":%q,"under":%q}`, date, under)
}

func pageOf(t testing.TB, on string, records []record.Record) duty.Page {
	t.Helper()
	page, err := duty.For("XA", records, value.MustDate(on))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// brief is a row in one line.
func brief(r duty.Row) string {
	s := string(r.Status)
	if !r.Due.IsZero() {
		s += " by " + r.Due.String()
	}
	if r.DaysLate != 0 {
		s += fmt.Sprintf(" +%d", r.DaysLate)
	}
	for _, f := range r.Reports {
		s += " " + f.Record
	}
	if len(r.Records) > 0 {
		s += " for " + strings.Join(r.Records, " ")
	}
	if len(r.Questions) > 0 {
		s += " ?"
	}
	return s
}

func TestPage(t *testing.T) {
	const (
		coal     = `{"type":"shipment","direction":"from_dprk","hs":%q,"destination":"XA","date":%q}`
		refined  = `{"type":"petroleum_delivery","direction":"to_dprk","product":"refined","supplier_country":"XA","date":%q%s}`
		smallArm = `{"type":"arms_transfer","direction":"to_dprk","supplier":"XA","small_arms":true,"date":%q}`
	)
	for _, test := range []struct {
		name, on, duty string
		records        []string
		want           []string
	}{
		// one report on one day
		{"the day before adoption", "2016-03-01", "2270-report", nil, nil},
		{"the day of adoption", "2016-03-02", "2270-report", nil, []string{"due by 2016-05-31"}},
		{"the last day", "2016-05-31", "2270-report", nil, []string{"due by 2016-05-31"}},
		{"the day after", "2016-06-01", "2270-report", nil, []string{"overdue by 2016-05-31 +1"}},
		{"handed in on the last day", "2016-06-01", "2270-report", []string{report("2016-05-31", "S/RES/2270 (2016) OP40")}, []string{"filed by 2016-05-31 SRP-1"}},
		{"handed in the day after", "2016-06-01", "2270-report", []string{report("2016-06-01", "S/RES/2270 (2016) OP40")}, []string{"late by 2016-05-31 +1 SRP-1"}},
		{"not handed in yet on the day of the page", "2016-06-02", "2270-report", []string{report("2016-06-03", "S/RES/2270 (2016) OP40")}, []string{"overdue by 2016-05-31 +2"}},
		{"handed in some day in May", "2016-07-01", "2270-report", []string{report("2016-05", "2270 OP 40")}, []string{"filed by 2016-05-31 SRP-1"}},
		{"handed in some day in 2016", "2016-07-01", "2270-report", []string{report("2016", "2270 OP40")}, []string{"filed by 2016-05-31 SRP-1 ?"}},
		{"handed in some day in June", "2016-07-01", "2270-report", []string{report("2016-06", "2270 OP40")}, []string{"late by 2016-05-31 +1 SRP-1"}},
		{"handed in on a day not known", "2016-07-01", "2270-report", []string{report("", "2270 OP40")}, []string{"filed by 2016-05-31 SRP-1 ?"}},
		{"two reports", "2016-07-01", "2270-report", []string{report("2016-06-20", "2270 OP40"), report("2016-05-20", "2270 OP40")}, []string{"filed by 2016-05-31 SRP-2 SRP-1"}},
		{"of another State", "2016-07-01", "2270-report", []string{`{"type":"state_report","state":"XB","date":"2016-05-20","under":"2270 OP40"}`}, []string{"overdue by 2016-05-31 +31"}},
		{"under another paragraph", "2016-07-01", "2270-report", []string{report("2016-05-20", "S/RES/2270 (2016) OP41")}, []string{"overdue by 2016-05-31 +31"}},
		{"by the duty's id", "2016-07-01", "2270-report", []string{report("2016-05-20", "2270-report")}, []string{"filed by 2016-05-31 SRP-1"}},
		{"in words", "2016-07-01", "2270-report", []string{report("2016-05-20", "paragraph 40 of resolution 2270 (2016)")}, []string{"filed by 2016-05-31 SRP-1"}},
		// two under one paragraph
		{"midterm by its day", "2021-01-01", "2397-workers-mid", []string{report("2019-03-22", "S/RES/2397 (2017) OP8")}, []string{"filed by 2019-03-22 SRP-1"}},
		{"final by its day", "2021-01-01", "2397-workers-final", []string{report("2019-03-23", "S/RES/2397 (2017) OP8")}, []string{"filed by 2020-03-22 SRP-1"}},
		{"and no midterm then", "2021-01-01", "2397-workers-mid", []string{report("2019-03-23", "S/RES/2397 (2017) OP8")}, []string{"overdue by 2019-03-22 +651"}},
		{"midterm by its name, late", "2021-01-01", "2397-workers-mid", []string{report("2019-04-22", "kp-2397-8, mid-term")}, []string{"late by 2019-03-22 +31 SRP-1"}},
		{"final by its name, early", "2021-01-01", "2397-workers-final", []string{report("2019-01-01", "S/RES/2397 (2017) OP8, final report")}, []string{"filed by 2020-03-22 SRP-1"}},
		{"final, long after", "2021-01-01", "2397-workers-final", []string{report("2020-03-23", "S/RES/2397 (2017) OP8")}, []string{"late by 2020-03-22 +1 SRP-1"}},
		{"which of the two is not known", "2021-01-01", "2397-workers-final", []string{report("2019", "S/RES/2397 (2017) OP8")}, []string{"overdue by 2020-03-22 +285"}},
		// owed by those who imported in the days of grace
		{"no import on record", "2018-01-01", "2371-sectoral", nil, []string{"not-applicable by 2017-09-19"}},
		{"iron ore on the last day of grace", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "2601", "2017-09-04")}, []string{"overdue by 2017-09-19 +104 for SHP-1"}},
		{"iron ore on the first day", "2017-09-19", "2371-sectoral", []string{fmt.Sprintf(coal, "260111", "2017-08-05")}, []string{"due by 2017-09-19 for SHP-1"}},
		{"iron ore the day before adoption", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "2601", "2017-08-04")}, []string{"not-applicable by 2017-09-19"}},
		{"iron ore after the grace", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "2601", "2017-09-05")}, []string{"not-applicable by 2017-09-19"}},
		{"coal has no grace", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "2701", "2017-08-20")}, []string{"not-applicable by 2017-09-19"}},
		{"some chapter 26", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "26", "2017-08-20")}, []string{"possible by 2017-09-19 for SHP-1 ?"}},
		{"some day in September", "2018-01-01", "2371-sectoral", []string{fmt.Sprintf(coal, "72", "2017-09")}, []string{"possible by 2017-09-19 for SHP-1 ?"}},
		{"direction not known", "2018-01-01", "2371-sectoral", []string{`{"type":"shipment","hs":"72","destination":"XA","date":"2017-08-20"}`}, []string{"possible by 2017-09-19 for SHP-1 ?"}},
		{"exported there", "2018-01-01", "2371-sectoral", []string{`{"type":"shipment","direction":"to_dprk","hs":"72","destination":"XA","date":"2017-08-20"}`}, []string{"not-applicable by 2017-09-19"}},
		{"imported by others", "2018-01-01", "2371-sectoral", []string{`{"type":"shipment","direction":"from_dprk","hs":"72","destination":"XB","date":"2017-08-20"}`}, []string{"not-applicable by 2017-09-19"}},
		{"reported, though no import is on record", "2018-01-01", "2371-sectoral", []string{report("2017-09-19", "S/RES/2371 (2017) OP9")}, []string{"filed by 2017-09-19 SRP-1"}},
		{"not imported yet on the day of the page", "2017-08-19", "2371-sectoral", []string{fmt.Sprintf(coal, "72", "2017-08-20")}, []string{"not-applicable by 2017-09-19"}},
		// by month
		{
			"coal by month", "2017-03-30", "2321-coal",
			[]string{fmt.Sprintf(coal, "2701", "2016-12-01"), fmt.Sprintf(coal, "2704", "2017-02-28"), fmt.Sprintf(coal, "270112", "2016-12-31"), report("2017-01-30", "S/RES/2321 (2016) OP26(b)")},
			[]string{"filed by 2017-01-30 SRP-4 for SHP-1 SHP-3", "due by 2017-03-30 for SHP-2"},
		},
		{"coal the day after the 30 days", "2017-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-02-28")}, []string{"overdue by 2017-03-30 +1 for SHP-1"}},
		{"coal before the first month", "2017-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2016-11-30")}, []string{"not-applicable"}},
		{"coal of the last month", "2017-10-01", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-08-31")}, []string{"overdue by 2017-09-30 +1 for SHP-1"}},
		{"coal after it", "2017-10-01", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-09-01")}, []string{"not-applicable"}},
		{"coal of a month", "2017-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-02")}, []string{"overdue by 2017-03-30 +1 for SHP-1 ?"}},
		{"a report before the month was over", "2017-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-02-20"), report("2017-02-19", "2321 OP26")}, []string{"overdue by 2017-03-30 +1 for SHP-1", "filed SRP-2"}},
		{"a report of a year", "2018-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-02-20"), report("2017", "2321 OP26")}, []string{"filed by 2017-03-30 SRP-2 for SHP-1 ?"}},
		{"under another subparagraph", "2017-03-31", "2321-coal", []string{fmt.Sprintf(coal, "2701", "2017-02-20"), report("2017-03-01", "2321 OP26(a)")}, []string{"overdue by 2017-03-30 +1 for SHP-1"}},
		// every so many days
		{"supplied on the first day", "2018-01-31", "2397-refined", []string{fmt.Sprintf(refined, "2018-01-01", "")}, []string{"due by 2018-01-31 for PET-1"}},
		{"supplied on the last day of the period", "2018-02-01", "2397-refined", []string{fmt.Sprintf(refined, "2018-01-30", "")}, []string{"overdue by 2018-01-31 +1 for PET-1"}},
		{"supplied on the first day of the next", "2018-02-01", "2397-refined", []string{fmt.Sprintf(refined, "2018-01-31", "")}, []string{"due by 2018-03-02 for PET-1"}},
		{"supplied before the cap", "2018-02-01", "2397-refined", []string{fmt.Sprintf(refined, "2017-12-31", "")}, []string{"not-applicable"}},
		{"the record says it was reported", "2019-02-01", "2397-refined", []string{fmt.Sprintf(refined, "2018-01-30", `,"reported_to_committee":true`)}, []string{"filed by 2018-01-31 for PET-1"}},
		{"one was and one was not", "2018-02-02", "2397-refined", []string{fmt.Sprintf(refined, "2018-01-30", `,"reported_to_committee":true`), fmt.Sprintf(refined, "2018-01-02", `,"reported_to_committee":false`)}, []string{"overdue by 2018-01-31 +2 for PET-2 PET-1"}},
		{
			"one report for two periods", "2018-06-01", "2397-refined",
			[]string{fmt.Sprintf(refined, "2018-01-30", ""), fmt.Sprintf(refined, "2018-02-10", ""), report("2018-02-10", "S/RES/2397 (2017) OP5")},
			[]string{"late by 2018-01-31 +10 SRP-3 for PET-1", "filed by 2018-03-02 SRP-3 for PET-2"},
		},
		{"product not known", "2018-02-02", "2397-refined", []string{`{"type":"petroleum_delivery","direction":"to_dprk","supplier_country":"XA","date":"2018-01-30"}`}, []string{"possible for PET-1 ?"}},
		{"day not known", "2018-02-02", "2397-refined", []string{`{"type":"petroleum_delivery","direction":"to_dprk","product":"refined","supplier_country":"XA"}`}, []string{"possible for PET-1 ?"}},
		{"crude oil", "2018-06-02", "2397-crude", []string{`{"type":"petroleum_delivery","direction":"to_dprk","product":"crude","supplier_country":"XA","date":"2018-03-21"}`}, []string{"overdue by 2018-03-22 +72 for PET-1"}},
		{"the total of a year is nobody's delivery", "2019-06-02", "2397-refined", []string{`{"type":"petroleum_delivery","direction":"to_dprk","product":"refined","supplier_country":"XA","date":"2018","totals":[{"value":{"barrels":"1","basis":"reported"},"authority":"a","anchor":{"source":"s"}}]}`}, []string{"not-applicable"}},
		// before the act
		{"no notice", "2015-01-10", "1874-salw", []string{fmt.Sprintf(smallArm, "2015-01-10")}, []string{"overdue by 2015-01-05 +5 for ARM-1"}},
		{"notice in time", "2015-01-10", "1874-salw", []string{fmt.Sprintf(smallArm, "2015-01-10"), report("2015-01-05", "S/RES/1874 (2009) OP10")}, []string{"filed by 2015-01-05 SRP-2 for ARM-1"}},
		{"notice too late", "2015-01-10", "1874-salw", []string{fmt.Sprintf(smallArm, "2015-01-10"), report("2015-01-06", "S/RES/1874 (2009) OP10")}, []string{"late by 2015-01-05 +1 SRP-2 for ARM-1"}},
		{"notice after it", "2015-01-12", "1874-salw", []string{fmt.Sprintf(smallArm, "2015-01-10"), report("2015-01-11", "S/RES/1874 (2009) OP10")}, []string{"overdue by 2015-01-05 +7 for ARM-1", "filed SRP-2"}},
		{"the notice of another supply", "2015-02-10", "1874-salw", []string{fmt.Sprintf(smallArm, "2015-01-10"), fmt.Sprintf(smallArm, "2015-02-10"), report("2015-01-05", "S/RES/1874 (2009) OP10")}, []string{"filed by 2015-01-05 SRP-3 for ARM-1", "overdue by 2015-02-05 +5 for ARM-2"}},
		{"on the last day of the notices", "2016-03-01", "1874-salw", []string{fmt.Sprintf(smallArm, "2016-03-01")}, []string{"overdue by 2016-02-25 +5 for ARM-1"}},
		{"under the whole embargo", "2016-03-10", "1874-salw", []string{fmt.Sprintf(smallArm, "2016-03-02")}, []string{"not-applicable"}},
		{"whether they are small arms is not known", "2015-01-10", "1874-salw", []string{`{"type":"arms_transfer","direction":"to_dprk","supplier":"XA","date":"2015-01-10"}`}, []string{"possible for ARM-1 ?"}},
		{"other arms", "2015-01-10", "1874-salw", []string{`{"type":"arms_transfer","direction":"to_dprk","supplier":"XA","small_arms":false,"date":"2015-01-10"}`}, []string{"not-applicable"}},
		// whenever it happens
		{"no inspection on record", "2015-01-10", "1874-inspection", nil, []string{"on-occasion"}},
		{"an inspection reported", "2015-01-10", "1874-inspection", []string{report("2014-01-10", "1874 OP15")}, []string{"filed SRP-1"}},
		// not a State's
		{"the Committee's", "2015-01-10", "1718-cttee", nil, nil},
		{"the Panel's", "2024-01-10", "panel-2018-mid", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, r := range pageOf(t, test.on, observe(t, test.records...)).Rows {
				if r.Duty == test.duty {
					got = append(got, brief(r))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReportsThatAnswerNothing(t *testing.T) {
	page := pageOf(t, "2021-01-01", observe(t,
		report("2018-03-01", "S/RES/2397 (2017)"),
		report("2017-03-01", "S/RES/2397 (2017) OP17"),
		report("2019", "S/RES/2397 (2017) OP8"),
		report("", "S/RES/2397 (2017) OP8"),
		report("2018-03-01", "a letter"),
		report("2018-03-01", "panel-2018-mid"),
		report("2018-03-01", "S/RES/2397 (2017) OP17")))
	var got []string
	for _, r := range page.Unplaced {
		got = append(got, r.Record+" "+r.Why)
	}
	const none, doubt = "it names no paragraph that asks States for a report by this day", "its paragraph asks for a midterm and a final report, and neither its words nor its date say which this is"
	want := []string{
		"SRP-2 it is dated before the resolution was adopted", "SRP-1 " + none, "SRP-5 " + none, "SRP-6 " + none, "SRP-3 " + doubt, "SRP-4 " + doubt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unplaced (-want +got):\n%s", diff)
	}
}

func TestCitationsAreCarried(t *testing.T) {
	page := pageOf(t, "2026-01-01", nil)
	seen := map[string]bool{}
	for _, r := range page.Rows {
		seen[r.Duty] = r.ToBeVerified
		if !strings.HasPrefix(r.Citation, "S/RES/") || r.Rule == "" || r.What == "" || r.Certainty == "" {
			t.Errorf("row %+v", r)
		}
		if r.Status == duty.NotApplicable && !strings.HasPrefix(r.Why, "no record shows that XA ") {
			t.Errorf("%s: why %q", r.Duty, r.Why)
		}
	}
	if len(seen) != 21 {
		t.Errorf("%d duties of States, want 21", len(seen))
	}
	for id, want := range map[string]bool{"2397-report": true, "2371-sectoral": true, "2397-workers-mid": false, "2397-refined": false} {
		if seen[id] != want {
			t.Errorf("%s: to be verified %v, want %v", id, seen[id], want)
		}
	}
}

func TestPagesThatCannotBeMade(t *testing.T) {
	for _, test := range []struct{ state, on string }{{"", "2020-01-01"}, {" ", "2020-01-01"}, {"XA", ""}, {"XA", "2020"}, {"XA", "2020-01"}} {
		if _, err := duty.For(test.state, nil, value.MustDate(test.on)); !errors.Is(err, duty.ErrPage) {
			t.Errorf("%q on %q: %v", test.state, test.on, err)
		}
	}
}

// anyRecords draws reports, imports and deliveries of one State with dates of any
// precision.
func anyRecords(t *rapid.T, tb testing.TB) []record.Record {
	date := rapid.Custom(func(t *rapid.T) string {
		d := fmt.Sprintf("%d-%02d-%02d", rapid.IntRange(2006, 2021).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
		return d[:rapid.SampledFrom([]int{0, 4, 7, 10, 10, 10}).Draw(t, "precision")]
	})
	one := rapid.Custom(func(t *rapid.T) string {
		d := date.Draw(t, "date")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			hs := rapid.SampledFrom([]string{"", "26", "2601", "2701", "61", "84", "99"}).Draw(t, "hs")
			return fmt.Sprintf(`{"type":"shipment","direction":%q,"hs":%q,"destination":"XA","date":%q}`, rapid.SampledFrom([]string{"", "from_dprk", "to_dprk"}).Draw(t, "direction"), hs, d)
		case 1:
			product := rapid.SampledFrom([]string{"", "refined", "crude"}).Draw(t, "product")
			return fmt.Sprintf(`{"type":"petroleum_delivery","direction":"to_dprk","product":%q,"supplier_country":"XA","date":%q}`, product, d)
		case 2:
			return fmt.Sprintf(`{"type":"arms_transfer","direction":"to_dprk","small_arms":%v,"supplier":"XA","date":%q}`, rapid.Bool().Draw(t, "small"), d)
		}
		return report(d, rapid.SampledFrom([]string{"1718 OP11", "1874 OP10", "2270 OP40", "2321 OP26", "2371 OP8", "2397 OP5", "2397 OP4", "2397 OP8", "2397 OP17", "?"}).Draw(t, "under"))
	})
	return observe(tb, rapid.SliceOfN(one, 0, 12).Draw(t, "records")...)
}

var anyDay = rapid.Custom(func(t *rapid.T) value.Date {
	d, _ := value.NewDate(rapid.IntRange(2006, 2022).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
	return d
})

// What is owed never becomes less with the days, nothing that was filed is
// overdue, every report of the State is somewhere on the page, and the order of
// the records is of no matter.
func TestLawsOfAPage(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		records := anyRecords(rt, t)
		a, b := anyDay.Draw(rt, "a day"), anyDay.Draw(rt, "another")
		if b.Compare(a) < 0 {
			a, b = b, a
		}
		early, late := pageOf(t, a.String(), records), pageOf(t, b.String(), records)
		if x, y := owed(early, a), owed(late, b); x > y {
			rt.Fatalf("%d due on %s, %d on %s", x, a, y, b)
		}
		shown := map[string]bool{}
		for _, r := range late.Unplaced {
			shown[r.Record] = true
		}
		for _, r := range late.Rows {
			if r.Status == duty.Overdue && (len(r.Reports) > 0 || r.DaysLate <= 0) || r.Status == duty.Filed && r.DaysLate != 0 {
				rt.Fatalf("row %+v", r)
			}
			if r.Status == duty.MayBeOwed && len(r.Questions) == 0 {
				rt.Fatalf("nothing is asked: %+v", r)
			}
			for _, f := range r.Reports {
				shown[f.Record] = true
			}
		}
		for _, r := range records {
			if when := r.Observation.When(); strings.HasPrefix(r.ID, "SRP-") && !shown[r.ID] && !b.Before(when) {
				rt.Fatalf("%s is nowhere on the page of %s", r.ID, b)
			}
		}
		turned := rapid.Permutation(records).Draw(rt, "order")
		if diff := cmp.Diff(late, pageOf(t, b.String(), turned), cmp.Comparer(func(x, y value.Date) bool { return x == y })); diff != "" {
			rt.Fatalf("another order, another page:\n%s", diff)
		}
	})
}

// owed counts the reports whose day has come.
func owed(p duty.Page, on value.Date) int {
	n := 0
	for _, r := range p.Rows {
		if !r.Due.IsZero() && r.Due.Compare(on) <= 0 && (r.Status == duty.Filed || r.Status == duty.Late || r.Status == duty.Overdue || r.Status == duty.NotYet) {
			n++
		}
	}
	return n
}

// Handing in what is overdue leaves it overdue no more.
func TestFilingEndsOverdue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		records := anyRecords(rt, t)
		on := anyDay.Draw(rt, "day")
		for _, r := range pageOf(t, on.String(), records).Rows {
			if r.Status != duty.Overdue || r.Duty == "1874-salw" {
				continue
			}
			more := append(observe(t, report(on.String(), r.Duty)), records...)
			more[0].ID = "SRP-new"
			for _, s := range pageOf(t, on.String(), more).Rows {
				if s.Duty == r.Duty && s.From == r.From && s.Status == duty.Overdue {
					rt.Fatalf("%s was handed in on %s and is overdue: %+v", r.Duty, on, s)
				}
			}
		}
	})
}

// TestPageAsJSON holds the form that programs read.
func TestPageAsJSON(t *testing.T) {
	page := pageOf(t, "2007-01-01", observe(t, report("2006-11-14", "S/RES/1718 (2006) OP11")))
	got, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"state":"XA","on":"2007-01-01","rows":[{"duty":"1718-report","citation":"S/RES/1718 (2006) OP11","certainty":"checked",` +
		`"to_be_verified":true,"who":"States","what":"steps taken to implement paragraph 8","rule":"30 days after adoption","due":"2006-11-13",` +
		`"status":"late","days_late":1,"reports":[{"record":"SRP-1","date":"2006-11-14","under":"S/RES/1718 (2006) OP11"}]}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzReport(f *testing.F) {
	for _, under := range []string{"S/RES/2397 (2017) OP8", "kp-1718-8.a.i", "2371 OP8-10", "paragraphs 4 and 5 of 2397", "OP99999999999999999999 2397", "2397 OP8(" + strings.Repeat("a)(", 400), "\x00\xff2397 OP", ""} {
		f.Add(under, "final", "2019-01-01")
	}
	f.Fuzz(func(t *testing.T, under, note, day string) {
		date, err := value.ParseDate(day)
		if err != nil {
			return
		}
		records := observe(t, report("2019-01-01", "x"))
		o := records[0].Observation
		text, err := json.Marshal(map[string]string{"type": "state_report", "state": "XA", "under": under, "note": note, "date": date.String()})
		if err != nil {
			t.Skip(err)
		}
		if err := json.Unmarshal(text, o); err != nil {
			t.Fatal(err)
		}
		page, err := duty.For("XA", records, value.MustDate("2026-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		answers := len(page.Unplaced)
		for _, r := range page.Rows {
			answers += len(r.Reports)
		}
		if answers == 0 && !value.MustDate("2026-01-01").Before(date) {
			t.Errorf("report under %q of %s is nowhere on the page", under, date)
		}
	})
}

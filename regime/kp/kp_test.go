package kp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lists"
)

func pack(t testing.TB) *regime.Pack {
	t.Helper()
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func observe(t testing.TB, text string) record.Record {
	t.Helper()
	var r record.Record
	if err := json.Unmarshal(fmt.Appendf(nil, `{"id":"R-1","as_of":"2026-11-22","observation":%s}`, text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPackRunsItsTests prints the pack's own tests under `go test -v`; Load has
// refused the pack already if one fails.
func TestPackRunsItsTests(t *testing.T) {
	p := pack(t)
	n := 0
	for _, m := range p.Measures() {
		for _, run := range p.RunTests(m) {
			n++
			if run.Fault != "" {
				t.Errorf("%s: %s: %s", run.Measure, run.Test, run.Fault)
			}
		}
	}
	t.Logf("%d measures, %d tests", len(p.Measures()), n)
	if len(p.Measures()) != 154 || n < 1500 {
		t.Errorf("%d measures and %d tests: want all 154, tested", len(p.Measures()), n)
	}
	if a, b := pack(t), pack(t); a != b {
		t.Error("the pack is loaded more than once")
	}
}

// TestWorkedCases checks whole records against the whole pack: what each
// paragraph finds, and that no other does.
func TestWorkedCases(t *testing.T) {
	const launches = "kp-1695-2 kp-1718-2 kp-1718-5 kp-1874-2 kp-2087-2 kp-2094-2 kp-2270-2 kp-2321-2 kp-2371-2 kp-2375-2 kp-2397-2"
	const tests = "kp-1718-2 kp-1718-6 kp-1874-2 kp-2094-2 kp-2270-2 kp-2321-2 kp-2371-2"
	all := func(ids string, r regime.Result) []string {
		var out []string
		for id := range strings.FieldsSeq(ids) {
			out = append(out, id+" "+string(r))
		}
		return out
	}
	for _, test := range []struct {
		name, obs string
		want      []string
	}{
		{
			"an intercontinental missile of March 2022", `{"type":"weapons_event","date":"2022-03-24","event":"launch","technology":"ballistic_missile"}`,
			all(launches, regime.Breach),
		},
		{
			"the sixth nuclear test, before resolution 2375", `{"type":"weapons_event","date":"2017-09-03","event":"nuclear_test"}`,
			all(tests, regime.Breach),
		},
		{"the first nuclear test, before resolution 1718", `{"type":"weapons_event","date":"2006-10-09","event":"nuclear_test"}`, nil},
		{"a cruise missile", `{"type":"weapons_event","date":"2022-01-25","event":"launch","technology":"cruise_missile"}`, nil},
		{
			"a space launch between resolutions 1718 and 1874", `{"type":"weapons_event","date":"2009-04-05","event":"launch","technology":"space_launch_vehicle"}`,
			[]string{"kp-1695-2 possible", "kp-1718-2 possible", "kp-1718-5 breach"},
		},
		{"no launch in a year", `{"type":"weapons_event","date":"2018","event":"launch","technology":"ballistic_missile","count":0}`, nil},
		{
			"launches of 2006", `{"type":"weapons_event","date":"2006","event":"launch","technology":"ballistic_missile","count":7}`,
			all("kp-1695-2 kp-1718-2 kp-1718-5", regime.Possible),
		},
		{
			"refined petroleum above the cap", `{"type":"petroleum_delivery","date":"2019-10-02","direction":"to_dprk","product":"refined","barrels":30000,"year_total_before_barrels":480000,"reported_to_committee":true,"supplier_country":"XA"}`,
			[]string{"kp-2397-5 cap-exceeded"},
		},
		{
			"product not known", `{"type":"petroleum_delivery","date":"2019-10-02","direction":"to_dprk","barrels":600000,"reported_to_committee":true,"committee_approval":false}`,
			[]string{"kp-2375-13 possible", "kp-2397-4 possible", "kp-2397-5 possible"},
		},
		{
			"a new work permit in 2018", `{"type":"work_permit","date":"2018-03-09","worker_nationality":"KP","host_country":"XC","sector":"construction","contract_date":"2018-02-20","committee_approval":false,"workers":42}`,
			[]string{"kp-2375-17 breach"},
		},
		{
			"workers still there in January 2020", `{"type":"worker_presence","date":"2020-01-15","worker_nationality":"KP","host_country":"XC","earning_income":true,"sector":"restaurant","workers":11,"exception":"none"}`,
			[]string{"kp-2397-8 breach"},
		},
		{
			"an account of the Foreign Trade Bank", `{"type":"bank_relationship","date":"2019-06-01","relation":"correspondent_account","bank":{"name":"Foreign Trade Bank","country":"KP","designated":true,"designated_on":"2017-08-05"},"host_country":"XD","committee_approval":false}`,
			[]string{"kp-1718-8.d breach", "kp-2270-33 breach", "kp-2371-3 breach"},
		},
		{"income, not workers", `{"type":"worker_estimate","period":"2023","metric":"income_per_year","low":500000000,"unit":"USD","authority":"Panel of Experts"}`, nil},
		{
			"a theft attributed to the State: no paragraph speaks of virtual assets", `{"type":"cyber_incident","date":"2022-03-23","victim":"a bridge","attributed_to_dprk":true,"attributions":[]}`,
			all("kp-1718-8.d kp-2094-11 kp-2094-14 kp-2270-32 kp-2371-13 kp-2371-14", regime.Possible),
		},
		{
			"a theft that nobody has attributed", `{"type":"cyber_incident","date":"2022-03-23","victim":"a bridge","attributions":[]}`,
			all("kp-1718-8.d kp-2094-11 kp-2270-32", regime.Possible),
		},
		{"a theft attributed to others", `{"type":"cyber_incident","date":"2022-03-23","victim":"a bridge","attributed_to_dprk":false,"attributions":[]}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range pack(t).Check(observe(t, test.obs), value.Date{}) {
				got = append(got, f.MeasureID+" "+string(f.Result))
				if !strings.HasPrefix(f.Citation, "S/RES/") || strings.Contains(f.Citation, "verified") {
					t.Errorf("citation %q is not bare", f.Citation)
				}
				if f.Trace.Version == "" || len(f.Trace.Steps) < 2 || f.Duty == "" {
					t.Errorf("%s: trace or duty is empty: %+v", f.MeasureID, f)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// What a lawyer has to check is carried into the findings.
func TestCertaintyIsCarried(t *testing.T) {
	p := pack(t)
	fs := p.Check(observe(t, `{"type":"weapons_event","date":"2022-03-24","event":"launch","technology":"ballistic_missile"}`), value.Date{})
	for _, f := range fs {
		m, _ := p.Measure(f.MeasureID)
		if f.Certainty != m.Cite.Certainty || f.ToBeVerified() != m.Cite.ToBeVerified() {
			t.Errorf("%s: certainty %s, want %s", f.MeasureID, f.Certainty, m.Cite.Certainty)
		}
	}
	for id, want := range map[string]bool{"kp-1874-2": true, "kp-2397-2": true, "kp-2397-8": false, "kp-2371-2": false} {
		if m, _ := p.Measure(id); m.Cite.ToBeVerified() != want {
			t.Errorf("%s: to be verified %v, want %v", id, !want, want)
		}
	}
}

// A notice at the level that the paragraph names stops supply for the rest of the
// year, under it and no other; one below that level does not.
func TestNoticeStopsSupply(t *testing.T) {
	delivery := observe(t, `{"type":"petroleum_delivery","date":"2019-10-02","direction":"to_dprk","product":"refined","reported_to_committee":true,"barrels":1,"year_total_before_barrels":0}`)
	for percent, want := range map[int][]string{94: nil, 95: {"kp-2397-5 breach"}} {
		notice := observe(t, fmt.Sprintf(`{"type":"committee_notice","date":"2019-09-30","measure":"kp-2397-5","percent":%d}`, percent))
		notice.ID = "NTC-1"
		var got []string
		for _, f := range pack(t).Check(delivery, value.Date{}, regime.With(regime.DecisionsOf([]record.Record{notice}))) {
			got = append(got, f.MeasureID+" "+string(f.Result))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after a notice at %d percent (-want +got):\n%s", percent, diff)
		}
	}
}

func TestLedgers(t *testing.T) {
	r := observe(t, `{"type":"petroleum_delivery","date":"2020","direction":"to_dprk","product":"refined","totals":[
		{"value":{"barrels":"106094.17","basis":"reported","from":"2020-01","to":"2020-05"},"authority":"suppliers","anchor":{"source":"s"}},
		{"value":{"barrels":1600000,"basis":"estimated","at_least":true,"from":"2020-01","to":"2020-05"},"authority":"43 States","on":"2020-07-24","anchor":{"source":"s"}}]}`)
	got := pack(t).Ledgers([]record.Record{r}, value.Date{})
	if len(got) != 1 {
		t.Fatalf("%d ledgers: %+v", len(got), got)
	}
	l := got[0]
	if l.MeasureID != "kp-2397-5" || l.Label != "calendar year 2020" || l.Window.String() != "[2020-01-01, 2021-01-01)" || l.Cap.String() != "500000" || l.Unit != "barrel" {
		t.Errorf("ledger %+v", l)
	}
	if len(l.Reported) != 1 || l.Reported[0].Amount.String() != "106094.17" || len(l.Estimated) != 1 || l.Estimated[0].Claimant != "43 States" {
		t.Errorf("entries %+v %+v", l.Reported, l.Estimated)
	}
	r.AsOf = value.MustDate("2020-06-30")
	if got := pack(t).Ledgers([]record.Record{r}, value.Date{}); len(got) != 1 || len(got[0].Estimated) != 0 {
		t.Errorf("a claim of July is known in June: %+v", got)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := regime.Load(kp.Files(), lists.Files()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, bench := range []struct{ name, obs string }{
		{"weapons", `{"type":"weapons_event","date":"2022-03-24","event":"launch","technology":"ballistic_missile"}`},
		{"petroleum", `{"type":"petroleum_delivery","date":"2019-10-02","direction":"to_dprk","product":"refined","barrels":30000,"year_total_before_barrels":480000,"reported_to_committee":true}`},
		{"bank", `{"type":"bank_relationship","date":"2019-06-01","relation":"branch","bank":{"name":"Foreign Trade Bank","country":"KP","designated":true,"designated_on":"2017-08-05"},"committee_approval":false}`},
		{"nothing", `{"type":"petroleum_delivery","date":"2016-10-02","direction":"to_dprk","product":"refined"}`},
	} {
		r := observe(b, bench.obs)
		for name, opts := range map[string][]regime.Option{"/trace": nil, "/quick": {regime.NoTrace}} {
			b.Run(bench.name+name, func(b *testing.B) {
				p := pack(b)
				b.ReportAllocs()
				for b.Loop() {
					p.Check(r, value.Date{}, opts...)
				}
			})
		}
	}
}

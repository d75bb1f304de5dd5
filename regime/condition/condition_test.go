package condition_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

func newEnv(t testing.TB) *condition.Env {
	t.Helper()
	env, err := condition.NewEnv()
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func observe(t testing.TB, text string) observation.Observation {
	t.Helper()
	var head struct {
		Type observation.Kind `json:"type"`
	}
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		t.Fatal(err)
	}
	o, err := observation.New(head.Type)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAskThreeValued(t *testing.T) {
	const permit = `{"type":"work_permit","date":"2018-03-09","worker_nationality":"KP","committee_approval":false,"contract_date":"2017-09"}`
	const bank = `{"type":"bank_relationship","date":"2019","bank":{"name":" foreign  TRADE bank","aliases":["FTB"]}}`
	const goods = `{"type":"shipment","hs":"27","unit_value_usd":"2000.00","contract_date":"2017-07-10","date":"2017-08-25"}`
	const year = `{"type":"weapons_event","date":"2017","count":3}`
	for _, test := range []struct {
		name, obs, expr string
		want            condition.Truth
		missing         []string
	}{
		{"known and equal", permit, `obs.worker_nationality == "KP"`, condition.Yes, nil},
		{"missing", permit, `obs.host_country == "XA"`, condition.Undecided, []string{"host_country"}},
		{"not missing", permit, `!(obs.host_country == "XA")`, condition.Undecided, []string{"host_country"}},
		{"false and missing", permit, `obs.committee_approval && obs.host_country == "XA"`, condition.No, nil},
		{"missing and false", permit, `obs.host_country == "XA" && obs.committee_approval`, condition.No, nil},
		{"true or missing", permit, `!obs.committee_approval || obs.sector == "x"`, condition.Yes, nil},
		{"missing or true", permit, `obs.sector == "x" || !obs.committee_approval`, condition.Yes, nil},
		{"two missing", permit, `obs.sector == "x" || obs.host_country == "XA"`, condition.Undecided, []string{"host_country", "sector"}},
		{"missing in list", permit, `obs.sector in ["x", "y"]`, condition.Undecided, []string{"sector"}},
		{"missing number", permit, `obs.workers > 0`, condition.Undecided, []string{"workers"}},
		{"conditional on missing", permit, `obs.workers > 0 ? true : false`, condition.Undecided, []string{"workers"}},
		{"has", permit, `has(obs.sector) && obs.sector == "x"`, condition.No, nil},
		{"false is a fact", permit, `has(obs.committee_approval)`, condition.Yes, nil},
		{"coarse date undecided", permit, `before(obs.contract_date, "2017-09-11")`, condition.Undecided, []string{"contract_date"}},
		{"coarse date decided", permit, `before(obs.contract_date, "2017-10-01")`, condition.Yes, nil},
		{"coarse date on the edge", permit, `before(obs.contract_date, "2017-09-01")`, condition.No, nil},
		{"on or after", permit, `on_or_after(obs.contract_date, "2017-09-01")`, condition.Yes, nil},
		{"on or after undecided", permit, `on_or_after(obs.contract_date, "2017-09-02")`, condition.Undecided, []string{"contract_date"}},
		{"two facts", permit, `before(obs.contract_date, obs.date)`, condition.Yes, nil},
		{"equal dates undecided", permit, `obs.contract_date == obs.contract_date`, condition.Undecided, []string{"contract_date"}},
		{"unequal dates", permit, `obs.contract_date == obs.date`, condition.No, nil},
		{"days", goods, `days(obs.contract_date, obs.date) == 46`, condition.Yes, nil},
		{"days undecided", permit, `days(obs.contract_date, obs.date) > 30`, condition.Undecided, []string{"contract_date"}},
		{"nested missing", bank, `obs.bank.designated`, condition.Undecided, []string{"bank.designated"}},
		{"nested has", bank, `has(obs.bank.designated)`, condition.No, nil},
		{"nested text", bank, `named(obs.bank.name, ["Foreign Trade Bank"])`, condition.Yes, nil},
		{"list", bank, `obs.bank.aliases.exists(a, named(a, ["ftb"]))`, condition.Yes, nil},
		{"nested pointer missing", `{"type":"worker_presence"}`, `obs.person.country == "KP"`, condition.Undecided, []string{"person.country"}},
		{"exactly the number", goods, `above(obs.unit_value_usd, "2000")`, condition.No, nil},
		{"below", goods, `below(obs.unit_value_usd, "2000.01")`, condition.Yes, nil},
		{"missing amount", goods, `above(obs.net_kg, "1")`, condition.Undecided, []string{"net_kg"}},
		{"code too short", goods, `hs(obs.hs, ["2701", "72"])`, condition.Undecided, []string{"hs"}},
		{"code under chapter", goods, `hs(obs.hs, ["27"])`, condition.Yes, nil},
		{"code elsewhere", goods, `hs(obs.hs, ["72"])`, condition.No, nil},
		{"count", year, `!has(obs.count) || obs.count > 0`, condition.Yes, nil},
		{"as of", year, `before(as_of, "2018-01-01")`, condition.No, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := observe(t, test.obs)
			c, err := newEnv(t).Compile(o.Kind(), test.expr)
			if err != nil {
				t.Fatal(err)
			}
			got := condition.Of(o, value.Date{}).Ask(c)
			if got.Truth != test.want {
				t.Errorf("%s is %v, want %v (missing %v)", test.expr, got.Truth, test.want, got.Missing)
			}
			if diff := cmp.Diff(test.missing, got.Missing); diff != "" {
				t.Errorf("missing facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	env := newEnv(t)
	for _, test := range []struct{ name, expr, want string }{
		{"misspelt fact", `obs.worker_nationalty == "KP"`, "worker_nationalty"},
		{"wrong type", `obs.workers == "three"`, "no matching overload"},
		{"not a question", `obs.workers`, "want true or false"},
		{"bad date literal", `before(obs.date, "2017-13-01")`, "not a date"},
		{"coarse date literal", `before(obs.date, "2017")`, "want a day"},
		{"a date compared as text", `obs.date == "2017-01-01"`, "no matching overload"},
		{"syntax", `obs.workers >`, "Syntax error"},
		{"no float comparison", `obs.date < 1.5`, "no matching overload"},
		{"unknown function", `now() == obs.date`, "undeclared reference"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := env.Compile(observation.KindWorkPermit, test.expr)
			if !errors.Is(err, condition.ErrCondition) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
		})
	}
	if _, err := env.Compile("no_such_kind", "true"); !errors.Is(err, condition.ErrCondition) {
		t.Errorf("unknown kind: got %v", err)
	}
}

func TestEveryKindHasFacts(t *testing.T) {
	for _, k := range observation.Kinds() {
		if _, ok := condition.Lookup(k, "type"); !ok {
			t.Errorf("%s: no fact \"type\" among %v", k, condition.Facts(k))
		}
	}
	o := observe(t, `{"type":"petroleum_delivery","date":"2019-10-02","barrels":"30000.50"}`)
	if d, ok := condition.Decimal(o, "barrels"); !ok || d.String() != "30000.5" {
		t.Errorf("Decimal = %v %v", d, ok)
	}
	if s, ok := condition.Print(o, "tonnes"); ok {
		t.Errorf("a missing fact prints %q", s)
	}
	if s, _ := condition.Print(o, "date"); s != "2019-10-02" {
		t.Errorf("Print(date) = %q", s)
	}
}

func BenchmarkAsk(b *testing.B) {
	o := observe(b, `{"type":"weapons_event","date":"2022-03-24","event":"launch","technology":"ballistic_missile"}`)
	c, err := newEnv(b).Compile(o.Kind(), `(!has(obs.count) || obs.count > 0) && (obs.event == "nuclear_test" || obs.event == "launch" && obs.technology in ["ballistic_missile", "space_launch_vehicle"])`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if condition.Of(o, value.Date{}).Ask(c).Truth != condition.Yes {
			b.Fatal("not yes")
		}
	}
}

package analyses_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// memory is a derive.Sets over records, as a desk is.
type memory map[string]*derive.Set

func (m memory) Set(kind string) (*derive.Set, error) {
	if s := m[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

func hold(t testing.TB, rs []record.Record) memory {
	t.Helper()
	inputs := map[string][]derive.Input{}
	for _, r := range rs {
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		k := string(r.Kind())
		inputs[k] = append(inputs[k], derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b})
	}
	m := memory{}
	for k, in := range inputs {
		m[k] = derive.NewSet(k, in)
	}
	return m
}

// public is the embedded public record, loaded once.
var public = sync.OnceValues(func() ([]record.Record, error) { return publicrecord.Records() })

func publicSets(t testing.TB) memory {
	t.Helper()
	rs, err := public()
	if err != nil {
		t.Fatal(err)
	}
	return hold(t, rs)
}

func registry(t testing.TB) *derive.Registry {
	t.Helper()
	reg, err := analyses.Registry()
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func params(s string) derive.Params {
	p := derive.Params{}
	for _, kv := range strings.Fields(s) {
		k, v, _ := strings.Cut(kv, "=")
		p[k] = v
	}
	return p
}

func TestFiguresOfThePublicRecord(t *testing.T) {
	reg, sets := registry(t), publicSets(t)
	for _, tt := range []struct {
		figure, params, want string
	}{
		{"cyber.incidents.count", "view=official", "14"},
		{"cyber.incidents.count", "view=official+panel", "26"},
		{"cyber.incidents.count", "view=all", "47"},
		{"cyber.incidents.with_amount", "view=official", "14"},
		{"cyber.incidents.with_amount", "view=official+panel", "24"},
		{"cyber.incidents.with_amount", "view=all", "45"},
		{"cyber.losses.usd", "view=official", "1344792000"},
		{"cyber.losses.usd", "view=official+panel", "1888782000"},
		{"cyber.losses.usd", "view=all", "2988904000"},
		{"cyber.incidents.count", "scope=all view=all from=2016 to=2025", "65"},
		{"cyber.incidents.attempts", "view=all", "1"},
		{"cyber.incidents.no_figure", "view=all", "1"},
		{"cyber.losses.usd", "view=all status=disputed from=2024 to=2025", "35400000"},
		{"cyber.panel.distance.count", "view=all", "11"},
		{"cyber.panel.distance.usd", "view=all", "11096000"},
		{"cyber.panel.share", "view=official+panel", "63"},
		{"cyber.losses.largest", "view=all", "620000000"},
		{"cyber.groups.count", "", "8"},
		{"programme.events.count", "event=nuclear_test", "6"},
		{"programme.events.count", "technology=space_launch_vehicle from=1998 to=2024", "10"},
		{"programme.lag.days", "outcome=adopted stat=least", "4"},
		{"programme.lag.days", "outcome=adopted stat=greatest", "82"},
		{"programme.responses.count", "outcome=vetoed to=2024", "2"},
		{"trade.china.value", "year=2022", "1028000000"},
		{"trade.china.change.word", "", "rose"},
		{"trade.china.change.word", "year=2020 base=2019", "fell"},
		{"trade.china.change.word", "year=2016 base=2015", "cannot be compared"},
		{"trade.china.value", "year=2016", ""},
		{"trade.petroleum.cap", "", "500000"},
		{"trade.petroleum.total", "year=2020 basis=reported", "106094.17"},
		{"trade.petroleum.total", "year=2018 basis=estimated", "759793"},
		{"trade.petroleum.gaps", "from=2018 to=2023", "4"},
		{"trade.caps.windows", "", "2"},
		{"trade.caps.windows", "product=crude", "0"},
		{"trade.caps.windows", "product=coal from=2016", "0"},
		{"regime.measures.count", "", "154"},
		{"regime.measures.unverified", "", "83"},
		{"regime.inforce.count", "on=2006-10-13", "3"},
		{"regime.inforce.count", "on=2006-10-14", "17"},
		{"regime.inforce.count", "on=2023-12-31", "148"},
		{"regime.inforce.count", "on=2023-12-31 force=binding", "104"},
		{"regime.inforce.count", "on=2024-05-01", "147"},
		{"regime.records.count", "kind=cyber_incident from=2017", "49"},
		{"regime.paragraphs.count", "kind=cyber_incident from=2017", "6"},
		{"regime.findings.count", "kind=cyber_incident result=breach", "0"},
		{"labour.per_worker.usd", "income=WES-11 workers=WES-10", "5000"},
		{"panel.statement", "key=cyber.attacks", "58"},
		{"desk.records.count", "kind=cyber_incident", "65"},
	} {
		t.Run(tt.figure+" "+tt.params, func(t *testing.T) {
			d, err := reg.Derive(tt.figure, params(tt.params), sets)
			if err != nil {
				t.Fatal(err)
			}
			if d.Result.Value != tt.want {
				t.Errorf("value %q, want %q (note %q)", d.Result.Value, tt.want, d.Result.Note)
			}
		})
	}
}

// Every function gives the same result again, from its defaults, on the public
// record and on an empty desk.
func TestEveryFunctionIsRederived(t *testing.T) {
	reg := registry(t)
	for name, sets := range map[string]memory{"public record": publicSets(t), "empty desk": {}} {
		for _, f := range reg.Functions() {
			p := derive.Params{}
			if f.Name == "labour.estimate" {
				p["id"] = "WES-10"
			}
			if f.Name == "labour.per_worker.usd" {
				p["income"], p["workers"] = "WES-11", "WES-10"
			}
			d, err := reg.Derive(f.Name, p, sets)
			if err != nil {
				t.Errorf("%s: %s: %v", name, f.Name, err)
				continue
			}
			again, err := reg.Rerun(d, sets)
			if err != nil || !again.Equal(d.Result) {
				t.Errorf("%s: %s: derived again gives another result (%v)", name, f.Name, err)
			}
			if table := d.Result.Table; table != nil {
				for i, row := range table.Rows {
					if len(row.Cells) != len(table.Columns) {
						t.Errorf("%s: %s: row %d has %d cells for %d columns", name, f.Name, i, len(row.Cells), len(table.Columns))
					}
				}
			}
		}
	}
}

func TestAChangedRecordChangesTheFigure(t *testing.T) {
	reg := registry(t)
	rs, err := publicrecord.Records()
	if err != nil {
		t.Fatal(err)
	}
	d, err := reg.Derive("cyber.losses.usd", params("view=all"), hold(t, rs))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rs {
		if r.ID == "INC-2022-040" {
			rs[i].Observation.(*observation.CyberIncident).CryptoCompany = nil
		}
	}
	again, err := reg.Rerun(d, hold(t, rs))
	if again.Equal(d.Result) || err == nil {
		t.Errorf("Rerun over changed records: %v, %v; want another result and ErrInputs", again.Value, err)
	}
}

func TestBadParametersAreNamed(t *testing.T) {
	reg, sets := registry(t), publicSets(t)
	for _, tt := range []struct{ figure, params, want string }{
		{"cyber.losses.usd", "view=mine", "official+panel"},
		{"cyber.losses.usd", "from=20l7", "want a year"},
		{"cyber.losses.usd", "from=2023 to=2017", "ends before it begins"},
		{"cyber.losses.usd", "colour=red", "it takes from"},
		{"cyber.losses", "", "perhaps"},
		{"cyber.losses.largest", "n=0", "from 1 to 1000"},
		{"regime.inforce.count", "on=2023", "want a day"},
		{"regime.inforce.count", "force=soft", "binding, call, other"},
		{"trade.caps.table", "product=gas", "coal, crude, refined"},
	} {
		_, err := reg.Derive(tt.figure, params(tt.params), sets)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: error %v, want one that says %q", tt.figure, tt.params, err, tt.want)
		}
	}
}

func BenchmarkLosses(b *testing.B) {
	reg, sets := registry(b), publicSets(b)
	for b.Loop() {
		if _, err := reg.Derive("cyber.losses.usd", derive.Params{"view": "all"}, sets); err != nil {
			b.Fatal(err)
		}
	}
}

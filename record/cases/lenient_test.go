package cases

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/observation"
)

// of is a case with the members of an observation.
func of(members string) string { return `{"id":"x","observation":{` + members + `}}` }

// loose is what others write, with the case that it stands for and what is said of it.
var loose = []struct{ text, means, said string }{
	{of(`"type":"shipment","colour":"red","hs":"27"`), of(`"type":"shipment","hs":"27"`), "observation.colour ignored, not a field of a shipment"},
	{of(`"HS":{"a":[1]},"type":"arms_transfer"`), of(`"type":"arms_transfer"`), "observation.HS ignored, not a field of an arms_transfer"},
	{
		of(`"a":1,"b":null,"type":"sts_transfer","vessel_a":{"c":1,"flag":"pa"}`), of(`"type":"sts_transfer","vessel_a":{"flag":"PA"}`),
		"observation.a ignored, not a field of an sts_transfer observation.b ignored, not a field of an sts_transfer observation.vessel_a.c ignored, not a field of an sts_transfer",
	},
	{
		of(`"type":"petroleum_delivery","totals":[{"value":{"barrels":1,"basis":"reported"},"authority":"A","anchor":{"source":"a"},"x":[{}]}]`),
		of(`"type":"petroleum_delivery","totals":[{"value":{"barrels":1,"basis":"reported"},"authority":"A","anchor":{"source":"a"}}]`),
		"observation.totals[0].x ignored, not a field of a petroleum_delivery",
	},
	{of(`"type":"shipment","hs":"2701.12"`), of(`"type":"shipment","hs":"270112"`), ""},
	{of(`"type":"shipment","hs":" 2701 12 "`), of(`"type":"shipment","hs":"270112"`), ""},
	{of(`"type":"vessel_transfer","hs":"27.01"`), of(`"type":"vessel_transfer","hs":"2701"`), ""},
	{of(`"type":"shipment","hs":"27011200"`), of(`"type":"shipment","hs":"270112"`), `observation.hs "27011200" is read as 270112: what follows six digits is national`},
	{
		of(`"type":"trade_statistic","period":2016,"hs":"2701.12.0090","partner":"prk"`), of(`"type":"trade_statistic","period":"2016","hs":"270112","partner":"PRK"`),
		`observation.hs "2701.12.0090" is read as 270112: what follows six digits is national`,
	},
	{
		`{"id":"x","as_of":2026,"observation":{"type":"work_permit","date":2018,"contract_date":2017,"host_country":"xc","worker_nationality":"Kp"}}`,
		`{"id":"x","as_of":"2026","observation":{"type":"work_permit","date":"2018","contract_date":"2017","host_country":"XC","worker_nationality":"KP"}}`, "",
	},
	{of(`"type":"bank_relationship","bank":{"country":"kp","designated_on":2017}`), of(`"type":"bank_relationship","bank":{"country":"KP","designated_on":"2017"}`), ""},
	{of(`"\u0074ype":"shipment","\u0068s":"27"`), of(`"type":"shipment","hs":"27"`), ""},
}

func TestLooseCasesAreRead(t *testing.T) {
	d := NewDecoder()
	for _, tt := range loose {
		want, err := Decode([]byte(tt.means))
		if err != nil {
			t.Fatalf("%s: %v", tt.means, err)
		}
		if _, err := Decode([]byte(tt.text)); err == nil {
			t.Errorf("%s: Decode is strict", tt.text)
		}
		got, remarks, err := d.Read([]byte(tt.text))
		var said []string
		for _, f := range remarks {
			said = append(said, f.Field+" "+f.Reason)
		}
		if err != nil || !reflect.DeepEqual(got, want) || strings.Join(said, " ") != tt.said {
			t.Errorf("%s:\ngot  %+v, %v, %q\nwant %+v, %q", tt.text, got.Observation, err, said, want.Observation, tt.said)
		}
	}
}

// What cannot be mended without a guess is refused as it stands.
func TestLooseCasesThatStayRefused(t *testing.T) {
	d := NewDecoder()
	for text, want := range map[string]string{
		of(`"type":"shipment","hs":"2.701"`):                       "hs: ",
		of(`"type":"shipment","hs":"."`):                           "hs: ",
		of(`"type":"shipment","hs":"0306.171"`):                    "hs: ",
		of(`"type":"shipment","hs":"270112009012"`):                "hs: ",
		of(`"type":"shipment","hs":"2701-12"`):                     "hs: ",
		of(`"type":"shipment","hs":270112`):                        "hs: is the number",
		of(`"type":"shipment","hs":"27.01","hs":"2702"`):           "hs: is given twice",
		of(`"type":"shipment","\u0068s":"27","hs":"27"`):           "hs: is given twice",
		of(`"type":"shipment","origin":"north korea"`):             "origin: ",
		of(`"type":"shipment","origin":"é"`):                       "origin: ",
		of(`"type":"shipment","date":20180514`):                    "date: ",
		of(`"type":"shipment","date":-2018`):                       "date: ",
		of(`"type":"ship","x":1`):                                  "unknown kind",
		of(`"x":1`):                                                "type: is missing",
		of(`"type":"shipment","x":1`) + "}":                        "is not JSON",
		of(`"type":"shipment","x":` + strings.Repeat("[", 99)):     "is not JSON",
		of(`"type":"shipment","net_kg":[1],"description":{"a":1}`): "net_kg: ",
	} {
		if r, remarks, err := d.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || remarks != nil {
			t.Errorf("%s: got %+v, %v, %v, want %q", text, r.Observation, remarks, err, want)
		}
	}
}

func TestRemarksAreFew(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `"%s%d":1,`, strings.Repeat("x", 500), i)
	}
	_, remarks, err := NewDecoder().Read([]byte(of(b.String() + `"type":"shipment"`)))
	if err != nil || len(remarks) != maxRemarks+1 || remarks[maxRemarks].Reason != "4990 more of this sort" || len(remarks[0].Field) > 2*maxPath {
		t.Errorf("got %d, %.300v, %v", len(remarks), remarks, err)
	}
}

// The fields that package observation wants in capitals are those that are put so.
func TestCodesAreThoseThatAreChecked(t *testing.T) {
	seen := map[string]bool{}
	var walk func(o observation.Observation, v reflect.Value, s *shape)
	walk = func(o observation.Observation, v reflect.Value, s *shape) {
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			f, m := v.Field(i), s.fields[name]
			switch {
			case m.holds != nil && f.Kind() == reflect.Struct:
				walk(o, f, m.holds)
			case f.Kind() == reflect.String && name != "type":
				for text, code := range map[string]string{"kp": "KP", "prk": "PRK", "27.01": "2701"} {
					wrong := func(s string) (is bool) {
						f.SetString(s)
						observation.Check(o, func(field, reason string) {
							is = is || field[strings.LastIndexByte(field, '.')+1:] == name && regexp.MustCompile("in capitals|digits only").MatchString(reason)
						})
						f.SetString("")
						return is
					}
					if want := wrong(text) && !wrong(code); want != (m.mend != nil && mends(m, text, code)) {
						t.Errorf("%s.%s: %q: a code: %t", o.Kind(), name, text, want)
					} else if want {
						seen[name] = true
					}
				}
			}
		}
	}
	for _, k := range observation.Kinds() {
		o, err := observation.New(k)
		if err != nil {
			t.Fatal(err)
		}
		walk(o, reflect.ValueOf(o).Elem(), shapes()[k])
	}
	if len(seen) != len(codes) {
		t.Errorf("fields of codes that no kind has: %v but %v", codes, seen)
	}
}

func mends(m *member, text, want string) bool {
	code, _ := m.mend([]byte(text))
	return string(code) == want
}

// facts are the fields of the kinds whose facts rules ask for: all but type and date
// or period may be missing.
const facts = "testdata/facts.csv"

// Each fact of each kind may be missing, null, or an object with nothing in it.
func TestEveryFactMayBeMissing(t *testing.T) {
	f, err := os.Open(facts)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 80 {
		t.Fatalf("%d facts, %v", len(rows), err)
	}
	byKind := map[string][]string{}
	for _, row := range rows[1:] {
		byKind[row[0]] = append(byKind[row[0]], row[1])
	}
	d := NewDecoder()
	try := func(kind, members string) {
		t.Helper()
		day := `"date":"2018"`
		if kind == string(observation.KindTradeStatistic) {
			day = `"period":"2018"`
		}
		text := of(`"type":"` + kind + `",` + day + members)
		if _, err := Decode([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, remarks, err := d.Read([]byte(text)); err != nil || remarks != nil {
			t.Errorf("%s: %v, %v", text, remarks, err)
		}
	}
	for kind, fields := range byKind {
		all := ""
		for _, field := range fields {
			outer, inner, nested := strings.Cut(field, ".")
			if !nested {
				try(kind, fmt.Sprintf(`,%q:null`, field))
				all += fmt.Sprintf(`,%q:null`, field)
				continue
			}
			try(kind, fmt.Sprintf(`,%q:{%q:null}`, outer, inner))
			try(kind, fmt.Sprintf(`,%q:{}`, outer))
			try(kind, fmt.Sprintf(`,%q:null`, outer))
		}
		try(kind, all)
		try(kind, "")
	}
}

func FuzzRead(f *testing.F) {
	for _, list := range [][]string{good, slow} {
		for _, text := range list {
			f.Add([]byte(text))
		}
	}
	for _, tt := range loose {
		f.Add([]byte(tt.text))
	}
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, text []byte) {
		same(t, d, text)
		got, said, err := d.Read(text)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Errorf("%q is read", text)
		}
		again, saidAgain, err := NewDecoder().Read(text)
		if err != nil || !reflect.DeepEqual(got, again) || !reflect.DeepEqual(said, saidAgain) {
			t.Errorf("%q: got %+v %v, alone %+v %v, %v", text, got, said, again, saidAgain, err)
		}
		kept, err := keep(text)
		if err != nil || !reflect.DeepEqual(got, kept) {
			t.Errorf("%q: got %+v, kept %+v, %v", text, got, kept, err)
		}
	})
}

func BenchmarkReadLoose(b *testing.B) {
	d, text := NewDecoder(), []byte(strings.Replace(coal, `"net_kg"`, `"x":1,"net_kg"`, 1))
	b.ReportAllocs()
	for b.Loop() {
		if _, remarks, err := d.Read(text); err != nil || len(remarks) != 1 {
			b.Fatal(remarks, err)
		}
	}
}

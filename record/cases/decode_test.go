package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"pgregory.net/rapid"
)

const coal = `{"id":"s01","title":"coal","as_of":"2026-11-22","observation":{"type":"shipment","date":"2018-05-14","direction":"from_dprk",` +
	`"hs":"270112","description":"anthracite, bulk","net_kg":21500000,"value_usd":1720000.50,"origin":"KP","destination":"XA","committee_notified":false},"expected":[{"a":[1,-2.5e3,true,null,"\u00e9"]}]}`

var good = []string{
	coal,
	` { "observation" : { "date" : "2018" , "type" : "shipment" } , "id" : "x" } `,
	`{"id":"b","observation":{"type":"bank_relationship","bank":{"name":"Bank \"A\" \u00e9\ud83d\ude00","aliases":["a","b"],"designated":true,"designated_on":"2017-03"},"note":"Ä"}}`,
	`{"id":"w","observation":{"type":"work_permit","workers":12,"contract_date":null,"committee_approval":null}}`,
	`{"id":"v","as_of":null,"observation":{"type":"sts_transfer","vessel_a":{"imo":"9074729"},"vessel_b":{}}}`,
	`{"id":"c","as_of":"","observation":{"type":"council_response","date":"2020-01-01","document":"S/1","outcome":"vetoed","vetoed_by":[]}}`,
	`{"id":"t","observation":{"type":"trade_statistic","period":"2016","reporter":"BFA","partner":"PRK","flow":"import","hs":"27","value_usd":"7573630"}}`,
}

// slow are sound, but nothing for the quick reader.
var slow = []string{
	`{"id":"p","observation":{"type":"petroleum_delivery","date":"2020","totals":[{"value":{"barrels":1,"basis":"reported"},"authority":"A","anchor":{"source":"a"}}]}}`,
	`{"id":"q","observation":{"type":"work_permit","workers":1000000000}}`,
}

// bad is text with what its error must say.
var bad = map[string]string{
	``:                              "is not JSON",
	`[]`:                            "is no JSON object",
	`{}`:                            "observation: is missing",
	`{"id":"x"}`:                    "observation: is missing",
	`{"id":"x","observation":null}`: "observation: is missing",
	`{"id":7,"observation":{}}`:     "id: is the number 7",
	`{"id":"x","id":"y"}`:           "id: is given twice",
	`{"id":"x","observation":{}}`:   "type: is missing",
	`{"id":"x","observation":{"t\u0079pe":"shipment"}}`:                               "is not a field of this kind",
	`{"id":"x","observation":{"type":"shipment","\u0068s":"27"}}`:                     "is not a field of this kind",
	`{"id":"x","observation":{"type":"ship\u006dent"}}`:                               "unknown kind",
	`{"id":"x","observation":{"type":3}}`:                                             "type: is a JSON number",
	`{"id":"x","observation":{"type":"ship"}}`:                                        "unknown kind",
	`{"id":"x","observation":{"type":"shipment","colour":"red"}}`:                     "colour: is not a field of this kind",
	`{"id":"x","observation":{"type":"shipment","hs":"27","hs":"28"}}`:                "hs: is given twice",
	`{"id":"x","observation":{"type":"shipment","hs":27}}`:                            "hs: is the number 27",
	`{"id":"x","observation":{"type":"shipment","hs":"270"}}`:                         "odd number of digits",
	`{"id":"x","observation":{"type":"shipment","net_kg":-1}}`:                        "net_kg: is negative",
	`{"id":"x","observation":{"type":"shipment","net_kg":1e3}}`:                       "net_kg: ",
	`{"id":"x","observation":{"type":"shipment","date":"2018-02-30"}}`:                "date: ",
	`{"id":"x","observation":{"type":"shipment","description":"\u0000"}}`:             "NUL",
	`{"id":"x","observation":{"type":"shipment","description":"\ud800"}}`:             "surrogate",
	"{\"id\":\"x\",\"observation\":{\"type\":\"shipment\",\"description\":\"\xff\"}}": "UTF-8",
	`{"id":"x","as_of":"soon","observation":{"type":"shipment"}}`:                     "as_of: ",
	`{"id":"x","observation":{"type":"shipment"}} {}`:                                 "is not JSON",
	`{"id":"` + strings.Repeat("x", 257) + `","observation":{"type":"shipment"}}`:     "longer than 256",
}

func TestQuickReadsWhatIsPlain(t *testing.T) {
	d := NewDecoder()
	for _, text := range good {
		if _, ok := d.quick([]byte(text)); !ok {
			t.Errorf("not read quickly: %s", text)
		}
		same(t, d, []byte(text))
	}
	for _, text := range slow {
		if _, ok := d.quick([]byte(text)); ok {
			t.Errorf("read quickly: %s", text)
		}
		if _, remarks, err := d.Read([]byte(text)); err != nil || remarks != nil {
			t.Errorf("%s: %v, %v", text, remarks, err)
		}
		same(t, d, []byte(text))
	}
}

func TestBadCases(t *testing.T) {
	d := NewDecoder()
	for text, want := range bad {
		_, err := Decode([]byte(text))
		var invalid *record.Invalid
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		same(t, d, []byte(text))
	}
}

func TestFieldsAreRead(t *testing.T) {
	r, _, err := NewDecoder().Read([]byte(coal))
	o, ok := r.Observation.(*observation.Shipment)
	if err != nil || !ok || r.ID != "s01" || r.AsOf.String() != "2026-11-22" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if o.HS != "270112" || o.ValueUSD.String() != "1720000.5" || o.CommitteeNotified == nil || *o.CommitteeNotified || o.CommitteeApproval != nil {
		t.Errorf("got %+v", o)
	}
}

// same holds the quick reader to the thorough one.
func same(t interface {
	Helper()
	Errorf(string, ...any)
}, d *Decoder, text []byte,
) {
	t.Helper()
	quick, ok := d.quick(text)
	want, err := Decode(text)
	if ok && (err != nil || !reflect.DeepEqual(quick, want)) {
		t.Errorf("%q\nquick    %+v %+v\nthorough %+v %+v, %v", text, quick, quick.Observation, want, want.Observation, err)
	}
	if err != nil {
		return
	}
	if read, remarks, err := d.Read(text); err != nil || remarks != nil || !reflect.DeepEqual(read, want) {
		t.Errorf("%q\nread   %+v %+v, %v, %v\nstrict %+v %+v", text, read, read.Observation, remarks, err, want, want.Observation)
	}
}

// Whatever stood in the decoder before, a case is read as if it were the first.
func TestCasesDoNotLeakIntoOneAnother(t *testing.T) {
	var texts []string
	for _, list := range [][]string{good, slow} {
		texts = append(texts, list...)
	}
	for text := range bad {
		texts = append(texts, text)
	}
	for _, tt := range loose {
		texts = append(texts, tt.text)
	}
	slices.Sort(texts)
	rapid.Check(t, func(t *rapid.T) {
		d := NewDecoder()
		for range rapid.IntRange(1, 8).Draw(t, "cases") {
			text := rapid.SampledFrom(texts).Draw(t, "text")
			got, said, err := d.Read([]byte(text))
			want, wantSaid, wantErr := NewDecoder().Read([]byte(text))
			if fmt.Sprint(said, err) != fmt.Sprint(wantSaid, wantErr) || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: got %+v, %v, %v, want %+v, %v, %v", text, got, said, err, want, wantSaid, wantErr)
			}
		}
	})
}

// Records of every kind come out as package record has them.
func TestRecordsAreRead(t *testing.T) {
	d := NewDecoder()
	quick := 0
	rapid.Check(t, func(t *rapid.T) {
		r := recordtest.Draw(t, recordtest.Kind(t))
		text, err := json.Marshal(struct {
			ID          string                  `json:"id"`
			Sources     any                     `json:"sources"`
			Observation observation.Observation `json:"observation"`
		}{r.ID, r.Sources, r.Observation})
		if err != nil {
			t.Fatal(err)
		}
		got, said, err := d.Read(text)
		if err != nil || said != nil || got.ID != r.ID {
			t.Fatalf("%s: %v, %v", text, said, err)
		}
		a, _ := got.CanonicalObservation()
		b, _ := r.CanonicalObservation()
		if string(a) != string(b) {
			t.Fatalf("got %s, want %s", a, b)
		}
		if _, ok := d.quick(text); ok {
			quick++
		}
	})
	if quick == 0 {
		t.Error("no record was read quickly")
	}
}

func TestPlainCasesMakeLittleGarbage(t *testing.T) {
	d := NewDecoder()
	text := []byte(coal)
	if n := testing.AllocsPerRun(100, func() { _, _, _ = d.Read(text) }); n > 1 {
		t.Errorf("%v allocations, want that of the id alone", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, list := range [][]string{good, slow} {
		for _, text := range list {
			f.Add([]byte(text))
		}
	}
	for text := range bad {
		f.Add([]byte(text))
	}
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, text []byte) { same(t, d, text) })
}

func BenchmarkDecode(b *testing.B) {
	d, text := NewDecoder(), []byte(coal)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := d.Read(text); err != nil {
			b.Fatal(err)
		}
	}
}

// A character anywhere may be written as an escape, or be another: the answer is that
// of package record.
func TestChangedTextIsReadAlike(t *testing.T) {
	d := NewDecoder()
	texts := append(append([]string{}, good...), slow...)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		for range rapid.IntRange(1, 2).Draw(t, "changes") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			with := rapid.SampledFrom([]string{fmt.Sprintf(`\u%04x`, text[at]), "", " ", `"`, "0", "null", "-", "\x00", "\xc3", text[at:min(at+9, len(text))] + text[at:at+1]}).Draw(t, "with")
			text = text[:at] + with + text[at+1:]
		}
		same(t, d, []byte(text))
	})
}

package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

// TestCanonicalLaws: the canonical bytes of a record read as the same record,
// have the same canonical bytes, and are what RFC 8785 says they are.
func TestCanonicalLaws(t *testing.T) {
	for _, k := range observation.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := recordtest.Draw(t, k)
				b := canonical(t, r)
				back, err := record.Decode(b)
				if err != nil {
					t.Fatalf("%s: %v", b, err)
				}
				if again := canonical(t, back); !bytes.Equal(again, b) {
					t.Fatalf("%s\nbecomes\n%s", b, again)
				}
				if diff := cmp.Diff(r.Observation, back.Observation, cmpopts.EquateComparable(value.Date{})); diff != "" {
					t.Fatal(diff)
				}
				plain, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				want, err := jcs.Transform(plain)
				if err != nil || !bytes.Equal(b, want) {
					t.Fatalf("%s\nis not the RFC 8785 form\n%s (%v)", b, want, err)
				}
				spaced := new(bytes.Buffer)
				if err := json.Indent(spaced, plain, "", "\t"); err != nil {
					t.Fatal(err)
				}
				if back, err = record.Decode(spaced.Bytes()); err != nil || !bytes.Equal(canonical(t, back), b) {
					t.Fatalf("with white space and in other order: %v", err)
				}
			})
		})
	}
}

func canonical(tb interface{ Fatal(...any) }, r record.Record) []byte {
	b, err := r.Canonical()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// incident is a sound record that tests break.
const incident = `{"id":"INC-2022-040","sources":[{"key":"a","title":"A","origin":"A"}],"observation":{"type":"cyber_incident",` +
	`"date":"2022-03-23","victim":"V","amounts":[{"value":{"amount":"620000000","currency":"USD"},"authority":"FBI","anchor":{"source":"a"},"preferred":true,"reason":"r"}],` +
	`"attributions":[{"value":"Lazarus Group","authority":"FBI","status":"official","anchor":{"source":"a"},"preferred":true,"reason":"r"}]}}`

func TestDecodeRefuses(t *testing.T) {
	if _, err := record.Decode([]byte(incident)); err != nil {
		t.Fatal(err)
	}
	edit := func(old, new string) string {
		if !strings.Contains(incident, old) {
			t.Fatalf("nothing to edit: %s", old)
		}
		return strings.Replace(incident, old, new, 1)
	}
	// the incident with itself as another account, which has the members given
	also := func(members string) string {
		account := strings.Replace(incident, `"id":"INC-2022-040",`, "", 1)
		if members != "" {
			account = `{` + members + `}`
		}
		return edit(`{"id"`, `{"also":[`+account+`],"id"`)
	}
	tests := []struct{ name, in, field, reason string }{
		{"nothing", ``, "", "is not JSON"},
		{"cut off", incident[:90], "", "is not JSON: unexpected end of JSON input (at byte 90)"},
		{"a list", `[]`, "", "is a list, want an object"},
		{"null", `null`, "", "is null, want an object"},
		{"a number", `7`, "", "is the number 7, want an object"},
		{"more behind it", incident + `{}`, "", "is not JSON: invalid character '{' after top-level value"},
		{"deep", strings.Repeat(`{"a":`, 1_000_000), "", "is nested more than 32 deep"},
		{"deep list", `{"observation":` + strings.Repeat(`[`, 1_000_000), "", "is nested more than 32 deep"},
		{"no observation", `{"id":"INC-1"}`, "observation", "is missing"},
		{"null observation", `{"id":"INC-1","observation":null}`, "observation", "is missing"},
		{"observation no object", `{"id":"INC-1","observation":[1]}`, "observation", "is a list, want an object"},
		{"no type", `{"id":"INC-1","observation":{}}`, "observation.type", "is missing"},
		{"null type", `{"id":"INC-1","observation":{"type":null}}`, "observation.type", "is missing"},
		{"type no text", `{"id":"INC-1","observation":{"type":7}}`, "observation.type", "is a JSON number, want the name of a kind"},
		{"unknown kind", edit("cyber_incident", "cyberincident"), "observation.type", `unknown kind "cyberincident": want one of cyber_incident, shipment`},
		{"misspelt field", edit(`"victim"`, `"victm"`), "observation.victm", "is not a field of this kind"},
		{"misspelt deep", edit(`"currency"`, `"curency"`), "observation.amounts[0].value.curency", "is not a field of this kind"},
		{"misspelt in the envelope", edit(`{"id"`, `{"nota":"","id"`), "nota", "is not a field of this kind"},
		{"other letters", edit(`"victim"`, `"Victim"`), "observation.Victim", "is not a field of this kind"},
		{"Kelvin sign", edit(`{"key"`, "{\"\u212aey\""), "sources[0].\u212aey", "is not a field of this kind"},
		{"escaped name", edit(`"victim"`, `"\u0076ictim"`), `observation.\u0076ictim`, "is not a field of this kind"},
		{"twice", edit(`"victim":"V"`, `"victim":"V","victim":"W"`), "observation.victim", "is given twice"},
		{"twice in a list", edit(`"amount":"620000000"`, `"amount":"620000000","amount":"1"`), "observation.amounts[0].value.amount", "is given twice"},
		{"type twice", edit(`"date"`, `"type":"shipment","date"`), "observation.type", "is given twice"},
		{"bad date", edit("2022-03-23", "2017-02-30"), "observation.date", `date "2017-02-30": not a date: there is no 30 February 2017`},
		{"bad date in the envelope", edit(`{"id"`, `{"as_of":"9999-12-31","id"`), "as_of", "the year is outside 1900 to 2100"},
		{"date as number", edit(`"2022-03-23"`, "2022"), "observation.date", `is the number 2022, want a date as text`},
		{"bad amount", edit(`"620000000"`, `"6.2e8"`), "observation.amounts[0].value.amount", `number "6.2e8": not a plain decimal number`},
		{"huge amount", edit(`"620000000"`, `1e999999999`), "observation.amounts[0].value.amount", "not a plain decimal number"},
		{"500 digits", edit(`"620000000"`, strings.Repeat("6", 500)), "observation.amounts[0].value.amount", "(500 characters): not a plain decimal number of at most 60 digits"},
		{"amount missing", edit(`"amount":"620000000",`, ``), "observation.amounts[0].value.amount", "is missing"},
		{"amount null", edit(`"620000000"`, `null`), "observation.amounts[0].value.amount", "is missing"},
		{"value missing", edit(`"value":{"amount":"620000000","currency":"USD"},`, ``), "observation.amounts[0].value.amount", "is missing"},
		{"text as number", edit(`"V"`, `7`), "observation.victim", "is the number 7, want text in quotation marks"},
		{"flag as text", edit(`"preferred":true`, `"preferred":"yes"`), "observation.amounts[0].preferred", "is text, want true or false"},
		{"object for a list", edit(`"amounts":[`, `"amounts":{},"note":"","attributions":[`), "observation.amounts", "is an object, want a list"},
		{"second in the list", edit(`}],"attributions"`, `},{"on":"2022-3"}],"attributions"`), "observation.amounts[1].on", "not a date"},
		{"not UTF-8", edit(`"V"`, "\"\xff\""), "observation.victim", "is not UTF-8"},
		{"name not UTF-8", edit(`"victim"`, "\"v\xffctim\""), "observation.v\uFFFDctim", "is not a field of this kind"},
		{"half a pair", edit(`"V"`, `"\ud83d"`), "observation.victim", "holds half of a surrogate pair"},
		{"the other half", edit(`"V"`, `"x\udE00y"`), "observation.victim", "holds half of a surrogate pair"},
		{"NUL", edit(`"V"`, `"a\u0000"`), "observation.victim", "holds a NUL character"},
		{"account of an unknown kind", also(`"observation":{"type":"ship"}`), "also[0].observation.type", `unknown kind "ship"`},
		{"account of another kind", also(`"observation":{"type":"shipment"}`), "also[0].observation.type", `is "shipment" in a record of a cyber_incident`},
		{"account of nothing", also(`"note":"n"`), "also[0].observation", "is missing"},
		{"account null", edit(`{"id"`, `{"also":[null],"id"`), "also[0]", "is null, want an object"},
		{"account no object", edit(`{"id"`, `{"also":[7],"id"`), "also[0]", "is the number 7, want an object"},
		{"accounts no list", edit(`{"id"`, `{"also":{},"id"`), "also", "is an object, want a list"},
		{"misspelt in an account", also(`"notes":"n","observation":{"type":"cyber_incident"}`), "also[0].notes", "is not a field of this kind"},
		{"misspelt deep in an account", also(`"observation":{"type":"cyber_incident","victm":"V"}`), "also[0].observation.victm", "is not a field of this kind"},
		{"twice in an account", also(`"note":"n","note":"m","observation":{"type":"cyber_incident"}`), "also[0].note", "is given twice"},
		{"accounts in an account", also(`"also":[],"observation":{"type":"cyber_incident"}`), "also[0].also", "is not a field of this kind"},
		{"unsound account", also(`"marking":{"tlp":"white"},"observation":{"type":"cyber_incident","date":"2022","victim":"V"}`), "also[0].marking", `tlp "white"`},
		{"claim of an account without its source", strings.Replace(also(""), `"anchor":{"source":"a"}`, `"anchor":{"source":"z"}`, 1), "also[0].observation", `refers to source "z"`},
		{"too many accounts", edit(`{"id"`, `{"also":[`+strings.Repeat(`{"observation":{"type":"cyber_incident"}},`, 99)+`{"observation":{"type":"cyber_incident"}}],"id"`), "also", "more than 100 accounts"},
		{"too many sources", `{"id":"SHP-1","observation":{"type":"shipment"},"sources":[` + strings.Repeat(`{"key":"a","title":"A","origin":"A"},`, 1000) + `{"key":"b","title":"B","origin":"B"}]}`, "sources", "are more than 1000"},
		{"evidence in words", edit(`{"id"`, `{"evidence":["page 3"],"id"`), "evidence[0]", "is text, want an object"},
		{"evidence without digests", edit(`{"id"`, `{"evidence":[{"item":"0a","at":"page=3","quote":""}],"id"`), "evidence[0].item", "want a SHA-256 of 64 hexadecimal digits"},
		{"evidence nowhere", edit(`{"id"`, `{"evidence":[{"item":"`+record.Digest(nil)+`","at":"page 3","quote":"`+record.Digest(nil)+`"}],"id"`), "evidence[0].at", "want a place, such as lines=12-13"},
		{"many fields", `{"observation":{` + strings.Repeat(`"a":1,`, 200) + `"type":"shipment"}}`, "observation.a", "is not a field of this kind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := record.Decode([]byte(tt.in))
			var invalid *record.Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v, want *Invalid", err)
			}
			if f := invalid.Faults[0]; f.Field != tt.field || !strings.Contains(f.Reason, tt.reason) {
				t.Errorf("got %s: %s\nwant %s: %s", f.Field, f.Reason, tt.field, tt.reason)
			}
			if len(err.Error()) > 2000 || strings.HasPrefix(err.Error(), ":") {
				t.Errorf("unreadable: %.300s", err)
			}
		})
	}
}

// TestDecodeSurrogates: a whole pair and a pair of escapes are fine.
func TestDecodeSurrogates(t *testing.T) {
	r, err := record.Decode([]byte(strings.Replace(incident, `"V"`, `"\ud83d\ude00 \u00e9 \\ud83d"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Observation.(*observation.CyberIncident).Victim; v != "😀 é \\ud83d" {
		t.Errorf("got %q", v)
	}
}

// TestDecodeListsFaults: one look shows what is wrong, and there is an end to it.
func TestDecodeListsFaults(t *testing.T) {
	in := strings.NewReplacer("2022-03-23", "soon", "620000000", "much", `"victim"`, `"vctim"`).Replace(incident)
	_, err := record.Decode([]byte(in))
	var invalid *record.Invalid
	if !errors.As(err, &invalid) || len(invalid.Faults) != 3 || invalid.ID != "INC-2022-040" {
		t.Fatalf("got %+v", err)
	}
	_, err = record.Decode([]byte(`{"observation":{"type":"cyber_incident","amounts":[` + strings.Repeat(`1,`, 1000) + `1]}}`))
	if !errors.As(err, &invalid) || len(invalid.Faults) != 10 {
		t.Errorf("%d faults, want 10", len(invalid.Faults))
	}
}

// TestUnmarshalDoesNotValidate: a program may complete a record before it checks.
func TestUnmarshalDoesNotValidate(t *testing.T) {
	var r record.Record
	if err := json.Unmarshal([]byte(`{"observation":{"type":"council_response"}}`), &r); err != nil {
		t.Fatal(err)
	}
	if r.Kind() != observation.KindCouncilResponse || r.Validate() == nil {
		t.Errorf("got %+v", r)
	}
}

// TestAnyMemberBroken: whichever member of a record is given a value of another
// type, the message names its path.
func TestAnyMemberBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recordtest.Draw(t, recordtest.Kind(t))
		var tree any
		if err := json.Unmarshal(canonical(t, r), &tree); err != nil {
			t.Fatal(err)
		}
		places := leaves(tree, "")
		p := rapid.SampledFrom(places).Draw(t, "place")
		p.set([]any{map[string]any{"made": "up"}}) // a list of what is in no list
		b, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		_, err = record.Decode(b)
		var invalid *record.Invalid
		if !errors.As(err, &invalid) || invalid.Faults[0].Field != p.path {
			t.Fatalf("%s broken: %v", p.path, err)
		}
	})
}

// place is a leaf of a JSON tree.
type place struct {
	path string
	set  func(any)
}

func (p place) String() string { return p.path }

// leaves lists the leaves of a tree in a fixed order.
func leaves(v any, path string) []place {
	var out []place
	child := func(at string, v any, set func(any)) {
		if deeper := leaves(v, at); deeper != nil {
			out = append(out, deeper...)
			return
		}
		out = append(out, place{at, set})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			child(strings.TrimPrefix(path+"."+k, "."), v[k], func(x any) { v[k] = x })
		}
	case []any:
		for i := range v {
			child(fmt.Sprintf("%s[%d]", path, i), v[i], func(x any) { v[i] = x })
		}
	}
	return out
}

func TestDigest(t *testing.T) {
	if got := record.Digest([]byte("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("got %s", got)
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(incident))
	f.Add([]byte(`{"id":"SHP-1","observation":{"type":"shipment","hs":"0306","net_kg":1.50,"designated_party":null}}`))
	f.Add([]byte(`{"id":"SHP-1","observation":{"type":"shipment","hs":"0306","hs":"27"}}`))
	f.Add([]byte(`{"id":"STS-1","observation":{"type":"sts_transfer","vessel_a":{"imo":"9074729"},"vessel_b":{}}}`))
	f.Add([]byte(`{"id":"TST-1","observation":{"type":"weapons_event","yield_kt":[{"value":{"low":1,"high":2}}]}}`))
	f.Add([]byte(strings.Replace(incident, `{"id"`, `{"also":[`+strings.Replace(incident, `"id":"INC-2022-040",`, `"note":"n",`, 1)+`],"evidence":[{"item":"","at":"","quote":""}],"id"`, 1)))
	f.Add([]byte(`{"observation":{"type":"group","party":{"kind":"person","names":null}}}`))
	f.Add([]byte("{\"observation\":{\"type\":\"\\ud800\\u0000\xff"))
	f.Add([]byte(strings.Repeat(`[{"a":`, 40)))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := record.Decode(in)
		if err != nil {
			var invalid *record.Invalid
			if !errors.As(err, &invalid) || len(invalid.Faults) == 0 || err.Error() == "" {
				t.Fatalf("%q: %v", in, err)
			}
			return
		}
		b := canonical(t, r)
		back, err := record.Decode(b)
		if err != nil || !bytes.Equal(canonical(t, back), b) {
			t.Fatalf("%q is kept as %s: %v", in, b, err)
		}
		if m, outcome, err := record.Merge(r, back); err != nil || outcome != record.Known || !bytes.Equal(canonical(t, m), b) {
			t.Fatalf("%s merged with itself: %s, %v", b, outcome, err)
		}
		hidden, _, err := r.Pseudonymise()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hidden.Canonical(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnchorsAndParties(t *testing.T) {
	r, err := record.Decode([]byte(incident))
	if err != nil {
		t.Fatal(err)
	}
	if got := record.Anchors(r.Observation); !reflect.DeepEqual(got, []claim.Anchor{{Source: "a"}, {Source: "a"}}) {
		t.Errorf("got %v", got)
	}
	if s, ok := r.Source("a"); !ok || s.Title != "A" {
		t.Errorf("got %v, %t", s, ok)
	}
	if _, ok := r.Source("b"); ok {
		t.Error("found a source that is not there")
	}
	if got := record.Of[*observation.CyberIncident]([]record.Record{r}); len(got) != 1 || got[0].Observation.Date != value.MustDate("2022-03-23") {
		t.Errorf("got %v", got)
	}
	if got := record.Of[*observation.Shipment]([]record.Record{r}); got != nil {
		t.Errorf("got %v", got)
	}
}

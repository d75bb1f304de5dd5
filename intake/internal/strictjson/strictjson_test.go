package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheck(t *testing.T) {
	for in, want := range map[string]string{
		`{}`: "",
		` {"a":[1,-0.5e+7,true,false,null,"\u00e9\ud83d\udea2\n"],"b":{"a":{}}} `: "",
		`{"a":01}`:                   "a: " + Malformed,
		`{"a":1.}`:                   "a: " + Malformed,
		`{"a":+1}`:                   "a: " + Malformed,
		`{"a":NaN}`:                  "a: " + Malformed,
		`{"a":1,}`:                   Malformed,
		`{a:1}`:                      Malformed,
		`{"a" 1}`:                    "a: " + Malformed,
		`{"a":[1,{"b":[2,nul]}]}`:    "a[1].b[1]: " + Malformed,
		`{"a":"\x"}`:                 "a: " + Malformed,
		`{"a":"\u12g4"}`:             "a: " + Malformed,
		"{\"a\":\"\x01\"}":           "a: " + Malformed,
		`{"a":"\ud83dx"}`:            "a: " + Surrogate,
		`{"a":"\udea2\ud83d"}`:       "a: " + Surrogate,
		`{"\u0000":1}`:               NUL,
		`{"a":1,"\u0061":2}`:         "a: " + Twice,
		`{"a":{"k":1,"k":1}}`:        "a.k: " + Twice,
		`{"a":"b`:                    "a: " + Cut,
		`{"a":1}x`:                   After,
		`[]`:                         NotObject,
		``:                           NotObject,
		`{"a":[[[[[1]]]]]}`:          "a[0][0][0][0]: " + Deep,
		`{"a":1,"b":2,"c":3,"d":4}`:  Keys,
		`{"a":{"a":1,"b":2,"c":{}}}`: "",
	} {
		got := ""
		if f := Check([]byte(in), 5, 3); f != nil {
			got = strings.TrimPrefix(f.Field+": "+f.Reason, ": ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// Many keys are held in a map; the answer must not depend on it.
func TestManyKeys(t *testing.T) {
	var keys []string
	for i := range 100 {
		keys = append(keys, `"k`+strings.Repeat("x", i)+`":1`)
	}
	if f := Check([]byte("{"+strings.Join(keys, ",")+"}"), 64, 1024); f != nil {
		t.Errorf("%+v", f)
	}
	for _, again := range []int{0, 50, 99} {
		f := Check([]byte("{"+strings.Join(append(keys[:100:100], keys[again]), ",")+"}"), 64, 1024)
		if f == nil || f.Reason != Twice {
			t.Errorf("key %d again: %+v", again, f)
		}
	}
}

// What is sound here is sound for encoding/json, and what encoding/json
// accepts is refused for one of the stricter reasons only.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"\u00e9"]}`, `{"a":{"b":null}}`, `{"a":1,"a":2}`, `{"\ud800":true}`, `{"a":-}`, `[1]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return
		}
		fault, valid := Check(data, 64, 1024), json.Valid(data)
		switch {
		case fault == nil && !valid:
			t.Fatalf("%q accepted", data)
		case fault != nil && valid && (fault.Reason == Malformed || fault.Reason == Cut || fault.Reason == After):
			t.Fatalf("%q refused: %+v", data, fault)
		}
	})
}

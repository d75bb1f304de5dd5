package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func utf16le(s string) string { return encoded("utf-16le", s) }

func utf16be(s string) string { return encoded("utf-16be", s) }

func TestBadInput(t *testing.T) {
	euckr := encoded("euc-kr", "id,name\n1,김철수\n")
	latin := encoded("windows-1252", "id,name\n1,José\n2,Ana\n")
	gb := encoded("gb18030", "{\"name\":\"丹东\"}\n")
	long := strings.Repeat("x", 100)
	for _, tc := range []struct {
		name, in string
		opts     Options
		rows     []string
		refused  []string
	}{
		{name: "plain csv", in: "a,b\n1,2\n3,4", rows: []string{`2: ["1" "2"]`, `3: ["3" "4"]`}},
		{name: "crlf, bom", in: "\ufeffa;b\r\n1;2\r\n", rows: []string{`2: ["1" "2"]`}},
		{name: "tab", in: "a\tb\n1,5\t2\n", rows: []string{`2: ["1,5" "2"]`}},
		{name: "told delimiter", in: "a|b\n1|2\n", opts: Options{Delimiter: '|'}, rows: []string{`2: ["1" "2"]`}},
		{name: "blank lines", in: "\na,b\n\n1,2\n\r\n3,4\n\n", rows: []string{`4: ["1" "2"]`, `6: ["3" "4"]`}},
		{name: "quotes", in: "a,b\n\"x, \"\"y\"\"\",\"two\nlines\"\n\"\",z\n", rows: []string{"2: [\"x, \\\"y\\\"\" \"two\\nlines\"]", `4: ["" "z"]`}},
		{name: "crlf in quotes is kept", in: "a\r\n\"x\r\ny\"\r\n", rows: []string{`2: ["x\r\ny"]`}},
		{
			name: "fields", in: "a,b\n1\n1,2,3\n1,2\n", rows: []string{`4: ["1" "2"]`},
			refused: []string{"f:2: wrong number of fields: 1, the header has 2", "f:3: wrong number of fields: 3, the header has 2"},
		},
		{
			name: "bare quote", in: "a,b\n5\" pipe,x\n1,2\n", rows: []string{`3: ["1" "2"]`},
			refused: []string{"f:2: a: quote in an unquoted field"},
		},
		{
			name: "bare quote as well as too many fields", in: "a,b\n1,2,3\"\n1,2\n", rows: []string{`3: ["1" "2"]`},
			refused: []string{"f:2: quote in an unquoted field"},
		},
		{
			name: "after quote", in: "a,b\n\"1\"x,2\n1,2\n", rows: []string{`3: ["1" "2"]`},
			refused: []string{"f:2: a: text after the closing quote"},
		},
		{
			name: "unclosed quote swallows nothing", in: "a,b\n1,\"2\n3,4\n5,6\n", rows: []string{`3: ["3" "4"]`, `4: ["5" "6"]`},
			refused: []string{"f:2: b: quote not closed"},
		},
		{
			name: "two unclosed quotes", in: "a,b\n1,\"2\n3,4\n5,\"6\n7,8\n", rows: []string{`3: ["3" "4"]`, `5: ["7" "8"]`},
			refused: []string{"f:2: b: quote not closed", "f:4: b: quote not closed"},
		},
		{
			name: "quote over too many lines", in: "a,b\n1,\"2\n3,4\n5,6\n7,8\"\n", opts: Options{MaxRowLines: 3}, rows: []string{`3: ["3" "4"]`, `4: ["5" "6"]`},
			refused: []string{"f:2: b: quote not closed", "f:5: b: quote in an unquoted field"},
		},
		{name: "nul", in: "a,b\n1,\x002\n3,4\n", rows: []string{`3: ["3" "4"]`}, refused: []string{"f:2: NUL byte"}},
		{name: "carriage return", in: "a,b\n1,2\r3,4\n5,6\n", rows: []string{`3: ["5" "6"]`}, refused: []string{"f:2: b: carriage return outside quotes"}},
		{name: "long row", in: "a\n" + long + "\nb\n" + strings.Repeat("y", 1<<17) + "\nc\n", opts: Options{MaxRow: 90}, rows: []string{`3: ["b"]`, `5: ["c"]`}, refused: []string{"f:2: row too long: over 90 bytes", "f:4: row too long: over 90 bytes"}},
		{name: "row at the limit", in: "a\n" + long + "\r\nb\n", opts: Options{MaxRow: 100}, rows: []string{`2: ["` + long + `"]`, `3: ["b"]`}},
		{name: "not utf-8", in: latin, rows: []string{`3: ["2" "Ana"]`}, refused: []string{"f:2: not valid UTF-8: name the file's encoding to read it: windows-1251 or windows-1252"}},
		{name: "windows-1252 told", in: latin, opts: Options{Encoding: "Windows-1252"}, rows: []string{`2: ["1" "José"]`, `3: ["2" "Ana"]`}},
		{name: "euc-kr told", in: euckr, opts: Options{Encoding: "euc-kr"}, rows: []string{`2: ["1" "김철수"]`}},
		{name: "wrong encoding told", in: "id,name\n1,\xff\xff\n2,x\n", opts: Options{Encoding: "euc-kr"}, rows: []string{`3: ["2" "x"]`}, refused: []string{"f:2: not valid in the file's encoding: euc-kr"}},
		{name: "gb18030 json", in: gb, opts: Options{Encoding: "gb18030"}, rows: []string{`1: {"name":"丹东"}`}},
		{name: "utf-16le", in: "\xff\xfe" + utf16le("a,b\r\n1,한\n2,\U0001f6a2\n"), rows: []string{`2: ["1" "한"]`, `3: ["2" "🚢"]`}},
		{name: "utf-16be", in: "\xfe\xff" + utf16be("a,b\n1,김\n"), rows: []string{`2: ["1" "김"]`}},
		{name: "utf-16 half pair", in: "\xff\xfe" + utf16le("a\n") + "\x00\xd8" + utf16le("\nx\n\ufffd\n"), rows: []string{`3: ["x"]`, `4: ["` + "\ufffd" + `"]`}, refused: []string{"f:2: not valid in the file's encoding: utf-16le"}},
		{name: "utf-16le without bom", in: utf16le("a,b\n1,2\n"), rows: []string{`2: ["1" "2"]`}},
		{name: "utf-16be without bom, not ascii", in: utf16be("선박,톤\n금강,2\n🚢,3\n"), rows: []string{`2: ["금강" "2"]`, `3: ["🚢" "3"]`}},
		{name: "shift_jis told", in: encoded("shift_jis", "a\n船、表\n"), opts: Options{Encoding: "CP932"}, rows: []string{`2: ["船、表"]`}},
		{name: "big5 told", in: encoded("big5", "a\n功夫\n"), opts: Options{Encoding: "big5"}, rows: []string{`2: ["功夫"]`}},
		{name: "windows-1251 told", in: encoded("windows-1251", "a\nугроза\n"), opts: Options{Encoding: "cp1251"}, rows: []string{`2: ["угроза"]`}},
		{
			name: "encodings it could be", in: "a\n" + encoded("euc-kr", "김철수") + "\n" + encoded("euc-kr", "한글") + "\x81" + "\nx\n", rows: []string{`4: ["x"]`},
			refused: []string{
				"f:2: not valid UTF-8: name the file's encoding to read it: euc-kr or gb18030 or big5 or windows-1251 or windows-1252",
				"f:3: not valid UTF-8: name the file's encoding to read it: windows-1251",
			},
		},
		{name: "sep line", in: "sep=;\r\na,b;c\r\n1;2\r\n", rows: []string{`3: ["1" "2"]`}},
		{name: "sep line in quotes", in: "\ufeff\"SEP=|\"\n\na|b\n1|2\n", rows: []string{`4: ["1" "2"]`}},
		{name: "sep line, tab", in: "sep=\t\na,x\tb\n1\t2\n", rows: []string{`3: ["1" "2"]`}},
		{name: "sep line against what was told", in: "sep=;\na,b\n1,2\n", opts: Options{Delimiter: ','}, rows: nil, refused: []string{"f:2: wrong number of fields: 2, the header has 1", "f:3: wrong number of fields: 2, the header has 1"}},
		{name: "a column called sep", in: "sep=x\n1\n", rows: []string{`2: ["1"]`}},
		{name: "replacement character in utf-8", in: "a\n\ufffd\n", rows: []string{`2: ["` + "\ufffd" + `"]`}},
		{name: "header only", in: "a,b\n"},

		{name: "json lines", in: "{\"a\":1}\r\n\n  {\"a\":2}", rows: []string{`1: {"a":1}`, `3: {"a":2}`}},
		{
			name: "bad json lines", in: "{\"a\":1\n[1]\n{\"a\":1,\"b\":{\"c\":2,\"c\":3}}\n{\"a\":tru}\n{} {}\nnull\n{\"a\":\"\\u0000\"}\n{\"a\":\"\\ud800\"}\n{\"a\":1}\n", rows: []string{`9: {"a":1}`},
			refused: []string{
				"f:1: a: JSON ends early: comma or } expected", "f:2: not a JSON object", "f:3: b.c: key given twice",
				"f:4: a: malformed JSON: a value expected at byte 6", "f:5: text after the JSON object: at byte 4", "f:6: not a JSON object",
				"f:7: a: NUL byte: escaped, before byte 13", "f:8: a: half a surrogate pair: before byte 13",
			},
		},
		{name: "json encoding", in: "{\"a\":\"\xe9\"}\n{\"a\":\"\x00\"}\n{}\n", rows: []string{`3: {}`}, refused: []string{"f:1: not valid UTF-8: name the file's encoding to read it: windows-1251 or windows-1252", "f:2: NUL byte"}},
		{name: "deep json", in: `{"a":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}\n{\"b\":1}\n", rows: []string{`2: {"b":1}`}, refused: []string{"f:1: a" + strings.Repeat("[0]", 63) + ": nested too deeply: over 64 levels"}},
		{name: "many keys", in: "{\"a\":1,\"b\":2,\"c\":3}\n{}\n", opts: Options{MaxFields: 2}, rows: []string{`2: {}`}, refused: []string{"f:1: too many keys: over 2"}},
		{name: "long json", in: "{\"a\":\"" + long + "\"}\n{}\n", opts: Options{MaxRow: 90}, rows: []string{`2: {}`}, refused: []string{"f:1: row too long: over 90 bytes"}},

		{name: "array", in: "[{\"a\":1},\n {\"a\":\n2} , {\"a\":\"],}\"}]\n", rows: []string{`1: {"a":1}`, "2: {\"a\":\n2}", `3: {"a":"],}"}`}},
		{name: "empty array", in: " [ ] "},
		{name: "array utf-16", in: "\xff\xfe" + utf16le("[{\"a\":\"한\"},{\"a\":2}]"), rows: []string{`1: {"a":"한"}`, `1: {"a":2}`}},
		{name: "array elements", in: "[1, \"x,y\", {\"a\":tru}, {\"a\":1}]", rows: []string{`1: {"a":1}`}, refused: []string{"f:1: not a JSON object", "f:1: not a JSON object", "f:1: a: malformed JSON: a value expected at byte 6"}},
		{
			name: "array commas", in: "[,{\"a\":1},,{\"a\":2} {\"a\":3},]x\n{}", rows: []string{`1: {"a":1}`, `1: {"a":2}`},
			refused: []string{"f:1: comma without an element", "f:1: comma without an element", "f:1: comma missing before the element", "f:1: comma without an element", "f:1: text after the end of the array", "f:2: text after the end of the array"},
		},
		{
			name: "array, brace missing", in: "[\n  {\"a\":{\"b\":1},\n  {\"a\":2},\n  {\"a\":3}\n]\n", rows: []string{`3: {"a":2}`, `4: {"a":3}`},
			refused: []string{"f:2: element does not end"},
		},
		{
			name: "array, wrong bracket", in: "[\n{\"a\":1],\n{\"a\":2}\n]\n", rows: []string{`3: {"a":2}`},
			refused: []string{"f:2: element does not end"},
		},
		{
			name: "array, last brace missing", in: "[\n {\"a\":1},\n {\"a\":2\n]\n", rows: []string{`2: {"a":1}`},
			refused: []string{"f:3: element does not end"},
		},
		{
			name: "array, quote missing", in: "[\n {\n  \"a\": \"x,\n  \"b\": 2\n },\n {\"a\":2}\n]\n", rows: []string{`6: {"a":2}`},
			refused: []string{"f:2: a: malformed JSON: no control character expected at byte 13"},
		},
		{name: "array not closed", in: "[{\"a\":1},\n{\"a\":2}", rows: []string{`1: {"a":1}`, `2: {"a":2}`}, refused: []string{"f:2: the array is not closed"}},
		{name: "array element cut", in: "[{\"a\":1},\n{\"a\":[2", rows: []string{`1: {"a":1}`}, refused: []string{"f:2: element does not end", "f:2: the array is not closed"}},
		{
			name: "array, element too long", in: "[{\"a\":\"" + long + "\"},{\"a\":2}]", opts: Options{MaxRow: 90}, rows: []string{`1: {"a":2}`},
			refused: []string{"f:1: row too long: over 90 bytes"},
		},
		{name: "array, deep", in: "[" + strings.Repeat("[", 99) + strings.Repeat("]", 99) + ",{}]", rows: []string{`1: {}`}, refused: []string{"f:1: not a JSON object"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for variant, data := range map[string]string{"plain": tc.in, "gzip": gzipped(tc.in)} {
				rows, refused, err := read(t, data, tc.opts)
				if err != nil {
					t.Fatalf("%s: %v", variant, err)
				}
				if diff := cmp.Diff(tc.rows, rows); diff != "" {
					t.Errorf("%s: rows (-want +got):\n%s", variant, diff)
				}
				if diff := cmp.Diff(tc.refused, refused); diff != "" {
					t.Errorf("%s: refused (-want +got):\n%s", variant, diff)
				}
			}
			// Byte by byte, the same comes out.
			src, err := NewSource("f", iotest.OneByteReader(strings.NewReader(tc.in)), tc.opts)
			if err != nil {
				t.Fatal(err)
			}
			slow, _ := drain(src)
			fast, _ := collect(tc.in, tc.opts)
			if diff := cmp.Diff(fast, slow, cmp.AllowUnexported(outcome{}, Row{}, place{})); diff != "" {
				t.Errorf("one byte at a time (-fast +slow):\n%s", diff)
			}
		})
	}
}

func TestFileErrors(t *testing.T) {
	whole := gzipped("a,b\n1,2\n" + strings.Repeat("3,4\n", 100))
	damaged := []byte(whole)
	damaged[len(damaged)-6] ^= 1 // in the checksum
	for _, tc := range []struct {
		name, in string
		opts     Options
		kind     error
		message  string
	}{
		{name: "empty", in: "", kind: ErrEmpty, message: "f: the file is empty"},
		{name: "empty gzip", in: gzipped(""), kind: ErrEmpty, message: "f: the file is empty"},
		{name: "only bom", in: "\ufeff", kind: ErrEmpty},
		{name: "only blank", in: " \n\r\n", kind: ErrEmpty},
		{name: "told csv, only blank", in: " \n\r\n", opts: Options{Form: CSV}, kind: ErrEmpty},
		{name: "zip", in: "PK\x03\x04....", kind: ErrFormat, message: "f: format not recognised: this is a zip archive or office document"},
		{name: "pdf", in: "%PDF-1.7", kind: ErrFormat},
		{name: "gzip twice", in: gzipped(gzipped("a\n1\n")), kind: ErrFormat},
		{name: "ambiguous delimiter", in: "a,b;c\n", kind: ErrFormat, message: "f:1: format not recognised: two delimiters are equally frequent in the header: name one"},
		{name: "bad delimiter", in: "a,b\n", opts: Options{Delimiter: '"'}, kind: ErrFormat},
		{name: "bad form", in: "a,b\n", opts: Options{Form: "xml"}, kind: ErrFormat},
		{name: "told array", in: "a,b\n", opts: Options{Form: JSONArray}, kind: ErrFormat},
		{name: "duplicate header", in: "\na,b, a\n1,2,3\n", kind: ErrHeader, message: `f:2: header not usable: column "a" appears twice`},
		{name: "bad header", in: "a,\"b\n1,2\n", kind: ErrHeader},
		{name: "header quote", in: "a,b\"x\"\n1,2\n", kind: ErrHeader, message: "f:1: header not usable: quote in an unquoted field"},
		{name: "header nul", in: "a,b\x00\n", kind: ErrHeader},
		{name: "header encoding", in: "a,\xe9\n", kind: ErrHeader, message: "f:1: header not usable: not valid UTF-8: name the file's encoding to read it: windows-1251 or windows-1252"},
		{name: "header too wide", in: strings.Repeat("a,", 2000) + "\n", kind: ErrHeader, message: "f:1: header not usable: more than 1024 columns"},
		{name: "header too long", in: strings.Repeat("a", 200) + "\n", opts: Options{MaxRow: 100}, kind: ErrHeader},
		{name: "unknown encoding", in: "a\n", opts: Options{Encoding: "klingon"}, kind: ErrEncoding},
		{name: "encoding against bom", in: "\ufeffa\n", opts: Options{Encoding: "euc-kr"}, kind: ErrEncoding, message: "f: encoding not usable: told euc-kr, but the byte order mark says utf-8"},
		{
			name: "utf-16 without bom, half a pair", in: utf16le("a,b\n") + "\x00\xd8" + utf16le("1,2\n3,4\n"), kind: ErrEncoding,
			message: "f: encoding not usable: looks like utf-16le without a byte order mark, but some of it is no text: name the encoding to read the rest",
		},
		{name: "utf-32", in: "\xff\xfe\x00\x00a\x00\x00\x00", kind: ErrFormat, message: "f: format not recognised: this is UTF-32"},
		{name: "sep line alone", in: "sep=;\n", kind: ErrEmpty},
		{name: "gzip header cut", in: whole[:5], kind: ErrBroken},
		{name: "gzip cut", in: whole[:len(whole)-12], kind: ErrBroken},
		{name: "gzip checksum", in: string(damaged), kind: ErrBroken},
		{name: "garbage after gzip", in: whole + "garbage garbage", kind: ErrBroken},
		{name: "too large", in: whole, opts: Options{MaxBytes: 100}, kind: ErrTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := read(t, tc.in, tc.opts)
			if !errors.Is(err, tc.kind) {
				t.Fatalf("error %v, want %v", err, tc.kind)
			}
			if tc.message != "" && err.Error() != tc.message {
				t.Errorf("message %q, want %q", err, tc.message)
			}
		})
	}
}

// A file that breaks off loses what is after the break, keeps what is before,
// and does not take half a row for a whole one.
func TestBrokenOff(t *testing.T) {
	for _, in := range []string{"a,b\n1,2\n3,44", "a,b\n1,2\n3,\"44", "{\"a\":1}\n{\"a\":22", "[{\"a\":1},\n{\"a\":22"} {
		broken := io.MultiReader(strings.NewReader(in), iotest.ErrReader(io.ErrUnexpectedEOF))
		src, err := NewSource("f", broken, Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := drain(src)
		if !errors.Is(err, ErrBroken) {
			t.Errorf("%q: error %v, want ErrBroken", in, err)
		}
		if len(all) != 2 || all[0].refusal != nil || all[1].refusal == nil {
			t.Fatalf("%q: got %v, want a row and a refusal", in, all)
		}
		_, original, _ := all[1].place()
		if want := in[strings.LastIndexByte(in, '\n')+1:]; string(original) != want {
			t.Errorf("%q: refused %q, want %q", in, original, want)
		}
	}
}

func TestOriginalBytes(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		opts Options
		want []string
	}{
		"csv crlf": {in: "a,b\r\n1,\"x\r\ny\"\r\n\"bad\" ,2\r\n", want: []string{"1,\"x\r\ny\"", "\"bad\" ,2"}},
		"utf-16":   {in: "\xff\xfe" + utf16le("a\nü한\n🚢\n"), want: []string{utf16le("ü한"), utf16le("🚢")}},
		"gb18030":  {in: "a\n\xb5\xa4\x94\x39\xda\x33\nx\n", opts: Options{Encoding: "gb18030"}, want: []string{"\xb5\xa4\x94\x39\xda\x33", "x"}},
		"array":    {in: "[ {\"a\":1} ,{\"b\" : 2}\n]", want: []string{"{\"a\":1}", "{\"b\" : 2}"}},
		"jsonl":    {in: " {\"a\":1} \r\n{x\n", want: []string{" {\"a\":1} ", "{x"}, opts: Options{Form: JSONLines}},
	} {
		all, err := collect(tc.in, tc.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, o := range all {
			_, original, _ := o.place()
			got = append(got, string(original))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, tc := range map[string]struct {
		in   string
		opts Options
	}{
		"CSV with comma, utf-8": {in: "a\n"},
		"CSV with semicolon, utf-8 with byte order mark, CRLF, gzip": {in: gzipped("\ufeffa;b,c;d\r\n")},
		"CSV with tab, windows-1252 as told":                         {in: "a\tb\n", opts: Options{Encoding: "cp1252"}},
		"JSON lines, utf-8":                                          {in: "\n {}\n"},
		"JSON array, utf-16be with byte order mark":                  {in: "\xfe\xff" + utf16be("[]")},
		"JSON lines, utf-16le as told":                               {in: utf16le("{}\n"), opts: Options{Encoding: "utf-16le"}},
		"CSV with comma, utf-8, CRLF":                                {in: "\"a;b;c\",d\r\n"},
		"CSV with | as its first line says, utf-8":                   {in: "sep=|\na|b\n"},
		"CSV with comma, utf-16be as detected, CRLF":                 {in: utf16be("a,b\r\n")},
	} {
		src, err := NewSource("f", strings.NewReader(tc.in), tc.opts)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if got := src.Describe().String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestPlaces: where a row or a refusal says it stands, its bytes stand.
func TestPlaces(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		opts Options
		want []string
	}{
		"csv":        {in: "\na,b\r\n1,\"x\r\ny\"\r\n\"bad\" ,2\r\n\n3,4", want: []string{"lines=3-4", "lines=5-5", "lines=7-7"}},
		"jsonl":      {in: "{}\n\n {\"a\":1} \r\n{x", want: []string{"lines=1-1", "lines=3-3", "lines=4-4"}},
		"jsonl, bom": {in: "\ufeff{}\n{}\n", want: []string{"lines=1-1", "lines=2-2"}},
		"array":      {in: "[{},\n {\"a\":\n1},, {x\n]", want: []string{"bytes=1-2", "bytes=6-13", "bytes=15-15", "bytes=17-18"}},
		"gb18030":    {in: "a\n\xb5\xa4\n\xff\n\xb5\xa4", opts: Options{Encoding: "gbk"}, want: []string{"lines=2-2", "lines=3-3", "lines=4-4"}},
		"utf-16":     {in: "\xff\xfe" + utf16le("a\nü한\n\"x\ny\"\n"), want: []string{"bytes=6-9", "bytes=12-21"}},
		"long row":   {in: "a\n" + strings.Repeat("x", 1<<17) + "\ny\n", opts: Options{MaxRow: 90}, want: []string{"lines=2-2", "lines=3-3"}},
	} {
		for variant, data := range map[string]string{"plain": tc.in, "gzip": gzipped(tc.in)} {
			all, err := collect(data, tc.opts)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var got []string
			for _, o := range all {
				place := o.row.Place()
				if o.refusal != nil {
					place = o.refusal.Place
				}
				got = append(got, place)
				_, original, size := o.place()
				if stands := at(t, tc.in, place); int64(len(original)) == size && stands != string(original) {
					t.Errorf("%s: %s is %q, not %q", name, place, stands, original)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, variant, diff)
			}
		}
	}
	if got := (Row{Line: 7}).Place(); got != "lines=7-7" {
		t.Errorf("a row made by hand stands at %s", got)
	}
}

// at is what stands at a place of a file, found without the reader.
func at(t testing.TB, data, place string) string {
	t.Helper()
	var from, to int
	if n, _ := fmt.Sscanf(place, "bytes=%d-%d", &from, &to); n == 2 {
		return data[from : to+1]
	}
	if n, _ := fmt.Sscanf(place, "lines=%d-%d", &from, &to); n != 2 {
		t.Fatalf("no place: %q", place)
	}
	lines := strings.Join(strings.SplitAfter(strings.TrimPrefix(data, "\ufeff"), "\n")[from-1:to], "")
	return strings.TrimSuffix(strings.TrimSuffix(lines, "\n"), "\r")
}

func TestGet(t *testing.T) {
	all, err := collect("id, name \n7,x\n", Options{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	row := all[0].row
	if v, ok := row.Get("name"); v != "x" || !ok {
		t.Errorf("name: %q, %v", v, ok)
	}
	if _, ok := row.Get("nothing"); ok {
		t.Error("a column that is not there was found")
	}
	if got := row.Refuse("id", "not an id", Quote("7\u202e")).Error(); got != `f:2: id: not an id: "7\u202e"` {
		t.Error(got)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "misleading.json")
	data := gzipped("a,b\n1,2\n")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	var seen, total int64
	src, err := Open(path, Options{Progress: func(n, of int64) { seen, total = n, of }})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if src.Name() != path || src.Describe().Form != CSV || !src.Describe().Gzip {
		t.Errorf("%s: %s", src.Name(), src.Describe())
	}
	if all, err := drain(src); len(all) != 1 || err != nil || src.Read() != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if n := int64(len(data)); seen != n || total != n {
		t.Errorf("progress ended at %d of %d, want %d", seen, total, n)
	}
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := Open(path+".none", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// A reader of zeros without end is refused in bounded memory.
func TestBomb(t *testing.T) {
	var before, after runtime.MemStats
	zeros := strings.Repeat(gzipped(strings.Repeat("\x00", 32<<20)), 20)
	runtime.ReadMemStats(&before)
	src, err := NewSource("bomb", strings.NewReader(gzipped("a\n")+zeros), Options{MaxRow: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	all, err := drain(src)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if len(all) != 1 || all[0].refusal.Reason != reasonLong || len(all[0].refusal.Original) != 1<<16 {
		t.Errorf("got %d outcomes, want the refusal of one long row", len(all))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain.csv":             "plain.csv",
		"경량 평양 Ünïcode.csv":     "경량 평양 Ünïcode.csv",
		"evil\u202egpj.exe":     `evil\u202egpj.exe`,
		"a\nb\x1b[31m":          `a\nb\x1b[31m`,
		"zero\u200bwidth\ufeff": `zero\u200bwidth\ufeff`,
		"bad\xffbyte\ufffd":     `bad\xffbyte` + "\ufffd",
		"c1\u0085\u2028":        `c1\u0085\u2028`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Quote(strings.Repeat("é", 300)); len(got) > 210 || !strings.HasSuffix(got, "…\"") {
		t.Errorf("Quote of a long value: %q", got)
	}
}

func TestObjectIsOwned(t *testing.T) {
	all, err := collect("{\"a\":1}\n{\"a\":2}\n", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ A int }
	if err := json.Unmarshal(all[0].row.Object, &v); err != nil || v.A != 1 {
		t.Errorf("%v, %v", v, err)
	}
	if !bytes.Equal(all[0].row.Original, []byte(`{"a":1}`)) {
		t.Errorf("%s", all[0].row.Original)
	}
}

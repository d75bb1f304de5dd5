package intake

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

const fuzzRow = 300 // small limits reach the hard cases sooner

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a,b\r\n\"x\"\"\r\n\",2\r\n", "a;b\n1;\"2\n3;4\n", "\ufeffa\tb\n1\t\x00\n", "a\n\"\n\"\n",
		"a,b\n1,\"2\n3,\"4\n5,\"\"\"6\n", "a\n" + strings.Repeat("x", 400) + "\nb", "a\r\n1\r\r\n", "\"a\nb\",c\n1,2", "a,b\n\xff,2\n",
	} {
		f.Add(seed)
		f.Add(gzipped(seed))
	}
	f.Fuzz(func(t *testing.T, data string) {
		opts := Options{Form: CSV, MaxRow: fuzzRow, MaxRowLines: 5, MaxFields: 20, MaxBytes: 1 << 20}
		src, err := NewSource("f", strings.NewReader(data), opts)
		if err != nil {
			return
		}
		all, err := drain(src)
		if err == nil && !src.Describe().Gzip && src.text.Plain() {
			accountLines(t, data, all, true)
		}
		checkOutcomes(t, src, all)
	})
}

func FuzzJSONLines(f *testing.F) {
	for _, seed := range []string{
		"{\"a\":1}\n{\"a\":2}\n", "{}\r\n\r\n{\"a\":{\"a\":[1,2,\"\\u00e9\"]}}", "{\"a\":1,\"a\":2}\n", "{\"a\":\n1}\n", "{\"\\u0061\":1,\"a\":1}\n",
		strings.Repeat("{\"a\":", 70), "{\"a\":\"" + strings.Repeat("x", 400) + "\"}\n{}", "{\"a\":\"\x00\"}\n{\"a\":\"\xff\"}\n", "{}{}\n",
	} {
		f.Add(seed)
		f.Add(gzipped(seed))
	}
	f.Fuzz(func(t *testing.T, data string) {
		src, err := NewSource("f", strings.NewReader(data), Options{Form: JSONLines, MaxRow: fuzzRow, MaxFields: 20, MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		all, err := drain(src)
		if err == nil && !src.Describe().Gzip && src.text.Plain() {
			accountLines(t, data, all, false)
		}
		checkOutcomes(t, src, all)
		for _, o := range all {
			if o.refusal == nil && !json.Valid(o.row.Object) {
				t.Fatalf("row is no JSON: %q", o.row.Object)
			}
		}
	})
}

func FuzzJSONArray(f *testing.F) {
	for _, seed := range []string{
		"[{\"a\":1},{\"a\":2}]", "[\n {\"a\":[1},\n {\"a\":2}\n]\n", "[,{},]x", "[{\"a\":\"x\n},{}]", "[1,\"x,]\",{}]", "[" + strings.Repeat("[{", 50),
		"[{\"a\":\"" + strings.Repeat("x", 400) + "\"},{}]", "\xff\xfe[\x00{\x00}\x00]\x00", "[}{]", "[{\n{\n{\n{\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		src, err := NewSource("f", strings.NewReader(data), Options{Form: JSONArray, MaxRow: fuzzRow, MaxFields: 20, MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		all, _ := drain(src)
		checkOutcomes(t, src, all)
		for _, o := range all {
			if o.refusal == nil && !json.Valid(o.row.Object) {
				t.Fatalf("row is no JSON: %q", o.row.Object)
			}
		}
		var sound []json.RawMessage
		if src.text.Plain() && json.Unmarshal([]byte(data), &sound) == nil && len(all) != len(sound) {
			t.Fatalf("%d outcomes of %d elements", len(all), len(sound))
		}
	})
}

// checkOutcomes checks what holds for every file: order, limits, memory.
func checkOutcomes(t testing.TB, src *Source, all []outcome) {
	t.Helper()
	last := 0
	for _, o := range all {
		line, original, size := o.place()
		if line < last || line < 1 {
			t.Fatalf("line %d after line %d", line, last)
		}
		last = line
		if size < int64(len(original)) || o.refusal == nil && size > 4*(fuzzRow+2) {
			t.Fatalf("line %d: %d bytes of %d", line, len(original), size)
		}
		if o.refusal != nil && (o.refusal.Reason == "" || strings.ContainsAny(o.refusal.Error(), "\n\x00\u202e")) {
			t.Fatalf("message %q", o.refusal.Error())
		}
	}
	if src.Read() != len(all) {
		t.Fatalf("read %d, delivered %d", src.Read(), len(all))
	}
	if n := src.text.Held(); n > 4<<20 {
		t.Fatalf("window of %d bytes", n)
	}
}

// FuzzJournal lays any bytes beside a quarantine file: they are read or refused,
// and mends that are in them make a row or are refused in their turn.
func FuzzJournal(f *testing.F) {
	f.Add(`{"kind":"k","mend":{"line":2,"place":"lines=2-2","field":"b","value":"3","by":"x","why":"y","on":"2026-11-22T12:00:00Z"}}` + "\n" + `{"kind":"k","kept":{"line":2,"place":"lines=2-2","on":"2026-11-22T12:00:00Z"}}`)
	f.Add(`{"kind":"k","mend":{"line":2,"place":"lines=2-2","value":"1,\"x","by":"x","why":"y","on":"2026-11-22T12:00:00Z"}}`)
	f.Add(`{"kind":"k","mend":{"line":2,"place":"lines=2-2","field":"b[0].c","value":"\u0000","by":"x","why":"y","on":"0001-01-01T00:00:00Z"}}`)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		q := NewQuarantine(dir)
		lot := Lot{SHA256: strings.Repeat("0", 64), File: "f", Kind: "k", Format: Format{Form: CSV, Delimiter: "comma", Encoding: "utf-8"}, Columns: []string{"a", "b"}}
		b := q.Begin(lot)
		if err := b.Add(&Refusal{File: "f", Line: 2, Reason: "odd", Original: []byte("1,2"), Size: 3, Place: "lines=2-2"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Commit(lot.SHA256, 8); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(q.journalPath(lot.SHA256[:12]), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := q.Retry(lot.SHA256, Job{}, func(row Row) (Outcome, error) {
			if len(row.Values) != 2 || row.Place() != "lines=2-2" || string(row.Original) != "1,2" {
				t.Fatalf("row %+v", row)
			}
			return New, nil
		})
		if err == nil && !r.Receipt.Reconciles() || err != nil && !errors.Is(err, ErrQuarantine) {
			t.Fatal(r, err)
		}
	})
}

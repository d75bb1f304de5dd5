package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const shipments = "id,tonnes\nS-1,10\nS-2,ten\nS-3,\"30\nS-4,40\nS-1,10\nS-5,\xe9\nS-6,many\n"

// keepShipments keeps rows whose tonnes are a number.
func keepShipments() func(Row) (Outcome, error) {
	held := map[string]bool{}
	return func(row Row) (Outcome, error) {
		id, _ := row.Get("id")
		tonnes, _ := row.Get("tonnes")
		if _, err := strconv.Atoi(tonnes); err != nil {
			return 0, row.Refuse("tonnes", "not a whole number", Quote(tonnes))
		}
		if held[id] {
			return Known, nil
		}
		held[id] = true
		return New, nil
	}
}

func TestLoad(t *testing.T) {
	q := NewQuarantine(filepath.Join(t.TempDir(), "quarantine"))
	var messages []string
	job := Job{Kind: "shipment", Source: "a submission", Quarantine: q, OnRefusal: func(r *Refusal) { messages = append(messages, r.Error()) }}
	src, err := NewSource("s.csv", strings.NewReader(shipments), Options{})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := Load(src, job, keepShipments())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(shipments))
	want := Receipt{
		File: "s.csv", SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(shipments)), Kind: "shipment", Source: "a submission",
		Format: Format{Form: CSV, Delimiter: "comma", Encoding: "utf-8", LineEnd: "lf"},
		Read:   7, New: 2, Known: 1, Refused: 4,
		ByReason: map[string]int{"tonnes: not a whole number": 2, "tonnes: quote not closed": 1, "not valid UTF-8": 1},
	}
	if diff := cmp.Diff(want, receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	if !receipt.Reconciles() {
		t.Error("the receipt does not reconcile")
	}
	wantMessages := []string{
		`s.csv:3: tonnes: not a whole number: "ten"`, "s.csv:4: tonnes: quote not closed",
		"s.csv:7: not valid UTF-8: name the file's encoding to read it: windows-1251 or windows-1252", `s.csv:8: tonnes: not a whole number: "many"`,
	}
	if diff := cmp.Diff(wantMessages, messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	wantFile := `{"quarantine":2,"sha256":"` + receipt.SHA256 + `","bytes":62                 ,"file":"s.csv","kind":"shipment","source":"a submission","format":{"form":"csv","delimiter":"comma","encoding":"utf-8","line_end":"lf"},"columns":["id","tonnes"]}
{"file":"s.csv","line":3,"field":"tonnes","reason":"not a whole number","detail":"\"ten\"","original":"S-2,ten","place":"lines=3-3"}
{"file":"s.csv","line":4,"field":"tonnes","reason":"quote not closed","original":"S-3,\"30","place":"lines=4-4"}
{"file":"s.csv","line":7,"reason":"not valid UTF-8","detail":"name the file's encoding to read it: windows-1251 or windows-1252","original_base64":"Uy01LOk=","place":"lines=7-7"}
{"file":"s.csv","line":8,"field":"tonnes","reason":"not a whole number","detail":"\"many\"","original":"S-6,many","place":"lines=8-8"}
`
	got, err := os.ReadFile(q.Path(receipt.SHA256))
	if err != nil || string(got) != wantFile {
		t.Errorf("quarantine: %v\n%s", err, cmp.Diff(wantFile, string(got)))
	}
}

func TestReceiptText(t *testing.T) {
	r := Receipt{
		File: "s.csv", SHA256: strings.Repeat("ab", 32), Bytes: 1234, Kind: "shipment", Source: "a submission",
		Format: Format{Form: CSV, Delimiter: "comma", Encoding: "utf-8", Gzip: true},
		Read:   120, New: 100, Known: 8, Corroborated: 3, Contradicted: 1, Refused: 12, ByReason: map[string]int{"b": 2, "a": 2, "hs: not six digits": 8},
		Stopped: "s.csv:121: the file broke off: unexpected EOF",
	}
	want := `file     s.csv (1234 bytes)
sha-256  ` + r.SHA256 + `
format   CSV with comma, utf-8, gzip
kind     shipment
source   a submission
read     120
kept     108 (100 new, 8 known)
           3  from another source, as it is held: both are cited
           1  other than what is held: an account beside it
refused   12
           8  hs: not six digits
           2  a
           2  b
stopped  s.csv:121: the file broke off: unexpected EOF
`
	if diff := cmp.Diff(want, r.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	data, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(data), `"kept":108`) {
		t.Errorf("%s, %v", data, err)
	}
	var back Receipt
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("JSON round trip (-want +got):\n%s", diff)
	}
	back.New++
	if !r.Reconciles() || back.Reconciles() {
		t.Error("Reconciles does not tell a sound receipt from one that is not")
	}
}

func TestReasonsAreBounded(t *testing.T) {
	var r Receipt
	for i := range 1000 {
		r.Refuse(&Refusal{Field: strconv.Itoa(i), Reason: "odd"})
	}
	r.Read = 1000
	if len(r.ByReason) != maxReasons+1 || r.ByReason[otherReasons] != 1000-maxReasons || !r.Reconciles() {
		t.Errorf("%d reasons, %d others", len(r.ByReason), r.ByReason[otherReasons])
	}
}

func TestLoadStops(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	whole := gzipped(shipments)
	src, err := NewSource("s.gz", strings.NewReader(whole[:len(whole)-8]), Options{})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := Load(src, Job{Quarantine: NewQuarantine(dir)}, keepShipments())
	if !errors.Is(err, ErrBroken) || receipt.Stopped != err.Error() || !receipt.Reconciles() || receipt.Read != 7 {
		t.Errorf("%v\n%s", err, receipt)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("quarantine: %v", left)
	}

	failed := errors.New("disk full")
	src, _ = NewSource("s.csv", strings.NewReader(shipments), Options{})
	dir = filepath.Join(t.TempDir(), "q")
	_, err = Load(src, Job{Quarantine: NewQuarantine(dir)}, func(r Row) (Outcome, error) {
		if r.Line > 3 {
			return 0, failed
		}
		return 0, r.Refuse("", "odd", "")
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("half a quarantine was left: %v", left)
	}
}

func TestNoRefusalsNoFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "q")
	if path, err := NewQuarantine(dir).Write(Lot{SHA256: strings.Repeat("0", 64)}, slices.Values([]*Refusal(nil))); path != "" || err != nil {
		t.Error(path, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made for nothing")
	}
}

func TestQuarantineComesBack(t *testing.T) {
	q := NewQuarantine(t.TempDir())
	sum := strings.Repeat("0a", 32)
	rapid.Check(t, func(t *rapid.T) {
		var refusals []*Refusal
		lot := Lot{
			Version: 2, SHA256: sum, Bytes: rapid.Int64Range(0, 1<<62).Draw(t, "bytes"), File: rapid.String().Draw(t, "name"), Kind: "k", Source: rapid.String().Draw(t, "source"),
			Format: Format{Form: CSV, Encoding: "utf-8"}, Columns: rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "columns"),
		}
		for range rapid.IntRange(1, 5).Draw(t, "n") {
			original := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).Draw(t, "original")
			refusals = append(refusals, &Refusal{
				File: rapid.String().Draw(t, "file"), Line: rapid.IntRange(0, 1<<40).Draw(t, "line"), Field: rapid.String().Draw(t, "field"),
				Reason: "x" + rapid.String().Draw(t, "reason"), Detail: rapid.String().Draw(t, "detail"),
				Original: original, Size: int64(len(original)) + rapid.Int64Range(0, 2).Draw(t, "cut"),
				Place: rapid.String().Draw(t, "place"),
			})
		}
		var files [2][]byte
		for i := range files {
			path, err := q.Write(lot, slices.Values(refusals))
			if err != nil || filepath.Base(path) != "0a0a0a0a0a0a.jsonl" {
				t.Fatal(path, err)
			}
			files[i], _ = os.ReadFile(path)
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Fatal("written twice, the bytes differ")
		}
		var back []*Refusal
		var head Lot
		for r, err := range readLot(bytes.NewReader(files[0]), &head) {
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, r)
		}
		if diff := cmp.Diff(lot, head); diff != "" {
			t.Fatalf("first line (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(refusals, back, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestQuarantineMalformed(t *testing.T) {
	good := `{"file":"f","line":1,"reason":"odd","original":""}` + "\n"
	for _, bad := range []string{`{"quarantine":1}`, `{"quarantine":3,"sha256":"` + strings.Repeat("0", 64) + `"}`, `{"quarantine":2}`, `{"quarantine":2,"sha256":"` + strings.Repeat("0", 64) + `","colour":1}`, `{"quarantine":`} {
		for _, err := range ReadQuarantine(strings.NewReader(bad + "\n" + good)) {
			if !errors.Is(err, ErrQuarantine) || !strings.Contains(err.Error(), "line 1") {
				t.Errorf("%s: %v", bad, err)
			}
		}
	}
	for _, bad := range []string{"{", `{"line":1}`, `{"reason":"x","colour":1}`, `{"reason":"x","line":1} {}`, `{"reason":"x","line":-1}`, `{"reason":"x","original_base64":"?"}`, "null"} {
		n := 0
		var last error
		for r, err := range ReadQuarantine(strings.NewReader(good + bad + "\n" + good)) {
			if last = err; err == nil && r.Reason == "odd" {
				n++
			}
		}
		if !errors.Is(last, ErrQuarantine) || n != 1 || !strings.Contains(last.Error(), "line 2") {
			t.Errorf("%s: %d entries, error %v", bad, n, last)
		}
	}
}

func FuzzReadQuarantine(f *testing.F) {
	f.Add(`{"file":"f","line":1,"reason":"odd","original":"x"}`)
	f.Add(`{"quarantine":2,"sha256":"` + strings.Repeat("0", 64) + `","bytes":1  ,"file":"f","format":{"form":"csv"}}` + "\n" + `{"file":"f","line":1,"reason":"odd","place":"lines=1-1"}`)
	f.Add(`{"file":"f","line":1,"reason":"odd","original_base64":"/w==","original_size":9}`)
	f.Fuzz(func(t *testing.T, data string) {
		for r, err := range ReadQuarantine(strings.NewReader(data)) {
			if err == nil && r.Reason == "" {
				t.Fatal("an entry without a reason")
			}
		}
	})
}

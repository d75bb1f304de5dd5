package intake

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// mend is a change with who, why and when.
func mend(field, value string) Mend {
	return Mend{Field: field, Value: value, By: "A. Expert", Why: "letter of 3 May", On: noon}
}

// quarantined loads a file whose rows keep refuses and returns its quarantine.
func quarantined(t testing.TB, data string, opts Options, keep func(Row) (Outcome, error)) (*Quarantine, Receipt) {
	t.Helper()
	q := NewQuarantine(t.TempDir())
	src, err := NewSource("s.csv", strings.NewReader(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(src, Job{Kind: "shipment", Source: "a submission", Quarantine: q}, keep)
	if err != nil {
		t.Fatal(err)
	}
	return q, r
}

// refuseAll refuses every row that can be read.
func refuseAll(row Row) (Outcome, error) { return 0, row.Refuse("", "odd", "") }

// TestMendAndRetry goes the whole way of a refused row.
func TestMendAndRetry(t *testing.T) {
	q, first := quarantined(t, shipments, Options{}, keepShipments())
	path := q.Path(first.SHA256)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	id := first.SHA256[:12]
	for row, m := range map[string]Mend{
		"3": mend("tonnes", "20"), "lines=4-4": mend("", "S-3,30"), "7": mend("", `"S-5, é",50`), "8": mend("tonnes", "lots"),
	} {
		e, err := q.Mend(id, row, m)
		if err != nil || len(e.Mends) != 1 || e.Mends[0].Place != e.Place || e.Mends[0].Line != e.Line {
			t.Fatalf("%s: %+v, %v", row, e, err)
		}
	}
	list, err := q.List()
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].Rows != 4 || list[0].Mended != 4 || list[0].Lot.SHA256 != first.SHA256 || list[0].Lot.Bytes != first.Bytes {
		t.Fatalf("%+v, %v", list, err)
	}
	var rows []Row
	keep := keepShipments()
	retried, err := q.Retry(id, Job{}, func(r Row) (Outcome, error) {
		o, err := keep(r)
		if err == nil {
			rows = append(rows, r)
		}
		return o, err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := first
	want.Read, want.New, want.Known, want.Refused, want.Retry = 4, 3, 0, 1, id
	want.ByReason = map[string]int{"tonnes: not a whole number": 1}
	if diff := cmp.Diff(want, retried.Receipt); diff != "" || !retried.Receipt.Reconciles() || !strings.Contains(retried.Receipt.String(), "\nretry    mended rows of quarantine "+id+"\n") {
		t.Errorf("receipt (-want +got):\n%s\n%s", diff, retried.Receipt)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.File+" "+r.Place()+" "+strings.Join(r.Values, "|")+" was "+string(r.Original))
	}
	if diff := cmp.Diff([]string{"s.csv lines=3-3 S-2|20 was S-2,ten", "s.csv lines=4-4 S-3|30 was S-3,\"30", "s.csv lines=7-7 S-5, é|50 was S-5,\xe9"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list, err = q.List(); err != nil || list[0].Kept != 0 || list[0].Mended != 4 {
		t.Errorf("before the rows are safe: %+v, %v", list, err)
	}
	if err := retried.Settle(noon); err != nil {
		t.Fatal(err)
	}
	if list, err = q.List(); err != nil || list[0].Kept != 3 || list[0].Mended != 1 {
		t.Errorf("afterwards: %+v, %v", list, err)
	}
	if again, err := q.Retry(id, Job{}, keepShipments()); err != nil || again.Receipt.Read != 1 || again.Receipt.Refused != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := q.Mend(id, "3", mend("tonnes", "21")); !errors.Is(err, ErrMend) {
		t.Errorf("a row that is kept was mended: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the rows as they were received changed: %v", err)
	}
}

// TestMendedRow: how a row reads after its mends, and which mends no row can have.
func TestMendedRow(t *testing.T) {
	kr := encoded("euc-kr", "이름;톤\n\"김;철수\";x\n")
	for _, tc := range []struct {
		name, data string
		opts       Options
		row        string
		changes    []Mend
		want       string // values or object, or the error
		fails      bool
	}{
		{"a column", "a,b\n1,2\n", Options{}, "2", []Mend{mend("b", "x,\"y\"\nz")}, `["1","x,\"y\"\nz"]`, false},
		{"two columns", "a,b\n1,2\n", Options{}, "2", []Mend{mend("b", "3"), mend("a", "0"), mend("b", "4")}, `["0","4"]`, false},
		{"the row, then a column", "a,b\n1\n", Options{}, "2", []Mend{mend("a", "9"), mend("", "1,2"), mend("b", "4")}, `["1","4"]`, false},
		{"another encoding and delimiter", kr, Options{Encoding: "cp949"}, "2", []Mend{mend("톤", "5")}, `["김;철수","5"]`, false},
		{"the row in another encoding", kr, Options{Encoding: "cp949"}, "2", []Mend{mend("", "리;6")}, `["리","6"]`, false},
		{"tab and a quoted header", "\"a\tb\"\t\"c\"\"\"\n1\t2\n", Options{Delimiter: '\t'}, "2", []Mend{mend(`c"`, "3")}, `["1","3"]`, false},
		{"a member", `{"a":{"b":[1,"x"]}}`, Options{}, "1", []Mend{mend("a.b[1]", "7")}, `{"a":{"b":[1,"7"]}}`, false},
		{"a member that is no text", `{"a":{"b":[1,"x"]}}`, Options{}, "1", []Mend{mend("a.b[0]", "null"), mend("c.d", "new"), mend("a.b[1]", `"\u00e9"`)}, `{"a":{"b":[null,"\u00e9"]},"c":{"d":"new"}}`, false},
		{"an element of an array", "[\n{\"a\":1},{\"a\":2}]", Options{}, "bytes=10-16", []Mend{mend("a", "3")}, `{"a":3}`, false},
		{"an object over lines", "[{\"a\":\n1}]", Options{}, "1", []Mend{mend("", "{\"a\":\n2}")}, "{\"a\":\n2}", false},

		{"no column", "a,b\n1,2\n", Options{}, "2", []Mend{mend("c", "3")}, `cannot be mended so: there is no column "c" (there are a, b)`, true},
		{"row not readable", "a,b\n1\n", Options{}, "2", []Mend{mend("a", "3")}, "cannot be mended so: wrong number of fields: 1, the header has 2", true},
		{"row not text", "a,b\n\xff,1\n", Options{}, "2", []Mend{mend("a", "3")}, "the row is not text in utf-8: mend it as a whole", true},
		{"two rows", "a,b\n1\n", Options{}, "2", []Mend{mend("", "1,2\n3,4")}, "it makes 2 rows, want one", true},
		{"no row", "a,b\n1\n", Options{}, "2", []Mend{mend("", " \n")}, "cannot be mended so", true},
		{"a row that is none", "a,b\n1\n", Options{}, "2", []Mend{mend("", "1")}, "wrong number of fields", true},
		{"two objects", `{"a":1}`, Options{}, "1", []Mend{mend("", `{},{}`)}, "it makes 2 rows", true},
		{"out of the array", `{"a":1}`, Options{}, "1", []Mend{mend("", `{}],[{}`)}, "cannot be mended so", true},
		{"NUL", "a,b\n1,2\n", Options{}, "2", []Mend{mend("b", "\x00")}, "is no text", true},
		{"no element", `{"a":[1]}`, Options{}, "1", []Mend{mend("a[1]", "2")}, "no such element", true},
		{"no list", `{"a":1}`, Options{}, "1", []Mend{mend("a[0]", "2")}, "no such element", true},
		{"no object", `{"a":1}`, Options{}, "1", []Mend{mend("a.b", "2")}, "what holds it is no object", true},
		{"no path", `{"a":1}`, Options{}, "1", []Mend{mend("a[", "2")}, "want a path", true},
		{"given twice", `{"a":1}`, Options{}, "1", []Mend{mend("a", `{"b":1,"b":2}`)}, "b: key given twice", true},
		{"row too long", "a\n" + strings.Repeat("x", 200) + "\n", Options{MaxRow: 100}, "2", []Mend{mend("", "x")}, "too long to be kept whole", true},
		{"nobody", "a,b\n1,2\n", Options{}, "2", []Mend{{Field: "b", Value: "3", Why: "w", On: noon}}, "who, why and when are needed", true},
		{"for no reason", "a,b\n1,2\n", Options{}, "2", []Mend{{Field: "b", Value: "3", By: "w", On: noon}}, "who, why and when are needed", true},
		{"two on a line", "[{\"a\":1},{\"a\":2}]", Options{}, "1", []Mend{mend("a", "3")}, `"1": no such row in quarantine: 2 are on it, name one by its place, as in bytes=1-7`, true},
		{"no such row", "a,b\n1,2\n", Options{}, "3", []Mend{mend("b", "3")}, `"3": no such row in quarantine`, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, r := quarantined(t, tc.data, tc.opts, refuseAll)
			_, err := q.Mend(r.SHA256, tc.row, tc.changes...)
			if tc.fails {
				if err == nil || !strings.Contains(err.Error(), tc.want) || !errors.Is(err, ErrMend) && !errors.Is(err, ErrNoRow) {
					t.Errorf("got %v\nwant %s", err, tc.want)
				}
				if _, err := os.Stat(q.journalPath(r.SHA256[:12])); err == nil {
					t.Error("a mend that failed was noted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			_, err = q.Retry(r.SHA256, Job{}, func(row Row) (Outcome, error) {
				text := []byte(row.Object)
				if row.Object == nil {
					if v, ok := row.Get(row.Names[0]); !ok || v != row.Values[0] {
						t.Errorf("column %s: %q, %t", row.Names[0], v, ok)
					}
					text, _ = json.Marshal(row.Values)
				}
				got = append(got, string(text))
				return New, nil
			})
			if err != nil || len(got) != 1 || got[0] != tc.want {
				t.Errorf("got %q, %v, want %s", got, err, tc.want)
			}
		})
	}
}

// TestMendLaw: a row that is replaced by itself, or by any other, reads as it does
// in a file.
func TestMendLaw(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPacking(t)
		delim := rapid.SampledFrom([]string{",", ";", "\t"}).Draw(t, "delimiter")
		names := []string{"id", "na" + delim + "me", "이름"}
		row := rapid.SliceOfN(anyText(), len(names), len(names)).Draw(t, "row")
		other := rapid.SliceOfN(anyText(), len(names), len(names)).Draw(t, "other")
		data, opts := p.pack([]string{csvLine(names, delim, true), csvLine(row, delim, true)})
		opts.Delimiter = delim[0]
		src, err := NewSource("f", strings.NewReader(data), opts)
		if err != nil {
			t.Fatal(err)
		}
		q := NewQuarantine(filepath.Join(dir, strconv.Itoa(rapid.Int().Draw(t, "dir"))))
		defer os.RemoveAll(q.dir)
		r, err := Load(src, Job{Quarantine: q}, refuseAll)
		if err != nil || r.Refused != 1 {
			t.Fatal(r, err)
		}
		want, change := row, mend(names[1], row[1])
		if rapid.Bool().Draw(t, "whole") {
			want, change = other, mend("", csvLine(other, delim, rapid.Bool().Draw(t, "quote all")))
		}
		if _, err := q.Mend(r.SHA256, "2", change); err != nil {
			t.Fatal(err)
		}
		n := 0
		_, err = q.Retry(r.SHA256, Job{}, func(got Row) (Outcome, error) {
			if diff := cmp.Diff(want, got.Values); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if string(got.Original) != p.encode(csvLine(row, delim, true)) {
				t.Fatalf("original %q", got.Original)
			}
			n++
			return New, nil
		})
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
	})
}

// TestMendsOutliveASecondAdd: the same file added again has the same quarantine,
// and what was mended in it stays mended. Read as another kind it is another.
func TestMendsOutliveASecondAdd(t *testing.T) {
	q, r := quarantined(t, shipments, Options{}, keepShipments())
	if _, err := q.Mend(r.SHA256, "3", mend("tonnes", "20")); err != nil {
		t.Fatal(err)
	}
	for kind, mended := range map[string]int{"shipment": 1, "sts_transfer": 0} {
		src, err := NewSource("s.csv", strings.NewReader(shipments), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Load(src, Job{Kind: kind, Source: "a submission", Quarantine: q}, keepShipments()); err != nil {
			t.Fatal(err)
		}
		if list, err := q.List(); err != nil || len(list) != 1 || list[0].Rows != 4 || list[0].Mended != mended {
			t.Errorf("%s: %+v, %v", kind, list, err)
		}
	}
}

func TestQuarantineIDs(t *testing.T) {
	q := NewQuarantine(filepath.Join(t.TempDir(), "none"))
	if list, err := q.List(); list != nil || err != nil {
		t.Error(list, err)
	}
	q, r := quarantined(t, shipments, Options{}, keepShipments())
	for id, ok := range map[string]bool{r.SHA256: true, r.SHA256[:12]: true, r.SHA256[:1]: true, "": false, "x": false, r.SHA256[:12] + "g": false, "../" + r.SHA256[:12]: false} {
		lot, rows, err := q.Show(id)
		n := 0
		for range rows {
			n++
		}
		if ok != (err == nil) || ok && (n != 4 || lot.Kind != "shipment") || !ok && (!errors.Is(err, ErrNoLot) || n > 0) {
			t.Errorf("%q: %d rows, %v", id, n, err)
		}
	}
	if err := os.WriteFile(filepath.Join(q.dir, "000000000000.jsonl"), []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := q.List()
	if !errors.Is(err, ErrQuarantine) || !strings.Contains(err.Error(), "000000000000.jsonl") || len(list) != 1 {
		t.Errorf("beside a malformed file: %+v, %v", list, err)
	}
}

// TestFirstVersion: a quarantine file of the first version is listed and shown,
// and its rows are not mended.
func TestFirstVersion(t *testing.T) {
	q := NewQuarantine(t.TempDir())
	if err := os.WriteFile(filepath.Join(q.dir, "4dbc29424ef1.jsonl"), []byte(`{"file":"f","line":3,"reason":"odd","original":"x"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := q.List(); err != nil || len(list) != 1 || list[0].Rows != 1 || list[0].Lot.Version != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := q.Mend("4dbc29424ef1", "3", mend("", "y")); !errors.Is(err, ErrMend) || !strings.Contains(err.Error(), "add the file again") {
		t.Error(err)
	}
}

func TestJournalMalformed(t *testing.T) {
	q, r := quarantined(t, shipments, Options{}, keepShipments())
	for _, bad := range []string{"{", `{"kind":"shipment"}`, `{"kind":"shipment","mend":{"colour":1}}`, `{"mend":{"line":1},"kept":{"line":1}}`, "\n", "null null"} {
		if err := os.WriteFile(q.journalPath(r.SHA256[:12]), []byte(bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err1 := q.Retry(r.SHA256, Job{}, keepShipments())
		_, err2 := q.Mend(r.SHA256, "3", mend("tonnes", "1"))
		if !errors.Is(err1, ErrQuarantine) || !errors.Is(err2, ErrQuarantine) || !strings.Contains(err1.Error(), "line 1") {
			t.Errorf("%s: %v, %v", bad, err1, err2)
		}
	}
}

// TestRetryStops: what keep fails for is no answer to a row.
func TestRetryStops(t *testing.T) {
	q, r := quarantined(t, shipments, Options{}, keepShipments())
	if _, err := q.Mend(r.SHA256, "3", mend("tonnes", "1")); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("disk full")
	if _, err := q.Retry(r.SHA256, Job{}, func(Row) (Outcome, error) { return 0, failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(q.dir, ".unfinished-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

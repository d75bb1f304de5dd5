package rows_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"github.com/turtlebay/turtlebay/record/rows"
	"pgregory.net/rapid"
)

// read returns the canonical records of a file, what was refused as it prints,
// and the error of the file.
func read(tb testing.TB, k observation.Kind, text string) (kept, refused []string, err error) {
	tb.Helper()
	reader, err := rows.NewReader(k, "Customs of A")
	if err != nil {
		tb.Fatal(err)
	}
	for row, err := range open(tb, text).Rows() {
		var rec record.Record
		if err == nil {
			rec, err = reader.Record(row)
		}
		var refusal *intake.Refusal
		switch {
		case errors.As(err, &refusal):
			refused = append(refused, refusal.Error())
			continue
		case err != nil:
			return kept, refused, err
		}
		b, err := rec.Canonical()
		if err != nil {
			tb.Fatal(err)
		}
		kept = append(kept, string(b))
	}
	return kept, refused, nil
}

const given = `"sources":[{"key":"given","origin":"Customs of A","title":"Customs of A"}]}`

func TestRows(t *testing.T) {
	tests := []struct {
		name string
		kind observation.Kind
		text string
		want string
	}{
		{
			"columns", observation.KindShipment, "id,as_of,date,hs,net_kg,designated_party,description\nSHP-1,2017-05-01,2017-03,0306,1.50,Yes, squid \n",
			`{"as_of":"2017-05-01","id":"SHP-1","observation":{"date":"2017-03","description":"squid","designated_party":true,"hs":"0306","net_kg":"1.5","type":"shipment"},` + given,
		},
		{
			"empty cells are not known", observation.KindShipment, "id,hs,net_kg,designated_party\nSHP-1,,,\n",
			`{"id":"SHP-1","observation":{"type":"shipment"},` + given,
		},
		{
			"a bare observation", observation.KindShipment, `{"id":"SHP-1","as_of":"2017-05","note":"n","marking":{"tlp":"amber"},"hs":"0306","net_kg":1.50}`,
			`{"as_of":"2017-05","id":"SHP-1","marking":{"tlp":"amber"},"note":"n","observation":{"hs":"0306","net_kg":"1.5","type":"shipment"},` + given,
		},
		{
			"a whole record", observation.KindShipment, `{"id":"SHP-1","observation":{"type":"shipment","hs":"0306"},"sources":[{"key":"k","title":"T","origin":"O"}]}`,
			`{"id":"SHP-1","observation":{"hs":"0306","type":"shipment"},"sources":[{"key":"k","origin":"O","title":"T"}]}`,
		},
		{
			"names that both have are the observation's", observation.KindWorkerEstimate, `{"id":"WES-1","metric":"final_reports","unit":"States","authority":"A","low":"1","certainty":"checked","note":"n"}`,
			`{"id":"WES-1","observation":{"authority":"A","certainty":"checked","low":"1","metric":"final_reports","note":"n","type":"worker_estimate","unit":"States"},` + given,
		},
		{
			"the record's certainty where the kind has none", observation.KindShipment, "id,certainty,note\nSHP-1,from-memory,n\n",
			`{"certainty":"from-memory","id":"SHP-1","note":"n","observation":{"type":"shipment"},` + given,
		},
		{
			"short names of an incident", observation.KindCyberIncident, "id,date,victim,amount_usd,amount_authority,attributed_to,attribution_authority,attribution_status\nINC-1,2022,V,620000000,FBI,Lazarus,FBI,official\n",
			`{"id":"INC-1","observation":{"amounts":[{"anchor":{"source":"given"},"authority":"FBI","preferred":true,"reason":"the only one given","value":{"amount":"620000000","currency":"USD"}}],` +
				`"attributions":[{"anchor":{"source":"given"},"authority":"FBI","preferred":true,"reason":"the only one given","status":"official","value":"Lazarus"}],"date":"2022","type":"cyber_incident","victim":"V"},` + given,
		},
		{
			"an incident without an amount", observation.KindCyberIncident, "id,date,victim,amount_usd,amount_authority,attributed_to,attribution_authority,attribution_status\nINC-1,2022,V,,,Lazarus,FBI,official\n",
			`{"id":"INC-1","observation":{"attributions":[{"anchor":{"source":"given"},"authority":"FBI","preferred":true,"reason":"the only one given","status":"official","value":"Lazarus"}],"date":"2022","type":"cyber_incident","victim":"V"},` + given,
		},
		{
			"lists, and objects in objects", observation.KindBankRelationship, "id,bank.name,bank.aliases,bank.designated\nBNK-1,FTB, a ; b;,no\n",
			`{"id":"BNK-1","observation":{"bank":{"aliases":["a","b"],"designated":false,"name":"FTB"},"type":"bank_relationship"},` + given,
		},
		{
			"an only subordination is nobody's preference", observation.KindGroup, `{"id":"GRP-1","party":{"kind":"group","names":[{"text":"G"}]},"subordination":[{"under":"GRP-2","authority":"A"}]}`,
			`{"id":"GRP-1","observation":{"party":{"kind":"group","names":[{"text":"G"}]},"subordination":[{"anchor":{"source":"given"},"authority":"A","under":"GRP-2"}],"type":"group"},` + given,
		},
		{
			"a person in columns", observation.KindWorkerPresence, "id,person.kind,person.names[0].text,person.names[1].text,workers\nWKR-1,person,Ri,리,1\n",
			`{"id":"WKR-1","observation":{"person":{"kind":"person","names":[{"text":"Ri"},{"text":"리"}]},"type":"worker_presence","workers":1},` + given,
		},
		{
			"a source of the row's own", observation.KindShipment, "id,sources[0].key,sources[0].title,sources[0].origin\nSHP-1,k,T,O\n",
			`{"id":"SHP-1","observation":{"type":"shipment"},"sources":[{"key":"k","origin":"O","title":"T"}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept, refused, err := read(t, tt.kind, tt.text)
			if err != nil || len(refused) > 0 || !slices.Equal(kept, []string{tt.want}) {
				t.Errorf("got %s, refused %q, %v\nwant %s", kept, refused, err, tt.want)
			}
		})
	}
}

func TestNewReader(t *testing.T) {
	if _, err := rows.NewReader("shipmnt", "A"); err == nil || !strings.Contains(err.Error(), `unknown kind "shipmnt"`) {
		t.Errorf("got %v", err)
	}
	if _, err := rows.NewReader(observation.KindShipment, " \n"); err == nil || !strings.Contains(err.Error(), "a source is needed") {
		t.Errorf("got %v", err)
	}
	reader, err := rows.NewReader(observation.KindShipment, "A")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []intake.Row{{}, {Names: []string{"hs", "date"}, Values: []string{"27"}}} {
		var refusal *intake.Refusal
		if _, err := reader.Record(row); !errors.As(err, &refusal) {
			t.Errorf("a row that fits no header: %v", err)
		}
	}
}

// TestReaderOfTwoFiles: a header is learnt anew where it is another.
func TestReaderOfTwoFiles(t *testing.T) {
	reader, err := rows.NewReader(observation.KindShipment, "A")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"id,hs\nSHP-1,27\n", "hs,id\n27,SHP-1\n"} {
		for row, err := range open(t, text).Rows() {
			if err != nil {
				t.Fatal(err)
			}
			r, err := reader.Record(row)
			if err != nil || r.ID != "SHP-1" || r.Observation.(*observation.Shipment).HS != "27" {
				t.Errorf("got %+v, %v", r, err)
			}
		}
	}
}

// TestColumns: every column that a kind says it has is one, and a cell in it is
// read or refused with that column's name.
func TestColumns(t *testing.T) {
	for _, k := range observation.Kinds() {
		columns := rows.Columns(k)
		if !slices.IsSorted(columns) || !slices.Contains(columns, "id") {
			t.Errorf("%s: %q", k, columns)
		}
		for _, c := range columns {
			if _, refused, err := read(t, k, c+"\n?\n"); err != nil || len(refused) != 1 {
				continue // a text without more to check, or a column of one field twice
			} else if !strings.HasPrefix(refused[0], "f:2: ") {
				t.Errorf("%s: %s: %s", k, c, refused[0])
			}
			if _, _, err := read(t, k, c+"\n?\n"); err != nil {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
	if rows.Columns("shipmnt") != nil {
		t.Error("an unknown kind has columns")
	}
	if got := rows.Columns(observation.KindBankRelationship); !slices.Contains(got, "bank.aliases") {
		t.Errorf("got %q", got)
	}
}

// TestNames: an id is made of what was seen: the same row has the same id, a row
// that differs in the last of many digits another.
func TestNames(t *testing.T) {
	id := func(text string) string {
		kept, refused, err := read(t, observation.KindShipment, text)
		if err != nil || len(refused) > 0 || len(kept) != 1 {
			t.Fatalf("%s: %q, %q, %v", text, kept, refused, err)
		}
		r, err := record.Decode([]byte(kept[0]))
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	first := id("hs,value_usd\n2701,5.00000000000000000001\n")
	for _, same := range []string{
		"value_usd,hs\n5.000000000000000000010,2701\n", `{"value_usd":5.00000000000000000001,"hs":"2701"}`,
		`{"observation":{"type":"shipment","hs":"2701","value_usd":"5.00000000000000000001"}}`,
	} {
		if got := id(same); got != first {
			t.Errorf("%s: %s, not %s", same, got, first)
		}
	}
	if got := id(`{"value_usd":5.00000000000000000002,"hs":"2701"}`); got == first {
		t.Errorf("two rows of one id %s", got)
	}
	if len(first) != len("SHP-")+16 || !strings.HasPrefix(first, "SHP-") {
		t.Errorf("got %s", first)
	}
}

// TestEvidence: a record cites the bytes of its row, wherever they stand.
func TestEvidence(t *testing.T) {
	item := record.Digest([]byte("the file"))
	passage := func(at, original string) claim.Passage {
		return claim.Passage{Item: item, At: at, Quote: record.Digest([]byte(original))}
	}
	cited := `{"id":"SHP-1","observation":{"type":"shipment","hs":"27"},"evidence":[{"item":"` + item + `","at":"page=3","quote":"` + item + `"}]}`
	for _, tt := range []struct {
		text string
		want []claim.Passage
	}{
		{"hs,description\n2701,\"a\r\nb\"\r\n2702,c", []claim.Passage{passage("lines=2-3", "2701,\"a\r\nb\""), passage("lines=4-4", "2702,c")}},
		{`{"hs":"2701"}` + "\r\n" + ` {"hs":"2702"} `, []claim.Passage{passage("lines=1-1", `{"hs":"2701"}`), passage("lines=2-2", ` {"hs":"2702"} `)}},
		{`[{"hs":"2701"},` + "\n" + `{"hs":"2702"}]`, []claim.Passage{passage("bytes=1-13", `{"hs":"2701"}`), passage("bytes=16-28", `{"hs":"2702"}`)}},
		{cited, []claim.Passage{{Item: item, At: "page=3", Quote: item}, passage("lines=1-1", cited)}},
	} {
		reader, err := rows.NewReader(observation.KindShipment, "A", rows.Of(item))
		if err != nil {
			t.Fatal(err)
		}
		var got []claim.Passage
		for row, err := range open(t, tt.text).Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rec, err := reader.Record(row)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec.Evidence...)
			sound(t, rec)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %v\nwant %v", tt.text, got, tt.want)
		}
	}
}

// TestMendedRows: a record of a mended row says so, and cites the row as it came.
func TestMendedRows(t *testing.T) {
	q := intake.NewQuarantine(t.TempDir())
	text := "id,hs,note\nSHP-1,30617,n\nSHP-2,three,\n"
	src := open(t, text)
	reader, err := rows.NewReader(observation.KindShipment, "A", rows.Of(record.Digest([]byte(text))))
	if err != nil {
		t.Fatal(err)
	}
	var kept []record.Record
	keep := func(row intake.Row) (intake.Outcome, error) {
		rec, err := reader.Record(row)
		if err == nil {
			kept = append(kept, rec)
		}
		return intake.New, err
	}
	if _, err := intake.Load(src, intake.Job{Kind: "shipment", Source: "A", Quarantine: q}, keep); err != nil || len(kept) != 0 {
		t.Fatal(kept, err)
	}
	by := intake.Mend{By: "E", Why: "the invoice says so", On: time.Unix(0, 0)}
	one, two := by, by
	one.Field, one.Value = "hs", "030617"
	two.Value = "SHP-2,03,"
	id := record.Digest([]byte(text))
	for row, m := range map[string]intake.Mend{"2": one, "3": two} {
		if _, err := q.Mend(id, row, m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Retry(id, intake.Job{}, keep); err != nil || len(kept) != 2 {
		t.Fatal(kept, err)
	}
	for i, want := range []record.Record{
		{ID: "SHP-1", Note: "n Mended by the desk: hs.", Evidence: []claim.Passage{{Item: id, At: "lines=2-2", Quote: record.Digest([]byte("SHP-1,30617,n"))}}},
		{ID: "SHP-2", Note: "Mended by the desk: the row as a whole.", Evidence: []claim.Passage{{Item: id, At: "lines=3-3", Quote: record.Digest([]byte("SHP-2,three,"))}}},
	} {
		if got := kept[i]; got.ID != want.ID || got.Note != want.Note || !slices.Equal(got.Evidence, want.Evidence) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

// TestWholeRecordsPassThrough: a record that is written as a JSON row and read
// again is the same record, whatever its kind.
func TestWholeRecordsPassThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := recordtest.Kind(t)
		b, err := recordtest.Draw(t, k).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		reader, err := rows.NewReader(k, "Customs of A")
		if err != nil {
			t.Fatal(err)
		}
		r, err := reader.Record(intake.Row{File: "f", Line: 1, Original: b, Object: b})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Canonical(); err != nil || string(again) != string(b) {
			t.Fatalf("%s\nbecomes\n%s (%v)", b, again, err)
		}
	})
}

func ExampleReader_Record() {
	file := "date,hs,net_kg\n2017-03-01,270112,125000.5\n2017-02-30,270112,1\n2017-03-01,30617,1\n"
	src, err := intake.NewSource("coal.csv", strings.NewReader(file), intake.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	reader, err := rows.NewReader(observation.KindShipment, "Customs of A, 2 May 2017")
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range src.Rows() {
		var rec record.Record
		if err == nil {
			rec, err = reader.Record(row)
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.Line, rec.ID, rec.Observation.When(), rec.Sources[0].Title)
	}
	// Output:
	// 2 SHP-86be0d5adb6300fc 2017-03-01 Customs of A, 2 May 2017
	// coal.csv:3: date: not a date: there is no 30 February 2017: "2017-02-30"
	// coal.csv:4: hs: an odd number of digits; a leading zero may have been lost: "30617"
}

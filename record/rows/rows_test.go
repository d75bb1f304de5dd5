package rows_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
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

// TestBadRows: what is wrong is said with file, line, field and reason, and the
// row before and the row after are kept.
func TestBadRows(t *testing.T) {
	digits := strings.Repeat("9", 500)
	tests := []struct {
		name         string
		kind         observation.Kind
		header, row  string
		field, wants string
	}{
		{"HS code through a spreadsheet", observation.KindShipment, "hs", "30617", "hs", "an odd number of digits; a leading zero may have been lost"},
		{"HS code as a number of digits", observation.KindShipment, "hs", "3", "hs", "a leading zero may have been lost"},
		{"HS code as a power", observation.KindShipment, "hs", "2.70112E+05", "hs", "want digits only"},
		{"HS code with a point", observation.KindShipment, "hs", "2701.12", "hs", "want digits only"},
		{"national code", observation.KindTradeStatistic, "period,hs", "2017,27011290", "hs", "more than six digits are national"},
		{"no such day", observation.KindShipment, "date", "2017-02-30", "date", "there is no 30 February 2017"},
		{"year 0", observation.KindShipment, "date", "0000-01-01", "date", "the year is outside 1900 to 2100"},
		{"year 9999", observation.KindShipment, "date", "9999-12-31", "date", "the year is outside 1900 to 2100"},
		{"date of another country", observation.KindShipment, "date", "01/02/2017", "date", "want YYYY, YYYY-MM or YYYY-MM-DD"},
		{"date of a spreadsheet", observation.KindShipment, "date", "42767", "date", "not a date"},
		{"date in the envelope", observation.KindShipment, "as_of", "2017-13", "as_of", "there is no month 13"},
		{"amount with an exponent", observation.KindShipment, "value_usd", "1e999999999", "value_usd", "not a plain decimal number"},
		{"amount of 500 digits", observation.KindShipment, "value_usd", digits, "value_usd", "(500 characters): not a plain decimal number of at most 60 digits"},
		{"amount of 60 digits", observation.KindShipment, "value_usd", digits[:60], "value_usd", "is absurdly large"},
		{"negative amount", observation.KindShipment, "value_usd", "-1", "value_usd", "is negative"},
		{"negative weight", observation.KindShipment, "net_kg", "-0.001", "net_kg", "is negative"},
		{"grouped amount", observation.KindShipment, "value_usd", `"1,000"`, "value_usd", "not a plain decimal number"},
		{"decimal comma", observation.KindShipment, "value_usd", `"1,5"`, "value_usd", "not a plain decimal number"},
		{"no number", observation.KindShipment, "value_usd", "null", "value_usd", "not a plain decimal number"},
		{"wrong boolean", observation.KindShipment, "designated_party", "maybe", "designated_party", "want yes or no"},
		{"half a count", observation.KindWorkPermit, "workers", "2.5", "workers", "want a whole number"},
		{"negative count", observation.KindWorkPermit, "workers", "-3", "workers", "is negative"},
		{"absurd count", observation.KindWorkPermit, "workers", "99999999999999999999", "workers", "want a whole number"},
		{"count past a float", observation.KindWorkPermit, "workers", "9007199254740993", "workers", "more than there can be"},
		{"another kind", observation.KindShipment, "type", "work_permit", "type", `is "work_permit" in a shipment`},
		{"unknown kind", observation.KindShipment, "type", "shipmnt", "type", `is "shipmnt" in a shipment`},
		{"check digit", observation.KindVesselTransfer, "vessel.imo", "9074728", "vessel.imo", "fails its check digit"},
		{"short IMO", observation.KindVesselTransfer, "vessel.imo", "907472", "vessel.imo", "want seven digits"},
		{"country in words", observation.KindShipment, "origin", "China", "origin", "want an ISO 3166-1 alpha-2 code"},
		{"direction in words", observation.KindShipment, "direction", "north", "direction", "want from_dprk, to_dprk"},
		{"id of another kind", observation.KindShipment, "id", "INC-1", "id", "does not start with SHP-"},
		{"id with a path", observation.KindShipment, "id", "SHP-../x", "id", "may hold letters"},
		{"marking", observation.KindShipment, "marking.tlp", "white", "marking", `tlp "white": want clear`},
		{"no victim", observation.KindCyberIncident, "date,attributed_to,attribution_authority,attribution_status", "2022,L,FBI,official", "victim", "is missing"},
		{
			"an amount of which only the authority is told", observation.KindCyberIncident, "date,victim,amount_usd,amount_authority,attributed_to,attribution_authority,attribution_status", "2022,V,,FBI,L,FBI,official",
			"amounts[0].value.amount", "is missing",
		},
		{
			"a gap in a list", observation.KindCyberIncident, "date,victim,amounts[1].value.amount,attributed_to,attribution_authority,attribution_status", "2022,V,5,L,FBI,official",
			"amounts[0].authority", "is missing",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, refused, err := read(t, tt.kind, tt.header+"\n"+tt.row+"\n")
			if want := "f:2: " + tt.field + ": "; err != nil || len(refused) != 1 || !strings.HasPrefix(refused[0], want) || !strings.Contains(refused[0], tt.wants) {
				t.Errorf("got %q, %v\nwant %s… %s", refused, err, want, tt.wants)
			}
		})
	}
	kept, refused, err := read(t, observation.KindShipment, "hs\n2701\n30617\n2702\n")
	if len(kept) != 2 || len(refused) != 1 || err != nil {
		t.Errorf("kept %q, refused %q, %v", kept, refused, err)
	}
}

func TestBadObjects(t *testing.T) {
	tests := []struct{ name, row, field, wants string }{
		{"HS code as a number", `{"hs":30617}`, "hs", "is the number 30617, want text in quotation marks: a number loses its leading zeros"},
		{"HS code that lost its zero", `{"hs":"30617"}`, "hs", "a leading zero may have been lost"},
		{"date as a number", `{"date":2017}`, "date", "is the number 2017, want a date as text"},
		{"no such day", `{"date":"2017-02-30"}`, "date", "there is no 30 February 2017"},
		{"amount with an exponent", `{"value_usd":1e999999999}`, "value_usd", "not a plain decimal number"},
		{"amount of 500 digits", `{"value_usd":` + strings.Repeat("9", 500) + `}`, "value_usd", "(500 characters)"},
		{"negative amount", `{"value_usd":-1}`, "value_usd", "is negative"},
		{"wrong boolean", `{"designated_party":"yes"}`, "designated_party", "is text, want true or false"},
		{"misspelt field", `{"destinaton":"CN"}`, "destinaton", "is not a field of this kind"},
		{"capital field", `{"HS":"27"}`, "HS", "is not a field of this kind"},
		{"misspelt in the record", `{"observation":{},"notes":"x"}`, "notes", "is not a field of this kind"},
		{"field of the record beside it", `{"observation":{},"hs":"27"}`, "hs", "is not a field of this kind"},
		{"observation is a list", `{"observation":[]}`, "observation", "not a JSON object"},
		{"observation is null", `{"observation":null}`, "observation", "not a JSON object"},
		{"unknown kind", `{"type":"shipmnt"}`, "type", `unknown kind "shipmnt": want one of cyber_incident, `},
		{"another kind", `{"observation":{"type":"group"}}`, "type", "is group, and the file is read as shipment"},
		{"kind as a number", `{"type":7}`, "type", "want the name of a kind"},
		{"id as a number", `{"id":7}`, "id", "is the number 7, want text"},
		{"marking", `{"marking":"red"}`, "marking", "is text, want an object"},
		{"sources", `{"sources":{}}`, "sources", "is an object, want a list"},
		{"two faults", `{"hs":"3","origin":"China"}`, "hs", `also origin: is "China"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, refused, err := read(t, observation.KindShipment, tt.row+"\n")
			if want := "f:1: " + tt.field + ": "; err != nil || len(refused) != 1 || !strings.HasPrefix(refused[0], want) || !strings.Contains(refused[0], tt.wants) {
				t.Errorf("got %q, %v\nwant %s… %s", refused, err, want, tt.wants)
			}
		})
	}
}

func TestBadColumns(t *testing.T) {
	tests := []struct {
		kind          observation.Kind
		header, wants string
	}{
		{observation.KindShipment, "hs,destinaton", `f:1: column "destinaton": not a field of this kind shipment (it has as_of, `},
		{observation.KindShipment, "hs,observation", `column "observation"`},
		{observation.KindShipment, "hs,observation.hs", `column "observation.hs"`},
		{observation.KindShipment, "hs,HS", `column "HS"`},
		{observation.KindShipment, "hs,", `column ""`},
		{observation.KindShipment, "hs[0]", `column "hs[0]"`},
		{observation.KindShipment, "date.y", `column "date.y"`},
		{observation.KindShipment, "net_kg.d", `column "net_kg.d"`},
		{observation.KindShipment, "sources", `column "sources"`},
		{observation.KindCyberIncident, "amounts", `column "amounts"`},
		{observation.KindCyberIncident, "amounts[0]", `column "amounts[0]"`},
		{observation.KindCyberIncident, "amounts[100].authority", `column "amounts[100].authority"`},
		{observation.KindCyberIncident, "amounts[-1].authority", `column "amounts[-1].authority"`},
		{observation.KindCyberIncident, "amounts[01].authority", `column "amounts[01].authority"`},
		{observation.KindCyberIncident, "amounts[99999999999999999999].authority", `column "amounts[99999999999999999999].authority"`},
		{observation.KindCyberIncident, "amounts[0.authority", `column "amounts[0.authority"`},
		{observation.KindCyberIncident, "amount_usd,amounts[0].value.amount", `it fills in the same as "amount_usd"`},
		{observation.KindCyberIncident, "amounts[0].value.currency,amount_usd", `it fills in the same as "amounts[0].value.currency"`},
	}
	for _, tt := range tests {
		_, _, err := read(t, tt.kind, tt.header+"\n"+strings.Repeat(",", strings.Count(tt.header, ","))+"x\n")
		if !errors.Is(err, rows.ErrColumn) || !strings.Contains(err.Error(), tt.wants) {
			t.Errorf("%s: got %v\nwant %s", tt.header, err, tt.wants)
		}
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
	if len(first) != len("SHP-")+12 || !strings.HasPrefix(first, "SHP-") {
		t.Errorf("got %s", first)
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
	// 2 SHP-86be0d5adb63 2017-03-01 Customs of A, 2 May 2017
	// coal.csv:3: date: date "2017-02-30": not a date: there is no 30 February 2017: "2017-02-30"
	// coal.csv:4: hs: is "30617": an odd number of digits; a leading zero may have been lost
}

package rows_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
)

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
		{"amount of 500 digits", observation.KindShipment, "value_usd", digits, "value_usd", "not a plain decimal number of at most 60 digits"},
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
		{"another kind", observation.KindShipment, "type", "work_permit", "type", `in a shipment: "work_permit"`},
		{"unknown kind", observation.KindShipment, "type", "shipmnt", "type", `in a shipment: "shipmnt"`},
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
		{"HS code as a number", `{"hs":30617}`, "hs", "want text in quotation marks: a number loses its leading zeros: the number 30617"},
		{"HS code that lost its zero", `{"hs":"30617"}`, "hs", "a leading zero may have been lost"},
		{"date as a number", `{"date":2017}`, "date", "want a date as text"},
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
		{"id as a number", `{"id":7}`, "id", "want text in quotation marks"},
		{"marking", `{"marking":"red"}`, "marking", "is text, want an object"},
		{"sources", `{"sources":{}}`, "sources", "is an object, want a list"},
		{"two faults", `{"hs":"3","origin":"China"}`, "hs", `an odd number of digits; a leading zero may have been lost: "3"; also origin: is "China"`},
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

// TestReasonsAreFixed: rows that are wrong in the same way are counted together.
func TestReasonsAreFixed(t *testing.T) {
	for kind, groups := range map[observation.Kind][][]string{
		observation.KindShipment: {
			{"hs\n30617\n", "hs\n3\n", `{"hs":"306"}`},
			{"origin\nChina\n", "origin\nprc\n", `{"origin":"Peking \"north\""}`},
			{"value_usd\nmuch\n", "value_usd\n1e9\n", `{"value_usd":1e9}`, `{"value_usd":true}`},
			{`{"hs":306}`, `{"hs":2701}`},
			{"date\n1.2.2017\n", "date\n42767\n", `{"date":"yesterday"}`},
			{"id\nX-1\n", "id\nX-2\n"},
			{"designated_party\nmaybe\n", "designated_party\nx\n"},
		},
		observation.KindVesselTransfer: {{"vessel.imo\n9074728\n", "vessel.imo\n9074727\n"}},
	} {
		for _, texts := range groups {
			reasons := map[string]bool{}
			for _, text := range texts {
				reader, err := rows.NewReader(kind, "A")
				if err != nil {
					t.Fatal(err)
				}
				for row, err := range open(t, text).Rows() {
					if err != nil {
						t.Fatal(err)
					}
					var refusal *intake.Refusal
					if _, err := reader.Record(row); !errors.As(err, &refusal) || refusal.Detail == "" {
						t.Fatalf("%q: got %v", text, err)
					}
					reasons[refusal.Field+": "+refusal.Reason] = true
				}
			}
			if len(reasons) != 1 {
				t.Errorf("%q: %v", texts, reasons)
			}
		}
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
		{observation.KindShipment, "evidence[0].item", `column "evidence[0].item"`},
		{observation.KindShipment, "also[0].note", `column "also[0].note"`},
		{observation.KindCyberIncident, "evidence[0].at", `column "evidence[0].at"`},
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

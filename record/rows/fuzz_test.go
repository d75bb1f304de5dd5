package rows_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
)

// FuzzRowsCSV reads any file as any kind: every row is kept as a sound record or
// refused with a place, unless the header stops the file.
func FuzzRowsCSV(f *testing.F) {
	add := func(k observation.Kind, text string) { f.Add(string(k), text) }
	add(observation.KindShipment, shipmentCSV)
	add(observation.KindShipment, "\ufeffhs;net_kg\r\n0306;1,5\r\n;\r\n\"27\n01\";1\r\n")
	add(observation.KindShipment, "hs,value_usd\n30617,1e999999999\n2701,-1\n,\x00\n\xff,\n")
	add(observation.KindCyberIncident, "date,victim,amount_usd,amount_authority,attributed_to,attribution_authority,attribution_status\n2022,V,1,FBI,L,FBI,official\n2022-02-30,V,,,,,\n")
	add(observation.KindCyberIncident, "amounts[99].authority,amounts[0].dissent[9].on\nx,2017\n")
	add(observation.KindSTSTransfer, "vessel_a.imo,vessel_b.flag\n9074729,PA\n9074728,\n")
	add(observation.KindBankRelationship, "bank.name,bank.aliases,bank.designated\nFTB,;;,maybe\n")
	add(observation.KindWorkPermit, "workers\n-1\n9007199254740993\n2.5\n")
	f.Fuzz(func(t *testing.T, kind, text string) {
		reader, err := rows.NewReader(observation.Kind(kind), "A")
		if err != nil {
			if observation.Kind(kind).Valid() {
				t.Fatal(err)
			}
			return
		}
		src, err := intake.NewSource("f", strings.NewReader(text), intake.Options{Form: intake.CSV, MaxRow: 4000, MaxFields: 50, MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		kept, refused := 0, 0
		for row, err := range src.Rows() {
			var refusal *intake.Refusal
			var rec record.Record
			if err == nil {
				rec, err = reader.Record(row)
			}
			switch {
			case errors.As(err, &refusal):
				if refused++; refusal.Line < 1 || refusal.Reason == "" || len(refusal.Error()) > 20_000 {
					t.Fatalf("line %d: %.300s", refusal.Line, refusal.Error())
				}
			case errors.Is(err, rows.ErrColumn):
				return
			case err != nil:
				t.Fatal(err) // no file of these limits breaks off
			default:
				kept++
				sound(t, rec)
			}
		}
		if src.Read() != kept+refused {
			t.Fatalf("read %d rows, kept %d, refused %d", src.Read(), kept, refused)
		}
	})
}

// sound checks that a record is one that others can read.
func sound(t *testing.T, rec record.Record) {
	t.Helper()
	b, err := rec.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	back, err := record.Decode(b)
	if err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	if again, err := back.Canonical(); err != nil || string(again) != string(b) {
		t.Fatalf("%s\nbecomes\n%s (%v)", b, again, err)
	}
}

package rows_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
)

const shipmentCSV = "date,direction,hs,description,net_kg,value_usd,origin,destination,loading_port\n" +
	"2017-03-01,from_dprk,270112,Bituminous coal,125000.5,9812345.67,KP,CN,Nampo\n"

const shipmentJSON = `{"date":"2017-03-01","direction":"from_dprk","hs":"270112","description":"Bituminous coal",` +
	`"net_kg":"125000.5","value_usd":"9812345.67","origin":"KP","destination":"CN","loading_port":"Nampo"}` + "\n"

func shipment(tb testing.TB, text string) (*rows.Reader, intake.Row) {
	tb.Helper()
	reader, err := rows.NewReader(observation.KindShipment, "Customs", rows.Of(record.Digest([]byte(text))))
	if err != nil {
		tb.Fatal(err)
	}
	for row, err := range open(tb, text).Rows() {
		if err != nil {
			tb.Fatal(err)
		}
		return reader, row
	}
	tb.Fatal("no row")
	return nil, intake.Row{}
}

func benchmarkRow(b *testing.B, text string) {
	reader, row := shipment(b, text)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reader.Record(row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShipmentCSV(b *testing.B)  { benchmarkRow(b, shipmentCSV) }
func BenchmarkShipmentJSON(b *testing.B) { benchmarkRow(b, shipmentJSON) }

func canonicalShipment(b *testing.B) (record.Record, []byte) {
	reader, row := shipment(b, shipmentCSV)
	rec, err := reader.Record(row)
	if err != nil {
		b.Fatal(err)
	}
	text, err := rec.Canonical()
	if err != nil {
		b.Fatal(err)
	}
	return rec, text
}

func BenchmarkDecodeShipment(b *testing.B) {
	_, text := canonicalShipment(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonicalShipment(b *testing.B) {
	rec, _ := canonicalShipment(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rec.Canonical(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidateShipment is the part of a row's cost that checks it.
func BenchmarkValidateShipment(b *testing.B) {
	rec, _ := canonicalShipment(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := rec.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

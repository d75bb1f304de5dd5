package record_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

func Example() {
	line := []byte(`{"id": "SHP-2017-014", "observation": {"type": "shipment", "date": "2017-03", "hs": "030617", "value_usd": "12500.50"}}`)
	r, err := record.Decode(line)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := r.Canonical()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(b))
	fmt.Println(record.Digest(b))
	// Output:
	// {"id":"SHP-2017-014","observation":{"date":"2017-03","hs":"030617","type":"shipment","value_usd":"12500.5"}}
	// 5eaea468ab84b6ef28bcce140f949bf4f1c5341aa960f82d6e75bc098e24bb0a
}

func ExampleDecode_refused() {
	_, err := record.Decode([]byte(`{"id": "SHP-1", "observation": {"type": "shipment", "date": "2017-02-30", "hs": 30617, "net_gk": "5"}}`))
	fmt.Println(err)
	// Output:
	// observation.date: date "2017-02-30": not a date: there is no 30 February 2017; observation.hs: is the number 30617, want text in quotation marks: a number loses its leading zeros; observation.net_gk: is not a field of this kind
}

func ExampleOf() {
	records := []record.Record{
		{ID: "SHP-1", Observation: &observation.Shipment{Type: observation.KindShipment, HS: "270112"}},
		{ID: "WPM-1", Observation: &observation.WorkPermit{Type: observation.KindWorkPermit}},
	}
	for _, x := range record.Of[*observation.Shipment](records) {
		fmt.Println(x.Record.ID, x.Observation.HS)
	}
	// Output: SHP-1 270112
}

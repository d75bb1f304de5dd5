package eu20171509_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/eu20171509"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// Wine is on the list of the European Union and on none of the Council's: the Council's
// measures and the Union's say so side by side, each in its own name.
func Example() {
	council, err := kp.Pack()
	if err != nil {
		log.Fatal(err)
	}
	union, err := eu20171509.Pack()
	if err != nil {
		log.Fatal(err)
	}
	both, err := regime.Join(council, union)
	if err != nil {
		log.Fatal(err)
	}
	var r record.Record
	wine := `{"id":"SHP-1","observation":{"type":"shipment","date":"2019-08-01","direction":"to_dprk","hs":"220421"}}`
	if err := json.Unmarshal([]byte(wine), &r); err != nil {
		log.Fatal(err)
	}
	for _, f := range both.Check(r, value.Date{}) {
		fmt.Println(f.Result, f.Citation)
	}
	// Output:
	// possible Council Regulation (EU) 2017/1509 Article 10
	// possible S/RES/1718 (2006) OP8(a)(iii)
}

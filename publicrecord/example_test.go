package publicrecord_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

func ExampleRecords() {
	rs, err := publicrecord.Records()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, x := range record.Of[*observation.CyberIncident](rs) {
		if x.Record.ID != "INC-2023-045" {
			continue
		}
		for _, a := range x.Observation.Amounts {
			fmt.Println(a.Value, "by", a.Authority)
		}
		fmt.Println("origins:", claim.Origins(x.Record.Sources))
	}
	// Output:
	// 60000000 USD by Federal Bureau of Investigation
	// 110000000 USD by Panel of Experts
	// origins: [Panel of Experts United States]
}

package duty_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/duty"
)

func ExampleFor() {
	filed := record.Record{ID: "SRP-1", Observation: &observation.StateReport{
		Type: observation.KindStateReport, State: "XA", Under: "S/RES/2397 (2017) OP8", Date: value.MustDate("2020-03-30"),
	}}
	page, err := duty.For("XA", []record.Record{filed}, value.MustDate("2020-04-01"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range page.Rows[len(page.Rows)-3:] {
		fmt.Println(r.Citation, r.What, r.Due, r.Status, r.DaysLate)
	}
	// Output:
	// S/RES/2397 (2017) OP17 measures taken to implement the resolution 2018-03-22 overdue 741
	// S/RES/2397 (2017) OP8 nationals of the Democratic People's Republic of Korea sent home in the first 12 months, and why if fewer than half 2019-03-22 overdue 376
	// S/RES/2397 (2017) OP8 all nationals of the Democratic People's Republic of Korea sent home 2020-03-22 late 8
}

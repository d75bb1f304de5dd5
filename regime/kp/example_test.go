package kp_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/kp"
)

func ExamplePack() {
	pack, err := kp.Pack()
	if err != nil {
		fmt.Println(err)
		return
	}
	barrels, before, reported := value.Int(30000), value.Int(480000), true
	delivery := record.Record{ID: "PET-1", Observation: &observation.PetroleumDelivery{
		Type: observation.KindPetroleumDelivery, Date: value.MustDate("2019-10-02"),
		Direction: observation.ToDPRK, Product: "refined", Barrels: &barrels,
		YearTotalBeforeBarrels: &before, ReportedToCommittee: &reported,
	}}
	for _, f := range pack.Check(delivery, value.Date{}) {
		fmt.Println(f.Result.Words(), f.Citation)
		fmt.Println(f.Reason)
	}
	// Output:
	// above the cap of S/RES/2397 (2017) OP5
	// 480,000 + 30,000 = 510,000 > 500,000 barrels in calendar year 2019; excess 10,000
}

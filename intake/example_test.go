package intake_test

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
)

// A file with three rows, one of which makes no sense.
func ExampleLoad() {
	file := "vessel;tonnes\nAn San 1;4500\nYu Jong 2;4.5k\nAn San 1;4500\n"
	src, err := intake.NewSource("sts.csv", strings.NewReader(file), intake.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	held := map[string]bool{}
	job := intake.Job{Kind: "sts_transfer", Source: "a Member State, 2023", OnRefusal: func(r *intake.Refusal) { fmt.Println(r) }}
	receipt, err := intake.Load(src, job, func(row intake.Row) (intake.Outcome, error) {
		tonnes, _ := row.Get("tonnes")
		if strings.Trim(tonnes, "0123456789") != "" {
			return 0, row.Refuse("tonnes", "not a whole number", intake.Quote(tonnes))
		}
		if held[string(row.Original)] {
			return intake.Known, nil
		}
		held[string(row.Original)] = true
		return intake.New, nil
	})
	fmt.Print(receipt)
	fmt.Println(err, receipt.Reconciles())
	// Output:
	// sts.csv:3: tonnes: not a whole number: "4.5k"
	// file     sts.csv (57 bytes)
	// sha-256  4dbc29424ef1944efb6de8c0f79f7711f410484dd0c72f8a886b0ba809ff2e5a
	// format   CSV with semicolon, utf-8
	// kind     sts_transfer
	// source   a Member State, 2023
	// read     3
	// kept     2 (1 new, 1 known)
	// refused  1
	//          1  tonnes: not a whole number
	// <nil> true
}

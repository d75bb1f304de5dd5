package chart_test

import (
	"fmt"

	"github.com/turtlebay/turtlebay/chart"
)

func ExampleNewBars() {
	ticks, err := chart.NiceTicks("720", 3, func(n string) string { return n })
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := chart.NewBars(chart.Bars{
		Frame: chart.Frame{Title: "Losses peaked in 2022", Subtitle: "Million US dollars"},
		Ticks: ticks,
		Categories: []chart.Category{
			{Label: "2021", Parts: []chart.Part{{Certainty: chart.Panel, Value: chart.Value{Amount: "299", Label: "299"}}}},
			{Label: "2022", Parts: []chart.Part{{Certainty: chart.Official, Value: chart.Value{Amount: "720", Label: "720"}}}},
			{Label: "2023"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Alt())
	// Output: Losses peaked in 2022. Million US dollars. Bar chart. 2021: Panel 299. 2022: Official 720. 2023: Official no data, Panel no data.
}

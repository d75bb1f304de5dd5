package chart_test

import (
	"fmt"
	"strings"

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

func ExampleNewFlows() {
	eth := func(n string) chart.Value { return chart.Value{Amount: n, Label: n + " ETH"} }
	c, err := chart.NewFlows(chart.Flows{
		Frame: chart.Frame{Title: "Nine tenths may have reached one exchange", Subtitle: "ETH"},
		Nodes: []chart.Node{
			{ID: "theft", Kind: chart.TheftNode, Label: "Vault", Sub: "100 ETH"},
			{ID: "swap", Kind: chart.SwapNode, Label: "Swap Pool"},
			{ID: "x", Kind: chart.ServiceNode, Label: "Exchange One"},
			{ID: "held", Kind: chart.HeldNode, Label: "0x71c9…3f2a", Full: "0x71c9000000000000000000000000000000003f2a"},
		},
		Links: []chart.Flow{
			{From: "theft", To: "swap", Amount: eth("90")},
			{From: "theft", To: "held", Amount: eth("10")},
			{From: "swap", To: "x", Amount: eth("75"), Most: eth("90"), Grade: chart.Decoded},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	header, rows := c.Table()
	for _, r := range append([][]string{header}, rows...) {
		fmt.Println(strings.Join(r, " | "))
	}
	// Output:
	// Place | Kind | From | Amount | At most | Known by
	// Vault | Theft | – | 100 ETH | – | –
	// Swap Pool | Swap | Vault | 90 ETH | – | Ledger fact
	// Exchange One | Exchange or service | Swap Pool | 75 ETH | 90 ETH | Decoded protocol
	// 0x71c9000000000000000000000000000000003f2a | Held | Vault | 10 ETH | – | Ledger fact
}

func ExampleNewGraph() {
	eth := func(n string) chart.Value { return chart.Value{Amount: n, Label: n + " ETH"} }
	c, err := chart.NewGraph(chart.Graph{
		Frame: chart.Frame{Title: "Two days from the vault to the exchange", Subtitle: "ETH"},
		Nodes: []chart.Node{
			{ID: "theft", Kind: chart.TheftNode, Label: "Vault"},
			{ID: "a", Label: "0x71c9…3f2a", Kind: chart.AddressNode},
			{ID: "x", Kind: chart.ServiceNode, Label: "Exchange One"},
		},
		Transfers: []chart.Transfer{
			{From: "theft", To: "a", Amount: eth("100"), Date: "2024-03-01"},
			{From: "a", To: "x", Amount: eth("100"), Date: "2024-03-03"},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Alt())
	// Output: Two days from the vault to the exchange. ETH. Graph of transfers. Vault: Kind Theft. 0x71c9…3f2a: Kind Address, From Vault, Date 2024-03-01, Amount 100 ETH, Known by Ledger fact. Exchange One: Kind Exchange or service, From 0x71c9…3f2a, Date 2024-03-03, Amount 100 ETH, Known by Ledger fact.
}

func ExampleFlows_Fold() {
	f := chart.Flows{Nodes: []chart.Node{{ID: "t", Kind: chart.TheftNode, Label: "Vault"}}}
	for _, n := range []string{"70", "2.5", "1.25", "0.75"} {
		f.Nodes = append(f.Nodes, chart.Node{ID: n, Kind: chart.HeldNode, Label: "address " + n})
		f.Links = append(f.Links, chart.Flow{From: "t", To: n, Amount: chart.Value{Amount: n, Label: n}})
	}
	g, err := f.Fold(chart.Folding{
		Keep:  3,
		Name:  func(n int) string { return fmt.Sprintf("other (%d)", n) },
		Print: func(sum string) string { return sum + " ETH" },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range g.Nodes {
		fmt.Println(strings.TrimSpace(n.Label + " " + n.Sub))
	}
	// Output:
	// Vault
	// address 70
	// other (3) 4.50 ETH
}

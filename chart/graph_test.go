package chart

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chart/scene"
)

func TestGraphLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := Graph{Frame: anyFrame.Draw(t, "frame"), Nodes: anyNodes(t, []int{1, 2, 5, 8, 12, 25, maxNodes})}
		chain := rapid.Bool().Draw(t, "chain")
		for range rapid.SampledFrom([]int{0, 1, 4, 8, 15, 15, 60, maxTransfers}).Draw(t, "transfers") {
			k := Transfer{Grade: Grade(rapid.IntRange(0, int(grades)-1).Draw(t, "grade")), Amount: anyValue.Draw(t, "amount")}
			k.From, k.To = anyEnds(t, len(g.Nodes), chain)
			if rapid.Bool().Draw(t, "dated") {
				k.Date = anyDate.Draw(t, "date")
			}
			g.Transfers = append(g.Transfers, k)
		}
		c, err := NewGraph(g)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
		offBars(t, c)
		again, err := NewGraph(g)
		if err != nil || !bytes.Equal(c.SVG(Options{}), again.SVG(Options{})) {
			t.Fatal("drawn twice, not the same")
		}
		if _, rows := c.Table(); len(rows) < len(g.Transfers) {
			t.Fatalf("%d rows for %d transfers", len(rows), len(g.Transfers))
		}
	})
}

// TestTimeDecides: of two transfers that close a circle the earlier runs to the
// right, whatever their order in the list.
func TestTimeDecides(t *testing.T) {
	for _, list := range [][]string{
		{"a b 1 2024-03-01", "b a 2 2024-03-02"},
		{"b a 2 2024-03-02", "a b 1 2024-03-01"},
		{"b a 2", "a b 1 2024-03-01"},
	} {
		d, err := Graph{Nodes: madeNodes("a|theft|A", "b|held|B"), Transfers: madeTransfers("ETH", list...)}.read()
		if err != nil {
			t.Fatal(err)
		}
		if got := d.transfers[0].text + ", " + d.transfers[1].text; got != "1 ETH, 2 ETH" {
			t.Errorf("%q are in the order %s", list, got)
		}
	}
}

// TestArrows: every transfer has its arrow head at the bar that it reaches.
func TestArrows(t *testing.T) {
	g := transfersDemo()
	c := must(t)(NewGraph(g))
	lines, heads := 0, 0
	for _, it := range c.scene.Items {
		if p, ok := it.(scene.Path); ok && strings.Contains(p.Tip, " → ") {
			lines++
		} else if ok && p.Closed && len(p.Runs[0]) == 3 && (p.Style.Fill == scene.Official || p.Style.Fill == scene.Panel || p.Style.Fill == scene.AnalystEdge || p.Style.Fill == scene.Muted) {
			heads++
		}
	}
	if lines != len(g.Transfers) || heads != len(g.Transfers) {
		t.Errorf("%d lines and %d heads for %d transfers", lines, heads, len(g.Transfers))
	}
}

func TestGraphErrors(t *testing.T) {
	two := madeNodes("a|theft|A", "b|held|B")
	one := func(k Transfer) Graph { return Graph{Nodes: two, Transfers: []Transfer{k}} }
	for name, c := range map[string]struct {
		graph Graph
		want  error
	}{
		"no nodes":       {Graph{}, ErrEmpty},
		"many nodes":     {Graph{Nodes: make([]Node, maxNodes+1)}, ErrTooMany},
		"many transfers": {Graph{Nodes: two, Transfers: make([]Transfer, maxTransfers+1)}, ErrTooMany},
		"nowhere":        {one(Transfer{From: "a", To: "c"}), ErrReference},
		"grade":          {one(Transfer{From: "a", To: "b", Grade: grades}), ErrReference},
		"amount":         {one(Transfer{From: "a", To: "b", Amount: val("1e9")}), ErrAmount},
		"date":           {one(Transfer{From: "a", To: "b", Date: "2024-02-30"}), ErrDate},
	} {
		if _, err := NewGraph(c.graph); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

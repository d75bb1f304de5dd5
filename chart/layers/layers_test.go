package layers_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chart/layers"
)

func ExampleLay() {
	plan := layers.Lay(layers.Graph{
		Nodes: []layers.Node{{Height: 40}, {Height: 40, Head: 15}},
		Links: []layers.Link{{From: 0, To: 1, Width: 40}},
	})
	fmt.Println(plan.Column, plan.Top, plan.Depth)
	// Output: [0 1] [15 15] 55
}

func link(from, to int) layers.Link { return layers.Link{From: from, To: to, Width: 10} }

func TestBack(t *testing.T) {
	for name, c := range map[string]struct {
		nodes int
		links []layers.Link
		want  []bool
	}{
		"none":          {2, nil, []bool{}},
		"there, back":   {2, []layers.Link{link(0, 1), link(1, 0)}, []bool{false, true}},
		"first decides": {2, []layers.Link{link(1, 0), link(0, 1)}, []bool{false, true}},
		"itself":        {1, []layers.Link{link(0, 0)}, []bool{true}},
		"three":         {3, []layers.Link{link(0, 1), link(1, 2), link(2, 0), link(0, 2)}, []bool{false, false, true, false}},
		"parallel":      {2, []layers.Link{link(0, 1), link(0, 1)}, []bool{false, false}},
	} {
		if diff := cmp.Diff(c.want, layers.Back(c.nodes, c.links)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestColumns(t *testing.T) {
	g := layers.Graph{
		Nodes: make([]layers.Node, 6),
		Links: []layers.Link{link(0, 1), link(1, 2), link(0, 3), link(2, 4), link(4, 1)},
	}
	if diff := cmp.Diff([]int{0, 1, 2, 1, 3, 0}, layers.Lay(g).Column); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	g.Ends = true
	if diff := cmp.Diff([]int{0, 1, 2, 3, 3, 0}, layers.Lay(g).Column); diff != "" {
		t.Errorf("columns with ends at the right (-want +got):\n%s", diff)
	}
}

// TestUncrossed: two nodes that pay across each other are put in the order in
// which the links do not cross.
func TestUncrossed(t *testing.T) {
	p := layers.Lay(layers.Graph{
		Nodes: []layers.Node{{Height: 10}, {Height: 10}, {Height: 10}, {Height: 10}},
		Links: []layers.Link{link(0, 3), link(1, 2)},
	})
	if (p.Top[0] < p.Top[1]) != (p.Top[3] < p.Top[2]) {
		t.Errorf("links cross: tops are %v", p.Top)
	}
}

// TestStraight: a chain runs level.
func TestStraight(t *testing.T) {
	g := layers.Graph{Nodes: []layers.Node{{Height: 5}, {Height: 30, Head: 7}, {Height: 5}, {Height: 9, Foot: 3}}, Links: []layers.Link{link(0, 1), link(1, 2), link(2, 3)}}
	r := layers.Lay(g).Routes
	for i := range r {
		if r[i][0].Y != r[i][1].Y {
			t.Errorf("link %d runs from %d to %d", i, r[i][0].Y, r[i][1].Y)
		}
	}
}

var anyGraph = rapid.Custom(func(t *rapid.T) layers.Graph {
	g := layers.Graph{Ends: rapid.Bool().Draw(t, "ends"), Centre: rapid.Bool().Draw(t, "centre"), Gap: rapid.IntRange(0, 20).Draw(t, "gap")}
	small := rapid.IntRange(0, 40)
	for range rapid.IntRange(1, 20).Draw(t, "nodes") {
		g.Nodes = append(g.Nodes, layers.Node{Height: small.Draw(t, "height"), Head: small.Draw(t, "head"), Foot: small.Draw(t, "foot")})
	}
	node := rapid.IntRange(0, len(g.Nodes)-1)
	for range rapid.IntRange(0, 40).Draw(t, "links") {
		g.Links = append(g.Links, layers.Link{From: node.Draw(t, "from"), To: node.Draw(t, "to"), Width: small.Draw(t, "width")})
	}
	return g
})

// stretch is what something covers of a column.
type stretch struct{ from, to int }

func (s stretch) overlaps(o stretch) bool { return s.from < o.to && o.from < s.to }

// TestLay: links run the way they are said to, nothing in a column overlaps,
// links lie within the nodes at both ends, and the plan is the same each time.
func TestLay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph.Draw(t, "graph")
		p := layers.Lay(g)
		if diff := cmp.Diff(p, layers.Lay(g)); diff != "" {
			t.Fatalf("laid twice, not the same:\n%s", diff)
		}
		taken := make([][]stretch, p.Columns)
		take := func(column int, s stretch) {
			if s.from < 0 || s.to > p.Depth {
				t.Fatalf("%v leaves the depth %d", s, p.Depth)
			}
			for _, o := range taken[column] {
				if s.overlaps(o) {
					t.Fatalf("%v and %v overlap in column %d", s, o, column)
				}
			}
			taken[column] = append(taken[column], s)
		}
		for i, n := range g.Nodes {
			take(p.Column[i], stretch{p.Top[i] - n.Head, p.Top[i] + p.Height[i] + n.Foot})
		}
		for i, l := range g.Links {
			checkRoute(t, g, p, i)
			if r := p.Routes[i]; len(r) > 2 {
				for _, s := range r[1 : len(r)-1] {
					take(s.Column, stretch{s.Y - g.Gap, s.Y + l.Width + g.Gap})
				}
			}
		}
	})
}

func checkRoute(t *rapid.T, g layers.Graph, p layers.Plan, i int) {
	l, r := g.Links[i], p.Routes[i]
	if l.From == l.To {
		if len(r) != 0 || !p.Back[i] {
			t.Fatalf("link %d of a node to itself: %v", i, r)
		}
		return
	}
	a, b := l.From, l.To
	if p.Back[i] {
		a, b = b, a
	}
	if len(r) < 2 || r[0].Column != p.Column[a] || r[len(r)-1].Column != p.Column[b] {
		t.Fatalf("link %d from column %d to %d has the route %v", i, p.Column[a], p.Column[b], r)
	}
	for j := 1; j < len(r); j++ {
		if r[j].Column != r[j-1].Column+1 {
			t.Fatalf("route %v leaves out a column", r)
		}
	}
	for _, end := range []struct{ node, y int }{{a, r[0].Y}, {b, r[len(r)-1].Y}} {
		if end.y < p.Top[end.node] || end.y+l.Width > p.Top[end.node]+p.Height[end.node] {
			t.Fatalf("link %d at %d stands out of node %d at %d, %d high", i, end.y, end.node, p.Top[end.node], p.Height[end.node])
		}
	}
}

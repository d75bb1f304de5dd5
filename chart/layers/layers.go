// Package layers lays a directed graph out in columns from left to right: the
// order in which value moves, with few crossings and short ways.
//
// Contract. All lengths are integers in a unit of the caller's, nothing is a
// floating-point number and every tie is broken by index: the same graph gives
// the same plan on every machine. A link that would close a circle with those
// before it in the list runs back, from right to left; all others run from
// left to right. A link that passes a column keeps a place of its own there,
// so that no link runs through a node. Nodes of a column never overlap.
//
//	plan := layers.Lay(layers.Graph{
//		Nodes: []layers.Node{{Height: 40}, {Height: 40, Head: 15}},
//		Links: []layers.Link{{From: 0, To: 1, Width: 40}},
//	})
//	// plan.Column is [0 1], plan.Top[1] is 15
package layers

// Graph is what is to be laid out.
type Graph struct {
	Nodes []Node
	Links []Link
	// Ends puts nodes that links reach and none leaves into the last column.
	Ends bool
	// Centre stacks the links of a node about its middle, else from its top.
	Centre bool
	Gap    int // above and below a link where it passes a column
}

// Node is a node's height and the room kept free above and below it. A node is
// made higher where its links need it.
type Node struct{ Height, Head, Foot int }

// Link leads from node to node, both indices of Graph.Nodes.
type Link struct{ From, To, Width int }

// Plan says where everything stands. Heights grow downwards from 0.
type Plan struct {
	Columns int
	Column  []int // of each node
	Top     []int // of each node
	Height  []int // of each node
	Back    []bool
	// Routes has for each link the upper edge of its place in every column from its
	// left end to its right end, both with it: the left end of a link that runs back
	// is its target. A link from a node to itself has none.
	Routes [][]Stop
	Depth  int // of the whole
}

// Stop is the place of a link in a column.
type Stop struct{ Column, Y int }

// Back tells the links that run back: those that would close a circle with the
// links before them.
func Back(nodes int, links []Link) []bool {
	out := make([]bool, len(links))
	next := make([][]int, nodes)
	for i, l := range links {
		if reaches(next, l.To, l.From) {
			out[i] = true
		} else {
			next[l.From] = append(next[l.From], l.To)
		}
	}
	return out
}

// reaches reports whether links lead from a to b; every node reaches itself.
func reaches(next [][]int, a, b int) bool {
	seen := make([]bool, len(next))
	seen[a] = true
	for todo := []int{a}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == b {
			return true
		}
		for _, m := range next[n] {
			if !seen[m] {
				seen[m] = true
				todo = append(todo, m)
			}
		}
	}
	return false
}

// Lay finds a place for everything.
func Lay(g Graph) Plan {
	p := Plan{Back: Back(len(g.Nodes), g.Links), Routes: make([][]Stop, len(g.Links))}
	p.columns(g)
	l := newLayout(g, &p)
	l.order()
	l.ports(g.Centre)
	p.Depth = l.settle()
	for _, c := range l.columns {
		for _, it := range c {
			if it.node >= 0 {
				p.Top[it.node], p.Height[it.node] = it.top, it.height
			}
		}
	}
	for i := range g.Links {
		p.Routes[i] = l.route(i)
	}
	return p
}

// ends are the left and the right end of a link.
func (p *Plan) ends(g Graph, i int) (left, right int) {
	if p.Back[i] {
		return g.Links[i].To, g.Links[i].From
	}
	return g.Links[i].From, g.Links[i].To
}

// columns puts every node right of all nodes that lead to it.
func (p *Plan) columns(g Graph) {
	n := len(g.Nodes)
	p.Column, p.Top, p.Height = make([]int, n), make([]int, n), make([]int, n)
	in, out := make([]bool, n), make([]bool, n)
	for changed := true; changed; {
		changed = false
		for i := range g.Links {
			a, b := p.ends(g, i)
			if a == b {
				continue
			}
			out[a], in[b] = true, true
			if p.Column[b] <= p.Column[a] {
				p.Column[b], changed = p.Column[a]+1, true
			}
		}
	}
	for _, c := range p.Column {
		p.Columns = max(p.Columns, c+1)
	}
	for i := range p.Column {
		if g.Ends && in[i] && !out[i] {
			p.Column[i] = p.Columns - 1
		}
	}
}

package chart

import (
	"strconv"

	"github.com/turtlebay/turtlebay/chart/layers"
	"github.com/turtlebay/turtlebay/chart/scene"
)

// columns is a drawing of nodes in columns with links between them.
type columns struct {
	*canvas
	nodes []*node
	links []layers.Link
	plan  layers.Plan
	at    []int // left edges of the bars, by column
	count []int // nodes and passing links, by column
	wide  int   // of a bar
	side  int   // room right of the last column
	top   int   // of the plan on the page
	lines bool  // links are lines with labels, else bands
	place *scene.Placer
	keyed []string
}

// maxKey bounds the numbered key; what has no number there is in the table.
const maxKey = 60

// newColumns spaces the columns for a graph. Labels of nodes without links at
// their right stand there, others above.
func newColumns(c *canvas, nodes []*node, shape layers.Graph, lines bool) *columns {
	shape.Nodes = make([]layers.Node, len(nodes))
	plan := layers.Lay(shape)
	k := &columns{canvas: c, nodes: nodes, plan: plan, links: shape.Links, lines: lines}
	for i := range shape.Links {
		if len(plan.Routes[i]) > 0 {
			nodes[k.left(i)].right++
		}
	}
	n := plan.Columns
	k.count = make([]int, n)
	for i, x := range nodes {
		x.column = plan.Column[i]
		k.count[x.column]++
	}
	for _, r := range plan.Routes {
		for _, s := range r[min(1, len(r)):max(len(r)-1, 0)] {
			k.count[s.Column]++
		}
	}
	k.side = k.sideRoom()
	free := pageWidth - 2*margin - k.side
	k.wide = min(10*px, free/n/4)
	for i := range n {
		at := margin
		if n > 1 {
			at += (free - k.wide) * i / (n - 1)
		}
		k.at = append(k.at, at)
	}
	k.setLabels()
	return k
}

// beside reports whether the label of a node stands at its right: where no
// link is in its way and there is room.
func (k *columns) beside(n *node) bool {
	const least = 110 * px
	last := n.column == k.plan.Columns-1
	return n.right == 0 && (last || k.at[n.column+1]-k.curve(n.column)-k.at[n.column]-k.wide >= least)
}

// sideRoom is the width that the labels right of the last column want, up to
// a share of the page.
func (k *columns) sideRoom() int {
	most := 156 * px
	switch {
	case k.plan.Columns < 4:
		most = 270 * px
	case k.plan.Columns < 6:
		most = 190 * px
	}
	want := 0
	for _, n := range k.nodes {
		if n.column == k.plan.Columns-1 {
			for _, s := range []string{n.Label, n.Sub} {
				want = max(want, scene.Width(s, smallSize, false))
			}
			if k.crowded(n) && n.Label != "" {
				want = max(want, scene.Width(n.Label+dot+n.Sub, smallSize, false)+2*px)
			}
		}
	}
	return min(want+glyphRoom+8*px, most)
}

// crowded: there are so many nodes in the column that labels get one line.
func (k *columns) crowded(n *node) bool { return k.count[n.column] > 14 }

func (k *columns) setLabels() {
	for _, n := range k.nodes {
		lines := 2
		if k.crowded(n) {
			lines = 1
		}
		n.setLabel(k.labelRoom(n), lines)
	}
}

// labelRoom is the width for the glyph and the label of a node.
func (k *columns) labelRoom(n *node) int {
	end := pageWidth - margin
	if c := n.column + 1; c < k.plan.Columns {
		end = k.at[c] - 3*px - k.curve(n.column)
	}
	if k.beside(n) {
		return end - k.at[n.column] - k.wide - 6*px
	}
	return end - k.at[n.column]
}

// curve is the part of the way from a column to the next that labels leave to
// the links.
func (k *columns) curve(column int) int {
	if !k.lines {
		return 0
	}
	return max(20*px, (k.at[column+1]-k.at[column])*24/100)
}

// rooms gives every node the room that its label needs.
func (k *columns) rooms(height func(i int) int) []layers.Node {
	out := make([]layers.Node, len(k.nodes))
	for i, n := range k.nodes {
		h, b := height(i), n.blockHeight()
		if k.beside(n) {
			over := max(b-h, 0)
			out[i] = layers.Node{Height: h, Head: 2*px + over/2, Foot: 2*px + (over+1)/2}
		} else {
			out[i] = layers.Node{Height: h, Head: b + 7*px, Foot: 3 * px}
		}
		if !k.crowded(n) {
			out[i].Foot += 5 * px
		}
	}
	return out
}

// settle lays the graph out for good, below what is on the page.
func (k *columns) settle(shape layers.Graph) {
	k.plan, k.links = layers.Lay(shape), shape.Links
	k.top = k.y + 4*px
	k.y = k.top + k.plan.Depth
	k.place = &scene.Placer{Bounds: scene.Box{X0: margin, Y0: k.top, X1: pageWidth - margin, Y1: k.y}}
	for i, n := range k.nodes {
		x, y := k.at[n.column], k.top+k.plan.Top[i]
		n.bar = scene.Box{X0: x, Y0: y, X1: x + k.wide, Y1: y + k.plan.Height[i]}
		k.place.Block(n.bar)
	}
}

// nodeLabels draws bars, glyphs and labels or the numbers for them.
func (k *columns) nodeLabels() {
	for _, n := range k.nodes {
		k.drawBar(n)
	}
	for _, n := range k.nodes {
		if !n.number {
			k.nodeLabel(n)
		}
	}
	for _, n := range k.nodes { // where the labels leave room
		switch {
		case !n.number:
		case len(k.keyed) < maxKey && k.nodeNumber(n, strconv.Itoa(len(k.keyed)+1)):
			k.keyed = append(k.keyed, n.entry())
		default:
			k.short = true
		}
	}
}

// corner is where the label of a node begins: right of its bar, else above it.
func (k *columns) corner(n *node) (x, y int) {
	if k.beside(n) {
		return n.bar.X1 + 6*px, (n.bar.Y0 + n.bar.Y1 - n.blockHeight()) / 2
	}
	return n.bar.X0, n.bar.Y0 - 3*px - n.blockHeight()
}

func (k *columns) nodeLabel(n *node) {
	x, y := k.corner(n)
	k.kind(n, x, y)
	if n.below {
		y += pitch
	} else {
		x += glyphRoom
	}
	for i, l := range n.block {
		t := scene.Text{At: scene.Point{X: x, Y: y + 10*px + i*pitch}, S: l.text, Size: smallSize, Role: l.role}
		k.place.Block(t.Box())
		k.plate(t)
	}
}

// kind draws the glyph of a node with the ground behind it.
func (k *columns) kind(n *node, x, y int) {
	b := scene.Box{X0: x, Y0: y + px, X1: x + 11*px, Y1: y + 12*px}
	k.Rect(b, scene.Fill(scene.Ground))
	k.nodeGlyph(n.Kind, x+5*px, y+650)
	k.place.Block(b)
}

// nodeNumber puts the number of a key entry at a node, with its glyph where
// there is room. It reports whether the number has a place.
func (k *columns) nodeNumber(n *node, number string) bool {
	x, y := k.corner(n)
	t := scene.Text{S: number, Size: smallSize, Bold: true, Role: scene.Ink}
	var all []scene.Text
	for _, dx := range []int{glyphRoom, 0, -6 * px} {
		for _, dy := range []int{0, -pitch, n.bar.H() + pitch + 5*px} {
			t.At = scene.Point{X: x + dx, Y: y + 10*px + dy}
			all = append(all, t)
		}
	}
	i := k.place.Place(all[:1])
	if g := (scene.Box{X0: x, Y0: y + px, X1: x + 11*px, Y1: y + 12*px}); i == 0 && k.place.Free(g) {
		k.kind(n, x, y)
	} else if i < 0 {
		i = k.place.Place(all)
	}
	if i >= 0 {
		k.plate(all[i])
	}
	return i >= 0
}

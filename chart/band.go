package chart

import (
	"slices"

	"github.com/turtlebay/turtlebay/chart/layers"
	"github.com/turtlebay/turtlebay/chart/scene"
)

// band is the area of a link: its upper edge from left to right, and how thick
// it is everywhere.
type band struct {
	edge  []scene.Point
	thick int
}

// bends is the number of straight pieces of a curve over a height.
func bends(height int) int { return min(6+max(height, -height)/(8*px), 36) }

// seam is between a node and its links.
const seam = 50

// bend is the upper edge of a link from its place in one column to that in the
// next: level for a stretch, then in a curve.
func (k *columns) bend(from, to layers.Stop, level int) []scene.Point {
	x0, x1 := k.at[from.Column]+k.wide+seam, k.at[to.Column]-seam
	y0, y1 := k.top+from.Y, k.top+to.Y
	out := []scene.Point{{X: x0, Y: y0}}
	if x0 += level; level > 0 {
		out = append(out, scene.Point{X: x0, Y: y0})
	}
	for b, n := 1, bends(y1-y0); b < n && y1 != y0; b++ {
		// The slope is 0 at both ends: 3s² − 2s³ of the way at s = b/n.
		out = append(out, scene.Point{X: x0 + (x1-x0)*b/n, Y: y0 + (y1-y0)*(3*b*b*n-2*b*b*b)/(n*n*n)})
	}
	return append(out, scene.Point{X: x1, Y: y1})
}

// track is the upper edge of a link through its places.
func (k *columns) track(route []layers.Stop, level func(i int) int) []scene.Point {
	var out []scene.Point
	for i := 1; i < len(route); i++ {
		out = append(out, k.bend(route[i-1], route[i], level(i-1))...)
	}
	return out
}

// tracks runs every link level past the labels above the nodes where it would
// cross them otherwise. The links that leave a node all do or none does.
func (k *columns) tracks(thick func(link int) int) [][]scene.Point {
	reach, labels := k.reach(), k.labelBoxes()
	meets := func(link, i int) bool {
		r := k.plan.Routes[link]
		for _, b := range (band{edge: k.bend(r[i], r[i+1], 0), thick: thick(link)}).boxes() {
			for _, l := range labels[r[i].Column] {
				if thick(link) > 0 && b.Overlaps(l) {
					return true
				}
			}
		}
		return false
	}
	late := make([]bool, len(k.nodes))
	for i, r := range k.plan.Routes {
		late[k.left(i)] = late[k.left(i)] || len(r) > 0 && meets(i, 0)
	}
	out := make([][]scene.Point, len(k.plan.Routes))
	for i, r := range k.plan.Routes {
		out[i] = k.track(r, func(j int) int {
			if j == 0 && late[k.left(i)] || j > 0 && meets(i, j) {
				return reach[r[j].Column]
			}
			return 0
		})
	}
	return out
}

// left is the node at the left end of a link.
func (k *columns) left(link int) int {
	if k.plan.Back[link] {
		return k.links[link].To
	}
	return k.links[link].From
}

// reach is how far links may have to run level from each column: as far as
// labels above its nodes reach, but no more than a share of the way.
func (k *columns) reach() []int {
	out := make([]int, k.plan.Columns)
	for c, boxes := range k.labelBoxes() {
		for _, b := range boxes {
			if c+1 < len(out) {
				most := (k.at[c+1] - k.at[c] - k.wide) * 72 / 100
				out[c] = max(out[c], min(b.X1-k.at[c]-k.wide, most))
			}
		}
	}
	return out
}

// labelBoxes are the areas of the labels by column.
func (k *columns) labelBoxes() [][]scene.Box {
	out := make([][]scene.Box, k.plan.Columns)
	for _, n := range k.nodes {
		x, y := k.corner(n)
		b := scene.Box{X0: x, Y0: y, X1: x, Y1: y + n.blockHeight()}
		for _, l := range n.block {
			w := scene.Width(l.text, smallSize, false)
			if !n.below {
				w += glyphRoom
			}
			b.X1 = max(b.X1, x+w)
		}
		out[n.column] = append(out[n.column], b)
	}
	return out
}

// below is the band of the given thickness that begins a distance under the
// upper edge of b.
func (b band) below(distance, thick int) band {
	edge := make([]scene.Point, len(b.edge))
	for i, p := range b.edge {
		edge[i] = scene.Point{X: p.X, Y: p.Y + distance}
	}
	return band{edge: edge, thick: thick}
}

// outline runs around the band.
func (b band) outline() []scene.Point {
	out := slices.Clone(b.edge)
	for _, p := range slices.Backward(b.edge) {
		out = append(out, scene.Point{X: p.X, Y: p.Y + b.thick})
	}
	return out
}

// y is the height of the upper edge at x.
func (b band) y(x int) int {
	for i := 1; i < len(b.edge); i++ {
		if p, q := b.edge[i-1], b.edge[i]; x <= q.X {
			if q.X == p.X {
				return q.Y
			}
			return p.Y + (q.Y-p.Y)*(max(x, p.X)-p.X)/(q.X-p.X)
		}
	}
	return b.edge[len(b.edge)-1].Y
}

// holds reports whether the box lies wholly inside the band.
func (b band) holds(in scene.Box) bool {
	if in.X0 < b.edge[0].X || in.X1 > b.edge[len(b.edge)-1].X {
		return false
	}
	fits := func(x int) bool { y := b.y(x); return y <= in.Y0 && in.Y1 <= y+b.thick }
	if !fits(in.X0) || !fits(in.X1) {
		return false
	}
	for _, p := range b.edge {
		if p.X > in.X0 && p.X < in.X1 && !fits(p.X) {
			return false
		}
	}
	return true
}

// boxes cover the band, piece by piece.
func (b band) boxes() []scene.Box {
	var out []scene.Box
	for i := 1; i < len(b.edge); i++ {
		p, q := b.edge[i-1], b.edge[i]
		out = append(out, scene.Box{X0: p.X, Y0: min(p.Y, q.Y), X1: q.X, Y1: max(p.Y, q.Y) + b.thick})
	}
	return out
}

// hairline is the thickness from which a band is drawn as an area.
const hairline = 3 * px

// bandFills is how a grade fills a band; the code of certainty.
var bandFills = [grades]scene.Style{
	{Fill: scene.Official, Stroke: scene.Ground, Width: 60},
	{Fill: scene.Panel, Stroke: scene.Ground, Width: 60},
	{Fill: scene.AnalystFill, Stroke: scene.AnalystEdge, Width: 100},
	{Fill: scene.Ground, Stroke: scene.AnalystEdge, Width: 120},
}

// fill draws a band in the code of its grade. A thin one is a line of its
// thickness: solid, lighter, dashed, dotted.
func (c *canvas) fill(b band, g Grade, tip string) {
	if b.thick < hairline {
		st := gradeLines[g]
		if st.Width = b.thick; g == Decoded {
			st.Dash = scene.Solid
		}
		c.Items = append(c.Items, scene.Path{Runs: [][]scene.Point{b.below(b.thick/2, 0).edge}, Style: st, Tip: tip})
		return
	}
	c.Items = append(c.Items, scene.Path{Runs: [][]scene.Point{b.outline()}, Closed: true, Style: bandFills[g], Tip: tip})
	if g == Heuristic {
		c.Lines(scene.Line(scene.AnalystEdge, 80), b.hatch(5*px)...)
	}
}

// fillRange draws what a band has only under some policies.
func (c *canvas) fillRange(b band, tip string) {
	st := scene.Style{Fill: scene.Faint, Stroke: scene.Muted, Width: 80, Dash: scene.Dashed}
	if b.thick < hairline {
		st = scene.Style{Stroke: scene.Muted, Width: b.thick, Dash: scene.DashDot}
		c.Items = append(c.Items, scene.Path{Runs: [][]scene.Point{b.below(b.thick/2, 0).edge}, Style: st, Tip: tip})
		return
	}
	c.Items = append(c.Items, scene.Path{Runs: [][]scene.Point{b.outline()}, Closed: true, Style: st, Tip: tip})
}

// hatch is rising lines inside the band on the lattice that boxes are hatched
// on: x + y is a multiple of the distance.
func (b band) hatch(distance int) [][]scene.Point {
	const step = 50
	first, last := b.edge[0], b.edge[len(b.edge)-1]
	least, most := first.X+first.Y, last.X+last.Y+b.thick
	for _, p := range b.edge {
		least, most = min(least, p.X+p.Y), max(most, p.X+p.Y+b.thick)
	}
	// The upper edge at every step.
	var tops []int
	for x := first.X; x <= last.X; x += step {
		tops = append(tops, b.y(x))
	}
	var runs [][]scene.Point
	for sum := least/distance*distance + distance; sum < most; sum += distance {
		from := -1
		for i := 0; i <= len(tops); i++ {
			x := first.X + i*step
			inside := i < len(tops) && sum-x >= tops[i] && sum-x <= tops[i]+b.thick
			switch {
			case inside && from < 0:
				from = x
			case !inside && from >= 0:
				if end := x - step; end > from {
					runs = append(runs, []scene.Point{{X: from, Y: sum - from}, {X: end, Y: sum - end}})
				}
				from = -1
			}
		}
	}
	return runs
}

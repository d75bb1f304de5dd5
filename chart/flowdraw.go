package chart

import (
	"slices"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// draw draws the bands, the thick ones first, and returns them.
func (d *flowData) draw(k *columns) []band {
	tracks := k.tracks(func(i int) int { return d.flows[i].thick })
	bands := make([]band, len(d.flows))
	var order []int
	for i, l := range d.flows {
		bands[i] = band{edge: tracks[i], thick: l.thick}
		if l.thick > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return d.flows[b].thick - d.flows[a].thick })
	for _, i := range order {
		l, b := d.flows[i], bands[i]
		if l.ranges() {
			k.fillRange(b.below(l.solid, l.thick-l.solid), d.tip(l))
		}
		if l.solid > 0 {
			k.fill(b.below(0, l.solid), l.grade, d.tip(l))
		}
		for _, box := range b.boxes() {
			if l.thick < pitch+2*px { // holds no label, so none may hide it
				k.place.Block(box)
			}
		}
	}
	return bands
}

func (d *flowData) tip(l *flow) string {
	return d.nodes[l.from].whole() + " → " + d.nodes[l.target].whole() + ": " + l.label() + ". " + l.grade.String()
}

// labels prints the amounts of the bands that the labels of the nodes do not
// give: where several bands arrive, or the node prints no amount.
func (d *flowData) labels(k *columns, bands []band) {
	order := make([]int, len(bands))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return d.flows[b].thick - d.flows[a].thick })
	for _, i := range order {
		l := d.flows[i]
		to, from := d.nodes[l.to], d.nodes[l.from]
		if l.thick == 0 || to.Sub != "" && to.in == 1 || from.Sub != "" && from.out == 1 && from.in == 0 {
			continue
		}
		if !d.inside(k, bands[i], l) && !d.outside(k, bands, i) && to.Sub == "" {
			k.short = true
		}
	}
}

// inside sets the amount in the band, as near to its right end as it has room.
func (d *flowData) inside(k *columns, b band, l *flow) bool {
	t := scene.Text{S: l.label(), Size: smallSize, Anchor: scene.End, Role: scene.Ink}
	first, last := b.edge[0].X, b.edge[len(b.edge)-1].X
	solid := b.below(0, l.solid)
	for _, in := range []band{solid, b.below(l.solid, l.thick-l.solid), b} {
		for x := last - 5*px; x > first; x -= 8 * px {
			t.At = scene.Point{X: x, Y: in.y(x-scene.Width(t.S, t.Size, false)/2) + in.thick/2 + 4*px}
			box := t.Box()
			if !in.holds(box.Grow(px)) || !k.place.Free(box) {
				continue
			}
			k.place.Block(box)
			if l.grade <= Decoded && solid.holds(box) {
				t.Role = scene.Ground
				k.Text(t)
			} else {
				k.plate(t)
			}
			return true
		}
	}
	return false
}

// outside sets the amount above or below the band where it covers no other.
func (d *flowData) outside(k *columns, bands []band, i int) bool {
	b := bands[i]
	t := scene.Text{S: d.flows[i].label(), Size: smallSize, Anchor: scene.End, Role: scene.Ink}
	first, last := b.edge[0].X, b.edge[len(b.edge)-1].X
	for x, tries := last-5*px, 0; x > first && tries < 8; x, tries = x-24*px, tries+1 {
		w := scene.Width(t.S, t.Size, false)
		y0, y1 := min(b.y(x-w), b.y(x)), max(b.y(x-w), b.y(x))
		for _, y := range []int{y0 - 3*px, y1 + b.thick + 10*px} {
			t.At = scene.Point{X: x, Y: y}
			if box := t.Box(); k.place.Free(box) && offBands(bands, box) {
				k.place.Block(box)
				k.plate(t)
				return true
			}
		}
	}
	return false
}

// offBands reports whether a box touches no band.
func offBands(bands []band, in scene.Box) bool {
	for _, b := range bands {
		for _, o := range b.boxes() {
			if b.thick > 0 && in.Overlaps(o) {
				return false
			}
		}
	}
	return true
}

func (d *flowData) table() ([]string, [][]string) {
	header := []string{"Place", "Kind", "From", "Amount"}
	ranged := false
	for _, l := range d.flows {
		ranged = ranged || l.ranges()
	}
	if ranged {
		header = append(header, "At most")
	}
	header = append(header, "Known by")
	var rows [][]string
	for i, n := range d.nodes[:d.given] {
		arrive := d.arriving(i)
		said := len(arrive) == 1 && (n.Sub == "" || n.Sub == arrive[0].text && !arrive[0].ranges())
		if len(arrive) == 0 || n.Sub != "" && !said {
			rows = append(rows, d.row(n, "–", dash(n.Sub), "–", "–", ranged))
		}
		for _, l := range arrive {
			most := "–"
			if l.ranges() {
				most = l.upTo
			}
			rows = append(rows, d.row(n, d.nodes[l.from].Full, l.text, most, l.grade.String(), ranged))
		}
	}
	return header, rows
}

func (d *flowData) row(n *node, from, amount, most, grade string, ranged bool) []string {
	r := []string{n.Full, n.Kind.String(), from, amount}
	if ranged {
		r = append(r, most)
	}
	return append(r, grade)
}

// arriving lists the flows to a node, those that return among them.
func (d *flowData) arriving(i int) []*flow {
	var out []*flow
	for _, l := range d.flows {
		if l.target == i {
			out = append(out, l)
		}
	}
	return out
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

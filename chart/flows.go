package chart

import (
	"fmt"
	"math/big"

	"github.com/turtlebay/turtlebay/chart/layers"
	"github.com/turtlebay/turtlebay/chart/scene"
)

// Limits of a diagram of flows and of a graph of transfers. [Flows.Fold] brings
// more flows below them.
const (
	maxNodes     = 60
	maxFlows     = 200
	maxTransfers = 150
)

// Flows is where traced value went: nodes in columns from left to right,
// joined by bands as thick as the amounts. A node is as high as the larger of
// what it receives and what it pays. Nodes that nothing leaves stand in the last
// column. All bands have one scale, but what is too small for it is a line of one
// pixel, and nothing says that a node pays what it received.
//
// A flow that closes a circle with the flows before it in the list does not
// run back across the others: it ends in the last column, at a mark that says
// which node it returns to.
type Flows struct {
	Frame
	Nodes []Node
	Links []Flow
	// Some is what the lighter part of a band means, "Under some policies only" if empty.
	Some string
}

// Flow is an amount that went from node to node. Amount is what holds under
// all policies and is drawn solid; Most, if there is a range, the greatest
// amount under any policy, and the part above Amount is drawn lighter. An
// amount of zero without a range has no band and stands in the table.
type Flow struct {
	From, To string // ids of nodes
	Amount   Value
	Most     Value
	Grade    Grade
}

// flow is a parsed flow.
type flow struct {
	from, to     int // nodes as drawn
	target       int // node as given; another than to where the flow returns
	least, most  *big.Rat
	text, upTo   string // labels of both
	grade        Grade
	solid, thick int // of the part that holds under all, and of all
}

func (f *flow) ranges() bool { return f.most.Cmp(f.least) > 0 }

// label is the amount or the range as printed.
func (f *flow) label() string {
	switch {
	case !f.ranges():
		return f.text
	case f.least.Sign() == 0:
		return "up to " + f.upTo
	}
	return f.text + " – " + f.upTo
}

// NewFlows draws at most 60 nodes and 200 flows. Errors wrap [ErrEmpty],
// [ErrTooMany], [ErrAmount] or [ErrReference].
func NewFlows(f Flows) (*Chart, error) {
	d, err := f.read()
	if err != nil {
		return nil, fmt.Errorf("flows: %w", err)
	}
	c := newCanvas(f.Frame)
	c.key(nodeKey(c, d.nodes))
	c.key(d.gradeKey(c, f.Some))
	shape := layers.Graph{Ends: true, Gap: 4 * px, Nodes: make([]layers.Node, len(d.nodes))}
	for _, l := range d.flows {
		shape.Links = append(shape.Links, layers.Link{From: l.from, To: l.to, Width: 1})
	}
	k := newColumns(c, d.nodes, shape, false)
	d.scale(k)
	for i, l := range d.flows {
		shape.Links[i].Width = l.thick
	}
	shape.Nodes = k.rooms(d.height)
	k.settle(shape)
	bands := d.draw(k)
	k.nodeLabels()
	d.labels(k, bands)
	k.y += 2 * px
	c.numbered(k.keyed)
	header, rows := d.table()
	return c.finish(header, rows, "Diagram of flows"), nil
}

// flowData is a parsed diagram. Nodes beyond the first given are marks of return.
type flowData struct {
	nodes []*node
	flows []*flow
	given int
}

func (f Flows) read() (*flowData, error) {
	switch {
	case len(f.Nodes) == 0:
		return nil, ErrEmpty
	case len(f.Nodes) > maxNodes || len(f.Links) > maxFlows:
		return nil, fmt.Errorf("%d nodes and %d flows: %w", len(f.Nodes), len(f.Links), ErrTooMany)
	}
	d, err := f.readAny()
	if err != nil {
		return nil, err
	}
	d.split()
	for _, l := range d.flows {
		d.nodes[l.from].out++
		d.nodes[l.to].in++
	}
	for _, l := range d.flows {
		if n := d.nodes[l.to]; n.Kind == returnNode && n.in == 1 {
			n.Sub = l.label()
		}
	}
	return d, nil
}

// readAny parses any number of flows, as they are given.
func (f Flows) readAny() (*flowData, error) {
	nodes, byID, err := readNodes(f.Nodes)
	if err != nil {
		return nil, err
	}
	d := &flowData{nodes: nodes, given: len(nodes)}
	for i, l := range f.Links {
		k, err := l.read(byID)
		if err != nil {
			return nil, fmt.Errorf("flow %d from %.40q to %.40q: %w", i+1, l.From, l.To, err)
		}
		d.flows = append(d.flows, k)
	}
	return d, nil
}

func (l Flow) read(byID map[string]int) (*flow, error) {
	from, ok := byID[l.From]
	to, has := byID[l.To]
	if !ok || !has || l.Grade >= grades {
		return nil, ErrReference
	}
	k := &flow{from: from, to: to, target: to, grade: l.Grade, text: scene.Clean(l.Amount.Label), upTo: scene.Clean(l.Most.Label)}
	var err error
	if k.least, err = l.Amount.number(); err != nil || k.least == nil {
		return nil, errOr(err, fmt.Errorf("no amount: %w", ErrAmount))
	}
	if k.most, err = l.Most.number(); err != nil {
		return nil, fmt.Errorf("most: %w", err)
	}
	if k.most == nil {
		k.most = k.least
	}
	if k.most.Cmp(k.least) < 0 {
		return nil, fmt.Errorf("most %s is less than %s: %w", l.Most.Amount, l.Amount.Amount, ErrAmount)
	}
	return k, nil
}

// split leads the flows that close a circle to marks of return, one for each
// node they return to.
func (d *flowData) split() {
	links := make([]layers.Link, len(d.flows))
	for i, l := range d.flows {
		links[i] = layers.Link{From: l.from, To: l.to}
	}
	marks := map[int]int{}
	for i, back := range layers.Back(len(d.nodes), links) {
		if !back {
			continue
		}
		l := d.flows[i]
		if _, ok := marks[l.target]; !ok {
			marks[l.target] = len(d.nodes)
			n := d.nodes[l.target]
			d.nodes = append(d.nodes, &node{Node: Node{Kind: returnNode, Label: "back to " + n.name(60), Full: n.Full}})
		}
		l.to = marks[l.target]
	}
}

// Thickness of bands: that of the fullest column, and the least of any band.
const (
	fullHeight = 210 * px
	leastThick = px
)

// scale gives every flow its thickness: one scale for all, by which the
// fullest column has the height that its number of nodes calls for.
func (d *flowData) scale(k *columns) {
	through := make([]*big.Rat, k.plan.Columns)
	for i := range through {
		through[i] = new(big.Rat)
	}
	in, out := d.sums()
	for i, n := range d.nodes {
		through[n.column].Add(through[n.column], larger(in[i], out[i]))
	}
	for i, l := range d.flows {
		r := k.plan.Routes[i]
		for _, s := range r[1 : len(r)-1] {
			through[s.Column].Add(through[s.Column], l.most)
		}
	}
	top, items := new(big.Rat), 0
	for i, v := range through {
		top, items = larger(top, v), max(items, k.count[i])
	}
	height := min(fullHeight, (36+24*items)*px)
	for _, l := range d.flows {
		l.solid, l.thick = thickness(l.least, top, height), thickness(l.most, top, height)
		if l.ranges() {
			l.thick = max(l.thick, l.solid+leastThick)
		}
	}
}

// thickness is v at the scale by which top has the height: never less than
// can be seen, and nothing for zero.
func thickness(v, top *big.Rat, height int) int {
	if v.Sign() == 0 {
		return 0
	}
	q := new(big.Rat).Quo(v, top)
	n := new(big.Int).Mul(q.Num(), big.NewInt(int64(height)))
	return max(int(n.Quo(n, q.Denom()).Int64()), leastThick)
}

// sums are what every node receives and pays at most.
func (d *flowData) sums() (in, out []*big.Rat) {
	for range d.nodes {
		in, out = append(in, new(big.Rat)), append(out, new(big.Rat))
	}
	for _, l := range d.flows {
		in[l.to].Add(in[l.to], l.most)
		out[l.from].Add(out[l.from], l.most)
	}
	return in, out
}

// height of a node: the larger of what its bands on either side add up to.
func (d *flowData) height(i int) int {
	in, out := 0, 0
	for _, l := range d.flows {
		if l.to == i {
			in += l.thick
		}
		if l.from == i {
			out += l.thick
		}
	}
	return max(in, out, 2*leastThick)
}

// gradeKey names the grades in use, and the lighter part where there is one.
func (d *flowData) gradeKey(c *canvas, some string) []keyItem {
	var items []keyItem
	for g := Fact; g < grades; g++ {
		for _, l := range d.flows {
			if l.grade == g && l.most.Sign() > 0 {
				items = append(items, keyItem{name: g.String(), draw: func(b scene.Box) { c.swatch(b, [...]Certainty{Official, Panel, Analyst, Suspected}[g]) }})
				break
			}
		}
	}
	for _, l := range d.flows {
		if l.ranges() {
			if scene.Clean(some) == "" {
				some = "Under some policies only"
			}
			return append(items, keyItem{name: some, draw: func(b scene.Box) {
				c.fillRange(band{edge: []scene.Point{{X: b.X0 + 40, Y: b.Y0 + 40}, {X: b.X1 - 40, Y: b.Y0 + 40}}, thick: b.H() - 80}, "")
			}})
		}
	}
	return items
}

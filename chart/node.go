package chart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// NodeKind is what a place on the way of traced value is; each kind has a
// glyph of its own shape.
type NodeKind uint8

// The kinds of node.
const (
	AddressNode    NodeKind = iota // one or several addresses: disc
	TheftNode                      // where value was stolen: cross
	SwapNode                       // two triangles
	BridgeNode                     // arch
	MixerNode                      // star
	ServiceNode                    // exchange or other service, cashed out: square
	FeeNode                        // bar
	HeldNode                       // frame
	UnfollowedNode                 // diamond, not filled
	OthersNode                     // several folded into one: two bars
	returnNode                     // value that returns to an earlier node: triangle to the left
	nodeKinds                      // count
)

var nodeNames = [nodeKinds]string{
	"Address", "Theft", "Swap", "Bridge", "Mixer", "Exchange or service", "Fees", "Held", "Not followed", "Others", "Return",
}

// String is the printed name.
func (k NodeKind) String() string {
	if k >= nodeKinds {
		return "Unknown"
	}
	return nodeNames[k]
}

func (k NodeKind) role() scene.Role {
	switch k {
	case TheftNode:
		return scene.Orange
	case SwapNode, BridgeNode:
		return scene.Green
	case MixerNode:
		return scene.Pink
	case ServiceNode:
		return scene.Blue
	case HeldNode:
		return scene.Ink
	}
	return scene.Muted
}

// Grade is how a link of a trace is known.
type Grade uint8

// The grades, from best to least. They are drawn in the certainty code: solid,
// lighter, hatched, outline; as lines: solid, dash and dot, dashed, dotted.
const (
	Fact      Grade = iota // the ledger says so
	Decoded                // read from what a protocol wrote
	Heuristic              // by a rule that may err
	Judgement              // of a person
	grades                 // count
)

var gradeNames = [grades]string{"Ledger fact", "Decoded protocol", "Heuristic", "Human judgement"}

// String is the printed name.
func (g Grade) String() string {
	if g >= grades {
		return "Unknown"
	}
	return gradeNames[g]
}

// gradeLines tell the grades of lines apart by colour, dash and width.
var gradeLines = [grades]scene.Style{
	{Stroke: scene.Official, Width: 170},
	{Stroke: scene.Panel, Width: 170, Dash: scene.DashDot},
	{Stroke: scene.AnalystEdge, Width: 150, Dash: scene.Dashed},
	{Stroke: scene.Muted, Width: 150, Dash: scene.Dotted},
}

// Node is a place on the way of traced value. Label prints beside it, cut
// where it is too long (an address in the middle, words at the end), and Sub, usually the amount, on a line of its own.
// Full is a longer name for the table and the tip of a page, such as the whole
// address. It stands there behind Label, or in its place where Label is a short form of
// it with "…" for the rest.
type Node struct {
	ID    string
	Kind  NodeKind
	Label string
	Sub   string
	Full  string
}

// node is a parsed node.
type node struct {
	Node
	in, out int // links
	right   int // links at its right side
	column  int
	bar     scene.Box
	block   []line // the label as set
	below   bool   // the label stands below its glyph, else right of it
	number  bool   // a number of the key stands for the label
}

// line is a line of a label.
type line struct {
	text string
	role scene.Role
}

// readNodes cleans the nodes and maps their ids.
func readNodes(list []Node) ([]*node, map[string]int, error) {
	byID := map[string]int{}
	var out []*node
	for i, n := range list {
		if n.Kind >= returnNode {
			return nil, nil, fmt.Errorf("node %d: kind %d: %w", i+1, n.Kind, ErrReference)
		}
		if _, ok := byID[n.ID]; ok {
			return nil, nil, fmt.Errorf("node %d: id %.40q given twice: %w", i+1, n.ID, ErrReference)
		}
		byID[n.ID] = i
		label := scene.Clean(n.Label)
		n.Label, n.Sub = shorten(label, 120), scene.Clean(n.Sub)
		n.Full = fullName(label, scene.Clean(n.Full))
		if n.Full == "" {
			n.Full = n.Kind.String()
		}
		out = append(out, &node{Node: n})
	}
	return out, byID, nil
}

// fullName is the name in the table: both label and full name, unless the label is but a
// short form of it.
func fullName(label, full string) string {
	head, tail, cut := strings.Cut(label, "…")
	switch {
	case full == "" || full == label:
		return label
	case label == "", cut && strings.HasPrefix(full, head) && strings.HasSuffix(full, tail):
		return full
	}
	return label + " (" + full + ")"
}

// narrowest is the least room for a label; under it a number stands.
const narrowest = 42 * px

// setLabel breaks name and amount into lines beside the glyph, or below it
// where the room is narrow. An amount is never cut: where it has no room, the
// node gets a number.
func (n *node) setLabel(room, lines int) {
	n.block, n.below, n.number = nil, false, false
	switch {
	case n.Label == "" && n.Sub == "":
		n.below = true // the glyph alone
	case lines == 1 && n.oneLine(room-glyphRoom):
	case n.twoParts(room-glyphRoom, lines, 1):
	case n.twoParts(room, lines, 1):
		n.below = true
	case n.twoParts(room-glyphRoom, lines, 2):
	case n.twoParts(room, lines, 2):
		n.below = true
	default:
		n.number = true
	}
}

// oneLine sets name and amount side by side.
func (n *node) oneLine(room int) bool {
	if n.Label == "" || n.Sub == "" {
		return false
	}
	free := room - scene.Width(dot+n.Sub, smallSize, false) - 2*px
	name := setName(n.Label, free, 1)
	if name == nil || free < narrowest {
		return false
	}
	n.block = []line{{name[0] + dot + n.Sub, scene.Ink}}
	return true
}

// twoParts sets the amount below the name.
func (n *node) twoParts(room, lines, amount int) bool {
	name, sub := setName(n.Label, room, lines), wrapWhole(n.Sub, room, amount)
	if room < narrowest || n.Label != "" && name == nil || n.Sub != "" && sub == nil {
		return false
	}
	for _, s := range name {
		n.block = append(n.block, line{s, scene.Ink})
	}
	for _, s := range sub {
		n.block = append(n.block, line{s, scene.Muted})
	}
	return true
}

const (
	pitch     = 13 * px // from line to line of a label
	glyphRoom = 15 * px // left of a label
	dot       = " · "
)

// blockHeight is the height of the label or of the number for it.
func (n *node) blockHeight() int {
	h := len(n.block) * pitch
	if n.number || n.below {
		h += pitch
	}
	return h
}

// entry is the node in the numbered key.
func (n *node) entry() string {
	s := n.fitted(keyRoom)
	if n.Sub != "" {
		s += dot + n.Sub
	}
	return s
}

// name is the label cut to a number of characters, else the kind.
func (n *node) name(most int) string {
	if n.Label == "" {
		return n.Kind.String()
	}
	return shorten(n.Label, most)
}

// fitted is the label, cut where it is wider than the room, else the kind.
func (n *node) fitted(room int) string {
	if set := setName(n.name(120), room, 1); len(set) > 0 {
		return set[0]
	}
	return n.name(least(n.Label))
}

// nodeGlyph draws the mark of a kind within 5 pixels of a point.
func (c *canvas) nodeGlyph(k NodeKind, x, y int) {
	r := k.role()
	fill, edge := scene.Fill(r), scene.Line(r, 180)
	at := func(dx, dy int) scene.Point { return scene.Point{X: x + dx*10, Y: y + dy*10} }
	bar := func(y0, y1 int) { c.Rect(scene.Box{X0: x - 450, Y0: y + y0*10, X1: x + 450, Y1: y + y1*10}, fill) }
	switch k {
	case TheftNode:
		c.Lines(scene.Line(r, 240), []scene.Point{at(-36, -36), at(36, 36)}, []scene.Point{at(-36, 36), at(36, -36)})
	case SwapNode:
		c.Polygon(fill, at(-5, -45), at(-5, 45), at(-48, 0))
		c.Polygon(fill, at(5, -45), at(5, 45), at(48, 0))
	case BridgeNode:
		c.Line(edge, at(-38, 45), at(-38, -8), at(-20, -34), at(20, -34), at(38, -8), at(38, 45))
	case MixerNode:
		c.Lines(edge, []scene.Point{at(0, -48), at(0, 48)}, []scene.Point{at(-40, -24), at(40, 24)}, []scene.Point{at(-40, 24), at(40, -24)})
	case ServiceNode:
		c.Polygon(fill, at(-40, -40), at(40, -40), at(40, 40), at(-40, 40))
	case FeeNode:
		bar(-12, 12)
	case HeldNode:
		c.Polygon(edge, at(-36, -36), at(36, -36), at(36, 36), at(-36, 36))
	case UnfollowedNode:
		c.Polygon(scene.Line(r, 130), at(-42, 0), at(0, -42), at(42, 0), at(0, 42))
	case OthersNode:
		bar(-34, -10)
		bar(10, 34)
	case returnNode:
		c.Polygon(fill, at(-48, 0), at(38, -44), at(38, 44))
	default:
		c.Circle(scene.Point{X: x, Y: y}, 380, fill)
	}
}

// nodeKey names the kinds of node in use, thefts first.
func nodeKey(c *canvas, nodes []*node) []keyItem {
	var items []keyItem
	name := func(k NodeKind) {
		if slices.ContainsFunc(nodes, func(n *node) bool { return n.Kind == k }) {
			items = append(items, keyItem{name: k.String(), draw: func(b scene.Box) { c.nodeGlyph(k, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2) }})
		}
	}
	name(TheftNode)
	for k := NodeKind(0); k < nodeKinds; k++ {
		if k != TheftNode {
			name(k)
		}
	}
	return items
}

// drawBar draws the node itself.
func (c *canvas) drawBar(n *node) {
	st := scene.Fill(n.Kind.role())
	if hollow := n.Kind == UnfollowedNode || n.Kind == OthersNode || n.Kind == returnNode; hollow && n.bar.H() > 4*px {
		const w = 120
		c.Items = append(c.Items, scene.Rect{Box: n.bar.Grow(-w / 2), Style: scene.Style{Fill: scene.Ground, Stroke: n.Kind.role(), Width: w}, Tip: n.tip()})
		return
	}
	c.Items = append(c.Items, scene.Rect{Box: n.bar, Style: st, Tip: n.tip()})
}

// whole is the name in tips: all of it, within reason.
func (n *node) whole() string { return shorten(n.Full, 160) }

func (n *node) tip() string {
	s := n.Kind.String() + ": " + n.whole()
	if n.Sub != "" {
		s += ", " + n.Sub
	}
	return s
}

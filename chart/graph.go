package chart

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chart/layers"
	"github.com/turtlebay/turtlebay/chart/scene"
)

// Graph is who paid whom: nodes in columns, each right of those that paid it,
// joined by an arrow for each transfer with its amount and date. A transfer
// that closes a circle with earlier ones has an arrow to the left. Below the columns
// stand the dates of the first and last arrival there, if all have room.
type Graph struct {
	Frame
	Nodes     []Node
	Transfers []Transfer
}

// Transfer is an amount that went from node to node on a date, which is
// YYYY-MM-DD, YYYY-MM, YYYY or empty. Transfers without a date count as later
// than all others, and those of one date as in the order of the list.
type Transfer struct {
	From, To string // ids of nodes
	Amount   Value  // empty: not known
	Date     string
	Grade    Grade
}

// transfer is a parsed transfer.
type transfer struct {
	from, to int
	text     string
	date     string
	days     span
	grade    Grade
}

// NewGraph draws at most 60 nodes and 150 transfers. Errors wrap [ErrEmpty],
// [ErrTooMany], [ErrAmount], [ErrDate] or [ErrReference].
func NewGraph(g Graph) (*Chart, error) {
	d, err := g.read()
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	c := newCanvas(g.Frame)
	c.key(nodeKey(c, d.nodes))
	c.key(d.gradeKey(c))
	shape := layers.Graph{Centre: true, Gap: px}
	for _, t := range d.transfers {
		shape.Links = append(shape.Links, layers.Link{From: t.from, To: t.to, Width: d.slot()})
	}
	k := newColumns(c, d.nodes, shape, true)
	shape.Nodes = k.rooms(func(i int) int { return barHeight })
	for _, t := range d.transfers {
		if t.from == t.to {
			shape.Nodes[t.from].Foot = loopRoom
		}
	}
	k.settle(shape)
	d.draw(k)
	k.nodeLabels()
	d.labels(k)
	d.arrivals(k)
	k.y += 2 * px
	c.numbered(k.keyed)
	header, rows := d.table()
	return c.finish(header, rows, "Graph of transfers"), nil
}

// Heights of a node without links, and of a loop below a node.
const barHeight, loopRoom = 14 * px, 24 * px

// graphData is a parsed graph; transfers are in order of time.
type graphData struct {
	nodes     []*node
	transfers []*transfer
}

func (g Graph) read() (*graphData, error) {
	switch {
	case len(g.Nodes) == 0:
		return nil, ErrEmpty
	case len(g.Nodes) > maxNodes || len(g.Transfers) > maxTransfers:
		return nil, fmt.Errorf("%d nodes and %d transfers: %w", len(g.Nodes), len(g.Transfers), ErrTooMany)
	}
	nodes, byID, err := readNodes(g.Nodes)
	if err != nil {
		return nil, err
	}
	d := &graphData{nodes: nodes}
	for i, t := range g.Transfers {
		k, err := t.read(byID)
		if err != nil {
			return nil, fmt.Errorf("transfer %d from %.40q to %.40q: %w", i+1, t.From, t.To, err)
		}
		d.transfers = append(d.transfers, k)
		nodes[k.from].out++
		nodes[k.to].in++
	}
	slices.SortStableFunc(d.transfers, func(a, b *transfer) int { return a.days.from - b.days.from })
	return d, nil
}

// undated is later than any date that can be read.
const undated = 1 << 30

func (t Transfer) read(byID map[string]int) (*transfer, error) {
	from, ok := byID[t.From]
	to, has := byID[t.To]
	if !ok || !has || t.Grade >= grades {
		return nil, ErrReference
	}
	k := &transfer{from: from, to: to, text: scene.Clean(t.Amount.Label), date: t.Date, grade: t.Grade, days: span{from: undated, to: undated}}
	if _, err := t.Amount.number(); err != nil {
		return nil, err
	}
	if t.Amount.Amount == "" {
		k.text = ""
	}
	if t.Date != "" {
		var err error
		if k.days, err = parseDate(t.Date); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// slot is the height kept for a transfer: for two lines of text while there
// are few, then for one.
func (d *graphData) slot() int {
	switch n := len(d.transfers); {
	case n <= 24:
		return 34 * px
	case n <= 80:
		return 15 * px
	}
	return 13 * px
}

// gradeKey names the grades in use.
func (d *graphData) gradeKey(c *canvas) []keyItem {
	var items []keyItem
	for g := Fact; g < grades; g++ {
		for _, t := range d.transfers {
			if t.grade == g {
				items = append(items, keyItem{name: g.String(), draw: func(b scene.Box) {
					y := (b.Y0 + b.Y1) / 2
					c.Line(gradeLines[g], scene.Point{X: b.X0, Y: y}, scene.Point{X: b.X1, Y: y})
				}})
				break
			}
		}
	}
	return items
}

// draw draws the lines with their arrow heads.
func (d *graphData) draw(k *columns) {
	level := func(c int) int { return max(k.at[c+1]-k.at[c]-k.wide-k.curve(c), 0) }
	half := d.slot() / 2
	for i, t := range d.transfers {
		if t.from == t.to {
			d.loop(k, t)
			continue
		}
		r := k.plan.Routes[i]
		line := band{edge: k.track(r, func(j int) int { return level(r[j].Column) })}.below(half, 0).edge
		tip, dir := line[len(line)-1], px
		if k.plan.Back[i] {
			tip, dir = line[0], -px
		}
		k.place.Line(line...)
		k.Items = append(k.Items, scene.Path{Runs: [][]scene.Point{line}, Style: gradeLines[t.grade], Tip: d.tip(t)})
		k.arrow(tip, dir, t.grade)
	}
}

// arrow draws a head whose point touches a node; dir is a pixel in its direction.
func (k *columns) arrow(tip scene.Point, dir int, g Grade) {
	length := min(7, (k.wide+px)/px)
	back := tip.X - length*dir
	k.Polygon(scene.Fill(gradeLines[g].Stroke), tip, scene.Point{X: back, Y: tip.Y - 4*px}, scene.Point{X: back, Y: tip.Y + 4*px})
	k.place.Block(scene.Box{X0: min(tip.X, back), Y0: tip.Y - 4*px, X1: max(tip.X, back), Y1: tip.Y + 4*px})
}

// loop draws a transfer of a node to itself below its bar. All transfers of a
// node to itself share one loop.
func (d *graphData) loop(k *columns, t *transfer) {
	b := d.nodes[t.from].bar
	x0, x1, y := b.X0+k.wide/4, b.X1-k.wide/4, b.Y1
	k.Items = append(k.Items, scene.Path{
		Runs:  [][]scene.Point{{{X: x0, Y: y}, {X: x0, Y: y + 10*px}, {X: x1, Y: y + 10*px}, {X: x1, Y: y + 2*px}}},
		Style: gradeLines[t.grade], Tip: d.tip(t),
	})
	k.Polygon(scene.Fill(gradeLines[t.grade].Stroke), scene.Point{X: x1, Y: y}, scene.Point{X: x1 - 3*px, Y: y + 5*px}, scene.Point{X: x1 + 3*px, Y: y + 5*px})
	k.place.Block(scene.Box{X0: b.X0, Y0: y, X1: b.X1 + px, Y1: y + 11*px})
}

func (d *graphData) tip(t *transfer) string {
	return d.nodes[t.from].whole() + " → " + d.nodes[t.to].whole() + ": " + t.words() + ". " + t.grade.String()
}

// words is amount and date as printed.
func (t *transfer) words() string {
	if t.date == "" {
		return t.amount()
	}
	return t.amount() + dot + t.date
}

func (t *transfer) amount() string {
	if t.text == "" {
		return noData
	}
	return t.text
}

// labels sets amount and date at every line, or a number of the key.
func (d *graphData) labels(k *columns) {
	for i, t := range d.transfers {
		if t.text == "" && t.date == "" {
			continue
		}
		x0, x1, y := d.stretch(k, i)
		if d.onLine(k, t, x0, x1, y) {
			continue
		}
		number := scene.Text{S: strconv.Itoa(len(k.keyed) + 1), Size: smallSize, Bold: true, Role: scene.Ink}
		var all []scene.Text
		for x := x0; x < x1; x += 9 * px {
			number.At = scene.Point{X: x, Y: y + 4*px}
			all = append(all, number)
		}
		j := -1
		if len(k.keyed) < maxKey {
			j = k.place.Place(all)
		}
		if j < 0 {
			k.short = true
			continue
		}
		k.interrupt(all[j])
		k.keyed = append(k.keyed, ends(d.nodes[t.from], d.nodes[t.to])+": "+t.words())
	}
}

// ends names both ends of a transfer on a line of the key; what one of them leaves is
// room for the other.
func ends(from, to *node) string {
	const arrow = " → "
	free := keyRoom - scene.Width(arrow+":", smallSize, false)
	wide := func(n *node) int { return min(scene.Width(n.fitted(free), smallSize, false), free) }
	return from.fitted(max(free/2, free-wide(to))) + arrow + to.fitted(max(free/2, free-wide(from)))
}

// stretch is where a line runs level behind the node at its left end, and a
// little more, as far as labels may reach.
func (d *graphData) stretch(k *columns, i int) (x0, x1, y int) {
	t := d.transfers[i]
	if t.from == t.to {
		b := d.nodes[t.from].bar
		return b.X1 + 3*px, b.X1 + 60*px, b.Y1 + 10*px
	}
	s := k.plan.Routes[i][0]
	x0, x1 = k.at[s.Column]+k.wide+4*px, k.at[s.Column+1]-2*px
	if k.plan.Back[i] {
		x0 += 7 * px
	}
	return x0, x1, k.top + s.Y + d.slot()/2
}

// onLine sets amount and date in one line, else in two, else the amount alone,
// above and below a line with the room for it, else on it.
func (d *graphData) onLine(k *columns, t *transfer, x0, x1, y int) bool {
	at := func(s string, dy int) scene.Text {
		return scene.Text{At: scene.Point{X: x0, Y: y + dy}, S: s, Size: smallSize, Role: scene.Ink}
	}
	sets := [][]scene.Text{{at(t.words(), 4*px)}, {at(t.amount(), 4*px)}}
	if d.slot() > 2*pitch && t.from != t.to {
		date := at(t.date, 13*px)
		date.Role = scene.Muted
		sets = [][]scene.Text{{at(t.words(), -5*px)}, {at(t.amount(), -5*px), date}, {at(t.amount(), -5*px)}}
	}
	for i, set := range sets {
		room := true
		for _, s := range set {
			b := s.Box()
			above := s.At.Y < y || s.At.Y > y+pitch/2
			room = room && b.X1 <= x1 && k.place.Free(b) && (!above || k.place.Clear(b))
		}
		if !room {
			continue
		}
		for _, s := range set {
			k.place.Block(s.Box())
			if s.At.Y == y+4*px {
				k.interrupt(s)
			} else {
				k.plate(s)
			}
		}
		k.short = k.short || i > 0 && i == len(sets)-1 && t.date != ""
		return true
	}
	return false
}

// interrupt prints a text in a gap of its line: a stroke right before a number
// would read as a sign.
func (k *columns) interrupt(t scene.Text) {
	b := t.Box()
	w := scene.Advance(t.S, t.Size, t.Bold)
	k.Rect(scene.Box{X0: b.X0 - 340, Y0: b.Y0, X1: min(b.X0+w+3*px, pageWidth-margin), Y1: b.Y1}, scene.Fill(scene.Ground))
	k.Text(t)
}

// arrivals prints below every column the dates of the first and the last
// arrival there, if all have room.
func (d *graphData) arrivals(k *columns) {
	set := []scene.Text{{At: scene.Point{X: margin}, S: "Arrivals"}}
	for c := 1; c < k.plan.Columns; c++ {
		var dates []string
		for _, t := range d.transfers {
			if t.date != "" && d.nodes[t.to].column == c {
				dates = append(dates, t.date)
			}
		}
		if len(dates) == 0 {
			continue
		}
		first, last := dates[0], dates[len(dates)-1]
		if first != last {
			first += "–"
			set = append(set, scene.Text{At: scene.Point{X: k.at[c], Y: pitch}, S: last})
		}
		set = append(set, scene.Text{At: scene.Point{X: k.at[c]}, S: first})
	}
	row := &scene.Placer{Bounds: scene.Box{X0: margin, Y0: k.y, X1: pageWidth - margin, Y1: k.y + 40*px}}
	for i := range set {
		set[i].At.Y += k.y + 14*px
		set[i].Size, set[i].Role = smallSize, scene.Muted
		if row.Place(set[i:i+1]) < 0 {
			return
		}
	}
	if len(set) > 1 {
		k.Items = append(k.Items, texts(set)...)
		k.y += 32 * px
	}
}

func texts(set []scene.Text) []scene.Item {
	out := make([]scene.Item, len(set))
	for i, t := range set {
		out[i] = t
	}
	return out
}

func (d *graphData) table() ([]string, [][]string) {
	var rows [][]string
	for i, n := range d.nodes {
		if n.Sub != "" || n.in == 0 {
			rows = append(rows, []string{n.Full, n.Kind.String(), "–", "–", dash(n.Sub), "–"})
		}
		for _, t := range d.transfers {
			if t.to == i {
				rows = append(rows, []string{n.Full, n.Kind.String(), d.nodes[t.from].Full, dash(t.date), t.amount(), t.grade.String()})
			}
		}
	}
	return []string{"Place", "Kind", "From", "Date", "Amount", "Known by"}, rows
}

package chart

import (
	"fmt"
	"math/big"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// Bars is a bar chart by category, usually the year, with the bars of a
// category split by certainty: stacked, or side by side where Grouped.
type Bars struct {
	Frame
	Head       string // column head of the categories in the table, "Year" if empty
	Grouped    bool
	Ticks      []Value // of the value axis, from [NiceTicks]; may be empty
	Categories []Category
}

// Category is one place on the axis. A category without parts is a gap and
// prints "no data". Total, where given, prints above a stack and must be the
// sum of its parts.
type Category struct {
	Label string
	Parts []Part
	Total Value
}

// Part is the share of one certainty; at most one a certainty and category.
type Part struct {
	Certainty Certainty
	Value     Value
}

// column is a parsed category: for each certainty a number (nil: none).
type column struct {
	label  string
	number [certainties]*big.Rat
	text   [certainties]string
	sum    *big.Rat // nil for a gap
	total  string
}

// NewBars draws a bar chart of at most 60 categories. Errors wrap [ErrEmpty],
// [ErrTooMany], [ErrAmount] or [ErrSum].
func NewBars(b Bars) (*Chart, error) {
	cols, most, err := b.columns()
	if err != nil {
		return nil, fmt.Errorf("bars: %w", err)
	}
	used := usedCertainties(cols)
	c := newCanvas(b.Frame)
	c.certaintyKey(used)
	p, err := c.newPlot(b.Ticks, most, room{head: headroom(len(cols)), height: 230 * px})
	if err != nil {
		return nil, fmt.Errorf("bars: %w", err)
	}
	if b.Grouped {
		groups := groupColumns(cols, used)
		p.groups(groups, used)
		p.barLabels(groups)
	} else {
		p.stacks(cols)
	}
	p.baseline()
	p.categories(labelsOf(cols))
	header, rows := b.table(cols, used)
	return c.finish(header, rows, "Bar chart"), nil
}

func (b Bars) columns() ([]column, *big.Rat, error) {
	if len(b.Categories) == 0 {
		return nil, nil, ErrEmpty
	}
	if len(b.Categories) > maxCategories {
		return nil, nil, fmt.Errorf("%d categories: %w", len(b.Categories), ErrTooMany)
	}
	most := new(big.Rat)
	cols := make([]column, len(b.Categories))
	for i, cat := range b.Categories {
		if err := cols[i].read(cat); err != nil {
			return nil, nil, fmt.Errorf("category %.40q: %w", cat.Label, err)
		}
		for _, n := range cols[i].number {
			if b.Grouped && n != nil && n.Cmp(most) > 0 {
				most = n
			}
		}
		if s := cols[i].sum; !b.Grouped && s != nil && s.Cmp(most) > 0 {
			most = s
		}
	}
	return cols, most, nil
}

func (k *column) read(cat Category) error {
	k.label = scene.Clean(cat.Label)
	for i, part := range cat.Parts {
		if part.Certainty >= certainties || k.number[part.Certainty] != nil {
			return fmt.Errorf("part %d: certainty unknown or given twice: %w", i+1, ErrAmount)
		}
		n, err := part.Value.number()
		if err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
		if n == nil {
			continue
		}
		if k.sum == nil {
			k.sum = new(big.Rat)
		}
		k.sum = new(big.Rat).Add(k.sum, n)
		k.number[part.Certainty], k.text[part.Certainty] = n, scene.Clean(part.Value.Label)
	}
	total, err := cat.Total.number()
	switch {
	case err != nil:
		return fmt.Errorf("total: %w", err)
	case total != nil && (k.sum == nil || total.Cmp(k.sum) != 0):
		return fmt.Errorf("total %s: %w", cat.Total.Amount, ErrSum)
	case total != nil:
		k.total = scene.Clean(cat.Total.Label)
	}
	return nil
}

func usedCertainties(cols []column) []Certainty {
	var used []Certainty
	for k := Official; k < certainties; k++ {
		for _, c := range cols {
			if c.number[k] != nil {
				used = append(used, k)
				break
			}
		}
	}
	return used
}

func (c *canvas) certaintyKey(used []Certainty) {
	var items []keyItem
	for _, k := range used {
		items = append(items, keyItem{name: k.String(), draw: func(b scene.Box) { c.swatch(b, k) }})
	}
	c.key(items)
}

func (b Bars) table(cols []column, used []Certainty) ([]string, [][]string) {
	head := b.Head
	if head == "" {
		head = "Year"
	}
	header, totals := []string{head}, false
	for _, k := range used {
		header = append(header, k.String())
	}
	for _, c := range cols {
		totals = totals || c.total != ""
	}
	if totals {
		header = append(header, "Total")
	}
	var rows [][]string
	for _, c := range cols {
		row := []string{c.label}
		for _, k := range used {
			row = append(row, cell(c.number[k] != nil, c.text[k], c.sum == nil))
		}
		if totals {
			row = append(row, cell(c.total != "", c.total, c.sum == nil))
		}
		rows = append(rows, row)
	}
	return header, rows
}

const noData = "no data"

func cell(has bool, text string, gap bool) string {
	switch {
	case has:
		return text
	case gap:
		return noData
	}
	return "–"
}

// stacks draws one stacked bar a column, then the labels of all.
func (p *plot) stacks(cols []column) {
	bars := make([]scene.Box, len(cols))
	parts := make([][]scene.Box, len(cols))
	for i, k := range cols {
		x0, x1 := p.slot(i, len(cols))
		half := min((x1-x0)*26/100, 32*px)
		bars[i] = scene.Box{X0: (x0+x1)/2 - half, Y0: p.area.Y1, X1: (x0+x1)/2 + half, Y1: p.area.Y1}
		if k.sum == nil {
			continue
		}
		parts[i] = p.stack(k, bars[i])
		bars[i].Y0 = p.y(k.sum)
		p.place.Block(bars[i])
	}
	p.gaps(len(cols), func(i int) bool { return cols[i].sum == nil })
	for i, k := range cols {
		if k.sum != nil {
			p.raise((bars[i].X0+bars[i].X1)/2, bars[i].Y0, bars[i].W()/2, k.top(), true)
		}
	}
	for i, k := range cols {
		end := p.area.X1
		if i+1 < len(cols) {
			end = bars[i+1].X0
		}
		if k.alone() == "" {
			p.partLabels(k, parts[i], end)
		}
	}
}

// top is the label above a stack: its total, or its only part.
func (k *column) top() string {
	if k.total != "" {
		return k.total
	}
	return k.alone()
}

// alone is the label of the only part that has one and so needs no second.
func (k *column) alone() string {
	text, n := "", 0
	for i, v := range k.number {
		if v != nil && (v.Sign() > 0 || k.sum.Sign() == 0) {
			text, n = k.text[i], n+1
		}
	}
	if n == 1 || k.sum != nil && k.sum.Sign() == 0 {
		return text
	}
	return ""
}

// stack draws the parts from the baseline up and returns their boxes.
func (p *plot) stack(k column, bar scene.Box) []scene.Box {
	parts := make([]scene.Box, certainties)
	at := new(big.Rat)
	for i, n := range k.number {
		if n == nil || n.Sign() == 0 {
			continue
		}
		foot := p.y(at)
		at = new(big.Rat).Add(at, n)
		b := scene.Box{X0: bar.X0, Y0: p.y(at), X1: bar.X1, Y1: foot}
		if foot < p.area.Y1 && b.H() > 3*px {
			b.Y1 -= px // a seam between the parts
		}
		b.Y0 = min(b.Y0, b.Y1-75)
		p.swatch(b, Certainty(i))
		parts[i] = b
	}
	return parts
}

// partLabels prints the value of each part inside it, else beside the bar.
func (p *plot) partLabels(k column, parts []scene.Box, end int) {
	var tops, heights []int
	var beside []int
	for i, b := range parts {
		if b.H() == 0 {
			continue
		}
		w := scene.Width(k.text[i], smallSize, false)
		if b.H() >= 15*px && w <= b.W()-px {
			p.inside(b, Certainty(i), k.text[i], w)
			continue
		}
		if w > end-b.X1-8*px {
			p.short = true
			continue
		}
		// Spread wants the order from top to bottom.
		beside = append([]int{i}, beside...)
		tops = append([]int{(b.Y0+b.Y1)/2 - 6*px}, tops...)
		heights = append(heights, 13*px)
	}
	for j, top := range scene.Spread(tops, heights, p.area.Y0, p.area.Y1) {
		b := parts[beside[j]]
		mid := (b.Y0 + b.Y1) / 2
		t := scene.Text{At: scene.Point{X: b.X1 + 6*px, Y: top + 10*px}, S: k.text[beside[j]], Size: smallSize, Role: scene.Ink}
		if !p.place.Free(t.Box()) {
			p.short = true
			continue
		}
		p.place.Block(t.Box())
		p.Line(scene.Line(scene.Muted, 60), scene.Point{X: b.X1, Y: mid}, scene.Point{X: b.X1 + 5*px, Y: top + 6*px})
		p.Text(t)
	}
}

func (p *plot) inside(b scene.Box, k Certainty, text string, w int) {
	x, y := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2+4*px
	if k == Analyst { // a plate keeps the hatch off the figures
		p.Rect(scene.Box{X0: x - w/2, Y0: y - 10*px, X1: x + w/2, Y1: y + 3*px}, scene.Fill(scene.AnalystFill))
	}
	p.Text(scene.Text{At: scene.Point{X: x, Y: y}, S: text, Size: smallSize, Anchor: scene.Middle, Role: inkOn(k)})
}

// groupColumns sets the certainties in use side by side. A certainty that a
// category with data lacks leaves its place empty.
func groupColumns(cols []column, used []Certainty) []group {
	groups := make([]group, len(cols))
	for i, c := range cols {
		for _, k := range used {
			groups[i] = append(groups[i], bar{number: c.number[k], text: c.text[k], none: c.number[k] == nil})
		}
	}
	return groups
}

func labelsOf(cols []column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.label
	}
	return out
}

// bar is a parsed value of a group.
type bar struct {
	number, low, high *big.Rat
	text              string
	none              bool // no bar belongs here, which is not a gap in the data
}

// group is the bars of one category.
type group []bar

func (g group) gap() bool {
	for _, b := range g {
		if b.number != nil {
			return false
		}
	}
	return true
}

// groups draws bars side by side and blocks their areas; the boxes of the
// bars are kept for their labels.
func (p *plot) groups(groups []group, styles []Certainty) {
	n := len(groups)
	for i, g := range groups {
		for j, b := range g {
			if b.number == nil {
				continue
			}
			x0, x1 := p.bar(i, n, j, len(g))
			box := scene.Box{X0: x0, Y0: p.y(b.number), X1: x1, Y1: p.area.Y1}
			if b.number.Sign() > 0 {
				box.Y0 = min(box.Y0, box.Y1-75)
				p.swatch(box, styles[j])
			}
			p.place.Block(box)
		}
	}
	p.whiskers(groups, func(i, j int) int {
		x0, x1 := p.bar(i, n, j, len(groups[i]))
		return (x0 + x1) / 2
	})
}

// bar is the stretch of bar j of m in category i of n.
func (p *plot) bar(i, n, j, m int) (x0, x1 int) {
	a, b := p.slot(i, n)
	inner := min((b-a)*76/100, m*44*px)
	left := (a + b - inner) / 2
	seam := min(2*px, inner/m/5)
	return left + inner*j/m, left + inner*(j+1)/m - seam
}

// barLabels prints the values above the bars, and the gaps.
func (p *plot) barLabels(groups []group) {
	n := len(groups)
	p.gaps(n, func(i int) bool { return groups[i].gap() })
	for i, g := range groups {
		for j, b := range g {
			x0, x1 := p.bar(i, n, j, len(g))
			switch {
			case b.number != nil:
				top := p.y(b.number)
				if b.high != nil {
					top = min(top, p.y(b.high)-px)
				}
				p.raise((x0+x1)/2, top, (x1-x0)/2, b.text, false)
			case !b.none && !g.gap():
				p.gap(x0, x1)
			}
		}
	}
}

package chart

import (
	"fmt"
	"math/big"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// Series are values by year or another sequence of categories: lines with
// points, or bars side by side, against reference lines such as a cap.
type Series struct {
	Frame
	Head       string // column head of the categories in the table, "Year" if empty
	Bars       bool   // bars from zero, not lines
	Ticks      []Value
	Categories []string
	Lines      []SeriesLine
	References []Reference
}

// SeriesLine is one measure. Claimed values, which a party states and nobody
// has confirmed, are drawn in outline; reported ones are solid.
type SeriesLine struct {
	Name    string
	Claimed bool
	Points  []Point // one a category; a gap where the amount is empty
}

// Point is a value with, where the sources differ, the range of the others;
// Low and High are given together.
type Point struct {
	Value
	Low, High Value
}

// Reference is a level that values are held against. From and To are the
// first and last category it is in force for; all where empty.
type Reference struct {
	Name     string
	Value    Value
	From, To string
}

type level struct {
	number   *big.Rat
	from, to int // categories, inclusive
}

// NewSeries draws at most five lines over at most 60 categories. Errors wrap
// [ErrEmpty], [ErrTooMany], [ErrAmount] or [ErrReference].
func NewSeries(s Series) (*Chart, error) {
	groups, levels, most, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	c := newCanvas(s.Frame)
	take := room{head: headroom(len(groups) * len(s.Lines) / 2), height: endHeight(230*px, len(s.Lines)+len(levels))}
	if names := s.ends(); len(names) > 0 {
		take.right = endRoom(names)
	}
	if s.Bars {
		c.seriesKey(s.Lines)
	}
	p, err := c.newPlot(s.Ticks, most, take)
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	var ends []endLabel
	if s.Bars {
		p.groups(groups, barStyles(s.Lines))
	} else {
		ends = p.lines(s.Lines, groups)
	}
	ends = append(ends, p.references(s, levels)...)
	p.endLabels(ends)
	if s.Bars {
		p.barLabels(groups)
	} else {
		p.pointLabels(groups)
	}
	p.baseline()
	p.categories(cleanAll(s.Categories))
	header, rows := s.table()
	return c.finish(header, rows, "Series"), nil
}

// ends lists the texts that stand right of the plot.
func (s Series) ends() []string {
	var out []string
	if !s.Bars {
		for _, l := range s.Lines {
			out = append(out, l.Name)
		}
	}
	for _, r := range s.References {
		out = append(out, r.Name, r.Value.Label)
	}
	return out
}

func (s Series) read() ([]group, []level, *big.Rat, error) {
	n := len(s.Categories)
	switch {
	case n == 0 || len(s.Lines) == 0:
		return nil, nil, nil, ErrEmpty
	case n > maxCategories || len(s.Lines) > maxLines || len(s.References) > maxLines:
		return nil, nil, nil, fmt.Errorf("%d categories, %d lines, %d references: %w", n, len(s.Lines), len(s.References), ErrTooMany)
	}
	groups, most := make([]group, n), new(big.Rat)
	for _, l := range s.Lines {
		if len(l.Points) != n {
			return nil, nil, nil, fmt.Errorf("line %.40q: %d points for %d categories: %w", l.Name, len(l.Points), n, ErrReference)
		}
		for i, pt := range l.Points {
			b, err := pt.read()
			if err != nil {
				return nil, nil, nil, fmt.Errorf("line %.40q: %.40q: %w", l.Name, s.Categories[i], err)
			}
			groups[i] = append(groups[i], b)
			most = larger(larger(most, b.number), b.high)
		}
	}
	var levels []level
	for _, r := range s.References {
		v, err := r.level(s.Categories)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("reference %.40q: %w", r.Name, err)
		}
		levels = append(levels, v)
		most = larger(most, v.number)
	}
	return groups, levels, most, nil
}

// larger is the larger of two numbers; nil counts as none.
func larger(a, b *big.Rat) *big.Rat {
	if b != nil && b.Cmp(a) > 0 {
		return b
	}
	return a
}

func (pt Point) read() (bar, error) {
	b := bar{text: scene.Clean(pt.Label)}
	for _, f := range []struct {
		to   **big.Rat
		from Value
	}{{&b.number, pt.Value}, {&b.low, pt.Low}, {&b.high, pt.High}} {
		n, err := f.from.number()
		if err != nil {
			return b, err
		}
		*f.to = n
	}
	if (b.low == nil) != (b.high == nil) || b.low != nil && (b.number == nil || b.low.Cmp(b.high) > 0) {
		return b, fmt.Errorf("range needs a value, a low and a high in order: %w", ErrAmount)
	}
	return b, nil
}

func (r Reference) level(categories []string) (level, error) {
	n, err := r.Value.number()
	if err != nil || n == nil {
		return level{}, errOr(err, ErrAmount)
	}
	v := level{number: n, to: len(categories) - 1}
	for _, end := range []struct {
		name string
		at   *int
	}{{r.From, &v.from}, {r.To, &v.to}} {
		if end.name == "" {
			continue
		}
		if *end.at = indexOf(categories, end.name); *end.at < 0 {
			return v, fmt.Errorf("no category %.40q: %w", end.name, ErrReference)
		}
	}
	if v.from > v.to {
		return v, fmt.Errorf("ends before it begins: %w", ErrReference)
	}
	return v, nil
}

func indexOf(list []string, s string) int {
	for i, v := range list {
		if v == s {
			return i
		}
	}
	return -1
}

func cleanAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = scene.Clean(s)
	}
	return out
}

// barStyles puts the lines of a bar chart into the certainty code: solid for
// reported values, outline for claimed ones.
func barStyles(lines []SeriesLine) []Certainty {
	out := make([]Certainty, len(lines))
	reported, claimed := 0, 0
	for i, l := range lines {
		if l.Claimed {
			out[i] = [...]Certainty{Suspected, Disputed}[claimed%2]
			claimed++
		} else {
			out[i] = [...]Certainty{Official, Panel, Analyst}[reported%3]
			reported++
		}
	}
	return out
}

func (c *canvas) seriesKey(lines []SeriesLine) {
	var items []keyItem
	for i, k := range barStyles(lines) {
		items = append(items, keyItem{name: lines[i].Name, draw: func(b scene.Box) { c.swatch(b, k) }})
	}
	c.key(items)
}

// lines draws the lines with their points and returns the labels of the ends.
func (p *plot) lines(lines []SeriesLine, groups []group) []endLabel {
	var ends []endLabel
	for i, l := range lines {
		st := lineStyles[i]
		if l.Claimed && st.Dash == scene.Solid {
			st.Dash = scene.Dashed
		}
		end := endLabel{y: p.area.Y1, x: -1, style: st, name: l.Name, points: true, hollow: l.Claimed}
		var runs [][]scene.Point
		var run []scene.Point
		for j, g := range groups {
			if g[i].number == nil {
				runs, run = append(runs, run), nil
				continue
			}
			x0, x1 := p.slot(j, len(groups))
			at := scene.Point{X: (x0 + x1) / 2, Y: p.y(g[i].number)}
			run = append(run, at)
			end.x, end.y = at.X, at.Y
		}
		runs = append(runs, run)
		ends = append(ends, end)
		p.Lines(st, runs...)
		for _, r := range runs {
			p.place.Line(r...)
			for _, at := range r {
				p.dot(at, st.Stroke, l.Claimed)
				p.place.Block(scene.Box{X0: at.X, Y0: at.Y, X1: at.X, Y1: at.Y}.Grow(4 * px))
			}
		}
	}
	p.whiskers(groups, func(i, _ int) int {
		x0, x1 := p.slot(i, len(groups))
		return (x0 + x1) / 2
	})
	p.gaps(len(groups), func(i int) bool { return groups[i].gap() })
	return ends
}

// dot marks a point: a disc, or a ring where the value is only claimed.
func (p *plot) dot(at scene.Point, role scene.Role, hollow bool) {
	if hollow {
		p.Circle(at, 320, scene.Style{Fill: scene.Ground, Stroke: role, Width: 140})
		return
	}
	p.Circle(at, 350, scene.Fill(role))
}

// whiskers draws the ranges as vertical lines with ends.
func (p *plot) whiskers(groups []group, x func(i, j int) int) {
	for i, g := range groups {
		for j, b := range g {
			if b.low == nil {
				continue
			}
			c, lo, hi := x(i, j), p.y(b.low), p.y(b.high)
			const half = 350
			p.Lines(scene.Line(scene.Ink, 110),
				[]scene.Point{{X: c, Y: lo}, {X: c, Y: hi}},
				[]scene.Point{{X: c - half, Y: lo}, {X: c + half, Y: lo}},
				[]scene.Point{{X: c - half, Y: hi}, {X: c + half, Y: hi}})
			p.place.Block(scene.Box{X0: c - half, Y0: hi - px, X1: c + half, Y1: lo + px})
		}
	}
}

// references draws the levels and returns their labels.
func (p *plot) references(s Series, levels []level) []endLabel {
	var ends []endLabel
	st := scene.Style{Stroke: scene.Orange, Width: 160, Dash: scene.DashDot}
	for i, v := range levels {
		x0, _ := p.slot(v.from, len(s.Categories))
		_, x1 := p.slot(v.to, len(s.Categories))
		y := p.y(v.number)
		a, b := scene.Point{X: x0, Y: y}, scene.Point{X: x1, Y: y}
		p.Line(st, a, b)
		p.place.Line(a, b)
		ends = append(ends, endLabel{y: y, x: x1, style: st, name: s.References[i].Name, value: s.References[i].Value.Label})
	}
	return ends
}

// pointLabels prints the values beside their points.
func (p *plot) pointLabels(groups []group) {
	for i, g := range groups {
		for _, b := range g {
			if b.number == nil {
				continue
			}
			x0, x1 := p.slot(i, len(groups))
			x, y := (x0+x1)/2, p.y(b.number)
			hi, lo := y, y
			if b.low != nil {
				hi, lo = min(y, p.y(b.high)), max(y, p.y(b.low))
			}
			t := scene.Text{At: scene.Point{X: x, Y: hi - 7*px}, S: b.text, Size: smallSize, Anchor: scene.Middle, Role: scene.Ink}
			all := []scene.Text{t}
			for _, c := range []struct {
				dx, y  int
				anchor scene.Anchor
			}{
				{0, lo + 15*px, scene.Middle},
				{5 * px, hi - 5*px, scene.Start},
				{-5 * px, hi - 5*px, scene.End},
				{5 * px, lo + 13*px, scene.Start},
				{-5 * px, lo + 13*px, scene.End},
				{7 * px, y + 4*px, scene.Start},
				{-7 * px, y + 4*px, scene.End},
			} {
				t.At, t.Anchor = scene.Point{X: x + c.dx, Y: c.y}, c.anchor
				all = append(all, t)
			}
			if k := p.place.Place(all); k >= 0 {
				p.plate(all[k])
			} else {
				p.short = true
			}
		}
	}
}

func (s Series) table() ([]string, [][]string) {
	head := s.Head
	if head == "" {
		head = "Year"
	}
	header := []string{head}
	for _, l := range s.Lines {
		header = append(header, scene.Clean(l.Name))
	}
	for _, r := range s.References {
		header = append(header, scene.Clean(r.Name))
	}
	var rows [][]string
	for i, k := range s.Categories {
		row := []string{scene.Clean(k)}
		for _, l := range s.Lines {
			row = append(row, l.Points[i].print())
		}
		for _, r := range s.References {
			v, _ := r.level(s.Categories) // read without error before
			row = append(row, cell(i >= v.from && i <= v.to, scene.Clean(r.Value.Label), false))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// print is the point as the table shows it.
func (pt Point) print() string {
	s := cell(pt.Amount != "", scene.Clean(pt.Label), true)
	if pt.Low.Amount != "" {
		s += " (" + scene.Clean(pt.Low.Label) + "–" + scene.Clean(pt.High.Label) + ")"
	}
	return s
}

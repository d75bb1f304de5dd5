package chart

import (
	"fmt"
	"math/big"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// Curves are cumulative step curves over time, one a view, with marks of
// events along the time axis.
type Curves struct {
	Frame
	From, To string  // first and last date of the axis; the years of the data if empty
	Ticks    []Value // of the value axis, from [NiceTicks]; may be empty
	Lines    []Curve // first the most careful view
	Marks    []Mark
}

// Curve is one view. Its name and last value print at its end.
type Curve struct {
	Name  string
	Steps []Step // in order of date
}

// Step is the running total reached on a date. A step known to the month or
// the year is drawn at its last possible day with a tail back to the first.
// An empty amount interrupts the curve.
type Step struct {
	Date  string
	Value Value
}

// Mark is an event on the time axis; its label may be empty.
type Mark struct {
	Kind  EventKind
	Date  string
	Label string
}

// lineStyles tell lines apart by colour, dash and width, in order.
var lineStyles = [maxLines]scene.Style{
	{Stroke: scene.Official, Width: 240},
	{Stroke: scene.Panel, Width: 200, Dash: scene.Dashed},
	{Stroke: scene.AnalystEdge, Width: 200, Dash: scene.Dotted},
	{Stroke: scene.Orange, Width: 180, Dash: scene.DashDot},
	{Stroke: scene.Green, Width: 120},
}

type curveStep struct {
	days   span
	number *big.Rat
}

type curveData struct {
	lines [][]curveStep
	marks []span
	days  span
	most  *big.Rat
}

// endRoom is the width to keep right of the plot for texts at line ends.
func endRoom(texts []string) int {
	w := 0
	for _, s := range texts {
		w = max(w, scene.Width(scene.Clean(s), labelSize, true))
	}
	return 32*px + min(w, 125*px)
}

// endHeight is the height that n labels at line ends need at most, at least
// the least given.
func endHeight(least, n int) int { return max(least, n*46*px) }

// NewCurves draws at most five curves. Errors wrap [ErrEmpty], [ErrTooMany],
// [ErrAmount] or [ErrDate].
func NewCurves(v Curves) (*Chart, error) {
	d, err := v.read()
	if err != nil {
		return nil, fmt.Errorf("curves: %w", err)
	}
	c := newCanvas(v.Frame)
	p, err := c.newPlot(v.Ticks, d.most, room{head: 16 * px, height: endHeight(250*px, len(v.Lines)), right: endRoom(v.ends())})
	if err != nil {
		return nil, fmt.Errorf("curves: %w", err)
	}
	t := timeScale{days: d.days, x0: p.area.X0, x1: p.area.X1}
	p.testLines(t, v.Marks, d.marks)
	ends := make([]endLabel, len(v.Lines))
	for i := len(v.Lines) - 1; i >= 0; i-- { // the most careful view on top
		y := p.steps(t, d.lines[i], lineStyles[i])
		ends[i] = endLabel{x: p.area.X1, y: y, style: lineStyles[i], name: v.Lines[i].Name, value: lastLabel(v.Lines[i])}
	}
	p.endLabels(ends)
	strips := inStrips(d.days, v.Marks, d.marks)
	bottom := p.area.Y1 + len(strips)*stripHeight
	c.timeAxis(t, p.area.Y1, bottom)
	p.baseline()
	for i, s := range strips {
		p.strip(t, s, v.Marks, d.marks, p.area.Y1+i*stripHeight)
	}
	c.y = bottom + 20*px
	header, rows := v.table()
	return c.finish(header, rows, "Cumulative curves"), nil
}

// ends lists the texts that stand right of the plot.
func (v Curves) ends() []string {
	var out []string
	for _, l := range v.Lines {
		out = append(out, l.Name, lastLabel(l))
	}
	for _, m := range v.Marks {
		out = append(out, m.Kind.String())
	}
	return out
}

func lastLabel(c Curve) string {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		if c.Steps[i].Value.Amount != "" {
			return c.Steps[i].Value.Label
		}
	}
	return noData
}

func (v Curves) read() (curveData, error) {
	d := curveData{most: new(big.Rat)}
	if len(v.Lines) > maxLines || len(v.Marks) > maxEvents {
		return d, fmt.Errorf("%d curves, %d marks: %w", len(v.Lines), len(v.Marks), ErrTooMany)
	}
	var all bounds
	for _, l := range v.Lines {
		steps, err := l.read(&d, &all)
		if err != nil {
			return d, fmt.Errorf("curve %.40q: %w", l.Name, err)
		}
		d.lines = append(d.lines, steps)
	}
	for i, m := range v.Marks {
		days, err := parseDate(m.Date)
		if err != nil {
			return d, fmt.Errorf("mark %d: %w", i+1, err)
		}
		if m.Kind >= eventKinds {
			return d, fmt.Errorf("mark %d: kind %d: %w", i+1, m.Kind, ErrReference)
		}
		d.marks = append(d.marks, days)
	}
	var err error
	d.days, err = all.axis(v.From, v.To)
	return d, err
}

func (c Curve) read(d *curveData, all *bounds) ([]curveStep, error) {
	if len(c.Steps) > maxSteps {
		return nil, fmt.Errorf("%d steps: %w", len(c.Steps), ErrTooMany)
	}
	var out []curveStep
	for i, s := range c.Steps {
		days, err := parseDate(s.Date)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		if i > 0 && days.to < out[i-1].days.to {
			return nil, fmt.Errorf("step %d: %s is before the step above it: %w", i+1, s.Date, ErrDate)
		}
		n, err := s.Value.number()
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		if n != nil && n.Cmp(d.most) > 0 {
			d.most = n
		}
		all.add(days)
		out = append(out, curveStep{days: days, number: n})
	}
	return out, nil
}

// bounds gathers the stretch that data cover.
type bounds struct {
	span
	any bool
}

func (b *bounds) add(s span) {
	if !b.any {
		b.span, b.any = s, true
	}
	b.from, b.to = min(b.from, s.from), max(b.to, s.to)
}

// axis is the stretch to draw: as asked for, else the full years of the data.
func (b *bounds) axis(from, to string) (span, error) {
	out := wholeYears(b.span)
	for _, s := range [...]struct {
		date string
		set  func(span)
	}{{from, func(d span) { out.from = d.from }}, {to, func(d span) { out.to = d.to }}} {
		if s.date == "" {
			if !b.any {
				return out, ErrEmpty
			}
			continue
		}
		d, err := parseDate(s.date)
		if err != nil {
			return out, fmt.Errorf("axis: %w", err)
		}
		s.set(d)
	}
	if out.to-out.from < 1 {
		return out, fmt.Errorf("axis ends before it begins: %w", ErrDate)
	}
	return out, nil
}

// steps draws one curve and returns the height it ends at.
func (p *plot) steps(t timeScale, steps []curveStep, st scene.Style) int {
	y := p.area.Y1
	var run []scene.Point
	var runs [][]scene.Point
	for _, s := range steps {
		x := t.x(s.days.to - 1)
		if len(run) > 0 {
			run = append(run, scene.Point{X: x, Y: y})
		}
		if s.number == nil {
			runs, run = append(runs, run), nil
			continue
		}
		if len(run) == 0 {
			run = append(run, scene.Point{X: x, Y: y})
		}
		y = p.y(s.number)
		run = append(run, scene.Point{X: x, Y: y})
		if x0 := t.x(s.days.from); !s.days.exact() && x0 < x {
			p.Line(scene.Line(st.Stroke, 80), scene.Point{X: x0, Y: y - 3*px}, scene.Point{X: x0, Y: y + 3*px})
			p.Line(scene.Line(st.Stroke, 80), scene.Point{X: x0, Y: y}, scene.Point{X: x, Y: y})
		}
	}
	if len(run) > 0 {
		runs = append(runs, append(run, scene.Point{X: p.area.X1, Y: y}))
	}
	p.Lines(st, runs...)
	return y
}

// endLabel names a line at its right end, beside a sample of its stroke.
type endLabel struct {
	x, y        int // where the line ends
	style       scene.Style
	points      bool // the line has points; rings where hollow
	hollow      bool
	name, value string
}

// endLabels prints the labels in the room right of the plot, spread so that
// they keep apart, in the order of their heights.
func (p *plot) endLabels(ends []endLabel) {
	order := make([]int, len(ends))
	for i := range order {
		order[i] = i
	}
	for i := 1; i < len(order); i++ { // insertion sort: few, and stable
		for j := i; j > 0 && ends[order[j]].y < ends[order[j-1]].y; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
	x := p.area.X1 + 30*px
	room := pageWidth - margin - x
	tops, heights := make([]int, len(ends)), make([]int, len(ends))
	lines := make([][]string, len(ends))
	for k, i := range order {
		lines[k] = scene.Wrap(ends[i].name, labelSize, false, room, 2)
		heights[k] = len(lines[k])*14*px + 3*px
		if ends[i].value != "" {
			heights[k] += 14 * px
		}
		tops[k] = ends[i].y - 7*px
	}
	for k, top := range scene.Spread(tops, heights, p.area.Y0-6*px, p.area.Y1) {
		e := ends[order[k]]
		mid := top + 7*px
		sample := []scene.Point{{X: p.area.X1 + 8*px, Y: mid}, {X: p.area.X1 + 26*px, Y: mid}}
		if e.x == p.area.X1 { // the line reaches the edge and runs on to its name
			sample = append([]scene.Point{{X: e.x, Y: e.y}}, sample...)
		}
		p.Line(e.style, sample...)
		if e.points {
			p.dot(scene.Point{X: p.area.X1 + 17*px, Y: mid}, e.style.Stroke, e.hollow)
		}
		at := scene.Point{X: x, Y: mid + 4*px}
		if e.value != "" {
			p.Text(scene.Text{At: at, S: scene.Fit(e.value, labelSize, true, room), Size: labelSize, Bold: true, Role: scene.Ink})
			at.Y += 14 * px
		}
		for _, s := range lines[k] {
			p.Text(scene.Text{At: at, S: s, Size: labelSize, Role: scene.Ink})
			at.Y += 14 * px
		}
	}
}

// testLines carries nuclear tests through the plot, behind the curves.
func (p *plot) testLines(t timeScale, marks []Mark, days []span) {
	for i, m := range marks {
		if x := t.mid(days[i]); m.Kind == NuclearTest && days[i].from >= t.days.from && days[i].to <= t.days.to {
			p.Line(scene.Style{Stroke: scene.Orange, Width: 80, Dash: scene.Dotted}, scene.Point{X: x, Y: p.area.Y0}, scene.Point{X: x, Y: p.area.Y1})
		}
	}
}

const stripHeight = 18 * px

// inStrips sorts the marks that the axis shows by kind.
func inStrips(axis span, marks []Mark, days []span) [][]int {
	var byKind [eventKinds][]int
	for i, m := range marks {
		if days[i].from >= axis.from && days[i].to <= axis.to {
			byKind[m.Kind] = append(byKind[m.Kind], i)
		}
	}
	var out [][]int
	for _, s := range byKind {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

// strip draws the marks of one kind in a row below the axis.
func (p *plot) strip(t timeScale, shown []int, marks []Mark, days []span, y int) {
	kind := marks[shown[0]].Kind
	place := scene.Placer{Bounds: scene.Box{X0: p.area.X0, Y0: y, X1: p.area.X1, Y1: y + stripHeight}}
	for _, i := range shown {
		place.Block(p.mark(t, kind, days[i], y+9*px))
	}
	p.Text(scene.Text{At: scene.Point{X: p.area.X1 + 10*px, Y: y + 13*px}, S: kind.String(), Size: labelSize, Role: scene.Ink})
	for _, i := range shown {
		p.markLabel(&place, t.mid(days[i]), y+13*px, marks[i].Label)
	}
}

func (p *plot) markLabel(strip *scene.Placer, x, y int, label string) {
	right := scene.Text{At: scene.Point{X: x + 8*px, Y: y}, S: scene.Clean(label), Size: smallSize, Role: scene.Muted}
	left := right
	left.At.X, left.Anchor = x-8*px, scene.End
	both := []scene.Text{right, left}
	if k := strip.Place(both); k >= 0 {
		p.plate(both[k])
	} else {
		p.short = p.short || right.S != ""
	}
}

func (v Curves) table() ([]string, [][]string) {
	var rows [][]string
	for _, l := range v.Lines {
		for _, s := range l.Steps {
			label := scene.Clean(s.Value.Label)
			if s.Value.Amount == "" {
				label = noData
			}
			rows = append(rows, []string{scene.Clean(l.Name), s.Date, label})
		}
	}
	for _, m := range v.Marks {
		rows = append(rows, []string{m.Kind.String(), m.Date, scene.Clean(m.Label)})
	}
	return []string{"View or event", "Date", "Value"}, rows
}

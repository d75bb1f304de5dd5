package chart

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// maxBands is how many fills are told apart without colour.
const maxBands = 3

// Stack is amounts that change on single days and add up: bands one upon the
// other over true time, such as the measures in force by their legal nature.
// What begins at a step is named above it; what ends is marked below the axis.
type Stack struct {
	Frame
	From, To string   // first and last date of the axis; the years of the data if empty
	Ticks    []Value  // of the value axis, from [NiceTicks]; may be empty
	Bands    []string // names, from the bottom; at most three
	Steps    []Stacked
	Ended    string // what the marks below the axis mean
}

// Stacked is what holds from a day on, until the next one: a value for each band
// and their total, which must be the sum. Begun names what began on that day,
// End what ended; both may be empty.
type Stacked struct {
	Date       string // YYYY-MM-DD
	Values     []Value
	Total      Value
	Begun, End string
}

// bandStyle is how a band is filled and edged.
type bandStyle struct {
	fill, edge scene.Role
	hatch      bool
	dash       scene.Dash
}

// bandStyles tell bands apart by fill and edge: solid, hatched, empty.
var bandStyles = [maxBands]bandStyle{
	{fill: scene.Blue, edge: scene.Blue},
	{edge: scene.Orange, hatch: true},
	{edge: scene.Ink, dash: scene.Dotted},
}

// plateau is a parsed step: from and to are days, tops the sums up to each band.
type plateau struct {
	span
	tops []*big.Rat
}

// NewStack draws at most three bands. Errors wrap [ErrEmpty], [ErrTooMany],
// [ErrAmount], [ErrDate], [ErrSum] or [ErrReference].
func NewStack(s Stack) (*Chart, error) {
	steps, days, most, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("stack: %w", err)
	}
	c := newCanvas(s.Frame)
	p, err := c.newPlot(s.Ticks, most, room{head: 34 * px, height: endHeight(250*px, len(s.Bands)), right: endRoom(append(s.endTexts(), s.Ended))})
	if err != nil {
		return nil, fmt.Errorf("stack: %w", err)
	}
	t := timeScale{days: days, x0: p.area.X0, x1: p.area.X1}
	boxes := p.bands(t, steps)
	p.bandEnds(s, boxes[len(boxes)-1])
	p.begun(t, s, steps, boxes)
	bottom := p.area.Y1
	if s.anyEnd() {
		bottom += stripHeight
	}
	c.timeAxis(t, p.area.Y1, bottom)
	p.baseline()
	if s.anyEnd() {
		p.ended(t, s, steps)
	}
	c.y = bottom + 20*px
	header, rows := s.table()
	return c.finish(header, rows, "Stacked steps"), nil
}

func (s Stack) anyEnd() bool {
	for _, x := range s.Steps {
		if scene.Clean(x.End) != "" {
			return true
		}
	}
	return false
}

// read parses the steps in order; each lasts until the next, the last until the
// end of the axis.
func (s Stack) read() (steps []plateau, axis span, most *big.Rat, err error) {
	most = new(big.Rat)
	switch {
	case len(s.Steps) == 0 || len(s.Bands) == 0:
		return nil, axis, nil, ErrEmpty
	case len(s.Steps) > maxSteps || len(s.Bands) > maxBands:
		return nil, axis, nil, fmt.Errorf("%d steps of %d bands: %w", len(s.Steps), len(s.Bands), ErrTooMany)
	}
	var all bounds
	for i, x := range s.Steps {
		k, err := x.read(len(s.Bands))
		if err == nil && i > 0 && k.from <= steps[i-1].from {
			err = fmt.Errorf("not after the step before it: %w", ErrDate)
		}
		if err != nil {
			return nil, axis, nil, fmt.Errorf("step %d, %.40q: %w", i+1, x.Date, err)
		}
		all.add(k.span)
		most = larger(most, k.tops[len(k.tops)-1])
		steps = append(steps, k)
	}
	if axis, err = all.axis(s.From, s.To); err != nil {
		return nil, axis, nil, err
	}
	for i := range steps {
		steps[i].to = axis.to
		if i+1 < len(steps) {
			steps[i].to = steps[i+1].from
		}
	}
	return steps, axis, most, nil
}

func (x Stacked) read(bands int) (plateau, error) {
	days, err := parseDate(x.Date)
	if err != nil {
		return plateau{}, err
	}
	if !days.exact() {
		return plateau{}, fmt.Errorf("want a day: %w", ErrDate)
	}
	if len(x.Values) != bands {
		return plateau{}, fmt.Errorf("%d values for %d bands: %w", len(x.Values), bands, ErrReference)
	}
	k := plateau{span: days}
	sum := new(big.Rat)
	for i, v := range x.Values {
		n, err := v.number()
		if err != nil || n == nil {
			return k, fmt.Errorf("band %d: %w", i+1, errOr(err, ErrAmount))
		}
		sum = new(big.Rat).Add(sum, n)
		k.tops = append(k.tops, sum)
	}
	total, err := x.Total.number()
	switch {
	case err != nil:
		return k, fmt.Errorf("total: %w", err)
	case total != nil && total.Cmp(sum) != 0:
		return k, fmt.Errorf("total %s: %w", x.Total.Amount, ErrSum)
	}
	return k, nil
}

// bands fills the bands from step to step and edges them; it returns the boxes
// by step and band. A step that lies off the axis has empty boxes.
func (p *plot) bands(t timeScale, steps []plateau) [][]scene.Box {
	boxes := make([][]scene.Box, len(steps))
	for i, k := range steps {
		x0, x1, foot := t.x(k.from), t.x(k.to), p.area.Y1
		for b, top := range k.tops {
			box := scene.Box{X0: x0, Y0: p.y(top), X1: x1, Y1: foot}
			foot = box.Y0
			boxes[i] = append(boxes[i], box)
			if box.W() == 0 || box.H() == 0 {
				continue
			}
			if st := bandStyles[b]; st.hatch {
				p.Hatch(box, 6*px, scene.Line(st.edge, 90))
			}
		}
		p.place.Block(scene.Box{X0: x0, Y0: foot, X1: x1, Y1: p.area.Y1})
	}
	for b := range steps[0].tops {
		if st := bandStyles[b]; st.fill != scene.None {
			p.Polygon(scene.Fill(st.fill), outline(boxes, b)...)
		}
		p.edge(boxes, b)
	}
	return boxes
}

// outline goes along the tops of a band and back along its feet: drawn box by
// box, a solid band would show seams.
func outline(boxes [][]scene.Box, b int) []scene.Point {
	var tops, feet []scene.Point
	for _, k := range boxes {
		tops = append(tops, scene.Point{X: k[b].X0, Y: k[b].Y0}, scene.Point{X: k[b].X1, Y: k[b].Y0})
		feet = append(feet, scene.Point{X: k[b].X0, Y: k[b].Y1}, scene.Point{X: k[b].X1, Y: k[b].Y1})
	}
	slices.Reverse(feet)
	return append(tops, feet...)
}

// edge draws the upper edge of a band where the band has any height.
func (p *plot) edge(boxes [][]scene.Box, b int) {
	var runs [][]scene.Point
	var run []scene.Point
	for _, k := range boxes {
		box := k[b]
		if box.W() == 0 {
			continue
		}
		if box.H() == 0 {
			runs, run = append(runs, run), nil
			continue
		}
		run = append(run, scene.Point{X: box.X0, Y: box.Y0}, scene.Point{X: box.X1, Y: box.Y0})
	}
	st := bandStyles[b]
	p.Lines(scene.Style{Stroke: st.edge, Width: 140, Dash: st.dash}, append(runs, run)...)
}

// bandEnds names the bands at the right end, with their last values.
func (p *plot) bandEnds(s Stack, last []scene.Box) {
	var ends []endLabel
	for b, name := range s.Bands {
		st := bandStyles[b]
		ends = append(ends, endLabel{
			x: p.area.X1, y: (last[b].Y0 + last[b].Y1) / 2, name: name, value: s.Steps[len(s.Steps)-1].Values[b].Label,
			style: scene.Style{Stroke: st.edge, Width: 160, Dash: st.dash},
		})
	}
	p.endLabels(ends)
}

// begun names what began, left of its step or lifted over it.
func (p *plot) begun(t timeScale, s Stack, steps []plateau, boxes [][]scene.Box) {
	for i, k := range steps {
		text := scene.Clean(s.Steps[i].Begun)
		if text == "" || k.from < t.days.from || k.from >= t.days.to {
			continue
		}
		x, y := t.x(k.from), boxes[i][len(s.Bands)-1].Y0
		side := scene.Text{At: scene.Point{X: x - 4*px, Y: y + 9*px}, S: text, Size: smallSize, Anchor: scene.End, Role: scene.Ink}
		above := side
		above.At = scene.Point{X: x + 2*px, Y: y - 4*px}
		both := []scene.Text{side, above}
		if j := p.place.Place(both); j >= 0 {
			p.plate(both[j])
			continue
		}
		p.raise(x, y, 0, text, false)
	}
}

// ended marks, in a row below the axis, the days on which something ended.
func (p *plot) ended(t timeScale, s Stack, steps []plateau) {
	y := p.area.Y1
	strip := scene.Placer{Bounds: scene.Box{X0: p.area.X0, Y0: y, X1: p.area.X1, Y1: y + stripHeight}}
	shown := func(yield func(x int, label string)) {
		for i, k := range steps {
			if label := scene.Clean(s.Steps[i].End); label != "" && k.from >= t.days.from && k.from < t.days.to {
				yield(t.x(k.from), label)
			}
		}
	}
	shown(func(x int, _ string) {
		p.Polygon(scene.Style{Fill: scene.Ground, Stroke: scene.Ink, Width: 120},
			scene.Point{X: x - 4*px, Y: y + 6*px}, scene.Point{X: x + 4*px, Y: y + 6*px}, scene.Point{X: x, Y: y + 13*px})
		strip.Block(scene.Box{X0: x - 5*px, Y0: y + 4*px, X1: x + 5*px, Y1: y + 15*px})
	})
	shown(func(x int, label string) { p.markLabel(&strip, x, y+13*px, label) })
	name := scene.Text{At: scene.Point{X: p.area.X1 + 10*px, Y: y + 13*px}, S: scene.Fit(s.Ended, labelSize, false, pageWidth-margin-p.area.X1-10*px), Size: labelSize, Role: scene.Ink}
	p.Text(name)
}

// table gives every step, with what began and what ended.
func (s Stack) table() ([]string, [][]string) {
	header := []string{"From"}
	for _, b := range s.Bands {
		header = append(header, scene.Clean(b))
	}
	header = append(header, "All", "Begun", "Ended")
	var rows [][]string
	for _, x := range s.Steps {
		row := []string{x.Date}
		for _, v := range x.Values {
			row = append(row, scene.Clean(v.Label))
		}
		row = append(row, cell(x.Total.Amount != "", scene.Clean(x.Total.Label), false))
		for _, what := range []string{x.Begun, x.End} {
			row = append(row, cell(strings.TrimSpace(what) != "", scene.Clean(what), false))
		}
		rows = append(rows, row)
	}
	return header, rows
}

// endTexts are the texts that stand right of the plot.
func (s Stack) endTexts() []string {
	out := append([]string(nil), s.Bands...)
	for _, v := range s.Steps[len(s.Steps)-1].Values {
		out = append(out, v.Label)
	}
	return out
}

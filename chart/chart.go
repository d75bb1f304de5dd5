// Package chart draws the charts of a sanctions report: bars by category and
// certainty ([NewBars]), cumulative curves by view ([NewCurves]), yearly
// series against a cap ([NewSeries]), stacks that change in steps ([NewStack]),
// timelines ([NewTimeline]), where traced value went ([NewFlows]) and who paid
// whom on the way ([NewGraph]).
//
// Contract. A chart takes plain data and keeps no reference to it. Numbers
// come as exact decimals with the label to print beside them ([Value]): the
// package scales them and never formats, rounds or adds one for print. An
// empty amount is a gap and is drawn as one; zero is drawn as zero. Bars
// start at zero, time has true spacing, and a date known to the month or the
// year is drawn as the span it stands for. No two labels overlap at any data:
// a label without room moves, then becomes a numbered key, then is left to
// the table. The same data gives the same bytes.
//
// A chart is written as SVG for pages ([Chart.SVG]) and as EMF for word
// processors ([Chart.EMF]) from one drawing, and carries its data as a table
// ([Chart.Table]) and a text alternative ([Chart.Alt]).
//
//	ticks, err := chart.NiceTicks("1344", 5, func(n string) string { return n })
//	c, err := chart.NewBars(chart.Bars{
//		Frame: chart.Frame{Title: "Losses peaked in 2022", Subtitle: "Million US dollars"},
//		Ticks: ticks,
//		Categories: []chart.Category{
//			{Label: "2021", Parts: []chart.Part{{Certainty: chart.Official, Value: chart.Value{Amount: "399", Label: "399"}}}},
//			{Label: "2022"}, // no data: a gap
//		},
//	})
//	page.Write(c.SVG(chart.Options{ID: "fig-1"}))
package chart

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// Errors of the constructors, wrapped with the chart and the place in its data.
var (
	// ErrEmpty: there is nothing to draw, not even a gap.
	ErrEmpty = errors.New("no data to draw")
	// ErrTooMany: more items than a page can show or memory should hold.
	ErrTooMany = errors.New("too many items")
	// ErrAmount: an amount is not a plain non-negative decimal, or has no label.
	ErrAmount = errors.New("amount cannot be drawn")
	// ErrDate: a date is not YYYY, YYYY-MM or YYYY-MM-DD, or out of order.
	ErrDate = errors.New("date cannot be drawn")
	// ErrSum: a total differs from the sum of its parts.
	ErrSum = errors.New("total is not the sum of its parts")
	// ErrReference: a link names an event or a node that is not there, an id is
	// given twice, or a kind or grade is none of those there are.
	ErrReference = errors.New("reference to nothing")
)

// Limits of what one chart takes.
const (
	maxCategories = 60
	maxLines      = 5
	maxSteps      = 4000
	maxEvents     = 1000
	maxTicks      = 20
)

// Value is a number to draw and the text to print for it. Amount is a plain
// decimal ("1344792000", "0", "12.5"), empty for a gap.
type Value struct {
	Amount string
	Label  string
}

// Frame is the text around a chart: the finding, the measure and unit, the
// source and view.
type Frame struct {
	Title    string
	Subtitle string
	Foot     string
}

// Certainty is how well a number or event is established.
type Certainty uint8

// The certainty code, from best to least established.
const (
	Official Certainty = iota
	Panel
	Analyst
	Suspected
	Disputed
	certainties // count
)

var certaintyNames = [certainties]string{"Official", "Panel", "Analyst", "Suspected", "Disputed"}

// String is the printed name.
func (c Certainty) String() string {
	if c >= certainties {
		return "Unknown"
	}
	return certaintyNames[c]
}

// Options are the choices of the page that holds an SVG.
type Options struct {
	ID string // prefix of every id in the element; unique in its page
}

// Chart is a finished drawing with its data. It does not change and may be
// used by several goroutines.
type Chart struct {
	scene  *scene.Scene
	header []string
	rows   [][]string
}

// SVG returns one self-contained <svg> element, right on light and on dark
// grounds, 720 pixels wide.
func (c *Chart) SVG(o Options) []byte { return c.scene.SVG(scene.SVGOptions{ID: o.ID}) }

// EMF returns the same drawing as an Enhanced Metafile in light colours,
// 160 mm wide.
func (c *Chart) EMF() []byte { return c.scene.EMF() }

// Size is the size of the drawing in pixels; the height is rounded up.
func (c *Chart) Size() (w, h int) {
	return c.scene.W / scene.Px, (c.scene.H + scene.Px - 1) / scene.Px
}

// Title is the title of the frame.
func (c *Chart) Title() string { return c.scene.Title }

// Alt is the text alternative: title, measure, and the data in words as far
// as they are few, else a pointer to the table.
func (c *Chart) Alt() string { return c.scene.Desc }

// Table returns the data of the chart as printed. The caller may change it.
func (c *Chart) Table() (header []string, rows [][]string) {
	rows = make([][]string, len(c.rows))
	for i, r := range c.rows {
		rows[i] = append([]string(nil), r...)
	}
	return append([]string(nil), c.header...), rows
}

// Page geometry, in scene units.
const (
	px         = scene.Px
	pageWidth  = 720 * px
	margin     = 4 * px
	titleSize  = 17 * px
	subSize    = 13 * px
	labelSize  = 12 * px
	smallSize  = 11 * px
	lineHeight = 15 * px
)

// canvas is a drawing in the making; y is the top of what is still free.
type canvas struct {
	*scene.Scene
	frame Frame
	y     int
	// short: a label was left to the table
	short bool
}

func newCanvas(f Frame) *canvas {
	c := &canvas{Scene: scene.New(pageWidth, 0), frame: f, y: 2 * px}
	c.paragraph(f.Title, titleSize, 21*px, true, scene.Ink)
	c.paragraph(f.Subtitle, subSize, 17*px, false, scene.Muted)
	return c
}

// paragraph sets wrapped text over the full width below what is there.
func (c *canvas) paragraph(s string, size, height int, bold bool, role scene.Role) {
	for _, line := range balanced(s, size, bold, pageWidth-2*margin) {
		base := c.y + (height+size*7/10)/2
		c.Text(scene.Text{At: scene.Point{X: margin, Y: base}, S: line, Size: size, Bold: bold, Role: role})
		c.y += height
	}
}

// balanced wraps a text into as few lines as the room allows; a title in lines of about equal
// length.
func balanced(s string, size int, bold bool, room int) []string {
	const most = 6
	lines := scene.Wrap(s, size, bold, room, most)
	if !bold || len(lines) < 2 || len(lines) == most {
		return lines
	}
	for narrow := room - 20*px; narrow > room/2; narrow -= 20 * px {
		next := scene.Wrap(s, size, bold, narrow, most)
		if len(next) > len(lines) {
			break
		}
		lines = next
	}
	return lines
}

// finish sets the foot, fixes the height and lays the ground below it all.
func (c *canvas) finish(header []string, rows [][]string, what string) *Chart {
	if c.short {
		c.y += 2 * px
		c.paragraph("Some labels have no room here; the data table has them all.", smallSize, 15*px, false, scene.Muted)
	}
	c.y += 6 * px
	c.paragraph(c.frame.Foot, smallSize, 14*px, false, scene.Muted)
	c.H = c.y + 4*px
	ground := scene.Rect{Box: scene.Box{X1: c.W, Y1: c.H}, Style: scene.Fill(scene.Ground)}
	c.Items = append([]scene.Item{ground}, c.Items...)
	c.Scene.Title = scene.Clean(c.frame.Title)
	c.Scene.Desc = alternative(c.frame, what, header, rows)
	return &Chart{scene: c.Scene, header: header, rows: rows}
}

// maxAlt bounds the text alternative; word processors cut longer ones.
const maxAlt = 1500

// alternative puts the table into words, row by row, up to maxAlt bytes.
func alternative(f Frame, what string, header []string, rows [][]string) string {
	var b strings.Builder
	for _, s := range []string{f.Title, f.Subtitle, what} {
		if s = scene.Fit(s, 10, false, 4000); s != "" {
			b.WriteString(strings.TrimRight(s, ".") + ". ")
		}
	}
	for _, r := range rows {
		var cells []string
		for i, v := range r {
			v = scene.Clean(v)
			switch {
			case i == 0 || v == "" || v == "–":
			case header[i] == "":
				cells = append(cells, v)
			default:
				cells = append(cells, header[i]+" "+v)
			}
		}
		line := scene.Clean(r[0]) + ": " + strings.Join(cells, ", ") + ". "
		if b.Len()+len(line) > maxAlt {
			b.WriteString("The rest is in the data table.")
			break
		}
		b.WriteString(line)
	}
	return strings.TrimSpace(b.String())
}

// keyItem is an entry of the key above a plot: a mark drawn in a box of
// 14 × 10 pixels and its name.
type keyItem struct {
	name string
	draw func(scene.Box)
}

// key sets the entries in rows from left to right.
func (c *canvas) key(items []keyItem) {
	if len(items) == 0 {
		return
	}
	c.y += 3 * px
	x := margin
	for _, it := range items {
		name := scene.Fit(it.name, labelSize, false, 300*px)
		w := scene.Width(name, labelSize, false)
		if x > margin && x+20*px+w > pageWidth-margin {
			x, c.y = margin, c.y+18*px
		}
		it.draw(scene.Box{X0: x, Y0: c.y + 4*px, X1: x + 14*px, Y1: c.y + 14*px})
		c.Text(scene.Text{At: scene.Point{X: x + 20*px, Y: c.y + 13*px}, S: name, Size: labelSize, Role: scene.Ink})
		x += 20*px + w + 14*px
	}
	c.y += 18 * px
}

// The numbered key: its columns, and the room of an entry in one.
const (
	keyColumn = (pageWidth - 2*margin) / 2
	keyRoom   = keyColumn - 38*px
)

// numbered lists what had no room for its label in two columns, from 1.
func (c *canvas) numbered(entries []string) {
	var lines [][]string
	total := 0
	for _, e := range entries {
		set := scene.Wrap(e, smallSize, false, keyRoom, 3)
		lines = append(lines, set)
		total += len(set)
	}
	if total > 0 {
		c.y += 4 * px
	}
	top, bottom, x, done := c.y, c.y, margin, 0
	for i, set := range lines {
		if x == margin && 2*done >= total {
			x, c.y = margin+keyColumn, top
		}
		c.Text(scene.Text{At: scene.Point{X: x + 22*px, Y: c.y + 11*px}, S: strconv.Itoa(i + 1), Size: smallSize, Bold: true, Anchor: scene.End, Role: scene.Ink})
		for _, s := range set {
			c.Text(scene.Text{At: scene.Point{X: x + 28*px, Y: c.y + 11*px}, S: s, Size: smallSize, Role: scene.Ink})
			c.y += 14 * px
		}
		done += len(set)
		bottom = max(bottom, c.y)
	}
	c.y = bottom
}

// swatch fills a box in the code of a certainty. Strokes stay inside.
func (c *canvas) swatch(b scene.Box, k Certainty) {
	thin := b.H() < 3*px || b.W() < 3*px
	edge := scene.Style{Stroke: scene.AnalystEdge, Width: 120}
	in := b.Grow(-edge.Width / 2)
	switch {
	case k == Official:
		c.Rect(b, scene.Fill(scene.Official))
	case k == Panel:
		c.Rect(b, scene.Fill(scene.Panel))
	case thin: // too thin for a pattern: the colour of its edge
		c.Rect(b, scene.Fill(scene.AnalystEdge))
	case k == Analyst:
		edge.Fill = scene.AnalystFill
		c.Rect(in, edge)
		c.Hatch(in, 5*px, scene.Line(scene.AnalystEdge, 80))
	case k == Suspected:
		c.Rect(in, edge)
	default:
		edge.Dash = scene.Dashed
		c.Rect(in, edge)
	}
}

// plate prints a text with the ground behind it, which keeps gridlines off.
func (c *canvas) plate(t scene.Text) {
	b := t.Box()
	w := min(scene.Advance(t.S, t.Size, t.Bold), b.W())
	switch t.Anchor {
	case scene.Start:
		b.X1 = b.X0 + w
	case scene.End:
		b.X0 = b.X1 - w
	default:
		b = scene.Box{X0: t.At.X - w/2, Y0: b.Y0, X1: t.At.X + w/2, Y1: b.Y1}
	}
	c.Rect(b, scene.Fill(scene.Ground))
	c.Text(t)
}

// inkOn is the colour of text set inside a swatch.
func inkOn(k Certainty) scene.Role {
	if k <= Panel {
		return scene.Ground
	}
	return scene.Ink
}

// number is a parsed value: nil is a gap.
func (v Value) number() (*big.Rat, error) {
	if v.Amount == "" {
		return nil, nil
	}
	if scene.Clean(v.Label) == "" {
		return nil, fmt.Errorf("amount %.40q has no label: %w", v.Amount, ErrAmount)
	}
	return parseAmount(v.Amount)
}

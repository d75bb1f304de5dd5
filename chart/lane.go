package chart

import (
	"math/big"
	"strconv"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// EventKind is what happened; each kind has a glyph of its own shape.
type EventKind uint8

// The kinds of event.
const (
	NuclearTest     EventKind = iota // filled triangle
	SatelliteLaunch                  // ring
	MissileLaunch                    // tick
	CouncilResponse                  // diamond
	Mandate                          // bar
	OtherEvent                       // disc
	eventKinds                       // count
)

var kindNames = [eventKinds]string{
	"Nuclear test", "Satellite launch", "Missile launch", "Council response", "Mandate", "Other event",
}

// String is the printed name.
func (k EventKind) String() string {
	if k >= eventKinds {
		return "Unknown"
	}
	return kindNames[k]
}

// role is the colour of the glyph and of stretches of the kind.
func (k EventKind) role() scene.Role {
	switch k {
	case NuclearTest:
		return scene.Orange
	case SatelliteLaunch:
		return scene.Blue
	case CouncilResponse:
		return scene.Official
	case Mandate:
		return scene.Panel
	}
	return scene.Muted
}

// glyph draws the mark of a kind around a point, within 6 pixels of it.
func (c *canvas) glyph(k EventKind, x, y int) {
	st := scene.Fill(k.role())
	switch k {
	case NuclearTest:
		c.Polygon(st, scene.Point{X: x - 6*px, Y: y + 5*px}, scene.Point{X: x, Y: y - 6*px}, scene.Point{X: x + 6*px, Y: y + 5*px})
	case SatelliteLaunch:
		c.Circle(scene.Point{X: x, Y: y}, 430, scene.Style{Fill: scene.Ground, Stroke: k.role(), Width: 200})
	case MissileLaunch:
		c.Line(scene.Line(scene.Ink, 140), scene.Point{X: x, Y: y - 6*px}, scene.Point{X: x, Y: y + 6*px})
	case CouncilResponse:
		c.Polygon(st, scene.Point{X: x - 550, Y: y}, scene.Point{X: x, Y: y - 550}, scene.Point{X: x + 550, Y: y}, scene.Point{X: x, Y: y + 550})
	case Mandate:
		c.Rect(scene.Box{X0: x - 6*px, Y0: y - 4*px, X1: x + 6*px, Y1: y + 4*px}, st)
	default:
		c.Circle(scene.Point{X: x, Y: y}, 400, st)
	}
}

// stretch draws the days a partial date may mean, behind its glyph.
func (c *canvas) stretch(t timeScale, s span, k EventKind, y int) {
	x0, x1 := t.x(s.from), t.x(s.to)
	c.Lines(scene.Line(k.role(), 120),
		[]scene.Point{{X: x0, Y: y}, {X: x1, Y: y}},
		[]scene.Point{{X: x0, Y: y - 3*px}, {X: x0, Y: y + 3*px}},
		[]scene.Point{{X: x1, Y: y - 3*px}, {X: x1, Y: y + 3*px}})
}

// mark draws an event of a strip and returns the area it covers.
func (c *canvas) mark(t timeScale, k EventKind, s span, y int) scene.Box {
	x := t.mid(s)
	b := scene.Box{X0: x - 6*px, Y0: y - 6*px, X1: x + 6*px, Y1: y + 6*px}
	if !s.exact() {
		c.stretch(t, s, k, y)
		b.X0, b.X1 = min(b.X0, t.x(s.from)), max(b.X1, t.x(s.to))
	}
	c.glyph(k, x, y)
	return b
}

// countBar is a parsed count.
type countBar struct {
	date   string
	days   span
	number *big.Rat
	text   string
}

func (k Count) read() (countBar, error) {
	days, err := parseDate(k.Date)
	if err != nil {
		return countBar{}, err
	}
	n, err := k.Value.number()
	return countBar{date: k.Date, days: days, number: n, text: scene.Clean(k.Value.Label)}, err
}

// laneLayout is a lane in coordinates of its own: the glyphs at height 0.
type laneLayout struct {
	name     string
	marks    []*mark
	counts   []countBar
	below    bool // labels hang below, because links arrive from above
	texts    []scene.Text
	poles    []scene.Box
	up, down int // extent
	at       int // height of the glyphs on the canvas
}

// rowPitch is the distance of stretches that would cover one another.
const rowPitch, maxRows = 16 * px, 12

// boxes gives every mark its box and returns the depth of the lowest row.
func (l *laneLayout) boxes(t timeScale, days span, p *scene.Placer) int {
	var ends []int
	depth := 0
	for _, m := range l.marks {
		m.shown = m.inside(days)
		x := t.mid(m.days)
		m.box = scene.Box{X0: x - 6*px, Y0: -6 * px, X1: x + 6*px, Y1: 6 * px}
		if m.shown && m.extends() {
			x0, x1 := t.x(m.days.from), t.x(m.days.to)
			x1 = max(x1, x0+150)
			row := 0
			for row < len(ends) && ends[row] > x0 {
				row++
			}
			if row == maxRows { // the note below the chart says so
				m.shown = false
				continue
			}
			if row == len(ends) {
				ends = append(ends, 0)
			}
			ends[row] = x1 + px
			depth = max(depth, row*rowPitch)
			m.box = scene.Box{X0: x0, Y0: row*rowPitch - 6*px, X1: x1, Y1: row*rowPitch + 6*px}
		}
		if m.shown {
			p.Block(m.box)
		}
	}
	return depth
}

// flag sets the label of a mark and reports whether there was room.
func (l *laneLayout) flag(m *mark, p *scene.Placer, depth int) bool {
	t := scene.Text{S: m.label(), Size: smallSize, Role: scene.Ink}
	if m.extends() && l.beside(m, p, t) {
		return true
	}
	dir, y := -1, m.box.Y0-3*px
	if l.below {
		dir, y = 1, depth+m.box.Y1+2*px
	}
	t.At = scene.Point{X: m.centre(), Y: y}
	o := scene.Flagging{Dir: dir, Levels: 10, Pitch: 13 * px, Left: l.before(m)}
	o.Middle = m.centre()-scene.Width(t.S, t.Size, t.Bold)/2 > l.previous(m)+2*px
	f, ok := p.Flag(t, o)
	if ok {
		l.texts = append(l.texts, f.Text)
		l.poles = append(l.poles, f.Pole)
	}
	return ok
}

// flagged lists the marks left of m that want a pole, the nearest first.
func (l *laneLayout) flagged(m *mark) []*mark {
	var out []*mark
	for _, o := range l.marks {
		if o == m {
			break
		}
		if !o.extends() && o.shown && o.label() != "" {
			out = append([]*mark{o}, out...)
		}
	}
	return out
}

// previous is the place of the next pole to the left.
func (l *laneLayout) previous(m *mark) int {
	at := -pageWidth
	for _, o := range l.flagged(m) {
		at = max(at, o.centre())
	}
	return at
}

// before counts the labels that must hang lower than that of m if all of them
// lie left of their poles: those it would cover, those that they cover, and
// so on.
func (l *laneLayout) before(m *mark) int {
	edge := func(o *mark) int { return o.centre() - scene.Width(o.label(), smallSize, false) - 4*px }
	n, reach := 0, edge(m)
	for _, o := range l.flagged(m) {
		if o.centre() < reach {
			break
		}
		n, reach = n+1, min(reach, edge(o))
	}
	return n
}

// beside sets a text inside a stretch, else after or before it.
func (l *laneLayout) beside(m *mark, p *scene.Placer, t scene.Text) bool {
	y := (m.box.Y0+m.box.Y1)/2 + 4*px
	// White on orange is too faint to read.
	if m.Kind.role() != scene.Orange && scene.Width(t.S, t.Size, t.Bold) <= m.box.W()-6*px {
		t.At, t.Anchor, t.Role = scene.Point{X: m.centre(), Y: y}, scene.Middle, scene.Ground
		l.texts = append(l.texts, t)
		return true
	}
	after, before := t, t
	after.At = scene.Point{X: m.box.X1 + 4*px, Y: y}
	before.At, before.Anchor = scene.Point{X: m.box.X0 - 4*px, Y: y}, scene.End
	all := []scene.Text{after, before}
	k := p.Place(all)
	if k >= 0 {
		l.texts = append(l.texts, all[k])
	}
	return k >= 0
}

// number sets the number of a key entry on the side without labels.
func (l *laneLayout) number(m *mark, p *scene.Placer, n, depth int) bool {
	t := scene.Text{S: strconv.Itoa(n), Size: smallSize, Bold: true, Role: scene.Ink}
	if m.extends() && l.beside(m, p, t) {
		return true
	}
	dir, y := 1, depth+m.box.Y1+2*px
	if l.below {
		dir, y = -1, m.box.Y0-3*px
	}
	t.At = scene.Point{X: m.centre(), Y: y}
	f, ok := p.Flag(t, scene.Flagging{Dir: dir, Levels: 3, Pitch: 13 * px, Middle: true})
	if ok {
		l.texts = append(l.texts, f.Text)
		l.poles = append(l.poles, f.Pole)
	}
	return ok
}

// extent measures the lane once it is set.
func (l *laneLayout) extent() {
	lines := len(laneName(l.name))
	l.up, l.down = max(12, 8*lines+2)*px, max(12, 8*lines+2)*px
	if l.below {
		l.up = max(l.up, 38*px) // room to see the links arrive
	}
	for _, m := range l.marks {
		l.down = max(l.down, m.box.Y1+4*px)
	}
	for _, t := range l.texts {
		l.up = max(l.up, -t.Box().Y0+4*px)
		l.down = max(l.down, t.Box().Y1+4*px)
	}
}

func laneName(name string) []string {
	return scene.Wrap(name, labelSize, true, laneGutter-10*px, 3)
}

// lane draws a lane that layout has set.
func (c *canvas) lane(l *laneLayout, t timeScale) {
	y := l.at
	lines, middle := laneName(l.name), y
	if l.counts != nil {
		middle -= countHeight / 2
	}
	for i, s := range lines {
		base := middle + 4*px + (2*i-len(lines)+1)*7*px
		c.Text(scene.Text{At: scene.Point{X: margin, Y: base}, S: s, Size: labelSize, Bold: true, Role: scene.Ink})
	}
	if l.counts != nil {
		c.countBars(l, t)
		return
	}
	c.Line(scene.Line(scene.Muted, 60), scene.Point{X: t.x0, Y: y}, scene.Point{X: t.x1, Y: y})
	for _, b := range l.poles {
		if b != (scene.Box{}) {
			x := (b.X0 + b.X1) / 2
			c.Line(scene.Line(scene.Muted, 60), scene.Point{X: x, Y: b.Y0 + y}, scene.Point{X: x, Y: b.Y1 + y})
		}
	}
	for _, tests := range []bool{false, true} { // tests lie on top
		for _, m := range l.marks {
			switch {
			case !m.shown || tests != (m.Kind == NuclearTest):
			case m.extends():
				c.Rect(scene.Box{X0: m.box.X0, Y0: m.box.Y0 + y, X1: m.box.X1, Y1: m.box.Y1 + y}, scene.Fill(m.Kind.role()))
			default:
				c.mark(t, m.Kind, m.days, y)
			}
		}
	}
	for _, s := range l.texts {
		s.At.Y += y
		if s.Role == scene.Ground { // inside its stretch
			c.Text(s)
		} else {
			c.plate(s)
		}
	}
}

// Heights of a lane of counts: its bars, and the room above for their labels.
const countHeight, countRoom = 40 * px, 26 * px

// countBars draws a lane of counts; l.at is its zero line.
func (c *canvas) countBars(l *laneLayout, t timeScale) {
	p := &plot{canvas: c, top: big.NewRat(1, 1)}
	p.area = scene.Box{X0: t.x0, Y0: l.at - countHeight, X1: t.x1, Y1: l.at}
	p.place = &scene.Placer{Bounds: scene.Box{X0: t.x0, Y0: p.area.Y0 - countRoom, X1: pageWidth - margin, Y1: l.at}}
	most := new(big.Rat)
	for _, k := range l.counts {
		most = larger(most, k.number)
	}
	if most.Sign() > 0 {
		p.top = most
	}
	for _, k := range l.counts {
		if b := p.countBox(k, t); k.drawn(t) {
			if k.number.Sign() > 0 {
				c.swatch(b, Panel)
			}
			p.place.Block(b)
		}
	}
	p.baseline()
	p.countGaps(l.counts, t)
	for _, k := range l.counts {
		if b := p.countBox(k, t); k.drawn(t) {
			p.raise((b.X0+b.X1)/2, b.Y0, b.W()/2, k.text, false)
		}
	}
}

// countGaps prints "no data" once for each run of periods without any.
func (p *plot) countGaps(counts []countBar, t timeScale) {
	for i := 0; i < len(counts); i++ {
		run := counts[i].days
		if counts[i].number != nil || run.to <= t.days.from || run.from >= t.days.to {
			continue
		}
		for i+1 < len(counts) && counts[i+1].number == nil && counts[i+1].days.from == run.to {
			i++
			run.to = counts[i].days.to
		}
		p.gap(t.x(run.from), t.x(run.to))
	}
}

// drawn reports whether the axis shows the count as a bar.
func (k countBar) drawn(t timeScale) bool {
	return k.number != nil && k.days.to > t.days.from && k.days.from < t.days.to
}

// countBox is the bar of a count; a seam parts it from its neighbours.
func (p *plot) countBox(k countBar, t timeScale) scene.Box {
	x0, x1 := t.x(k.days.from), t.x(k.days.to)
	seam := min(5*px, (x1-x0)/6)
	b := scene.Box{X0: x0 + seam, Y0: p.area.Y1, X1: max(x1-seam, x0+seam+75), Y1: p.area.Y1}
	if k.number != nil {
		b.Y0 = p.y(k.number)
		if k.number.Sign() > 0 {
			b.Y0 = min(b.Y0, b.Y1-75)
		}
	}
	return b
}

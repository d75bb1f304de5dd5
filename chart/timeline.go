package chart

import (
	"fmt"
	"sort"
	"strings"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// Timeline shows events in lanes over one true time scale.
type Timeline struct {
	Frame
	From, To string // first and last date of the axis; the years of the data if empty
	Lanes    []Lane
	Links    []Link
}

// Lane is one row of events, or of counts by period.
type Lane struct {
	Name   string
	Events []Event
	Counts []Count
}

// Event is a point in time, a partial date (drawn as the span it may mean),
// or, with End, a stretch of time to the last day of End.
type Event struct {
	ID    string // for links; may be empty
	Kind  EventKind
	Date  string
	End   string
	Label string // may be empty
}

// Count is a small bar for a period, usually a year; a gap prints "no data".
type Count struct {
	Date  string
	Value Value
}

// Link leads from an event to its response. Label, the lag as printed, stands
// beside the label of the response.
type Link struct{ From, To, Label string }

// mark is an event with its place.
type mark struct {
	Event
	days span
	text string // label
	lags string // of the links that arrive
	lane int
	// shown: the axis shows some of it
	shown bool
	box   scene.Box // of the glyph or the stretch, in coordinates of the lane
}

func (m *mark) extends() bool { return m.End != "" }

type timelineData struct {
	Timeline
	lanes []*laneLayout
	byID  map[string]*mark
	days  span
}

// laneGutter is the room for lane names on the left.
const laneGutter = 104 * px

// NewTimeline draws at most 1,000 events and counts. Errors wrap [ErrEmpty],
// [ErrTooMany], [ErrAmount], [ErrDate] or [ErrReference].
func NewTimeline(t Timeline) (*Chart, error) {
	d := &timelineData{Timeline: t, byID: map[string]*mark{}}
	if err := d.read(); err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	c := newCanvas(t.Frame)
	c.kindKey(d)
	scale := timeScale{days: d.days, x0: margin + laneGutter, x1: pageWidth - margin - 10*px}
	keyed, left := d.layout(scale)
	c.short = left
	c.y += 4 * px
	top := c.y
	for _, l := range d.lanes {
		l.at = c.y + l.up
		c.y = l.at + l.down + 6*px
	}
	bottom := c.y
	c.timeAxis(scale, top, bottom)
	c.Line(scene.Line(scene.Muted, 100), scene.Point{X: scale.x0, Y: bottom}, scene.Point{X: scale.x1, Y: bottom})
	c.links(d)
	for _, l := range d.lanes {
		c.lane(l, scale)
	}
	c.y = bottom + 22*px
	c.numberKey(keyed)
	header, rows := d.table()
	return c.finish(header, rows, "Timeline"), nil
}

func (d *timelineData) read() error {
	items := len(d.Lanes) + len(d.Links)
	for _, l := range d.Lanes {
		items += len(l.Events) + len(l.Counts)
	}
	if items > maxEvents {
		return fmt.Errorf("%d lanes, events and links: %w", items, ErrTooMany)
	}
	var all bounds
	for _, l := range d.Lanes {
		if err := d.readLane(l, &all); err != nil {
			return fmt.Errorf("lane %.40q: %w", l.Name, err)
		}
	}
	if !all.any {
		return ErrEmpty
	}
	var err error
	if d.days, err = all.axis(d.From, d.To); err != nil {
		return err
	}
	return d.join()
}

// readLane adds the lane; one with events and counts becomes two.
func (d *timelineData) readLane(l Lane, all *bounds) error {
	events, counts := &laneLayout{name: l.Name}, &laneLayout{name: l.Name}
	for j, e := range l.Events {
		m := &mark{Event: e, lane: len(d.lanes), text: scene.Clean(e.Label)}
		if err := m.read(); err != nil {
			return fmt.Errorf("event %d: %w", j+1, err)
		}
		all.add(m.days)
		events.marks = append(events.marks, m)
		if e.ID == "" {
			continue
		}
		if d.byID[e.ID] != nil {
			return fmt.Errorf("event %d: id %.40q given twice: %w", j+1, e.ID, ErrReference)
		}
		d.byID[e.ID] = m
	}
	for j, k := range l.Counts {
		b, err := k.read()
		if err != nil {
			return fmt.Errorf("count %d: %w", j+1, err)
		}
		all.add(b.days)
		counts.counts = append(counts.counts, b)
	}
	if len(l.Events) > 0 || len(l.Counts) == 0 {
		d.lanes = append(d.lanes, events)
	}
	if len(l.Counts) > 0 {
		d.lanes = append(d.lanes, counts)
	}
	return nil
}

func (m *mark) read() error {
	var err error
	if m.Kind >= eventKinds {
		return fmt.Errorf("kind %d: %w", m.Kind, ErrReference)
	}
	if m.days, err = parseDate(m.Date); err != nil {
		return err
	}
	if m.extends() {
		end, err := parseDate(m.End)
		if err != nil {
			return err
		}
		m.days.to = end.to
	}
	if m.days.to <= m.days.from {
		return fmt.Errorf("%s ends before it begins: %w", m.Date, ErrDate)
	}
	return nil
}

// join adds the lags to the labels of the responses and turns the labels of
// lanes that links reach from above to hang below.
func (d *timelineData) join() error {
	lags := map[*mark][]string{}
	for i, l := range d.Links {
		from, to := d.byID[l.From], d.byID[l.To]
		if from == nil || to == nil {
			return fmt.Errorf("link %d from %.40q to %.40q: %w", i+1, l.From, l.To, ErrReference)
		}
		if from.lane < to.lane {
			d.lanes[to.lane].below = true
		}
		if s := scene.Clean(l.Label); s != "" {
			lags[to] = append(lags[to], s)
		}
	}
	for _, lane := range d.lanes {
		for _, m := range lane.marks {
			m.lags = strings.Join(lags[m], ", ")
		}
		sort.SliceStable(lane.marks, func(i, j int) bool { return lane.marks[i].days.from < lane.marks[j].days.from })
		sort.SliceStable(lane.counts, func(i, j int) bool { return lane.counts[i].days.from < lane.counts[j].days.from })
	}
	return nil
}

// kindKey names the glyphs in use.
func (c *canvas) kindKey(d *timelineData) {
	var items []keyItem
	for k := EventKind(0); k < eventKinds; k++ {
		used := false
		for _, l := range d.lanes {
			for _, m := range l.marks {
				used = used || m.Kind == k
			}
		}
		if used {
			items = append(items, keyItem{name: k.String(), draw: func(b scene.Box) { c.glyph(k, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2) }})
		}
	}
	c.key(items)
}

// links draws the lines from events to their responses, below everything.
func (c *canvas) links(d *timelineData) {
	for _, l := range d.Links {
		a, b := d.byID[l.From], d.byID[l.To]
		ya, yb := d.lanes[a.lane].at, d.lanes[b.lane].at
		if a.shown && b.shown {
			c.Line(scene.Line(scene.Muted, 90), scene.Point{X: a.centre(), Y: ya}, scene.Point{X: b.centre(), Y: yb})
		}
	}
}

// inside reports whether the axis shows any of the event.
func (m *mark) inside(s span) bool { return m.days.from < s.to && s.from < m.days.to }

func (m *mark) centre() int { return (m.box.X0 + m.box.X1) / 2 }

// label is what stands beside the glyph.
func (m *mark) label() string {
	if m.text == "" || m.lags == "" {
		return m.text + m.lags
	}
	return m.text + " · " + m.lags
}

// layout places glyphs and labels of every lane. It returns the events that
// need the numbered key, in its order, and whether some have no room at all.
func (d *timelineData) layout(t timeScale) (keyed []*mark, left bool) {
	for i, l := range d.lanes {
		if l.counts != nil {
			l.up, l.down = countHeight+countRoom, 2*px
			continue
		}
		p := &scene.Placer{Bounds: scene.Box{X0: t.x0, Y0: -150 * px, X1: pageWidth - margin, Y1: 300 * px}}
		depth := l.boxes(t, d.days, p)
		d.crossings(i, t, p)
		var unlabelled []*mark
		for j := len(l.marks) - 1; j >= 0; j-- {
			if m := l.marks[j]; !m.shown {
				left = true
			} else if m.label() != "" && !l.flag(m, p, depth) {
				unlabelled = append([]*mark{m}, unlabelled...)
			}
		}
		for _, m := range unlabelled {
			if l.number(m, p, len(keyed)+1, depth) {
				keyed = append(keyed, m)
			} else {
				left = true
			}
		}
		l.extent()
	}
	return keyed, left
}

// crossings tells the placer of a lane which links run through it.
func (d *timelineData) crossings(lane int, t timeScale, p *scene.Placer) {
	for _, k := range d.Links {
		a, b := d.byID[k.From], d.byID[k.To]
		if b.lane < a.lane {
			a, b = b, a
		}
		for _, m := range []*mark{a, b} {
			x, top, bottom := t.mid(m.days), p.Bounds.Y0, p.Bounds.Y1
			if lane == a.lane {
				top = 0
			}
			if lane == b.lane {
				bottom = 0
			}
			if a.lane <= lane && lane <= b.lane {
				p.Line(scene.Point{X: x, Y: top}, scene.Point{X: x, Y: bottom})
			}
		}
	}
}

// numberKey lists the events without a label.
func (c *canvas) numberKey(keyed []*mark) {
	entries := make([]string, len(keyed))
	for i, m := range keyed {
		entries[i] = m.when() + "  " + m.label()
	}
	c.numbered(entries)
}

// when is the date as printed, or both ends of a stretch.
func (m *mark) when() string {
	if m.extends() {
		return m.Date + "–" + m.End
	}
	return m.Date
}

func (d *timelineData) table() ([]string, [][]string) {
	var rows [][]string
	for _, l := range d.lanes {
		name := scene.Clean(l.name)
		for _, m := range l.marks {
			rows = append(rows, []string{name, m.when(), m.Kind.String(), m.text, m.lags})
		}
		for _, k := range l.counts {
			rows = append(rows, []string{name, k.date, "Count", cell(k.number != nil, k.text, true), ""})
		}
	}
	for _, r := range rows {
		for i, v := range r {
			if v == "" {
				r[i] = "–"
			}
		}
	}
	return []string{"Lane", "Date", "Kind", "Event", "Lag"}, rows
}

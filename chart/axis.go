package chart

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// maxDigits bounds an amount; no sum of money or tokens needs more.
const maxDigits = 60

func parseAmount(s string) (*big.Rat, error) {
	whole, frac, dot := strings.Cut(s, ".")
	ok := whole != "" && len(s) <= maxDigits && (!dot || frac != "")
	for _, d := range whole + frac {
		ok = ok && d >= '0' && d <= '9'
	}
	if !ok {
		return nil, fmt.Errorf("amount %.80q is not a plain decimal: %w", s, ErrAmount)
	}
	r, _ := new(big.Rat).SetString(s)
	return r, nil
}

// NiceTicks returns at most n+1 round values from 0 to at least most, in steps
// of 1, 2 or 5 times a power of ten, each labelled by format, which receives
// the value as a plain decimal. A most written without a decimal point gives
// whole steps, as counts need. The error wraps [ErrAmount].
func NiceTicks(most string, n int, format func(string) string) ([]Value, error) {
	top, err := parseAmount(most)
	if err != nil {
		return nil, fmt.Errorf("ticks: %w", err)
	}
	n = min(max(n, 1), maxTicks-1)
	step, places := niceStep(top, n, !strings.Contains(most, "."))
	var out []Value
	for at := new(big.Rat); ; at = new(big.Rat).Add(at, step) {
		s := at.FloatString(places)
		out = append(out, Value{Amount: s, Label: format(s)})
		if at.Cmp(top) >= 0 {
			return out, nil
		}
	}
}

// niceStep is the smallest round step that reaches top in n steps, and the
// decimal places it needs.
func niceStep(top *big.Rat, n int, whole bool) (*big.Rat, int) {
	places := 0
	unit := big.NewRat(1, 1)
	ten := big.NewRat(10, 1)
	for !whole && places < maxDigits && top.Sign() > 0 && reaches(unit, n, top) {
		unit.Quo(unit, ten)
		places++
	}
	for {
		for _, m := range []int64{1, 2, 5} {
			step := new(big.Rat).Mul(unit, big.NewRat(m, 1))
			if reaches(step, n, top) {
				return step, places
			}
		}
		unit.Mul(unit, ten)
		places = max(places-1, 0)
	}
}

func reaches(step *big.Rat, n int, top *big.Rat) bool {
	return new(big.Rat).Mul(step, big.NewRat(int64(n), 1)).Cmp(top) >= 0
}

// plot is the area of a chart with a value axis that starts at zero.
type plot struct {
	*canvas
	area  scene.Box
	top   *big.Rat // the value at the upper edge
	place *scene.Placer
}

// room is what a plot takes of the page.
type room struct {
	head   int // above the area, for labels of the tallest bar
	height int // of the area
	right  int // of the area, for labels at line ends
}

// headroom grows with the crowd, whose labels must be lifted.
func headroom(bars int) int { return min(18+bars/3, 40) * px }

// newPlot draws the gridlines and their labels. y moves below the area.
func (c *canvas) newPlot(ticks []Value, most *big.Rat, r room) (*plot, error) {
	if len(ticks) > maxTicks {
		return nil, fmt.Errorf("%d ticks: %w", len(ticks), ErrTooMany)
	}
	at := make([]*big.Rat, len(ticks))
	top := new(big.Rat).Set(most)
	gutter := 0
	for i, t := range ticks {
		n, err := t.number()
		if err != nil || n == nil {
			return nil, fmt.Errorf("tick %d: %w", i+1, errOr(err, ErrAmount))
		}
		if at[i] = n; n.Cmp(top) > 0 {
			top.Set(n)
		}
		gutter = max(gutter, scene.Width(scene.Fit(t.Label, smallSize, false, 110*px), smallSize, false))
	}
	if top.Sign() == 0 {
		top.SetInt64(1)
	}
	y0 := c.y + r.head
	p := &plot{canvas: c, top: top}
	p.area = scene.Box{X0: margin + gutter + 8*px, Y0: y0, X1: pageWidth - margin - r.right, Y1: y0 + r.height}
	p.place = &scene.Placer{Bounds: scene.Box{X0: margin, Y0: c.y, X1: min(pageWidth-margin, p.area.X1+6*px), Y1: p.area.Y1}}
	p.grid(ticks, at)
	c.y = p.area.Y1
	return p, nil
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (p *plot) grid(ticks []Value, at []*big.Rat) {
	gutter := scene.Placer{Bounds: scene.Box{X0: 0, Y0: p.area.Y0 - 10*px, X1: p.area.X0, Y1: p.area.Y1 + 10*px}}
	for i, t := range ticks {
		y := p.y(at[i])
		if at[i].Sign() > 0 {
			p.Line(scene.Line(scene.Faint, 80), scene.Point{X: p.area.X0, Y: y}, scene.Point{X: p.area.X1, Y: y})
		}
		text := scene.Text{
			At: scene.Point{X: p.area.X0 - 6*px, Y: y + 4*px}, S: scene.Fit(t.Label, smallSize, false, 110*px),
			Size: smallSize, Anchor: scene.End, Role: scene.Muted,
		}
		if gutter.Place([]scene.Text{text}) == 0 {
			p.place.Block(text.Box())
			p.Text(text)
		}
	}
}

// y is the height of a value.
func (p *plot) y(v *big.Rat) int {
	q := new(big.Rat).Quo(v, p.top)
	n := new(big.Int).Mul(q.Num(), big.NewInt(int64(p.area.H())))
	n.Quo(n, q.Denom())
	return p.area.Y1 - int(n.Int64())
}

// baseline draws the zero line, over the feet of the bars.
func (p *plot) baseline() {
	y := p.area.Y1
	p.Line(scene.Line(scene.Muted, 120), scene.Point{X: p.area.X0, Y: y}, scene.Point{X: p.area.X1, Y: y})
}

// span is a stretch of days [from, to), counted from 1 January 1970.
type span struct{ from, to int }

func (s span) exact() bool { return s.to-s.from == 1 }

// parseDate reads YYYY, YYYY-MM or YYYY-MM-DD of the years 1900 to 2199 as
// the days it may mean.
func parseDate(s string) (span, error) {
	layouts := [...]struct {
		layout       string
		years, month int
		days         int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}}
	for _, l := range layouts {
		if len(s) != len(l.layout) {
			continue
		}
		t, err := time.Parse(l.layout, s)
		if err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return span{from: dayOf(t), to: dayOf(t.AddDate(l.years, l.month, l.days))}, nil
		}
	}
	return span{}, fmt.Errorf("date %.40q: %w", s, ErrDate)
}

const daySeconds = 24 * 60 * 60

func dayOf(t time.Time) int { return int(t.Unix() / daySeconds) }

func dateOf(day int) time.Time { return time.Unix(int64(day)*daySeconds, 0).UTC() }

// timeScale maps days to x.
type timeScale struct {
	days   span
	x0, x1 int
}

func (t timeScale) x(day int) int {
	day = min(max(day, t.days.from), t.days.to)
	return t.x0 + int(int64(day-t.days.from)*int64(t.x1-t.x0)/int64(t.days.to-t.days.from))
}

// mid is the x of the middle of a stretch.
func (t timeScale) mid(s span) int { return (t.x(s.from) + t.x(s.to)) / 2 }

// wholeYears widens a stretch to full calendar years.
func wholeYears(s span) span {
	first, last := dateOf(s.from).Year(), dateOf(s.to-1).Year()
	return span{
		from: dayOf(time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC)),
		to:   dayOf(time.Date(last+1, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
}

// timeTick is a division of the time axis.
type timeTick struct {
	day   int
	label string
	band  span // what the label names
}

// ticks divides the axis by months or years, as finely as labels have room.
func (t timeScale) ticks() []timeTick {
	for _, months := range []int{1, 3, 6, 12, 24, 60, 120, 240, 600} {
		out := t.every(months)
		room := true
		for i, k := range out {
			w := scene.Width(k.label, smallSize, false) + 2*px
			room = room && len(out) < 200 && (i+1 == len(out) || t.mid(out[i+1].band)-t.mid(k.band) >= w)
		}
		if room {
			return out
		}
	}
	return nil
}

func (t timeScale) every(months int) []timeTick {
	var out []timeTick
	first, layout := dateOf(t.days.from), "Jan 2006"
	year, month := first.Year(), 1
	if months >= 12 {
		layout = "2006"
		year -= year % (months / 12)
	}
	for i := 0; i < 4000; i++ {
		at := time.Date(year, time.Month(month+i*months), 1, 0, 0, 0, 0, time.UTC)
		band := span{from: dayOf(at), to: dayOf(at.AddDate(0, min(months, 12), 0))}
		if band.from >= t.days.to {
			break
		}
		if band.from >= t.days.from {
			out = append(out, timeTick{day: band.from, label: at.Format(layout), band: band})
		}
	}
	return out
}

// timeAxis draws divisions from top to bottom and their labels below.
func (c *canvas) timeAxis(t timeScale, top, bottom int) {
	row := scene.Placer{Bounds: scene.Box{X0: 0, Y0: bottom, X1: pageWidth, Y1: bottom + 22*px}}
	for _, k := range t.ticks() {
		x := t.x(k.day)
		c.Line(scene.Line(scene.Faint, 80), scene.Point{X: x, Y: top}, scene.Point{X: x, Y: bottom + 4*px})
		text := scene.Text{At: scene.Point{X: t.mid(k.band), Y: bottom + 16*px}, S: k.label, Size: smallSize, Anchor: scene.Middle, Role: scene.Muted}
		if row.Place([]scene.Text{text}) == 0 {
			c.Text(text)
		}
	}
}

// slot is the stretch of the axis for category i of n.
func (p *plot) slot(i, n int) (x0, x1 int) {
	w := p.area.W()
	return p.area.X0 + w*i/n, p.area.X0 + w*(i+1)/n
}

// raise prints a text over the middle of a bar of half the given width, moved
// to either of its sides or lifted on a leader where it must. It keeps off
// lines if that takes no more than two levels.
func (p *plot) raise(x, y, half int, text string, bold bool) {
	if text == "" {
		return
	}
	t := scene.Text{S: text, Size: smallSize, Bold: bold, Anchor: scene.Middle, Role: scene.Ink}
	shift := max((scene.Width(text, smallSize, bold)+1)/2-half, 0)
	first, best := -1, scene.Text{}
	for level := 0; level < 16 && (first < 0 || level <= first+2); level++ {
		for _, dx := range []int{0, -shift, shift} {
			t.At = scene.Point{X: x + dx, Y: y - 4*px - level*13*px}
			if !p.place.Free(t.Box()) || level > 0 && !p.place.Free(leader(x, t, y)) {
				continue
			}
			clear := p.place.Clear(t.Box())
			if clear || first < 0 {
				first, best = level, t
			}
			if clear {
				p.lift(x, y, best)
				return
			}
		}
	}
	if first < 0 {
		p.short = true
		return
	}
	p.lift(x, y, best)
}

// leader is the room of the line from a lifted text down to its bar.
func leader(x int, t scene.Text, y int) scene.Box {
	return scene.Box{X0: x - 40, Y0: t.Box().Y1, X1: x + 40, Y1: y - px}
}

func (p *plot) lift(x, y int, t scene.Text) {
	if l := leader(x, t, y); t.At.Y < y-4*px {
		p.Line(scene.Line(scene.Muted, 60), scene.Point{X: x, Y: l.Y0}, scene.Point{X: x, Y: l.Y1})
		p.place.Block(l)
	}
	p.label(t)
}

// label prints a text on a plate and keeps others off it.
func (p *plot) label(t scene.Text) {
	p.place.Block(t.Box())
	p.plate(t)
}

// gaps prints "no data" once for every run of categories without any.
func (p *plot) gaps(n int, gap func(int) bool) {
	for i := 0; i < n; i++ {
		if !gap(i) {
			continue
		}
		j := i
		for j+1 < n && gap(j+1) {
			j++
		}
		x0, _ := p.slot(i, n)
		_, x1 := p.slot(j, n)
		p.gap(x0, x1)
		i = j
	}
}

// gap marks the stretch without data: in one line, in two, or on a leader.
func (p *plot) gap(x0, x1 int) {
	x := (x0 + x1) / 2
	for _, lines := range [][]string{{noData}, strings.Fields(noData)} {
		set := make([]scene.Text, len(lines))
		room := true
		for i, s := range lines {
			y := p.area.Y1 - 5*px - (len(lines)-1-i)*12*px
			set[i] = scene.Text{At: scene.Point{X: x, Y: y}, S: s, Size: smallSize, Anchor: scene.Middle, Role: scene.Muted}
			room = room && set[i].Box().W() <= x1-x0-px && p.place.Free(set[i].Box())
		}
		if room {
			for _, t := range set {
				p.label(t)
			}
			return
		}
	}
	p.raise(x, p.area.Y1, (x1-x0)/2, noData, false)
}

// categories prints the names below the axis, every n-th where they are too
// wide for their slots.
func (p *plot) categories(labels []string) {
	n := len(labels)
	stride, lines := 1, 1
	for ; stride < n; stride++ {
		room := p.area.W()*stride/n - 6*px
		fits := true
		for i := 0; i < n; i += stride {
			set := scene.Wrap(labels[i], smallSize, false, room, 2)
			fits = fits && strings.Join(set, " ") == labels[i]
		}
		if fits {
			break
		}
	}
	for i := 0; i < n; i += stride {
		x0, x1 := p.slot(i, n)
		x := (x0 + x1) / 2
		room := min(p.area.W()*stride/n-6*px, 2*(pageWidth-margin-x), 2*(x-margin))
		set := scene.Wrap(labels[i], smallSize, false, room, 2)
		lines = max(lines, len(set))
		for j, s := range set {
			p.Text(scene.Text{At: scene.Point{X: x, Y: p.area.Y1 + 16*px + j*13*px}, S: s, Size: smallSize, Anchor: scene.Middle, Role: scene.Ink})
		}
	}
	p.canvas.y = p.area.Y1 + 7*px + lines*13*px
}
